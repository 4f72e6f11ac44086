"""Raw samples into movements: one task per recording for epochs, one for candidates, one per participant for the rest.

    summarise   raw -> epochs, calibration, wear                      per recording, the whole recording
    find        raw -> candidates                                     per recording, only the hours that may be in bed
    score       epochs, candidates, diary -> nights and movements     per participant, no raw signal

Each unit has its own fingerprint: a new diary row moves only the nights of its participant.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl
from prefect import task

from flows.orchestration import map_units, results
from flows.settings import StudySettings
from flows.stages.ingest import STAGE as INGEST
from flows.stages.polysomnography import legs_of_unstaged_nights, nights_of_scorers, no_nights
from flows.store.atomic import atomic_file
from flows.store.calibrations import SUMMARISE, read_calibration
from flows.store.code_version import DETECT_SOURCES, source_hash
from flows.store.layout import core_file, core_table, partition, raw_folder
from flows.store.ledger import Ledger, fingerprint
from flows.store.raw_recording import read_raw_header
from transforms.epochs.activity import activity_spans
from transforms.epochs.summary import summarise_recording
from transforms.movements import can_be_scored, classify_movements, detect_in_windows
from transforms.nights.bed import candidate_windows
from transforms.nights.find import find_nights, night_windows
from transforms.nights.restlessness import presleep_restlessness
from transforms.nights.sleep_window import NightRecording
from transforms.psg.movements import (
    MovedNights,
    UnstagedLegs,
    fill_nights,
    no_unstaged_legs,
    with_told_sleep,
)
from transforms.schema import CANDIDATE, NONWEAR_INTERVAL, RECORDING, SLEEP_DIARY, empty, require
from transforms.scoring.movements import score_events

FIND, SCORE = "find", "score"


@dataclass(frozen=True, kw_only=True)
class Detected:
    """How much there was, and how much of it was done in this run."""

    participant_count: int
    scored_count: int


@dataclass(frozen=True)
class Wearer:
    """One participant with everything that detection knows of them."""

    participant_id: str
    time_zone: str
    recordings: pl.DataFrame
    """RECORDING rows, as ingested."""
    diary: pl.DataFrame
    """SLEEP_DIARY rows."""
    scored: MovedNights
    """What scorers of polysomnography saw."""
    unstaged: UnstagedLegs
    """What they saw in nights that nobody staged."""

    @property
    def unit(self) -> str:
        """Name for the ledger."""
        return partition(self.participant_id)

    @property
    def laboratory(self) -> pl.DataFrame:
        """The sleep windows of polysomnography, as SLEEP_DIARY."""
        return self.scored.nights.select(SLEEP_DIARY.names())

    @property
    def told(self) -> pl.DataFrame:
        """Every sleep window that somebody told, as SLEEP_DIARY."""
        return pl.concat([self.laboratory, self.diary])


@dataclass(frozen=True)
class Worn:
    """One recording and who wore it."""

    unit: str
    """recording_id"""
    wearer: Wearer

    @property
    def row(self) -> dict[str, Any]:
        """The recording's RECORDING row."""
        return self.wearer.recordings.row(by_predicate=pl.col("recording_id") == self.unit, named=True)


def detect(settings: StudySettings, recordings: pl.DataFrame) -> Detected:
    """Bring epochs, nights and movements in line with the raw layer.

    Args:
        settings: the study.
        recordings: RECORDING rows of the raw layer.

    Raises the first error of a unit: what lies in the raw layer has been accepted, so that a failure here is ours.
    """
    wearers = _wearers(settings, recordings)
    worn = [
        Worn(recording_id, wearer) for wearer in wearers for recording_id in wearer.recordings["recording_id"]
    ]
    _run_stage(settings, SUMMARISE, summarise_one, worn)
    _run_stage(settings, FIND, find_one, worn)
    scored_count = _run_stage(settings, SCORE, score_one, wearers)
    return Detected(participant_count=len(wearers), scored_count=scored_count)


