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
from flows.stages.withdrawn import read_withdrawn
from flows.store.code_version import made_by
from flows.store.datasets import write_frame
from flows.store.fingerprint import fingerprint
from flows.store.layout import core_table
from flows.store.ledger import Ledger
from flows.store.machine import as_machine_error
from transforms.diaries import Diaries, Places, read_diaries, sort_out, told_file
from transforms.imports import ImportFile, Imports, merge_diaries, names_in_store, read_imports
from transforms.schema import PARTICIPANT, REJECTED_ENTRY

STAGE = "exposures"
UNIT = "diaries"


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
    participants = with_wearers(contents.participants, recordings)
    ledger = Ledger(settings.store, STAGE)
    withdrawn = read_withdrawn(settings.store)
    exports = import_files(settings, places)
    wanted = fingerprint(
        {file.name: _stamp(settings.folder / file.name) for file in exports},
        {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        participants,
        contents.rejected_entries,
        unreadable_entries(settings)["file_name"].to_list(),
        places.unread,
        asdict(settings.imports),
        settings.time_zone,
        made_by(_datasets, settings.parameters),
        sorted(withdrawn.marks),
    )
    rejected_file = core_table(settings.store, "rejected_entry")
    if ledger.is_current(UNIT, wanted):
        return pl.read_parquet(rejected_file)

    outputs = []
    frames = _datasets(settings, contents, participants)
    frames = {name: withdrawn.drop_people(frame) for name, frame in frames.items()}
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
            unreadable_entries(settings),
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
    unread = [told_file(name, reason) for name, reason in places.unread]
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
    return names_in_store(names, participants["participant_id"])


def entry_places(settings: StudySettings) -> Places:
    """Sort the files of the study folder; what belongs to devices, polysomnography and the store is passed over."""
    others = {settings.folder / name for name in ("devices", "psg", "store")} | {settings.store}
    names = []
    for place, below, files in os.walk(settings.folder):
        folder = Path(place)
        below[:] = [name for name in below if folder / name not in others and not name.startswith(".")]
        names += [(folder / name).relative_to(settings.folder).as_posix() for name in files]
    return sort_out(names)


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


def unreadable_entries(settings: StudySettings) -> pl.DataFrame:
    """Return REJECTED_ENTRY of the diaries and exports that cannot be read now."""
    paths = [
        path
        for name in ("diary", "imports")
        for path in sorted((settings.folder / name).rglob("*"))
        if path.is_file() and not path.name.startswith(".") and not is_readable(path)
    ]
    names = [path.relative_to(settings.folder).as_posix() for path in paths]
    rows = [
        {
            "file_name": name,
            "reason": "cannot be read now; it is tried at each run, what it says is not known",
        }
        for name in names
    ]
    return pl.DataFrame(rows, schema=REJECTED_ENTRY)


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
