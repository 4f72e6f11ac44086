"""Make Great Expectations read DuckDB through SQLAlchemy.

Great Expectations fetches the rows of a query after it has handed the connection back, and DuckDB drops an open result
at that moment. So the rows are taken into memory as soon as the cursor has run; nothing inside Great Expectations is
changed. Import this module once before a validation.

Its execution engine also keeps a connection for the life of the process. As long as anyone in a process holds a
DuckDB file open, every later ``connect`` to that path gets the same database again, even when another file has taken
its place; so all connections of a validation are closed at its end.
"""

import collections
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.pool import Pool


@event.listens_for(sqlalchemy.Engine, "after_cursor_execute")
def _buffer_rows(
    connection: sqlalchemy.Connection,
    cursor: Any,
    statement: str,
    parameters: Any,
    context: Any,
    executemany: bool,
) -> None:
    if connection.dialect.name == "duckdb" and not executemany and cursor.description:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor,
            alternate_description=cursor.description,
            initial_buffer=collections.deque(cursor.fetchall()),
        )


@contextmanager
def closed_afterwards() -> Iterator[None]:
    """Close every DuckDB connection that SQLAlchemy opens while the block runs."""
    opened: list[Any] = []

    def remember(connection: Any, _: Any) -> None:
        if type(connection).__module__.startswith("duckdb"):
            opened.append(connection)

    event.listen(Pool, "connect", remember)
    try:
        yield
    finally:
        event.remove(Pool, "connect", remember)
        for connection in opened:
            connection.close()
