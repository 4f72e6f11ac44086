"""A release of the published warehouse, made only where something that it depends on changed since the last one."""

from pathlib import Path

from flows.orchestration import run_unit
from flows.release.history import is_whole, order_on_record
from flows.settings import StudySettings
from flows.store.code_version import code_version
from flows.store.fingerprint import fingerprint
from flows.store.ledger import Ledger
from flows.store.secret import store_secret
from flows.warehouse.publish import published_run_id, published_warehouse
from transforms.parameters import describe

STAGE = "release"
UNIT = "cohort"


def publish_release(settings: StudySettings) -> Path:
    """Export the cohort summary of the published warehouse; return the release's folder.

    Raises SettingsError where there is no warehouse, ExpectationError where what is withheld could be worked back.
    """
    ledger = Ledger(settings.store, STAGE)
    entry = ledger.read(UNIT)
    if entry is not None and entry["fingerprint"] == _state(settings):
        folder = settings.store / "release" / str(entry["release_id"])
        if is_whole(folder):
            return folder
    folder = run_unit(_export, settings, label="release")
    ledger.record(UNIT, _state(settings), [], release_id=folder.name)  # it is on record by now, which counts
    return folder


def _export(settings: StudySettings) -> Path:
    from flows.release.export import (
        export_release,  # solver and pictures, which a look at the ledger does not need
    )

    return export_release(
        settings.store,
        study_id=settings.study_id,
        parameters=settings.parameters,
        registration=settings.registration,
    )


def _state(settings: StudySettings) -> str:
    """Hash what a release is made of: the warehouse, what left before, the code, and every parameter as it is described."""
    published_run_id(settings)  # raises where there is none
    registration = settings.registration
    return fingerprint(
        published_warehouse(settings.store),
        order_on_record(settings.store),
        settings.study_id,
        registration and (registration.name, registration.registered_on),
        [list(row) for row in describe.rows(settings.parameters)],
        store_secret(settings.store).hex(),
        code_version(),
    )
