"""Polysomnography into the store: marks of scorers, and what the standards make of them.

    read       psg/<participant_id>/*, scored_events.csv -> scored_event        per participant; the list at once
    score      scored_event -> leg movements, reports, nights of scorers        whole study: who scored what is told by
                                                                                all nights of a scorer

The nights of scorers are read by detection: polysomnography is the first source of a night's sleep window, and stands
in for the movements of nights without a leg sensor. Names of delivered files may be names of patients: what is stored
and said names a file by its participant and its place in the folder.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flows.orchestration import Outcome, map_units, results, run_unit
from flows.settings import StudySettings
from flows.stages.withdrawn import read_withdrawn
from flows.store.code_version import made_by
from flows.store.datasets import write_frame, write_if_changed
from flows.store.fingerprint import fingerprint
from flows.store.layout import core_file, core_table, partition
from flows.store.ledger import Ledger
from transforms.diaries import match_ids
from transforms.diaries.identity import People
from transforms.psg.movements import MovedNights, UnstagedLegs, moved_nights, unstaged_legs
from transforms.psg.participant import Polysomnography, PsgFile, PsgOwner, read_polysomnography
from transforms.psg.scored import score_marks, stages_by_leg_scorer
from transforms.psg.scored_events_csv import read_scored_events
from transforms.schema import (
    EMG_SPAN,
    MOVEMENT,
    NIGHT,
    REJECTED_ENTRY,
    REJECTED_RECORDING,
    SCORED_EVENT,
    SIGNAL_BREAK,
    WAKE_EPISODE,
    empty,
)
from transforms.scoring.reporting import hourly_course, imi_histogram, report, state_hours

READ, SCORE = "polysomnography", "polysomnography_scores"
STUDY = "study"
LIST = "scored_events.csv"
PART = "polysomnography"
"""Name of this stage's own file in datasets that other stages write, too."""
_NIGHTS: Mapping[str, pl.Schema] = {
    "scorer_night": NIGHT,
    "scorer_wake_episode": WAKE_EPISODE,
    "scorer_movement": MOVEMENT,
}
"""What detection reads; not in the warehouse by itself."""


