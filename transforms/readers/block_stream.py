"""Blocks with clock marks in, chunks with sample times out: what all block formats have in common."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from transforms.parameters.reading import ReadingParameters
from transforms.readers.clock_marks import ClockFollower, Marks, Timeline, sample_times
from transforms.readers.fault_log import FaultLog
from transforms.recording import Chunk, Companion, Fault

Slow = Mapping[str, NDArray[np.float32]]
"""Companion signals by their name in Companion, one value per block."""


class BlockStream:
    """Joins the clock to the samples, window after window.

    The samples of the blocks whose marks cannot be judged yet are kept until the next window.
    """

    def __init__(
        self,
        parameters: ReadingParameters,
        log: FaultLog,
        *,
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
        is_last: bool,
    ) -> Iterator[Chunk]:
        """Take the next blocks and yield the chunks that are certain.

        Args:
            marks: one entry per block.
            counts: samples of all these blocks in order, shape (3, samples).
            gyro_counts: likewise, where the device has a gyroscope.
            slow: companion signals, one value per block.
            is_last: nothing follows.

        """
        new = [counts] if gyro_counts is None else [counts, gyro_counts]
        waiting = marks
        if self._marks is not None and len(self._marks):
            waiting = self._marks.followed_by(marks)
            new = [np.concatenate(pair, axis=1) for pair in zip(self._samples, new, strict=True)]
            slow = {name: np.concatenate((self._slow[name], values)) for name, values in (slow or {}).items()}
        timeline = self._follower.follow(marks, is_last=is_last)
        self._log.take(self._follower.faults)
        ready = len(timeline)
        row = int(waiting.sample_count[:ready].sum())
        self._marks = waiting[ready:]
        self._samples = [values[:, row:].copy() for values in new]
        self._slow = {name: values[ready:] for name, values in (slow or {}).items()}
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
