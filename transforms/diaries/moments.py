"""Dates and clock times as people write them, turned into calendar days and UTC instants.

Accepted dates: ISO (2026-03-01, also with slashes, dots or without separators), day first with dots (1.3.2026), either
order with slashes or hyphens where only one is possible (13/05/2026, 05/13/2026, 04/04/2026) or where another date of
the same file shows it, and names of months (transforms/tables/words.csv). Refused: an order that nothing in the file
tells (04/05/2026), years of two digits, day numbers of spreadsheets.

Accepted times: 7:05, 7.05, 7h05, 0705, 7 pm, 7 Uhr, 07:05:30, 07:05:30.25, 7:05 PM, 24:00 (the midnight that ends the day). An explicit
offset wins; otherwise the row's own time zone, or else the participant's, decides. A wall time that occurs twice means
its first occurrence, unless what stands before it in the same row or file was later; one that the clocks jumped over
is refused.
"""

from datetime import date
from typing import Literal, NamedTuple

import polars as pl

from transforms.clock import DAY_US, SECOND_US, local_to_utc
from transforms.diaries.reference import words

_DATE = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{8}|\d{1,2}[./-]\d{1,2}[./-]\d{4}"
    r"|\d{1,2}\.?[ -]\p{L}{3,10}\.?,?[ -]\d{4}|\p{L}{3,10}\.? \d{1,2},? \d{4}"
)
_CLOCK = r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: ?(?:[Uu]hr|[Uu]ur|[Hh]))?"
_FULL_HOUR = r"^(|\S*\d[-/.]\d{1,4}[T ])(\d{1,2}) ?([AaPp]\.?[Mm]\.?|[Uu]hr|[Uu]ur)$"
_FOUR_FIGURES = r"^(|\S*\d[-/.]\d{1,4}[T ])([01]\d|2[0-3])([0-5]\d)$"
_OFFSET = r"(?P<offset>[Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2})"
_WHOLE = rf"^(?:(?P<date>{_DATE})(?:[T ]|, ?|$))? ?(?:{_CLOCK} ?(?:{_OFFSET})?)?$"
_ISO = r"^(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})$"
_NUMERIC = r"^(\d{1,2})([./-])(\d{1,2})[./-](\d{4})$"
_DAY_MONTH = r"^(\d{1,2})\.?[ -](\p{L}{3,10})\.?,?[ -](\d{4})$"
_MONTH_DAY = r"^(\p{L}{3,10})\.? (\d{1,2}),? (\d{4})$"
_SHORT_YEAR = r"^(\d{1,2}[./-]\d{1,2}[./-])(\d{2})(?:\b)"
# An older day beside a person is one of birth; logs whose dates were shifted to hide them begin in the nineties.
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


Order = Literal["month_first", "day_first"]
"""In which order a file writes numeric dates."""
Maker = Order
"""The same, known of an export by its maker; its years of two digits are those of this century."""


class Moment(NamedTuple):
    """What one cell says."""

    date: date | None
    time_us: int | None
    offset_us: int | None
    is_utc: bool
    """Whether a Z says that the clock is that of UTC, nobody's wall."""
    unread: str | None
    """Why it cannot be read."""


def read_moment(text: str, maker: Maker | None = None) -> Moment:
    """Read one cell; see ``with_moment``."""
    return Moment(*with_moment(pl.DataFrame({"cell": [text]}), pl.col("cell"), "", maker).row(0)[1:])


def with_moment(
    rows: pl.DataFrame, text: pl.Expr, prefix: str, maker: Maker | None = None, order: Order | None = None
) -> pl.DataFrame:
    """Read cells that hold a date, a time, or a date and a time with or without an offset.

    What people write is read in one way only or not at all; of an export the ``maker`` says which order it writes, of
    a diary ``order`` what its other dates show.

    Returns ``rows`` with ``<prefix>date`` (the calendar day as written), ``<prefix>time_us`` (microseconds after
    midnight, 0 to one whole day), ``<prefix>offset_us`` (the explicit offset from UTC), each null where none is
    written, ``<prefix>is_utc`` (whether a Z stands there) and ``<prefix>unread`` (why the cell cannot be read). Equal
    cells are read once.
    """
    asked = rows.with_columns(text.alias("text")).select("text")
    read = _read(asked.unique(), maker, order)
    found = asked.join(read, on="text", how="left", nulls_equal=True, maintain_order="left")
    return rows.with_columns(found[name].alias(f"{prefix}{name}") for name in Moment._fields)


