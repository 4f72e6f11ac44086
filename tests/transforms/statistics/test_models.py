"""Reference: epil, the seizure counts of Thall and Vail 1990, as shipped with statsmodels (equal to MASS::epil).

Values: R 4.2.2, MASS 7.3-58.2 (glm, glm.nb), geepack 1.3.9 (geeglm, exchangeable).
Tested: coefficients and errors of Poisson, negative binomial and GEE; the analysis of Diggle, Liang and Zeger with
offset, with and without patient 49; the fixed-effect estimate against a model with one dummy for each person.
NOT tested: the working correlation to more than a per cent (statsmodels and geepack divide by other degrees of
freedom); AR(1), where the two differ in the estimate itself; mixed models, which are not fitted here.
Tolerances: 1e-5 where statsmodels was seen to agree to six digits; 1e-4 and 5 % for the negative binomial, whose
errors are from the observed information there and from the expected here.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import statsmodels

from transforms.statistics.gee import NotFitted, solve
from transforms.statistics.models import (
    CountData,
    Fit,
    coefficient,
    e_value,
    fit_gee,
    fit_negative_binomial,
    fit_person_fixed_effects,
    fit_poisson,
    fit_random_slope,
    pooled,
)

EPIL = Path(statsmodels.__file__).parent / "genmod" / "tests" / "results" / "epil.csv"


@pytest.fixture(scope="module")
def epil():
    if not EPIL.is_file():
        pytest.skip("this statsmodels comes without its test data")
    return (
        pl.read_csv(EPIL)
        .with_columns(treated=(pl.col("trt") == "progabide").cast(pl.Float64))
        .sort("subject", "period")
    )


def data_of(frame, hours, *terms):
    columns = {"intercept": np.ones(frame.height)}
    for name, term in terms:
        columns[name] = frame.select(term.cast(pl.Float64)).to_series().to_numpy()
    person = np.unique(frame["subject"].to_numpy(), return_inverse=True)[1]
    return CountData(
        counts=frame["y"].cast(pl.Float64).to_numpy(),
        hours=np.broadcast_to(np.asarray(hours, float), frame.height),
        person=person,
        columns=columns,
    )


def venables_ripley(epil):
    lbase, treated = pl.col("lbase"), pl.col("treated")
    return data_of(
        epil,
        1.0,
        ("lbase", lbase),
        ("trt", treated),
        ("lage", pl.col("lage")),
        ("V4", pl.col("V4")),
        ("lbase:trt", lbase * treated),
    )


def close(fit, expected, *, estimate=1e-5, error=1e-5):
    for name, (value, standard_error) in expected.items():
        assert fit.estimate[name] == pytest.approx(value, abs=estimate), name
        assert fit.standard_error[name] == pytest.approx(standard_error, abs=error), name


def test_poisson(epil):
    close(
        fit_poisson(venables_ripley(epil)),
        {
            "intercept": (1.8979148, 0.0425995),
            "lbase": (0.9486222, 0.0435967),
            "trt": (-0.3458752, 0.0609971),
            "lage": (0.8875953, 0.1164966),
            "V4": (-0.1597696, 0.0545837),
            "lbase:trt": (0.5615356, 0.0635180),
        },
    )


def test_negative_binomial(epil):
    fit = fit_negative_binomial(venables_ripley(epil), is_robust=False)
    expected = {
        "intercept": (1.9238662, 0.0752550),
        "lbase": (0.8999219, 0.0879326),
        "trt": (-0.2856805, 0.1002789),
        "lage": (0.5566340, 0.2308095),
        "V4": (-0.1498550, 0.1131116),
        "lbase:trt": (0.3542847, 0.1377626),
    }
    for name, (value, standard_error) in expected.items():
        assert fit.estimate[name] == pytest.approx(value, abs=1e-4)
        assert fit.standard_error[name] == pytest.approx(standard_error, rel=0.05)
    assert fit.dependence == pytest.approx(2.7715832, abs=1e-3)
    assert 2 * fit.log_likelihood == pytest.approx(-1294.3578, abs=1e-3)


def test_gee_with_an_offset(epil):
    fit = fit_gee(
        data_of(epil, 2.0, ("trt", pl.col("treated")), ("base", pl.col("base")), ("age", pl.col("age")))
    )
    close(
        fit,
        {
            "intercept": (-0.1201036, 0.3607261),
            "trt": (-0.1518805, 0.1710511),
            "base": (0.0226352, 0.0012267),
            "age": (0.0223476, 0.0114010),
        },
    )
    assert fit.dependence == pytest.approx(0.39564, rel=0.01)
    # one patient with counts far above all others carries much of the model
    assert fit.freedom["trt"] < 59 - 4 and fit.freedom["base"] < 15


def test_contributions_of_persons_make_up_the_robust_error(epil):
    data = data_of(epil, 2.0, ("trt", pl.col("treated")), ("base", pl.col("base")), ("age", pl.col("age")))
    fit = fit_gee(data)
    assert fit.dependence is not None
    contributions = solve(data.counts, data.hours, data.person, data.matrix).contributions
    errors = np.sqrt((contributions**2).sum(axis=0))
    assert errors == pytest.approx(list(fit.standard_error.values()), rel=1e-6)


def test_freedom_is_that_of_equal_persons_where_they_are_equal():
    """Sums of squares of n equal normal contributions have n degrees of freedom."""
    random = np.random.default_rng(2)
    person = np.repeat(np.arange(400), 2)
    x = np.tile([-1.0, 1.0], 400)
    fit = fit_gee(
        CountData(
            random.poisson(500, 800).astype(float), np.ones(800), person, {"intercept": np.ones(800), "x": x}
        )
    )
    assert fit.freedom["x"] == pytest.approx(400, rel=0.15)


def before_and_after(epil):
    """Baseline of 8 weeks and four visits of 2 weeks, as Diggle, Liang and Zeger arrange them."""
    baseline = epil.filter(pl.col("period") == 1).with_columns(
        y=pl.col("base"), period=pl.lit(0, dtype=pl.Int64)
    )
    both = pl.concat([baseline, epil]).sort("subject", "period")
    return both.with_columns(
        post=(pl.col("period") > 0).cast(pl.Float64),
        weeks=pl.when(pl.col("period") > 0).then(2.0).otherwise(8.0),
    )


@pytest.mark.parametrize(
    ("left_out", "expected"),
    [
        (
            None,
            {
                "intercept": (1.3476092, 0.1573572),
                "post": (0.1087191, 0.1156492),
                "tr": (0.0265146, 0.2218539),
                "post:tr": (-0.1016017, 0.2133655),
            },
        ),
        (49, {"tr": (-0.1080280, 0.1936732), "post:tr": (-0.2995205, 0.1708951)}),
    ],
)
def test_gee_with_and_without_patient_49(epil, left_out, expected):
    frame = before_and_after(epil)
    if left_out is not None:
        frame = frame.filter(pl.col("subject") != left_out)
    post, treated = pl.col("post"), pl.col("treated")
    fit = fit_gee(
        data_of(
            frame, frame["weeks"].to_numpy(), ("post", post), ("tr", treated), ("post:tr", post * treated)
        )
    )
    close(fit, expected)


def test_bias_reduced_errors_are_larger(epil):
    few = epil.filter(pl.col("subject") <= 12)
    data = data_of(few, 2.0, ("base", pl.col("base")))
    robust, reduced = fit_gee(data), fit_gee(data, is_bias_reduced=True)
    assert robust.estimate == pytest.approx(reduced.estimate)
    assert reduced.standard_error["base"] > robust.standard_error["base"] * np.sqrt(12 / 11)


def test_bias_reduced_error_of_a_plain_mean_is_the_textbooks():
    """One night each and no column but the intercept: the standard error of a mean, with n - 1 twice removed."""
    counts = np.random.default_rng(8).poisson(400, 8).astype(float)
    data = CountData(counts, np.ones(8), np.arange(8), {"intercept": np.ones(8)})
    fit = fit_gee(data, is_bias_reduced=True)
    # Mancl and DeRouen divide each residual by 1 - 1/n; then n / (n - 1)
    of_mean = np.sqrt(((counts - counts.mean()) ** 2).sum() / 8 / 8) * (8 / 7) * np.sqrt(8 / 7)
    assert fit.standard_error["intercept"] == pytest.approx(of_mean / counts.mean(), rel=1e-6)


def test_fixed_effects_equal_a_dummy_for_each_person(epil):
    import statsmodels.api as sm

    random = np.random.default_rng(5)
    frame = epil.with_columns(x=pl.Series(random.normal(size=epil.height)))
    data = data_of(frame, 2.0, ("x", pl.col("x")), ("period", pl.col("period")))
    within = CountData(
        data.counts, data.hours, data.person, {name: data.columns[name] for name in ("x", "period")}
    )
    fit = fit_person_fixed_effects(within)
    dummies = np.eye(data.person_count)[data.person]
    full = sm.GLM(data.counts, np.column_stack([within.matrix, dummies]), family=sm.families.Poisson()).fit()
    assert fit.estimate["x"] == pytest.approx(float(full.params[0]), abs=1e-5)
    assert fit.estimate["period"] == pytest.approx(float(full.params[1]), abs=1e-5)


def test_fixed_effect_errors_cover_as_they_should():
    """Overdispersed counts: the model's own errors would be far too small, the sandwich over persons is not."""
    random = np.random.default_rng(7)
    estimates, errors = [], []
    person = np.repeat(np.arange(60), 8)
    for _ in range(60):
        x = random.normal(size=480)
        rate = np.exp(1 + random.normal(0, 0.7, 60)[person] + 0.1 * x) * random.gamma(2, 0.5, 480)
        fit = fit_person_fixed_effects(
            CountData(random.poisson(rate).astype(float), np.ones(480), person, {"x": x})
        )
        estimates.append(fit.estimate["x"])
        errors.append(fit.standard_error["x"])
    assert np.mean(estimates) == pytest.approx(0.1, abs=0.02)
    assert np.mean(errors) == pytest.approx(np.std(estimates, ddof=1), rel=0.25)


