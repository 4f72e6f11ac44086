"""Scores of questionnaires from their items, by keys with names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, kw_only=True)
class ScoringKey:
    """How the items of one questionnaire add up."""

    scale: str
    names: tuple[str, ...]
    """Beginnings of item names, before the number: pss_1, pss10_01, PSS1."""
    item_count: int
    lowest: int
    highest: int
    reversed_items: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    """The published words for the answers, from the lowest on: exports may hold them in place of numbers."""
    source: str


_PSS_LABELS = ("Never", "Almost never", "Sometimes", "Fairly often", "Very often")
_ESS_LABELS = (
    "Would never doze",
    "Slight chance of dozing",
    "Moderate chance of dozing",
    "High chance of dozing",
)

PSS10 = ScoringKey(
    scale="pss10",
    names=("pss10", "pss_10", "pss"),
    item_count=10,
    lowest=0,
    highest=4,
    reversed_items=(4, 5, 7, 8),
    labels=_PSS_LABELS,
    source="Cohen 1988",
)
PSS4 = ScoringKey(
    scale="pss4",
    names=("pss4", "pss_4"),
    item_count=4,
    lowest=0,
    highest=4,
    reversed_items=(2, 3),
    labels=_PSS_LABELS,
    source="Cohen 1983",
)
STAI_STATE = ScoringKey(
    scale="stai_state",
    names=("stai_state", "stai_s", "stai_y1", "stai"),
    item_count=20,
    lowest=1,
    highest=4,
    reversed_items=(1, 2, 5, 8, 10, 11, 15, 16, 19, 20),
    labels=("Not at all", "Somewhat", "Moderately so", "Very much so"),
    source="Spielberger 1983, form Y-1",
)
ESS = ScoringKey(
    scale="ess",
    names=("ess", "epworth"),
    item_count=8,
    lowest=0,
    highest=3,
    labels=_ESS_LABELS,
    source="Johns 1991",
)
KSS = ScoringKey(scale="kss", names=("kss",), item_count=1, lowest=1, highest=9, source="Akerstedt 1990")

STRESS_KEYS = (PSS10, PSS4, STAI_STATE)
DAYTIME_KEYS = (ESS, KSS)


def items_of(columns: Sequence[str], key: ScoringKey) -> list[str] | None:
    """Return the columns that hold the items of a questionnaire, in order; None where one is missing.

    The longest matching beginning of a name wins, so that pss4_1 is no item of the PSS-10.
    """
    for name in key.names:
        found: dict[int, str] = {}
        for column in columns:
            match = re.fullmatch(rf"{name}_?0*(\d+)", column.lower())
            if match:
                found[int(match[1])] = column
            elif key.item_count == 1 and column.lower() == name:
                found[1] = column
        if set(range(1, key.item_count + 1)) <= set(found):
            return [found[number] for number in range(1, key.item_count + 1)]
    return None


def as_number(text: pl.Expr, key: ScoringKey) -> pl.Expr:
    """Return the text of an answer, with the number in place of its published words ("1 = Almost never" too)."""
    number = text.str.extract(
        r"^\s*(\d+)\s*[-–—=:.)]\s*\p{L}", 1
    )  # "7 - sleepy, but no effort to stay awake"
    if not key.labels:
        return pl.coalesce(number, text)
    words = text.str.to_lowercase().str.extract(r"([\p{L}][\p{L} ]*[\p{L}])", 1).str.replace_all(r"\s+", " ")
    numbers = {label.lower(): str(key.lowest + place) for place, label in enumerate(key.labels)}
    return pl.coalesce(words.replace_strict(numbers, default=None, return_dtype=pl.String), number, text)


def score(items: Sequence[pl.Expr], key: ScoringKey) -> tuple[pl.Expr, pl.Expr]:
    """Add up the items; return score and reason.

    ``items`` are numbers. A questionnaire with a missing answer has no score (no published rule is followed that would
    fill it); one answer outside the range refuses the row, since then the coding is not the key's.
    """
    outside = pl.any_horizontal(~item.is_between(key.lowest, key.highest) for item in items)
    fraction = pl.any_horizontal(item != item.round(0) for item in items)
    missing = pl.sum_horizontal(item.is_null().cast(pl.Int32) for item in items)
    turned = [
        key.lowest + key.highest - item if number in key.reversed_items else item
        for number, item in enumerate(items, start=1)
    ]
    total = turned[0]
    for item in turned[1:]:
        total = total + item  # null where any is null
    reason = (
        pl.when(outside.fill_null(value=False) | fraction.fill_null(value=False))
        .then(pl.lit(f"an answer to {key.scale} outside {key.lowest} to {key.highest}"))
        .when((missing > 0) & (missing < key.item_count))
        .then(pl.format(f"{{}} of {key.item_count} answers to {key.scale} are missing", missing))
    )
    return pl.when(reason.is_null()).then(total), reason
