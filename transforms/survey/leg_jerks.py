"""Who answers how often the legs jerk, and what they eat, drink and sleep: estimates by answer, and who was left out."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from transforms.parameters import StudyParameters
from transforms.schema import SURVEY_ATTRITION, SURVEY_LEG_JERK, with_word
from transforms.survey.association import domain_of
from transforms.survey.design import sample_design
from transforms.survey.estimates import Estimate, mean, quantile, share, total
from transforms.survey.questions import Survey, surveys
from transforms.survey.samples import adult_sample, asked_cycles, is_case, outcome_level

ANSWER = "leg_jerk_frequency"
_EXAM, _DIET, _TWO_DAY = "exam_represented_count", "diet_represented_count", "two_day_represented_count"
_MEANS = (
    ("mean_sleep_h", "usual_sleep_h", _EXAM),
    ("mean_phq9_score", "phq9_score", _EXAM),
    ("mean_ferritin_ug_l", "ferritin_ug_l", _EXAM),
    ("mean_caffeine_mg", "caffeine_mg", _DIET),
    ("mean_magnesium_mg", "magnesium_mg", _DIET),
    ("mean_iron_mg", "iron_mg", _DIET),
    ("mean_caffeine_day1_mg", "caffeine_day1_mg", _DIET),
    ("mean_caffeine_two_day_mg", "caffeine_two_day_mg", _TWO_DAY),
)
_MEDIANS = (
    ("median_ferritin_ug_l", "ferritin_ug_l", _EXAM),
    ("median_caffeine_day1_mg", "caffeine_day1_mg", _DIET),
)
"""Column of the table, column of the respondents, and the weight that goes with it."""


def survey_leg_jerks(persons: pl.DataFrame, parameters: StudyParameters) -> pl.DataFrame:
    """Return SURVEY_LEG_JERK: one row per answer in each cycle that asked, and in all of them pooled.

    ``persons`` is SURVEY_PERSON, with the weights of one cycle, which are divided by the number of pooled cycles. Where
    weights were not delivered, weighted values stay empty: a plain mean speaks for nobody.
    """
    rows: list[dict[str, Any]] = []
    for (survey,), own in persons.group_by("survey", maintain_order=True):
        asked = asked_cycles(own, ANSWER)
        cycles = asked["cycle"].unique().sort().to_list()
        parts = [(cycle, asked.filter(pl.col("cycle").eq_missing(cycle)), False) for cycle in cycles]
        if len(cycles) > 1:
            parts.append((_span(cycles), asked, True))
        for cycle, part, is_pooled in parts:
            count = len(cycles) if is_pooled else 1
            of_part = {"survey": survey, "cycle": cycle or "not known", "is_pooled": is_pooled}
            rows.extend(
                of_part | row for row in _answers(part, count, parameters.cohort.interval.confidence_frac)
            )
    return pl.DataFrame(rows, schema=SURVEY_LEG_JERK).with_columns(pl.col(pl.Float64).fill_nan(None))


def _span(cycles: Sequence[str | None]) -> str:
    """Name pooled cycles by their first and last year: 2005-2008."""
    told = [cycle for cycle in cycles if cycle]
    return f"{told[0][:4]}-{told[-1][-4:]}" if len(told) == len(cycles) else "all"


def _answers(persons: pl.DataFrame, cycle_count: int, confidence_frac: float) -> Iterator[dict[str, Any]]:
    designs = {weight: sample_design(persons, weight, cycle_count) for weight in (_EXAM, _DIET, _TWO_DAY)}
    has_weight = {weight: persons[weight].count() > 0 for weight in designs}
    values = {
        name: persons[name].fill_null(np.nan).to_numpy().astype(np.float64)
        for name in {column for _, column, _ in (*_MEANS, *_MEDIANS)}
    }
    answered = persons[ANSWER].is_not_null().to_numpy()
    restless = persons["has_restless_legs_diagnosis"]
    knows_restless = restless.is_not_null().to_numpy()
    has_restless = restless.fill_null(value=False).to_numpy()
    for answer in persons[ANSWER].unique().drop_nulls().sort():
        domain = (persons[ANSWER] == answer).fill_null(value=False).to_numpy()
        row: dict[str, Any] = {
            ANSWER: answer,
            "respondent_count": int(domain.sum()),
            "restless_legs_count": int((has_restless & domain).sum()),
            "recalled_count": int((domain & ~np.isnan(values["caffeine_mg"])).sum()),
            "two_day_recalled_count": int((domain & ~np.isnan(values["caffeine_two_day_mg"])).sum()),
        }
        if has_weight[_EXAM]:
            exam = designs[_EXAM]
            row["degrees_of_freedom"] = exam.degrees_of_freedom(domain)
            row |= _told("represented_count", total(exam, domain, confidence_frac))
            row |= _told("represented_pct", share(exam, domain, answered, confidence_frac), 100)
            known = domain & knows_restless
            row |= _told("restless_legs_pct", share(exam, has_restless, known, confidence_frac), 100)
        for name, column, weight in _MEANS:
            if has_weight[weight]:
                row |= _told(name, mean(designs[weight], values[column], domain, confidence_frac))
        for name, column, weight in _MEDIANS:
            if has_weight[weight]:
                row |= _told(name, quantile(designs[weight], values[column], domain, 0.5, confidence_frac))
        yield row


def _told(name: str, estimate: Estimate, scale: float = 1.0) -> dict[str, float]:
    return {
        name: scale * estimate.value,
        with_word(name, "se"): scale * estimate.standard_error,
        with_word(name, "low"): scale * estimate.low,
        with_word(name, "high"): scale * estimate.high,
    }


def survey_attrition(persons: pl.DataFrame, parameters: StudyParameters) -> pl.DataFrame:
    """Return SURVEY_ATTRITION: from everybody in the cycles that asked to who is in the models of the first exposure."""
    rows = [
        row
        for survey in surveys()
        if (own := persons.filter(pl.col("survey") == survey.survey)).height
        for row in _stages(own, survey, parameters)
    ]
    return pl.DataFrame(rows, schema=SURVEY_ATTRITION)


def _stages(persons: pl.DataFrame, survey: Survey, parameters: StudyParameters) -> Iterator[dict[str, Any]]:
    for outcome in survey.outcomes:
        sample = adult_sample(persons, survey, outcome, parameters)
        limit = parameters.survey.adult_age_year
        old_enough = (sample.persons["age_year"] >= limit).fill_null(value=False).to_numpy()
        answered = ~np.isnan(outcome_level(sample, outcome))
        exposure = survey.exposures[0]
        stages = [
            ("everybody in the cycles that asked", np.ones(len(old_enough), dtype=np.bool_)),
            (f"{limit} years and over", old_enough),
            (f"answered: {outcome.column}", old_enough & answered),
            (f"{survey.required_title}, with a weight", sample.adults & answered),
            *(
                (
                    f"in model {model.model} of {exposure.exposure}",
                    domain_of(sample, outcome, exposure, model, parameters),
                )
                for model in survey.models
            ),
        ]
        cases = is_case(sample, outcome)
        before = len(old_enough)
        for number, (stage, inside) in enumerate(stages, start=1):
            yield {
                "survey": survey.survey,
                "outcome": outcome.outcome,
                "stage_number": number,
                "stage": stage,
                "respondent_count": int(inside.sum()),
                "excluded_count": before - int(inside.sum()),
                "case_count": int((cases & inside).sum()),
            }
            before = int(inside.sum())
