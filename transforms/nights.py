"""Nights from noon to noon: when somebody went to bed, slept and woke, and what of it was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.ndimage import median_filter

from transforms.bed import EPOCH_US, dense_grid
from transforms.clock import local_noon, nights_between
from transforms.intervals import (
    Bools,
    Integers,
    clip,
    contains,
    intersect,
    invert,
    join,
    runs,
    total,
)
from transforms.parameters.nights import NightParameters
from transforms.parameters.sleep import InactivityParameters, SleepPeriodParameters
from transforms.parameters.wakefulness import WakefulnessParameters
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
from transforms.sleep import sleep_period, sustained_inactivity
from transforms.wakefulness import Bed, SleepWake, sleep_and_wake

Floats = npt.NDArray[np.float64]

NO_LEG_RECORDING = "no_leg_recording"
NO_SLEEP_WINDOW = "no_sleep_window"
NOT_WORN = "not_worn"
SIGNAL_MISSING = "signal_missing"
RATE_TOO_LOW = "sampling_rate_too_low"
TOO_SHORT_IN_BED = "time_in_bed_too_short"
EXCLUSION_REASONS = (
    NO_LEG_RECORDING,
    RATE_TOO_LOW,
    NO_SLEEP_WINDOW,
    TOO_SHORT_IN_BED,
    NOT_WORN,
    SIGNAL_MISSING,
)
"""In the order in which they are asked; a night has the first that applies."""

_HOUR_US = 3_600_000_000
_NOTHING: Integers = np.empty((0, 2), dtype=np.int64)


class SleepGroups(Protocol):
    """What nights need of the study's parameters."""

    @property
    def nights(self) -> NightParameters:
        """Nights."""

    @property
    def inactivity(self) -> InactivityParameters:
        """Sustained inactivity."""

    @property
    def sleep_period(self) -> SleepPeriodParameters:
        """Sleep period window."""

    @property
    def wakefulness(self) -> WakefulnessParameters:
        """Wake in bed."""


@dataclass(frozen=True, kw_only=True)
class NightRecording:
    """One recording of the participant as nights need it; frames EPOCH, NONWEAR_INTERVAL, SEGMENT."""

    recording_id: str
    body_site: str
    time_zone: str
    can_be_scored: bool
    epochs: pl.DataFrame
    nonwear: pl.DataFrame
    segments: pl.DataFrame

    @property
    def is_leg(self) -> bool:
        """Whether leg movements can be seen in it."""
        return self.body_site in LEG_SITES


@dataclass(frozen=True, kw_only=True)
class Nights:
    """Frames NIGHT, WAKE_EPISODE and SIGNAL_BREAK of one participant."""

    nights: pl.DataFrame
    wake_episodes: pl.DataFrame
    signal_breaks: pl.DataFrame


