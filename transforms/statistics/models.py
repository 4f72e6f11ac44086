"""Regression of counts per hour on columns, for nights that belong to persons; the fitting is statsmodels'."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from transforms.intervals import Floats
from transforms.statistics.gee import Family, NotFitted, solve
from transforms.statistics.mixed import solve_random_slope

SMALLEST_P = 1e-15
"""What is smaller is told as this: no data make an effect certain, and a p of 0 says so."""

LARGEST_LOG_RATIO = 20.0
"""An estimate or a limit beyond this is told as no answer."""


@dataclass(frozen=True)
class CountData:
    """One row is one night: a count, the hours in which it was counted, whose night it is, and columns."""

    counts: Floats
    hours: Floats
    person: NDArray[np.int64]
    """Persons as 0, 1, 2, ...; the rows of a person stand together."""
    columns: Mapping[str, Floats]
    """Columns of the model by name, the intercept included where it has one."""

    @property
    def matrix(self) -> Floats:
        """Columns side by side, in their order."""
        return np.column_stack(list(self.columns.values()))

    @property
    def person_count(self) -> int:
        """Number of persons."""
        return int(self.person[-1]) + 1 if len(self.person) else 0


@dataclass(frozen=True)
class Fit:
    """Coefficients on the logarithm of the rate, by column name."""

    method: str
    estimate: Mapping[str, float]
    standard_error: Mapping[str, float]
    freedom: Mapping[str, float]
    """Degrees of freedom of Student's t for tests and intervals, by column name."""
    dependence: float | None = None
    """Correlation between nights of a person (GEE), shape theta (negative binomial), spread of slopes (mixed model)."""
    log_likelihood: float | None = None
    covariance: Floats | None = None
    """Of the coefficients, in their order; None of several imputations pooled."""


@dataclass(frozen=True)
class Coefficient:
    """One coefficient with its interval and test, on the scale of the model."""

    estimate: float
    low: float
    high: float
    p_value: float
    detectable: float
    """An effect of this size would have been found with the declared power, at the confidence of the interval."""


def coefficient(fit: Fit, column: str, *, confidence_frac: float, power_frac: float) -> Coefficient:
    """Return the coefficient of ``column`` with Student's t interval and two-sided test."""
    estimate, error, freedom = fit.estimate[column], fit.standard_error[column], fit.freedom[column]
    quantile = float(stats.t.ppf((1 + confidence_frac) / 2, df=freedom))
    return Coefficient(
        estimate=estimate,
        low=estimate - quantile * error,
        high=estimate + quantile * error,
        p_value=max(float(2 * stats.t.sf(abs(estimate) / error, df=freedom)), SMALLEST_P),
        detectable=(quantile + float(stats.norm.ppf(power_frac))) * error,
    )


def pooled(fits: Sequence[Fit]) -> Fit:
    """Return one fit of several imputations: Rubin's rules, degrees of freedom of Barnard and Rubin.

    Source: Rubin 1987, doi:10.1002/9780470316696; Barnard and Rubin 1999, doi:10.1093/biomet/86.4.948.
    """
    first, count = fits[0], len(fits)
    if count == 1:
        return first
    estimate, error, freedom = {}, {}, {}
    for name in first.estimate:
        told = np.array([fit.estimate[name] for fit in fits])
        inner = float(np.mean([fit.standard_error[name] ** 2 for fit in fits]))
        outer = (1 + 1 / count) * float(told.var(ddof=1))
        complete = float(np.mean([fit.freedom[name] for fit in fits]))
        missing = outer / (inner + outer)
        observed = (complete + 1) / (complete + 3) * complete * (1 - missing)
        from_draws = (count - 1) / max(missing, 1e-12) ** 2
        estimate[name], error[name] = float(told.mean()), float(np.sqrt(inner + outer))
        freedom[name] = 1 / (1 / from_draws + 1 / max(observed, 1e-12))
    return replace(
        first, estimate=estimate, standard_error=error, freedom=freedom, log_likelihood=None, covariance=None
    )


def e_value(ratio: float) -> float:
    """Return how strongly something unmeasured would have to go with both exposure and outcome to make ``ratio`` alone.

    A risk ratio, at least 1. Source: VanderWeele and Ding 2017, doi:10.7326/M16-2607.
    """
    larger = max(ratio, 1 / ratio)
    return float(larger + np.sqrt(larger * (larger - 1)))


