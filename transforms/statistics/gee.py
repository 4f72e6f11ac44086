"""Generalised estimating equations with an exchangeable working correlation, solved for all persons at once.

statsmodels solves the same equations person by person: a third of a second for 200 persons, where the questions of a
study, their imputations and their controls are a thousand fits. Here the inverse of an exchangeable correlation is
written out (Sherman and Morrison), so that every sum over persons is one sum over rows. Tests hold estimate, both
kinds of errors and correlation against statsmodels, and against R's geepack where its values are pinned.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transforms.intervals import Floats
from transforms.statistics.persons import first_rows

Family = Literal["poisson", "gaussian"]

_STEPS = 100
_DAMPED_FROM = 8
_TOLERANCE = 1e-8
_LARGEST_LOG = 50.0  # beyond this a mean is no number any more


class NotFitted(Exception):
    """The model has no answer for these data; the message says why, in a few words."""


@dataclass(frozen=True)
class Solution:
    """Coefficients with robust errors; a row of ``contributions`` is one person."""

    estimate: Floats
    covariance: Floats
    correlation: float
    contributions: Floats
    """What each person adds to each coefficient; the robust covariance is the sum of their outer products."""


@dataclass(frozen=True)
class _Problem:
    counts: Floats
    hours: Floats
    matrix: Floats
    starts: NDArray[np.int64]
    """First row of each person."""
    nights: NDArray[np.int64]
    """Rows of each person."""
    person: NDArray[np.int64]
    family: Family

    def sums(self, rows: Floats) -> Floats:
        return np.asarray(np.add.reduceat(rows, self.starts, axis=0), dtype=np.float64)

    def mean(self, estimate: Floats) -> Floats:
        linear = self.matrix @ estimate
        if self.family == "gaussian":
            return np.asarray(linear, dtype=np.float64)
        if not np.abs(linear).max(initial=0.0) < _LARGEST_LOG:
            raise NotFitted("did not converge")
        return np.asarray(np.exp(linear) * self.hours, dtype=np.float64)

    def scaled(self, estimate: Floats) -> tuple[Floats, Floats]:
        """Return derivatives and residuals over the standard deviation that the mean implies."""
        mean = self.mean(estimate)
        if self.family == "gaussian":
            return self.matrix, self.counts - mean
        deviation = np.sqrt(mean)
        return deviation[:, None] * self.matrix, (self.counts - mean) / deviation


def solve(
    counts: Floats,
    hours: Floats,
    person: NDArray[np.int64],
    matrix: Floats,
    *,
    family: Family = "poisson",
    is_bias_reduced: bool = False,
    start: Floats | None = None,
) -> Solution:
    """Solve the equations; rows of a person stand together, persons are 0, 1, 2, ...

    Poisson: logarithmic link, offset log(hours), variance proportional to the mean. Gaussian: identity, hours unused.
    ``is_bias_reduced`` takes Mancl and DeRouen's errors, times n / (n - 1) for n persons. ``start`` is an estimate
    nearby, which saves steps. Other than in statsmodels and geepack, a correlation stays where the matrix has an
    inverse: their moment estimate may pass 1.

    Raises NotFitted where nothing converges, or one person alone tells a coefficient.

    Source: Liang and Zeger 1986, doi:10.1093/biomet/73.1.13; moment estimator of the correlation as in statsmodels;
    Mancl and DeRouen 2001, doi:10.1111/j.0006-341X.2001.00126.x.
    """
    problem = _Problem(counts, hours, matrix, first_rows(person), np.bincount(person), person, family)
    if len(counts) <= matrix.shape[1] or not counts.any():
        raise NotFitted("fewer nights than columns" if counts.any() else "no event in any night")
    try:
        estimate = _start(problem) if start is None else start
        estimate, correlation = _converge(problem, estimate)
        return _with_errors(problem, estimate, correlation, is_bias_reduced)
    except (np.linalg.LinAlgError, FloatingPointError) as error:
        raise NotFitted("did not converge") from error


def _start(problem: _Problem) -> Floats:
    wanted = (
        problem.counts if problem.family == "gaussian" else np.log((problem.counts + 0.5) / problem.hours)
    )
    return np.asarray(np.linalg.lstsq(problem.matrix, wanted)[0], dtype=np.float64)


def _converge(problem: _Problem, estimate: Floats) -> tuple[Floats, float]:
    correlation = 0.0
    for number in range(_STEPS):
        scaled, residual = problem.scaled(estimate)
        # the first step is one of independent nights, as the correlation of a bad start means nothing
        told = _correlation(problem, residual) if number else 0.0
        # where estimate and correlation swing around each other, half a step of the correlation calms them
        correlation = (correlation + told) / 2 if number >= _DAMPED_FROM else told
        score, information = _sums(problem, scaled, residual, correlation)
        step = np.linalg.solve(information, score)
        if not np.isfinite(step).all():
            raise NotFitted("did not converge")
        largest = float(np.abs(step).max())
        estimate = estimate + step * min(1.0, 5.0 / max(largest, 1e-300))
        if number and largest < _TOLERANCE * max(1.0, float(np.abs(estimate).max())):
            return estimate, correlation
    raise NotFitted("did not converge")


def _correlation(problem: _Problem, residual: Floats) -> float:
    rows, width = problem.matrix.shape
    pairs = float((problem.nights * (problem.nights - 1)).sum() / 2)
    square = float(residual @ residual)
    scale = square / (rows - width)
    if pairs <= width or scale <= 0:
        return 0.0
    crossed = float((problem.sums(residual[:, None])[:, 0] ** 2).sum() - square) / 2
    lowest = -1 / max(int(problem.nights.max()) - 1, 1)
    return float(np.clip(crossed / scale / (pairs - width), 0.99 * lowest, 0.999))


def _taken(problem: _Problem, correlation: float) -> Floats:
    # the inverse of (1 - r) I + r J takes r / (1 + (n - 1) r) of the person's sums away, over 1 - r
    return np.asarray(correlation / (1 + (problem.nights - 1) * correlation), dtype=np.float64)


def _sums(problem: _Problem, scaled: Floats, residual: Floats, correlation: float) -> tuple[Floats, Floats]:
    taken = _taken(problem, correlation)
    sums = problem.sums(scaled)
    own = problem.sums(residual[:, None])[:, 0]
    score = scaled.T @ residual - sums.T @ (taken * own)
    information = scaled.T @ scaled - (sums * taken[:, None]).T @ sums
    return score, information


def _are_regular(others: Floats, information: Floats) -> bool:
    """Tell whether every column is still told where any one person is left out."""
    scale = np.sqrt(np.diag(information))
    try:
        roots = np.linalg.cholesky(others / scale[:, None] / scale)
    except np.linalg.LinAlgError:
        return False
    return bool(np.diagonal(roots, axis1=1, axis2=2).min() > 1e-5)


def _with_errors(problem: _Problem, estimate: Floats, correlation: float, is_bias_reduced: bool) -> Solution:
    scaled, residual = problem.scaled(estimate)
    taken = _taken(problem, correlation)
    sums = problem.sums(scaled)
    own = problem.sums(residual[:, None])[:, 0]
    score = problem.sums(scaled * residual[:, None]) - (taken * own)[:, None] * sums
    information = scaled.T @ scaled - (sums * taken[:, None]).T @ sums
    bread = np.linalg.inv(information)
    plain = np.asarray(score @ bread, dtype=np.float64)
    told, persons = plain, len(problem.nights)
    if is_bias_reduced:
        # (1 - H)^-1 of a person's residuals, Woodbury: s + I_i (I - I_i)^-1 s for score s and information I_i
        each = np.empty((persons, *information.shape))
        for column in range(information.shape[0]):
            each[:, column] = problem.sums(scaled * scaled[:, [column]])
        each -= taken[:, None, None] * sums[:, :, None] * sums[:, None, :]
        others = information - each
        if not _are_regular(others, information):
            raise NotFitted("one person alone tells a coefficient")
        left = np.linalg.solve(others, score[:, :, None])
        told = (score + (each @ left)[:, :, 0]) @ bread * np.sqrt(persons / max(persons - 1, 1))
    covariance = np.asarray(told.T @ told, dtype=np.float64)
    return Solution(estimate, covariance, correlation, plain)
