"""The original GENEA .bin (Medical Research Council, before GENEActiv): text header, pages of 2048 bytes.

A page holds 341 chunks of 6 bytes and two bytes of padding. A chunk is a checksum, a kind (upper half of the second
byte) and 36 bits: a sample of three axes of 12 bits (kind 0), the clock in whole seconds (kind 2) or the battery
(kind 4). Kinds, axes and calibration as told in GGIRread. That the first byte is a CRC-8 with polynomial 0x85 was found
from the file of GGIRread's tests, where it holds for every chunk; other readers do not check it.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.block_stream import BlockStream
from transforms.readers.civil_time import earliest_us
from transforms.readers.clock_marks import UNKNOWN, Marks
from transforms.readers.fault_log import FaultLog
from transforms.recording import Chunk, Companion, DeviceHeader, Fault, Scan

PAGE_BYTES = 2048
CHUNK_BYTES = 6
CHUNKS_PER_PAGE = 341
WINDOW_PAGES = 1024
COUNTS_PER_G = 340
GAIN_UNIT = 8192
RANGE_G = 6.0
SAMPLE, CLOCK, UNREADABLE = 0, 2, 255


def _crc_table() -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    for value in range(256):
        remainder = value
        for _ in range(8):
            remainder = ((remainder << 1) ^ 0x85) & 0xFF if remainder & 0x80 else (remainder << 1) & 0xFF
        table[value] = remainder
    return table


CRC = _crc_table()


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of a GENEA file."""
    return head.startswith(b"GENEA/")


