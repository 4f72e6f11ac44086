"""UTC, time zones, clock changes and the noon-to-noon night, defined once.

A night is named by ``night_date``, the date of the local noon that opens it. Local noon to local noon is 23, 24 or
25 hours of UTC; durations are always differences of UTC instants.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from transforms.errors import SettingsError
from transforms.schema import INSTANT


def check_time_zone(name: str, where: str) -> str:
    """Return ``name`` if it is an IANA zone; raise SettingsError naming ``where`` otherwise."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            f"{where}: {name!r} is not an IANA time zone; write one such as 'Europe/Berlin'"
        ) from None
    return name


def local_to_utc(local: pl.Expr, time_zone: str) -> pl.Expr:
    """Naive local wall time to a UTC instant.

    A wall time that occurs twice (clocks set back) means its first occurrence; one that never occurs (clocks set
    forward) becomes null, for the caller to reject.
    """
    return (
        local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.cast_time_unit("us")
    )


def offset_of_local(local_us: int, time_zone: str) -> int:
    """Seconds that a device's local clock is ahead of UTC at ``local_us``, microseconds since 1970 of that clock.

    A wall time that occurs twice means its first occurrence; one that never occurs has the offset of before.
    """
    local = datetime(1970, 1, 1) + timedelta(microseconds=local_us)  # noqa: DTZ001 - naive is meant
    offset = local.replace(tzinfo=ZoneInfo(time_zone)).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def local_noon(date: pl.Expr, time_zone: str) -> pl.Expr:
    """Return the UTC instant of local noon on ``date``; no zone has ever changed its clock at noon in bed."""
    return local_to_utc(date.cast(pl.Datetime("us")) + pl.duration(hours=12), time_zone)


def night_date_of(instant: pl.Expr, time_zone: str) -> pl.Expr:
    """Return the date of the local noon that opens the night holding ``instant``."""
    local = instant.dt.convert_time_zone(time_zone).dt.replace_time_zone(None)
    return (local - pl.duration(hours=12)).dt.date()


def nights_between(first_at: pl.Expr, end_at: pl.Expr, time_zone: str) -> pl.Expr:
    """List the ``night_date`` of every night that ``[first_at, end_at)`` touches."""
    last = night_date_of(end_at - pl.duration(microseconds=1), time_zone)
    return pl.date_ranges(night_date_of(first_at, time_zone), last)


def with_night_window(nights: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """Add wake_date, window_start_at, window_end_at and crosses_clock_change to rows with night_date."""
    wake_date = pl.col("night_date").dt.offset_by("1d")
    return nights.with_columns(
        wake_date.alias("wake_date"),
        local_noon(pl.col("night_date"), time_zone).alias("window_start_at"),
        local_noon(wake_date, time_zone).alias("window_end_at"),
    ).with_columns(
        ((pl.col("window_end_at") - pl.col("window_start_at")) != pl.duration(hours=24)).alias(
            "crosses_clock_change"
        )
    )


def us(instant: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    return int(pl.Series([instant], dtype=INSTANT).to_physical()[0])
