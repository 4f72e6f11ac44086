"""One set of words for what pages name: columns, groupings, steps, from ``transforms/tables/title.csv``; nutrients by their list."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from transforms.schema import NUTRIENTS

_FILE = Path(__file__).parents[1] / "tables" / "title.csv"
_DAYS = {"lag1_": " the day before", "lead1_": " the day after"}


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as stream:
        rows: dict[str, Mapping[str, str]] = {row["name"]: row for row in csv.DictReader(stream)}
    for one in NUTRIENTS:
        unit = one.unit.replace("ug", "µg")
        rows[one.column] = {"title": one.heading, "unit": unit, "step": f"{unit} more"}
        ratio = {
            "title": f"{one.heading} over the recommended allowance",
            "unit": "ratio",
            "step": "ratio more",
        }
        rows[one.rda_ratio] = ratio
    return rows


def _base(name: str) -> tuple[str, str]:
    for prefix, words in _DAYS.items():
        if name.startswith(prefix):
            return name.removeprefix(prefix), words
    return name, ""


def title(name: str) -> str:
    """Say a column or a grouping in words; one that has none is said as it is spelled, without its underscores."""
    base, day = _base(name)
    row = _rows().get(base)
    told = row["title"] if row is not None else base.replace("_", " ").capitalize()
    return told.removesuffix(" of the day") + day if day else told


def unit(name: str) -> str:
    """Return the unit of a column as it is printed; empty where it has none."""
    row = _rows().get(_base(name)[0])
    return row["unit"] if row is not None else ""


def step(name: str, per_unit: float) -> str:
    """Say the step that a ratio is told for, such as ``100 mg more``."""
    row = _rows().get(_base(name)[0])
    words = row["step"] if row is not None and row["step"] else "more"
    if per_unit == 1:
        words = words.replace("points ", "point ")
    return f"{per_unit:g} {words}"


def known() -> list[str]:
    """Name everything that has words, in the order in which pages tell it."""
    return list(_rows())