def order_of(texts: pl.Series) -> Order | None:
    """Return the order of day and month that the numeric dates of a file show, if they show one and not both."""
    parts = texts.str.extract_groups(r"^\s*(\d{1,2})[/-](\d{1,2})[/-]\d{4}").struct.unnest().cast(pl.Int32)
    first, second = parts.to_series(0), parts.to_series(1)
    is_day_first = bool(((first > 12) & (second <= 12)).any())
    is_month_first = bool(((second > 12) & (first <= 12)).any())
    if is_day_first == is_month_first:
        return None
    return "day_first" if is_day_first else "month_first"


def has_ambiguous_date(texts: pl.Series) -> bool:
    """Tell whether some date of a file can be read in two orders."""
    parts = texts.str.extract_groups(r"^\s*(\d{1,2})[/-](\d{1,2})[/-]\d{4}").struct.unnest().cast(pl.Int32)
    first, second = parts.to_series(0), parts.to_series(1)
    return bool(((first <= 12) & (second <= 12) & (first != second)).any())


def _read(distinct: pl.DataFrame, maker: Maker | None, order: Order | None) -> pl.DataFrame:
    cell = pl.col("text") if maker is None else pl.col("text").str.replace(_SHORT_YEAR, "${1}20${2}")
    parts = (
        distinct.with_columns(
            cell.str.replace_all(r"\s+", " ")
            .str.strip_chars()
            .str.replace(r"^(\d{8}T\d{2})(\d{2})(\d{2})?", "${1}:${2}:${3}")  # ISO's basic form
            .str.replace(r":(\D|$)", "$1")
            .str.replace(_FULL_HOUR, "${1}${2}:00 ${3}")
            .str.replace(_FOUR_FIGURES, "${1}${2}:${3}")
            .alias("cell")
        )
        .with_columns(pl.col("cell").str.extract_groups(_WHOLE).alias("part"))
        .unnest("part")
        .rename({"date": "written"})
        .with_columns(
            pl.col("hour", "minute").cast(pl.Int64),
            pl.col("second").cast(pl.Int64).fill_null(0),
            pl.col("fraction").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64).fill_null(0),
            pl.col("half").str.to_lowercase(),
        )
    )
    hour, half = pl.col("hour"), pl.col("half")
    hour_of_day = pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    timed = _with_date(parts, maker or order).with_columns(
        (
            ((hour_of_day * 60 + pl.col("minute")) * 60 + pl.col("second")) * SECOND_US + pl.col("fraction")
        ).alias("time_us"),
        _offset_us(pl.col("offset")).alias("offset_us"),
        (pl.col("offset").str.to_uppercase() == "Z").fill_null(value=False).alias("is_utc"),
    )
    time_reason = (
        pl.when(half.is_not_null() & ~hour.is_between(1, 12))
        .then(pl.lit("an hour from 1 to 12 is wanted before AM or PM"))
        .when((pl.col("minute") > 59) | (pl.col("second") > 59) | (hour > 24) | (pl.col("time_us") > DAY_US))
        .then(pl.lit("not a time of day"))
    )
    unread = (
        pl.when(pl.col("cell").is_null())
        .then(pl.lit(None, dtype=pl.String))
        .when(pl.col("cell").str.contains(r"^(\d{5}([.,]\d+)?|0[.,]\d{3,})$"))
        .then(pl.lit("a spreadsheet's number for a day or time; format the column as text, YYYY-MM-DD HH:MM"))
        .when(pl.col("cell").str.contains(r"^\d{1,2}[./-]\d{1,2}[./-]\d{2}(\D|$)"))
        .then(pl.lit("a year of two digits; write YYYY-MM-DD"))
        .when(pl.col("written").is_null() & hour.is_null())
        .then(pl.lit("not a date or time that can be read; write YYYY-MM-DDTHH:MM"))
        .otherwise(pl.coalesce("date_reason", time_reason))
    )
    return timed.select("text", "date", "time_us", "offset_us", "is_utc", unread.alias("unread"))


