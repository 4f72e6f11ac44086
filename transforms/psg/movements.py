"""Nights without sensors: the movements of a scorer in the place of those of a device."""

from dataclasses import dataclass

import polars as pl

from transforms.psg.hypnogram import psg_nights
from transforms.psg.participant import DETECTOR
from transforms.psg.scored import stages_by_leg_scorer
from transforms.schema import MOVEMENT, NIGHT, WAKE_EPISODE, require
from transforms.schema.polysomnography import SCORED_LEG_MOVEMENT

_NIGHT = ["participant_id", "night_date"]
_OF_THE_WINDOW = ["time_zone", "window_start_at", "window_end_at", "crosses_clock_change", "is_day_sleeper"]


@dataclass(frozen=True, kw_only=True)
class MovedNights:
    """Nights and the movements in them, from one source."""

    nights: pl.DataFrame
    """NIGHT."""
    wake_episodes: pl.DataFrame
    """WAKE_EPISODE."""
    movements: pl.DataFrame
    """MOVEMENT."""


def moved_nights(events: pl.DataFrame, scored: pl.DataFrame, time_zones: pl.DataFrame) -> MovedNights:
    """Return the nights in which legs were scored, with the movements of one scorer each.

    ``events`` (SCORED_EVENT) are the marks and ``scored`` (SCORED_LEG_MOVEMENT) what the standards make of them;
    ``time_zones`` has participant_id and time_zone. A night that was staged, but in which nobody scored legs, is left
    out: no movement was looked for in it. What the detector found is left out of nights that a person scored.
    """
    looked_at = stages_by_leg_scorer(events)
    by_people = looked_at.filter(pl.col("scorer") != DETECTOR).select(_NIGHT).unique()
    own = pl.concat(
        [
            scored.filter(pl.col("scorer") != DETECTOR),
            scored.filter(pl.col("scorer") == DETECTOR).join(by_people, on=_NIGHT, how="anti"),
        ]
    )
    nights, wake_episodes = psg_nights(events, time_zones)
    scored_nights = looked_at.select(_NIGHT).unique()
    nights = nights.join(scored_nights, on=_NIGHT, how="semi").sort(_NIGHT)
    return MovedNights(
        nights=nights,
        wake_episodes=wake_episodes.join(scored_nights, on=_NIGHT, how="semi").sort(*_NIGHT, "started_at"),
        movements=as_movements(own, nights),
    )


def fill_nights(sensor: MovedNights, polysomnography: MovedNights) -> MovedNights:
    """Let polysomnography stand in for the nights that no leg sensor recorded; the others stay as they are.

    ``sensor.nights`` has a row for every night of ``polysomnography``; its window, time zone and clock change are kept.
    """
    windows = sensor.nights.filter(pl.col("leg_recording_count") == 0).select(*_NIGHT, *_OF_THE_WINDOW)
    nights = (
        polysomnography.nights.drop(_OF_THE_WINDOW)
        .join(windows, on=_NIGHT, how="inner", validate="1:1")
        .select(NIGHT.names())
    )
    taken = nights.select(_NIGHT)

    def merged(own: pl.DataFrame, others: pl.DataFrame, *order: str) -> pl.DataFrame:
        parts = [own.join(taken, on=_NIGHT, how="anti"), others.join(taken, on=_NIGHT, how="semi")]
        return pl.concat(parts).sort(*_NIGHT, *order)

    return MovedNights(
        nights=merged(sensor.nights, nights),
        wake_episodes=require(
            merged(sensor.wake_episodes, polysomnography.wake_episodes, "started_at"),
            WAKE_EPISODE,
            "wake episodes",
        ),
        movements=merged(sensor.movements, polysomnography.movements, "onset_at", "movement_id"),
    )


def as_movements(scored: pl.DataFrame, nights: pl.DataFrame) -> pl.DataFrame:
    """Return the movements of one scorer per night in the schema MOVEMENT.

    One row of ``scored`` is one movement (SCORED_LEG_MOVEMENT); ``nights`` are those of psg_nights. Of several scorers in
    one night the first by name is taken, as for the hypnogram. Every row is a leg_movement. The muscle is in the lower
    leg: body_sites are left_calf, right_calf. What only acceleration tells (peak_g, tilt_deg, confidence ...) is null.
    The phase is sleep in a stage of sleep, pre_sleep in wake before sleep onset, wake_in_bed in later wake, and null in
    unstaged time. Only nights in ``nights`` are returned.
    """
    scored = require(scored, SCORED_LEG_MOVEMENT, "scored leg movements")
    sites = {
        "left": ["left_calf"],
        "right": ["right_calf"],
        "both": ["left_calf", "right_calf"],
        "other": ["other"],
    }
    side = pl.col("side").cast(pl.String)
    body_sites = pl.lit([], dtype=pl.List(pl.String))
    for name, own in sites.items():
        body_sites = pl.when(side == name).then(pl.lit(own)).otherwise(body_sites)
    phase = (
        pl.when(pl.col("stage") != "w")
        .then(pl.lit("sleep"))
        .when((pl.col("stage") == "w") & (pl.col("onset_at") < pl.col("sleep_onset_at")))
        .then(pl.lit("pre_sleep"))
        .when(pl.col("stage") == "w")
        .then(pl.lit("wake_in_bed"))
    )
    frame = (
        scored.filter(pl.col("scorer") == pl.col("scorer").min().over(_NIGHT))
        .join(nights.select(*_NIGHT, "sleep_onset_at"), on=_NIGHT, how="inner", validate="m:1")
        .with_columns(
            pl.concat_str(
                "participant_id", pl.col("onset_at").to_physical(), pl.lit("leg_movement"), separator=":"
            ).alias("movement_id"),
            pl.lit("leg_movement").alias("kind"),
            body_sites.alias("body_sites"),
            phase.alias("phase"),
            pl.lit("electromyogram").alias("movement_source"),
        )
        .sort(*_NIGHT, "onset_at")
    )
    missing = {name: pl.lit(None) for name in MOVEMENT if name not in frame.columns}
    return frame.with_columns(**missing).select(pl.col(name).cast(dtype) for name, dtype in MOVEMENT.items())
