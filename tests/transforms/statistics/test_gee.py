"""The equations solved at once equal those solved person by person, by another implementation.

Reference: statsmodels 0.15 (GEE, exchangeable; robust and bias-reduced errors), which the project used until it fitted
imputations and controls, too. NOT tested here: geepack, whose pinned values stand in test_models.py.
"""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from transforms.statistics.gee import NotFitted, solve


def cohort(seed, persons, width=3, *, family="poisson"):
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), random.integers(1, 9, persons))
    matrix = np.column_stack([np.ones(len(person)), random.normal(size=(len(person), width))])
    own = random.normal(0, 0.6, persons)[person]
    linear = 0.8 + own + matrix[:, 1:] @ np.linspace(-0.2, 0.3, width)
    hours = random.uniform(3, 9, len(person))
    if family == "gaussian":
        return linear + random.normal(size=len(person)), hours, person, matrix
    return random.poisson(np.exp(linear) * hours).astype(float), hours, person, matrix


@pytest.mark.parametrize("is_bias_reduced", [False, True])
@pytest.mark.parametrize("family", ["poisson", "gaussian"])
@given(seed=st.integers(0, 2**16), persons=st.integers(14, 40))
@settings(max_examples=15, deadline=None)
def test_equals_statsmodels(family, is_bias_reduced, seed, persons):
    counts, hours, person, matrix = cohort(seed, persons, family=family)
    ours = solve(counts, hours, person, matrix, family=family, is_bias_reduced=is_bias_reduced)
    kinds = {"poisson": sm.families.Poisson(), "gaussian": sm.families.Gaussian()}
    model = sm.GEE(
        counts,
        matrix,
        groups=person,
        family=kinds[family],
        cov_struct=sm.cov_struct.Exchangeable(),
        offset=np.log(hours) if family == "poisson" else None,
    )
    theirs = model.fit(cov_type="bias_reduced" if is_bias_reduced else "robust", ctol=1e-10, maxiter=200)
    # its moment estimate may pass 1, which is no correlation; ours stops below
    assume(model.cov_struct.dep_params < 0.99)
    widened = np.sqrt(persons / (persons - 1)) if is_bias_reduced else 1.0
    assert ours.estimate == pytest.approx(np.asarray(theirs.params), abs=1e-6)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(np.asarray(theirs.bse) * widened, rel=1e-5)
    assert ours.correlation == pytest.approx(float(model.cov_struct.dep_params), abs=1e-5)


def test_a_start_nearby_changes_nothing():
    counts, hours, person, matrix = cohort(3, 30)
    first = solve(counts, hours, person, matrix)
    again = solve(counts, hours, person, matrix, start=first.estimate + 0.05)
    assert again.estimate == pytest.approx(first.estimate, abs=1e-8)


def test_a_coefficient_of_one_person_alone_is_refused():
    counts, hours, person, matrix = cohort(5, 20)
    alone = np.where(person == 4, np.arange(len(person)), 0.0)
    with pytest.raises(NotFitted):
        solve(counts, hours, person, np.column_stack([matrix, alone]), is_bias_reduced=True)


def test_what_runs_off_to_infinity_is_refused():
    person = np.repeat(np.arange(12), 4)
    is_first = (np.arange(48) % 4 == 0).astype(float)
    counts = np.where(is_first == 1, 0.0, 7.0)
    with pytest.raises(NotFitted):
        solve(counts, np.ones(48), person, np.column_stack([np.ones(48), is_first]))