class GeneaReader:
    """Reads the pages window by window; a sample whose checksum does not hold leaves a hole of one sample.

    A clock chunk tells the second in which the samples after it were taken; they are spread evenly up to the next.
    """

    def __init__(
        self, stream: BinaryIO, file_name: str, size_bytes: int, parameters: ReadingParameters
    ) -> None:
        self.companions: list[Companion] = []
        self._stream = stream
        self._size_bytes = size_bytes
        self._parameters = parameters
        self._log = FaultLog()
        stream.seek(0)
        head = stream.read(8192)
        end = head.find(b"\r\n\r\n")
        self._data_start = end + 4
        facts = dict(
            line.split(":", 1) for line in head[: max(end, 0)].decode("latin-1").splitlines() if ":" in line
        )
        rate = re.match(r"([\d.]+)Hz", facts.get("Sample-Rate", "").strip())
        gains, offsets = _triple(facts.get("Accel-Gains", "")), _triple(facts.get("Accel-Offsets", ""))
        rate_hz = float(rate[1]) if rate else 0.0
        if (
            end < 0
            or not 1 <= rate_hz <= 1000
            or gains is None
            or offsets is None
            or not all(4000 <= g <= 16_000 for g in gains)
        ):
            raise InputError(
                f"{file_name}: the GENEA header lacks its calibration or sampling rate; copy the file from the device "
                "again",
                reason_code="damaged_header",
            )
        scale = tuple(gain / GAIN_UNIT / COUNTS_PER_G for gain in gains)
        self.header = DeviceHeader(
            file_format="genea_bin",
            device_model="GENEA",
            serial_number=facts.get("Serial-Number", "").strip() or None,
            firmware=facts.get("Firmware-Version", "").strip() or None,
            sampling_rate_hz=rate_hz,
            range_g=RANGE_G,
            scale_g_per_count=(scale[0], scale[1], scale[2]),
            # g = (count + offset) * gain; the count of x and z is stored with the opposite sign
            offset_g=(offsets[0] * scale[0], offsets[1] * scale[1], offsets[2] * scale[2]),
        )
        if not any(_good(page).any() for page, _ in self._windows()):
            raise InputError(
                f"{file_name}: a GENEA file without a readable sample; copy it from the device again",
                reason_code="no_readable_block",
            )

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return self._log.listing()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order."""
        stream = BlockStream(
            self._parameters, self._log, earliest_us=earliest_us(self.header.file_format, self._parameters)
        )
        waiting = np.empty((0, CHUNK_BYTES), np.uint8)
        for window, is_last in self._windows():
            chunks = np.concatenate((waiting, window))
            kind = np.where(_good(chunks), chunks[:, 1] >> 4, UNREADABLE)
            clocks = np.flatnonzero(kind == CLOCK)
            # what follows the last clock waits for the next one, but for a file without clocks not for ever
            end = len(chunks) if is_last or not len(clocks) else int(clocks[-1])
            waiting = chunks[end:]
            marks, counts = self._blocks(chunks[:end], kind[:end])
            yield from stream.push(marks, counts, is_last=is_last)
        stream.note_undated()
        rest = (self._size_bytes - self._data_start) % PAGE_BYTES
        if rest:
            self._log.add(
                Fault(
                    cause="truncated",
                    started_us=stream.end_us,
                    detail=f"the file ends {rest} bytes into a page of {PAGE_BYTES}",
                )
            )

    def scan(self) -> Scan:
        """Judge the file by its first and last pages."""
        pages = max((self._size_bytes - self._data_start) // PAGE_BYTES, 1)
        marks = []
        for page in sorted({0, 1, max(pages - 2, 0), pages - 1}):
            self._stream.seek(self._data_start + page * PAGE_BYTES)
            chunks = _chunks(self._stream.read(PAGE_BYTES))
            kind = np.where(_good(chunks), chunks[:, 1] >> 4, UNREADABLE)
            marks.extend(_seconds(chunks[kind == CLOCK]).tolist())
        if not marks:
            raise InputError(
                "a GENEA file of which no probed page tells a time", reason_code="no_readable_block"
            )
        return Scan(
            started_us=marks[0] * SECOND_US,
            ended_us=(marks[-1] + 1) * SECOND_US,
            sample_count=round((marks[-1] + 1 - marks[0]) * self.header.sampling_rate_hz),
            gap_s=0.0,
        )

    def _windows(self) -> Iterator[tuple[NDArray[np.uint8], bool]]:
        """Yield the 6-byte chunks of some pages, and whether they are the last."""
        position = self._data_start
        is_last = False
        while not is_last:
            self._stream.seek(position)
            raw = self._stream.read(WINDOW_PAGES * PAGE_BYTES)
            position += len(raw)
            is_last = len(raw) < WINDOW_PAGES * PAGE_BYTES
            yield _chunks(raw), is_last

    def _blocks(self, chunks: NDArray[np.uint8], kind: NDArray[np.uint8]) -> tuple[Marks, NDArray[np.int16]]:
        """Return one block per clock chunk, and one more after each unreadable chunk between two samples."""
        if not len(chunks):
            return Marks.none(), np.empty((3, 0), np.int16)
        is_sample, is_clock, is_bad = kind == SAMPLE, kind == CLOCK, kind == UNREADABLE
        start = np.flatnonzero(is_clock | is_bad)
        if not len(start) or start[0] != 0:
            start = np.concatenate(([0], start))
        # an unreadable chunk takes the time of a sample, which it most often was
        slots_before = np.cumsum(is_sample | is_bad) - (is_sample | is_bad)
        latest = np.maximum.accumulate(np.where(is_clock, np.arange(len(chunks)), -1))[start]
        since = slots_before[start] + is_bad[start] - slots_before[np.maximum(latest, 0)]
        clock_s = _seconds(chunks[np.maximum(latest, 0)])
        elapsed_us = np.rint(since * (SECOND_US / self.header.sampling_rate_hz)).astype(np.int64)
        mark_us = np.where(latest >= 0, clock_s * SECOND_US + elapsed_us, UNKNOWN)
        count = np.add.reduceat(is_sample.astype(np.int64), start)
        kept = count > 0
        lost = np.diff(np.cumsum(is_bad[start])[kept], prepend=0)
        marks = Marks(
            mark_us=mark_us[kept],
            sample_count=count[kept],
            rate_hz=np.full(int(kept.sum()), self.header.sampling_rate_hz),
            is_joined=lost == 0,
            lost_block_count=lost.astype(np.int64),
        )
        return marks, _counts(chunks[is_sample])


def _chunks(raw: bytes) -> NDArray[np.uint8]:
    pages = np.frombuffer(raw, np.uint8, len(raw) // PAGE_BYTES * PAGE_BYTES).reshape(-1, PAGE_BYTES)
    whole = pages[:, : CHUNKS_PER_PAGE * CHUNK_BYTES].reshape(-1, CHUNK_BYTES)
    rest = np.frombuffer(raw, np.uint8)[len(pages) * PAGE_BYTES :]
    usable = min(len(rest) // CHUNK_BYTES, CHUNKS_PER_PAGE) * CHUNK_BYTES
    return np.concatenate((whole, rest[:usable].reshape(-1, CHUNK_BYTES)))


def _good(chunks: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Chunks whose checksum holds and that are of a known kind."""
    remainder = np.zeros(len(chunks), np.uint8)
    for place in range(1, CHUNK_BYTES):
        remainder = CRC[remainder ^ chunks[:, place]]
    # six zero bytes have a right checksum too, and are erased memory rather than a sample in free fall
    is_known = np.isin(chunks[:, 1] >> 4, (0, 2, 4)) & chunks.any(axis=1)
    return np.asarray((remainder == chunks[:, 0]) & is_known)


def _seconds(chunks: NDArray[np.uint8]) -> NDArray[np.int64]:
    octets = chunks.astype(np.int64)
    return (octets[:, 2] << 24) | (octets[:, 3] << 16) | (octets[:, 4] << 8) | octets[:, 5]


def _counts(chunks: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Samples as (3, samples); x and z are stored with the opposite sign."""
    octets = chunks.astype(np.uint16)
    counts = np.empty((3, len(chunks)), np.int16)
    np.right_shift(((octets[:, 1] << 12) | (octets[:, 2] << 4)).view(np.int16), 4, out=counts[0])
    np.right_shift(((octets[:, 3] << 8) | octets[:, 4]).view(np.int16), 4, out=counts[1])
    np.right_shift(((octets[:, 4] << 12) | (octets[:, 5] << 4)).view(np.int16), 4, out=counts[2])
    np.negative(counts[0], out=counts[0])
    np.negative(counts[2], out=counts[2])
    return counts


def _triple(text: str) -> tuple[int, int, int] | None:
    parts = text.split()
    if len(parts) != 3 or not all(re.fullmatch(r"[+-]?\d{1,6}", part) for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])
