"""One bodily movement as mechanics: a chain of smooth rotations about a joint, with tissue ringing after them.

Nothing here knows how movements are detected. A limb segment turns by minimum-jerk steps about an axis; the sensor
sits at a lever from the joint, so it feels gravity turn, the tangential and the centripetal acceleration, and the
ring-down of soft tissue and strap.
"""

from dataclasses import dataclass, replace

import numpy as np

from transforms.intervals import Floats

STANDARD_GRAVITY_M_PER_S2 = 9.80665
_OVERLAPPING_RINGS = 3  # a ring is spent by the time the third step after it begins
_PEAK_GRID_HZ = 100.0
_LARGEST_ANGLE_RAD = 1.4
_STILL_FRAC = 0.1  # motion is over once it stays below this fraction of its peak


@dataclass(frozen=True, slots=True)
class Excursion:
    """A movement of one site; times are seconds from its own onset.

    ``step_*`` hold the rotations, in order and not overlapping; ``ring_*`` one damped oscillation each.
    """

    onset_s: float
    axis: Floats  # unit vector, sensor frame
    lever_m: Floats  # joint to sensor, sensor frame
    step_onset_s: Floats
    step_width_s: Floats
    step_angle_rad: Floats
    ring_onset_s: Floats
    ring_rise_s: Floats
    ring_decay_per_s: Floats
    ring_hz: Floats
    ring_g: Floats
    ring_direction: Floats  # unit vector, sensor frame

    @property
    def end_s(self) -> float:
        """End of the last rotation, from the onset; ringing goes on for a while."""
        return float(self.step_onset_s[-1] + self.step_width_s[-1])

    @property
    def span_s(self) -> float:
        """From the onset until the ringing is spent (1 % of its amplitude)."""
        spent = self.ring_onset_s + self.ring_rise_s + np.log(100.0) / self.ring_decay_per_s
        return max(self.end_s, float(spent.max())) if spent.size else self.end_s


def minimum_jerk(phase: Floats) -> Floats:
    """Smooth step from 0 to 1 for ``phase`` in [0, 1] (Flash and Hogan 1985)."""
    return phase**3 * (10.0 - 15.0 * phase + 6.0 * phase**2)


def angle_rad(excursion: Excursion, time_s: Floats) -> tuple[Floats, Floats, Floats]:
    """Return angle [rad], its rate [rad/s] and its second derivative [rad/s2] at ``time_s`` from the onset."""
    step = np.clip(np.searchsorted(excursion.step_onset_s, time_s, side="right") - 1, 0, None)
    width = excursion.step_width_s[step]
    turn = excursion.step_angle_rad[step]
    before = (np.cumsum(excursion.step_angle_rad) - excursion.step_angle_rad)[step]
    phase = np.clip((time_s - excursion.step_onset_s[step]) / width, 0.0, 1.0)
    slope = 30.0 * phase**2 * (1.0 - phase) ** 2
    bend = 60.0 * phase * (1.0 - phase) * (1.0 - 2.0 * phase)
    return before + turn * minimum_jerk(phase), turn * slope / width, turn * bend / width**2


def _ringing_g(excursion: Excursion, time_s: Floats) -> Floats:
    total = np.zeros_like(time_s)
    if not excursion.ring_onset_s.size:
        return total
    last = np.searchsorted(excursion.ring_onset_s, time_s, side="right") - 1
    for back in range(_OVERLAPPING_RINGS):
        ring = last - back
        since = time_s - excursion.ring_onset_s[np.clip(ring, 0, None)]
        ring = np.clip(ring, 0, None)
        rise = excursion.ring_rise_s[ring]
        grown = minimum_jerk(np.clip(since / rise, 0.0, 1.0))
        decayed = np.exp(-excursion.ring_decay_per_s[ring] * np.clip(since - rise, 0.0, None))
        wave = (
            excursion.ring_g[ring] * grown * decayed * np.sin(2.0 * np.pi * excursion.ring_hz[ring] * since)
        )
        total += np.where(last - back >= 0, wave, 0.0)
    return total


def _cross(left: Floats, right: Floats) -> Floats:
    # numpy.cross spends thirty times as long on one pair of vectors.
    (a, b, c), (x, y, z) = left.tolist(), right.tolist()
    return np.array([b * z - c * y, c * x - a * z, a * y - b * x])


def _motion(excursion: Excursion, time_s: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    return *angle_rad(excursion, time_s), _ringing_g(excursion, time_s)


def _felt_g(
    excursion: Excursion, gravity: Floats, motion: tuple[Floats, Floats, Floats, Floats], size: float
) -> Floats:
    angle, rate, bend, ringing = motion
    axis, lever = excursion.axis, excursion.lever_m
    swing = _cross(axis, lever)
    # The limb turning by +angle turns the world, and with it gravity, by -angle in the sensor's frame.
    parts = np.stack(
        [
            -_cross(axis, gravity),
            axis * float(axis @ gravity) - gravity,
            swing / STANDARD_GRAVITY_M_PER_S2,
            _cross(axis, swing) / STANDARD_GRAVITY_M_PER_S2,
            excursion.ring_direction,
        ],
        axis=1,
    )
    turned = size * angle
    waves = np.stack(
        [np.sin(turned), 1.0 - np.cos(turned), size * bend, (size * rate) ** 2, size * ringing], axis=0
    )
    return np.asarray(parts @ waves)


def added_acceleration(excursion: Excursion, time_s: Floats, gravity: Floats) -> Floats:
    """What the movement adds to the acceleration at rest [g], shape (3, n).

    ``time_s`` counts from the movement's onset, shape (n,); ``gravity`` is the unit vector that the sensor shows at
    rest, shape (3,).
    """
    return _felt_g(excursion, gravity, _motion(excursion, time_s), 1.0)


def _grid(excursion: Excursion) -> Floats:
    return np.arange(0.0, excursion.span_s, 1.0 / _PEAK_GRID_HZ)


def _magnitude(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", vectors, vectors)))


def peak_g(excursion: Excursion, gravity: Floats) -> float:
    """Largest magnitude of the added acceleration [g]."""
    return float(_magnitude(added_acceleration(excursion, _grid(excursion), gravity)).max())


def active_s(excursion: Excursion, gravity: Floats) -> float:
    """Time until the added acceleration stays below a tenth of its peak [s]."""
    time_s = _grid(excursion)
    size = _magnitude(added_acceleration(excursion, time_s, gravity))
    return float(time_s[np.flatnonzero(size >= _STILL_FRAC * size.max())[-1]])


def scaled_to_peak(excursion: Excursion, amplitude_g: float, gravity: Floats) -> Excursion:
    """Return the movement grown or shrunk until its peak is ``amplitude_g``, unless a joint would end it first.

    Rotation and gravity are not linear in the angle; three rounds bring the peak within about a hundredth.
    """
    motion = _motion(excursion, _grid(excursion))
    farthest_rad = max(float(np.abs(np.cumsum(excursion.step_angle_rad)).max()), 1e-12)
    size = 1.0
    for _ in range(3):
        felt_g = float(_magnitude(_felt_g(excursion, gravity, motion, size)).max())
        size = min(size * amplitude_g / max(felt_g, 1e-12), _LARGEST_ANGLE_RAD / farthest_rad)
    return replace(excursion, step_angle_rad=excursion.step_angle_rad * size, ring_g=excursion.ring_g * size)
