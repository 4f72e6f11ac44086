"""Every estimate that R's survey package gave for the same files (r_survey.R, r_survey.csv), to four digits."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from transforms.parameters import DEFAULT
from transforms.survey.association import domain_of, fit_model
from transforms.survey.design import sample_design
from transforms.survey.estimates import mean, quantile, share, total
from transforms.survey.questions import surveys
from transforms.survey.samples import adult_sample, outcome_level

NHANES = surveys()[0]
ROWS = pl.read_csv(Path(__file__).with_name("r_survey.csv"), infer_schema=False).fill_null("").to_dicts()
MODELS = [row for row in ROWS if row["kind"] == "model"]
DOMAINS = {
    "adults": pl.lit(value=True),
    "women": pl.col("sex") == "female",
    "men": pl.col("sex") == "male",
    "old": pl.col("age_year") >= 60,
    "first_cycle": pl.col("cycle") == "2005-2006",
    "smokers": pl.col("smoking_status") == "current",
}


def named(row):
    return "-".join(row[key] for key in ("kind", "outcome", "exposure", "model", "domain"))


def close(wanted):
    return pytest.approx(float(wanted), rel=5e-5, abs=1e-12)


@pytest.fixture(scope="module")
def samples(respondents):
    return {
        outcome.outcome: adult_sample(respondents, NHANES, outcome, DEFAULT) for outcome in NHANES.outcomes
    }


def test_there_are_enough_models_with_domains_among_them():
    assert len(MODELS) >= 20
    assert {row["domain"] for row in MODELS} == set(DOMAINS)
    assert {row["exposure"] for row in MODELS} == {exposure.exposure for exposure in NHANES.exposures}


@pytest.mark.parametrize("row", MODELS, ids=named)
def test_models(samples, row):
    outcome, exposure = NHANES.outcome(row["outcome"]), NHANES.exposure(row["exposure"])
    model = NHANES.model(row["model"])
    sample = samples[row["outcome"]].of(DOMAINS[row["domain"]])
    domain = domain_of(sample, outcome, exposure, model, DEFAULT)
    fit = fit_model(sample, outcome, exposure, model, domain, DEFAULT)
    step = exposure.per_unit(DEFAULT)
    assert (fit.person_count, fit.degrees_of_freedom) == (int(row["count"]), int(row["degrees_of_freedom"]))
    # R's ordinal fit maximises without derivatives and inverts a numeric Hessian: its last digits are its own
    digits = 5e-4 if outcome.is_ordinal else 5e-5
    error = fit.standard_error(exposure.exposure) * step
    assert error == pytest.approx(float(row["standard_error"]), rel=digits)
    # a coefficient near zero is told to four digits of its error
    assert fit.estimate[exposure.exposure] * step == pytest.approx(
        float(row["estimate"]), rel=digits, abs=digits * error
    )


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["kind"] in {"mean", "median", "share", "total"}], ids=named
)
def test_estimates_by_answer(samples, row):
    sample = samples["leg_jerk_frequency"]
    level = outcome_level(sample, NHANES.outcome("leg_jerk_frequency"))
    caffeine = sample.persons["caffeine_day1_mg"].fill_null(np.nan).to_numpy()
    answer = sample.adults & (level == float(row["model"]))
    answered = sample.adults & ~np.isnan(level)
    match row["kind"]:
        case "mean":
            found = mean(sample.design, caffeine, answer, 0.95)
        case "median":
            found = quantile(sample.design, caffeine, answer, 0.5, 0.95)
        case "share":
            found = share(sample.design, answer, answered, 0.95)
        case _:
            found = total(sample.design, answer, 0.95)
    assert found.value == close(row["estimate"])
    assert found.standard_error == close(row["standard_error"])
    assert found.person_count == int(row["count"])


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] == "quantile"], ids=named)
def test_quantiles(samples, row):
    sample = samples["leg_jerk_often"]
    answered = sample.adults & sample.persons["leg_jerk_frequency"].is_not_null().to_numpy()
    magnesium = sample.persons["magnesium_day1_mg"].fill_null(np.nan).to_numpy()
    found = quantile(sample.design, magnesium, answered, float(row["model"]), 0.95)
    assert (found.value, found.standard_error) == (close(row["estimate"]), close(row["standard_error"]))


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] == "two_day_mean"], ids=named)
def test_means_of_two_days_with_their_own_weight(respondents, row):
    design = sample_design(respondents, "two_day_represented_count", 2)
    words = NHANES.outcome("leg_jerk_frequency").levels
    answer = (respondents["leg_jerk_frequency"] == words[int(row["model"])]).fill_null(value=False).to_numpy()
    caffeine = respondents["caffeine_two_day_mg"].fill_null(np.nan).to_numpy()
    found = mean(design, caffeine, answer, 0.95)
    assert (found.value, found.standard_error) == (close(row["estimate"]), close(row["standard_error"]))
    assert (found.degrees_of_freedom, found.person_count) == (
        int(row["degrees_of_freedom"]),
        int(row["count"]),
    )


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"].startswith("lonely")], ids=named)
def test_a_lonely_cluster(respondents, row):
    first = respondents["stratum_number"].min()
    alone = respondents.filter(~((pl.col("stratum_number") == first) & (pl.col("cluster_number") == 2)))
    outcome, exposure = NHANES.outcome("leg_jerk_often"), NHANES.exposure("caffeine_mg")
    sample = adult_sample(alone, NHANES, outcome, DEFAULT)
    assert sample.design.lonely_count() == 1
    domain = domain_of(sample, outcome, exposure, NHANES.model("crude"), DEFAULT)
    if row["kind"] == "lonely_mean":
        found = mean(
            sample.design, sample.persons["caffeine_day1_mg"].fill_null(np.nan).to_numpy(), domain, 0.95
        )
        value, error, freedom = found.value, found.standard_error, found.degrees_of_freedom
    else:
        fit = fit_model(sample, outcome, exposure, NHANES.model("crude"), domain, DEFAULT)
        value, error = 100 * fit.estimate["caffeine_mg"], 100 * fit.standard_error("caffeine_mg")
        freedom = fit.degrees_of_freedom
    assert (value, error) == (close(row["estimate"]), close(row["standard_error"]))
    assert freedom == int(row["degrees_of_freedom"])


def test_the_published_odds_ratio_and_means(samples):
    """Source: README of ../shared/data/NHANES."""
    sample, outcome = samples["leg_jerk_often"], NHANES.outcome("leg_jerk_often")
    exposure, crude = NHANES.exposure("caffeine_mg"), NHANES.model("crude")
    domain = domain_of(sample, outcome, exposure, crude, DEFAULT)
    fit = fit_model(sample, outcome, exposure, crude, domain, DEFAULT)
    ratio, low, high, _ = fit.odds_ratio("caffeine_mg", 0.95, 100)
    assert (ratio, low, high) == pytest.approx((1.0646, 1.0357, 1.0943), abs=5e-5)
    assert (domain.sum(), fit.degrees_of_freedom) == (9893, 31)
    caffeine = sample.persons["caffeine_day1_mg"].fill_null(np.nan).to_numpy()
    level = outcome_level(sample, NHANES.outcome("leg_jerk_frequency"))
    told = [mean(sample.design, caffeine, sample.adults & (level == place), 0.95) for place in range(5)]
    assert [round(one.value, 1) for one in told] == [177.1, 227.1, 213.9, 215.4, 247.8]
    assert [round(one.standard_error, 1) for one in told] == [5.4, 12.7, 15.8, 17.4, 31.5]
