"""All polysomnography files of one participant, read together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath

import polars as pl

from transforms.clock import night_date_of
from transforms.diaries.sheet import decode
from transforms.errors import InputError
from transforms.parameters.psg import EmgParameters, HypnogramParameters
from transforms.psg.domino import read_domino
from transforms.psg.edf import edf_interval, leg_channels, leg_labels, read_edf_marks
from transforms.psg.emg import DETECTOR, detect_night
from transforms.psg.hypnogram import fit_hypnogram
from transforms.psg.labels import Meaning
from transforms.psg.marks import Marks, Source
from transforms.psg.nsrr_xml import read_sleep_xml
from transforms.psg.remlogic import read_remlogic
from transforms.schema import (
    EMG_SPAN,
    REJECTED_CANDIDATE,
    REJECTED_ENTRY,
    SCORED_EVENT,
    SIGNAL_BREAK,
    empty,
)

LABORATORY = "laboratory"
"""Scorer of the marks in files that name none."""


@dataclass(frozen=True, kw_only=True)
class PsgFile:
    """One delivered file; its name is the study's and may stand in messages."""

    file_name: str
    content: bytes | memoryview


@dataclass(frozen=True, kw_only=True)
class PsgOwner:
    """Whose files they are."""

    participant_id: str
    time_zone: str
    further_labels: Mapping[str, Meaning] = field(default_factory=dict)
    starts: Mapping[str, datetime] = field(default_factory=dict)
    """Instants at which recordings with a masked date started, by file name."""
    scorers: Mapping[str, str] = field(default_factory=dict)
    """Who made the marks of a file, by file name; the laboratory made those of all others."""


@dataclass(frozen=True, kw_only=True)
class FileGlance:
    """What one file is."""

    kind: str
    started_at: datetime | None
    """Start of the signals or, without any, of the first mark."""
    ended_at: datetime | None
    mark_count: int
    leg_channels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Polysomnography:
    """What the files of one participant say."""

    events: pl.DataFrame
    """SCORED_EVENT."""
    spans: pl.DataFrame
    """EMG_SPAN, where leg channels were read and at least one was fit."""
    breaks: pl.DataFrame
    """SIGNAL_BREAK, where leg channels were read and none was fit."""
    rejected_entries: pl.DataFrame
    """REJECTED_ENTRY."""
    rejected_candidates: pl.DataFrame
    """REJECTED_CANDIDATE, of the detector."""
    refused: Mapping[str, InputError]
    """Files that could not be used at all, by name."""
    files: Mapping[str, FileGlance]
    """The others, by name."""


@dataclass(frozen=True, kw_only=True)
class _Recording:
    file_name: str
    started_at: datetime
    ended_at: datetime


def read_polysomnography(
    files: Sequence[PsgFile],
    owner: PsgOwner,
    emg: EmgParameters,
    hypnogram: HypnogramParameters,
    *,
    is_searched: bool = True,
) -> Polysomnography:
    """Read the polysomnography files of one participant: EDF and EDF+, NSRR or Compumedics XML, DOMINO and RemLogic text.

    1. EDF files are opened first: they know when a recording started and ended.
    2. Every file's marks are read. An annotation file without a date of its own counts from the EDF file whose name
       begins its own name, or from the only one.
    3. The hypnogram in a file is fitted to the recording it is of (the same EDF file, else the only one of its night).
    4. Leg channels are searched by the detector, as one more scorer named 'emg_detector', unless ``is_searched`` is
       false: that takes by far the most time, and a glance at the files does not need it.

    A file that cannot be used is in ``refused`` and costs nothing but itself.
    """
    refused: dict[str, InputError] = {}
    glances: dict[str, FileGlance] = {}
    recordings: list[_Recording] = []
    for file in files:
        if _suffix(file) == ".edf":
            source = _source(file, owner)
            try:
                start, end = edf_interval(file.content, source)
            except InputError as error:
                refused[file.file_name] = error
            else:
                recordings.append(_Recording(file_name=file.file_name, started_at=start, ended_at=end))
    with_signal = [recording for recording in recordings if recording.ended_at > recording.started_at]
    parts: list[Marks] = []
    spans, breaks = [empty(EMG_SPAN)], [empty(SIGNAL_BREAK)]
    candidates = [empty(REJECTED_CANDIDATE)]
    for file in files:
        if file.file_name in refused:
            continue
        try:
            marks = _read(file, owner, with_signal)
            recording = _recording_of(file, marks, with_signal, owner)
            if recording is not None:
                span = (pl.lit(recording.started_at), pl.lit(recording.ended_at))
                marks = fit_hypnogram(marks, *span, hypnogram, file.file_name)
            parts.append(marks)
            source = _source(file, owner, DETECTOR)
            labels = leg_labels(file.content, source, emg) if _suffix(file) == ".edf" else []
            own = next((r for r in with_signal if r.file_name == file.file_name), None)
            glances[file.file_name] = _glance(file, marks, labels, own)
            if labels and is_searched:
                night = detect_night(leg_channels(file.content, source, emg), source, emg)
                parts.append(Marks(events=night.events, rejected=empty(REJECTED_ENTRY)))
                spans.append(night.spans)
                breaks.append(night.breaks)
                candidates.append(night.rejected)
        except InputError as error:
            refused[file.file_name] = error
    return Polysomnography(
        events=pl.concat([empty(SCORED_EVENT), *(part.events for part in parts)]).sort(
            "scorer", "onset_at", "event", "side"
        ),
        spans=pl.concat(spans),
        breaks=pl.concat(breaks),
        rejected_entries=pl.concat([empty(REJECTED_ENTRY), *(part.rejected for part in parts)]),
        rejected_candidates=pl.concat(candidates),
        refused=refused,
        files=glances,
    )