def _wearers(settings: StudySettings, recordings: pl.DataFrame) -> list[Wearer]:
    participants = pl.read_parquet(core_table(settings.store, "participant"))
    diary = pl.read_parquet(core_table(settings.store, "sleep_diary"))
    scored = nights_of_scorers(settings.store)
    unstaged = legs_of_unstaged_nights(settings.store)
    return [
        Wearer(
            participant_id=person["participant_id"],
            time_zone=person["time_zone"] or settings.time_zone,
            recordings=recordings.filter(pl.col("participant_id") == person["participant_id"]),
            diary=require(
                diary.filter(pl.col("participant_id") == person["participant_id"]), SLEEP_DIARY, "diary"
            ),
            scored=scored.get(person["participant_id"]) or no_nights(),
            unstaged=unstaged.get(person["participant_id"]) or no_unstaged_legs(),
        )
        for person in participants.iter_rows(named=True)
    ]


def _run_stage(
    settings: StudySettings, stage: str, work: Any, units: Sequence[Worn] | Sequence[Wearer]
) -> int:
    """Do the units that are not current, drop what belongs to none; return how many were done."""
    ledger = Ledger(settings.store, stage)
    wanted = {unit.unit: _fingerprint(settings, stage, unit) for unit in units}
    for gone in set(ledger.units()) - wanted.keys():
        ledger.remove(gone)
    pending = [unit for unit in units if not ledger.is_current(unit.unit, wanted[unit.unit])]
    outcomes = map_units(
        work, pending, label=stage, name=lambda unit: f"{stage}-{unit.unit}", settings=settings
    )
    for outcome in outcomes:
        if outcome.error is None:
            ledger.record(outcome.unit.unit, wanted[outcome.unit.unit], **outcome.result)
    results(outcomes)
    return len(pending)


def _fingerprint(settings: StudySettings, stage: str, unit: Worn | Wearer) -> str:
    """Hash what the unit's result depends on: code, parameters, and the results of the stage before."""
    made_by = [source_hash(DETECT_SOURCES), asdict(settings.parameters)]
    before = {SUMMARISE: INGEST, FIND: SUMMARISE, SCORE: FIND}[stage]
    wearer = unit if isinstance(unit, Wearer) else unit.wearer
    needed = (
        [unit.unit]
        if isinstance(unit, Worn) and stage == SUMMARISE
        else wearer.recordings["recording_id"].to_list()
    )
    ledger = Ledger(settings.store, before)
    inputs = [(ledger.read(recording_id) or {}).get("fingerprint") for recording_id in needed]
    told = [] if stage == SUMMARISE else [wearer.time_zone, wearer.told.write_json()]
    if stage == SCORE:
        seen = (wearer.scored.nights, wearer.scored.wake_episodes, wearer.scored.movements)
        legs = (wearer.unstaged.events, wearer.unstaged.spans, wearer.unstaged.breaks)
        told += [frame.write_json() for frame in (*seen, *legs)]
    return fingerprint(stage, unit.unit, made_by, inputs, told)


@task
def summarise_one(worn: Worn, *, settings: StudySettings) -> dict[str, Any]:
    """Write epochs, non-wear, faults and the completed row of one recording."""
    row = worn.row
    folder = _raw(settings, row)
    summary = summarise_recording(
        pl.scan_parquet(folder / "samples.parquet"),
        asdict(read_raw_header(folder)),
        pl.read_parquet(folder / "segments.parquet"),
        pl.read_parquet(folder / "companion.parquet"),
        settings.parameters,
    )
    calibration = summary.calibration
    completed = row | {
        "calibration_error_before_mg": _or_none(calibration.error_before_mg),
        "calibration_error_after_mg": _or_none(calibration.error_after_mg),
        "is_calibrated": calibration.is_calibrated,
        "calibration_outcome": calibration.outcome,
        "wear_h": summary.wear_h,
    }
    outputs = _write(
        settings,
        row["participant_id"],
        row["recording_id"],
        {
            "epoch": summary.epochs,
            "nonwear_interval": summary.nonwear,
            "activity_span": activity_spans(summary.epochs, settings.parameters.exposures.activity),
            "fault": pl.read_parquet(folder / "faults.parquet"),
            "recording": pl.DataFrame([completed], schema=RECORDING),
        },
    )
    return {"outputs": outputs, "calibration": asdict(calibration)}


