"""Parmay Matrix .bin: packets of about two minutes with all the sensors of the device.

Layout as read from real files and told in GGIRread: 512 bytes of remarks, ``MDTC``, number of packets, ranges; then
packets of ``MDTCPACK``, CRC-32 of the rest, first and last second, numbers of acceleration, rotation, temperature and
heart rate readings, and these readings.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.block_order import BlockOrder
from transforms.readers.block_stream import BlockStream
from transforms.readers.civil_time import earliest_us
from transforms.readers.clock_marks import Marks
from transforms.readers.fault_log import FaultLog
from transforms.recording import Chunk, Companion, DeviceHeader, Fault, Scan

FILE_MAGIC, PACKET_MAGIC = b"MDTC", b"MDTCPACK"
HEADER_BYTES = 524
PACKET_HEADER_BYTES = 36
LARGEST_PACKET_BYTES = 16 << 20
SEARCH_BYTES = 1 << 20


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of a Matrix file."""
    return head[512:516] == FILE_MAGIC


class _Packet(NamedTuple):
    """The header of a packet and where its readings stand."""

    position: int
    crc32: int
    first_s: int
    last_s: int
    acceleration_count: int
    gyroscope_count: int
    temperature_count: int
    heart_count: int

    @property
    def readings_bytes(self) -> int:
        return 6 * (self.acceleration_count + self.gyroscope_count) + 4 * (
            self.temperature_count + self.heart_count
        )


