"""Participants, diaries and exports into Parquet: what people said about themselves, typed, rejected rows beside it."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl

from flows.settings import StudySettings
from flows.stages.discovery import StudyContents
from flows.stages.private_names import stored_ids
from flows.stages.withdrawn import read_withdrawn
from flows.store.code_version import made_by
from flows.store.datasets import write_frame
from flows.store.fingerprint import fingerprint
from flows.store.layout import core_table
from flows.store.ledger import Ledger
from flows.store.machine import as_machine_error
from transforms.diaries import Diaries, Places, is_code, read_diaries, rejected_file, sort_out
from transforms.imports import ImportFile, Imports, merge_diaries, names_in_store, read_imports
from transforms.schema import PARTICIPANT

STAGE = "exposures"
UNIT = "diaries"
_UNREADABLE = "cannot be read now; it is tried at each run, what it says is not known"


def read_exposures(
    settings: StudySettings, contents: StudyContents, recordings: pl.DataFrame
) -> pl.DataFrame:
    """Write core/participant, the datasets of diaries and exports, and core/rejected_entry; return REJECTED_ENTRY.

    Whoever wears a device without being listed in participants.csv becomes a participant of whom nothing else is
    known. Nothing is read again when no diary, export, participant or parameter changed. Exports keep their names in
    the store only where these say nothing of a person; ``legjumps check`` tells which file is which.
    """
    places = entry_places(settings)
    files = diary_files(settings, places)
    stored = stored_ids(settings)
    written = {ours: theirs for theirs, ours in contents.called.items()}
    wearers = recordings.with_columns(pl.col("participant_id").replace(written))
    participants = with_wearers(contents.participants, wearers)
    ledger = Ledger(settings.store, STAGE)
    withdrawn = read_withdrawn(settings.store)
    exports = import_files(settings, places)
    wanted = fingerprint(
        {file.name: _stamp(settings.folder / file.name) for file in exports},
        {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        participants,
        contents.rejected_entries,
        unreadable(settings, places),
        places.unread,
        asdict(settings.imports),
        settings.time_zone,
        settings.participant_ids_are_codes,
        made_by(_datasets, settings.parameters),
        sorted(withdrawn.tombstones),
    )
    rejected_file = core_table(settings.store, "rejected_entry")
    if ledger.is_current(UNIT, wanted):
        return pl.read_parquet(rejected_file)

    outputs = []
    frames = _datasets(settings, contents, participants)
    frames = {
        name: withdrawn.drop_people(stored.frame(frame) if "participant_id" in frame.columns else frame)
        for name, frame in frames.items()
    }
    for name, frame in frames.items():
        outputs.append(write_frame(core_table(settings.store, name), frame))
    ledger.record(UNIT, wanted, outputs)
    return frames["rejected_entry"]


def _datasets(
    settings: StudySettings, contents: StudyContents, participants: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return every dataset of diaries, exports and participants by name."""
    diaries, imports = read_entries(settings, participants)
    called = names_of_entries(settings, participants, diaries, imports)
    if participants.is_empty():  # a study of diaries alone: whoever wrote one takes part
        written = [part.select("participant_id") for part in diaries.entries().values()]
        participants = with_wearers(participants, pl.concat(written))
    rejected = pl.concat(
        [
            contents.rejected_entries,
            diaries.rejected_entry.with_columns(pl.col("file_name").replace(dict(called))),
        ]
    )
    return {
        **diaries.datasets(),
        "survey_person": imports.survey_person,
        "participant": participants,
        "rejected_entry": rejected,
    }


def read_entries(settings: StudySettings, participants: pl.DataFrame) -> tuple[Diaries, Imports]:
    """Read diaries and exports; return them as one stream of entries, and what else the exports held.

    A file that is not read is a rejected entry of its own, with the name or the place that it should have.
    """
    places = entry_places(settings)
    parameters = settings.parameters.exposures
    asked = (participants, settings.time_zone, parameters)
    imports = read_imports(import_files(settings, places), *asked, settings.imports)
    native = read_diaries(diary_files(settings, places), *asked)
    merged = merge_diaries(native, imports.diaries, parameters)
    closed = [(name, _UNREADABLE) for name in unreadable(settings, places)]
    unread = [rejected_file(name, reason) for name, reason in (*places.unread, *closed)]
    return replace(merged, rejected_entry=pl.concat([merged.rejected_entry, *unread])), imports