def differing_slopes():
    """Forty persons whose slopes differ; the recipe of the pinned values starts from these columns."""
    random = np.random.default_rng(20261129)
    person = np.repeat(np.arange(40), 10)
    x = random.normal(size=400).round(4)
    slope = random.normal(0.2, 0.3, 40)[person]
    rate = np.exp(1.2 + random.normal(0, 0.5, 40)[person] + slope * x)
    return CountData(
        random.poisson(7 * rate).astype(float), np.full(400, 7.0), person, {"intercept": np.ones(400), "x": x}
    )


def test_random_slope_as_lme4():
    """R 4.2.2, lme4 1.1.31: lmer(log((y + 0.5) / h) ~ x + (1 + x | person), REML)."""
    fit = fit_random_slope(differing_slopes(), "x")
    close(
        fit,
        {"intercept": (1.1922285, 0.062828644), "x": (0.2395210, 0.048791094)},
        estimate=2e-4,
        error=1e-3,
    )
    assert fit.dependence == pytest.approx(0.298702, abs=2e-3)


def test_where_nobody_differs_the_spread_of_slopes_is_none_and_no_failure():
    random = np.random.default_rng(3)
    person = np.repeat(np.arange(60), 14)
    x = random.normal(size=len(person))
    hours = np.full(len(person), 7.0)
    counts = random.poisson(hours * np.exp(1.5 + 0.2 * x + random.normal(0, 0.4, 60)[person])).astype(float)
    data = CountData(counts, hours, person, {"intercept": np.ones(len(x)), "x": x})
    fit = fit_random_slope(data, "x")
    assert fit.dependence is not None and 0 <= fit.dependence < 0.08
    assert fit.estimate["x"] == pytest.approx(0.2, abs=4 * fit.standard_error["x"])
    assert fit.standard_error["x"] < 0.03


