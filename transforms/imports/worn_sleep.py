"""Sleeps that watches, rings and telephones recorded: which of them are nights, which are naps.

The rule, the same for every maker: a sleep that begins by day (``nap_from_h`` to ``nap_until_h``) and is shorter than
``nap_below_h`` is a nap, and so is what the maker itself calls one. Of the others, those of one night that lie
``longest_wake_h`` apart or less are one night with the wake between kept; where several remain in a noon-to-noon night
the longest is the night and the others are told and kept beside the naps.
"""

from collections.abc import Sequence

import polars as pl

from transforms.clock import HOUR_US, MINUTE_US, night_date_of
from transforms.diaries.moments import wall_of
from transforms.diaries.sheet import rejected_rows
from transforms.imports.files import Imported
from transforms.parameters.exposures import ExposureParameters, WornSleepParameters
from transforms.schema import INSTANT, NAP, REJECTED_ENTRY, SLEEP_DIARY, empty, fitted

SLEEP = pl.Schema(
    {
        "participant_id": pl.String(),
        "time_zone": pl.String(),
        "begin_at": INSTANT,
        "end_at": INSTANT,
        "sleep_onset_at": INSTANT,
        "sleep_end_at": INSTANT,
        "has_bed": pl.Boolean(),  # begin and end are those of the bed, not of the sleep
        "is_nap": pl.Boolean(),  # the maker calls it one
        "line_number": pl.Int64(),
    }
)
"""One recorded sleep."""


def nights_and_naps(sleeps: pl.DataFrame, file_name: str, parameters: ExposureParameters) -> Imported:
    """Turn SLEEP into SLEEP_DIARY and NAP; tell what was united, set aside or is short.

    Repeated sleeps (an export that overlaps itself) count once. ``wake_between_min`` is the time between sleeps that
    became one night [min]. What is longer than a night can be (``sleep_diary.longest_in_bed_h``) is neither: a slip of
    am for pm, or a device that nobody wore.
    """
    worn, longest_h = parameters.worn_sleep, parameters.sleep_diary.longest_in_bed_h
    sleeps = fitted(sleeps, SLEEP).unique(
        ["participant_id", "begin_at", "end_at"], keep="first", maintain_order=True
    )
    if sleeps.is_empty():
        return Imported()
    zones = sleeps["time_zone"].unique().to_list()
    wall = wall_of(pl.col("begin_at"), pl.col("time_zone"), zones)
    clock_h = (wall - wall.dt.truncate("1d")).dt.total_microseconds() / HOUR_US
    length_h = (pl.col("end_at") - pl.col("begin_at")).dt.total_microseconds() / HOUR_US
    is_by_day = clock_h.is_between(worn.nap_from_h, worn.nap_until_h, closed="left")
    judged = sleeps.with_columns(
        (pl.col("is_nap").fill_null(value=False) | (is_by_day & (length_h < worn.nap_below_h))).alias(
            "is_nap"
        )
    )
    naps = judged.filter("is_nap")
    nights = _united(judged.filter(~pl.col("is_nap")), zones, worn)
    in_bed_h = (pl.col("end_at") - pl.col("begin_at")).dt.total_microseconds() / HOUR_US
    too_long = pl.concat(
        [
            part.with_columns(in_bed_h.alias("asleep_h"))
            .select("line_number", "asleep_h")
            .filter(pl.col("asleep_h") > longest_h)
            for part in (naps, nights)
        ]
    )
    naps, nights = (part.filter(in_bed_h <= longest_h) for part in (naps, nights))
    best = nights.sort("participant_id", "night_date", "asleep_h", descending=[False, False, True]).unique(
        ["participant_id", "night_date"], keep="first", maintain_order=True
    )
    others = nights.join(best, on=["participant_id", "begin_at"], how="anti")
    told = [
        _told(
            too_long,
            f"{{}} h from begin to end, more than {longest_h:g} h: am or pm, or not worn?",
            file_name,
        ),
        _told(
            others,
            "another sleep of the same night, {} h, lies too far from the longer one to be part of it",
            file_name,
        ),
        _told(
            best.filter(pl.col("asleep_h") < worn.told_below_h),
            "a sleep of {} h is the only one of its night; it is taken for the night",
            file_name,
        ),
    ]
    beside = pl.concat([naps.select(SLEEP.names()), others.select(SLEEP.names())])
    return Imported(
        frames={"sleep_diary": [_as_diary(best)], "nap": [_as_naps(beside)]},
        rejected=pl.concat([empty(REJECTED_ENTRY), *told]),
    )


def _united(sleeps: pl.DataFrame, zones: Sequence[str], parameters: WornSleepParameters) -> pl.DataFrame:
    """Unite sleeps that follow each other within one night."""
    person = "participant_id"
    longest = pl.duration(microseconds=round(parameters.longest_wake_h * HOUR_US))
    ordered = sleeps.sort(person, "begin_at")
    reach = pl.col("end_at").cum_max().shift(1).over(person, order_by="begin_at")
    gap = pl.col("begin_at") - reach
    grouped = ordered.with_columns(
        (gap > longest).fill_null(value=True).cum_sum().over(person, order_by="begin_at").alias("__group"),
        pl.max_horizontal(gap, pl.duration(microseconds=0)).alias("__gap"),
    )
    united = grouped.group_by(person, "__group", maintain_order=True).agg(
        pl.col("time_zone").first(),
        pl.col("begin_at").min(),
        pl.col("end_at").max(),
        pl.col("sleep_onset_at").min(),
        pl.col("sleep_end_at").max(),
        pl.col("has_bed").all(),
        pl.col("is_nap").first(),
        pl.col("line_number").min(),
        (pl.col("__gap").slice(1).sum().dt.total_microseconds() / MINUTE_US).alias("wake_between_min"),
        pl.len().alias("__count"),
    )
    night = pl.lit(None, dtype=pl.Date)
    for zone in zones:
        night = (
            pl.when(pl.col("time_zone") == zone)
            .then(night_date_of(pl.col("begin_at"), zone))
            .otherwise(night)
        )
    return united.with_columns(
        night.alias("night_date"),
        (
            (pl.col("end_at") - pl.col("begin_at")).dt.total_microseconds() / HOUR_US
            - pl.col("wake_between_min") / 60
        ).alias("asleep_h"),
        pl.when(pl.col("__count") > 1).then("wake_between_min").alias("wake_between_min"),
    )


def _as_diary(nights: pl.DataFrame) -> pl.DataFrame:
    """Write nights as SLEEP_DIARY; where only the sleep is known, the bed is not."""
    return fitted(
        nights.with_columns(
            pl.when("has_bed").then("begin_at").alias("lights_off_at"),
            pl.when("has_bed").then("end_at").alias("lights_on_at"),
            pl.lit(value=False).alias("has_own_time_zone"),
        ).sort("participant_id", "night_date"),
        SLEEP_DIARY,
    )


def _as_naps(sleeps: pl.DataFrame) -> pl.DataFrame:
    minutes = (pl.col("end_at") - pl.col("begin_at")).dt.total_microseconds() / MINUTE_US
    return fitted(
        sleeps.select(
            "participant_id",
            pl.col("begin_at").alias("started_at"),
            pl.col("end_at").alias("ended_at"),
            minutes.alias("duration_min"),
            "time_zone",
        ).sort("participant_id", "started_at"),
        NAP,
    )


def _told(nights: pl.DataFrame, reason: str, file_name: str) -> pl.DataFrame:
    rows = nights.select("line_number", pl.format(reason, pl.col("asleep_h").round(1)).alias("reason"))
    return rejected_rows(rows, file_name)
