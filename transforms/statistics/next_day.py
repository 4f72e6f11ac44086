"""Whether a night's jerks go with how the person is the day after."""

from dataclasses import replace
from typing import Any

import polars as pl

from transforms.parameters.cohort import CohortParameters
from transforms.schema import ASSOCIATION
from transforms.statistics.design import BETWEEN, WITHIN, Contrast, Outcome, within_between
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import coefficient, fit_rating_gee
from transforms.statistics.multiplicity import benjamini_hochberg

RATINGS = ("kss_score", "concentration_score", "irritability_score", "memory_score")
EXPOSURE = "jerk_rate_per_h"


def next_day_associations(nights: pl.DataFrame, parameters: CohortParameters) -> pl.DataFrame:
    """Regress each rating of the day after on the night's jerk rate; return ASSOCIATION with ``difference_score``.

    Reads ``analysis_night``. Linear GEE, exchangeable, robust errors, with the jerk rate split into the person's mean
    and the night's deviation, adjusted for every cause of leg jumps in the causal graph: by how many points the rating is higher for one jerk an
    hour more.
    """
    rows = [row for rating in RATINGS for row in _rows(rating, nights, parameters)]
    frame = pl.DataFrame(rows, schema_overrides=ASSOCIATION, infer_schema_length=None).with_row_index("place")
    parts = [
        part.with_columns(pl.Series("q_value", benjamini_hochberg(part["p_value"].to_numpy())).fill_nan(None))
        for _, part in frame.group_by("effect", maintain_order=True)
    ]
    in_order = pl.concat(parts).sort("place")
    return in_order.select(pl.col(name).cast(kind) for name, kind in ASSOCIATION.items())


def _rows(rating: str, nights: pl.DataFrame, parameters: CohortParameters) -> list[dict[str, Any]]:
    blank = dict.fromkeys(ASSOCIATION) | {
        "outcome": rating,
        "exposure": EXPOSURE,
        "analysis": "next_day",
        "model": "joint",
        "family": "the day after by jerks",
        "is_exploratory": True,
        "per_unit": 1.0,
    }
    effects = (WITHIN, BETWEEN)
    try:
        if rating not in nights.columns:
            raise NotFitted("the table has no such column")
        contrast = Contrast(Outcome(rating, None), EXPOSURE, 1.0, is_complete_case=True)
        least = replace(parameters.association, min_night_count=parameters.association.min_mean_night_count)
        sample = within_between(nights, contrast, least)
        few = sample.data.person_count < parameters.association.few_participant_count
        fit = fit_rating_gee(sample.data, is_bias_reduced=few)
    except NotFitted as reason:
        return [blank | {"effect": effect, "outcome_of_fit": f"not fitted: {reason}"} for effect in effects]
    if sample.informative_count < parameters.association.min_informative_participant_count:
        few_told = f"not fitted: {sample.informative_count} informative persons"
        return [blank | {"effect": effect, "outcome_of_fit": few_told} for effect in effects]
    told = {
        effect: coefficient(
            fit,
            effect,
            confidence_frac=parameters.interval.confidence_frac,
            power_frac=parameters.association.power_frac,
        )
        for effect in effects
        if effect in fit.estimate
    }
    return [
        blank
        | {
            "effect": effect,
            "difference_score": found.estimate,
            "ci_low": found.low,
            "ci_high": found.high,
            "p_value": found.p_value,
            "detectable_difference_score": found.detectable,
            "participant_count": sample.data.person_count,
            "informative_participant_count": sample.informative_count,
            "night_count": len(sample.data.counts),
            "missing_frac": sample.missing_frac,
            "imputation_count": 0,
            "left_out": ", ".join(sample.left_out) or None,
            "confounders": ", ".join(name for name in fit.estimate if name not in {"intercept", *effects}),
            "method": sample.told(fit.method),
            "outcome_of_fit": "fitted",
        }
        for effect, found in told.items()
    ]