@dataclass(frozen=True)
class Sleeper:
    """One participant with the polysomnography files delivered for them, in the order of their names."""

    participant_id: str
    time_zone: str
    paths: tuple[Path, ...]

    @property
    def unit(self) -> str:
        """Name for the ledger."""
        return partition(self.participant_id)


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What was read and refused of polysomnography."""

    participants: pl.DataFrame
    """participant_id of everybody with a mark or a file."""
    rejected_recordings: pl.DataFrame
    """REJECTED_RECORDING."""
    rejected_entries: pl.DataFrame
    """REJECTED_ENTRY."""


def score_polysomnography(settings: StudySettings, participants: pl.DataFrame) -> Scored:
    """Bring marks, scored leg movements and the nights of scorers in line with ``psg/``.

    ``participants`` are the rows of participants.csv (PARTICIPANT). Files that did not change are not read again.
    """
    withdrawn = read_withdrawn(settings.store)
    sleepers = [
        one for one in find_sleepers(settings, participants) if not withdrawn.names(one.participant_id)
    ]
    _read(settings, sleepers)
    _read_list(settings, participants)
    rejected = {
        "rejected_recording": pl.concat(
            [_loose_files(settings), _on_record(settings, "rejected_recording", REJECTED_RECORDING)]
        ),
        "rejected_entry": pl.concat(
            [starts_without_file(settings, sleepers), _on_record(settings, "rejected_entry", REJECTED_ENTRY)]
        ),
    }
    for name, frame in rejected.items():
        write_if_changed(settings.store, _own_part(settings, name), frame)
    events = scored_events(settings)
    told = pl.concat(
        [
            events.select("participant_id"),
            pl.DataFrame({"participant_id": [sleeper.participant_id for sleeper in sleepers]}, schema={"participant_id": pl.String}),
        ]
    )  # fmt: skip
    everybody = told.unique().sort("participant_id")
    _score(settings, events, _time_zones(settings, everybody, participants))
    return Scored(
        participants=everybody,
        rejected_recordings=rejected["rejected_recording"],
        rejected_entries=rejected["rejected_entry"],
    )


def find_sleepers(settings: StudySettings, participants: pl.DataFrame) -> list[Sleeper]:
    """List the participants that have a folder in ``psg/``, with its files."""
    root = settings.folder / "psg"
    folders = sorted(path for path in root.glob("*") if path.is_dir() and not path.name.startswith("."))
    names = pl.Series([folder.name for folder in folders], dtype=pl.String)
    matched = match_ids(names, participants["participant_id"])
    zones = dict(participants.select("participant_id", "time_zone").drop_nulls().iter_rows())
    files: dict[str, list[Path]] = {}
    for folder, participant_id in zip(folders, matched, strict=True):
        found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        files.setdefault(participant_id or folder.name, []).extend(
            path for path in found if not path.name.startswith(".") and path.name != LIST
        )
    return [
        Sleeper(participant_id, zones.get(participant_id) or settings.time_zone, tuple(paths))
        for participant_id, paths in sorted(files.items())
        if paths
    ]


def neutral_names(sleeper: Sleeper) -> list[str]:
    """Name each file by participant, place in the folder and suffix, for laboratories name files after patients.

    A file whose name begins with that of one EDF file keeps this bond: it is told by it which recording it belongs to.
    """
    recordings = {
        path.stem: f"{number:03}"
        for number, path in enumerate(sleeper.paths, start=1)
        if path.suffix.lower() == ".edf"
    }
    names = []
    for number, path in enumerate(sleeper.paths, start=1):
        beside = [own for stem, own in recordings.items() if path.stem.startswith(stem)]
        own = f"{number:03}"
        bond = f"{beside[0]}_" if len(beside) == 1 and beside[0] != own else ""
        names.append(f"psg/{sleeper.participant_id}/{bond}{own}{path.suffix.lower()}")
    return names


def named_by_path(settings: StudySettings, sleeper: Sleeper) -> dict[str, str]:
    """Return the neutral name of each file by its path below psg/."""
    root = settings.folder / "psg"
    return {
        path.relative_to(root).as_posix(): name
        for path, name in zip(sleeper.paths, neutral_names(sleeper), strict=True)
    }


def starts_without_file(settings: StudySettings, sleepers: Sequence[Sleeper]) -> pl.DataFrame:
    """Return REJECTED_ENTRY of the starts in study.toml that name no file; the name may be a patient's and is left out."""
    present = [path for sleeper in sleepers for path in named_by_path(settings, sleeper)]
    rows = [
        {
            "file_name": "study.toml",
            "column_name": "psg.starts",
            "reason": f"start {number} of [psg.starts] names no file of a participant below psg/",
        }
        for number in settings.psg.starts_without_file(present)
    ]
    return pl.DataFrame(rows, schema=REJECTED_ENTRY)


def read_files(
    sleeper: Sleeper, settings: StudySettings, *, is_searched: bool = True
) -> tuple[list[PsgFile], Polysomnography]:
    """Read the files of one participant; without ``is_searched`` leg channels are not searched for movements."""
    files = [
        PsgFile(file_name=name, content=path.read_bytes())
        for name, path in zip(neutral_names(sleeper), sleeper.paths, strict=True)
    ]
    owner = PsgOwner(
        participant_id=sleeper.participant_id,
        time_zone=sleeper.time_zone,
        further_labels=settings.psg.labels,
        starts=settings.psg.starts_of(named_by_path(settings, sleeper), sleeper.time_zone),
        scorers=settings.psg.scorers_of(named_by_path(settings, sleeper)),
    )
    parameters = settings.parameters
    return files, read_polysomnography(
        files, owner, parameters.emg, parameters.hypnogram, is_searched=is_searched
    )


def read_one(sleeper: Sleeper, *, settings: StudySettings) -> dict[str, Any]:
    """Read the files of one participant; a file that cannot be used becomes a row with its reason."""
    files, read = read_files(sleeper, settings)
    hashes = {file.file_name: hashlib.sha256(file.content).hexdigest() for file in files}
    refused = [
        {
            "file_name": name,
            "participant_id": sleeper.participant_id,
            "sha256": hashes[name],
            "reason_code": error.reason_code,
            "reason": str(error),
        }
        for name, error in sorted(read.refused.items())
    ]
    outputs = []
    for dataset, frame in {
        "scored_event": read.events,
        "emg_span": read.spans,
        "emg_break": read.breaks,
        "rejected_candidate": read.rejected_candidates,
    }.items():
        file = core_file(settings.store, dataset, sleeper.participant_id, PART)
        write_frame(file, frame)
        outputs.append(file)
    return {
        "outputs": outputs,
        "rejected_recording": refused,
        "rejected_entry": read.rejected_entries.to_dicts(),
    }


