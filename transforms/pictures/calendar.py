"""The calendar of a study: what became of each night of each participant, one letter a night."""

from collections.abc import Collection

import polars as pl

from transforms.schema.words import IDLE_SLEEP_MODE, NO_LEG_RECORDING, NOT_WORN, SIGNAL_MISSING

STATES = {
    "a": "analysed",
    "s": "analysed, sleep and wake not known",
    "d": "analysed, no diary",
    "w": "not worn",
    "r": "not recorded",
    "x": "not recorded, a file was refused",
    "q": "not recorded, a file waits",
    "o": "recorded, not fit for analysis",
}
"""What a night can be, in the order of the legend; each has its letter."""
ANALYSED = "a"

CALENDAR = pl.Schema(
    {"participant_id": pl.String, "first_date": pl.Date, "states": pl.String, "rates": pl.String}
)
"""One row a participant: the date of the first night, and for it and for each that follows a letter and a digit of RATE_EDGES."""
RATE_EDGES = (1, 2, 4, 6, 8, 12, 16, 24, 32)
"""Leg jumps per hour at which the digit of a night rises, from 0 to 9; a point is a night without a rate [1/h]."""

_NOT_RECORDED = (NO_LEG_RECORDING, SIGNAL_MISSING, IDLE_SLEEP_MODE)


def night_states(
    nights: pl.DataFrame, refused: Collection[str] = (), waiting: Collection[str] = ()
) -> pl.DataFrame:
    """Return CALENDAR of everybody who has a night.

    A date without a row between a participant's first and last night is a night that was not recorded. A night before
    or after all recorded ones, of which no diary tells either, is the rest of a recording that began or ended at the
    day and is no night at all. A study in which nobody keeps a diary misses none.

    Args:
        nights: participant_id, night_date, is_in, reason (of ``inclusion``), is_sleep_known, has_sleep_diary, has_diary
            (any entry for the night or its day), jerk_rate_per_h.
        refused: participants of whom a device file was refused.
        waiting: participants of whom a device file waits.
    """
    wants_diary = bool(nights["has_diary"].any())
    told = nights.with_columns(
        state=pl.when("is_in")
        .then(
            pl.when(pl.lit(wants_diary) & ~pl.col("has_diary"))
            .then(pl.lit("d"))
            .when(pl.col("is_sleep_known"))
            .then(pl.lit("a"))
            .otherwise(pl.lit("s"))
        )
        .when(pl.col("reason") == NOT_WORN)
        .then(pl.lit("w"))
        .when(pl.col("reason").is_in(_NOT_RECORDED))
        .then(pl.lit("r"))
        .otherwise(pl.lit("o"))
    )
    digit = pl.sum_horizontal((pl.col("jerk_rate_per_h") >= edge).cast(pl.Int8) for edge in RATE_EDGES)
    told = told.with_columns(
        rate=pl.when(pl.col("jerk_rate_per_h").is_not_null())
        .then(digit.cast(pl.String))
        .otherwise(pl.lit("."))
    )
    is_night = (pl.col("reason") != NO_LEG_RECORDING) | pl.col("has_sleep_diary")
    spans = (
        told.filter(is_night)
        .group_by("participant_id")
        .agg(first_date=pl.col("night_date").min(), last_date=pl.col("night_date").max())
    )
    if spans.is_empty():
        return pl.DataFrame(schema=CALENDAR)
    every = spans.select(
        "participant_id", "first_date", night_date=pl.date_ranges("first_date", "last_date")
    ).explode("night_date")
    missing = (
        pl.when(pl.col("participant_id").is_in(list(refused)))
        .then(pl.lit("x"))
        .when(pl.col("participant_id").is_in(list(waiting)))
        .then(pl.lit("q"))
        .otherwise(pl.lit("r"))
    )
    return (
        every.join(
            told.select("participant_id", "night_date", "state", "rate"),
            on=["participant_id", "night_date"],
            how="left",
        )
        .with_columns(state=pl.col("state").fill_null("r"), rate=pl.col("rate").fill_null("."))
        .with_columns(state=pl.when(pl.col("state") == "r").then(missing).otherwise("state"))
        .sort("participant_id", "night_date")
        .group_by("participant_id", "first_date", maintain_order=True)
        .agg(states=pl.col("state").str.join(""), rates=pl.col("rate").str.join(""))
        .match_to_schema(CALENDAR)
    )
