"""From the course of a site to what its sensor writes down: true acceleration, sensor errors, noise, counts, clock.

The course is rendered in blocks of any length; the same instant gives the same value whatever the block.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence
from numpy.typing import NDArray
from scipy.signal import lfilter

from transforms.intervals import Floats
from transforms.parameters.simulation import SensorParameters
from transforms.simulation.body import SiteCourse
from transforms.simulation.excursion import added_acceleration
from transforms.simulation.posture import gait_acceleration, site_of, turned_gravity
from transforms.simulation.shapes import within

NOISE_BLOCK_S = 3600
"""Noise is drawn by the hour of the recording; blocks must begin on whole hours of it."""

_UNREST_HZ = (0.0313, 0.0471, 0.1093, 0.1517)
_UNREST_STEP_S = 0.25  # straight lines between: a thousandth of the amplitude off


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """One device: its errors, its scale, its clock against the participant's axis."""

    rate_hz: float  # as set; what the file's header says
    true_rate_hz: float
    gain: Floats
    offset_g: Floats
    noise_g: float
    range_g: float
    counts_per_g: float
    clock_offset_s: float
    clock_drift_frac: float
    noise_seed: tuple[int, ...]


def draw_sensor(
    rng: Generator,
    rate_hz: float,
    counts_per_g: float,
    parameters: SensorParameters,
    noise_seed: tuple[int, ...],
    *,
    is_reference_clock: bool,
) -> Sensor:
    """Draw one device. The reference clock is right by definition; others run beside it."""
    offset_s = float(rng.uniform(-1.0, 1.0)) * parameters.clock_offset_s
    drift_frac = float(rng.standard_normal()) * parameters.clock_drift_ppm * 1e-6
    return Sensor(
        rate_hz=rate_hz,
        true_rate_hz=rate_hz * (1.0 + float(rng.uniform(-1.0, 1.0)) * parameters.rate_error_frac),
        gain=1.0 + rng.uniform(-1.0, 1.0, 3) * parameters.gain_error_frac,
        offset_g=rng.uniform(-1.0, 1.0, 3) * parameters.offset_error_mg / 1000.0,
        noise_g=float(within(rng, parameters.noise_mg)) / 1000.0,
        range_g=parameters.range_g,
        counts_per_g=counts_per_g,
        clock_offset_s=0.0 if is_reference_clock else offset_s,
        clock_drift_frac=0.0 if is_reference_clock else drift_frac,
        noise_seed=noise_seed,
    )


def stamp_s(sensor: Sensor, axis_s: Floats) -> Floats:
    """Return what the device's clock shows at times of the participant's axis [s]."""
    return axis_s * (1.0 + sensor.clock_drift_frac) + sensor.clock_offset_s


def _postures(course: SiteCourse, time_s: Floats) -> NDArray[np.float32]:
    acceleration = np.empty((3, time_s.size), dtype=np.float32)
    first = max(int(np.searchsorted(course.change_at_s, time_s[0], side="right")) - 1, 0)
    last = int(np.searchsorted(course.change_at_s, time_s[-1], side="right"))
    edges = np.searchsorted(time_s, course.change_at_s[first : last + 1])
    for change in range(first, max(last, first + 1)):
        start = 0 if change == first else int(edges[change - first])
        stop = int(edges[change - first + 1]) if change + 1 - first < edges.size else time_s.size
        if stop <= start:
            continue
        acceleration[:, start:stop] = course.gravity[change][:, None]
        at_s, width_s = course.change_at_s[change], course.change_width_s[change]
        turning = slice(start, min(int(np.searchsorted(time_s, at_s + width_s)), stop))
        if turning.stop > turning.start and change > 0:
            phase = (time_s[turning] - at_s) / width_s
            before, after = course.gravity[change - 1], course.gravity[change]
            acceleration[:, turning] = turned_gravity(before, after, np.clip(phase, 0.0, 1.0))
    return acceleration


def _unrest(time_s: Floats) -> NDArray[np.float32]:
    """Two slow, never repeating oscillations of RMS 1, shape (2, n): muscles at work do not hold a limb still."""
    first = np.floor(time_s[0] / _UNREST_STEP_S)
    knots = np.arange(first, np.ceil(time_s[-1] / _UNREST_STEP_S) + 1.0) * _UNREST_STEP_S
    waves = np.sin(2.0 * np.pi * np.array(_UNREST_HZ)[:, None] * knots)
    return np.stack([np.interp(time_s, knots, waves[axis::2].sum(axis=0)) for axis in (0, 1)]).astype(
        np.float32
    )


