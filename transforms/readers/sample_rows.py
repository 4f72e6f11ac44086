"""Rows with a time each, or without any, become chunks: what tables of samples (CSV, Parquet) have in common."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US, wall_clock_change_us
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.block_order import BlockOrder
from transforms.readers.fault_log import FaultLog
from transforms.readers.units import remedy
from transforms.recording import Chunk, Fault

LEAST_JUDGED_ROWS = 10
LEAST_AGAIN_ROWS = 10
"""Rows in a row that are a repetition of others; a single one may equal one of the same time by chance."""


@dataclass(kw_only=True, eq=False)
class Rows:
    """Some rows of a table, in its order; arrays of shape (rows,) or (rows, 3)."""

    number: NDArray[np.int64]
    """Of the row within the whole table; numbers are missing where rows could not be read."""
    stamp_us: NDArray[np.int64] | None
    acceleration_g: NDArray[np.float32] | None = None
    counts: NDArray[np.int16] | None = None
    gyro_deg_per_s: NDArray[np.float32] | None = None
    slow: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.number)

    @property
    def values(self) -> NDArray[Any]:
        """Counts or g, whichever is there."""
        found = self.counts if self.counts is not None else self.acceleration_g
        return np.empty((0, 3)) if found is None else found

    def followed_by(self, other: "Rows") -> "Rows":
        """Return these rows and then the other ones."""

        def both(one: Any, two: Any) -> Any:
            return None if one is None else np.concatenate((one, two))

        return Rows(
            number=both(self.number, other.number),
            stamp_us=both(self.stamp_us, other.stamp_us),
            acceleration_g=both(self.acceleration_g, other.acceleration_g),
            counts=both(self.counts, other.counts),
            gyro_deg_per_s=both(self.gyro_deg_per_s, other.gyro_deg_per_s),
            slow={name: both(values, other.slow[name]) for name, values in self.slow.items()},
        )

    def where(self, chosen: Any) -> "Rows":
        """Return some of the rows: a slice, a mask or indices."""

        def part(values: Any) -> Any:
            return None if values is None else values[chosen]

        return Rows(
            number=self.number[chosen],
            stamp_us=part(self.stamp_us),
            acceleration_g=part(self.acceleration_g),
            counts=part(self.counts),
            gyro_deg_per_s=part(self.gyro_deg_per_s),
            slow={name: values[chosen] for name, values in self.slow.items()},
        )


class RowClock:
    """Puts the rows in order and gives each its time.

    With stamps: a row takes its own; a jump of more than some periods is a gap; a step back was a clock that was
    set, and the rows go on without it; equal stamps of neighbours are spread by microseconds. A step that is the
    change of time of the clock's own zone, at that change, is neither: the rows go on. Without stamps: the start and the
    number of the row decide, and rows that are missing leave a gap.
    """

    def __init__(
        self,
        parameters: ReadingParameters,
        log: FaultLog,
        *,
        rate_hz: float,
        start_us: int | None,
        zone: str | None = None,
        coarse_us: float = 0.0,
    ) -> None:
        self.segment_index = -1
        self.end_us: int | None = None
        self._log = log
        self._rate_hz = rate_hz
        self._period_us = SECOND_US / rate_hz
        self._tolerance_us = (1 + parameters.clock_tolerance_samples) * self._period_us
        self._start_us = start_us
        self._zone = zone
        self._shift_us = 0
        self._last_us: int | None = None
        self._is_coarse = coarse_us > 0
        self._order = BlockOrder(
            log,
            jitter_us=max(self._tolerance_us, 1.5 * coarse_us),
            what="rows",
            least_again=LEAST_AGAIN_ROWS,
        )

    def in_order(self, rows: Rows) -> Rows:
        """Return the rows in the order of their stamps, each once."""
        if rows.stamp_us is None or not len(rows):
            return rows
        values = np.ascontiguousarray(rows.values, np.float32).view(np.uint32)

        def identity(chosen: NDArray[np.int64]) -> NDArray[np.int64]:
            mixed = values[chosen].astype(np.int64) @ np.array([1, 2_654_435_761, 40_503 << 16])
            return np.asarray(mixed, np.int64)

        if not self._is_coarse:
            is_again = np.diff(rows.stamp_us, prepend=rows.stamp_us[0] - 1) == 0
            is_again[1:] &= (values[1:] == values[:-1]).all(axis=1)
            if is_again.any():
                count = int(is_again.sum())
                self._log.add(Fault(cause="repeated_block", block_count=count, detail="rows read once"))
                rows, values = rows.where(~is_again), values[~is_again]
        duration_us = np.full(len(rows), round(self._period_us), np.int64)
        kept = self._order.kept(np.asarray(rows.stamp_us), duration_us, identity)
        is_whole = len(kept) == len(rows) and bool((np.diff(kept) == 1).all())
        return rows if is_whole else rows.where(kept)

    def chunks(self, rows: Rows) -> Iterator[Chunk]:
        """Yield the rows as chunks of contiguous samples."""
        if not len(rows):
            return
        if rows.stamp_us is None:
            ideal = (self._start_us or 0) + np.rint(rows.number * self._period_us)
            times_us, is_break = self._checked(ideal.astype(np.int64))
        else:
            times_us, is_break = self._checked(rows.stamp_us.copy())
        edges = [0, *(np.flatnonzero(is_break[1:]) + 1).tolist(), len(rows)]
        for index in range(len(edges) - 1):
            if is_break[edges[index]]:
                self.segment_index += 1
            part = slice(edges[index], edges[index + 1])
            chosen = rows.where(part)
            yield Chunk(
                segment_index=self.segment_index,
                sampling_rate_hz=self._rate_hz,
                times_us=times_us[part],
                counts=chosen.counts,
                acceleration_g=chosen.acceleration_g,
                gyro_deg_per_s=chosen.gyro_deg_per_s,
            )
        self._last_us = int(times_us[-1])
        self.end_us = self._last_us + round(self._period_us)

    def _checked(self, stamp_us: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return times that always increase, and where a segment begins."""
        stamp_us += self._shift_us
        before = stamp_us[0] - round(self._period_us) if self._last_us is None else self._last_us
        elapsed_us = np.diff(stamp_us, prepend=before)
        is_set = np.zeros(len(stamp_us), bool)
        for index in np.flatnonzero(np.abs(elapsed_us - self._period_us) > self._tolerance_us):
            moved_us = self._move_of_wall_clock(stamp_us, int(index), before)
            if moved_us:
                cause = "wall_clock_change"
                detail = f"the clock follows the change of time of {self._zone}; no sample is missing"
            elif elapsed_us[index] < -self._tolerance_us:
                moved_us = int(elapsed_us[index]) - round(self._period_us)
                is_set[index] = True
                cause = "clock_backwards"
                detail = (
                    f"the clock was set by {moved_us / SECOND_US:+.3f} s; the samples go on without a jump"
                )
            else:
                continue
            stamp_us[index:] -= moved_us
            self._shift_us -= moved_us
            at_us = int(stamp_us[index])
            self._log.add(Fault(cause=cause, started_us=at_us, ended_us=at_us, detail=detail))
        # neighbours that stand still or step back a little: each at least a microsecond after the other
        ramp = np.arange(len(stamp_us))
        times_us = np.maximum.accumulate(stamp_us - ramp) + ramp
        if self._last_us is not None and times_us[0] <= self._last_us:
            times_us = np.maximum(times_us, self._last_us + 1 + ramp)
        elapsed_us = np.diff(times_us, prepend=before)
        is_gap = elapsed_us > self._tolerance_us
        for index in np.flatnonzero(is_gap):
            start_us = int(times_us[index] - elapsed_us[index]) + round(self._period_us)
            self._log.add(
                Fault(
                    cause="gap",
                    started_us=start_us,
                    ended_us=int(times_us[index]),
                    sample_count=max(0, round((int(times_us[index]) - start_us) / self._period_us)),
                    detail=self._unclear(start_us, int(times_us[index])),
                )
            )
        is_break = is_gap | is_set
        if self._last_us is None:
            is_break[0] = True
        return times_us, is_break

    def _unclear(self, start_us: int, end_us: int) -> str:
        """Tell where a gap holds a change of time, so that nobody can know whether the stamps after it follow it."""
        if self._zone is None:
            return ""
        if not wall_clock_change_us(start_us - self._shift_us, end_us - self._shift_us, self._zone):
            return ""
        return f"{self._zone} changed its clock within it; the stamps are taken to run on without the change"

    def _move_of_wall_clock(self, stamp_us: NDArray[np.int64], index: int, before_us: int) -> int:
        """Return the change of time that a step of the stamps is; 0 where it is none."""
        if self._zone is None or (index == 0 and self._last_us is None):
            return 0
        last_us = int(stamp_us[index - 1]) if index else before_us
        after_us = int(stamp_us[index])
        # what was shifted before is shifted back: the zone knows the wall clock only
        change_us = wall_clock_change_us(last_us - self._shift_us, after_us - self._shift_us, self._zone)
        step_us = after_us - last_us - round(self._period_us)
        return change_us if change_us and abs(step_us - change_us) <= self._tolerance_us else 0


