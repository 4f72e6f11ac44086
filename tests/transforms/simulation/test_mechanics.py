"""What movements look like as acceleration, against the bounds of the literature and against mechanics itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.parameters.simulation import LEGS_2026
from transforms.simulation.excursion import (
    Excursion,
    active_s,
    added_acceleration,
    angle_rad,
    minimum_jerk,
    peak_g,
    scaled_to_peak,
)
from transforms.simulation.posture import (
    LYING,
    Gait,
    gait_acceleration,
    gravity_in,
    rotation,
    site_of,
    strap,
    turned_gravity,
)
from transforms.simulation.shapes import LASTING, jerk

SHAPE = LEGS_2026.shape
LEVER = np.array([-0.36, 0.0, 0.0])
UP = np.array([0.0, 0.6, 0.8])


def plain_turn(angle, width_s, axis=(1.0, 0.0, 0.0), lever=(0.0, 0.0, 0.0)):
    none = np.empty(0)
    return Excursion(
        onset_s=0.0,
        axis=np.array(axis),
        lever_m=np.array(lever),
        step_onset_s=np.array([0.0]),
        step_width_s=np.array([width_s]),
        step_angle_rad=np.array([angle]),
        ring_onset_s=none,
        ring_rise_s=none,
        ring_decay_per_s=none,
        ring_hz=none,
        ring_g=none,
        ring_direction=np.array([1.0, 0.0, 0.0]),
    )


def test_a_turned_limb_turns_gravity_the_other_way():
    """A quarter turn about x carries the sensor's y axis upwards: gravity moves from z to y."""
    gravity = np.array([0.0, 0.0, 1.0])
    total = gravity[:, None] + added_acceleration(plain_turn(np.pi / 2, 1.0), np.array([0.0, 1.0]), gravity)
    assert total[:, 0] == pytest.approx([0, 0, 1])
    assert total[:, 1] == pytest.approx([0, 1, 0])


def test_without_a_lever_a_slow_turn_keeps_the_norm_of_gravity():
    total = UP[:, None] + added_acceleration(plain_turn(1.2, 2.0), np.linspace(0, 2, 50), UP)
    assert np.linalg.norm(total, axis=0) == pytest.approx(np.ones(50))


def test_tangential_and_centripetal_acceleration_are_those_of_mechanics():
    """Against the second derivative of the sensor's path in the room, taken numerically."""
    excursion = plain_turn(0.5, 0.4, axis=(0.0, 1.0, 0.0), lever=(-0.36, 0.0, 0.0))
    step = 1e-4
    time_s = np.arange(step, 0.4 - step, 0.01)
    gravity = np.array([0.0, 1.0, 0.0])  # along the axis: gravity plays no part

    def place(at):
        angle = angle_rad(excursion, at)[0]
        return np.stack([rotation(excursion.axis, a) @ excursion.lever_m for a in angle])

    in_room = (place(time_s + step) - 2 * place(time_s) + place(time_s - step)) / step**2 / 9.80665
    angle = angle_rad(excursion, time_s)[0]
    in_sensor = np.stack(
        [rotation(excursion.axis, -a) @ vector for a, vector in zip(angle, in_room, strict=True)]
    )
    assert pytest.approx(in_sensor, abs=2e-4) == added_acceleration(excursion, time_s, gravity).T


def test_the_angle_and_its_derivatives_agree():
    excursion = LASTING["leg_movement"](np.random.default_rng(3), SHAPE, 0.0, 3.0, 0.3, LEVER, UP)
    time_s = np.linspace(0.05, 2.95, 400)
    width = 1e-6
    rate = angle_rad(excursion, time_s)[1]
    before, after = angle_rad(excursion, time_s - width)[0], angle_rad(excursion, time_s + width)[0]
    assert rate == pytest.approx((after - before) / (2 * width), rel=1e-3, abs=1e-4)
    assert np.all(np.diff(angle_rad(excursion, np.linspace(0, 3, 3000))[0]) < 0.05)


def test_a_minimum_jerk_step_is_smooth_and_whole():
    phase = np.linspace(0, 1, 101)
    steps = np.diff(minimum_jerk(phase))
    assert minimum_jerk(np.array([0.0, 0.5, 1.0])).tolist() == [0.0, 0.5, 1.0]
    assert steps.min() >= 0
    assert steps[0] < 1e-4


@pytest.mark.parametrize("kind", sorted(LASTING))
@pytest.mark.parametrize("seed", range(4))
def test_movements_reach_their_amplitude_and_bring_the_limb_back(kind, seed):
    drawn = LASTING[kind](np.random.default_rng(seed), SHAPE, 5.0, 12.0, 0.25, LEVER, UP)
    assert peak_g(drawn, UP) == pytest.approx(0.25, rel=0.02)
    assert drawn.end_s == pytest.approx(12.0, abs=0.6)
    after = added_acceleration(drawn, np.array([drawn.span_s + 0.5]), UP)
    assert np.abs(after).max() < 0.0025
    assert drawn.step_angle_rad.sum() == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_a_jerk_is_one_burst_that_rings_down_within_its_limit(seed):
    drawn = jerk(np.random.default_rng(seed), SHAPE, 0.0, 0.5, LEVER, UP)
    assert 0.075 <= drawn.step_width_s[0] <= 0.25
    assert 0.1 < active_s(drawn, UP) <= 0.75
    assert peak_g(drawn, UP) == pytest.approx(0.5, rel=0.02)
    assert 3.0 <= drawn.ring_hz[0] <= 8.0


