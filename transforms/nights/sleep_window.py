"""Where a night's sleep window comes from: polysomnography, diary, the wrist, the leg, in this order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.ndimage import median_filter

from transforms.intervals import (
    Bools,
    Integers,
    clip,
    intersect,
    invert,
    join,
    runs,
    total,
)
from transforms.nights.bed import EPOCH_US, dense_grid
from transforms.nights.sleep import sleep_period, sustained_inactivity
from transforms.nights.wakefulness import Bed, SleepWake, sleep_and_wake
from transforms.parameters.nights import NightParameters
from transforms.parameters.sleep import InactivityParameters, SleepPeriodParameters
from transforms.parameters.wakefulness import WakefulnessParameters
from transforms.schema import (
    INSTANT,
    LEG_SITES,
)

Floats = npt.NDArray[np.float64]

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


class Evidence(NamedTuple):
    """Sleep and wake of one recording on its 5 s grid."""

    first_us: int
    angle_deg: Floats
    usable: Bools
    lies: Bools | None
    may_lie: Bools
    asleep: Bools
    source: str

    def part(self, start_us: int, end_us: int) -> slice:
        """Return the epochs that begin in [start, end)."""
        first = max(0, -((self.first_us - start_us) // EPOCH_US))
        last = max(first, min(len(self.usable), -((self.first_us - end_us) // EPOCH_US)))
        return slice(min(first, len(self.usable)), last)

    def laid_over(self, other: "Evidence", mask: Bools) -> Bools:
        """Bring a mask on another recording's grid to this one's; False where the other has nothing."""
        shift = (other.first_us - self.first_us) // EPOCH_US
        laid = np.zeros(len(self.usable), dtype=bool)
        first, last = max(0, shift), min(len(laid), shift + len(mask))
        if last > first:
            laid[first:last] = mask[first - shift : last - shift]
        return laid

    def usable_us(self, start_us: int, end_us: int) -> int:
        """Return how much of [start, end) was recorded and worn."""
        return int(np.count_nonzero(self.usable[self.part(start_us, end_us)])) * EPOCH_US


class Window(NamedTuple):
    """The four instants of one night [us]; None where unknown."""

    source: str
    lights_off: int | None = None
    onset: int | None = None
    end: int | None = None
    lights_on: int | None = None


def sleep_evidence(recording: NightRecording, candidates: pl.DataFrame, parameters: SleepGroups) -> Evidence:
    """Return what one recording says of sleep; a leg's own brief movements are taken out of its angle."""
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
    return Evidence(first_us, angle, usable, lies, np.ones(count, dtype=bool), asleep, source)


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


def with_bed(evidence: Sequence[Evidence]) -> list[Evidence]:
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
    spans = edges_us(brief, "onset_at", "offset_at")
    first = np.clip((spans[:, 0] - first_us) // EPOCH_US, 0, count)
    last = np.clip(-((first_us - spans[:, 1]) // EPOCH_US), 0, count)
    steps = np.bincount(first, minlength=count + 1) - np.bincount(last, minlength=count + 1)
    touched: Bools = np.cumsum(steps)[:count] > 0
    return touched


def told_window(
    rows: pl.DataFrame, night_date: date, source: str, parameters: NightParameters
) -> Window | None:
    """Read the night's window from a diary or a polysomnography, if it is one."""
    for row in rows.filter(pl.col("night_date") == night_date).iter_rows(named=True):
        off, onset, end, on = (
            None if row[name] is None else us(row[name])
            for name in ("lights_off_at", "sleep_onset_at", "sleep_end_at", "lights_on_at")
        )
        off, on = off if off is not None else onset, on if on is not None else end
        if off is None or on is None or not 0 < on - off <= parameters.max_in_bed_h * _HOUR_US:
            continue
        # Times that contradict one another are not used; the night keeps the rest.
        onset = onset if onset is not None and off <= onset < on else None
        end = end if end is not None and (onset or off) < end <= on else None
        return Window(source, off, onset, end, on)
    return None


def sensed_window(
    evidence: Sequence[Evidence], start: int, end: int, parameters: SleepGroups
) -> Window | None:
    """Return the night's window as the wrist sees it, else as the leg that was worn longest does."""
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
                return Window(source, period[0], None, None, period[1])
    return None


def _period(evidence: Evidence, start: int, end: int, parameters: SleepGroups) -> tuple[int, int] | None:
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


def completed_window(
    windows: Sequence[Window],
    candidates: pl.DataFrame,
    seen: Integers,
    evidence: Sequence[Evidence],
    parameters: SleepGroups,
) -> list[tuple[Window, Integers, bool]]:
    """Add onset, end and wake episodes to each window; tell whether sleep and wake are known."""
    changes, lone = _movements(candidates, parameters)
    beds = [
        Bed(window.lights_off, window.lights_on, window.onset, window.end)
        for window in windows
        if window.lights_off is not None and window.lights_on is not None
    ]
    found = iter(sleep_and_wake(beds, changes, lone, seen, parameters.wakefulness))
    completed: list[tuple[Window, Integers, bool]] = []
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
    """Return the instants of changes of posture, and of leg movements that are in no periodic series [us]."""
    rules = parameters.wakefulness
    is_change = pl.col("tilt_deg") >= rules.posture_change_deg
    # A turn moves every site at about the same time and is one change.
    changes = join(
        edges_us(candidates.filter(is_change), "onset_at", "offset_at"), round(rules.step_s * 1e6)
    )[:, 0]
    of_leg = pl.col("body_site").cast(pl.String).is_in(LEG_SITES)
    is_long = pl.col("duration_s") >= rules.min_movement_s
    legs = join(edges_us(candidates.filter(of_leg & is_long & ~is_change), "onset_at", "offset_at"))[:, 0]
    interval_s = np.diff(legs) / 1e6
    follows = (interval_s >= rules.series_min_s) & (interval_s <= rules.series_max_s)
    run = np.concatenate(([0], np.cumsum(~follows)))[: len(legs)]
    lone = np.bincount(run)[run] < rules.series_count if len(legs) else np.zeros(0, dtype=bool)
    return changes, legs[lone]


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
        return SleepWake(None, None, _NOTHING)
    usable = clip(origin + EPOCH_US * runs(best.usable[part]), onset, end)
    return SleepWake(onset, end, intersect(usable, invert(asleep, onset, end)))


def us(instant: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return int(pl.Series([instant], dtype=INSTANT).to_physical()[0])


def edges_us(rows: pl.DataFrame, start: str, end: str) -> Integers:
    """Return two columns of instants as intervals in microseconds, shape (n, 2)."""
    edges: Integers = rows.select(pl.col(start, end).to_physical()).to_numpy()
    return edges.reshape(-1, 2)
