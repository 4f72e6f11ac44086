"""Odds ratios level by level of an exposure, and the share of cases at each: a curve that is no line can be seen."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from transforms.parameters import StudyParameters
from transforms.schema import SURVEY_DOSE_RESPONSE, with_word
from transforms.statistics.gee import NotFitted
from transforms.survey.association import fit_columns
from transforms.survey.estimates import share
from transforms.survey.questions import Exposure, Model, Outcome, Survey, surveys
from transforms.survey.samples import (
    Sample,
    adult_sample,
    is_case,
    known_domain,
    outcome_level,
    term_columns,
)


def survey_dose_response(
    persons: pl.DataFrame, levels: pl.DataFrame, parameters: StudyParameters
) -> pl.DataFrame:
    """Fit every outcome on indicators of the level of each exposure that has levels; return SURVEY_DOSE_RESPONSE.

    Args:
        persons: SURVEY_PERSON, with the weights of one cycle.
        levels: exposure_level: exposure, level, level_number, lower, upper, is_lower_included, is_upper_included; the same
            levels as of the cohort.
        parameters: of the study.

    The lowest level is the reference, with a ratio of 1 and no interval; levels of fewer cases than a model needs keep
    their row without a ratio, and their respondents leave the model.
    """
    rows = [
        row
        for survey in surveys()
        if (own := persons.filter(pl.col("survey") == survey.survey)).height
        for outcome in survey.outcomes
        for exposure in survey.exposures
        if (limits := levels.filter(pl.col("exposure") == exposure.exposure).sort("level_number")).height
        for row in _models(own, survey, outcome, exposure, limits, parameters)
    ]
    frame = pl.DataFrame(rows, schema=SURVEY_DOSE_RESPONSE)
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


def _models(
    persons: pl.DataFrame,
    survey: Survey,
    outcome: Outcome,
    exposure: Exposure,
    limits: pl.DataFrame,
    parameters: StudyParameters,
) -> Iterator[dict[str, Any]]:
    sample = adult_sample(persons, survey, outcome, parameters)
    number = _level_numbers(sample.persons[exposure.column], limits)
    for model in survey.models:
        yield from _levels(sample, survey, outcome, exposure, model, limits, number, parameters)


def _level_numbers(values: pl.Series, limits: pl.DataFrame) -> pl.Series:
    """Return the number of the level in which each value lies; null where unknown."""
    value = pl.lit(values)
    inside = pl.lit(None, dtype=pl.Int32)
    for row in limits.iter_rows(named=True):
        above = pl.lit(value=True)
        if row["lower"] is not None:
            above = value >= row["lower"] if row["is_lower_included"] else value > row["lower"]
        below = pl.lit(value=True)
        if row["upper"] is not None:
            below = value <= row["upper"] if row["is_upper_included"] else value < row["upper"]
        inside = pl.when(above & below & value.is_not_null()).then(row["level_number"]).otherwise(inside)
    return pl.select(inside.cast(pl.Int32).alias("level_number")).to_series()


def _levels(
    sample: Sample,
    survey: Survey,
    outcome: Outcome,
    exposure: Exposure,
    model: Model,
    limits: pl.DataFrame,
    number: pl.Series,
    parameters: StudyParameters,
) -> Iterator[dict[str, Any]]:
    terms = term_columns(sample, model, exposure)
    level = outcome_level(sample, outcome)
    domain = known_domain(sample.adults, {"outcome": level}, terms) & number.is_not_null().to_numpy()
    case = is_case(sample, outcome)
    in_level = {
        str(row["level"]): domain & (number == row["level_number"]).fill_null(value=False).to_numpy()
        for row in limits.iter_rows(named=True)
    }
    enough = [
        name for name, inside in in_level.items() if (case & inside).sum() >= parameters.survey.min_case_count
    ]
    fit, reason = None, "fitted"
    if len(enough) > 1:
        columns = {name: in_level[name].astype(np.float64) for name in enough[1:]}
        fitted = np.logical_or.reduce([in_level[name] for name in enough])
        try:
            fit = fit_columns(sample, outcome, columns, terms, fitted, parameters, needed=enough[1])
        except NotFitted as error:
            reason = f"not fitted: {error}"
    else:
        reason = "not fitted: fewer than two levels with enough cases"
    confidence_frac = parameters.cohort.interval.confidence_frac
    for row in limits.iter_rows(named=True):
        name, inside = str(row["level"]), in_level[str(row["level"])]
        cases = share(sample.design, case, inside, confidence_frac)
        told: dict[str, Any] = {}
        if fit is not None and name == enough[0]:
            told = {"odds_ratio": 1.0}
        elif fit is not None and name in fit.estimate:
            ratio = fit.odds_ratio(name, confidence_frac)
            told = dict(zip(("odds_ratio", "ci_low", "ci_high", "p_value"), ratio, strict=True))
        yield dict.fromkeys(SURVEY_DOSE_RESPONSE) | {
            "survey": survey.survey,
            "outcome": outcome.outcome,
            "exposure": exposure.exposure,
            "model": model.model,
            "level": name,
            "level_number": row["level_number"],
            "reference_level": enough[0] if fit is not None else None,
            "respondent_count": int(inside.sum()),
            "case_count": int((case & inside).sum()),
            "case_pct": 100 * cases.value,
            with_word("case_pct", "se"): 100 * cases.standard_error,
            with_word("case_pct", "low"): 100 * cases.low,
            with_word("case_pct", "high"): 100 * cases.high,
            "degrees_of_freedom": fit.degrees_of_freedom if fit is not None else None,
            "method": fit.method if fit is not None else None,
            "outcome_of_fit": reason if fit is None or told else "not fitted: too few cases",
            **told,
        }
