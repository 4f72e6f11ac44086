"""Sample times from the marks of a device's clock.

A device writes its clock once per block of samples. Between two marks time runs evenly (the drift of the
sampling rate is linear), a jump forward is a gap however long it is, and a clock that goes back was set: no sample is
lost for it or put before an earlier one. Dates before the device was made are no dates.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.parameters.reading import ReadingParameters
from transforms.recording import Fault

UNKNOWN = int(np.iinfo(np.int64).min)
"""A mark that the device did not write or that is no date."""

CACHED_VALUES = 1 << 15
LEAST_ALIKE = 4
"""Blocks of one step, on average, from which on it pays to lay out each step once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Marks:
    """The marks of blocks that follow one another in the file; arrays of shape (blocks,)."""

    mark_us: NDArray[np.int64]
    """Time of the first sample of the block by the device's clock, or UNKNOWN."""
    sample_count: NDArray[np.int64]
    rate_hz: NDArray[np.float64]
    is_joined: NDArray[np.bool_]
    """The block follows its predecessor directly: no block is missing between them by their numbers."""
    lost_block_count: NDArray[np.int64]
    """Unreadable blocks between the predecessor and this one."""

    def __len__(self) -> int:
        return len(self.mark_us)

    def __getitem__(self, part: slice) -> "Marks":
        return Marks(**{entry.name: getattr(self, entry.name)[part] for entry in fields(self)})

    def where(self, chosen: NDArray[np.int64]) -> "Marks":
        """Return the marks of some blocks."""
        return Marks(**{entry.name: getattr(self, entry.name)[chosen] for entry in fields(self)})

    @staticmethod
    def none() -> "Marks":
        """Return no marks at all."""
        whole = np.empty(0, np.int64)
        return Marks(
            mark_us=whole,
            sample_count=whole,
            rate_hz=np.empty(0, np.float64),
            is_joined=np.empty(0, np.bool_),
            lost_block_count=whole,
        )

    def followed_by(self, other: "Marks") -> "Marks":
        """Return these marks and then the other ones."""
        return Marks(
            **{
                entry.name: np.concatenate((getattr(self, entry.name), getattr(other, entry.name)))
                for entry in fields(self)
            }
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Timeline:
    """When the samples of each block were taken: start + i * step; arrays of shape (blocks,)."""

    start_us: NDArray[np.int64]
    step_us: NDArray[np.float64]
    segment_index: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start_us)


NO_BLOCKS = Timeline(
    start_us=np.empty(0, np.int64), step_us=np.empty(0, np.float64), segment_index=np.empty(0, np.int64)
)


class DatedBlocks:
    """Leaves out long stretches of blocks without a date: how long the device stood still before them is not known.

    A few undated blocks among dated ones stay, for their neighbours to date. What is left out is told as clock_not_set,
    with its samples; the block after it begins a segment of its own. A stretch at the end of a window waits.
    """

    def __init__(self, longest: int) -> None:
        self.faults: list[Fault] = []
        self._longest = longest
        self._left_out: Fault | None = None
        self._left_out_s = 0.0

    def kept(self, marks: Marks, *, is_last: bool) -> tuple[NDArray[np.bool_], int]:
        """Return which blocks are kept, and from which on they must wait for the next window.

        Args:
            marks: the blocks that waited, and the new ones.
            is_last: nothing follows.

        """
        is_undated = marks.mark_us == UNKNOWN
        kept = np.ones(len(marks), bool)
        if not is_undated.any():
            self._finish()
            return kept, len(marks)
        edges = np.flatnonzero(np.diff(is_undated, prepend=False, append=False))
        ends = len(marks)
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            goes_on = start == 0 and self._left_out is not None
            if end == len(marks) and not is_last and not goes_on and end - start <= self._longest:
                ends = start
                break
            if goes_on or end - start > self._longest:
                kept[start:end] = False
                self._leave_out(marks[slice(start, end)], int(marks.mark_us[start - 1]) if start else None)
                if end < len(marks):
                    marks.is_joined[end] = False
                    self._finish()
            else:
                self._finish()
        if not is_undated[-1] or is_last:
            self._finish()
        return kept, ends

    def _leave_out(self, marks: Marks, after_us: int | None) -> None:
        samples = int(marks.sample_count.sum())
        seconds = float((marks.sample_count / marks.rate_hz).sum())
        before = self._left_out
        self._left_out_s = seconds + (0.0 if before is None else self._left_out_s)
        self._left_out = Fault(
            cause="clock_not_set",
            started_us=after_us if before is None else before.started_us,
            block_count=len(marks) + (0 if before is None else before.block_count),
            sample_count=samples + (0 if before is None else before.sample_count),
            detail="",
        )

    def _finish(self) -> None:
        if self._left_out is not None:
            detail = (
                f"{self._left_out_s / 3600:.2f} h are left out: the device's clock was not set and shows no date that can "
                "be believed"
            )
            self.faults.append(replace(self._left_out, detail=detail))
            self._left_out = None


