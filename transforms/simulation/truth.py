"""The truth beside a simulated study: one frame, one row per movement, night, wake episode, interval or rate ratio."""

from collections.abc import Mapping, Sequence

import polars as pl

from transforms.clock import SECOND_US
from transforms.parameters.scoring import WASM_2016
from transforms.parameters.simulation import JERK_KINDS, PlantedEffect
from transforms.schema import INSTANT, SIGNAL_BREAK, MovementKind, Phase
from transforms.scoring.series import mark_series

TruthRecord = pl.Enum(["movement", "night", "wake_episode", "nonwear", "gap", "rate_ratio"])

_COLUMNS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "record": TruthRecord,
    "participant_id": pl.String,
    "night_date": pl.Date,
    "onset_at": INSTANT,  # movement
    "duration_s": pl.Float64,
    "kind": MovementKind,
    "body_sites": pl.List(pl.String),  # recorded sites that moved
    "amplitude_g": pl.Float64,  # largest acceleration that the movement added at any of them
    "tilt_deg": pl.Float64,  # largest change of posture that it left at any of them
    "is_clm": pl.Boolean,
    "is_plm": pl.Boolean,  # member of a WASM 2016 series of the true movements
    "phase": Phase,
    "lights_off_at": INSTANT,  # night
    "sleep_onset_at": INSTANT,
    "sleep_end_at": INSTANT,
    "lights_on_at": INSTANT,
    "started_at": INSTANT,  # wake episode, non-wear, gap
    "ended_at": INSTANT,
    "body_site": pl.String,  # of a gap
    "is_series_break": pl.Boolean,  # gap, non-wear: no leg was measured
    "exposure": pl.String,  # rate ratio
    "level": pl.String,  # where the exposure is a category; against level none
    "outcome": pl.String,
    "rate_ratio": pl.Float64,
    "per_unit": pl.Float64,
}

TRUTH = pl.Schema(_COLUMNS)

OUTCOMES = {"hypnic_jerk": "hypnic_jerk_count", "leg_movement": "leg_movement_count"}


def truth_frame(rows: Sequence[dict[str, object]]) -> pl.DataFrame:
    """Bring rows with some of the columns to the schema TRUTH."""
    return pl.DataFrame(list(rows), schema=TRUTH, orient="row") if rows else pl.DataFrame(schema=TRUTH)


def rate_ratio_rows(effects: Sequence[PlantedEffect]) -> list[dict[str, object]]:
    """Return one row per planted effect and count that obeys it; jerk_count where all its kinds share the ratio."""
    rows: list[dict[str, object]] = []
    for effect in effects:
        outcomes = [OUTCOMES[kind] for kind in effect.kinds if kind in OUTCOMES]
        outcomes += ["jerk_count"] if set(effect.kinds) == set(JERK_KINDS) else []
        rows += [
            {
                "record": "rate_ratio",
                "exposure": effect.exposure,
                "level": effect.level or None,
                "outcome": outcome,
                "rate_ratio": effect.rate_ratio,
                "per_unit": None if effect.level else effect.per_unit,
            }
            for outcome in outcomes
        ]
    return rows


def with_series(truth: pl.DataFrame) -> pl.DataFrame:
    """Fill is_clm and is_plm of the movement rows by the WASM 2016 rules, applied to the true movements.

    Hypnic jerks and twitches play no part; turns, tremor and rhythm end a series; gaps and non-wear leave the interval
    across them unmeasured where ``is_series_break`` says that no other leg was measured meanwhile.
    """
    is_movement = pl.col("record") == "movement"
    longest_s = (
        pl.when(pl.col("body_sites").list.len() > 1)
        .then(WASM_2016.max_combined_s)
        .otherwise(WASM_2016.max_single_leg_s)
    )
    is_clm = (
        (pl.col("kind") == "leg_movement")
        & (pl.col("duration_s") >= WASM_2016.min_movement_s)
        & (pl.col("duration_s") <= longest_s)
    )
    legs = (
        truth.with_row_index("row")
        .filter(is_movement & ~pl.col("kind").is_in(["hypnic_jerk", "twitch"]))
        .select(
            "row",
            "participant_id",
            "night_date",
            "onset_at",
            (
                pl.col("onset_at")
                + pl.duration(microseconds=(pl.col("duration_s") * SECOND_US).round().cast(pl.Int64))
            ).alias("offset_at"),
            pl.lit("other").cast(pl.Enum(["left", "right", "both", "other"])).alias("side"),
            is_clm.alias("is_clm"),
        )
    )
    breaks = truth.filter(pl.col("is_series_break").fill_null(value=False)).select(SIGNAL_BREAK.names())
    marked = mark_series(legs, breaks, WASM_2016).select(
        "row", pl.col("series_number").is_not_null().alias("in_series")
    )
    return (
        truth.with_row_index("row")
        .join(marked, on="row", how="left", validate="1:1")
        .sort("row")
        .with_columns(
            pl.when(is_movement).then(is_clm).alias("is_clm"),
            pl.when(is_movement).then(pl.col("in_series").fill_null(value=False)).alias("is_plm"),
        )
        .select(TRUTH.names())
    )
