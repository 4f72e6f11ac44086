"""Tables of literal rows: the real SQL files, those that a table needs and no other, on an in-memory database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from flows.paths import sql_folder
from flows.warehouse.build import parameter_frame
from flows.warehouse.computed import COMPUTED
from flows.warehouse.core_views import DATASETS, duckdb_type
from flows.warehouse.sql_files import SqlFile, load_sql_files
from transforms.parameters import DEFAULT

Rows = Sequence[Mapping[str, Any]]
FILES = {file.table: file for file in load_sql_files(sql_folder())}


def files_for(table: str, given: set[str]) -> list[SqlFile]:
    """The files that ``table`` is made by, without those behind the tables that are given."""
    wanted: set[str] = set()
    waiting = [table]
    while waiting:
        name = waiting.pop()
        if name in FILES and name not in wanted and name not in given:
            wanted.add(name)
            waiting.extend(read for read in FILES[name].reads if not read.startswith("core."))
    return [file for name, file in FILES.items() if name in wanted]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., duckdb.DuckDBPyConnection]]:
    """Return ``make(table, tables={...}, dataset=[rows], ...)``, which makes one table from literal rows.

    Keyword arguments are rows of core datasets; ``tables`` gives whole tables of lower numbers instead of making them.
    """
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("attach ':memory:' as core")

    def store(name: str, frame: pl.DataFrame) -> str:
        path = tmp_path / f"{name}.parquet"
        frame.write_parquet(path)
        return str(path)

    def make(
        table: str, *, tables: Mapping[str, Rows] | None = None, **datasets: Rows
    ) -> duckdb.DuckDBPyConnection:
        unknown = set(datasets) - set(DATASETS)
        assert not unknown, f"no such datasets: {unknown}"
        files = files_for(table, set(tables or {}))
        for name in {name for file in files for name in file.core_datasets} - COMPUTED.keys():
            kinds = {column: duckdb_type(kind) for column, kind in DATASETS[name].items()}
            listed = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
            connection.execute(f"create or replace table core.{name} ({listed})")
            frame = pl.DataFrame(datasets.get(name, []), schema=DATASETS[name])
            if name == "study_parameter":
                frame = parameter_frame(DEFAULT)
            if frame.height:
                connection.execute(f"insert into core.{name} by name from '{store(name, frame)}'")
        for name, rows in (tables or {}).items():
            frame = pl.DataFrame(rows, infer_schema_length=None)
            connection.execute(f"create or replace table {name} as from '{store('given_' + name, frame)}'")
        for file in files:
            for name in file.core_datasets & COMPUTED.keys():
                path = store(name, COMPUTED[name](connection, DEFAULT, b"test"))
                connection.execute(f"create or replace table core.{name} as from '{path}'")
            file.run(connection)
        return connection

    yield make
    connection.close()


def at(text: str) -> datetime:
    """An instant in UTC, written as 2026-03-01T22:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_night(participant_id: str = "P1", day: int = 1, **changed: Any) -> dict[str, Any]:
    """A night in bed from 22:00 to 06:00 UTC, asleep from 22:30 to 05:30, all of it analysed."""
    return {
        "participant_id": participant_id,
        "night_date": date(2026, 3, day),
        "wake_date": date(2026, 3, day + 1),
        "time_zone": "UTC",
        "lights_off_at": at(f"2026-03-{day:02}T22:00"),
        "sleep_onset_at": at(f"2026-03-{day:02}T22:30"),
        "sleep_end_at": at(f"2026-03-{day + 1:02}T05:30"),
        "lights_on_at": at(f"2026-03-{day + 1:02}T06:00"),
        "sleep_window_source": "diary",
        "in_bed_h": 8.0,
        "spt_h": 7.0,
        "tst_h": 7.0,
        "analysed_h": 8.0,
        "analysed_sleep_h": 7.0,
        "analysed_wake_h": 1.0,
        "analysed_spt_h": 7.0,
        "is_eligible": True,
    } | changed


def one(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """The only row of a query."""
    frame = connection.sql(query).pl()
    assert frame.height == 1, frame
    return frame.row(0, named=True)
