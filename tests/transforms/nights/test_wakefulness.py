"""Sleep and wake in bed from changes of posture and lone movements."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.nights.wakefulness import Bed, sleep_and_wake
from transforms.parameters.wakefulness import POSTURE_2026

MINUTE = 60_000_000
HOUR = 60 * MINUTE
NONE = np.empty(0, dtype=np.int64)
ALWAYS = np.array([[-10 * HOUR, 100 * HOUR]])
UNTOLD = Bed(0, 8 * HOUR, None, None)


def every(step_min, start_h, end_h):
    return np.arange(start_h * HOUR, end_h * HOUR, step_min * MINUTE).astype(np.int64)


def one(bed=UNTOLD, changes=NONE, lone=NONE, seen=ALWAYS):
    (found,) = sleep_and_wake([bed], changes, lone, seen, POSTURE_2026)
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


def test_turning_twice_an_hour_is_sleep():
    """The rate asleep itself."""
    found = one(changes=every(60 / POSTURE_2026.sleep_per_h, 1, 8))
    assert len(found.wake) == 0
    assert found.sleep_end - found.sleep_onset > 6 * HOUR


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


def test_every_bed_is_judged_by_itself():
    """Beds of different length, and what lies between them, do not change one another."""
    later = Bed(24 * HOUR, 30 * HOUR, None, None)
    changes = np.concatenate((NIGHT, every(2, 10, 12), 24 * HOUR + every(3, 0, 1)))
    both = sleep_and_wake([UNTOLD, later], changes, NONE, ALWAYS, POSTURE_2026)
    alone = [one(UNTOLD, NIGHT), one(later, 24 * HOUR + every(3, 0, 1))]
    for found, wanted in zip(both, alone, strict=True):
        assert found[:2] == wanted[:2]
        assert found.wake.tolist() == wanted.wake.tolist()


def test_no_bed_is_no_sleep():
    assert sleep_and_wake([], NIGHT, NONE, ALWAYS, POSTURE_2026) == []


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
    assert np.all(found.wake[:, 1] - found.wake[:, 0] >= POSTURE_2026.min_wake_min * MINUTE)
