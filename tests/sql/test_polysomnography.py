"""Scored nights and agreement come through as they were computed, with their grain."""

import duckdb
import pytest

from tests.sql.conftest import at, one
from transforms.errors import ContractError

NIGHT = {"participant_id": "P1", "night_date": at("2026-03-01T00:00").date(), "scorer": "anna"}


def test_a_scored_movement_keeps_its_two_series_and_what_was_not_scored(build):
    rows = [
        {**NIGHT, "onset_at": at("2026-03-01T23:00:20"), "wasm_series_id": "s", "is_respiratory": None},
        {**NIGHT, "onset_at": at("2026-03-01T23:00:00"), "aasm_series_id": "a", "is_respiratory": False},
    ]
    connection = build("scored_leg_movement", scored_leg_movement=rows)
    found = connection.sql("select wasm_series_id, aasm_series_id, is_respiratory from scored_leg_movement")
    assert found.fetchall() == [(None, "a", False), ("s", None, None)]


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("scored_leg_movement", {**NIGHT, "onset_at": at("2026-03-01T23:00")}),
        ("leg_movement_report", {**NIGHT, "state": "sleep"}),
        ("imi_histogram", {**NIGHT, "lower_s": 10.0}),
        ("plm_hour", {**NIGHT, "hour_number": 1}),
        ("agreement", {**NIGHT, "candidate": "sensor"}),
        ("sleep_agreement", NIGHT),
        ("agreement_summary", {"scorer": "anna", "candidate": "sensor", "measure": "bias"}),
    ],
)
def test_the_same_row_twice_is_refused(build, table, row):
    with pytest.raises(ContractError, match=r"(?i)duplicate"):
        build(table, **{table: [row, row]})


def test_the_open_class_of_intervals_has_no_upper_end(build):
    rows = [{**NIGHT, "lower_s": 100.0, "imi_count": 2}, {**NIGHT, "lower_s": 98.0, "upper_s": 100.0}]
    found = build("imi_histogram", imi_histogram=rows).sql("select lower_s, upper_s from imi_histogram")
    assert found.fetchall() == [(98.0, 100.0), (100.0, None)]


def test_agreement_that_could_not_be_measured_is_empty_not_zero(build):
    row = one(build("agreement", agreement=[{**NIGHT, "candidate": "sensor"}]), "from agreement")
    assert row["sensitivity"] is None and row["difference_per_h"] is None


def test_a_night_whose_sleep_the_sensor_does_not_know_keeps_its_row(build):
    known = {
        **NIGHT,
        "scorer": "ben",
        "compared_h": 8.0,
        "sleep_onset_error_min": -4.0,
        "sleep_specificity_frac": 0.4,
    }
    connection = build("sleep_agreement", sleep_agreement=[{**NIGHT, "compared_h": 8.0}, known])
    found = connection.sql(
        "select scorer, compared_h, sleep_onset_error_min, sleep_specificity_frac, kappa_index from sleep_agreement"
    )
    assert found.fetchall() == [("anna", 8.0, None, None, None), ("ben", 8.0, -4.0, 0.4, None)]


def test_no_comment_calls_a_rate_of_acceleration_a_clinical_one(build):
    connection: duckdb.DuckDBPyConnection = build("agreement", agreement=[])
    comments = connection.sql(
        "select comment from duckdb_columns() where table_name = 'agreement' and column_name = 'aplm_per_h' "
        "and database_name = current_database()"
    ).fetchall()
    assert "no clinical PLMI" in comments[0][0]
