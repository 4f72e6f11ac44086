"""Schemas that lead through the tables: each table keeps its place in ``main`` and is shown again where it belongs."""

from collections.abc import Iterable

import duckdb

from flows.warehouse.sql_files import LAYERS, SqlFile


def make_layers(connection: duckdb.DuckDBPyConnection, catalog: str, files: Iterable[SqlFile]) -> None:
    """Make a schema for each of LAYERS in ``catalog``, and in it a view of each table of that layer, with its comments.

    Names of ``main`` need no schema, so that what was written without them goes on. A view holds no data.
    """
    for layer in LAYERS:
        connection.execute(f'create schema {catalog}."{layer}"')
    for file in files:
        comments = connection.execute(
            "select column_name, comment from duckdb_columns() "
            "where database_name = ? and schema_name = 'main' and table_name = ?",
            [catalog, file.table],
        ).fetchall()
        (meaning,) = connection.execute(
            "select comment from duckdb_tables() "
            "where database_name = ? and schema_name = 'main' and table_name = ?",
            [catalog, file.table],
        ).fetchall()[0]
        for layer in file.layers:
            view = f'{catalog}."{layer}".{file.table}'
            statements = [
                f"create view {view} as from main.{file.table}",
                f"comment on view {view} is {_text(meaning)}",
                *(f'comment on column {view}."{name}" is {_text(comment)}' for name, comment in comments),
            ]
            connection.execute("; ".join(statements))


def _text(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("'", "''") + "'"
