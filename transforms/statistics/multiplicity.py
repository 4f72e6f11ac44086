"""Many questions at once."""

import numpy as np
from numpy.typing import NDArray


def benjamini_hochberg(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the q values of one family; a question without an answer (NaN) counts as not asked.

    A q value is the share of false findings to expect among all findings at least as clear as this one.

    Source: Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    from statsmodels.stats.multitest import multipletests

    q_values = np.full(len(p_values), np.nan)
    is_asked = ~np.isnan(p_values)
    if is_asked.any():
        q_values[is_asked] = multipletests(p_values[is_asked], method="fdr_bh")[1]
    return q_values