def names_of_entries(
    settings: StudySettings, participants: pl.DataFrame, diaries: Diaries, imports: Imports
) -> Mapping[str, str]:
    """Return what the store calls each diary and export, members of archives included."""
    places = entry_places(settings)
    names = [
        *places.diaries,
        *places.imports,
        *imports.recognised["file_name"],
        *diaries.rejected_entry["file_name"].unique(),
    ]
    codes = participants.filter(is_code(pl.col("participant_id")) | settings.participant_ids_are_codes)
    return names_in_store(names, codes["participant_id"])


def entry_places(settings: StudySettings) -> Places:
    """Sort the files of the study folder; what belongs to devices, polysomnography and the store is passed over.

    A folder that a symbolic link leads to is followed once; a folder that cannot be opened is told.
    """
    others = {settings.folder / name for name in ("devices", "psg", "store")} | {settings.store}
    seen = {settings.folder.resolve()}
    names: list[str] = []
    closed: list[OSError] = []

    def is_new(folder: Path) -> bool:
        if folder in others or folder.name.startswith("."):
            return False
        real = folder.resolve()
        is_first = real not in seen and not any(real.is_relative_to(other) for other in others)
        seen.add(real)
        return is_first

    for place, below, files in os.walk(settings.folder, followlinks=True, onerror=closed.append):
        folder = Path(place)
        # what lies in the study itself is found in its own place, whatever leads to it beside
        below.sort(key=lambda name: ((folder / name).is_symlink(), name))
        below[:] = [name for name in below if is_new(folder / name)]
        names += [(folder / name).relative_to(settings.folder).as_posix() for name in files]
    places = sort_out(names)
    told = [(_name_of(error, settings), _cannot_be_read(error)) for error in closed]
    return replace(places, unread=(*places.unread, *told))


def _name_of(error: OSError, settings: StudySettings) -> str:
    return Path(str(error.filename)).relative_to(settings.folder).as_posix()


def _cannot_be_read(error: OSError) -> str:
    if (fault := as_machine_error(error)) is not None:
        raise fault from error
    return f"this folder cannot be opened now ({error.strerror}); it is tried at each run, what it holds is not known"


def diary_files(settings: StudySettings, places: Places) -> dict[str, bytes]:
    """Return the content of each diary that can be read, by its name relative to the study folder."""
    return {
        name: (settings.folder / name).read_bytes()
        for name in places.diaries
        if is_readable(settings.folder / name)
    }


def import_files(settings: StudySettings, places: Places) -> list[ImportFile]:
    """List the exports below ``imports/`` that can be read; each is opened when it is needed."""
    return [
        ImportFile(
            name=name, open=cast("Callable[[], BinaryIO]", partial((settings.folder / name).open, "rb"))
        )
        for name in places.imports
        if is_readable(settings.folder / name)
    ]


def is_readable(path: Path) -> bool:
    """Tell whether a file can be opened now; raises MachineError where the machine is at fault."""
    try:
        path.open("rb").close()
    except OSError as error:
        if (fault := as_machine_error(error)) is not None:
            raise fault from error
        return False
    return True


def unreadable(settings: StudySettings, places: Places) -> list[str]:
    """List the diaries and exports that cannot be read now."""
    return [name for name in (*places.diaries, *places.imports) if not is_readable(settings.folder / name)]


def _stamp(path: Path) -> tuple[int, int]:
    # an export may have gigabytes: size and time of change tell well enough that it is another one
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def with_wearers(participants: pl.DataFrame, recordings: pl.DataFrame) -> pl.DataFrame:
    """Return PARTICIPANT with a row for everybody in ``recordings`` (participant_id), listed or not."""
    recordings = recordings.drop_nulls("participant_id")
    unlisted = (
        recordings.select("participant_id").unique().join(participants, on="participant_id", how="anti")
    )
    return (
        pl.concat([participants, unlisted], how="diagonal").select(PARTICIPANT.names()).sort("participant_id")
    )
