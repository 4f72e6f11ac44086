"""Raw samples into movements: one task per recording for epochs, one for candidates, one per participant for the rest.

    summarise   raw -> epochs, calibration, wear                      per recording, the whole recording
    find        raw -> candidates                                     per recording, only the hours that may be in bed
    score       epochs, candidates, diary -> nights and movements     per participant, no raw signal

Each unit has its own fingerprint: a new diary row moves only the nights of its participant.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from flows.crew import Outcome
from flows.orchestration import results
from flows.settings import StudySettings
from flows.stages.psg_scores import legs_of_unstaged_nights, nights_of_scorers
from flows.stages.slices import is_of
from flows.stages.units import map_stage
from flows.store.calibrations import SUMMARISE, read_calibration
from flows.store.code_version import made_by
from flows.store.datasets import write_frame
from flows.store.fingerprint import fingerprint
from flows.store.jobs import keys_of
from flows.store.layout import core_file, core_table, partition, raw_folder
from flows.store.ledger import Ledger
from flows.store.raw_recording import read_raw_signal
from flows.store.recordings_on_record import INGEST
from transforms.epochs.calibration import Calibration, has_plausible_gravity
from transforms.pipeline import Wearer, find, night_recording, score, summarise
from transforms.psg.movements import no_nights, no_unstaged_legs
from transforms.recording import RecordingHeader
from transforms.schema import RECORDING, SLEEP_DIARY, empty, fitted, require

FIND, SCORE = "find", "score"


@dataclass(frozen=True, kw_only=True)
class Detected:
    """How much there was, and how much of it was done in this run."""

    participant_count: int
    scored_count: int


@dataclass(frozen=True)
class Participant:
    """One participant: what is known of them, but for their recordings' epochs, which a task reads."""

    known: Wearer
    """Without recordings."""
    recordings: pl.DataFrame
    """RECORDING rows, as ingested."""

    @property
    def unit(self) -> str:
        """Name for the ledger."""
        return partition(self.known.participant_id)


@dataclass(frozen=True)
class Worn:
    """One recording and who wore it."""

    row: dict[str, Any]
    """The recording's RECORDING row."""
    participant: Participant
    calibration: Calibration | None = None
    """What it was summarised with, once it is."""

    @property
    def unit(self) -> str:
        """Name for the ledger: recording_id."""
        return str(self.row["recording_id"])


def detect(settings: StudySettings, recordings: pl.DataFrame) -> Detected:
    """Bring epochs, nights and movements in line with the raw layer.

    Args:
        settings: the study.
        recordings: RECORDING rows of the raw layer.

    Raises the first error of a unit: what lies in the raw layer has been accepted, so that a failure here is ours.
    """
    participants = _participants(settings, recordings)
    worn = [
        Worn(row, participant)
        for participant in participants
        for row in participant.recordings.iter_rows(named=True)
    ]
    _run_stage(settings, SUMMARISE, summarise_one, worn)
    calibrated = [replace(one, calibration=read_calibration(settings.store, one.unit)) for one in worn]
    _run_stage(settings, FIND, find_one, calibrated)
    scored_count = _run_stage(settings, SCORE, score_one, participants)
    return Detected(participant_count=len(participants), scored_count=scored_count)


def _participants(settings: StudySettings, recordings: pl.DataFrame) -> list[Participant]:
    people = pl.read_parquet(core_table(settings.store, "participant"))
    diary = require(pl.read_parquet(core_table(settings.store, "sleep_diary")), SLEEP_DIARY, "diary")
    diaries = diary.partition_by("participant_id", as_dict=True, maintain_order=True)
    worn = recordings.partition_by("participant_id", as_dict=True, maintain_order=True)
    scored = nights_of_scorers(settings.store)
    unstaged = legs_of_unstaged_nights(settings.store)
    no_diary, no_recordings = empty(SLEEP_DIARY), empty(RECORDING)
    nobody_scored, nobody_saw = no_nights(), no_unstaged_legs()
    return [
        Participant(
            known=Wearer(
                participant_id=person["participant_id"],
                time_zone=person["time_zone"] or settings.time_zone,
                recordings=(),
                diary=diaries.get((person["participant_id"],), no_diary),
                scored=scored.get(person["participant_id"]) or nobody_scored,
                unstaged=unstaged.get(person["participant_id"]) or nobody_saw,
            ),
            recordings=worn.get((person["participant_id"],), no_recordings),
        )
        for person in people.iter_rows(named=True)
        if is_of(settings.part, person["participant_id"])
    ]


