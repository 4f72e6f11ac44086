"""Sets of half-open intervals [start, end) as arrays of rows, sorted and disjoint; microseconds or indices."""

import numpy as np
import numpy.typing as npt
import polars as pl

Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

NOTHING: Integers = np.empty((0, 2), dtype=np.int64)
"""No interval at all."""


def runs(mask: Bools) -> Integers:
    """List the runs of True as rows [first, end) of indices."""
    padded = np.concatenate(([False], mask, [False])).astype(np.int8)
    return np.flatnonzero(np.diff(padded)).reshape(-1, 2)


def join_runs(stretches: Integers, max_gap: int) -> Integers:
    """Unite sorted, disjoint stretches whose gap is at most ``max_gap``."""
    if len(stretches) == 0:
        return stretches
    opens = np.concatenate(([True], stretches[1:, 0] - stretches[:-1, 1] > max_gap))
    closes = np.concatenate((np.flatnonzero(opens)[1:] - 1, [len(stretches) - 1]))
    return np.stack((stretches[opens, 0], stretches[closes, 1]), axis=1)


def join(intervals: Integers, max_gap: int = 0) -> Integers:
    """Sort and unite intervals that overlap, touch, or lie at most ``max_gap`` apart; empty ones are dropped."""
    kept = intervals[intervals[:, 1] > intervals[:, 0]]
    if len(kept) == 0:
        return np.empty((0, 2), dtype=np.int64)
    kept = kept[np.argsort(kept[:, 0], kind="stable")]
    reach = np.maximum.accumulate(kept[:, 1])
    return join_runs(np.stack((kept[:, 0], reach), axis=1), max_gap)


def invert(intervals: Integers, start: int, end: int) -> Integers:
    """Return what of [start, end) the (joined) intervals leave."""
    inside = clip(intervals, start, end)
    edges = np.concatenate(([start], inside.ravel(), [end])).reshape(-1, 2)
    return edges[edges[:, 1] > edges[:, 0]]


def clip(intervals: Integers, start: int, end: int) -> Integers:
    """Return the parts of (joined) intervals inside [start, end)."""
    cut = np.clip(intervals, start, end)
    return cut[cut[:, 1] > cut[:, 0]]


def intersect(one: Integers, other: Integers) -> Integers:
    """Return what two (joined) sets have in common."""
    if len(one) == 0 or len(other) == 0:
        return np.empty((0, 2), dtype=np.int64)
    first = np.searchsorted(other[:, 1], one[:, 0], side="right")
    last = np.searchsorted(other[:, 0], one[:, 1], side="left")
    count = np.maximum(last - first, 0)
    left = np.repeat(np.arange(len(one)), count)
    right = np.repeat(first, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.stack(
        (np.maximum(one[left, 0], other[right, 0]), np.minimum(one[left, 1], other[right, 1])), axis=1
    )


def total(intervals: Integers) -> int:
    """Length of all (joined) intervals."""
    return int((intervals[:, 1] - intervals[:, 0]).sum())


def contains(intervals: Integers, points: npt.NDArray[np.int64]) -> Bools:
    """Tell for each point whether it lies in one of the (joined) intervals."""
    if len(intervals) == 0:
        return np.zeros(len(points), dtype=bool)
    position = np.searchsorted(intervals[:, 0], points, side="right") - 1
    inside: Bools = (position >= 0) & (points < intervals[np.maximum(position, 0), 1])
    return inside


def edges_us(rows: pl.DataFrame, start: str, end: str) -> Integers:
    """Return two columns of instants as intervals in microseconds, shape (n, 2)."""
    edges: Integers = rows.select(pl.col(start, end).to_physical()).to_numpy()
    return edges.reshape(-1, 2)