def fit_poisson(data: CountData) -> Fit:
    """Poisson regression with offset log(hours), errors as if all nights were independent and counts Poisson."""
    import statsmodels.api as sm

    model = sm.GLM(data.counts, data.matrix, family=sm.families.Poisson(), offset=np.log(data.hours))
    result = _converged(model.fit)
    return _fit("Poisson", data, result.params, result.cov_params(), freedom=float("inf"))


def fit_gee(data: CountData, *, is_bias_reduced: bool = False, start: Floats | None = None) -> Fit:
    """Poisson generalised estimating equations, offset log(hours), exchangeable working correlation within persons.

    Only the mean has to be right: errors are robust (sandwich) against overdispersion and against any correlation of
    a person's nights. With few persons they are biased downwards; for those is the bias-reduced form, Mancl and
    DeRouen's times n / (n - 1) for n persons, as for any variance of a mean of n. Without that factor a null exposure
    was found in 6 of 100 cohorts of 25 persons, where it should be 5.

    A robust error is itself an estimate, and a poor one where a few persons with many events carry the coefficient.
    Tests take Student's t with as many degrees of freedom as that error is worth: with u the persons' contributions
    to a coefficient, 3 (sum u^2)^2 / sum u^4, by matching the first two moments of sum u^2 to a chi-square; at most
    persons less columns that do not vary within persons.

    Source: Liang and Zeger 1986, doi:10.1093/biomet/73.1.13; Mancl 2001, doi:10.1111/j.0006-341X.2001.00126.x;
    degrees of freedom after Pan and Wall 2002, doi:10.1002/sim.1142.
    """
    matrix = data.matrix
    solution = solve(
        data.counts, data.hours, data.person, matrix, is_bias_reduced=is_bias_reduced, start=start
    )
    errors = "bias-reduced" if is_bias_reduced else "robust"
    return _fit(
        f"Poisson GEE, exchangeable, {errors} errors",
        data,
        solution.estimate,
        solution.covariance,
        freedom=_effective_freedom(solution.contributions, _width_of_persons(data, matrix)),
        dependence=solution.correlation,
    )


def _width_of_persons(data: CountData, matrix: Floats) -> int:
    """Return how many columns do not vary within persons: each takes one of the persons away."""
    means = _sum_by(data.person, matrix) / np.bincount(data.person)[:, None]
    return int((np.abs(matrix - means[data.person]).max(axis=0) < 1e-9).sum())


def _effective_freedom(contributions: Floats, width: int) -> Floats:
    persons = len(contributions)
    squares = contributions**2
    worth = 3 * squares.sum(axis=0) ** 2 / np.maximum((squares**2).sum(axis=0), 1e-300)
    return np.asarray(np.clip(worth, 1, max(persons - width, 1)), dtype=np.float64)


def fit_rating_gee(data: CountData, *, is_bias_reduced: bool = False) -> Fit:
    """Linear generalised estimating equations for a rating in the place of the count; hours are not used."""
    family: Family = "gaussian"
    solution = solve(
        data.counts, data.hours, data.person, data.matrix, family=family, is_bias_reduced=is_bias_reduced
    )
    errors = "bias-reduced" if is_bias_reduced else "robust"
    return _fit(
        f"linear GEE, exchangeable, {errors} errors",
        data,
        solution.estimate,
        solution.covariance,
        freedom=max(data.person_count - len(data.columns), 1),
        dependence=solution.correlation,
    )


def fit_negative_binomial(data: CountData, *, is_robust: bool = True) -> Fit:
    """Negative binomial regression (NB2, maximum likelihood), offset log(hours); errors clustered by person."""
    import statsmodels.api as sm

    model = sm.NegativeBinomial(data.counts, data.matrix, offset=np.log(data.hours))
    robust = {"cov_type": "cluster", "cov_kwds": {"groups": data.person}} if is_robust else {}
    result = _converged(lambda: model.fit(disp=0, maxiter=200, **robust))
    width = len(data.columns)
    return _fit(
        "negative binomial, errors clustered by person" if is_robust else "negative binomial",
        data,
        result.params[:width],
        np.asarray(result.cov_params())[:width, :width],
        freedom=max(data.person_count - width, 1) if is_robust else float("inf"),
        dependence=float(1 / result.params[width]),
        log_likelihood=float(result.llf),
    )


