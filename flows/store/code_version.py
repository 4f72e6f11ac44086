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
    "flows/store/raw_recording.py",
    "flows/store/raw_samples.py",
)
DETECT_SOURCES = (
    "transforms/schema",
    "transforms/clock.py",
    "transforms/epochs/acceleration.py",
    "transforms/epochs/activity.py",
    "transforms/epochs/calibration.py",
    "transforms/epochs/summary.py",
    "transforms/epochs/wear.py",
    "transforms/nights/sleep.py",
    "transforms/nights/find.py",
    "transforms/nights/sleep_window.py",
    "transforms/nights/wakefulness.py",
    "transforms/nights/bed.py",
    "transforms/intervals.py",
    "transforms/nights/restlessness.py",
    "transforms/movements",
    "transforms/psg",
    "transforms/scoring",
    "flows/store/calibrations.py",
    "flows/stages/detect.py",
)
POLYSOMNOGRAPHY_SOURCES = (
    "transforms/schema",
    "transforms/clock.py",
    "transforms/intervals.py",
    "transforms/diaries",
    "transforms/psg",
    "transforms/scoring",
    "transforms/agreement/by_night.py",
    "transforms/agreement/measures.py",
    "transforms/pictures/bland_altman.py",
    "transforms/agreement/event_matching.py",
    "flows/stages/agreement.py",
    "flows/stages/polysomnography.py",
    "flows/psg_section.py",
)
DIARY_SOURCES = (
    "transforms/schema",
    "transforms/clock.py",
    "transforms/diaries",
    "transforms/imports",
    "transforms/tables",
    "flows/stages/diaries.py",
)
WAREHOUSE_SOURCES = (
    "sql",
    "expectations",
    "transforms/statistics",
    "flows/warehouse/sql_files.py",
    "flows/warehouse/build.py",
    "flows/warehouse/gx_duckdb.py",
    "flows/warehouse/validate.py",
    "flows/pages.py",
    "flows/templates",
    "flows/release/export.py",
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
