"""What of a night's raw signal is worth reading."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from transforms.intervals import runs
from transforms.nights.bed import candidate_windows, long_rests, resting
from transforms.nights.evidence import dense_grid
from transforms.parameters.nights import NOON_TO_NOON_2026
from transforms.schema import CANDIDATE_WINDOW, EPOCH, SLEEP_DIARY, empty

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PER_H = 720
UPRIGHT, LYING = 5.0, 85.0


def at(hours):
    return NOON + timedelta(hours=hours)


def leg(*stretches, mad_mg=0.0):
    """Epochs from noon on: (hours, angle to upright in degrees or None); an angle of "hole" is not recorded."""
    angles = [angle for hours, angle in stretches for _ in range(round(hours * PER_H))]
    kept = [(n, angle) for n, angle in enumerate(angles) if angle != "hole"]
    return pl.DataFrame(
        {
            "start_at": [NOON + timedelta(seconds=5 * n) for n, _ in kept],
            "upright_deg": [angle for _, angle in kept],
            "mad_mg": [mad_mg] * len(kept),
        },
        schema={name: EPOCH[name] for name in ("start_at", "upright_deg", "mad_mg")},
    )


def quiet_leg(*stretches):
    """Epochs of a leg that never walked: (hours, mean amplitude deviation in mg)."""
    values = [value for hours, value in stretches for _ in range(round(hours * PER_H))]
    return leg((len(values) / PER_H, None)).with_columns(pl.Series("mad_mg", values, dtype=pl.Float32))


def nights(count=1):
    return pl.DataFrame(
        {
            "night_date": [date(2026, 3, 1) + timedelta(days=n) for n in range(count)],
            "window_start_at": [at(24 * n) for n in range(count)],
            "window_end_at": [at(24 * n + 24) for n in range(count)],
        },
        schema={
            "night_date": pl.Date,
            "window_start_at": EPOCH["start_at"],
            "window_end_at": EPOCH["start_at"],
        },
    )


def diary(*rows):
    named = [
        {"participant_id": "P1", "night_date": date(2026, 3, 1) + timedelta(days=night), "lights_off_at": off, "lights_on_at": on}
        for night, off, on in rows
    ]  # fmt: skip
    return pl.DataFrame(named, schema=SLEEP_DIARY)


def windows(legs, told=None, count=1):
    return candidate_windows(legs, diary() if told is None else told, nights(count), NOON_TO_NOON_2026)


def spans(frame):
    hours = [((pl.col(name) - NOON).dt.total_microseconds() / 3.6e9) for name in ("started_at", "ended_at")]
    return frame.select(*hours).rows()


def hours_of(intervals):
    noon_us = int(NOON.timestamp()) * 1_000_000
    return [[(first - noon_us) / 3.6e9, (end - noon_us) / 3.6e9] for first, end in intervals.tolist()]


def test_a_lying_leg_is_read_with_its_margins():
    found = windows([leg((10, UPRIGHT), (8, LYING), (6, UPRIGHT))])
    assert found.schema == CANDIDATE_WINDOW
    assert found["night_date"].to_list() == [date(2026, 3, 1)]
    (start, end), *none = spans(found)
    assert none == []
    assert start == pytest.approx(10 - 75 / 60, abs=1 / PER_H)
    assert end == pytest.approx(18 + 10 / 60, abs=1 / PER_H)


@pytest.mark.parametrize(("angle_deg", "lies"), [(45.0, False), (45.1, True)])
def test_a_leg_at_exactly_45_degrees_does_not_lie(angle_deg, lies):
    found = resting(leg((10, UPRIGHT), (8, angle_deg), (6, UPRIGHT)), NOON_TO_NOON_2026)
    assert (len(found) == 1) == lies


@pytest.mark.parametrize(("mad_mg", "rests"), [(29.9, True), (30.0, False)])
def test_a_leg_that_never_walked_is_judged_by_its_movement(mad_mg, rests):
    found = resting(quiet_leg((10, 200.0), (8, mad_mg), (6, 200.0)), NOON_TO_NOON_2026)
    assert (len(found) == 1) == rests


@pytest.mark.parametrize(("length", "count"), [(360, 0), (361, 1)])
def test_a_rest_of_exactly_half_an_hour_is_no_bed(length, count):
    mask = runs_mask(5000, (1000, 1000 + length))
    assert len(long_rests(mask, NOON_TO_NOON_2026)) == count


@pytest.mark.parametrize(("gap", "expected"), [(719, [[0, 2219]]), (720, [[0, 1000], [1720, 2220]])])
def test_an_hour_up_parts_two_rests(gap, expected):
    mask = runs_mask(1500 + gap, (0, 1000), (1000 + gap, 1500 + gap))
    assert long_rests(mask, NOON_TO_NOON_2026).tolist() == expected


def runs_mask(length, *stretches):
    mask = pl.repeat(False, length, eager=True).to_numpy().copy()
    for first, end in stretches:
        mask[first:end] = True
    assert runs(mask).tolist() == [list(pair) for pair in stretches]
    return mask


def test_a_visit_to_the_bathroom_does_not_end_the_rest():
    found = hours_of(
        resting(leg((10, UPRIGHT), (4, LYING), (0.5, UPRIGHT), (4, LYING), (5.5, UPRIGHT)), NOON_TO_NOON_2026)
    )
    assert found == [pytest.approx([10, 18.5], abs=1 / PER_H)]  # fmt: skip


def test_an_hour_that_was_not_recorded_is_no_rest():
    for recorded in (leg((2, UPRIGHT), (6, LYING), (2, "hole"), (6, LYING), (2, UPRIGHT)),
                     quiet_leg((2, 200.0), (6, 5.0)).vstack(quiet_leg((10, 0.0), (6, 5.0), (2, 200.0))[10 * PER_H :])):  # fmt: skip
        found = hours_of(resting(recorded, NOON_TO_NOON_2026))
        assert found == [pytest.approx([2, 8], abs=2 / PER_H), pytest.approx([10, 16], abs=2 / PER_H)]


def test_the_places_of_epochs_leave_holes_out():
    first, count, place = dense_grid(leg((0.01, UPRIGHT), (0.005, "hole"), (0.003, UPRIGHT)))
    assert first == int(NOON.timestamp()) * 1_000_000
    assert place.tolist() == [0, 1, 2, 3, 4, 5, 6, 11, 12]
    assert count == 13


def test_the_diary_decides_where_it_speaks():
    legs = [leg((6, UPRIGHT), (12, LYING), (6, UPRIGHT))]
    told = diary((0, at(11), at(19)))
    assert spans(windows(legs, told)) == [(11 - 75 / 60, 19 + 10 / 60)]


@pytest.mark.parametrize(
    "told", [(0, None, None), (0, at(19), at(11)), (0, at(11), at(11)), (0, at(11), None)]
)
def test_a_diary_that_makes_no_sense_leaves_the_night_to_the_legs(told):
    legs = [leg((6, UPRIGHT), (12, LYING), (6, UPRIGHT))]
    assert windows(legs, diary(told)).equals(windows(legs))
    assert windows(legs).height == 1


@pytest.mark.parametrize(("shift_h", "is_off"), [(0.5, False), (1, True), (-1, True), (3, True)])
def test_where_the_diary_s_clock_is_off_the_leg_s_rest_is_read_too(shift_h, is_off):
    legs = [leg((6, UPRIGHT), (8, LYING), (10, UPRIGHT))]
    told = diary((0, at(6 + shift_h), at(14 + shift_h)))
    read = spans(windows(legs, told))
    first, last = 6 + shift_h - 75 / 60, 14 + shift_h + 10 / 60
    wide = (min(first, 6 - 75 / 60), max(last, 14 + 10 / 60))
    assert read == [pytest.approx(wide if is_off else (first, last), abs=0.1)]


def test_the_diary_needs_no_leg():
    assert spans(windows([], diary((0, at(11), at(19))))) == [(11 - 75 / 60, 19 + 10 / 60)]


def test_either_leg_is_enough():
    left = leg((10, UPRIGHT), (3, LYING), (11, UPRIGHT))
    right = leg((12, UPRIGHT), (6, LYING), (6, UPRIGHT))
    (start, end), *none = spans(windows([left, right]))
    assert none == []
    assert (start, end) == pytest.approx((10 - 75 / 60, 18 + 10 / 60), abs=1 / PER_H)


def test_sleep_across_noon_is_parted_and_nothing_is_read_twice():
    legs = [leg((20, UPRIGHT), (8, LYING), (20, UPRIGHT))]
    found = windows(legs, count=2)
    assert found["night_date"].to_list() == [date(2026, 3, 1), date(2026, 3, 2)]
    first, second = spans(found)
    assert first == pytest.approx((20 - 75 / 60, 24 + 10 / 60), abs=1 / PER_H)
    assert second == pytest.approx((24 + 10 / 60, 28 + 10 / 60), abs=1 / PER_H)
    assert found["ended_at"][0] == found["started_at"][1]


def test_rests_closer_than_their_margins_are_read_at_once():
    told = diary((0, at(8), at(12)), (0, at(13), at(16)))
    assert spans(windows([], told)) == [(8 - 75 / 60, 16 + 10 / 60)]


@pytest.mark.parametrize("legs", [[], [empty(EPOCH)], [leg((24, UPRIGHT))]])
def test_nothing_to_read(legs):
    found = windows(legs)
    assert found.is_empty()
    assert found.schema == CANDIDATE_WINDOW


def test_no_nights_no_windows():
    found = windows([leg((24, LYING))], count=0)
    assert found.is_empty()
    assert found.schema == CANDIDATE_WINDOW
