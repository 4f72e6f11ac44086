"""How the times in the cells of a text table are written, and what is read out of one."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.readers.civil_time import text_us
from transforms.readers.clock_marks import UNKNOWN

Stamp = Literal[
    "iso", "iso_with_zone", "colon_ms", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "day_first", "month_first"
]  # fmt: skip
LOCAL_STAMPS = (None, "iso", "colon_ms", "day_first", "month_first")
"""Times that say nothing of a zone."""

US_PER_STAMP = {"epoch_s": 1e6, "epoch_ms": 1e3, "epoch_us": 1.0, "epoch_ns": 1e-3}
"""Microseconds in one of what a numeric time counts."""
_ISO = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$")
COLON_MS = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}$")
WRITTEN = re.compile(
    r"^(\d{1,2})([./-])(\d{1,2})\2\d{4}(,? |T)\d{1,2}:\d\d(:\d\d([.,]\d{1,9})?)?( ?[AaPp][Mm])?$"
)
_DATE = re.compile(r"^(\d{4}([-/.])\d\d\2\d\d|\d{1,2}([-/.])\d{1,2}\3\d{4})$")
_TIME_OF_DAY = re.compile(r"^\d{1,2}:\d\d(:\d\d(?:[.,]\d{1,9}|:\d{3})?)?( ?[AaPp][Mm])?$")
EPOCH = re.compile(r"^\d{9,10}(\.\d+)?$")


def stamp_of(cell: str) -> Stamp | None:
    """Return how a time is written, None where it is none."""
    if (found := _ISO.match(cell)) is not None:
        return "iso_with_zone" if found[3] else "iso"
    for pattern, plain in ((COLON_MS, "colon_ms"), (EPOCH, "epoch_s")):
        if pattern.match(cell):
            return plain  # type: ignore[return-value]
    if (found := WRITTEN.match(cell)) is not None:
        is_day_first = found[2] == "." or int(found[1]) > 12
        return "day_first" if is_day_first else "month_first" if int(found[3]) > 12 else None
    for digits, stamp in ((13, "epoch_ms"), (16, "epoch_us"), (19, "epoch_ns")):
        if re.match(rf"^\d{{{digits}}}(\.\d*)?$", cell):
            return stamp  # type: ignore[return-value]
    return None


def written_as(cell: str, stamp: Stamp | None) -> str | None:
    """Return the format of a time with the day or the month first, as the first row has it; None of any other."""
    found = WRITTEN.match(cell) if stamp in {"day_first", "month_first"} else None
    if found is None:
        return None
    day = ("%d", "%m") if stamp == "day_first" else ("%m", "%d")
    return f"{found[2].join(day)}{found[2]}%Y{found[4]}{_clock_as(found[5], found[7])}"


def _clock_as(seconds: str | None, half: str | None) -> str:
    """Return the format of a time of day: ``seconds`` and ``half`` (am or pm) are what it has of them, as written."""
    hour = "%H" if half is None else "%I"
    marker = "" if half is None else " %p" if half.startswith(" ") else "%p"
    fraction = "" if seconds is None else ":%S%.f"  # a whole second may be written without its fraction
    return f"{hour}:%M{fraction}{marker}"


def written_apart(
    date: str, time: str, declared: str | None = None
) -> tuple[Stamp | None, str | None] | None:
    """Return how a date and a time of day in two cells are written, joined by a space; None where they are none.

    As ``stamp_of`` and ``written_as`` tell it; ``declared`` is day_first or month_first where the study says so.
    """
    is_date, found = _DATE.match(date), _TIME_OF_DAY.match(time)
    if is_date is None or found is None:
        return None
    if is_date[2] is None:
        joined = f"{date} {time.rpartition(':')[0] if time.count(':') == 3 else time}"
        stamp = stamp_of(joined) if declared is None else declared
        return stamp, written_as(joined, stamp)  # type: ignore[arg-type,return-value]
    return "iso", f"{is_date[2].join(('%Y', '%m', '%d'))} {_clock_as(found[1], found[2])}"


def first_stamp_us(cell: str, stamp: Stamp) -> int | None:
    """Parse a single time; None where it is none, or where it tells an offset and ``stamp`` is a time without, or the other way.

    Times with an offset become UTC.
    """
    try:
        if stamp in {"iso", "iso_with_zone"}:
            moment = datetime.fromisoformat(cell.replace(",", ".").replace(" ", "T", 1))
            offset = moment.utcoffset()
            if (offset is None) != (stamp == "iso"):
                return None  # a wall time and an instant are not on one clock
            naive = moment.replace(tzinfo=None) - (offset if offset is not None else timedelta())
            return round((naive - datetime(1970, 1, 1)).total_seconds() * SECOND_US)  # noqa: DTZ001 - naive is meant
        if stamp == "colon_ms":
            value = int(text_us([cell.encode()])[0])
            return None if value == UNKNOWN else value
        return round(float(cell) * US_PER_STAMP[stamp])
    except (ValueError, OverflowError, KeyError):
        return None


def stamps_us(cells: Iterable[str | None], stamp: Stamp | None) -> NDArray[np.int64]:
    """Parse times that are all to be written in one way; UNKNOWN where a cell holds none such."""
    found = (None if cell is None or stamp is None else first_stamp_us(cell.strip(), stamp) for cell in cells)
    return np.array([UNKNOWN if value is None else value for value in found], np.int64)
