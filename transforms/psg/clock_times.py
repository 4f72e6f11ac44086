"""Marks that carry clock times without a day."""

import polars as pl

from transforms.clock import DAY_US, SECOND_US

CLOCK = r"(\d{1,2}):(\d{2}):(\d{2})(?:[,.](\d{1,6}))?"
"""Hours, minutes, seconds and their fraction, as four groups."""


def clock_us(parts: pl.Expr, first_group: int) -> pl.Expr:
    """Return microseconds after midnight of the groups of ``CLOCK``; null where they are null."""
    hour, minute, second, fraction = (parts.struct.field(str(first_group + step)) for step in range(4))
    whole_s = (hour.cast(pl.Int64) * 60 + minute.cast(pl.Int64)) * 60 + second.cast(pl.Int64)
    return whole_s * SECOND_US + fraction.str.pad_end(6, "0").cast(pl.Int64).fill_null(0)


def nearest_us(clock: int, reference: int) -> int:
    """Return how far a clock time lies after a reference clock time on the day on which they are nearest.

    Both are microseconds after midnight; the result lies in [-12 h, +12 h).
    """
    return (clock - reference + DAY_US // 2) % DAY_US - DAY_US // 2


def since_first_us(clock: pl.Expr) -> pl.Expr:
    """Return microseconds after the first mark, for marks in about the order of time.

    A clock time more than 12 h before the one above it is of the next day, one more than 12 h after it of the day
    before (a list that is not quite in order around midnight).
    """
    step = clock.diff().fill_null(0)
    day = (step < -DAY_US // 2).cast(pl.Int64).cum_sum() - (step > DAY_US // 2).cast(pl.Int64).cum_sum()
    return clock - clock.first() + day * DAY_US
