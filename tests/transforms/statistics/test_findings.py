"""What careless questions found in simulated cohorts, each beside the question that does not find it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from tests.transforms.statistics.nights import cohort_nights
from transforms.parameters.cohort import NIGHTLY_COHORT
from transforms.parameters.cohort_simulation import PLAIN_COHORT
from transforms.statistics.association import LEADING, UNWORN, Question, answer
from transforms.statistics.design import JERKS, SLEEP_JERKS, within_between
from transforms.statistics.models import fit_gee

QUICK = replace(
    NIGHTLY_COHORT, association=replace(NIGHTLY_COHORT.association, imputation_count=3, permutation_count=199)
)
WHOLE = {"missing_diary_frac": 0.0, "caffeine_ratio_per_100_mg": 1.0}


def mean_log(question, changed, cohorts=6):
    """The mean over cohorts, and how many of its standard errors it lies from none."""
    parameters = replace(PLAIN_COHORT, **changed)
    logs = [
        np.log(
            answer(
                question,
                cohort_nights(participants=60, nights=10, seed=40 + seed, parameters=parameters),
                QUICK,
            )[0]["rate_ratio"]
        )
        for seed in range(cohorts)
    ]
    return float(np.mean(logs)), float(abs(np.mean(logs)) / (np.std(logs, ddof=1) / np.sqrt(cohorts)))


def test_one_person_who_varies_tells_nothing_and_it_is_said():
    nights = cohort_nights(participants=80, nights=8, seed=1).with_columns(
        vigorous_min=pl.when(pl.col("participant_id") == "P000007", pl.col("night_number") > 6)
        .then(30.0)
        .otherwise(0.0)
    )
    within, between = answer(Question(SLEEP_JERKS, "vigorous_min"), nights, QUICK)
    for row in (within, between):
        assert row["rate_ratio"] is None and row["p_value"] is None
        assert row["informative_participant_count"] == 1 and row["participant_count"] == 80
        assert row["outcome_of_fit"].startswith("not fitted: 1 informative persons")
    assert 0 < within["permutation_p_value"] <= 1


@pytest.mark.parametrize(
    ("exposed", "is_fitted", "is_permuted"), [(9, False, True), (10, True, True), (40, True, False)]
)
def test_ten_informative_persons_are_fitted_and_thirty_want_no_permutation(exposed, is_fitted, is_permuted):
    parameters = replace(PLAIN_COHORT, **WHOLE, exposed_frac=exposed / 40)
    nights = cohort_nights(participants=40, nights=10, seed=3, parameters=parameters)
    row = answer(Question(SLEEP_JERKS, "caffeine_mg"), nights, QUICK)[0]
    assert (row["rate_ratio"] is not None, row["permutation_p_value"] is not None) == (is_fitted, is_permuted)
    assert row["informative_participant_count"] == exposed


def test_persons_who_tell_nothing_within_themselves_make_no_interval_narrower():
    """12 of 40: Student's t has at most 11 degrees of freedom, whoever else was there.

    With as many as the errors of all 40 seemed to be worth, 92.5 % of intervals held the ratio (1,500 cohorts).
    """
    parameters = replace(PLAIN_COHORT, **WHOLE, exposed_frac=12 / 40)
    question = Question(SLEEP_JERKS, "caffeine_mg")
    for seed in range(4):
        nights = cohort_nights(participants=40, nights=14, seed=seed, parameters=parameters)
        row = answer(question, nights, QUICK)[0]
        sample = within_between(nights, question.contrast(QUICK.association), QUICK.association)
        error = fit_gee(sample.data, is_bias_reduced=True).standard_error["within"]
        half = (np.log(row["ci_high"]) - np.log(row["ci_low"])) / 2
        assert half >= stats.t.ppf(0.975, df=11) * error * (1 - 1e-9)


def test_a_constant_rate_has_no_p():
    nights = cohort_nights(participants=20, nights=6, seed=2).with_columns(
        jerk_sleep_count=pl.lit(5), analysed_sleep_h=pl.lit(7.0)
    )
    row = answer(Question(SLEEP_JERKS, "caffeine_mg"), nights, QUICK)[0]
    assert row["p_value"] is None and row["outcome_of_fit"] == "not fitted: the outcome does not vary"


def test_caffeine_that_only_keeps_awake_moves_the_rate_in_bed_and_not_the_one_in_sleep():
    changed = {**WHOLE, "caffeine_wake_min_per_100_mg": 12.0}
    in_bed, clear = mean_log(Question(JERKS, "caffeine_mg"), changed)
    asleep, unclear = mean_log(Question(SLEEP_JERKS, "caffeine_mg"), changed)
    assert in_bed > 0.015 and clear > 2
    assert abs(asleep) < 0.012 and unclear < 4


def test_stress_that_brings_coffee_is_no_effect_of_coffee():
    changed = {**WHOLE, "stress_caffeine_mg_per_point": 25.0, "stress_ratio_per_point": 1.15}
    alone, clear = mean_log(Question(SLEEP_JERKS, "caffeine_mg", "single"), changed)
    jointly, unclear = mean_log(Question(SLEEP_JERKS, "caffeine_mg"), changed)
    assert alone > 0.04 and clear > 4
    assert abs(jointly) < 0.02 and unclear < 4


def test_the_number_of_legs_is_adjusted_for():
    parameters = replace(PLAIN_COHORT, **WHOLE, one_leg_frac=0.5)
    nights = cohort_nights(participants=40, nights=10, seed=5, parameters=parameters)
    row = answer(Question(SLEEP_JERKS, "caffeine_mg"), nights, QUICK)[0]
    assert "leg_count" in row["confounders"]
    one = answer(Question(SLEEP_JERKS, "caffeine_mg", "one_leg"), nights, QUICK)[0]
    assert 0.3 * row["night_count"] < one["night_count"] < 0.7 * row["night_count"]


def test_controls_are_quiet_where_only_today_was_planted():
    nights = cohort_nights(participants=80, nights=12, seed=6)
    told = [answer(Question(SLEEP_JERKS, name, "negative_control"), nights, QUICK)[0] for name in LEADING]
    told.append(answer(Question(UNWORN, "caffeine_mg", "negative_control"), nights, QUICK)[0])
    assert all(row["p_value"] > 0.003 for row in told)
    assert all("within " + row["exposure"].removeprefix("lead1_") in row["confounders"] for row in told[:-1])


def test_the_days_diaries_miss_are_imputed_and_the_complete_case_stands_beside():
    parameters = replace(PLAIN_COHORT, missing_diary_frac=0.2, missing_stress_log_odds=0.4)
    nights = cohort_nights(participants=60, nights=10, seed=7, parameters=parameters)
    main = answer(Question(SLEEP_JERKS, "caffeine_mg"), nights, QUICK)[0]
    whole = answer(Question(SLEEP_JERKS, "caffeine_mg", "complete_case"), nights, QUICK)[0]
    assert (main["imputation_count"], whole["imputation_count"]) == (3, 0)
    assert main["missing_frac"] > 0.3 and main["night_count"] > 1.3 * whole["night_count"]
    assert main["e_value_ratio"] >= main["e_value_limit_ratio"] >= 1
