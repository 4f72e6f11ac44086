"""The question of the cohort asked within one person, and drawn towards the cohort's answer as far as it is unsure."""

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from transforms.intervals import Floats
from transforms.parameters.cohort import CohortParameters
from transforms.schema import PERSON_ASSOCIATION
from transforms.statistics.association import PRIMARY, main_outcome
from transforms.statistics.design import WITHIN, Contrast, Sample, within_between
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import CountData

_STEPS = 50
_LARGEST_LOG = 20.0  # a ratio beyond this is a person without any night on one side


def person_associations(nights: pl.DataFrame, parameters: CohortParameters) -> pl.DataFrame:
    """Estimate the rate ratio of each primary exposure within each person; return PERSON_ASSOCIATION.

    1. Own estimate: Poisson regression of the person's counts on the exposure, offset log(hours), conditional on the
       person's total. The error is widened by the dispersion of all persons' nights together, because a few
       nights cannot tell their own.
    2. Between persons the true logarithms of the ratio are taken as normal around the cohort's; their variance is
       DerSimonian and Laird's, at least zero.
    3. Each own estimate is drawn towards the cohort's mean in proportion to its variance; ``own_weight_frac`` is the
       weight that the person's own nights keep. Its interval knows that the mean is an estimate, too; where persons do
       not differ beyond chance, everyone has the cohort's ratio and its interval.

    A person's own interval is not adjusted for anything; the shrunk one is what ``explain`` shows. Exploratory.

    Source: DerSimonian and Laird 1986, doi:10.1016/0197-2456(86)90046-2; empirical Bayes: Morris 1983,
    doi:10.1080/01621459.1983.10477920.
    """
    parts = []
    outcome = main_outcome(nights)
    least = replace(parameters.association, min_night_count=parameters.association.min_mean_night_count)
    for exposure in PRIMARY:
        per_unit = float(getattr(parameters.association.step, exposure))
        try:
            contrast = Contrast(outcome, exposure, per_unit, concepts=(), is_complete_case=True)
            sample = within_between(nights, contrast, least, takes_all=True)
        except NotFitted:
            continue
        names = sample.nights["participant_id"].unique(maintain_order=True)
        parts.append(_persons(sample, names, parameters))
    return pl.concat(parts) if parts else pl.DataFrame(schema=PERSON_ASSOCIATION)


def _persons(sample: Sample, names: pl.Series, parameters: CohortParameters) -> pl.DataFrame:
    data, contrast = sample.data, sample.contrast
    estimate, information = conditional_estimates(data)
    persons = data.person_count
    night_count = np.bincount(data.person, minlength=persons)
    events = np.bincount(data.person, data.counts, minlength=persons)
    is_known = (information > 0) & (np.abs(estimate) < _LARGEST_LOG)
    variance = np.where(
        is_known, dispersion(data, estimate, is_known) / np.where(is_known, information, 1), np.nan
    )
    mean, spread, mean_variance = pooled(estimate[is_known], variance[is_known])
    weight = spread / (spread + variance)
    shrunk = weight * estimate + (1 - weight) * mean
    # what is left of the own error, and of the error of the mean as far as it was drawn there
    shrunk_error = np.sqrt(weight * variance + (1 - weight) ** 2 * mean_variance)
    quantile = float(stats.norm.ppf((1 + parameters.interval.confidence_frac) / 2))
    error = np.sqrt(variance)
    power = float(stats.norm.ppf(parameters.association.power_frac))
    frame = pl.DataFrame(
        {
            "participant_id": names,
            "outcome": pl.Series([contrast.outcome.count]).new_from_index(0, persons),
            "exposure": pl.Series([contrast.exposure]).new_from_index(0, persons),
            "per_unit": np.full(persons, contrast.per_unit),
            "night_count": night_count,
            "event_count": events,
            "own_rate_ratio": np.exp(estimate),
            "own_ci_low": np.exp(estimate - quantile * error),
            "own_ci_high": np.exp(estimate + quantile * error),
            "own_detectable_rate_ratio": np.exp((quantile + power) * error),
            "rate_ratio": np.exp(shrunk),
            "ci_low": np.exp(shrunk - quantile * shrunk_error),
            "ci_high": np.exp(shrunk + quantile * shrunk_error),
            "own_weight_frac": weight,
            "method": pl.Series(["conditional Poisson, empirical Bayes"]).new_from_index(0, persons),
        }
    )
    numbers = [name for name, kind in PERSON_ASSOCIATION.items() if kind == pl.Float64 and name != "per_unit"]
    return (
        frame.filter(pl.Series(is_known))
        .with_columns(pl.col(numbers).fill_nan(None))
        # a limit beyond any number is no limit: the person's own nights tell nothing there
        .with_columns(pl.when(pl.col(name) < np.exp(_LARGEST_LOG)).then(pl.col(name)) for name in numbers)
        .select(pl.col(name).cast(kind) for name, kind in PERSON_ASSOCIATION.items())
    )