@task
def find_one(worn: Worn, *, settings: StudySettings) -> dict[str, Any]:
    """Write the candidates of one recording in the hours in which its wearer may be in bed."""
    row, wearer = worn.row, worn.wearer
    everything = _night_recordings(settings, wearer)
    windows = candidate_windows(
        [recording.epochs for recording in everything if recording.is_leg],
        wearer.told,
        night_windows(wearer.participant_id, everything, wearer.told, wearer.time_zone),
        settings.parameters.nights,
    )
    folder = _raw(settings, row)
    candidates = detect_in_windows(
        pl.scan_parquet(folder / "samples.parquet"),
        pl.read_parquet(folder / "segments.parquet"),
        windows,
        asdict(read_raw_header(folder)),
        read_calibration(settings.store, worn.unit),
        settings.parameters.detection,
    )
    return {"outputs": _write(settings, wearer.participant_id, worn.unit, {"candidate": candidates})}


@task
def score_one(wearer: Wearer, *, settings: StudySettings) -> dict[str, Any]:
    """Write nights and movements of one participant."""
    parameters = settings.parameters
    everything = _night_recordings(settings, wearer)
    candidates = pl.concat(
        [empty(CANDIDATE)]
        + [
            pl.read_parquet(
                core_file(settings.store, "candidate", wearer.participant_id, recording.recording_id)
            )
            for recording in everything
        ]
    )
    windows = night_windows(wearer.participant_id, everything, wearer.told, wearer.time_zone)
    found = find_nights(
        windows,
        everything,
        candidates,
        wearer.diary,
        wearer.laboratory,
        parameters,
        wearer.scored.wake_episodes,
    )
    nonwear = pl.concat([recording.nonwear for recording in everything] or [empty(NONWEAR_INTERVAL)])
    classified = classify_movements(candidates, found.nights, found.wake_episodes, nonwear, parameters)
    movements = score_events(
        classified.events,
        found.signal_breaks,
        found.nights,
        found.wake_episodes,
        parameters.wasm,
        parameters.aasm,
    )
    sensed = MovedNights(nights=found.nights, wake_episodes=found.wake_episodes, movements=movements)
    told = with_told_sleep(
        sensed, wearer.unstaged, parameters.wasm, parameters.aasm, parameters.nights.min_analysed_h
    )
    seen = fill_nights(fill_nights(sensed, wearer.scored), told)
    outputs = _write(
        settings,
        wearer.participant_id,
        "part",
        {
            "night": seen.nights,
            "wake_episode": seen.wake_episodes,
            "movement": seen.movements,
            "signal_break": found.signal_breaks,
            "rejected_candidate": classified.rejected,
            "clock_alignment": classified.alignment,
            "restlessness": presleep_restlessness(
                candidates, everything, found.nights, parameters.nights, parameters.restlessness
            ),
        },
    )
    return {"outputs": outputs}


def _raw(settings: StudySettings, row: dict[str, Any]) -> Path:
    return raw_folder(settings.store, row["participant_id"], row["recording_id"])


def _night_recordings(settings: StudySettings, wearer: Wearer) -> list[NightRecording]:
    recordings = []
    for row in wearer.recordings.iter_rows(named=True):
        part = wearer.participant_id, row["recording_id"]
        recordings.append(
            NightRecording(
                recording_id=row["recording_id"],
                body_site=row["body_site"],
                time_zone=row["time_zone"],
                can_be_scored=can_be_scored(row, settings.parameters.detection),
                epochs=pl.read_parquet(core_file(settings.store, "epoch", *part)),
                nonwear=pl.read_parquet(core_file(settings.store, "nonwear_interval", *part)),
                segments=pl.read_parquet(_raw(settings, row) / "segments.parquet"),
            )
        )
    return recordings


def _write(
    settings: StudySettings, participant_id: str, part: str, frames: Mapping[str, pl.DataFrame]
) -> list[Path]:
    outputs = []
    for dataset, frame in frames.items():
        file = core_file(settings.store, dataset, participant_id, part)
        with atomic_file(file) as aside:
            frame.write_parquet(aside)
        outputs.append(file)
    return outputs


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
