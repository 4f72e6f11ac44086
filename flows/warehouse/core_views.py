"""The Parquet of the store as views of a build: ``core.<dataset>`` with exactly the columns of its schema."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import polars as pl

from transforms import schema
from transforms.errors import ContractError

DATASETS: Mapping[str, pl.Schema] = {
    name.lower(): value for name, value in vars(schema).items() if isinstance(value, pl.Schema)
}
"""Every dataset of ``store/core`` by name, with its columns."""


def parquet_files(store: Path, dataset: str) -> list[Path]:
    """List the files of a dataset, sorted."""
    return sorted((store / "core" / dataset).rglob("*.parquet"))


_TYPES = {
    pl.String: "varchar",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "timestamptz",
    pl.Float32: "float",
    pl.Float64: "double",
    pl.Int32: "integer",
    pl.Int64: "bigint",
    pl.UInt32: "uinteger",
}


def duckdb_type(dtype: pl.DataType) -> str:
    """Return the DuckDB type of a column of a schema.

    A column of closed values has them in its type. It compares with text, is text in Parquet and CSV, and what pandas,
    polars and R call a category or factor; in a list, where clients differ, the values are plain text.
    """
    if isinstance(dtype, pl.List):
        inner = dtype.inner
        inner = inner if isinstance(inner, pl.DataType) else inner()
        return ("varchar" if isinstance(inner, pl.Enum) else duckdb_type(inner)) + "[]"
    if isinstance(dtype, pl.Enum):
        return "enum(" + ", ".join(f"'{value}'" for value in dtype.categories) + ")"
    return _TYPES[type(dtype)]


def make_view(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    files: Iterable[Path],
    columns: pl.Schema | None = None,
) -> None:
    """Make ``core.<name>`` with exactly the columns of its schema; without files it is empty, with its types."""
    columns = columns or DATASETS[name]
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    found: set[str] = set()
    source = "(select 1) where false"
    if listed:
        source = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
        found = {row[0] for row in connection.sql(f"describe from {source}").fetchall()}
        # a column that no file has is a store of an earlier version
        missing = sorted(set(columns) - found)
        if missing:
            raise ContractError(
                f"core/{name}: no file has the columns {', '.join(missing)}; remove that folder and its ledger, run again"
            )
    selected = ", ".join(
        f'cast({name_or_null} as {duckdb_type(dtype)}) as "{column}"'
        for column, dtype in columns.items()
        for name_or_null in [f'"{column}"' if listed else "null"]
    )
    connection.execute(f"create or replace view core.{name} as select {selected} from {source}")
