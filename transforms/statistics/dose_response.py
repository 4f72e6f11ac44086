"""What the same persons would show at each level of an exposure, and whether the curve through them is a line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.intervals import Floats
from transforms.parameters.cohort import CohortParameters
from transforms.schema import DOSE_RESPONSE, NUTRIENTS
from transforms.statistics.association import main_outcome
from transforms.statistics.design import (
    BETWEEN,
    WITHIN,
    Completions,
    Contrast,
    Sample,
    independent,
    within_between,
)
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import CountData, Fit, coefficient, fit_gee, pooled
from transforms.statistics.persons import person_means

EXPOSURES = (
    *("caffeine_mg", "caffeine_after_14h_mg", "caffeine_at_lights_off_mg"),
    *("exercise_met_min", "vigorous_min", "exercise_end_to_lights_off_h"),
    *("stress_score", "stress_z"),
    *(one.rda_ratio for one in NUTRIENTS),
)
"""Those that the tables of rates by level are about."""


def dose_response(nights: pl.DataFrame, levels: pl.DataFrame, parameters: CohortParameters) -> pl.DataFrame:
    """Fit jerks on indicators of the level of each of EXPOSURES; return DOSE_RESPONSE.

    Reads ``analysis_night`` and ``night_group`` (participant_id, night_date, grouping_name, level, level_number).

    1. Each indicator enters as the person's mean and the night's deviation from it, beside what the causal graph
       says: levels are compared within persons, whoever has which level more often.
    2. The lowest level with nights of at least ``min_participant_count`` persons is the reference, with a ratio of 1
       and no interval; levels of fewer persons keep their row without a ratio.
    3. The standardised rate of a level is what the model tells of the same nights of the same persons, had all of
       them had that level (g-computation), with its interval by the delta method. Raw rates of the levels compare
       different people; these do not.

    Source: Robins 1986, doi:10.1016/0270-0255(86)90088-6; Snowden 2011, doi:10.1093/aje/kwq472.
    """
    completions = Completions()
    rows = [
        row
        for exposure in EXPOSURES
        if exposure in nights.columns
        for row in _levels_of(exposure, nights, levels, parameters, completions)
    ]
    return pl.DataFrame(rows, schema=DOSE_RESPONSE)


def _levels_of(
    exposure: str,
    nights: pl.DataFrame,
    levels: pl.DataFrame,
    parameters: CohortParameters,
    completions: Completions,
) -> list[dict[str, Any]]:
    association = parameters.association
    own = levels.filter(pl.col("grouping_name") == exposure).select(
        "participant_id", "night_date", "level", "level_number"
    )
    if own.is_empty():
        return []
    outcome = main_outcome(nights)
    try:
        contrast = Contrast(outcome, exposure, 1.0)
        sample = within_between(nights, contrast, association, completions=completions)
    except NotFitted:
        return []
    placed = sample.nights.join(
        own, on=["participant_id", "night_date"], how="left", validate="1:1", maintain_order="left"
    )
    counted = (
        placed.filter(pl.col("level").is_not_null())
        .group_by("level", "level_number")
        .agg(participant_count=pl.col("participant_id").n_unique(), night_count=pl.len())
        .sort("level_number")
        .with_columns(is_enough=pl.col("participant_count") >= association.min_participant_count)
    )
    enough = counted.filter("is_enough")
    blank = [
        dict.fromkeys(DOSE_RESPONSE)
        | {"outcome": outcome.count, "exposure": exposure}
        | {name: row[name] for name in ("level", "level_number", "participant_count", "night_count")}
        for row in counted.iter_rows(named=True)
    ]
    if enough.height < 2:
        return blank
    # nights of levels with too few persons leave the model, not the table
    keep = (
        placed.select(pl.col("level").is_in(enough["level"].implode()).fill_null(False))
        .to_series()
        .to_numpy()
    )
    names = [str(name) for name in enough["level"]]
    level = placed["level"].cast(pl.String).to_numpy()[keep]
    indicators = {name: (level == name).astype(np.float64) for name in names[1:]}
    few = sample.data.person_count < association.few_participant_count
    try:
        fit = pooled(list(_of_levels(sample.datas, keep, indicators, names, is_bias_reduced=few)))
    except NotFitted:
        return blank
    return [row | _told(str(row["level"]), names, fit, sample, parameters) for row in blank]


def _of_levels(
    datas: Sequence[CountData],
    keep: NDArray[np.bool_],
    indicators: Mapping[str, Floats],
    names: list[str],
    *,
    is_bias_reduced: bool,
) -> Iterator[Fit]:
    """Yield for each imputation the logarithms of each level's ratio (by its name) and standardised rate (``rate NAME``)."""
    person = np.unique(datas[0].person[keep], return_inverse=True)[1]
    columns: dict[str, Floats] = {"intercept": np.ones(int(keep.sum()))}
    means = {name: person_means(is_here, person) for name, is_here in indicators.items()}
    columns |= {name: is_here - means[name] for name, is_here in indicators.items()}
    # means of the levels take the place of the mean of the exposure
    columns |= {f"{name} of the person": value - value.mean() for name, value in means.items()}
    order: list[str] | None = None
    start: Floats | None = None
    for data in datas:
        every = columns | {
            name: column[keep]
            for name, column in data.columns.items()
            if name not in {"intercept", WITHIN, BETWEEN}
        }
        # what enters is the same in every imputation
        order = order or list(independent(every))
        if not indicators.keys() <= set(order):
            raise NotFitted("a level is a combination of others")
        kept = CountData(data.counts[keep], data.hours[keep], person, {name: every[name] for name in order})
        fit = fit_gee(kept, is_bias_reduced=is_bias_reduced, start=start)
        start = np.array([fit.estimate[name] for name in order])
        yield _standardised(kept, fit, means, names)


