"""Movisens/Unisens: a folder with unisens.xml and one binary file for each signal.

After the Unisens 2 documentation: the XML names for every signal its file, rate, type, the value of one count
(``lsbValue``) and the count of zero (``baseline``); values stand sample by sample, channel after channel.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.column_map import G_PER_UNIT
from transforms.readers.fault_log import FaultLog
from transforms.readers.sample_rows import RowClock, Rows
from transforms.readers.written_times import first_stamp_us
from transforms.recording import Bundle, Chunk, Companion, DeviceHeader, Fault, Scan

LARGEST_XML_BYTES = 4 << 20
LARGEST_SLOW_BYTES = 64 << 20
UNIT_NAMES = {"m/s²": "m/s2", "m/s^2": "m/s2"}
TYPES = {
    "int16": "i2",
    "int32": "i4",
    "float": "f4",
    "double": "f8",
    "uint8": "u1",
    "int8": "i1",
    "uint16": "u2",
}


@dataclass(frozen=True, kw_only=True)
class _Signal:
    """One signal as unisens.xml describes it."""

    file: str
    rate_hz: float
    dtype: np.dtype[np.generic]
    channels: int
    value_per_count: float
    zero_count: float
    unit: str


class UnisensReader:
    """Reads acc.bin as float32 g and temperature and heart rate as companions; the clock is local."""

    def __init__(self, bundle: Bundle, file_name: str, parameters: ReadingParameters) -> None:
        self.companions: list[Companion] = []
        self._bundle = bundle
        self._parameters = parameters
        self._log = FaultLog()
        root = _root(bundle, file_name)
        start = root.get("timestampStart", "")
        wall_us, instant_us = first_stamp_us(start, "iso"), first_stamp_us(start, "iso_with_zone")
        start_us = instant_us if wall_us is None else wall_us
        signals = {
            signal.file: signal
            for signal in map(_signal, _children(root, "signalEntry"))
            if signal is not None
        }
        found = signals.get("acc.bin")
        if found is None or "acc.bin" not in bundle or start_us is None:
            raise InputError(
                f"{file_name}: a Unisens folder without its start or without acc.bin; copy the whole folder again",
                reason_code="damaged_header" if found is None or start_us is None else "no_readable_block",
            )
        if found.channels != 3 or found.unit not in G_PER_UNIT or not 1 <= found.rate_hz <= 10_000:
            raise InputError(
                f"{file_name}: acc.bin has {found.channels} channels in {found.unit!r} at {found.rate_hz:g} Hz, wanted "
                "three in g",
                reason_code="damaged_header",
            )
        self._start_us = start_us
        self._signal = found
        self._slow = [
            (signal, name)
            for member, name in (
                ("temp.bin", "temperature_c"),
                ("hr.bin", "heart_rate_bpm"),
                ("light.bin", "light_lux"),
            )
            if (signal := signals.get(member)) is not None and member in bundle and 0 < signal.rate_hz <= 1000
        ]
        attributes = {
            entry.get("key", ""): entry.get("value", "")
            for custom in _children(root, "customAttributes")
            for entry in _children(custom, "customAttribute")
        }
        self.header = DeviceHeader(
            file_format="unisens",
            device_model=attributes.get("sensorType") or "movisens",
            serial_number=attributes.get("sensorSerialNumber") or None,
            firmware=attributes.get("sensorVersion") or None,
            sampling_rate_hz=found.rate_hz,
            clock="utc" if wall_us is None else "local",
        )

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return self._log.listing()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order."""
        for signal, name in self._slow:
            self._take_companion(signal, name)
        signal = self._signal
        clock = RowClock(self._parameters, self._log, rate_hz=signal.rate_hz, start_us=self._start_us)
        done = 0
        for values, rest in _frames(self._bundle, signal):
            scaled = (values - signal.zero_count) * (signal.value_per_count * G_PER_UNIT[signal.unit])
            good = np.asarray((np.abs(scaled) <= 1000).all(axis=1))
            rows = Rows(
                number=np.arange(done, done + len(values)),
                stamp_us=None,
                acceleration_g=scaled.astype(np.float32),
            )
            done += len(values)
            yield from clock.chunks(rows if good.all() else rows.where(good))
            if rest:
                self._log.add(Fault(cause="truncated", detail=f"acc.bin ends {rest} bytes into a sample"))

    def scan(self) -> Scan:
        """Judge the recording by unisens.xml and the length of acc.bin."""
        size_bytes = sum(map(len, self._bundle["acc.bin"]()))
        count = size_bytes // (3 * self._signal.dtype.itemsize)
        return Scan(
            started_us=self._start_us,
            ended_us=self._start_us + round(count / self._signal.rate_hz * SECOND_US),
            sample_count=count,
            gap_s=0.0,
        )

    def _take_companion(self, signal: _Signal, name: str) -> None:
        values = []
        size = 0
        for part, _rest in _frames(self._bundle, signal):
            size += part.nbytes
            if size > LARGEST_SLOW_BYTES:
                self._log.add(
                    Fault(cause="unreadable_block", detail=f"{signal.file} is too large for a slow signal")
                )
                return
            values.append(part[:, 0])
        if values:
            scaled = (np.concatenate(values) - signal.zero_count) * signal.value_per_count
            times_us = self._start_us + np.rint(np.arange(len(scaled)) * (SECOND_US / signal.rate_hz)).astype(
                np.int64
            )
            self.companions.append(Companion(times_us=times_us, **{name: scaled.astype(np.float32)}))


def _root(bundle: Bundle, file_name: str) -> Element:
    content = b""
    for piece in bundle["unisens.xml"]():
        content += piece
        if len(content) > LARGEST_XML_BYTES:
            break
    try:
        root: Element = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise InputError(
            f"{file_name}: unisens.xml cannot be read; copy the whole folder again",
            reason_code="damaged_header",
        ) from None
    return root


def _children(element: Element, name: str) -> list[Element]:
    """Children by their name without its namespace."""
    return [child for child in element if child.tag.rpartition("}")[2] == name]


def _number(text: str | None, default: float) -> float:
    try:
        value = float(text or "")
    except ValueError:
        return default
    return value if abs(value) < 1e9 else default


def _signal(entry: Element) -> _Signal | None:
    kind = TYPES.get(entry.get("dataType", ""))
    if kind is None:
        return None
    order = next((format_.get("endianess", "LITTLE") for format_ in _children(entry, "binFileFormat")), None)
    if order is None:  # written as text, which movisens does not do
        return None
    return _Signal(
        file=entry.get("id", "").lower(),
        rate_hz=_number(entry.get("sampleRate"), 0.0),
        dtype=np.dtype((">" if order.upper() == "BIG" else "<") + kind),
        channels=len(_children(entry, "channel")),
        value_per_count=_number(entry.get("lsbValue"), 1.0),
        zero_count=_number(entry.get("baseline"), 0.0),
        unit=UNIT_NAMES.get(unit := entry.get("unit", "").strip().lower(), unit),
    )


def _frames(bundle: Bundle, signal: _Signal) -> Iterator[tuple[NDArray[np.float64], int]]:
    """Yield values (samples, channels) and, with the last of them, the bytes of a cut sample."""
    width = max(signal.channels, 1) * signal.dtype.itemsize
    rest = b""
    for piece in bundle[signal.file]():
        data = rest + piece
        usable = len(data) // width * width
        rest = data[usable:]
        yield (
            np.frombuffer(data[:usable], signal.dtype)
            .reshape(-1, max(signal.channels, 1))
            .astype(np.float64),
            0,
        )
    if rest:
        yield np.empty((0, max(signal.channels, 1))), len(rest)
