"""Limits of agreement along the mean: found where they are tilted, level where they are not."""

import numpy as np
import pytest

from transforms.agreement.limits import regression_limits


def drawn(
    slope: float, fan: float, people: int = 200, seed: int = 3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    mean = rng.uniform(2, 40, people)
    difference = 1 + slope * mean + rng.normal(0, 1, people) * (2 + fan * mean)
    return mean, difference, np.arange(people)


def test_level_differences_have_level_limits() -> None:
    mean, difference, person = drawn(0.0, 0.0)
    limits = regression_limits(mean, difference, person)
    assert limits is not None and not limits.is_along_mean
    low, bias, high = limits.at(np.array([5.0, 30.0]))
    assert bias == pytest.approx([difference.mean()] * 2)
    assert high - low == pytest.approx([2 * 1.96 * 2] * 2, rel=0.1)


def test_a_difference_that_grows_with_the_mean_tilts_the_lines() -> None:
    limits = regression_limits(*drawn(0.3, 0.2))
    assert limits is not None and limits.is_along_mean
    low, bias, high = limits.at(np.array([5.0, 35.0]))
    assert (bias[1] - bias[0]) / 30 == pytest.approx(0.3, abs=0.1)
    assert high[1] - low[1] == pytest.approx(2 * 1.96 * (2 + 0.2 * 35), rel=0.2)
    mean, difference, _ = drawn(0.3, 0.2)
    inside = (limits.at(mean)[0] <= difference) & (difference <= limits.at(mean)[2])
    assert inside.mean() == pytest.approx(0.95, abs=0.03)


def test_nights_of_few_people_have_no_limits() -> None:
    mean, difference, _ = drawn(0.0, 0.0)
    assert regression_limits(mean, difference, np.arange(mean.size) % 2) is None
    assert regression_limits(np.ones(9), np.arange(9.0), np.arange(9)) is None
