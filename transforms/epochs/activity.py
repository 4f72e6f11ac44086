"""Moderate and vigorous minutes of a sensor at the wrist or hip, in spans of five minutes.

What a person wore is evidence of exercise beside what they wrote.
"""

import polars as pl

from transforms.parameters.exposures import ActivityCutPointParameters
from transforms.schema import ACTIVITY_SPAN, EPOCH, WRIST_SITES, require

EPOCH_S = 5
_SPAN = "5m"
_HIP_SITES = ("hip", "trunk")


def activity_spans(epochs: pl.DataFrame, parameters: ActivityCutPointParameters) -> pl.DataFrame:
    """Add up worn, moderate and vigorous epochs by spans of five minutes.

    Reads EPOCH (one row is 5 s of one recording); returns ACTIVITY_SPAN. An epoch is moderate or vigorous by its mean
    ENMO against the cut-points of its body site. Epochs of legs are left out: no cut-points are published for them.

    Deviations from Hildebrand 2014: the cut-points were found on epochs of 1 s and are used on 5 s, as GGIR does; no
    bouts are required, every epoch counts. Limits: cycling and lifting move wrist and hip little.
    """
    frame = require(epochs, EPOCH, "epoch")
    wrist = pl.col("body_site").cast(pl.String).is_in(WRIST_SITES)
    hip = pl.col("body_site").cast(pl.String).is_in(_HIP_SITES)
    moderate_mg = pl.when(wrist).then(parameters.wrist_moderate_mg).otherwise(parameters.hip_moderate_mg)
    vigorous_mg = pl.when(wrist).then(parameters.wrist_vigorous_mg).otherwise(parameters.hip_vigorous_mg)
    enmo = pl.col("enmo_mg").cast(pl.Float64).fill_nan(None)
    is_worn = pl.col("is_worn") & enmo.is_not_null()
    minutes = EPOCH_S / 60
    return (
        frame.filter(wrist | hip)
        .with_columns(
            pl.col("start_at").dt.truncate(_SPAN),
            is_worn.alias("__worn"),
            (is_worn & (enmo >= moderate_mg) & (enmo < vigorous_mg)).alias("__moderate"),
            (is_worn & (enmo >= vigorous_mg)).alias("__vigorous"),
        )
        .group_by("participant_id", "recording_id", "body_site", "start_at")
        .agg(
            (pl.col("__worn").sum() * minutes).alias("worn_min"),
            (pl.col("__moderate").sum() * minutes).alias("moderate_min"),
            (pl.col("__vigorous").sum() * minutes).alias("vigorous_min"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in ACTIVITY_SPAN.items())
        .sort("participant_id", "recording_id", "start_at")
    )
