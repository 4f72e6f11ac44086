"""Axivity .cwa: the bytes of the header and of the 512-byte data blocks.

Layout after the maker's technical documentation (openmovement, Docs/ax3/ax3-technical.md and
ax3-auxiliary.md).
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.readers.civil_time import civil_us
from transforms.readers.clock_marks import UNKNOWN
from transforms.recording import DeviceHeader

HEADER_BYTES = 1024
BLOCK_BYTES = 512
DATA_WORDS = slice(15, 255)  # 16-bit words of a block that hold samples
BLOCK_MAGIC = b"AX\xfc\x01"  # "AX" and the length of the rest, 508

BLOCK = np.dtype(
    [
        ("magic", "S2"),
        ("length", "<u2"),
        ("device_fraction", "<u2"),
        ("session_id", "<u4"),
        ("sequence_id", "<u4"),
        ("clock", "<u4"),
        ("light", "<u2"),
        ("temperature", "<u2"),
        ("events", "u1"),
        ("battery", "u1"),
        ("rate_code", "u1"),
        ("axes_and_bytes", "u1"),
        ("clock_sample", "<i2"),
        ("sample_count", "<u2"),
        ("data", "V480"),
        ("checksum", "<u2"),
    ]
)

PACKED = 0x30  # three axes of 10 bits and a common exponent in 32 bits
UNPACKED = 0x32  # three axes of 16 bits
WITH_GYRO = 0x62  # gyroscope and accelerometer, 16 bits
WITH_GYRO_AND_MAGNETOMETER = 0x92
SAMPLES_PER_BLOCK = {PACKED: 120, UNPACKED: 80, WITH_GYRO: 40, WITH_GYRO_AND_MAGNETOMETER: 26}

LOWEST_RATE_CODE = 6
AX6_HARDWARE = 0x64
NEVER = (0, 0xFFFFFFFF)


@dataclass(frozen=True, kw_only=True)
class BlockFormat:
    """How the samples of a block are written; the same for all blocks of a recording."""

    axes_and_bytes: int
    scale_g_per_count: float
    gyro_scale_deg_per_s_per_count: float | None

    @property
    def samples_per_block(self) -> int:
        """Samples that a full block holds."""
        return SAMPLES_PER_BLOCK[self.axes_and_bytes]


def sampling_rate_hz(blocks: NDArray[np.void]) -> NDArray[np.float64]:
    """Nominal sampling rate of each block; 0 where it states one that no device runs at.

    The codes from 6 (6.25 Hz) on are in use.
    """
    code = blocks["rate_code"].astype(np.int64) & 15
    return np.where(code >= LOWEST_RATE_CODE, 3200.0 / (1 << (15 - code)), 0.0)


def clock_us(packed: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Whole seconds of the device's clock as microseconds since 1970; UNKNOWN where the bits are no date.

    The bits are YYYYYYMM MMDDDDDh hhhhmmmm mmssssss, years from 2000.
    """
    bits = packed.astype(np.int64)
    return civil_us(
        2000 + (bits >> 26),
        (bits >> 22) & 15,
        (bits >> 17) & 31,
        (bits >> 12) & 31,
        (bits >> 6) & 63,
        bits & 63,
    )


def start_us(blocks: NDArray[np.void], rate_hz: NDArray[np.float64]) -> NDArray[np.int64]:
    """Time of the first sample of each block by the device's clock [us], UNKNOWN where it tells none.

    The clock is read at sample ``clock_sample``, which may lie before or behind the block. Blocks that carry a
    fraction of a second have had ``clock_sample`` moved by the whole samples of that fraction for the sake of
    older software; that is taken back before the fraction is added. Without taking it back the starts of
    real recordings scatter by 290 ms, without the fraction by 3 ms, with both by 1 ms.
    """
    whole_us = clock_us(blocks["clock"])
    fraction = blocks["device_fraction"].astype(np.int64)
    has_fraction = (fraction & 0x8000) != 0
    fraction_65536 = np.where(has_fraction, (fraction & 0x7FFF) << 1, 0)
    mark_sample = blocks["clock_sample"].astype(np.int64)
    mark_sample += (fraction_65536 * rate_hz.astype(np.int64)) >> 16
    since_us = fraction_65536 * (SECOND_US / 65_536) - mark_sample * (SECOND_US / rate_hz)
    return np.where(whole_us == UNKNOWN, UNKNOWN, whole_us + np.rint(since_us).astype(np.int64))


