"""Rate ratios of outcomes for exposures: the questions that are asked of every study, and their answers as rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from transforms.parameters.association import AssociationParameters
from transforms.parameters.cohort import CohortParameters
from transforms.schema import ASSOCIATION
from transforms.statistics.design import BETWEEN, WITHIN, Outcome, Sample, varying_within, within_between
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import (
    CountData,
    Fit,
    coefficient,
    fit_gee,
    fit_negative_binomial,
    fit_person_fixed_effects,
)
from transforms.statistics.multiplicity import benjamini_hochberg

JERKS = Outcome("jerk_count", "analysed_h")
OTHER_OUTCOMES = (
    Outcome("hypnic_jerk_count", "analysed_h"),
    Outcome("aplm_wasm_count", "analysed_sleep_h"),
    Outcome("restlessness_movement_count", "restlessness_analysed_h"),
)
PRIMARY = ("caffeine_mg", "exercise_met_min", "stress_score", "magnesium_mg")
"""One exposure for each of the study's four questions: the family of the primary analysis."""
SECONDARY = (
    "caffeine_after_14h_mg",
    "caffeine_at_lights_off_mg",
    "vigorous_min",
    "stress_z",
    "calcium_mg",
    "iron_mg",
    "vitamin_b6_mg",
    "vitamin_b12_ug",
    "sleep_debt_h",
)
LAGGED = ("lag1_caffeine_mg", "lag1_exercise_met_min", "lag1_stress_score", "lag1_magnesium_mg")


@dataclass(frozen=True)
class Question:
    """One outcome, one exposure, one way to ask."""

    outcome: Outcome
    exposure: str
    analysis: str = "main"
    modifier: str | None = None


def declared_questions() -> Iterator[tuple[Question, str, bool]]:
    """Yield each question with its family and whether its answer is exploratory, in the order of the table.

    Only the deviations within persons of the primary exposures, on jerks, are more than exploratory.
    """
    for exposure in PRIMARY:
        yield Question(JERKS, exposure), "jerks by the four exposures", False
    for exposure in SECONDARY:
        yield Question(JERKS, exposure), "jerks by further exposures", True
    for exposure in LAGGED:
        yield Question(JERKS, exposure, "lag"), "jerks by exposures of the day before", True
    for outcome in OTHER_OUTCOMES:
        for exposure in PRIMARY:
            yield Question(outcome, exposure), f"{outcome.count} by the four exposures", True
    for exposure in PRIMARY:
        for modifier in ("restless legs", "low ferritin"):
            yield Question(JERKS, exposure, "modifier", modifier), f"jerks, modified by {modifier}", True
    for exposure in PRIMARY:
        for analysis in ("negative_binomial", "person_fixed_effects", "unadjusted"):
            yield Question(JERKS, exposure, analysis), "sensitivity", True


def associate(nights: pl.DataFrame, parameters: CohortParameters) -> pl.DataFrame:
    """Answer every declared question on ``analysis_night``; return ASSOCIATION.

    One row is one coefficient. A question that these nights cannot answer keeps its row, with the reason in
    ``outcome_of_fit``. q values are Benjamini and Hochberg's within a family, effects within and between persons apart;
    sensitivity analyses repeat a question and take none.
    """
    rows = [
        {**row, "family": family, "is_exploratory": is_exploratory or row["effect"] != WITHIN}
        for question, family, is_exploratory in declared_questions()
        for row in answer(question, nights, parameters)
    ]
    frame = pl.DataFrame(rows, schema_overrides=ASSOCIATION, infer_schema_length=None)
    return _with_q_values(frame).select(pl.col(name).cast(kind) for name, kind in ASSOCIATION.items())


def _with_q_values(frame: pl.DataFrame) -> pl.DataFrame:
    numbered = frame.with_row_index("place")
    parts = []
    for (family, _), part in numbered.group_by("family", "effect", maintain_order=True):
        p_values = part["p_value"].to_numpy()
        q_values = benjamini_hochberg(p_values) if family != "sensitivity" else np.full(len(p_values), np.nan)
        parts.append(part.with_columns(pl.Series("q_value", q_values).fill_nan(None)))
    return pl.concat(parts).sort("place").drop("place")


