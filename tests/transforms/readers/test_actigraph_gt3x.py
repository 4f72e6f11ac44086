"""Archives written by the tests' own writer, and the worked examples of the maker's text."""

import io
import itertools
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.errors import InputError
from transforms.readers import actigraph_records, open_reader, zip_salvage

USB = b"\x5a"


@pytest.mark.parametrize("kind", ["activity", "activity2"])
@pytest.mark.parametrize("rate", [30, 100, 33])
def test_samples_come_out_as_they_went_in(gt3x, read, kind, rate):
    records, counts = gt3x.seconds(40, rate=rate, kind=getattr(gt3x, kind))
    found = read(gt3x.gt3x(b"".join(records), rate=f"{rate}"), "x.gt3x")
    np.testing.assert_array_equal(found.counts, counts)
    expected_us = gt3x.START_S * 1_000_000 + np.arange(40 * rate) * 1_000_000 / rate
    np.testing.assert_allclose(found.times_us, expected_us, atol=1, rtol=0)
    assert found.faults == []
    header = found.header
    assert (header.file_format, header.device_model, header.firmware) == (
        "actigraph_gt3x",
        "wGT3XBT",
        "1.9.2",
    )
    assert (header.sampling_rate_hz, header.scale_g_per_count[0]) == (rate, 1 / 256)
    assert header.configured_time_zone == "+02:00"
    assert "Jane" not in repr(header)


def test_the_makers_example_of_packed_samples():
    raw = bytes.fromhex("006008EBD007009EBF007008EBF0")
    counts = actigraph_records.activity_bin_counts(raw)
    # y, x, z in the text: (6, 8, -323), (7, 9, -321), (7, 8, -321)
    assert counts.T.tolist() == [[8, 6, -323], [9, 7, -321], [8, 7, -321]]


@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from([0, 3, 60, 61, 300])), min_size=1, max_size=8),
    st.lists(st.integers(0, 4000), max_size=3),
    st.lists(st.integers(0, 20_000), max_size=3),
)
def test_records_come_out_whatever_follows_whatever(gt3x, runs, flips, cuts):
    sizes = [size for count, size in runs for _ in range(count)]
    records = [
        gt3x.record(5, gt3x.START_S + index, bytes([index % 251]) * size) for index, size in enumerate(sizes)
    ]
    data = bytearray(b"".join(records))
    begins = np.cumsum([0, *map(len, records)])
    spoiled = {int(np.searchsorted(begins, at, "right")) - 1 for at in flips if at < len(data)}
    for index in spoiled:  # the last byte of a record is its checksum
        data[begins[index + 1] - 1] ^= 0xFF
    parser = actigraph_records.RecordParser()
    edges = [0, *sorted(at for at in cuts if at < len(data)), len(data)]
    found = []
    for start, end in itertools.pairwise(edges):
        part = parser.parse(bytes(data[start:end]), is_last=end == len(data))
        found += [(int(at), part.payload(index)) for index, at in enumerate(part.time_s)]
    whole = [index for index in range(len(records)) if index not in spoiled]
    assert found == [(gt3x.START_S + index, records[index][8:-1]) for index in whole]


@pytest.mark.parametrize(
    ("bits", "value"),
    [
        (0x09400000, 256.0),
        (0x0C400000, 2048.0),
        (0x05418937, 16.384),
        (0x03419581, 4.099),
        (0x05540000, 21.0),
        (0, 0.0),
    ],
)
def test_the_makers_examples_of_parameters(bits, value):
    assert actigraph_records.parameter_value(bits) == pytest.approx(value, rel=2e-4)


def test_the_scale_comes_from_the_parameters_record_first(gt3x, read):
    records, _ = gt3x.seconds(5)
    payload = struct.pack("<HHI", 0, 55, 0x0C400000) + struct.pack("<HHI", 1, 10, 30)
    log = gt3x.record(21, gt3x.START_S, payload) + b"".join(records)
    assert read(gt3x.gt3x(log), "x.gt3x").header.scale_g_per_count[0] == 1 / 2048
    # even where info.txt is lost
    assert read(gt3x.archive({"log.bin": log}), "x.gt3x").header.sampling_rate_hz == 30


