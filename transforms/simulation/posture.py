"""Where gravity points in the sensor's frame, and what walking and pedalling add by day.

Sensor frames: x runs along the segment towards the body, y across it (the joint's axis), z away from the bone. A
still accelerometer shows +1 g upwards.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator

from transforms.intervals import Floats
from transforms.simulation.excursion import STANDARD_GRAVITY_M_PER_S2, minimum_jerk
from transforms.simulation.shapes import unit

Posture = Literal["standing", "sitting", "feet_up", "supine", "left_side", "right_side", "prone"]
LYING: tuple[Posture, ...] = ("supine", "left_side", "right_side", "prone")

_LEG: dict[Posture, tuple[float, float, float]] = {
    "standing": (1.0, 0.0, 0.05),
    "sitting": (0.95, 0.1, 0.3),
    "feet_up": (-0.35, 0.1, 0.93),
    "supine": (0.1, 0.15, 0.98),
    "left_side": (0.12, 0.97, 0.2),
    "right_side": (0.12, -0.97, 0.2),
    "prone": (-0.08, 0.1, -0.99),
}
_THIGH = _LEG | {"sitting": (0.1, 0.05, 0.99), "feet_up": (0.3, 0.1, 0.95)}
_FOOT: dict[Posture, tuple[float, float, float]] = {
    "standing": (-0.35, 0.0, 0.94),
    "sitting": (-0.3, 0.05, 0.95),
    "feet_up": (-0.95, 0.1, 0.3),
    "supine": (-0.9, 0.3, 0.3),
    "left_side": (-0.3, 0.93, 0.2),
    "right_side": (-0.3, -0.93, 0.2),
    "prone": (0.85, 0.1, -0.5),
}
_WRIST: dict[Posture, tuple[float, float, float]] = {
    "standing": (0.98, 0.1, 0.15),
    "sitting": (0.2, 0.1, 0.97),
    "feet_up": (-0.2, 0.5, 0.85),
    "supine": (0.05, 0.3, 0.95),
    "left_side": (0.3, 0.9, -0.3),
    "right_side": (0.1, -0.85, 0.5),
    "prone": (-0.5, 0.2, -0.85),
}
_TRUNK: dict[Posture, tuple[float, float, float]] = {
    "standing": (1.0, 0.0, 0.05),
    "sitting": (0.93, 0.0, 0.35),
    "feet_up": (0.6, 0.0, 0.8),
    "supine": (0.05, 0.0, 1.0),
    "left_side": (0.05, 1.0, 0.1),
    "right_side": (0.05, -1.0, 0.1),
    "prone": (0.05, 0.0, -1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What matters of a body site: its frame, its lever, and how far each class of movement reaches it."""

    segment: Literal["leg", "wrist", "trunk"]
    postures: dict[Posture, tuple[float, float, float]]
    lever_m: float
    leg_reach: float  # amplitude of a leg's own movement here, to that at the ankle
    body_reach: float  # amplitude of a movement of the whole body, to that at the ankle
    posture_spread: float  # how unlike two instances of one posture are, SD per axis of the unit vector
    day_restlessness: float  # fidgets by day, to those of a leg
    breathing: float  # breathing, to that at the ankle
    sway_rad: float  # slow unrest of a waking limb, RMS


_SITES = {
    "foot": Site(
        segment="leg",
        postures=_FOOT,
        lever_m=0.14,
        leg_reach=1.3,
        body_reach=1.1,
        posture_spread=0.12,
        day_restlessness=1.2,
        breathing=0.8,
        sway_rad=0.02,
    ),
    "ankle": Site(
        segment="leg",
        postures=_LEG,
        lever_m=0.36,
        leg_reach=1.0,
        body_reach=1.0,
        posture_spread=0.12,
        day_restlessness=1.0,
        breathing=1.0,
        sway_rad=0.018,
    ),
    "calf": Site(
        segment="leg",
        postures=_LEG,
        lever_m=0.2,
        leg_reach=0.75,
        body_reach=0.9,
        posture_spread=0.12,
        day_restlessness=0.8,
        breathing=1.0,
        sway_rad=0.018,
    ),
    "thigh": Site(
        segment="leg",
        postures=_THIGH,
        lever_m=0.25,
        leg_reach=0.5,
        body_reach=0.8,
        posture_spread=0.12,
        day_restlessness=0.7,
        breathing=1.5,
        sway_rad=0.015,
    ),
    "wrist": Site(
        segment="wrist",
        postures=_WRIST,
        lever_m=0.25,
        leg_reach=0.0,
        body_reach=0.8,
        posture_spread=0.3,
        day_restlessness=3.0,
        breathing=2.0,
        sway_rad=0.045,
    ),
    "trunk": Site(
        segment="trunk",
        postures=_TRUNK,
        lever_m=0.3,
        leg_reach=0.0,
        body_reach=0.5,
        posture_spread=0.08,
        day_restlessness=0.5,
        breathing=6.0,
        sway_rad=0.012,
    ),
}