class ClockFollower:
    """Turns marks into a timeline, window after window.

    The last blocks of a window wait for the next one, because the clock marks after them tell whether their own
    can be believed; the caller keeps the data of the blocks for which no timeline came back yet.
    ``largest_tolerance_us`` bounds the deviation that is taken for drift, for devices whose marks are finer than
    their blocks; ``lost_cause`` names the fault of unreadable blocks.
    """

    def __init__(
        self,
        parameters: ReadingParameters,
        *,
        largest_tolerance_us: float = np.inf,
        lost_cause: str = "bad_checksum",
    ) -> None:
        self.faults: list[Fault] = []
        self._parameters = parameters
        self._largest_tolerance_us = largest_tolerance_us
        self._lost_cause = lost_cause
        self._waiting: Marks | None = None
        self._has_anchor = False
        """The first waiting entry is the last block that was given out, with its corrected mark."""
        self._anchor_step_us: float | None = None
        self._correction_us = 0
        self._segment_index = -1

    def follow(self, new: Marks, *, is_last: bool) -> Timeline:
        """Return the timeline of the blocks that can be decided; at the end (``is_last``) of all.

        Args:
            new: the blocks after those of the previous call.
            is_last: nothing follows.

        """
        marks = new if self._waiting is None else self._waiting.followed_by(new)
        first = 1 if self._has_anchor else 0
        last = len(marks) if is_last else len(marks) - self._parameters.max_clock_outliers - 2
        mark_us = _known_or_inferred(marks, first, self._correction_us)
        if last <= first or mark_us is None:
            self._waiting = marks
            return NO_BLOCKS
        nominal_us = marks.sample_count * SECOND_US / marks.rate_hz
        outliers = self._replace_outliers(mark_us, marks, nominal_us)
        self._note_outliers(outliers, mark_us, first, last)

        elapsed_us = np.diff(mark_us)
        deviation_us = elapsed_us - nominal_us[:-1]
        is_even = (np.abs(deviation_us) <= self._tolerance_us(marks, nominal_us)) & (elapsed_us > 0)
        is_smooth = is_even & marks.is_joined[1:] & (marks.rate_hz[1:] == marks.rate_hz[:-1])
        step_us = self._steps(elapsed_us, marks, is_even)
        if not self._has_anchor and marks.lost_block_count[0]:
            self.faults.append(
                Fault(
                    cause=self._lost_cause,
                    ended_us=int(mark_us[0]),
                    block_count=int(marks.lost_block_count[0]),
                    detail="unreadable blocks before the first readable one",
                )
            )
        for index in np.flatnonzero(~is_smooth) + 1:
            if index < last:
                self._break(int(index), mark_us, marks, deviation_us, is_even, step_us)

        is_start = np.concatenate(([not self._has_anchor], ~is_smooth))
        segment_index = self._segment_index + np.cumsum(is_start)
        timeline = Timeline(
            start_us=mark_us[first:last],
            step_us=step_us[first:last],
            segment_index=segment_index[first:last],
        )
        self._keep(marks, mark_us, last, float(step_us[last - 1]), int(segment_index[last - 1]))
        return timeline

    def _tolerance_us(self, marks: Marks, nominal_us: NDArray[np.float64]) -> NDArray[np.float64]:
        tolerance_us = np.maximum(
            self._parameters.clock_tolerance_frac * nominal_us[:-1],
            self._parameters.clock_tolerance_samples * SECOND_US / marks.rate_hz[:-1],
        )
        return np.minimum(tolerance_us, self._largest_tolerance_us)

    def _steps(
        self, elapsed_us: NDArray[np.int64], marks: Marks, is_even: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Time between samples: measured up to the next mark; before a break, as in the block before."""
        step_us = SECOND_US / marks.rate_hz
        step_us[:-1] = np.where(is_even, elapsed_us / np.maximum(marks.sample_count[:-1], 1), step_us[:-1])
        if self._anchor_step_us is not None:
            step_us[0] = self._anchor_step_us
        ends = np.flatnonzero(~np.concatenate((is_even, [False])))
        ends = ends[ends > 0]
        ends = ends[is_even[ends - 1]]
        step_us[ends] = step_us[ends - 1]
        # never beyond the next mark, where that lies ahead
        inner = ends[ends < len(elapsed_us)]
        inner = inner[elapsed_us[inner] > 0]
        until_us = elapsed_us[inner] / np.maximum(marks.sample_count[inner], 1)
        step_us[inner] = np.minimum(step_us[inner], until_us)
        return step_us

    def _replace_outliers(
        self, mark_us: NDArray[np.int64], marks: Marks, nominal_us: NDArray[np.float64]
    ) -> list[tuple[int, int]]:
        """Put marks back on the line that the clock leaves and returns to; return their [from, to)."""
        replaced: list[tuple[int, int]] = []
        tolerance_us = self._tolerance_us(marks, nominal_us)
        elapsed_us = np.diff(mark_us)
        is_even = (np.abs(elapsed_us - nominal_us[:-1]) <= tolerance_us) & (elapsed_us > 0)
        is_odd = ~is_even & marks.is_joined[1:]
        if not is_odd.any():
            return replaced
        samples = np.concatenate(([0], np.cumsum(marks.sample_count)))
        reach = self._parameters.max_clock_outliers
        done = 0
        if not self._has_anchor and is_odd[: reach + 1].any():
            # the very first marks may be wrong: the first three that agree with one another decide
            agreed = np.flatnonzero(is_even[:-1] & is_even[1:])[:1]
            head = int(agreed[0]) if len(agreed) else 0
            if 0 < head <= reach and marks.is_joined[1 : head + 1].all():
                back = (samples[head] - samples[:head]) * SECOND_US / marks.rate_hz[head]
                mark_us[:head] = mark_us[head] - np.rint(back).astype(np.int64)
                replaced.append((0, head))
                done = head
        for odd in np.flatnonzero(is_odd) + 1:
            start = int(odd)
            if start <= done:
                continue
            before = start - 1
            step_us = SECOND_US / marks.rate_hz[before]
            if before > 0 and is_even[before - 1]:
                step_us = (mark_us[before] - mark_us[before - 1]) / max(
                    int(marks.sample_count[before - 1]), 1
                )
            elif before == 0 and self._anchor_step_us is not None:
                step_us = self._anchor_step_us
            ends = np.arange(start + 1, min(start + reach, len(marks) - 1) + 1)
            expected_us = mark_us[before] + (samples[ends] - samples[before]) * step_us
            is_back = np.abs(mark_us[ends] - expected_us) <= tolerance_us[before]
            is_back &= np.logical_and.accumulate(marks.is_joined[start + 1 : start + 1 + len(ends)])
            if not is_back.any():
                continue
            end = int(ends[np.flatnonzero(is_back)[0]])
            share = (samples[start:end] - samples[before]) / (samples[end] - samples[before])
            mark_us[start:end] = mark_us[before] + np.rint(share * (mark_us[end] - mark_us[before])).astype(
                np.int64
            )
            replaced.append((start, end))
            done = end
        return replaced

    def _note_outliers(
        self, replaced: list[tuple[int, int]], mark_us: NDArray[np.int64], first: int, last: int
    ) -> None:
        # a run that reaches into the waiting blocks is told when its last block is given out
        for start, end in replaced:
            if first <= end - 1 < last:
                self.faults.append(
                    Fault(
                        cause="clock_outlier",
                        started_us=int(mark_us[start]),
                        ended_us=int(mark_us[min(end, len(mark_us) - 1)]),
                        block_count=end - start,
                        detail="clock marks that leave the line and return to it were not believed",
                    )
                )

    def _break(
        self,
        index: int,
        mark_us: NDArray[np.int64],
        marks: Marks,
        deviation_us: NDArray[np.float64],
        is_even: NDArray[np.bool_],
        step_us: NDArray[np.float64],
    ) -> None:
        before = index - 1
        lost = int(marks.lost_block_count[index])
        end_us = int(mark_us[before]) + round(int(marks.sample_count[before]) * float(step_us[before]))
        jump_s = deviation_us[before] / SECOND_US
        if is_even[before]:
            if lost:
                self.faults.append(
                    Fault(
                        cause=self._lost_cause,
                        started_us=int(mark_us[index]),
                        ended_us=int(mark_us[index]),
                        block_count=lost,
                        detail="unreadable blocks that took no time",
                    )
                )
            return
        if deviation_us[before] > 0:
            absorbed_us = max(0, min(self._correction_us, int(mark_us[index]) - end_us))
            if 0 < self._correction_us <= self._parameters.absorbed_correction_s * SECOND_US:
                # a short step back is made good by the next gap: from then on the device's clock holds again
                mark_us[index:] -= absorbed_us
                self._correction_us -= absorbed_us
            if not lost and int(mark_us[index]) - end_us <= step_us[before]:
                return
            missing = max(0, round((int(mark_us[index]) - end_us) / step_us[before]))
            self.faults.append(
                Fault(
                    cause=self._lost_cause if lost else "gap",
                    started_us=end_us,
                    ended_us=int(mark_us[index]),
                    block_count=lost,
                    sample_count=missing,
                )
            )
            return
        shift_us = end_us - int(mark_us[index])
        mark_us[index:] += shift_us
        self._correction_us += shift_us
        self.faults.append(
            Fault(
                cause="clock_backwards",
                started_us=end_us,
                ended_us=end_us,
                block_count=lost,
                detail=f"the clock was set by {jump_s:+.3f} s; the samples go on without a jump",
            )
        )

    def _keep(
        self, marks: Marks, mark_us: NDArray[np.int64], last: int, step_us: float, segment_index: int
    ) -> None:
        waiting = marks[slice(last - 1, None)]
        anchored_us = waiting.mark_us.copy()
        anchored_us[0] = mark_us[last - 1]
        self._waiting = Marks(
            mark_us=anchored_us,
            sample_count=waiting.sample_count,
            rate_hz=waiting.rate_hz,
            is_joined=waiting.is_joined,
            lost_block_count=waiting.lost_block_count,
        )
        self._has_anchor = True
        self._anchor_step_us = step_us
        self._segment_index = segment_index


def _known_or_inferred(marks: Marks, first: int, correction_us: int) -> NDArray[np.int64] | None:
    """Return the corrected marks, the unknown ones inferred from their neighbours; None where none is known."""
    mark_us = marks.mark_us.copy()
    is_known = mark_us != UNKNOWN
    mark_us[first:] += np.where(is_known[first:], correction_us, 0)
    if is_known.all():
        return mark_us
    if not is_known.any():
        return None
    nominal_us = np.rint(marks.sample_count * SECOND_US / marks.rate_hz).astype(np.int64)
    since_us = np.concatenate(([0], np.cumsum(nominal_us)[:-1]))
    positions = np.arange(len(mark_us))
    nearest = np.maximum.accumulate(np.where(is_known, positions, -1))
    nearest[nearest < 0] = np.flatnonzero(is_known)[0]
    return np.asarray(mark_us[nearest] + since_us - since_us[nearest], np.int64)


def sample_times(timeline: Timeline, sample_count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the time of every sample [us], shape (sum of sample_count,).

    Blocks of one length and a regular clock cost one integer addition per sample.
    """
    width = int(sample_count.max(initial=0))
    if not width:
        return np.empty(0, np.int64)
    index = np.arange(width)
    is_full = bool((sample_count == width).all())
    if not is_full and width * len(timeline) > 4 * int(sample_count.sum()):
        # blocks of very different lengths: no rectangle
        first = np.repeat(np.cumsum(sample_count) - sample_count, sample_count)
        since_us = (np.arange(int(sample_count.sum())) - first) * np.repeat(timeline.step_us, sample_count)
        return np.repeat(timeline.start_us, sample_count) + np.rint(since_us).astype(np.int64)
    if (timeline.step_us == timeline.step_us[0]).all():
        offset_us = np.rint(index * timeline.step_us[0]).astype(np.int64)[None, :]
        times_us = timeline.start_us[:, None] + offset_us
    else:
        times_us = _rectangle(timeline, index)
    flat: NDArray[np.int64] = times_us.reshape(-1) if is_full else times_us[index < sample_count[:, None]]
    return flat


def _rectangle(timeline: Timeline, index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return start + round(index * step) of each block, shape (blocks, width), piece by piece in the processor's cache.

    A clock counts in ticks: the blocks of a window show a few different steps only, and each is laid out once.
    """
    times_us = np.empty((len(timeline), len(index)), np.int64)
    # whole numbers are told apart without sorting
    bits, which = np.unique(timeline.step_us.view(np.int64), return_inverse=True, sorted=False)
    is_few = len(bits) <= len(timeline) // LEAST_ALIKE
    rows = max(CACHED_VALUES // len(index), 1)
    table_us = _offsets_us(bits.view(np.float64), index) if is_few else None
    for start in range(0, len(timeline), rows):
        part, now = times_us[start : start + rows], slice(start, start + rows)
        if table_us is None:
            part[:] = _offsets_us(timeline.step_us[now], index)
        else:
            np.take(table_us, which[now], axis=0, out=part, mode="clip")  # the other modes copy twice
        part += timeline.start_us[now, None]
    return times_us


def _offsets_us(step_us: NDArray[np.float64], index: NDArray[np.int64]) -> NDArray[np.int64]:
    offset_us = index * step_us[:, None]
    return np.asarray(np.rint(offset_us, out=offset_us).astype(np.int64))
