"""A writer of ActiGraph records and archives for tests, made from the maker's text and not from our reader."""

import io
import math
import struct
import zipfile

import numpy as np

START_S = 1_709_542_800  # 2024-03-04 09:00:00 of the device's clock


def record(kind: int, at_s: int, payload: bytes) -> bytes:
    raw = struct.pack("<BBIH", 0x1E, kind, at_s, len(payload)) + payload
    checksum = 0
    for octet in raw:
        checksum ^= octet
    return raw + bytes([~checksum & 0xFF])


def activity(at_s: int, counts: np.ndarray) -> bytes:
    """Write one second packed to 12 bits, y before x before z."""
    digits = "".join(f"{int(value) & 0xFFF:03X}" for x, y, z in counts for value in (y, x, z))
    return record(0, at_s, bytes.fromhex(digits + "0" * (len(digits) % 2)))


def activity2(at_s: int, counts: np.ndarray) -> bytes:
    return record(26, at_s, counts.astype("<i2").tobytes())


def parameters(*, counts_per_g: float, rate_hz: int) -> bytes:
    """Write the settings that some readers take from the log alone: scale (0, 55) and rate (1, 10)."""
    fraction, exponent = math.frexp(counts_per_g)
    scale = (exponent & 0xFF) << 24 | int(fraction * (1 << 23))
    return record(21, START_S, struct.pack("<HHIHHI", 0, 55, scale, 1, 10, rate_hz))


def time_of_day(at_s: int) -> bytes:
    """Write when the device was set up (1, 14)."""
    return record(21, at_s, struct.pack("<HHI", 1, 14, at_s))


def seconds(
    count: int, *, rate=30, start_s=START_S, seed=1, kind=activity2, is_worn=False
) -> tuple[list[bytes], np.ndarray]:
    """Write seconds of samples; return the records and the samples as counts (samples, 3)."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(-2048, 2048, (count, rate, 3))
    if is_worn:  # as long as gravity
        direction = rng.normal(0, 1, counts.shape)
        counts = np.rint(direction * (256 / np.linalg.norm(direction, axis=2, keepdims=True))).astype(
            np.int64
        )
    return [kind(start_s + index, counts[index]) for index in range(count)], counts.reshape(-1, 3)


def ticks(at_s: int) -> int:
    return at_s * 10_000_000 + 621_355_968_000_000_000


def info(*, rate="30", scale="256.0", serial="MOS2E39180594", start_s=START_S, last_s=None, **more) -> bytes:
    lines = [
        f"Serial Number: {serial}",
        "Device Type: wGT3XBT",
        "Firmware: 1.9.2",
        "Battery Voltage: 4,03",
        f"Sample Rate: {rate}",
        f"Start Date: {ticks(start_s)}",
        f"Last Sample Time: {0 if last_s is None else ticks(last_s)}",
        "TimeZone: 02:00:00",
        *([f"Acceleration Scale: {scale}"] if scale else []),
        "DateOfBirth: 624016617000000000",
        "Subject Name: Jane Doe",
        *(f"{key}: {value}" for key, value in more.items()),
    ]
    return "\r\n".join(lines).encode()


def archive(members: dict[str, bytes], *, compression=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return buffer.getvalue()


def gt3x(log: bytes, *, compression=zipfile.ZIP_DEFLATED, **facts) -> bytes:
    return archive({"log.bin": log, "info.txt": info(**facts)}, compression=compression)


def held_samples(log: bytes) -> set[tuple[int, ...]]:
    """Decode, slowly, every record of any place whose checksum holds: what a log can be said to hold."""
    found: set[tuple[int, ...]] = set()
    start = log.find(b"\x1e")
    while start >= 0:
        size = int.from_bytes(log[start + 6 : start + 8], "little")
        raw = log[start : start + size + 9]
        checksum = 0
        for octet in raw:
            checksum ^= octet
        if len(raw) == size + 9 and checksum == 0xFF and size > 1:
            payload = raw[8:-1]
            if raw[1] == 26:
                found.update(struct.iter_unpack("<3h", payload[: size // 6 * 6]))
            elif raw[1] == 0:
                digits = payload.hex()
                values = [int(digits[at : at + 3], 16) for at in range(0, size * 2 // 9 * 9, 3)]
                signed = [value - 4096 if value > 2047 else value for value in values]
                found.update((signed[at + 1], signed[at], signed[at + 2]) for at in range(0, len(signed), 3))
        start = log.find(b"\x1e", start + 1)
    return found
