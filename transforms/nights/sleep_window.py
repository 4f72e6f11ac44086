"""Where a night's sleep window comes from: polysomnography, diary, the wrist, the leg, in this order."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from transforms.clock import HOUR_US, MINUTE_US, SECOND_US, us
from transforms.intervals import (
    NOTHING,
    Integers,
    clip,
    intersect,
    invert,
    runs,
    total,
)
from transforms.nights.bed import is_clock_off
from transforms.nights.evidence import EPOCH_US, Evidence
from transforms.nights.occasions import find_occasions
from transforms.nights.sleep import sleep_period
from transforms.nights.wakefulness import Bed, SleepWake, sleep_and_wake
from transforms.parameters import StudyParameters
from transforms.parameters.exposures import SleepDiaryParameters
from transforms.parameters.nights import NightParameters


class Window(NamedTuple):
    """The four instants of one night [us]; None where unknown."""

    source: str
    lights_off: int | None = None
    onset: int | None = None
    end: int | None = None
    lights_on: int | None = None
    is_worn: bool = False
    """Onset and end are told by a watch, a ring or a telephone, not by the sleeper."""


def told_window(rows: pl.DataFrame, night_date: date, source: str) -> Window | None:
    """Read the night's window from a diary or a polysomnography, if it is one.

    How long a written night may be is judged where diaries and exports are read, and nowhere else.
    """
    for row in rows.filter(pl.col("night_date") == night_date).iter_rows(named=True):
        off, onset, end, on = (
            None if row[name] is None else us(row[name])
            for name in ("lights_off_at", "sleep_onset_at", "sleep_end_at", "lights_on_at")
        )
        off, on = off if off is not None else onset, on if on is not None else end
        if off is None or on is None or on <= off:
            continue
        # Times that contradict one another are not used; the night keeps the rest.
        onset = onset if onset is not None and off <= onset < on else None
        end = end if end is not None and (onset or off) < end <= on else None
        tellers = {row.get(name) for name in ("sleep_onset_source", "sleep_end_source")}
        return Window(source, off, onset, end, on, not tellers <= {None, "diary"})
    return None


def sensed_window(
    evidence: Sequence[Evidence], start: int, end: int, parameters: StudyParameters
) -> Window | None:
    """Return the night's window as a leg that is known to lie sees it, else as the wrist, else as any leg does.

    A wrist stirs in bed before sleep and after it: its rest is that of sleep, and shorter than the time in bed.
    """

    def rank(found: Evidence) -> tuple[int, int]:
        order = 0 if found.lies is not None else 1 if found.source == "wrist_hdcza" else 2
        return order, -found.usable_us(start, end)

    for found in sorted(evidence, key=rank):
        period = _period(found, start, end, parameters)
        guard = parameters.nights.noon_guard_min * MINUTE_US
        if period is not None and period[1] > end - guard:
            shift = round(parameters.nights.day_shift_h * HOUR_US)
            period = _period(found, start + shift, end + shift, parameters) or period
        if period is not None:
            return Window(found.source, period[0], None, None, period[1])
    return None


class Contradicted(NamedTuple):
    """A told window beside what the leg says: diary minus leg at both ends [us], and which of the two is believed."""

    window: Window
    minus_leg_onset: int | None = None
    minus_leg_end: int | None = None


def against_leg(
    told: Window, evidence: Sequence[Evidence], start: int, end: int, parameters: StudyParameters
) -> Contradicted:
    """Hold a diary's time in bed against that of a leg that is known to lie.

    A diary that is off by more than ``max_diary_error_min`` at both ends, and by about as much, was written by a clock
    that is off: the leg is believed then. So it is where one end is told half a day too far out and the other agrees
    (am for pm). One that is off at one end by anything else is kept. The difference is told in every case.
    """
    legs = [found for found in evidence if found.lies is not None]
    sensed = sensed_window(legs, start, end, parameters) or Window("none")
    if told.lights_off is None or told.lights_on is None:
        return Contradicted(told)
    if sensed.lights_off is None or sensed.lights_on is None:
        return Contradicted(told)
    before, after = told.lights_off - sensed.lights_off, told.lights_on - sensed.lights_on
    is_off = is_clock_off(before, after, parameters.nights) or _is_slip(
        before, after, parameters.exposures.sleep_diary
    )
    return Contradicted(sensed if is_off else told, before, after)


def _is_slip(before_us: int, after_us: int, parameters: SleepDiaryParameters) -> bool:
    """Tell whether a told bed is the leg's with one end half a day further out.

    A told bed that is half a day shorter is no slip: a sensor that lies in a drawer lies, too.
    """
    near, half = parameters.usual_within_h * HOUR_US, 12 * HOUR_US
    begins_too_early = abs(before_us + half) <= near and abs(after_us) <= near
    ends_too_late = abs(after_us - half) <= near and abs(before_us) <= near
    return begins_too_early or ends_too_late


def _period(evidence: Evidence, start: int, end: int, parameters: StudyParameters) -> tuple[int, int] | None:
    part = evidence.part(start, end)
    block = sleep_period(
        evidence.angle_deg[part],
        EPOCH_US / SECOND_US,
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


class Seen(NamedTuple):
    """When movements would have been seen [us]: joined intervals in which a leg, and a wrist, was worn and recorded."""

    legs: Integers
    wrists: Integers


class Slept(NamedTuple):
    """Sleep in one window: wake episodes, whether sleep and wake are known, what is credible of onset and end [us]."""

    window: Window
    wake: Integers = NOTHING
    is_known: bool = False
    is_told: bool = False  # somebody told onset and end
    onset_low: int | None = None
    onset_high: int | None = None
    end_low: int | None = None
    end_high: int | None = None
    confidence: float | None = None


def completed_window(
    windows: Sequence[Window],
    candidates: pl.DataFrame,
    seen: Seen,
    evidence: Sequence[Evidence],
    out_of_bed: Integers,
    parameters: StudyParameters,
) -> list[Slept]:
    """Add onset, end and wake episodes to each window; tell whether sleep and wake are known, and how well."""
    beds = [
        Bed(window.lights_off, window.lights_on, window.onset, window.end)
        for window in windows
        if window.lights_off is not None and window.lights_on is not None
    ]
    occasions = find_occasions(candidates, parameters.wakefulness)
    found = iter(
        sleep_and_wake(
            beds, occasions, (seen.legs, seen.legs, seen.wrists), parameters.wakefulness, out_of_bed
        )
    )
    return [
        Slept(window)
        if window.lights_off is None or window.lights_on is None
        else _slept(window, next(found), seen, evidence, parameters)
        for window in windows
    ]


def _slept(
    window: Window,
    sleep: SleepWake,
    seen: Seen,
    evidence: Sequence[Evidence],
    parameters: StudyParameters,
) -> Slept:
    off, on = window.lights_off, window.lights_on
    if off is None or on is None:
        return Slept(window)
    rules = parameters.wakefulness
    is_told = window.onset is not None and window.end is not None
    is_seen = total(clip(seen.legs, off, on)) >= parameters.nights.min_evidence_frac * (on - off)
    if not is_seen:
        inactive = _from_inactivity(Bed(off, on, window.onset, window.end), evidence, parameters.nights)
        if inactive is None:
            return Slept(window if is_told else window._replace(onset=None, end=None), is_told=is_told)
        sleep = inactive
    if sleep.sleep_onset is None or sleep.sleep_end is None:
        return Slept(window._replace(onset=None, end=None), confidence=sleep.confidence)
    error_min = rules.worn_error_min if window.is_worn else rules.told_error_min
    error = round(error_min * MINUTE_US) if window.source == "diary" else 0

    def around(told: int | None, low: int | None, high: int | None) -> tuple[int | None, int | None]:
        return (low, high) if told is None else (max(off, told - error), min(on, told + error))

    asleep = sleep.sleep_end - sleep.sleep_onset - total(sleep.wake)
    is_believed = is_told or asleep >= rules.min_asleep_frac * (on - off)
    is_sure = sleep.confidence is None or sleep.confidence >= rules.min_confidence
    return Slept(
        window._replace(onset=sleep.sleep_onset, end=sleep.sleep_end),
        sleep.wake,
        is_believed and is_sure,
        is_told,
        *around(window.onset, sleep.onset_low, sleep.onset_high),
        *around(window.end, sleep.end_low, sleep.end_high),
        sleep.confidence,
    )


def _from_inactivity(bed: Bed, evidence: Sequence[Evidence], parameters: NightParameters) -> SleepWake | None:
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
        return SleepWake(None, None, NOTHING)
    usable = clip(origin + EPOCH_US * runs(best.usable[part]), onset, end)
    return SleepWake(onset, end, intersect(usable, invert(asleep, onset, end)))
