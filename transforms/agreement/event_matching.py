"""Which movement of one list is which of another, and how far apart the clocks are that timed them."""

from dataclasses import dataclass

import numpy as np

from transforms.intervals import Integers
from transforms.parameters.agreement import AgreementParameters
from transforms.scoring.timeline import orbit, to_us


@dataclass(frozen=True, kw_only=True)
class ClockOffset:
    """The candidate's clock minus the scorer's."""

    offset_us: int
    pair_count: int
    is_known: bool


def match_events(one: Integers, other: Integers, min_overlap_frac: float) -> Integers:
    """Match the events of two lists one to one; return the pairs as rows of indices.

    ``one`` and ``other`` are rows ``[onset, offset)`` in microseconds, in order and disjoint within each list. A pair
    overlaps by at least ``min_overlap_frac`` of its union, and by more than nothing. The number of pairs is the largest
    possible. In two lists of disjoint intervals the possible pairs stand in one order, and of two neighbours in it that
    share an event one has no other partner on one side; so taking the first, and then ever the next that shares
    nothing with it, loses none.
    """
    first = np.searchsorted(other[:, 1], one[:, 0], side="right")
    last = np.searchsorted(other[:, 0], one[:, 1], side="left")
    count = np.maximum(last - first, 0)
    left = np.repeat(np.arange(one.shape[0]), count)
    right = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    shared = np.minimum(one[left, 1], other[right, 1]) - np.maximum(one[left, 0], other[right, 0])
    union = np.maximum(one[left, 1], other[right, 1]) - np.minimum(one[left, 0], other[right, 0])
    enough = (shared > 0) & (shared >= min_overlap_frac * union)
    left, right = left[enough], right[enough]
    if not left.size:
        return np.empty((0, 2), dtype=np.int64)
    beyond_left = np.searchsorted(left, left, side="right")
    beyond_right = np.searchsorted(right, right, side="right")
    start = np.zeros(left.size, dtype=np.bool_)
    start[0] = True
    taken = orbit(np.maximum(beyond_left, beyond_right), start)
    return np.column_stack((left[taken], right[taken]))


def clock_offset(scorer: Integers, candidate: Integers, parameters: AgreementParameters) -> ClockOffset:
    """Estimate how far the candidate's clock is ahead of the scorer's from the onsets of both.

    All differences of onsets up to ``max_clock_offset_s`` are laid side by side; the window of ``clock_window_s`` that
    holds most of them is where pairs agree, and their median is the offset. It is believed when it holds at least
    ``min_clock_pairs`` differences and ``min_clock_ratio`` times as many as the best window that does not touch it;
    otherwise the offset is taken as 0 and said to be unknown. The delay from muscle to movement is part of the
    offset; drift within a night is not modelled.
    """
    reach, width = to_us(parameters.max_clock_offset_s), to_us(parameters.clock_window_s)
    first = np.searchsorted(candidate, scorer - reach, side="left")
    count = np.searchsorted(candidate, scorer + reach, side="right") - first
    index = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    difference = np.sort(candidate[index] - np.repeat(scorer, count))
    if not difference.size:
        return ClockOffset(offset_us=0, pair_count=0, is_known=False)
    held = np.searchsorted(difference, difference + width, side="right") - np.arange(difference.size)
    best = int(held.argmax())
    inside = difference[best : best + held[best]]
    apart = (difference > difference[best] + width) | (difference + width < difference[best])
    second = int(held[apart].max(initial=0))
    is_known = bool(
        held[best] >= parameters.min_clock_pairs and held[best] >= parameters.min_clock_ratio * second
    )
    return ClockOffset(
        offset_us=int(np.median(inside)) if is_known else 0, pair_count=int(held[best]), is_known=is_known
    )
