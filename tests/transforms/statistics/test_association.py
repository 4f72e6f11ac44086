"""Planted rate ratios are found, null ones are not, and every question keeps its row."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.transforms.statistics.nights import cohort_nights
from transforms.parameters.cohort import NIGHTLY_COHORT
from transforms.parameters.cohort_simulation import PLAIN_COHORT
from transforms.schema import ASSOCIATION, DOSE_RESPONSE, PERSON_ASSOCIATION
from transforms.statistics.association import (
    PRIMARY,
    Question,
    answer,
    associate,
    declared_questions,
)
from transforms.statistics.design import SLEEP_JERKS
from transforms.statistics.dose_response import dose_response
from transforms.statistics.models import CountData
from transforms.statistics.multiplicity import benjamini_hochberg
from transforms.statistics.next_day import RATINGS, next_day_associations
from transforms.statistics.person import conditional_estimates, person_associations, pooled

pytestmark = pytest.mark.xdist_group("association")  # one worker: the cohort is fitted once
ASSOCIATION_PARAMETERS = replace(NIGHTLY_COHORT.association, imputation_count=4, permutation_count=99)
QUICK = replace(NIGHTLY_COHORT, association=ASSOCIATION_PARAMETERS)
"""As in a study, with fewer draws."""
NO_EXERCISE_EFFECT = replace(PLAIN_COHORT, exercise_ratio_per_300_met_min=1.0)


@pytest.fixture(scope="module")
def nights():
    return cohort_nights(participants=120, nights=10, seed=2)


@pytest.fixture(scope="module")
def answers(nights):
    return associate(nights, QUICK)


def the(answers, exposure, effect="within", analysis="main", outcome="jerk_sleep_count"):
    found = answers.filter(
        pl.col("exposure") == exposure,
        pl.col("effect") == effect,
        pl.col("analysis") == analysis,
        pl.col("outcome") == outcome,
    )
    assert found.height == 1
    return found.row(0, named=True)


def test_every_question_has_its_rows(answers):
    assert dict(answers.schema) == dict(ASSOCIATION)
    asked = {(q.outcome.count, q.exposure, q.analysis, q.modifier) for q, _, _ in declared_questions()}
    assert len(asked) == len(list(declared_questions()))
    told = set(answers.select("outcome", "exposure", "analysis", "modifier").rows())
    assert asked == told
    silent = answers.filter(pl.col("rate_ratio").is_null())
    assert silent["outcome_of_fit"].str.starts_with("not fitted: ").all()


@pytest.mark.parametrize(
    ("exposure", "planted"),
    [("caffeine_mg", 1.12), ("exercise_met_min", 1.10), ("stress_score", 1.06), ("magnesium_mg", 1.0)],
)
@pytest.mark.parametrize("analysis", ["main", "negative_binomial", "person_fixed_effects"])
def test_planted_ratios_lie_in_their_intervals(answers, exposure, planted, analysis):
    row = the(answers, exposure, analysis=analysis)
    # three standard errors: twelve intervals of 95 % would miss one of them every other time
    reach = 3 / 1.96
    low, high = (np.log(row["ci_low"] / row["rate_ratio"]), np.log(row["ci_high"] / row["rate_ratio"]))
    assert low * reach < np.log(planted / row["rate_ratio"]) < high * reach
    assert row["ci_low"] < row["rate_ratio"] < row["ci_high"]


def test_confounding_between_persons_does_not_reach_the_effect_within(answers):
    within, between = the(answers, "caffeine_mg"), the(answers, "caffeine_mg", "between")
    assert between["ci_low"] > 1.2 > within["ci_high"]


def test_exposures_of_the_day_before_do_nothing_here(answers):
    """Over several cohorts: within a person, yesterday's deviation is correlated with today's, which does matter."""
    row = the(answers, "lag1_caffeine_mg", analysis="lag")
    assert "within caffeine_mg" in row["confounders"]
    logs = []
    for seed in range(12):
        few_nights = cohort_nights(participants=60, nights=7, seed=seed)
        logs.append(
            np.log(
                answer(Question(SLEEP_JERKS, "lag1_caffeine_mg", "lag"), few_nights, QUICK)[0]["rate_ratio"]
            )
        )
    assert abs(np.mean(logs)) < 3 * np.std(logs, ddof=1) / np.sqrt(len(logs))


def test_only_the_primary_effects_within_are_more_than_exploratory(answers):
    firm = answers.filter(~pl.col("is_exploratory"))
    assert set(firm.select("exposure", "effect").rows()) == {(name, "within") for name in PRIMARY}


def test_power_belongs_to_the_error(answers):
    row = the(answers, "magnesium_mg", analysis="complete_case")
    reach = np.log(row["ci_high"] / row["ci_low"]) / 2
    # the detectable effect lies 0.84 errors beyond the half width, which is 1.96 errors, and up to Student's 2.26 for the
    # fewest informative persons with whom anything is fitted
    error = (np.log(row["detectable_rate_ratio"]) - reach) / 0.8416
    assert 1.96 < reach / error < 2.27


def test_steps_scale_the_ratio_and_change_no_test(nights, answers):
    step = replace(QUICK.association.step, caffeine_mg=200.0)
    doubled = replace(QUICK, association=replace(QUICK.association, step=step))
    once, twice = (
        the(answers, "caffeine_mg"),
        answer(Question(SLEEP_JERKS, "caffeine_mg"), nights, doubled)[0],
    )
    assert twice["rate_ratio"] == pytest.approx(once["rate_ratio"] ** 2, rel=1e-6)
    assert twice["p_value"] == pytest.approx(once["p_value"], rel=1e-4)


def test_order_of_nights_does_not_matter(nights, answers):
    row = answer(
        Question(SLEEP_JERKS, "caffeine_mg"), nights.sample(fraction=1, shuffle=True, seed=1), QUICK
    )[0]
    assert row["rate_ratio"] == the(answers, "caffeine_mg")["rate_ratio"]


def test_few_persons_get_bias_reduced_errors():
    few = cohort_nights(participants=20, nights=8, seed=4)
    row = answer(Question(SLEEP_JERKS, "caffeine_mg"), few, QUICK)[0]
    assert row["method"] == "Poisson GEE, exchangeable, bias-reduced errors; 4 imputations"
    assert 10 <= row["participant_count"] <= 20


def test_an_empty_table_answers_nothing_and_says_so(nights):
    answers = associate(nights.clear(), QUICK)
    assert (
        answers["rate_ratio"].is_null().all()
        and answers["outcome_of_fit"].str.starts_with("not fitted").all()
    )
    assert person_associations(nights.clear(), QUICK).equals(pl.DataFrame(schema=PERSON_ASSOCIATION))


@pytest.mark.parametrize(
    ("p_values", "q_values"),
    [
        ([0.01, 0.02, 0.03, 0.04], [0.04, 0.04, 0.04, 0.04]),
        ([0.001, 0.5, 0.04], [0.003, 0.5, 0.06]),
        ([0.04], [0.04]),
        ([np.nan, 0.04, np.nan, 0.02], [np.nan, 0.04, np.nan, 0.04]),
        ([np.nan], [np.nan]),
        ([], []),
    ],
)
def test_benjamini_hochberg(p_values, q_values):
    assert benjamini_hochberg(np.array(p_values)) == pytest.approx(np.array(q_values), nan_ok=True)


def test_levels_rise_from_the_reference(nights):
    levels = nights.select(
        "participant_id",
        "night_date",
        grouping_name=pl.lit("caffeine_mg"),
        level=pl.col("caffeine_mg")
        .bin_intervals([100, 200, 400], labels=["a", "b", "c", "d"])
        .cast(pl.String),
        level_number=pl.col("caffeine_mg")
        .bin_intervals([100, 200, 400], labels=["1", "2", "3", "4"])
        .cast(pl.String)
        .cast(pl.Int32),
    ).filter(pl.col("level").is_not_null())
    found = dose_response(nights, levels, QUICK)
    assert dict(found.schema) == dict(DOSE_RESPONSE)
    assert found["level"].to_list() == ["a", "b", "c", "d"]
    assert found["rate_ratio"][0] == 1.0 and found["rate_ratio"].is_sorted()
    assert found["reference_level"].unique().to_list() == ["a"]
    assert found["detectable_rate_ratio"].is_null().to_list() == [True, False, False, False]
    assert (found["detectable_rate_ratio"].drop_nulls() > 1).all()


def test_a_curve_of_exercise_that_turns_is_seen_where_a_line_sees_nothing():
    """Both none and much exercise are ill: planted 1.25 above and 1.3 above the middle, in a cohort of 150."""
    rows = cohort_nights(participants=150, nights=10, seed=9, parameters=NO_EXERCISE_EFFECT)
    random = np.random.default_rng(4)
    is_none, is_high = pl.col("exercise_met_min") == 0, pl.col("exercise_met_min") >= 300
    planted = pl.when(is_none).then(1.25).when(is_high).then(1.3).otherwise(1.0)
    bent = rows.with_columns(
        jerk_sleep_count=pl.Series(
            random.poisson(
                rows.select(planted.fill_null(1.0) * pl.col("jerk_sleep_count")).to_series().to_numpy()
            )
        )
    )
    levels = bent.filter(pl.col("exercise_met_min").is_not_null()).select(
        "participant_id",
        "night_date",
        grouping_name=pl.lit("exercise_met_min"),
        level=pl.when(is_none)
        .then(pl.lit("none"))
        .when(is_high)
        .then(pl.lit("high"))
        .otherwise(pl.lit("some")),
        level_number=pl.when(is_none).then(1).when(is_high).then(3).otherwise(2).cast(pl.Int32),
    )
    found = dose_response(bent, levels, QUICK).filter(pl.col("exposure") == "exercise_met_min")
    none, some, high = found.sort("level_number").iter_rows(named=True)
    assert none["rate_ratio"] == 1.0
    assert some["ci_low"] < 1 / 1.25 < some["ci_high"] < 1
    assert high["ci_low"] < 1.3 / 1.25 < high["ci_high"]
    assert high["rate_ratio"] > some["ci_high"]
    line = answer(Question(SLEEP_JERKS, "exercise_met_min"), bent, QUICK)[0]
    assert line["p_value"] > 0.05


def test_the_day_after(nights):
    random = np.random.default_rng(1)
    rated = nights.with_columns(
        kss_score=5
        + 0.2 * (pl.col("jerk_rate_per_h") - pl.col("jerk_rate_per_h").mean().over("participant_id"))
        + pl.Series(random.normal(0, 1, nights.height))
    )
    found = next_day_associations(rated, QUICK)
    row = found.filter(pl.col("outcome") == "kss_score", pl.col("effect") == "within").row(0, named=True)
    assert row["ci_low"] < 0.2 < row["ci_high"] and row["rate_ratio"] is None
    # 80 % power: 1.96 + 0.84 errors, where the interval reaches 1.96
    assert row["detectable_difference_score"] == pytest.approx(
        (row["ci_high"] - row["ci_low"]) / 2 * 2.82 / 1.98, rel=0.02
    )
    assert found.height == 2 * len(RATINGS)
    assert (
        found.filter(pl.col("outcome") == "memory_score")["outcome_of_fit"]
        .str.starts_with("not fitted")
        .all()
    )


def test_a_single_person_is_a_poisson_regression():
    import statsmodels.api as sm

    random = np.random.default_rng(3)
    person = np.repeat(np.arange(5), 12)
    x, hours = random.normal(size=60), random.uniform(6, 9, 60)
    counts = random.poisson(hours * np.exp(0.5 + 0.2 * x)).astype(float)
    estimate, information = conditional_estimates(CountData(counts, hours, person, {"within": x}))
    for number in range(5):
        own = person == number
        fit = sm.GLM(
            counts[own], sm.add_constant(x[own]), family=sm.families.Poisson(), offset=np.log(hours[own])
        ).fit()
        assert estimate[number] == pytest.approx(float(fit.params[1]), abs=1e-6)
        assert 1 / np.sqrt(information[number]) == pytest.approx(float(fit.bse[1]), rel=1e-4)


def test_a_person_without_events_has_no_information():
    person = np.repeat(np.arange(2), 4)
    counts = np.array([0, 0, 0, 0, 1.0, 2, 0, 4])
    _, information = conditional_estimates(
        CountData(counts, np.ones(8), person, {"within": np.tile([0.0, 1, 2, 3], 2)})
    )
    assert information[0] == 0 < information[1]


def test_shrinkage_draws_towards_the_cohort_and_is_nearer_the_truth():
    random = np.random.default_rng(11)
    rows = cohort_nights(participants=80, nights=12, seed=6)
    truth = pl.DataFrame(
        {"participant_id": rows["participant_id"].unique().sort(), "own": random.normal(0.1, 0.25, 80)}
    )
    frame = rows.join(truth, on="participant_id").with_columns(
        jerk_sleep_count=pl.Series(
            random.poisson(
                rows.join(truth, on="participant_id", maintain_order="left")
                .select(40 * (pl.col("own") * (pl.col("caffeine_mg").fill_null(200) - 200) / 100).exp())
                .to_series()
                .to_numpy()
            )
        )
    )
    found = (
        person_associations(frame, QUICK)
        .filter(pl.col("exposure") == "caffeine_mg")
        .join(truth, on="participant_id")
    )
    own_miss = (found["own_rate_ratio"].log() - found["own"]).pow(2).mean()
    shrunk_miss = (found["rate_ratio"].log() - found["own"]).pow(2).mean()
    assert shrunk_miss < own_miss
    assert found["own_weight_frac"].is_between(0, 1).all()
    covered = found.select(
        (pl.col("ci_low").log() < pl.col("own")) & (pl.col("own") < pl.col("ci_high").log())
    ).to_series()
    assert covered.mean() > 0.85


def test_pooling_as_in_a_worked_meta_analysis():
    """Equal variances: the mean is plain, and the variance between is that of the estimates less the error."""
    estimate = np.array([0.0, 0.2, 0.4, 0.6])
    mean, spread, mean_variance = pooled(estimate, np.full(4, 0.01))
    assert mean == pytest.approx(0.3)
    assert spread == pytest.approx(estimate.var(ddof=1) - 0.01)
    assert mean_variance == pytest.approx(estimate.var(ddof=1) / 4)
    assert pooled(np.array([0.1, 0.1]), np.array([1.0, 1.0])) == (pytest.approx(0.1), 0.0, 0.5)


def test_where_persons_do_not_differ_everyone_has_the_ratio_of_all(nights):
    found = person_associations(nights, QUICK).filter(pl.col("exposure") == "caffeine_mg")
    same = found.filter(pl.col("own_weight_frac") < 1e-6)
    # 80 % power takes 2.80 errors where the interval reaches 1.96
    reach = (found["own_ci_high"] / found["own_ci_low"]).log() / 2
    assert (found["own_detectable_rate_ratio"].log() / reach).to_list() == pytest.approx(
        [2.8016 / 1.96] * found.height, rel=1e-3
    )
    assert found["ci_low"].is_not_null().all()
    assert (found["ci_low"] < found["rate_ratio"]).all() and (found["rate_ratio"] < found["ci_high"]).all()
    assert same["rate_ratio"].round(9).n_unique() <= 1
    # all nights together know more than those of one person
    assert (found["ci_high"].log() - found["ci_low"].log()).median() < (
        found["own_ci_high"].log() - found["own_ci_low"].log()
    ).median()


def test_everyone_has_an_own_ratio_where_models_see_a_sample(nights):
    some = replace(QUICK, association=replace(QUICK.association, max_imputed_participant_count=20))
    row = answer(Question(SLEEP_JERKS, "caffeine_mg"), nights, some)[0]
    assert (row["participant_count"], row["method"].split("; ")[2]) == (20, "a fixed sample of 20 persons")
    assert person_associations(nights, some).equals(person_associations(nights, QUICK))