def _read(settings: StudySettings, sleepers: Sequence[Sleeper]) -> None:
    ledger = Ledger(settings.store, READ)
    made = made_by(read_one, settings.parameters)
    wanted = {
        sleeper.unit: fingerprint(
            made,
            sleeper.time_zone,
            sorted(settings.psg.labels.items()),
            sorted(settings.psg.starts_of(named_by_path(settings, sleeper), sleeper.time_zone).items()),
            sorted(settings.psg.scorers_of(named_by_path(settings, sleeper)).items()),
            [(path.name, _stamp(path)) for path in sleeper.paths],
        )
        for sleeper in sleepers
    }
    for gone in set(ledger.units()) - wanted.keys() - {LIST}:
        ledger.remove(gone)
    pending = [sleeper for sleeper in sleepers if not ledger.is_current(sleeper.unit, wanted[sleeper.unit])]

    def record(outcome: Outcome[Sleeper]) -> None:
        if outcome.error is None:
            unit = outcome.unit.unit
            ledger.record(unit, wanted[unit], seconds=outcome.seconds, **outcome.result)

    results(
        map_units(
            read_one,
            pending,
            label=READ,
            worker_count=settings.worker_count,
            record=record,
            settings=settings,
        )
    )


def event_lists(settings: StudySettings) -> list[Path]:
    """Find the study's own lists of marks."""
    root = settings.folder / "psg"
    return [path for path in sorted([*root.glob(LIST), *root.glob(f"*/{LIST}")]) if path.is_file()]


