"""Rate ratios of outcomes for exposures: the questions that are asked of every study, and their answers as rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from transforms.parameters.association import AssociationParameters
from transforms.parameters.cohort import CohortParameters
from transforms.schema import ASSOCIATION, NUTRIENTS
from transforms.statistics.causal_graph import EXPOSURE_CONCEPTS, adjustment_set, base_name
from transforms.statistics.design import (
    BETWEEN,
    JERKS,
    KEYS,
    LATENCY,
    SLEEP_JERKS,
    UNWORN,
    WAKE_JERKS,
    WASO,
    WITHIN,
    Completions,
    Contrast,
    Outcome,
    Sample,
    varying_within,
    within_between,
)
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import (
    LARGEST_LOG_RATIO,
    Fit,
    coefficient,
    e_value,
    fit_gee,
    fit_negative_binomial,
    fit_person_fixed_effects,
    fit_random_slope,
    pooled,
)
from transforms.statistics.multiplicity import benjamini_hochberg
from transforms.statistics.permutation import permutation_p_value

OTHER_OUTCOMES = (
    Outcome("hypnic_jerk_count", "analysed_h"),
    Outcome("aplm_wasm_count", "analysed_sleep_h"),
    Outcome("restlessness_at_rest_movement_count", "restlessness_at_rest_h"),
    LATENCY,
    WASO,
)
PRIMARY = ("caffeine_mg", "exercise_met_min", "stress_score", "magnesium_mg")
"""One exposure for each of the study's four questions: the family of the primary analysis."""
SECONDARY = (
    "caffeine_after_14h_mg",
    "caffeine_at_lights_off_mg",
    "vigorous_min",
    "stress_z",
    *(one.column for one in NUTRIENTS if one.column not in PRIMARY),
    "sleep_debt_h",
)
LAGGED = tuple(f"lag1_{name}" for name in PRIMARY)
LEADING = tuple(f"lead1_{name}" for name in PRIMARY)
"""The negative controls among exposures: tomorrow's cannot move tonight's legs."""
RESTRICTED: Mapping[str, pl.Expr] = {
    "one_leg": pl.col("leg_count") == 1,
    "same_legs": pl.col("leg_count")
    == pl.col("leg_count").drop_nulls().mode().sort().first().over("participant_id"),
    "diary_sleep": pl.col("sleep_window_source").cast(pl.String) == "diary",
}
"""The same question of some of the nights: one leg measured; as many legs as in most nights of the person; a diary."""
CONFIDENT = Outcome("confident_jerk_sleep_count", "analysed_sleep_h")
SLOW = ("negative_binomial", "person_fixed_effects", "random_slope")
"""Models that are fitted person by person."""
COMPLETE_CASES = ("complete_case", *SLOW, "modifier")
"""Analyses of nights in which everything is known: to stand beside the imputed one, or because of what one fit takes."""
REPEATED = ("single", "unadjusted", "complete_case", *SLOW)


@dataclass(frozen=True)
class Question:
    """One outcome, one exposure, one way to ask."""

    outcome: Outcome
    exposure: str
    analysis: str = "main"
    modifier: str | None = None

    @property
    def model(self) -> str:
        """joint: adjusted for the other exposures as the causal graph says; single: for all but them; none."""
        return {"single": "single", "unadjusted": "none"}.get(self.analysis, "joint")

    def contrast(self, parameters: AssociationParameters) -> Contrast:
        """Return what is compared."""
        concepts = adjustment_set(self.exposure)
        if self.analysis == "single":
            concepts = tuple(name for name in concepts if name not in EXPOSURE_CONCEPTS)
        day = base_name(self.exposure)
        return Contrast(
            self.outcome,
            self.exposure,
            float(getattr(parameters.step, day)),
            beside=(day,) if day != self.exposure else (),
            concepts=() if self.analysis == "unadjusted" else concepts,
            is_complete_case=self.analysis in COMPLETE_CASES,
        )