def instant_of(
    date: pl.Expr,
    time_us: pl.Expr,
    offset_us: pl.Expr,
    zone: pl.Expr,
    zones: list[str],
    *,
    is_second: bool = False,
) -> pl.Expr:
    """Return the UTC instant of a wall time; null where the clocks jumped over it.

    ``zones`` are all zones that ``zone`` can hold. Of a wall time that occurs twice it is the first occurrence, or the
    second where ``is_second``.
    """
    wall = date.cast(pl.Datetime("us")) + pl.duration(microseconds=time_us)
    by_zone = pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    for name in zones:
        by_zone = pl.when(zone == name).then(local_to_utc(wall, name, is_second=is_second)).otherwise(by_zone)
    by_offset = (wall - pl.duration(microseconds=offset_us)).dt.replace_time_zone("UTC")
    return pl.when(offset_us.is_not_null()).then(by_offset).otherwise(by_zone)


def wall_of(instant: pl.Expr, zone: pl.Expr, zones: list[str]) -> pl.Expr:
    """Return what the clocks of ``zone`` show at an instant; ``zones`` are all that ``zone`` can hold."""
    shown = pl.lit(None, dtype=pl.Datetime("us"))
    for name in zones:
        local = instant.dt.convert_time_zone(name).dt.replace_time_zone(None)
        shown = pl.when(zone == name).then(local).otherwise(shown)
    return shown


SKIPPED = "this time did not exist: the clocks were set forward over it"


def _with_date(parts: pl.DataFrame, maker: Order | None) -> pl.DataFrame:
    """Add ``date`` and ``date_reason`` to rows with ``written``."""
    written = pl.col("written")
    split = parts.with_columns(
        written.str.extract_groups(_ISO).alias("iso"),
        written.str.extract_groups(_NUMERIC).alias("numeric"),
        written.str.extract_groups(_DAY_MONTH).alias("day_month"),
        written.str.extract_groups(_MONTH_DAY).alias("month_day"),
    )

    def group(column: str, number: str) -> pl.Expr:
        return pl.col(column).struct.field(number)

    first, second = group("numeric", "1").cast(pl.Int32), group("numeric", "3").cast(pl.Int32)
    if maker is None:
        is_day_first = (group("numeric", "2") == ".") | (first > 12) | (first == second)
        cannot_tell = ~is_day_first & (second <= 12)
    else:
        is_day_first, cannot_tell = pl.lit(maker == "day_first"), pl.lit(value=False)
    month_name = pl.coalesce(group("day_month", "2"), group("month_day", "1")).str.to_lowercase()
    named_month = month_name.replace_strict(
        {text: int(number) for text, number in words("month").items()}, default=0, return_dtype=pl.Int32
    )
    numbered = split.select(
        pl.exclude("iso", "numeric", "day_month", "month_day"),
        pl.coalesce(
            group("iso", "1"), group("numeric", "4"), group("day_month", "3"), group("month_day", "3")
        ).cast(pl.Int32).alias("year"),
        pl.coalesce(
            group("iso", "2").cast(pl.Int32), pl.when(is_day_first).then(second).otherwise(first), named_month
        ).alias("month"),
        pl.coalesce(
            group("iso", "3").cast(pl.Int32),
            pl.when(is_day_first).then(first).otherwise(second),
            group("day_month", "1").cast(pl.Int32),
            group("month_day", "2").cast(pl.Int32),
        ).alias("day"),
        cannot_tell.alias("cannot_tell"),
    )  # fmt: skip
    two_digits = [pl.col(name).cast(pl.String).str.zfill(2) for name in ("month", "day")]
    dated = numbered.with_columns(
        pl.format("{}-{}-{}", "year", *two_digits).str.to_date("%Y-%m-%d", strict=False).alias("date")
    )
    reason = (
        pl.when(pl.col("cannot_tell"))
        .then(pl.lit("day or month first? both are possible; write YYYY-MM-DD"))
        .when(written.is_not_null() & pl.col("date").is_null())
        .then(pl.lit("no such day in the calendar"))
        .when(~pl.col("year").is_between(_FIRST_YEAR, _LAST_YEAR))
        .then(pl.lit(f"a year from {_FIRST_YEAR} to {_LAST_YEAR} is wanted"))
    )
    return dated.with_columns(reason.alias("date_reason")).with_columns(
        pl.when(pl.col("date_reason").is_null()).then("date").alias("date")
    )


def _offset_us(written: pl.Expr) -> pl.Expr:
    digits = written.str.replace(":", "")
    sign = pl.when(digits.str.starts_with("-")).then(-1).otherwise(1)
    hours = digits.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = digits.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    seconds = pl.when(digits.str.to_uppercase() == "Z").then(0).otherwise(sign * (hours * 60 + minutes) * 60)
    return seconds * SECOND_US
