"""Counts and rates of a night: boundaries of the time in bed, sleep and wake, intervals and missing hours."""

import math
from datetime import date, timedelta

import polars as pl
import pytest

from tests.sql.conftest import a_night, at, one

RATE = "select * from night_rate"


def movement(onset, kind="leg_movement", seconds=2.0, **more):
    onset_at = at(onset) if isinstance(onset, str) else onset
    row = {
        "movement_id": f"{onset_at}-{kind}",
        "participant_id": "P1",
        "night_date": date(2026, 3, 1),
        "onset_at": onset_at,
        "offset_at": onset_at + timedelta(seconds=seconds),
        "duration_s": seconds,
        "kind": kind,
        "is_clm": kind == "leg_movement" and 0.5 <= seconds <= 10,
        "aasm_plm_count": 0,
        "is_asleep": True,
    }
    return row | more


def candidates(first, intervals, **more):
    """Candidates that follow ``first`` at these intervals [s]; None begins anew, unbroken by nothing known."""
    onset = at(first)
    rows = [movement(onset, imi_s=None, **more)]
    for interval in intervals:
        onset += timedelta(seconds=interval if interval is not None else 300)
        rows.append(movement(onset, imi_s=interval, **more))
    return rows


def test_time_in_bed_begins_at_lights_off_and_ends_before_lights_on(build):
    connection = build(
        "night_rate",
        night=[a_night()],
        movement=[
            movement("2026-03-01T21:59:59.999999"),
            movement("2026-03-01T22:00"),
            movement("2026-03-02T05:59:59.999999"),
            movement("2026-03-02T06:00"),
        ],
    )
    assert one(connection, RATE)["jerk_count"] == 2


def test_jerks_are_hypnic_jerks_twitches_and_candidates(build):
    kinds = ["hypnic_jerk", "twitch", "leg_movement", "gross_movement", "foot_tremor", "rhythmic_movement"]
    moves = [movement(f"2026-03-01T23:{minute:02}", kind) for minute, kind in enumerate(kinds)]
    moves.append(movement("2026-03-01T23:30", "leg_movement", seconds=20.0))
    row = one(build("night_rate", night=[a_night()], movement=moves), RATE)
    assert (row["jerk_count"], row["jerk_rate_per_h"]) == (3, 3 / 8)
    assert (row["hypnic_jerk_count"], row["hypnic_jerk_rate_per_h"]) == (1, 1 / 8)
    assert (row["leg_movement_count"], row["clm_count"]) == (2, 1)
    assert (row["gross_movement_count"], row["foot_tremor_count"], row["rhythmic_movement_count"]) == (
        1,
        1,
        1,
    )


def test_a_night_without_movements_has_counts_of_zero(build):
    row = one(build("night_rate", night=[a_night()]), RATE)
    assert (row["jerk_count"], row["jerk_rate_per_h"], row["aplm_wasm_count"]) == (0, 0.0, 0)
    assert row["periodicity_index"] is None and row["log_imi_mean"] is None


@pytest.mark.parametrize("analysed_h", [0.0, None])
def test_a_night_without_analysed_hours_has_no_counts(build, analysed_h):
    connection = build(
        "night_rate",
        night=[
            a_night(analysed_h=analysed_h, analysed_sleep_h=None, analysed_wake_h=None, analysed_spt_h=None)
        ],
        movement=[movement("2026-03-01T23:00")],
    )
    row = one(connection, RATE)
    counts = {name: value for name, value in row.items() if name.endswith(("_count", "_per_h", "_index"))}
    assert set(counts.values()) == {None}


def test_a_night_without_known_sleep_has_no_rates_of_sleep(build):
    connection = build(
        "night_rate",
        night=[
            a_night(
                sleep_onset_at=None,
                sleep_end_at=None,
                analysed_sleep_h=None,
                analysed_wake_h=None,
                analysed_spt_h=None,
            )
        ],
        movement=candidates("2026-03-01T23:00", [20, 20, 20], wasm_series_id="s"),
    )
    row = one(connection, RATE)
    assert row["jerk_count"] == 4
    assert (
        row["aplm_wasm_count"] is None and row["aplm_wasm_per_h"] is None and row["aplm_wake_per_h"] is None
    )


