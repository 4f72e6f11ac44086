"""ActiGraph .gt3x: a zip archive with info.txt and log.bin (or, before firmware 3, activity.bin and lux.bin)."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.actigraph_records import (
    RecordParser,
    Records,
    RecordType,
    activity_bin_counts,
    activity_counts,
    parameter_value,
    parameters,
)
from transforms.readers.block_stream import BlockStream
from transforms.readers.civil_time import earliest_us, offset_text, ticks_us
from transforms.readers.clock_marks import Marks
from transforms.readers.fault_log import FaultLog
from transforms.readers.zip_salvage import Inflater, ZipMember
from transforms.recording import Chunk, Companion, DeviceHeader, Fault, Scan

IDLE_BEGINS, IDLE_ENDS = b"\x08", b"\x09"
SAMPLE_RATE, ACCEL_SCALE, FIRMWARE, TIME_OF_DAY = (1, 10), (0, 55), (0, 13), (1, 14)
FEATURES, SLEEP_MODE = (1, 2), 4
"""Address space and identifier in the PARAMETERS record, which is written when the device is set up."""
COUNTS_PER_G = {"NEO": 341.0, "CLE": 341.0, "MRA": 341.0, "MOS": 256.0, "TAS": 256.0}
"""By the first letters of the serial number; from the maker's text on ACTIVITY2."""
LUX_PER_COUNT = {"NEO": (1.25, 2500.0), "MRA": (3.25, 6000.0)}
PEEK_BYTES = 1 << 18
OLD_WINDOW_BYTES = 9 << 20  # a whole number of pairs of samples


