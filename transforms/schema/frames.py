"""Frames that have, or must have, a schema."""

from collections.abc import Mapping

import polars as pl

from transforms.errors import ContractError


def empty(schema: pl.Schema) -> pl.DataFrame:
    """Return a frame without rows and with every column of ``schema``."""
    return pl.DataFrame(schema=schema)


def require(frame: pl.DataFrame, schema: pl.Schema, name: str) -> pl.DataFrame:
    """Return ``frame`` with the columns of ``schema``, in its order, or say what is wrong with it.

    Raises ContractError when a column is missing or has another type. Further columns are dropped.
    """
    found: Mapping[str, pl.DataType] = frame.schema
    missing = [column for column in schema if column not in found]
    other = [f"{c}: {found[c]}, wanted {t}" for c, t in schema.items() if c in found and found[c] != t]
    if missing or other:
        raise ContractError(f"frame {name}: missing columns {missing}; other types {other}")
    return frame.select(schema.names())


def fitted(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return the columns of ``schema`` in its types; those that the frame lacks are null."""
    lacking = [
        pl.lit(None, dtype=kind).alias(name) for name, kind in schema.items() if name not in frame.columns
    ]
    return frame.with_columns(lacking).select(pl.col(name).cast(kind) for name, kind in schema.items())