def _glance(file: PsgFile, marks: Marks, labels: Sequence[str], own: _Recording | None) -> FileGlance:
    times = marks.events
    return FileGlance(
        kind={".edf": "EDF", ".xml": "sleep XML"}.get(_suffix(file))
        or ("DOMINO text" if _is_domino(file) else "RemLogic text"),
        started_at=own.started_at if own else times["onset_at"].min(),  # type: ignore[arg-type]
        ended_at=own.ended_at if own else times["offset_at"].max(),  # type: ignore[arg-type]
        mark_count=times.height,
        leg_channels=tuple(labels),
    )


def _is_domino(file: PsgFile) -> bool:
    return "Start Time:" in (decode(bytes(file.content[:4096])) or "")


def _suffix(file: PsgFile) -> str:
    return PurePosixPath(file.file_name).suffix.lower()


def _source(file: PsgFile, owner: PsgOwner, scorer: str | None = None) -> Source:
    return Source(
        participant_id=owner.participant_id,
        time_zone=owner.time_zone,
        scorer=scorer or owner.scorers.get(file.file_name, LABORATORY),
        file_name=file.file_name,
        further_labels=owner.further_labels,
        started_at=owner.starts.get(file.file_name),
    )


def _read(file: PsgFile, owner: PsgOwner, recordings: Sequence[_Recording]) -> Marks:
    source = _source(file, owner)
    suffix = _suffix(file)
    if suffix == ".edf":
        return read_edf_marks(file.content, source)
    beside = _beside(file, recordings)
    if source.started_at is None and beside is not None:
        source = replace(source, started_at=beside.started_at)
    content = bytes(file.content)
    if suffix == ".xml":
        return read_sleep_xml(content, source)
    if suffix in {".txt", ".tsv", ".csv"}:
        # a DOMINO file says its own day; the recorder's header is not to be overruled by a neighbour
        own = _source(file, owner)
        return read_domino(content, own) if _is_domino(file) else read_remlogic(content, source)
    raise InputError(
        f"{file.file_name} ({owner.participant_id}): not a kind of polysomnography file that is read; wanted .edf, .xml"
        " (NSRR, Compumedics) or .txt (DOMINO, RemLogic)",
        reason_code="unknown_psg_format",
    )


def _beside(file: PsgFile, recordings: Sequence[_Recording]) -> _Recording | None:
    """Return the recording that a file without a date belongs to: by the beginning of its name, or the only one."""
    stem = PurePosixPath(file.file_name).stem
    named = [r for r in recordings if stem.startswith(PurePosixPath(r.file_name).stem)]
    if len(named) == 1:
        return named[0]
    return recordings[0] if len(recordings) == 1 else None


def _recording_of(
    file: PsgFile, marks: Marks, recordings: Sequence[_Recording], owner: PsgOwner
) -> _Recording | None:
    """Return the recording that a hypnogram is fitted to."""
    own = [recording for recording in recordings if recording.file_name == file.file_name]
    if own:
        return own[0]
    if _suffix(file) == ".edf":
        return None  # annotations alone: another file of the night may hold the signals, of which this knows nothing
    nights = marks.events["night_date"].unique().to_list()
    of_night = [
        recording
        for recording in recordings
        if pl.select(night_date_of(pl.lit(recording.started_at), owner.time_zone)).item() in nights
    ]
    return of_night[0] if len(of_night) == 1 else None
