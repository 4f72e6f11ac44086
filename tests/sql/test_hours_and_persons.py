"""Hours of a night, persons in one row, intervals of sensor nights: literal rows with their boundaries."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tests.sql.conftest import a_night, at, one

KEYS = {"participant_id": "P1", "night_date": date(2026, 3, 1)}


def jerk(onset, **more):
    onset_at = at(onset)
    return {
        **KEYS,
        "movement_id": onset,
        "onset_at": onset_at,
        "offset_at": onset_at + timedelta(seconds=2),
        "duration_s": 2.0,
        "kind": "leg_movement",
        "is_clm": True,
        "is_asleep": True,
        "movement_source": "acceleration",
    } | more


def hours(build, **datasets):
    night = a_night(is_sleep_known=True, lights_on_at=at("2026-03-02T05:45"), in_bed_h=7.75)
    given = {"night": [night]} | datasets
    return build("night_hour", **given).sql("from night_hour").pl()


def test_hours_begin_at_lights_off_and_the_last_is_what_is_left(build):
    found = hours(build)
    assert found["hour_number"].to_list() == list(range(8))
    assert found["clock_hour"].to_list() == [22, 23, 0, 1, 2, 3, 4, 5]
    # asleep from 22:30 to 05:30
    assert found["hour_since_onset_number"].to_list() == [-1, 0, 1, 2, 3, 4, 5, 6]
    assert found["analysed_h"].to_list() == [1.0] * 7 + [0.75]
    assert found["analysed_sleep_h"].to_list() == [0.5, *[1.0] * 6, 0.5]


def test_wake_and_breaks_are_taken_out_once_where_they_overlap(build):
    wake = [
        {**KEYS, "started_at": at("2026-03-02T00:40"), "ended_at": at("2026-03-02T01:10")},
        {**KEYS, "started_at": at("2026-03-02T02:00"), "ended_at": at("2026-03-02T02:15")},
    ]
    breaks = [{**KEYS, "started_at": at("2026-03-02T00:50"), "ended_at": at("2026-03-02T01:20")}]
    found = hours(build, wake_episode=wake, signal_break=breaks).filter(
        pl.col("hour_number").is_in([2, 3, 4])
    )
    assert found["analysed_h"].round(9).to_list() == pytest.approx([50 / 60, 40 / 60, 1.0])
    assert found["analysed_sleep_h"].to_list() == pytest.approx([40 / 60, 40 / 60, 45 / 60])


def test_an_hour_that_was_not_measured_has_no_row_and_a_quiet_one_zeros(build):
    breaks = [{**KEYS, "started_at": at("2026-03-01T22:59"), "ended_at": at("2026-03-02T00:00")}]
    moves = [
        jerk("2026-03-01T22:59:59.999999", is_asleep=False),
        jerk("2026-03-02T00:00", kind="hypnic_jerk"),
        jerk("2026-03-02T05:45"),
    ]
    found = hours(build, signal_break=breaks, movement=moves)
    assert found["hour_number"].to_list() == [0, 2, 3, 4, 5, 6, 7]
    assert found["jerk_count"].to_list() == [1, 1, 0, 0, 0, 0, 0]
    assert found["jerk_sleep_count"].to_list() == [0, 1, 0, 0, 0, 0, 0]
    assert found["hypnic_jerk_count"].sum() == 1


def test_a_night_is_the_sum_of_its_hours(build):
    """Counted once, in movement_hour: what begins at a full hour belongs to the hour that begins then."""
    moves = [
        jerk("2026-03-01T21:59:59.999999"),
        jerk("2026-03-01T22:00", kind="twitch", is_clm=False, confidence=0.9),
        jerk("2026-03-01T22:59:59.999999", is_asleep=False),
        jerk("2026-03-01T23:00", kind="gross_movement", is_clm=False, aasm_plm_count=2),
        jerk("2026-03-02T05:59", kind="hypnic_jerk", is_clm=False, confidence=0.5, aasm_plm_count=1),
    ]
    connection = build("night_rate", night=[a_night(is_sleep_known=True)], movement=moves)
    found = connection.sql(
        "select hour_number, jerk_count, jerk_sleep_count, confident_jerk_sleep_count, jerk_wake_count, "
        "gross_movement_count, aplm_aasm_count from movement_hour"
    ).fetchall()
    assert found == [(0, 2, 1, 1, 1, 0, 0), (1, 0, 0, 0, 0, 1, 2), (7, 1, 1, 0, 0, 0, 1)]
    assert connection.sql(
        "select jerk_count, jerk_sleep_count, confident_jerk_sleep_count, jerk_wake_count, gross_movement_count, "
        "aplm_aasm_count, hypnic_jerk_count, twitch_count from night_rate"
    ).fetchall() == [(3, 2, 1, 1, 1, 3, 1, 1)]


def test_without_known_sleep_there_are_no_hours_of_it(build):
    night = a_night(is_sleep_known=False)
    row = build("night_hour", night=[night]).sql("from night_hour limit 1").pl().row(0, named=True)
    assert row["analysed_h"] == 1.0 and row["analysed_sleep_h"] is None and row["jerk_sleep_count"] is None


@pytest.mark.parametrize(
    ("imi_s", "lower_s", "upper_s"),
    [(0.5, 0.0, 2.0), (1.999999, 0.0, 2.0), (2.0, 2.0, 4.0), (99.9, 98.0, 100.0), (100.0, 100.0, None)],
)
def test_intervals_of_a_sensor_night_are_in_their_class(build, imi_s, lower_s, upper_s):
    moves = [jerk("2026-03-02T01:00", imi_s=imi_s), jerk("2026-03-02T02:00", imi_s=30.0, is_asleep=False)]
    row = one(
        build("imi_histogram", night=[a_night(is_sleep_known=True)], movement=moves), "from imi_histogram"
    )
    assert (row["scorer"], row["lower_s"], row["upper_s"], row["imi_count"]) == (
        "sensor",
        lower_s,
        upper_s,
        1,
    )


def persons(build, rates, weekend=()):
    rows = [
        {
            "participant_id": f"P{number}",
            "night_date": date(2026, 3, 2) + timedelta(days=day),
            "is_weekend": day in weekend,
            "jerk_count": int(8 * rate),
            "jerk_sleep_count": int(7 * rate),
            "analysed_h": 8.0,
            "analysed_sleep_h": 7.0,
            "jerk_rate_per_h": float(rate),
            "jerk_sleep_rate_per_h": float(rate),
        }
        for number, nights in enumerate(rates)
        for day, rate in enumerate(nights)
    ]
    ratio = {"participant_id": "P0", "exposure": "caffeine_mg", "rate_ratio": 1.25}
    tables = {"analysis_night": rows, "person_association": [ratio]}
    return build("person_summary", tables=tables).sql("from person_summary").pl()


def test_weekends_weigh_two_of_seven(build):
    found = persons(build, [[1, 2, 3, 10], [4, 4, 4, 4]], weekend=(3,))
    first = found.row(0, named=True)
    assert (first["night_count"], first["weekend_night_count"]) == (4, 1)
    assert first["jerk_rate_mean_per_h"] == 4.0
    assert first["jerk_rate_week_mean_per_h"] == pytest.approx((5 * 2 + 2 * 10) / 7)
    assert found["caffeine_rate_ratio"].to_list() == [1.25, None]
    assert persons(build, [[1, 2], [2, 3]])["jerk_rate_week_mean_per_h"].to_list() == [None, None]


def test_intraclass_correlation_is_that_of_the_analysis_of_variance(build):
    rates = np.array([[1, 2, 4], [6, 5, 9], [2, 2, 1], [12, 20, 9]])
    logs = np.log((8 * rates + 0.5) / 8)
    between = 3 * logs.mean(axis=1).var(ddof=1)
    within = logs.var(axis=1, ddof=1).mean()
    found = persons(build, rates)
    assert found["cohort_intraclass_correlation_index"][0] == pytest.approx(
        (between - within) / (between + 2 * within)
    )
    assert found["jerk_rate_geometric_mean_per_h"][0] == pytest.approx(np.exp(logs[0].mean()))