def _standardised(kept: CountData, fit: Fit, means: Mapping[str, Floats], names: list[str]) -> Fit:
    if fit.covariance is None:
        raise NotFitted("no covariance")
    order, matrix = list(kept.columns), kept.matrix
    estimate = np.array([fit.estimate[name] for name in order])
    places = {name: order.index(name) for name in names[1:]}
    ratios, errors, freedom = {}, {}, {}
    for name in names:
        for other, place in places.items():
            matrix[:, place] = float(other == name) - means[other]
        weight = np.exp(matrix @ estimate) * kept.hours
        gradient = weight @ matrix / weight.sum()
        ratios[f"rate {name}"] = float(np.log(weight.sum() / kept.hours.sum()))
        errors[f"rate {name}"] = float(np.sqrt(gradient @ fit.covariance @ gradient))
        freedom[f"rate {name}"] = max(fit.freedom["intercept"], 1.0)
        if name in places:
            ratios[name], errors[name] = fit.estimate[name], fit.standard_error[name]
            freedom[name] = fit.freedom[name]
    return replace(fit, estimate=ratios, standard_error=errors, freedom=freedom, covariance=None)


def _told(
    name: str, names: list[str], fit: Fit, sample: Sample, parameters: CohortParameters
) -> dict[str, Any]:
    if name not in names:
        return {}
    how = {
        "confidence_frac": parameters.interval.confidence_frac,
        "power_frac": parameters.association.power_frac,
    }
    rate = coefficient(fit, f"rate {name}", **how)
    told: dict[str, Any] = {
        "reference_level": names[0],
        "informative_participant_count": sample.informative_count,
        "standardised_rate_per_h": float(np.exp(rate.estimate)),
        "standardised_ci_low_per_h": float(np.exp(rate.low)),
        "standardised_ci_high_per_h": float(np.exp(rate.high)),
        "method": sample.told(f"{fit.method}; standardised over the nights of the model"),
    }
    if name == names[0]:
        return told | {"rate_ratio": 1.0}
    ratio = coefficient(fit, name, **how)
    return told | {
        "rate_ratio": float(np.exp(ratio.estimate)),
        "ci_low": float(np.exp(ratio.low)),
        "ci_high": float(np.exp(ratio.high)),
        "p_value": ratio.p_value,
        "detectable_rate_ratio": float(np.exp(ratio.detectable)),
    }
