"""A study without sensors: the movements of a scorer in the place of those of a device."""

import polars as pl

from transforms.schema import MOVEMENT, require
from transforms.schema.polysomnography import SCORED_LEG_MOVEMENT

_NIGHT = ["participant_id", "night_date"]


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
