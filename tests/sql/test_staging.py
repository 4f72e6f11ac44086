"""Staging adds nothing and loses nothing, but for the people whom nobody listed."""

from datetime import date

import polars as pl
import pytest

from flows.paths import sql_folder
from flows.sql_files import load_sql_files
from flows.warehouse import DATASETS
from tests.sql.conftest import a_night, at, one

STAGED = [
    file.table
    for file in load_sql_files(sql_folder())
    if "100" <= file.number < "150" and file.table != "participant"
]


@pytest.mark.parametrize("table", STAGED)
def test_columns_and_types_are_those_of_the_schema(build, table):
    frame = build(table).sql(f"from {table}").pl()
    for name, kind in DATASETS[table].items():
        wanted = pl.String if isinstance(kind, pl.Enum) else kind
        assert frame.schema[name] == wanted, name


def test_rows_come_through_in_order(build):
    nights = [a_night("P2"), a_night("P1", 2), a_night("P1", 1)]
    found = build("night", night=nights).sql("select participant_id, night_date, spt_h from night").fetchall()
    assert found == [
        ("P1", date(2026, 3, 1), 7.0),
        ("P1", date(2026, 3, 2), 7.0),
        ("P2", date(2026, 3, 1), 7.0),
    ]


def test_a_movement_keeps_its_sites_and_its_instant(build):
    rows = [
        {
            "movement_id": "m",
            "participant_id": "P1",
            "onset_at": at("2026-03-01T23:00:00.000001"),
            "body_sites": ["left_ankle", "right_ankle"],
        }
    ]
    row = one(
        build("movement", movement=rows),
        "select body_sites, epoch_us(onset_at) % 1000 as part_us from movement",
    )
    assert row == {"body_sites": ["left_ankle", "right_ankle"], "part_us": 1}


def test_whoever_was_recorded_is_a_participant(build):
    connection = build(
        "participant",
        participant=[{"participant_id": "P1", "sex": "female", "birth_year": 1980, "weight_kg": 60.0}],
        recording=[
            {"recording_id": "r", "participant_id": "P2"},
            {"recording_id": "q", "participant_id": "P1"},
        ],
        night=[a_night("P3"), a_night("P1")],
    )
    found = connection.sql("select participant_id, sex, is_listed from participant").fetchall()
    assert found == [("P1", "female", True), ("P2", None, False), ("P3", None, False)]


def test_the_same_night_twice_is_refused(build):
    from transforms.errors import ContractError

    with pytest.raises(ContractError, match=r"120_night\.sql:\d+: .*(?i:duplicate)"):
        build("night", night=[a_night(), a_night()])
