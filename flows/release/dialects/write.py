"""Write every dialect below ``store/export``, each folder whole or not at all."""

from pathlib import Path

from flows.release.dialects import ggir, motion_bids, nsrr, omop, open_mhealth
from flows.settings import StudySettings
from flows.store.atomic import atomic_folder
from flows.warehouse.publish import published_run_id
from flows.warehouse.published import open_warehouse

DIALECTS = {
    "ggir": ggir.write,
    "nsrr": nsrr.write,
    "motion_bids": motion_bids.write,
    "omop": omop.write,
    "ieee_1752": open_mhealth.write,
}


def write_dialects(settings: StudySettings) -> Path:
    """Write the published warehouse in every dialect; return the folder of all of them."""
    published_run_id(settings)
    return export_dialects(settings.store)


def export_dialects(store: Path) -> Path:
    """Write every dialect of the warehouse of a store, in place of what was there; return their folder."""
    with open_warehouse(store) as connection:
        for name, write in DIALECTS.items():
            with atomic_folder(store / "export" / name) as aside:
                write(connection, aside)
    return store / "export"
