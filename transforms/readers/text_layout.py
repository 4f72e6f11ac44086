"""How the rows of a text table of samples are to be read: from its first lines, or from what the study declares."""

import csv
import json
import math
import re
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.readers.civil_time import civil_us, moment_us, offset_text
from transforms.readers.clock_marks import UNKNOWN
from transforms.readers.column_map import G_PER_UNIT, GYRO_AXES, ColumnMap, known_map
from transforms.readers.not_samples import COUNTS, no_samples
from transforms.readers.pieces import UTF16_MARKS
from transforms.readers.units import CLOSE_FRAC, likely_unit
from transforms.readers.written_times import (
    COLON_MS,
    EPOCH,
    LOCAL_STAMPS,
    WRITTEN,
    Stamp,
    stamp_of,
    written_apart,
    written_as,
)

SEPARATOR_LINES = 20
_LINE_END = re.compile(r"\r+\n|[\r\n]")
"""As transforms.readers.pieces has it; other marks that end lines of text are letters of a cell here."""
_QUOTED = re.compile(r'"[^"]*"')
_NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$")
_UNIT = re.compile(
    r"[\[(]\s*(m/s\^?2|m/s²|ms-2|mg|g|deg/s|d/s|dps)\s*[\])]|_(mg|g|m_s2|mps2)$", re.IGNORECASE
)
_AXIS = re.compile(r"^(accelerometer|acceleration|accel|acc|a)?[ _.-]*([xyz])([ _.-]*axis)?$")
_GYRO_AXIS = re.compile(r"^(gyroscope|gyro|gyr|g)[ _.-]*([xyz])$")
_TIMES = {"time", "timestamp", "datetime", "date_time", "date time", "time stamp", "unix_timestamp", "epoch"}
_DATES = {"date", "day", "local date", "date utc", "utc date"}
_TIMES |= {f"{name}{suffix}" for name in _TIMES for suffix in (" utc", "_utc", " (utc)")}


@dataclass(frozen=True, kw_only=True)
class TextLayout:
    """Where the samples stand in each row, and what they mean."""

    file_format: str
    skip_lines: int
    separator: str
    column_count: int
    xyz: tuple[int, int, int]
    g_per_unit: float
    has_decimal_comma: bool = False
    gyro: tuple[int, int, int] | None = None
    date: int | None = None
    """Where the date stands, if ``time`` holds the time of day only."""
    time: int | None = None
    stamp: Stamp | None = None
    written: str | None = None
    """How polars is told a time with the day or the month first, or a date and a time in two columns."""
    clock: Literal["local", "utc"] = "local"
    start_us: int | None = None
    rate_hz: float | None = None
    range_g: float | None = None
    device_model: str = "unknown"
    serial_number: str | None = field(default=None, repr=False)
    firmware: str | None = None
    configured_time_zone: str | None = None
    clock_set_us: int | None = None
    """When the device's clock was set, by that clock, where the export tells it."""
    slow: tuple[tuple[str, int], ...] = ()
    """Companion signals and their columns."""


def find_layout(head: bytes, file_name: str, declared: ColumnMap | None) -> TextLayout:
    """Return the layout of a table from its first 64 KB; raises InputError that tells what is missing."""
    lines = _lines(head)
    first = lines[0] if lines else ""
    declared = declared or known_map(_cells(first, _separator(lines)))
    if declared is not None:
        return _declared(lines, declared, file_name)
    if first.startswith("Device Type,GENEActiv"):
        return _geneactiv(lines, file_name)
    if "created by actigraph" in first.lower():
        return _actilife(lines, file_name)
    if (empatica := _empatica(lines)) is not None:
        return empatica
    if (omgui := _without_names(lines)) is not None:
        return omgui
    return _with_names(lines, file_name)


def looks_like_table(head: bytes) -> bool:
    """Tell whether the first bytes are text with at least three columns of numbers in some of the first lines."""
    if head[:4096].count(0) > 1024 and not head.startswith(UTF16_MARKS):  # no text
        return False
    lines = _lines(head[:65_536])[:150]
    return any(
        sum(bool(_NUMBER.match(cell)) for cell in _cells(line, _separator(lines[number:]))) >= 3
        for number, line in enumerate(lines)
    )


