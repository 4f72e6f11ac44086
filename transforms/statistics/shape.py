"""Shape and time: curves without levels (restricted cubic splines), and what the days before add (distributed lags)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from transforms.intervals import Floats
from transforms.parameters.cohort import CohortParameters
from transforms.schema import ASSOCIATION, DOSE_CURVE
from transforms.statistics.association import PRIMARY, Question, answered_row, blank_row, main_outcome
from transforms.statistics.design import WITHIN, Completions, Contrast, Sample, independent, within_between
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import LARGEST_LOG_RATIO, SMALLEST_P, CountData, Fit, fit_gee, pooled
from transforms.statistics.persons import person_means

LAGS = (1, 2, 3)
_QUANTILES = {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)}
_POINTS = 9


def knots_of(values: Floats) -> Floats:
    """Return the knots of a restricted cubic spline: 3 below 100 values, 4 below 1,000, else 5, at fixed quantiles.

    Where many values are the same, as zeros are, quantiles fall together: then they are those of the values above the
    lowest, behind the lowest itself. Raises NotFitted where fewer than three remain apart.

    Source: Harrell 2015, Regression Modeling Strategies, 2nd ed., section 2.4.6.
    """
    count = 3 if len(values) < 100 else 4 if len(values) < 1000 else 5
    knots = np.unique(np.quantile(values, _QUANTILES[count]))
    if len(knots) < count:
        lowest = values.min()
        rest = values[values > lowest]
        if len(rest):
            knots = np.unique([lowest, *np.quantile(rest, _QUANTILES[max(count - 1, 3)])])[:5]
    if len(knots) < 3:
        raise NotFitted("fewer than three values apart")
    return np.asarray(knots, dtype=np.float64)


def bends(values: Floats, knots: Floats) -> Floats:
    """Return the columns by which a restricted cubic spline differs from a line; straight beyond the outer knots."""
    last, before, width = knots[-1], knots[-2], (knots[-1] - knots[0]) ** 2

    def cubed(at: float) -> Floats:
        return np.asarray(np.clip(values - at, 0, None) ** 3)

    columns = [
        cubed(knot)
        - cubed(before) * (last - knot) / (last - before)
        + cubed(last) * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
    return np.asarray(np.column_stack(columns) / width, dtype=np.float64)


def dose_curves(nights: pl.DataFrame, parameters: CohortParameters) -> pl.DataFrame:
    """Fit a restricted cubic spline of each primary exposure; return DOSE_CURVE.

    Line and bends enter as the person's mean and the night's deviation from it: the curve is one within persons. It is
    told at points from the 5th to the 95th percentile against the lowest of them, with the Wald test of all bends
    together (F). Imputations are pooled as matrices. Exploratory.
    """
    completions = Completions()
    rows = [row for exposure in PRIMARY for row in _curve(exposure, nights, parameters, completions)]
    return pl.DataFrame(rows, schema=DOSE_CURVE)


def _curve(
    exposure: str, nights: pl.DataFrame, parameters: CohortParameters, completions: Completions
) -> Iterator[dict[str, Any]]:
    association = parameters.association
    try:
        contrast = Contrast(main_outcome(nights), exposure, float(getattr(association.step, exposure)))
        if exposure not in nights.columns:
            return
        sample = within_between(nights, contrast, association, completions=completions)
        if sample.informative_count < association.min_informative_participant_count:
            return
        value = sample.nights[exposure].cast(pl.Float64).to_numpy() / contrast.per_unit
        knots = knots_of(value)
        names, estimate, covariance, freedom, method = _spline(sample, value, knots, parameters)
    except NotFitted:
        return
    points = np.unique(np.quantile(value, np.linspace(0.05, 0.95, _POINTS)))
    basis = np.column_stack([points, bends(points, knots)]) - np.concatenate(
        [points[:1], bends(points[:1], knots)[0]]
    )
    basis = basis[:, : len(names)]
    logs = basis @ estimate
    errors = np.sqrt(np.einsum("ij,jk,ik->i", basis, covariance, basis))
    reach = float(stats.t.ppf((1 + parameters.interval.confidence_frac) / 2, df=freedom)) * errors
    if not (np.abs(logs) + reach).max() < LARGEST_LOG_RATIO:
        return
    bend, width = estimate[1:], len(names) - 1
    wald = float(bend @ np.linalg.solve(covariance[1:, 1:], bend)) / width
    for place, point in enumerate(points):
        is_reference = place == 0
        yield {
            "outcome": contrast.outcome.count,
            "exposure": exposure,
            "value": float(point * contrast.per_unit),
            "reference_value": float(points[0] * contrast.per_unit),
            "rate_ratio": float(np.exp(logs[place])),
            "ci_low": None if is_reference else float(np.exp(logs[place] - reach[place])),
            "ci_high": None if is_reference else float(np.exp(logs[place] + reach[place])),
            "nonlinearity_p_value": max(float(stats.f.sf(wald, width, freedom)), SMALLEST_P),
            "knot_count": len(knots),
            "participant_count": sample.data.person_count,
            "informative_participant_count": sample.informative_count,
            "night_count": len(sample.data.counts),
            "method": sample.told(f"{method}; restricted cubic spline"),
        }


def _spline(
    sample: Sample, value: Floats, knots: Floats, parameters: CohortParameters
) -> tuple[list[str], Floats, Floats, float, str]:
    person = sample.data.person
    bent = bends(value, knots)
    added: dict[str, Floats] = {}
    for number in range(bent.shape[1]):
        mean = person_means(bent[:, number], person)
        added[f"bend {number}"] = bent[:, number] - mean
        added[f"bend {number} of the person"] = mean - mean.mean()
    few = sample.data.person_count < parameters.association.few_participant_count
    names = [WITHIN, *(f"bend {number}" for number in range(bent.shape[1]))]
    fits: list[Fit] = []
    matrices: list[Floats] = []
    order: list[str] | None = None
    for data in sample.datas:
        every = (
            {"intercept": data.columns["intercept"], WITHIN: data.columns[WITHIN]}
            | added
            | dict(data.columns)
        )
        # what enters is the same in every imputation
        order = order or list(independent(every))
        columns = {name: every[name] for name in order}
        if not set(names) <= set(columns):
            raise NotFitted("bends that cannot be told apart")
        start = np.array(list(fits[0].estimate.values())) if fits else None
        fit = fit_gee(CountData(data.counts, data.hours, person, columns), is_bias_reduced=few, start=start)
        places = [list(columns).index(name) for name in names]
        if fit.covariance is None:
            raise NotFitted("no covariance")
        fits.append(fit)
        matrices.append(fit.covariance[np.ix_(places, places)])
    estimates = np.array([[fit.estimate[name] for name in names] for fit in fits])
    covariance = np.mean(matrices, axis=0)
    if len(fits) > 1:
        covariance = covariance + (1 + 1 / len(fits)) * np.cov(estimates.T, ddof=1)
    told = pooled(fits)
    return names, estimates.mean(axis=0), covariance, min(told.freedom[name] for name in names), told.method


def distributed_lags(nights: pl.DataFrame, parameters: CohortParameters) -> pl.DataFrame:
    """Fit each primary exposure of the day and of the three days before together; return ASSOCIATION.

    ``distributed_lag`` is one row for each day, given the others; ``distributed_lag_cumulative`` is the ratio for a
    step more on all four days. Nights without one of the four leave. Unconstrained: with four days there is nothing
    to smooth.

    Source: Gasparrini 2010, doi:10.1002/sim.3940.
    """
    completions = Completions()
    rows = [row for exposure in PRIMARY for row in _lags(exposure, nights, parameters, completions)]
    return pl.DataFrame(rows, schema=ASSOCIATION)


def _lags(
    exposure: str, nights: pl.DataFrame, parameters: CohortParameters, completions: Completions
) -> list[dict[str, Any]]:
    association = parameters.association
    outcome = main_outcome(nights)
    before = tuple(f"lag{number}_{exposure}" for number in LAGS)
    column_of = {exposure: WITHIN} | {name: f"{WITHIN} {name}" for name in before}
    asked = [(Question(outcome, name, "distributed_lag"), column) for name, column in column_of.items()]
    asked.append((Question(outcome, exposure, "distributed_lag_cumulative"), "all days"))
    shared = {"family": "sensitivity", "is_exploratory": True}
    try:
        if not {exposure, *before} <= set(nights.columns):
            raise NotFitted("the table has no such column")
        contrast = Contrast(outcome, exposure, float(getattr(association.step, exposure)), beside=before)
        sample = within_between(nights, contrast, association, completions=completions)
        least = association.min_informative_participant_count
        if sample.informative_count < least:
            raise NotFitted(f"{sample.informative_count} informative persons; {least} are needed")
        few = sample.data.person_count < association.few_participant_count
        fit = pooled([_with_sum(fit_gee(data, is_bias_reduced=few), column_of) for data in sample.datas])
    except NotFitted as reason:
        told = f"not fitted: {reason}"
        return [blank_row(question, WITHIN, parameters, told) | shared for question, _ in asked]
    rows = []
    for question, column in asked:
        try:
            rows.append(answered_row(question, WITHIN, sample, fit, column, parameters) | shared)
        except NotFitted as reason:
            rows.append(blank_row(question, WITHIN, parameters, f"not fitted: {reason}") | shared)
    return rows


def _with_sum(fit: Fit, column_of: dict[str, str]) -> Fit:
    """Add the sum over days, with its error, as a coefficient of its own."""
    names = list(column_of.values())
    if fit.covariance is None or not set(names) <= fit.estimate.keys():
        raise NotFitted("days that cannot be told apart")
    places = [list(fit.estimate).index(name) for name in names]
    return replace(
        fit,
        estimate=dict(fit.estimate) | {"all days": sum(fit.estimate[name] for name in names)},
        standard_error=dict(fit.standard_error)
        | {"all days": float(np.sqrt(fit.covariance[np.ix_(places, places)].sum()))},
        freedom=dict(fit.freedom) | {"all days": min(fit.freedom[name] for name in names)},
    )
