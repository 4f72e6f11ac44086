"""Draws the mechanics of each kind of movement: leg movement, jerk, turn, tremor, rhythm.

Every function takes its own random generator, the gravity that the sensor shows at rest, and the lever from joint to
sensor, and returns an ``Excursion`` whose peak is the amplitude asked for.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from transforms.intervals import Floats
from transforms.parameters.simulation import Range, ShapeParameters
from transforms.simulation.excursion import Excursion, active_s, scaled_to_peak

_AXIS_SPREAD = 0.35  # of the joint's axis about the mediolateral one
_REST_RAD = 0.15  # before scaling to the amplitude


def within(rng: Generator, bounds: Range, size: int | None = None) -> Floats:
    """Uniform draws between the two bounds."""
    return np.asarray(rng.uniform(bounds[0], bounds[1], size))


def log_within(rng: Generator, bounds: Range) -> float:
    """One log-uniform draw between the two bounds."""
    return float(np.exp(rng.uniform(np.log(bounds[0]), np.log(bounds[1]))))


def unit(vector: Floats) -> Floats:
    """Return ``vector`` at length one."""
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float64)


def _joint_axis(rng: Generator) -> Floats:
    return unit(np.array([0.0, 1.0, 0.0]) + _AXIS_SPREAD * rng.standard_normal(3))


def _excursion(
    rng: Generator,
    shape: ShapeParameters,
    onset_s: float,
    lever_m: Floats,
    starts_s: Floats,
    widths_s: Floats,
    angles_rad: Floats,
) -> Excursion:
    """Join steps to a movement and let the tissue ring after the start of each."""
    count = starts_s.size
    # A turn of angle a in width w accelerates by about 5.8 a / w2 at its lever; the tissue answers with a share.
    kick_g = 5.8 * np.abs(angles_rad) / widths_s**2 * float(np.linalg.norm(lever_m)) / 9.8
    return Excursion(
        onset_s=onset_s,
        axis=_joint_axis(rng),
        lever_m=lever_m,
        step_onset_s=starts_s,
        step_width_s=widths_s,
        step_angle_rad=angles_rad,
        ring_onset_s=starts_s + 0.2 * widths_s,
        ring_rise_s=0.3 * widths_s,
        ring_decay_per_s=within(rng, shape.tissue_decay_per_s, count),
        ring_hz=within(rng, shape.tissue_ring_hz, count),
        ring_g=shape.tissue_share * kick_g,
        ring_direction=unit(rng.standard_normal(3)),
    )


def _tiled_steps(rng: Generator, duration_s: float, first_s: float, step_s: Range) -> tuple[Floats, Floats]:
    """Starts and widths of steps that fill ``duration_s`` without a rest: muscles pull again before they let go."""
    rest_s = max(duration_s - first_s, 0.15)
    count = max(1, round(rest_s / float(np.mean(step_s))))
    widths_s = within(rng, step_s, count)
    widths_s = np.concatenate([[first_s], widths_s * rest_s / widths_s.sum()])
    return np.cumsum(widths_s) - widths_s, widths_s


def leg_movement(
    rng: Generator,
    shape: ShapeParameters,
    onset_s: float,
    duration_s: float,
    amplitude_g: float,
    lever_m: Floats,
    gravity: Floats,
) -> Excursion:
    """Flex, pull again in uneven steps, let go: the leg is back where it was."""
    first_s = min(float(within(rng, shape.leg_rise_s)), 0.6 * duration_s)
    starts_s, widths_s = _tiled_steps(rng, duration_s, first_s, shape.leg_step_s)
    count = widths_s.size
    held = 1.0 - 0.55 * rng.random(count) * (np.arange(count) % 2)  # pull, half let go, pull, ...
    held[-1] = 0.0
    angles_rad = _REST_RAD * np.diff(held, prepend=0.0)
    drawn = _excursion(rng, shape, onset_s, lever_m, starts_s, widths_s, angles_rad)
    return scaled_to_peak(drawn, amplitude_g, gravity)


def jerk(
    rng: Generator,
    shape: ShapeParameters,
    onset_s: float,
    amplitude_g: float,
    lever_m: Floats,
    gravity: Floats,
) -> Excursion:
    """One brief muscle burst, the limb thrown and falling back, a damped ring-down: hypnic jerk or twitch."""
    burst_s = float(within(rng, shape.jerk_burst_s))
    hz = float(within(rng, shape.jerk_ring_hz))
    decay_per_s = float(within(rng, shape.jerk_decay_per_s))
    direction = unit(rng.standard_normal(3))
    axis = _joint_axis(rng)
    fall_s = min(1.5 * burst_s + 0.08, 0.3)
    while True:
        drawn = Excursion(
            onset_s=onset_s,
            axis=axis,
            lever_m=lever_m,
            step_onset_s=np.array([0.0, burst_s]),
            step_width_s=np.array([burst_s, fall_s]),
            step_angle_rad=np.array([0.004, -0.004]),
            ring_onset_s=np.array([0.0]),
            ring_rise_s=np.array([burst_s]),
            ring_decay_per_s=np.array([decay_per_s]),
            ring_hz=np.array([hz]),
            ring_g=np.array([0.3]),
            ring_direction=direction,
        )
        drawn = scaled_to_peak(drawn, amplitude_g, gravity)
        if active_s(drawn, gravity) <= shape.jerk_max_s:
            return drawn
        decay_per_s *= 1.25  # a limb that would ring for longer is damped by the mattress


def shake(
    rng: Generator,
    shape: ShapeParameters,
    onset_s: float,
    duration_s: float,
    amplitude_g: float,
    lever_m: Floats,
    gravity: Floats,
) -> Excursion:
    """Uneven to-and-fro of a gross movement; the turn itself is the posture's."""
    starts_s, widths_s = _tiled_steps(
        rng, duration_s, float(within(rng, shape.gross_step_s)), shape.gross_step_s
    )
    places = rng.uniform(-1.0, 1.0, widths_s.size)
    places[-1] = 0.0
    angles_rad = _REST_RAD * np.diff(places, prepend=0.0)
    drawn = _excursion(rng, shape, onset_s, lever_m, starts_s, widths_s, angles_rad)
    return scaled_to_peak(drawn, amplitude_g, gravity)


