"""What a study says about the columns of a table of samples that does not say it itself."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from transforms.clock import SECOND_US
from transforms.errors import SettingsError

Column = str | int
TIME_KINDS = ("iso", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns", "day_first", "month_first")
MS2_PER_G = 9.80665
G_PER_UNIT = {"g": 1.0, "mg": 1e-3, "m/s2": 1 / MS2_PER_G}
COUNTS = "LSB"
GYRO_AXES = ("gyro_x", "gyro_y", "gyro_z")
COLUMN_ENTRIES = ("x", "y", "z", "date", "time", *GYRO_AXES)
KNOWN = Path(__file__).parent / "known_columns"
"""Declarations for exports whose names do not tell their unit or their time, one file a program."""
UNITS = (*G_PER_UNIT, COUNTS)


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """Which columns hold what, by name or by number from 0.

    A table without times needs ``start`` (the first sample, ISO) and ``sampling_rate_hz``.
    """

    x: Column
    y: Column
    z: Column
    unit: str
    """g, mg, m/s2 or LSB (the sensor's own counts)."""
    lsb_per_g: float | None = None
    """Counts that are 1 g, where the unit is LSB."""
    date: Column | None = None
    """Where the date stands, if ``time`` holds the time of day only."""
    time: Column | None = None
    time_format: str = "iso"
    """One of TIME_KINDS; day_first and month_first are 14/03/2026 22:00:00.5 and 03/14/2026 10:00:00.5 PM."""
    clock: str | None = None
    """utc or local; by default epochs are UTC, and ISO times are local unless they carry an offset."""
    start: str | None = None
    sampling_rate_hz: float | None = None
    range_g: float | None = None
    skip_lines: int = 0
    """Lines before the line with the names, or before the first row where columns are given by number."""
    gyro_x: Column | None = None
    """Rotation in degrees per second; all three axes or none."""
    gyro_y: Column | None = None
    gyro_z: Column | None = None
    temperature_c: Column | None = None
    light_lux: Column | None = None
    heart_rate_bpm: Column | None = None

    @property
    def g_per_unit(self) -> float:
        """Factor that turns the file's unit into g."""
        return 1 / self.lsb_per_g if self.lsb_per_g is not None else G_PER_UNIT[self.unit]

    @property
    def is_numbered(self) -> bool:
        """Columns are given by number: the table has no line of names."""
        return all(isinstance(column, int) for column in (self.x, self.y, self.z))

    @property
    def start_us(self) -> int | None:
        """The first sample in microseconds since 1970 of the device's clock."""
        if self.start is None:
            return None
        moment = datetime.fromisoformat(self.start)
        if moment.tzinfo is not None:
            raise ValueError(f"{self.start} tells an offset from UTC")
        return round((moment - datetime(1970, 1, 1)).total_seconds() * SECOND_US)  # noqa: DTZ001 - naive is meant


def parse_column_map(text: str, where: str) -> ColumnMap:
    """Read a map from TOML, its table ``[columns]``; raises SettingsError that tells what is missing."""
    try:
        entries = tomllib.loads(text).get("columns")
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where}: is no TOML: {error}") from None
    known = {entry.name for entry in fields(ColumnMap)}
    if not isinstance(entries, dict):
        raise SettingsError(f"{where}: has no table [columns]; write at least x, y, z and unit in it")
    unknown, missing = sorted(set(entries) - known), sorted({"x", "y", "z", "unit"} - set(entries))
    if unknown or missing:
        raise SettingsError(f"{where}: [columns] has unknown entries {unknown} and lacks {missing}")
    columns = [
        entries.get(name) for name in (*COLUMN_ENTRIES, "temperature_c", "light_lux", "heart_rate_bpm")
    ]
    if any(column is not None and not isinstance(column, str | int) for column in columns):
        raise SettingsError(f"{where}: columns are given by name or by number from 0")
    if any(isinstance(column, int) and not 0 <= column < 10_000 for column in columns):
        raise SettingsError(f"{where}: numbers of columns count from 0")
    _check_units(entries, where)
    if entries.get("time_format", "iso") not in TIME_KINDS:
        raise SettingsError(f"{where}: time_format is not one of {', '.join(TIME_KINDS)}")
    if entries.get("clock") not in {None, "utc", "local"}:
        raise SettingsError(f"{where}: clock is neither 'utc' nor 'local'")
    rate_hz = entries.get("sampling_rate_hz")
    if rate_hz is not None and not (isinstance(rate_hz, int | float) and 1 <= rate_hz <= 10_000):
        raise SettingsError(f"{where}: sampling_rate_hz must lie between 1 and 10000")
    result = ColumnMap(**entries)
    if result.date is not None and result.time is None:
        raise SettingsError(f"{where}: date goes with time; a column that holds both is time alone")
    try:
        start_us = result.start_us
    except (ValueError, TypeError):
        raise SettingsError(
            f"{where}: start {result.start!r} is no ISO date and time of the device's clock, without an offset (clock = "
            '"utc" says that it runs in UTC)'
        ) from None
    if result.time is None and (start_us is None or rate_hz is None):
        raise SettingsError(f"{where}: without a time column, start and sampling_rate_hz are needed")
    return result


def _check_units(entries: dict[str, Any], where: str) -> None:
    if entries["unit"] not in UNITS:
        raise SettingsError(f"{where}: unit {entries['unit']!r} is not one of {', '.join(UNITS)}")
    lsb_per_g = entries.get("lsb_per_g")
    is_scaled = isinstance(lsb_per_g, int | float) and lsb_per_g > 0
    if (entries["unit"] == COUNTS) != is_scaled:
        raise SettingsError(
            f'{where}: lsb_per_g (counts that are 1 g) goes with unit = "LSB", and with no other'
        )
    if len([axis for axis in GYRO_AXES if axis in entries]) not in {0, 3}:
        raise SettingsError(f"{where}: gyro_x, gyro_y and gyro_z are declared together or not at all")


@cache
def _known_maps() -> tuple[tuple[frozenset[str], ColumnMap], ...]:
    maps = []
    for file in sorted(KNOWN.glob("*.toml")):
        text = file.read_text(encoding="utf-8")
        names = tomllib.loads(text)["match"]["names"]
        maps.append((frozenset(_bare(name) for name in names), parse_column_map(text, file.name)))
    return tuple(maps)


def known_map(names: Sequence[str]) -> ColumnMap | None:
    """Return the shipped declaration of the program that writes a table with these names, its columns as written here."""
    written = {_bare(name): name for name in names}
    for wanted, declared in _known_maps():
        if wanted <= written.keys() and (len(wanted) > 5 or len(written) == len(wanted)):
            places: dict[str, Any] = {
                entry.name: written[_bare(value)]
                for entry in fields(ColumnMap)
                if isinstance(value := getattr(declared, entry.name), str) and _bare(value) in written
            }
            return replace(
                declared, **{name: place for name, place in places.items() if name in COLUMN_ENTRIES}
            )
    return None


def _bare(name: str) -> str:
    return name.replace(" ", "").replace("\ufeff", "").lower()