def _run_stage(
    settings: StudySettings,
    stage: str,
    work: Callable[..., dict[str, Any]],
    units: Sequence[Worn] | Sequence[Participant],
) -> int:
    """Do the units that are not current, drop what belongs to none; return how many were done."""
    ledger = Ledger(settings.store, stage)
    made = made_by(work, settings.parameters)
    wanted = {unit.unit: _fingerprint(settings, stage, made, unit) for unit in units}
    for gone in set(ledger.units()) - wanted.keys():
        ledger.remove(gone)
    pending = [unit for unit in units if not ledger.is_current(unit.unit, wanted[unit.unit])]

    def record(outcome: Outcome[Any]) -> None:
        if outcome.error is None:
            unit = outcome.unit.unit
            ledger.record(unit, wanted[unit], seconds=outcome.seconds, **outcome.result)

    results(
        map_stage(
            work,
            pending,
            stage=stage,
            settings=settings,
            name_of=lambda unit: unit.unit,
            wanted=wanted,
            made_from=lambda unit: _made_from(settings, stage, unit),
            record=record,
        )
    )
    return len(pending)


def _made_from(settings: StudySettings, stage: str, unit: Worn | Participant) -> Sequence[str]:
    """Return the files of the store that a unit reads: its own samples, and what tells of every recording of its wearer."""
    samples = Ledger(settings.store, INGEST)
    if isinstance(unit, Worn):
        own = keys_of(samples.outputs(unit.unit))
        if stage == SUMMARISE:
            return own
        participant = unit.participant
    else:
        own, participant = (), unit
    read = [
        (INGEST, ("/segments.", "/faults.")),
        (SUMMARISE, ("/epoch/", "/nonwear_interval/")),
        (FIND, ("/candidate/",) if stage == SCORE else ()),
    ]
    told = [
        key
        for recording_id in participant.recordings["recording_id"]
        for before, names in read
        for key in keys_of(Ledger(settings.store, before).outputs(recording_id), names)
    ]
    return sorted({*own, *told})


def _fingerprint(settings: StudySettings, stage: str, made: str, unit: Worn | Participant) -> str:
    """Hash what the unit's result depends on: code and parameters, and the results of the stage before."""
    before = Ledger(settings.store, {SUMMARISE: INGEST, FIND: SUMMARISE, SCORE: FIND}[stage])
    if isinstance(unit, Worn) and stage == SUMMARISE:
        return fingerprint(made, before.fingerprint(unit.unit), unit.row)
    participant = unit if isinstance(unit, Participant) else unit.participant
    wearer = participant.known
    inputs = [before.fingerprint(recording_id) for recording_id in participant.recordings["recording_id"]]
    told = [wearer.time_zone, _rows(wearer.scored.nights, SLEEP_DIARY), _rows(wearer.diary)]
    if stage == SCORE:
        seen = (wearer.scored.nights, wearer.scored.wake_episodes, wearer.scored.movements)
        legs = (wearer.unstaged.events, wearer.unstaged.spans, wearer.unstaged.breaks)
        told += [_rows(frame) for frame in (*seen, *legs)]
    return fingerprint(made, unit.unit, inputs, told)


def _rows(frame: pl.DataFrame, columns: pl.Schema | None = None) -> str:
    if not frame.height:  # of most participants nothing was told
        return ""
    return (frame if columns is None else fitted(frame, columns)).write_json()


def summarise_one(worn: Worn, *, settings: StudySettings) -> dict[str, Any]:
    """Write epochs, non-wear, faults and the completed row of one recording."""
    from flows.store.early_statistics import (
        take_statistics,  # filters, which a look at the ledger does not need
    )

    row = worn.row
    folder = _raw(settings, row)
    statistics = take_statistics(settings.store, row["recording_id"])
    summarised = summarise(read_raw_signal(folder, row), settings.parameters, statistics)
    calibration = summarised.summary.calibration
    completed = row | {
        "calibration_error_before_mg": _or_none(calibration.error_before_mg),
        "calibration_error_after_mg": _or_none(calibration.error_after_mg),
        "is_calibrated": calibration.is_calibrated,
        "calibration_outcome": calibration.outcome,
        "gravity_after_g": _or_none(calibration.gravity_after_g),
        "has_plausible_gravity": has_plausible_gravity(calibration, settings.parameters.calibration),
        "wear_h": summarised.summary.wear_h,
    }
    outputs = _write(
        settings,
        row["participant_id"],
        row["recording_id"],
        {
            "epoch": summarised.summary.epochs,
            "nonwear_interval": summarised.summary.nonwear,
            "activity_span": summarised.activity,
            "fault": pl.read_parquet(folder / "faults.parquet"),
            "recording": pl.DataFrame([completed], schema=RECORDING),
        },
    )
    return {"outputs": outputs, "calibration": asdict(calibration)}


