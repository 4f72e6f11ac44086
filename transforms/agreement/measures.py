"""Measures of agreement on plain arrays: proportions, kappa, Bland-Altman, intraclass correlation."""

from dataclasses import dataclass

import numpy as np
import scipy

from transforms.intervals import Bools, Floats, Integers


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number and its interval; NaN is what the data cannot tell."""

    value: float
    low: float
    high: float


UNKNOWN = Estimate(value=float("nan"), low=float("nan"), high=float("nan"))


def wilson(successes: int, trials: int, confidence_frac: float) -> Estimate:
    """Return a proportion and its score interval (Wilson 1927), which stays within 0 and 1 also at 0 and n."""
    if trials == 0:
        return UNKNOWN
    z = float(scipy.stats.norm.ppf((1 + confidence_frac) / 2))
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return Estimate(value=share, low=max(0.0, float(centre - half)), high=min(1.0, float(centre + half)))


def cohen_kappa(one: Bools, other: Bools) -> float:
    """Return Cohen's kappa of two ratings of the same epochs; NaN where chance alone would agree fully."""
    if not one.size:
        return float("nan")
    observed = float((one == other).mean())
    expected = float(one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean()))
    return float("nan") if expected == 1.0 else (observed - expected) / (1 - expected)


@dataclass(frozen=True, kw_only=True)
class BlandAltman:
    """Mean difference and limits of agreement."""

    bias: Estimate
    sd: float
    lower_limit: Estimate
    upper_limit: Estimate


def bland_altman(difference: Floats, person: Integers, confidence_frac: float) -> BlandAltman:
    """Return the bias and the limits of agreement of differences, with several nights of a person allowed.

    The variance of a single difference is the sum of its parts between and within people (Bland & Altman 2007,
    J Biopharm Stat 17:571, section 3: the true value varies); with one night each it is the plain variance of
    Bland & Altman 1986. The limits are bias -+ 1.96 sd. Intervals are those of 1986 with the number of people: standard
    error of the bias from the people's means, of a limit sd * sqrt(3 / n).
    """
    people, index = np.unique(person, return_inverse=True)
    n = people.size
    if n < 2:
        value = float(difference.mean()) if difference.size else float("nan")
        alone = Estimate(value=value, low=float("nan"), high=float("nan"))
        return BlandAltman(bias=alone, sd=float("nan"), lower_limit=UNKNOWN, upper_limit=UNKNOWN)
    nights = np.bincount(index)
    means = np.bincount(index, difference) / nights
    total = difference.size
    grand = float(difference.mean())
    between = float((nights * (means - grand) ** 2).sum() / (n - 1))
    if total > n:
        within = float(((difference - means[index]) ** 2).sum() / (total - n))
        size = (total**2 - float((nights**2).sum())) / ((n - 1) * total)
        variance = within + max(0.0, (between - within) / size)
    else:
        variance = between
    sd = float(np.sqrt(variance))
    bias = float(means.mean())
    t = float(scipy.stats.t.ppf((1 + confidence_frac) / 2, n - 1))
    bias_error = float(means.std(ddof=1)) / np.sqrt(n)
    limit_error = sd * np.sqrt(3 / n)
    z = float(
        scipy.stats.norm.ppf(0.975)
    )  # the limits are those of 95 % of differences, whatever the intervals' coverage

    def around(value: float, error: float) -> Estimate:
        return Estimate(value=value, low=value - t * error, high=value + t * error)

    return BlandAltman(
        bias=around(bias, bias_error),
        sd=sd,
        lower_limit=around(bias - z * sd, limit_error),
        upper_limit=around(bias + z * sd, limit_error),
    )


def icc_2_1(ratings: Floats, confidence_frac: float) -> Estimate:
    """Return ICC(2,1) of a table of targets (rows) by raters (columns): two-way random, absolute agreement, single.

    Shrout & Fleiss 1979, Psychol Bull 86:420, with their interval for the case of random raters. NaN for fewer than two
    targets or raters, or without any variance.
    """
    n, k = ratings.shape
    if n < 2 or k < 2:
        return UNKNOWN
    grand = ratings.mean()
    rows, columns = ratings.mean(axis=1), ratings.mean(axis=0)
    between = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    raters = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    rest = ratings - rows[:, None] - columns[None, :] + grand
    error = float((rest**2).sum()) / ((n - 1) * (k - 1))
    below = between + (k - 1) * error + k * (raters - error) / n
    if below <= 0:
        return UNKNOWN
    icc = (between - error) / below
    if error == 0:
        return Estimate(value=float(icc), low=float("nan"), high=float("nan"))
    ratio = raters / error
    inner = n * (1 + (k - 1) * icc) - k * icc
    freedom = (
        (k - 1) * (n - 1) * (k * icc * ratio + inner) ** 2 / ((n - 1) * k**2 * icc**2 * ratio**2 + inner**2)
    )
    tail = (1 + confidence_frac) / 2
    upper_f = float(scipy.stats.f.ppf(tail, n - 1, freedom))
    lower_f = float(scipy.stats.f.ppf(tail, freedom, n - 1))
    spread = k * raters + (k * n - k - n) * error
    return Estimate(
        value=float(icc),
        low=n * (between - upper_f * error) / (upper_f * spread + n * between),
        high=n * (lower_f * between - error) / (spread + n * lower_f * between),
    )