def main_outcome(nights: pl.DataFrame) -> Outcome:
    """Return what the primary questions are about: jerks in sleep, or in bed where no night's sleep is known."""
    count = SLEEP_JERKS.count
    has_sleep = count in nights.columns and nights[count].null_count() < nights.height
    return SLEEP_JERKS if has_sleep or not nights.height else JERKS


def declared_questions(outcome: Outcome = SLEEP_JERKS) -> Iterator[tuple[Question, str, bool]]:
    """Yield each question with its family and whether its answer is exploratory, in the order of the table.

    Only the deviations within persons of the primary exposures, on ``outcome``, are more than exploratory.
    """
    for exposure in PRIMARY:
        yield Question(outcome, exposure), f"{outcome.count} by the four exposures", False
    for exposure in SECONDARY:
        yield Question(outcome, exposure), f"{outcome.count} by further exposures", True
    for exposure in LAGGED:
        yield Question(outcome, exposure, "lag"), f"{outcome.count} by exposures of the day before", True
    for other in (SLEEP_JERKS, WAKE_JERKS, JERKS, *OTHER_OUTCOMES):
        for exposure in PRIMARY if other != outcome else ():
            yield Question(other, exposure), f"{other.count} by the four exposures", True
    for exposure in LEADING:
        yield Question(outcome, exposure, "negative_control"), "negative controls", True
    for exposure in (*PRIMARY, *SECONDARY):
        yield Question(UNWORN, exposure, "negative_control"), "negative controls", True
    for exposure in PRIMARY:
        for modifier in ("restless legs", "low ferritin"):
            yield Question(outcome, exposure, "modifier", modifier), f"jerks, modified by {modifier}", True
    for exposure in PRIMARY:
        for analysis in (*REPEATED, *RESTRICTED):
            yield Question(outcome, exposure, analysis), "sensitivity", True
        yield Question(CONFIDENT, exposure, "confident"), "sensitivity", True


def associate(nights: pl.DataFrame, parameters: CohortParameters) -> pl.DataFrame:
    """Answer every declared question on ``analysis_night``; return ASSOCIATION.

    One row is one coefficient. A question that these nights cannot answer keeps its row, with the reason in
    ``outcome_of_fit``. q values are Benjamini and Hochberg's within a family, effects within and between persons apart,
    of the permutation's p where there is one; sensitivity analyses repeat a question and take none.
    """
    completions = Completions()
    rows = [
        {**row, "family": family, "is_exploratory": is_exploratory or row["effect"] != WITHIN}
        for question, family, is_exploratory in declared_questions(main_outcome(nights))
        for row in answer(question, nights, parameters, completions)
    ]
    frame = pl.DataFrame(rows, schema_overrides=ASSOCIATION, infer_schema_length=None)
    return _with_q_values(frame).select(pl.col(name).cast(kind) for name, kind in ASSOCIATION.items())


def _with_q_values(frame: pl.DataFrame) -> pl.DataFrame:
    numbered = frame.with_row_index("place")
    deciding = pl.when(pl.col("rate_ratio").is_not_null()).then(
        pl.max_horizontal("permutation_p_value", "p_value")
    )
    parts = []
    for (family, _), part in numbered.group_by("family", "effect", maintain_order=True):
        p_values = part.select(deciding.cast(pl.Float64).fill_null(np.nan)).to_series().to_numpy()
        q_values = benjamini_hochberg(p_values) if family != "sensitivity" else np.full(len(p_values), np.nan)
        parts.append(part.with_columns(pl.Series("q_value", q_values).fill_nan(None)))
    return pl.concat(parts).sort("place").drop("place")


def answer(
    question: Question,
    nights: pl.DataFrame,
    parameters: CohortParameters,
    completions: Completions | None = None,
) -> list[dict[str, Any]]:
    """Fit one model; return a row for each of its effects, or one row for each with the reason why there is none.

    An effect between persons is told from persons with ``min_mean_night_count`` nights and more, in a fit of its own
    where others have fewer.
    """
    association = parameters.association
    has_between = question.analysis not in {"person_fixed_effects", "modifier", "random_slope"}
    effects = [WITHIN, BETWEEN] if has_between else [WITHIN]
    try:
        if question.analysis == "modifier":
            return [_answer_by_group(question, nights, parameters)]
        sample = _sample(question, nights, association, completions)
    except NotFitted as reason:
        return [blank_row(question, effect, parameters, f"not fitted: {reason}") for effect in effects]
    rows = [_effect(question, WITHIN, sample, parameters)]
    if has_between:
        rows.append(_between(question, nights, sample, parameters, completions))
    return rows


