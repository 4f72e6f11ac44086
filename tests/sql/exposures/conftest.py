"""A warehouse of literal rows: the real SQL files of exposures on an in-memory database."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from transforms import schema
from transforms.diaries.reference import dietary_reference_intake
from transforms.parameters import DEFAULT
from transforms.parameters.describe import rows as parameter_rows

ROOT = Path(__file__).parents[3]
FILES = [
    *(
        ROOT / "sql" / name
        for name in ("000_study_parameter.sql", "022_nutrient.sql", "024_nutrient_column.sql")
    ),
    *(ROOT / "sql" / name for name in ("100_participant.sql", "120_night.sql")),
    *sorted(path for path in (ROOT / "sql").glob("*.sql") if re.match(r"1[5-8]\d|2[2-9]\d", path.name)),
]
CORE = (
    "participant",
    "recording",
    "night",
    "sleep_diary",
    "nap",
    "caffeine_intake",
    "exercise_bout",
    "stress_rating",
)
CORE += ("nutrient_day", "medication_use", "daytime_rating", "activity_span", "survey_person")

Rows = Sequence[Mapping[str, Any]]
Build = Callable[..., duckdb.DuckDBPyConnection]


def utc(text: str) -> datetime:
    """An instant written as 2026-03-01T22:00 in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Return a function that makes all tables of exposures from rows by dataset."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute("attach ':memory:' as core")

    number = count()

    def make(**datasets: Rows) -> duckdb.DuckDBPyConnection:
        parameters = pl.DataFrame(
            [
                {**row._asdict(), "value": str(row.value), "value_number": float(row.value)}
                for row in parameter_rows(DEFAULT.exposures, "exposures.")
            ],
            schema=schema.STUDY_PARAMETER,
        )
        frames = {"study_parameter": parameters, "dietary_reference_intake": dietary_reference_intake()}
        frames["nutrient"] = schema.nutrient_frame()
        for name in CORE:
            if wanted := getattr(schema, name.upper(), None):
                frames[name] = pl.DataFrame(list(datasets.get(name, [])), schema=wanted)
        unknown = set(datasets) - set(frames)
        assert not unknown, unknown
        for name, frame in frames.items():
            # DuckDB keeps what it read by name and time of change: a file written twice in one tick is misread
            file = tmp_path / f"{name}_{next(number)}.parquet"
            frame.write_parquet(file)
            connection.execute(f"create or replace view core.{name} as select * from read_parquet('{file}')")
        for path in FILES:
            connection.execute(path.read_text(encoding="utf-8"))
        return connection

    yield make
    connection.close()


@pytest.fixture
def night() -> Callable[..., dict[str, Any]]:
    """Return a function that writes one row of NIGHT: lights off and on as UTC text."""

    def make(
        night_date: str,
        lights_off: str | None,
        sleep_end: str | None = None,
        *,
        participant_id: str = "P1",
        time_zone: str = "UTC",
        tst_h: float | None = None,
    ) -> dict[str, Any]:
        return {
            "participant_id": participant_id,
            "night_date": date.fromisoformat(night_date),
            "time_zone": time_zone,
            "lights_off_at": utc(lights_off) if lights_off else None,
            "sleep_end_at": utc(sleep_end) if sleep_end else None,
            "tst_h": tst_h,
        }

    return make


@pytest.fixture
def exposure_of() -> Callable[..., dict[str, Any]]:
    """Return a function that reads one night's row of a table as a dict."""

    def read(
        connection: duckdb.DuckDBPyConnection,
        night_date: str,
        table: str = "exposure_night",
        participant_id: str = "P1",
    ) -> dict[str, Any]:
        found = connection.sql(
            f"select * from {table} where night_date = date '{night_date}' and participant_id = '{participant_id}'"
        )
        names = found.columns
        values = found.fetchall()
        assert len(values) == 1, values
        return dict(zip(names, values[0], strict=True))

    return read