def answer(question: Question, nights: pl.DataFrame, parameters: CohortParameters) -> list[dict[str, Any]]:
    """Fit one model; return a row for each of its effects, or one row for each with the reason why there is none."""
    effects = [WITHIN] if question.analysis in {"person_fixed_effects", "modifier"} else [WITHIN, BETWEEN]
    try:
        if question.analysis == "modifier":
            return list(_answer_by_group(question, nights, parameters))
        sample = _sample(question, nights, parameters.association)
        fit = _fit(question, sample.data, parameters.association)
        return [
            _row(question, effect, sample, fit, effect, parameters)
            for effect in effects
            if effect in fit.estimate
        ]
    except NotFitted as reason:
        return [_blank(question, effect, parameters, f"not fitted: {reason}") for effect in effects]


def _sample(question: Question, nights: pl.DataFrame, parameters: AssociationParameters) -> Sample:
    if question.exposure not in nights.columns or question.outcome.count not in nights.columns:
        raise NotFitted("the table has no such column")
    per_unit = float(getattr(parameters.step, question.exposure))
    return within_between(
        nights,
        question.outcome,
        question.exposure,
        per_unit,
        parameters,
        beside=question.exposure.removeprefix("lag1_") if question.analysis == "lag" else None,
        has_confounders=question.analysis != "unadjusted",
    )


def _fit(question: Question, data: CountData, parameters: AssociationParameters) -> Fit:
    match question.analysis:
        case "negative_binomial":
            return fit_negative_binomial(data)
        case "person_fixed_effects":
            return fit_person_fixed_effects(varying_within(data))
        case _:
            return fit_gee(data, is_bias_reduced=data.person_count < parameters.few_participant_count)


_MODIFIERS = {
    "restless legs": lambda group: pl.col("irls_score") >= group.irls_moderate_score,
    "low ferritin": lambda group: pl.col("ferritin_ug_l") <= group.low_ferritin_ug_l,
}


def _answer_by_group(
    question: Question, nights: pl.DataFrame, parameters: CohortParameters
) -> Iterator[dict[str, Any]]:
    """Ask how much the effect within persons differs with a property of the person: the ratio of the two ratios."""
    expression = _MODIFIERS[str(question.modifier)](parameters.group)
    judged = nights.with_columns(expression.alias("has_modifier")).filter(
        pl.col("has_modifier").is_not_null()
    )
    sample = _sample(question, judged, parameters.association)
    group = sample.nights["has_modifier"].cast(pl.Float64).to_numpy()
    persons = sample.nights.group_by("has_modifier").agg(pl.col("participant_id").n_unique().alias("n"))
    smallest = persons["n"].min() if persons.height == 2 else 0
    if not isinstance(smallest, int) or smallest < parameters.association.min_participant_count:
        raise NotFitted(
            f"fewer than {parameters.association.min_participant_count} persons with or without it"
        )
    columns = dict(sample.data.columns)
    columns["group"] = group - group.mean()
    columns["within in group"] = columns[WITHIN] * group
    data = replace(sample.data, columns=columns)
    fit = _fit(question, data, parameters.association)
    row = _row(question, WITHIN, sample, fit, "within in group", parameters)
    yield row | {"method": row["method"] + "; ratio of the rate ratios with and without it"}


def _blank(
    question: Question, effect: str, parameters: CohortParameters, outcome_of_fit: str
) -> dict[str, Any]:
    return dict.fromkeys(ASSOCIATION) | {
        "outcome": question.outcome.count,
        "exposure": question.exposure,
        "effect": effect,
        "analysis": question.analysis,
        "modifier": question.modifier,
        "per_unit": float(getattr(parameters.association.step, question.exposure)),
        "method": None,
        "outcome_of_fit": outcome_of_fit,
    }


def _row(
    question: Question, effect: str, sample: Sample, fit: Fit, column: str, parameters: CohortParameters
) -> dict[str, Any]:
    told = coefficient(
        fit,
        column,
        confidence_frac=parameters.interval.confidence_frac,
        power_frac=parameters.association.power_frac,
    )
    confounders = [name for name in fit.estimate if name not in {"intercept", WITHIN, BETWEEN, column}]
    return _blank(question, effect, parameters, "fitted") | {
        "rate_ratio": float(np.exp(told.estimate)),
        "ci_low": float(np.exp(told.low)),
        "ci_high": float(np.exp(told.high)),
        "p_value": told.p_value,
        "detectable_rate_ratio": float(np.exp(told.detectable)),
        "participant_count": sample.data.person_count,
        "night_count": len(sample.data.counts),
        "event_count": sample.event_count,
        "analysed_h": sample.analysed_h,
        "confounders": ", ".join(confounders),
        "method": sample.told(fit.method),
    }