class _Evidence(NamedTuple):
    """Sleep and wake of one recording on its 5 s grid."""

    first_us: int
    angle_deg: Floats
    usable: Bools
    lies: Bools | None
    may_lie: Bools
    asleep: Bools
    source: str

    def part(self, start_us: int, end_us: int) -> slice:
        first = max(0, -((self.first_us - start_us) // EPOCH_US))
        last = max(first, min(len(self.usable), -((self.first_us - end_us) // EPOCH_US)))
        return slice(min(first, len(self.usable)), last)

    def laid_over(self, other: "_Evidence", mask: Bools) -> Bools:
        """Bring a mask on another recording's grid to this one's; False where the other has nothing."""
        shift = (other.first_us - self.first_us) // EPOCH_US
        laid = np.zeros(len(self.usable), dtype=bool)
        first, last = max(0, shift), min(len(laid), shift + len(mask))
        if last > first:
            laid[first:last] = mask[first - shift : last - shift]
        return laid

    def usable_us(self, start_us: int, end_us: int) -> int:
        return int(np.count_nonzero(self.usable[self.part(start_us, end_us)])) * EPOCH_US


class _Window(NamedTuple):
    """The four instants of one night [us]; None where unknown."""

    source: str
    lights_off: int | None = None
    onset: int | None = None
    end: int | None = None
    lights_on: int | None = None


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
) -> Nights:
    """Find the sleep of every night and what of it was measured.

    Args:
        windows: the participant's nights, from ``night_windows``.
        recordings: all recordings of the participant.
        candidates: CANDIDATE frame of all of them.
        diary: SLEEP_DIARY rows of the participant.
        polysomnography: the same from scored stages; empty without.
        parameters: groups ``nights``, ``inactivity``, ``sleep_period``, ``wakefulness``.

    The sleep window comes from the first that has one: polysomnography, diary, the wrist's HDCZA, the leg's HDCZA. For
    both only time in which no worn leg stands can be rest (a shin is as still at a desk as in bed, but upright), and
    the time in bed reaches as far around the sleep period as the leg lies without a break.
    Sleep onset, sleep end and wake episodes that the source does not tell come from changes of posture at all sites
    (``wakefulness``); where movements could not be scored, from sustained inactivity of the wrist, or else of the leg
    that was worn longest. Movements that return to where they began are evidence of wake in neither, and are taken out
    of the leg's angle: periodic movements every 20 s would otherwise leave no sleep at all, and make the rate per hour
    of sleep explode.

    Returns one NIGHT row for every row of ``windows``; ``is_eligible`` or one of EXCLUSION_REASONS.
    """
    evidence = [
        _evidence(recording, candidates, parameters)
        for recording in recordings
        if recording.epochs.height and (recording.is_leg or recording.body_site in WRIST_SITES)
    ]
    evidence = _with_bed(evidence)
    ordered = windows.sort("night_date").to_dicts()
    chosen: list[_Window] = []
    free_from = -(1 << 62)
    for night in ordered:
        start, end = _us(night["window_start_at"]), _us(night["window_end_at"])
        window = _told(polysomnography, night["night_date"], "psg", parameters.nights) or _told(
            diary, night["night_date"], "diary", parameters.nights
        )
        window = window or _from_sensor(evidence, max(start, free_from), end, parameters) or _Window("none")
        free_from = free_from if window.lights_on is None else window.lights_on
        chosen.append(window)
    covered = {recording.recording_id: coverage(recording, parameters.nights) for recording in recordings}
    scored = [covered[recording.recording_id][1] for recording in recordings if recording.can_be_scored]
    seen = join(np.concatenate([_NOTHING, *scored]))
    completed = _complete(chosen, candidates, seen, evidence, parameters)
    rows, wake_rows, break_rows = [], [], []
    for night, (window, awake, is_known) in zip(ordered, completed, strict=True):
        start, end = _us(night["window_start_at"]), _us(night["window_end_at"])
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


def _evidence(recording: NightRecording, candidates: pl.DataFrame, parameters: SleepGroups) -> _Evidence:
    epochs = recording.epochs
    first_us, count, place = dense_grid(epochs)
    usable = np.zeros(count, dtype=bool)
    usable[place] = epochs["is_worn"].to_numpy()
    angle = np.zeros(count)
    angle[place] = epochs["angle_z_deg"].to_numpy()
    known = np.zeros(count, dtype=bool)
    known[place] = True
    if recording.is_leg:
        known &= ~_moved_and_returned(recording.recording_id, candidates, first_us, count, parameters.nights)
    angle = np.interp(np.arange(count), np.flatnonzero(known), angle[known]) if known.any() else angle
    asleep = sustained_inactivity(angle, EPOCH_US / 1e6, parameters.inactivity) & usable
    source = "leg_hdcza" if recording.is_leg else "wrist_hdcza"
    lies = _lies(recording, count, place, parameters)
    return _Evidence(first_us, angle, usable, lies, np.ones(count, dtype=bool), asleep, source)


def _lies(
    recording: NightRecording, count: int, place: npt.NDArray[np.int64], parameters: SleepGroups
) -> Bools | None:
    """Mark the epochs in which a leg lies; None where its upright direction is not known."""
    upright = recording.epochs["upright_deg"]
    if not recording.is_leg or upright.null_count() == upright.len():
        return None
    angle = np.zeros(count)
    angle[place] = upright.fill_null(0.0).to_numpy()
    width = round(parameters.nights.rest_smoothing_s * 1e6 / EPOCH_US) | 1
    lies: Bools = median_filter(angle, width, mode="nearest") > parameters.nights.lying_deg
    return lies


def _with_bed(evidence: Sequence[_Evidence]) -> list[_Evidence]:
    """Let every sensor know when a worn leg says that its wearer is up."""
    legs = [found for found in evidence if found.lies is not None]
    result = []
    for found in evidence:
        is_up = np.zeros(len(found.usable), dtype=bool)
        for leg in legs:
            is_up |= found.laid_over(leg, leg.usable & ~leg.lies) if leg.lies is not None else False
        result.append(found._replace(may_lie=~is_up))
    return result


def _moved_and_returned(
    recording_id: str, candidates: pl.DataFrame, first_us: int, count: int, parameters: NightParameters
) -> Bools:
    """Mark the epochs that touch a movement which ended in the posture that it began in."""
    brief = candidates.filter(
        pl.col("recording_id") == recording_id,
        pl.col("tilt_deg") < parameters.kept_tilt_deg,
        pl.col("duration_s") <= parameters.max_taken_out_s,
    )
    spans = _edges(brief, "onset_at", "offset_at")
    first = np.clip((spans[:, 0] - first_us) // EPOCH_US, 0, count)
    last = np.clip(-((first_us - spans[:, 1]) // EPOCH_US), 0, count)
    steps = np.bincount(first, minlength=count + 1) - np.bincount(last, minlength=count + 1)
    touched: Bools = np.cumsum(steps)[:count] > 0
    return touched


def _told(rows: pl.DataFrame, night_date: date, source: str, parameters: NightParameters) -> _Window | None:
    """Read the night's window from a diary or a polysomnography, if it is one."""
    for row in rows.filter(pl.col("night_date") == night_date).iter_rows(named=True):
        off, onset, end, on = (
            None if row[name] is None else _us(row[name])
            for name in ("lights_off_at", "sleep_onset_at", "sleep_end_at", "lights_on_at")
        )
        off, on = off if off is not None else onset, on if on is not None else end
        if off is None or on is None or not 0 < on - off <= parameters.max_in_bed_h * _HOUR_US:
            continue
        # Times that contradict one another are not used; the night keeps the rest.
        onset = onset if onset is not None and off <= onset < on else None
        end = end if end is not None and (onset or off) < end <= on else None
        return _Window(source, off, onset, end, on)
    return None


def _from_sensor(
    evidence: Sequence[_Evidence], start: int, end: int, parameters: SleepGroups
) -> _Window | None:
    for source in ("wrist_hdcza", "leg_hdcza"):
        ranked = sorted(
            (found for found in evidence if found.source == source),
            key=lambda found: found.usable_us(start, end),
            reverse=True,
        )
        for found in ranked:
            period = _period(found, start, end, parameters)
            guard = parameters.nights.noon_guard_min * 60_000_000
            if period is not None and period[1] > end - guard:
                shift = round(parameters.nights.day_shift_h * _HOUR_US)
                period = _period(found, start + shift, end + shift, parameters) or period
            if period is not None:
                return _Window(source, period[0], None, None, period[1])
    return None


def _period(evidence: _Evidence, start: int, end: int, parameters: SleepGroups) -> tuple[int, int] | None:
    part = evidence.part(start, end)
    block = sleep_period(
        evidence.angle_deg[part],
        EPOCH_US / 1e6,
        parameters.sleep_period,
        evidence.usable[part] & evidence.may_lie[part],
    )
    if block is None:
        return None
    first, last = part.start + block[0], part.start + block[1]
    if evidence.lies is not None:
        stretches = runs(evidence.lies & evidence.usable)
        around = stretches[(stretches[:, 0] < last) & (stretches[:, 1] > first)]
        if len(around):
            first = max(part.start, min(first, int(around[0, 0])))
            last = min(part.stop, max(last, int(around[-1, 1])))
    return evidence.first_us + first * EPOCH_US, evidence.first_us + last * EPOCH_US


def _complete(
    windows: Sequence[_Window],
    candidates: pl.DataFrame,
    seen: Integers,
    evidence: Sequence[_Evidence],
    parameters: SleepGroups,
) -> list[tuple[_Window, Integers, bool]]:
    """Add onset, end and wake episodes to each window; tell whether sleep and wake are known."""
    changes, lone = _movements(candidates, parameters)
    beds = [
        Bed(window.lights_off, window.lights_on, window.onset, window.end)
        for window in windows
        if window.lights_off is not None and window.lights_on is not None
    ]
    found = iter(sleep_and_wake(beds, changes, lone, seen, parameters.wakefulness))
    completed: list[tuple[_Window, Integers, bool]] = []
    for window in windows:
        off, on = window.lights_off, window.lights_on
        if off is None or on is None:
            completed.append((window, _NOTHING, False))
            continue
        sleep: SleepWake | None = next(found)
        if total(clip(seen, off, on)) < parameters.nights.min_evidence_frac * (on - off):
            sleep = _from_inactivity(Bed(off, on, window.onset, window.end), evidence, parameters.nights)
        if sleep is not None:
            known = window._replace(onset=sleep.sleep_onset, end=sleep.sleep_end)
            completed.append((known, sleep.wake, sleep.sleep_onset is not None))
        else:
            is_told = window.onset is not None and window.end is not None
            completed.append((window if is_told else window._replace(onset=None, end=None), _NOTHING, False))
    return completed


def _movements(
    candidates: pl.DataFrame, parameters: SleepGroups
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the instants of changes of posture and of lone leg movements [us]."""
    rules = parameters.wakefulness
    is_change = pl.col("tilt_deg") >= rules.posture_change_deg
    # A turn moves every site at about the same time and is one change.
    changes = join(_edges(candidates.filter(is_change), "onset_at", "offset_at"), round(rules.step_s * 1e6))[
        :, 0
    ]
    of_leg = pl.col("body_site").cast(pl.String).is_in(LEG_SITES)
    is_long = pl.col("duration_s") >= rules.min_movement_s
    legs = join(_edges(candidates.filter(of_leg & is_long & ~is_change), "onset_at", "offset_at"))[:, 0]
    apart = np.diff(legs) > rules.lone_gap_s * 1e6
    edge = np.ones(1, dtype=bool)
    lone = np.concatenate((edge, apart)) & np.concatenate((apart, edge)) if len(legs) else apart
    return changes, legs[lone]


def _from_inactivity(
    bed: Bed, evidence: Sequence[_Evidence], parameters: NightParameters
) -> SleepWake | None:
    """Read sleep and wake off sustained inactivity of the wrist, else of the leg worn longest; None if neither was."""
    ranked = sorted(
        evidence,
        key=lambda found: (found.source == "wrist_hdcza", found.usable_us(bed.lights_off, bed.lights_on)),
        reverse=True,
    )
    enough = parameters.min_evidence_frac * (bed.lights_on - bed.lights_off)
    best = next((found for found in ranked if found.usable_us(bed.lights_off, bed.lights_on) >= enough), None)
    if best is None:
        return None
    part = best.part(bed.lights_off, bed.lights_on)
    origin = best.first_us + part.start * EPOCH_US
    asleep = clip(origin + EPOCH_US * runs(best.asleep[part]), bed.lights_off, bed.lights_on)
    onset, end = bed.sleep_onset, bed.sleep_end
    if len(asleep):
        onset = int(asleep[0, 0]) if onset is None else onset
        end = int(asleep[-1, 1]) if end is None else end
    if onset is None or end is None or end <= onset:
        return SleepWake(None, None, _NOTHING)
    usable = clip(origin + EPOCH_US * runs(best.usable[part]), onset, end)
    return SleepWake(onset, end, intersect(usable, invert(asleep, onset, end)))


def coverage(leg: NightRecording, parameters: NightParameters) -> tuple[Integers, Integers]:
    """Return the recorded and the recorded and worn intervals of one leg."""
    gap = round(parameters.max_signal_gap_s * 1e6)
    recorded = join(_spans(leg.segments), gap)
    if len(recorded) == 0:
        return recorded, recorded
    taken_off = join(_spans(leg.nonwear))
    return recorded, intersect(recorded, invert(taken_off, int(recorded[0, 0]), int(recorded[-1, 1])))


def _spans(intervals: pl.DataFrame) -> Integers:
    return _edges(intervals, "started_at", "ended_at")


def _edges(rows: pl.DataFrame, start: str, end: str) -> Integers:
    edges: Integers = rows.select(pl.col(start, end).to_physical()).to_numpy()
    return edges.reshape(-1, 2)


def _touches(leg: NightRecording, start: int, end: int, window: _Window) -> bool:
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
    window: _Window,
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
    window: _Window, awake: Integers, is_known: bool, measured: _Measured, window_end: int
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
    window: _Window, legs: Sequence[NightRecording], measured: _Measured, parameters: NightParameters
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


def _us(instant: datetime) -> int:
    return int(pl.Series([instant], dtype=INSTANT).to_physical()[0])


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
