"""The planner's error is the one that a study of that size shows, and its numbers are those of the textbook."""

import numpy as np
import pytest
from scipy import stats

from tests.transforms.statistics.nights import cohort_nights
from transforms.parameters.cohort import NIGHTLY_COHORT
from transforms.statistics.association import Question, answer
from transforms.statistics.design import SLEEP_JERKS
from transforms.statistics.planning import Variances, observed_variances, participants_needed


def test_persons_who_differ_leave_an_error_that_nights_do_not_lower():
    variances = Variances(between_slopes=0.04, of_night=0.5)
    assert variances.error(100, 10**9) == pytest.approx(0.02, rel=1e-3)
    assert variances.error(400, 8) == pytest.approx(variances.error(100, 8) / 2)


@pytest.mark.parametrize("night_count", [2, 8, 15])
def test_numbers_are_those_of_the_normal_formula_where_they_are_large(night_count):
    variances = Variances(between_slopes=0.0, of_night=2.0)
    found = participants_needed(
        variances, rate_ratio=1.05, night_count=night_count, confidence_frac=0.95, power_frac=0.8
    )
    plain = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) ** 2 * 2.0 / (night_count - 1) / np.log(1.05) ** 2
    assert plain < found < plain + 5


def test_a_smaller_ratio_wants_more_persons_and_its_inverse_as_many():
    variances = Variances(0.01, 0.5)
    told = [
        participants_needed(variances, rate_ratio=ratio, night_count=7, confidence_frac=0.95, power_frac=0.8)
        for ratio in (1.5, 1.2, 1.05, 1 / 1.05)
    ]
    assert told[0] < told[1] < told[2] == told[3]


def test_the_error_of_a_larger_study_is_foretold():
    """From 40 x 8 to 120 x 16, over a few cohorts: the foretold error lies within a fifth of the one that is seen."""

    def error(participants, nights, seed):
        frame = cohort_nights(participants=participants, nights=nights, seed=seed)
        row = answer(Question(SLEEP_JERKS, "caffeine_mg", "complete_case"), frame, NIGHTLY_COHORT)[0]
        told = (np.log(row["detectable_rate_ratio"]) - np.log(row["ci_high"] / row["ci_low"]) / 2) / 0.8416
        return told, row["participant_count"], row["night_count"] / row["participant_count"]

    foretold, seen = [], []
    for seed in range(5):
        small, persons, nights = error(40, 8, seed)
        own = np.random.default_rng(seed).normal(0.11, 0.3, 40)
        variances = observed_variances(
            own, np.full(40, 0.3), error=small, participant_count=persons, night_count=nights
        )
        large, persons, nights = error(120, 16, 100 + seed)
        foretold.append(variances.error(persons, nights))
        seen.append(large)
    assert np.mean(foretold) == pytest.approx(np.mean(seen), rel=0.25)
