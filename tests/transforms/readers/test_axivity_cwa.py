"""Blocks written by the tests' own writer: what was put in comes out, and what is damaged is told."""

import io
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.errors import InputError
from transforms.readers import axivity_blocks, axivity_cwa, open_reader
from transforms.readers.clock_marks import UNKNOWN

EPOCH = datetime.fromisoformat("1970-01-01")


def micros(moment: datetime) -> int:
    return round((moment - EPOCH) / timedelta(microseconds=1))


def test_packed_samples_come_out_as_they_went_in(cwa, read):
    blocks, counts = cwa.packed_blocks(40)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    assert found.counts.dtype == np.int16
    np.testing.assert_array_equal(found.counts, counts)
    assert found.segments == [(0, 4800)]
    assert found.faults == []
    assert found.header.scale_g_per_count == (1 / 256, 1 / 256, 1 / 256)
    assert (found.header.sampling_rate_hz, found.header.range_g) == (100.0, 8.0)
    assert (found.header.device_model, found.header.serial_number) == ("AX3", "12345")


@given(st.integers(0, 3), st.tuples(*[st.integers(-512, 511)] * 3))
def test_every_packed_word(exponent, mantissas):
    x, y, z = mantissas
    word = (x & 0x3FF) | (y & 0x3FF) << 10 | (z & 0x3FF) << 20 | exponent << 30
    words = np.zeros((1, 256), np.uint16)
    words[0, 15:17] = [word & 0xFFFF, word >> 16]
    packed = axivity_blocks.BlockFormat(
        axes_and_bytes=0x30, scale_g_per_count=1 / 256, gyro_scale_deg_per_s_per_count=None
    )
    samples, _ = axivity_blocks.unpack(words, packed)
    assert samples[:, 0, 0].tolist() == [value * 2**exponent for value in mantissas]


def test_unpacked_samples(cwa, read):
    rng = np.random.default_rng(3)
    counts = rng.integers(-32768, 32768, (5, 80, 3)).astype("<i2")
    blocks = [
        cwa.block(
            counts[index].tobytes(),
            count=80,
            number=index,
            at=cwa.START + timedelta(seconds=index * 0.8),
            axes=0x32,
        )
        for index in range(5)
    ]
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    np.testing.assert_array_equal(found.counts, counts.reshape(-1, 3))
    assert found.segments == [(0, 400)]


@pytest.mark.parametrize(("light_bits", "scale"), [(0, 256), (3, 2048), (6, 16384)])
def test_scale_and_gyroscope_of_the_ax6(cwa, read, light_bits, scale):
    rng = np.random.default_rng(4)
    counts = rng.integers(-32768, 32768, (6, 40, 6)).astype("<i2")
    blocks = [
        cwa.block(
            counts[index].tobytes(),
            count=40,
            number=index,
            at=cwa.START + timedelta(seconds=index * 0.4),
            axes=0x62,
            range_g=16,
            light=light_bits << 13 | 4 << 10 | 30,
        )
        for index in range(6)
    ]
    content = cwa.header(range_g=16, hardware=0x64, device=6011834, gyro_code=2) + b"".join(blocks)
    found = read(content, "x.cwa")
    np.testing.assert_array_equal(found.counts, counts.reshape(-1, 6)[:, 3:])
    np.testing.assert_array_equal(found.gyro_counts, counts.reshape(-1, 6)[:, :3])
    assert found.header.scale_g_per_count[0] == 1 / scale
    assert found.header.gyro_scale_deg_per_s_per_count[0] == 500 / 32768
    assert (found.header.device_model, found.header.serial_number) == ("AX6", "6011834")


def test_times_run_evenly_between_marks_of_a_slow_clock(cwa, read):
    blocks, _ = cwa.packed_blocks(50, true_rate_hz=98.5)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    # the marks are read at a sample inside the block; the writer spaces samples within it at the nominal rate
    ideal = micros(cwa.START) + np.arange(6000) * 1e6 / 98.5
    assert np.abs(found.times_us - ideal).max() < 120 * abs(1e6 / 98.5 - 1e6 / 100) + 31
    assert np.diff(found.times_us).min() > 0
    assert len(found.segments) == 1


