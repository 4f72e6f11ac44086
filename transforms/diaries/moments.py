"""Dates and clock times as people write them, turned into calendar days and UTC instants.

Accepted dates: ISO (2026-03-01, also with slashes, dots or without separators), day first with dots (1.3.2026), either
order with slashes or hyphens where only one is possible (13/05/2026, 05/13/2026, 04/04/2026), and English month names.
Refused: an order that cannot be told (04/05/2026), years of two digits, day numbers of spreadsheets.

Accepted times: 7:05, 07:05:30, 07:05:30.25, 7:05 PM, 24:00 (the midnight that ends the day). An explicit offset wins;
otherwise the row's own time zone, or else the participant's, decides. A wall time that occurs twice means its first
occurrence; one that the clocks jumped over is refused.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from transforms.clock import local_to_utc

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{8}|\d{1,2}[./-]\d{1,2}[./-]\d{4}"
    r"|\d{1,2}\.?[ -][A-Za-z]{3,9}\.?,?[ -]\d{4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}"
)
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
_OFFSET = r"(?P<offset>[Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2})"
_WHOLE = rf"^(?:(?P<date>{_DATE})(?:[T ]|, ?|$))? ?(?:{_CLOCK} ?(?:{_OFFSET})?)?$"
_ISO = r"^(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})$"
_NUMERIC = r"^(\d{1,2})([./-])(\d{1,2})[./-](\d{4})$"
_DAY_MONTH = r"^(\d{1,2})\.?[ -]([A-Za-z]{3})[a-z]*\.?,?[ -](\d{4})$"
_MONTH_DAY = r"^([A-Za-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})$"
_SHORT_YEAR = r"^(\d{1,2}[./-]\d{1,2}[./-])(\d{2})(?:\b)"
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US

Maker = Literal["month_first", "day_first"]
"""In which order an export writes numeric dates; its years of two digits are those of this century."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Expressions that read one column of dates, times or both."""

    date: pl.Expr
    """Calendar day as written; null where none is written."""
    time_us: pl.Expr
    """Microseconds after midnight, 0 to one whole day; null where no time is written."""
    offset_us: pl.Expr
    """The explicit offset from UTC; null where none is written."""
    reason: pl.Expr
    """Why the cell cannot be read; null where it can."""


def read_moment(text: pl.Expr, maker: Maker | None = None) -> Moment:
    """Read cells that hold a date, a time, or a date and a time with or without an offset.

    What people write is read in one way only or not at all; of an export the ``maker`` says which order it writes.
    """
    cell = text if maker is None else text.str.replace(_SHORT_YEAR, "${1}20${2}")
    cell = (
        cell.str.replace_all(r"\s+", " ")
        .str.strip_chars()
        .str.replace(r"^(\d{8}T\d{2})(\d{2})(\d{2})?", "${1}:${2}:${3}")  # ISO's basic form
        .str.replace(r":(\D|$)", "$1")
    )
    part = cell.str.extract_groups(_WHOLE)
    written_date = part.struct.field("date")
    hour = part.struct.field("hour").cast(pl.Int64)
    minute = part.struct.field("minute").cast(pl.Int64)
    second = part.struct.field("second").cast(pl.Int64).fill_null(0)
    fraction_us = (
        part.struct.field("fraction").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64).fill_null(0)
    )
    half = part.struct.field("half").str.to_lowercase()
    hour_of_day = pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    time_us = ((hour_of_day * 60 + minute) * 60 + second) * _SECOND_US + fraction_us
    time_reason = (
        pl.when(half.is_not_null() & ~hour.is_between(1, 12))
        .then(pl.lit("an hour from 1 to 12 is wanted before AM or PM"))
        .when((minute > 59) | (second > 59) | (hour > 24) | (time_us > _DAY_US))
        .then(pl.lit("not a time of day"))
    )
    date, date_reason = _read_date(written_date, maker)
    matched = written_date.is_not_null() | hour.is_not_null()
    reason = (
        pl.when(cell.is_null())
        .then(pl.lit(None, dtype=pl.String))
        .when(cell.str.contains(r"^\d{5}([.,]\d+)?$"))
        .then(pl.lit("a spreadsheet's day number; format the column as text, YYYY-MM-DD HH:MM"))
        .when(cell.str.contains(r"^\d{1,2}[./-]\d{1,2}[./-]\d{2}(\D|$)"))
        .then(pl.lit("a year of two digits; write YYYY-MM-DD"))
        .when(~matched.fill_null(value=False))
        .then(pl.lit("not a date or time that can be read; write YYYY-MM-DDTHH:MM"))
        .otherwise(pl.coalesce(date_reason, time_reason))
    )
    return Moment(
        date=date, time_us=time_us, offset_us=_offset_us(part.struct.field("offset")), reason=reason
    )


