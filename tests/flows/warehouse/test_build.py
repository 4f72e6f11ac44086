"""Building aside, publishing whole, telling errors by file and line."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.paths import ROOT
from flows.warehouse.build import BuiltWarehouse, build_warehouse
from flows.warehouse.published import publish, run_of, warehouse_path
from flows.warehouse.sql_files import load_sql_files
from tests.cohort_store import published_store, quick_parameters, write_dataset
from transforms import schema
from transforms.errors import ContractError
from transforms.parameters import DEFAULT

HEADER = "-- ---\n-- {name}: a table for a test\n--\n-- Grain    one row per x\n-- Reads    {reads}\n-- Writes   {table}\n-- Source   test\n\n"


def sql_file(folder: Path, name: str, code: str, reads: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.sql"
    path.write_text(HEADER.format(name=name, table=name[4:], reads=reads) + code)
    return path


def build(tmp_path: Path, **more) -> BuiltWarehouse:
    (tmp_path / "core").mkdir(exist_ok=True)
    return build_warehouse(
        tmp_path, DEFAULT, code_version="test", secret=b"test", sql=tmp_path / "sql", **more
    )


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("create table one as\nselect\n    nothing\nfrom core.night;\n", 11, "nothing"),
        (
            "create table one as select 1 as x;\n\n-- a comment\nselect cast('a' as integer);\n",
            12,
            "Conversion Error",
        ),
        ("create table one as select 1 as x;\n\nselec 1;\n", 11, "syntax error"),
    ],
)
def test_an_error_tells_file_and_line(tmp_path, code, line, words):
    path = sql_file(tmp_path / "sql", "100_one", code)
    with pytest.raises(ContractError) as caught:
        build(tmp_path)
    told = str(caught.value)
    assert told.startswith(f"{path}:") and words in told
    assert told.split(":")[1] == str(line)
    assert list((tmp_path / ".tmp").glob("*/*")) == []


def test_a_parameter_that_nobody_defines_is_refused(tmp_path):
    sql_file(tmp_path / "sql", "100_one", "create table one as select 'cohort.night_rate.no_such' as x;\n")
    with pytest.raises(
        ContractError, match=r"100_one\.sql: reads the parameters cohort\.night_rate\.no_such"
    ):
        build(tmp_path)


@pytest.mark.parametrize("names", [("100_one", "100_two"), ("100_one", "200_one"), ("10_one",), ("100-one",)])
def test_names_and_numbers_are_unique(tmp_path, names):
    for name in names:
        sql_file(tmp_path / "sql", name, "select 1;\n")
    with pytest.raises(ContractError):
        load_sql_files(tmp_path / "sql")


def test_a_dataset_of_an_earlier_version_is_told(tmp_path):
    write_dataset(tmp_path, "night", pl.DataFrame({"participant_id": ["P1"]}))
    sql_file(tmp_path / "sql", "100_one", "create table one as select 1 as x;\n")
    with pytest.raises(ContractError, match=r"core/night: no file has the columns .*night_date"):
        build(tmp_path)


def test_many_files_of_one_dataset_are_one_view(tmp_path):
    for person in ("P1", "P 2"):
        folder = tmp_path / "core" / "night" / f"participant_id={person}"
        folder.mkdir(parents=True)
        pl.DataFrame([{"participant_id": person}], schema=schema.NIGHT).write_parquet(folder / "it's.parquet")
    sql_file(tmp_path / "sql", "100_one", "create table one as select participant_id from core.night;\n")
    with duckdb.connect(str(build(tmp_path).path), read_only=True) as connection:
        assert connection.sql("from one order by all").fetchall() == [("P 2",), ("P1",)]


def test_parameters_of_the_study_become_rows(tmp_path):
    sql_file(
        tmp_path / "sql",
        "000_study_parameter",
        "create table study_parameter as from core.study_parameter;\n",
    )
    (tmp_path / "core").mkdir()
    strict = replace(DEFAULT, release=replace(DEFAULT.release, minimum_participant_count=25))
    built = build_warehouse(tmp_path, strict, code_version="test", secret=b"test", sql=tmp_path / "sql")
    with duckdb.connect(str(built.path), read_only=True) as connection:
        found = connection.sql(
            "select value, value_number, unit from study_parameter where name = 'release.minimum_participant_count'"
        ).fetchall()
        lacking = connection.sql(
            "select name from study_parameter where unit is null or source is null"
        ).fetchall()
    assert found == [("25", 25.0, "1")]
    assert lacking == []


def counted(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.sql("select x from one").fetchall()[0][0]


def published(tmp_path: Path, x: int, kept_count: int = 2) -> Path:
    sql_file(tmp_path / "sql", "100_one", f"create table one as select {x} as x;\n")
    return publish(build(tmp_path), tmp_path, kept_count=kept_count)


def test_the_same_inputs_have_the_same_run_id_and_others_another(tmp_path):
    sql_file(tmp_path / "sql", "100_one", "create table one as select participant_id from core.night;\n")
    first, second = build(tmp_path), build(tmp_path)
    assert first.run_id == second.run_id
    write_dataset(tmp_path, "night", pl.DataFrame([{"participant_id": "P1"}], schema=schema.NIGHT))
    assert build(tmp_path).run_id != first.run_id


def test_previous_warehouses_stay_up_to_the_number_kept(tmp_path):
    for x in range(5):
        path = published(tmp_path, x)
    assert counted(path) == 4
    kept = sorted((tmp_path / "warehouse_history").glob("*.duckdb"))
    assert [counted(one) for one in kept] == [2, 3]
    assert list((tmp_path / ".tmp").glob("*/*")) == []
    assert [entry.name for entry in tmp_path.glob(".warehouse.duckdb*")] == []


def test_run_tells_every_published_build_in_order(tmp_path):
    sql_file(tmp_path / "sql", "010_run", "create table run as from core.run;\n")
    for x in (1, 2):
        path = published(tmp_path, x)
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.sql(
            "select run_id, code_version, started_at <= ended_at from run order by started_at"
        ).fetchall()
    assert len({row[0] for row in rows}) == 2
    assert {row[1:] for row in rows} == {("test", True)}


def test_a_clock_that_was_set_back_hides_neither_the_last_run_nor_the_last_warehouse(tmp_path, monkeypatch):
    sql_file(tmp_path / "sql", "010_run", (ROOT / "sql" / "010_run.sql").read_text())
    published(tmp_path, 1)

    class LongAgo(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr("flows.warehouse.build.datetime", LongAgo)
    for x in (2, 3, 4):
        path = published(tmp_path, x, kept_count=1)
        os.utime(path, (x, x))  # as the file system of that machine would say
        with duckdb.connect(str(path), read_only=True) as connection:
            last = run_of(connection)
            assert last["started_at"] == datetime(2001, 1, 1, tzinfo=UTC) <= last["ended_at"]
            assert connection.sql("select count(*) from run").fetchall() == [(x,)]
            (newest,) = connection.sql("select max(started_at) from run").fetchall()[0]
            assert newest > last["started_at"]
    assert [counted(one) for one in (tmp_path / "warehouse_history").glob("*.duckdb")] == [3]


def test_what_is_open_stays_what_it_was(tmp_path):
    path = published(tmp_path, 1)
    code = (
        "import duckdb, sys\n"
        f"con = duckdb.connect({str(path)!r}, read_only=True)\n"
        "print(con.sql('select x from one').fetchall()[0][0], flush=True)\n"
        "sys.stdin.readline()\n"
        "print(con.sql('select x from one').fetchall()[0][0], flush=True)\n"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert reader.stdout.readline() == "1\n"
        published(tmp_path, 2)
        told, _ = reader.communicate("go\n", timeout=60)
    finally:
        reader.kill()
    assert told == "1\n"
    assert counted(path) == 2


def test_readers_never_see_half_a_warehouse(tmp_path):
    """Four readers open, ask and close in a loop while eight warehouses are published; the benchmark does it with twenty."""
    path = published(tmp_path, 0)
    is_over = threading.Event()
    seen: list[list[int]] = [[] for _ in range(4)]
    errors: list[BaseException] = []

    def read(place: int) -> None:
        code = (
            "import duckdb, sys\n"
            "for _ in sys.stdin:\n"
            f"    with duckdb.connect({str(path)!r}, read_only=True) as con:\n"
            "        print(con.sql('select x from one').fetchall()[0][0], flush=True)\n"
        )
        reader = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            while not is_over.is_set():
                reader.stdin.write("\n")
                reader.stdin.flush()
                seen[place].append(int(reader.stdout.readline()))
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)
        finally:
            reader.kill()

    readers = [threading.Thread(target=read, args=(place,)) for place in range(4)]
    for reader in readers:
        reader.start()
    try:
        for x in range(1, 9):
            published(tmp_path, x)
    finally:
        is_over.set()
        for reader in readers:
            reader.join()
    assert errors == []
    for numbers in seen:
        assert numbers == sorted(numbers) and set(numbers) <= set(range(9)) and numbers


def test_a_small_memory_limit_is_kept_by_spilling():
    built = build_warehouse(
        published_store(), DEFAULT, code_version="test", secret=b"test", memory_limit_mb=96, worker_count=1
    )
    with duckdb.connect(str(built.path), read_only=True) as connection:
        assert connection.sql("select count(*) > 0 from analysis_night").fetchall() == [(True,)]
    built.discard()


def test_the_file_is_readable_by_the_oldest_client_that_is_promised():
    """R, DBeaver and the command line follow the engine late: a client of DuckDB 1.5 reads what any engine wrote."""
    client = Path(sys.executable).parent / "duckdb"
    path = warehouse_path(published_store())

    def ask(query: str) -> str:
        done = subprocess.run(
            [client, "-readonly", "-csv", "-noheader", path, query],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    assert ask("select version()").startswith("v1.5.")
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.sql("select table_name from duckdb_tables() order by 1").fetchall()
        counts = {
            table: connection.sql(f"select count(*) from {table}").fetchall()[0][0] for (table,) in tables
        }
    union = " union all ".join(f"select '{table}' as t, count(*) from {table}" for table in counts)
    assert dict(line.split(",") for line in ask(f"{union} order by t").splitlines()) == {
        table: str(count) for table, count in counts.items()
    }
    assert ask("select count(*) from duckdb_columns() where comment is not null and not internal") == str(
        len(ask("select column_name from duckdb_columns() where not internal").splitlines())
    )


def test_building_twice_leaves_the_same_tables():
    store = published_store()
    built = build_warehouse(store, quick_parameters(), code_version="test", secret=b"test")
    try:
        connection = duckdb.connect()
        connection.execute(f"attach '{built.path}' as new (read_only)")
        connection.execute(f"attach '{warehouse_path(store)}' as old (read_only)")
        for (table,) in connection.sql(
            "select table_name from duckdb_tables() where database_name = 'new'"
        ).fetchall():
            columns = "* exclude (started_at, ended_at)" if table == "run" else "*"
            for first, second in (("new", "old"), ("old", "new")):
                left = f"(select {columns} from {first}.{table} except all select {columns} from {second}.{table})"
                assert connection.sql(f"select count(*) from {left}").fetchall() == [(0,)], table
        connection.close()
    finally:
        built.discard()
