"""A night on two ankles whose clocks differ is the same night; legs of two people are never added up."""

from dataclasses import replace

import polars as pl
import pytest

from transforms.parameters import DEFAULT
from transforms.pipeline import Wearer, find, score, summarise
from transforms.simulation.scenarios.catalogue import SCENARIOS
from transforms.simulation.scenarios.night import ZONE, scenario_night

INSTANTS = ("onset_at", "offset_at", "active_onset_at", "peak_at")
NIGHT_FIGURES = (
    "is_eligible",
    "exclusion_reason",
    "leg_recording_count",
    "sleep_onset_at",
    "sleep_end_at",
    "tst_h",
)


def prepared(seed: int):
    scenario = SCENARIOS["two_legs"]
    night = scenario_night(scenario.parameters, DEFAULT, seed, 0)
    summarised = [summarise(one, DEFAULT) for one in night.recordings]
    wearer = Wearer(
        participant_id=night.recordings[0].header.participant_id,
        time_zone=ZONE,
        recordings=[one.as_worn(raw, DEFAULT) for one, raw in zip(summarised, night.recordings, strict=True)],
        diary=night.diary,
    )
    candidates = [
        find(raw, one.summary.calibration, wearer, DEFAULT)
        for one, raw in zip(summarised, night.recordings, strict=True)
    ]
    return wearer, candidates


@pytest.fixture(scope="module")
def night():
    return prepared(1)


def with_other_clock(wearer, candidates, offset_s: float, ppm: float):
    """Let the right leg's clock be late by ``offset_s`` and run fast by ``ppm``."""
    left, right = wearer.recordings
    start = right.epochs["start_at"][0]

    def late(name: str) -> pl.Expr:
        since_s = (pl.col(name) - start).dt.total_microseconds() / 1e6
        shift = (offset_s + since_s * ppm * 1e-6) * 1e6
        return (pl.col(name) + pl.duration(microseconds=shift.round().cast(pl.Int64))).alias(name)

    right = replace(
        right,
        epochs=right.epochs.with_columns(pl.col("start_at") + pl.duration(seconds=round(offset_s / 5) * 5)),
        nonwear=right.nonwear.with_columns(late("started_at"), late("ended_at")),
        segments=right.segments.with_columns(late("started_at"), late("ended_at")),
    )
    moved = candidates[1].with_columns(late(name) for name in INSTANTS)
    return replace(wearer, recordings=[left, right]), [candidates[0], moved]


def figures(scored):
    nights = scored.nights.filter(pl.col("in_bed_h") > 3).select(NIGHT_FIGURES)
    counts = scored.movements.group_by("kind").len().sort("kind")
    in_series = scored.movements["wasm_series_id"].drop_nulls().len()
    return nights, counts, in_series


@pytest.mark.parametrize(
    ("offset_s", "ppm"), [(1.5, 0), (-3, 0), (3, 0), (10, 0), (30, 0), (-60, 80), (660, -60), (-895, 0)]
)
def test_another_clock_changes_nothing(night, offset_s, ppm):
    expected_nights, expected_counts, expected_series = figures(score(*night, DEFAULT))
    scored = score(*with_other_clock(*night, offset_s, ppm), DEFAULT)
    nights, counts, in_series = figures(scored)
    assert scored.alignment["is_applied"].to_list() == [True]
    assert nights.drop("sleep_onset_at", "sleep_end_at", "tst_h").equals(
        expected_nights.drop("sleep_onset_at", "sleep_end_at", "tst_h")
    )
    assert nights["tst_h"][0] == pytest.approx(expected_nights["tst_h"][0], abs=0.1)
    assert counts["kind"].equals(expected_counts["kind"])
    assert (counts["len"].cast(pl.Int64) - expected_counts["len"].cast(pl.Int64)).abs().max() <= 2
    assert in_series == pytest.approx(expected_series, abs=4)


@pytest.mark.parametrize("offset_s", [0.0, 4.0, -200.0])
def test_four_shared_turns_in_ten_are_enough(night, offset_s):
    wearer, candidates = with_other_clock(*night, offset_s, 0)
    turns = candidates[1]["tilt_deg"] >= DEFAULT.clocks.min_tilt_deg
    number = pl.Series(range(candidates[1].height)) % 5
    candidates[1] = candidates[1].filter(~turns | (number < 2))
    scored = score(wearer, candidates, DEFAULT)
    assert scored.alignment["is_applied"].to_list() == [True]
    assert scored.nights["leg_recording_count"].max() == 2


def test_legs_of_two_people_are_never_summed(night):
    wearer, candidates = night
    other_wearer, other_candidates = prepared(12)
    left, right = wearer.recordings[0], wearer.recordings[1]
    stranger = replace(other_wearer.recordings[1], recording_id=right.recording_id)
    of_stranger = other_candidates[1].with_columns(pl.lit(right.recording_id).alias("recording_id"))
    both = score(replace(wearer, recordings=[left, stranger]), [candidates[0], of_stranger], DEFAULT)
    alone = score(replace(wearer, recordings=[left]), [candidates[0]], DEFAULT)
    assert both.alignment.select("is_applied", "is_left_out").rows() == [(False, True)]
    # each leg has a rate of its own: that of the night is the reference's, the other's stands beside it
    by_itself = score(replace(wearer, recordings=[stranger]), [of_stranger], DEFAULT)
    night, told = by_itself.nights.sort("in_bed_h").row(-1, named=True), both.alignment.row(0, named=True)
    jerks = by_itself.movements.filter(
        pl.col("kind").is_in(["hypnic_jerk", "twitch"]) | pl.col("is_clm"),
        pl.col("onset_at").is_between(night["lights_off_at"], night["lights_on_at"], closed="left"),
    ).height
    assert (told["analysed_h"], told["jerk_count"]) == (night["analysed_h"], jerks)
    assert jerks > 0
    assert told["jerk_rate_per_h"] == pytest.approx(jerks / night["analysed_h"])
    assert told["aplm_wasm_per_h"] == pytest.approx(told["aplm_wasm_count"] / told["analysed_sleep_h"])
    assert figures(both)[1].equals(figures(alone)[1])
    assert both.nights["leg_recording_count"].max() == 1
    assert both.rejected.filter(pl.col("reason") == "clock_not_aligned").height == of_stranger.height
