"""Writes Axivity ``.cwa`` bytes (AX3 and AX6, packed and unpacked) from int16 counts.

Layout: Open Movement, AX3/AX6 data format: a header of 1024 bytes ``MD``, then data blocks of 512 bytes ``AX``. A
block's stamp holds whole seconds and a fraction, valid at sample ``timestampOffset`` of the block; for old readers
the fraction is taken out of the stored offset again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

HEADER_BYTES = 1024
BLOCK_BYTES = 512
_HARDWARE = {"AX3": 0x17, "AX6": 0x64}
_RATE_CODES = {12.5: 7, 25.0: 8, 50.0: 9, 100.0: 10, 200.0: 11}
_RANGE_CODES = {16: 0x00, 8: 0x40, 4: 0x80, 2: 0xC0}
_DATA_WORDS = 240

_BLOCK = np.dtype(
    [
        ("header", "<u2"),
        ("length", "<u2"),
        ("fraction", "<u2"),
        ("session", "<u4"),
        ("sequence", "<u4"),
        ("timestamp", "<u4"),
        ("light", "<u2"),
        ("temperature", "<u2"),
        ("events", "u1"),
        ("battery", "u1"),
        ("rate", "u1"),
        ("axes", "u1"),
        ("offset", "<i2"),
        ("samples", "<u2"),
        ("data", "<u2", (_DATA_WORDS,)),
        ("checksum", "<u2"),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CwaDevice:
    """How the device is set. Packed blocks hold 120 samples of 10 bits and a shared exponent, others 80 of 16 bits."""

    hardware: Literal["AX3", "AX6"]
    is_packed: bool
    device_number: int
    session_number: int
    rate_hz: float
    range_g: int
    annotation: str

    @property
    def counts_per_g(self) -> float:
        """Scale of the stored counts: 256 per g on an AX3, the full 16 bits of the range on an AX6."""
        return 256.0 if self.hardware == "AX3" else 32768.0 / self.range_g

    @property
    def samples_per_block(self) -> int:
        """Samples in one data block."""
        return 120 if self.is_packed else 80


def _stamp(local: datetime) -> int:
    date = (local.year - 2000) << 26 | local.month << 22 | local.day << 17
    return date | local.hour << 12 | local.minute << 6 | local.second


def _stamps(local_s: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Pack naive local seconds since 1970 into the device's calendar words."""
    at = local_s.astype("datetime64[s]")
    month, day = at.astype("datetime64[M]"), at.astype("datetime64[D]")
    of_year = month.astype(np.int64)
    of_day = local_s - day.astype("datetime64[s]").astype(np.int64)
    word = (of_year // 12 + 1970 - 2000) << 26 | (of_year % 12 + 1) << 22
    word |= ((day - month).astype(np.int64) + 1) << 17
    word |= (of_day // 3600) << 12 | (of_day // 60 % 60) << 6 | of_day % 60
    return word.astype(np.uint32)


def header(device: CwaDevice, started_local: datetime, ended_local: datetime) -> bytes:
    """Return the header block; times are naive local, as the device has no zone."""
    block = bytearray(b"\xff" * HEADER_BYTES)
    block[0:4] = b"MD\xfc\x03"
    block[4] = _HARDWARE[device.hardware]
    block[5:7] = (device.device_number & 0xFFFF).to_bytes(2, "little")
    block[7:11] = device.session_number.to_bytes(4, "little")
    block[11:13] = b"\xff\xff"
    block[13:17] = _stamp(started_local).to_bytes(4, "little")
    block[17:21] = _stamp(ended_local).to_bytes(4, "little")
    block[21:25] = bytes(4)
    block[26] = 0
    block[36] = _RATE_CODES[device.rate_hz] | _RANGE_CODES[device.range_g]
    block[37:41] = _stamp(started_local).to_bytes(4, "little")
    block[41] = 44
    block[64:512] = device.annotation.encode("ascii").ljust(448, b" ")
    return bytes(block)


def _packed(counts: NDArray[np.int16]) -> NDArray[np.uint16]:
    """Ten bits an axis and a shared exponent of two bits; what does not fit loses its lowest bits."""
    # The bits that each axis needs besides its sign; together they tell the sample's exponent.
    used = np.bitwise_or.reduce([axis ^ (axis >> 15) for axis in counts.T])
    exponent = (used > 511).astype(np.int32) + (used > 1023) + (used > 2047)
    x, y, z = ((axis.astype(np.int32) >> exponent) & 0x3FF for axis in counts.T)
    words = x | y << 10 | z << 20 | exponent << 30
    return np.asarray(words.astype(np.uint32).view(np.uint16))


def data_blocks(
    device: CwaDevice,
    counts: NDArray[np.int16],
    first_stamp_s: NDArray[np.float64],
    temperature_c: NDArray[np.float64],
    light_lux: NDArray[np.float64],
    battery_v: float,
    first_sequence: int,
) -> bytes:
    """Return whole data blocks.

    ``counts`` has shape (blocks x samples per block, 3). ``first_stamp_s`` is the device's naive local clock at each
    block's first sample [s since 1970]; ``temperature_c`` and ``light_lux`` have one value per block.
    """
    size = device.samples_per_block
    block_count = counts.shape[0] // size
    if counts.shape[0] != block_count * size:
        raise ValueError(f"{counts.shape[0]} samples are not whole blocks of {size}")
    blocks = np.zeros(block_count, dtype=_BLOCK)
    # Stamped as the last sample comes in, as the device does.
    at_s = first_stamp_s + size / device.rate_hz
    whole_s = np.floor(at_s).astype(np.int64)
    fraction = np.minimum(np.rint((at_s - whole_s) * 32768.0), 32767).astype(np.int64)
    blocks["header"] = 0x5841
    blocks["length"] = BLOCK_BYTES - 4
    blocks["fraction"] = 0x8000 | fraction
    blocks["session"] = device.session_number
    blocks["sequence"] = first_sequence + np.arange(block_count)
    blocks["timestamp"] = _stamps(whole_s)
    scale = 0 if device.hardware == "AX3" else round(np.log2(device.counts_per_g)) - 8
    light = np.clip(np.rint(np.log10(np.maximum(light_lux, 1.0)) * 1024.0 / 6.0), 0, 1023)
    blocks["light"] = scale << 13 | light.astype(np.uint16)
    blocks["temperature"] = np.clip(np.rint((temperature_c + 50.0) * 256.0 / 75.0), 0, 1023)
    blocks["battery"] = np.clip(round(battery_v * 1000.0 * 1024.0 / 6000.0) - 512, 0, 255)
    blocks["rate"] = _RATE_CODES[device.rate_hz] | _RANGE_CODES[device.range_g]
    blocks["axes"] = 0x30 if device.is_packed else 0x32
    blocks["offset"] = size - ((fraction << 1) * int(device.rate_hz) >> 16)
    blocks["samples"] = size
    words = _packed(counts) if device.is_packed else np.ascontiguousarray(counts).view(np.uint16)
    blocks["data"] = words.reshape(block_count, _DATA_WORDS)
    sums = blocks.view(np.uint16).reshape(block_count, BLOCK_BYTES // 2).sum(axis=1, dtype=np.uint32)
    blocks["checksum"] = (-sums.astype(np.int64)) & 0xFFFF
    return blocks.tobytes()