def test_rubin_rules_as_written_in_the_book():
    """Three fits by hand: 0.2, 0.3 and 0.4 with errors of 0.1: total variance 0.01 + 4/3 of 0.01."""
    fits = [Fit("m", {"x": value}, {"x": 0.1}, {"x": 50.0}) for value in (0.2, 0.3, 0.4)]
    told = pooled(fits)
    assert told.estimate["x"] == pytest.approx(0.3)
    assert told.standard_error["x"] == pytest.approx(np.sqrt(0.01 + 4 / 3 * 0.01))
    missing = (4 / 3) / (1 + 4 / 3)
    observed = 51 / 53 * 50 * (1 - missing)
    assert told.freedom["x"] == pytest.approx(1 / (missing**2 / 2 + 1 / observed))


@pytest.mark.parametrize(("ratio", "expected"), [(2.0, 3.4142136), (0.5, 3.4142136), (1.0, 1.0)])
def test_e_value(ratio, expected):
    assert e_value(ratio) == pytest.approx(expected)


def test_no_p_is_zero():
    fit = Fit("m", {"x": 1e6}, {"x": 1e-6}, {"x": float("inf")})
    assert coefficient(fit, "x", confidence_frac=0.95, power_frac=0.8).p_value > 0


def test_what_has_no_answer_says_so():
    person = np.repeat(np.arange(6), 3)
    data = CountData(np.zeros(18), np.ones(18), person, {"intercept": np.ones(18), "x": np.arange(18.0)})
    with pytest.raises(NotFitted):
        fit_gee(data)
