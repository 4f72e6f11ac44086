"""From what a site goes through to what a sensor writes: strap, skin, warmth, noise, resolution, sleep of the device."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import iirpeak, lfilter

from transforms.intervals import Floats, runs
from transforms.parameters.scenarios import WornParameters
from transforms.simulation.night import Interval
from transforms.simulation.scenarios.limb import Limb
from transforms.simulation.shapes import within
from transforms.simulation.signal import true_acceleration

_RANGE_G = 8.0
_ELECTRONIC_SHARE = 0.4  # of the worn noise, where nobody wears it
_SLOW_STEP_S = 0.25
_SLOW_S = (0.4, 1.6, 6.4)  # octaves of the part that rises below 0.5 Hz
_WANDER_S = 90.0
_SWELL_S = 25.0
_WARM_S = 1800.0
_IDLE_AFTER_S = 10
_IDLE_BELOW_G = 0.04
_ROOM_C = 21.0
_SKIN_C = 32.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensed:
    """One device's samples; ``kept`` is false where it slept."""

    rate_hz: float
    resolution_g: float
    axis_s: Floats
    counts: NDArray[np.int16]
    kept: NDArray[np.bool_]
    minutes_c: Floats


def _wandering(rng: Generator, count: int, step_s: float, time_constant_s: float) -> Floats:
    """Ornstein-Uhlenbeck process of SD 1."""
    keep = float(np.exp(-step_s / time_constant_s))
    drawn = rng.standard_normal(count) * np.sqrt(1.0 - keep**2)
    drawn[0] = rng.standard_normal()
    return np.asarray(lfilter([1.0], [1.0, -keep], drawn))


def _noise(rng: Generator, time_s: Floats, worn: WornParameters) -> NDArray[np.float32]:
    """Noise of a worn axis [g], shape (3, n): heavy tails, slow swelling, a density that rises below 0.5 Hz."""
    count = time_s.size
    slow_s = np.arange(time_s[0], time_s[-1] + 2.0 * _SLOW_STEP_S, _SLOW_STEP_S)
    size_g = float(within(rng, worn.noise_mg)) / 1000.0
    spread = np.sqrt(worn.tail_df / (worn.tail_df - 2.0))
    swell = np.exp(worn.swell_log_sd * _wandering(rng, slow_s.size, _SLOW_STEP_S, _SWELL_S))
    swollen = np.interp(time_s, slow_s, size_g / spread * swell).astype(np.float32)
    total = np.empty((3, count), dtype=np.float32)
    for axis in range(3):
        drawn = rng.standard_normal(count, dtype=np.float32)
        drawn /= np.sqrt(
            rng.standard_gamma(worn.tail_df / 2.0, count, dtype=np.float32) * np.float32(2.0 / worn.tail_df)
        )
        low = sum(_wandering(rng, slow_s.size, _SLOW_STEP_S, each) for each in _SLOW_S) / np.sqrt(
            len(_SLOW_S)
        )
        low = low * worn.slow_mg / 1000.0
        low += worn.wander_mg / 1000.0 * _wandering(rng, slow_s.size, _SLOW_STEP_S, _WANDER_S)
        total[axis] = drawn * swollen + np.interp(time_s, slow_s, low).astype(np.float32)
    return total


def _warmth(rng: Generator, count: int, worn: WornParameters, nonwear: tuple[Interval, ...]) -> Floats:
    """Temperature of the case at every minute [degC]."""
    minute_s = 60.0 * np.arange(count)
    target = _SKIN_C + float(rng.uniform(-1.5, 1.5)) + 0.7 * _wandering(rng, count, 60.0, 3600.0)
    if not worn.is_nonwear_warm:
        for start_s, end_s in nonwear:
            target[(minute_s >= start_s) & (minute_s < end_s)] = _ROOM_C
    keep = float(np.exp(-60.0 / float(rng.uniform(400.0, 900.0))))
    slow, _ = lfilter([1.0 - keep], [1.0, -keep], target, zi=[keep * target[0]])
    return np.asarray(slow)


