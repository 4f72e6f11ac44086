"""Parmay Matrix, the original GENEA and Unisens folders, written here."""

import io
import struct
import zlib

import numpy as np
import pytest

from transforms.errors import InputError
from transforms.parameters.reading import LENIENT_READING
from transforms.readers import open_bundle, open_reader

START_S = 1_709_542_800


def packet(first_s: int, last_s: int, acceleration, *, gyroscope=(), temperature=(), heart=()) -> bytes:
    parts = [np.asarray(part, "<i2").reshape(-1) for part in (acceleration, gyroscope, temperature, heart)]
    counts = [len(parts[0]) // 3, len(parts[1]) // 3, len(parts[2]) // 2, len(parts[3]) // 2]
    body = struct.pack("<6I", first_s, last_s, *counts) + b"".join(part.tobytes() for part in parts)
    return b"MDTCPACK" + struct.pack("<I", zlib.crc32(body)) + body


def matrix(packets: list[bytes], *, promised: int | None = None, range_g=8) -> bytes:
    count = len(packets) if promised is None else promised
    return b"\0" * 512 + b"MDTC" + struct.pack("<IHH", count, range_g, 2000) + b"".join(packets)


def matrix_packets(count: int, *, samples=3000, seconds=30, gyro=False) -> tuple[list[bytes], np.ndarray]:
    counts = np.random.default_rng(1).integers(-32768, 32768, (count, samples, 3))
    packets = [
        packet(
            START_S + index * seconds,
            START_S + (index + 1) * seconds,
            counts[index],
            gyroscope=counts[index][:, ::-1] if gyro else (),
            temperature=[(281, 220)],
            heart=[(0, 74)],
        )
        for index in range(count)
    ]
    return packets, counts.reshape(-1, 3)


@pytest.mark.parametrize("gyro", [False, True])
def test_matrix(read, gyro):
    packets, counts = matrix_packets(5, gyro=gyro)
    found = read(matrix(packets), "x.bin")
    np.testing.assert_array_equal(found.counts, counts)
    assert found.header.scale_g_per_count[0] == 8 / 32768
    np.testing.assert_allclose(found.times_us, START_S * 1_000_000 + np.arange(15_000) * 10_000, atol=1)
    assert found.faults == []
    if gyro:
        np.testing.assert_array_equal(found.gyro_counts, counts[:, ::-1])
    temperature = [c.temperature_c for c in found.companions if c.temperature_c is not None]
    heart = [c.heart_rate_bpm for c in found.companions if c.heart_rate_bpm is not None]
    np.testing.assert_allclose(np.concatenate(temperature), 28.1)
    assert np.concatenate(heart).tolist() == [74] * 5


def test_a_slow_matrix_clock_ends_when_its_last_packet_says(read):
    packets, _ = matrix_packets(3, samples=3060)
    found = read(matrix(packets), "x.bin")
    assert found.header.sampling_rate_hz == 100.0
    assert found.times_us[-1] == pytest.approx((START_S + 90) * 1_000_000 - 30e6 / 3060, abs=2)


@pytest.mark.parametrize("which", [0, 2, 4])
def test_a_damaged_matrix_packet_costs_itself(read, which):
    packets, counts = matrix_packets(5)
    packets[which] = packets[which][:100] + b"\x77" + packets[which][101:]
    found = read(matrix(packets), "x.bin")
    np.testing.assert_array_equal(found.counts, counts[np.repeat(np.arange(5) != which, 3000)])
    assert [(fault.cause, fault.block_count) for fault in found.faults] == [("bad_checksum", 1)]


def test_a_matrix_packet_with_lying_counts(read):
    packets, counts = matrix_packets(5)
    packets[2] = packets[2][:20] + struct.pack("<I", 2**31) + packets[2][24:]
    found = read(matrix(packets), "x.bin")
    np.testing.assert_array_equal(found.counts, counts[np.repeat(np.arange(5) != 2, 3000)])


def test_a_cut_matrix_file(read):
    packets, counts = matrix_packets(5)
    found = read(matrix(packets)[:-5000], "x.bin")
    np.testing.assert_array_equal(found.counts, counts[:12_000])
    assert "bad_checksum" in found.causes()
    assert "truncated" in read(matrix(packets[:3], promised=5), "x.bin").causes()


def test_a_matrix_file_without_readable_packets():
    content = matrix([b"MDTCPACK" + b"\0" * 100])
    with pytest.raises(InputError) as error:
        open_reader(io.BytesIO(content), "x.bin", len(content))
    assert error.value.reason_code == "no_readable_block"


def genea_chunk(content: bytes) -> bytes:
    """Add the checksum: the remainder of division by x^8 + x^7 + x^2 + 1, bit by bit."""
    remainder = 0
    for octet in content:
        for bit in range(7, -1, -1):
            carry = (remainder >> 7) ^ (octet >> bit & 1)
            remainder = (remainder << 1 & 0xFF) ^ (0x85 if carry else 0)
    return bytes([remainder]) + content


def genea_sample(x: int, y: int, z: int) -> bytes:
    bits = (-x & 0xFFF) << 24 | (y & 0xFFF) << 12 | (-z & 0xFFF)
    return genea_chunk(bits.to_bytes(5, "big"))


def held_samples(content: bytes) -> set[tuple[int, ...]]:
    """Decode, slowly, every six bytes whose checksum holds: what a file can be said to hold."""
    found = set()
    for start in range(len(content) - 5):
        chunk = content[start : start + 6]
        if chunk[1] >> 4 == 0 and genea_chunk(chunk[1:]) == chunk:
            bits = int.from_bytes(chunk[1:], "big") & (1 << 36) - 1
            axes = [bits >> shift & 0xFFF for shift in (24, 12, 0)]
            x, y, z = (axis - 4096 if axis > 2047 else axis for axis in axes)
            found.add((-x, y, -z))
    return found


def genea(seconds: int, *, rate=80) -> tuple[bytes, np.ndarray, list[bytes]]:
    counts = np.random.default_rng(1).integers(-2047, 2048, (seconds * rate, 3))
    chunks = []
    for second in range(seconds):
        chunks.append(genea_chunk(b"\x20" + (START_S + second).to_bytes(4, "big")))
        chunks += [genea_sample(*map(int, row)) for row in counts[second * rate : (second + 1) * rate]]
    return genea_file(chunks), counts, chunks


def genea_file(chunks: list[bytes]) -> bytes:
    header = (
        b"GENEA/1.00\r\nSerial-Number:01275\r\nVolunteer-Number:03\r\nAccel-Offsets:1 -3 -13\r\n"
        b"Accel-Gains:8144 8132 8004\r\nSample-Rate:80Hz\r\n\r\n"
    )
    full = chunks + [b"\0" * 6] * (-len(chunks) % 341)
    pages = [b"".join(full[start : start + 341]) + b"\0\0" for start in range(0, len(full), 341)]
    return header + b"".join(pages)


def test_genea(read):
    content, counts, _ = genea(20)
    found = read(content, "x.bin")
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_allclose(found.times_us, START_S * 1_000_000 + np.arange(1600) * 12_500, atol=1)
    gains, offsets = np.array([8144, 8132, 8004]), np.array([1, -3, -13])
    np.testing.assert_allclose(found.in_g, (counts + offsets) * gains / 8192 / 340, atol=1e-12)
    assert [fault.cause for fault in found.faults] in ([], ["bad_checksum"])


def test_a_damaged_genea_sample_leaves_a_hole_of_one(read):
    _, counts, chunks = genea(20)
    chunks[500] = chunks[500][:3] + bytes([chunks[500][3] ^ 4]) + chunks[500][4:]
    found = read(genea_file(chunks), "x.bin")
    lost = 500 - 7  # seven clock chunks stand before it
    np.testing.assert_array_equal(found.counts, np.delete(counts, lost, axis=0))
    expected = START_S * 1_000_000 + np.delete(np.arange(1600), lost) * 12_500
    np.testing.assert_allclose(found.times_us, expected, atol=1)


def test_genea_without_calibration():
    content, _, _ = genea(3)
    content = content.replace(b"Accel-Gains:8144", b"Accel-Gains:xx44")
    with pytest.raises(InputError) as error:
        open_reader(io.BytesIO(content), "x.bin", len(content))
    assert error.value.reason_code == "damaged_header"


XML = """<?xml version="1.0" encoding="UTF-8"?>
<unisens xmlns="http://www.unisens.org/unisens2.0" timestampStart="2024-03-04T09:00:00.000" duration="10"
 measurementId="Jane Doe">
 <customAttributes><customAttribute key="sensorSerialNumber" value="2301"/>
 <customAttribute key="sensorType" value="LightMove4"/></customAttributes>
 <signalEntry id="acc.bin" dataType="int16" lsbValue="0.00048828125" sampleRate="64" unit="g">
  <binFileFormat endianess="LITTLE"/><channel name="x"/><channel name="y"/><channel name="z"/></signalEntry>
 <signalEntry id="temp.bin" dataType="int16" lsbValue="0.01" sampleRate="1" unit="C">
  <binFileFormat endianess="BIG"/><channel name="t"/></signalEntry>
</unisens>"""


def unisens(xml: str = XML, cut: int = 0):
    counts = np.random.default_rng(1).integers(-32768, 32768, (640, 3)).astype("<i2")
    raw = counts.tobytes()
    members = {
        "unisens.xml": xml.encode(),
        "acc.bin": raw[: len(raw) - cut],
        "temp.bin": np.array([2953, 2955], ">i2").tobytes(),
    }
    pieces = {
        name: (lambda content=content: iter([content[:101], content[101:]]))
        for name, content in members.items()
    }
    return pieces, counts


def test_unisens():
    pieces, counts = unisens()
    reader = open_bundle(pieces, "p1/left_ankle", LENIENT_READING)
    chunks = list(reader.chunks())
    np.testing.assert_allclose(np.concatenate([c.acceleration_g for c in chunks]), counts / 2048)
    times_us = np.concatenate([c.times_us for c in chunks])
    np.testing.assert_allclose(times_us, START_S * 1_000_000 + np.arange(640) * 15_625)
    assert (reader.header.device_model, reader.header.serial_number) == ("LightMove4", "2301")
    np.testing.assert_allclose(reader.companions[0].temperature_c, [29.53, 29.55], rtol=1e-6)
    assert "Jane" not in repr(reader.header)


def test_a_cut_unisens_signal():
    pieces, _ = unisens(cut=3)
    reader = open_bundle(pieces, "p1/left_ankle", LENIENT_READING)
    assert sum(len(c) for c in reader.chunks()) == 639
    assert [fault.cause for fault in reader.faults] == ["truncated"]


def test_a_unisens_start_with_an_offset_is_an_instant():
    pieces, _ = unisens(XML.replace("09:00:00.000", "09:00:00.000+05:30"))
    reader = open_bundle(pieces, "p1/left_ankle", LENIENT_READING)
    assert reader.header.clock == "utc"
    assert next(iter(reader.chunks())).times_us[0] == 1_709_523_000_000_000


@pytest.mark.parametrize(
    "xml",
    [
        XML.replace("timestampStart", "start"),
        XML.replace('unit="g"', 'unit="furlong"'),
        XML[:200],
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><unisens timestampStart="&b;"/>',
    ],
)
def test_a_unisens_description_that_cannot_be_used(xml):
    pieces, _ = unisens(xml)
    with pytest.raises(InputError) as error:
        open_bundle(pieces, "p1/left_ankle", LENIENT_READING)
    assert error.value.reason_code == "damaged_header"
