"""A movement that goes one way and comes back is told from one that swings to both sides of rest."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from transforms.movements.sidedness import measure_sidedness
from transforms.parameters.movements import ANKLE_2026

RATE_HZ = 50.0
LEVER_G_S2 = 0.35 / 9.81  # of a sensor 35 cm from the joint: g per rad/s2
FIRST, END = 200, 400


def angle(*places, edge=0.0):
    """Half sines of the given size that fill the movement one after the other [rad]."""
    course = np.full(600, edge)
    width = (END - FIRST) // len(places)
    for i, size in enumerate(places):
        at = FIRST + i * width
        course[at : at + width] += size * np.sin(np.pi * np.arange(width) / width) ** 2
    return course


def felt(course, across_g, turned=None):
    """What a sensor feels of it whose gravity lies across the axis by ``across_g``, with noise of 3 mg."""
    swing = np.gradient(np.gradient(course)) * RATE_HZ**2 * LEVER_G_S2
    signal = np.stack((across_g * np.sin(course), swing, np.zeros_like(course)))
    if turned is not None:
        signal = turned.apply(signal.T).T
    return (signal + np.random.default_rng(1).normal(0, 0.003, signal.shape)).astype(np.float32)


def sided(signal, first=FIRST, end=END):
    return measure_sidedness(signal, np.array([first]), np.array([end]), RATE_HZ, ANKLE_2026).one_sided_frac[
        0
    ]


@pytest.mark.parametrize("across_g", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_flexion_is_one_sided_wherever_gravity_lies(across_g, seed):
    turned = Rotation.random(random_state=seed)
    assert sided(felt(angle(0.2, 0.12, 0.15), across_g, turned)) > 0.75
    assert sided(felt(angle(0.2, -0.2, 0.2, -0.2), across_g, turned)) < 0.6


def test_a_rest_between_two_flexions_does_not_make_them_swing():
    assert sided(felt(angle(0.2, 0.0, 0.2), 1.0)) > 0.8


def test_a_limb_that_comes_to_lie_elsewhere_is_measured_from_the_line_between():
    course = angle(0.2, 0.2) + np.interp(np.arange(600), [FIRST, END], [0, 0.05])
    assert sided(felt(course, 1.0)) > 0.9


def test_a_neighbour_is_no_rest():
    signal = felt(angle(0.2, 0.2), 1.0)
    signal[:, 402:] += 0.3
    alone = measure_sidedness(signal, np.array([FIRST, 404]), np.array([END, 560]), RATE_HZ, ANKLE_2026)
    assert alone.one_sided_frac[0] > 0.8


@pytest.mark.parametrize(
    ("first", "end"),
    [(0, int(ANKLE_2026.sided_min_s * RATE_HZ) - 1), (0, int(ANKLE_2026.sided_max_s * RATE_HZ) + 1)],
)
def test_too_brief_or_too_long_is_not_measured(first, end):
    assert np.isnan(sided(felt(angle(0.2), 1.0), first, end))


def test_the_ends_of_the_signal_can_be_measured():
    signal = felt(angle(0.2, 0.2), 1.0)
    found = measure_sidedness(signal, np.array([0, 300]), np.array([200, 600]), RATE_HZ, ANKLE_2026)
    assert np.isfinite(found).all()
    assert measure_sidedness(signal, np.empty(0, int), np.empty(0, int), RATE_HZ, ANKLE_2026)[0].size == 0


@pytest.mark.parametrize(("shakes_hz", "is_told"), [(0.6, True), (2.5, False)])
def test_what_only_shakes_has_no_sides(shakes_hz, is_told):
    """A leg that trembles at some hertz is on both sides of rest, as a body that shifts is; only the latter is slow."""
    at_s = (np.arange(600) - FIRST) / RATE_HZ
    shakes = 0.1 * np.sin(2 * np.pi * shakes_hz * at_s)
    course = np.where((np.arange(600) >= FIRST) & (np.arange(600) < END), shakes, 0)
    signal = np.stack((course, np.zeros(600), np.zeros(600)))
    signal += np.random.default_rng(1).normal(0, 0.003, signal.shape)
    assert np.isnan(sided(signal.astype(np.float32))) != is_told


def test_of_a_brief_movement_is_told_how_slow_it_is_and_no_side():
    brief = int(ANKLE_2026.slow_min_s * RATE_HZ)
    signal = felt(angle(0.2, 0.2), 1.0)
    for length, is_told in ((brief, True), (brief - 1, False)):
        told = measure_sidedness(signal, np.array([FIRST]), np.array([FIRST + length]), RATE_HZ, ANKLE_2026)
        assert np.isnan(told.one_sided_frac[0])
        assert np.isnan(told.slow_frac[0]) != is_told
