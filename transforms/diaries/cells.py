"""Numbers, yes and no, and words as people write them."""

from collections.abc import Mapping

import polars as pl

_DECIMAL = r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$"
_GROUPED_COMMA = r"^[+-]?\d{1,3}(,\d{3})+\.\d+$|^[+-]?\d{1,3}(,\d{3}){2,}$"
_GROUPED_POINT = r"^[+-]?\d{1,3}(\.\d{3})+,\d+$|^[+-]?\d{1,3}(\.\d{3}){2,}$"
_EITHER = r"^[+-]?[1-9]\d{0,2},\d{3}$"
_YES = ("true", "yes", "y", "t", "1")
_NO = ("false", "no", "n", "f", "0")


def read_number(text: pl.Expr, lowest: float, highest: float) -> tuple[pl.Expr, pl.Expr]:
    """Read numbers with a decimal point or comma; return value and reason.

    A comma before exactly three digits (1,234) may divide thousands or be a decimal comma: refused, since a dose that
    is wrong by a factor of a thousand is worse than one that is missing.
    """
    grouped_comma = text.str.contains(_GROUPED_COMMA)
    grouped_point = text.str.contains(_GROUPED_POINT)
    digits = (
        pl.when(grouped_comma)
        .then(text.str.replace_all(",", ""))
        .when(grouped_point)
        .then(text.str.replace_all(".", "", literal=True).str.replace(",", "."))
        .otherwise(text.str.replace(",", "."))
    )
    is_number = text.str.contains(_DECIMAL) | grouped_comma | grouped_point
    value = pl.when(is_number).then(digits).cast(pl.Float64, strict=False)
    reason = (
        pl.when(text.str.contains(_EITHER))
        .then(pl.lit("thousands or a decimal comma? both are possible; write a decimal point"))
        .when(text.is_not_null() & (value.is_null() | value.is_infinite()))
        .then(pl.lit("not a number"))
        .when(~value.is_between(lowest, highest))
        .then(pl.lit(f"outside {lowest:g} to {highest:g}"))
    )
    return value, reason


def read_yes_no(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Read true/false, yes/no, 1/0; return value and reason."""
    word = text.str.to_lowercase()
    value = pl.when(word.is_in(_YES)).then(pl.lit(value=True)).when(word.is_in(_NO)).then(pl.lit(value=False))
    reason = pl.when(text.is_not_null() & value.is_null()).then(pl.lit("yes or no is wanted"))
    return value, reason


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
