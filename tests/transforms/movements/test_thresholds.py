"""Thresholds from the sensor's own tail, and spikes that no limb makes."""

from dataclasses import replace

import numpy as np
import pytest

from transforms.movements.signals import channels, moving_rms, take_out_spikes, threshold
from transforms.parameters.movements import ANKLE_2026

RATE_HZ = 50.0
HOUR = round(3600 * RATE_HZ)


def envelope_of(noise):
    return moving_rms((noise**2).sum(axis=0).astype(np.float32), 0.5 * RATE_HZ)


def noise(scale_g, tail_df=None, swell_log_sd=0.0, seed=3):
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((3, HOUR))
    if tail_df is not None:
        drawn /= np.sqrt(rng.chisquare(tail_df, (3, HOUR)) / tail_df)
    slow = np.interp(np.arange(HOUR), np.arange(0, HOUR + 1000, 1000), rng.standard_normal(HOUR // 1000 + 1))
    return (scale_g * drawn * np.exp(swell_log_sd * slow)).astype(np.float32)


def alarms(envelope, level):
    above = envelope >= level
    return np.count_nonzero(above[1:] & ~above[:-1])


def test_normal_noise_alone_does_not_reach_its_threshold():
    envelope = envelope_of(noise(0.01))
    assert alarms(envelope, threshold(envelope, RATE_HZ, ANKLE_2026.on_z, 0.0, ANKLE_2026)) == 0


@pytest.mark.parametrize(("tail_df", "swell_log_sd"), [(3, 0.0), (5, 0.2), (5, 0.3)])
def test_noise_with_a_wider_tail_gives_few_alarms_where_twice_the_median_gives_many(tail_df, swell_log_sd):
    envelope = envelope_of(noise(0.01, tail_df, swell_log_sd))
    found = alarms(envelope, threshold(envelope, RATE_HZ, ANKLE_2026.on_z, 0.0, ANKLE_2026))
    assert found <= 0.2 * alarms(envelope, 2 * np.median(envelope))


def test_a_wider_tail_lifts_the_threshold_and_a_movement_does_not():
    plain, wide = (envelope_of(noise(0.01, tail)) for tail in (None, 3))
    level, higher = (
        threshold(envelope, RATE_HZ, ANKLE_2026.on_z, 0.0, ANKLE_2026) / np.median(envelope)
        for envelope in (plain, wide)
    )
    assert np.median(higher) > 1.3 * np.median(level)
    moved = noise(0.01)
    for first in range(0, HOUR, round(25 * RATE_HZ)):
        moved[:, first : first + round(3 * RATE_HZ)] *= 20
    lifted = threshold(envelope_of(moved), RATE_HZ, ANKLE_2026.on_z, 0.0, ANKLE_2026)
    assert np.median(lifted) == pytest.approx(np.median(level) * np.median(plain), rel=0.15)


def test_a_single_sample_is_taken_out_and_a_burst_stays():
    values = noise(0.003)[0]
    values[1000] += 0.8
    burst = 0.5 * np.sin(2 * np.pi * 6 * np.arange(10) / RATE_HZ).astype(np.float32)
    values[2000:2010] += burst
    before = values.copy()
    take_out_spikes(values, ANKLE_2026)
    assert abs(values[1000]) < 0.02
    assert values[2000:2010] == pytest.approx(before[2000:2010])
    assert np.mean(values != before) < 0.002


def test_the_last_bit_of_a_coarse_sensor_is_no_spike():
    rng = np.random.default_rng(5)
    steps = np.rint((0.3 + 0.006 * rng.standard_normal(HOUR)) / 0.0156) * 0.0156
    values = steps.astype(np.float32)
    before = values.copy()
    take_out_spikes(values, ANKLE_2026)
    assert np.mean(values != before) < 0.001


def test_slow_recordings_keep_every_sample():
    """At 25 Hz a burst of 75 ms may be one sample."""
    values = noise(0.003)
    values[:, 1000] += 0.8
    seen = channels(iter(values.copy()), 25.0, ANKLE_2026)
    taken = channels(iter(values.copy()), 50.0, ANKLE_2026)
    untouched = channels(iter(values.copy()), 50.0, replace(ANKLE_2026, spike_ratio=1e9))
    assert np.abs(seen.work[:, 1000]).max() > 0.7
    assert np.abs(taken.work[:, 1000]).max() < 0.05
    assert np.abs(untouched.work[:, 1000]).max() > 0.7
