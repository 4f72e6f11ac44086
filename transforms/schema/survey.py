"""Respondents of surveys without sensors, and what is estimated of the people that they stand for."""

import polars as pl

from transforms.schema.words import columns

SURVEY_PERSON = columns(  # one respondent
    {
        "participant_id": pl.String,  # the survey's own number, never one of the study's participants
        "survey": pl.String,
        "cycle": pl.String,  # two years of data collection: 2005-2006
        "sex": pl.String,
        "age_year": pl.Int32,
        "race_ethnicity": pl.String,
        "income_poverty_ratio": pl.Float64,
        "is_pregnant": pl.Boolean,
        "uses_oral_contraceptive": pl.Boolean,
        "weight_kg": pl.Float64,
        "body_mass_index": pl.Float64,
        "leg_jerk_frequency": pl.String,  # never, rarely, sometimes, often, almost_always
        "leg_cramp_frequency": pl.String,
        "has_restless_legs_diagnosis": pl.Boolean,
        "usual_sleep_h": pl.Float64,
        "activity_question": pl.String,  # what was asked: leisure_30_days, work_and_leisure_week
        "has_vigorous_activity": pl.Boolean,
        "has_moderate_activity": pl.Boolean,
        "has_vigorous_leisure_activity": pl.Boolean,
        "has_moderate_leisure_activity": pl.Boolean,
        "has_vigorous_work_activity": pl.Boolean,
        "has_moderate_work_activity": pl.Boolean,
        "smoking_status": pl.String,  # never, former, current
        "alcohol_drink_week_count": pl.Float64,
        "phq9_score": pl.Float64,
        "drug_classes": pl.List(pl.String),  # empty where none was taken, null where not known
        "has_unknown_drug": pl.Boolean,  # of a drug the name was not told: the classes are not all
        "ferritin_ug_l": pl.Float64,
        # intakes without a further word are means over the reliable recalls, one or two
        "caffeine_mg": pl.Float64,
        "magnesium_mg": pl.Float64,
        "calcium_mg": pl.Float64,
        "iron_mg": pl.Float64,
        "vitamin_b6_mg": pl.Float64,
        "vitamin_b12_ug": pl.Float64,
        "energy_kcal": pl.Float64,
        "alcohol_g": pl.Float64,
        "caffeine_after_14h_mg": pl.Float64,
        "last_caffeine_clock_h": pl.Float64,
        # the first recall alone: with diet_represented_count
        "caffeine_day1_mg": pl.Float64,
        "magnesium_day1_mg": pl.Float64,
        "calcium_day1_mg": pl.Float64,
        "iron_day1_mg": pl.Float64,
        "vitamin_b6_day1_mg": pl.Float64,
        "vitamin_b12_day1_ug": pl.Float64,
        "energy_day1_kcal": pl.Float64,
        "alcohol_day1_g": pl.Float64,
        "caffeine_after_14h_day1_mg": pl.Float64,
        # the mean of both recalls, of those who have both: with two_day_represented_count
        "caffeine_two_day_mg": pl.Float64,
        "magnesium_two_day_mg": pl.Float64,
        "calcium_two_day_mg": pl.Float64,
        "iron_two_day_mg": pl.Float64,
        "vitamin_b6_two_day_mg": pl.Float64,
        "vitamin_b12_two_day_ug": pl.Float64,
        "energy_two_day_kcal": pl.Float64,
        "alcohol_two_day_g": pl.Float64,
        "caffeine_after_14h_two_day_mg": pl.Float64,
        "caffeine_supplement_day1_mg": pl.Float64,
        "magnesium_supplement_day1_mg": pl.Float64,
        "calcium_supplement_day1_mg": pl.Float64,
        "iron_supplement_day1_mg": pl.Float64,
        "vitamin_b6_supplement_day1_mg": pl.Float64,
        "vitamin_b12_supplement_day1_ug": pl.Float64,
        "caffeine_supplement_month_mg": pl.Float64,
        "magnesium_supplement_month_mg": pl.Float64,
        "calcium_supplement_month_mg": pl.Float64,
        "iron_supplement_month_mg": pl.Float64,
        "vitamin_b6_supplement_month_mg": pl.Float64,
        "vitamin_b12_supplement_month_ug": pl.Float64,
        "recall_count": pl.Int32,
        # people that the respondent stands for in a cycle of two years, by each of the survey's weights
        "interview_represented_count": pl.Float64,
        "exam_represented_count": pl.Float64,
        "diet_represented_count": pl.Float64,
        "two_day_represented_count": pl.Float64,
        "stratum_number": pl.Int32,
        "cluster_number": pl.Int32,
    }
)


