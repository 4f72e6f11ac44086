"""UTC, time zones, clock changes and the noon-to-noon night, defined once.

A night is named by ``night_date``, the date of the local noon that opens it. Local noon to local noon is 23, 24 or
25 hours of UTC; durations are always differences of UTC instants.
"""

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from transforms.errors import SettingsError
from transforms.schema import INSTANT

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
"""Instants and lengths are whole microseconds inside; these are what a unit of a name holds of them."""


def check_time_zone(name: str, where: str) -> str:
    """Return ``name`` if it is an IANA zone; raise SettingsError naming ``where`` otherwise."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            f"{where}: {name!r} is not an IANA time zone; write one such as 'Europe/Berlin'"
        ) from None
    return name


def local_to_utc(local: pl.Expr, time_zone: str, *, is_second: bool = False) -> pl.Expr:
    """Naive local wall time to a UTC instant.

    A wall time that occurs twice (clocks set back) means its first occurrence, or its second where ``is_second``; one
    that never occurs (clocks set forward) becomes null, for the caller to reject.
    """
    occurrence: Literal["earliest", "latest"] = "latest" if is_second else "earliest"
    return (
        local.dt.replace_time_zone(time_zone, ambiguous=occurrence, non_existent="null")
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


def offset_text(offset_s: int) -> str:
    """Write an offset from UTC in seconds as ``+hh:mm``."""
    hours, minutes = divmod(abs(offset_s) // 60, 60)
    return f"{'-' if offset_s < 0 else '+'}{hours:02d}:{minutes:02d}"


def clock_offset(
    first_us: int, time_zone: str, *, set_us: int | None = None, stated: str | None = None
) -> tuple[int, str]:
    """Return by how many seconds a device's local clock is ahead of UTC throughout a recording, and of which moment.

    A device's clock is set once, when it is configured, and knows of no change of time: the offset of that moment
    holds, not that of the first sample, which may be weeks later.

    Args:
        first_us: the first sample by the device's clock, microseconds since 1970.
        time_zone: IANA zone in which the clock was set.
        set_us: when it was set, by that clock; believed up to 400 days before the first sample.
        stated: what the file says of the offset, ``+hh:mm``; believed where the zone had that offset within the 90
            days before the first sample, so that it tells on which side of a change of time the clock was set.

    """
    if set_us is not None and 0 <= first_us - set_us <= 400 * DAY_US:
        moment = datetime(1970, 1, 1) + timedelta(microseconds=set_us)  # noqa: DTZ001 - naive is meant
        return offset_of_local(set_us, time_zone), f"the moment of its setting, {moment:%Y-%m-%d %H:%M}"
    offset_s = offset_of_local(first_us, time_zone)
    if stated is not None and stated != offset_text(offset_s):
        for days in range(1, 91):
            earlier_s = offset_of_local(first_us - days * DAY_US, time_zone)
            if offset_text(earlier_s) == stated:
                return earlier_s, "its setting, as its header states it"
    return offset_s, "its first sample"


def wall_clock_change_us(before_us: int, after_us: int, time_zone: str) -> int:
    """Microseconds by which the wall clock of a zone was set between two of its times; 0 where it was not.

    Both in microseconds since 1970 of that wall clock. A time that occurs twice means its first occurrence in
    ``before_us`` and its second in ``after_us``.
    """
    zone = ZoneInfo(time_zone)
    start = datetime(1970, 1, 1)  # noqa: DTZ001 - naive is meant
    before = (start + timedelta(microseconds=before_us)).replace(tzinfo=zone, fold=0).utcoffset()
    after = (start + timedelta(microseconds=after_us)).replace(tzinfo=zone, fold=1).utcoffset()
    if before is None or after is None:
        return 0
    return round((after - before).total_seconds()) * SECOND_US


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