def _lines(head: bytes) -> list[str]:
    is_wide = head.startswith(UTF16_MARKS)
    text = (
        head[: len(head) // 2 * 2].decode("utf-16", "replace")
        if is_wide
        else head.decode("utf-8-sig", "replace")
    )
    lines = _LINE_END.split(text)
    return lines[:-1] if len(lines) > 1 else lines  # the last one is empty, or may be cut


def _separator(lines: Sequence[str]) -> str:
    """Return what separates the cells of a table that begins with these lines.

    A semicolon or tab that stands equally often in (nearly) every line wins over the comma, which may be a decimal one.
    """
    some = [_QUOTED.sub("", line) for line in lines[:SEPARATOR_LINES] if line.strip()]
    for separator in (";", "\t"):
        counts = Counter(line.count(separator) for line in some)
        if counts:
            usual, number = counts.most_common(1)[0]
            if usual >= 2 and number >= 0.9 * len(some):
                return separator
    first = some[0] if some else ""
    return max((",", ";", "\t"), key=first.count)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip().strip('"') for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:  # damage
        return [cell.strip().strip('"') for cell in line.split(separator)]


def _has_decimal_comma(lines: Sequence[str], separator: str, axes: Sequence[int]) -> bool:
    """Tell whether any of the first rows has one: a whole number is written without."""
    rows = (_cells(line, separator) for line in lines)
    return any("," in cells[axis] for cells in rows for axis in axes if axis < len(cells))


def _is_number(cell: str) -> bool:
    return _NUMBER.match(cell) is not None


def _undeclared(file_name: str, what: str, entries: Mapping[str, str] | None = None) -> InputError:
    """Return the error for a table that does not tell enough; ``entries`` are the lines of a declaration, as far as known."""
    base = file_name.rpartition("/")[2]
    wanted = "([columns] x, y, z, unit, time or start and sampling_rate_hz)"
    if entries:
        wanted = "under [columns]: " + ", ".join(
            f"{name} = {json.dumps(value)}" for name, value in entries.items()
        )
    return InputError(
        f"{file_name}: a table whose {what}; declare them in {base}.columns.toml beside it {wanted}",
        reason_code="undeclared_columns",
    )


def _likely_unit(lines: Sequence[str], separator: str, axes: tuple[int, int, int]) -> str:
    """Say which unit the first rows are likely in, by the length of gravity."""
    lengths = []
    for line in lines[:1000]:
        cells = _cells(line, separator)
        cells += [""] * (max(axes) + 1 - len(cells))
        xyz = [cells[axis].replace(",", ".") for axis in axes]
        if all(map(_is_number, xyz)):
            lengths.append(math.hypot(*map(float, xyz)))
    median = statistics.median(lengths) if lengths else 0.0
    likely = 'g (unit = "g")' if abs(median - 1) <= CLOSE_FRAC else likely_unit(median)
    return f"likely {likely}" if likely else 'unit = "g", "mg", "m/s2", or "LSB" with lsb_per_g'


def _geneactiv(lines: list[str], file_name: str) -> TextLayout:
    facts = {cells[0]: cells[1] for cells in (_cells(line, ",") for line in lines[:60]) if len(cells) > 1}
    start = next((number for number, line in enumerate(lines) if COLON_MS.match(line.split(",")[0])), None)
    if start is None:
        raise InputError(
            f"{file_name}: a GENEActiv export without a row of samples", reason_code="no_readable_block"
        )
    rate = re.match(r"[\d.]+", facts.get("Measurement Frequency", ""))
    return TextLayout(
        file_format="geneactiv_csv",
        skip_lines=start,
        separator=",",
        column_count=7,
        xyz=(1, 2, 3),
        g_per_unit=1.0,
        time=0,
        stamp="colon_ms",
        rate_hz=float(rate[0]) if rate else None,
        range_g=8.0,
        device_model=f"GENEActiv {facts.get('Device Model', '')}".strip(),
        serial_number=facts.get("Device Unique Serial Code") or None,
        firmware=facts.get("Device Firmware Version") or None,
        configured_time_zone=offset_text(facts.get("Time Zone", "")),
        clock_set_us=moment_us(facts.get("Config Time", "")),
        slow=(("light_lux", 4), ("is_button_pressed", 5), ("temperature_c", 6)),
    )


def _actilife(lines: list[str], file_name: str) -> TextLayout:
    top = [line.rstrip(",; ") for line in lines[:15]]
    facts = "\n".join(top)
    epoch = re.search(r"Epoch Period \(hh:mm:ss\)\s+(\d+):(\d+):(\d+)", facts)
    if epoch and any(int(part) for part in epoch.groups()):
        raise no_samples(COUNTS, file_name)
    rate = re.search(r"\bat (\d+) ?Hz", facts)
    order = re.search(r"date format ([dMy]+)[./-]([dMy]+)[./-]([dMy]+)", facts)
    date = re.search(r"Start Date (\d+)[./-](\d+)[./-](\d+)", facts)
    time = re.search(r"Start Time (\d+):(\d\d):(\d\d)", facts)
    serial = re.search(r"Serial Number: ?(\S+)", facts)
    model = re.search(r"Created By Acti[gG]raph (.+?) ActiLife", top[0])
    firmware = re.search(r"Firmware v(\S+)", top[0])
    rules = [number for number, line in enumerate(top) if line.startswith("-----")]
    body = rules[1] + 1 if len(rules) > 1 else len(top)
    separator = _separator(lines[body + 1 :]) if body + 1 < len(lines) else ","
    names = ""
    if body < len(lines) and not _is_number(_cells(lines[body], separator)[-1]):
        names = lines[body].lower()
        body += 1
    cells = _cells(lines[body], separator) if body < len(lines) else []
    if rate is None or date is None or time is None or order is None or len(cells) not in {3, 4}:
        raise InputError(
            f"{file_name}: an ActiLife export without rate, start or three columns of samples",
            reason_code="damaged_header",
        )
    xyz = (0, 1, 2) if len(cells) == 3 else (1, 2, 3)
    place = {
        letter[0].lower(): int(number) for letter, number in zip(order.groups(), date.groups(), strict=True)
    }
    parts = [place.get("y", 0), place.get("m", 0), place.get("d", 0), *map(int, time.groups())]
    start_us = int(civil_us(*(np.array([part]) for part in parts))[0])
    if start_us == UNKNOWN:
        raise InputError(
            f"{file_name}: the start date of the ActiLife export is no date", reason_code="damaged_header"
        )
    return TextLayout(
        file_format="actilife_csv",
        skip_lines=body,
        separator=separator,
        column_count=len(cells),
        xyz=xyz,
        g_per_unit=1.0,
        has_decimal_comma=_has_decimal_comma(lines[body:], separator, xyz),
        # CentrePoint exports tell UTC, ActiLife the wall clock of the computer that set the device
        clock="utc" if "utc" in names or "centrepoint" in top[0].lower() else "local",
        start_us=start_us,
        rate_hz=float(rate[1]),
        device_model=model[1] if model else "ActiGraph",
        serial_number=serial[1] if serial else None,
        firmware=firmware[1] if firmware else None,
    )


def _empatica(lines: list[str]) -> TextLayout | None:
    """An E4 table: the start (UTC) and the rate, once for each column, then the values."""
    if len(lines) < 3:
        return None
    starts, rates, values = (_cells(line, ",") for line in lines[:3])
    if (
        len(set(starts)) != 1
        or len(set(rates)) != 1
        or len(starts) != len(rates)
        or len(values) != len(starts)
    ):
        return None
    if (
        not EPOCH.match(starts[0])
        or not _is_number(rates[0])
        or not 1 <= float(rates[0]) <= 1000
        or len(starts) != 3
    ):
        return None
    return TextLayout(
        file_format="empatica_e4",
        skip_lines=2,
        separator=",",
        column_count=3,
        xyz=(0, 1, 2),
        g_per_unit=1 / 64,  # the maker's info.txt: the unit is 1/64 g, the range 2 g
        clock="utc",
        start_us=round(float(starts[0]) * SECOND_US),
        rate_hz=float(rates[0]),
        range_g=2.0,
        device_model="Empatica E4",
    )


def _without_names(lines: list[str]) -> TextLayout | None:
    """OMGUI's export: no line of names, a time, then acceleration in g and perhaps rotation in degrees per second."""
    if not lines:
        return None
    separator = _separator(lines)
    cells = _cells(lines[0], separator)
    stamp = stamp_of(cells[0]) if cells else None
    if stamp not in {"iso", "epoch_s"} or len(cells) < 4 or not all(map(_is_number, cells[1:])):
        return None
    return TextLayout(
        file_format="omgui_csv",
        skip_lines=0,
        separator=separator,
        column_count=len(cells),
        xyz=(1, 2, 3),
        gyro=(4, 5, 6) if len(cells) == 7 else None,
        g_per_unit=1.0,
        has_decimal_comma=_has_decimal_comma(lines, separator, range(1, len(cells))),
        time=0,
        stamp=stamp,
        device_model="Axivity",
        # the epochs of this export are the device's wall clock read as if it were UTC
        clock="local",
    )


def _unit_of(name: str) -> str | None:
    found = _UNIT.search(name)
    if found is None:
        return None
    unit = (found[1] or found[2]).lower()
    return {"m/s^2": "m/s2", "m/s²": "m/s2", "ms-2": "m/s2", "m_s2": "m/s2", "mps2": "m/s2"}.get(unit, unit)


def _with_names(lines: list[str], file_name: str) -> TextLayout:
    """A table whose names tell axes, unit and time."""
    for number, line in enumerate(lines[:50]):
        separator = _separator(lines[number : number + SEPARATOR_LINES])
        names = _cells(line, separator)
        bare = [_UNIT.sub("", name).strip().lower() for name in names]
        axes = {
            found[2]: index for index, name in reversed(list(enumerate(bare))) if (found := _AXIS.match(name))
        }
        if len(axes) == 3 and number + 1 < len(lines):
            break
    else:
        if COUNTS.is_it("\n".join(lines[:30]).encode(), ""):
            raise no_samples(COUNTS, file_name)
        raise _undeclared(file_name, "columns are not known here")
    units = {_unit_of(names[axes[axis]]) for axis in "xyz"}
    cells = _cells(next((line for line in lines[number + 1 :] if line.strip()), ""), separator)
    cells += [""] * (len(names) - len(cells))
    date = next((index for index, name in enumerate(bare) if name in _DATES), None)
    time = next((index for index, name in enumerate(bare) if name in _TIMES), date)
    stamp = stamp_of(cells[time]) if time is not None else None
    written = written_as(cells[time or 0], stamp)
    apart = None
    if stamp is None and date is not None and time is not None and date != time:
        apart = written_apart(cells[date], cells[time])
    if apart is not None:
        stamp, written = apart
    else:
        date = None
    unit = units.pop() if len(units) == 1 else None
    entries = {axis: names[axes[axis]] for axis in "xyz"}
    if time is not None:
        entries |= {"time": names[time]} if date is None else {"date": names[date], "time": names[time]}
    if unit not in {"g", "mg", "m/s2"}:
        likely = _likely_unit(lines[number + 1 :], separator, (axes["x"], axes["y"], axes["z"]))
        entries |= {"unit": "..."}
        raise _undeclared(file_name, f"names do not tell the unit of the acceleration ({likely})", entries)
    entries |= {"unit": unit}
    if stamp is None and time is not None and (apart is not None or WRITTEN.match(cells[time])):
        raise _undeclared(
            file_name,
            'dates can be read in two ways (time_format = "day_first" or "month_first")',
            entries | {"time_format": "..."},
        )
    if stamp is None or (date is not None and written is None):
        raise _undeclared(file_name, "rows carry no time that can be read", entries)
    gyro = {
        found[2]: index
        for index, name in reversed(list(enumerate(bare)))
        if (found := _GYRO_AXIS.match(name))
    }
    return TextLayout(
        file_format="csv",
        skip_lines=number + 1,
        separator=separator,
        column_count=len(names),
        xyz=(axes["x"], axes["y"], axes["z"]),
        gyro=(gyro["x"], gyro["y"], gyro["z"]) if len(gyro) == 3 else None,
        g_per_unit=G_PER_UNIT[unit],
        has_decimal_comma=_has_decimal_comma(lines[number + 1 :], separator, tuple(axes.values())),
        date=date,
        time=time,
        stamp=stamp,
        written=written,
        clock="local" if stamp in LOCAL_STAMPS and "utc" not in names[time or 0].lower() else "utc",
    )


def _declared(lines: list[str], declared: ColumnMap, file_name: str) -> TextLayout:
    body = declared.skip_lines
    if body >= len(lines):
        raise InputError(
            f"{file_name}: has fewer lines than its columns.toml skips", reason_code="no_readable_block"
        )
    separator = _separator(lines[body:])
    names = _cells(lines[body], separator)
    if not declared.is_numbered:
        body += 1

    def place(column: str | int | None) -> int | None:
        if column is None or isinstance(column, int):
            if column is not None and column >= len(names):
                raise InputError(
                    f"{file_name}: has {len(names)} columns, its columns.toml names number {column}",
                    reason_code="undeclared_columns",
                )
            return column
        if column not in names:
            raise InputError(
                f"{file_name}: has no column {column!r}, which its columns.toml names",
                reason_code="undeclared_columns",
            )
        return names.index(column)

    cells = _cells(lines[body], separator) if body < len(lines) else []
    date, time = place(declared.date), place(declared.time)
    stamp: Stamp | None = None
    written: str | None = None
    if time is not None:
        stamp = declared.time_format  # type: ignore[assignment]
        if date is not None:
            told = None if stamp == "iso" else stamp
            is_there = max(date, time) < len(cells)
            apart = written_apart(cells[date], cells[time], told) if is_there else None
            stamp, written = apart or (None, None)
            stamp = None if written is None else stamp
        elif time < len(cells):
            stamp = stamp_of(cells[time]) if stamp == "iso" else stamp
            written = written_as(cells[time], stamp)
        if stamp is None or (written is None and stamp in {"day_first", "month_first"}):
            raise _undeclared(file_name, "times are not written as its columns.toml says")
    # a time that tells its offset is an instant, whatever is declared
    is_wall = (
        stamp != "iso_with_zone"
        and (declared.clock or ("local" if stamp in LOCAL_STAMPS else "utc")) == "local"
    )
    xyz = (place(declared.x), place(declared.y), place(declared.z))
    gyro = tuple(found for axis in GYRO_AXES if (found := place(getattr(declared, axis))) is not None)
    layout = TextLayout(
        file_format="csv",
        skip_lines=body,
        separator=separator,
        column_count=len(names),
        xyz=(xyz[0] or 0, xyz[1] or 0, xyz[2] or 0),
        gyro=(gyro[0], gyro[1], gyro[2]) if len(gyro) == 3 else None,
        g_per_unit=declared.g_per_unit,
        has_decimal_comma=_has_decimal_comma(
            lines[body:], separator, (xyz[0] or 0, xyz[1] or 0, xyz[2] or 0)
        ),
        date=date,
        time=time,
        stamp=stamp,
        written=written,
        clock="local" if is_wall else "utc",
        start_us=declared.start_us,
        rate_hz=declared.sampling_rate_hz,
        range_g=declared.range_g,
    )
    slow = [
        (name, found)
        for name in ("temperature_c", "light_lux", "heart_rate_bpm")
        if (found := place(getattr(declared, name))) is not None
    ]
    return replace(layout, slow=tuple(slow))
