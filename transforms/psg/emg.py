"""Leg movements in the electromyogram of the anterior tibial muscles, by the amplitude and duration rules of WASM 2016."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.clock import SECOND_US, night_date_of
from transforms.intervals import Bools, Integers, Singles, invert, join, runs
from transforms.parameters.psg import EmgParameters
from transforms.psg.edf import LegChannel
from transforms.psg.marks import Source
from transforms.schema import INSTANT, REJECTED_CANDIDATE, SCORED_EVENT, SIGNAL_BREAK

DETECTOR = "emg_detector"
"""Scorer of what is found in the leg channels."""
TOO_SHORT = "emg_too_short"
NO_MORPHOLOGY = "emg_median_too_low"
_BLOCK_S = 600  # filtered at a time, so that memory does not grow with the night
_MARGIN_S = 5  # of neighbouring signal, for the filter to settle
_NOTHING: Integers = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class EmgMovements:
    """What one channel shows, as samples ``[first, end)``."""

    movements: Integers
    rejected: Integers
    reasons: list[str]
    unmeasured: Integers


@dataclass(frozen=True, kw_only=True)
class EmgNight:
    """What all leg channels of one recording show."""

    events: pl.DataFrame
    """SCORED_EVENT, one leg_movement per channel and movement."""
    spans: pl.DataFrame
    """EMG_SPAN: at least one leg channel was fit to be scored."""
    breaks: pl.DataFrame
    """SIGNAL_BREAK: none was, between the first and the last sample."""
    rejected: pl.DataFrame
    """REJECTED_CANDIDATE; recording_id is the label of the channel."""


def detect_night(channels: Sequence[LegChannel], source: Source, parameters: EmgParameters) -> EmgNight:
    """Detect the leg movements of all leg channels of one recording.

    ``source.scorer`` names the detector in SCORED_EVENT. Onset and offset follow from the index of the sample and the
    channel's own sampling rate, to the nearest microsecond. Joining and combination of the legs are left to scoring.

    Of an interrupted recording each stretch is searched by itself; the time between two is a break. A stretch shorter
    than ``rest_window_s`` is too short to know its resting level and is a break, too.
    """
    events, rejected = [pl.DataFrame(schema=SCORED_EVENT)], [pl.DataFrame(schema=REJECTED_CANDIDATE)]
    measured: list[Integers] = [_NOTHING]
    starts = sorted({channel.started_at for channel in channels})
    for channel in channels:
        rate, size = channel.sampling_rate_hz, channel.amplitude_uv.size
        if len(starts) > 1 and size < parameters.rest_window_s * rate:
            continue
        found = detect(channel.amplitude_uv, rate, parameters)
        events.append(_events(found.movements, channel, source))
        rejected.append(_rejected(found, channel, source))
        shift = (channel.started_at - starts[0]) // timedelta(microseconds=1)
        measured.append(_to_us(invert(found.unmeasured, 0, size), rate) + shift)
    spans = join(np.concatenate(measured))
    end = max((_end_us(channel, starts[0]) for channel in channels), default=0)
    start = starts[0] if starts else datetime.min  # noqa: DTZ901  of no channels there are no rows
    return EmgNight(
        events=pl.concat(events).sort("onset_at", "side"),
        spans=_stretches(spans, start, source),
        breaks=_stretches(invert(spans, 0, end), start, source),
        rejected=pl.concat(rejected).sort("onset_at"),
    )


def _end_us(channel: LegChannel, origin: datetime) -> int:
    samples = np.array([channel.amplitude_uv.size], dtype=np.int64)
    shift = (channel.started_at - origin) // timedelta(microseconds=1)
    return shift + int(_to_us(samples, channel.sampling_rate_hz)[0])


def detect(
    amplitude_uv: NDArray[np.float64], sampling_rate_hz: float, parameters: EmgParameters
) -> EmgMovements:
    """Detect leg movements in one electromyogram [uV], sampled at ``sampling_rate_hz``.

    1. Band-pass, forwards and backwards; amplitude is the root mean square over ``envelope_s`` times the square root of
       2, so that a sine of 8 uV has the amplitude 8 uV.
    2. The resting level at each second is a low percentile of the seconds' median amplitude in ``rest_window_s``
       around it.
    3. A movement starts where the amplitude reaches rest + ``onset_above_rest_uv`` and ends at the start of the next
       stretch of at least ``offset_hold_s`` that stays at or below rest + ``offset_above_rest_uv``.
    4. It is rejected when it is shorter than ``min_movement_s``, or holds no window of ``morphology_window_s`` in which
       the median amplitude is above rest + ``offset_above_rest_uv``.
    5. Where the resting level is above ``max_rest_uv`` (noise, hum of an open input), or below ``min_rest_uv`` (an
       electrode that is off, an input at its limit), the channel is not measured and nothing starts.

    Deviations: the standards are written for the eye and leave the amplitude's time constant and the resting level
    open. MATPLM takes rectified samples and a minimum of local means as rest; a mean square over 0.1 s is less noisy at
    the low threshold, and a percentile does not follow single quiet seconds. Cardiac interference is not removed.
    Limits: a movement of more than about 45 s raises its own resting level.
    """
    envelope = _envelope(amplitude_uv, sampling_rate_hz, parameters)
    rest, is_measured = _rest(envelope, sampling_rate_hz, parameters)
    is_on = (envelope >= rest + np.float32(parameters.onset_above_rest_uv)) & is_measured
    is_up = envelope > rest + np.float32(parameters.offset_above_rest_uv)
    hold = max(1, round(parameters.offset_hold_s * sampling_rate_hz))
    quiet = runs(~is_up)
    quiet = quiet[quiet[:, 1] - quiet[:, 0] >= hold]
    active = np.column_stack((np.append(0, quiet[:, 1]), np.append(quiet[:, 0], envelope.size)))
    on_rows = np.append(np.flatnonzero(is_on), envelope.size)
    onset = on_rows[np.searchsorted(on_rows[:-1], active[:, 0])]
    found = np.column_stack((onset, active[:, 1]))[onset < active[:, 1]].astype(np.int64)
    is_long = found[:, 1] - found[:, 0] >= parameters.min_movement_s * sampling_rate_hz
    has_body = _has_body(is_up, found, max(1, round(parameters.morphology_window_s * sampling_rate_hz)))
    keep = is_long & has_body
    return EmgMovements(
        movements=found[keep],
        rejected=found[~keep],
        reasons=[TOO_SHORT if not long else NO_MORPHOLOGY for long in is_long[~keep].tolist()],
        unmeasured=runs(~is_measured),
    )


def _envelope(amplitude_uv: NDArray[np.float64], rate: float, parameters: EmgParameters) -> Singles:
    from scipy import ndimage, signal  # a second, for who has leg channels

    edges = [parameters.high_pass_hz, min(parameters.low_pass_hz, 0.45 * rate)]
    sos = signal.butter(parameters.filter_order, edges, btype="bandpass", fs=rate, output="sos")
    size = amplitude_uv.size
    window = max(1, round(parameters.envelope_s * rate))
    envelope = np.empty(size, dtype=np.float32)
    block, margin = round(_BLOCK_S * rate), round(_MARGIN_S * rate)
    for start in range(0, size, block):
        end = min(start + block, size)
        low, high = max(0, start - margin), min(size, end + margin)
        piece = amplitude_uv[low:high]
        padding = min(piece.size - 1, margin)
        power = signal.sosfiltfilt(sos, piece, padlen=padding) ** 2
        mean = ndimage.uniform_filter1d(power, window, mode="nearest")
        envelope[start:end] = np.sqrt(2.0 * np.maximum(mean, 0.0))[start - low : end - low]
    return envelope


def _rest(envelope: Singles, rate: float, parameters: EmgParameters) -> tuple[Singles, Bools]:
    """Return the resting level and whether the channel is fit to be scored, for each sample."""
    from scipy import ndimage

    second = round(rate)
    count = max(1, -(-envelope.size // second))
    padded = np.full(count * second, np.nan, dtype=np.float32)
    padded[: envelope.size] = envelope
    blocks = padded.reshape(count, second)
    last = envelope.size - (count - 1) * second
    medians = np.median(blocks, axis=1)
    medians[-1] = np.median(blocks[-1, :last]) if last > 0 else np.nan
    size = 2 * round(parameters.rest_window_s / 2) + 1
    level = ndimage.percentile_filter(medians, parameters.rest_percentile_pct, size=size, mode="nearest")
    is_fit = (level >= parameters.min_rest_uv) & (level <= parameters.max_rest_uv)
    rest = np.repeat(level.astype(np.float32), second)[: envelope.size]
    return rest, np.repeat(is_fit, second)[: envelope.size]


def _has_body(is_up: Bools, found: Integers, window: int) -> Bools:
    """Tell the movements with a window of which more than half the samples are up: the median is up."""
    up = np.concatenate(([0], np.cumsum(is_up)))
    is_body = np.zeros(is_up.size + 1, dtype=np.int64)  # windows that begin at each sample
    starts = max(0, is_up.size - window + 1)
    is_body[1 : starts + 1] = 2 * (up[window:] - up[:starts]) > window if starts else 0
    bodies = np.cumsum(is_body)
    last_start = np.maximum(found[:, 1] - window + 1, found[:, 0])
    has_body: Bools = bodies[last_start] > bodies[found[:, 0]]
    return has_body


def _to_us(samples: Integers, rate: float) -> Integers:
    times: Integers = np.rint(samples * (SECOND_US / rate)).astype(np.int64)
    return times


def _placed(samples: Integers, rate: float, start: datetime, source: Source) -> pl.DataFrame:
    times = _to_us(samples, rate)
    at = pl.lit(start).cast(INSTANT)
    return (
        pl.DataFrame({"from_us": times[:, 0], "to_us": times[:, 1]})
        .with_columns(
            pl.lit(source.participant_id).alias("participant_id"),
            (at + pl.duration(microseconds="from_us")).alias("onset_at"),
            (at + pl.duration(microseconds="to_us")).alias("offset_at"),
            pl.Series("duration_s", (times[:, 1] - times[:, 0]) / SECOND_US),
        )
        .with_columns(night_date_of(pl.col("onset_at"), source.time_zone).alias("night_date"))
    )


def _events(movements: Integers, channel: LegChannel, source: Source) -> pl.DataFrame:
    return (
        _placed(movements, channel.sampling_rate_hz, channel.started_at, source)
        .with_columns(
            pl.lit(source.scorer).alias("scorer"),
            pl.lit("leg_movement").alias("event"),
            pl.lit(channel.side).alias("side"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in SCORED_EVENT.items())
    )


def _rejected(found: EmgMovements, channel: LegChannel, source: Source) -> pl.DataFrame:
    return (
        _placed(found.rejected, channel.sampling_rate_hz, channel.started_at, source)
        .with_columns(
            pl.lit(channel.label).alias("recording_id"),
            pl.lit(None).alias("peak_g"),
            pl.Series("reason", found.reasons, dtype=pl.String),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in REJECTED_CANDIDATE.items())
    )


def _stretches(times: Integers, start: datetime, source: Source) -> pl.DataFrame:
    return (
        _placed(times, float(SECOND_US), start, source)
        .rename({"onset_at": "started_at", "offset_at": "ended_at"})
        .select(pl.col(name).cast(dtype) for name, dtype in SIGNAL_BREAK.items())
    )