def test_marks_without_a_fraction_are_exact_to_a_sample(cwa, read):
    start = cwa.START + timedelta(seconds=0.37)
    blocks, _ = cwa.packed_blocks(50, start=start, has_fraction=False)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    ideal = micros(start) + np.arange(6000) * 10_000
    assert np.abs(found.times_us - ideal).max() <= 10_000
    assert found.segments == [(0, 6000)]


def test_a_bad_checksum_costs_its_block_only(cwa, read):
    blocks, counts = cwa.packed_blocks(30)
    for index in (0, 12, 13, 29):
        blocks[index] = blocks[index][:100] + bytes([blocks[index][100] ^ 1]) + blocks[index][101:]
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    kept = np.repeat([index not in {0, 12, 13, 29} for index in range(30)], 120)
    np.testing.assert_array_equal(found.counts, counts[kept])
    assert found.segments == [(0, 11 * 120), (1, 15 * 120)]
    bad = [fault for fault in found.faults if fault.cause == "bad_checksum"]
    assert [(fault.block_count, fault.sample_count) for fault in bad] == [(1, 0), (2, 240), (1, 0)]
    assert bad[1].ended_us - bad[1].started_us == pytest.approx(2_400_000, abs=100)
    assert len(found.faults) == 3


def test_a_gap_breaks_the_segment(cwa, read):
    first, counts = cwa.packed_blocks(20)
    later, more = cwa.packed_blocks(20, start=cwa.START + timedelta(minutes=10), first_number=20, seed=2)
    found = read(cwa.header() + b"".join(first + later), "x.cwa")
    np.testing.assert_array_equal(found.counts, np.concatenate((counts, more)))
    assert found.segments == [(0, 2400), (1, 2400)]
    (gap,) = found.faults
    assert gap.cause == "gap"
    assert (gap.ended_us - gap.started_us) / 1e6 == pytest.approx(600 - 24, abs=0.001)
    assert gap.ended_us == pytest.approx(micros(cwa.START + timedelta(minutes=10)), abs=31)


def test_a_clock_that_goes_back_loses_no_sample_and_keeps_the_order(cwa, read):
    first, counts = cwa.packed_blocks(30)
    later, more = cwa.packed_blocks(30, start=cwa.START - timedelta(hours=1), first_number=30, seed=2)
    found = read(cwa.header() + b"".join(first + later), "x.cwa")
    np.testing.assert_array_equal(found.counts, np.concatenate((counts, more)))
    assert np.diff(found.times_us).min() > 0
    assert found.times_us[3600] - found.times_us[3599] == pytest.approx(10_000, abs=31)
    (fault,) = found.faults
    assert fault.cause == "clock_backwards"
    assert "-3636.000 s" in fault.detail


def test_single_wrong_marks_are_not_believed(cwa, read):
    blocks, counts = cwa.packed_blocks(40)
    wrong = bytearray(blocks[20])
    wrong[14:18] = (cwa.clock_bits(datetime.fromisoformat("2061-01-01"))).to_bytes(4, "little")
    blocks[20] = cwa.checked(wrong)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_allclose(np.diff(found.times_us), 10_000, atol=32)
    assert found.causes() == ["clock_outlier"]
    assert found.segments == [(0, 4800)]


def test_a_first_mark_that_no_other_agrees_with_is_not_believed(cwa, read):
    blocks, counts = cwa.packed_blocks(40)
    wrong = bytearray(blocks[0])
    wrong[14:18] = (cwa.clock_bits(datetime.fromisoformat("2040-01-01"))).to_bytes(4, "little")
    blocks[0] = cwa.checked(wrong)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.times_us[0] == pytest.approx(micros(cwa.START), abs=62)
    assert found.causes() == ["clock_outlier"]


def test_blocks_before_the_clock_was_set_are_counted_and_left_out(cwa, read):
    first, _ = cwa.packed_blocks(30, start=datetime.fromisoformat("2000-01-01T00:05:00"))
    later, counts = cwa.packed_blocks(30, first_number=30, seed=2)
    found = read(cwa.header() + b"".join(first + later), "x.cwa")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.times_us[0] == pytest.approx(micros(cwa.START), abs=31)
    (fault,) = found.faults
    assert (fault.cause, fault.block_count, fault.sample_count) == ("clock_not_set", 30, 3600)
    assert "0.01 h are left out" in fault.detail


