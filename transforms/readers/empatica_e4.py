"""Empatica E4: a folder or zip with ACC.csv, and TEMP.csv, HR.csv and tags.csv beside it."""

import re
from collections.abc import Iterator

import numpy as np

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.fault_log import FaultLog
from transforms.readers.text_table import TextTableReader
from transforms.recording import Bundle, Chunk, Companion, DeviceHeader, Fault, Scan

LARGEST_SIGNAL_BYTES = 32 << 20
"""Two days of temperature at 4 Hz are 4 MB; more is no such file."""


class EmpaticaReader:
    """Reads the acceleration as a table and the slow signals as companions, each from its own start.

    Stamps of the E4 are UTC. The heart rate begins ten seconds after the acceleration.
    """

    def __init__(self, bundle: Bundle, file_name: str, parameters: ReadingParameters) -> None:
        size_bytes = sum(map(len, bundle["acc.csv"]()))
        self._table = TextTableReader(
            bundle["acc.csv"], f"{file_name}/ACC.csv", parameters, size_bytes=size_bytes
        )
        if self._table.header.file_format != "empatica_e4":
            raise InputError(
                f"{file_name}: ACC.csv does not begin with the start and the rate of each axis, as the E4 writes it",
                reason_code="damaged_header",
            )
        self._log = FaultLog()
        self._bundle = bundle
        self.companions: list[Companion] = []

    @property
    def header(self) -> DeviceHeader:
        """Facts about the device; the E4's files name neither serial number nor firmware."""
        return self._table.header

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return [*self._table.faults, *self._log.listing()]

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order."""
        self.companions += [*self._signals(self._bundle), *self._tags(self._bundle)]
        yield from self._table.chunks()

    def scan(self) -> Scan:
        """Judge the acceleration by its first rows."""
        return self._table.scan()

    def _signals(self, bundle: Bundle) -> Iterator[Companion]:
        for member, name, low, high in (
            ("temp.csv", "temperature_c", -40.0, 125.0),
            ("hr.csv", "heart_rate_bpm", 1.0, 300.0),
        ):
            if member not in bundle:
                continue
            values = _column(bundle, member)
            if values is None or len(values) < 2 or not 0 < values[1] <= 1000 or not 0 < values[0] < 7.3e9:
                self._log.add(
                    Fault(cause="unreadable_block", detail=f"{member} does not begin with start and rate")
                )
                continue
            start_us, rate_hz = round(values[0] * SECOND_US), float(values[1])
            signal = values[2:]
            is_plausible = (signal >= low) & (signal <= high)
            yield Companion(
                times_us=start_us + np.rint(np.arange(len(signal)) * (SECOND_US / rate_hz)).astype(np.int64),
                **{name: np.where(is_plausible, signal, np.nan).astype(np.float32)},
            )

    def _tags(self, bundle: Bundle) -> Iterator[Companion]:
        """Presses of the button, one UTC time a line."""
        for member in sorted(name for name in bundle if re.fullmatch(r"tags.*\.csv", name)):
            values = _column(bundle, member)
            if values is not None and len(values):
                stamps_us = np.rint(values[(values > 0) & (values < 7.3e9)] * SECOND_US).astype(np.int64)
                yield Companion(
                    times_us=np.sort(stamps_us), is_button_pressed=np.ones(len(stamps_us), np.float32)
                )


def _column(bundle: Bundle, member: str) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    """Return the numbers of a file with one of them in each line; None where it is too large."""
    content = b""
    for piece in bundle[member]():
        content += piece
        if len(content) > LARGEST_SIGNAL_BYTES:
            return None
    values = []
    for line in content.split():
        try:
            values.append(float(line.split(b",")[0]))
        except ValueError:
            values.append(np.nan)
    return np.array(values)
