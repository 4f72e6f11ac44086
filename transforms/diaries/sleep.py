"""sleep.csv: when somebody went to bed, fell asleep, woke and got up."""

from dataclasses import replace

import polars as pl

from transforms.clock import night_date_of
from transforms.diaries.entries import finish_entries, read_date
from transforms.diaries.moments import SKIPPED, instant_of, with_moment
from transforms.diaries.sheet import Sheet, read_column, refuse_repeated, refuse_rows, text_of
from transforms.schema import SLEEP_DIARY

_TIMES = ("lights_off", "sleep_onset", "sleep_end", "lights_on")
_DAY_US = 24 * 3_600_000_000
_NOON_US = _DAY_US // 2
_LONGEST_IN_BED = pl.duration(hours=24)
_NEXT_DAY = "not of night_date; the row is used for that night"


def read_sleep_diary(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read sleep.csv into SLEEP_DIARY and REJECTED_ENTRY.

    A night is found by its dates, never by the position of its row. Times may stand without a date: the first one
    lies between the noon of ``night_date`` and the next noon, and each later one is the first of its clock reading
    after the one before. Where the clock times carry dates and say another night, at most one day off (``night_date``
    was the date of waking), the row counts for the night of its times and the cell is reported. A row needs at least
    one of its four times.
    """
    return finish_entries(read_nights(sheet), SLEEP_DIARY)


def read_nights(sheet: Sheet) -> Sheet:
    """Read night_date and the four times of a sheet whose rows are linked to participants."""
    sheet = read_date(sheet, "night_date")
    zones = sheet.rows["typed_time_zone"].unique().to_list() if sheet.rows.height else []
    rows = sheet.rows.with_columns(
        pl.lit(None, dtype=pl.Datetime("us")).alias("__last"),
        pl.lit(value=False).alias("__is_dated"),
    )
    sheet = replace(sheet, rows=rows)
    for column in _TIMES:
        sheet = _read_time(sheet, column, zones)
    sheet = replace(
        sheet, rows=sheet.rows.with_columns(pl.coalesce(f"typed_{t}_at" for t in _TIMES).alias("__first"))
    )
    sheet = _check_night(sheet, zones)
    sheet = refuse_rows(
        sheet,
        pl.when(pl.col("__first").is_null()).then(pl.lit("none of the four times can be used")),
        "lights_off",
        is_consequence=True,
    )
    sheet = refuse_rows(
        sheet,
        pl.when(pl.col("typed_night_date").is_null()).then(pl.lit("no night_date, and no dated time")),
        "night_date",
        is_consequence=True,
    )
    sheet = _check_order(sheet)
    names = ("participant_id", "night_date", *(f"{time}_at" for time in _TIMES))
    sheet = refuse_repeated(sheet, names, "the same row")
    return refuse_repeated(sheet, ("participant_id", "night_date"), "another row for the same night,")


def _read_time(sheet: Sheet, column: str, zones: list[str]) -> Sheet:
    """Add ``typed_<column>_at``; an undated time is placed by the night and by the time before it."""
    rows = with_moment(sheet.rows, text_of(sheet, column), "__").with_columns(
        (pl.col("__time_us") % _DAY_US).alias("__clock")
    )
    night = pl.col("typed_night_date").cast(pl.Datetime("us"))
    since = pl.col("__last")
    by_night = night + pl.duration(
        microseconds=pl.col("__clock"), days=(pl.col("__clock") < _NOON_US).cast(pl.Int64)
    )
    same_day = since.dt.truncate("1d") + pl.duration(microseconds=pl.col("__clock"))
    by_last = pl.when(same_day >= since).then(same_day).otherwise(same_day + pl.duration(days=1))
    dated = pl.col("__date").cast(pl.Datetime("us")) + pl.duration(microseconds=pl.col("__time_us"))
    wall = pl.coalesce(dated, by_last, by_night)
    rows = rows.with_columns(wall.alias("__wall")).with_columns(
        instant_of(
            pl.col("__wall").dt.date(),
            pl.col("__wall").dt.time().cast(pl.Int64) // 1000,
            pl.col("__offset_us"),
            pl.col("typed_time_zone"),
            zones,
        ).alias("__instant")
    )
    is_end = column in {"sleep_end", "lights_on"}
    reason = (
        pl.when(pl.col("__unread").is_not_null())
        .then(pl.col("__unread"))
        .when(pl.col("__date").is_not_null() & pl.col("__time_us").is_null())
        .then(pl.lit("a time is wanted"))
        .when(pl.col("__time_us").is_not_null() & pl.col("__wall").is_null())
        .then(pl.lit("a time without a date, and no night_date"))
        .when(pl.lit(is_end) & pl.col("__date").is_null() & since.is_null() & (pl.col("__clock") >= _NOON_US))
        .then(pl.lit("after noon, without a date and without a time before it: the day cannot be told"))
        .when(pl.col("__time_us").is_not_null() & pl.col("__instant").is_null())
        .then(pl.lit(SKIPPED))
    )
    sheet = read_column(replace(sheet, rows=rows), column, pl.col("__instant"), reason, name=f"{column}_at")
    read = pl.col(f"typed_{column}_at").is_not_null()
    rows = sheet.rows.with_columns(
        pl.when(read).then(pl.col("__wall")).otherwise(since).alias("__last"),
        (pl.col("__is_dated") | (read & pl.col("__date").is_not_null() & pl.lit(not is_end))).alias(
            "__is_dated"
        ),
    )
    return replace(
        sheet,
        rows=rows.drop("__date", "__clock", "__time_us", "__offset_us", "__unread", "__wall", "__instant"),
    )


def _check_night(sheet: Sheet, zones: list[str]) -> Sheet:
    """Compare night_date with the night that the dated times lie in."""
    by_zone = pl.lit(None, dtype=pl.Date)
    for zone in zones:
        by_zone = (
            pl.when(pl.col("typed_time_zone") == zone)
            .then(night_date_of(pl.col("__first"), zone))
            .otherwise(by_zone)
        )
    rows = sheet.rows.with_columns(
        pl.when(pl.col("__is_dated")).then(by_zone).alias("__night"),
        pl.col("typed_night_date").alias("__written"),
    )
    days_off = (pl.col("__night") - pl.col("__written")).dt.total_days()
    far = pl.when(days_off.abs() > 1).then(
        pl.format("night_date and the times are {} days apart", days_off.abs())
    )
    sheet = refuse_rows(replace(sheet, rows=rows), far, "night_date")
    shifted = pl.when(days_off.abs() == 1).then(
        pl.format("the times lie in the night of {}, " + _NEXT_DAY, pl.col("__night"))
    )
    sheet = read_column(sheet, "night_date", pl.col("__written"), shifted)
    return replace(
        sheet, rows=sheet.rows.with_columns(pl.coalesce("__night", "__written").alias("typed_night_date"))
    )


def _check_order(sheet: Sheet) -> Sheet:
    names = [f"typed_{time}_at" for time in _TIMES]
    wrong = pl.lit(None, dtype=pl.String)
    for later in reversed(range(1, len(names))):
        before = pl.max_horizontal(names[:later])
        wrong = (
            pl.when(pl.col(names[later]) < before)
            .then(pl.lit(f"{_TIMES[later]} lies before an earlier time"))
            .otherwise(wrong)
        )
    too_long = pl.when((pl.max_horizontal(names) - pl.min_horizontal(names)) > _LONGEST_IN_BED).then(
        pl.lit("more than 24 h from the first time to the last")
    )
    return refuse_rows(sheet, pl.coalesce(wrong, too_long), "lights_off")
