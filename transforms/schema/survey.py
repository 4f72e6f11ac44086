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
