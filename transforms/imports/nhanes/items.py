"""Items of the questionnaires and examinations, decoded as transforms/tables/nhanes_item.csv says: a row, not code."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import polars as pl


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of the survey and the column that it is read into; the first item of a column with an answer counts."""

    column: str
    item: str
    kind: str
    """word, flag or number."""
    codes: dict[int, str | bool]
    """Of words and flags: what each code says."""
    low: float | None
    high: float | None
    """Of numbers: the limits, both included, within which a value is an answer."""
    unknown: tuple[float, ...]
    """Codes of refused, not known and what is another item's answer."""

    @property
    def dtype(self) -> pl.DataType:
        """The type of the column."""
        return {"word": pl.String(), "flag": pl.Boolean(), "number": pl.Float64()}[self.kind]

    @property
    def is_answer(self) -> pl.Expr:
        """Whether the codebook knows the value and it is an answer."""
        value = pl.col(self.item)
        if self.kind != "number":
            return value.is_in([float(code) for code in self.codes])
        return pl.all_horizontal(
            value.is_not_null(),
            ~value.is_in(self.unknown),
            *([value >= self.low] if self.low is not None else []),
            *([value <= self.high] if self.high is not None else []),
        )

    @property
    def is_foreign(self) -> pl.Expr:
        """Whether there is a value that the codebook does not know, as an answer or as none."""
        value = pl.col(self.item)
        return value.is_not_null() & ~self.is_answer & ~value.is_in(self.unknown)

    @property
    def answer(self) -> pl.Expr:
        """The answer; empty where it is refused, not known or missing."""
        value = pl.when(self.is_answer).then(pl.col(self.item))
        if self.kind == "number":
            return value
        codes = {float(code): said for code, said in self.codes.items()}
        return value.replace_strict(codes, default=None, return_dtype=self.dtype)


@cache
def items() -> tuple[Item, ...]:
    """Return every declared item, in the order of the table."""
    content = resources.files("transforms").joinpath("tables", "nhanes_item.csv").read_bytes()
    return tuple(
        _item(row) for row in pl.read_csv(io.BytesIO(content), infer_schema=False).iter_rows(named=True)
    )


@cache
def person_items() -> frozenset[str]:
    """Return the names of all declared items."""
    return frozenset(item.item for item in items())


def _item(row: dict[str, str | None]) -> Item:
    def number(name: str) -> float | None:
        return None if row[name] is None else float(str(row[name]))

    pairs = [pair.split("=") for pair in (row["codes"] or "").split("|") if pair]
    return Item(
        column=str(row["column"]),
        item=str(row["item"]),
        kind=str(row["kind"]),
        codes={int(code): said == "true" if row["kind"] == "flag" else said for code, said in pairs},
        low=number("low"),
        high=number("high"),
        unknown=tuple(float(code) for code in (row["unknown"] or "").split("|") if code),
    )


def answers_of(table: pl.DataFrame) -> pl.DataFrame:
    """Return the items of a table, one row per respondent (SEQN), as published; the first value of each counts."""
    found = [name for name in table.columns if name in person_items()]
    return table.select("SEQN", *found).group_by("SEQN").agg(pl.col(found).drop_nulls().first())


def contradictions(table: pl.DataFrame) -> list[tuple[str, int]]:
    """Return the items of which a respondent has more than one value, and how many respondents that are."""
    found = [name for name in table.columns if name in person_items()]
    if not found or not table["SEQN"].is_duplicated().any():
        return []
    several = table.group_by("SEQN").agg(pl.col(found).min() != pl.col(found).max())
    return [(name, count) for name in found if (count := int(several[name].sum()))]


def foreign_codes(table: pl.DataFrame) -> list[tuple[str, int]]:
    """Return the items of a table with values that the codebook does not know, and how many there are."""
    known = [item for item in items() if item.item in table.columns]
    if not known:
        return []
    # several columns may read one item; a code is foreign that none of them knows
    counted = table.select(
        pl.all_horizontal(item.is_foreign for item in known if item.item == name).sum().alias(name)
        for name in dict.fromkeys(item.item for item in known)
    ).row(0, named=True)
    return [(name, count) for name, count in counted.items() if count]


def decoded(wide: pl.DataFrame) -> pl.DataFrame:
    """Return SEQN and one column for each declared one; of a column with several items the first answer counts."""
    given = wide.with_columns(
        pl.lit(None, dtype=pl.Float64).alias(name) for name in person_items() if name not in wide.columns
    )
    by_column: dict[str, Sequence[Item]] = {}
    for item in items():
        by_column[item.column] = (*by_column.get(item.column, ()), item)
    return given.select(
        "SEQN", *(pl.coalesce(item.answer for item in same).alias(name) for name, same in by_column.items())
    )
