"""One meaning per column: a column without a comment of its own takes that of the table it is read from."""

from collections.abc import Sequence

import duckdb


def inherit_meanings(connection: duckdb.DuckDBPyConnection, table: str, sources: Sequence[str]) -> None:
    """Give each column of ``table`` that has no comment that of the first of ``sources`` with a column of its name.

    A source with the columns ``column_name`` and ``description`` speaks of the columns that its rows name, too. A
    column that no source knows stays bare; a test of the whole warehouse does not let it pass.
    """
    meanings = {
        (name, column): comment
        for name, column, comment in connection.execute(
            "select table_name, column_name, comment from duckdb_columns() "
            "where database_name = current_database() and schema_name = 'main'"
        ).fetchall()
    }
    for name in sources:
        if {(name, "column_name"), (name, "description")} <= meanings.keys():
            told = connection.execute(f"select column_name, description from {name}").fetchall()
            meanings |= {(name, column): description for column, description in told}
    for column in [
        column for (name, column), comment in meanings.items() if name == table and comment is None
    ]:
        meaning = next((meanings[name, column] for name in sources if (name, column) in meanings), None)
        if meaning is not None:
            literal = meaning.replace("'", "''")
            connection.execute(f"comment on column {table}.\"{column}\" is '{literal}'")
