"""The published warehouse: where it lies, how it is opened, and what a new one does to the old."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from flows.store.atomic import atomic_file
from flows.store.layout import WAREHOUSE
from transforms.errors import SettingsError

if TYPE_CHECKING:  # who only asks questions need not load what builds
    from flows.warehouse.build import BuiltWarehouse


def warehouse_path(store: Path) -> Path:
    """Return where the published warehouse lies."""
    return store / WAREHOUSE


def open_warehouse(store: Path) -> duckdb.DuckDBPyConnection:
    """Open the published warehouse read-only, its instants shown in UTC whatever zone the machine is in.

    The only way in: whoever reads a warehouse prints times under the word UTC.

    Raises SettingsError where there is none, or where DuckDB does not open it.
    """
    path = warehouse_path(store)
    if not path.is_file():
        raise SettingsError(f"{path} does not exist; `legjumps run STUDY` makes it")
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise SettingsError(f"{path} cannot be opened: {error}") from None
    connection.execute("set TimeZone = 'UTC'")
    return connection


def run_of(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the row of ``run`` that made the tables: the last one, whatever the clock said since."""
    return connection.sql("from run order by rowid desc limit 1").pl().row(0, named=True)


def run_file(store: Path, run_id: str) -> Path:
    """Return where the row of ``run`` of one published warehouse is kept for those to come."""
    return store / "core" / "run" / f"{run_id}.parquet"


def publish(built: "BuiltWarehouse", store: Path, *, kept_count: int) -> Path:
    """Put a built warehouse in the place of the published one; return its path.

    Readers of the old one keep what they opened; who opens the path afterwards gets the new one, whole. The old one
    stays in ``warehouse_history/``, with up to ``kept_count`` files in all.
    """
    published = warehouse_path(store)
    run = run_file(store, built.run_id)
    if not run.exists():  # the same build again is no other run
        with atomic_file(run) as aside:
            shutil.copyfile(built.folder / "run.parquet", aside)
    with atomic_file(published) as aside:
        built.path.replace(aside)
        _keep(published, store / "warehouse_history", kept_count)
    built.discard()
    return published


def _keep(published: Path, history: Path, kept_count: int) -> None:
    if not published.exists() or kept_count < 1:
        return
    history.mkdir(parents=True, exist_ok=True)
    stamp = datetime.fromtimestamp(published.stat().st_mtime, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    # a second name of the same file: nothing is copied, and there is no moment without a published warehouse
    kept = history / f"warehouse_{stamp}.duckdb"
    if not kept.exists():
        os.link(published, kept)
    # the one that was published last stays, whatever the clock said of those before
    earlier = sorted(set(history.glob("warehouse_*.duckdb")) - {kept})
    for surplus in earlier[: max(0, len(earlier) + 1 - kept_count)]:
        surplus.unlink()
