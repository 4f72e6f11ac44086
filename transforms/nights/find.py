"""Nights from noon to noon: when somebody went to bed, slept and woke, and what of it was measured."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from transforms.clock import HOUR_US, MINUTE_US, us
from transforms.intervals import (
    NOTHING,
    Integers,
    clip,
    edges_us,
    join,
    total,
)
from transforms.nights.bounds import with_sources
from transforms.nights.coverage import Measured, coverage, measure, touches
from transforms.nights.evidence import NightRecording, sleep_evidence, with_bed
from transforms.nights.out_of_bed import out_of_bed
from transforms.nights.sleep_window import (
    Contradicted,
    Seen,
    Slept,
    Window,
    against_leg,
    completed_window,
    sensed_window,
    told_window,
)
from transforms.parameters import StudyParameters
from transforms.parameters.nights import NightParameters
from transforms.schema import (
    INSTANT,
    LEG_SITES,
    NIGHT,
    SIGNAL_BREAK,
    WAKE_EPISODE,
    WRIST_SITES,
    empty,
    require,
)
from transforms.schema.words import (
    IDLE_SLEEP_MODE,
    NO_LEG_RECORDING,
    NO_SLEEP_WINDOW,
    NOT_WORN,
    RATE_TOO_LOW,
    SIGNAL_MISSING,
    TOO_SHORT_IN_BED,
)

_DIARY_MINUS_LEG = ("diary_minus_leg_onset_min", "diary_minus_leg_end_min")


@dataclass(frozen=True, kw_only=True)
class Nights:
    """Frames NIGHT, WAKE_EPISODE and SIGNAL_BREAK of one participant, and when they were out of bed [us]."""

    nights: pl.DataFrame
    wake_episodes: pl.DataFrame
    signal_breaks: pl.DataFrame
    out_of_bed: Integers


def find_nights(
    windows: pl.DataFrame,
    recordings: Sequence[NightRecording],
    candidates: pl.DataFrame,
    diary: pl.DataFrame,
    polysomnography: pl.DataFrame,
    parameters: StudyParameters,
    scored_wake: pl.DataFrame | None = None,
) -> Nights:
    """Find the sleep of every night and what of it was measured.

    Args:
        windows: the participant's nights, from ``night_windows``.
        recordings: all recordings of the participant.
        candidates: CANDIDATE frame of all of them.
        diary: SLEEP_DIARY rows of the participant.
        polysomnography: the same from scored stages; empty without.
        parameters: groups ``nights``, ``inactivity``, ``sleep_period``, ``wakefulness``.
        scored_wake: WAKE_EPISODE from scored stages; None without.

    The sleep window comes from the first that has one: polysomnography, diary, the HDCZA of a leg that is known to lie, of
    the wrist, of any leg. A diary is held against the leg (``against_leg``). For leg and wrist only time in which no
    worn leg stands can be rest (a shin is as still at a desk as in bed, but upright), and the time in bed reaches as far
    around the sleep period as the leg lies without a break.
    Wake episodes are those of the stages where these tell the night's sleep; a part of the sleep period that nobody
    staged is no wake. Sleep onset, sleep end and wake episodes that the source does not tell come from movements at all
    sites (``wakefulness``); where movements could not be scored, from sustained inactivity of the wrist, or else of the
    leg that was worn longest. Movements that return to where they began are no evidence of wake there, and are taken
    out of the leg's angle: periodic movements every 20 s would otherwise leave no sleep at all, and make the rate per hour
    of sleep explode.

    Returns one NIGHT row for every row of ``windows``; ``is_eligible`` or one of EXCLUSION_REASONS.
    """
    evidence = [
        sleep_evidence(recording, candidates, parameters)
        for recording in recordings
        if recording.epochs.height and (recording.is_leg or recording.body_site in WRIST_SITES)
    ]
    evidence = with_bed(evidence)
    ordered = windows.sort("night_date").to_dicts()
    chosen: list[Contradicted] = []
    free_from = -(1 << 62)
    for night in ordered:
        start, end = us(night["window_start_at"]), us(night["window_end_at"])
        held = Contradicted(told_window(polysomnography, night["night_date"], "psg") or Window("none"))
        if held.window.source == "none":
            told = told_window(diary, night["night_date"], "diary")
            sensed_from = max(start, free_from)
            held = (
                Contradicted(sensed_window(evidence, sensed_from, end, parameters) or Window("none"))
                if told is None
                else against_leg(told, evidence, sensed_from, end, parameters)
            )
        free_from = free_from if held.window.lights_on is None else held.window.lights_on
        chosen.append(held)
    covered = {recording.recording_id: coverage(recording, parameters.nights) for recording in recordings}
    seen = Seen(*(_worn(recordings, covered, sites) for sites in (LEG_SITES, WRIST_SITES)))
    windows_found = [held.window for held in chosen]
    up = out_of_bed(recordings, parameters.nights)
    completed = completed_window(windows_found, candidates, seen, evidence, up, parameters)
    if scored_wake is not None:
        completed = [
            _staged(told, _edges_of(scored_wake, night["night_date"]))
            if told.source == "psg" and told.onset is not None and told.end is not None
            else found
            for night, told, found in zip(ordered, windows_found, completed, strict=True)
        ]
    rows, wake_rows, break_rows = [], [], []
    for night, held, slept in zip(ordered, chosen, completed, strict=True):
        window, awake = slept.window, slept.wake
        start, end = us(night["window_start_at"]), us(night["window_end_at"])
        touching = [leg for leg in recordings if leg.is_leg and touches(leg, start, end, window)]
        measured = measure(window, touching, covered, awake)
        row = {name: night[name] for name in windows.columns}
        row |= _row(slept, measured, end)
        row["out_of_bed_min"] = _out_of_bed_min(window, touching, up)
        row["is_return_known"] = slept.is_known and _is_return_known(slept, parameters.nights)
        for name, minus in zip(_DIARY_MINUS_LEG, held[1:], strict=True):
            row[name] = None if minus is None else minus / MINUTE_US
        row["leg_recording_count"] = len(touching)
        row["exclusion_reason"] = _exclusion(window, touching, measured, parameters.nights)
        row["is_eligible"] = row["exclusion_reason"] is None
        rows.append(row)
        keys = (night["participant_id"], night["night_date"])
        wake_rows += [(*keys, int(first), int(last)) for first, last in awake]
        break_rows += [(*keys, int(first), int(last)) for first, last in measured.breaks]
    return Nights(
        nights=with_sources(_night_frame(rows), diary, polysomnography),
        wake_episodes=_interval_frame(wake_rows, WAKE_EPISODE, "wake episodes"),
        signal_breaks=_interval_frame(break_rows, SIGNAL_BREAK, "signal breaks"),
        out_of_bed=up,
    )


def _edges_of(episodes: pl.DataFrame, night_date: date) -> Integers:
    return edges_us(episodes.filter(pl.col("night_date") == night_date), "started_at", "ended_at")


def _worn(
    recordings: Sequence[NightRecording],
    covered: Mapping[str, tuple[Integers, Integers]],
    sites: Collection[str],
) -> Integers:
    """Return when at least one recording of these sites was worn, recorded and fast enough."""
    worn = [
        covered[recording.recording_id][1]
        for recording in recordings
        if recording.can_be_scored and recording.body_site in sites
    ]
    return join(np.concatenate([NOTHING, *worn]))


def _staged(told: Window, wake: Integers) -> Slept:
    """Sleep that scored stages tell has no doubt."""
    return Slept(told, wake, True, True, told.onset, told.onset, told.end, told.end, 1.0)


def _row(slept: Slept, measured: Measured, window_end: int) -> dict[str, object]:
    window, awake, is_known = slept.window, slept.wake, slept.is_known
    off, onset, end, on = window.lights_off, window.onset, window.end, window.lights_on
    has_bed = off is not None and on is not None
    # Of sleep that is not known no hours are told, unless somebody told when it began and ended.
    has_sleep = onset is not None and end is not None and (is_known or slept.is_told)
    spt = end - onset if onset is not None and end is not None else 0
    return {
        "lights_off_at": off,
        "sleep_onset_at": onset,
        "sleep_end_at": end,
        "lights_on_at": on,
        "sleep_window_source": window.source,
        "sleep_onset_low_at": slept.onset_low,
        "sleep_onset_high_at": slept.onset_high,
        "sleep_end_low_at": slept.end_low,
        "sleep_end_high_at": slept.end_high,
        "sleep_confidence": slept.confidence,
        "is_sleep_known": is_known,
        "spt_h": spt / HOUR_US if has_sleep else None,
        "tst_h": (spt - total(awake)) / HOUR_US if has_sleep and is_known else None,
        "waso_min": total(awake) / MINUTE_US if has_sleep and is_known else None,
        "sleep_latency_min": (onset - off) / MINUTE_US
        if has_sleep and onset is not None and off is not None
        else None,
        "in_bed_h": (on - off) / HOUR_US if on is not None and off is not None else None,
        "analysed_h": measured.analysed / HOUR_US if has_bed else None,
        "analysed_sleep_h": measured.analysed_sleep / HOUR_US if has_sleep and is_known else None,
        "analysed_wake_h": (measured.analysed - measured.analysed_sleep) / HOUR_US
        if has_sleep and is_known
        else None,
        "analysed_spt_h": measured.analysed_spt / HOUR_US if has_sleep else None,
        "nonwear_h": measured.nonwear / HOUR_US if has_bed else None,
        "gap_h": measured.gap / HOUR_US if has_bed else None,
        # As in GGIR: the night of a day sleeper ends after noon.
        "is_day_sleeper": end > window_end if end is not None else None,
    }


def _out_of_bed_min(window: Window, legs: Sequence[NightRecording], up: Integers) -> float | None:
    """Return how long somebody stood or walked between lights-off and lights-on; None where no leg can tell."""
    can_tell = any(leg.knows_upright for leg in legs)
    if window.lights_off is None or window.lights_on is None or not can_tell:
        return None
    return total(clip(up, window.lights_off, window.lights_on)) / MINUTE_US


def _is_return_known(slept: Slept, parameters: NightParameters) -> bool:
    """Tell whether wake in the night is known well enough to tell jerks at a return to sleep from others."""
    return slept.confidence is not None and slept.confidence >= parameters.min_return_confidence


def _exclusion(
    window: Window, legs: Sequence[NightRecording], measured: Measured, parameters: NightParameters
) -> str | None:
    least = parameters.min_analysed_h * HOUR_US
    in_bed = (window.lights_on or 0) - (window.lights_off or 0)
    checks = (
        (NO_LEG_RECORDING, not legs),
        (RATE_TOO_LOW, not any(leg.can_be_scored for leg in legs)),
        (NO_SLEEP_WINDOW, window.lights_off is None),
        (TOO_SHORT_IN_BED, in_bed < least),
        (NOT_WORN, measured.analysed < least and measured.nonwear >= measured.gap),
        (IDLE_SLEEP_MODE, measured.analysed < least and 2 * _idle_us(window, legs) >= measured.gap > 0),
        (SIGNAL_MISSING, measured.analysed < least),
    )
    return next((reason for reason, applies in checks if applies), None)


def _idle_us(window: Window, legs: Sequence[NightRecording]) -> int:
    """Return how much of the time in bed a device slept through, because nothing moved it."""
    idle = [edges_us(leg.idle, "started_at", "ended_at") for leg in legs if leg.idle is not None]
    if not idle or window.lights_off is None or window.lights_on is None:
        return 0
    return total(clip(join(np.concatenate(idle)), window.lights_off, window.lights_on))


def _night_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    if not rows:
        return empty(NIGHT)
    # Instants are integers up to here, except the two noons.
    columns = {name: pl.Series(name, [row.get(name) for row in rows]) for name in NIGHT}
    frame = pl.DataFrame(columns).select(pl.col(name).cast(kind) for name, kind in NIGHT.items())
    return require(frame, NIGHT, "nights")


def _interval_frame(rows: Sequence[tuple[object, ...]], schema: pl.Schema, name: str) -> pl.DataFrame:
    kinds = {column: pl.Int64 if kind == INSTANT else kind for column, kind in schema.items()}
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    frame = frame.with_columns(pl.col("started_at", "ended_at").cast(INSTANT))
    return require(frame.sort("night_date", "started_at"), schema, name)
