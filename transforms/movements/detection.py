"""Candidates: every stretch of one recording in which a movement rises above the sensor's own floor."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import polars.selectors as cs

from transforms.clock import SECOND_US
from transforms.epochs.acceleration import AXES, correct_axes, read_axes
from transforms.epochs.calibration import Calibration
from transforms.intervals import Bools, Floats, Integers, Singles, join_runs, runs
from transforms.movements.rhythm import measure_pulse, measure_rhythm
from transforms.movements.sidedness import measure_sidedness
from transforms.movements.signals import Channels, channels
from transforms.parameters.movements import DetectionParameters
from transforms.recording import RecordingHeader
from transforms.schema import CANDIDATE, INSTANT, BodySite, empty, require


def detect_candidates(
    samples: pl.DataFrame | pl.LazyFrame,
    first_row: int,
    sampling_rate_hz: float,
    header: RecordingHeader,
    calibration: Calibration,
    parameters: DetectionParameters,
    core_us: tuple[int, int] | None = None,
) -> pl.DataFrame:
    """Find the candidates of one contiguous slice of samples.

    Args:
        samples: rows of samples.parquet without a gap, in time order.
        first_row: row of samples.parquet at which the slice begins; makes ``onset_row``.
        sampling_rate_hz: measured rate of the slice.
        header: of the recording.
        calibration: applied before anything else.
        parameters: such as ANKLE_2026.
        core_us: only candidates with onset in [start, end), microseconds of UTC, are returned; what lies outside is
            margin for the filters.

    Returns:
        CANDIDATE frame sorted by onset_at; empty for a slice shorter than ``min_segment_s``.

    1. Movement band, its RMS envelopes and the adaptive floor (``signals.channels``).
    2. Activity: the edge envelope is at least the threshold of offset, and not the ringing of a near peak.
    3. Rests shorter than ``rest_s`` do not end a movement, as in the EMG rule.
    4. Kept is what holds a sample at which the 0.5 s envelope reaches the threshold of onset, or the fine envelope
       its own: the latter finds bursts that are too brief for the former.

    Deviations from the EMG rule: the onset is where the activity leaves the threshold of *offset*, because acceleration
    rises slower than the EMG that causes it.
    """
    seen = read_channels(samples, sampling_rate_hz, header, calibration, parameters)
    if seen is None:
        return empty(CANDIDATE)
    sampled_at, signal = seen
    found = _find(signal, parameters)
    described = _describe(signal, found, parameters)
    return _frame(described, sampled_at, signal, first_row, header, core_us, parameters)


def read_channels(
    samples: pl.DataFrame | pl.LazyFrame,
    sampling_rate_hz: float,
    header: RecordingHeader,
    calibration: Calibration,
    parameters: DetectionParameters,
) -> tuple[pl.Series, Channels] | None:
    """Read one contiguous slice into instants and channels; arguments as in ``detect_candidates``, None if too short."""
    frame = samples.lazy().select("sampled_at", *read_axes(header, samples.lazy().collect_schema().names()))
    whole = frame.with_columns(correct_axes(calibration.gains, calibration.offsets_g)).collect()
    if whole.height < parameters.min_segment_s * sampling_rate_hz:
        return None
    # Each axis is let go of as soon as it is averaged to the working rate.
    axes = (whole.drop_in_place(axis).to_numpy() for axis in AXES)
    signal = channels(axes, sampling_rate_hz, parameters)
    return whole["sampled_at"], signal


def _find(signal: Channels, parameters: DetectionParameters) -> Integers:
    """List the candidates as entries [first, end) of the edge channel, which reaches beyond them on both sides."""
    is_active = signal.edge_g >= signal.off_g
    is_hot = (signal.envelope_g >= signal.on_g) | (signal.fine_g >= signal.fine_on_g)
    # Each movement looks longer by the reach on both sides, and the rest between two shorter by as much.
    shortest = round(parameters.rest_s * signal.rate_hz) - 2 * signal.step_width
    stretches = join_runs(runs(is_active), shortest - 1)
    stretches = _bridge_holds(signal, stretches, parameters)
    stretches = _join_fragments(signal, stretches, _any_inside(is_hot, stretches), parameters)
    return _extend_holds(signal, stretches[_any_inside(is_hot, stretches)], parameters)


def _without_reach(signal: Channels, stretches: Integers) -> Integers:
    """Take off both ends what the difference of neighbouring means sees of a step from its own width away."""
    reach = np.minimum(signal.step_width, (stretches[:, 1] - stretches[:, 0] - 1) // 2)
    trimmed: Integers = stretches + np.stack((reach, -reach), axis=1)
    return trimmed


def _bridge_holds(signal: Channels, stretches: Integers, parameters: DetectionParameters) -> Integers:
    """Unite stretches between which the limb is held where it was neither before nor after.

    A movement that lifts a limb, holds it and lets go accelerates twice and rests between; its posture tells that it
    is one. Between two movements the limb is back, or stays where it will be: then they remain two.
    """
    if len(stretches) < 2:
        return stretches
    gap = stretches[1:, 0] - stretches[:-1, 1]
    is_near = gap < parameters.hold_s * signal.rate_hz
    chain_first = np.concatenate(([True], ~is_near))
    chain = np.cumsum(chain_first) - 1
    firsts = np.flatnonzero(chain_first)
    lasts = np.concatenate((firsts[1:] - 1, [len(stretches) - 1]))
    width = round(parameters.posture_s * signal.rate_hz)
    reach = signal.step_width
    before = _mean_posture(signal, stretches[firsts, 0] - reach - width, stretches[firsts, 0] - reach)
    after = _mean_posture(signal, stretches[lasts, 1] + reach, stretches[lasts, 1] + reach + width)
    inner = np.minimum(reach, (gap - 1) // 2)
    near = np.flatnonzero(is_near)
    held = _mean_posture(signal, (stretches[:-1, 1] + inner)[near], (stretches[1:, 0] - inner)[near])
    away = np.minimum(
        np.linalg.norm(held - before[:, chain[near]], axis=0),
        np.linalg.norm(held - after[:, chain[near]], axis=0),
    )
    is_held = np.zeros(len(gap), dtype=bool)
    peak = _reduce(np.maximum, signal.edge_g, stretches)
    strength = np.minimum(
        _strongest_yet(peak, chain)[:-1], _strongest_yet(peak[::-1], -chain[::-1])[::-1][1:]
    )
    part = np.minimum(gap[near] / (parameters.hold_full_s * signal.rate_hz), 1)
    least = np.maximum(parameters.hold_g, parameters.hold_ratio * part * strength[near])
    least = np.maximum(least, parameters.hold_floor_ratio * signal.off_g[stretches[:-1, 1][near]])
    is_held[near] = away > least
    return _unite(stretches, is_held)


def _strongest_yet(peak: npt.NDArray[Any], chain: Integers) -> npt.NDArray[Any]:
    """Largest value of each chain up to each entry; chains are numbered upwards."""
    # Chains lifted above one another let one running maximum serve them all.
    lift = chain * (float(peak.max()) + 1)
    highest: npt.NDArray[Any] = np.maximum.accumulate(peak + lift) - lift
    return highest


def _join_fragments(
    signal: Channels, stretches: Integers, is_seen: Bools, parameters: DetectionParameters
) -> Integers:
    """Unite bursts that are too brief for a movement with the nearer neighbour of like strength that is seen by itself."""
    if len(stretches) < 2:
        return stretches
    length = (stretches[:, 1] - stretches[:, 0] - 2 * signal.step_width) / signal.rate_hz
    is_fragment = length < parameters.fragment_s
    peak = _reduce(np.maximum, signal.edge_g, stretches)
    ratio = np.maximum(peak[1:], peak[:-1]) / np.minimum(peak[1:], peak[:-1])
    gap = (stretches[1:, 0] - stretches[:-1, 1]) / signal.rate_hz
    may = (
        (gap < parameters.fragment_gap_s) & (ratio <= parameters.fragment_ratio) & is_seen[1:] & is_seen[:-1]
    )
    reach = np.where(may, gap, np.inf)
    before, after = np.append(np.inf, reach), np.append(reach, np.inf)
    to_left, to_right = is_fragment & (before <= after), is_fragment & (after <= before)
    belongs = may & (to_left[1:] | to_right[:-1])
    return _unite(stretches, belongs)


def _extend_holds(signal: Channels, stretches: Integers, parameters: DetectionParameters) -> Integers:
    """Let a faint burst that is too brief for a movement go on while the limb stays away from its place.

    Of a faint movement the start may be all that accelerates enough; posture tells how long it lasts. The limb counts
    as away in steps of ``hold_step_s``, from the burst on without a break, until the next stretch or ``hold_s``.
    """
    reach = signal.step_width
    length = (stretches[:, 1] - stretches[:, 0] - 2 * reach) / signal.rate_hz
    is_faint = _reduce(np.maximum, signal.edge_g, stretches) < parameters.faint_g
    brief = np.flatnonzero((length < parameters.fragment_s) & is_faint)
    if len(brief) == 0:
        return stretches
    width = round(parameters.posture_s * signal.rate_hz)
    step = max(1, round(parameters.hold_step_s * signal.rate_hz))
    count = int(parameters.hold_s / parameters.hold_step_s)
    begin, end = stretches[brief, 0] - reach, stretches[brief, 1]
    beyond = end + reach + count * step
    before = _mean_posture(signal, begin - width, begin)
    after = _mean_posture(signal, beyond, beyond + width)
    first = end[:, None] + step * np.arange(count)
    held = _mean_posture(signal, first.ravel(), first.ravel() + step).reshape(3, len(brief), count)
    away = np.minimum(
        np.linalg.norm(held - before[:, :, None], axis=0), np.linalg.norm(held - after[:, :, None], axis=0)
    )
    least = np.maximum(parameters.hold_g, parameters.hold_floor_ratio * signal.off_g[stretches[brief, 0]])
    lasts = np.logical_and.accumulate(away > least[:, None], axis=1).sum(axis=1)
    following = np.append(stretches[1:, 0], len(signal.edge_g))[brief]
    extended = stretches.copy()
    # What ends with posture has no edge that reaches beyond it; the reach is taken off again later.
    extended[brief, 1] = np.where(
        lasts >= 2, np.maximum(end, np.minimum(end + lasts * step + reach, following - reach)), end
    )
    return extended


def _unite(stretches: Integers, belongs: Bools) -> Integers:
    """Unite each stretch with the one before it where ``belongs`` [k - 1] says so."""
    opens = np.concatenate(([True], ~belongs))
    closes = np.concatenate((np.flatnonzero(opens)[1:] - 1, [len(stretches) - 1]))
    return np.stack((stretches[opens, 0], stretches[closes, 1]), axis=1)


def _mean_posture(signal: Channels, first: Integers, end: Integers) -> Floats:
    """Mean acceleration over [first, end), kept inside the stretch, without the static part [3, k]."""
    count = len(signal.edge_g)
    first = np.clip(first, 0, count - 1)
    end = np.clip(end, first + 1, count)
    place, opens = _places(np.stack((first, end), axis=1))
    if len(place) == 0:
        return np.empty((3, 0))
    sums = np.add.reduceat(signal.work[:, place].astype(np.float64), opens, axis=1)
    mean: Floats = sums / (end - first)
    return mean


def _any_inside(mask: Bools, stretches: Integers) -> Bools:
    count = np.concatenate(([0], np.cumsum(mask)))
    inside: Bools = count[stretches[:, 1]] > count[stretches[:, 0]]
    return inside


def _reduce(function: np.ufunc, values: npt.NDArray[Any], stretches: Integers) -> npt.NDArray[Any]:
    """Reduce ``values`` over each stretch; stretches are sorted and disjoint."""
    if len(stretches) == 0:
        return np.empty(0, dtype=values.dtype)
    # reduceat reduces between consecutive indices; every second result is a stretch. A final entry keeps the
    # last end inside the array.
    padded = np.append(values, values[-1:])
    result: npt.NDArray[Any] = function.reduceat(padded, stretches.ravel())[::2]
    return result


def _describe(
    signal: Channels, stretches: Integers, parameters: DetectionParameters
) -> dict[str, npt.NDArray[Any]]:
    """Measure every candidate; arrays [k], instants as entries of the channels."""
    found = _without_reach(signal, stretches)
    first, end = found[:, 0], found[:, 1]
    peak, steepest = _largest(signal.fine, found)
    fine_peak = _reduce(np.maximum, signal.fine_g, found)
    peak_at = _first_reaching(signal.fine_g, found, fine_peak)
    limit = parameters.active_frac * _reduce(np.maximum, signal.edge_g, stretches)
    limit = np.maximum(limit, signal.off_g[stretches[:, 0]])
    active = _without_reach(signal, np.stack(_extent(signal.edge_g, stretches, limit), axis=1))
    risen_at = _first_reaching(signal.fine_g, found, 0.9 * fine_peak)
    half = max(1, round(parameters.morphology_s * signal.rate_hz))
    above = np.concatenate(([0], np.cumsum(signal.edge_g >= signal.off_g)))
    share = (above[half:] - above[:-half]) / half if len(above) > half else np.zeros(1)
    starts = np.stack((first, np.maximum(end - half + 1, first + 1)), axis=1)
    rhythm = measure_rhythm(signal.band, first, end, signal.rate_hz, parameters)
    before, after = _postures(signal, first, end, parameters)
    sides = measure_sidedness(signal.work, first, end, signal.rate_hz, parameters)
    envelope_peak = _reduce(np.maximum, signal.envelope_g, found)
    pulse_hz, pulse_ratio = np.full(len(first), np.nan), np.full(len(first), np.nan)
    crested = np.flatnonzero(peak >= parameters.pulse_crest_ratio * envelope_peak)
    pulse_hz[crested], pulse_ratio[crested] = measure_pulse(
        signal.fine_g, (first[crested] + end[crested]) // 2, signal.rate_hz, parameters
    )
    return {
        "first": first,
        "end": end,
        "active_first": active[:, 0],
        "active_end": active[:, 1],
        "peak_at": peak_at,
        "peak_g": peak,
        "peak_jerk_g_per_s": steepest * np.float32(signal.rate_hz),
        "rise_s": np.maximum(risen_at - active[:, 0], 0) / signal.rate_hz,
        "envelope_peak_g": envelope_peak,
        "on_g": signal.on_g[first],
        "tilt_deg": _angle_deg(before, after),
        "morphology_frac": _reduce(np.maximum, share, np.minimum(starts, len(share) - 1)),
        "dominant_hz": rhythm.dominant_hz,
        "rhythm_ratio": rhythm.ratio,
        "high_band_frac": rhythm.high_band_frac,
        "pulse_hz": pulse_hz,
        "pulse_ratio": pulse_ratio,
        "one_sided_frac": sides.one_sided_frac,
        "slow_frac": sides.slow_frac,
        "gravity_x_g": before[0],
        "gravity_y_g": before[1],
        "gravity_z_g": before[2],
        "gravity_after_x_g": after[0],
        "gravity_after_y_g": after[1],
        "gravity_after_z_g": after[2],
    }


def _largest(values: Singles, stretches: Integers) -> tuple[Singles, Singles]:
    """Largest length of [3, n], and of its change from one entry to the next, within each stretch."""
    if len(stretches) == 0:
        return np.empty(0, dtype=np.float32), np.empty(0, dtype=np.float32)
    place, opens = _places(stretches)
    inside = values[:, place]
    change = inside - values[:, np.maximum(place - 1, 0)]
    size, step = (np.sqrt(v[0] ** 2 + v[1] ** 2 + v[2] ** 2) for v in (inside, change))
    return np.maximum.reduceat(size, opens), np.maximum.reduceat(step, opens)


def _places(stretches: Integers) -> tuple[Integers, Integers]:
    """Return the entries of all stretches in one row, and where in it each stretch begins; none is empty."""
    length = stretches[:, 1] - stretches[:, 0]
    opens = np.cumsum(length) - length
    return np.repeat(stretches[:, 0] - opens, length) + np.arange(length.sum()), opens


def _first_reaching(values: Singles, stretches: Integers, level: npt.NDArray[Any]) -> Integers:
    """Entry at which each stretch first reaches its level (its first entry if it never does)."""
    first, _ = _extent(values, stretches, level)
    return first


def _extent(values: Singles, stretches: Integers, level: npt.NDArray[Any]) -> tuple[Integers, Integers]:
    """First entry, and one past the last, at which each stretch is at its level or above."""
    place, _ = _places(stretches)
    owner = np.repeat(np.arange(len(stretches)), stretches[:, 1] - stretches[:, 0])
    reached = values[place] >= level[owner]
    owner, place = owner[reached], place[reached]
    first, end = stretches[:, 0].copy(), stretches[:, 0] + 1
    # Written backwards and forwards: the last write wins.
    first[owner[::-1]] = place[::-1]
    end[owner] = place + 1
    return first, end


def _postures(
    signal: Channels, first: Integers, end: Integers, parameters: DetectionParameters
) -> tuple[Floats, Floats]:
    """Direction of gravity before and after each candidate [3, k].

    Read from the slow channel at ``posture_guard_s``; where a neighbour is so near that the slow channel sees it too,
    from the rest between the two.
    """
    guard = parameters.posture_guard_s * signal.gravity_rate_hz
    ratio = signal.gravity_rate_hz / signal.rate_hz
    last = signal.gravity.shape[1] - 1
    before = signal.gravity[:, np.clip(np.rint(first * ratio - guard).astype(np.int64), 0, last)]
    after = signal.gravity[:, np.clip(np.rint(end * ratio + guard).astype(np.int64), 0, last)]
    near = np.flatnonzero(first[1:] - end[:-1] < 2 * parameters.posture_guard_s * signal.rate_hz)
    rest = np.stack((end[:-1], first[1:]), axis=1)[near]
    inner = (rest[:, 1] - rest[:, 0]) // 4
    between = _mean_posture(signal, rest[:, 0] + inner, rest[:, 1] - inner) + signal.static
    after[:, near], before[:, near + 1] = between, between
    return before, after


def _angle_deg(one: Floats, other: Floats) -> Floats:
    """Angle between columns [3, k]; by the tangent, which stays exact for small angles."""
    across = np.linalg.norm(np.cross(one, other, axis=0), axis=0)
    angle: Floats = np.degrees(np.arctan2(across, (one * other).sum(axis=0)))
    return angle


def _frame(
    described: dict[str, npt.NDArray[Any]],
    sampled_at: pl.Series,
    signal: Channels,
    first_row: int,
    header: RecordingHeader,
    core_us: tuple[int, int] | None,
    parameters: DetectionParameters,
) -> pl.DataFrame:
    time_us = sampled_at.to_physical().to_numpy()
    period_us = (int(time_us[-1]) - int(time_us[0])) / max(1, len(time_us) - 1)

    def instant(entry: Integers) -> npt.NDArray[np.int64]:
        # An entry speaks for its bundle of samples, and stands in its middle.
        row = np.minimum(entry * signal.bundle, len(time_us) - 1)
        beyond = entry * signal.bundle - row
        middle = (beyond + (signal.bundle - 1) / 2) * period_us
        at: npt.NDArray[np.int64] = time_us[row] + np.rint(middle).astype(np.int64)
        return at

    guard = parameters.edge_guard_s * signal.rate_hz
    columns = dict(described)
    first, end = columns.pop("first"), columns.pop("end")
    active_first, active_end = columns.pop("active_first"), columns.pop("active_end")
    frame = pl.DataFrame(
        columns
        | {
            "onset_row": first_row + first * signal.bundle,
            "onset_at": instant(first),
            "offset_at": instant(end),
            "active_onset_at": instant(active_first),
            "peak_at": instant(columns["peak_at"]),
            "active_s": (active_end - active_first) / signal.rate_hz,
            "is_at_edge": (first < guard) | (end > len(signal.envelope_g) - guard),
        }
    )
    frame = frame.with_columns(
        pl.col("onset_at", "offset_at", "active_onset_at", "peak_at").cast(INSTANT),
        cs.float().fill_nan(None),
        pl.lit(header.participant_id).alias("participant_id"),
        pl.lit(header.recording_id).alias("recording_id"),
        pl.lit(header.body_site).cast(BodySite).alias("body_site"),
    ).with_columns(
        (pl.col("offset_at") - pl.col("onset_at"))
        .dt.total_microseconds()
        .truediv(SECOND_US)
        .alias("duration_s")
    )
    if core_us is not None:
        onset = pl.col("onset_at").to_physical()
        frame = frame.filter(onset >= core_us[0], onset < core_us[1])
    frame = frame.select(pl.col(name).cast(kind) for name, kind in CANDIDATE.items())
    return require(frame, CANDIDATE, f"candidates of recording {header.recording_id}")
