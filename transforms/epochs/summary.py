"""Epochs of 5 s, calibration and wear of one recording: the week in two passes, in bounded memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import rfft

from transforms.clock import HOUR_US, SECOND_US
from transforms.epochs.acceleration import AXES, angle_z_deg, correct_axes, norm_g, read_axes
from transforms.epochs.calibration import Calibration, calibrate, still_windows
from transforms.epochs.wear import Wear, find_nonwear
from transforms.intervals import Integers, Singles
from transforms.parameters import StudyParameters
from transforms.parameters.epochs import EpochParameters
from transforms.recording import Chunk, DeviceHeader, RecordingHeader
from transforms.schema import EPOCH, INSTANT, NONWEAR_INTERVAL, BodySite, require

_BATCH_ROWS = 1 << 16  # a batch and what is made of it stay in the processor's cache

_PER_AXIS = [f"{kind}_{axis}" for kind in ("mean", "sd", "min", "max", "median") for axis in AXES]
STATISTICS = pl.Schema(
    [
        ("start_at", INSTANT),
        ("sample_count", pl.Int32()),
        *[(name, pl.Float32()) for name in _PER_AXIS],
    ]
)

METRICS = pl.Schema([(name, pl.Float32()) for name in ("enmo_mg", "mad_mg", "slow_band_mg", "fast_band_mg")])


@dataclass(frozen=True, kw_only=True)
class RecordingSummary:
    """One recording in epochs: frames EPOCH, NONWEAR_INTERVAL, and the same columns for still but worn time."""

    epochs: pl.DataFrame
    nonwear: pl.DataFrame
    doubtful_wear: pl.DataFrame
    calibration: Calibration
    wear_h: float


def summarise_recording(
    samples: pl.LazyFrame,
    header: RecordingHeader,
    segments: pl.DataFrame,
    companion: pl.DataFrame,
    parameters: StudyParameters,
    statistics: pl.DataFrame | None = None,
) -> RecordingSummary:
    """Summarise one recording: epochs, calibration, wear.

    Args:
        samples: raw samples in time order (``sampled_at`` and the axes, as counts or in g).
        header: of the recording.
        segments: SEGMENT frame; its rates tell how many samples an epoch should have.
        companion: COMPANION frame, possibly empty.
        parameters: groups ``calibration``, ``epochs``, ``wear``.
        statistics: what ``summarise_samples`` would give, where somebody who had the samples in memory made it.

    Reads the samples twice: for the statistics that calibration and wear are found in, unless they are given; then,
    corrected, for ENMO and MAD. Memory does not grow with the recording except for its epochs (about 10 MB a week).
    """
    rate_hz = _rate_hz(header, segments)
    if statistics is None:
        statistics = summarise_samples(samples, header, rate_hz, parameters.epochs)
    warmth = _temperature(statistics["start_at"], companion, parameters.epochs)
    statistics = statistics.with_columns(warmth)
    calibration = _calibrate(statistics, rate_hz, parameters)
    statistics = statistics.hstack(
        summarise_metrics(
            samples, header, calibration, statistics["sample_count"], rate_hz, parameters.epochs
        )
    )
    wear = find_nonwear(statistics, rate_hz, parameters.wear)
    epochs = _epochs(statistics, header, calibration, wear, parameters.epochs)
    # In share of the samples: a sensor that runs fast takes more of them in an hour than it says.
    worn_frac = float(epochs.select((pl.col("sample_count") * pl.col("is_worn")).sum()).item()) / max(
        int(epochs["sample_count"].sum()), 1
    )
    recorded_us = int(segments.select((pl.col("ended_at") - pl.col("started_at")).to_physical().sum()).item())
    return RecordingSummary(
        epochs=epochs,
        nonwear=_label(wear.nonwear, header),
        doubtful_wear=_label(wear.doubtful, header),
        calibration=calibration,
        wear_h=worn_frac * recorded_us / HOUR_US,
    )


def summarise_samples(
    samples: pl.LazyFrame, header: RecordingHeader, rate_hz: float, parameters: EpochParameters
) -> pl.DataFrame:
    """Return one STATISTICS row per epoch that holds a sample, sorted by start_at; values as delivered.

    ``median_*`` is the median of about ``angle_rate_hz`` values a second (the centre of GGIR's 5 s rolling median).
    """
    axes = read_axes(header, samples.collect_schema().names())
    statistics = SampleStatistics(rate_hz, parameters)
    for batch in _batches(samples.select(pl.col("sampled_at").to_physical(), *axes)):
        time, *values = (column.to_numpy() for column in batch.get_columns())
        statistics.see(time, values)
    return statistics.frame()


class SampleStatistics:
    """Collects the STATISTICS of samples that come in time order, piece by piece."""

    def __init__(self, rate_hz: float, parameters: EpochParameters) -> None:
        self._parameters = parameters
        self._step = max(1, int(rate_hz / parameters.angle_rate_hz))
        self._wanted = max(1, int(parameters.epoch_s * rate_hz / self._step))
        self._parts: list[dict[str, npt.NDArray[Any]]] = []
        self._pieces: list[list[npt.NDArray[Any]]] = []
        self._row_count = 0
        self._waiting: list[npt.NDArray[Any]] = []

    def see(self, time: Integers, values: Sequence[Singles]) -> None:
        """Take in instants [us, UTC] and the three axes [g].

        Sums in single precision depend on where they begin, so they begin at the same rows whatever the pieces.
        """
        self._pieces.append([time, *values])
        self._row_count += len(time)
        while self._row_count >= _BATCH_ROWS:
            columns = self._joined()
            self._pieces = [[column[_BATCH_ROWS:] for column in columns]]
            self._row_count -= _BATCH_ROWS
            self._see_batch([column[:_BATCH_ROWS] for column in columns])

    def _joined(self) -> list[npt.NDArray[Any]]:
        if len(self._pieces) == 1:
            return self._pieces[0]
        return [np.concatenate(parts) for parts in zip(*self._pieces, strict=True)]

    def _see_batch(self, columns: list[npt.NDArray[Any]]) -> None:
        if self._waiting:
            columns = [np.concatenate(pair) for pair in zip(self._waiting, columns, strict=True)]
        time = columns[0]
        epoch_us = self._parameters.epoch_s * SECOND_US
        cut = int(np.searchsorted(time, time[-1] // epoch_us * epoch_us))
        if cut:
            self._reduce([column[:cut] for column in columns])
        self._waiting = [column[cut:] for column in columns]

    def frame(self) -> pl.DataFrame:
        """Return one STATISTICS row per epoch; nothing comes after."""
        if self._row_count:
            self._see_batch(self._joined())
            self._pieces, self._row_count = [], 0
        if self._waiting:
            self._reduce(self._waiting)
            self._waiting = []
        return _frame(self._parts, STATISTICS)

    def _reduce(self, columns: list[npt.NDArray[Any]]) -> None:
        time, *values = columns
        self._parts.append(_reduce_epochs(time, values, self._step, self._wanted, self._parameters))


class ChunkStatistics:
    """The same from the chunks of a reader, while they are in memory; empty for a device that states no rate."""

    def __init__(self, header: DeviceHeader, parameters: EpochParameters) -> None:
        self._statistics = SampleStatistics(header.sampling_rate_hz or 1.0, parameters)
        self._is_known = bool(header.sampling_rate_hz)
        self._scales = header.scale_g_per_count or (1.0, 1.0, 1.0)
        self._offsets_g = header.offset_g or (0.0, 0.0, 0.0)

    def see(self, chunk: Chunk, utc_offset_us: int) -> None:
        """Take in one chunk, whose device time becomes UTC by adding ``utc_offset_us``."""
        for begin in range(0, len(chunk) if self._is_known else 0, _BATCH_ROWS):
            part = slice(begin, begin + _BATCH_ROWS)
            axes = [column.astype(np.float32) for column in chunk.values[part].T]
            if chunk.counts is not None:
                # in single precision, as acceleration.read_axes does
                axes = [
                    axis * np.float32(scale) + np.float32(offset_g)
                    for axis, scale, offset_g in zip(axes, self._scales, self._offsets_g, strict=True)
                ]
            self._statistics.see(chunk.times_us[part] + utc_offset_us, axes)

    def frame(self) -> pl.DataFrame | None:
        """Return one STATISTICS row per epoch; None where they cannot be made so early."""
        return self._statistics.frame() if self._is_known else None


def summarise_metrics(
    samples: pl.LazyFrame,
    header: RecordingHeader,
    calibration: Calibration,
    sample_count: pl.Series,
    rate_hz: float,
    parameters: EpochParameters,
) -> pl.DataFrame:
    """Return enmo_mg, mad_mg, slow_band_mg and fast_band_mg (METRICS) of each epoch from corrected samples.

    Args:
        samples: as in ``summarise_samples``.
        header: as in ``summarise_samples``.
        calibration: applied to the samples; without correction it changes nothing.
        sample_count: samples of each epoch, from ``summarise_samples``: the instants need not be read again.
        rate_hz: nominal rate.
        parameters: the bands, such as GGIR_EPOCHS.

    ENMO is the mean of max(norm - 1, 0), MAD the mean distance of the norm from its mean. The bands are root mean
    squares of the norm in the first ``band_window_s`` of an epoch; they are null for an epoch with fewer samples and for
    a sensor that samples below ``band_rate_hz``. What moves faster than half of that rate is damped, not cut off.
    """
    axes = read_axes(header, samples.collect_schema().names())
    corrected = samples.select(axes).select(correct_axes(calibration.gains, calibration.offsets_g))
    count = sample_count.to_numpy().astype(np.int64)
    end = np.cumsum(count)
    parts = []
    row, epoch = 0, 0
    waiting = np.empty(0, dtype=np.float32)
    for batch in _batches(corrected.select(norm_g())):
        norm = np.concatenate((waiting, batch["norm_g"].to_numpy()))
        last = int(np.searchsorted(end, row + len(norm), side="right"))
        whole = int(count[epoch:last].sum())
        if whole:
            whole_norm, whole_count = norm[:whole], count[epoch:last]
            parts.append(
                _metrics(whole_norm, whole_count) | _bands(whole_norm, whole_count, rate_hz, parameters)
            )
        row, epoch, waiting = row + whole, last, norm[whole:]
    return _frame(parts, METRICS)


def _batches(frame: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Read in time order; the engine reads ahead while a batch is worked on."""
    batches: Iterator[pl.DataFrame] = frame.collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True)
    return (batch for batch in batches if batch.height)


