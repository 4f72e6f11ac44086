"""Build the warehouse aside, hold it against its expectations, and only then put it in the old one's place."""

from dataclasses import asdict, dataclass
from pathlib import Path

from flows.settings import StudySettings
from flows.store.code_version import WAREHOUSE_SOURCES, code_version, source_hash
from flows.store.ledger import Ledger, fingerprint
from flows.warehouse.build import build_warehouse
from flows.warehouse.published import publish, warehouse_path
from flows.warehouse.validate import preload, validate_warehouse
from transforms.errors import SettingsError

STAGE = "warehouse"
UNIT = "published"


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where the warehouse and its data docs are, and whether they were made in this run."""

    warehouse: Path
    quality: Path
    is_new: bool


def publish_warehouse(settings: StudySettings) -> Published:
    """Build, validate, publish; nothing is built when neither the store's core nor code or parameters changed.

    Raises ExpectationError when a critical expectation fails: then the last good warehouse stays.
    """
    ledger = Ledger(settings.store, STAGE)
    wanted = fingerprint(
        _core_state(settings.store), source_hash(WAREHOUSE_SOURCES), asdict(settings.parameters)
    )
    entry = ledger.read(UNIT) or {}
    if ledger.is_current(UNIT, wanted):
        quality = settings.store / entry["outputs"][1]
        return Published(warehouse=warehouse_path(settings.store), quality=quality, is_new=False)

    preload()  # its import takes seconds, in which the warehouse is built
    built = build_warehouse(
        settings.store, settings.parameters, code_version=code_version(), worker_count=settings.worker_count
    )
    try:
        quality = validate_warehouse(built.path, settings.store, built.run_id)
    except BaseException:
        built.discard()
        raise
    warehouse = publish(built, settings.store, kept_count=settings.parameters.release.kept_warehouse_count)
    # `publish` adds the run to the core datasets, so the state is taken again.
    state = fingerprint(
        _core_state(settings.store), source_hash(WAREHOUSE_SOURCES), asdict(settings.parameters)
    )
    ledger.record(UNIT, state, [warehouse, quality], run_id=built.run_id)
    return Published(warehouse=warehouse, quality=quality, is_new=True)


def published_run_id(settings: StudySettings) -> str:
    """Return the run_id of the published warehouse; raises SettingsError when there is none."""
    entry = Ledger(settings.store, STAGE).read(UNIT)
    if entry is None or not warehouse_path(settings.store).exists():
        raise SettingsError(
            f"{settings.store} holds no warehouse yet; run `legjumps run {settings.folder}` first"
        )
    return str(entry["run_id"])


def check_published(settings: StudySettings) -> Path:
    """Validate the published warehouse again and return the page of the data docs."""
    run_id = published_run_id(settings)
    return validate_warehouse(warehouse_path(settings.store), settings.store, run_id)


def _core_state(store: Path) -> list[tuple[str, int, int]]:
    files = sorted((store / "core").rglob("*.parquet"))
    return [
        (file.relative_to(store).as_posix(), file.stat().st_size, file.stat().st_mtime_ns) for file in files
    ]