def _between(
    question: Question,
    nights: pl.DataFrame,
    sample: Sample,
    parameters: CohortParameters,
    completions: Completions | None,
) -> dict[str, Any]:
    association = parameters.association
    least = replace(association, min_night_count=association.min_mean_night_count)
    try:
        if np.bincount(sample.data.person).min() < least.min_night_count:
            sample = _sample(question, nights, least, completions)
        return _effect(question, BETWEEN, sample, parameters)
    except NotFitted as reason:
        return blank_row(question, BETWEEN, parameters, f"not fitted: {reason}")


def _effect(question: Question, effect: str, sample: Sample, parameters: CohortParameters) -> dict[str, Any]:
    association = parameters.association
    counted = _counted(sample)
    least = association.min_informative_participant_count
    permuted: dict[str, float | None] = {}
    if effect == WITHIN and sample.informative_count < association.few_informative_participant_count:
        permuted["permutation_p_value"] = permutation_p_value(
            sample.data, WITHIN, count=association.permutation_count, seed=association.random_seed
        )
    if sample.informative_count < least:
        reason = (
            f"not fitted: {sample.informative_count} informative persons, within whom the exposure varies and who have "
            f"an event; {least} are needed"
        )
        return blank_row(question, effect, parameters, reason) | counted | permuted
    if effect not in sample.data.columns:
        reason = "not fitted: persons do not differ in their mean"
        return blank_row(question, effect, parameters, reason) | counted
    try:
        fit = sample.fit or _fit(question, sample, association)
        sample.fit = fit
        return answered_row(question, effect, sample, fit, effect, parameters) | permuted
    except NotFitted as reason:
        return blank_row(question, effect, parameters, f"not fitted: {reason}") | counted | permuted


def _sample(
    question: Question,
    nights: pl.DataFrame,
    parameters: AssociationParameters,
    completions: Completions | None,
) -> Sample:
    contrast = question.contrast(parameters)
    asked = (contrast.exposure, *contrast.beside, contrast.outcome.count, contrast.outcome.hours)
    if not {name for name in asked if name} <= set(nights.columns):
        raise NotFitted("the table has no such column")
    if question.analysis in RESTRICTED:
        restriction = RESTRICTED[question.analysis]
        if not set(restriction.meta.root_names()) <= set(nights.columns):
            raise NotFitted("the table has no such column")
        nights = nights.filter(restriction)
    if question.analysis in SLOW:
        few = parameters.max_imputed_participant_count
        parameters = replace(parameters, max_participant_count=min(few, parameters.max_participant_count))
    return within_between(nights, contrast, parameters, completions=completions)


def _fit(question: Question, sample: Sample, parameters: AssociationParameters) -> Fit:
    data = sample.data
    match question.analysis:
        case "negative_binomial":
            return fit_negative_binomial(data)
        case "person_fixed_effects":
            return fit_person_fixed_effects(varying_within(data))
        case "random_slope":
            return fit_random_slope(data, WITHIN)
    few = data.person_count < parameters.few_participant_count
    fits: list[Fit] = []
    for one in sample.datas:
        start = np.array(list(fits[0].estimate.values())) if fits else None
        fits.append(fit_gee(one, is_bias_reduced=few, start=start))
    return pooled(fits)


_MODIFIERS = {
    "restless legs": lambda group: pl.col("irls_score") >= group.irls_moderate_score,
    "low ferritin": lambda group: pl.col("ferritin_ug_l") <= group.low_ferritin_ug_l,
}


