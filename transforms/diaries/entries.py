"""What the columns of all diaries have in common: a day, a moment, a number, and the participant's clock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from transforms.clock import HOUR_US
from transforms.diaries.cells import read_number
from transforms.diaries.identity import People, read_person
from transforms.diaries.moments import SKIPPED, Maker, instant_of, wall_of, with_moment
from transforms.diaries.reference import column_units
from transforms.diaries.sheet import Sheet, finish, read_column, read_sheet, text_of
from transforms.schema import REJECTED_ENTRY

_NONE = pl.lit(None, dtype=pl.String)
_PARTS = ("__date", "__time_us", "__offset_us", "__is_utc", "__unread")


def read_entries(content: bytes, file_name: str, people: People, required: Sequence[str]) -> Sheet:
    """Split a diary into cells and link each row to its participant."""
    return read_person(read_sheet(content, file_name, required=("participant_id", *required)), people)


def read_date(
    sheet: Sheet,
    column: str,
    *,
    name: str | None = None,
    is_required: bool = False,
    maker: Maker | None = None,
) -> Sheet:
    """Read a calendar day. A time of midnight behind it, as spreadsheets write, is let pass; another one is not."""
    rows = with_moment(sheet.rows, text_of(sheet, column), "__", maker, sheet.date_order)
    reason = (
        pl.when(pl.col("__unread").is_not_null())
        .then(pl.col("__unread"))
        .when(pl.col("__date").is_null() & text_of(sheet, column).is_not_null())
        .then(pl.lit("a date is wanted, YYYY-MM-DD"))
        .when(pl.col("__time_us").fill_null(0) != 0)
        .then(pl.lit("a date without a time is wanted, YYYY-MM-DD"))
    )
    read = read_column(
        replace(sheet, rows=rows), column, pl.col("__date"), reason, name=name, is_required=is_required
    )
    return replace(read, rows=read.rows.drop(_PARTS))


def read_instant(
    sheet: Sheet,
    column: str,
    *,
    name: str | None = None,
    day: str = "logged_date",
    is_required: bool = False,
    maker: Maker | None = None,
) -> Sheet:
    """Read a moment in the participant's clock: the UTC instant, and the calendar day as ``typed_<day>``.

    ``typed_clock_h`` is the clock on the wall where it was written [h]: that of the row's zone or of its explicit
    offset; a Z is nobody's wall and gives the clock of the zone. A date without a time gives the day alone.
    """
    rows = with_moment(sheet.rows, text_of(sheet, column), "__", maker, sheet.date_order)
    zones = (
        rows["typed_time_zone"].drop_nulls().unique().to_list() if "typed_time_zone" in rows.columns else []
    )
    parts = (pl.col("__date"), pl.col("__time_us"), pl.col("__offset_us"), pl.col("typed_time_zone"), zones)
    written = pl.col("__date").cast(pl.Datetime("us")) + pl.duration(
        microseconds=pl.col("__time_us").fill_null(0)
    )
    rows = rows.with_columns(
        instant_of(*parts).alias("__instant"), instant_of(*parts, is_second=True).alias("__second")
    )
    rows = _by_order(rows).with_columns(
        pl.when(pl.col("__is_utc") & pl.col("__instant").is_not_null())
        .then(wall_of(pl.col("__instant"), pl.col("typed_time_zone"), zones))
        .otherwise(written)
        .alias("__wall")
    )
    is_timed = pl.col("__time_us").is_not_null()
    rows = rows.with_columns(
        pl.col("__wall").dt.date().alias(f"typed_{day}"),
        pl.when(is_timed)
        .then((pl.col("__wall") - pl.col("__wall").dt.truncate("1d")).dt.total_microseconds() / HOUR_US)
        .alias("typed_clock_h"),
    )
    reason = (
        pl.when(pl.col("__unread").is_not_null())
        .then(pl.col("__unread"))
        .when(pl.col("__time_us").is_not_null() & pl.col("__date").is_null())
        .then(pl.lit("a time without a date; write YYYY-MM-DDTHH:MM"))
        .when(pl.col("__time_us").is_not_null() & pl.col("__instant").is_null())
        .then(pl.lit(SKIPPED))
    )
    read = read_column(
        replace(sheet, rows=rows), column, pl.col("__instant"), reason, name=name, is_required=is_required
    )
    return replace(read, rows=read.rows.drop(*_PARTS, "__instant", "__second", "__wall"))


def _by_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Take the second occurrence of a wall time that occurs twice where the person's entry before it was later."""
    if not (rows["__instant"] != rows["__second"]).any() or "typed_participant_id" not in rows.columns:
        return rows
    before = pl.col("__instant").cum_max().shift(1).over("typed_participant_id", "__date")
    is_twice = pl.col("__instant") != pl.col("__second")
    is_later = is_twice & (before > pl.col("__instant")) & (before < pl.col("__second"))
    return rows.with_columns(
        pl.when(is_later.fill_null(value=False))
        .then(pl.col("__second"))
        .otherwise(pl.col("__instant"))
        .alias("__instant")
    )


