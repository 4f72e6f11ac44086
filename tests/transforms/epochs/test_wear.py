"""Wear: limits of the still window, the second witness, and short wear between non-wear."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from transforms.epochs.summary import STATISTICS
from transforms.epochs.wear import (
    INTERVAL,
    SHORT_WEAR_BETWEEN_NONWEAR,
    STILL_AND_COLD,
    STILL_AND_WARM,
    STILL_SLEEPER,
    STILL_WITHOUT_MICRO_MOVEMENT,
    find_nonwear,
)
from transforms.parameters.wear import GGIR_2023, VAN_HEES_2013

BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RATE_HZ = 50.0
EPOCH_S = 5
PER_H = 720
WITH_TEMPERATURE = STATISTICS | {"temperature_c": pl.Float32}
STILL_SD_G = 0.002


def at(hours):
    return BEGIN + timedelta(hours=hours)


def stretch(hours, sd_g=STILL_SD_G, range_g=0.02, temperature_c=None, moving_every=None):
    """Epochs of one kind; ``moving_every`` gives every such epoch a small movement (12 mg on each axis)."""
    sds, ranges = ((v,) * 3 if isinstance(v, float) else v for v in (sd_g, range_g))
    quiet = {"sample_count": 250, "temperature_c": temperature_c, "enmo_mg": 0.0, "mad_mg": 0.0}
    moved = dict(quiet)
    for axis, mean, sd, spread in zip("xyz", (0.0, 0.0, 1.0), sds, ranges, strict=True):
        both = {f"mean_{axis}_g": mean, f"min_{axis}_g": mean, f"max_{axis}_g": mean + spread}
        quiet |= both | {f"sd_{axis}_g": sd}
        moved |= both | {f"sd_{axis}_g": 0.012}
    every = moving_every or 0
    return [moved if every and n % every == every // 2 else quiet for n in range(round(hours * PER_H))]


def worn(hours, temperature_c=None):
    return stretch(hours, sd_g=0.2, range_g=1.0, temperature_c=temperature_c)


def hole(hours):
    return [None] * round(hours * PER_H)


def statistics(*stretches):
    rows = [row for part in stretches for row in part]
    starts = [BEGIN + timedelta(seconds=EPOCH_S * n) for n, row in enumerate(rows) if row is not None]
    recorded = [row for row in rows if row is not None]
    return pl.DataFrame(recorded, schema=WITH_TEMPERATURE).with_columns(
        pl.Series("start_at", starts, dtype=WITH_TEMPERATURE["start_at"])
    )


def find(*stretches, parameters=GGIR_2023):
    return find_nonwear(statistics(*stretches), RATE_HZ, parameters)


def spans(intervals):
    hours = [(pl.col(name) - BEGIN).dt.total_seconds() / 3600 for name in ("started_at", "ended_at")]
    return intervals.select(*hours, "reason").rows()


def test_a_night_stand_between_two_days_of_wear():
    found = find(worn(8), stretch(8), worn(8))
    assert spans(found.nonwear) == [(8.0, 16.0, STILL_WITHOUT_MICRO_MOVEMENT)]
    assert found.nonwear["method"].to_list() == ["van_hees_three_axes_and_micro_movement"]
    assert found.doubtful.is_empty()


def test_a_still_sleeper_is_worn_and_doubtful():
    found = find(worn(8), stretch(8, moving_every=PER_H // 4), worn(8))
    assert found.nonwear.is_empty()
    assert spans(found.doubtful) == [(8.0, 16.0, STILL_SLEEPER)]


@pytest.mark.parametrize(("movements", "is_worn"), [(2, False), (3, True)])
def test_one_movement_an_hour_is_enough(movements, is_worn):
    """In 3.5 h of which 15 min at each end are not searched: three movements in three hours."""
    quiet, moved = stretch(3.5), stretch(3.5, moving_every=1)
    rows = [moved[n] if n in range(300, 300 + 600 * movements, 600) else row for n, row in enumerate(quiet)]
    found = find(worn(8), rows, worn(8))
    assert found.nonwear.is_empty() == is_worn
    assert found.doubtful.is_empty() != is_worn


def test_handling_at_both_ends_does_not_show_a_sleeper():
    handled = stretch(0.25, moving_every=6)
    found = find(worn(8), handled, stretch(3.5), handled, worn(8))
    assert spans(found.nonwear) == [(8.0, 12.0, STILL_WITHOUT_MICRO_MOVEMENT)]


@pytest.mark.parametrize(
    ("temperature_c", "reason"),
    [(28.0, STILL_AND_WARM), (27.9, STILL_AND_COLD), (22.0, STILL_AND_COLD)],
)
def test_four_degrees_below_the_worn_level_are_still_worn(temperature_c, reason):
    found = find(worn(8, 32.0), stretch(3, temperature_c=temperature_c), worn(8, 32.0))
    side = found.nonwear if reason == STILL_AND_COLD else found.doubtful
    assert spans(side) == [(8.0, 11.0, reason)]
    assert found.nonwear.height + found.doubtful.height == 1
    assert side["method"].to_list() == ["van_hees_three_axes_and_temperature"]


def test_a_cold_sensor_is_off_even_when_the_table_shakes():
    found = find(worn(8, 32.0), stretch(8, temperature_c=20.0, moving_every=60), worn(8, 32.0))
    assert spans(found.nonwear) == [(8.0, 16.0, STILL_AND_COLD)]


@pytest.mark.parametrize(("hours", "is_worn"), [(4, True), (4.25, False)])
def test_a_warm_sensor_is_believed_for_four_hours(hours, is_worn):
    found = find(worn(12, 32.0), stretch(hours, temperature_c=31.0), worn(12, 32.0))
    if is_worn:
        assert spans(found.doubtful) == [(12.0, 16.0, STILL_AND_WARM)]
        assert found.nonwear.is_empty()
    else:
        assert spans(found.nonwear) == [(12.0, 16.25, STILL_WITHOUT_MICRO_MOVEMENT)]
        assert found.doubtful.is_empty()


@pytest.mark.parametrize(("temperature_c", "is_worn"), [(32.4, True), (31.1, True), (31.0, False)])
def test_a_sensor_as_warm_as_when_it_is_surely_worn_needs_no_motion(temperature_c, is_worn):
    warm_foot = worn(1, 33.5)  # a thermometer that always shows the same is no witness
    found = find(warm_foot, worn(7, 32.0), stretch(8, temperature_c=temperature_c), worn(8, 32.0))
    assert found.nonwear.is_empty() == is_worn
    assert (spans(found.doubtful) == [(8.0, 16.0, STILL_AND_WARM)]) == is_worn


@pytest.mark.parametrize(("temperature_c", "reason"), [(26.0, STILL_AND_WARM), (25.9, STILL_AND_COLD)])
def test_without_worn_time_of_its_own_26_degrees_decide(temperature_c, reason):
    found = find(stretch(3, temperature_c=temperature_c))
    side = found.nonwear if reason == STILL_AND_COLD else found.doubtful
    assert spans(side) == [(0.0, 3.0, reason)]


@pytest.mark.parametrize(
    ("range_g", "sd_g", "is_still"),
    [
        (0.149, 0.002, True),
        (0.150, 0.002, False),
        (0.020, 0.0129, True),
        (0.020, 0.0131, False),
    ],
)
def test_limits_of_the_still_window(range_g, sd_g, is_still):
    found = find(worn(8), stretch(4, sd_g=sd_g, range_g=range_g), worn(8))
    assert (found.nonwear.height == 1) == is_still


@pytest.mark.parametrize(("max_range_g", "is_still"), [(0.125, False), (0.1251, True)])
def test_a_range_of_exactly_the_limit_is_not_still(max_range_g, is_still):
    """An eighth is exact in single precision on every axis."""
    parameters = replace(GGIR_2023, max_range_g=max_range_g)
    found = find(stretch(4, range_g=0.125), parameters=parameters)
    assert (found.nonwear.height == 1) == is_still


def test_a_standard_deviation_of_exactly_the_limit_is_not_still():
    exact = replace(GGIR_2023, max_sd_g=0.0078125)
    flat = [row | {f"mean_{axis}_g": 0.0 for axis in "xyz"} for row in stretch(4, sd_g=0.0078125)]
    assert find(flat, parameters=exact).nonwear.is_empty()
    above = replace(exact, max_sd_g=0.0078126)
    assert spans(find(flat, parameters=above).nonwear) == [(0.0, 4.0, STILL_WITHOUT_MICRO_MOVEMENT)]


def test_the_paper_asks_for_a_third_of_the_range():
    still = stretch(4, range_g=0.1)
    assert find(worn(8), still, worn(8)).nonwear.height == 1
    assert find(worn(8), still, worn(8), parameters=VAN_HEES_2013).nonwear.is_empty()


@pytest.mark.parametrize(
    ("still_axes", "is_nonwear"),
    [("xyz", True), ("xy", True), ("xz", True), ("yz", True), ("x", False), ("z", False), ("", False)],
)
def test_two_axes_must_agree(still_axes, is_nonwear):
    ranges = tuple(0.02 if axis in still_axes else 1.0 for axis in "xyz")
    found = find(worn(8), stretch(4, range_g=ranges), worn(8))
    assert (found.nonwear.height == 1) == is_nonwear


@pytest.mark.parametrize(("hours", "is_nonwear"), [(0.75, False), (1.0, True)])
def test_stillness_shorter_than_the_window_is_wear(hours, is_nonwear):
    found = find(worn(8), stretch(hours), worn(8))
    assert spans(found.nonwear) == ([(8.0, 9.0, STILL_WITHOUT_MICRO_MOVEMENT)] if is_nonwear else [])


@pytest.mark.parametrize(
    ("wear_h", "around_h", "is_taken"),
    [
        (2.75, 2, True),  # 2.75 / 4 < 0.8
        (2.75, 1.75, True),  # 2.75 / 3.5 = 0.786
        (2.75, 1.5, False),  # 2.75 / 3 = 0.917
        (2, 1.25, False),  # exactly 0.8
        (3, 4, False),  # three hours are no longer short, and 3 / 8 is not below 0.3
        (3, 5, False),  # exactly 0.3
        (3, 5.25, True),  # 3 / 10.5 = 0.286
        (6, 11, False),  # six hours are never short
    ],
)
def test_short_wear_between_nonwear(wear_h, around_h, is_taken):
    found = find(worn(8), stretch(around_h), worn(wear_h), stretch(around_h), worn(8))
    off, on = (8.0, 8.0 + around_h), (8.0 + around_h, 8.0 + around_h + wear_h)
    last = (on[1], on[1] + around_h)
    expected = [(*off, STILL_WITHOUT_MICRO_MOVEMENT), (*last, STILL_WITHOUT_MICRO_MOVEMENT)]
    if is_taken:
        expected.insert(1, (*on, SHORT_WEAR_BETWEEN_NONWEAR))
    assert spans(found.nonwear) == expected


def test_a_hole_is_neither_wear_nor_nonwear():
    found = find(worn(4), stretch(2), hole(6), stretch(2), worn(4))
    assert spans(found.nonwear) == [
        (4.0, 6.0, STILL_WITHOUT_MICRO_MOVEMENT),
        (12.0, 14.0, STILL_WITHOUT_MICRO_MOVEMENT),
    ]


def test_wear_beside_a_hole_is_not_taken_for_short_wear():
    found = find(worn(8), stretch(5), worn(0.5), hole(1), worn(0.5), stretch(5), worn(8))
    assert SHORT_WEAR_BETWEEN_NONWEAR not in found.nonwear["reason"].to_list()


@pytest.mark.parametrize("part", [[], [stretch(0.5)]])
def test_what_is_shorter_than_a_window_is_not_judged(part):
    found = find(*part)
    assert found.nonwear.is_empty()
    assert found.doubtful.is_empty()
    assert found.nonwear.schema == found.doubtful.schema == INTERVAL


def test_intervals_do_not_overlap_and_lie_in_the_recording():
    parts = [worn(3, 32.0), stretch(2, temperature_c=20.0), worn(1, 32.0), stretch(3, temperature_c=31.0)]
    found = find(*parts, worn(5, 32.0))
    both = pl.concat([found.nonwear, found.doubtful]).sort("started_at")
    assert both.height >= 2
    assert (both["ended_at"] > both["started_at"]).all()
    assert (both["started_at"][1:] >= both["ended_at"][:-1]).all()
    assert both["started_at"].min() >= BEGIN
    assert both["ended_at"].max() <= at(14)
