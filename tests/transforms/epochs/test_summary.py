"""Epochs of one recording: statistics done by hand, gaps, batches, and a calibration that is carried through."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from transforms.epochs import summary as module
from transforms.epochs.calibration import CALIBRATED, TOO_FEW_STILL_WINDOWS, calibrate
from transforms.epochs.summary import (
    METRICS,
    STATISTICS,
    ChunkStatistics,
    summarise_metrics,
    summarise_recording,
    summarise_samples,
)
from transforms.parameters import DEFAULT
from transforms.parameters.epochs import GGIR_EPOCHS
from transforms.recording import Chunk, DeviceHeader, RecordingHeader
from transforms.schema import COMPANION, EPOCH, INSTANT, NONWEAR_INTERVAL, SEGMENT, empty

BEGIN = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
RATE_HZ = 20.0
STEP_US = 50_000
PER_EPOCH = 100
HEADER = RecordingHeader(
    recording_id="r1",
    participant_id="P1",
    body_site="left_ankle",
    time_zone="Europe/Berlin",
    sampling_rate_hz=RATE_HZ,
)
UNCHANGED = calibrate(np.empty((0, 3)), None, DEFAULT.calibration)


def samples(values, rows=None, begin=BEGIN):
    """Samples at 20 Hz; ``rows`` are their places in time, for gaps."""
    rows = np.arange(len(values)) if rows is None else rows
    first_us = int(begin.timestamp() * 1e6)
    time = pl.Series("sampled_at", first_us + rows * STEP_US, dtype=pl.Int64).cast(INSTANT)
    columns = {f"{axis}_g": np.asarray(values, dtype=np.float32)[:, n] for n, axis in enumerate("xyz")}
    return pl.DataFrame({"sampled_at": time, **columns}).lazy()


def noisy(count, seed=3):
    return np.random.default_rng(seed).normal([0.1, -0.2, 0.95], 0.2, (count, 3))


def segments(frame):
    time = frame.collect()["sampled_at"]
    row = {"segment_index": 0, "first_row": 0, "sample_count": len(time), "started_at": time.min(),
           "ended_at": time.max() + timedelta(microseconds=STEP_US) if len(time) else None, "sampling_rate_hz": RATE_HZ}  # fmt: skip
    return pl.DataFrame([row] if len(time) else [], schema=SEGMENT)


def summarise(frame, companion=None):
    marks = empty(COMPANION) if companion is None else companion
    return summarise_recording(frame, HEADER, segments(frame), marks, DEFAULT)


def metrics(frame, calibration=UNCHANGED):
    statistics = summarise_samples(frame, HEADER, RATE_HZ, GGIR_EPOCHS)
    return summarise_metrics(frame, HEADER, calibration, statistics["sample_count"], RATE_HZ, GGIR_EPOCHS)


def postures(count, seconds=20):
    """Gravity in many directions, each held still; with 1 mg of noise."""
    rng = np.random.default_rng(8)
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    held = np.repeat(directions, int(seconds * RATE_HZ), axis=0)
    return held + rng.normal(0, 0.001, held.shape)


def test_one_epoch_by_hand():
    values = np.zeros((PER_EPOCH, 3))
    values[:, 2] = np.where(np.arange(PER_EPOCH) % 4 < 2, 1.5, 0.5)
    found = summarise_samples(samples(values), HEADER, RATE_HZ, GGIR_EPOCHS)
    assert found.schema == STATISTICS
    row = found.row(0, named=True)
    assert found.height == 1
    assert (row["start_at"], row["sample_count"]) == (BEGIN, PER_EPOCH)
    assert (row["mean_z_g"], row["sd_z_g"], row["min_z_g"], row["max_z_g"]) == (1.0, 0.5, 0.5, 1.5)
    assert row["median_z_g"] == 1.0  # half of every other sample is high
    assert (row["mean_x_g"], row["sd_x_g"]) == (0.0, 0.0)
    found = metrics(samples(values))
    assert found.schema == METRICS
    # Half of the time 0.5 g above one g; below one g counts nothing.
    assert found.select("enmo_mg", "mad_mg").row(0) == (250.0, 500.0)


def test_statistics_are_those_of_numpy():
    values = noisy(10 * PER_EPOCH).astype(np.float32)
    found = summarise_samples(samples(values), HEADER, RATE_HZ, GGIR_EPOCHS)
    blocks = values.astype(np.float64).reshape(10, PER_EPOCH, 3)
    for name, wanted in {
        "mean": blocks.mean(axis=1),
        "sd": blocks.std(axis=1),
        "min": blocks.min(axis=1),
        "max": blocks.max(axis=1),
        "median": np.median(blocks[:, ::2], axis=1),
    }.items():
        got = found.select(f"{name}_{axis}_g" for axis in "xyz").to_numpy()
        assert got == pytest.approx(wanted, abs=1e-6), name
    found = metrics(samples(values))
    norm = np.linalg.norm(blocks, axis=2)
    mad = np.abs(norm - norm.mean(axis=1, keepdims=True)).mean(axis=1)
    assert found["enmo_mg"].to_numpy() == pytest.approx(np.maximum(norm - 1, 0).mean(axis=1) * 1000, abs=1e-2)
    assert found["mad_mg"].to_numpy() == pytest.approx(mad * 1000, abs=1e-2)


def test_epochs_lie_on_the_grid_of_utc():
    found = summarise_samples(
        samples(noisy(150), begin=BEGIN + timedelta(seconds=3)), HEADER, RATE_HZ, GGIR_EPOCHS
    )
    assert found["start_at"].to_list() == [BEGIN, BEGIN + timedelta(seconds=5), BEGIN + timedelta(seconds=10)]
    assert found["sample_count"].to_list() == [40, 100, 10]


def test_a_gap_has_no_epochs_and_leaves_its_neighbours_alone():
    values = noisy(4 * PER_EPOCH)
    rows = np.concatenate([np.arange(150), 1000 + np.arange(250)])
    found = summarise_samples(samples(values, rows), HEADER, RATE_HZ, GGIR_EPOCHS)
    seconds = [(start - BEGIN).total_seconds() for start in found["start_at"]]
    assert seconds == [0, 5, 50, 55, 60]
    assert found["sample_count"].to_list() == [100, 50, 100, 100, 50]
    assert found["mean_x_g"][1] == pytest.approx(values[100:150, 0].mean(), abs=1e-6)
    assert found["mean_x_g"][2] == pytest.approx(values[150:250, 0].mean(), abs=1e-6)
    assert found["max_z_g"][4] == pytest.approx(values[350:, 2].max(), abs=1e-6)


@pytest.mark.parametrize("batch_rows", [1, 37, 100, 101, 1000])
def test_the_size_of_a_batch_changes_nothing(batch_rows, monkeypatch):
    rows = np.concatenate([np.arange(1234), 2000 + np.arange(7), 5003 + np.arange(900)])
    frame = samples(noisy(len(rows)), rows)
    whole, whole_metrics = summarise_samples(frame, HEADER, RATE_HZ, GGIR_EPOCHS), metrics(frame)
    calls = []
    reduce = module._reduce_epochs

    def counted(*arguments):
        calls.append(len(arguments[0]))
        return reduce(*arguments)

    monkeypatch.setattr(module, "_BATCH_ROWS", batch_rows)
    monkeypatch.setattr(module, "_reduce_epochs", counted)
    parts = summarise_samples(frame, HEADER, RATE_HZ, GGIR_EPOCHS)
    assert len(calls) > 1
    assert sum(calls) == len(rows)
    assert parts["start_at"].to_list() == whole["start_at"].to_list()
    assert parts["sample_count"].to_list() == whole["sample_count"].to_list()
    # Sums in single precision depend on where they begin.
    numbers = [name for name, kind in STATISTICS.items() if kind == pl.Float32]
    assert parts.select(numbers).to_numpy() == pytest.approx(
        whole.select(numbers).to_numpy(), rel=1e-4, abs=1e-5
    )
    assert metrics(frame).to_numpy() == pytest.approx(whole_metrics.to_numpy(), rel=1e-4, nan_ok=True)


@pytest.mark.parametrize("is_count", [True, False])
@settings(max_examples=15, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 80_000), max_size=12),
    offset_us=st.sampled_from([0, -3_600_000_000, 7_000_000]),
)
def test_chunks_in_memory_give_what_the_stored_samples_give_to_the_last_bit(is_count, cuts, offset_us):
    """What is made while a device file is read is what is made of its Parquet, wherever the chunks end."""
    count = 80_000
    times_us = np.arange(count) * STEP_US + 1_700_000_003_000_000
    values = noisy(count)
    scales, offsets_g = (1 / 256, 1 / 255.5, 0.0039), (0.01, 0.0, -0.02)
    header = DeviceHeader(
        file_format="x", device_model="y", sampling_rate_hz=RATE_HZ,
        scale_g_per_count=scales if is_count else None, offset_g=offsets_g if is_count else None,
    )  # fmt: skip
    stored = np.rint(values / np.array(scales)).astype(np.int16) if is_count else values.astype(np.float32)
    early = ChunkStatistics(header, GGIR_EPOCHS)
    for begin, end in pairwise([0, *sorted({cut for cut in cuts if cut < count}), count]):
        part = {"counts" if is_count else "acceleration_g": stored[begin:end]}
        chunk = Chunk(segment_index=0, sampling_rate_hz=RATE_HZ, times_us=times_us[begin:end], **part)
        early.see(chunk, offset_us)
    names = [f"{axis}_{'count' if is_count else 'g'}" for axis in "xyz"]
    frame = pl.DataFrame({"sampled_at": times_us + offset_us} | dict(zip(names, stored.T, strict=True)))
    told = replace(HEADER, scale_g_per_count=scales, offset_g=offsets_g) if is_count else HEADER
    late = summarise_samples(
        frame.with_columns(pl.col("sampled_at").cast(INSTANT)).lazy(), told, RATE_HZ, GGIR_EPOCHS
    )
    assert_frame_equal(early.frame(), late, check_exact=True)


def test_a_device_that_states_no_rate_is_left_to_later():
    header = DeviceHeader(file_format="x", device_model="y", sampling_rate_hz=0.0)
    early = ChunkStatistics(header, GGIR_EPOCHS)
    early.see(
        Chunk(segment_index=0, sampling_rate_hz=RATE_HZ, times_us=np.arange(3), acceleration_g=np.zeros((3, 3), np.float32)), 0
    )  # fmt: skip
    assert early.frame() is None


def vibrating(hz, size_g, rate_hz=RATE_HZ, count=4):
    """Gravity along z and a vibration along it, for ``count`` epochs of 5 s."""
    times = np.arange(round(5 * count * rate_hz)) / rate_hz
    values = np.zeros((len(times), 3))
    values[:, 2] = 1 + size_g * np.sin(2 * np.pi * hz * times)
    return samples(values, rows=times * 1e6 / STEP_US)


@pytest.mark.parametrize("rate_hz", [20.0, 25.0, 62.5, 100.0])
@pytest.mark.parametrize(("hz", "band"), [(1.0, "slow"), (2.0, "slow"), (4.0, "fast"), (7.0, "fast")])
def test_a_vibration_stands_in_its_band_with_its_size(hz, band, rate_hz):
    """100 mg of a sine are 70.7 mg of its root mean square, whatever the rate; about a hundredth of the power leaks."""
    frame = vibrating(hz, 0.1, rate_hz)
    count = summarise_samples(frame, HEADER, rate_hz, GGIR_EPOCHS)["sample_count"]
    found = summarise_metrics(frame, HEADER, UNCHANGED, count, rate_hz, GGIR_EPOCHS)
    other = {"slow": "fast", "fast": "slow"}[band]
    assert found[f"{band}_band_mg"].to_list() == pytest.approx([70.71] * 4, rel=0.03)
    assert (found[f"{other}_band_mg"].max() / 70.71) ** 2 < 0.0125


def test_too_slow_a_sensor_has_no_bands():
    frame = vibrating(1.0, 0.1, 12.5)
    count = summarise_samples(frame, HEADER, 12.5, GGIR_EPOCHS)["sample_count"]
    found = summarise_metrics(frame, HEADER, UNCHANGED, count, 12.5, GGIR_EPOCHS)
    assert found["slow_band_mg"].null_count() == found["fast_band_mg"].null_count() == 4


@pytest.mark.parametrize(("kept", "is_told"), [(95, True), (94, False)])
def test_an_epoch_with_too_few_samples_has_no_bands(kept, is_told):
    found = metrics(samples(noisy(PER_EPOCH + kept)))
    assert found["slow_band_mg"].is_not_null().to_list() == [True, is_told]
    assert found["fast_band_mg"].is_not_null().to_list() == [True, is_told]
    assert found["mad_mg"].null_count() == 0


def test_no_samples_no_epochs():
    nothing = samples(np.empty((0, 3)))
    found = summarise_samples(nothing, HEADER, RATE_HZ, GGIR_EPOCHS)
    assert found.height == 0
    assert found.schema == STATISTICS
    summary = summarise(nothing)
    assert summary.epochs.schema == EPOCH
    assert summary.nonwear.schema == summary.doubtful_wear.schema == NONWEAR_INTERVAL
    assert [f.height for f in (summary.epochs, summary.nonwear, summary.doubtful_wear)] == [0, 0, 0]
    assert summary.calibration.outcome == TOO_FEW_STILL_WINDOWS
    assert summary.wear_h == 0.0


def test_a_sensor_with_gain_and_offset_is_set_right():
    truth = postures(150)
    gains, offsets_g = np.array([1.02, 0.97, 1.01]), np.array([0.03, -0.02, 0.04])
    summary = summarise(samples((truth - offsets_g) / gains))
    assert summary.calibration.outcome == CALIBRATED
    assert summary.calibration.gains == pytest.approx(gains, rel=1e-3)
    assert summary.calibration.offsets_g == pytest.approx(offsets_g, abs=2e-3)
    right = summarise(samples(truth)).epochs
    assert summary.epochs["angle_z_deg"].to_numpy() == pytest.approx(right["angle_z_deg"].to_numpy(), abs=0.1)
    assert summary.epochs["enmo_mg"].to_numpy() == pytest.approx(right["enmo_mg"].to_numpy(), abs=1.0)


def test_metrics_are_those_of_the_corrected_samples():
    frame = samples(noisy(3 * PER_EPOCH))
    calibration = summarise(samples(postures(60) * 0.96)).calibration
    assert calibration.gains[0] == pytest.approx(1 / 0.96, rel=1e-3)
    found = metrics(frame, calibration)
    axes = [
        (pl.col(f"{a}_g") * gain + offset).alias(f"{a}_g")
        for a, gain, offset in zip("xyz", calibration.gains, calibration.offsets_g, strict=True)
    ]
    wanted = metrics(frame.with_columns(axes))
    assert found["enmo_mg"].to_numpy() == pytest.approx(wanted["enmo_mg"].to_numpy(), abs=1e-2)
    assert found["mad_mg"].to_numpy() == pytest.approx(wanted["mad_mg"].to_numpy(), abs=1e-2)
    assert found["enmo_mg"].to_numpy() != pytest.approx(metrics(frame)["enmo_mg"].to_numpy(), abs=1.0)


def test_one_posture_is_no_calibration_and_all_of_it_is_worn():
    summary = summarise(samples(noisy(3600 * 2)))
    assert not summary.calibration.is_calibrated
    assert summary.epochs.schema == EPOCH
    assert summary.epochs["is_worn"].all()
    assert summary.wear_h == pytest.approx(0.1)
    assert summary.epochs["body_site"].unique().to_list() == ["left_ankle"]


def test_a_night_stand_is_not_worn():
    moved, still = noisy(3600 * 20), np.tile([0.0, 0.0, 1.0], (2 * 3600 * 20, 1))
    summary = summarise(samples(np.concatenate([moved, still])))
    worn = summary.epochs["is_worn"]
    assert worn[:720].all()
    assert not worn[720:].any()
    assert summary.wear_h == pytest.approx(1.0)
    assert summary.nonwear["started_at"].to_list() == [BEGIN + timedelta(hours=1)]
    assert summary.nonwear["ended_at"].to_list() == [BEGIN + timedelta(hours=3)]


@pytest.mark.parametrize(("walking_epochs", "is_known"), [(59, False), (60, True)])
def test_five_minutes_of_walking_tell_what_is_upright(walking_epochs, is_known):
    walking = np.zeros((walking_epochs * PER_EPOCH, 3))
    walking[:, 0] = np.where(np.arange(len(walking)) % 4 < 2, 1.5, 0.5)
    lying = np.tile([0.0, 0.0, 1.0], (10 * PER_EPOCH, 1))
    epochs = summarise(samples(np.concatenate([walking, lying]))).epochs
    upright = epochs["upright_deg"].to_list()
    if is_known:
        assert upright[:60] == pytest.approx([0.0] * 60, abs=0.1)
        assert upright[60:] == pytest.approx([90.0] * 10, abs=0.1)
    else:
        assert upright == [None] * 69


@pytest.mark.parametrize(("gap_s", "is_bridged"), [(600, True), (601, False)])
def test_temperature_is_interpolated_over_ten_minutes(gap_s, is_bridged):
    marks = pl.DataFrame(
        {"sampled_at": [BEGIN, BEGIN + timedelta(seconds=gap_s)], "temperature_c": [30.0, 36.0]}
    ).with_columns(pl.col("sampled_at").cast(INSTANT), pl.col("temperature_c").cast(pl.Float32))
    companion = pl.concat([empty(COMPANION), marks], how="diagonal")
    found = summarise(samples(noisy(60 * PER_EPOCH)), companion).epochs["temperature_c"].to_list()
    if is_bridged:
        assert found[0] == pytest.approx(30.025)  # at the middle of the epoch
        assert found[59] == pytest.approx(30.0 + 6 * 297.5 / 600)
    else:
        assert found == [None] * 60
