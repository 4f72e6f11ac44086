"""Measures of agreement against published worked examples.

Reference: Shrout & Fleiss 1979, Psychol Bull 86:420, table 2 (six targets, four judges), ICC(2,1) = .29; its interval
.02 to .76 as psych::ICC (R) prints it for the same table. Wilson 1927: 95 % interval of 0 of 10 is 0 to .2775 and of
5 of 10 is .2366 to .7634 (Newcombe 1998, Stat Med 17:857, gives the method 3 intervals). Cohen 1960: 20 and 15 of 50
agreed yes and no, 5 and 10 not, kappa .40. Bland & Altman 1986, Lancet i:307, table 1: 17 people, peak flow of
two meters, mean difference -2.1 l/min, standard deviation 38.8, limits -79.7 to 75.5 (they round 1.96 to 2),
95 % interval of the bias -22.0 to 17.8 and of the lower limit -114.3 to -45.1.
Tested: values as printed, to their last digit. NOT tested: limits with several nights of a person against a published
table; tested elsewhere by simulation.
"""

import numpy as np
import pytest

from transforms.agreement.measures import bland_altman, cohen_kappa, icc_2_1, wilson

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=np.float64
)
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI_WRIGHT = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_icc():
    told = icc_2_1(SHROUT_FLEISS, 0.95)
    assert told.value == pytest.approx(0.29, abs=0.005)
    assert told.low == pytest.approx(0.019, abs=0.001)
    assert told.high == pytest.approx(0.761, abs=0.001)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)],
)
def test_wilson(successes, trials, low, high):
    told = wilson(successes, trials, 0.95)
    assert told.value == successes / trials
    assert told.low == pytest.approx(low, abs=5e-5)
    assert told.high == pytest.approx(high, abs=5e-5)


def test_kappa():
    one = np.repeat([True, True, False, False], [20, 5, 10, 15])
    other = np.repeat([True, False, True, False], [20, 5, 10, 15])
    assert cohen_kappa(one, other) == pytest.approx(0.40)


def test_bland_altman():
    difference = np.array(WRIGHT, dtype=np.float64) - np.array(MINI_WRIGHT)
    told = bland_altman(difference, np.arange(17), 0.95)
    assert told.bias.value == pytest.approx(-2.1, abs=0.05)
    assert told.sd == pytest.approx(38.8, abs=0.05)
    assert told.bias.low == pytest.approx(-22.0, abs=0.1)
    assert told.bias.high == pytest.approx(17.8, abs=0.1)
    # 1.96 instead of the paper's 2
    assert told.lower_limit.value == pytest.approx(-2.12 - 1.96 * 38.77, abs=0.1)
    assert told.lower_limit.high - told.lower_limit.low == pytest.approx(-45.1 + 114.3, abs=0.7)
