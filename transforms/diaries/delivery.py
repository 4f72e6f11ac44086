"""What a file delivered and what of it is asked for: noted while it is read, so that no reader keeps a list of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import polars as pl

_NEAR = 0.75
"""How alike an unread name and a known one are for the one to be meant by the other (difflib's ratio)."""

DELIVERED_COLUMN = pl.Schema(
    {"file_name": pl.String(), "column_name": pl.String(), "is_read": pl.Boolean(), "meant": pl.String()}
)
"""Columns of the tables of a study's files (keys of JSON, kinds of records of XML); never written to the store."""


@dataclass(kw_only=True)
class Delivery:
    """Rows and columns of one file, and which of the columns a reader asked for.

    It changes while the file is read: whoever takes cells out of a sheet (``text_of``) notes here which they were.
    """

    row_count: int | None = None
    """Rows below the header; None where a file has none to count."""
    kept_count: int | None = None
    """What they became: entries, or rows of a survey."""
    _columns: list[str] = field(default_factory=list)
    _asked: set[str] = field(default_factory=set)
    _known: dict[str, str] = field(default_factory=dict)

    def deliver(self, columns: Iterable[str], row_count: int) -> None:
        """Note what is there; what was noted before is forgotten."""
        self.row_count, self._columns = row_count, list(dict.fromkeys(columns))

    def ask(self, *names: str) -> None:
        """Note that columns are read."""
        self._asked.update(names)

    def know(self, names: Mapping[str, str]) -> None:
        """Note the names under which a reader knows columns, and what each is to it."""
        self._known.update(names)

    def unread(self) -> Sequence[str]:
        """Return the columns that nothing asked for, as they come."""
        return [name for name in self._columns if name not in self._asked]

    def meant_by(self, name: str) -> str | None:
        """Return the known name that an unread column nearly has, where the file has no column for it."""
        here = {self._known[column] for column in self._columns if column in self._known}
        lacking = [known for known, ours in self._known.items() if ours not in here]
        return next(iter(get_close_matches(name, lacking, n=1, cutoff=_NEAR)), None)

    def columns(self, file_name: str) -> pl.DataFrame:
        """Return DELIVERED_COLUMN of the file."""
        unread = set(self.unread())
        rows = [
            (file_name, name, name not in unread, self.meant_by(name) if name in unread else None)
            for name in self._columns
        ]
        return pl.DataFrame(rows, schema=DELIVERED_COLUMN, orient="row")


def is_like(name: str, known: str) -> bool:
    """Tell whether a column's name says no more than a known one, but for units: then it may be repeated in the store."""
    words = set(re.findall(r"[^\W_]+", known))
    return all(word in words or len(word) <= _UNIT_LETTERS for word in re.findall(r"[^\W_]+", name))


_UNIT_LETTERS = 2


def meant_columns(columns: pl.DataFrame) -> pl.DataFrame:
    """Return REJECTED_ENTRY of the unread columns whose names are near a known one that their file lacks."""
    meant = columns.filter(pl.col("meant").is_not_null())
    names = pl.Series(
        [
            f"column {name}" if is_like(name, known) else "a column"
            for name, known in meant.select("column_name", "meant").iter_rows()
        ],
        dtype=pl.String,
    )
    return meant.with_columns(names.alias("named")).select(
        "file_name",
        pl.lit(1, dtype=pl.Int64).alias("line_number"),
        *(pl.lit(None, dtype=pl.String).alias(name) for name in ("column_name", "value")),
        pl.format("{} is not read; is {} meant?", "named", "meant").alias("reason"),
    )
