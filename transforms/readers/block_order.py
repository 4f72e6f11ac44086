"""Blocks, records and stamped rows in the order in which they were taken, each once: one rule for every format.

A file can hold pieces twice, or in another order, when a copy was resumed or a device's memory was read in rings. The
clock of each piece tells its place. A piece that goes back in time is one of four things:

1. the same piece again (same time, same content): read once;
2. a piece that fits a hole in the time line at one of its ends at least: put where it belongs;
3. a piece after which time goes on where it was before it, without a fitting hole: left out, and told;
4. anything else is a clock that was set: the order of the file stays, and the clock's follower judges.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from transforms.readers.clock_marks import UNKNOWN
from transforms.readers.fault_log import FaultLog
from transforms.recording import Fault

Identity = Callable[[NDArray[np.int64]], NDArray[np.int64]]
"""Number that tells the content of each of some blocks."""

REMEMBERED = 64
"""Blocks of the last window that the next one may repeat."""
MOST_IN_PLACE = 16
"""Blocks in a row whose marks leave the time line without their place being wrong; the clock's follower mends them."""
TOLERANCE_FRAC = 0.25
"""Deviation of a join from the block's length; device clocks run up to 3 % off their nominal rate."""


class BlockOrder:
    """Puts the blocks of one window after another in order; memory of the past is a handful of blocks."""

    def __init__(
        self, log: FaultLog, *, jitter_us: float = 0.0, what: str = "blocks", least_again: int = 1
    ) -> None:
        """Begin at the first block.

        Args:
            log: where what is repeated or left out is told.
            jitter_us: steps back of the stamps up to this are no disorder.
            what: the blocks are called so.
            least_again: blocks in a row that make a repetition; one sample may equal another of its time by chance.

        """
        self._log = log
        self._jitter_us = jitter_us
        self._what = what
        self._least_again = least_again
        self._last: Callable[[], set[tuple[int, int]]] = set
        """Time and content of the last blocks; asked for only where something is late."""
        self._last_start_us = 0
        self._span_us: tuple[int, int] | None = None
        """Of what was given out since the clock was set last."""

    def kept(
        self,
        start_us: NDArray[np.int64],
        duration_us: NDArray[np.int64],
        identity: Identity,
        *,
        is_certain: bool = False,
    ) -> NDArray[np.int64]:
        """Return the indices of the blocks to use, in order.

        Args:
            start_us: time of each block by the device's clock, UNKNOWN where it tells none; shape (blocks,).
            duration_us: nominal length of each block.
            identity: see Identity; asked for only where something repeats or is out of order, at the latest in the next call.
            is_certain: the blocks' own numbers tell that their order is right, whatever their clock says.

        """
        everything = np.arange(len(start_us))
        if not len(start_us) or not (start_us != UNKNOWN).any():
            return everything
        start_us = _inferred(start_us, duration_us)
        first = int(start_us[0]) if self._span_us is None else self._last_start_us
        step_us = np.diff(start_us, prepend=first - (1 if self._span_us is None else 0))
        in_order = bool((step_us >= (-self._jitter_us or 1)).all())
        kept = everything
        if not in_order and not is_certain:
            kept = self._without_repeats(start_us, duration_us, identity, everything)
            kept = self._in_order(start_us, duration_us, kept)
        if len(kept):
            self._remember(start_us, duration_us, identity, kept)
        return kept

    def _remember(
        self,
        start_us: NDArray[np.int64],
        duration_us: NDArray[np.int64],
        identity: Identity,
        kept: NDArray[np.int64],
    ) -> None:
        last = kept[-REMEMBERED:]
        last_us = start_us[last].tolist()
        self._last = lambda: set(zip(last_us, identity(last).tolist(), strict=True))
        ends_us = start_us[kept] + duration_us[kept]
        self._last_start_us = int(start_us[kept[-1]])
        lowest = int(start_us[kept[0]])
        if self._span_us is not None and lowest >= self._span_us[0]:
            lowest = self._span_us[0]
        self._span_us = (lowest, int(ends_us[-1]))

    def _without_repeats(
        self,
        start_us: NDArray[np.int64],
        duration_us: NDArray[np.int64],
        identity: Identity,
        everything: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        tolerance_us = self._tolerance_us(duration_us)
        ends_us = np.maximum.accumulate(start_us + duration_us)
        floor = int(start_us[0]) if self._span_us is None else self._span_us[1]
        reached_us = np.concatenate(([floor], np.maximum(ends_us[:-1], floor)))
        is_late = _stretches_with(
            start_us < reached_us - TOLERANCE_FRAC * duration_us, start_us < reached_us - tolerance_us
        )
        if not is_late.any():
            return everything
        # only what lies within the time of the late blocks can be what they repeat
        lowest, highest = int(start_us[is_late].min()), int(start_us[is_late].max())
        concerned = everything[(start_us >= lowest) & (start_us <= highest)]
        content = identity(concerned)
        pairs = np.rec.fromarrays([start_us[concerned], content])
        _, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
        is_again = np.zeros(len(start_us), bool)
        is_again[concerned] = first[inverse.reshape(-1)] != np.arange(len(concerned))
        if seen := self._last():
            was_seen = [
                pair in seen for pair in zip(start_us[concerned].tolist(), content.tolist(), strict=True)
            ]
            is_again[concerned] |= np.array(was_seen, bool)
        is_again &= is_late
        if self._least_again > 1:
            late_length = _lengths(is_late)
            again_length = _lengths(is_again)
            is_again &= again_length >= np.minimum(late_length, self._least_again)
        if is_again.any():
            count = int(is_again.sum())
            self._log.add(Fault(cause="repeated_block", block_count=count, detail=f"{self._what} read once"))
        return everything[~is_again]

    def _in_order(
        self, start_us: NDArray[np.int64], duration_us: NDArray[np.int64], kept: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        start_us, duration_us = start_us[kept], duration_us[kept]
        if not len(kept):
            return kept
        tolerance_us = self._tolerance_us(duration_us)
        join_us = start_us[1:] - (start_us[:-1] + duration_us[:-1])
        breaks = np.flatnonzero(np.abs(join_us) > np.maximum(tolerance_us[1:], tolerance_us[:-1])) + 1
        run_first = np.concatenate(([0], breaks))
        run_last = np.concatenate((breaks, [len(kept)])) - 1
        run_start = start_us[run_first].astype(np.float64)
        run_end = (start_us[run_last] + duration_us[run_last]).astype(np.float64)
        length = np.add.reduceat(duration_us, run_first).astype(np.float64)
        slack = np.maximum.reduceat(tolerance_us, run_first)
        if self._span_us is not None:  # what was given out is a run of its own, which cannot be moved
            run_start = np.concatenate(([self._span_us[0]], run_start))
            run_end = np.concatenate(([self._span_us[1]], run_end))
            length = np.concatenate(([self._span_us[1] - self._span_us[0]], length))
            slack = np.concatenate(([slack[0]], slack))
            run_first = np.concatenate(([-1], run_first))
            run_last = np.concatenate(([-1], run_last))
        count = run_last - run_first + 1
        fits, collides = _placed(run_start, run_end, slack)
        for index in range(1, len(run_start) - 1):
            # the marks leave the line, lead into no hole, and return after exactly these blocks: their place is right
            line = run_end[index - 1] + length[index]
            is_astray = collides[index] or not fits[index]
            returns = abs(run_start[index + 1] - line) <= slack[index]
            if is_astray and returns and count[index] <= MOST_IN_PLACE:
                run_start[index], run_end[index] = run_end[index - 1], line
        reached = np.concatenate(([-np.inf], np.maximum.accumulate(run_end)[:-1]))
        is_late = run_start < reached - slack
        if not is_late.any():
            return kept
        fits, collides = _placed(run_start, run_end, slack)
        # before what was given out nothing can be put any more
        is_given = run_last < 0
        is_before_given = (run_start < run_start[0]) if is_given[0] else np.zeros(len(run_start), bool)
        is_bad = is_late & (~fits | collides | is_before_given)
        is_left_out = np.zeros(len(run_start), bool)
        era = np.zeros(len(run_start), np.int64)
        number = 0
        previous = 0
        for index in range(1, len(run_start)):
            if is_bad[index] and not is_left_out[index]:
                returns = (
                    index + 1 < len(run_start)
                    and abs(run_start[index + 1] - run_end[previous]) <= slack[index]
                )
                if returns:
                    is_left_out[index] = True
                    era[index] = number
                    continue
                number += 1
            era[index] = number
            previous = index
        lost = int(count[is_left_out].sum())
        if lost:
            self._log.add(
                Fault(
                    cause="misplaced_block",
                    block_count=lost,
                    detail=f"{self._what} that stand far from their place are left out",
                )
            )
        order = np.lexsort((run_start, era))
        chosen = [
            kept[run_first[run] : run_last[run] + 1]
            for run in order.tolist()
            if not is_given[run] and not is_left_out[run]
        ]
        return np.concatenate(chosen) if chosen else kept[:0]

    def _tolerance_us(self, duration_us: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(np.maximum(duration_us * TOLERANCE_FRAC, self._jitter_us), np.float64)


def _stretches_with(marked: NDArray[np.bool_], needed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the stretches of ``marked`` in which at least one is ``needed``."""
    number = np.cumsum(np.diff(marked, prepend=False))
    return marked & np.isin(number, number[marked & needed])


def _lengths(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each place how long the stretch of marked ones is that it lies in; 0 where it is not marked."""
    number = np.cumsum(np.diff(marked, prepend=False))
    return np.where(marked, np.bincount(number)[number], 0)


def _placed(
    run_start: NDArray[np.float64], run_end: NDArray[np.float64], slack: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell of each run whether it joins another at one of its ends, and whether it lies over another, in time order."""
    by_time = np.argsort(run_start, kind="stable")
    distance = run_start[by_time][1:] - run_end[by_time][:-1]
    pair_slack = np.maximum(slack[by_time][1:], slack[by_time][:-1])
    fits = np.zeros(len(run_start), bool)
    collides = np.zeros(len(run_start), bool)
    joins, overlaps = np.abs(distance) <= pair_slack, distance < -pair_slack
    for ends in (by_time[:-1], by_time[1:]):
        fits[ends[joins]] = True
        collides[ends[overlaps]] = True
    return fits, collides


def _inferred(start_us: NDArray[np.int64], duration_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the starts, unknown ones where the blocks before them (or else behind them) lead to."""
    is_known = start_us != UNKNOWN
    if is_known.all():
        return start_us
    since_us = np.concatenate(([0], np.cumsum(duration_us)[:-1]))
    nearest = np.maximum.accumulate(np.where(is_known, np.arange(len(start_us)), -1))
    nearest[nearest < 0] = np.flatnonzero(is_known)[0]
    return np.asarray(start_us[nearest] + since_us - since_us[nearest], np.int64)
