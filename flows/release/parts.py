"""What a section of the report is made of, and how its numbers are written."""

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


@dataclass(frozen=True)
class Section:
    """One section: what it says first, then its figures."""

    anchor: str
    title: str
    text: Sequence[str]
    figures: Sequence[Figure] = field(default=())


def told(row: Mapping[str, Any], name: str = "rate_ratio") -> str:
    """Write a ratio with its interval."""
    low, high = ("control_ci_low", "control_ci_high") if name.startswith("control") else ("ci_low", "ci_high")
    if row[name] is None:
        return "not known"
    if row[low] is None:
        return f"{row[name]:.2f}"
    return f"{row[name]:.2f} ({row[low]:.2f} to {row[high]:.2f})"


def count(value: float | None) -> str:
    """Write a number of people or nights; what is withheld is said so."""
    return "withheld" if value is None else f"{value:,.0f}"


def often(ratio: float) -> str:
    """Say a ratio of rates as a change, such as ``12 % more often``."""
    change = round(100 * (ratio - 1))
    return "as often" if change == 0 else f"{abs(change)} % {'more' if change > 0 else 'less'} often"


def often_between(low: float, high: float) -> str:
    """Say an interval of ratios, such as ``5 to 20 % more`` or ``3 % less to 20 % more``."""
    ends = [round(100 * (ratio - 1)) for ratio in (low, high)]
    words = ["more" if end > 0 else "less" for end in ends]
    if 0 in ends or words[0] == words[1]:
        smaller, larger = sorted(ends, key=abs)
        word = "less" if larger < 0 else "more"
        return f"{abs(smaller)} to {abs(larger)} % {word}"
    return f"{abs(ends[0])} % less to {abs(ends[1])} % more"
