"""Which code made a number: a version, and a hash of the sources that a stage runs through."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version

from flows.paths import ROOT

INGEST_SOURCES = (
    "transforms/recording.py",
    "transforms/readers",
    "transforms/parameters/reading.py",
    "transforms/clock.py",
    "flows/raw_store.py",
    "flows/raw_samples.py",
)
DETECT_SOURCES = (
    "transforms/schema",
    "transforms/clock.py",
    "transforms/acceleration.py",
    "transforms/activity.py",
    "transforms/calibration.py",
    "transforms/epochs.py",
    "transforms/wear.py",
    "transforms/sleep.py",
    "transforms/nights.py",
    "transforms/sleep_sources.py",
    "transforms/wakefulness.py",
    "transforms/bed.py",
    "transforms/intervals.py",
    "transforms/restlessness.py",
    "transforms/movements",
    "transforms/psg",
    "transforms/scoring",
    "flows/calibrations.py",
    "flows/detect.py",
)
POLYSOMNOGRAPHY_SOURCES = (
    "transforms/schema",
    "transforms/clock.py",
    "transforms/intervals.py",
    "transforms/diaries",
    "transforms/psg",
    "transforms/scoring",
    "transforms/statistics/agreement.py",
    "transforms/statistics/agreement_measures.py",
    "transforms/statistics/agreement_plot.py",
    "transforms/statistics/event_matching.py",
    "flows/agreement.py",
    "flows/polysomnography.py",
    "flows/psg_section.py",
)
DIARY_SOURCES = (
    "transforms/schema",
    "transforms/clock.py",
    "transforms/diaries",
    "transforms/imports",
    "transforms/tables",
    "flows/exposures.py",
)
WAREHOUSE_SOURCES = (
    "sql",
    "expectations",
    "transforms/statistics",
    "flows/sql_files.py",
    "flows/warehouse.py",
    "flows/gx_duckdb.py",
    "flows/validate.py",
    "flows/pages.py",
    "flows/templates",
    "flows/release.py",
)


@cache
def source_hash(sources: Iterable[str] = ("transforms", "flows", "sql", "expectations")) -> str:
    """Hash the named files and folders of the checkout; 12 hexadecimal digits."""
    digest = hashlib.sha256()
    for source in sources:
        path = ROOT / source
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in files:
            if "__pycache__" not in file.parts:
                digest.update(file.relative_to(ROOT).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def code_version() -> str:
    """Return the version with the hash of all sources, as written into every output."""
    return f"{version('legjumps')}+{source_hash()}"
