"""Rate ratios for each level of an exposure, so that a curve that is no straight line can be seen."""

from typing import Any

import numpy as np
import polars as pl

from transforms.intervals import Floats
from transforms.parameters.cohort import CohortParameters
from transforms.schema import DOSE_RESPONSE
from transforms.statistics.association import JERKS
from transforms.statistics.design import BETWEEN, WITHIN, independent, within_between
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import CountData, coefficient, fit_gee

EXPOSURES = ("caffeine_mg", "caffeine_after_14h_mg", "exercise_met_min")
"""Those of which a shape other than a line is expected: exercise, of which both none and much may be ill."""


def dose_response(nights: pl.DataFrame, levels: pl.DataFrame, parameters: CohortParameters) -> pl.DataFrame:
    """Fit jerks on indicators of the level of each of EXPOSURES; return DOSE_RESPONSE.

    Reads ``analysis_night`` and ``night_group`` (participant_id, night_date, grouping_name, level, level_number).
    The model has the person's mean of the exposure and the declared confounders beside the levels, so that levels are
    compared within persons as far as they vary there. The lowest level with nights of at least
    ``min_participant_count`` persons is the reference, with a ratio of 1 and no interval; levels of fewer persons
    keep their row without a ratio.
    """
    rows = [
        row
        for exposure in EXPOSURES
        if exposure in nights.columns
        for row in _levels_of(exposure, nights, levels, parameters)
    ]
    frame = pl.DataFrame(rows, schema_overrides=DOSE_RESPONSE, infer_schema_length=None)
    return (
        frame.select(pl.col(name).cast(kind) for name, kind in DOSE_RESPONSE.items())
        if rows
        else pl.DataFrame(schema=DOSE_RESPONSE)
    )


def _levels_of(
    exposure: str, nights: pl.DataFrame, levels: pl.DataFrame, parameters: CohortParameters
) -> list[dict[str, Any]]:
    association = parameters.association
    try:
        sample = within_between(
            nights, JERKS, exposure, float(getattr(association.step, exposure)), association
        )
    except NotFitted:
        return []
    own = levels.filter(pl.col("grouping_name") == exposure).select(
        "participant_id", "night_date", "level", "level_number"
    )
    if own.is_empty():
        return []
    placed = sample.nights.join(
        own, on=["participant_id", "night_date"], how="left", validate="1:1", maintain_order="left"
    )
    counted = (
        placed.group_by("level", "level_number")
        .agg(participant_count=pl.col("participant_id").n_unique(), night_count=pl.len())
        .sort("level_number")
        .with_columns(is_enough=pl.col("participant_count") >= association.min_participant_count)
    )
    enough = counted.filter("is_enough")
    blank = [
        dict.fromkeys(DOSE_RESPONSE)
        | {"outcome": JERKS.count, "exposure": exposure}
        | {name: row[name] for name in ("level", "level_number", "participant_count", "night_count")}
        for row in counted.iter_rows(named=True)
    ]
    if enough.height < 2:
        return blank

    reference = enough.item(0, "level")
    # nights of levels with too few persons leave the model, not the table
    keep = placed.select(pl.col("level").is_in(enough["level"].implode())).to_series().to_numpy()
    level = placed["level"].to_numpy()[keep]
    columns: dict[str, Floats] = {"intercept": np.ones(int(keep.sum()))}
    columns |= {name: (level == name).astype(np.float64) for name in enough["level"][1:]}
    columns |= {
        name: column[keep]
        for name, column in sample.data.columns.items()
        if name not in {"intercept", WITHIN}
    }
    data = CountData(
        sample.data.counts[keep],
        sample.data.hours[keep],
        np.unique(sample.data.person[keep], return_inverse=True)[1],
        independent(columns),
    )
    try:
        fit = fit_gee(data, is_bias_reduced=data.person_count < association.few_participant_count)
    except NotFitted:
        return blank
    filled = []
    for row in blank:
        name = str(row["level"])
        ratio: dict[str, Any] = {}
        if name == reference:
            ratio = {"rate_ratio": 1.0}
        elif name in fit.estimate and name not in {BETWEEN, "intercept"}:
            told = coefficient(
                fit,
                name,
                confidence_frac=parameters.interval.confidence_frac,
                power_frac=association.power_frac,
            )
            ratio = {
                "rate_ratio": float(np.exp(told.estimate)),
                "ci_low": float(np.exp(told.low)),
                "ci_high": float(np.exp(told.high)),
                "p_value": told.p_value,
                "detectable_rate_ratio": float(np.exp(told.detectable)),
            }
        filled.append(row | ratio | {"reference_level": reference, "method": sample.told(fit.method)})
    return filled
