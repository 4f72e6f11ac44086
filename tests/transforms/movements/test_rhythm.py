"""Frequency and strength of rhythms that are known."""

import numpy as np
import pytest

from transforms.movements.rhythm import measure_pulse, measure_rhythm
from transforms.parameters.movements import ANKLE_2026

RATE_HZ = 50.0


def measured(hz, duration_s=15.0, axis=0):
    band = np.random.default_rng(2).normal(0, 0.01, (3, 1500)).astype(np.float32)
    band[axis] += np.sin(2 * np.pi * hz * np.arange(1500) / RATE_HZ).astype(np.float32)
    end = 100 + round(duration_s * RATE_HZ)
    return measure_rhythm(band, np.array([100]), np.array([end]), RATE_HZ, ANKLE_2026)


@pytest.mark.parametrize("hz", [0.5, 1.0, 2.5, 5.0])
@pytest.mark.parametrize("axis", [0, 2])
def test_a_steady_rhythm_has_its_frequency(hz, axis):
    found = measured(hz, axis=axis)
    assert found.dominant_hz[0] == pytest.approx(hz, rel=0.05)
    assert found.ratio[0] > 0.9
    assert (found.high_band_frac[0] > 0.9) == (hz >= 2)


def test_a_brief_stretch_has_no_rhythm():
    found = measured(3.0, duration_s=ANKLE_2026.rhythm_min_s - 0.1)
    assert np.isnan([found.dominant_hz[0], found.ratio[0], found.high_band_frac[0]]).all()


def test_noise_has_no_strong_rhythm():
    band = np.random.default_rng(4).normal(0, 1, (3, 1500)).astype(np.float32)
    found = measure_rhythm(band, np.array([0]), np.array([1000]), RATE_HZ, ANKLE_2026)
    assert found.ratio[0] < 0.3


def bursts(intervals_s, seed=6):
    """Fine envelope of bursts of noise, 0.25 s each, over a floor of 5 mg."""
    rng = np.random.default_rng(seed)
    envelope = rng.uniform(0.004, 0.006, 2000).astype(np.float32)
    for at_s in 5 + np.cumsum(intervals_s):
        first = round(at_s * RATE_HZ)
        envelope[first : first + 12] += rng.uniform(0.03, 0.1, 12)
    return envelope


@pytest.mark.parametrize("hz", [0.6, 1.3, 2.9])
@pytest.mark.parametrize("at", [0, 500, 1999])
def test_bursts_of_noise_have_the_rhythm_of_their_envelope(hz, at):
    found_hz, ratio = measure_pulse(
        bursts(np.full(int(30 * hz), 1 / hz)), np.array([at]), RATE_HZ, ANKLE_2026
    )
    assert found_hz[0] == pytest.approx(hz, rel=0.06)
    assert ratio[0] > 0.6


def test_bursts_at_random_have_none():
    rng = np.random.default_rng(7)
    for seed in range(20):
        envelope = bursts(0.3 + rng.exponential(1.2, 16), seed)
        _, ratio = measure_pulse(envelope, np.array([650]), RATE_HZ, ANKLE_2026)
        assert ratio[0] < 0.5


def test_too_little_signal_has_no_pulse():
    few = int(ANKLE_2026.rhythm_min_s * RATE_HZ) - 1
    assert np.isnan(measure_pulse(np.ones(few, np.float32), np.array([5]), RATE_HZ, ANKLE_2026)).all()