def _first_rows(time: Integers, parameters: EpochParameters) -> tuple[Integers, Integers]:
    """Return the first row and the start [us] of every epoch that holds a sample."""
    epoch_us = parameters.epoch_s * SECOND_US
    grid = np.arange(time[0] // epoch_us, time[-1] // epoch_us + 1) * epoch_us
    first = np.searchsorted(time, grid)
    holds = np.diff(first, append=len(time)) > 0
    return first[holds], grid[holds]


def _reduce_epochs(
    time: Integers, values: list[Singles], step: int, wanted: int, parameters: EpochParameters
) -> dict[str, npt.NDArray[Any]]:
    first, epoch_us = _first_rows(time, parameters)
    count = np.diff(first, append=len(time))
    columns: dict[str, npt.NDArray[Any]] = {"start_at": epoch_us, "sample_count": count}
    last = (first + count - 1)[:, None]
    picked = np.minimum(first[:, None] + np.arange(wanted) * step, last)
    for axis, value in zip(AXES, values, strict=True):
        mean = np.add.reduceat(value, first) / count.astype(np.float32)
        distance = np.repeat(mean, count)
        np.subtract(value, distance, out=distance)
        distance *= distance
        ordered = np.sort(value[picked], axis=1)
        columns[f"mean_{axis}"] = mean
        columns[f"sd_{axis}"] = np.sqrt(np.add.reduceat(distance, first) / count)
        columns[f"min_{axis}"] = np.minimum.reduceat(value, first)
        columns[f"max_{axis}"] = np.maximum.reduceat(value, first)
        columns[f"median_{axis}"] = (ordered[:, (wanted - 1) // 2] + ordered[:, wanted // 2]) / 2
    return columns


def _metrics(norm: Singles, count: Integers) -> dict[str, npt.NDArray[Any]]:
    """ENMO and mean amplitude deviation [mg] of epochs of ``count`` samples that follow one another."""
    first = np.cumsum(count) - count
    mean = np.add.reduceat(norm, first) / count.astype(np.float32)
    above = np.maximum(norm - np.float32(1), np.float32(0))
    distance = np.abs(norm - np.repeat(mean, count))
    return {
        "enmo_mg": np.add.reduceat(above, first) / count * 1000,
        "mad_mg": np.add.reduceat(distance, first) / count * 1000,
    }


def _bands(
    norm: Singles, count: Integers, rate_hz: float, parameters: EpochParameters
) -> dict[str, npt.NDArray[Any]]:
    """Root mean square [mg] of epochs of ``count`` samples in two bands; NaN where an epoch has too few."""
    bundle = max(1, int(rate_hz // parameters.band_rate_hz))
    width = int(parameters.band_window_s * rate_hz) // bundle * bundle
    is_whole = count >= width
    slow, fast = (np.full(len(count), np.nan, dtype=np.float32) for _ in range(2))
    if rate_hz >= parameters.band_rate_hz and is_whole.any():
        windows = sliding_window_view(norm, width)[(np.cumsum(count) - count)[is_whole]]
        values = windows[:, ::bundle].copy()
        for shift in range(1, bundle):
            values += windows[:, shift::bundle]
        values -= values.mean(axis=1, keepdims=True)
        power = np.abs(rfft(values, axis=1)) ** 2 * (2e6 / width**2)
        hz = np.arange(power.shape[1]) * (rate_hz / width)
        # Averaging damps what is fast.
        power *= (np.sinc(hz / rate_hz) / np.sinc(hz * bundle / rate_hz)) ** 2
        edge = parameters.fast_band_low_hz
        for band, low, high in (
            (slow, parameters.slow_band_low_hz, edge),
            (fast, edge, parameters.fast_band_high_hz),
        ):
            band[is_whole] = np.sqrt(power[:, (hz >= low) & (hz < high)].sum(axis=1))
    return {"slow_band_mg": slow, "fast_band_mg": fast}


def _frame(parts: list[dict[str, npt.NDArray[Any]]], schema: pl.Schema) -> pl.DataFrame:
    if not parts:
        return pl.DataFrame(schema=schema)
    columns = {name: np.concatenate([part[name] for part in parts]) for name in schema}
    frame = pl.DataFrame(columns).select(pl.col(name).cast(kind) for name, kind in schema.items())
    return frame.with_columns(pl.col(pl.Float32).fill_nan(None))


def _rate_hz(header: RecordingHeader, segments: pl.DataFrame) -> float:
    return header.sampling_rate_hz or float(segments["sampling_rate_hz"][0])


def _temperature(start_at: pl.Series, companion: pl.DataFrame, parameters: EpochParameters) -> pl.Series:
    """Temperature at the middle of each epoch, interpolated; null where the nearest marks are too far apart."""
    marks = companion.select("sampled_at", "temperature_c").drop_nulls().sort("sampled_at")
    if marks.height == 0 or len(start_at) == 0:
        return pl.Series("temperature_c", [None] * len(start_at), dtype=pl.Float32)
    at = marks["sampled_at"].to_physical().to_numpy()
    middle = start_at.to_physical().to_numpy() + parameters.epoch_s * 500_000
    value = np.interp(middle, at, marks["temperature_c"].to_numpy())
    after = np.searchsorted(at, middle)
    left, right = at[np.maximum(after - 1, 0)], at[np.minimum(after, len(at) - 1)]
    limit = parameters.max_temperature_gap_s * SECOND_US
    is_far = np.where(
        (after == 0) | (after == len(at)), np.abs(middle - left) > limit, (right - left) > limit
    )
    known = pl.Series("temperature_c", value, dtype=pl.Float32)
    return pl.select(pl.when(~pl.Series(is_far)).then(known).alias("temperature_c")).to_series()


def _calibrate(statistics: pl.DataFrame, rate_hz: float, parameters: StudyParameters) -> Calibration:
    """Calibrate on windows made of whole epochs."""
    limits = parameters.calibration
    count = pl.col("sample_count")
    sums: list[pl.Expr] = [count.sum(), pl.col("temperature_c").mean()]
    for axis in AXES:
        mean, sd = pl.col(f"mean_{axis}").cast(pl.Float64), pl.col(f"sd_{axis}").cast(pl.Float64)
        sums.append(((mean * count).sum() / count.sum()).alias(f"mean_{axis}"))
        sums.append((((mean * mean + sd * sd) * count).sum() / count.sum()).alias(f"square_{axis}"))
    window = pl.col("start_at").to_physical() // int(limits.window_s * SECOND_US)
    windows = statistics.group_by(window.alias("window")).agg(sums).sort("window")
    means = windows.select(f"mean_{axis}" for axis in AXES).to_numpy()
    squares = windows.select(f"square_{axis}" for axis in AXES).to_numpy()
    sds = np.sqrt(np.maximum(squares - means**2, 0))
    recorded = windows["sample_count"].to_numpy() / (limits.window_s * rate_hz)
    still = still_windows(means, sds, recorded, limits)
    warmth = windows["temperature_c"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return calibrate(means[still], warmth[still] if np.isfinite(warmth).any() else None, limits)


def _epochs(
    statistics: pl.DataFrame,
    header: RecordingHeader,
    calibration: Calibration,
    wear: Wear,
    parameters: EpochParameters,
) -> pl.DataFrame:
    # Gain and offset commute with the median, so the angle needs no second reading.
    medians = [
        (pl.col(f"median_{axis}") * gain + offset).alias(axis)
        for axis, gain, offset in zip(AXES, calibration.gains, calibration.offsets_g, strict=True)
    ]
    taken_off = wear.nonwear.select("started_at", "ended_at")
    frame = (
        statistics.with_columns(medians)
        .with_columns(
            angle_z_deg().cast(pl.Float32),
            pl.lit(header.recording_id).alias("recording_id"),
            pl.lit(header.participant_id).alias("participant_id"),
            pl.lit(header.body_site).cast(BodySite).alias("body_site"),
        )
        .join_asof(taken_off, left_on="start_at", right_on="started_at", strategy="backward")
        .with_columns(~(pl.col("start_at") < pl.col("ended_at")).fill_null(False).alias("is_worn"))
    )
    frame = frame.with_columns(_upright_deg(frame, parameters))
    return require(frame, EPOCH, f"epochs of recording {header.recording_id}")


def _upright_deg(epochs: pl.DataFrame, parameters: EpochParameters) -> pl.Expr:
    """Angle between each epoch's gravity and that of walking, when the limb is on average upright."""
    walking = epochs.filter(pl.col("is_worn"), pl.col("mad_mg") > parameters.walking_mad_mg)
    unknown = pl.lit(None, pl.Float32).alias("upright_deg")
    if walking.height * parameters.epoch_s < parameters.min_walking_min * 60:
        return unknown
    upright = walking.select(pl.col(AXES).mean()).to_numpy()[0].astype(np.float64)
    length = np.linalg.norm(upright)
    if length == 0:
        return unknown
    along = sum(pl.col(axis) * float(part) for axis, part in zip(AXES, upright / length, strict=True))
    return (along / norm_g()).clip(-1, 1).arccos().degrees().cast(pl.Float32).alias("upright_deg")


def _label(intervals: pl.DataFrame, header: RecordingHeader) -> pl.DataFrame:
    frame = intervals.with_columns(
        pl.lit(header.recording_id).alias("recording_id"),
        pl.lit(header.participant_id).alias("participant_id"),
        pl.lit(header.body_site).cast(BodySite).alias("body_site"),
    )
    return require(frame, NONWEAR_INTERVAL, f"non-wear of recording {header.recording_id}")
