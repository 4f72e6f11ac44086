"""Weighted totals, means, shares and quantiles of a domain, with linearised standard errors and intervals."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from transforms.intervals import Bools, Floats
from transforms.survey.design import SampleDesign


@dataclass(frozen=True)
class Estimate:
    """A number about people, and how sure it is; NaN is what these persons cannot tell."""

    value: float
    standard_error: float
    low: float
    high: float
    degrees_of_freedom: int
    person_count: int


NOTHING = Estimate(np.nan, np.nan, np.nan, np.nan, 0, 0)
"""Of a domain without anybody."""


def total(design: SampleDesign, domain: Bools, confidence_frac: float) -> Estimate:
    """Return how many people the persons of a domain stand for."""
    scores = np.where(domain, design.weight, 0.0)
    return _interval(design, domain, float(scores.sum()), scores, confidence_frac)


def mean(design: SampleDesign, values: Floats, domain: Bools, confidence_frac: float) -> Estimate:
    """Return the weighted mean of ``values`` over the persons of ``domain`` whose value is known (not NaN).

    Who is left out for a missing value is outside the domain, not filled in.
    """
    known = domain & ~np.isnan(values)
    weight = np.where(known, design.weight, 0.0)
    people = float(weight.sum())
    if people <= 0:
        return NOTHING
    filled = np.where(known, values, 0.0)
    value = float((weight * filled).sum() / people)
    return _interval(
        design, known, value, weight * np.where(known, filled - value, 0.0) / people, confidence_frac
    )


def share(design: SampleDesign, has: Bools, domain: Bools, confidence_frac: float) -> Estimate:
    """Return the weighted share of ``domain`` who ``has`` a property, with an interval that stays within 0 and 1.

    The interval is made on the logit, and taken back; of a share of 0 or 1 there is none.
    Source: Korn and Graubard 1999, section 3.4; R's survey names it ``xlogit``.
    """
    plain = mean(design, has.astype(np.float64), domain, confidence_frac)
    value, error = plain.value, plain.standard_error
    if not 0 < value < 1 or plain.degrees_of_freedom < 1:
        return Estimate(value, error, np.nan, np.nan, plain.degrees_of_freedom, plain.person_count)
    reach = _quantile(confidence_frac, plain.degrees_of_freedom) * error / (value * (1 - value))
    logit = np.log(value / (1 - value))
    low, high = (float(1 / (1 + np.exp(-(logit + sign * reach)))) for sign in (-1, 1))
    return Estimate(value, error, low, high, plain.degrees_of_freedom, plain.person_count)


def quantile(
    design: SampleDesign, values: Floats, domain: Bools, share_frac: float, confidence_frac: float
) -> Estimate:
    """Return the smallest value at or below which a share of the people lies, with Woodruff's interval.

    The interval of the share at that value is taken back through the distribution; the standard error is its width over
    that of Student's interval.
    Source: Woodruff 1952, doi:10.1080/01621459.1952.10483443; R's ``svyquantile`` with its rules "math" and "mean".
    """
    known = domain & ~np.isnan(values) & (design.weight > 0)
    if not known.any():
        return NOTHING
    order = np.argsort(values[known], kind="stable")
    sorted_values = values[known][order]
    # up to and including each value; values that are equal share the last of them
    reached = np.cumsum(design.weight[known][order])
    reached /= reached[-1]

    def at(place: float) -> float:
        index = np.searchsorted(reached, place - 1e-12)
        return float(sorted_values[min(int(index), len(sorted_values) - 1)])

    value = at(share_frac)
    below = mean(design, (values <= value).astype(np.float64), known, confidence_frac)
    freedom = below.degrees_of_freedom
    if freedom < 1:
        return Estimate(value, np.nan, np.nan, np.nan, freedom, int(known.sum()))
    reach = _quantile(confidence_frac, freedom) * below.standard_error
    # around the share that was reached, which is no less than the one asked for; beyond all people there is no limit
    places = (below.value - reach, below.value + reach)
    low, high = (at(place) if 0 <= place <= 1 else np.nan for place in places)
    error = (high - low) / (2 * _quantile(confidence_frac, freedom))
    return Estimate(value, error, low, high, freedom, int(known.sum()))


def _interval(
    design: SampleDesign, domain: Bools, value: float, scores: Floats, confidence_frac: float
) -> Estimate:
    error = float(np.sqrt(design.covariance(scores[:, None])[0, 0]))
    freedom = design.degrees_of_freedom(domain)
    if freedom < 1:  # one cluster in each stratum tells nothing of how clusters differ
        return Estimate(value, np.nan, np.nan, np.nan, freedom, int(domain.sum()))
    reach = _quantile(confidence_frac, freedom) * error
    return Estimate(value, error, value - reach, value + reach, freedom, int(domain.sum()))


def _quantile(confidence_frac: float, freedom: int) -> float:
    return float(stats.t.ppf((1 + confidence_frac) / 2, df=freedom))