def test_periodic_movements_count_where_they_lie(build):
    """Each member of a series by its own onset; the sleep period is [sleep onset, sleep end)."""
    onsets = {
        "2026-03-01T22:29:59": "wake",
        "2026-03-01T22:30:00": "sleep",
        "2026-03-02T00:59:59": "sleep",
        "2026-03-02T01:00:00": "wake",
        "2026-03-02T01:09:59": "wake",
        "2026-03-02T01:10:00": "sleep",
        "2026-03-02T05:29:59": "sleep",
        "2026-03-02T05:30:00": "wake",
    }
    connection = build(
        "night_rate",
        night=[a_night(analysed_sleep_h=5.0, analysed_wake_h=2.0)],
        movement=[
            movement(onset, wasm_series_id="s", aasm_plm_count=2, is_asleep=state == "sleep")
            for onset, state in onsets.items()
        ],
    )
    row = one(connection, RATE)
    assert (row["aplm_wasm_count"], row["aplm_wasm_per_h"]) == (4, 4 / 5)
    assert (row["aplm_wake_count"], row["aplm_wake_per_h"]) == (4, 4 / 2)
    # AASM scoring has left out what has no part in sleep; one that begins in wake has
    assert (row["aplm_aasm_count"], row["aplm_aasm_per_h"]) == (16, 16 / 5)
    # the sleep period holds the wake episode, too
    assert (row["aplm_spt_count"], row["aplm_spt_per_h"]) == (6, 6 / 7)
    assert row["periodicity_movement_index"] == 1.0


def test_sleep_is_told_once_for_jerks_and_periodic_movements(build):
    """By the movement itself: a stage told it, though no wake episode of the sensor's does, and the other way round."""
    connection = build(
        "night_rate",
        night=[a_night(is_sleep_known=True)],
        wake_episode=[
            {
                "participant_id": "P1",
                "night_date": date(2026, 3, 1),
                "started_at": at("2026-03-02T01:00"),
                "ended_at": at("2026-03-02T01:10"),
            }
        ],
        movement=[
            movement("2026-03-01T23:00", wasm_series_id="s", is_asleep=False),
            movement("2026-03-02T01:05", wasm_series_id="s", is_asleep=True),
            movement("2026-03-02T01:06", wasm_series_id="s", is_asleep=True),
        ],
    )
    row = one(connection, RATE)
    assert (row["jerk_sleep_count"], row["jerk_wake_count"]) == (2, 1)
    assert (row["aplm_wasm_count"], row["aplm_wake_count"]) == (2, 1)


@pytest.mark.parametrize(
    ("intervals", "index"),
    [
        ([20, 20, 20], 3 / 3),
        ([20, 20], 0 / 2),
        ([10, 20, 20, 20], 3 / 4),
        ([10.001, 20, 20], 3 / 3),
        ([90, 90, 90], 3 / 3),
        ([90.001, 20, 20, 20], 3 / 4),
        ([20, 20, 20, 95, 20, 20, 5, 20, 20, 20, 20], 7 / 11),
        ([20, 20, None, 20, 20], 0 / 4),
    ],
)
def test_periodicity_counts_intervals_in_runs_of_three(build, intervals, index):
    """Above 10 s, up to and including 90 s; an interval that is not known ends a run."""
    row = one(
        build("night_rate", night=[a_night()], movement=candidates("2026-03-01T23:00", intervals)), RATE
    )
    assert row["periodicity_index"] == pytest.approx(index)
    assert row["imi_count"] == sum(interval is not None for interval in intervals)


def test_an_interval_that_began_before_lights_off_is_not_of_the_night(build):
    moves = candidates("2026-03-01T21:59:50", [20, 20, 20])
    row = one(build("night_rate", night=[a_night()], movement=moves), RATE)
    assert (row["clm_count"], row["imi_count"], row["periodicity_index"]) == (3, 2, 0.0)


