"""All files together: everything is commented, keyed, typed and named as the contract says."""

import re

import duckdb
import polars as pl
import pytest

from flows.paths import sql_folder
from flows.warehouse.sql_files import LAYERS, load_sql_files
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


def test_layers_show_each_table_again_with_its_meaning(warehouse):
    shown = warehouse.sql(
        "select schema_name, view_name from duckdb_views() where not internal order by all"
    ).fetchall()
    assert shown == sorted((layer, file.table) for file in FILES for layer in file.layers)
    without = warehouse.sql(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where not internal and schema_name != 'main' and comment is null"
    ).fetchall()
    assert without == []
    assert {layer for layer, _ in shown} == LAYERS.keys()
    assert warehouse.sql(
        "select count(*) from (from start.analysis_night except all from main.analysis_night)"
    ).fetchall() == [(0,)]


@pytest.mark.parametrize("name", ["study", "core"])
def test_layers_are_there_under_whatever_name_the_file_is_attached(name):
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published_warehouse()}' as {name} (read_only)")
        nights, shown = connection.sql(
            f"select (select count(*) from {name}.night), (select count(*) from {name}.core.night)"
        ).fetchall()[0]
    assert nights == shown > 0


def test_closed_values_are_types_that_compare_with_text(warehouse, tmp_path):
    """ENUM in the warehouse, text in Parquet; what is no value of it is equal to nothing, and no error."""
    types = dict(
        warehouse.sql(
            "select column_name, data_type from duckdb_columns() where schema_name = 'main' and table_name = 'movement'"
        ).fetchall()
    )
    assert types["kind"].startswith("ENUM('hypnic_jerk', 'leg_movement'")
    assert types["body_sites"] == "VARCHAR[]"
    some, none = warehouse.sql(
        "select count(*) filter (where kind in ('leg_movement', 'twitch')), count(*) filter (where kind = 'jump') "
        "from movement"
    ).fetchall()[0]
    assert some > 0 and none == 0
    warehouse.execute(f"copy (from movement limit 10) to '{tmp_path}/movement.parquet'")
    assert pl.read_parquet(tmp_path / "movement.parquet").schema["kind"] == pl.String
    frame = warehouse.sql("from movement limit 10").pl()
    assert frame.filter(pl.col("kind") != "jump").height == 10
    assert warehouse.sql(
        "select allowed_values from data_dictionary where (table_name, column_name) = ('participant', 'sex')"
    ).fetchall() == [("female, male, other",)]


@pytest.mark.parametrize(
    ("table", "column", "wanted"),
    [
        (
            "night",
            "participant_id",
            {"is_key": True, "reference": "participant.participant_id", "null_means": "never empty"},
        ),
        ("movement", "night_date", {"is_key": False, "reference": "night.night_date"}),
        ("participant", "participant_id", {"reference": None, "ggir_name": "ID"}),
        ("analysis_night", "tst_h", {"ggir_name": None, "source_file": "sql/300_analysis_night.sql"}),
        ("night", "tst_h", {"ggir_name": "SleepDurationInSpt", "nsrr_name": "nsrr_tst_f1 (min)"}),
        ("night", "sleep_latency_min", {"null_means": "where lights-off was not told"}),
        ("night", "is_eligible", {"allowed_values": "true, false"}),
        ("analysis_night", "jerk_sleep_count", {"null_means": "where sleep is not known"}),
        (
            "exposure_night",
            "caffeine_mg",
            {"trap": "Empty is not none: no diary was kept. A day without coffee is a logged 0."},
        ),
        ("analysis_night", "jerk_rate_per_h", {"allowed_values": None}),
    ],
)
def test_dictionary_tells_key_reference_values_and_traps(warehouse, table, column, wanted):
    found = (
        warehouse.sql("from data_dictionary where table_name = ? and column_name = ?", params=[table, column])
        .pl()
        .row(0, named=True)
    )
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize("table", ["peer_name", "column_trap"])
def test_what_is_said_of_columns_is_of_columns_that_exist(warehouse, table):
    strangers = warehouse.sql(
        f"select table_name, column_name from {table} where (table_name, column_name) not in "
        "(select (table_name, column_name) from data_dictionary)"
    ).fetchall()
    assert strangers == []


def test_traps_reach_the_tables_where_analysts_start(warehouse):
    told = warehouse.sql(
        "select count(*) from data_dictionary where table_name = 'analysis_night' and trap is not null"
    ).fetchall()[0][0]
    assert told >= 15


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.table)
def test_table_and_columns_have_a_meaning(warehouse, file):
    table = warehouse.sql(f"select comment from duckdb_tables() where table_name = '{file.table}'").fetchall()
    assert table[0][0] and table[0][0].endswith(".")
    for column, comment in warehouse.sql(
        f"select column_name, comment from duckdb_columns() where schema_name = 'main' and table_name = '{file.table}'"
    ).fetchall():
        assert comment and re.search(r"[.\]]$", comment), (column, comment)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.table)
def test_numbers_carry_their_unit(warehouse, file):
    for column, kind in warehouse.sql(
        f"select column_name, data_type from duckdb_columns() where schema_name = 'main' and table_name = '{file.table}'"
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


def test_no_index_of_acceleration_is_given_the_name_of_an_electromyograms(warehouse):
    found = warehouse.sql(
        "select distinct table_name from data_dictionary where plmscore_name is not null or regexp_matches(nsrr_name, 'plm')"
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
                "select column_name, data_type from duckdb_columns() where schema_name = 'main' and table_name = 'movement'"
            ).fetchall()
        )
        assert types["body_sites"] == "VARCHAR[]" and types["onset_at"] == "TIMESTAMP WITH TIME ZONE"
