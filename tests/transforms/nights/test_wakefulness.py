"""Sleep and wake in bed from movements whose rates are the person's own."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.intervals import NOTHING
from transforms.nights.wakefulness import ARM, LEG, SHIFT, Bed, Occasions, sleep_and_wake
from transforms.parameters.wakefulness import MOVEMENTS_2026

MINUTE = 60_000_000
HOUR = 60 * MINUTE
NONE = np.empty(0, dtype=np.int64)
ALWAYS = np.array([[-10 * HOUR, 300 * HOUR]])
UNTOLD = Bed(0, 8 * HOUR, None, None)


def every(step_min, start_h, end_h):
    return np.arange(start_h * HOUR, end_h * HOUR, step_min * MINUTE).astype(np.int64)


def occasions(changes=NONE, lone=NONE, periodic=NONE, arms=NONE, lasts_us=2_000_000):
    """Occasions of each class at these instants, sorted as the model wants them."""
    parts = ((changes, SHIFT, False), (lone, LEG, False), (periodic, LEG, True), (arms, ARM, False))
    at = np.concatenate([instants for instants, _, _ in parts]).astype(np.int64)
    kind = np.concatenate([np.full(len(i), k) for i, k, _ in parts]).astype(np.int64)
    is_periodic = np.concatenate([np.full(len(i), p, dtype=bool) for i, _, p in parts])
    order = np.argsort(at, kind="stable")
    return Occasions(at[order], at[order] + lasts_us, kind[order], is_periodic[order])


def many(beds, moved, seen=ALWAYS, parameters=MOVEMENTS_2026):
    return sleep_and_wake(beds, moved, (seen, seen, NOTHING), parameters)


def one(bed=UNTOLD, seen=ALWAYS, **moved):
    (found,) = many([bed], occasions(**moved), seen)
    return found


# An hour of turning to fall asleep, half an hour of it from 4:00, and from 7:30 to getting up.
NIGHT = np.concatenate((every(3, 0, 1), every(3, 4, 4.5), every(3, 7.5, 8)))


def test_a_plain_night():
    found = one(changes=NIGHT)
    assert found.sleep_onset == pytest.approx(HOUR, abs=8 * MINUTE)
    assert found.sleep_end == pytest.approx(7.5 * HOUR, abs=8 * MINUTE)
    assert found.wake.shape == (1, 2)
    assert found.wake[0] == pytest.approx([4 * HOUR, 4.5 * HOUR], abs=8 * MINUTE)


def test_somebody_who_turns_all_night_hardly_sleeps():
    """A few minutes remain: that nobody lies awake for eight hours before sleep is part of the model."""
    found = one(changes=every(2, 0, 8))
    slept = 0 if found.sleep_onset is None else found.sleep_end - found.sleep_onset
    assert slept <= 15 * MINUTE


@pytest.mark.parametrize("per_h", [2, 7, 11])
def test_turning_at_a_rate_of_healthy_sleepers_is_sleep(per_h):
    """Ibrahim 2023: quartiles of large movements 4.5 and 10.8 an hour; the person's own rate is learned."""
    found = one(changes=np.concatenate((every(2, 0, 0.5), every(60 / per_h, 0.5, 7.75), every(2, 7.75, 8))))
    assert total_min(found.wake) < 15
    assert found.sleep_onset == pytest.approx(0.5 * HOUR, abs=15 * MINUTE)
    assert found.sleep_end == pytest.approx(7.75 * HOUR, abs=15 * MINUTE)


@pytest.mark.parametrize("per_h", [15, 30])
def test_lone_leg_movements_all_night_do_not_end_sleep(per_h):
    turns = np.concatenate((every(4, 0, 0.5), every(4, 7.75, 8)))
    found = one(changes=turns, lone=every(60 / per_h, 0.01, 8))
    assert found.sleep_end == pytest.approx(7.75 * HOUR, abs=15 * MINUTE)
    assert found.sleep_onset == pytest.approx(0.5 * HOUR, abs=20 * MINUTE)


def test_no_single_waking_ends_sleep_for_good():
    """An hour of wake in the middle of the night: sleep goes on after it."""
    found = one(changes=np.concatenate((every(2, 0, 0.3), every(2, 3, 4), every(2, 7.8, 8))))
    assert found.sleep_end > 7.5 * HOUR
    assert found.wake[0] == pytest.approx([3 * HOUR, 4 * HOUR], abs=6 * MINUTE)


def total_min(intervals):
    return float((intervals[:, 1] - intervals[:, 0]).sum()) / MINUTE


def test_a_periodic_run_before_any_stillness_is_not_slept_through():
    """Restless legs, every 20 s for 40 minutes; the same run after ten still minutes says nothing."""
    awake = one(periodic=every(1 / 3, 0, 2 / 3))
    asleep = one(periodic=every(1 / 3, 1 / 6, 5 / 6))
    assert awake.sleep_onset >= 40 * MINUTE
    assert asleep.sleep_onset < 10 * MINUTE


