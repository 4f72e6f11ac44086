"""How many persons and nights another study like this one would need."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from transforms.intervals import Floats
from transforms.statistics.person import pooled


@dataclass(frozen=True)
class Variances:
    """What makes the logarithm of a ratio within persons uncertain, in one study."""

    between_slopes: float
    """Variance of the persons' own logarithms of the ratio around the cohort's."""
    of_night: float
    """Variance that one night more of one person takes its share of."""

    def error(self, participant_count: int, night_count: float) -> float:
        """Return the standard error of a study of so many persons with so many nights each.

        Of n nights n - 1 tell a deviation from the person's mean. However many the nights, persons who differ in
        their ratio leave an error that only more persons lower.
        """
        each = self.between_slopes + self.of_night / max(night_count - 1, 1e-9)
        return float(np.sqrt(each / participant_count))


def observed_variances(
    log_ratios: Floats, errors: Floats, *, error: float, participant_count: int, night_count: float
) -> Variances:
    """Return the variances of a study, from the persons' own logarithms of the ratio and from the cohort's error.

    ``log_ratios`` and their ``errors`` are one each for a person; ``error`` is that of the cohort's logarithm, told by
    ``participant_count`` persons with ``night_count`` nights on average. The spread between persons is DerSimonian and
    Laird's; what remains of the cohort's error is that of the nights, at least a tenth of it.
    """
    _, spread, _ = pooled(log_ratios, errors**2)
    each = error**2 * participant_count
    of_nights = max(each - spread, 0.1 * each)
    return Variances(min(spread, 0.9 * each), of_nights * max(night_count - 1, 1))


def participants_needed(
    variances: Variances, *, rate_ratio: float, night_count: int, confidence_frac: float, power_frac: float
) -> int:
    """Return how many persons find ``rate_ratio`` with the power, two-sided.

    Student's t of the persons themselves is taken, so that small studies are not planned too small.
    """
    wanted = abs(float(np.log(rate_ratio)))
    error = variances.error(1, night_count)

    def needed(reach: float) -> int:
        return int(np.ceil((reach * error / wanted) ** 2))

    confident = (1 + confidence_frac) / 2
    # the normal quantiles are the least that is needed; the few persons that Student's t adds are stepped through
    count = max(needed(float(stats.norm.ppf(confident) + stats.norm.ppf(power_frac))), 3)
    while needed(float(stats.t.ppf(confident, df=count - 2) + stats.t.ppf(power_frac, df=count - 2))) > count:
        count += 1
    return count
