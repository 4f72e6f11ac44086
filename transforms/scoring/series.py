"""Periodic series: runs of candidate movements whose intervals lie within the bounds of a standard."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.parameters.scoring import ScoringRules
from transforms.scoring.timeline import (
    Flags,
    Ints,
    Legs,
    Windows,
    is_crossed,
    lay_out,
    opens_night,
    orbit,
    to_us,
)

UNKNOWN: int = -1


@dataclass(frozen=True, eq=False)
class Series:
    """What a standard says of each movement of a timeline."""

    interval: Ints  # microseconds from the onset before, UNKNOWN where it is not measured
    number: Ints  # series, counted from 1 in each night; 0 outside

    def interval_s(self) -> NDArray[np.float64]:
        """Intervals in seconds, NaN where not measured."""
        return np.where(self.interval == UNKNOWN, np.nan, self.interval / SECOND_US)


def mark_series(
    movements: pl.DataFrame,
    breaks: pl.DataFrame,
    rules: ScoringRules,
    *,
    without_respiratory: bool = False,
) -> pl.DataFrame:
    """Add the interval before each movement and the series that it belongs to.

    One row is one movement. Reads participant_id, night_date, onset_at, offset_at, side, is_clm and, for
    ``without_respiratory``, is_respiratory; ``breaks`` has the schema SIGNAL_BREAK. Adds imi_s and series_number
    (counted from 1 within the night, null outside series) and returns the rows in order of participant, night and
    onset.

    1. An interval is measured between the onsets of two consecutive movements of a night that are both candidates,
       unless it holds a part of a break: not for the first movement, not for one that is no candidate, not for the one
       after that.
    2. Intervals within ``[min_interval_s, max_interval_s]`` are periodic. Any other, and any that is not measured,
       ends the series. ``min_series_members`` candidates linked by periodic intervals are a series.
    3. ``short_interval == 'skip'``: a candidate that comes too soon is passed over (no interval, no series) and the
       next interval runs from the candidate before it. With ``'break'`` and without ``can_short_interval_start`` the
       candidate after a short interval cannot be the first of a series; the one after it can.
    4. ``without_respiratory``: candidates next to a respiratory event are taken away first and intervals are measured
       across the place where they were (PLMnr of WASM); they have no interval and no series. Movements that are no
       candidates stay and still interrupt.

    Whether a movement is in sleep plays no part here: under WASM a series may cross sleep and wake.
    """
    ordered, line, legs = lay_out(movements)
    is_candidate = ordered["is_clm"].to_numpy()
    entries = np.arange(ordered.height)
    if without_respiratory:
        entries = np.flatnonzero(~(is_candidate & ordered["is_respiratory"].to_numpy()))
    found = series_of(
        legs.take(entries), is_candidate[entries], line.place(breaks, "started_at", "ended_at"), rules
    )
    return ordered.with_columns(
        _at(entries, ordered.height, found.interval_s()).fill_nan(None).alias("imi_s"),
        _at(entries, ordered.height, found.number).replace(0, None).cast(pl.Int32).alias("series_number"),
    )


def series_id(number: pl.Expr, rules: ScoringRules) -> pl.Expr:
    """Name a series: participant, night, rule set and number, which is null outside series."""
    return pl.concat_str("participant_id", "night_date", pl.lit(rules.name), number, separator=":")


def series_of(legs: Legs, is_candidate: Flags, breaks: Windows, rules: ScoringRules) -> Series:
    """Find the series on the line; see :func:`mark_series`."""
    opens_night_here = opens_night(legs.night)
    interval = np.empty(legs.onset.size, dtype=np.int64)
    interval[:1] = UNKNOWN
    np.subtract(legs.onset[1:], legs.onset[:-1], out=interval[1:])
    measured = is_candidate & ~opens_night_here
    measured[1:] &= is_candidate[:-1]
    if breaks.start.size:
        measured &= ~is_crossed(legs.onset, breaks)
    shortest = to_us(rules.min_interval_s)
    longest = to_us(rules.max_interval_s) - (not rules.is_max_interval_included)
    is_short = measured & (interval < shortest)
    if rules.short_interval == "skip" and is_short.any():
        stays = ~_passed_over(legs.onset, is_short, shortest)
        entries = np.flatnonzero(stays)
        rest = series_of(
            legs.take(entries), is_candidate[entries], breaks, replace(rules, short_interval="break")
        )
        interval[~stays] = UNKNOWN
        interval[entries] = rest.interval
        number = np.zeros(interval.size, dtype=np.int64)
        number[entries] = rest.number
        return Series(interval, number)
    is_periodic = measured & (interval >= shortest) & (interval <= longest)
    number = _numbered(is_periodic, is_short, opens_night_here, rules)
    interval[~measured] = UNKNOWN
    return Series(interval, number)


def _passed_over(onset: Ints, is_short: Flags, shortest: int) -> Flags:
    """Tell the entries less than ``shortest`` after the last entry that was not passed over itself."""
    is_near = is_short.copy()
    is_near[:-1] |= is_short[1:]
    rows = np.flatnonzero(is_near)  # trains of short intervals; the others are never passed over
    opens = ~is_short[rows]
    head = np.flatnonzero(opens)
    next_head = np.append(head[1:], rows.size)[np.cumsum(opens) - 1]
    following = np.minimum(np.searchsorted(onset[rows], onset[rows] + shortest, side="left"), next_head)
    passed = np.zeros(onset.size, dtype=np.bool_)
    passed[rows[~orbit(following, opens)]] = True
    return passed


def _numbered(is_periodic: Flags, is_short: Flags, night: Flags, rules: ScoringRules) -> Ints:
    """Number the series of each night from 1 on; 0 outside."""
    size = is_periodic.size
    first = np.flatnonzero(~is_periodic)
    length = np.diff(first, append=size)
    if not rules.can_short_interval_start:
        headless = is_short[first]
        first, length = first + headless, length - headless
    is_series = length >= rules.min_series_members
    first, length = first[is_series], length[is_series]
    opening = np.searchsorted(
        first, np.flatnonzero(night)
    )  # the first series at or after each night's first row
    ordinal = np.searchsorted(np.flatnonzero(night), first, side="right") - 1
    number = np.arange(first.size) - opening[ordinal] + 1
    step = np.zeros(size + 1, dtype=np.int64)
    step[first] = number
    step[first + length] -= number
    return np.cumsum(step[:-1])


def _at(entries: Ints, size: int, values: NDArray[Any]) -> pl.Series:
    """Put values at their entries; NaN or 0 elsewhere."""
    column = np.full(size, np.nan) if values.dtype == np.float64 else np.zeros(size, dtype=np.int64)
    column[entries] = values
    return pl.Series(column)
