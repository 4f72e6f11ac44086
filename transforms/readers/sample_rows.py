"""Rows with a time each, or without any, become chunks: what tables of samples (CSV, Parquet) have in common."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.parameters.reading import ReadingParameters
from transforms.readers.clock_marks import DAY_US
from transforms.readers.fault_log import FaultLog
from transforms.recording import MICROSECONDS, Chunk, Fault


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
    """Gives each row its time.

    Rows of which ``least_filled`` in a row are missing by their numbers were filling (FillRemover): the device slept.
    With stamps: a row takes its own; a jump of more than some periods is a gap; a step back was a clock that was
    set, and the rows go on without it; equal stamps of neighbours are spread by microseconds. Without stamps: the
    start and the number of the row decide, and rows that are missing leave a gap.
    """

    def __init__(
        self,
        parameters: ReadingParameters,
        log: FaultLog,
        *,
        rate_hz: float,
        start_us: int | None,
        least_filled: int | None = None,
    ) -> None:
        self.segment_index = -1
        self.end_us: int | None = None
        self._parameters = parameters
        self._log = log
        self._rate_hz = rate_hz
        self._period_us = MICROSECONDS / rate_hz
        self._start_us = start_us
        self._shift_us = 0
        self._last_us: int | None = None
        self._last_number: int | None = None
        self._least_filled = least_filled

    def chunks(self, rows: Rows) -> Iterator[Chunk]:
        """Yield the rows as chunks of contiguous samples."""
        if not len(rows):
            return
        if rows.stamp_us is None:
            ideal = (self._start_us or 0) + np.rint(rows.number * self._period_us)
            times_us, is_break = self._checked(ideal.astype(np.int64), rows.number)
        else:
            times_us, is_break = self._checked(rows.stamp_us.copy(), rows.number)
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
        self._last_number = int(rows.number[-1])
        self.end_us = self._last_us + round(self._period_us)

    def _checked(
        self, stamp_us: NDArray[np.int64], number: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return times that always increase, and where a segment begins."""
        tolerance_us = (1 + self._parameters.clock_tolerance_samples) * self._period_us
        most_us = self._parameters.max_gap_d * DAY_US
        stamp_us += self._shift_us
        before = stamp_us[0] - round(self._period_us) if self._last_us is None else self._last_us
        elapsed_us = np.diff(stamp_us, prepend=before)
        is_set = (elapsed_us < -tolerance_us) | (elapsed_us > most_us)
        for index in np.flatnonzero(is_set):
            shift_us = round(self._period_us) - int(elapsed_us[index])
            stamp_us[index:] += shift_us
            self._shift_us += shift_us
            at_us = int(stamp_us[index])
            self._log.add(
                Fault(
                    cause="clock_backwards" if shift_us > 0 else "clock_jump",
                    started_us=at_us,
                    ended_us=at_us,
                    detail=f"the clock was set by {-shift_us / MICROSECONDS:+.3f} s; the samples go on without a jump",
                )
            )
        # neighbours that stand still or step back a little: each at least a microsecond after the other
        ramp = np.arange(len(stamp_us))
        times_us = np.maximum.accumulate(stamp_us - ramp) + ramp
        if self._last_us is not None and times_us[0] <= self._last_us:
            times_us = np.maximum(times_us, self._last_us + 1 + ramp)
        elapsed_us = np.diff(times_us, prepend=before)
        is_gap = elapsed_us > tolerance_us
        last_number = number[0] - 1 if self._last_number is None else self._last_number
        missing = np.diff(number, prepend=last_number) - 1
        for index in np.flatnonzero(is_gap):
            is_filled = self._least_filled is not None and missing[index] >= self._least_filled - 1
            start_us = int(times_us[index] - elapsed_us[index]) + round(self._period_us)
            self._log.add(
                Fault(
                    cause="idle_sleep" if is_filled else "gap",
                    started_us=start_us,
                    ended_us=int(times_us[index]),
                    sample_count=max(0, round((int(times_us[index]) - start_us) / self._period_us)),
                )
            )
        is_break = is_gap | is_set
        if self._last_us is None:
            is_break[0] = True
        return times_us, is_break


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
    rate_hz = float(MICROSECONDS / middle.mean())
    if len(forward) < 0.8 * len(elapsed_us):
        # several rows share a stamp: count rows per time
        rate_hz = float((len(stamp_us) - 1) * MICROSECONDS / max(int(stamp_us[-1] - stamp_us[0]), 1))
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


class FillRemover:
    """Takes out rows with which an export fills the time that the device slept.

    A run of equal rows of at least ``least`` rows is filling but for its first row; a run of zeros altogether. The
    end of a block waits, because a run may go on.
    """

    def __init__(self, least: int, *, zeros_only: bool = False) -> None:
        self._zeros_only = zeros_only
        self._least = max(least, 2)
        self._waiting: Rows | None = None
        self._filling: NDArray[Any] | None = None

    def kept(self, rows: Rows, *, is_last: bool) -> Rows:
        """Return the rows that were measured, as far as that is certain."""
        if self._waiting is not None:
            rows = self._waiting.followed_by(rows)
            self._waiting = None
        if not len(rows):
            return rows
        values = rows.values
        is_start = np.concatenate(([True], (values[1:] != values[:-1]).any(axis=1)))
        first = np.flatnonzero(is_start)
        length = np.diff(first, append=len(rows))
        is_fill_run = length >= self._least
        if self._filling is not None and (values[0] == self._filling).all():
            is_fill_run[0] = True
        is_zero = ~values[first].any(axis=1)
        if self._zeros_only:
            is_fill_run &= is_zero
        goes_on = self._filling is not None and bool((values[0] == self._filling).all())
        is_filled = np.repeat(is_fill_run, length)
        keeps_first = is_fill_run & ~is_zero
        if goes_on:
            keeps_first[0] = False
        is_filled[first[keeps_first]] = False
        end = len(rows)
        self._filling = values[-1].copy() if is_fill_run[-1] else None
        if not is_last and not is_fill_run[-1]:
            end = int(first[-1])
            self._waiting = rows.where(slice(end, None))
        return rows.where(np.flatnonzero(~is_filled[:end]))
