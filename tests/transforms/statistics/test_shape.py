"""Curves and lags: the basis against patsy's, planted shapes and days in cohorts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import patsy
import polars as pl
import pytest
import statsmodels

from tests.transforms.statistics.nights import cohort_nights
from transforms.parameters.cohort import NIGHTLY_COHORT
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import CountData, fit_poisson
from transforms.statistics.shape import bends, distributed_lags, dose_curves, knots_of

EPIL = Path(statsmodels.__file__).parent / "genmod" / "tests" / "results" / "epil.csv"
QUICK = replace(NIGHTLY_COHORT, association=replace(NIGHTLY_COHORT.association, imputation_count=3))


@pytest.fixture(scope="module")
def nights():
    return cohort_nights(participants=120, nights=12, seed=8)


@pytest.mark.parametrize("count", [60, 600, 6000])
def test_the_basis_spans_the_natural_cubic_splines_of_patsy(count):
    values = np.random.default_rng(count).gamma(3, 1, count)
    knots = knots_of(values)
    assert len(knots) == {60: 3, 600: 4, 6000: 5}[count]
    inside = values[(values >= knots[0]) & (values <= knots[-1])]
    ours = np.column_stack([np.ones(len(inside)), inside, bends(inside, knots)])
    theirs = np.asarray(
        patsy.dmatrix(
            "cr(x, knots=inner, lower_bound=low, upper_bound=high) - 1",
            {"x": inside, "inner": knots[1:-1], "low": knots[0], "high": knots[-1]},
        )
    )
    fitted = ours @ np.linalg.lstsq(ours, theirs)[0]
    assert np.abs(fitted - theirs).max() < 1e-8
    # straight beyond the outer knots
    beyond = bends(knots[-1] + np.array([1.0, 2.0, 3.0]), knots)
    assert np.abs(np.diff(beyond, 2, axis=0)).max() < 1e-9


def test_a_curve_as_mgcv_draws_it():
    """R 4.2.2, mgcv 1.8.41, on MASS::epil: the curve against base = 6, inside the knots and beyond them.

    ``m <- gam(y ~ s(base, bs = "cr", k = 5, fx = TRUE), knots = list(base = c(6, 12, 24, 48, 111)), family = poisson,
    offset = rep(log(2), nrow(d)))``; differences of the rows of ``predict(m, ..., type = "lpmatrix")`` times ``coef(m)``,
    errors from ``vcov(m)``. Not penalised: mgcv's penalty has no counterpart here.
    """
    if not EPIL.is_file():
        pytest.skip("this statsmodels comes without its test data")
    frame = pl.read_csv(EPIL)
    knots = np.array([6.0, 12, 24, 48, 111])
    base = frame["base"].cast(pl.Float64).to_numpy()

    def columns(values):
        bent = bends(values, knots)
        return {"x": values, **{f"bend {n}": bent[:, n] for n in range(bent.shape[1])}}

    counts = frame["y"].cast(pl.Float64).to_numpy()
    told = {"intercept": np.ones(len(base)), **columns(base)}
    fit = fit_poisson(CountData(counts, np.full(len(base), 2.0), np.arange(len(base)), told))
    points = np.column_stack(list(columns(np.array([6.0, 10, 20, 40, 80, 151])).values()))
    against = points[1:] - points[0]
    estimate = against @ np.array(list(fit.estimate.values()))[1:]
    error = np.sqrt(np.einsum("ij,jk,ik->i", against, np.asarray(fit.covariance)[1:, 1:], against))
    assert estimate == pytest.approx([-0.11218778, 0.29248549, 1.23105885, 1.85579981, 3.15069846], abs=2e-5)
    assert error == pytest.approx([0.10300276, 0.17218373, 0.13827596, 0.15293937, 0.14982109], rel=1e-4)


def test_zeros_do_not_swallow_the_knots():
    values = np.concatenate([np.zeros(600), np.random.default_rng(1).gamma(2, 1, 500)])
    knots = knots_of(values)
    assert knots[0] == 0 and len(knots) >= 4
    with pytest.raises(NotFitted):
        knots_of(np.array([0.0, 1.0] * 80))


def test_a_line_is_found_straight(nights):
    found = dose_curves(nights, QUICK).filter(pl.col("exposure") == "caffeine_mg")
    last = found.row(-1, named=True)
    planted = 1.12 ** ((last["value"] - last["reference_value"]) / 100)
    assert last["ci_low"] < planted < last["ci_high"]
    assert found["rate_ratio"][0] == 1 and found["nonlinearity_p_value"][0] > 0.005


def test_a_bend_is_found_bent(nights):
    random = np.random.default_rng(5)
    factor = np.exp(-0.6 * np.abs(nights["caffeine_mg"].fill_null(200).to_numpy() - 220) / 100)
    bent = nights.with_columns(
        jerk_sleep_count=pl.Series(random.poisson(factor * nights["jerk_sleep_count"].to_numpy()))
    )
    found = dose_curves(bent, QUICK).filter(pl.col("exposure") == "caffeine_mg")
    assert found["nonlinearity_p_value"][0] < 1e-4
    top = int(found["rate_ratio"].arg_max())
    assert 0 < top < found.height - 1


def test_only_the_day_itself_was_planted(nights):
    found = distributed_lags(nights, QUICK)
    rows = {
        (row["analysis"], row["exposure"]): row
        for row in found.iter_rows(named=True)
        if row["exposure"].endswith("caffeine_mg")
    }
    assert len(rows) == 5
    day = rows["distributed_lag", "caffeine_mg"]
    reach = 1.5
    for name, planted in (
        (("distributed_lag", "caffeine_mg"), 1.12),
        *(((("distributed_lag", f"lag{n}_caffeine_mg")), 1.0) for n in (1, 2, 3)),
    ):
        row = rows[name]
        half = reach * np.log(row["ci_high"] / row["rate_ratio"])
        assert abs(np.log(row["rate_ratio"] / planted)) < half, name
    whole = rows["distributed_lag_cumulative", "caffeine_mg"]
    logs = sum(
        np.log(rows["distributed_lag", name]["rate_ratio"])
        for name in ("caffeine_mg", "lag1_caffeine_mg", "lag2_caffeine_mg", "lag3_caffeine_mg")
    )
    assert np.log(whole["rate_ratio"]) == pytest.approx(logs, abs=1e-9)
    assert whole["ci_high"] / whole["ci_low"] > day["ci_high"] / day["ci_low"]


def test_without_the_days_before_the_reason_is_told(nights):
    found = distributed_lags(nights.drop("lag3_caffeine_mg"), QUICK).filter(
        pl.col("exposure") == "caffeine_mg"
    )
    assert found["outcome_of_fit"].to_list() == ["not fitted: the table has no such column"] * 2
