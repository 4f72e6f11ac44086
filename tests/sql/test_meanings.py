"""Every meaning of a column is said in one place, and reaches every table that has the column from there."""

import re

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from flows.paths import sql_folder
from flows.warehouse.sql_files import SqlFile, load_sql_files
from tests.cohort_store import published_warehouse

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
            "select table_name, column_name, comment from duckdb_columns() where not internal order by column_index"
        ).fetchall():
            tables.setdefault(table, {})[column] = comment
    return tables


def test_each_meaning_has_exactly_one_origin() -> None:
    origins: dict[tuple[str, str], list[str]] = {}
    for file in FILES:
        for column, text in own_meanings(file).items():
            origins.setdefault((column, text), []).append(file.table)
    repeated = {meaning: tables for meaning, tables in origins.items() if len(tables) > 1}
    assert repeated == {}, "leave the copies out; name the first table under Like where it is not read"


@BY_NAME
def test_what_is_not_explained_here_is_explained_by_its_source(file: SqlFile, told) -> None:
    own = own_meanings(file)
    sources = (*file.like, *file.reads)
    for column, meaning in told[file.table].items():
        wanted = own.get(column) or next(
            told[name][column] for name in sources if column in told.get(name, {})
        )
        assert meaning == wanted, column


@BY_NAME
def test_each_table_named_as_alike_explains_a_column(file: SqlFile, told) -> None:
    bare = [column for column in told[file.table] if column not in own_meanings(file)]
    deciding = {
        next(name for name in (*file.like, *file.reads) if column in told.get(name, {})) for column in bare
    }
    assert set(file.like) <= deciding


@BY_NAME
def test_a_column_means_what_it_means_where_it_is_selected_from(file: SqlFile, told) -> None:
    (made,) = (one for one in sqlglot.parse(file.text, dialect="duckdb") if isinstance(one, exp.Create))
    own = own_meanings(file)
    for column in made.expression.selects:
        if isinstance(column, exp.Column) and column.table in told and column.name not in own:
            source = told[column.table]
            assert told[file.table][column.name] == source[column.name], (column.table, column.name)
