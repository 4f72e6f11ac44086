"""The nights of a person: from noon to noon of their own clock."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl

from transforms.clock import local_noon, nights_between
from transforms.nights.evidence import NightRecording


def night_windows(
    participant_id: str,
    recordings: Sequence[NightRecording],
    diary: pl.DataFrame,
    time_zone: str,
) -> pl.DataFrame:
    """List every night that a recording or a diary row touches.

    Returns participant_id, night_date, wake_date, time_zone, window_start_at, window_end_at, crosses_clock_change,
    one row per night, sorted. The zone of a night is the one that its own row of the diary names, else that of the
    latest recording that has begun by its evening (a traveller's recordings carry their own zones), else the
    participant's. Each night ends where the next begins,
    also across a change of zone, so every instant belongs to exactly one night.
    """
    dates = set(diary["night_date"].drop_nulls().to_list())
    spans: list[tuple[datetime, str]] = []
    for recording in recordings:
        if recording.epochs.height == 0:
            continue
        span = recording.epochs.select(
            nights_between(pl.col("start_at").min(), pl.col("start_at").max(), recording.time_zone)
        )
        dates |= set(span.item().to_list())
        spans.append((recording.epochs["start_at"][0], recording.time_zone))
    ordered = sorted(dates)
    wanted = sorted({*ordered, *(day + timedelta(days=1) for day in ordered)})
    rows = pl.DataFrame({"night_date": wanted}, schema={"night_date": pl.Date})
    own = dict(diary.filter(pl.col("has_own_time_zone")).select("night_date", "time_zone").iter_rows())
    # the noon that ends the last told night is one of the place where it was slept
    slept = {
        day + timedelta(days=1): zone for day, zone in own.items() if day + timedelta(days=1) not in dates
    }
    zones = [own.get(day) or slept.get(day) or _zone_of(day, sorted(spans), time_zone) for day in wanted]
    rows = rows.with_columns(pl.Series("time_zone", zones, dtype=pl.String))
    parts = [
        part.with_columns(local_noon(pl.col("night_date"), str(zone)).alias("window_start_at"))
        for (zone,), part in rows.group_by("time_zone")
    ]
    noons = pl.concat(parts).sort("night_date") if parts else rows.with_columns(window_start_at=pl.lit(None))
    wake_date = pl.col("night_date").dt.offset_by("1d")
    following = noons.select(pl.col("night_date").alias("wake_date"), window_end_at="window_start_at")
    return (
        noons.filter(pl.col("night_date").is_in(ordered))
        .with_columns(wake_date.alias("wake_date"), pl.lit(participant_id).alias("participant_id"))
        .join(following, on="wake_date", how="left", validate="1:1")
        .with_columns(
            ((pl.col("window_end_at") - pl.col("window_start_at")) != pl.duration(hours=24)).alias(
                "crosses_clock_change"
            )
        )
        .sort("night_date")
    )


def _zone_of(day: date, spans: Sequence[tuple[datetime, str]], time_zone: str) -> str:
    evening = datetime(day.year, day.month, day.day, 20, tzinfo=spans[0][0].tzinfo) if spans else None
    begun = [zone for start, zone in spans if evening is not None and start <= evening]
    return begun[-1] if begun else (spans[0][1] if spans else time_zone)
