"""Dates and times of day of device clocks, without a zone, as microseconds since 1970."""

import re
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.intervals import Integers
from transforms.parameters.reading import ReadingParameters
from transforms.readers.clock_marks import UNKNOWN

LATEST_US = 7_258_118_400 * SECOND_US  # 2200
TICKS_AT_1970 = 621_355_968_000_000_000  # .NET ticks of 100 ns since the year 1


def civil_us(
    year: Integers, month: Integers, day: Integers, hour: Integers, minute: Integers, second: Integers
) -> NDArray[np.int64]:
    """Microseconds since 1970 of each date and time; UNKNOWN where the fields are no date.

    Years before 1970 and after 2200 are taken for damage.
    """
    is_date = (year >= 1970) & (year <= 2200) & (month >= 1) & (month <= 12) & (day >= 1)
    is_date &= (hour >= 0) & (hour < 24) & (minute >= 0) & (minute < 60) & (second >= 0) & (second < 60)
    months = (np.where(is_date, (year - 1970) * 12 + month - 1, 0)).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    is_date &= days < (months + 1).astype("datetime64[D]").astype(np.int64)
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    return np.where(is_date, seconds * SECOND_US, UNKNOWN)


def text_us(texts: list[bytes]) -> NDArray[np.int64]:
    """Parse ``YYYY-MM-DD hh:mm:ss:mmm`` (any separators), all digits given; UNKNOWN where it is no date."""
    letters = np.frombuffer(b"".join(texts), np.uint8).reshape(len(texts), 23).astype(np.int64) - ord("0")

    def number(start: int, end: int) -> NDArray[np.int64]:
        value = np.zeros(len(texts), np.int64)
        for place in range(start, end):
            value = value * 10 + letters[:, place]
        return value

    whole_us = civil_us(
        number(0, 4), number(5, 7), number(8, 10), number(11, 13), number(14, 16), number(17, 19)
    )
    return np.where(whole_us == UNKNOWN, UNKNOWN, whole_us + number(20, 23) * 1000)


def moment_us(text: str) -> int | None:
    """Return a time of the header, which may be written with fewer digits than those of the pages."""
    found = re.fullmatch(
        r"(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}):(\d{1,2}):(\d{1,2})(?::(\d{1,3}))?",
        text.strip(" :\0"),
    )
    if found is None:
        return None
    parts = [np.array([int(part)]) for part in found.groups()[:6]]
    moment_us = int(civil_us(*parts)[0])
    return None if moment_us == UNKNOWN else moment_us


def plausible_us(stamps_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the stamps, UNKNOWN in place of those before 1970 and after 2200."""
    return np.where((stamps_us > 0) & (stamps_us < LATEST_US), stamps_us, UNKNOWN)


def earliest_us(file_format: str, parameters: ReadingParameters) -> int:
    """Return the earliest date that the clock of a device of this kind can be believed to show.

    A clock that was never set, or lost its power, begins in 1970, 1980 or 2000.
    """
    maker = file_format.partition("_")[0]
    year = {
        "axivity": parameters.axivity_since_year,
        "omgui": parameters.axivity_since_year,
        "geneactiv": parameters.geneactiv_since_year,
        "actigraph": parameters.actigraph_since_year,
        "actilife": parameters.actigraph_since_year,
        "empatica": parameters.empatica_since_year,
    }.get(maker, parameters.any_device_since_year)
    return round((datetime(year, 1, 1) - datetime(1970, 1, 1)).total_seconds()) * SECOND_US  # noqa: DTZ001 - naive


def ticks_us(ticks: int) -> int | None:
    """.NET ticks to microseconds since 1970; None where they are no plausible date (0 means not set)."""
    value = (ticks - TICKS_AT_1970) // 10
    return value if 0 < value < LATEST_US else None


def offset_text(text: str) -> str | None:
    """Return an offset from UTC as ``+hh:mm`` from texts such as ``GMT -04:00``, ``02:00:00`` or ``+1``."""
    bare = text.upper().replace("GMT", "").replace("UTC", "").strip()
    sign = "-" if bare.startswith("-") else "+"
    parts = bare.lstrip("+-").split(":")
    if not parts[0].isdigit() or not all(part.isdigit() for part in parts[1:]):
        return None
    hours, minutes = int(parts[0]), int(parts[1]) if len(parts) > 1 else 0
    return f"{sign}{hours:02d}:{minutes:02d}" if hours <= 14 and minutes < 60 else None
