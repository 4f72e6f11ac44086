"""Device files into raw Parquet: find, hash, read, write; a file that cannot be read becomes a row with its reason."""

import secrets
import shutil
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
from prefect import task

from flows.orchestration import map_units
from flows.progress import say
from flows.settings import StudySettings
from flows.stages.discovery import DeviceFile, StudyContents
from flows.store.atomic import atomic_file, write_text
from flows.store.code_version import INGEST_SOURCES, code_version, source_hash
from flows.store.layout import core_table, raw_folder
from flows.store.ledger import Ledger, fingerprint
from flows.store.raw_recording import store_recording
from transforms.errors import InputError
from transforms.schema import RECORDING, REJECTED_RECORDING, empty, require

STAGE = "ingest"


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What ingestion leaves for the next stages."""

    recordings: pl.DataFrame
    """One row of RECORDING for each readable recording of the study, as read (calibration and wear still null)."""
    rejected: pl.DataFrame
    """REJECTED_RECORDING: one row for each file that was not taken."""
    new_count: int
    """Recordings that were read in this run; the others were read before."""


@task
def read_recording(file: DeviceFile, *, settings: StudySettings, pseudonym_key: bytes) -> dict[str, Any]:
    """Read one device file into ``store/raw``; return what is to be recorded of it.

    A file that is at fault is an outcome, not an exception.
    """
    participant_id = str(file.participant_id)
    folder = raw_folder(settings.store, participant_id, file.recording_id)
    try:
        row = store_recording(
            file.path,
            folder=folder,
            recording_id=file.recording_id,
            sha256=file.sha256,
            file_name=file.file_name,
            participant_id=participant_id,
            body_site=file.body_site,
            time_zone=file.time_zone,
            config_time_zone=file.config_time_zone,
            pseudonym_key=pseudonym_key,
            code_version=code_version(),
            parameters=settings.parameters.reading,
        )
    except InputError as error:
        return {"outcome": "rejected", "reason_code": error.reason_code, "reason": str(error)}
    except OSError as error:
        return {"outcome": "rejected", "reason_code": "unreadable", "reason": f"{file.file_name}: {error}"}
    with atomic_file(folder / "recording.parquet") as aside:
        require(row, RECORDING, "recording").write_parquet(aside)
    return {"outcome": "read"}


def ingest(settings: StudySettings, contents: StudyContents) -> Ingested:
    """Bring the store's raw layer in line with the study folder.

    Only files that are new, or whose content, link, time zone or reader changed, are read. A file whose content
    was replaced takes its old recording with it. A recording whose device file has been moved away stays: raw
    files may go to cold storage.
    """
    ledger = Ledger(settings.store, STAGE)
    files, rejects = _linked(contents)
    wanted = {file.recording_id: _fingerprint(file, settings) for file in files}
    pending = [file for file in files if not ledger.is_current(file.recording_id, wanted[file.recording_id])]
    _drop_superseded(settings, ledger, contents.device_files, files)

    new_count = 0
    outcomes = map_units(
        read_recording,
        pending,
        label="ingest",
        name=lambda file: file.file_name,
        settings=settings,
        pseudonym_key=_pseudonym_key(settings.store),
    )
    for outcome in outcomes:
        file = outcome.unit
        facts = outcome.result or {
            "outcome": "rejected",
            "reason_code": "internal_error",
            "reason": f"{file.file_name}: {type(outcome.error).__name__}: {outcome.error}; this is our fault, report it",
        }
        was_read = facts["outcome"] == "read"
        new_count += was_read
        outputs = (
            [raw_folder(settings.store, str(file.participant_id), file.recording_id)] if was_read else []
        )
        if outcome.error is not None:
            say("".join(traceback.format_exception(outcome.error)))
        else:  # our own fault is tried again
            ledger.record(file.recording_id, wanted[file.recording_id], outputs, link=_link(file), **facts)
        if not was_read:
            rejects.append(_reject(file, facts["reason_code"], facts["reason"]))

    done = {file.recording_id for file in pending}
    for file in files:
        entry = ledger.read(file.recording_id) or {}
        if file.recording_id not in done and entry.get("outcome") == "rejected":
            rejects.append(_reject(file, entry["reason_code"], entry["reason"]))

    rejected = _frame(rejects)
    table = core_table(settings.store, "rejected_recording")
    if not (table.exists() and pl.read_parquet(table).equals(rejected)):
        with atomic_file(table) as aside:
            rejected.write_parquet(aside)
    return Ingested(
        recordings=read_recordings_on_record(settings.store), rejected=rejected, new_count=new_count
    )


def read_recordings_on_record(store: Path) -> pl.DataFrame:
    """Return RECORDING rows of every recording in the raw layer, sorted by participant and recording."""
    ledger = Ledger(store, STAGE)
    frames = [empty(RECORDING)]
    for unit in ledger.units():
        entry = ledger.read(unit) or {}
        if entry.get("outcome") == "read":
            frames.append(pl.read_parquet(store / entry["outputs"][0] / "recording.parquet"))
    return pl.concat(frames).sort("participant_id", "recording_id")


def _linked(contents: StudyContents) -> tuple[list[DeviceFile], list[dict[str, Any]]]:
    """Split off the files that cannot be linked, and the second of two with the same content."""
    rejects = [
        _reject(file, "missing_file", f"{file.file_name}: named in recordings.csv, but there is no such file")
        for file in contents.missing_files
    ]
    files: dict[str, DeviceFile] = {}
    for file in contents.device_files:
        if file.participant_id is None:
            reason = (
                f"{file.file_name}: belongs to no participant; move it to devices/<participant_id>/ or name it in "
                "recordings.csv"
            )
            rejects.append(_reject(file, "no_participant", reason))
        elif file.recording_id in files:
            first = files[file.recording_id].file_name
            reason = f"{file.file_name}: the same content as {first}, which is used; remove one of the two"
            rejects.append(_reject(file, "duplicate_content", reason))
        else:
            files[file.recording_id] = file
    return list(files.values()), rejects


def _link(file: DeviceFile) -> dict[str, Any]:
    return {key: value for key, value in asdict(file).items() if key not in {"path", "sha256"}}


def _fingerprint(file: DeviceFile, settings: StudySettings) -> str:
    return fingerprint(
        file.sha256, _link(file), source_hash(INGEST_SOURCES), asdict(settings.parameters.reading)
    )


def _drop_superseded(
    settings: StudySettings, ledger: Ledger, present: Sequence[DeviceFile], linked: Sequence[DeviceFile]
) -> None:
    current = {file.recording_id: file for file in linked}
    names = {file.file_name for file in present}
    for unit in ledger.units():
        link = (ledger.read(unit) or {}).get("link", {})
        file = current.get(unit)
        is_replaced = file is None and link.get("file_name") in names
        is_moved = file is not None and link.get("participant_id") != file.participant_id
        if is_replaced or is_moved:
            shutil.rmtree(raw_folder(settings.store, link["participant_id"], unit), ignore_errors=True)
            ledger.forget(unit)


def _reject(file: DeviceFile, reason_code: str, reason: str) -> dict[str, Any]:
    return {
        "file_name": file.file_name,
        "participant_id": file.participant_id,
        "sha256": file.sha256 or None,
        "reason_code": reason_code,
        "reason": reason,
    }


def _frame(rejects: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rejects, schema=REJECTED_RECORDING).sort("file_name")


def _pseudonym_key(store: Path) -> bytes:
    """Return the store's own secret, with which serial numbers become pseudonyms."""
    file = store / ".pseudonym_key"
    if not file.exists():
        write_text(file, secrets.token_hex(32))
        file.chmod(0o600)
    return bytes.fromhex(file.read_text(encoding="utf-8"))
