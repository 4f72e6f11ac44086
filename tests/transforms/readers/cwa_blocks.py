"""A writer of Axivity blocks for tests, made from the maker's description and not from our reader."""

import struct
from datetime import datetime, timedelta

import numpy as np

START = datetime.fromisoformat("2024-03-04T09:00:00")
RATE_CODES = {25: 8, 50: 9, 100: 10, 200: 11}
RANGE_BITS = {16: 0x00, 8: 0x40, 4: 0x80, 2: 0xC0}


def clock_bits(moment: datetime) -> int:
    day = ((moment.year - 2000) << 26) | (moment.month << 22) | (moment.day << 17)
    return day | (moment.hour << 12) | (moment.minute << 6) | moment.second


def header(
    *, rate_hz=100, range_g=8, device=12345, hardware=0x17, gyro_code=0, end=None, annotation=b""
) -> bytes:
    raw = bytearray(b"\0" * 1024)
    raw[0:4] = b"MD\xfc\x03"
    raw[4] = hardware
    struct.pack_into("<HI", raw, 5, device & 0xFFFF, 77)
    struct.pack_into("<H", raw, 11, device >> 16 or 0xFFFF)
    struct.pack_into("<II", raw, 13, 0, 0xFFFFFFFF if end is None else clock_bits(end))
    raw[35] = gyro_code or 0xFF
    raw[36] = RATE_CODES[rate_hz] | RANGE_BITS[range_g]
    raw[41] = 44
    struct.pack_into("<h", raw, 42, -1)
    raw[64:512] = annotation.ljust(448)
    return bytes(raw)


def packed_word(x: int, y: int, z: int, exponent: int) -> int:
    def bits(value: int) -> int:
        mantissa = value >> exponent
        assert mantissa << exponent == value and -512 <= mantissa < 512, (value, exponent)
        return mantissa & 0x3FF

    return bits(x) | bits(y) << 10 | bits(z) << 20 | exponent << 30


def packed_data(samples, exponents) -> bytes:
    words = [
        packed_word(int(x), int(y), int(z), int(e)) for (x, y, z), e in zip(samples, exponents, strict=True)
    ]
    return struct.pack(f"<{len(words)}I", *words)


def block(
    data: bytes,
    *,
    count: int,
    number: int,
    at: datetime,
    rate_hz=100,
    range_g=8,
    axes=0x30,
    session=77,
    mark_sample=0,
    has_fraction=True,
    light=200,
    temperature=260,
) -> bytes:
    """Write one block whose first sample was taken at ``at``; the clock is read at ``mark_sample``."""
    moment = at + timedelta(seconds=mark_sample / rate_hz)
    whole = moment.replace(microsecond=0)
    if has_fraction:
        fraction = moment.microsecond * 32768 // 1_000_000
        device_fraction = 0x8000 | fraction
        # the firmware moves the sample back by the whole samples in the fraction, for older software
        offset = mark_sample - ((fraction * 2 * rate_hz) >> 16)
    else:
        device_fraction = 0x1234
        offset = mark_sample - round(moment.microsecond * rate_hz / 1_000_000)
    raw = bytearray(512)
    struct.pack_into(
        "<2sHHIIIHHBBBBhH", raw, 0, b"AX", 508, device_fraction, session, number, clock_bits(whole), light,
        temperature, 0, 180, RATE_CODES[rate_hz] | RANGE_BITS[range_g], axes, offset, count,
    )  # fmt: skip
    raw[30 : 30 + len(data)] = data
    return checked(raw)


def checked(raw: bytes | bytearray) -> bytes:
    """Return the block with a checksum that makes the sum of its 16-bit words zero."""
    raw = bytearray(raw)
    raw[510:512] = b"\0\0"
    total = sum(struct.unpack("<256H", raw)) & 0xFFFF
    struct.pack_into("<H", raw, 510, -total & 0xFFFF)
    return bytes(raw)


def packed_blocks(
    block_count: int,
    *,
    rate_hz=100,
    true_rate_hz=None,
    start=START,
    first_number=0,
    seed=1,
    has_fraction=True,
) -> tuple[list[bytes], np.ndarray]:
    """Write packed blocks without a gap; return them and their samples as counts (samples, 3)."""
    rng = np.random.default_rng(seed)
    exponents = rng.integers(0, 4, (block_count, 120))
    counts = rng.integers(-512, 512, (block_count, 120, 3)) << exponents[..., None]
    # most samples are as long as gravity, so that the file is believed to be in g
    direction = rng.normal(0, 1, (block_count, 120, 3))
    gravity = direction * (256 / np.linalg.norm(direction, axis=2, keepdims=True))
    rounded = np.rint(gravity / (1 << exponents[..., None])).astype(np.int64) << exponents[..., None]
    counts = np.where(rng.random((block_count, 120, 1)) < 0.9, rounded, counts)
    blocks = [
        block(
            packed_data(counts[index], exponents[index]),
            count=120,
            number=first_number + index,
            at=start + timedelta(seconds=index * 120 / (true_rate_hz or rate_hz)),
            rate_hz=rate_hz,
            has_fraction=has_fraction,
            mark_sample=(index * 37) % 120,
        )
        for index in range(block_count)
    ]
    return blocks, counts.reshape(-1, 3)


def still_blocks(
    block_count: int, *, norm_counts=256, rate_hz=100, start=START, first_number=0
) -> list[bytes]:
    """Write packed blocks of a sensor at rest that shows ``norm_counts`` / 256 g on its third axis."""
    exponent = 0 if norm_counts < 512 else 1
    samples = [(0, 0, norm_counts)] * 120
    data = packed_data(samples, [exponent] * 120)
    return [
        block(
            data,
            count=120,
            number=first_number + index,
            at=start + timedelta(seconds=index * 120 / rate_hz),
            rate_hz=rate_hz,
        )
        for index in range(block_count)
    ]


def held_samples(content: bytes) -> set[tuple[int, ...]]:
    """Decode, slowly, every block of any place whose checksum holds: what a file can be said to hold."""
    found: set[tuple[int, ...]] = set()
    start = content.find(b"AX\xfc\x01")
    while start >= 0:
        raw = content[start : start + 512]
        if len(raw) == 512 and sum(struct.unpack("<256H", raw)) % 65536 == 0:
            axes, count = raw[25], struct.unpack_from("<H", raw, 28)[0]
            if axes == 0x30:
                for (word,) in struct.iter_unpack("<I", raw[30 : 30 + 4 * min(count, 120)]):
                    parts = [word >> shift & 0x3FF for shift in (0, 10, 20)]
                    found.add(tuple((part - 1024 if part > 511 else part) << (word >> 30) for part in parts))
            elif axes == 0x62:
                found.update(
                    values[3:] for values in struct.iter_unpack("<6h", raw[30 : 30 + 12 * min(count, 40)])
                )
        start = content.find(b"AX\xfc\x01", start + 1)
    return found
