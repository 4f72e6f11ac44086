"""The channels in which movements are seen: filtered once per contiguous stretch, in float32."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.ndimage import median_filter
from scipy.signal import butter, sosfiltfilt
from scipy.special import ndtri

from transforms.intervals import Floats, Integers, Singles
from transforms.movements.zero_phase import zero_phase
from transforms.parameters.movements import DetectionParameters

_BLOCK = 1 << 15  # entries whose intermediate results stay in the processor's cache
_TAIL = (0.9, 0.95, 0.98)  # shares of the noise from which its tail is drawn out
_USUAL = 0.9  # quantile from which a channel's usual size is read
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
    static: Singles  # [3, 1]
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
    if work_hz >= parameters.work_rate_hz:
        for axis in work:
            take_out_spikes(axis, parameters)
    # float32 filters four times as fast; with the static part taken out first the error stays below 1 ug.
    static = np.median(work[:, :: max(1, work.shape[1] // 1000)], axis=1, keepdims=True)
    work -= static
    high_hz = min(parameters.band_high_hz, _HIGHEST_FRAC * work_hz)
    band, fine = zero_phase(
        work,
        (
            butter(2, (parameters.band_low_hz, high_hz), "bandpass", fs=work_hz, output="sos"),
            butter(2, parameters.fine_low_hz, "highpass", fs=work_hz, output="sos"),
        ),
    )
    step_width = max(1, round(parameters.step_s * work_hz))
    envelope = moving_rms(_square(band), parameters.envelope_s * work_hz)
    edge = moving_rms(neighbour_steps_square(work, step_width), parameters.edge_s * work_hz)
    fine_envelope = moving_rms(_square(fine), parameters.fine_s * work_hz)
    levels = [
        threshold(channel, work_hz, z, least_g, parameters)
        for channel, z, least_g in (
            (envelope, parameters.on_z, parameters.on_min_g),
            (edge, parameters.off_z, parameters.off_min_g),
            (fine_envelope, parameters.fine_on_z, parameters.fine_on_min_g),
        )
    ]
    gravity, gravity_hz = _gravity(work, work_hz, parameters)
    return Channels(
        rate_hz=work_hz,
        bundle=bundle,
        band=band,
        fine=fine,
        envelope_g=envelope,
        edge_g=edge,
        fine_g=fine_envelope,
        on_g=levels[0],
        off_g=levels[1],
        step_width=step_width,
        fine_on_g=levels[2],
        work=work,
        static=static,
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


def take_out_spikes(values: Singles, parameters: DetectionParameters) -> None:
    """Replace, in place, single samples [n] that stand out from neighbours which are at one with theirs.

    No limb is thrown about for a fortieth of a second; what a sensor's electronics or a last bit do is. A sample is a
    spike when it lies ``spike_ratio`` times the usual distance from the mean of its neighbours, and these lie at most
    ``spike_rest_frac`` as far from the mean of theirs: a brief burst's peak does not. Slower than ``work_rate_hz`` a
    burst may be one sample, and nothing is taken out.
    """
    if len(values) < 5:
        return
    beside = (values[1:-3] + values[3:-1]) * np.float32(0.5)
    apart = np.abs(values[2:-2] - beside)
    # Of a coarse sensor most samples equal their neighbours: the median would be none.
    usual = float(np.quantile(apart[:: max(1, len(apart) // 5000)], _USUAL)) / float(ndtri((1 + _USUAL) / 2))
    far = np.flatnonzero(apart > max(parameters.spike_ratio * usual, parameters.spike_min_g))
    around = (values[far] + values[far + 4]) * np.float32(0.5)
    is_spike = np.abs(beside[far] - around) <= np.float32(parameters.spike_rest_frac) * apart[far]
    values[far[is_spike] + 2] = beside[far[is_spike]]


def adaptive_floor(envelope: Singles, rate_hz: float, parameters: DetectionParameters) -> Singles:
    """Level of the envelope where nothing moves [n]: the median of a window without its movements."""
    still = _still(envelope, rate_hz, parameters)
    return _interpolated(still.quantile(0.5), still.spacing, still.first, len(envelope))


def threshold(
    envelope: Singles, rate_hz: float, z: float, least_g: float, parameters: DetectionParameters
) -> Singles:
    """Level [n] that the envelope's noise alone reaches as often as a normal variable reaches ``z``.

    The logarithm of an envelope of noise is about normal; heavy tails and swelling make it wide, few bits narrow. Its
    upper tail, which the quantiles of 90 to 98 % show, is drawn out to ``z``, and its median over ``tail_window_s``
    taken: a tail is known less well than a median, and is the sensor's.
    """
    still = _still(envelope, rate_hz, parameters)
    floor = still.quantile(0.5)
    low, middle, high = (still.quantile(share) for share in _TAIL)
    z_low, z_middle, z_high = ndtri(_TAIL)
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = (middle / floor) * (high / low) ** np.float32((z - z_middle) / (z_high - z_low))
    ratio = np.clip(np.where(floor > 0, drawn, 0), parameters.min_ratio, parameters.max_ratio)
    width = round(parameters.tail_window_s / parameters.floor_step_s) | 1
    level = np.maximum(floor * median_filter(ratio, width, mode="reflect"), np.float32(least_g))
    return _interpolated(level.astype(np.float32), still.spacing, still.first, len(envelope))


class _Still(NamedTuple):
    """What of each window is no movement: its values in order, and how many [windows]."""

    ordered: Singles
    kept: Integers
    spacing: int  # entries from one window to the next
    first: float  # middle of the first window

    def quantile(self, share: float) -> Singles:
        """Quantile of each window's kept values."""
        place = share * (self.kept - 1)
        low, rows = place.astype(np.int64), np.arange(len(self.kept))
        part = (place - low).astype(np.float32)
        above = self.ordered[rows, np.minimum(low + 1, self.kept - 1)]
        value: Singles = self.ordered[rows, low] * (1 - part) + above * part
        return value


def _still(envelope: Singles, rate_hz: float, parameters: DetectionParameters) -> _Still:
    """Take a window every ``floor_step_s`` and keep what is at most ``floor_exclusion_ratio`` times its low percentile.

    A series of movements fills less than a fifth of its window, so it does not lift its own threshold.
    """
    grid_step = max(1, round(0.5 * rate_hz))
    grid = envelope[::grid_step]
    width = min(len(grid), max(1, round(parameters.floor_window_s * rate_hz / grid_step)))
    hop = max(1, round(parameters.floor_step_s * rate_hz / grid_step))
    ordered = np.sort(np.lib.stride_tricks.sliding_window_view(grid, width)[::hop], axis=1)
    low = ordered[:, int(parameters.floor_percentile / 100 * (width - 1))]
    kept = (ordered <= parameters.floor_exclusion_ratio * low[:, None]).sum(axis=1)
    return _Still(ordered, kept, hop * grid_step, (width - 1) / 2 * grid_step)


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