def _answer_by_group(
    question: Question, nights: pl.DataFrame, parameters: CohortParameters
) -> dict[str, Any]:
    """Ask how much the effect within persons differs with a property of the person: the ratio of the two ratios."""
    expression = _MODIFIERS[str(question.modifier)](parameters.group)
    if not set(expression.meta.root_names()) <= set(nights.columns):
        raise NotFitted("the table has no such column")
    judged = nights.with_columns(expression.alias("has_modifier")).filter(
        pl.col("has_modifier").is_not_null()
    )
    sample = _sample(question, judged, parameters.association, None)
    keyed = judged.select(*KEYS, pl.col("has_modifier").cast(pl.Float64))
    placed = sample.nights.join(keyed, on=KEYS, how="left", validate="1:1", maintain_order="left")
    group = placed["has_modifier"].to_numpy()
    least = parameters.association.min_informative_participant_count
    for is_in in (0.0, 1.0):
        informative = int(sample.is_informative[np.unique(sample.data.person[group == is_in])].sum())
        if informative < least:
            raise NotFitted(f"fewer than {least} informative persons with or without it")
    columns = dict(sample.data.columns)
    columns["group"] = group - group.mean()
    columns["within in group"] = columns[WITHIN] * group
    sample.datas = (replace(sample.data, columns=columns),)
    fit = _fit(question, sample, parameters.association)
    row = answered_row(question, WITHIN, sample, fit, "within in group", parameters)
    return row | {"method": row["method"] + "; ratio of the rate ratios with and without it"}


def blank_row(
    question: Question, effect: str, parameters: CohortParameters, outcome_of_fit: str
) -> dict[str, Any]:
    """Return a row without an answer."""
    return dict.fromkeys(ASSOCIATION) | {
        "outcome": question.outcome.count,
        "exposure": question.exposure,
        "effect": effect,
        "analysis": question.analysis,
        "model": question.model,
        "modifier": question.modifier,
        "per_unit": float(getattr(parameters.association.step, base_name(question.exposure))),
        "method": None,
        "outcome_of_fit": outcome_of_fit,
    }


def _counted(sample: Sample) -> dict[str, Any]:
    return {
        "participant_count": sample.data.person_count,
        "informative_participant_count": sample.informative_count,
        "night_count": len(sample.data.counts),
        "event_count": sample.event_count,
        "analysed_h": sample.analysed_h,
        "missing_frac": sample.missing_frac,
        "imputation_count": len(sample.datas) if len(sample.datas) > 1 else 0,
        "left_out": ", ".join(sample.left_out) or None,
    }


def answered_row(
    question: Question, effect: str, sample: Sample, fit: Fit, column: str, parameters: CohortParameters
) -> dict[str, Any]:
    """Return the coefficient ``column`` as a row; raises NotFitted where it is no number that can be told."""
    if column not in fit.estimate:
        raise NotFitted("a combination of what is adjusted for")
    if effect == WITHIN:
        # persons within whom nothing varies are no evidence of how much the answer could differ
        most = max(sample.informative_count - 1, 1)
        fit = replace(fit, freedom={name: min(value, most) for name, value in fit.freedom.items()})
    told = coefficient(
        fit,
        column,
        confidence_frac=parameters.interval.confidence_frac,
        power_frac=parameters.association.power_frac,
    )
    if not max(abs(told.low), abs(told.high), told.detectable) < LARGEST_LOG_RATIO:
        raise NotFitted("the interval has no end")
    ratio, low, high = (float(np.exp(value)) for value in (told.estimate, told.low, told.high))
    nearer = low if low > 1 else high if high < 1 else 1.0
    confounders = [name for name in fit.estimate if name not in {"intercept", WITHIN, BETWEEN, column}]
    return (
        blank_row(question, effect, parameters, "fitted")
        | _counted(sample)
        | {
            "rate_ratio": ratio,
            "ci_low": low,
            "ci_high": high,
            "p_value": told.p_value,
            "detectable_rate_ratio": float(np.exp(told.detectable)),
            "e_value_ratio": e_value(ratio),
            "e_value_limit_ratio": e_value(nearer),
            "confounders": ", ".join(confounders),
            "method": sample.told(fit.method),
        }
    )
