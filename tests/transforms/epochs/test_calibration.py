"""Autocalibration: planted gain and offset come back, and every refusal has its name."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.epochs.calibration import (
    CALIBRATED,
    ERROR_ABOVE_LIMIT,
    NO_IMPROVEMENT,
    TOO_FEW_ORIENTATIONS,
    TOO_FEW_STILL_WINDOWS,
    calibrate,
    has_plausible_gravity,
    still_windows,
)
from transforms.parameters.calibration import VAN_HEES_2014

GAINS = np.array([1.03, 0.98, 1.015])
OFFSETS_G = np.array([0.020, -0.035, 0.050])


def sphere(count, seed=11):
    """Directions of gravity, spread over the whole sphere."""
    directions = np.random.default_rng(seed).normal(size=(count, 3))
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def measured(truth, gains=GAINS, offsets_g=OFFSETS_G):
    """What a sensor shows whose values must be multiplied by the gains and shifted by the offsets."""
    return (truth - offsets_g) / gains


def noise(count, sd_g, seed=5):
    return np.random.default_rng(seed).normal(0, sd_g, (count, 3))


def poles(reach_g, count=12):
    """Unit vectors whose x axis reaches exactly ``reach_g`` on both sides, y and z all of the sphere."""
    across = np.sqrt(1 - reach_g**2)
    turn = np.arange(count) * 2 * np.pi / count
    sign = np.where(np.arange(count) % 2, 1.0, -1.0)
    return np.stack([sign * reach_g, across * np.cos(turn), across * np.sin(turn)], axis=1)


def still(means, sds, recorded=None):
    recorded = np.ones(len(means)) if recorded is None else np.array(recorded)
    return still_windows(np.array(means), np.array(sds), recorded, VAN_HEES_2014).tolist()


def test_planted_gain_and_offset_come_back():
    found = calibrate(measured(sphere(400)) + noise(400, 0.002), None, VAN_HEES_2014)
    assert found.outcome == CALIBRATED
    assert found.is_calibrated
    assert found.gains == pytest.approx(GAINS, rel=1e-3)
    assert found.offsets_g == pytest.approx(OFFSETS_G, abs=2e-3)
    assert found.error_before_mg > 25
    assert found.error_after_mg < 2
    assert found.still_window_count == 400
    assert found.temperature_slopes_g_per_c == (0.0, 0.0, 0.0)
    assert np.isnan(found.temperature_mean_c)


@given(
    gains=st.tuples(*[st.floats(0.9, 1.1)] * 3),
    offsets_g=st.tuples(*[st.floats(-0.1, 0.1)] * 3),
)
def test_any_small_error_is_taken_back(gains, offsets_g):
    truth = sphere(200)
    found = calibrate(measured(truth, np.array(gains), np.array(offsets_g)), None, VAN_HEES_2014)
    if found.is_calibrated:
        assert found.gains == pytest.approx(gains, rel=1e-3)
        assert found.offsets_g == pytest.approx(offsets_g, abs=2e-3)
    else:
        assert found.error_before_mg < 1


def test_a_slope_with_temperature_comes_back():
    slopes = np.array([0.0005, -0.0008, 0.0039])
    warmth_c = np.random.default_rng(2).uniform(20, 34, 600)
    centred = warmth_c - warmth_c.mean()
    points = (sphere(600) - OFFSETS_G - centred[:, None] * slopes) / GAINS
    found = calibrate(points, warmth_c, VAN_HEES_2014)
    assert found.outcome == CALIBRATED
    assert found.temperature_mean_c == pytest.approx(warmth_c.mean())
    assert found.temperature_slopes_g_per_c == pytest.approx(slopes, abs=2e-5)
    assert found.gains == pytest.approx(GAINS, rel=1e-3)
    assert found.offsets_g == pytest.approx(OFFSETS_G, abs=2e-3)


@pytest.mark.parametrize(
    ("warmth_c", "is_used"),
    [
        (np.linspace(30, 32, 400), False),  # a spread of exactly 2 degrees
        (np.linspace(30, 32.1, 400), True),
        (np.where(np.arange(400) < 201, np.nan, np.linspace(20, 40, 400)), False),  # most are unknown
        (np.where(np.arange(400) < 200, np.nan, np.linspace(20, 40, 400)), True),  # half are known
    ],
)
def test_temperature_is_used_only_where_it_varies_and_is_known(warmth_c, is_used):
    found = calibrate(measured(sphere(400)), warmth_c, VAN_HEES_2014)
    assert np.isfinite(found.temperature_mean_c) == is_used
    assert found.gains == pytest.approx(GAINS, rel=1e-3)


@pytest.mark.parametrize(("count", "outcome"), [(9, TOO_FEW_STILL_WINDOWS), (10, CALIBRATED)])
def test_ten_still_windows_are_enough(count, outcome):
    points = measured(np.concatenate([np.eye(3), -np.eye(3), sphere(4)])[:count])
    assert calibrate(points, None, VAN_HEES_2014).outcome == outcome


@pytest.mark.parametrize(("reach_g", "is_enough"), [(0.3, False), (0.301, True), (0.29, False)])
def test_every_axis_must_reach_beyond_three_tenths_on_both_sides(reach_g, is_enough):
    for axis in range(3):
        points = np.roll(poles(reach_g), axis, axis=1)
        outcome = calibrate(points, None, VAN_HEES_2014).outcome
        assert (outcome != TOO_FEW_ORIENTATIONS) == is_enough


@pytest.mark.parametrize("side", [-1, 1])
def test_exactly_three_tenths_on_one_side_is_not_enough(side):
    points = poles(0.4)
    points[points[:, 0] * side > 0, 0] = side * 0.3
    assert calibrate(points, None, VAN_HEES_2014).outcome == TOO_FEW_ORIENTATIONS


def test_one_side_of_one_axis_is_not_enough():
    points = sphere(300)
    points[:, 2] = np.abs(points[:, 2])
    found = calibrate(measured(points), None, VAN_HEES_2014)
    assert found.outcome == TOO_FEW_ORIENTATIONS
    assert not found.is_calibrated
    assert found.gains == (1.0, 1.0, 1.0)
    assert found.offsets_g == (0.0, 0.0, 0.0)
    assert found.error_before_mg == found.error_after_mg > 20
    assert found.still_window_count == 300


def test_a_night_on_one_side_is_refused_with_its_error():
    lying = np.array([0.0, 0.0, 1.04]) + noise(500, 0.001)
    found = calibrate(lying, None, VAN_HEES_2014)
    assert found.outcome == TOO_FEW_ORIENTATIONS
    assert found.error_before_mg == pytest.approx(40, abs=0.5)
    assert found.gravity_median_g == pytest.approx(1.04, abs=0.0005)


def test_no_windows_no_calibration():
    found = calibrate(np.empty((0, 3)), None, VAN_HEES_2014)
    assert found.outcome == TOO_FEW_STILL_WINDOWS
    assert found.still_window_count == 0
    assert np.isnan([found.error_before_mg, found.error_after_mg, found.gravity_median_g]).all()
    assert not found.is_calibrated


def test_a_perfect_sensor_is_left_alone():
    exact = np.concatenate([np.eye(3), -np.eye(3)] * 3)
    found = calibrate(exact, None, VAN_HEES_2014)
    assert found.outcome == NO_IMPROVEMENT
    assert found.gains == (1.0, 1.0, 1.0)
    assert found.error_after_mg == 0.0


def test_what_stays_noisy_is_applied_and_marked():
    found = calibrate(measured(sphere(400)) + noise(400, 0.03), None, VAN_HEES_2014)
    assert found.outcome == ERROR_ABOVE_LIMIT
    assert found.is_calibrated
    assert 10 < found.error_after_mg < found.error_before_mg


@pytest.mark.parametrize(
    ("points", "is_plausible"),
    [
        (sphere(400) + np.array([0.06, -0.06, 0.0]), True),  # a sound sensor, put right by calibration
        (np.tile([0.06, 0.06, 1.05], (400, 1)), False),  # never turned: it cannot be put right
        (np.tile([0.0, 0.0, 1.04], (400, 1)), True),
        (np.empty((0, 3)), None),
    ],
)
def test_gravity_after_calibration_has_a_narrow_limit(points, is_plausible):
    found = calibrate(points, None, VAN_HEES_2014)
    assert has_plausible_gravity(found, VAN_HEES_2014) is is_plausible


def test_the_limit_of_the_error_is_exclusive():
    points = measured(sphere(400)) + noise(400, 0.005)
    error_g = calibrate(points, None, VAN_HEES_2014).error_after_mg / 1000
    at_limit = replace(VAN_HEES_2014, max_end_error_g=error_g * (1 - 1e-12))
    assert calibrate(points, None, at_limit).outcome == ERROR_ABOVE_LIMIT
    above = replace(VAN_HEES_2014, max_end_error_g=error_g * (1 + 1e-9))
    assert calibrate(points, None, above).outcome == CALIBRATED


@pytest.mark.parametrize(
    ("mean", "sd", "recorded_frac", "expected"),
    [
        ((0, 0, 1), (0.0129, 0.0129, 0.0129), 1.0, True),
        ((0, 0, 1), (0.013, 0.001, 0.001), 1.0, False),
        ((0, 0, 1), (0.001, 0.013, 0.001), 1.0, False),
        ((0, 0, 1), (0.001, 0.001, 0.013), 1.0, False),
        ((0, 0, 1.999), (0.001, 0.001, 0.001), 1.0, True),
        ((0, 0, 2), (0.001, 0.001, 0.001), 1.0, False),
        ((-2, 0, 0), (0.001, 0.001, 0.001), 1.0, False),
        ((0, 0, 1), (0.001, 0.001, 0.001), 0.9, True),
        ((0, 0, 1), (0.001, 0.001, 0.001), 0.899, False),
        ((0, 0, 1), (np.nan, 0.001, 0.001), 1.0, False),
    ],
)
def test_limits_of_a_still_window(mean, sd, recorded_frac, expected):
    assert still([mean], [sd], [recorded_frac]) == [expected]


def test_a_window_that_repeats_the_one_before_counts_once():
    a, b = (0.0, 0.0, 1.0), (0.0, 0.1, 0.99)
    quiet, other = (0.001, 0.001, 0.001), (0.001, 0.001, 0.002)
    assert still([a, a, a, b, a], [quiet] * 5) == [True, False, False, True, True]
    assert still([a, a], [quiet, other]) == [True, True]


def test_no_windows_no_still_windows():
    assert still_windows(np.empty((0, 3)), np.empty((0, 3)), np.empty(0), VAN_HEES_2014).shape == (0,)
