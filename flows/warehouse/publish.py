"""Build the warehouse aside, hold it against its expectations, and only then put it in the old one's place."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.orchestration import run_unit
from flows.paths import expectations_folder, sql_folder
from flows.settings import StudySettings
from flows.store.at_hand import bring_datasets
from flows.store.code_version import code_of, code_version
from flows.store.fingerprint import fingerprint
from flows.store.ledger import Ledger, open_book
from flows.store.machine import as_machine_error
from flows.store.secret import store_secret
from flows.warehouse.build import build_warehouse
from flows.warehouse.published import publish, run_file, warehouse_path
from flows.warehouse.sql_files import load_sql_files
from flows.warehouse.validate import preload, validate_warehouse
from transforms.errors import SettingsError
from transforms.parameters import describe

STAGE = "warehouse"
UNIT = "published"
HISTORY = "run_history"
"""Stage of the rows of ``run``, one unit for each warehouse that was published."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where the warehouse and its data docs are, and whether they were made in this run."""

    warehouse: Path
    quality: Path
    is_new: bool


def publish_warehouse(settings: StudySettings) -> Published:
    """Build, validate, publish as one task; nothing is built when neither the store's core nor code or parameters changed.

    Raises ExpectationError when a critical expectation fails: then the last good warehouse stays.
    """
    ledger = Ledger(settings.store, STAGE)
    wanted = _state(settings)
    entry = ledger.read(UNIT) or {}
    quality = settings.store / entry.get("quality", "quality/none")
    if ledger.is_current(UNIT, wanted) and quality.exists() and _opens(warehouse_path(settings.store)):
        return Published(warehouse=warehouse_path(settings.store), quality=quality, is_new=False)
    return run_unit(_publish, settings, label="warehouse")


def _publish(settings: StudySettings) -> Published:
    read = frozenset[str]().union(*(file.core_datasets for file in load_sql_files(sql_folder())))
    bring_datasets(settings.store, sorted(read | {"run"}))
    preload()  # its import takes seconds, in which the warehouse is built
    built = build_warehouse(
        settings.store,
        settings.parameters,
        code_version=code_version(),
        secret=store_secret(settings.store),
        worker_count=settings.worker_count,
    )
    try:
        quality = validate_warehouse(built.path, settings.store, built.run_id)
    except BaseException:
        built.discard()
        raise
    warehouse = publish(built, settings.store, kept_count=settings.parameters.release.kept_warehouse_count)
    history = Ledger(settings.store, HISTORY)
    if not history.is_current(built.run_id, built.run_id):
        history.record(built.run_id, built.run_id, [run_file(settings.store, built.run_id)])
    Ledger(settings.store, STAGE).record(
        UNIT,
        _state(settings),  # the run is one of the core's datasets by now
        [warehouse],
        run_id=built.run_id,
        quality=quality.relative_to(settings.store).as_posix(),
    )
    return Published(warehouse=warehouse, quality=quality, is_new=True)


def published_run_id(settings: StudySettings) -> str:
    """Return the run_id of the published warehouse; raises SettingsError when there is none."""
    entry = Ledger(settings.store, STAGE).read(UNIT)
    if entry is None or not warehouse_path(settings.store).exists():
        raise SettingsError(f"{settings.store} holds no warehouse yet; run `{settings.command('run')}` first")
    return str(entry["run_id"])


def published_warehouse(store: Path) -> list[tuple[str, int, str | None]]:
    """Return path, size and hash of the published warehouse, as on record."""
    entry = open_book(store).units.get(STAGE, {}).get(UNIT)
    return [] if entry is None else [(one.path, one.size_bytes, one.digest) for one in entry.outputs]


def check_published(settings: StudySettings) -> Path:
    """Validate the published warehouse again and return the page of the data docs."""
    run_id = published_run_id(settings)
    return validate_warehouse(warehouse_path(settings.store), settings.store, run_id)


def _state(settings: StudySettings) -> str:
    """Hash what the warehouse is made of: the core's content, the code, and every parameter as it is described."""
    core = sorted(
        (output.path, output.size_bytes, output.digest)
        for units in open_book(settings.store).units.values()
        for entry in units.values()
        for output in entry.outputs
        if output.path.startswith("core/")
    )
    texts = {
        path.name: path.read_text(encoding="utf-8")
        for folder in (sql_folder(), expectations_folder())
        for path in sorted(folder.glob("*.*"))
    }
    made = [code_of(build_warehouse), code_of(validate_warehouse)]
    return fingerprint(core, made, texts, [list(row) for row in describe.rows(settings.parameters)])


def _opens(warehouse: Path) -> bool:
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            connection.execute("from run limit 1")
    except duckdb.Error as error:
        if (fault := as_machine_error(error)) is not None:
            raise fault from error
        return False
    return True
