"""Staging adds nothing and loses nothing, but for the people whom nobody listed."""

from datetime import date

import polars as pl
import pytest

from flows.paths import sql_folder
from flows.warehouse.core_views import DATASETS
from flows.warehouse.sql_files import load_sql_files
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
        # closed values are an ENUM in the warehouse, which polars calls a category
        wanted = pl.Categorical if isinstance(kind, pl.Enum) else kind
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


def test_a_movement_tells_where_in_its_night_it_lies(build):
    """The time in bed is [lights-off, lights-on); without a night, or its sleep, nothing is told."""
    nights = [a_night(time_zone="Europe/Berlin")]
    nights.append(a_night(day=2, time_zone="Europe/Berlin", sleep_onset_at=None, is_eligible=False))
    moves = [
        {
            "movement_id": f"{n}",
            "participant_id": "P1",
            "night_date": date(2026, 3, day),
            "onset_at": at(onset),
        }
        | {"kind": kind, "is_clm": is_clm}
        for n, (day, onset, kind, is_clm) in enumerate(
            [
                (1, "2026-03-01T21:59:59.999999", "hypnic_jerk", False),
                (1, "2026-03-01T22:00:00", "gross_movement", False),
                (1, "2026-03-02T05:59:59.5", "leg_movement", True),
                (1, "2026-03-02T06:00:00", "leg_movement", False),
                (2, "2026-03-02T22:30:00", "twitch", False),
                (9, "2026-03-09T22:30:00", "twitch", False),
            ]
        )
    ]
    connection = build("movement", night=nights, movement=moves)
    found = connection.sql(
        "select is_jerk, is_in_bed, is_night_eligible, since_lights_off_s, since_sleep_onset_s from movement order by onset_at"
    )
    numbers = connection.sql(
        "select bed_minute_number, sleep_onset_minute_number, clock_hour_number from movement order by onset_at"
    )
    assert numbers.fetchall() == [
        (-1, -31, 22),
        (0, -30, 23),
        (479, 449, 6),
        (480, 450, 7),
        (30, None, 23),
        (None, None, None),
    ]
    assert found.fetchall() == [
        (True, False, True, -0.000001, -1800.000001),
        (False, True, True, 0.0, -1800.0),
        (True, True, True, 28799.5, 26999.5),
        (False, False, True, 28800.0, 27000.0),
        (True, True, False, 1800.0, None),
        (True, None, None, None, None),
    ]


@pytest.mark.parametrize("crosses", [True, False, None])
def test_the_clock_of_a_movement_follows_a_clock_change(build, crosses):
    """In Berlin 2:00 is followed by 3:00 on 29 March 2026; a plain night before has one clock."""
    day, hours = (28, [1, 3]) if crosses is not False else (1, [1, 2])
    night = a_night(day=day, time_zone="Europe/Berlin", crosses_clock_change=crosses)
    moves = [
        {
            "movement_id": f"{n}",
            "participant_id": "P1",
            "night_date": date(2026, 3, day),
            "onset_at": at(onset),
        }
        for n, onset in enumerate([f"2026-03-{day + 1:02}T00:59:59.999999", f"2026-03-{day + 1:02}T01:00:00"])
    ]
    found = build("movement", night=[night], movement=moves).sql(
        "select clock_hour_number from movement order by onset_at"
    )
    assert [row[0] for row in found.fetchall()] == hours


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
