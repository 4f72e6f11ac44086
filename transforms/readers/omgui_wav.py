"""OMGUI .wav: acceleration that OMGUI resampled to an even rate, as four channels of 16 bits.

After the maker's omconvert README: channels 1 to 3 are the axes, full scale is the channel's ``Scale`` in g, the
fourth holds auxiliary data that "can typically be ignored". The samples are not the device's own: OMGUI interpolated
them, and filled gaps with zeros.
"""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.fault_log import FaultLog
from transforms.readers.sample_rows import RowClock, Rows
from transforms.readers.written_times import first_stamp_us
from transforms.recording import Chunk, Companion, DeviceHeader, Fault, Scan

WINDOW_FRAMES = 1 << 20
HEADER_BYTES = 1 << 16
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?")


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of a .wav file."""
    return head[:4] == b"RIFF" and head[8:12] == b"WAVE"


class WavReader:
    """Reads the frames window by window."""

    def __init__(
        self, stream: BinaryIO, file_name: str, size_bytes: int, parameters: ReadingParameters
    ) -> None:
        self.companions: list[Companion] = []
        self._stream = stream
        self._parameters = parameters
        self._log = FaultLog()
        stream.seek(0)
        chunks, self._data_start, promised = _chunks(stream.read(HEADER_BYTES))
        facts = _facts(chunks.get(b"LIST", b""))
        format_ = chunks.get(b"fmt ", b"")
        if len(format_) < 16 or self._data_start is None:
            raise InputError(
                f"{file_name}: a .wav file without format or data; export it again",
                reason_code="damaged_header",
            )
        _, self._channels, rate = struct.unpack_from("<HHI", format_, 0)
        (bits,) = struct.unpack_from("<H", format_, 14)
        scales = [_decimal(facts.get(f"Scale-{axis}")) for axis in (1, 2, 3)]
        start = _TIME.search(facts.get("Time") or facts.get("ICRD") or "")
        start_us = None if start is None else first_stamp_us(start[0], "iso")
        if bits != 16 or not 3 <= self._channels <= 16 or not 1 <= rate <= 10_000:
            raise InputError(
                f"{file_name}: a .wav file of {self._channels} channels of {bits} bits at {rate} Hz, wanted OMGUI's "
                "three axes of 16 bits; a sound is no recording",
                reason_code="unknown_format",
            )
        if start_us is None or not all(0.1 <= scale <= 100 for scale in scales):
            raise InputError(
                f"{file_name}: a .wav file without OMGUI's start time and scales; export it again",
                reason_code="damaged_header",
            )
        self._start_us = start_us
        self._frame_bytes = 2 * self._channels
        available = (size_bytes - self._data_start) // self._frame_bytes
        promised_frames = promised // self._frame_bytes if promised < 0xFFFF_FFF0 else available
        self._frames = min(available, promised_frames)
        if promised_frames > available:
            self._log.add(
                Fault(
                    cause="truncated",
                    detail=f"the header promises {promised_frames} samples, {available} are there",
                )
            )
        self.header = DeviceHeader(
            file_format="omgui_wav",
            device_model="AX3" if facts.get("Device", "CWA") == "CWA" else facts["Device"][:20],
            serial_number=facts.get("Id"),
            firmware=facts.get("Firmware"),
            sampling_rate_hz=float(rate),
            range_g=_decimal(facts.get("Config-A", "").rpartition(",")[2]) or scales[0],
            scale_g_per_count=(scales[0] / 32_768, scales[1] / 32_768, scales[2] / 32_768),
            offset_g=(0.0, 0.0, 0.0),
            promised_sample_count=promised_frames,
        )

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return self._log.listing()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order, the zeros among them that stand for gaps."""
        clock = RowClock(
            self._parameters, self._log, rate_hz=self.header.sampling_rate_hz, start_us=self._start_us
        )
        for start in range(0, self._frames, WINDOW_FRAMES):
            self._stream.seek((self._data_start or 0) + start * self._frame_bytes)
            count = min(WINDOW_FRAMES, self._frames - start)
            raw = self._stream.read(count * self._frame_bytes)
            frames = np.frombuffer(raw[: len(raw) // self._frame_bytes * self._frame_bytes], "<i2")
            axes = frames.reshape(-1, self._channels)[:, :3]
            rows = Rows(
                number=np.arange(start, start + len(axes)), stamp_us=None, counts=np.asfortranarray(axes)
            )
            yield from clock.chunks(rows)

    def scan(self) -> Scan:
        """Judge the file by its header."""
        length_us = round(self._frames / self.header.sampling_rate_hz * SECOND_US)
        return Scan(
            started_us=self._start_us,
            ended_us=self._start_us + length_us,
            sample_count=self._frames,
            gap_s=0.0,
            faults=tuple(self._log.listing()),
        )


def _chunks(head: bytes) -> tuple[dict[bytes, bytes], int | None, int]:
    """Return the RIFF chunks before the data, where the data begin, and how many bytes of them are promised."""
    chunks: dict[bytes, bytes] = {}
    position = 12
    while position + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, position)
        if name == b"data":
            return chunks, position + 8, length
        chunks.setdefault(name, head[position + 8 : position + 8 + length])
        position += 8 + length + length % 2
    return chunks, None, 0


def _facts(listing: bytes) -> dict[str, str]:
    """Return the lines ``key: value`` of all texts of the INFO list, and the creation date under ICRD."""
    facts: dict[str, str] = {}
    position = 4
    while position + 8 <= len(listing):
        name, length = struct.unpack_from("<4sI", listing, position)
        text = listing[position + 8 : position + 8 + length].rstrip(b"\0").decode("latin-1")
        if name == b"ICRD":
            facts["ICRD"] = text.strip()
        for line in text.splitlines():
            key, separator, value = line.partition(":")
            if separator:
                facts.setdefault(key.strip(), value.strip())
        position += 8 + length + length % 2
    return facts


def _decimal(text: str | None) -> float:
    try:
        return float((text or "").strip())
    except ValueError:
        return 0.0