class MatrixReader:
    """Reads packet by packet; one whose checksum does not hold is left out (GGIRread puts 0, 0, 1 g in its place).

    The readings of a packet are spread evenly up to the start of the next, as the maker does. GGIRread's row counts
    are those after its resampling to the nominal rate (394 s of 100 Hz are 39,400 rows), the file holds 40,312.
    Counts scale by range / 32768; GGIRread divides positive ones by 32767, which differs by less than one count.
    Rotation that was read as often as acceleration stands beside it, other rotation is a companion with its own times.
    """

    def __init__(
        self, stream: BinaryIO, file_name: str, size_bytes: int, parameters: ReadingParameters
    ) -> None:
        self.companions: list[Companion] = []
        self._stream = stream
        self._size_bytes = size_bytes
        self._parameters = parameters
        self._log = FaultLog()
        stream.seek(512)
        head = stream.read(12)
        if len(head) < 12 or head[:4] != FILE_MAGIC:
            raise InputError(f"{file_name}: a Matrix file without its header", reason_code="damaged_header")
        self._promised_packets, range_g, range_deg_per_s = struct.unpack_from("<IHH", head, 4)
        readable = [packet for packet in self._packets() if self._readings(packet) is not None]
        dated = [
            packet for packet in readable if packet.acceleration_count and packet.last_s > packet.first_s
        ]
        if not dated:
            raise InputError(
                f"{file_name}: a Matrix file of {size_bytes} bytes without a readable packet of acceleration; copy it "
                "from the device again",
                reason_code="no_readable_block",
            )
        if not 1 <= range_g <= 64:
            raise InputError(
                f"{file_name}: the Matrix header states a range of {range_g} g; copy the file from the device again",
                reason_code="damaged_header",
            )
        longest = max(dated, key=lambda packet: packet.last_s - packet.first_s)
        measured_hz = longest.acceleration_count / (longest.last_s - longest.first_s)
        nominal = min((12.5, 25.0, 50.0, 100.0, 200.0), key=lambda rate: abs(np.log(rate / measured_hz)))
        self._rate_hz = nominal if abs(measured_hz / nominal - 1) < 0.06 else measured_hz
        self._has_gyro = all(packet.gyroscope_count == packet.acceleration_count for packet in readable)
        self._deg_per_s_per_count = range_deg_per_s / 32_768
        self.header = DeviceHeader(
            file_format="parmay_matrix",
            device_model="Matrix",
            sampling_rate_hz=self._rate_hz,
            range_g=float(range_g),
            scale_g_per_count=(range_g / 32_768,) * 3,
            offset_g=(0.0, 0.0, 0.0),
            gyro_scale_deg_per_s_per_count=(self._deg_per_s_per_count,) * 3 if self._has_gyro else None,
        )

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return self._log.listing()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order, packet by packet."""
        stream = BlockStream(
            self._parameters, self._log, earliest_us=earliest_us(self.header.file_format, self._parameters)
        )
        packet_count = lost = 0
        before: _Packet | None = None
        for packet in self._in_order():
            packet_count += 1
            readings = self._readings(packet)
            if readings is None:
                lost += 1
                continue
            acceleration, gyroscope, temperature, heart = readings
            self._take_companions(packet, temperature, heart)
            if not self._has_gyro and gyroscope.shape[1]:
                self._take_rotation(packet, gyroscope)
            if before is not None and packet.first_s - before.last_s > 1:
                yield from self._push_end(stream, before, is_last=False)
            yield from stream.push(
                Marks(
                    mark_us=np.array([packet.first_s * SECOND_US], np.int64),
                    sample_count=np.array([packet.acceleration_count], np.int64),
                    rate_hz=np.array([self._rate_hz]),
                    is_joined=np.array([lost == 0]),
                    lost_block_count=np.array([lost], np.int64),
                ),
                acceleration,
                gyro_counts=gyroscope if self._has_gyro else None,
                is_last=False,
            )
            lost = 0
            before = packet
        if before is not None:
            yield from self._push_end(stream, before, is_last=True)
        if lost:
            self._log.add(
                Fault(
                    cause="bad_checksum",
                    started_us=stream.end_us,
                    block_count=lost,
                    detail="unreadable packets at the end of the file",
                )
            )
        if packet_count < self._promised_packets:
            self._log.add(
                Fault(
                    cause="truncated",
                    started_us=stream.end_us,
                    block_count=self._promised_packets - packet_count,
                    detail=f"the header promises {self._promised_packets} packets, {packet_count} are there",
                )
            )

    def _in_order(self) -> list[_Packet]:
        """Return the packets in the order of their clock, each once; unreadable ones stand where they stood."""
        packets = list(self._packets())
        if all(before.first_s < after.first_s for before, after in pairwise(packets)):
            return packets
        readable = [packet for packet in packets if self._readings(packet) is not None]
        kept = BlockOrder(self._log, what="packets").kept(
            np.array([packet.first_s * SECOND_US for packet in readable], np.int64),
            np.array([(packet.last_s - packet.first_s) * SECOND_US for packet in readable], np.int64),
            lambda chosen: np.array([readable[at].crc32 for at in chosen.tolist()], np.int64),
        )
        if len(kept) == len(readable) and bool((np.diff(kept) == 1).all()):
            return packets
        return [readable[at] for at in kept.tolist()]

    def _push_end(self, stream: BlockStream, packet: _Packet, *, is_last: bool) -> Iterator[Chunk]:
        """Mark the end of a packet on which no other follows at once: a block without samples."""
        nothing = np.empty((3, 0), np.int16)
        return stream.push(
            Marks(
                mark_us=np.array([packet.last_s * SECOND_US], np.int64),
                sample_count=np.zeros(1, np.int64),
                rate_hz=np.array([self._rate_hz]),
                is_joined=np.array([True]),
                lost_block_count=np.zeros(1, np.int64),
            ),
            nothing,
            gyro_counts=nothing if self._has_gyro else None,
            is_last=is_last,
        )

    def scan(self) -> Scan:
        """Judge the file by the headers of its packets."""
        packets = list(self._packets())
        gaps = [max(0, after.first_s - before.last_s) for before, after in pairwise(packets)]
        return Scan(
            started_us=packets[0].first_s * SECOND_US,
            ended_us=packets[-1].last_s * SECOND_US,
            sample_count=sum(packet.acceleration_count for packet in packets),
            gap_s=float(sum(gap for gap in gaps if gap > 1)),
        )

    def _packets(self) -> Iterator[_Packet]:
        """Yield the headers of the packets; where one does not follow on another, the next is searched for."""
        position = HEADER_BYTES
        while position + PACKET_HEADER_BYTES <= self._size_bytes:
            self._stream.seek(position)
            raw = self._stream.read(PACKET_HEADER_BYTES)
            if raw[:8] != PACKET_MAGIC or len(raw) < PACKET_HEADER_BYTES:
                following = self._next_magic(position + 1)
                if following is None:
                    return
                position = following
                continue
            packet = _Packet(position, *struct.unpack_from("<7I", raw, 8))
            end = position + PACKET_HEADER_BYTES + packet.readings_bytes
            if packet.readings_bytes > LARGEST_PACKET_BYTES or not self._begins_packet(end):
                # its numbers cannot be believed: it is unreadable, the next one tells where it ends
                following = self._next_magic(position + 8)
                yield packet
                if following is None:
                    return
                position = following
                continue
            yield packet
            position = end

    def _begins_packet(self, position: int) -> bool:
        if position >= self._size_bytes:
            return position == self._size_bytes
        self._stream.seek(position)
        return self._stream.read(8) == PACKET_MAGIC

    def _next_magic(self, position: int) -> int | None:
        while position < self._size_bytes:
            self._stream.seek(position)
            found = (read := self._stream.read(SEARCH_BYTES)).find(PACKET_MAGIC)
            if found >= 0:
                return position + found
            if len(read) < SEARCH_BYTES:
                return None
            position += SEARCH_BYTES - len(PACKET_MAGIC) + 1
        return None

    def _readings(
        self, packet: _Packet
    ) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int16], NDArray[np.int16]] | None:
        """Return acceleration, rotation (3, n), temperature and heart rate (n, 2); None where the checksum fails."""
        if packet.readings_bytes > min(LARGEST_PACKET_BYTES, self._size_bytes):
            return None
        self._stream.seek(packet.position + 12)
        raw = self._stream.read(PACKET_HEADER_BYTES - 12 + packet.readings_bytes)
        if zlib.crc32(raw) != packet.crc32:
            return None
        words = np.frombuffer(raw, "<i2", offset=PACKET_HEADER_BYTES - 12)
        ends = np.cumsum(
            [3 * packet.acceleration_count, 3 * packet.gyroscope_count, 2 * packet.temperature_count]
        )
        acceleration, gyroscope, temperature, heart = np.split(words, ends)
        return (
            np.ascontiguousarray(acceleration.reshape(-1, 3).T),
            np.ascontiguousarray(gyroscope.reshape(-1, 3).T),
            temperature.reshape(-1, 2),
            heart.reshape(-1, 2),
        )

    def _take_rotation(self, packet: _Packet, gyroscope: NDArray[np.int16]) -> None:
        """Keep rotation that was read at a rate of its own, spread evenly over its packet."""
        count = gyroscope.shape[1]
        span_us = (packet.last_s - packet.first_s) * SECOND_US
        self.companions.append(
            Companion(
                times_us=packet.first_s * SECOND_US + np.arange(count, dtype=np.int64) * span_us // count,
                rotation_deg_per_s=(gyroscope.T * self._deg_per_s_per_count).astype(np.float32),
            )
        )

    def _take_companions(
        self, packet: _Packet, temperature: NDArray[np.int16], heart: NDArray[np.int16]
    ) -> None:
        def times_us(count: int) -> NDArray[np.int64]:
            span_us = (packet.last_s - packet.first_s) * SECOND_US
            return packet.first_s * SECOND_US + np.arange(count, dtype=np.int64) * span_us // max(count, 1)

        if len(temperature):
            # body surface first, surroundings second
            celsius = (temperature[:, 0] / 10).astype(np.float32)
            self.companions.append(Companion(times_us=times_us(len(temperature)), temperature_c=celsius))
        if len(heart):
            rate = heart[:, 1].astype(np.float32)
            rate[rate <= 0] = np.nan
            self.companions.append(Companion(times_us=times_us(len(heart)), heart_rate_bpm=rate))
