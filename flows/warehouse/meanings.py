"""One meaning per column: a column without a comment of its own takes that of the table it is read from."""

from collections.abc import Sequence

import duckdb


def inherit_meanings(connection: duckdb.DuckDBPyConnection, table: str, sources: Sequence[str]) -> None:
    """Give each column of ``table`` that has no comment that of the first of ``sources`` with a column of its name.

    A column that no source has stays bare; a test of the whole warehouse does not let it pass.
    """
    meanings = {
        (name, column): comment
        for name, column, comment in connection.execute(
            "select table_name, column_name, comment from duckdb_columns() "
            "where database_name = current_database() and schema_name = 'main'"
        ).fetchall()
    }
    for column in [
        column for (name, column), comment in meanings.items() if name == table and comment is None
    ]:
        meaning = next((meanings[name, column] for name in sources if (name, column) in meanings), None)
        if meaning is not None:
            literal = meaning.replace("'", "''")
            connection.execute(f"comment on column {table}.\"{column}\" is '{literal}'")
