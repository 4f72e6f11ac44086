"""Logistic and proportional-odds regression of a domain of a sample, with linearised errors.

Own, and small: of the libraries on the package index samplics is told inactive by its makers, and svy has no ordinal model
and takes the number of columns off the degrees of freedom. Where svy has the same (logistic, means, domains) it agrees.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import expit

from transforms.intervals import Bools, Floats
from transforms.statistics.gee import NotFitted
from transforms.survey.design import SampleDesign

_STEPS = 50
_HALVINGS = 30
_TOLERANCE = 1e-9
"""Gain of the log likelihood that a step still promises, at which it is the last: what it leaves is its square."""
_LARGEST_LOGIT = 30.0
"""Beyond it, for a step of one standard deviation, a coefficient runs away: its column parts cases from the others
without an exception."""


@dataclass(frozen=True)
class SurveyFit:
    """Coefficients on the logit, by column name."""

    method: str
    estimate: Mapping[str, float]
    covariance: Floats
    degrees_of_freedom: int
    person_count: int

    def standard_error(self, column: str) -> float:
        """Return the linearised standard error of a coefficient."""
        place = list(self.estimate).index(column)
        return float(np.sqrt(self.covariance[place, place]))

    def odds_ratio(
        self, column: str, confidence_frac: float, step: float = 1.0
    ) -> tuple[float, float, float, float]:
        """Return odds ratio for a step of a column, its interval, and the p value of its being 1 (Student's t)."""
        estimate, error = self.estimate[column] * step, self.standard_error(column) * abs(step)
        reach = float(stats.t.ppf((1 + confidence_frac) / 2, df=self.degrees_of_freedom)) * error
        p_value = float(2 * stats.t.sf(abs(estimate) / error, df=self.degrees_of_freedom))
        ratio, low, high = (float(np.exp(estimate + sign * reach)) for sign in (0, -1, 1))
        return ratio, low, high, p_value


@dataclass(frozen=True)
class _Likelihood:
    """The weighted log likelihood at some coefficients, its gradient and Hessian, and what makes persons' gradients."""

    value: float
    gradient: Floats
    hessian: Floats
    gradients: Callable[[], Floats]
    """Each person's gradient, unweighted; wanted only at the solution."""


def fit_logistic(
    design: SampleDesign,
    domain: Bools,
    is_case: Floats,
    columns: Mapping[str, Floats],
    near: Mapping[str, float] | None = None,
) -> SurveyFit:
    """Fit the logarithm of the odds of being a case on ``columns``, an intercept among them.

    The coefficients are those of the whole population's regression, estimated by pseudo-maximum likelihood.
    All arrays have one entry for each person of the design; only those of ``domain`` are looked at. ``near`` holds
    coefficients of a model that is much the same, from which the search starts: it is shorter, and ends at the same place.

    Raises NotFitted. Source: Binder 1983, doi:10.2307/1402588.
    """
    matrix = np.column_stack([column[domain] for column in columns.values()])
    case, weight = is_case[domain], _scaled(design.weight[domain])

    def likelihood(coefficients: Floats) -> _Likelihood:
        logit = matrix @ coefficients
        probability = expit(logit)
        value = weight @ (case * logit - np.logaddexp(0.0, logit))
        curvature = weight * probability * (1 - probability)
        residual = case - probability
        return _Likelihood(
            float(value),
            (weight * residual) @ matrix,
            -(matrix * curvature[:, None]).T @ matrix,
            lambda: residual[:, None] * matrix,
        )

    _require_both(case)
    start = _start(dict.fromkeys(columns, 0.0), near)
    spread = _spread(matrix)
    return _solved(
        "logistic regression",
        design,
        domain,
        dict(zip(columns, spread, strict=True)),
        likelihood,
        start,
        weight,
    )


def fit_ordinal(
    design: SampleDesign,
    domain: Bools,
    level: Floats,
    columns: Mapping[str, Floats],
    near: Mapping[str, float] | None = None,
) -> SurveyFit:
    """Fit the logarithm of the odds of a higher answer on ``columns`` (no intercept), alike at every limit.

    ``level`` is 0, 1, 2, ... for each person; the intercepts ``above 0``, ``above 1``, ... stand first among the
    coefficients; ``near`` is that of ``fit_logistic``. Proportional odds: McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x.

    Raises NotFitted.
    """
    matrix = np.column_stack([column[domain] for column in columns.values()])
    weight = _scaled(design.weight[domain])
    found, place = np.unique(level[domain], return_inverse=True)
    if len(found) < 2:
        raise NotFitted("all answers are the same")
    limit_count = len(found) - 1
    # a person of level k lies above limit k - 1 and not above limit k; the outermost have only one of the two
    upper_limit = np.zeros((len(place), limit_count))
    lower_limit = np.zeros((len(place), limit_count))
    is_not_highest, is_not_lowest = place < limit_count, place > 0
    upper_limit[is_not_highest, place[is_not_highest]] = 1.0
    lower_limit[is_not_lowest, place[is_not_lowest] - 1] = 1.0

    def likelihood(coefficients: Floats) -> _Likelihood:
        limits, slope = coefficients[:limit_count], matrix @ coefficients[limit_count:]
        upper = np.where(is_not_highest, expit(upper_limit @ limits + slope), 0.0)
        lower = np.where(is_not_lowest, expit(lower_limit @ limits + slope), 1.0)
        probability = np.maximum(lower - upper, 1e-300)
        # derivatives of the logarithm of the probability by the two logits; 0 where there is no limit
        curve_upper, curve_lower = upper * (1 - upper), lower * (1 - lower)
        by_upper, by_lower = -curve_upper / probability, curve_lower / probability
        twice_upper = weight * (-curve_upper * (1 - 2 * upper) / probability - by_upper**2)
        twice_lower = weight * (curve_lower * (1 - 2 * lower) / probability - by_lower**2)
        cross = weight * -by_upper * by_lower
        both = (upper_limit * cross[:, None]).T @ lower_limit
        limit_limit = (
            (upper_limit * twice_upper[:, None]).T @ upper_limit
            + (lower_limit * twice_lower[:, None]).T @ lower_limit
            + both
            + both.T
        )
        to_slope = upper_limit * (twice_upper + cross)[:, None] + lower_limit * (twice_lower + cross)[:, None]
        limit_slope = to_slope.T @ matrix
        slope_slope = (matrix * (twice_upper + twice_lower + 2 * cross)[:, None]).T @ matrix
        by_limit = upper_limit * by_upper[:, None] + lower_limit * by_lower[:, None]
        by_slope = by_upper + by_lower
        value = weight @ np.log(probability) if (lower > upper).all() else -np.inf
        return _Likelihood(
            float(value),
            np.concatenate([weight @ by_limit, (weight * by_slope) @ matrix]),
            np.block([[limit_limit, limit_slope], [limit_slope.T, slope_slope]]),
            lambda: np.column_stack([by_limit, by_slope[:, None] * matrix]),
        )

    share_above = np.array([weight[place > limit].sum() for limit in range(limit_count)]) / weight.sum()
    odds = np.log(share_above / (1 - share_above))
    names = [f"above {limit}" for limit in range(limit_count)]
    limits = dict.fromkeys(names, 1.0)
    # the limits of another model are in order, but may be fewer
    known = near if near is not None and all(name in near for name in names) else None
    start = _start(dict(zip(names, map(float, odds), strict=True)) | dict.fromkeys(columns, 0.0), known)
    spread = dict(zip(columns, _spread(matrix), strict=True))
    return _solved("proportional odds", design, domain, limits | spread, likelihood, start, weight)


def _spread(matrix: Floats) -> list[float]:
    """Standard deviation of each column; 1 of an intercept."""
    return [float(deviation) or 1.0 for deviation in matrix.std(axis=0)]


def _start(own: Mapping[str, float], near: Mapping[str, float] | None) -> Floats:
    return np.array([(near or own).get(name, value) for name, value in own.items()])


def _require_both(case: Floats) -> None:
    if not len(case) or case.min() == case.max():
        raise NotFitted("there are no cases" if not len(case) or case.max() == 0 else "everybody is a case")


def _scaled(weight: Floats) -> Floats:
    """Weights of mean 1: the coefficients are the same, and sums stay of a size that is easy to add up."""
    mean = weight.mean() if len(weight) else 0.0
    if not mean > 0:
        raise NotFitted("nobody with a weight")
    return np.asarray(weight / mean)


def _solved(
    method: str,
    design: SampleDesign,
    domain: Bools,
    spread: Mapping[str, float],
    likelihood: Callable[[Floats], _Likelihood],
    start: Floats,
    weight: Floats,
) -> SurveyFit:
    """Maximise by Newton's method with halved steps; make the covariance of the solution from persons' gradients."""
    coefficients, at = start, likelihood(start)
    scale = np.array(list(spread.values()))
    for _ in range(_STEPS):
        try:
            step = np.linalg.solve(-at.hessian, at.gradient)
        except np.linalg.LinAlgError:
            raise NotFitted("the columns do not tell the coefficients apart") from None
        promised = at.gradient @ step
        for _ in range(_HALVINGS):
            moved = likelihood(coefficients + step)
            if moved.value >= at.value - 1e-9 * abs(at.value):
                break
            step = step / 2
        coefficients, at = coefficients + step, moved
        if np.abs(coefficients * scale).max() > _LARGEST_LOGIT:
            raise NotFitted("a column parts cases from the others without exception")
        if promised < _TOLERANCE:
            break
    else:
        raise NotFitted("no solution was reached")
    freedom = design.degrees_of_freedom(domain)
    if freedom < 1:
        raise NotFitted("one cluster in each stratum tells nothing of how clusters differ")
    influence = np.zeros((len(design.weight), len(spread)))
    # the matrix is small and well told apart by now; persons are many
    influence[domain] = (at.gradients() * weight[:, None]) @ np.linalg.inv(-at.hessian)
    return SurveyFit(
        method=f"{method}, weighted; linearised errors, strata and clusters",
        estimate=dict(zip(spread, map(float, coefficients), strict=True)),
        covariance=design.covariance(influence),
        degrees_of_freedom=freedom,
        person_count=int(domain.sum()),
    )