def _estimated(*names: str) -> dict[str, type[pl.DataType]]:
    """Each weighted value with its linearised standard error and interval; the unit stays last."""
    return {
        told: pl.Float64
        for name in names
        for told in (name, *(with_word(name, word) for word in ("se", "low", "high")))
    }


def with_word(name: str, word: str) -> str:
    """Return a column's name with a word before its unit: mean_caffeine_mg and se is mean_caffeine_se_mg."""
    unit = next(
        unit for unit in ("_ug_l", "_mg", "_ug", "_h", "_pct", "_count", "_score") if name.endswith(unit)
    )
    return f"{name.removesuffix(unit)}_{word}{unit}"


SURVEY_LEG_JERK = columns(  # one answer in one cycle, or in all cycles pooled
    {
        "survey": pl.String,
        "cycle": pl.String,
        "leg_jerk_frequency": pl.String,
        "is_pooled": pl.Boolean,
        "respondent_count": pl.Int64,
        **_estimated("represented_count", "represented_pct"),
        "restless_legs_count": pl.Int64,
        **_estimated("restless_legs_pct", "mean_sleep_h", "mean_phq9_score"),
        **_estimated("mean_ferritin_ug_l", "median_ferritin_ug_l"),
        "recalled_count": pl.Int64,
        **_estimated("mean_caffeine_mg", "mean_magnesium_mg", "mean_iron_mg"),
        **_estimated("mean_caffeine_day1_mg", "median_caffeine_day1_mg"),
        "two_day_recalled_count": pl.Int64,
        **_estimated("mean_caffeine_two_day_mg"),
        "degrees_of_freedom": pl.Int64,
    }
)

SURVEY_ASSOCIATION = columns(  # one coefficient of one model
    {
        "survey": pl.String,
        "outcome": pl.String,
        "exposure": pl.String,
        "model": pl.String,
        "theme": pl.String,
        "per_unit": pl.Float64,
        "per_what": pl.String,
        "odds_ratio": pl.Float64,
        "ci_low": pl.Float64,
        "ci_high": pl.Float64,
        "p_value": pl.Float64,
        "q_value": pl.Float64,
        "smaller_model_odds_ratio": pl.Float64,
        "degrees_of_freedom": pl.Int64,
        "respondent_count": pl.Int64,
        "case_count": pl.Int64,
        "adjusted_for": pl.String,
        "design": pl.String,
        "method": pl.String,
        "outcome_of_fit": pl.String,  # fitted, or why not
    }
)

SURVEY_DOSE_RESPONSE = columns(  # one level of one exposure in a model with a coefficient for each level
    {
        "survey": pl.String,
        "outcome": pl.String,
        "exposure": pl.String,
        "model": pl.String,
        "level": pl.String,
        "level_number": pl.Int32,
        "reference_level": pl.String,
        "respondent_count": pl.Int64,
        "case_count": pl.Int64,
        **_estimated("case_pct"),
        "odds_ratio": pl.Float64,
        "ci_low": pl.Float64,
        "ci_high": pl.Float64,
        "p_value": pl.Float64,
        "degrees_of_freedom": pl.Int64,
        "method": pl.String,
        "outcome_of_fit": pl.String,
    }
)

SURVEY_ATTRITION = columns(  # one step from everybody to who is in the models of an outcome
    {
        "survey": pl.String,
        "outcome": pl.String,
        "stage_number": pl.Int32,
        "stage": pl.String,
        "respondent_count": pl.Int64,
        "excluded_count": pl.Int64,
        "case_count": pl.Int64,
    }
)
