"""Device files into raw Parquet: link, read, write; a file that cannot be read becomes a row with its reason.

Content decides the recording, its link decides whose it is: a file that is renamed or linked anew is not read again. Only what
follows from the content is a verdict; what cannot be read now waits.
"""

import json
import shutil
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from flows.crew import Outcome
from flows.progress import say
from flows.settings import StudySettings
from flows.stages.contents import is_as_it_was
from flows.stages.discovery import DeviceFile, StudyContents
from flows.stages.inbox import at_hand
from flows.stages.links import Linked, link_files
from flows.stages.units import map_stage
from flows.store.at_hand import move_folder
from flows.store.atomic import atomic_file
from flows.store.code_version import code_version, made_by
from flows.store.datasets import write_if_changed
from flows.store.fingerprint import fingerprint
from flows.store.layout import core_table, raw_folder
from flows.store.ledger import Book, KnownRecording, Ledger, describe_output, now, open_book
from flows.store.raw_recording import read_raw_header, store_recording
from flows.store.recordings_on_record import (
    IN_USE,
    INGEST,
    STAMP_KEY,
    read_recordings_on_record,
    row_as_text,
)
from flows.store.secret import store_secret
from flows.store.waiting import Waiting
from transforms.errors import InputError
from transforms.schema import RECORDING, REJECTED_RECORDING, require


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What ingestion leaves for the next stages."""

    recordings: pl.DataFrame
    """One row of RECORDING for each readable recording of the study, as read (calibration and wear still null)."""
    rejected: pl.DataFrame
    """REJECTED_RECORDING: one row for each file that was not taken."""
    waiting: tuple[Waiting, ...]
    """What could not be taken now, and is tried at each run."""
    new_count: int
    """Recordings that were read in this run; the others were read before."""


def read_recording(
    file: DeviceFile,
    *,
    settings: StudySettings,
    pseudonym_key: bytes,
    watch: Callable[[StudySettings], Any] = lambda _: None,
) -> dict[str, Any]:
    """Read one device file into ``store/raw``; return what is to be recorded of it.

    A file that is at fault, or that is not there as it was, is an outcome and not an exception. ``watch`` gives who else
    looks at the samples (flows.store.early_statistics): what is read does not depend on it.
    """
    watcher = watch(settings)
    participant_id = str(file.participant_id)
    folder = raw_folder(settings.store, participant_id, file.recording_id)
    try:
        with at_hand(file.path, file.source, file.declared_columns) as path:
            stored = store_recording(
                path,
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
                member=file.member,
                watcher=watcher,
            )
    except InputError as error:
        if not is_as_it_was(file):
            return _changed(file)
        return {"outcome": "rejected", "reason_code": error.reason_code, "reason": str(error), "outputs": []}
    except OSError:
        if is_as_it_was(file):
            raise
        return _changed(file)
    if not is_as_it_was(file):
        shutil.rmtree(folder)
        return _changed(file)
    if watcher is not None:
        watcher.keep(settings.store, file.recording_id)
    row = require(stored, RECORDING, "recording")
    beginning = read_raw_header(folder).beginning
    parts = [describe_output(settings.store, path) for path in sorted(folder.iterdir())]
    stamp = {
        "fingerprint": file.made_of,
        "beginning": beginning,
        "outputs": [asdict(part) | {"path": Path(part.path).name} for part in parts],
    }
    with atomic_file(folder / "recording.parquet") as aside:  # last: with it the recording is whole
        row.write_parquet(aside, metadata={STAMP_KEY: json.dumps(stamp)})
    parts.append(describe_output(settings.store, folder / "recording.parquet"))
    return {
        "outcome": "read",
        "row": row_as_text(row),
        "beginning": beginning,
        "outputs": parts,
    }


def _changed(file: DeviceFile) -> dict[str, Any]:
    reason = f"{file.file_name}: changed or went away while it was read; it is tried at each run"
    return {"outcome": "waiting", "reason": reason, "outputs": []}


def ingest(settings: StudySettings, contents: StudyContents) -> Ingested:
    """Bring the store's raw layer in line with the study folder.

    Only files whose content, clock zone or reader changed are read. A file whose content was replaced takes its old
    recording with it, a longer export of the same recording the shorter one. A recording whose device file has been
    moved away stays: raw files may go to cold storage.
    """
    book = open_book(settings.store)
    ledger = Ledger(settings.store, INGEST)
    waiting = list(contents.waiting)
    old = frozenset(one.recording_id for one in book.recordings.values() if one.state in IN_USE)
    linked = link_files(contents, book.recordings)
    wanted = _fingerprints(linked.files, settings)
    _drop_replaced(settings, book, contents, linked)
    _move_relinked(settings, book, linked.files)
    _reconsider_superseded(book, linked.files)

    pending = [
        replace(file, made_of=made_of)
        for file in linked.files
        if not ledger.is_current(file.recording_id, made_of := wanted[file.recording_id])
    ]
    new_count = 0
    faults: dict[str, str] = {}

    def record(outcome: Outcome[DeviceFile]) -> None:
        nonlocal new_count
        file = outcome.unit
        if outcome.error is not None:  # our own fault is told, and tried again
            say("".join(traceback.format_exception(outcome.error)))
            faults[file.recording_id] = (
                f"{file.file_name}: {type(outcome.error).__name__}: {outcome.error}; this is our fault, report it"
            )
            return
        facts = dict(outcome.result)
        outputs = facts.pop("outputs")
        if facts["outcome"] == "waiting":
            waiting.append(Waiting(file.file_name, facts["reason"]))
            return
        new_count += facts["outcome"] == "read"
        ledger.record(file.recording_id, file.made_of, outputs, seconds=outcome.seconds, **facts)
        _note(book, [file], faults)

    for is_here in (True, False):  # what lies on this machine's disk is read by this machine
        map_stage(
            read_recording,
            [file for file in pending if (file.source is None) == is_here],
            stage=INGEST,
            settings=settings,
            name_of=lambda file: file.recording_id,
            wanted=wanted,
            made_from=lambda file: (),
            record=record,
            is_here=is_here,
            pseudonym_key=store_secret(settings.store),
            **({"watch": _watch} if is_here and settings.address is None else {}),
        )
    _note(book, linked.files, faults)
    _note_absent(book, linked, waiting)
    _supersede(book, old)
    rejected = _rejected(book, linked, faults)
    write_if_changed(settings.store, core_table(settings.store, "rejected_recording"), rejected)
    return Ingested(
        recordings=read_recordings_on_record(settings.store),
        rejected=rejected,
        waiting=tuple(waiting),
        new_count=new_count,
    )


def _watch(settings: StudySettings) -> Any:
    from flows.store.early_statistics import EarlyStatistics

    return EarlyStatistics(settings.parameters.epochs)


def _fingerprints(files: Sequence[DeviceFile], settings: StudySettings) -> dict[str, str]:
    reader = made_by(read_recording, settings.parameters)
    return {
        file.recording_id: fingerprint(file.sha256, file.config_time_zone, file.declared_columns, reader)
        for file in files
    }


def _note(book: Book, files: Sequence[DeviceFile], faults: Mapping[str, str]) -> None:
    """Write down what each file of the study is, and where it is linked to."""
    known = []
    for file in files:
        entry = book.units.get(INGEST, {}).get(file.recording_id)
        facts = json.loads(entry.facts) if entry is not None else {"outcome": "waiting"}
        if file.recording_id in faults:
            facts = {
                "outcome": "waiting",
                "reason_code": "internal_error",
                "reason": faults[file.recording_id],
            }
        known.append(
            KnownRecording(
                recording_id=file.recording_id,
                sha256=file.sha256,
                file_name=file.file_name,
                participant_id=file.participant_id,
                body_site=file.body_site,
                time_zone=file.time_zone,
                state=facts["outcome"],
                since_at=now(),
                reason_code=facts.get("reason_code"),
                reason=facts.get("reason"),
                superseded_by=facts.get("superseded_by"),
            )
        )
    book.put_recordings(known)


def _note_absent(book: Book, linked: Linked, waiting: Sequence[Waiting]) -> None:
    """Tell of recordings without a file in the study: archived, or lost where their part of the store is damaged too."""
    present = {file.recording_id for file in linked.files} | linked.standing
    held = {entry.file_name for entry in waiting}
    changed: list[KnownRecording] = []
    gone: list[str] = []
    for recording_id, one in book.recordings.items():
        if (
            recording_id in present
            or one.state in {"superseded", "withdrawn"}
            or _is_held(one.file_name, held)
        ):
            continue
        entry = book.units.get(INGEST, {}).get(recording_id)
        if entry is not None and one.state in IN_USE:
            changed.append(_with_state(one, "archived", None, None))
        elif entry is None and (one.state in IN_USE or one.reason_code == "raw_damaged"):
            reason = (
                f"{one.file_name}: its part of the store is damaged and its device file is gone; "
                "put the device file back, and it is read again"
            )
            changed.append(_with_state(one, "rejected", "raw_damaged", reason))
        else:
            gone.append(recording_id)
    book.put_recordings(changed, gone=gone)
    for recording_id in gone:
        book.remove(INGEST, recording_id)


def _with_state(
    one: KnownRecording, state: str, reason_code: str | None, reason: str | None
) -> KnownRecording:
    return replace(one, state=state, since_at=now(), reason_code=reason_code, reason=reason)


def _is_held(name: str, held: set[str]) -> bool:
    return any(name == entry or name.startswith(f"{entry}/") for entry in held)


def _drop_replaced(settings: StudySettings, book: Book, contents: StudyContents, linked: Linked) -> None:
    """Drop the recordings whose file holds another content now, or belongs to nobody any more."""
    current = {file.recording_id for file in linked.files} | linked.standing
    names = {file.file_name for file in contents.device_files}
    for recording_id, one in list(book.recordings.items()):
        if recording_id not in current and one.file_name in names and one.state != "withdrawn":
            book.remove(INGEST, recording_id)
            book.put_recordings([], gone=[recording_id])


def _move_relinked(settings: StudySettings, book: Book, files: Sequence[DeviceFile]) -> None:
    """Move the raw folders of recordings that belong to another participant now."""
    for file in files:
        entry = book.units.get(INGEST, {}).get(file.recording_id)
        if entry is None or not entry.outputs:
            continue
        old = entry.outputs[0].path.rpartition("/")[0]
        folder = raw_folder(settings.store, str(file.participant_id), file.recording_id)
        new = folder.relative_to(settings.store).as_posix()
        if old != new:
            move_folder(book, old, new)
            book.move_outputs(INGEST, file.recording_id, old, new)
            _note(book, [file], {})


def _reconsider_superseded(book: Book, files: Sequence[DeviceFile]) -> None:
    """Read again what gave way to a recording that is not in use any more, or whose link was mended."""
    for file in files:
        one = book.recordings.get(file.recording_id)
        if one is not None and one.superseded_by is not None:
            other = book.recordings.get(one.superseded_by)
            is_relinked = one.state == "rejected" and file.participant_id != one.participant_id
            if other is None or other.state not in IN_USE or is_relinked:
                book.remove(INGEST, file.recording_id)
                book.put_recordings([], gone=[file.recording_id])


def _supersede(book: Book, old: frozenset[str]) -> None:
    """Let the longest of several exports of one recording stand for all; ``old`` were in use before this run."""
    groups: dict[str, list[tuple[int, KnownRecording]]] = {}
    for recording_id, one in book.recordings.items():
        entry = book.units.get(INGEST, {}).get(recording_id)
        if entry is None or one.state not in IN_USE:
            continue
        facts = json.loads(entry.facts)
        if facts.get("beginning"):
            sample_count = json.loads(facts["row"])[0]["sample_count"]
            groups.setdefault(facts["beginning"], []).append((sample_count, one))
    for exports in groups.values():
        if len({one.participant_id for _, one in exports}) > 1:
            # two people cannot have worn it: the link that was there first stands
            first, *later = sorted(
                (one for _, one in exports), key=lambda one: (one.recording_id not in old, one.since_at)
            )
            for one in later:
                reason = (
                    f"{one.file_name}: says that participant {one.participant_id} wore what {first.file_name} of "
                    f"{first.participant_id} begins with, too, which stands; name the right one in recordings.csv"
                )
                _give_way(book, one, first, "rejected", "conflicting_link", reason)
            continue
        *shorter, (_, longest) = sorted(exports, key=lambda export: (export[0], export[1].recording_id))
        for _, one in shorter:
            reason = (
                f"{one.file_name}: {longest.file_name} is a longer export of the same recording and is used"
            )
            _give_way(book, one, longest, "superseded", "superseded", reason)


def _give_way(
    book: Book, one: KnownRecording, other: KnownRecording, state: str, reason_code: str, reason: str
) -> None:
    """Let one recording's rows go for the sake of another; it is read again when that one is not in use any more."""
    entry = book.units[INGEST][one.recording_id]
    facts = {
        "outcome": state,
        "reason_code": reason_code,
        "reason": reason,
        "superseded_by": other.recording_id,
    }
    book.record(INGEST, one.recording_id, entry.fingerprint, [], None, facts)
    told = replace(_with_state(one, state, reason_code, reason), superseded_by=other.recording_id)
    book.put_recordings([told])


def _rejected(book: Book, linked: Linked, faults: Mapping[str, str]) -> pl.DataFrame:
    names = REJECTED_RECORDING.names()
    rows = linked.rejects + [
        {name: getattr(one, name) for name in names}
        for one in book.recordings.values()
        if one.state == "rejected" or one.recording_id in faults
    ]
    return pl.DataFrame(rows, schema=REJECTED_RECORDING).sort("file_name", "sha256")
