"""The channels in which movements are seen: filtered once per contiguous stretch, in float32."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfiltfilt

from transforms.intervals import Floats
from transforms.parameters.movements import DetectionParameters

Singles = npt.NDArray[np.float32]

_BLOCK = 1 << 15  # entries whose intermediate results stay in the processor's cache
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
    work: Singles  # [3, n] unfiltered, without its static part
    gravity: Floats  # [3, m] at gravity_rate_hz
    gravity_rate_hz: float


def channels(acceleration: Iterable[Singles], rate_hz: float, parameters: DetectionParameters) -> Channels:
    """Filter one contiguous stretch.

    Args:
        acceleration: three calibrated axes [n] in g; each is read once.
        rate_hz: measured rate of the stretch.
        parameters: such as ANKLE_2026.

    The filters run forwards and backwards (no delay) over the whole stretch at once: a filter that restarts would
    make a transient at every restart, and transients at even distances look like a series.
    """
    bundle = max(1, int(rate_hz // parameters.work_rate_hz))
    work = np.stack([bundled(axis, bundle) for axis in acceleration])
    work_hz = rate_hz / bundle
    # float32 filters four times as fast; with the static part taken out first the error stays below 1 ug.
    static = np.median(work[:, :: max(1, work.shape[1] // 1000)], axis=1, keepdims=True)
    work -= static
    high_hz = min(parameters.band_high_hz, _HIGHEST_FRAC * work_hz)
    band = _zero_phase(
        work, butter(2, (parameters.band_low_hz, high_hz), "bandpass", fs=work_hz, output="sos")
    )
    fine = _zero_phase(work, butter(2, parameters.fine_low_hz, "highpass", fs=work_hz, output="sos"))
    step_width = max(1, round(parameters.step_s * work_hz))
    envelope = moving_rms(_square(band), parameters.envelope_s * work_hz)
    edge = moving_rms(neighbour_steps_square(work, step_width), parameters.edge_s * work_hz)
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
    """Average each ``bundle`` neighbouring samples of [n]; a rest at the end is dropped."""
    whole = len(values) // bundle * bundle
    total: Singles = values[:whole:bundle].copy()
    for shift in range(1, bundle):
        total += values[shift:whole:bundle]
    total /= np.float32(bundle)
    return total


def _zero_phase(values: Singles, sections: Floats) -> Singles:
    filtered = np.empty_like(values)
    # Axis by axis: what the filter allocates for all three at once no longer fits a cache.
    for axis, result in zip(values, filtered, strict=True):
        result[:] = sosfiltfilt(sections.astype(np.float32), axis)
    return filtered


def _square(values: Singles) -> Singles:
    total: Singles = values[0] * values[0]
    for axis in values[1:]:
        total += axis * axis
    return total


def moving_rms(square: Singles, width: float) -> Singles:
    """Root of the centred moving mean over ``width`` entries (made odd); the window shrinks at both ends."""
    half = max(0, round((width - 1) / 2))
    whole = 2 * half + 1
    padded = np.pad(square, half)
    rms = np.empty(len(square), dtype=np.float32)
    for begin in range(0, len(square), _BLOCK):
        end = min(begin + _BLOCK, len(square))
        sums = np.zeros(end - begin + whole)
        np.cumsum(padded[begin : end + 2 * half], dtype=np.float64, out=sums[1:])
        # Differences of a sum can end a hair below zero.
        rms[begin:end] = np.sqrt(np.maximum(sums[whole:] - sums[:-whole], 0) / whole)
    wider = np.sqrt(whole / (whole - half + np.arange(half)))
    rms[:half] *= wider[: len(square)]
    rms[len(square) - half :] *= wider[::-1]
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
    return _interpolated(floor, hop * grid_step, (width - 1) / 2 * grid_step, len(envelope))


def _interpolated(levels: Singles, spacing: int, first: float, count: int) -> Singles:
    """Join levels that stand at ``first``, ``first + spacing``, ... by straight lines; level before and after [count]."""
    filled = np.empty(count, dtype=np.float32)
    begin = int(np.ceil(first))
    filled[:begin] = levels[0]
    filled[begin:] = levels[-1]
    part = ((begin - first + np.arange(spacing)) / spacing).astype(np.float32)
    lines = levels[:-1, None] + np.diff(levels)[:, None] * part
    inside = filled[begin : begin + lines.size]
    inside[:] = lines.ravel()[: len(inside)]
    return filled


def neighbour_steps_square(values: Singles, width: int) -> Singles:
    """Squared length of the difference of the means over the ``width`` entries from each entry on and before it.

    Takes [3, n], returns [n]; zero at the ends, where a mean would be of less.
    """
    count = values.shape[1]
    square = np.zeros(count, dtype=np.float32)
    for begin in range(width, count - width, _BLOCK):
        end = min(begin + _BLOCK, count - width)
        sums = np.zeros((len(values), end - begin + 2 * width))
        np.cumsum(values[:, begin - width : end + width - 1], axis=1, dtype=np.float64, out=sums[:, 1:])
        steps = (sums[:, 2 * width :] - 2 * sums[:, width:-width] + sums[:, : -2 * width]) / width
        square[begin:end] = _square(steps.astype(np.float32))
    return square


def _gravity(work: Singles, rate_hz: float, parameters: DetectionParameters) -> tuple[Floats, float]:
    block = max(1, round(rate_hz / parameters.gravity_rate_hz))
    whole = max(1, work.shape[1] // block)
    mean = work[:, : whole * block].reshape(3, whole, -1).mean(axis=2, dtype=np.float64)
    low_hz = rate_hz / block
    sections = butter(2, parameters.gravity_high_hz, "lowpass", fs=low_hz, output="sos")
    return sosfiltfilt(sections, mean, padlen=min(mean.shape[1] - 1, int(5 * low_hz))), low_hz
