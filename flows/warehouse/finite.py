"""Every number of a warehouse is one: none is infinite, none is not a number, whatever table and column it stands in."""

from collections.abc import Mapping
from pathlib import Path

import duckdb


def unfinished_numbers(warehouse: Path, *, memory_limit_mb: int) -> Mapping[str, tuple[str, int, int]]:
    """Return for each table with numbers the rows that hold one that is none: query, how many rows, of how many.

    One look at a table for all of its columns, which are taken from the file itself: no list of them could be whole.
    """
    with duckdb.connect(
        str(warehouse), read_only=True, config={"memory_limit": f"{memory_limit_mb}MiB"}
    ) as connection:
        columns = connection.sql(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where schema_name = 'main' and not internal and data_type in ('DOUBLE', 'FLOAT') "
            "group by table_name order by table_name"
        ).fetchall()
        found = {}
        for table, names in columns:
            is_none = " or ".join(f'not isfinite("{name}")' for name in names)
            ((count, total),) = connection.sql(
                f'select count(*) filter (where {is_none}), count(*) from main."{table}"'
            ).fetchall()
            found[table] = (f"select * from {table} where {is_none}", count, total)
        return found
