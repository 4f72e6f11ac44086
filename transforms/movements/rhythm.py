"""Rhythm of many stretches at once: autocorrelation and band power from one batch of Fourier transforms."""

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from transforms.intervals import Floats, Integers, Singles
from transforms.parameters.movements import DetectionParameters

_BATCH = 64  # stretches per transform: bounds the memory
_HIGH_BAND_HZ = (2.0, 8.0)  # the band of rhythmic movement in the contract
_POWER_LOW_HZ = 0.3
_FIRST_PEAK_SHARE = 0.85  # of the best peak: the shortest lag that reaches it is the period, not its multiple


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """Per stretch [k]: frequency, autocorrelation at it, and part of the power at 2 to 8 Hz; NaN if too brief."""

    dominant_hz: Floats
    ratio: Floats
    high_band_frac: Floats


def measure_rhythm(
    band: Singles, first: Integers, end: Integers, rate_hz: float, parameters: DetectionParameters
) -> Rhythm:
    """Measure the rhythm of the stretches [first, end) of one filtered recording [3, n].

    The spectra of the three axes are added, so the result does not depend on how the sensor is turned. The
    autocorrelation is corrected for the shrinking overlap; the dominant frequency belongs to the shortest lag whose
    peak comes close to the best one. Stretches longer than ``rhythm_window_s`` are measured around their middle.
    """
    count = len(first)
    result = Rhythm(
        dominant_hz=np.full(count, np.nan),
        ratio=np.full(count, np.nan),
        high_band_frac=np.full(count, np.nan),
    )
    length = end - first
    longest = round(parameters.rhythm_window_s * rate_hz)
    chosen = np.flatnonzero(length >= parameters.rhythm_min_s * rate_hz)
    # Stretches of like length share a batch, so that little is padded.
    chosen = chosen[np.argsort(length[chosen], kind="stable")]
    for batch in np.split(chosen, np.arange(_BATCH, len(chosen), _BATCH)):
        if len(batch) == 0:
            continue
        kept = np.minimum(length[batch], longest)
        begin = first[batch] + (length[batch] - kept) // 2
        width = int(kept.max())
        place = begin[:, None] + np.arange(width)
        inside = np.arange(width) < kept[:, None]
        windows = np.where(inside, band[:, np.minimum(place, band.shape[1] - 1)], 0)
        windows -= np.where(inside, windows.sum(axis=2, keepdims=True) / kept[:, None], 0)
        size = next_fast_len(2 * width, real=True)
        power = (np.abs(rfft(windows, size, axis=2)) ** 2).sum(axis=0)
        limits = (
            max(2, int(rate_hz / parameters.rhythm_high_hz)),
            int(rate_hz / parameters.rhythm_low_hz),
        )
        hz, ratio = _autocorrelation_peak(power, size, kept, rate_hz, limits)
        result.dominant_hz[batch], result.ratio[batch] = hz, ratio
        result.high_band_frac[batch] = _band_share(power, size, rate_hz)
    return result


def measure_pulse(
    fine_g: Singles, middle: Integers, rate_hz: float, parameters: DetectionParameters
) -> tuple[Floats, Floats]:
    """Rhythm of the fine envelope [n] around each middle: frequency and autocorrelation [k]; NaN without a rhythm.

    Of a train whose bursts are noise nothing repeats but their size. The window of ``pulse_window_s`` reaches beyond a
    candidate, which may be one burst of many. What stands out is cut at ``pulse_cut`` of the window, or one strong
    burst would be all there is.
    """
    count = len(middle)
    hz, ratio = np.full(count, np.nan), np.full(count, np.nan)
    width = min(round(parameters.pulse_window_s * rate_hz), len(fine_g))
    if count == 0 or width < parameters.rhythm_min_s * rate_hz:
        return hz, ratio
    for batch in np.split(np.arange(count), np.arange(_BATCH, count, _BATCH)):
        start = np.clip(middle[batch] - width // 2, 0, len(fine_g) - width)
        windows = fine_g[start[:, None] + np.arange(width)]
        windows = np.minimum(windows, np.quantile(windows, parameters.pulse_cut, axis=1, keepdims=True))
        windows -= windows.mean(axis=1, keepdims=True)
        size = next_fast_len(2 * width, real=True)
        power = np.abs(rfft(windows, size, axis=1)) ** 2
        kept = np.full(len(batch), width)
        shortest = max(2, int(rate_hz / parameters.pulse_high_hz))
        hz[batch], ratio[batch] = _autocorrelation_peak(
            power, size, kept, rate_hz, (shortest, int(rate_hz / parameters.pulse_low_hz))
        )
    return hz, ratio


def _autocorrelation_peak(
    power: Floats, size: int, kept: Integers, rate_hz: float, lag_limits: tuple[int, int]
) -> tuple[Floats, Floats]:
    shortest, longest = lag_limits
    correlation = irfft(power, size, axis=1)
    # A lag needs at least half of the stretch, or a slow drift would look like a rhythm.
    farthest = np.minimum(longest, kept // 2)
    width = max(int(farthest.max()), shortest) + 2
    lags = np.arange(width)
    overlap = np.maximum(kept[:, None] - lags, 1) / kept[:, None]
    scaled = correlation[:, :width] / np.maximum(correlation[:, :1], 1e-12) / overlap
    middle = scaled[:, 1:-1]
    is_peak = (middle >= scaled[:, :-2]) & (middle > scaled[:, 2:])
    lag = lags[1:-1]
    allowed = is_peak & (lag >= shortest) & (lag <= farthest[:, None])
    peaks = np.where(allowed, middle, 0)
    best = peaks.max(axis=1)
    first_peak = np.argmax(peaks >= _FIRST_PEAK_SHARE * best[:, None], axis=1)
    found = best > 0
    return np.where(found, rate_hz / lag[first_peak], np.nan), np.where(found, best, 0.0)


def _band_share(power: Floats, size: int, rate_hz: float) -> Floats:
    hz = np.arange(power.shape[1]) * rate_hz / size
    low, high = _HIGH_BAND_HZ
    total = power[:, hz >= _POWER_LOW_HZ].sum(axis=1)
    share: Floats = power[:, (hz >= low) & (hz <= high)].sum(axis=1) / np.maximum(total, 1e-30)
    return share
