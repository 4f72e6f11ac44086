"""Quantiles that intervals need and SQL does not have."""

import numpy as np
import polars as pl
from scipy import stats


def student_t_ratios(confidence_frac: float, largest_count: int) -> pl.DataFrame:
    """Return the half width, in standard errors, of two-sided intervals over 2 to ``largest_count`` participants.

    One row is one number of participants: participant_count, student_t_ratio, with one degree of freedom less than
    participants. The last row is the normal quantile, and serves all larger numbers.
    """
    counts = np.arange(2, largest_count + 1)
    ratios = np.asarray(stats.t.ppf((1 + confidence_frac) / 2, df=counts - 1))
    ratios[-1] = stats.norm.ppf((1 + confidence_frac) / 2)
    return pl.DataFrame({"participant_count": counts.astype(np.int64), "student_t_ratio": ratios})