def conditional_estimates(data: CountData) -> tuple[Floats, Floats]:
    """Maximise each person's conditional Poisson likelihood in the one column WITHIN, all persons at once.

    Returns the logarithm of the rate ratio and the information about it, one value for each person. It is Newton's
    method on a concave function, with steps cut where they would overshoot; a person without events, or whose
    exposure does not vary, has no information.
    """
    x = data.columns[WITHIN]
    total = np.bincount(data.person, data.counts)
    observed = np.bincount(data.person, data.counts * x)
    estimate: Floats = np.zeros(data.person_count)
    information: Floats = np.zeros(data.person_count)
    for _ in range(_STEPS):
        mean, variance = _moments(data, x, estimate)
        information = np.asarray(total * variance, dtype=np.float64)
        step = np.where(
            information > 0, (observed - total * mean) / np.where(information > 0, information, 1), 0.0
        )
        moved = np.clip(estimate + np.clip(step, -1, 1), -_LARGEST_LOG, _LARGEST_LOG)
        estimate = np.asarray(moved, dtype=np.float64)
        if np.abs(step).max(initial=0.0) < 1e-10:
            break
    return estimate, information


def _moments(data: CountData, x: Floats, estimate: Floats) -> tuple[Floats, Floats]:
    share = _shares(data, x, estimate)
    mean: Floats = np.asarray(np.bincount(data.person, share * x), dtype=np.float64)
    variance = np.bincount(data.person, share * (x - mean[data.person]) ** 2)
    return mean, np.asarray(variance, dtype=np.float64)


def _shares(data: CountData, x: Floats, estimate: Floats) -> Floats:
    exponent = estimate[data.person] * x
    largest = np.full(data.person_count, -np.inf)
    np.maximum.at(largest, data.person, exponent)
    weight = np.exp(exponent - largest[data.person]) * data.hours
    return np.asarray(weight / np.bincount(data.person, weight)[data.person])


def dispersion(data: CountData, estimate: Floats, is_known: NDArray[np.bool_]) -> float:
    """Return how many times the variance of a Poisson count the nights vary around their persons' own fits; at least 1."""
    total = np.bincount(data.person, data.counts)
    expected = total[data.person] * _shares(data, data.columns[WITHIN], estimate)
    used = is_known[data.person] & (expected > 0)
    # each person spends a degree of freedom on the own rate and one on the own ratio
    freedom = used.sum() - 2 * is_known.sum()
    if freedom < 1:
        return 1.0
    return max(float(((data.counts[used] - expected[used]) ** 2 / expected[used]).sum() / freedom), 1.0)


def pooled(estimate: Floats, variance: Floats) -> tuple[float, float, float]:
    """Return mean and variance between persons of the true values, by DerSimonian and Laird, and the mean's variance."""
    if len(estimate) < 2:
        return (float(estimate[0]), 0.0, float(variance[0])) if len(estimate) else (0.0, 0.0, np.inf)
    weight = 1 / variance
    mean = float((weight * estimate).sum() / weight.sum())
    heterogeneity = float((weight * (estimate - mean) ** 2).sum()) - (len(estimate) - 1)
    spread = max(heterogeneity / float(weight.sum() - (weight**2).sum() / weight.sum()), 0.0)
    weight = 1 / (variance + spread)
    return float((weight * estimate).sum() / weight.sum()), spread, float(1 / weight.sum())
