"""What leaves of a survey: its tables under the limits of the release, and one page with the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import polars as pl

from flows.pages import render
from flows.release.tables import rounded_frame
from transforms.disclosure.attack import Bound
from transforms.disclosure.survey import (
    answer_bounds,
    enough_cases,
    level_bounds,
    model_bounds,
    withheld_answers,
)
from transforms.parameters.release import ReleaseParameters
from transforms.pictures.survey import dose_response, forest
from transforms.survey.questions import Survey, surveys

LEG_JERK = (
    *("survey", "cycle", "leg_jerk_frequency", "is_pooled", "is_suppressed", "respondent_count"),
    *("represented_pct", "represented_low_pct", "represented_high_pct"),
    *("mean_sleep_h", "mean_sleep_low_h", "mean_sleep_high_h"),
    *("mean_caffeine_day1_mg", "mean_caffeine_day1_low_mg", "mean_caffeine_day1_high_mg"),
)
"""What is told of an answer; counts of a diagnosis or of a measurement are few persons, and stay."""
_DRAWN_OUTCOME, _DRAWN_EXPOSURE = "leg_jerk_often", "caffeine_mg"
_DRAWN_MODELS = ("crude", "full", "full_and_mood")


@dataclass(frozen=True)
class ReleasedSurvey:
    """The tables of a survey that may leave, by name, what they tell of sums, and what of these they withhold."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    bounds: list[Bound] = field(default_factory=list)
    hidden: dict[str, float] = field(default_factory=dict)


def released_survey(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> ReleasedSurvey:
    """Return what may leave of a survey; nothing where the study holds none.

    A model or a level leaves with at least ``minimum_participant_count`` cases and as many people without; an answer with
    as many respondents in every cycle. Counts are rounded to their base, other numbers to significant digits.
    """
    answers = connection.sql("from survey_leg_jerk order by survey, cycle, leg_jerk_frequency").pl()
    if answers.is_empty():
        return ReleasedSurvey()
    minimum = parameters.minimum_participant_count
    associations = connection.sql(
        "from survey_association where odds_ratio is not null order by survey, outcome, model, exposure"
    ).pl()
    levels = connection.sql(
        "from survey_dose_response where odds_ratio is not null "
        "order by survey, outcome, exposure, model, level_number"
    ).pl()
    evidence = connection.sql(
        "from exposure_evidence where effect is not null order by theme, exposure, source"
    ).pl()
    told = associations.filter(enough_cases(minimum))
    survey_told = told.filter(outcome="leg_jerk_often", model="full").select(
        "exposure", source=pl.lit("survey")
    )
    cohort_told = evidence.filter(pl.col("source") == "cohort", pl.col("participant_count") >= minimum)
    told_answers, told_levels = withheld_answers(answers, minimum), levels.filter(enough_cases(minimum))
    tables = {
        "survey_leg_jerk": told_answers.select(LEG_JERK),
        "survey_association": told,
        "survey_dose_response": told_levels,
        "exposure_evidence": pl.concat(
            [cohort_told, evidence.join(survey_told, on=["exposure", "source"], how="semi")]
        ).sort("theme", "exposure", "source"),
    }
    flow = connection.sql("from survey_attrition order by survey, outcome, stage_number").pl()
    stages = flow["stage_number"].unique().sort().cast(pl.String).to_list()
    models = list(dict.fromkeys(model.model for survey in surveys() for model in survey.models))
    bound = [
        answer_bounds(answers, told_answers, parameters),
        model_bounds(told, ("survey", "outcome", "exposure"), ("model", *models), parameters),
        level_bounds(told_levels, told, parameters),
        model_bounds(flow, ("survey", "outcome"), ("stage_number", *stages), parameters),
    ]
    return ReleasedSurvey(
        {name: rounded_frame(frame, parameters) for name, frame in tables.items()},
        [one for bounds, _ in bound for one in bounds],
        {name: largest for _, hidden in bound for name, largest in hidden.items()},
    )


def survey_page(
    tables: Mapping[str, pl.DataFrame],
    attrition: pl.DataFrame,
    *,
    study_id: str,
    release_id: str,
    minimum: int,
) -> str:
    """Return the page that answers, of each survey in ``tables``, what goes with leg jerks."""
    found = set(tables["survey_association"]["survey"])
    return render(
        "survey.html.j2",
        study_id=study_id,
        release_id=release_id,
        minimum_participant_count=minimum,
        surveys=[_told(survey, tables, attrition) for survey in surveys() if survey.survey in found],
    )


def _told(survey: Survey, tables: Mapping[str, pl.DataFrame], attrition: pl.DataFrame) -> dict[str, Any]:
    places = {
        "model": {model.model: place for place, model in enumerate(survey.models)},
        "exposure": {exposure.exposure: place for place, exposure in enumerate(survey.exposures)},
        "leg_jerk_frequency": {
            word: place for place, word in enumerate(survey.outcome("leg_jerk_frequency").levels)
        },
    }

    def own(name: str) -> pl.DataFrame:
        rows = tables[name].filter(pl.col("survey") == survey.survey)
        keys = [
            pl.col(column).replace_strict(order) for column, order in places.items() if column in rows.columns
        ]
        return rows.sort(list(reversed(keys)), maintain_order=True)

    outcome = survey.outcome(_DRAWN_OUTCOME)
    models = own("survey_association").filter(outcome=_DRAWN_OUTCOME)
    levels = own("survey_dose_response").filter(
        pl.col("model").is_in(_DRAWN_MODELS), outcome=_DRAWN_OUTCOME, exposure=_DRAWN_EXPOSURE
    )
    titles = {exposure.exposure: exposure.title for exposure in survey.exposures}
    answers = own("survey_leg_jerk")
    return {
        "title": survey.title,
        "design": survey.design,
        "outcome": outcome.title,
        "answers": answers.filter(
            "is_pooled" if answers["is_pooled"].any() else pl.lit(value=True)
        ).to_dicts(),
        "attrition": attrition.filter(survey=survey.survey, outcome=_DRAWN_OUTCOME).to_dicts(),
        "forest": forest(models, titles) if models.height else None,
        "models": [row | {"title": titles[row["exposure"]]} for row in models.iter_rows(named=True)],
        "dose": dose_response(levels, titles[_DRAWN_EXPOSURE]) if levels.height else None,
        "mood": [
            row | {"title": titles[row["exposure"]]}
            for row in models.filter(model="full_and_mood").iter_rows(named=True)
        ],
    }


def released_attrition(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    """Return who was left out where, rounded, null where fewer are left than the limit; the flow leaves on the page alone."""
    rows = connection.sql("from survey_attrition order by survey, outcome, stage_number").pl()
    is_told = pl.col("respondent_count", "case_count") >= parameters.minimum_participant_count
    told = rows.drop("excluded_count").with_columns(
        pl.when(is_told).then(pl.col("respondent_count", "case_count")).name.keep()
    )
    return rounded_frame(told, parameters)