@pytest.mark.parametrize(
    ("serial", "counts_per_g"), [("NEO1C15110103", 341), ("CLE2A212345", 341), ("TAS1H30", 256)]
)
def test_the_scale_of_the_family_where_nothing_tells_it(gt3x, read, serial, counts_per_g):
    records, _ = gt3x.seconds(5)
    found = read(gt3x.gt3x(b"".join(records), scale=None, serial=serial), "x.gt3x")
    assert found.header.scale_g_per_count[0] == 1 / counts_per_g


def test_idle_sleep_is_told_and_never_filled(gt3x, read):
    first, counts = gt3x.seconds(20)
    later, more = gt3x.seconds(20, start_s=gt3x.START_S + 300, seed=2)
    after_gap, rest = gt3x.seconds(20, start_s=gt3x.START_S + 400, seed=3)
    log = b"".join(
        [
            *first,
            gt3x.record(3, gt3x.START_S + 20, b"\x08"),
            gt3x.record(3, gt3x.START_S + 300, b"\x09"),
            *later,
            *after_gap,
        ]
    )
    found = read(gt3x.gt3x(log), "x.gt3x")
    np.testing.assert_array_equal(found.counts, np.concatenate((counts, more, rest)))
    assert found.segments == [(0, 600), (1, 600), (2, 600)]
    assert [(fault.cause, fault.ended_us - fault.started_us) for fault in found.faults] == [
        ("idle_sleep", 280_000_000),
        ("gap", 80_000_000),
    ]


def test_a_gap_after_the_first_second_moves_nothing(gt3x, read):
    first, _ = gt3x.seconds(1)
    later, _ = gt3x.seconds(20, start_s=gt3x.START_S + 300, seed=2)
    found = read(gt3x.gt3x(b"".join(first + later)), "x.gt3x")
    assert found.times_us[0] == gt3x.START_S * 1_000_000
    assert found.times_us[30] == (gt3x.START_S + 300) * 1_000_000
    assert found.causes() == ["gap"]


def test_sleep_that_never_ended(gt3x, read):
    records, counts = gt3x.seconds(20)
    log = b"".join(records) + gt3x.record(3, gt3x.START_S + 20, b"\x08")
    found = read(gt3x.gt3x(log, last_s=gt3x.START_S + 5000), "x.gt3x")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.faults == []


def test_usb_records_and_zeros_between_records_hold_no_samples(gt3x, read):
    records, counts = gt3x.seconds(20)
    log = (
        b"".join(records[:10]) + b"\0" * 77 + b"".join(records[10:]) + gt3x.record(26, gt3x.START_S + 20, USB)
    )
    found = read(gt3x.gt3x(log), "x.gt3x")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.faults == []


def flipped(raw: bytes, position: int) -> bytes:
    return raw[:position] + bytes([raw[position] ^ 0x41]) + raw[position + 1 :]


@pytest.mark.parametrize("position", [0, 1, 3, 6, 7, 8, 100, -1])
def test_a_damaged_record_costs_itself(gt3x, read, position):
    records, counts = gt3x.seconds(40)
    records[13] = flipped(records[13], position % len(records[13]))
    found = read(gt3x.gt3x(b"".join(records)), "x.gt3x")
    kept = np.repeat(np.arange(40) != 13, 30)
    np.testing.assert_array_equal(found.counts, counts[kept])
    (fault,) = found.faults
    assert (fault.cause, fault.block_count, fault.sample_count) == ("bad_checksum", 1, 30)


@pytest.mark.parametrize("which", [0, 39])
def test_a_damaged_record_at_either_end(gt3x, read, which):
    records, counts = gt3x.seconds(40)
    records[which] = flipped(records[which], 20)
    found = read(gt3x.gt3x(b"".join(records)), "x.gt3x")
    np.testing.assert_array_equal(found.counts, counts[np.repeat(np.arange(40) != which, 30)])
    assert [(fault.cause, fault.block_count) for fault in found.faults] == [("bad_checksum", 1)]