def instant_of(
    date: pl.Expr, time_us: pl.Expr, offset_us: pl.Expr, zone: pl.Expr, zones: list[str]
) -> pl.Expr:
    """Return the UTC instant of a wall time; null where the clocks jumped over it.

    ``zones`` are all zones that ``zone`` can hold.
    """
    wall = date.cast(pl.Datetime("us")) + pl.duration(microseconds=time_us)
    by_zone = pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    for name in zones:
        by_zone = pl.when(zone == name).then(local_to_utc(wall, name)).otherwise(by_zone)
    by_offset = (wall - pl.duration(microseconds=offset_us)).dt.replace_time_zone("UTC")
    return pl.when(offset_us.is_not_null()).then(by_offset).otherwise(by_zone)


SKIPPED = "this time did not exist: the clocks were set forward over it"


def _read_date(written: pl.Expr, maker: Maker | None) -> tuple[pl.Expr, pl.Expr]:
    iso = written.str.extract_groups(_ISO)
    numeric = written.str.extract_groups(_NUMERIC)
    day_month = written.str.extract_groups(_DAY_MONTH)
    month_day = written.str.extract_groups(_MONTH_DAY)

    first = numeric.struct.field("1").cast(pl.Int32)
    second = numeric.struct.field("3").cast(pl.Int32)
    separator = numeric.struct.field("2")
    if maker is None:
        is_day_first = (separator == ".") | (first > 12) | (first == second)
        cannot_tell = ~is_day_first & (second <= 12)
    else:
        is_day_first, cannot_tell = pl.lit(maker == "day_first"), pl.lit(value=False)

    name = pl.coalesce(day_month.struct.field("2"), month_day.struct.field("1")).str.to_lowercase()
    named_month = name.replace_strict(
        {text: number for number, text in enumerate(_MONTHS, start=1)}, default=0, return_dtype=pl.Int32
    )
    year = pl.coalesce(
        iso.struct.field("1"),
        numeric.struct.field("4"),
        day_month.struct.field("3"),
        month_day.struct.field("3"),
    ).cast(pl.Int32)
    month = pl.coalesce(
        iso.struct.field("2").cast(pl.Int32), pl.when(is_day_first).then(second).otherwise(first), named_month
    )
    day = pl.coalesce(
        iso.struct.field("3").cast(pl.Int32),
        pl.when(is_day_first).then(first).otherwise(second),
        day_month.struct.field("1").cast(pl.Int32),
        month_day.struct.field("2").cast(pl.Int32),
    )
    date = pl.format(
        "{}-{}-{}", year, month.cast(pl.String).str.zfill(2), day.cast(pl.String).str.zfill(2)
    ).str.to_date("%Y-%m-%d", strict=False)
    reason = (
        pl.when(cannot_tell)
        .then(pl.lit("day or month first? both are possible; write YYYY-MM-DD"))
        .when(written.is_not_null() & date.is_null())
        .then(pl.lit("no such day in the calendar"))
        .when(~year.is_between(_FIRST_YEAR, _LAST_YEAR))
        .then(pl.lit(f"a year from {_FIRST_YEAR} to {_LAST_YEAR} is wanted"))
    )
    return pl.when(reason.is_null()).then(date), reason


def _offset_us(written: pl.Expr) -> pl.Expr:
    digits = written.str.replace(":", "")
    sign = pl.when(digits.str.starts_with("-")).then(-1).otherwise(1)
    hours = digits.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = digits.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    seconds = pl.when(digits.str.to_uppercase() == "Z").then(0).otherwise(sign * (hours * 60 + minutes) * 60)
    return seconds * _SECOND_US