def read_quantity(
    sheet: Sheet,
    column: str,
    lowest: float,
    highest: float,
    *,
    name: str | None = None,
    is_required: bool = False,
) -> Sheet:
    """Read a number within limits."""
    read = read_column(
        _with_number(sheet, column, lowest, highest),
        column,
        pl.col("__number"),
        pl.col("__unread"),
        name=name,
        is_required=is_required,
    )
    return replace(read, rows=read.rows.drop("__number", "__unread"))


def _with_number(sheet: Sheet, column: str, lowest: float, highest: float) -> Sheet:
    """Add ``__number`` and ``__unread``; equal cells are read once."""
    asked = sheet.rows.with_columns(text_of(sheet, column).alias("text")).select("text")
    value, reason = read_number(pl.col("text"), lowest, highest, unit_of(column))
    distinct = asked.unique().with_columns(value.alias("__number"), reason.alias("__unread"))
    found = asked.join(distinct, on="text", how="left", nulls_equal=True, maintain_order="left")
    return replace(sheet, rows=sheet.rows.with_columns(found["__number"], found["__unread"]))


def unit_of(column: str) -> str:
    """Return the unit that ends a column's name, if one does that people may write behind a number."""
    return next((unit for unit in column_units() if column == unit or column.endswith(f"_{unit}")), "")


def read_scale(sheet: Sheet, ranges: Mapping[str, tuple[float, float]]) -> Sheet:
    """Read ``scale`` and ``score``: a known scale, and a score within its range."""
    scale = text_of(sheet, "scale").str.to_lowercase().str.replace_all(r"[\s\-]+", "_")
    known = ", ".join(ranges)
    unknown = pl.when(scale.is_not_null() & ~scale.is_in(list(ranges))).then(pl.lit(f"not one of {known}"))
    sheet = read_column(sheet, "scale", scale, unknown, is_required=True)
    sheet = _with_number(sheet, "score", float("-inf"), float("inf"))
    value, reason = pl.col("__number"), pl.col("__unread")
    typed = pl.col("typed_scale")
    lowest = typed.replace_strict(
        {s: low for s, (low, _) in ranges.items()}, default=None, return_dtype=pl.Float64
    )
    highest = typed.replace_strict(
        {s: high for s, (_, high) in ranges.items()}, default=None, return_dtype=pl.Float64
    )
    outside = pl.when(reason.is_null() & ~value.is_between(lowest, highest)).then(
        pl.format("outside the scale, {} to {}", lowest.cast(pl.Int64), highest.cast(pl.Int64))
    )
    read = read_column(sheet, "score", value, pl.coalesce(reason, outside), is_required=True)
    return replace(read, rows=read.rows.drop("__number", "__unread"))


def read_text(sheet: Sheet, column: str, value: pl.Expr | None = None) -> Sheet:
    """Read a column that cannot be wrong."""
    return read_column(sheet, column, text_of(sheet, column) if value is None else value, _NONE)


def with_typed(sheet: Sheet, **columns: pl.Expr) -> Sheet:
    """Add typed columns that are computed from others."""
    return replace(
        sheet, rows=sheet.rows.with_columns(**{f"typed_{name}": value for name, value in columns.items()})
    )


def finish_entries(sheet: Sheet, schema: pl.Schema) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the standing rows by participant and file order, and the rejected entries."""
    rows, rejected = finish(sheet, schema)
    return rows.sort("participant_id", maintain_order=True), rejected.select(REJECTED_ENTRY.names())
