"""Rows of ``analysis_night`` with planted rate ratios, without going through SQL."""

import polars as pl

from transforms.parameters.cohort_simulation import PLAIN_COHORT, CohortSimulationParameters
from transforms.simulation.cohort_nights import simulate_analysis_nights


def cohort_nights(
    *, participants: int, nights: int, seed: int, parameters: CohortSimulationParameters = PLAIN_COHORT
) -> pl.DataFrame:
    """What the SQL makes of a simulated cohort, as far as the models read it."""
    return simulate_analysis_nights(parameters, participant_count=participants, night_count=nights, seed=seed)