def tremor(
    rng: Generator,
    shape: ShapeParameters,
    onset_s: float,
    duration_s: float,
    amplitude_g: float,
    lever_m: Floats,
    gravity: Floats,
) -> Excursion:
    """A train of small dorsiflexions at one to three per second."""
    hz = float(within(rng, shape.tremor_hz))
    bursts_s = np.arange(0.0, duration_s, 1.0 / hz)
    bursts_s[1:] += 0.08 / hz * rng.uniform(-1.0, 1.0, bursts_s.size - 1)
    width_s = min(0.22, 0.42 / hz)
    starts_s = np.stack([bursts_s, bursts_s + width_s], axis=1).ravel()
    size = _REST_RAD * rng.uniform(0.6, 1.0, bursts_s.size)
    angles_rad = np.stack([size, -size], axis=1).ravel()
    widths_s = np.full(starts_s.size, width_s)
    drawn = _excursion(rng, shape, onset_s, lever_m, starts_s, widths_s, angles_rad)
    return scaled_to_peak(drawn, amplitude_g, gravity)


def rhythm(
    rng: Generator,
    shape: ShapeParameters,
    onset_s: float,
    duration_s: float,
    amplitude_g: float,
    lever_m: Floats,
    gravity: Floats,
) -> Excursion:
    """Strong to-and-fro that slows from the first to the second frequency."""
    first_hz, last_hz = shape.rhythmic_hz
    # The phase of a linearly slowing oscillation, inverted at every half cycle.
    slowing = (last_hz - first_hz) / duration_s
    half_cycles = np.arange(0.0, 0.5 * int((first_hz + last_hz) * duration_s) + 0.25, 0.5)
    edges_s = (np.sqrt(np.clip(first_hz**2 + 2.0 * slowing * half_cycles, 1e-9, None)) - first_hz) / slowing
    starts_s, widths_s = edges_s[:-1], np.diff(edges_s)
    # Acceleration goes with angle over width squared: the force stays about even while the rhythm slows.
    swing = widths_s**2 * (1.0 - 2.0 * (np.arange(widths_s.size) % 2)) * rng.uniform(0.85, 1.0, widths_s.size)
    swing[-1] = 0.0
    angles_rad = np.diff(swing, prepend=0.0)
    drawn = _excursion(rng, shape, onset_s, lever_m, starts_s, widths_s, angles_rad)
    return scaled_to_peak(drawn, amplitude_g, gravity)


Drawer = Callable[[Generator, ShapeParameters, float, float, float, Floats, Floats], Excursion]

LASTING: dict[str, Drawer] = {
    "leg_movement": leg_movement,
    "gross_movement": shake,
    "foot_tremor": tremor,
    "rhythmic_movement": rhythm,
}
"""Movements that are drawn for a duration; hypnic jerks and twitches have none of their own and use ``jerk``."""