def dominant_hz(drawn, rate_hz=100.0):
    time_s = np.arange(0, drawn.end_s, 1 / rate_hz)
    wave = added_acceleration(drawn, time_s, UP)
    power = (np.abs(np.fft.rfft(wave - wave.mean(axis=1, keepdims=True), axis=1)) ** 2).sum(axis=0)
    return np.fft.rfftfreq(time_s.size, 1 / rate_hz)[power.argmax()]


@pytest.mark.parametrize("seed", range(5))
def test_rhythm_beats_between_two_and_eight_hertz_and_slows(seed):
    drawn = LASTING["rhythmic_movement"](np.random.default_rng(seed), SHAPE, 0.0, 40.0, 1.0, LEVER, UP)
    assert 2.0 <= dominant_hz(drawn) <= 8.0
    cycles_per_s = 0.5 / drawn.step_width_s
    assert cycles_per_s[0] == pytest.approx(5.5, rel=0.1)
    assert cycles_per_s[-1] == pytest.approx(2.4, rel=0.1)
    assert np.all(np.diff(drawn.step_width_s) > 0)


@pytest.mark.parametrize("seed", range(5))
def test_tremor_is_a_train_of_bursts_below_four_hertz(seed):
    drawn = LASTING["foot_tremor"](np.random.default_rng(seed), SHAPE, 0.0, 15.0, 0.08, LEVER, UP)
    per_s = np.diff(drawn.step_onset_s[::2])
    assert per_s.min() >= 1 / 3.0 * 0.75
    assert per_s.max() <= 1 / 0.6 * 1.25


@given(st.integers(0, 10_000), st.floats(0.04, 1.0), st.floats(0.7, 9.0))
def test_a_leg_movement_has_no_rest_of_half_a_second(seed, amplitude_g, duration_s):
    """Half a second of rest would make it two movements by the standards' own offset rule."""
    drawn = LASTING["leg_movement"](
        np.random.default_rng(seed), SHAPE, 0.0, duration_s, amplitude_g, LEVER, UP
    )
    time_s = np.arange(0, drawn.end_s, 0.01)
    size = np.linalg.norm(added_acceleration(drawn, time_s, UP), axis=0)
    moving = np.flatnonzero(size > 0.02 * size.max())
    assert np.diff(moving).max(initial=0) * 0.01 < 0.5
    assert peak_g(drawn, UP) <= amplitude_g * 1.02


def test_a_joint_limits_the_amplitude():
    slow = plain_turn(0.1, 3.0)
    limited = scaled_to_peak(slow, 5.0, UP)
    assert np.abs(limited.step_angle_rad).max() <= 1.4 + 1e-9


@pytest.mark.parametrize(
    "site_name", ["left_ankle", "right_foot", "left_calf", "left_thigh", "right_wrist", "hip"]
)
def test_postures_are_unit_vectors_and_differ(site_name):
    site = site_of(site_name)
    rng = np.random.default_rng(5)
    drawn = {posture: gravity_in(rng, site, posture) for posture in LYING}
    for vector in drawn.values():
        assert np.linalg.norm(vector) == pytest.approx(1.0)
    assert drawn["left_side"] @ drawn["right_side"] < 0


def test_a_turn_runs_along_the_unit_sphere_from_one_posture_to_the_next():
    before, after = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])
    path = turned_gravity(before, after, np.linspace(0, 1, 21))
    assert np.linalg.norm(path, axis=0) == pytest.approx(np.ones(21))
    assert path[:, 0] == pytest.approx(before)
    assert path[:, -1] == pytest.approx(after)
    over = turned_gravity(before, -before, np.linspace(0, 1, 21))
    assert np.linalg.norm(over, axis=0) == pytest.approx(np.ones(21))


def test_a_strap_upside_down_turns_two_axes():
    turned = strap(np.random.default_rng(1), 0.0, is_upside_down=True)
    assert turned @ np.array([1.0, 2.0, 3.0]) == pytest.approx([-1.0, -2.0, 3.0])


def test_walking_strikes_at_its_cadence_and_pedalling_does_not_strike():
    site, time_s = site_of("left_ankle"), np.arange(0, 60, 0.02)
    gravity = np.array([1.0, 0.0, 0.0])

    def shown(impact_g):
        gait = Gait(started_s=0.0, ended_s=60.0, cycle_hz=0.9, swing_rad=0.5, impact_g=impact_g)
        return gait_acceleration(gait, site, time_s, gravity)

    kicks = np.abs(np.diff(shown(1.0)[0]))
    strong = np.flatnonzero(kicks > 0.6 * kicks.max())
    heel_strikes = 1 + np.count_nonzero(np.diff(strong) > 25)  # half a second apart
    assert heel_strikes == pytest.approx(54, abs=2)
    assert kicks.max() > 5 * np.abs(np.diff(shown(0.0)[0])).max()
