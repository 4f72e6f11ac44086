"""Respondents made for tests, in the shape of a survey of two cycles; nobody of them is real."""

import numpy as np
import polars as pl

from transforms.schema import SURVEY_PERSON

WORDS = ("never", "rarely", "sometimes", "often", "almost_always")


def respondents(count: int = 900, seed: int = 3) -> pl.DataFrame:
    """Rows of SURVEY_PERSON: 8 strata of two clusters, half in each cycle; who drinks more coffee jerks more often."""
    rng = np.random.default_rng(seed)
    caffeine = rng.choice([0.0, 60.0, 150.0, 250.0, 500.0], count)
    late = caffeine * rng.uniform(0, 0.8, count)
    stratum = rng.integers(0, 8, count)
    place = np.clip(rng.normal(0.4 + caffeine / 160, 1.1, count), 0, 4).astype(int)
    flags = {
        name: rng.uniform(size=count) < 0.4
        for name in ("has_moderate_leisure_activity", "has_vigorous_leisure_activity")
    }
    numbers = {
        "age_year": rng.integers(16, 85, count),
        "income_poverty_ratio": rng.uniform(0, 5, count),
        "body_mass_index": rng.normal(28, 5, count),
        "usual_sleep_h": rng.integers(4, 10, count).astype(float),
        "phq9_score": rng.integers(0, 20, count).astype(float),
        "ferritin_ug_l": rng.uniform(10, 200, count),
        "magnesium_day1_mg": rng.uniform(100, 500, count),
        "calcium_day1_mg": rng.uniform(300, 1500, count),
        "iron_day1_mg": rng.uniform(5, 30, count),
        "vitamin_b6_day1_mg": rng.uniform(0.5, 4, count),
        "vitamin_b12_day1_ug": rng.uniform(1, 12, count),
        "energy_day1_kcal": rng.uniform(1000, 4000, count),
        "alcohol_day1_g": rng.uniform(0, 60, count),
        "magnesium_mg": rng.uniform(100, 500, count),
        "iron_mg": rng.uniform(5, 30, count),
        "exam_represented_count": rng.uniform(1e4, 9e4, count),
        "diet_represented_count": rng.uniform(1e4, 9e4, count),
        "two_day_represented_count": rng.uniform(1e4, 9e4, count),
    }
    frame = pl.DataFrame(
        {
            "participant_id": [str(40_000 + n) for n in range(count)],
            "survey": ["nhanes"] * count,
            "cycle": np.where(stratum < 4, "2005-2006", "2007-2008"),
            "sex": rng.choice(["female", "male"], count),
            "race_ethnicity": rng.choice(["non_hispanic_white", "non_hispanic_black", "other"], count),
            "smoking_status": rng.choice(["never", "former", "current"], count),
            "leg_jerk_frequency": [WORDS[n] for n in place],
            "leg_cramp_frequency": rng.choice(WORDS, count),
            "has_restless_legs_diagnosis": rng.uniform(size=count) < 0.05,
            "activity_question": ["leisure_30_days"] * count,
            "caffeine_mg": caffeine,
            "caffeine_day1_mg": caffeine,
            "caffeine_two_day_mg": caffeine,
            "caffeine_after_14h_mg": late,
            "caffeine_after_14h_day1_mg": late,
            "drug_classes": [[] for _ in range(count)],
            "has_unknown_drug": [False] * count,
            "recall_count": [2] * count,
            "stratum_number": stratum,
            "cluster_number": rng.integers(1, 3, count),
            **flags,
            **{name.replace("leisure_", ""): value for name, value in flags.items()},
            **numbers,
        }
    )
    absent = [name for name in SURVEY_PERSON if name not in frame.columns]
    return frame.with_columns(pl.lit(None).alias(name) for name in absent).select(
        pl.col(name).cast(kind) for name, kind in SURVEY_PERSON.items()
    )
