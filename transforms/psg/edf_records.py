"""When the data records of an EDF+ file were recorded.

An interrupted recording (EDF+D) tells the start of each data record in the first annotation of that record. The EDF
library reads the marks and the samples, but not these instants, so they are read here, from the layout that the EDF and
EDF+ specifications give (edfplus.info). Of the header only what describes the layout is read.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.psg.marks import Source

_FIXED = 256  # bytes of the header before those of the signals, and of each signal
_LABEL, _SAMPLES_AT, _SAMPLES = 16, 216, 8
_ONSET = re.compile(rb"[+-]\d+(?:\.\d+)?")
_MARKER = "EDF Annotations"


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordTimes:
    """Stretches of data records that follow each other without a pause, as microseconds after the first record."""

    first_record: NDArray[np.int64]
    end_record: NDArray[np.int64]
    start_us: NDArray[np.int64]
    record_us: int
    missing_count: int
    """Data records that the header tells of and the file does not hold: it was cut off."""

    @property
    def end_us(self) -> NDArray[np.int64]:
        """End of each stretch."""
        ends: NDArray[np.int64] = self.start_us + (self.end_record - self.first_record) * self.record_us
        return ends


def record_times(content: bytes | memoryview, source: Source) -> RecordTimes:
    """Read when each data record begins; a file without timekeeping marks is one stretch.

    Raises InputError when a mark is missing or records overlap in time.
    """
    view = memoryview(content)
    header_size, count, record_us, samples, labels = _layout(view)
    record_size = 2 * sum(samples)
    present = (len(view) - header_size) // record_size if record_size else 0
    missing = max(0, count - present)
    count = present if count < 0 else min(count, present)
    if _MARKER not in labels or not count:
        start, end = np.array([0]), np.array([count])
        return RecordTimes(
            first_record=start, end_record=end, start_us=start, record_us=record_us, missing_count=missing
        )
    place = labels.index(_MARKER)
    begin, length = header_size + 2 * sum(samples[:place]), 2 * samples[place]
    onset_us = np.empty(count, dtype=np.int64)
    for record in range(count):
        at = begin + record * record_size
        found = _ONSET.match(bytes(view[at : at + min(length, 32)]))
        if found is None:
            raise _damaged(source, f"data record {record + 1} does not tell when it was recorded")
        onset_us[record] = round(Decimal(found.group().decode()) * SECOND_US)
    onset_us -= onset_us[0]
    steps = np.diff(onset_us)
    if (steps < record_us - 1).any():
        raise _damaged(source, "data records overlap in time")
    opens = np.flatnonzero(np.append(True, steps > record_us + 1))
    return RecordTimes(
        first_record=opens,
        end_record=np.append(opens[1:], count),
        start_us=onset_us[opens],
        record_us=record_us,
        missing_count=missing,
    )


def _layout(view: memoryview) -> tuple[int, int, int, list[int], list[str]]:
    """Return size of the header, number of data records, their length [us], and samples and label of each signal."""

    def text(start: int, length: int) -> str:
        return bytes(view[start : start + length]).decode("latin-1").strip()

    signals = int(text(252, 4))
    labels = [text(_FIXED + _LABEL * k, _LABEL) for k in range(signals)]
    samples = [int(text(_FIXED + _SAMPLES_AT * signals + _SAMPLES * k, _SAMPLES)) for k in range(signals)]
    return int(text(184, 8)), int(text(236, 8)), round(Decimal(text(244, 8)) * SECOND_US), samples, labels


def _damaged(source: Source, fault: str) -> InputError:
    return InputError(
        f"{source.file_name} ({source.participant_id}): {fault}; wanted EDF+ with rising times, export it again",
        reason_code="edf_discontinuous",
    )
