"""Frames of the core, written whole and owned by a unit of the ledger."""

from pathlib import Path

import polars as pl

from flows.store.atomic import atomic_file
from flows.store.fingerprint import fingerprint
from flows.store.ledger import Ledger

TABLE = "table"
"""Stage of the tables that are made from what other units told; each is a unit of its own."""


def write_frame(file: Path, frame: pl.DataFrame) -> Path:
    """Write a frame as Parquet, whole or not at all; return the file."""
    with atomic_file(file) as aside:
        frame.write_parquet(aside)
    return file


def write_if_changed(store: Path, file: Path, frame: pl.DataFrame) -> None:
    """Write a table unless the file holds it already; one that was never more than empty is not there."""
    ledger = Ledger(store, TABLE)
    unit, wanted = file.relative_to(store).as_posix(), fingerprint(frame)
    if frame.is_empty() and ledger.fingerprint(unit) is None:
        return
    if not ledger.is_current(unit, wanted):
        ledger.record(unit, wanted, [write_frame(file, frame)])
