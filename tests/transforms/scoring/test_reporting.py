"""The reporting set, counted by hand."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.psg.test_scored import NO_BREAKS, frame, legs, mark
from transforms.parameters.cohort import NIGHTLY_COHORT
from transforms.parameters.scoring import AASM_2023, FERRI_2006_CLASSES, WASM_2016
from transforms.psg.hypnogram import stages_of
from transforms.psg.scored import score_marks
from transforms.schema import IMI_HISTOGRAM, LEG_MOVEMENT_REPORT, PLM_HOUR, SCORED_LEG_MOVEMENT, empty
from transforms.scoring.reporting import hourly_course, imi_histogram, report, state_hours

PARAMETERS = NIGHTLY_COHORT.night_rate
# wake 0-600 s, N2 600-2400, REM 2400-3600, unstaged after
NIGHT = [mark("stage_w", 0, 600), mark("stage_n2", 600, 1800), mark("stage_r", 2400, 1200)]


def reported(*rows):
    events = frame(*rows)
    scored = score_marks(events, NO_BREAKS, WASM_2016, AASM_2023)
    told = report(scored, state_hours(stages_of(events)), PARAMETERS)
    assert told.schema == LEG_MOVEMENT_REPORT
    return {row["state"]: row for row in told.iter_rows(named=True)}


def test_hours_of_states():
    told = {row["state"]: row["state_h"] for row in reported(*NIGHT).values()}
    assert told == {
        "in_bed": 1.0,
        "sleep": pytest.approx(5 / 6),
        "wake": pytest.approx(1 / 6),
        "nrem": 0.5,
        "n1": 0.0,
        "n2": 0.5,
        "n3": 0.0,
        "r": pytest.approx(1 / 3),
    }


def test_a_night_without_movements_counts_zero_and_a_state_without_time_has_no_rate():
    told = reported(*NIGHT)
    assert told["sleep"]["plm_count"] == 0
    assert told["sleep"]["plm_per_h"] == 0.0
    assert told["n1"]["plm_per_h"] is None
    assert told["sleep"]["periodicity_movement_index"] is None


def test_plms_and_plmw_across_sleep_onset():
    told = reported(*NIGHT, *legs(560, 580, 600, 620, 640, 660))
    assert (told["wake"]["plm_count"], told["sleep"]["plm_count"], told["in_bed"]["plm_count"]) == (2, 4, 6)
    assert told["wake"]["plm_per_h"] == pytest.approx(12.0)
    assert told["n2"]["plm_per_h"] == 8.0
    assert told["n2"]["plm_aasm_count"] == 4


def test_partition_of_candidates():
    # series of four, one 5 s after it (short), one 300 s later (isolated), one too long, one in unstaged time
    told = reported(
        *NIGHT, *legs(700, 720, 740, 760, 765, 1065), mark("leg_movement", 1200, 12, "left"), *legs(3700)
    )
    sleep = told["sleep"]
    assert sleep["lm_count"] == 7
    assert (sleep["clm_count"], sleep["noncandidate_count"]) == (6, 1)
    assert (sleep["plm_count"], sleep["short_interval_lm_count"], sleep["isolated_lm_count"]) == (4, 1, 1)
    assert sleep["periodicity_movement_index"] == pytest.approx(4 / 6)
    # intervals 20, 20, 20, 5, 300: three of five in a run of at least three
    assert (
        sleep["imi_count"],
        sleep["imi_short_count"],
        sleep["imi_periodic_count"],
        sleep["imi_long_count"],
    ) == (
        5,
        1,
        3,
        1,
    )
    assert sleep["periodicity_interval_index"] == pytest.approx(3 / 5)
    assert sleep["log_imi_mean"] == pytest.approx(math.log(20))
    assert sleep["log_imi_sd"] == pytest.approx(0.0)


def test_the_two_periodicity_indices_differ():
    # three intervals of exactly 10 s: a WASM series (>= 10), but no run of Ferri 2006 (> 10)
    sleep = reported(*NIGHT, *legs(700, 710, 720, 730))["sleep"]
    assert sleep["periodicity_movement_index"] == 1.0
    assert sleep["periodicity_interval_index"] == 0.0


def test_respiration_and_arousals():
    told = reported(
        *NIGHT, *legs(700, 720, 740, 760, 780), mark("respiratory", 713, 10), mark("arousal", 741.3, 5)
    )["sleep"]
    assert told["plm_count"] == 5
    assert told["plm_without_respiratory_count"] == 4
    assert told["clm_respiratory_count"] == 1
    assert told["plm_arousal_count"] == 1
    unknown = reported(*NIGHT, *legs(700, 720, 740, 760))["sleep"]
    assert unknown["plm_without_respiratory_count"] is None
    assert unknown["plm_arousal_per_h"] is None


def test_sides_and_durations():
    rows = [
        mark("leg_movement", t, d, s) for t, d, s in ((700, 1, "left"), (720, 2, "right"), (740, 3, "right"))
    ]
    pair = [mark("leg_movement", 760, 1, "left"), mark("leg_movement", 761, 3, "right")]
    told = reported(*NIGHT, *rows, *pair)["sleep"]
    assert (told["plm_left_count"], told["plm_right_count"], told["plm_both_count"]) == (1, 2, 1)
    assert told["plm_mean_duration_s"] == pytest.approx((1 + 2 + 3 + 4) / 4)
    assert told["isolated_lm_mean_duration_s"] is None


def test_histogram_classes_are_closed_below():
    scored = score_marks(
        frame(*NIGHT, *legs(700, 702, 705.999999, 805.999999, 1500)), NO_BREAKS, WASM_2016, AASM_2023
    )
    told = imi_histogram(scored, FERRI_2006_CLASSES)
    assert told.schema == IMI_HISTOGRAM
    assert told.height == 51
    filled = told.filter(pl.col("imi_count") > 0).select("lower_s", "upper_s", "imi_count").rows()
    assert filled == [(2.0, 4.0, 2), (100.0, None, 2)]


def test_hours_after_sleep_onset():
    stages = [mark("stage_n2", 600, 3000), mark("stage_w", 3600, 1800), mark("stage_n2", 5400, 1800)]
    events = frame(
        *stages, *legs(600, 620, 640, 660), *legs(4199, 4219, 4239, 4259), *legs(7100, 7120, 7140, 7160)
    )
    scored = score_marks(events, NO_BREAKS, WASM_2016, AASM_2023)
    told = hourly_course(scored, stages_of(events))
    assert told.schema == PLM_HOUR
    assert told.select("hour_number", "sleep_h", "plm_count", "plm_per_h").rows() == [
        (1, pytest.approx(3000 / 3600), 4, pytest.approx(4.8)),
        (2, 0.5, 4, 8.0),
    ]


def test_nothing_in_nothing_out():
    nothing = empty(SCORED_LEG_MOVEMENT)
    stages = stages_of(frame())
    assert report(nothing, state_hours(stages), PARAMETERS).schema == LEG_MOVEMENT_REPORT
    assert imi_histogram(nothing, FERRI_2006_CLASSES).schema == IMI_HISTOGRAM
    assert hourly_course(nothing, stages).schema == PLM_HOUR


@given(onsets=st.lists(st.integers(0, 36000).map(lambda tenths: tenths / 10), max_size=40, unique=True))
def test_candidates_and_intervals_are_partitioned(onsets):
    told = reported(*NIGHT, *legs(*sorted(onsets)))
    for row in told.values():
        parts = row["plm_count"] + row["short_interval_lm_count"] + row["isolated_lm_count"]
        assert parts == row["clm_count"]
        assert row["imi_short_count"] + row["imi_periodic_count"] + row["imi_long_count"] == row["imi_count"]
    for count in ("plm_count", "clm_count", "imi_count", "plm_aasm_count"):
        assert told["sleep"][count] + told["wake"][count] == told["in_bed"][count]
        assert told["n1"][count] + told["n2"][count] + told["n3"][count] == told["nrem"][count]
