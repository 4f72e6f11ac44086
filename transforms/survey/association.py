"""Odds ratios of every declared outcome for every declared exposure, in every declared model."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from transforms.intervals import Bools, Floats
from transforms.parameters import StudyParameters
from transforms.schema import SURVEY_ASSOCIATION
from transforms.statistics.gee import NotFitted
from transforms.statistics.multiplicity import benjamini_hochberg
from transforms.survey.questions import Exposure, Model, Outcome, Survey, surveys
from transforms.survey.regression import SurveyFit, fit_logistic, fit_ordinal
from transforms.survey.samples import (
    Sample,
    adult_sample,
    exposure_columns,
    is_case,
    known_domain,
    model_columns,
    outcome_level,
    term_columns,
)


def survey_associations(persons: pl.DataFrame, parameters: StudyParameters) -> pl.DataFrame:
    """Answer every question that is declared of the surveys in ``persons``; return SURVEY_ASSOCIATION.

    ``persons`` is SURVEY_PERSON, with the weights of one cycle. One row is one coefficient; a question that these
    respondents cannot answer keeps its row, with the reason in ``outcome_of_fit``. q values are Benjamini and Hochberg's
    over the exposures of one outcome and model.
    """
    rows = [
        row
        for survey in surveys()
        if (own := persons.filter(pl.col("survey") == survey.survey)).height
        for outcome in survey.outcomes
        for row in _answers(own, survey, outcome, parameters)
    ]
    frame = pl.DataFrame(rows, schema=SURVEY_ASSOCIATION)
    parts = []
    for _, part in frame.group_by("survey", "outcome", "model", maintain_order=True):
        p_values = part["p_value"].fill_null(np.nan).to_numpy()
        parts.append(part.with_columns(pl.Series("q_value", benjamini_hochberg(p_values)).fill_nan(None)))
    return pl.concat([frame.clear(), *parts])


def _answers(
    persons: pl.DataFrame, survey: Survey, outcome: Outcome, parameters: StudyParameters
) -> Iterator[dict[str, Any]]:
    sample = adult_sample(persons, survey, outcome, parameters)
    for exposure in survey.exposures:
        fits: dict[tuple[str, bytes], SurveyFit] = {}
        for model in survey.models:
            yield _answer(sample, survey, outcome, exposure, model, parameters, fits)


def _answer(
    sample: Sample,
    survey: Survey,
    outcome: Outcome,
    exposure: Exposure,
    model: Model,
    parameters: StudyParameters,
    fits: dict[tuple[str, bytes], SurveyFit],
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(SURVEY_ASSOCIATION) | {
        "survey": survey.survey,
        "outcome": outcome.outcome,
        "exposure": exposure.exposure,
        "model": model.model,
        "theme": exposure.theme,
        "per_unit": exposure.per_unit(parameters),
        "per_what": exposure.per_what(parameters),
        "design": survey.design,
    }
    smaller = survey.model(model.smaller) if model.smaller else None
    if smaller and set(model.terms) - set(smaller.terms) == {exposure.column}:
        return row | {"outcome_of_fit": f"not fitted: beyond {smaller.model} it adds the exposure itself"}
    domain = domain_of(sample, outcome, exposure, model, parameters)
    cases = is_case(sample, outcome) & domain
    row |= {"respondent_count": int(domain.sum()), "case_count": int(cases.sum())}
    try:
        near = next(reversed(fits.values())).estimate if fits else None
        fit = fit_model(sample, outcome, exposure, model, domain, parameters, near)
        fits[model.model, domain.tobytes()] = fit
        told = fit.odds_ratio(exposure.exposure, parameters.cohort.interval.confidence_frac, row["per_unit"])
        row |= dict(zip(("odds_ratio", "ci_low", "ci_high", "p_value"), told, strict=True)) | {
            "degrees_of_freedom": fit.degrees_of_freedom,
            "adjusted_for": ", ".join(
                name
                for name in fit.estimate
                if name not in {"intercept", exposure.exposure} and not name.startswith("above ")
            ),
            "method": f"{fit.method}; weight {survey.weight} over {sample.cycle_count} cycles",
            "outcome_of_fit": "fitted",
        }
        if smaller:
            # the same people: what changed is the model, not who is left in it
            same = fits.get((smaller.model, domain.tobytes())) or fit_model(
                sample, outcome, exposure, smaller, domain, parameters, fit.estimate
            )
            row["smaller_model_odds_ratio"] = float(
                np.exp(same.estimate[exposure.exposure] * row["per_unit"])
            )
    except NotFitted as reason:
        return row | {"outcome_of_fit": f"not fitted: {reason}"}
    return row


def domain_of(
    sample: Sample, outcome: Outcome, exposure: Exposure, model: Model, parameters: StudyParameters
) -> Bools:
    """Return who enters a model: adults of whom outcome, exposure and every term are known."""
    return known_domain(
        sample.adults,
        {outcome.outcome: outcome_level(sample, outcome)},
        exposure_columns(sample, exposure, parameters),
        term_columns(sample, model, exposure),
    )


def fit_model(
    sample: Sample,
    outcome: Outcome,
    exposure: Exposure,
    model: Model,
    domain: Bools,
    parameters: StudyParameters,
    near: Mapping[str, float] | None = None,
) -> SurveyFit:
    """Fit one outcome on one exposure and the terms of one model in a domain; raises NotFitted.

    ``near`` holds coefficients of a model that is much the same.
    """
    made = exposure_columns(sample, exposure, parameters)
    terms = term_columns(sample, model, exposure)
    return fit_columns(sample, outcome, made, terms, domain, parameters, needed=exposure.exposure, near=near)


def fit_columns(
    sample: Sample,
    outcome: Outcome,
    exposure: dict[str, Floats],
    terms: dict[str, Floats],
    domain: Bools,
    parameters: StudyParameters,
    *,
    needed: str,
    near: Mapping[str, float] | None = None,
) -> SurveyFit:
    """Fit an outcome on given columns; ``needed`` is the one without which there is nothing to tell. Raises NotFitted."""
    cases = int((is_case(sample, outcome) & domain).sum())
    if (fewest := min(cases, int(domain.sum()) - cases)) < parameters.survey.min_case_count:
        raise NotFitted(f"{fewest} cases or people without, fewer than {parameters.survey.min_case_count}")
    columns = model_columns(exposure, terms, domain)
    if needed not in columns:
        raise NotFitted("the exposure does not vary")
    level = outcome_level(sample, outcome)
    if outcome.is_ordinal:
        del columns["intercept"]
        return fit_ordinal(sample.design, domain, level, columns, near)
    return fit_logistic(sample.design, domain, level, columns, near)