def test_blocks_without_a_date_follow_their_neighbours(cwa, read):
    blocks, counts = cwa.packed_blocks(40)
    for index in (0, 1, 17):
        wrong = bytearray(blocks[index])
        wrong[14:18] = b"\0\0\0\0"
        blocks[index] = cwa.checked(wrong)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_allclose(found.times_us, micros(cwa.START) + np.arange(4800) * 10_000, atol=62)


def test_a_file_without_any_date_gives_no_samples_and_says_so(cwa, read):
    blocks, _ = cwa.packed_blocks(5)
    for index in range(5):
        wrong = bytearray(blocks[index])
        wrong[14:18] = b"\0\0\0\0"
        blocks[index] = cwa.checked(wrong)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    assert len(found.counts) == 0
    assert found.causes() == ["clock_not_set"]


def test_a_restart_counts_from_zero_and_is_told(cwa, read):
    first, counts = cwa.packed_blocks(20)
    later, more = cwa.packed_blocks(20, start=cwa.START + timedelta(seconds=60), seed=2)
    found = read(cwa.header() + b"".join(first + later), "x.cwa")
    np.testing.assert_array_equal(found.counts, np.concatenate((counts, more)))
    assert sorted(found.causes()) == ["gap", "restart"]


def test_swapped_blocks_are_put_right_and_repeated_ones_read_once(cwa, read):
    blocks, counts = cwa.packed_blocks(30)
    blocks[10], blocks[14] = blocks[14], blocks[10]
    blocks.insert(20, blocks[19])
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.segments == [(0, 3600)]
    assert found.causes() == ["repeated_block"]


def test_lost_bytes_cost_one_block(cwa, read):
    blocks, counts = cwa.packed_blocks(30)
    content = cwa.header() + b"".join(blocks)
    cut = 1024 + 12 * 512 + 100
    found = read(content[:cut] + content[cut + 7 :], "x.cwa")
    kept = np.repeat([index != 12 for index in range(30)], 120)
    np.testing.assert_array_equal(found.counts, counts[kept])
    assert "unreadable_bytes" in found.causes()


@pytest.mark.parametrize("cut", [1, 255, 511])
def test_a_partial_last_block_is_a_truncation(cwa, read, cut):
    blocks, counts = cwa.packed_blocks(10)
    content = cwa.header() + b"".join(blocks)
    found = read(content[: len(content) - cut], "x.cwa")
    np.testing.assert_array_equal(found.counts, counts[: 9 * 120])
    assert found.causes() == ["truncated"]


def test_an_earlier_end_than_the_header_promises_is_told(cwa, read):
    blocks, _ = cwa.packed_blocks(10)
    content = cwa.header(end=cwa.START + timedelta(days=7)) + b"".join(blocks)
    found = read(content, "x.cwa")
    (fault,) = found.faults
    assert fault.cause == "truncated"
    assert fault.ended_us == micros(cwa.START + timedelta(days=7))


def test_a_partly_filled_block(cwa, read):
    blocks, counts = cwa.packed_blocks(10)
    part = bytearray(blocks[9])
    part[28:30] = (33).to_bytes(2, "little")
    blocks[9] = cwa.checked(part)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    np.testing.assert_array_equal(found.counts, counts[: 9 * 120 + 33])
    assert found.segments == [(0, 9 * 120 + 33)]


def test_a_lying_sample_count_makes_the_block_unreadable(cwa, read):
    blocks, _ = cwa.packed_blocks(10)
    wrong = bytearray(blocks[4])
    wrong[28:30] = (60000).to_bytes(2, "little")
    blocks[4] = cwa.checked(wrong)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    assert len(found.counts) == 9 * 120
    assert found.causes() == ["bad_checksum"]


def test_a_lost_header_does_not_cost_the_blocks(cwa, read):
    blocks, counts = cwa.packed_blocks(10)
    found = read(b"\0" * 1024 + b"".join(blocks), "x.cwa")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.header.serial_number is None


def test_many_windows_are_one_segment(cwa, read, monkeypatch):
    blocks, counts = cwa.packed_blocks(200, true_rate_hz=99)
    content = cwa.header() + b"".join(blocks)
    whole = read(content, "x.cwa")
    for window in (1, 7, 19, 64):
        monkeypatch.setattr(axivity_cwa, "WINDOW_BLOCKS", window)
        found = read(content, "x.cwa")
        np.testing.assert_array_equal(found.counts, counts)
        np.testing.assert_array_equal(found.times_us, whole.times_us)
        assert found.segments == [(0, 24_000)]


