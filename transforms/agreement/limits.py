"""Limits of agreement that follow the mean, where the difference does."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from transforms.intervals import Floats, Integers


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bias and half width of the limits as straight lines along the mean of the two methods."""

    intercept: float
    slope: float
    half_intercept: float
    half_slope: float
    is_along_mean: bool
    """Whether the lines are tilted; otherwise both slopes are 0."""

    def at(self, mean: Floats) -> tuple[Floats, Floats, Floats]:
        """Return lower limit, bias and upper limit at each mean."""
        bias = self.intercept + self.slope * mean
        half = np.maximum(self.half_intercept + self.half_slope * mean, 0.0)
        return bias - half, bias, bias + half


def regression_limits(
    mean: Floats, difference: Floats, person: Integers, alpha_frac: float = 0.05
) -> Limits | None:
    """Return limits of agreement by regression on the mean; None for fewer than three persons or a single mean.

    Bland & Altman 1999, Stat Methods Med Res 8:135, section 3.2: the difference on the mean, then the absolute residuals
    on the mean, times sqrt(pi / 2) for a deviation and 1.96 for the limits. A line is tilted only where its slope is
    clear at ``alpha_frac``. Deviation: errors of the slopes are clustered by ``person``, for nights of one person repeat
    each other.
    """
    people = np.unique(person, return_inverse=True)[1]
    if people.max(initial=-1) < 2 or np.ptp(mean) == 0:
        return None
    intercept, slope = _line(mean, difference, people, alpha_frac)
    spread = np.abs(difference - intercept - slope * mean) * np.sqrt(np.pi / 2) * 1.96
    half_intercept, half_slope = _line(mean, spread, people, alpha_frac)
    return Limits(
        intercept=intercept,
        slope=slope,
        half_intercept=half_intercept,
        half_slope=half_slope,
        is_along_mean=slope != 0 or half_slope != 0,
    )


def _line(x: Floats, y: Floats, people: Integers, alpha_frac: float) -> tuple[float, float]:
    """Fit a line, level where its slope is not clear."""
    design = np.column_stack((np.ones_like(x), x))
    bread = np.linalg.inv(design.T @ design)
    level, slope = bread @ design.T @ y
    scores = np.zeros((int(people.max()) + 1, 2))
    np.add.at(scores, people, design * (y - level - slope * x)[:, None])
    count = scores.shape[0]
    error = float(np.sqrt((bread @ (scores.T @ scores) @ bread)[1, 1] * count / (count - 1)))
    is_clear = error > 0 and 2 * stats.t.sf(abs(slope) / error, count - 1) < alpha_frac
    return (float(level), float(slope)) if is_clear else (float(y.mean()), 0.0)
