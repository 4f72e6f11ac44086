"""What lies in a study folder: which device files there are, and whom and where each was worn."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from flows.settings import StudySettings
from flows.stages.inbox import Delivered, delivered_files
from flows.store.machine import as_machine_error
from flows.store.raw_recording import declared_columns_text
from flows.store.waiting import Waiting
from transforms.diaries import RECORDING_LIST, match_ids, read_participants, read_recordings
from transforms.errors import MachineError
from transforms.readers import is_companion, recordings_in
from transforms.schema import BODY_SITES, PARTICIPANT, REJECTED_ENTRY, empty

_SITE = re.compile("|".join(sorted(BODY_SITES, key=len, reverse=True)))
_FOLDER_RECORDINGS = {"acc.csv", "unisens.xml"}
"""A folder that holds one of these files is one recording (Empatica E4, Unisens)."""
_LITTER = {"thumbs.db", "desktop.ini", "icon\r", "__macosx"}
"""What operating systems leave in folders; names that begin with a dot are left aside too."""
UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart")
"""How copying programs call what they have not finished."""


@dataclass(frozen=True, kw_only=True)
class DeviceFile:
    """One device file (or folder) of a study and what the study says about it."""

    path: Path
    file_name: str
    """Relative to the study folder, with forward slashes; of one of several recordings in an archive, its name in it too."""
    participant_id: str | None
    body_site: str
    time_zone: str
    config_time_zone: str
    declared_columns: str = ""
    """What a columns.toml beside the file declares, as written; a change of it reads the file again."""
    is_named: bool = False
    """Whether recordings.csv names it; a copy that it does not name gives way."""
    member: str | None = None
    """Which recording of the archive at ``path``, where it holds several."""
    sha256: str = ""
    stamp: str = ""
    """Sizes and times of change when it was hashed; another one afterwards tells that it changed meanwhile."""
    source: Delivered | None = None
    """The object that it is, where it lies in the study's inbox; ``path`` is where it would lie in the study folder."""
    made_of: str = ""
    """Fingerprint of what its recording is to be made of: content, zone, columns, reader."""

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
    waiting: tuple[Waiting, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)
    """What the store calls those whose ids may be names."""


def discover(settings: StudySettings) -> StudyContents:
    """Find device files and link each to a participant, a body site and time zones.

    recordings.csv decides; a file that it does not name is linked by its place,
    ``devices/<participant_id>/<body_site>[anything].<ext>``. A file name that starts with no body site is worn at
    ``other``; a file that lies in no participant's folder has no participant, for ingestion to reject. A folder, list or
    declaration that cannot be read now costs itself only.
    """
    waiting: list[Waiting] = []
    participants, rejected_participants = _read(
        settings,
        "participants.csv",
        partial(read_participants, ids_are_codes=settings.participant_ids_are_codes),
        PARTICIPANT,
        waiting,
    )
    listed, rejected_recordings = _read(settings, "recordings.csv", read_recordings, RECORDING_LIST, waiting)
    known = participants["participant_id"]
    listed = listed.with_columns(pl.coalesce(match_ids(listed["participant_id"], known), "participant_id"))
    # the same name may be written with composed accents or not, on disk and in the list
    rows = {_composed(row["file"]): row for row in listed.iter_rows(named=True)}
    zones = dict(participants.select("participant_id", "time_zone").drop_nulls().iter_rows())

    present: dict[str, Path] = {}
    members: dict[str, str | None] = {}
    for path in _candidates(settings.folder / "devices", settings.folder, waiting):
        name = path.relative_to(settings.folder).as_posix()
        for member in _held(path) or [None]:
            inner = name if member is None else f"{name}/{member}".rstrip("/")
            present[inner], members[inner] = path, member
    delivered = {name: one for name, one in delivered_files(settings).items() if _is_device_file(name)}
    for name in delivered.keys() - present.keys():
        present[name] = settings.folder / name
    found = {_composed(name) for name in present}
    for name, row in rows.items():
        path = settings.folder / row["file"]
        if name not in found and is_finished_name(name) and path.exists():
            present[row["file"]] = path
            found.add(name)
    by_place = _links_by_place([name for name in present if _composed(name) not in rows], known)

    files = []
    for name, path in sorted(present.items()):
        listed_row = rows.get(_composed(name))
        try:
            file = _device_file(path, name, listed_row, by_place.get(name), zones, settings)
            source = None if name in members else delivered.get(name)
            files.append(replace(file, member=members.get(name), source=source))
        except OSError as error:
            waiting.append(_cannot_be_read(name, error))
    seen_waiting = {entry.file_name for entry in waiting}
    return StudyContents(
        device_files=files,
        missing_files=[
            _device_file(settings.folder / row["file"], row["file"], row, None, zones, settings)
            for name, row in sorted(rows.items())
            if name not in found and not _lies_in(row["file"], seen_waiting)
        ],
        participants=participants,
        rejected_entries=pl.concat([rejected_participants, rejected_recordings]),
        waiting=tuple(waiting),
    )


