"""Participants, diaries and exports into Parquet: what people said about themselves, typed, rejected rows beside it."""

import hashlib
from collections.abc import Callable, Mapping
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
from transforms.diaries import Diaries, read_diaries
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
    files = diary_files(settings)
    participants = with_wearers(contents.participants, recordings)
    ledger = Ledger(settings.store, STAGE)
    withdrawn = read_withdrawn(settings.store)
    exports = import_files(settings)
    wanted = fingerprint(
        {file.name: _stamp(settings.folder / file.name) for file in exports},
        {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        participants,
        contents.rejected_entries,
        unreadable_entries(settings)["file_name"].to_list(),
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
    """Read diaries and exports; return them as one stream of entries, and what else the exports held."""
    asked = (participants, settings.time_zone, settings.parameters.exposures)
    imports = read_imports(import_files(settings), *asked)
    return merge_diaries(read_diaries(diary_files(settings), *asked), imports.diaries), imports


def names_of_entries(
    settings: StudySettings, participants: pl.DataFrame, diaries: Diaries, imports: Imports
) -> Mapping[str, str]:
    """Return what the store calls each diary and export, members of archives included."""
    names = [
        *diary_files(settings),
        *(file.name for file in import_files(settings)),
        *imports.recognised["file_name"],
        *diaries.rejected_entry["file_name"].unique(),
    ]
    return names_in_store(names, participants["participant_id"])


def diary_files(settings: StudySettings) -> dict[str, bytes]:
    """Return the content of each file in ``diary/`` that can be read, by its name relative to the study folder."""
    contents = {}
    for path in sorted((settings.folder / "diary").glob("*")):
        if path.is_file() and not path.name.startswith(".") and is_readable(path):
            contents[path.relative_to(settings.folder).as_posix()] = path.read_bytes()
    return contents


def import_files(settings: StudySettings) -> list[ImportFile]:
    """List the exports below ``imports/`` that can be read; each is opened when it is needed."""
    paths = sorted(path for path in (settings.folder / "imports").rglob("*") if path.is_file())
    return [
        ImportFile(
            name=path.relative_to(settings.folder).as_posix(),
            open=cast("Callable[[], BinaryIO]", partial(path.open, "rb")),
        )
        for path in paths
        if not path.name.startswith(".") and is_readable(path)
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
