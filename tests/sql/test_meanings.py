"""Every meaning of a column is said in one place, and reaches every table that has the column from there."""

import re

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from flows.paths import sql_folder
from flows.warehouse.sql_files import SqlFile, load_sql_files
from tests.cohort_store import published_warehouse
from transforms.schema import NUTRIENTS

FILES = load_sql_files(sql_folder())
BY_NAME = pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.stem)
COMMENT = re.compile(r"comment on column (\w+)\.(\w+) is\s+'((?:[^']|'')*)';")


def own_meanings(file: SqlFile) -> dict[str, str]:
    """Columns that the file itself explains."""
    return {column: text.replace("''", "'") for _, column, text in COMMENT.findall(file.text)}


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, str]]:
    """The comment of each column of each table of a warehouse."""
    tables: dict[str, dict[str, str]] = {}
    with duckdb.connect(str(published_warehouse()), read_only=True) as connection:
        for table, column, comment in connection.sql(
            "select table_name, column_name, comment from duckdb_columns() where not internal and schema_name = 'main' "
            "order by column_index"
        ).fetchall():
            tables.setdefault(table, {})[column] = comment
    return tables


@pytest.fixture(scope="module")
def said(told: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """What each table says of columns: by the comments of its own, and by rows that speak of columns."""
    with duckdb.connect(str(published_warehouse()), read_only=True) as connection:
        rows = {
            name: dict(connection.sql(f"select column_name, description from {name}").fetchall())
            for name in ("nutrient", "nutrient_column")
        }
    return told | {name: told[name] | meanings for name, meanings in rows.items()}


def test_each_meaning_has_exactly_one_origin() -> None:
    origins: dict[tuple[str, str], list[str]] = {}
    for file in FILES:
        for column, text in own_meanings(file).items():
            origins.setdefault((column, text), []).append(file.table)
    repeated = {meaning: tables for meaning, tables in origins.items() if len(tables) > 1}
    assert repeated == {}, "leave the copies out; name the first table under Like where it is not read"


@BY_NAME
def test_what_is_not_explained_here_is_explained_by_its_source(file: SqlFile, told, said) -> None:
    own = own_meanings(file)
    sources = (*file.like, *file.reads)
    for column, meaning in told[file.table].items():
        wanted = own.get(column) or next(
            said[name][column] for name in sources if column in said.get(name, {})
        )
        assert meaning == wanted, column


@BY_NAME
def test_each_table_named_as_alike_explains_a_column(file: SqlFile, told, said) -> None:
    bare = [column for column in told[file.table] if column not in own_meanings(file)]
    deciding = {
        next(name for name in (*file.like, *file.reads) if column in said.get(name, {})) for column in bare
    }
    assert set(file.like) <= deciding


@BY_NAME
def test_a_column_means_what_it_means_where_it_is_selected_from(file: SqlFile, told) -> None:
    (made,) = (one for one in sqlglot.parse(file.text, dialect="duckdb") if isinstance(one, exp.Create))
    own = own_meanings(file)
    for column in made.expression.selects:
        is_own = column.name in own or column.name == "*"
        if isinstance(column, exp.Column) and column.table in told and not is_own:
            source = told[column.table]
            assert told[file.table][column.name] == source[column.name], (column.table, column.name)


def test_each_nutrient_has_its_row_its_columns_and_its_levels(told) -> None:
    with duckdb.connect(str(published_warehouse()), read_only=True) as connection:

        def column(query: str) -> set[str]:
            return {name for (name,) in connection.sql(query).fetchall()}

        names = column("select column_name from nutrient_column")
        without_limit = column(
            "select nutrient || '_ul_ratio' from dietary_reference_intake group by nutrient having max(upper_limit) is null"
        )
        rated = column("select nutrient || '_rda_ratio' from nutrient")
        grouped = column("select distinct grouping_name from night_group where family = 'nutrient'")
        assert column("select distinct nutrient from dietary_reference_intake") == {
            one.name for one in NUTRIENTS
        }
    assert {one.column for one in NUTRIENTS} == set(told["nutrient_day"]) - {
        "participant_id",
        "logged_date",
        "told_by",
        "origin",
    }
    ids = {"participant_id", "night_date", "nutrient_recall_count", "is_nutrients_logged"}
    assert set(told["night_nutrient"]) - ids == names - without_limit
    assert grouped == rated


def test_every_exposure_with_levels_is_grouped() -> None:
    with duckdb.connect(str(published_warehouse()), read_only=True) as connection:
        leveled = connection.sql("select distinct exposure from exposure_level").fetchall()
        grouped = connection.sql("select distinct grouping_name from night_group").fetchall()
    assert set(leveled) <= set(grouped)