def temperature_c(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Temperature of the device; the maker's conversion for its MCP9700 sensor, NaN where none was read.

    actipy uses (150 raw - 20500) / 1000 of an older sensor, which gives 18 °C where this gives 26 °C on a wrist.
    """
    raw = (blocks["temperature"] & 0x3FF).astype(np.float32)
    return np.where(raw == 0, np.float32(np.nan), raw * np.float32(75 / 256) - np.float32(50))


def light_lux(blocks: NDArray[np.void], *, is_ax6: bool) -> NDArray[np.float32]:
    """Light through the case, a relative measure; NaN where none was read.

    The APDS-9007 gives 10 uA per decade of lux, which the AX3 reads as 341.3 units and the AX6 as a tenth of it.
    The closed formula in the maker's text, 10^((raw + 512) 6 / 1024), contradicts that statement two lines
    above it and gives 45,000 lux indoors; the sensor's data sheet decides.
    """
    raw = (blocks["light"] & 0x3FF).astype(np.float32)
    per_decade = np.float32(34.13 if is_ax6 else 341.3)
    return np.where(raw == 0, np.float32(np.nan), np.float32(10) ** (raw / per_decade))


def block_format(block: np.void, header_gyro_code: int) -> BlockFormat | None:
    """Return how the samples of a block are written, None where no known device writes so."""
    axes_and_bytes = int(block["axes_and_bytes"])
    if (
        axes_and_bytes not in SAMPLES_PER_BLOCK
        or int(block["sample_count"]) > SAMPLES_PER_BLOCK[axes_and_bytes]
        or not sampling_rate_hz(block.reshape(1))[0]
    ):
        return None
    scales = int(block["light"])
    gyro_scale = None
    if axes_and_bytes in {WITH_GYRO, WITH_GYRO_AND_MAGNETOMETER}:
        gyro_code = (scales >> 10) & 7 or header_gyro_code
        gyro_scale = 8000 / (1 << gyro_code) / 32_768
    # the three top bits tell the scale of 16-bit samples; packed samples are always 1/256 g
    accelerometer_code = 0 if axes_and_bytes == PACKED else scales >> 13
    return BlockFormat(
        axes_and_bytes=axes_and_bytes,
        scale_g_per_count=1 / (1 << (8 + accelerometer_code)),
        gyro_scale_deg_per_s_per_count=gyro_scale,
    )


def device_header(raw: bytes, block: np.void, found: BlockFormat) -> DeviceHeader:
    """Header facts; rate, range and scale come from the first good block, which is what was recorded."""
    is_intact = raw[:2] == b"MD"
    hardware, device_low, _session = struct.unpack_from("<BHI", raw, 4)
    device_high, _start, end = struct.unpack_from("<HII", raw, 11)
    serial = device_low + (0 if device_high == 0xFFFF else device_high << 16)
    set_us = int(clock_us(np.frombuffer(raw[37:41], "<u4"))[0])
    (zone_min,) = struct.unpack_from("<h", raw, 42)
    rate_code = int(block["rate_code"])
    end_us = int(clock_us(np.array([end], np.uint32))[0])
    is_ax6 = (is_intact and hardware == AX6_HARDWARE) or found.gyro_scale_deg_per_s_per_count is not None
    if not is_intact:
        fraction = int(block["device_fraction"])
        serial = 0 if fraction & 0x8000 else fraction
    gyro = found.gyro_scale_deg_per_s_per_count
    return DeviceHeader(
        file_format="axivity_cwa",
        device_model="AX6" if is_ax6 else "AX3",
        serial_number=str(serial) if serial else None,
        firmware=str(raw[41]) if is_intact else None,
        sampling_rate_hz=float(sampling_rate_hz(block.reshape(1))[0]),
        range_g=float(16 >> (rate_code >> 6)),
        scale_g_per_count=(found.scale_g_per_count,) * 3,
        offset_g=(0.0, 0.0, 0.0),
        gyro_scale_deg_per_s_per_count=None if gyro is None else (gyro,) * 3,
        configured_time_zone=_zone_text(zone_min)
        if is_intact and -840 <= zone_min <= 840 and zone_min != -1
        else None,
        # the time of the last change of the settings, which is when the software sets the clock
        clock_set_us=set_us if is_intact and set_us != UNKNOWN else None,
        promised_end_us=end_us if is_intact and end not in NEVER and end_us != UNKNOWN else None,
    )


def _zone_text(offset_min: int) -> str | None:
    if offset_min == 0:
        return None  # never set by any firmware: zero says nothing
    return f"{'-' if offset_min < 0 else '+'}{abs(offset_min) // 60:02d}:{abs(offset_min) % 60:02d}"


def header_gyro_code(raw: bytes) -> int:
    """Range code of the gyroscope as the header has it; 2000 deg/s where it says nothing."""
    return raw[35] & 15 if raw[:2] == b"MD" and raw[35] not in {0, 0xFF} else 2


def is_good(
    words: NDArray[np.uint16], blocks: NDArray[np.void], found: BlockFormat | None
) -> NDArray[np.bool_]:
    """Blocks whose checksum holds and whose content is of the expected kind.

    ``words`` is the same memory as 16-bit words, shape (blocks, 256): their sum is zero in a good block.
    """
    good = np.asarray(words.sum(axis=1, dtype=np.uint16) == 0)
    good &= (blocks["magic"] == b"AX") & (blocks["length"] == 508)
    if found is not None:
        good &= blocks["axes_and_bytes"] == found.axes_and_bytes
        good &= blocks["sample_count"] <= found.samples_per_block
        good &= sampling_rate_hz(blocks) > 0
        if found.axes_and_bytes != PACKED:
            good &= (blocks["light"] >> 13) == round(-np.log2(found.scale_g_per_count)) - 8
    return good


def unpack(
    words: NDArray[np.uint16], found: BlockFormat
) -> tuple[NDArray[np.int16], NDArray[np.int16] | None]:
    """Samples of full blocks as (axes, blocks, samples per block) int16: accelerometer, gyroscope or None."""
    data = np.ascontiguousarray(words[:, DATA_WORDS])
    count, width = len(data), found.samples_per_block
    if found.axes_and_bytes == PACKED:
        return _unpack_packed(data.view(np.uint32)), None
    axes = found.axes_and_bytes >> 4
    samples = data.view(np.int16)[:, : axes * width].reshape(count, width, axes)
    first = 0 if axes == 3 else 3
    acceleration = np.empty((3, count, width), np.int16)
    for axis in range(3):
        acceleration[axis] = samples[:, :, first + axis]
    if axes == 3:
        return acceleration, None
    gyroscope = np.empty((3, count, width), np.int16)
    for axis in range(3):
        gyroscope[axis] = samples[:, :, axis]
    return acceleration, gyroscope


def _unpack_packed(words: NDArray[np.uint32]) -> NDArray[np.int16]:
    counts = np.empty((3, *words.shape), np.int16)
    for start in range(0, len(words), 1024):  # pieces that stay in the processor's cache
        part = words[start : start + 1024]
        low = part.astype(np.uint16)
        high = (part >> np.uint32(16)).astype(np.uint16).view(np.int16)
        factor = np.int16(1) << ((high >> np.int16(14)) & np.int16(3))
        xyz = counts[:, start : start + 1024]
        # the ten bits are moved to the top of a half word, and back with their sign
        np.left_shift(low.view(np.int16), 6, out=xyz[0])
        np.left_shift(high, 12, out=xyz[1])
        xyz[1] |= (low >> np.uint16(4)).view(np.int16)
        np.left_shift(high, 2, out=xyz[2])
        xyz >>= np.int16(6)
        xyz *= factor
    return counts


def is_of_first_firmware(block: np.void) -> bool:
    """Tell whether an intact block states its rate where later ones have the marked sample, and no rate code."""
    return int(block["rate_code"]) == 0 and int(block["clock_sample"]) > 0 and int(block["sample_count"]) > 0


def of_first_firmware(file_name: str) -> InputError:
    """Return the error for a file whose clock marks are whole seconds at no certain sample."""
    return InputError(
        f"{file_name}: written by one of the first AX3 firmwares, whose clock marks are whole seconds at no certain "
        "sample; sample times would be wrong by up to a second, so the file is not read",
        reason_code="unsupported_firmware",
    )


def no_good_block(file_name: str, size_bytes: int, bad: int) -> InputError:
    """Return the error for a file that looks like Axivity's and holds no block that can be read."""
    return InputError(
        f"{file_name}: an Axivity file of {size_bytes} bytes without a readable data block ({bad} blocks with a "
        "wrong checksum or unknown content); copy it from the device again",
        reason_code="no_readable_block",
    )
