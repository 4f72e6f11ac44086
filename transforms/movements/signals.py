"""The channels in which movements are seen: filtered once per contiguous stretch, in float32."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfiltfilt

from transforms.parameters.movements import DetectionParameters

Singles = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

_HIGHEST_FRAC = 0.4  # of the rate: above it the bilinear transform bends the band


@dataclass(frozen=True, kw_only=True)
class Channels:
    """One contiguous stretch at the working rate; every array [n] unless said otherwise.

    ``bundle`` samples became one, so that entry i lies in the middle of rows [i * bundle, (i + 1) * bundle).
    """

    rate_hz: float
    bundle: int
    band: Singles  # [3, n] movement band
    fine: Singles  # [3, n] fine channel
    envelope_g: Singles
    edge_g: Singles
    fine_g: Singles
    on_g: Singles
    off_g: Singles
    step_width: int  # entries of each of the two means behind edge_g
    fine_on_g: Singles
    work: Singles  # [3, n] unfiltered
    gravity: Floats  # [3, m] at gravity_rate_hz
    gravity_rate_hz: float


def channels(acceleration: Singles, rate_hz: float, parameters: DetectionParameters) -> Channels:
    """Filter one contiguous stretch.

    Args:
        acceleration: calibrated axes [3, n] in g.
        rate_hz: measured rate of the stretch.
        parameters: such as ANKLE_2026.

    The filters run forwards and backwards (no delay) over the whole stretch at once: a filter that restarts would
    make a transient at every restart, and transients at even distances look like a series.
    """
    bundle = max(1, int(rate_hz // parameters.work_rate_hz))
    work = bundled(acceleration, bundle)
    work_hz = rate_hz / bundle
    # float32 filters four times as fast; with the static part taken out first the error stays below 1 ug.
    static = np.median(work[:, :: max(1, work.shape[1] // 1000)], axis=1, keepdims=True)
    work = work - static
    high_hz = min(parameters.band_high_hz, _HIGHEST_FRAC * work_hz)
    band = _zero_phase(
        work, butter(2, (parameters.band_low_hz, high_hz), "bandpass", fs=work_hz, output="sos")
    )
    fine = _zero_phase(work, butter(2, parameters.fine_low_hz, "highpass", fs=work_hz, output="sos"))
    step_width = max(1, round(parameters.step_s * work_hz))
    envelope = moving_rms(_square(band), parameters.envelope_s * work_hz)
    edge = moving_rms(_square(neighbour_steps(work, step_width)), parameters.edge_s * work_hz)
    fine_envelope = moving_rms(_square(fine), parameters.fine_s * work_hz)
    floor = adaptive_floor(envelope, work_hz, parameters)
    edge_floor = adaptive_floor(edge, work_hz, parameters)
    fine_floor = adaptive_floor(fine_envelope, work_hz, parameters)
    on = np.maximum(parameters.on_floor_ratio * floor, np.float32(parameters.on_min_g))
    gravity, gravity_hz = _gravity(work, work_hz, parameters)
    return Channels(
        rate_hz=work_hz,
        bundle=bundle,
        band=band,
        fine=fine,
        envelope_g=envelope,
        edge_g=edge,
        fine_g=fine_envelope,
        on_g=on,
        off_g=np.maximum(parameters.off_floor_ratio * edge_floor, np.float32(parameters.off_min_g)),
        step_width=step_width,
        fine_on_g=np.maximum(
            parameters.fine_on_floor_ratio * fine_floor, np.float32(parameters.fine_on_min_g)
        ),
        work=work,
        gravity=gravity + static,
        gravity_rate_hz=gravity_hz,
    )


def bundled(values: Singles, bundle: int) -> Singles:
    """Average each ``bundle`` neighbouring samples of [3, n]; a rest at the end is dropped."""
    if bundle == 1:
        return values
    whole = values.shape[1] // bundle * bundle
    total: Singles = values[:, :whole:bundle].copy()
    for shift in range(1, bundle):
        total += values[:, shift:whole:bundle]
    np.divide(total, np.float32(bundle), out=total)
    return total


def _zero_phase(values: Singles, sections: Floats) -> Singles:
    return np.asarray(sosfiltfilt(sections.astype(np.float32), values), dtype=np.float32)


def _square(values: Singles) -> Singles:
    total: Singles = values[0] * values[0]
    for axis in values[1:]:
        total += axis * axis
    return total


def moving_rms(square: Singles, width: float) -> Singles:
    """Root of the centred moving mean over ``width`` entries (made odd); the window shrinks at both ends."""
    half = max(0, round((width - 1) / 2))
    sums = np.empty(len(square) + 1, dtype=np.float64)
    sums[0] = 0
    np.cumsum(square, dtype=np.float64, out=sums[1:])
    mean = np.empty(len(square), dtype=np.float32)
    inner = slice(half, len(square) - half)
    mean[inner] = (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)
    for i in range(half):
        mean[i] = sums[i + half + 1] / (i + half + 1)
        mean[-1 - i] = (sums[-1] - sums[-2 - i - half]) / (i + half + 1)
    # Differences of a long sum can end a hair below zero.
    np.maximum(mean, 0, out=mean)
    rms: Singles = np.sqrt(mean, out=mean)
    return rms


def adaptive_floor(envelope: Singles, rate_hz: float, parameters: DetectionParameters) -> Singles:
    """Level of the envelope where nothing moves [n]: the median over a window without its movements.

    Every ``floor_step_s`` the median over ``floor_window_s`` of what is at most ``floor_exclusion_ratio`` times the
    window's low percentile; in between it is interpolated. A series of movements fills less than a fifth of its
    window, so it does not lift its own threshold.
    """
    grid_step = max(1, round(0.5 * rate_hz))
    grid = envelope[::grid_step]
    width = min(len(grid), max(1, round(parameters.floor_window_s * rate_hz / grid_step)))
    hop = max(1, round(parameters.floor_step_s * rate_hz / grid_step))
    windows = np.lib.stride_tricks.sliding_window_view(grid, width)[::hop]
    ordered = np.sort(windows, axis=1)
    low = ordered[:, int(parameters.floor_percentile / 100 * (width - 1))]
    kept = (ordered <= parameters.floor_exclusion_ratio * low[:, None]).sum(axis=1)
    rows = np.arange(len(ordered))
    floor = (ordered[rows, (kept - 1) // 2] + ordered[rows, kept // 2]) / 2
    centre = (rows * hop + (width - 1) / 2) * grid_step
    filled: Singles = np.interp(np.arange(len(envelope)), centre, floor).astype(np.float32)
    return filled


def neighbour_steps(values: Singles, width: int) -> Singles:
    """Difference of the means over the ``width`` entries from each entry on and before it [3, n]; zero at the ends."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1), dtype=np.float64)
    np.cumsum(values, axis=1, dtype=np.float64, out=sums[:, 1:])
    steps = np.zeros_like(values)
    if values.shape[1] > 2 * width:
        inner = sums[:, 2 * width :] - 2 * sums[:, width:-width] + sums[:, : -2 * width]
        steps[:, width : width + inner.shape[1] - 1] = inner[:, :-1] / width
    return steps


def _gravity(work: Singles, rate_hz: float, parameters: DetectionParameters) -> tuple[Floats, float]:
    block = max(1, round(rate_hz / parameters.gravity_rate_hz))
    whole = max(1, work.shape[1] // block)
    mean = work[:, : whole * block].reshape(3, whole, -1).mean(axis=2, dtype=np.float64)
    low_hz = rate_hz / block
    sections = butter(2, parameters.gravity_high_hz, "lowpass", fs=low_hz, output="sos")
    return sosfiltfilt(sections, mean, padlen=min(mean.shape[1] - 1, int(5 * low_hz))), low_hz