def _sway(gravity: NDArray[np.float32], unrest: NDArray[np.float32]) -> None:
    """Turn gravity, in place, by small angles about its own direction's normals: its length stays."""
    along = gravity[1] * unrest[0] + gravity[2] * unrest[1]
    gravity -= gravity * along
    gravity[1:] += unrest


def true_acceleration(course: SiteCourse, time_s: Floats) -> NDArray[np.float32]:
    """Acceleration at the site [g], site frame, shape (3, n), at ascending times of the participant's axis."""
    site = site_of(course.body_site)
    acceleration = _postures(course, time_s)
    breath = np.sin(
        np.float32(2.0 * np.pi * course.breathing_hz) * (time_s - time_s[0]).astype(np.float32)
        + np.float32(2.0 * np.pi * ((course.breathing_hz * time_s[0]) % 1.0))
    )
    acceleration[1] += np.float32(course.breathing_g) * breath
    acceleration[2] += np.float32(0.6 * course.breathing_g) * breath
    for started_s, ended_s, sway_rad in course.awake:
        if ended_s > time_s[0] and started_s < time_s[-1]:
            part = slice(*np.searchsorted(time_s, [started_s, ended_s]).tolist())
            if part.stop > part.start:
                _sway(acceleration[:, part], np.float32(sway_rad) * _unrest(time_s[part]))
    for gait in course.gaits:
        if gait.ended_s > time_s[0] and gait.started_s < time_s[-1]:
            part = slice(*np.searchsorted(time_s, [gait.started_s, gait.ended_s]).tolist())
            change = int(np.searchsorted(course.change_at_s, gait.started_s, side="right")) - 1
            acceleration[:, part] = gait_acceleration(gait, site, time_s[part], course.gravity[change])
    onset_s, spent_s = course.excursion_span_s.T
    for index in np.flatnonzero((onset_s < time_s[-1]) & (spent_s > time_s[0])).tolist():
        excursion, gravity = course.excursions[index]
        part = slice(*np.searchsorted(time_s, course.excursion_span_s[index]).tolist())
        acceleration[:, part] += added_acceleration(excursion, time_s[part] - excursion.onset_s, gravity)
    for started_s, ended_s in course.nonwear:
        part = slice(*np.searchsorted(time_s, [started_s, ended_s]).tolist())
        acceleration[:, part] = np.array([[0.02], [0.05], [0.998]])
    return acceleration


def counts(course: SiteCourse, sensor: Sensor, first_sample: int, sample_count: int) -> NDArray[np.int16]:
    """Return what the sensor writes, shape (n, 3), from ``first_sample`` of the recording on.

    ``first_sample`` must be the first sample of an hour of the recording, so that the noise does not depend on how
    the recording is cut.
    """
    block = round(sensor.rate_hz * NOISE_BLOCK_S)
    if first_sample % block:
        raise ValueError(f"first_sample {first_sample} does not begin an hour of {block} samples")
    time_s = (first_sample + np.arange(sample_count)) / sensor.true_rate_hz
    mixing = (np.diag(sensor.gain) @ course.strap).astype(np.float32)
    acceleration = mixing @ true_acceleration(course, time_s)
    for start in range(0, sample_count, block):
        seed = SeedSequence([*sensor.noise_seed, (first_sample + start) // block])
        part = acceleration[:, start : start + block]
        noise = Generator(SFC64(seed)).standard_normal((3, block), dtype=np.float32)
        noise *= np.float32(sensor.noise_g)
        part += noise[:, : part.shape[1]]
    acceleration += sensor.offset_g.astype(np.float32)[:, None]
    np.clip(acceleration, -sensor.range_g, sensor.range_g - 1.0 / sensor.counts_per_g, out=acceleration)
    acceleration *= np.float32(sensor.counts_per_g)
    return np.ascontiguousarray(np.rint(acceleration, out=acceleration).astype(np.int16).T)


def temperature_c(course: SiteCourse, sensor: SensorParameters, rng: Generator, duration_s: float) -> Floats:
    """Temperature of the case for every minute of the recording [degC]: worn it is warm, on the night stand it cools."""
    minute_s = np.arange(0.0, duration_s + 120.0, 60.0)
    target = np.full(minute_s.size, float(within(rng, sensor.skin_c)))
    target += 0.5 * np.sin(2.0 * np.pi * minute_s / 86400.0)
    room_c = float(within(rng, sensor.room_c))
    for started_s, ended_s in course.nonwear:
        target[(minute_s >= started_s) & (minute_s < ended_s)] = room_c
    keep = np.exp(-60.0 / sensor.thermal_s)
    slow, _ = lfilter([1.0 - keep], [1.0, -keep], target, zi=[keep * target[0]])
    return np.asarray(slow)
