"""All files together: everything is commented, keyed, typed and named as the contract says."""

import re

import duckdb
import pytest

from flows.paths import sql_folder
from flows.warehouse.sql_files import load_sql_files
from tests.cohort_store import published_warehouse
from transforms import schema

FILES = load_sql_files(sql_folder())
NUMBERS = ("DOUBLE", "FLOAT", "BIGINT", "INTEGER", "UINTEGER", "HUGEINT", "SMALLINT", "DECIMAL")


@pytest.fixture(scope="module")
def warehouse():
    with duckdb.connect(str(published_warehouse()), read_only=True) as connection:
        yield connection


def test_tables_are_those_of_the_files(warehouse):
    found = {row[0] for row in warehouse.sql("select table_name from duckdb_tables()").fetchall()}
    assert found == {file.table for file in FILES}
    assert warehouse.sql("select count(*) from duckdb_views() where not internal").fetchall() == [(0,)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.table)
def test_table_and_columns_have_a_meaning(warehouse, file):
    table = warehouse.sql(f"select comment from duckdb_tables() where table_name = '{file.table}'").fetchall()
    assert table[0][0] and table[0][0].endswith(".")
    for column, comment in warehouse.sql(
        f"select column_name, comment from duckdb_columns() where table_name = '{file.table}'"
    ).fetchall():
        assert comment and re.search(r"[.\]]$", comment), (column, comment)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.table)
def test_numbers_carry_their_unit(warehouse, file):
    for column, kind in warehouse.sql(
        f"select column_name, data_type from duckdb_columns() where table_name = '{file.table}'"
    ).fetchall():
        if kind.startswith(NUMBERS):
            assert column.endswith(schema.UNIT_SUFFIXES) or column in schema.NAMES_OF_THE_CONTRACT, column
            assert not kind.startswith(("HUGEINT", "DECIMAL")), (column, kind)
        if kind.startswith("TIMESTAMP"):
            assert kind == "TIMESTAMP WITH TIME ZONE" and column.endswith("_at"), column
        if kind == "DATE":
            assert column.endswith("date"), column
        if kind == "BOOLEAN":
            assert column.startswith(("is_", "has_", "uses_", "crosses_")), column


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.table)
def test_grain_is_true(warehouse, file):
    grain = re.match(r"one row per ([a-z_0-9]+(?:, [a-z_0-9]+)*)(?: with |;|$)", file.header["Grain"])
    # entries of diaries have a word for their grain, no key
    columns = warehouse.sql(f"from {file.table}").columns
    if grain and ("," in grain[1] or grain[1] in columns):
        rows, keys = warehouse.sql(
            f"select count(*), count(distinct ({grain[1]})) from {file.table}"
        ).fetchall()[0]
        assert rows == keys


def test_dictionary_tells_every_column_of_the_others(warehouse):
    missing = warehouse.sql(
        "select table_name, column_name from duckdb_columns() where table_name != 'data_dictionary' "
        "and not internal and schema_name = 'main' "
        "and (table_name, column_name) not in (select (table_name, column_name) from data_dictionary)"
    ).fetchall()
    assert missing == []
    lacking = warehouse.sql(
        "select table_name, column_name from data_dictionary where description is null"
    ).fetchall()
    assert lacking == []


def test_dictionary_tells_the_unit_of_every_number(warehouse):
    lacking = warehouse.sql(
        f"select table_name, column_name from data_dictionary where type in {NUMBERS} and unit is null"
    ).fetchall()
    assert lacking == []


@pytest.mark.parametrize(
    ("column", "unit"),
    [
        ("jerk_rate_per_h", "1/h"),
        ("analysed_h", "h"),
        ("caffeine_mg", "mg"),
        ("jerk_count", "count"),
        ("night_number", "1"),
        ("sex", None),
    ],
)
def test_dictionary_reads_the_unit_off_the_comment(warehouse, column, unit):
    found = warehouse.sql(
        f"select unit from data_dictionary where table_name = 'analysis_night' and column_name = '{column}'"
    ).fetchall()
    assert found == [(unit,)]


@pytest.mark.parametrize(
    ("column", "plmscore_name", "nsrr_name"),
    [
        (
            "plm_per_h",
            "PLM no./hour",
            "avgplm5 (MESA), poavgplm (MrOS) in sleep; avgnplm5 in nrem, avgrplm5 in r (MESA)",
        ),
        ("plm_count", "PLM number", "noplm5 (MESA), poplmslp (MrOS) in sleep; plmwake5 (MESA) in wake"),
        ("plm_arousal_per_h", "PLMa no./hour", "avgplma5 (MESA), poavplma (MrOS) in sleep"),
        ("plm_without_respiratory_per_h", "PLMnr no./hour", None),
        ("plm_left_count", "l_PLM number", None),
        ("noncandidate_count", "nonCLM number", None),
        ("imi_periodic_count", "IMI 10-90s; number", None),
        ("periodicity_movement_index", "PI", None),
        ("periodicity_interval_index", None, None),
        ("state", "TIB, TST, Wake, NREM, N1, N2, N3, REM", None),
    ],
)
def test_dictionary_names_columns_as_peers_do(warehouse, column, plmscore_name, nsrr_name):
    found = warehouse.sql(
        "select plmscore_name, nsrr_name from data_dictionary "
        f"where table_name = 'leg_movement_report' and column_name = '{column}'"
    ).fetchall()
    assert found == [(plmscore_name, nsrr_name)]


def test_names_of_peers_are_of_columns_that_exist(warehouse):
    from flows.paths import sql_folder

    written = re.findall(
        r"^\s+\(?\s*'([a-z_]+)',", (sql_folder() / "490_data_dictionary.sql").read_text(), re.M
    )
    found = warehouse.sql(
        "select column_name from data_dictionary where plmscore_name is not null"
    ).fetchall()
    assert sorted(written) == sorted(column for (column,) in found)


def test_no_index_of_acceleration_is_given_the_name_of_an_electromyograms(warehouse):
    found = warehouse.sql(
        "select distinct table_name from data_dictionary where coalesce(plmscore_name, nsrr_name) is not null"
    ).fetchall()
    assert found == [("leg_movement_report",)]


def test_empty_tables_of_a_study_without_anything_are_typed(tmp_path):
    from flows.warehouse.build import build_warehouse
    from transforms.parameters import DEFAULT

    (tmp_path / "core").mkdir()
    built = build_warehouse(tmp_path, DEFAULT, code_version="test", secret=b"test")
    with duckdb.connect(str(built.path), read_only=True) as connection:
        assert connection.sql("select count(*) from analysis_night").fetchall() == [(0,)]
        assert connection.sql("select count(*) from jerk_rate_by_caffeine").fetchall() == [(13,)]
        types = dict(
            connection.sql(
                "select column_name, data_type from duckdb_columns() where table_name = 'movement'"
            ).fetchall()
        )
        assert types["body_sites"] == "VARCHAR[]" and types["onset_at"] == "TIMESTAMP WITH TIME ZONE"