def site_of(body_site: str) -> Site:
    """Return the mechanics of a body site, by the last word of its name (hip and other count as trunk)."""
    return _SITES.get(body_site.rsplit("_", 1)[-1], _SITES["trunk"])


def rotation(axis: Floats, angle_rad: float) -> Floats:
    """Rotation matrix about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle_rad) * cross + (1.0 - np.cos(angle_rad)) * (cross @ cross))


def strap(rng: Generator, largest_deg: float, is_upside_down: bool) -> Floats:
    """How this device sits on its site: a small tilt, and half a turn about z when strapped on upside down."""
    tilt = rotation(unit(rng.standard_normal(3)), np.radians(rng.uniform(0.0, largest_deg)))
    half_turn = np.diag([-1.0, -1.0, 1.0]) if is_upside_down else np.eye(3)
    return np.asarray(half_turn @ tilt)


def gravity_in(rng: Generator, site: Site, posture: Posture) -> Floats:
    """Gravity of one instance of a posture, unit vector: nobody lies twice in the same way."""
    return unit(np.array(site.postures[posture]) + site.posture_spread * rng.standard_normal(3))


def turned_gravity(before: Floats, after: Floats, phase: Floats) -> Floats:
    """Gravity on the way from one posture to the next along the great circle, shape (3, n); phase in [0, 1]."""
    angle_rad = float(np.arccos(np.clip(before @ after, -1.0, 1.0)))
    if angle_rad < 1e-6:
        return np.repeat(after[:, None], phase.size, axis=1)
    upright = after - before * float(before @ after)
    if np.linalg.norm(upright) < 1e-6:  # straight over: any great circle does
        upright = np.roll(before, 1) - before * float(before @ np.roll(before, 1))
    along = angle_rad * minimum_jerk(phase)
    return np.asarray(np.outer(before, np.cos(along)) + np.outer(unit(upright), np.sin(along)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gait:
    """A bout of walking, running or pedalling; times are seconds of the participant's axis."""

    started_s: float
    ended_s: float
    cycle_hz: float
    swing_rad: float
    impact_g: float


def gait_acceleration(gait: Gait, site: Site, time_s: Floats, gravity: Floats) -> Floats:
    """Acceleration during the bout [g], shape (3, n), gravity included.

    The segment swings once a cycle with a second harmonic; the own heel strikes once a cycle and the other heel is
    felt at a third of it; both ring down at 12 Hz. Pedalling is a swing without impacts.
    """
    wander = 0.6 * np.sin(0.41 * time_s) + 0.4 * np.sin(0.113 * time_s + gait.started_s)
    cycles = gait.cycle_hz * (time_s - gait.started_s) + wander * 0.3
    turn = 2.0 * np.pi * cycles
    rate = 2.0 * np.pi * gait.cycle_hz
    swing = gait.swing_rad * (1.0 if site.segment == "leg" else 0.6 if site.segment == "wrist" else 0.12)
    angle = swing * (np.sin(turn) + 0.25 * np.sin(2.0 * turn + 0.7))
    bend = -swing * rate**2 * (np.sin(turn) + np.sin(2.0 * turn + 0.7))
    x, y, z = gravity
    total = np.empty((3, time_s.size))
    total[0] = x * np.cos(angle) - z * np.sin(angle)
    total[1] = y
    total[2] = z * np.cos(angle) + x * np.sin(angle) + bend * site.lever_m / STANDARD_GRAVITY_M_PER_S2
    if gait.impact_g > 0.0:
        reach = {"leg": 1.0, "wrist": 0.25, "trunk": 0.35}[site.segment]
        for phase, share in ((0.0, 1.0), (0.5, 0.35 if site.segment == "leg" else 1.0)):
            since_s = np.mod(cycles - phase, 1.0) / gait.cycle_hz
            wave = (
                share * gait.impact_g * reach * np.exp(-since_s / 0.05) * np.sin(2.0 * np.pi * 12.0 * since_s)
            )
            total[0] += wave
            total[2] -= 0.5 * wave
    return total