class ActigraphReader:
    """Reads the records of log.bin second by second.

    While the device sleeps in its idle sleep mode it writes nothing; that time is a fault ``idle_sleep`` and a break
    between segments, never samples (pygt3x repeats the last sample, ActiLife writes it or zeros). The samples are
    not rounded to thousandths of g as ActiLife does.
    """

    def __init__(
        self,
        stream: BinaryIO,
        file_name: str,
        size_bytes: int,
        parameters_: ReadingParameters,
        members: dict[str, ZipMember],
        *,
        is_whole: bool,
    ) -> None:
        self.companions: list[Companion] = []
        self._stream = stream
        self._size_bytes = size_bytes
        self._parameters = parameters_
        self._members = members
        self._log = FaultLog()
        self._idle: list[tuple[int, int]] = []
        self._idle_since: int | None = None
        self._has_sensor_data = False
        self._last_record_s = 0
        self._info = self._read_info()
        if not is_whole:
            self._log.add(
                Fault(cause="truncated", detail="the archive has lost its directory: it was not copied whole")
            )
        self._first_us: int | None = None
        if "log.bin" in members:
            first = self._first_records()
            settings = {
                key: value
                for index in np.flatnonzero(first.kind == RecordType.PARAMETERS)
                for key, value in parameters(first.payload(int(index))).items()
            }
            self.header = self._device_header(settings, first, file_name)
        else:
            self.header = self._device_header({}, None, file_name)

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return [self._named(fault) for fault in self._log.listing()]

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order."""
        return self._new_chunks() if "log.bin" in self._members else self._old_chunks()

    def scan(self) -> Scan:
        """Judge the file by info.txt and the first records; the rest is not inflated."""
        faults = list(self._log.listing())
        if self.header.has_idle_sleep_mode:
            faults.append(
                Fault(cause="idle_sleep", detail="the device is set up to sleep while nothing moves it")
            )
        start_us = ticks_us(self._number("Start Date"))
        start_us = start_us if self._first_us is None else self._first_us
        end_us = ticks_us(self._number("Last Sample Time")) or ticks_us(self._number("Download Date"))
        rate_hz = self.header.sampling_rate_hz
        old = self._members.get("activity.bin")
        if "log.bin" not in self._members and old is not None and old.size_bytes and start_us is not None:
            end_us = start_us + round(old.size_bytes * 2 / 9 / rate_hz * SECOND_US)
        if start_us is None:
            raise InputError("an ActiGraph file that names no start", reason_code="no_readable_block")
        end_us = max(end_us or start_us, start_us)
        return Scan(
            started_us=start_us,
            ended_us=end_us,
            sample_count=round((end_us - start_us) * rate_hz / SECOND_US),
            gap_s=0.0,
            faults=tuple(faults),
        )

    def _read_info(self) -> dict[str, str]:
        member = self._members.get("info.txt")
        if member is None:
            return {}
        text = b""
        for piece in Inflater(self._stream, member, self._size_bytes):
            text += piece
            if len(text) > 1 << 20:
                break
        facts: dict[str, str] = {}
        for line in text.decode("utf-8", "replace").splitlines():
            key, separator, value = line.partition(":")
            if separator:
                facts.setdefault(key.strip("\ufeff \t"), value.strip())
        return facts

    def _number(self, key: str) -> int:
        text = self._info.get(key, "")
        return int(text) if re.fullmatch(r"\d{1,18}", text) else 0

    def _first_records(self) -> Records:
        parser = RecordParser()
        data = b""
        for piece in Inflater(self._stream, self._members["log.bin"], self._size_bytes):
            data += piece[:PEEK_BYTES]
            if len(data) >= PEEK_BYTES:
                break
        return parser.parse(data, is_last=True)

    def _device_header(
        self, settings: dict[tuple[int, int], int], first: Records | None, file_name: str
    ) -> DeviceHeader:
        info = self._info
        serial = info.get("Serial Number", "")
        family = serial[:3].upper()
        rate_hz = float(settings.get(SAMPLE_RATE, 0)) or _decimal(info.get("Sample Rate"))
        if first is not None:
            index, count, _ = activity_counts(first)
            if len(index):
                self._first_us = int(first.time_s[index[0]]) * SECOND_US
            # a second holds as many samples as it holds, whatever the header says
            usual = float(np.median(count)) if len(index) else 0.0
            if usual >= 1 and not abs(usual - rate_hz) <= 0.1 * rate_hz:
                if rate_hz > 0:
                    detail = f"the header states {rate_hz:g} Hz, a second holds {usual:g} samples"
                    self._log.add(Fault(cause="header_disagrees", detail=detail))
                rate_hz = usual
        counts_per_g = (
            parameter_value(settings[ACCEL_SCALE])
            if ACCEL_SCALE in settings
            else _decimal(info.get("Acceleration Scale")) or COUNTS_PER_G.get(family, 0.0)
        )
        if not 1 <= rate_hz <= 10_000 or not 10 <= counts_per_g <= 100_000:
            raise InputError(
                f"{file_name}: neither info.txt nor the records tell the sampling rate and the scale (found "
                f"{rate_hz:g} Hz, {counts_per_g:g} counts per g); copy the file from the device again",
                reason_code="damaged_header",
            )
        highest = _decimal(info.get("Acceleration Max"))
        firmware = info.get("Firmware")
        if firmware is None and FIRMWARE in settings:
            bits = settings[FIRMWARE]
            firmware = f"{bits >> 24}.{bits >> 16 & 0xFF}.{bits & 0xFFFF}"
        return DeviceHeader(
            file_format="actigraph_gt3x",
            device_model=info.get("Device Type") or "ActiGraph",
            serial_number=serial or None,
            firmware=firmware,
            sampling_rate_hz=rate_hz,
            range_g=highest if 1 <= highest <= 100 else (6.0 if counts_per_g == 341 else 8.0),
            scale_g_per_count=(1 / counts_per_g,) * 3,
            offset_g=(0.0, 0.0, 0.0),
            has_idle_sleep_mode=bool(settings.get(FEATURES, 0) & SLEEP_MODE),
            clock="utc" if self._is_utc() else "local",
            configured_time_zone=offset_text(info.get("TimeZone", "")),
            clock_set_us=settings[TIME_OF_DAY] * SECOND_US if settings.get(TIME_OF_DAY) else None,
            promised_end_us=ticks_us(self._number("Last Sample Time")),
        )

    def _is_utc(self) -> bool:
        """Tell whether the records are in UTC, as CentrePoint exports them; ActiLife writes the device's wall clock.

        CentrePoint keeps the start date in local time, or names itself or its own watch in info.txt.
        """
        offset = offset_text(self._info.get("TimeZone", ""))
        start_us = ticks_us(self._number("Start Date"))
        named = f"{self._info.get('Device Type', '')} {self._info.get('Origin', '')} {self._info.get('Software', '')}"
        is_watch = self._info.get("Serial Number", "").upper().startswith("CPW")
        if "centrepoint" in named.lower() or is_watch:
            return True
        if offset is None or start_us is None or self._first_us is None:
            return False
        sign = -1 if offset.startswith("-") else 1
        offset_us = sign * (int(offset[1:3]) * 60 + int(offset[4:])) * 60 * SECOND_US
        apart_us = start_us - self._first_us
        return offset_us != 0 and abs(apart_us - offset_us) <= 60 * SECOND_US

    def _new_chunks(self) -> Iterator[Chunk]:
        stream = BlockStream(
            self._parameters, self._log, earliest_us=earliest_us(self.header.file_format, self._parameters)
        )
        stream.companions = self.companions
        parser = RecordParser()
        inflater = Inflater(self._stream, self._members["log.bin"], self._size_bytes)
        carried = 0
        for piece, is_last in _with_last(iter(inflater)):
            records = parser.parse(piece, is_last=is_last)
            index, count, counts = activity_counts(records)
            self._note_idle(records)
            if len(records):
                self._last_record_s = int(records.time_s[-1])
            self._note_sensor_data(records)
            self._take_companions(records)
            lost = np.concatenate(([0], np.cumsum(records.lost_before)))
            until = lost[index + 1]
            before = np.diff(until, prepend=-carried)
            carried = int(lost[-1] - until[-1]) if len(index) else carried + int(lost[-1])
            yield from stream.push(
                Marks(
                    mark_us=records.time_s[index] * SECOND_US,
                    sample_count=count,
                    rate_hz=np.full(len(index), self.header.sampling_rate_hz),
                    is_joined=np.zeros(len(index), bool),  # the numbers tell
                    lost_block_count=before,
                ),
                counts,
                # the second stands in every record, under its checksum: a jump is one, not a wrong mark
                number=records.time_s[index],
                is_last=is_last,
            )
        if parser.lost + carried:
            self._log.add(
                Fault(
                    cause="bad_checksum",
                    started_us=stream.end_us,
                    block_count=parser.lost + carried,
                    detail="unreadable records at the end of the file",
                )
            )
        self._check_end(inflater.damage, stream.end_us)

    def _old_chunks(self) -> Iterator[Chunk]:
        """Yield the samples of activity.bin: one after the other from the start date, without any mark."""
        start_us = ticks_us(self._number("Start Date"))
        if start_us is None:
            raise InputError(
                "info.txt names no start date, and activity.bin holds none", reason_code="damaged_header"
            )
        rate_hz = self.header.sampling_rate_hz
        inflater = Inflater(self._stream, self._members["activity.bin"], self._size_bytes)
        done = 0
        rest = b""
        for piece, is_last in _with_last(iter(inflater)):
            data = rest + piece
            usable = len(data) if is_last else len(data) // 9 * 9
            rest = data[usable:]
            for at in range(0, usable, OLD_WINDOW_BYTES):
                counts = activity_bin_counts(data[at : min(at + OLD_WINDOW_BYTES, usable)])
                number = np.arange(done, done + counts.shape[1])
                done += counts.shape[1]
                if counts.shape[1]:
                    yield Chunk(
                        segment_index=0,
                        sampling_rate_hz=rate_hz,
                        times_us=start_us + np.rint(number * (SECOND_US / rate_hz)).astype(np.int64),
                        counts=counts.T,
                    )
        self._take_old_light(start_us)
        self._check_end(inflater.damage, start_us + round(done / rate_hz * SECOND_US))

    def _check_end(self, damage: str | None, end_us: int | None) -> None:
        if damage is not None:
            cause = "bad_checksum" if "checksum" in damage else "truncated"
            self._log.add(Fault(cause=cause, started_us=end_us, detail=damage))
        promised_us = self.header.promised_end_us
        is_idle = self._idle_since is not None
        # a device in its dock, or asleep, writes other records than samples: a log that goes on to its end is whole
        reached_us = max(end_us or 0, self._last_record_s * SECOND_US)
        is_known = damage is None and end_us is not None and promised_us is not None and not is_idle
        if is_known and (promised_us or 0) - reached_us > 60 * SECOND_US:
            self._log.add(
                Fault(
                    cause="truncated",
                    started_us=end_us,
                    ended_us=promised_us,
                    detail="info.txt tells of a later last sample",
                )
            )

    def _note_idle(self, records: Records) -> None:
        for index in np.flatnonzero((records.kind == RecordType.EVENT) & (records.size == 1)):
            event = records.payload(int(index))
            time_us = int(records.time_s[index]) * SECOND_US
            if event == IDLE_BEGINS and self._idle_since is None:
                self._idle_since = time_us
            elif event == IDLE_ENDS and self._idle_since is not None:
                self._idle.append((self._idle_since, time_us))
                self._idle_since = None

    def _note_sensor_data(self, records: Records) -> None:
        """Tell once of the second unit of a Link (its own accelerometer, gyroscope, magnetometer), which is not read.

        The maker's text leaves its layout open ("coming soon"); the samples of the first unit are whole without it.
        """
        if not self._has_sensor_data and (records.kind == RecordType.SENSOR_DATA).any():
            self._has_sensor_data = True
            detail = "readings of the inertial measurement unit (SENSOR_DATA records) are not read"
            self._log.add(Fault(cause="signal_left_out", detail=detail))

    def _named(self, fault: Fault) -> Fault:
        """A gap that the device slept through is no fault of the file."""
        if fault.cause != "gap" or fault.started_us is None or fault.ended_us is None:
            return fault
        idle = [*self._idle, *([(self._idle_since, fault.ended_us)] if self._idle_since is not None else [])]
        slept_us = sum(max(0, min(end, fault.ended_us) - max(start, fault.started_us)) for start, end in idle)
        if 2 * slept_us <= fault.ended_us - fault.started_us:
            return fault
        return Fault(
            cause="idle_sleep",
            started_us=fault.started_us,
            ended_us=fault.ended_us,
            sample_count=fault.sample_count,
            detail="the device slept while nothing moved it; no sample was written",
        )

    def _take_companions(self, records: Records) -> None:
        for kind, name in (
            (RecordType.LUX, "light_lux"),
            (RecordType.HEART_RATE, "heart_rate_bpm"),
            (RecordType.HEART_RATE_BLE, "heart_rate_bpm"),
        ):
            index = np.flatnonzero(
                (records.kind == kind) & (records.size >= (1 if kind == RecordType.HEART_RATE else 2))
            )
            if len(index):
                values = [_companion_value(kind, records.payload(int(at))) for at in index]
                self.companions.append(
                    Companion(
                        times_us=records.time_s[index] * SECOND_US,
                        **{name: np.array(values, np.float32)},
                    )
                )

    def _take_old_light(self, start_us: int) -> None:
        member = self._members.get("lux.bin")
        if member is None:
            return
        raw = b"".join(Inflater(self._stream, member, self._size_bytes))
        counts = np.frombuffer(raw[: len(raw) // 2 * 2], "<u2").astype(np.float32)
        factor, highest = LUX_PER_COUNT.get((self.header.serial_number or "")[:3].upper(), (1.0, np.inf))
        # by the maker's text: below 20 and 65535 mean dark
        lux = np.where(
            (counts < 20) | (counts == 0xFFFF), np.float32(0), np.minimum(counts * factor, highest)
        )
        self.companions.append(
            Companion(
                times_us=start_us + np.arange(len(lux), dtype=np.int64) * SECOND_US,
                light_lux=lux.astype(np.float32),
            )
        )


def _companion_value(kind: RecordType, payload: bytes) -> float:
    if kind == RecordType.LUX:
        return float(int.from_bytes(payload[:2], "little"))
    if kind == RecordType.HEART_RATE:
        return float(payload[0]) or np.nan
    is_wide = payload[0] & 1 and len(payload) > 2
    return float(int.from_bytes(payload[1:3] if is_wide else payload[1:2], "little")) or np.nan


def _decimal(text: str | None) -> float:
    try:
        value = float((text or "").replace(",", "."))
    except ValueError:
        return 0.0
    return value if 0 <= value < 1e9 else 0.0


def _with_last(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each piece and whether it is the last; an empty last one where there is none at all."""
    previous = next(pieces, b"")
    for piece in pieces:
        yield previous, False
        previous = piece
    yield previous, True