def _resonant(acceleration: NDArray[np.float32], rate_hz: float, worn: WornParameters) -> NDArray[np.float32]:
    """Add what a loose strap makes of every shake."""
    numerator, denominator = iirpeak(min(worn.strap_hz, 0.4 * rate_hz), worn.strap_quality, fs=rate_hz)
    steady = acceleration.mean(axis=1, keepdims=True)
    ringing = lfilter(numerator, denominator, acceleration - steady, axis=1)
    return np.asarray(acceleration + 2.0 * ringing, dtype=np.float32)


def sense(
    rng: Generator,
    limb: Limb,
    worn: WornParameters,
    ends_s: float,
    nonwear: tuple[Interval, ...],
) -> Sensed:
    """Render one site at one device; times are the body's, the device's clock is the caller's."""
    rate_hz = float(rng.choice(np.array(worn.rate_hz)))
    resolution_g = float(rng.choice(np.array(worn.resolution_mg))) / 1000.0
    time_s = np.arange(int(ends_s * rate_hz)) / (rate_hz * (1.0 + float(rng.uniform(-5e-4, 5e-4))))
    acceleration = true_acceleration(limb.course, time_s)
    for spark in limb.sparks:
        part = slice(*np.searchsorted(time_s, [spark.onset_s, spark.onset_s + spark.lasts_s]).tolist())
        acceleration[:, part] += spark.at(time_s[part])
    if worn.strap_hz > 0.0:
        acceleration = _resonant(acceleration, rate_hz, worn)
    noise = _noise(rng, time_s, worn)
    for start_s, end_s in nonwear:
        part = slice(*np.searchsorted(time_s, [start_s, end_s]).tolist())
        place = rng.standard_normal(3)
        acceleration[:, part] = (place / np.linalg.norm(place))[:, None]
        noise[:, part] *= np.float32(_ELECTRONIC_SHARE)
    acceleration += noise
    gain = 1.0 + rng.uniform(-0.02, 0.02, 3)
    offset_g = rng.uniform(-0.03, 0.03, 3)
    minutes_c = _warmth(rng, int(ends_s // 60.0) + 2, worn, nonwear)
    warm_g = (
        worn.warmth_mg_per_c
        / 1000.0
        * np.interp(time_s, 60.0 * np.arange(minutes_c.size), minutes_c - _SKIN_C)
    )
    acceleration = (
        gain[:, None].astype(np.float32) * (limb.course.strap.astype(np.float32) @ acceleration)
        + offset_g[:, None].astype(np.float32)
        + warm_g.astype(np.float32)
    )
    # A sample's place between two counts is left to the noise, as in the device.
    written = np.rint(np.clip(acceleration, -_RANGE_G, _RANGE_G - resolution_g) / np.float32(resolution_g))
    if worn.thermometer == "stuck":
        minutes_c = np.full(minutes_c.size, 23.0)
    if worn.thermometer == "none":
        minutes_c = np.empty(0)
    return Sensed(
        rate_hz=rate_hz,
        resolution_g=resolution_g,
        axis_s=time_s,
        counts=np.ascontiguousarray(written.T.astype(np.int16)),
        kept=_awake(acceleration, rate_hz) if worn.has_idle_sleep else np.ones(time_s.size, dtype=bool),
        minutes_c=minutes_c,
    )


def _awake(acceleration: NDArray[np.float32], rate_hz: float) -> NDArray[np.bool_]:
    """Where an ActiGraph in idle sleep mode records: until ten seconds without a change of 40 mg, second by second."""
    second = round(rate_hz)
    whole = acceleration.shape[1] // second
    cut = acceleration[:, : whole * second].reshape(3, whole, second)
    mean = cut.mean(axis=2)
    stirs = (np.ptp(cut, axis=2) > 2.0 * _IDLE_BELOW_G).any(axis=0)
    stirs[1:] |= (np.abs(np.diff(mean, axis=1)) > _IDLE_BELOW_G).any(axis=0)
    records = np.ones(whole, dtype=bool)
    for start, end in runs(~stirs).tolist():
        records[min(start + _IDLE_AFTER_S, end) : end] = False
    return np.append(np.repeat(records, second), np.ones(acceleration.shape[1] - whole * second, dtype=bool))