def fit_person_fixed_effects(data: CountData) -> Fit:
    """Poisson regression with a constant of each person's own, conditioned on the person's total; robust errors.

    Whatever does not change within a person drops out, measured or not. Columns that do not vary within persons must
    not be given. Errors are the sandwich over persons of the conditional score (Wooldridge 1999,
    doi:10.1016/S0304-4076(98)00033-5), valid under overdispersion and correlation.
    """
    from statsmodels.discrete.conditional_models import ConditionalPoisson

    # a person whose nights are all zero tells nothing
    total = np.bincount(data.person, data.counts)
    keep = total[data.person] > 0
    counts, hours, matrix = data.counts[keep], data.hours[keep], data.matrix[keep]
    person = np.unique(data.person[keep], return_inverse=True)[1]
    result = _converged(
        lambda: ConditionalPoisson(counts, matrix, groups=person, offset=np.log(hours)).fit(
            method="bfgs", disp=0
        )
    )
    estimate = np.asarray(result.params)

    weight = np.exp(matrix @ estimate) * hours
    share = weight / np.bincount(person, weight)[person]
    own_total = np.bincount(person, counts)
    expected = own_total[person] * share
    score = _sum_by(person, (counts - expected)[:, None] * matrix)
    mean = _sum_by(person, share[:, None] * matrix)
    information = (matrix * expected[:, None]).T @ matrix - (mean * own_total[:, None]).T @ mean
    bread = np.linalg.inv(information)
    persons = len(own_total)
    covariance = bread @ (score.T @ score) @ bread * persons / (persons - 1)
    return _fit(
        "Poisson with person fixed effects, robust errors",
        data,
        estimate,
        covariance,
        freedom=max(persons - len(data.columns), 1),
    )


def fit_random_slope(data: CountData, column: str) -> Fit:
    """Linear mixed model of log((count + 0.5) / hours): a constant and a coefficient of ``column`` of each person's own.

    Tells whether the answer hangs on everybody having the same ratio. The logarithm of a count is no Poisson model:
    nights of few events pull it, so that it stands beside the main model and never in its place. Maximum likelihood
    (restricted), errors of the model.

    Source: Laird and Ware 1982, doi:10.2307/2529876.
    """
    wanted = np.log((data.counts + 0.5) / data.hours)
    matrix = data.matrix
    solution = solve_random_slope(wanted, matrix, data.columns[column], data.person)
    return _fit(
        "linear mixed model of the log rate, random slope",
        data,
        solution.estimate,
        solution.covariance,
        freedom=max(data.person_count - _width_of_persons(data, matrix), 1),
        dependence=solution.slope_sd,
    )


def _sum_by(person: NDArray[np.int64], rows: Floats) -> Floats:
    return np.column_stack([np.bincount(person, rows[:, place]) for place in range(rows.shape[1])])


def _converged(fit: Callable[[], Any]) -> Any:
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            return fit()
        except (ConvergenceWarning, np.linalg.LinAlgError, ValueError, FloatingPointError) as error:
            raise NotFitted("did not converge") from error


def _fit(
    method: str,
    data: CountData,
    estimate: Floats,
    covariance: Floats,
    *,
    freedom: Floats | float,
    dependence: float | None = None,
    log_likelihood: float | None = None,
) -> Fit:
    names = list(data.columns)
    covariance = np.asarray(covariance, dtype=np.float64)
    variance = np.diag(covariance)
    if not (np.isfinite(estimate).all() and np.isfinite(variance).all() and (variance > 0).all()):
        raise NotFitted("no finite errors")
    return Fit(
        method=method,
        estimate=dict(zip(names, map(float, estimate), strict=True)),
        standard_error=dict(zip(names, map(float, np.sqrt(variance)), strict=True)),
        freedom=dict(zip(names, map(float, np.broadcast_to(freedom, len(names))), strict=True)),
        dependence=dependence,
        log_likelihood=log_likelihood,
        covariance=covariance,
    )
