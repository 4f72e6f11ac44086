"""The ledger of releases: what left, who brought it, and what an outsider can therefore compare. It stays in the house."""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.store.atomic import atomic_folder, write_text
from transforms.disclosure.cells import Told

FOLDER = "release_history"


@dataclass(frozen=True)
class Released:
    """One release on record."""

    release_id: str
    told: Told
    contributions: pl.DataFrame
    """CELL, person_key, MEASURES, as they were when each cell last got new numbers."""
    summary: pl.DataFrame
    associations: pl.DataFrame


def read_history(store: Path) -> list[Released]:
    """Return every release on record, in the order in which they left."""
    return [_read(store / FOLDER / release_id, release_id) for release_id in _order(store)]


def record(store: Path, released: Released) -> None:
    """Put a release on record, after its files stand; the same release again changes nothing."""
    order = _order(store)
    if order[-1:] == [released.release_id]:
        return
    with atomic_folder(store / FOLDER / released.release_id) as aside:
        released.told.cells.write_parquet(aside / "cells.parquet")
        released.told.sets.write_parquet(aside / "sets.parquet")
        released.contributions.write_parquet(aside / "contributions.parquet")
        released.summary.write_parquet(aside / "summary.parquet")
        released.associations.write_parquet(aside / "association.parquet")
    write_text(store / FOLDER / "order.json", json.dumps([*order, released.release_id], indent=1) + "\n")


def _order(store: Path) -> list[str]:
    file = store / FOLDER / "order.json"
    return list(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else []


def _read(folder: Path, release_id: str) -> Released:
    return Released(
        release_id=release_id,
        told=Told(
            cells=pl.read_parquet(folder / "cells.parquet"), sets=pl.read_parquet(folder / "sets.parquet")
        ),
        contributions=pl.read_parquet(folder / "contributions.parquet"),
        summary=pl.read_parquet(folder / "summary.parquet"),
        associations=pl.read_parquet(folder / "association.parquet"),
    )
