"""What is imputed keeps what is known, what amounts look like, and the association that is asked for.

Differential: R 4.2.2, mice 3.15.0, on the columns of ``gapped()``, nights without persons:
``m <- mice(d, m = 100, method = "pmm", maxit = 10, seed = 1, print = FALSE); summary(pool(with(m, lm(y ~ x + z))))``.
NOT tested: mice's 2l.pmm, which wants miceadds, a package that Debian does not have.
Tolerance: a third of a standard error, for two kinds of draws; a tenth for the error itself.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statistics import imputation
from transforms.statistics.imputation import Columns, impute

MICE = {"x": (0.63321746, 0.061076138), "z": (-0.52074459, 0.055584537)}


def gapped():
    """Two columns that go together, one fourth of each unknown, more often where y is high."""
    random = np.random.default_rng(20261128)
    x = random.normal(size=600)
    z = 0.6 * x + 0.8 * random.normal(size=600)
    y = 1 + 0.5 * x - 0.4 * z + random.normal(size=600)
    is_high = 1 / (1 + np.exp(1.2 - 0.5 * y))
    x_gap, z_gap = random.random(600) < is_high, random.random(600) < 0.25
    return np.where(x_gap, np.nan, x).round(6), np.where(z_gap, np.nan, z).round(6), y.round(6)


def regress(y, *columns):
    matrix = np.column_stack([np.ones(len(y)), *columns])
    estimate, *_ = np.linalg.lstsq(matrix, y)
    residual = y - matrix @ estimate
    covariance = np.linalg.inv(matrix.T @ matrix) * (residual @ residual) / (len(y) - matrix.shape[1])
    return estimate, np.diag(covariance)


def test_as_mice_does():
    x, z, y = gapped()
    columns = Columns({"x": x, "z": z}, frozenset(), {"y": y})
    one_each = np.arange(600)
    completed = impute(columns, one_each, count=100, seed=3)
    told = [regress(y, one["x"], one["z"]) for one in completed]
    estimate = np.mean([one for one, _ in told], axis=0)
    spread = np.var([one for one, _ in told], axis=0, ddof=1)
    error = np.sqrt(np.mean([inner for _, inner in told], axis=0) + 1.01 * spread)
    for place, name in ((1, "x"), (2, "z")):
        theirs, their_error = MICE[name]
        assert estimate[place] == pytest.approx(theirs, abs=their_error / 3), name
        assert error[place] == pytest.approx(their_error, rel=0.12), name


def cohort(seed, persons=60, nights=10, gap_frac=0.3):
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(persons), nights)
    own = random.normal(0, 1, persons)[person]
    x = np.maximum(own + random.normal(size=len(person)), 0).round(3)
    y = 0.7 * x + 2 * own + random.normal(size=len(person))
    age = random.integers(20, 70, persons).astype(float)[person]
    gap = random.random(len(person)) < gap_frac
    return person, x, np.where(gap, np.nan, x), y, np.where(person % 7 == 3, np.nan, age)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=10, deadline=None)
def test_known_values_stay_and_gaps_take_values_that_occur(seed):
    person, _, x, y, age = cohort(seed, persons=12, nights=6)
    columns = Columns({"x": x, "age": age}, frozenset({"age"}), {"y": y})
    for one in impute(columns, person, count=3, seed=seed):
        known = ~np.isnan(x)
        assert (one["x"][known] == x[known]).all() and np.isin(one["x"], x[known]).all()
        assert not np.isnan(one["age"]).any()
        assert all(len(set(one["age"][person == number])) == 1 for number in range(12))
        assert (one["age"][~np.isnan(age)] == age[~np.isnan(age)]).all()
    assert np.isnan(x).any() and np.isnan(columns.values["x"]).sum() == np.isnan(x).sum()


def test_the_same_seed_gives_the_same_draws():
    person, _, x, y, _ = cohort(5)
    columns = Columns({"x": x}, frozenset(), {"y": y})
    first, again, other = (impute(columns, person, count=2, seed=seed) for seed in (1, 1, 2))
    assert (first[1]["x"] == again[1]["x"]).all() and (first[1]["x"] != other[1]["x"]).any()
    assert (first[0]["x"] != first[1]["x"]).any()


def test_copies_that_are_drawn_in_parts_are_as_many_and_as_different(monkeypatch):
    person, _, x, y, age = cohort(7, persons=12, nights=6)
    monkeypatch.setattr(imputation, "_LARGEST_PART", 2 * len(person) * 14)
    copies = impute(Columns({"x": x, "age": age}, frozenset({"age"}), {"y": y}), person, count=5, seed=1)
    assert len({one["x"].tobytes() for one in copies}) == 5
    assert all(not np.isnan(one["x"]).any() and not np.isnan(one["age"]).any() for one in copies)


def test_a_column_that_does_not_differ_yet_is_not_out_of_all_scale_once_it_does():
    """A flag that hardly anybody has: where no copy begins with one within a person, a draw may still bring it."""
    one_night = np.array([[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    scale = imputation._scale(one_night)
    assert scale[0, 0] == 1.0 and scale[1, 0] == pytest.approx(one_night[1].std())
    assert np.abs(one_night[::-1] / scale).max() < 10


def test_at_the_ends_of_the_line_there_is_more_than_one_donor():
    """Predictions beyond all others take one of the five that are nearest, not the last one alone."""
    random = np.random.default_rng(1)
    known = np.arange(20.0)[None, :]
    values = 10 * np.arange(20.0)
    for end, donors in ((-5.0, values[:5]), (25.0, values[-5:])):
        drawn = imputation._nearest(known, values, np.full((1, 200), end), random)
        assert set(drawn[0]) == set(donors)


def test_the_association_within_persons_is_kept():
    """0.7 was planted within persons; filling with means would draw it towards none, the persons' own towards 2.7."""

    def within(value, person):
        return value - (np.bincount(person, value) / np.bincount(person))[person]

    slopes, naive = [], []
    for seed in range(12):
        person, _, x, y, _ = cohort(seed)
        target = within(y, person)
        for one in impute(Columns({"x": x}, frozenset(), {"y": y}), person, count=3, seed=seed):
            deviation = within(one["x"], person)
            slopes.append(deviation @ target / (deviation @ deviation))
        filled = within(np.where(np.isnan(x), np.nanmean(x), x), person)
        naive.append(filled @ target / (filled @ filled))
    assert np.mean(slopes) == pytest.approx(0.7, abs=0.05)
    assert np.mean(naive) < 0.6
