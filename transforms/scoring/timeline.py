"""Nights laid end to end on one line of integer microseconds.

A running maximum, a difference or a search over the whole line then works on every night at once: between two nights
lies a pause that no rule of any standard reaches across.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.errors import ContractError
from transforms.schema import INSTANT, Side

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.uint8]

KEYS: Final = ["participant_id", "night_date"]
LEFT, RIGHT, BOTH, OTHER = range(4)  # physical codes of schema.Side
PAUSE_US: Final = 3_600_000_000  # between two nights; breaks and windows reach at most half of it


def to_us(seconds: float) -> int:
    """Seconds to whole microseconds, in which all comparisons are made."""
    return round(seconds * SECOND_US)


@dataclass(frozen=True, eq=False)
class Windows:
    """Intervals on the line, in order of their start: breaks, respiratory events, arousals."""

    start: Ints
    end: Ints

    def near(self, low: int, high: int) -> "Windows":
        """Keep those that reach into the nights between two places on the line."""
        chosen = np.flatnonzero((self.end > low - PAUSE_US // 2) & (self.start < high + PAUSE_US // 2))
        return Windows(self.start[chosen], self.end[chosen])


@dataclass(frozen=True, eq=False)
class Legs:
    """Movements on the line, in order of onset; one entry per movement."""

    onset: Ints
    offset: Ints
    side: Codes
    night: Ints  # ordinal of the night in the timeline

    def take(self, entries: Ints) -> "Legs":
        """Return the entries, in the order given."""
        return Legs(self.onset[entries], self.offset[entries], self.side[entries], self.night[entries])

    def duration_s(self) -> NDArray[np.float64]:
        """Lengths in seconds, the nearest float to each.

        Not divided in polars, which multiplies by 1e-6 and so makes 0.09999999999999999 of 100 ms.
        """
        return (self.offset - self.onset) / SECOND_US

    def merge(self, other: "Legs") -> tuple["Legs", Ints]:
        """Put two sets in one order of onset; return it and the places of the first set in it."""
        onset = np.concatenate((self.onset, other.onset))
        order = np.argsort(onset, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        together = Legs(
            onset,
            np.concatenate((self.offset, other.offset)),
            np.concatenate((self.side, other.side)),
            np.concatenate((self.night, other.night)),
        )
        return together.take(order), place[: self.onset.size]

    def between(self, first: int, last: int) -> "Legs":
        """Look at the entries ``[first, last)`` without copying them."""
        cut = slice(first, last)
        return Legs(self.onset[cut], self.offset[cut], self.side[cut], self.night[cut])


@dataclass(frozen=True, eq=False)
class Timeline:
    """Where each night lies on the line."""

    nights: pl.DataFrame  # one row per night: participant_id, night_date
    first_row: Ints  # of each night in the sorted frame
    row_count: int  # of the sorted frame
    shift_us: Ints  # of each night: UTC microseconds + shift = place on the line
    start_us: Ints  # of each night on the line: its first onset
    end_us: Ints  # of each night on the line: its last offset

    def stretches(self, rows: int) -> list[tuple[int, int]]:
        """Cut the sorted frame of ``row_count`` rows into runs of whole nights of about ``rows`` rows each."""
        cuts = self.first_row[np.flatnonzero(np.diff(self.first_row // rows, prepend=-1))].tolist()
        return list(pairwise([*(cuts or [0]), self.row_count]))

    def place(self, intervals: pl.DataFrame, start: str, end: str) -> Windows:
        """Place intervals of the same nights on the line.

        Nights without a movement have nothing to be compared with and are left out; what reaches beyond a night's own
        stretch of the line is cut off there.
        """
        placed = intervals.select(*KEYS, pl.col(start).alias("_from"), pl.col(end).alias("_to")).join(
            self.nights.with_columns(
                pl.Series("_shift", self.shift_us),
                pl.Series("_low", self.start_us - PAUSE_US // 2 + 1),
                pl.Series("_high", self.end_us + PAUSE_US // 2 - 1),
            ),
            on=KEYS,
            how="inner",
            validate="m:1",
        )
        low, high = placed["_low"].to_numpy(), placed["_high"].to_numpy()
        shift = placed["_shift"].to_numpy()
        from_us = np.clip(microseconds(placed, "_from") + shift, low, high)
        to_us = np.clip(microseconds(placed, "_to") + shift, low, high)
        order = np.argsort(from_us, kind="stable")
        return Windows(from_us[order], to_us[order])


def microseconds(frame: pl.DataFrame, column: str) -> Ints:
    """Return a column of instants as microseconds since 1970; raise ContractError on another type or a null."""
    series = frame[column]
    if series.dtype != INSTANT or series.null_count():
        raise ContractError(
            f"column {column}: {series.dtype} with {series.null_count()} nulls, wanted {INSTANT} without null"
        )
    return series.to_physical().to_numpy()


def sides(frame: pl.DataFrame) -> Codes:
    """Return the side codes; an unknown side is 'other', which is never taken for a second leg."""
    if frame.schema["side"] != Side:
        raise ContractError(f"column side: {frame.schema['side']}, wanted {Side}")
    return frame["side"].to_physical().fill_null(OTHER).to_numpy()


def lay_out(frame: pl.DataFrame) -> tuple[pl.DataFrame, Timeline, Legs]:
    """Sort movements and place them on the line.

    One row is one movement. Reads participant_id, night_date, onset_at, offset_at and side. The order is
    participant, night, onset; of equal onsets left comes first, then right, both, other, then the earlier offset. A
    frame that is in order already is not sorted again.

    Raises ContractError when an instant is null or an offset lies before its onset.
    """
    onset, offset, side = microseconds(frame, "onset_at"), microseconds(frame, "offset_at"), sides(frame)
    if frame.select(pl.any_horizontal(pl.col(*KEYS).is_null().any())).item():
        raise ContractError("movements to be scored: participant_id or night_date is null")
    if (offset < onset).any():
        row = int(np.flatnonzero(offset < onset)[0])
        raise ContractError(f"movement of {frame[row, 'participant_id']} ends before it starts (row {row})")
    is_first = _first_of_night(frame)
    if not _is_in_order(frame, is_first, onset, offset, side):
        order = frame.select(*KEYS, onset=onset, side=side, offset=offset).select(
            pl.arg_sort_by(*KEYS, "onset", "side", "offset")
        )
        frame = frame[order.to_series()]
        onset, offset, side = microseconds(frame, "onset_at"), microseconds(frame, "offset_at"), sides(frame)
        is_first = _first_of_night(frame)
    first_row = np.flatnonzero(is_first)
    nights = frame.select(KEYS)[first_row]
    if not frame.height:
        nothing = np.empty(0, dtype=np.int64)
        return (
            frame,
            Timeline(nights, nothing, 0, nothing, nothing, nothing),
            Legs(onset, offset, side, nothing),
        )
    length = np.maximum.reduceat(offset, first_row) - onset[first_row]
    start = np.cumsum(length + PAUSE_US) - length
    row_count = np.diff(first_row, append=frame.height)
    line = Timeline(nights, first_row, frame.height, start - onset[first_row], start, start + length)
    shift = np.repeat(line.shift_us, row_count)
    night = np.repeat(np.arange(first_row.size), row_count)
    return frame, line, Legs(onset + shift, offset + shift, side, night)


def _first_of_night(frame: pl.DataFrame) -> Flags:
    changed = pl.any_horizontal(pl.col(key).ne_missing(pl.col(key).shift(1)) for key in KEYS)
    first = frame.select(changed).to_series().to_numpy().copy()
    first[:1] = True
    return first


def _is_in_order(frame: pl.DataFrame, is_first: Flags, onset: Ints, offset: Ints, side: Codes) -> bool:
    person, night = (pl.col(key) for key in KEYS)
    heads = frame.select(KEYS)[np.flatnonzero(is_first)]
    is_later = (person > person.shift(1)) | ((person == person.shift(1)) & (night > night.shift(1)))
    if not heads.select(is_later.fill_null(value=True).all()).item():
        return False
    step = np.diff(onset)
    within = ~is_first[1:]
    if (within & (step < 0)).any():
        return False
    tie = np.flatnonzero(within & (step == 0))
    side_step = side[tie + 1].astype(np.int64) - side[tie]
    return not ((side_step < 0) | ((side_step == 0) & (offset[tie + 1] < offset[tie]))).any()


def is_crossed(onset: Ints, breaks: Windows) -> Flags:
    """Tell which intervals hold a part of a break; entry k speaks of the interval from onset k-1 to onset k.

    A break ``[start, end)`` is crossed when it starts before the later onset and ends after the earlier one.
    """
    step = np.zeros(onset.size + 1, dtype=np.int64)
    first = np.searchsorted(onset, breaks.start, side="right")
    last = np.searchsorted(onset, breaks.end, side="left")
    reaches = last >= first
    np.add.at(step, first[reaches], 1)
    np.add.at(step, np.minimum(last[reaches] + 1, onset.size), -1)
    crossed: Flags = np.cumsum(step[:-1]) > 0
    crossed[:1] = False
    return crossed


def opens_night(night: Ints) -> Flags:
    """Tell the first entry of each night."""
    opens = np.ones(night.size, dtype=np.bool_)
    np.not_equal(night[1:], night[:-1], out=opens[1:])
    return opens


def orbit(following: Ints, starts: Flags) -> Flags:
    """Mark every entry that is reached from a start by going from entry i to ``following[i]`` again and again.

    ``following[i] > i``; a value of ``following.size`` ends the walk. Steps of 1, 2, 4 ... are taken for all walks at
    once, so that the number of rounds is the logarithm of the longest walk.
    """
    size = following.size
    reached = np.append(starts, False)
    jump = np.append(following, size)
    while (jump[:-1] < size).any():
        reached[jump[reached.nonzero()[0]]] = True
        jump = jump[jump]
    return reached[:-1]
