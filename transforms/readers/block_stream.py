"""Blocks with clock marks in, chunks with sample times out: what all block formats have in common."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.parameters.reading import ReadingParameters
from transforms.readers.block_order import BlockOrder
from transforms.readers.clock_marks import UNKNOWN, ClockFollower, DatedBlocks, Marks, Timeline, sample_times
from transforms.readers.fault_log import FaultLog
from transforms.recording import Chunk, Companion, Fault

Slow = Mapping[str, NDArray[np.float32]]
"""Companion signals by their name in Companion, one value per block."""


class BlockStream:
    """Puts the blocks in order and joins the clock to their samples, window after window.

    The samples of the blocks whose marks cannot be judged yet are kept until the next window.
    """

    def __init__(
        self,
        parameters: ReadingParameters,
        log: FaultLog,
        *,
        earliest_us: int,
        largest_tolerance_us: float = np.inf,
        lost_cause: str = "bad_checksum",
    ) -> None:
        self.companions: list[Companion] = []
        self.end_us: int | None = None
        """Time after the last sample that was given out."""
        self._follower = ClockFollower(
            parameters, largest_tolerance_us=largest_tolerance_us, lost_cause=lost_cause
        )
        self._log = log
        self._earliest_us = earliest_us
        self._order = BlockOrder(log)
        self._last_number = -2
        self._dated = DatedBlocks(parameters.max_clock_outliers)
        self._undecided: tuple[Marks, list[NDArray[np.int16]], Slow] | None = None
        self._marks: Marks | None = None
        self._samples: list[NDArray[np.int16]] = []
        self._slow: dict[str, NDArray[np.float32]] = {}

    @property
    def undated_block_count(self) -> int:
        """Blocks that were never given out because no block carries a date."""
        return 0 if self._marks is None else len(self._marks)

    def push(
        self,
        marks: Marks,
        counts: NDArray[np.int16],
        *,
        gyro_counts: NDArray[np.int16] | None = None,
        slow: Slow | None = None,
        number: NDArray[np.int64] | None = None,
        is_last: bool,
    ) -> Iterator[Chunk]:
        """Take the next blocks and yield the chunks that are certain.

        Args:
            marks: one entry per block.
            counts: samples of all these blocks in order, shape (3, samples).
            gyro_counts: likewise, where the device has a gyroscope.
            slow: companion signals, one value per block.
            number: of each block, where the device counts them: neighbours by number are joined, whatever
                ``marks.is_joined`` says.
            is_last: nothing follows.

        """
        new = [counts] if gyro_counts is None else [counts, gyro_counts]
        marks, new, slow = self._in_order(marks, new, slow or {}, number)
        marks, new, slow = self._dated_part(marks, new, slow, is_last=is_last)
        waiting = marks
        if self._marks is not None and len(self._marks):
            waiting = self._marks.followed_by(marks)
            new = [np.concatenate(pair, axis=1) for pair in zip(self._samples, new, strict=True)]
            slow = {name: np.concatenate((self._slow[name], values)) for name, values in slow.items()}
        timeline = self._follower.follow(marks, is_last=is_last)
        self._log.take(self._follower.faults)
        ready = len(timeline)
        row = int(waiting.sample_count[:ready].sum())
        self._marks = waiting[ready:]
        self._samples = [values[:, row:].copy() for values in new]
        self._slow = {name: values[ready:] for name, values in slow.items()}
        if ready:
            count = waiting.sample_count[:ready]
            self.end_us = int(timeline.start_us[-1] + np.rint(count[-1] * timeline.step_us[-1]))
            if slow:
                self.companions.append(
                    Companion(
                        times_us=timeline.start_us,
                        **{name: values[:ready] for name, values in slow.items()},
                    )
                )
            yield from _cut(timeline, waiting[:ready], [values[:, :row] for values in new])

    def _in_order(
        self,
        marks: Marks,
        samples: list[NDArray[np.int16]],
        slow: Slow,
        number: NDArray[np.int64] | None,
    ) -> tuple[Marks, list[NDArray[np.int16]], Slow]:
        """Put the blocks in order, each once, and join those that follow one another by their numbers."""
        if not len(marks):
            return marks, samples, slow
        duration_us = np.rint(marks.sample_count * SECOND_US / marks.rate_hz).astype(np.int64)
        first = np.concatenate(([0], np.cumsum(marks.sample_count)))

        def identity(chosen: NDArray[np.int64]) -> NDArray[np.int64]:
            return np.array(
                [hash(samples[0][:, first[at] : first[at + 1]].tobytes()) for at in chosen.tolist()], np.int64
            )

        is_certain = number is not None and bool((np.diff(number, prepend=self._last_number) > 0).all())
        start_us = np.where(marks.mark_us < self._earliest_us, UNKNOWN, marks.mark_us)
        kept = self._order.kept(start_us, duration_us, identity, is_certain=is_certain)
        is_whole = len(kept) == len(marks) and bool((np.diff(kept) == 1).all())
        if not is_whole:
            rows = np.concatenate(
                [np.arange(0), *(np.arange(first[at], first[at + 1]) for at in kept.tolist())]
            )
            marks = marks.where(kept)
            samples = [values[:, rows] for values in samples]
            slow = {name: values[kept] for name, values in slow.items()}
            number = None if number is None else number[kept]
            if number is None:
                step_us = np.diff(start_us[kept]) - duration_us[kept][:-1]
                joined = np.concatenate((marks.is_joined[:1], np.abs(step_us) <= duration_us[kept][:-1] // 4))
                marks = replace(marks, is_joined=joined)
        if number is not None and len(number):
            marks = replace(marks, is_joined=np.diff(number, prepend=self._last_number) == 1)
            self._last_number = int(number[-1])
        return marks, samples, slow

    def _dated_part(
        self, marks: Marks, samples: list[NDArray[np.int16]], slow: Slow, *, is_last: bool
    ) -> tuple[Marks, list[NDArray[np.int16]], Slow]:
        """Leave out what the clock gives no believable date to; hold back what only the next window can tell."""
        is_early = marks.mark_us < self._earliest_us
        if self._undecided is None and not is_early.any():
            self._dated.kept(marks, is_last=is_last)
            self._log.take(self._dated.faults)
            return marks, samples, slow
        marks = replace(
            marks, mark_us=np.where(is_early, UNKNOWN, marks.mark_us), is_joined=marks.is_joined.copy()
        )
        if self._undecided is not None:
            before, samples_before, slow_before = self._undecided
            marks = before.followed_by(marks)
            samples = [np.concatenate(pair, axis=1) for pair in zip(samples_before, samples, strict=True)]
            slow = {name: np.concatenate((slow_before[name], values)) for name, values in slow.items()}
        kept, end = self._dated.kept(marks, is_last=is_last)
        self._log.take(self._dated.faults)
        row = int(marks.sample_count[:end].sum())
        self._undecided = None
        if end < len(marks):
            self._undecided = (
                marks[end:],
                [values[:, row:].copy() for values in samples],
                {name: values[end:] for name, values in slow.items()},
            )
        kept = kept[:end]
        if kept.all():
            return marks[:end], [values[:, :row] for values in samples], {n: v[:end] for n, v in slow.items()}
        rows = np.repeat(kept, marks.sample_count[:end])
        return (
            marks.where(np.flatnonzero(kept)),
            [values[:, :row][:, rows] for values in samples],
            {name: values[:end][kept] for name, values in slow.items()},
        )

    def note_undated(self) -> None:
        """After the last block: tell of blocks that could not be given out."""
        if self.undated_block_count:
            self._log.add(
                Fault(
                    cause="clock_not_set",
                    block_count=self.undated_block_count,
                    detail="no block carries a date; left out",
                )
            )


def _cut(timeline: Timeline, marks: Marks, samples: list[NDArray[np.int16]]) -> Iterator[Chunk]:
    times_us = sample_times(timeline, marks.sample_count)
    edges = np.concatenate(([0], np.flatnonzero(np.diff(timeline.segment_index)) + 1, [len(timeline)]))
    rows = np.concatenate(([0], np.cumsum(marks.sample_count)))[edges]
    for index in range(len(edges) - 1):
        part = slice(int(rows[index]), int(rows[index + 1]))
        if part.start < part.stop:
            first = int(edges[index])
            yield Chunk(
                segment_index=int(timeline.segment_index[first]),
                sampling_rate_hz=float(marks.rate_hz[first]),
                times_us=times_us[part],
                counts=samples[0][:, part].T,
                gyro_counts=samples[1][:, part].T if len(samples) > 1 else None,
            )