def _held(path: Path) -> list[str | None]:
    """Return the recordings of an archive that holds several; nothing of any other file."""
    if path.suffix.lower() != ".zip" or path.is_dir():
        return []
    try:
        with path.open("rb") as stream:
            return list(recordings_in(stream, path.stat().st_size))
    except OSError:  # told where it is hashed
        return []


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def is_finished_name(name: str) -> bool:
    """Tell whether a file is more than the beginning of a copy, as its name says."""
    return not name.lower().endswith(UNFINISHED)


def _is_device_file(name: str) -> bool:
    parts = name.split("/")
    return is_finished_name(name) and not any(_is_litter(part) for part in parts)


def _is_litter(name: str) -> bool:
    """Tell whether a name is of something that operating systems leave in folders, or of a declaration."""
    return name.startswith((".", "~$")) or name.lower() in _LITTER or name.endswith("columns.toml")


def _lies_in(name: str, folders: set[str]) -> bool:
    return any(name == folder or name.startswith(f"{folder}/") for folder in folders)


def _cannot_be_read(name: str, error: OSError) -> Waiting:
    if (fault := as_machine_error(error)) is not None:
        raise fault from error
    return Waiting(name, f"{name}: cannot be read now ({error.strerror or error}); it is tried at each run")


def _read(
    settings: StudySettings,
    name: str,
    reader: Callable[[bytes, str], tuple[pl.DataFrame, pl.DataFrame]],
    schema: pl.Schema,
    waiting: list[Waiting],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    file = settings.folder / name
    try:
        if file.is_file():
            return reader(file.read_bytes(), name)
    except OSError as error:
        # who takes part and who wore what decides everything else: nothing is linked by guess in its place
        raise MachineError(
            f"{file}: cannot be read now ({error.strerror or error}); nothing is linked without it, run again when it can"
        ) from error
    return empty(schema), empty(REJECTED_ENTRY)


def _candidates(devices: Path, root: Path, waiting: list[Waiting]) -> Iterator[Path]:
    """List recordings under ``devices``: files, and folders that are one recording each.

    A folder that a symbolic link leads to is followed once; where it lies below devices itself, its own place counts.
    """
    if not devices.is_dir():
        return
    pending = [devices]
    linked: list[Path] = []
    seen: set[Path] = set()
    while pending or linked:
        folder = pending.pop() if pending else linked.pop(0)
        real = folder.resolve()
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(folder) as entries:
                children = [
                    child
                    for child in sorted(entries, key=lambda entry: entry.name)
                    if not _is_litter(child.name) and is_finished_name(child.name)
                ]
        except OSError as error:
            waiting.append(_cannot_be_read(folder.relative_to(root).as_posix(), error))
            continue
        names = {child.name.lower() for child in children}
        children = [child for child in children if not is_companion(child.name.lower(), names)]
        if folder != devices and any(child.name.lower() in _FOLDER_RECORDINGS for child in children):
            yield folder
            continue
        for child in children:
            path = Path(child.path)
            try:
                if child.is_file():
                    yield path
                elif child.is_dir(follow_symlinks=False):
                    pending.append(path)
                elif child.is_dir():
                    linked.append(path)
                elif child.is_symlink() and not path.exists():
                    waiting.append(
                        Waiting(name := path.relative_to(root).as_posix(), f"{name}: a link to nothing")
                    )
            except OSError as error:
                waiting.append(_cannot_be_read(path.relative_to(root).as_posix(), error))


def _links_by_place(file_names: Sequence[str], known: pl.Series) -> dict[str, dict[str, Any]]:
    """Link each devices/<participant_id>/.../<name>; every folder is matched once."""
    folders = {name: parts[1] if len(parts := _places(name)) > 2 else None for name in file_names}
    asked = sorted({folder for folder in folders.values() if folder is not None})
    matched = dict(zip(asked, match_ids(pl.Series(asked, dtype=pl.String), known), strict=True))
    links: dict[str, dict[str, Any]] = {}
    for name, folder in folders.items():
        # the file's own name tells the site before the folders that it lies in do, the nearest first
        places = reversed(_places(name)[1 if folder is None else 2 :])
        sites = (_SITE.match(place.lower()) for place in places)
        site = next((found for found in sites if found is not None), None)
        links[name] = {
            "participant_id": folder and (matched[folder] or _composed(folder)),
            "body_site": site.group(0) if site else "other",
        }
    return links


def _places(name: str) -> list[str]:
    """Return the folders and the name of a file; an archive directly below devices is nobody's folder."""
    parts = name.split("/")
    return [
        part
        for place, part in enumerate(parts)
        if place != 1 or len(parts) == 2 or not part.lower().endswith(".zip")
    ]


def _device_file(
    path: Path,
    file_name: str,
    listed: dict[str, Any] | None,
    by_place: dict[str, Any] | None,
    zones: dict[str, str],
    settings: StudySettings,
) -> DeviceFile:
    row = listed or by_place or {}
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
        is_named=listed is not None,
    )