def _read_list(settings: StudySettings, participants: pl.DataFrame) -> None:
    """Read the study's own lists of marks, psg/scored_events.csv and those in the folders of participants."""
    ledger = Ledger(settings.store, READ)
    withdrawn = read_withdrawn(settings.store)
    paths = event_lists(settings)
    if not paths:
        ledger.remove(LIST)
        return
    contents = {path.relative_to(settings.folder).as_posix(): path.read_bytes() for path in paths}
    wanted = fingerprint(
        made_by(read_scored_events, settings.parameters),
        {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        participants.select("participant_id", "time_zone"),
        settings.time_zone,
        sorted(withdrawn.marks),
    )
    if ledger.is_current(LIST, wanted):
        return
    people = People(participants=participants, default_time_zone=settings.time_zone)
    read = [read_scored_events(content, name, people) for name, content in contents.items()]
    table = core_table(settings.store, "scored_event")
    write_frame(table, withdrawn.drop_people(pl.concat([marks.events for marks in read])))
    rejected = withdrawn.drop_people(pl.concat([marks.rejected for marks in read]))
    ledger.record(LIST, wanted, [table], rejected_recording=[], rejected_entry=rejected.to_dicts())


def loose_files(settings: StudySettings) -> list[tuple[Path, str]]:
    """List the files that lie beside the folders of participants, each with its neutral name."""
    found = [path for path in sorted((settings.folder / "psg").glob("*")) if path.is_file()]
    loose = [path for path in found if path.name != LIST and not path.name.startswith(".")]
    return [(path, f"psg/{number:03}{path.suffix.lower()}") for number, path in enumerate(loose, start=1)]


def _loose_files(settings: StudySettings) -> pl.DataFrame:
    """Return REJECTED_RECORDING of these files."""
    rows = [
        {
            "file_name": name,
            "reason_code": "no_participant",
            "reason": f"{name} (file {number} of psg/ by name): belongs to no participant; move it to psg/<participant_id>/",
        }
        for number, (_, name) in enumerate(loose_files(settings), start=1)
    ]
    return pl.DataFrame(rows, schema=REJECTED_RECORDING)


def _on_record(settings: StudySettings, name: str, schema: pl.Schema) -> pl.DataFrame:
    ledger = Ledger(settings.store, READ)
    rows = [row for unit in ledger.units() for row in (ledger.read(unit) or {}).get(name, [])]
    return pl.DataFrame(rows, schema=schema)


def scored_events(settings: StudySettings) -> pl.DataFrame:
    """Return SCORED_EVENT of the whole study."""
    return _all_of(settings.store, "scored_event", SCORED_EVENT).sort(
        "participant_id", "scorer", "onset_at", "event", "side"
    )


def _time_zones(settings: StudySettings, everybody: pl.DataFrame, participants: pl.DataFrame) -> pl.DataFrame:
    return (
        everybody.join(
            participants.select("participant_id", "time_zone"),
            on="participant_id",
            how="left",
            validate="1:1",
        )
        .with_columns(pl.col("time_zone").fill_null(settings.time_zone))
        .sort("participant_id")
    )


def _score(settings: StudySettings, events: pl.DataFrame, time_zones: pl.DataFrame) -> None:
    ledger = Ledger(settings.store, SCORE)
    if events.is_empty() and emg_signal(settings.store)[1].is_empty():
        ledger.remove(STUDY)
        return
    read = Ledger(settings.store, READ)
    wanted = fingerprint(
        made_by(score_study, settings.parameters),
        {unit: read.fingerprint(unit) for unit in read.units()},
        time_zones,
    )
    if not ledger.is_current(STUDY, wanted):
        ledger.record(STUDY, wanted, run_unit(score_study, settings, events, time_zones, label="score psg"))


def score_study(settings: StudySettings, events: pl.DataFrame, time_zones: pl.DataFrame) -> list[Path]:
    """Score every mark of the study; return the files that were written."""
    parameters = settings.parameters
    breaks, spans = emg_signal(settings.store)
    scored = score_marks(events, breaks, parameters.wasm, parameters.aasm)
    stages = stages_by_leg_scorer(events, breaks, spans)
    least_h = parameters.nights.min_analysed_h
    moved = moved_nights(events, scored, breaks, spans, time_zones, least_h)
    unstaged = unstaged_legs(events, breaks, spans)
    frames = {
        "scored_leg_movement": scored,
        "leg_movement_report": report(scored, state_hours(stages), parameters.cohort.night_rate),
        "imi_histogram": imi_histogram(scored, parameters.imi_classes),
        "plm_hour": hourly_course(scored, stages),
        "scorer_night": moved.nights,
        "scorer_wake_episode": moved.wake_episodes,
        "scorer_movement": moved.movements,
        "unstaged_event": unstaged.events,
        "unstaged_span": unstaged.spans,
        "unstaged_break": unstaged.breaks,
    }
    outputs = []
    for name, frame in frames.items():
        file = core_table(settings.store, name)
        write_frame(file, frame)
        outputs.append(file)
    return outputs


def nights_of_scorers(store: Path) -> dict[str, MovedNights]:
    """Return what detection needs of polysomnography, by participant."""
    parts = {}
    for name in _NIGHTS:
        file = core_table(store, name)
        if not file.exists():
            return {}
        parts[name] = pl.read_parquet(file).partition_by("participant_id", as_dict=True, maintain_order=True)
    return {
        str(key[0]): MovedNights(
            nights=nights,
            wake_episodes=parts["scorer_wake_episode"].get(key, empty(WAKE_EPISODE)),
            movements=parts["scorer_movement"].get(key, empty(MOVEMENT)),
        )
        for key, nights in parts["scorer_night"].items()
    }


def legs_of_unstaged_nights(store: Path) -> dict[str, UnstagedLegs]:
    """Return the leg movements of nights that nobody staged, by participant."""
    parts = {}
    for name in ("unstaged_event", "unstaged_span", "unstaged_break"):
        file = core_table(store, name)
        if not file.exists():
            return {}
        parts[name] = pl.read_parquet(file).partition_by("participant_id", as_dict=True, maintain_order=True)
    return {
        str(key[0]): UnstagedLegs(
            events=parts["unstaged_event"].get(key, empty(SCORED_EVENT)),
            spans=spans,
            breaks=parts["unstaged_break"].get(key, empty(SIGNAL_BREAK)),
        )
        for key, spans in parts["unstaged_span"].items()
    }


def emg_signal(store: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return SIGNAL_BREAK and EMG_SPAN of all leg channels of the study."""
    return _all_of(store, "emg_break", SIGNAL_BREAK), _all_of(store, "emg_span", EMG_SPAN)


def _all_of(store: Path, dataset: str, schema: pl.Schema) -> pl.DataFrame:
    files = sorted((store / "core" / dataset).rglob("*.parquet"))
    return pl.concat([empty(schema), *(pl.read_parquet(file) for file in files)])


def _own_part(settings: StudySettings, dataset: str) -> Path:
    return settings.store / "core" / dataset / f"{PART}.parquet"


def _stamp(path: Path) -> tuple[int, int]:
    # a night of polysomnography has hundreds of megabytes: size and time of change tell that it is another one
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns
