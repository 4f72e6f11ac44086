"""A test that holds where few persons carry the answer: the nights of each person change places."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from transforms.statistics.gee import NotFitted, solve
from transforms.statistics.models import CountData
from transforms.statistics.persons import person_means

_LARGEST_PART = 4_000_000
"""Numbers that are shuffled at once."""


def permutation_p_value(data: CountData, column: str, *, count: int, seed: int) -> float | None:
    """Return how often exposures that are shuffled among each person's nights tell as much as the real ones.

    Under no effect the values of an exposure may change places among the nights of a person. The model without
    ``column`` is fitted once; what it leaves is held against the deviations of ``column``, freed of the other columns
    within persons: the statistic is the sum of their products, the score of a Poisson model. The real order counts as
    one of the ``count`` + 1, so that no p is 0. Two-sided.

    None where the model without ``column`` has no answer, or nothing could change places.

    Source: Winkler 2015, doi:10.1016/j.neuroimage.2015.05.092 (exchangeability blocks); Freedman and Lane 1983,
    doi:10.1080/07350015.1983.10509354 (nuisance columns).
    """
    others = {name: value for name, value in data.columns.items() if name != column}
    matrix = np.column_stack(list(others.values()))
    try:
        solution = solve(data.counts, data.hours, data.person, matrix)
    except NotFitted:
        return None
    mean = np.exp(matrix @ solution.estimate) * data.hours
    residual = data.counts - mean
    # what persons have in common with their own mean is no evidence within them
    own = np.bincount(data.person, data.counts) / np.maximum(np.bincount(data.person, mean), 1e-12)
    residual = data.counts - mean * own[data.person]
    x = data.columns[column] - person_means(data.columns[column], data.person)
    beside = np.column_stack([value - person_means(value, data.person) for value in others.values()])
    beside = beside[:, np.abs(beside).max(axis=0) > 1e-9]
    if beside.shape[1]:
        x = x - beside @ np.linalg.lstsq(beside, x)[0]
    moves = np.bincount(data.person, (x * residual) ** 2) > 0
    keep = moves[data.person]
    if not keep.any():
        return None
    x, residual = x[keep], residual[keep]
    person = np.unique(data.person[keep], return_inverse=True)[1]
    real = abs(float(x @ residual))
    exceeding = sum(
        int((np.abs(x[order] @ residual) >= real * (1 - 1e-9)).sum())
        for order in _shuffles(person, count, seed)
    )
    return (1 + exceeding) / (count + 1)


def _shuffles(person: NDArray[np.int64], count: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield ``count`` orders of the nights (rows) that keep each person's together, in parts of bounded size."""
    if count * len(person) <= _LARGEST_PART:
        yield _shuffled_once(person.tobytes(), count, seed)
        return
    random = np.random.default_rng(seed)
    rows = max(_LARGEST_PART // len(person), 1)
    for first in range(0, count, rows):
        yield _order(person, min(rows, count - first), random)


@lru_cache(maxsize=2)
def _shuffled_once(person: bytes, count: int, seed: int) -> NDArray[np.int64]:
    # the questions of a study ask the same nights again and again: their orders are drawn once
    return _order(np.frombuffer(person, dtype=np.int64), count, np.random.default_rng(seed))


def _order(person: NDArray[np.int64], count: int, random: np.random.Generator) -> NDArray[np.int64]:
    # sorting by person first and a random number second shuffles the nights of each person
    return np.argsort(person + random.random((count, len(person))), axis=1)
