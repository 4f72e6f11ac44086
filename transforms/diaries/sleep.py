"""sleep.csv: when somebody went to bed, fell asleep, woke and got up."""

from dataclasses import replace

import polars as pl

from transforms.clock import DAY_US, HOUR_US, night_date_of
from transforms.diaries.corrections import read_entered, settle_repeated
from transforms.diaries.entries import finish_entries, read_date, with_typed
from transforms.diaries.moments import SKIPPED, instant_of, wall_of, with_moment
from transforms.diaries.sheet import Sheet, read_column, refuse_rows, standing_rows, text_of
from transforms.parameters.exposures import SleepDiaryParameters
from transforms.schema import SLEEP_DIARY

TIMES = ("lights_off", "sleep_onset", "sleep_end", "lights_on")

_NOON_US = DAY_US // 2
_NEXT_DAY = "not of night_date; the row is used for that night"


def read_sleep_diary(sheet: Sheet, parameters: SleepDiaryParameters) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read sleep.csv into SLEEP_DIARY and REJECTED_ENTRY.

    A night is found by its dates, never by the position of its row. Times may stand without a date: the first one
    lies between the noon of ``night_date`` and the next noon, and each later one is the first of its clock reading
    after the one before; in the hour that an autumn night has twice that is the second where the first has passed.
    Where the clock times carry dates and say another night, at most one day off (``night_date`` was the date of
    waking), the row counts for the night of its times and the cell is reported. A row needs at least one of its four
    times. A row that is longer in bed than anybody is believed to be is refused with the question whether the morning
    or the evening was meant; no other place judges the length of a diary's night.
    """
    sheet = read_nights(sheet, parameters)
    times = [f"{time}_at" for time in TIMES]
    sheet = settle_repeated(sheet, ("participant_id", "night_date"), times)
    return finish_entries(with_source(sheet, "diary"), SLEEP_DIARY)


def with_source(sheet: Sheet, source: str) -> Sheet:
    """Say of each time of a night who told it."""
    named = {
        f"{time}_source": pl.when(pl.col(f"typed_{time}_at").is_not_null()).then(pl.lit(source))
        for time in TIMES
    }
    return with_typed(sheet, has_own_time_zone=pl.col("typed_own_time_zone").is_not_null(), **named)


def read_nights(sheet: Sheet, parameters: SleepDiaryParameters) -> Sheet:
    """Read night_date and the four times of a sheet whose rows are linked to participants."""
    sheet = read_date(read_entered(sheet), "night_date")
    zones = sheet.rows["typed_time_zone"].drop_nulls().unique().to_list() if sheet.rows.height else []
    rows = sheet.rows.with_columns(
        pl.lit(None, dtype=pl.Datetime("us")).alias("__last"),
        pl.lit(None, dtype=pl.Datetime("us", "UTC")).alias("__last_at"),
        pl.lit(value=False).alias("__is_dated"),
    )
    sheet = replace(sheet, rows=rows)
    for column in TIMES:
        sheet = _read_time(sheet, column, zones)
    sheet = replace(
        sheet, rows=sheet.rows.with_columns(pl.coalesce(f"typed_{t}_at" for t in TIMES).alias("__first"))
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
    return _check_length(_check_order(sheet), zones, parameters)


def _read_time(sheet: Sheet, column: str, zones: list[str]) -> Sheet:
    """Add ``typed_<column>_at``; an undated time is placed by the night and by the time before it."""
    rows = with_moment(sheet.rows, text_of(sheet, column), "__", None, sheet.date_order).with_columns(
        (pl.col("__time_us") % DAY_US).alias("__clock")
    )
    night = pl.col("typed_night_date").cast(pl.Datetime("us"))
    since, since_at = pl.col("__last"), pl.col("__last_at")
    by_night = night + pl.duration(
        microseconds=pl.col("__clock"), days=(pl.col("__clock") < _NOON_US).cast(pl.Int64)
    )
    same_day = since.dt.truncate("1d") + pl.duration(microseconds=pl.col("__clock"))
    dated = pl.col("__date").cast(pl.Datetime("us")) + pl.duration(microseconds=pl.col("__time_us"))
    offset, zone = pl.col("__offset_us"), pl.col("typed_time_zone")

    def instant(wall: pl.Expr, *, is_second: bool = False) -> pl.Expr:
        time_us = (wall - wall.dt.truncate("1d")).dt.total_microseconds()
        return instant_of(wall.dt.date().cast(pl.Date), time_us, offset, zone, zones, is_second=is_second)

    # the same reading of the clock comes once more in the hour that is lived twice
    rows = rows.with_columns(instant(same_day, is_second=True).alias("__again"))
    is_again = (same_day < since) & (pl.col("__again") >= since_at) & (instant(same_day) < pl.col("__again"))
    by_last = (
        pl.when((same_day >= since) | is_again.fill_null(value=False))
        .then(same_day)
        .otherwise(same_day + pl.duration(days=1))
    )
    rows = rows.with_columns(pl.coalesce(dated, by_last, by_night).alias("__wall"))
    rows = rows.with_columns(
        instant(pl.col("__wall")).alias("__at"),
        instant(pl.col("__wall"), is_second=True).alias("__at_second"),
    )
    is_second = ((pl.col("__at") < since_at) & (pl.col("__at_second") >= since_at)).fill_null(value=False)
    rows = rows.with_columns(pl.when(is_second).then("__at_second").otherwise("__at").alias("__instant"))
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
        pl.when(read).then(pl.col(f"typed_{column}_at")).otherwise(since_at).alias("__last_at"),
        (pl.col("__is_dated") | (read & pl.col("__date").is_not_null() & pl.lit(not is_end))).alias(
            "__is_dated"
        ),
    )
    mine = ("__date", "__clock", "__time_us", "__offset_us", "__is_utc", "__unread", "__wall", "__instant")
    return replace(sheet, rows=rows.drop(*mine, "__at", "__at_second", "__again"))


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
    names = [f"typed_{time}_at" for time in TIMES]
    wrong = pl.lit(None, dtype=pl.String)
    for later in reversed(range(1, len(names))):
        before = pl.max_horizontal(names[:later])
        wrong = (
            pl.when(pl.col(names[later]) < before)
            .then(pl.lit(f"{TIMES[later]} lies before an earlier time"))
            .otherwise(wrong)
        )
    return refuse_rows(sheet, wrong, "lights_off")


def _check_length(sheet: Sheet, zones: list[str], parameters: SleepDiaryParameters) -> Sheet:
    """Refuse nights that are too long, and nights of which one end lies half a day from the person's others."""
    names = [f"typed_{time}_at" for time in TIMES]
    rows = sheet.rows.with_columns(
        ((pl.max_horizontal(names) - pl.min_horizontal(names)).dt.total_microseconds() / HOUR_US).alias(
            "__in_bed_h"
        ),
        *(_hours_after_noon(pl.coalesce(pair), zones).alias(name) for name, pair in _ENDS.items()),
    )
    sheet = replace(sheet, rows=rows)
    half = pl.col("__in_bed_h") - 12
    too_long = pl.when(pl.col("__in_bed_h") > parameters.longest_in_bed_h).then(
        pl.format(
            f"{{}} h from the first time to the last, more than {parameters.longest_in_bed_h:g} h: am or pm?{{}}",
            pl.col("__in_bed_h").round(1),
            pl.when(half > 0)
            .then(pl.format(" with one of them 12 h apart it were {} h", half.round(1)))
            .otherwise(pl.lit("")),
        )
    )
    sheet = refuse_rows(sheet, too_long, "lights_off")
    usual = (
        standing_rows(sheet)
        .group_by("typed_participant_id")
        .agg(
            *(pl.col(name).median().alias(f"{name}_usual") for name in _ENDS), pl.len().alias("__night_count")
        )
    )
    sheet = replace(
        sheet, rows=sheet.rows.join(usual, on="typed_participant_id", how="left", maintain_order="left")
    )
    near = parameters.usual_within_h
    begin, end = ((pl.col(name) - pl.col(f"{name}_usual")) for name in _ENDS)
    is_known = pl.col("__night_count") > parameters.usual_night_count
    slipped_begin = ((begin.abs() - 12).abs() <= near) & (end.abs() <= near)
    slipped_end = ((end.abs() - 12).abs() <= near) & (begin.abs() <= near)
    unlike = pl.when(is_known & (slipped_begin | slipped_end)).then(
        pl.format(
            "am or pm? {} lies 12 h from where it lies in the person's other nights",
            pl.when(slipped_begin).then(pl.lit("the begin")).otherwise(pl.lit("the end")),
        )
    )
    sheet = refuse_rows(sheet, unlike, "lights_off")
    return replace(
        sheet,
        rows=sheet.rows.drop(*_ENDS, *(f"{name}_usual" for name in _ENDS), "__night_count", "__in_bed_h"),
    )


_ENDS = {
    "__begin_h": ("typed_lights_off_at", "typed_sleep_onset_at"),
    "__end_h": ("typed_lights_on_at", "typed_sleep_end_at"),
}


def _hours_after_noon(instant: pl.Expr, zones: list[str]) -> pl.Expr:
    noon = pl.col("typed_night_date").cast(pl.Datetime("us")) + pl.duration(hours=12)
    return (wall_of(instant, pl.col("typed_time_zone"), zones) - noon).dt.total_microseconds() / HOUR_US