def refuse_other_unit(rows: Rows, file_name: str, parameters: ReadingParameters) -> None:
    """Raise InputError (implausible_gravity) where the first rows of a table cannot be in g, naming the likely unit."""
    if rows.acceleration_g is None or len(rows) < LEAST_JUDGED_ROWS:
        return
    length = np.linalg.norm(rows.acceleration_g.astype(np.float64), axis=1)
    length = length[length > 0]
    median = float(np.median(length)) if len(length) else 0.0
    if median > parameters.max_first_rows_g:
        raise InputError(
            f"{file_name}: it shows {median:.3f} g in half of its first rows, wanted about 1 g; "
            f"{remedy(median, file_name)}",
            reason_code="implausible_gravity",
        )


def not_dated(count: int, rate_hz: float) -> Fault:
    """Tell of rows that were left out because their dates cannot be believed."""
    detail = f"{count / rate_hz / 3600:.2f} h are left out: their dates are before the device was made; its clock was not set"
    return Fault(cause="clock_not_set", sample_count=count, detail=detail)


def usual_rate_hz(stamp_us: NDArray[np.int64]) -> float | None:
    """Sampling rate from the stamps of the first rows: the median, to whole hertz where that is within 1 %.

    None where the stamps do not tell: too few, standing still, or slower than a sample a second.
    """
    if len(stamp_us) < 3:
        return None
    elapsed_us = np.diff(stamp_us)
    forward = elapsed_us[elapsed_us > 0]
    if not len(forward):
        return None
    # stamps to the millisecond scatter: the mean over the middle half is finer than the median
    low, high = np.percentile(forward, (25, 75))
    middle = forward[(forward >= low) & (forward <= high)]
    rate_hz = float(SECOND_US / middle.mean())
    if len(forward) < 0.8 * len(elapsed_us):
        # several rows share a stamp: count rows per time
        rate_hz = float((len(stamp_us) - 1) * SECOND_US / max(int(stamp_us[-1] - stamp_us[0]), 1))
    whole = round(rate_hz)
    if whole and abs(rate_hz / whole - 1) < 0.01:
        rate_hz = float(whole)
    return rate_hz if 1 <= rate_hz <= 10_000 else None


def spread(stamp_us: NDArray[np.int64], period_us: float, *, is_first: bool) -> NDArray[np.int64]:
    """Times of rows of which several carry the same stamp (whole seconds, say).

    The rows of one stamp are spread evenly up to the next stamp, at most a period and a half apart. Where the
    recording began in the middle of the first stamp's time, its rows stand at the end of that time.
    """
    first = np.flatnonzero(np.diff(stamp_us, prepend=stamp_us[0] - 1))
    count = np.diff(first, append=len(stamp_us))
    marks_us = stamp_us[first]
    span_us = np.diff(marks_us, append=marks_us[-1] + round(count[-1] * period_us)).astype(np.float64)
    step_us = np.where(span_us > 0, np.minimum(span_us / count, 1.5 * period_us), period_us)
    start_us = marks_us.astype(np.float64)
    if is_first and len(first) > 1 and span_us[0] > 1.5 * period_us * count[0]:
        step_us[0] = period_us
        start_us[0] = marks_us[1] - count[0] * period_us
    within = np.arange(len(stamp_us)) - np.repeat(first, count)
    return np.asarray(
        np.repeat(np.rint(start_us), count) + np.rint(within * np.repeat(step_us, count)), np.int64
    )
