"""What the standards make of the marks of scorers, for the whole study at once, and what others read of it."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from flows.orchestration import run_unit
from flows.settings import StudySettings
from flows.store.code_version import made_by
from flows.store.datasets import write_frame
from flows.store.fingerprint import fingerprint
from flows.store.layout import core_table
from flows.store.ledger import Ledger
from transforms.psg.movements import MovedNights, UnstagedLegs, moved_nights, unstaged_legs
from transforms.psg.scored import score_marks, stages_by_leg_scorer
from transforms.schema import (
    EMG_SPAN,
    MOVEMENT,
    NIGHT,
    SCORED_EVENT,
    SIGNAL_BREAK,
    WAKE_EPISODE,
    empty,
)
from transforms.scoring.reporting import hourly_course, imi_histogram, report, state_hours

READ = "polysomnography"
SCORE = "polysomnography_scores"


STUDY = "study"


_NIGHTS: Mapping[str, pl.Schema] = {
    "scorer_night": NIGHT,
    "scorer_wake_episode": WAKE_EPISODE,
    "scorer_movement": MOVEMENT,
}
"""What detection reads; not in the warehouse by itself."""


def scored_events(settings: StudySettings) -> pl.DataFrame:
    """Return SCORED_EVENT of the whole study."""
    return _all_of(settings.store, "scored_event", SCORED_EVENT).sort(
        "participant_id", "scorer", "onset_at", "event", "side"
    )


def score_if_new(settings: StudySettings, events: pl.DataFrame, time_zones: pl.DataFrame) -> None:
    """Score the study where marks, code or parameters are not those of the last time."""
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