def find_one(worn: Worn, *, settings: StudySettings) -> dict[str, Any]:
    """Write the candidates of one recording in the hours in which its wearer may be in bed."""
    wearer = _wearer(settings, worn.participant)
    candidates = find(
        read_raw_signal(_raw(settings, worn.row), worn.row),
        worn.calibration or read_calibration(settings.store, worn.unit),
        wearer,
        settings.parameters,
    )
    return {"outputs": _write(settings, wearer.participant_id, worn.unit, {"candidate": candidates})}


def score_one(participant: Participant, *, settings: StudySettings) -> dict[str, Any]:
    """Write nights and movements of one participant."""
    wearer = _wearer(settings, participant)
    candidates = [
        pl.read_parquet(core_file(settings.store, "candidate", wearer.participant_id, one.recording_id))
        for one in wearer.recordings
    ]
    scored = score(wearer, candidates, settings.parameters)
    outputs = _write_sleep_alone(wearer, candidates, settings=settings)
    outputs += _write(
        settings,
        wearer.participant_id,
        "part",
        {
            "night": scored.nights,
            "wake_episode": scored.wake_episodes,
            "movement": scored.movements,
            "signal_break": scored.signal_breaks,
            "rejected_candidate": scored.rejected,
            "clock_alignment": scored.alignment,
            "restlessness": scored.restlessness,
        },
    )
    return {"outputs": outputs}


def _write_sleep_alone(
    wearer: Wearer, candidates: Sequence[pl.DataFrame], *, settings: StudySettings
) -> list[Path]:
    """Write the nights that the sensors tell where nobody tells them of polysomnography: agreement needs them."""
    if wearer.scored.nights.height:
        alone = replace(wearer, scored=no_nights(), unstaged=no_unstaged_legs())
        own = score(alone, candidates, settings.parameters)
        nights = {"sensor_night": own.nights, "sensor_wake_episode": own.wake_episodes}
        return _write(settings, wearer.participant_id, "part", nights)
    for dataset in ("sensor_night", "sensor_wake_episode"):
        core_file(settings.store, dataset, wearer.participant_id, "part").unlink(missing_ok=True)
    return []


def _raw(settings: StudySettings, row: dict[str, Any]) -> Path:
    return raw_folder(settings.store, row["participant_id"], row["recording_id"])


def _wearer(settings: StudySettings, participant: Participant) -> Wearer:
    """Return what is known of a participant with the epochs of all recordings."""
    recordings = [
        night_recording(
            _facts(row),
            pl.read_parquet(core_file(settings.store, "epoch", row["participant_id"], row["recording_id"])),
            pl.read_parquet(
                core_file(settings.store, "nonwear_interval", row["participant_id"], row["recording_id"])
            ),
            pl.read_parquet(_raw(settings, row) / "segments.parquet"),
            settings.parameters,
            _idle(_raw(settings, row)),
        )
        for row in participant.recordings.iter_rows(named=True)
    ]
    return replace(participant.known, recordings=recordings)


def _facts(row: dict[str, Any]) -> RecordingHeader:
    """Return what nights need of a recording; its samples, which tell more, may lie on another machine."""
    names = ("recording_id", "participant_id", "body_site", "time_zone", "sampling_rate_hz")
    return RecordingHeader(**{name: row[name] for name in names})


def _idle(folder: Path) -> pl.DataFrame:
    """Return when a device slept because nothing moved it."""
    faults = pl.read_parquet(folder / "faults.parquet").filter(pl.col("cause") == "idle_sleep")
    return faults.select("started_at", "ended_at").drop_nulls()


def _write(
    settings: StudySettings, participant_id: str, part: str, frames: Mapping[str, pl.DataFrame]
) -> list[Path]:
    outputs = []
    for dataset, frame in frames.items():
        file = core_file(settings.store, dataset, participant_id, part)
        outputs.append(write_frame(file, frame))
    return outputs


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
