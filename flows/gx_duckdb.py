"""Make Great Expectations read DuckDB through SQLAlchemy.

Great Expectations fetches the rows of a query after it has handed the connection back, and DuckDB drops an open result
at that moment. So the rows are taken into memory as soon as the cursor has run; nothing inside Great Expectations is
changed. Import this module once before a validation.
"""

import collections
from typing import Any

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy


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