def test_who_never_moves_awake_gives_wide_intervals():
    quiet, plain = one(), one(changes=np.concatenate((every(1.5, 0, 0.25), every(1.5, 7.75, 8))))
    assert quiet.onset_high - quiet.onset_low > 45 * MINUTE
    assert plain.onset_high - plain.onset_low < 20 * MINUTE
    for found in (quiet, plain):
        assert found.onset_low <= found.sleep_onset <= found.onset_high
        assert found.end_low <= found.sleep_end <= found.end_high
        assert 0.5 <= found.confidence <= 1
    assert quiet.confidence < plain.confidence


def test_what_is_learned_in_other_nights_narrows_a_still_evening():
    """Who moved until sleep in six evenings and lay still in the seventh fell asleep early in it."""
    beds = [Bed(24 * HOUR * i, 24 * HOUR * i + 8 * HOUR, None, None) for i in range(7)]
    nights = [24 * HOUR * i + NIGHT for i in range(6)]
    (*_, seventh) = many(beds, occasions(changes=np.concatenate(nights)))
    assert seventh.onset_high - seventh.onset_low < (one().onset_high - one().onset_low)


def test_a_restless_arm_is_wake_too():
    wrists = np.concatenate((every(2, 0, 1), every(2, 7.5, 8)))
    moved = occasions(arms=wrists)
    (found,) = sleep_and_wake([UNTOLD], moved, (ALWAYS, ALWAYS, ALWAYS), MOVEMENTS_2026)
    assert found.sleep_onset == pytest.approx(HOUR, abs=10 * MINUTE)
    assert found.sleep_end == pytest.approx(7.5 * HOUR, abs=10 * MINUTE)


def test_the_interval_holds_more_with_more_credibility():
    found = [
        many([UNTOLD], occasions(changes=NIGHT), parameters=replace(MOVEMENTS_2026, credible_frac=frac))[0]
        for frac in (0.5, 0.95, 0.999)
    ]
    widths = [night.onset_high - night.onset_low for night in found]
    assert widths == sorted(widths)
    assert widths[0] < widths[2]


def test_lone_leg_movements_alone_do_not_wake():
    """Nobody wakes without a change of posture."""
    found = one(changes=every(3, 0, 1), lone=every(2, 4, 4.5))
    assert len(found.wake) == 0


def test_lone_leg_movements_delay_sleep():
    quiet = one()
    restless = one(lone=every(3, 0, 1))
    assert restless.sleep_onset > quiet.sleep_onset + 30 * MINUTE


def test_what_is_told_is_kept():
    told = UNTOLD._replace(sleep_onset=30 * MINUTE + 7, sleep_end=6 * HOUR + 7)
    found = one(told, changes=NIGHT)
    assert (found.sleep_onset, found.sleep_end) == (30 * MINUTE + 7, 6 * HOUR + 7)


def test_one_told_end_leaves_the_onset_to_the_movements():
    found = one(UNTOLD._replace(sleep_end=7 * HOUR), changes=NIGHT)
    assert found.sleep_end == 7 * HOUR
    assert found.sleep_onset == pytest.approx(HOUR, abs=8 * MINUTE)


def test_what_lies_between_two_beds_says_nothing():
    later = Bed(24 * HOUR, 30 * HOUR, None, None)
    inside = np.concatenate((NIGHT, 24 * HOUR + every(3, 0, 1)))
    between = np.sort(np.concatenate((inside, every(2, 10, 12))))
    for found, wanted in zip(
        many([UNTOLD, later], occasions(changes=between)),
        many([UNTOLD, later], occasions(changes=inside)),
        strict=True,
    ):
        assert found[:2] == wanted[:2]
        assert found.wake.tolist() == wanted.wake.tolist()


def test_beds_of_different_length_are_padded_without_trace():
    """The same night twice, once beside a much longer one that was not seen at all."""
    longer = Bed(24 * HOUR, 40 * HOUR, None, None)
    seen = np.array([[-HOUR, 9 * HOUR]])
    (beside, _), (alone,) = (
        many(beds, occasions(changes=NIGHT), seen) for beds in ([UNTOLD, longer], [UNTOLD])
    )
    for found, wanted in zip(beside[:2], alone[:2], strict=True):
        assert found == pytest.approx(wanted, abs=2 * MINUTE)


def test_no_bed_is_no_sleep():
    assert many([], occasions(changes=NIGHT)) == []


def test_movements_at_the_edge_of_the_bed_count_half_open():
    edges = np.array([-1, 8 * HOUR], dtype=np.int64)
    found, quiet = one(changes=edges), one()
    assert found[:2] == quiet[:2]


def test_a_change_of_posture_where_nothing_is_seen_says_nothing():
    blind = np.array([[-HOUR, 3 * HOUR], [5 * HOUR, 9 * HOUR]])
    moved = one(changes=NIGHT, seen=blind)
    still = one(changes=np.setdiff1d(NIGHT, every(3, 4, 4.5)), seen=blind)
    assert moved[:2] == still[:2]
    assert moved.wake.tolist() == still.wake.tolist()


