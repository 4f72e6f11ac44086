"""What the keys of a table make impossible: DuckDB lets no row in that breaks them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb


@dataclass(frozen=True)
class Key:
    """The primary key of a table, the columns that are never null, and how many rows there are."""

    columns: frozenset[str] = frozenset()
    never_null: frozenset[str] = frozenset()
    row_count: int = 0

    def proves(self, expectation: Mapping[str, Any]) -> str:
        """Tell what of the table makes an expectation hold; nothing where it must be asked."""
        kwargs = expectation["kwargs"]
        match expectation["type"]:
            case "expect_column_values_to_not_be_null" if kwargs["column"] in self.columns:
                return self._told
            case "expect_column_values_to_not_be_null" if kwargs["column"] in self.never_null:
                return f"not null ({kwargs['column']})"
            case "expect_column_values_to_be_unique" if self.columns == {kwargs["column"]}:
                return self._told
            case "expect_compound_columns_to_be_unique" if self.columns and self.columns <= set(
                kwargs["column_list"]
            ):
                return self._told
        return ""

    @property
    def _told(self) -> str:
        return f"primary key ({', '.join(sorted(self.columns))})"


NO_KEY = Key()


def read_keys(warehouse: Path) -> dict[str, Key]:
    """Return the key of each table that has one."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.sql(
            "select table_name, constraint_type, constraint_column_names from duckdb_constraints() "
            "where constraint_type in ('PRIMARY KEY', 'NOT NULL')"
        ).fetchall()
        keys: dict[str, Key] = {}
        for table in sorted({row[0] for row in rows}):
            own = [(kind, frozenset(columns)) for name, kind, columns in rows if name == table]
            primary = [columns for kind, columns in own if kind == "PRIMARY KEY"]
            never_null = frozenset[str]().union(*(columns for kind, columns in own if kind == "NOT NULL"))
            ((row_count,),) = connection.sql(f'select count(*) from "{table}"').fetchall()
            keys[table] = Key(primary[0] if primary else frozenset(), never_null, row_count)
        return keys
