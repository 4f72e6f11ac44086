"""Bytes of .cwa files against the layout and against an independent reader."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.simulation.axivity_cwa import BLOCK_BYTES, CwaDevice, data_blocks, header

actfast = pytest.importorskip("actfast", reason="the independent reader is a development dependency")

STARTED = datetime(2026, 3, 2, 17, 0, 0)  # noqa: DTZ001 - the device's clock knows no zone
STARTED_S = 1_772_470_800.0  # the same wall time, counted as if it were UTC


def device(hardware, is_packed, rate_hz=50.0):
    return CwaDevice(
        hardware=hardware,
        is_packed=is_packed,
        device_number=20_010,
        session_number=1_000_001,
        rate_hz=rate_hz,
        range_g=8,
        annotation="_sc=simulated",
    )


def write(path, made, counts, first_s=STARTED_S):
    blocks = counts.shape[0] // made.samples_per_block
    stamps_s = first_s + np.arange(blocks) * made.samples_per_block / made.rate_hz
    body = data_blocks(made, counts, stamps_s, np.linspace(20, 34, blocks), np.full(blocks, 50.0), 4.1, 7)
    path.write_bytes(header(made, STARTED, STARTED) + body)
    return body


@pytest.mark.parametrize("rate_hz", [12.5, 25.0, 50.0, 100.0])
@pytest.mark.parametrize(
    ("hardware", "is_packed", "scale"), [("AX3", True, 256.0), ("AX3", False, 256.0), ("AX6", False, 4096.0)]
)
def test_an_independent_reader_gives_back_samples_and_times(tmp_path, hardware, is_packed, scale, rate_hz):
    made = device(hardware, is_packed, rate_hz)
    assert made.counts_per_g == scale
    rng = np.random.default_rng(2)
    size = 50 * made.samples_per_block
    counts = rng.integers(-511, 512, (size, 3)).astype(np.int16)
    write(tmp_path / "a.cwa", made, counts)
    read = actfast.read(tmp_path / "a.cwa")
    fast, slow = read["timeseries"]["high_frequency"], read["timeseries"]["low_frequency"]
    assert np.array_equal(fast["acceleration"], (counts / scale).astype(np.float32))
    expected_s = STARTED_S + np.arange(size) / rate_hz
    assert np.abs(fast["datetime"] / 1e9 - expected_s).max() < 1.0 / rate_hz / 50.0 + 1e-4
    assert slow["temperature"] == pytest.approx(np.linspace(20, 34, 50), abs=0.2)
    assert read["metadata"]["device"]["device_id"] == "20010"
    assert float(read["metadata"]["configuration"]["accelerometer_range_g"]) == 8.0


@given(st.lists(st.tuples(*[st.integers(-2048, 2047)] * 3), min_size=120, max_size=120))
def test_packing_keeps_ten_bits_of_the_largest_axis(rows):
    made = device("AX3", is_packed=True)
    counts = np.array(rows, dtype=np.int16)
    block = data_blocks(made, counts, np.array([STARTED_S]), np.array([30.0]), np.array([1.0]), 4.0, 0)
    words = np.frombuffer(block[30:510], dtype="<u4")
    exponent = words >> 30
    for axis in range(3):
        ten_bits = ((words >> (10 * axis) & 0x3FF).astype(np.int32) ^ 0x200) - 0x200
        back = ten_bits << exponent
        assert np.all((counts[:, axis] >= back) & (counts[:, axis] - back < 1 << exponent))
    fits = np.abs(counts).max(axis=1) <= 511
    assert np.all(exponent[fits] == 0)


def test_every_block_sums_to_zero_and_counts_on():
    made = device("AX6", is_packed=False)
    counts = np.random.default_rng(1).integers(-9000, 9000, (80 * 6, 3)).astype(np.int16)
    body = data_blocks(made, counts, STARTED_S + np.arange(6.0), np.full(6, 30.0), np.full(6, 1.0), 4.0, 40)
    assert len(body) == 6 * BLOCK_BYTES
    words = np.frombuffer(body, dtype="<u2").reshape(6, 256)
    assert np.all(words.sum(axis=1) % 65536 == 0)
    assert np.frombuffer(body, dtype=np.uint8).reshape(6, 512)[:, 10].tolist() == [40, 41, 42, 43, 44, 45]


def test_samples_must_fill_whole_blocks():
    with pytest.raises(ValueError, match="121 samples are not whole blocks of 120"):
        data_blocks(
            device("AX3", is_packed=True),
            np.zeros((121, 3), dtype=np.int16),
            np.array([STARTED_S]),
            np.array([30.0]),
            np.array([1.0]),
            4.0,
            0,
        )
