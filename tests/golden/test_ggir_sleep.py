"""Sleep from the angle of the z axis, against the tests of GGIR.

Reference: GGIR 3.3-7 at 388064b (R, Apache-2.0), tests/testthat/test_HASIB.R (713 of 781 epochs; no random numbers) and
tests/testthat/test_HASPT.R (the shape of its record: 17280 epochs, still in 5000 to 6000 and 6100 to 8000, period
5000 to 8000). Values as literals, read in the source; R was not run for this file.
Tested: HASIB exactly, the number of epochs and both bouts. HDCZA: the period within 1 epoch, because GGIR counts from
1 and closes the interval, and we count from 0 and leave it open.
NOT tested: HASPT on its own noise, which comes from R's rnorm and cannot be drawn here (ours: a seeded normal
distribution instead); spt_max_gap_ratio (GGIR: 6099 to 8000 with 0.05), which we do not offer; the angle where the
sensor was not worn, which GGIR imputes and we leave out.
"""

import numpy as np
import pytest

from transforms.nights.sleep import sleep_period, sustained_inactivity
from transforms.parameters.sleep import VAN_HEES_2015, VAN_HEES_2018

EPOCH_S = 5.0


def hasib_angle_deg():
    angle = [0] * 10 + [10, 20, 30] + [30] * 310 + [20, 10, -5, -20, 0, -15, -30] + [-40] * 400
    return np.array(angle + [0] * (781 - len(angle)), dtype=np.float64)


def haspt_angle_deg(seed):
    angle = np.random.default_rng(seed).normal(0, 20, 17280)
    angle[5000:6000] = angle[6100:8000] = 0
    return angle


def test_hasib_finds_713_of_781_epochs():
    inactive = sustained_inactivity(hasib_angle_deg(), EPOCH_S, VAN_HEES_2015)
    assert (int(inactive.sum()), len(inactive)) == (713, 781)
    # GGIR's epochs 12 to 323 and 330 to 730, counted from 1, both ends included.
    assert np.flatnonzero(inactive).tolist() == [*range(11, 323), *range(329, 730)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_haspt_bridges_the_short_interruption(seed):
    first, end = sleep_period(haspt_angle_deg(seed), EPOCH_S, VAN_HEES_2018)
    assert abs(first - 5000) <= 1
    assert abs(end - 8000) <= 1
