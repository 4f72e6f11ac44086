"""Nights from noon to noon: when somebody went to bed, slept and woke, and what of it was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.clock import local_noon, nights_between
from transforms.intervals import (
    Integers,
    clip,
    contains,
    intersect,
    invert,
    join,
    total,
)
from transforms.nights.sleep_window import (
    NightRecording,
    SleepGroups,
    Window,
    completed_window,
    edges_us,
    sensed_window,
    sleep_evidence,
    told_window,
    us,
    with_bed,
)
from transforms.parameters.nights import NightParameters
from transforms.schema import (
    INSTANT,
    NIGHT,
    SIGNAL_BREAK,
    WAKE_EPISODE,
    WRIST_SITES,
    empty,
    require,
)
from transforms.schema.words import (
    NO_LEG_RECORDING,
    NO_SLEEP_WINDOW,
    NOT_WORN,
    RATE_TOO_LOW,
    SIGNAL_MISSING,
    TOO_SHORT_IN_BED,
)

Floats = npt.NDArray[np.float64]

_HOUR_US = 3_600_000_000
_NOTHING: Integers = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Nights:
    """Frames NIGHT, WAKE_EPISODE and SIGNAL_BREAK of one participant."""

    nights: pl.DataFrame
    wake_episodes: pl.DataFrame
    signal_breaks: pl.DataFrame


def night_windows(
    participant_id: str,
    recordings: Sequence[NightRecording],
    diary: pl.DataFrame,
    time_zone: str,
) -> pl.DataFrame:
    """List every night that a recording or a diary row touches.

    Returns participant_id, night_date, wake_date, time_zone, window_start_at, window_end_at, crosses_clock_change,
    one row per night, sorted. The zone of a night is that of the latest recording that has begun by its evening
    (a traveller's recordings carry their own zones), else the participant's. Each night ends where the next begins,
    also across a change of zone, so every instant belongs to exactly one night.
    """
    dates = set(diary["night_date"].drop_nulls().to_list())
    spans: list[tuple[datetime, str]] = []
    for recording in recordings:
        if recording.epochs.height == 0:
            continue
        span = recording.epochs.select(
            nights_between(pl.col("start_at").min(), pl.col("start_at").max(), recording.time_zone)
        )
        dates |= set(span.item().to_list())
        spans.append((recording.epochs["start_at"][0], recording.time_zone))
    ordered = sorted(dates)
    wanted = sorted({*ordered, *(day + timedelta(days=1) for day in ordered)})
    rows = pl.DataFrame({"night_date": wanted}, schema={"night_date": pl.Date})
    zones = [_zone_of(day, sorted(spans), time_zone) for day in wanted]
    rows = rows.with_columns(pl.Series("time_zone", zones, dtype=pl.String))
    parts = [
        part.with_columns(local_noon(pl.col("night_date"), str(zone)).alias("window_start_at"))
        for (zone,), part in rows.group_by("time_zone")
    ]
    noons = pl.concat(parts).sort("night_date") if parts else rows.with_columns(window_start_at=pl.lit(None))
    wake_date = pl.col("night_date").dt.offset_by("1d")
    following = noons.select(pl.col("night_date").alias("wake_date"), window_end_at="window_start_at")
    return (
        noons.filter(pl.col("night_date").is_in(ordered))
        .with_columns(wake_date.alias("wake_date"), pl.lit(participant_id).alias("participant_id"))
        .join(following, on="wake_date", how="left", validate="1:1")
        .with_columns(
            ((pl.col("window_end_at") - pl.col("window_start_at")) != pl.duration(hours=24)).alias(
                "crosses_clock_change"
            )
        )
        .sort("night_date")
    )


def _zone_of(day: date, spans: Sequence[tuple[datetime, str]], time_zone: str) -> str:
    evening = datetime(day.year, day.month, day.day, 20, tzinfo=spans[0][0].tzinfo) if spans else None
    begun = [zone for start, zone in spans if evening is not None and start <= evening]
    return begun[-1] if begun else (spans[0][1] if spans else time_zone)


def find_nights(
    windows: pl.DataFrame,
    recordings: Sequence[NightRecording],
    candidates: pl.DataFrame,
    diary: pl.DataFrame,
    polysomnography: pl.DataFrame,
    parameters: SleepGroups,
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

    The sleep window comes from the first that has one: polysomnography, diary, the wrist's HDCZA, the leg's HDCZA. For
    both only time in which no worn leg stands can be rest (a shin is as still at a desk as in bed, but upright), and
    the time in bed reaches as far around the sleep period as the leg lies without a break.
    Wake episodes are those of the stages where these tell the night's sleep; a part of the sleep period that nobody
    staged is no wake. Sleep onset, sleep end and wake episodes that the source does not tell come from changes of
    posture at all sites (``wakefulness``); where movements could not be scored, from sustained inactivity of the wrist,
    or else of the leg that was worn longest. Movements that return to where they began are evidence of wake in neither, and are taken out
    of the leg's angle: periodic movements every 20 s would otherwise leave no sleep at all, and make the rate per hour
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
    chosen: list[Window] = []
    free_from = -(1 << 62)
    for night in ordered:
        start, end = us(night["window_start_at"]), us(night["window_end_at"])
        window = told_window(polysomnography, night["night_date"], "psg", parameters.nights) or told_window(
            diary, night["night_date"], "diary", parameters.nights
        )
        window = window or sensed_window(evidence, max(start, free_from), end, parameters) or Window("none")
        free_from = free_from if window.lights_on is None else window.lights_on
        chosen.append(window)
    covered = {recording.recording_id: coverage(recording, parameters.nights) for recording in recordings}
    scored = [covered[recording.recording_id][1] for recording in recordings if recording.can_be_scored]
    seen = join(np.concatenate([_NOTHING, *scored]))
    completed = completed_window(chosen, candidates, seen, evidence, parameters)
    if scored_wake is not None:
        completed = [
            (told, _edges_of(scored_wake, night["night_date"]), True)
            if told.source == "psg" and told.onset is not None and told.end is not None
            else found
            for night, told, found in zip(ordered, chosen, completed, strict=True)
        ]
    rows, wake_rows, break_rows = [], [], []
    for night, (window, awake, is_known) in zip(ordered, completed, strict=True):
        start, end = us(night["window_start_at"]), us(night["window_end_at"])
        touching = [leg for leg in recordings if leg.is_leg and _touches(leg, start, end, window)]
        measured = _measure(window, touching, covered, awake)
        row = {name: night[name] for name in windows.columns}
        row |= _row(window, awake, is_known, measured, end)
        row["leg_recording_count"] = len(touching)
        row["exclusion_reason"] = _exclusion(window, touching, measured, parameters.nights)
        row["is_eligible"] = row["exclusion_reason"] is None
        rows.append(row)
        keys = (night["participant_id"], night["night_date"])
        wake_rows += [(*keys, int(first), int(last)) for first, last in awake]
        break_rows += [(*keys, int(first), int(last)) for first, last in measured.breaks]
    return Nights(
        nights=_night_frame(rows),
        wake_episodes=_interval_frame(wake_rows, WAKE_EPISODE, "wake episodes"),
        signal_breaks=_interval_frame(break_rows, SIGNAL_BREAK, "signal breaks"),
    )


def _edges_of(episodes: pl.DataFrame, night_date: date) -> Integers:
    return edges_us(episodes.filter(pl.col("night_date") == night_date), "started_at", "ended_at")


def coverage(leg: NightRecording, parameters: NightParameters) -> tuple[Integers, Integers]:
    """Return the recorded and the recorded and worn intervals of one leg."""
    gap = round(parameters.max_signal_gap_s * 1e6)
    recorded = join(_spans(leg.segments), gap)
    if len(recorded) == 0:
        return recorded, recorded
    taken_off = join(_spans(leg.nonwear))
    return recorded, intersect(recorded, invert(taken_off, int(recorded[0, 0]), int(recorded[-1, 1])))


def _spans(intervals: pl.DataFrame) -> Integers:
    return edges_us(intervals, "started_at", "ended_at")


def _touches(leg: NightRecording, start: int, end: int, window: Window) -> bool:
    spans = _spans(leg.segments)
    first = start if window.lights_off is None else window.lights_off
    last = end if window.lights_on is None else window.lights_on
    return len(clip(join(spans), first, last)) > 0


class _Measured(NamedTuple):
    """What of the time in bed was measured by at least one leg [us]."""

    analysed: int
    analysed_sleep: int
    analysed_spt: int
    nonwear: int
    gap: int
    breaks: Integers


def _measure(
    window: Window,
    legs: Sequence[NightRecording],
    covered: Mapping[str, tuple[Integers, Integers]],
    awake: Integers,
) -> _Measured:
    if window.lights_off is None or window.lights_on is None:
        return _Measured(0, 0, 0, 0, 0, _NOTHING)
    off, on = window.lights_off, window.lights_on
    usable = [leg for leg in legs if leg.can_be_scored]
    recorded = clip(
        join(np.concatenate([covered[leg.recording_id][0] for leg in usable] or [_NOTHING])), off, on
    )
    worn = clip(join(np.concatenate([covered[leg.recording_id][1] for leg in usable] or [_NOTHING])), off, on)
    spt = _NOTHING
    if window.onset is not None and window.end is not None:
        spt = clip(worn, window.onset, window.end)
    return _Measured(
        analysed=total(worn),
        analysed_sleep=total(spt) - total(intersect(spt, awake)),
        analysed_spt=total(spt),
        nonwear=total(recorded) - total(worn),
        gap=(on - off) - total(recorded),
        breaks=invert(worn, off, on),
    )


def _row(
    window: Window, awake: Integers, is_known: bool, measured: _Measured, window_end: int
) -> dict[str, object]:
    off, onset, end, on = window.lights_off, window.onset, window.end, window.lights_on
    has_bed = off is not None and on is not None
    has_sleep = onset is not None and end is not None
    spt = end - onset if onset is not None and end is not None else 0
    return {
        "lights_off_at": off,
        "sleep_onset_at": onset,
        "sleep_end_at": end,
        "lights_on_at": on,
        "sleep_window_source": window.source,
        "spt_h": spt / _HOUR_US if has_sleep else None,
        "tst_h": (spt - total(awake)) / _HOUR_US if has_sleep and is_known else None,
        "waso_min": total(awake) / 6e7 if has_sleep and is_known else None,
        "sleep_latency_min": (onset - off) / 6e7 if onset is not None and off is not None else None,
        "in_bed_h": (on - off) / _HOUR_US if on is not None and off is not None else None,
        "analysed_h": measured.analysed / _HOUR_US if has_bed else None,
        "analysed_sleep_h": measured.analysed_sleep / _HOUR_US if has_sleep and is_known else None,
        "analysed_wake_h": (measured.analysed - measured.analysed_sleep) / _HOUR_US
        if has_sleep and is_known
        else None,
        "analysed_spt_h": measured.analysed_spt / _HOUR_US if has_sleep else None,
        "nonwear_h": measured.nonwear / _HOUR_US if has_bed else None,
        "gap_h": measured.gap / _HOUR_US if has_bed else None,
        # As in GGIR: the night of a day sleeper ends after noon.
        "is_day_sleeper": end > window_end if end is not None else None,
    }


def _exclusion(
    window: Window, legs: Sequence[NightRecording], measured: _Measured, parameters: NightParameters
) -> str | None:
    least = parameters.min_analysed_h * _HOUR_US
    in_bed = (window.lights_on or 0) - (window.lights_off or 0)
    checks = (
        (NO_LEG_RECORDING, not legs),
        (RATE_TOO_LOW, not any(leg.can_be_scored for leg in legs)),
        (NO_SLEEP_WINDOW, window.lights_off is None),
        (TOO_SHORT_IN_BED, in_bed < least),
        (NOT_WORN, measured.analysed < least and measured.nonwear >= measured.gap),
        (SIGNAL_MISSING, measured.analysed < least),
    )
    return next((reason for reason, applies in checks if applies), None)


def _night_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    if not rows:
        return empty(NIGHT)
    # Instants are integers up to here, except the two noons.
    columns = {name: pl.Series(name, [row[name] for row in rows]) for name in NIGHT}
    frame = pl.DataFrame(columns).select(pl.col(name).cast(kind) for name, kind in NIGHT.items())
    return require(frame, NIGHT, "nights")


def _interval_frame(rows: Sequence[tuple[object, ...]], schema: pl.Schema, name: str) -> pl.DataFrame:
    kinds = {column: pl.Int64 if kind == INSTANT else kind for column, kind in schema.items()}
    frame = pl.DataFrame(rows, schema=kinds, orient="row")
    frame = frame.with_columns(pl.col("started_at", "ended_at").cast(INSTANT))
    return require(frame.sort("night_date", "started_at"), schema, name)


def night_of(instants: pl.Series, nights: pl.DataFrame) -> pl.Series:
    """Return the ``night_date`` whose time in bed [lights-off, lights-on) holds each instant, null if none."""
    beds = nights.filter(pl.col("lights_off_at").is_not_null()).sort("lights_off_at")
    spans = beds.select(pl.col("lights_off_at", "lights_on_at").to_physical()).to_numpy().reshape(-1, 2)
    points = instants.to_physical().to_numpy()
    if len(spans) == 0:
        return pl.Series("night_date", [None] * len(points), dtype=pl.Date)
    inside = contains(spans, points)
    found = np.maximum(np.searchsorted(spans[:, 0], points, side="right") - 1, 0)
    dates = beds["night_date"].gather(found)
    return pl.select(pl.when(pl.Series(inside)).then(dates).alias("night_date")).to_series()
