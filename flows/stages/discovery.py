"""What lies in a study folder: which device files there are, and whom and where each was worn."""

import hashlib
import json
import re
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from flows.settings import StudySettings
from flows.store.atomic import write_text
from flows.store.raw_recording import declared_columns_text
from transforms.diaries import RECORDING_LIST, match_ids, read_participants, read_recordings
from transforms.schema import BODY_SITES, PARTICIPANT, REJECTED_ENTRY, empty

_SITE = re.compile("|".join(sorted(BODY_SITES, key=len, reverse=True)))
_FOLDER_RECORDINGS = {"acc.csv", "unisens.xml"}
"""A folder that holds one of these files is one recording (Empatica E4, Unisens)."""


@dataclass(frozen=True, kw_only=True)
class DeviceFile:
    """One device file (or folder) of a study and what the study says about it."""

    path: Path
    file_name: str
    """Relative to the study folder, with forward slashes."""
    participant_id: str | None
    body_site: str
    time_zone: str
    config_time_zone: str
    declared_columns: str = ""
    """What a columns.toml beside the file declares, as written; a change of it reads the file again."""
    sha256: str = ""

    @property
    def recording_id(self) -> str:
        """The first 12 hexadecimal digits of the content's hash."""
        return self.sha256[:12]


@dataclass(frozen=True, kw_only=True)
class StudyContents:
    """The inputs of a study, before any of them is read."""

    device_files: list[DeviceFile]
    missing_files: list[DeviceFile]
    """Named in recordings.csv and not there."""
    participants: pl.DataFrame
    rejected_entries: pl.DataFrame


def discover(settings: StudySettings) -> StudyContents:
    """Find device files and link each to a participant, a body site and time zones.

    recordings.csv decides; a file that it does not name is linked by its place,
    ``devices/<participant_id>/<body_site>[anything].<ext>``. A file name that starts with no body site is worn at
    ``other``; a file that lies in no participant's folder has no participant, for ingestion to reject.
    """
    participants, rejected_participants = _read(settings, "participants.csv", read_participants, PARTICIPANT)
    listed, rejected_recordings = _read(settings, "recordings.csv", read_recordings, RECORDING_LIST)
    known = participants["participant_id"]
    listed = listed.with_columns(pl.coalesce(match_ids(listed["participant_id"], known), "participant_id"))
    rows = {row["file"]: row for row in listed.iter_rows(named=True)}
    zones = dict(participants.select("participant_id", "time_zone").drop_nulls().iter_rows())

    present: dict[str, Path] = {}
    for path in _candidates(settings.folder / "devices"):
        present[path.relative_to(settings.folder).as_posix()] = path
    for name in rows:
        if name not in present and (settings.folder / name).exists():
            present[name] = settings.folder / name

    return StudyContents(
        device_files=[
            _device_file(path, name, rows.get(name) or _link_by_place(name, known), zones, settings)
            for name, path in sorted(present.items())
        ],
        missing_files=[
            _device_file(settings.folder / name, name, row, zones, settings)
            for name, row in sorted(rows.items())
            if name not in present
        ],
        participants=participants,
        rejected_entries=pl.concat([rejected_participants, rejected_recordings]),
    )


def with_hashes(settings: StudySettings, contents: StudyContents) -> StudyContents:
    """Add each device file's SHA-256; files that did not change since the last run are not read."""
    index = _FileIndex(settings.store)
    files = contents.device_files
    with ThreadPoolExecutor(settings.worker_count) as pool:
        hashes = list(pool.map(index.sha256, files))
    index.save({file.file_name for file in files})
    hashed = [replace(file, sha256=sha256) for file, sha256 in zip(files, hashes, strict=True)]
    return replace(contents, device_files=hashed)


def _read(
    settings: StudySettings,
    name: str,
    reader: Callable[[bytes, str], tuple[pl.DataFrame, pl.DataFrame]],
    schema: pl.Schema,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    file = settings.folder / name
    return reader(file.read_bytes(), name) if file.is_file() else (empty(schema), empty(REJECTED_ENTRY))


def _candidates(devices: Path) -> list[Path]:
    """List recordings under ``devices``: files, and folders that are one recording each."""
    if not devices.is_dir():
        return []
    recordings: list[Path] = []
    pending = [devices]
    while pending:
        folder = pending.pop()
        children = [
            child
            for child in folder.iterdir()
            if not child.name.startswith(".") and not child.name.endswith("columns.toml")
        ]
        if folder != devices and any(child.name.lower() in _FOLDER_RECORDINGS for child in children):
            recordings.append(folder)
            continue
        recordings.extend(child for child in children if child.is_file())
        pending.extend(child for child in children if child.is_dir() and not child.is_symlink())
    return recordings


def _link_by_place(file_name: str, known: pl.Series) -> dict[str, Any]:
    parts = file_name.split("/")  # devices/<participant_id>/.../<name>
    site = _SITE.match(parts[-1].lower())
    folder = parts[1] if len(parts) > 2 else None
    return {
        "participant_id": match_ids(pl.Series([folder], dtype=pl.String), known).item() or folder,
        "body_site": site.group(0) if site else "other",
    }


def _device_file(
    path: Path, file_name: str, row: dict[str, Any], zones: dict[str, str], settings: StudySettings
) -> DeviceFile:
    participant_id = row["participant_id"]
    time_zone = row.get("time_zone") or zones.get(participant_id) or settings.time_zone
    return DeviceFile(
        path=path,
        file_name=file_name,
        participant_id=participant_id,
        body_site=row["body_site"],
        time_zone=time_zone,
        config_time_zone=row.get("config_time_zone") or time_zone,
        declared_columns=declared_columns_text(path),
    )


class _FileIndex:
    """Hashes by size and time of change, so that a file is hashed once."""

    def __init__(self, store: Path) -> None:
        self._file = store / "ledger" / "file_index.json"
        try:
            self._known: dict[str, list[Any]] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    def sha256(self, file: DeviceFile) -> str:
        stamp = _stamp(file.path)
        known = self._known.get(file.file_name)
        if known is None or known[0] != stamp:
            self._known[file.file_name] = [stamp, _sha256(file.path)]
        return str(self._known[file.file_name][1])

    def save(self, present: Collection[str]) -> None:
        kept = {name: entry for name, entry in self._known.items() if name in present}
        write_text(self._file, json.dumps(kept, indent=0, sort_keys=True))


def _members(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def _stamp(path: Path) -> str:
    facts = [member.stat() for member in _members(path)]
    return ";".join(f"{fact.st_size},{fact.st_mtime_ns}" for fact in facts)


def _sha256(path: Path) -> str:
    """Hash a file's content; of a folder, the names and hashes of its files."""
    if path.is_file():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    listing = [f"{member.relative_to(path).as_posix()} {_sha256(member)}" for member in _members(path)]
    return hashlib.sha256("\n".join(listing).encode()).hexdigest()
