"""Numbers, yes and no, and words as people write them."""

import re
from collections.abc import Mapping

import polars as pl

from transforms.diaries.reference import unit_worth

_DECIMAL = r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$"
_GROUPED_COMMA = r"^[+-]?\d{1,3}(,\d{3})+\.\d+$|^[+-]?\d{1,3}(,\d{3}){2,}$"
_GROUPED_POINT = r"^[+-]?\d{1,3}(\.\d{3})+,\d+$|^[+-]?\d{1,3}(\.\d{3}){2,}$"
_EITHER = r"^[+-]?[1-9]\d{0,2},\d{3}$"
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75", "⅓": ".3333333333", "⅔": ".6666666667"}
_SLASHED = r"^([0-9]*) ?([123])/([234])$"


def read_number(text: pl.Expr, lowest: float, highest: float, unit: str = "") -> tuple[pl.Expr, pl.Expr]:
    """Read numbers with a decimal point or comma; return value and reason.

    A comma before exactly three digits (1,234) may divide thousands or be a decimal comma: refused, since a dose that
    is wrong by a factor of a thousand is worse than one that is missing. Fractions (1/2, ½, 1½) are numbers; a unit
    behind the number is understood where it is one of the column's ``unit`` (80 mg, 0.1 g, 1 h, 1 h 10 min).
    """
    worth = unit_worth(unit)
    written = text
    for sign, decimals in _FRACTIONS.items():
        written = written.str.replace(rf"^(\d*) ?{sign}", f"${{1}}{decimals}")
    if unit == "min":
        written = _hours_and_minutes(written, worth)
    part = written.str.extract_groups(
        rf"(?i)^([^A-Za-zµμ]*[^A-Za-zµμ ])\s*({'|'.join(map(re.escape, worth))})\.?$"
        if worth
        else r"^(.*)()$"
    )
    factor = (
        part.struct.field("2")
        .str.to_lowercase()
        .replace_strict(dict(worth), default=1.0, return_dtype=pl.Float64)
    )
    bare = pl.when(part.struct.field("2").is_not_null()).then(part.struct.field("1")).otherwise(written)
    slashed = bare.str.extract_groups(_SLASHED)
    whole = slashed.struct.field("1").replace("", "0").cast(pl.Float64, strict=False)
    fraction = whole + slashed.struct.field("2").cast(pl.Float64, strict=False) / slashed.struct.field(
        "3"
    ).cast(pl.Float64, strict=False)
    grouped_comma = bare.str.contains(_GROUPED_COMMA)
    grouped_point = bare.str.contains(_GROUPED_POINT)
    digits = (
        pl.when(grouped_comma)
        .then(bare.str.replace_all(",", ""))
        .when(grouped_point)
        .then(bare.str.replace_all(".", "", literal=True).str.replace(",", "."))
        .otherwise(bare.str.replace(",", "."))
    )
    is_number = bare.str.contains(_DECIMAL) | grouped_comma | grouped_point
    value = pl.coalesce(pl.when(is_number).then(digits).cast(pl.Float64, strict=False), fraction) * factor
    reason = (
        pl.when(bare.str.contains(_EITHER))
        .then(pl.lit("thousands or a decimal comma? both are possible; write a decimal point"))
        .when(text.is_not_null() & (value.is_null() | value.is_infinite()))
        .then(pl.lit("not a number"))
        .when(~value.is_between(lowest, highest))
        .then(pl.lit(f"outside {lowest:g} to {highest:g}"))
    )
    return value, reason


def _hours_and_minutes(text: pl.Expr, worth: Mapping[str, float]) -> pl.Expr:
    """Write hours with minutes behind them (1 h 10 min, 1h30, 0:45, a spreadsheet's 00:45:00) as minutes."""
    hours, minutes = (
        "|".join(map(re.escape, (w for w, v in worth.items() if v == each))) for each in (60, 1)
    )
    clock = text.str.replace(r"^0?(\d):([0-5]\d)(?::00)?$", "${1}h${2}")
    part = clock.str.extract_groups(rf"(?i)^(\d+) ?(?:{hours})\.? ?(\d{{1,2}}) ?(?:{minutes})?\.?$")
    total = part.struct.field("1").cast(pl.Float64) * 60 + part.struct.field("2").cast(pl.Float64)
    return pl.when(total.is_not_null()).then(total.cast(pl.String)).otherwise(text)


def read_yes_no(text: pl.Expr, words: Mapping[str, str]) -> tuple[pl.Expr, pl.Expr]:
    """Read yes and no by a table of words; return value and reason."""
    meaning = plain_word(text).replace_strict(dict(words), default=None, return_dtype=pl.String)
    reason = pl.when(text.is_not_null() & meaning.is_null()).then(pl.lit("yes or no is wanted"))
    return meaning == "yes", reason


def read_word(text: pl.Expr, words: Mapping[str, str]) -> tuple[pl.Expr, pl.Expr]:
    """Read one of a list of words, whatever its case and separators; return what it maps to, and reason."""
    value = plain_word(text).replace_strict(dict(words), default=None, return_dtype=pl.String)
    known = ", ".join(dict.fromkeys(words.values()))
    wanted = known if len(known) <= 120 else f"{known[:120]} ..."
    reason = pl.when(text.is_not_null() & value.is_null()).then(pl.lit(f"not one of {wanted}"))
    return value, reason


def plain_word(text: pl.Expr) -> pl.Expr:
    """Lower case, with one underscore for every run of spaces, hyphens and slashes."""
    return text.str.to_lowercase().str.strip_chars().str.replace_all(r"[\s\-/_]+", "_")
