"""Samples made here: what the design means, by hand and by repetition, and what cannot be answered."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from transforms.statistics.gee import NotFitted
from transforms.survey.design import SampleDesign, sample_design
from transforms.survey.estimates import mean, quantile, share, total
from transforms.survey.regression import fit_logistic, fit_ordinal

ALL = np.ones(8, dtype=bool)
PAIRS = SampleDesign(
    stratum=np.array([0, 0, 1, 1]), cluster=np.array([0, 0, 1, 1, 2, 2, 3, 3]), weight=np.full(8, 10.0)
)


def test_the_variance_of_a_total_by_hand():
    # clusters hold 2, 4 and 1, 5 in units of weight 10: differences of 20 and 40, squared and halved, times two
    values = np.array([1.0, 1, 2, 2, 0.5, 0.5, 2.5, 2.5])
    scores = PAIRS.weight * values
    assert scores.sum() == 120
    assert PAIRS.covariance(scores[:, None])[0, 0] == pytest.approx(20**2 + 40**2)
    assert PAIRS.degrees_of_freedom(ALL) == 2


def test_a_domain_keeps_the_clusters_without_anybody_in_it():
    domain = np.array([True, True, False, False, True, False, True, False])
    found = total(PAIRS, domain, 0.95)
    assert found.value == 40
    # the second cluster of the first stratum counts as 0: it was sampled, and nobody in it belongs to the domain
    assert found.standard_error == pytest.approx(np.sqrt(20**2 + 0))
    assert (found.degrees_of_freedom, found.person_count) == (1, 4)


def test_one_cluster_in_each_stratum_tells_no_interval():
    design = SampleDesign(stratum=np.array([0, 1]), cluster=np.array([0, 0, 1, 1]), weight=np.ones(4))
    found = mean(design, np.array([1.0, 2, 3, 4]), np.ones(4, dtype=bool), 0.95)
    assert (found.value, found.degrees_of_freedom) == (2.5, 0)
    assert np.isnan(found.low) and np.isnan(found.high)
    assert design.lonely_count() == 2
    with pytest.raises(NotFitted, match="one cluster in each stratum"):
        fit_logistic(design, np.ones(4, dtype=bool), np.array([0.0, 1, 0, 1]), {"intercept": np.ones(4)})


def test_nobody_is_nothing():
    nobody = np.zeros(8, dtype=bool)
    for found in (mean(PAIRS, np.ones(8), nobody, 0.95), quantile(PAIRS, np.ones(8), nobody, 0.5, 0.95)):
        assert np.isnan(found.value) and found.person_count == 0


def test_missing_values_are_outside_the_domain_not_zero():
    values = np.array([1.0, np.nan, 3, np.nan, 1, 3, np.nan, 3])
    found = mean(PAIRS, values, ALL, 0.95)
    assert (found.value, found.person_count) == (pytest.approx(2.2), 5)


@pytest.mark.parametrize("has", [np.zeros(8, dtype=bool), ALL])
def test_a_share_of_none_or_all_has_no_interval(has):
    found = share(PAIRS, has, ALL, 0.95)
    assert found.value in {0, 1}
    assert np.isnan(found.low)


def test_numbers_of_strata_and_clusters_as_published():
    persons = pl.DataFrame(
        {
            "stratum_number": [44, 44, 45, 45, 45],
            "cluster_number": [1, 2, 1, 2, 2],
            "w": [2.0, 4.0, None, 6.0, 8.0],
        }
    )
    design = sample_design(persons, "w", 2)
    assert design.stratum.tolist() == [0, 0, 1, 1]
    assert design.cluster.tolist() == [0, 1, 2, 3, 3]
    assert design.weight.tolist() == [1, 2, 0, 3, 4]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.floats(0.1, 5), st.floats(-9, 9)),
        min_size=12,
        max_size=60,
    ),
    st.floats(0.01, 100),
)
def test_estimates_do_not_depend_on_the_unit_of_weights_or_the_order_of_persons(rows, factor):
    persons = pl.DataFrame(rows, schema=["stratum_number", "cluster_number", "w", "v"], orient="row")
    shuffled = persons.reverse().with_columns(pl.col("w") * factor)
    results = []
    for frame in (persons, shuffled):
        domain = (frame["v"] > -5).to_numpy()
        design = sample_design(frame, "w")
        results.append(
            (
                *(
                    getattr(mean(design, frame["v"].to_numpy(), domain, 0.95), name)
                    for name in ("value", "standard_error", "degrees_of_freedom")
                ),
                quantile(design, frame["v"].to_numpy(), domain, 0.5, 0.95).value,
            )
        )
    # a median between two people may fall to either by the rounding of weights
    assert results[0][:3] == pytest.approx(results[1][:3], nan_ok=True, rel=1e-9, abs=1e-9)


@given(st.lists(st.floats(-5, 5), min_size=30, max_size=80), st.randoms(use_true_random=False))
def test_an_ordinal_model_of_two_answers_is_a_logistic_one(values, random):
    x = np.array(values)
    y = np.array([float(random.random() < 0.3 + 0.4 * (value > 0)) for value in values])
    size = len(x)
    design = SampleDesign(
        stratum=np.array([0, 0, 1, 1]),
        cluster=np.arange(size) % 4,
        weight=np.array([random.uniform(1, 3) for _ in values]),
    )
    everybody = np.ones(size, dtype=bool)
    try:
        logistic = fit_logistic(design, everybody, y, {"intercept": np.ones(size), "x": x})
        ordinal = fit_ordinal(design, everybody, y, {"x": x})
    except NotFitted:
        return
    assert ordinal.estimate["x"] == pytest.approx(logistic.estimate["x"], rel=1e-5, abs=1e-5)
    assert ordinal.standard_error("x") == pytest.approx(logistic.standard_error("x"), rel=1e-4)
    assert ordinal.estimate["above 0"] == pytest.approx(logistic.estimate["intercept"], rel=1e-5, abs=1e-5)


def test_an_ordinal_model_finds_what_it_was_made_with():
    rng = np.random.default_rng(5)
    size = 20_000
    x = rng.normal(size=size)
    above = expit(0.7 * x[:, None] + np.array([0.5, -0.5, -2.0]))
    level = (rng.uniform(size=size)[:, None] < above).sum(axis=1).astype(float)
    design = SampleDesign(
        stratum=np.repeat(np.arange(20), 2), cluster=rng.integers(0, 40, size), weight=np.ones(size)
    )
    fit = fit_ordinal(design, np.ones(size, dtype=bool), level, {"x": x})
    assert fit.estimate["x"] == pytest.approx(0.7, abs=0.05)
    assert [fit.estimate[f"above {n}"] for n in range(3)] == pytest.approx([0.5, -0.5, -2.0], abs=0.07)


@pytest.mark.parametrize(
    ("case", "x", "reason"),
    [
        (np.zeros(8), np.arange(8.0), "no cases"),
        (np.ones(8), np.arange(8.0), "everybody is a case"),
        ((np.arange(8) > 3).astype(float), np.arange(8.0), "parts cases"),
        (np.array([0.0, 1, 0, 1, 0, 1, 0, 1]), np.zeros(8), "tell the coefficients apart"),
    ],
)
def test_what_cannot_be_fitted_says_why(case, x, reason):
    with pytest.raises(NotFitted, match=reason):
        fit_logistic(PAIRS, ALL, case, {"intercept": np.ones(8), "x": x})


STRATA, CLUSTERS, PERSONS = 16, 40, 60
"""The population of one stratum: 40 clusters of 60 people."""


def population(rng):
    """People of whom clusters differ, and who are sampled the more often the more they have of what is asked."""
    stratum = np.repeat(np.arange(STRATA), CLUSTERS * PERSONS)
    cluster = np.repeat(np.arange(STRATA * CLUSTERS), PERSONS)
    size = len(cluster)
    x = (
        rng.normal(size=size)
        + rng.normal(0, 0.6, STRATA * CLUSTERS)[cluster]
        + rng.normal(0, 0.3, STRATA)[stratum]
    )
    group = rng.uniform(size=size) < expit(x - 0.5)
    logit = -1.6 + 0.4 * x + 0.5 * group + rng.normal(0, 0.5, STRATA * CLUSTERS)[cluster]
    case = (rng.uniform(size=size) < expit(logit)).astype(float)
    level = case + case * (rng.uniform(size=size) < 0.4) + case * (rng.uniform(size=size) < 0.3)
    return pl.DataFrame(
        {"stratum": stratum, "cluster": cluster, "x": x, "group": group, "case": case, "level": level}
    )


def drawn(people, rng):
    """Two clusters of each stratum, and of their people those of the group three times as often."""
    chosen = np.concatenate(
        [rng.choice(CLUSTERS, 2, replace=False) + stratum * CLUSTERS for stratum in range(STRATA)]
    )
    inside = people.filter(pl.col("cluster").is_in(chosen.tolist()))
    chance = np.where(inside["group"].to_numpy(), 0.9, 0.3)
    kept = rng.uniform(size=inside.height) < chance
    return inside.filter(pl.Series(kept)).with_columns(w=pl.Series(CLUSTERS / 2 / chance[kept]))


@pytest.mark.parametrize("seed", [20081])
def test_intervals_hold_the_truth_in_95_of_100_samples(seed):
    """1,000 samples of 16 strata, two clusters each, people drawn with unequal chances: 93 to 97 of 100 for each."""
    rng = np.random.default_rng(seed)
    people = population(rng)
    size = people.height
    ones = np.ones(size)
    census = SampleDesign(
        stratum=np.arange(STRATA).repeat(CLUSTERS), cluster=people["cluster"].to_numpy(), weight=ones
    )
    everybody = ones.astype(bool)
    columns = {
        "intercept": ones,
        "x": people["x"].to_numpy(),
        "group": people["group"].cast(pl.Float64).to_numpy(),
    }
    group = people["group"].to_numpy()
    case, level, x = (people[name].to_numpy() for name in ("case", "level", "x"))
    truth = {
        "mean": x.mean(),
        "mean of a domain": x[group].mean(),
        "share": case.mean(),
        "median": float(np.quantile(x, 0.5)),
        "total": float(group.sum()),
        "logistic": fit_logistic(census, everybody, case, columns).estimate["x"],
        "logistic of a domain": fit_logistic(
            census, group, case, {k: columns[k] for k in ("intercept", "x")}
        ).estimate["x"],
        "ordinal": fit_ordinal(census, everybody, level, {k: columns[k] for k in ("x", "group")}).estimate[
            "x"
        ],
    }
    held = dict.fromkeys(truth, 0)
    for _ in range(1000):
        sample = drawn(people, rng)
        design = sample_design(sample.select(stratum_number="stratum", cluster_number="cluster", w="w"), "w")
        inside = np.ones(sample.height, dtype=bool)
        x, case, level = (sample[name].to_numpy() for name in ("x", "case", "level"))
        group = sample["group"].to_numpy()
        columns = {"intercept": np.ones(sample.height), "x": x, "group": group.astype(float)}
        intervals = {
            "mean": mean(design, x, inside, 0.95),
            "mean of a domain": mean(design, x, group, 0.95),
            "share": share(design, case == 1, inside, 0.95),
            "median": quantile(design, x, inside, 0.5, 0.95),
            "total": total(design, group, 0.95),
        }
        limits = {name: (found.low, found.high) for name, found in intervals.items()}
        fits = {
            "logistic": fit_logistic(design, inside, case, columns),
            "logistic of a domain": fit_logistic(
                design, group, case, {k: columns[k] for k in ("intercept", "x")}
            ),
            "ordinal": fit_ordinal(design, inside, level, {k: columns[k] for k in ("x", "group")}),
        }
        for name, fit in fits.items():
            _, low, high, _ = fit.odds_ratio("x", 0.95)
            limits[name] = (np.log(low), np.log(high))
        for name, (low, high) in limits.items():
            held[name] += low <= truth[name] <= high
    assert {name: count for name, count in held.items() if not 930 <= count <= 970} == {}