def test_temperature_and_light(cwa, read):
    blocks, _ = cwa.packed_blocks(10)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    np.testing.assert_allclose(found.companion("temperature_c"), 260 * 75 / 256 - 50)
    np.testing.assert_allclose(found.companion("light_lux"), 10 ** (200 / 341.3), rtol=1e-5)
    assert len(found.companion("times_us")) == 10


def test_no_readable_block(cwa):
    content = cwa.header() + b"\xff" * 5120
    with pytest.raises(InputError, match="without a readable data block") as error:
        open_reader(io.BytesIO(content), "x.cwa", len(content))
    assert error.value.reason_code == "no_readable_block"


def test_annotation_is_never_told(cwa, read):
    blocks, _ = cwa.packed_blocks(2)
    found = read(cwa.header(annotation=b"_sn=Jane+Doe&_n=born+1970") + b"".join(blocks), "x.cwa")
    assert "Jane" not in repr(found.header)
    assert "12345" not in repr(found.header)


def test_dates_that_are_none():
    def mark(*parts: int) -> int:
        year, month, day, hour, minute, second = parts
        bits = (year - 2000) << 26 | month << 22 | day << 17 | hour << 12 | minute << 6 | second
        return int(axivity_blocks.clock_us(np.array([bits], np.uint32))[0])

    assert mark(2024, 2, 29, 23, 59, 59) == micros(datetime.fromisoformat("2024-02-29T23:59:59"))
    assert mark(2063, 12, 31, 0, 0, 0) == micros(datetime.fromisoformat("2063-12-31"))
    for parts in (
        (2023, 2, 29, 0, 0, 0),
        (2024, 0, 1, 0, 0, 0),
        (2024, 13, 1, 0, 0, 0),
        (2024, 4, 31, 0, 0, 0),
        (2024, 4, 0, 0, 0, 0),
        (2024, 4, 1, 24, 0, 0),
        (2024, 4, 1, 0, 60, 0),
        (2024, 4, 1, 0, 0, 60),
    ):
        assert mark(*parts) == UNKNOWN, parts


def test_a_scan_tells_span_gaps_and_damage_without_decoding(cwa):
    first, _ = cwa.packed_blocks(300, true_rate_hz=98.9)
    later, _ = cwa.packed_blocks(
        300, start=cwa.START + timedelta(hours=2), first_number=300, seed=2, true_rate_hz=98.9
    )
    content = cwa.header() + b"".join(first + later)
    scan = open_reader(io.BytesIO(content), "x.cwa", len(content)).scan()
    assert scan.started_us == pytest.approx(micros(cwa.START), abs=20_000)
    assert scan.ended_us == pytest.approx(
        micros(cwa.START + timedelta(hours=2, seconds=36_000 / 98.9)), abs=2_000_000
    )
    assert scan.gap_s == pytest.approx(7200 - 36_000 / 98.9, rel=0.01)
    assert scan.sample_count == 72_000


def test_files_of_the_first_firmwares_are_refused_in_words(cwa):
    blocks, _ = cwa.packed_blocks(12, has_fraction=False)
    old = [bytearray(block) for block in blocks]
    for block in old:
        block[24] = 0
        block[26:28] = (100).to_bytes(2, "little")  # the rate itself
    content = cwa.header() + b"".join(cwa.checked(block) for block in old)
    with pytest.raises(InputError, match="first AX3 firmwares") as error:
        open_reader(io.BytesIO(content), "x.cwa", len(content))
    assert error.value.reason_code == "unsupported_firmware"


@pytest.mark.parametrize("rate_code", [0x41, 0x45, 0])
def test_blocks_of_a_rate_that_no_device_runs_at_are_not_believed(cwa, read, rate_code):
    blocks, counts = cwa.packed_blocks(9)
    lying = bytearray(blocks[4])
    lying[24] = rate_code
    lying[26:28] = b"\0\0"
    blocks[4] = cwa.checked(lying)
    found = read(cwa.header() + b"".join(blocks), "x.cwa")
    np.testing.assert_array_equal(
        found.counts, np.delete(counts.reshape(9, 120, 3), 4, axis=0).reshape(-1, 3)
    )
    assert [(fault.cause, fault.block_count) for fault in found.faults] == [("bad_checksum", 1)]
