"""What a section of the report is made of, and how its numbers are written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from transforms.pictures.charts import Chart

NO_ANSWER = "Too few participants for an answer that may be told."


@dataclass(frozen=True)
class Table:
    """A table of words: head, rows, and how many columns from the left are words and not numbers."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    word_count: int = 1


@dataclass(frozen=True)
class Figure:
    """A chart with the table behind it; a table alone where there is nothing to draw."""

    title: str
    chart: Chart | None
    table: Table
    note: str = ""
    is_folded: bool = False
    """Whether it opens with a click: one of several that differ little."""


@dataclass(frozen=True)
class Section:
    """One section: what it says first, then its figures."""

    anchor: str
    title: str
    text: Sequence[str]
    figures: Sequence[Figure] = field(default=())


def told(row: Mapping[str, Any], name: str = "rate_ratio") -> str:
    """Write a ratio with its interval."""
    low, high = (name.replace("rate_ratio", end) for end in ("ci_low", "ci_high"))
    if row[name] is None:
        return "not known"
    if row[low] is None:
        return f"{row[name]:.2f}"
    return f"{row[name]:.2f} ({row[low]:.2f} to {row[high]:.2f})"


def count(value: float | None) -> str:
    """Write a number of people or nights; what is withheld is said so."""
    return "withheld" if value is None else f"{value:,.0f}"


def level_words(level: str, limits: str | None) -> str:
    """Say a level of an exposure with its limits in plain words: ``> 0 to <= 100 mg`` is 0 to 100 mg."""
    name = level.removeprefix("rating_0_10 ").replace("_", " ")
    if limits is None:
        return name
    plain = re.sub(r"\d+\.\d+", lambda found: f"{float(found[0]):.3g}", limits)
    if " to " in plain:
        plain = re.sub(r"[<>]=? ", "", plain)
    for sign, words in ((">= ", "at least "), ("> ", "above "), ("<= ", "up to "), ("< ", "below ")):
        plain = plain.replace(sign, words)
    plain = plain.removesuffix(" year") + " years" if plain.endswith(" year") else plain
    plain = plain.removesuffix(" allowances")  # of which the heading speaks
    # a level that is named by its limit needs it once
    return plain if name[-1:].isdigit() else f"{name} ({plain})"