def test_a_hole_in_the_signal_is_no_wake():
    holed = np.array([[-HOUR, 4 * HOUR], [4.75 * HOUR, 9 * HOUR]], dtype=np.int64)
    assert len(one(changes=every(3, 0, 1), seen=holed).wake) == 0


@settings(max_examples=25, deadline=None)
@given(
    minutes=st.lists(st.integers(0, 8 * 60 - 1), max_size=60, unique=True),
    lone=st.lists(st.integers(0, 8 * 60 - 1), max_size=30, unique=True),
    shift_us=st.integers(-HOUR, HOUR),
)
def test_wake_lies_in_sleep_is_long_enough_and_follows_the_clock(minutes, lone, shift_us):
    changes, lonely = (np.sort(np.array(m, dtype=np.int64)) * MINUTE for m in (minutes, lone))
    found = one(changes=changes, lone=lonely)
    moved = one(
        Bed(shift_us, 8 * HOUR + shift_us, None, None), changes=changes + shift_us, lone=lonely + shift_us
    )
    assert moved.wake.tolist() == (found.wake + shift_us).tolist()
    if found.sleep_onset is None:
        assert moved.sleep_onset is None
        return
    assert moved.sleep_onset == found.sleep_onset + shift_us
    assert 0 <= found.sleep_onset < found.sleep_end <= 8 * HOUR
    edges = found.wake.ravel()
    assert np.all(np.diff(edges) > 0)
    assert np.all((edges >= found.sleep_onset) & (edges <= found.sleep_end))
    assert np.all(found.wake[:, 1] - found.wake[:, 0] >= MOVEMENTS_2026.min_wake_min * MINUTE)


def test_who_stands_is_awake():
    """Out of bed for half an hour in the night, and for most of five hours of a bed that a diary tells wrongly."""
    night, early = np.array([[3 * HOUR, 3.5 * HOUR]]), np.array([[0, 4.5 * HOUR]])
    for up, wanted in ((night, (0.25, 7.75)), (early, (5, 7.75))):
        moved = occasions(changes=np.concatenate((every(2, 0, wanted[0]), every(2, 7.75, 8))))
        (found,) = sleep_and_wake(
            [UNTOLD], moved, (ALWAYS, ALWAYS, NOTHING), MOVEMENTS_2026, up.astype(np.int64)
        )
        assert found.sleep_onset == pytest.approx(wanted[0] * HOUR, abs=12 * MINUTE)
        assert found.sleep_end == pytest.approx(wanted[1] * HOUR, abs=12 * MINUTE)
        if up is night:
            assert found.wake[0] == pytest.approx(up[0], abs=6 * MINUTE)


def test_a_movement_every_ten_seconds_for_sixteen_hours_overflows_nothing():
    with np.errstate(all="raise", under="ignore"):
        found = one(Bed(0, 16 * HOUR, None, None), changes=every(1 / 6, 0, 16))
    assert found.sleep_onset is None or found.sleep_end - found.sleep_onset < HOUR


@pytest.mark.parametrize("seed", range(6))
def test_a_restless_sleeper_who_stands_up_at_night_slept_before(seed):
    """Twelve shifts an hour asleep, 40 awake: standing at four does not make the hours before it wake."""
    rng = np.random.default_rng(seed)
    asleep = np.sort(rng.uniform(0.7 * HOUR, 7.7 * HOUR, 84)).astype(np.int64)
    awake = np.concatenate((every(1.5, 0, 0.7), every(1.5, 4, 4.5), every(1.5, 7.7, 8)))
    moved = occasions(changes=np.unique(np.concatenate((asleep, awake))))
    up = np.array([[int(4.1 * HOUR), int(4.3 * HOUR)]])
    (found,) = sleep_and_wake([UNTOLD], moved, (ALWAYS, ALWAYS, ALWAYS), MOVEMENTS_2026, up)
    assert found.sleep_onset == pytest.approx(0.7 * HOUR, abs=20 * MINUTE)
    assert found.sleep_end == pytest.approx(7.7 * HOUR, abs=20 * MINUTE)


def test_wake_is_about_as_much_as_it_is():
    """Wakings of two to six minutes are each seldom sure; all together they are."""
    rng = np.random.default_rng(3)
    true = found = 0
    for _ in range(12):
        starts = np.sort(rng.choice(np.arange(12, 90), 7, replace=False)) * 5 * MINUTE
        lasts = rng.integers(2, 7, 7) * MINUTE
        woken = np.concatenate(
            [start + every(1.2, 0, last / HOUR) for start, last in zip(starts, lasts, strict=True)]
        )
        asleep = np.sort(rng.uniform(HOUR, 7.5 * HOUR, 24)).astype(np.int64)
        night = one(changes=np.unique(np.concatenate((NIGHT[NIGHT < HOUR], woken, asleep))))
        true += int(lasts.sum())
        found += int((night.wake[:, 1] - night.wake[:, 0]).sum())
    assert 0.5 * true < found < 1.5 * true
