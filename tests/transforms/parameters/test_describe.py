"""A parameter is read, stays within its range, and has the type that it is declared with."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Literal

import pytest

from transforms.parameters import DEFAULT
from transforms.parameters.describe import problem_with, quantity, rows

ROOT = Path(__file__).resolve().parents[3]
TABLES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "transforms" / "tables").glob("*.csv"))]
SQL = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "sql").glob("*.sql"))}


@dataclass(frozen=True, kw_only=True)
class Example:
    """Parameters to be asked about."""

    width_s: float = quantity("Width.", unit="s", source="-")
    angle_deg: float = quantity("Angle.", unit="deg", source="-", low=-90, high=90)
    part_frac: float = quantity("Part.", unit="frac", source="-")
    round_count: int = quantity("Rounds.", unit="1", source="-", low=1)
    is_kept: bool = quantity("Whether kept.", unit="1", source="-")
    way: Literal["start", "end"] = quantity("Which.", unit="1", source="-")
    steps: tuple[float, ...] = quantity("Steps.", unit="1", source="-")
    grid_s: int = quantity("Grid.", unit="s", source="-", fixed=True)


PUBLISHED = Example(
    width_s=10,
    angle_deg=5.0,
    part_frac=0.5,
    round_count=3,
    is_kept=True,
    way="end",
    steps=(1, 2.5),
    grid_s=5,
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width_s", 12.5),  # published as a whole number, declared as any
        ("width_s", 0),
        ("angle_deg", -90.0),
        ("part_frac", 1.0),
        ("round_count", 1),
        ("is_kept", False),
        ("way", "start"),
        ("steps", (0, 7.5)),
        ("grid_s", 5),
    ],
)
def test_a_value_of_the_declared_type_within_the_range_is_taken(name, value):
    assert problem_with(PUBLISHED, name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("width_s", "10", "a number"),
        ("width_s", True, "a number"),
        ("width_s", float("nan"), "a number"),
        ("width_s", float("inf"), "a number"),
        ("width_s", -0.001, "at least 0"),
        ("angle_deg", 90.5, "at most 90"),
        ("part_frac", 1.01, "at most 1"),
        ("round_count", 0, "at least 1"),
        ("round_count", 2.0, "a whole number"),
        ("round_count", True, "a whole number"),
        ("is_kept", 1, "true or false"),
        ("way", "middle", "start or end"),
        ("steps", (1.0,), "2 numbers"),
        ("steps", (1.0, -1.0), "at least 0"),
        ("steps", 1.0, "2 numbers"),
        ("grid_s", 10, "5 and nothing else"),
    ],
)
def test_any_other_value_is_told_what_is_wanted(name, value, told):
    problem = problem_with(PUBLISHED, name, value)
    assert problem is not None and told in problem


def groups(parameters: object) -> Iterator[tuple[str, object]]:
    """Each group that has fields of its own, with the name of the field that holds it."""
    for entry in fields(parameters):
        value = getattr(parameters, entry.name)
        if is_dataclass(value):
            yield entry.name, value
            yield from groups(value)


def test_every_published_value_is_one_that_may_be_set():
    for group, holder in groups(DEFAULT):
        for entry in fields(holder):
            value = getattr(holder, entry.name)
            if not is_dataclass(value):
                assert problem_with(holder, entry.name, value) is None, (group, entry.name)


def modules() -> list[tuple[str, set[str]]]:
    """Text of each module that is not of the parameters, and the attributes that it reads."""
    found = []
    for path in sorted([*(ROOT / "flows").rglob("*.py"), *(ROOT / "transforms").rglob("*.py")]):
        if "parameters" not in path.parts:
            text = path.read_text(encoding="utf-8")
            reads = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
            found.append((text, reads))
    return found


def test_every_parameter_is_read():
    """By code that knows its class or its group, or by the SQL under its name; the steps are read by their exposure's."""
    sources = modules()
    unread = []
    for group, holder in groups(DEFAULT):
        knows = re.compile(rf"\b{type(holder).__name__}\b|\.{group}\b")
        read = set().union(*(reads for text, reads in sources if knows.search(text)))
        for entry in fields(holder):
            if is_dataclass(getattr(holder, entry.name)) or entry.name in read:
                continue
            in_sql = any(
                f".{group}.{entry.name}'" in text or f"'{group}.{entry.name}'" in text
                for text in SQL.values()
            )
            is_level = group == "level" and f"'{entry.name}'" in SQL["026_exposure_level.sql"]
            is_step = group == "step" and f'"{entry.name}"' in sources_of_questions()
            in_table = any(f"{group}.{entry.name}" in text for text in TABLES)
            if not (in_sql or is_level or is_step or in_table):
                unread.append(f"{group}.{entry.name}")
    assert unread == []


def sources_of_questions() -> str:
    """The module that declares which exposures are asked about."""
    return (ROOT / "transforms" / "statistics" / "association.py").read_text(encoding="utf-8")


def test_every_meaning_is_a_sentence_of_its_own():
    """It is read alone, as a row of study_parameter: capital, full stop, and nothing that points to another row."""
    pointing = re.compile(r"^(?:The same|As |Its |See )")
    broken = [
        row.name
        for row in rows(DEFAULT)
        if not (row.meaning[0].isupper() and row.meaning.endswith(".")) or pointing.match(row.meaning)
    ]
    assert broken == []