def test_a_repeated_second_moves_nothing_after_the_next_gap(gt3x, read):
    first, counts = gt3x.seconds(20)
    again, more = gt3x.seconds(10, start_s=gt3x.START_S + 19, seed=2)
    later, rest = gt3x.seconds(20, start_s=gt3x.START_S + 60, seed=3)
    found = read(gt3x.gt3x(b"".join(first + again + later)), "x.gt3x")
    np.testing.assert_array_equal(found.counts, np.concatenate((counts, more, rest)))
    assert np.diff(found.times_us).min() > 0
    assert found.times_us[900] == (gt3x.START_S + 60) * 1_000_000
    assert found.causes() == ["clock_backwards", "gap"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_half_downloaded_archive_gives_what_is_there(gt3x, read, compression):
    records, counts = gt3x.seconds(600)
    whole = gt3x.archive({"info.txt": gt3x.info(), "log.bin": b"".join(records)}, compression=compression)
    found = read(whole[: len(whole) * 6 // 10], "x.gt3x")
    assert 300 * 30 < len(found.counts) < 400 * 30
    np.testing.assert_array_equal(found.counts, counts[: len(found.counts)])
    assert "truncated" in found.causes()


def test_damage_inside_the_compressed_data(gt3x, read):
    records, counts = gt3x.seconds(600)
    whole = bytearray(gt3x.archive({"info.txt": gt3x.info(), "log.bin": b"".join(records)}))
    middle = len(whole) // 2
    whole[middle : middle + 40] = b"\xaa" * 40
    found = read(bytes(whole), "x.gt3x")
    given = set(map(tuple, counts.tolist()))
    assert len(found.counts) > 200 * 30
    assert all(tuple(sample) in given for sample in found.counts.tolist())
    assert found.causes()


def test_a_header_that_lies_about_the_rate(gt3x, read):
    records, counts = gt3x.seconds(20, rate=30)
    found = read(gt3x.gt3x(b"".join(records), rate="100"), "x.gt3x")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.header.sampling_rate_hz == 30
    assert found.causes() == ["header_disagrees"]


@pytest.mark.parametrize("facts", [{"rate": "0", "scale": "0"}, {"scale": "1e300", "serial": "XXX"}])
def test_without_rate_or_scale_there_are_no_g(gt3x, facts):
    content = gt3x.gt3x(b"", **facts)
    with pytest.raises(InputError, match=r"neither info\.txt nor the records") as error:
        open_reader(io.BytesIO(content), "x.gt3x", len(content))
    assert error.value.reason_code == "damaged_header"


def test_the_old_format(gt3x, read):
    rng = np.random.default_rng(5)
    counts = rng.integers(-2048, 2048, (1001, 3))
    digits = "".join(f"{int(value) & 0xFFF:03X}" for x, y, z in counts for value in (y, x, z))
    members = {
        "activity.bin": bytes.fromhex(digits + "0" * (len(digits) % 2)),
        "lux.bin": struct.pack("<5H", 0, 19, 65535, 2200, 1100),
        "info.txt": gt3x.info(serial="NEO1C15110103", scale=None),
    }
    found = read(gt3x.archive(members), "x.gt3x")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.header.scale_g_per_count[0] == 1 / 341
    expected_us = gt3x.START_S * 1_000_000 + np.arange(1001) * 1_000_000 / 30
    np.testing.assert_allclose(found.times_us, expected_us, atol=1, rtol=0)
    # the maker's example of light
    assert found.companion("light_lux").tolist() == [0, 0, 0, 2500, 1375]


def test_companion_signals(gt3x, read):
    records, _ = gt3x.seconds(3)
    at = gt3x.START_S
    log = b"".join(
        [
            *records,
            gt3x.record(5, at, struct.pack("<H", 317)),
            gt3x.record(4, at + 1, bytes([61])),
            gt3x.record(14, at + 2, bytes([0, 63])),
            gt3x.record(14, at + 3, bytes([1, 64, 0])),
        ]
    )
    found = read(gt3x.gt3x(log), "x.gt3x")
    light = [companion for companion in found.companions if companion.light_lux is not None]
    heart = [companion for companion in found.companions if companion.heart_rate_bpm is not None]
    assert [companion.light_lux.tolist() for companion in light] == [[317]]
    assert [value for companion in heart for value in companion.heart_rate_bpm.tolist()] == [61, 63, 64]


def test_names_that_point_elsewhere_are_only_names(gt3x, read, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    records, counts = gt3x.seconds(5)
    content = gt3x.archive({"../../info.txt": gt3x.info(), "..\\..\\log.bin": b"".join(records)})
    np.testing.assert_array_equal(read(content, "x.gt3x").counts, counts)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_made_to_fill_the_memory_is_refused(gt3x, read, monkeypatch):
    monkeypatch.setattr(zip_salvage, "ALWAYS_ALLOWED_BYTES", 1 << 20)
    content = gt3x.gt3x(b"".join(gt3x.seconds(5)[0]) + b"\0" * (64 << 20))
    with pytest.raises(InputError, match="grows more than 200 times") as error:
        read(content, "x.gt3x")
    assert error.value.reason_code == "implausible_archive"


def test_an_archive_of_several_recordings_is_not_read_in_part(gt3x):
    log = b"".join(gt3x.seconds(5)[0])
    content = gt3x.archive({"a/log.bin": log, "b/log.bin": log, "info.txt": gt3x.info()})
    with pytest.raises(InputError) as error:
        open_reader(io.BytesIO(content), "x.zip", len(content))
    assert error.value.reason_code == "several_recordings"


def test_an_archive_of_something_else(gt3x):
    content = gt3x.archive({"letter to Mrs Doe.docx": b"x", "a.txt": b"y"})
    with pytest.raises(InputError) as error:
        open_reader(io.BytesIO(content), "x.zip", len(content))
    assert error.value.reason_code == "unknown_format"
    assert "docx, txt" in str(error.value)
    assert "Doe" not in str(error.value)


def test_pieces_do_not_matter(gt3x, read, monkeypatch):
    records, counts = gt3x.seconds(60)
    records[20] = flipped(records[20], 6)
    content = gt3x.gt3x(b"".join(records))
    whole = read(content, "x.gt3x")
    for piece in (50, 189, 1000):
        monkeypatch.setattr(zip_salvage, "PIECE_BYTES", piece)
        found = read(content, "x.gt3x")
        np.testing.assert_array_equal(found.counts, whole.counts)
        np.testing.assert_array_equal(found.times_us, whole.times_us)
        assert found.segments == whole.segments
    assert len(whole.counts) == len(counts) - 30


def test_scan(gt3x):
    records, _ = gt3x.seconds(60)
    content = gt3x.gt3x(b"".join(records), last_s=gt3x.START_S + 60)
    scan = open_reader(io.BytesIO(content), "x.gt3x", len(content)).scan()
    assert (scan.started_us, scan.ended_us) == (gt3x.START_S * 1_000_000, (gt3x.START_S + 60) * 1_000_000)
    assert scan.sample_count == 1800


def test_readings_of_the_second_unit_are_told_and_cost_nothing(gt3x, read):
    records, counts = gt3x.seconds(9)
    unit = [gt3x.record(25, gt3x.START_S + second, b"\x01\x00" + bytes(60)) for second in range(9)]
    found = read(
        gt3x.gt3x(b"".join(part for pair in zip(records, unit, strict=True) for part in pair)), "x.gt3x"
    )
    np.testing.assert_array_equal(found.counts, counts)
    assert [(fault.cause, fault.block_count) for fault in found.faults] == [("signal_left_out", 0)]


@pytest.mark.parametrize(("is_docked", "is_cut"), [(True, False), (False, True)])
def test_a_closed_file_of_a_docked_device_is_not_truncated(gt3x, read, is_docked, is_cut):
    records, counts = gt3x.seconds(60)
    if is_docked:  # no samples any more, but the log goes on to its last second
        records += [gt3x.record(0, gt3x.START_S + 60 + index, b"\x00") for index in range(600)]
    found = read(gt3x.gt3x(b"".join(records), last_s=gt3x.START_S + 660), "x.gt3x")
    np.testing.assert_array_equal(found.counts, counts)
    assert ("truncated" in found.causes()) is is_cut