def test_logarithm_of_intervals_takes_10_to_90_s_both_included(build):
    intervals = [9.999, 10, 30, 90, 90.001]
    row = one(
        build("night_rate", night=[a_night()], movement=candidates("2026-03-01T23:00", intervals)), RATE
    )
    inside = [math.log(x) for x in (10, 30, 90)]
    mean = sum(inside) / 3
    assert row["log_imi_mean"] == pytest.approx(mean)
    assert row["log_imi_sd"] == pytest.approx(math.sqrt(sum((x - mean) ** 2 for x in inside) / 2))


def test_candidates_part_into_periodic_short_and_isolated(build):
    moves = [
        *candidates("2026-03-01T23:00", [9.999, 10], wasm_series_id=None),
        *candidates("2026-03-02T02:00", [20, 20, 5], wasm_series_id="s"),
    ]
    row = one(build("night_rate", night=[a_night()], movement=moves), RATE)
    # the fourth of the series follows after 5 s: membership of a series comes first
    assert (row["aplm_wasm_count"], row["short_interval_lm_count"], row["isolated_lm_count"]) == (4, 1, 2)
    assert row["clm_count"] == 7


def test_two_recordings_of_one_night_and_a_clock_change_need_nothing_special(build):
    """Times are UTC: the 25 hours of the night in which clocks go back are counted as they were lived."""
    night = a_night(
        day=28,
        time_zone="Europe/Berlin",
        wake_date=date(2026, 3, 29),
        lights_off_at=at("2026-03-28T22:00"),
        lights_on_at=at("2026-03-29T05:00"),
        sleep_onset_at=at("2026-03-28T22:30"),
        sleep_end_at=at("2026-03-29T04:30"),
        analysed_h=7.0,
    )
    moves = [
        movement(f"2026-03-29T{hour:02}:30", night_date=date(2026, 3, 28), body_sites=[site])
        for hour, site in ((0, "left_ankle"), (1, "right_ankle"), (2, "left_ankle"))
    ]
    row = one(build("night_rate", night=[night], movement=moves), RATE)
    assert (row["jerk_count"], row["jerk_rate_per_h"]) == (3, 3 / 7)


def test_restlessness_has_its_own_hours(build):
    connection = build(
        "night_rate",
        night=[a_night(), a_night(day=2)],
        restlessness=[
            {
                "participant_id": "P1",
                "night_date": date(2026, 3, 1),
                "restlessness_analysed_h": 0.5,
                "restlessness_movement_count": 20,
                "restlessness_movement_per_h": 40.0,
                "restlessness_at_rest_h": 0.25,
                "restlessness_at_rest_movement_count": 4,
                "restlessness_at_rest_movement_per_h": 16.0,
            }
        ],
    )
    rows = connection.sql(
        "select restlessness_analysed_h, restlessness_movement_count, restlessness_index, restlessness_at_rest_h, "
        "restlessness_at_rest_movement_count, restlessness_at_rest_movement_per_h from night_rate order by night_date"
    )
    assert rows.fetchall() == [(0.5, 20, 40.0, 0.25, 4, 16.0), (None,) * 6]


def test_every_night_has_one_row(build):
    connection = build("night_rate", night=[a_night(p, d) for p in ("P1", "P2") for d in (1, 2, 3)])
    assert connection.sql(
        "select count(*), count(distinct (participant_id, night_date)) from night_rate"
    ).fetchall() == [(6, 6)]


def test_empty_store_makes_an_empty_table_with_its_types(build):
    frame = build("night_rate").sql("from night_rate").pl()
    assert frame.height == 0
    assert frame.schema["jerk_count"] == pl.Int64 and frame.schema["jerk_rate_per_h"] == pl.Float64


@pytest.mark.parametrize(
    ("night", "source"),
    [
        ({"leg_recording_count": 1, "sleep_window_source": "psg"}, "acceleration"),
        ({"leg_recording_count": 0, "sleep_window_source": "psg"}, "electromyogram"),
        ({"leg_recording_count": 0, "sleep_window_source": "psg", "analysed_h": 0.0}, None),
        ({"leg_recording_count": 0, "sleep_window_source": "diary"}, "electromyogram"),
        ({"leg_recording_count": 0, "sleep_window_source": "diary", "analysed_h": 0.0}, None),
    ],
)
def test_a_rate_says_what_its_movements_were_seen_in(build, night, source):
    assert one(build("night_rate", night=[a_night(**night)]), RATE)["movement_source"] == source
