"""Two rows of a file for the same thing: the same entry twice, or a correction of it."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from transforms.diaries.entries import read_instant
from transforms.diaries.sheet import LINE, Sheet, refuse_rows, rejected_rows, standing_rows

_HOW = "nothing tells which is right: give the later one a later entered_at, or delete one"


def read_entered(sheet: Sheet) -> Sheet:
    """Read ``entered_at``, when the row was written; a file may go without it."""
    return read_instant(sheet, "entered_at", day="entered_date")


def settle_repeated(sheet: Sheet, key: Sequence[str], values: Sequence[str], *, twice: str = "") -> Sheet:
    """Leave one row for each ``key`` (typed columns by their names, without ``typed_``).

    Rows that say the same count once. Of rows that differ in ``values`` the one that was entered last wins where each
    says when; else the first counts, and both are told. ``twice`` says what to write where the same thing happened
    twice.
    """
    if values:
        sheet = settle_repeated(sheet, (*key, *values), (), twice=twice)
    standing = standing_rows(sheet)
    typed, said = [f"typed_{name}" for name in key], [f"typed_{name}" for name in values]
    groups = standing.filter(pl.len().over(typed) > 1)
    if groups.is_empty():
        return sheet
    entered = (
        pl.col("typed_entered_at")
        if "typed_entered_at" in groups.columns
        else pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    )
    alike = pl.lit(value=not said)
    latest = (entered == entered.max().over(typed)).fill_null(value=False)
    judged = groups.with_columns(
        alike.alias("__alike"),
        ((entered.is_not_null().all().over(typed)) & (latest.sum().over(typed) == 1)).alias("__is_dated"),
        latest.alias("__latest"),
        pl.col(LINE).min().over(typed).alias("__first"),
        pl.col(LINE).sort_by(latest, descending=True).first().over(typed).alias("__winner"),
        pl.col(LINE).filter(pl.col(LINE) != pl.col(LINE).min()).min().over(typed).alias("__second"),
    )
    is_corrected = ~pl.col("__alike") & pl.col("__is_dated")
    is_first = pl.col(LINE) == pl.col("__first")
    told = judged.with_columns(
        pl.when(is_corrected & ~pl.col("__latest"))
        .then(pl.format("corrected by line {}, which was entered later", "__winner"))
        .when(~is_corrected & pl.col("__alike") & ~is_first)
        .then(pl.format("the same entry as in line {}{}", "__first", pl.lit(twice)))
        .when(~is_corrected & ~is_first)
        .then(pl.format(f"another row for the same as in line {{}}; {_HOW}", "__first"))
        .alias("__fell"),
        pl.when(~is_corrected & ~pl.col("__alike") & is_first)
        .then(pl.format(f"line {{}} says otherwise, this one counts; {_HOW}", "__second"))
        .alias("reason"),
    ).select(LINE, "__fell", "reason")
    kept = told.filter(pl.col("reason").is_not_null()).select(LINE, "reason")
    joined = sheet.rows.join(
        told.select(LINE, "__fell").unique(LINE), on=LINE, how="left", maintain_order="left"
    )
    done = refuse_rows(replace(sheet, rows=joined), pl.col("__fell"))
    return replace(
        done,
        rows=done.rows.drop("__fell"),
        rejected=pl.concat([done.rejected, rejected_rows(kept, sheet.file_name)]),
    )
