"""What ``legjumps check`` says of diaries, lists and exports: rows delivered and kept, and what to do, one line each."""

from collections.abc import Iterable, Mapping

import polars as pl

from flows.settings import StudySettings
from flows.stages.private_names import stored_ids
from flows.store.secret import FILE_NAME as SECRET
from transforms.diaries import Diaries

_LINES_SHOWN = 3
_NAMES_SHOWN = 8


def entry_files(
    called: Mapping[str, str], recognised: pl.DataFrame, diaries: Diaries, rejected: pl.DataFrame
) -> list[dict[str, str]]:
    """Tell of each diary and export what it is, what the store calls it, and how much of it is kept.

    ``columns read`` counts the columns that are read of those that the file has: fields of JSON, kinds of records of XML.
    Lists, files that nothing reads, and exports as a whole ("imports": what several tell of) have a line where
    something of them is told. ``not taken`` counts what is told of a file: rows, cells, columns or all of it.
    """
    kinds = dict(recognised.iter_rows())
    told = dict(rejected.group_by("file_name").len().iter_rows())
    rows = {name: (delivered, kept) for name, delivered, kept in diaries.row_count.iter_rows()}
    by_file = diaries.delivered_column.group_by("file_name").agg(
        pl.col("is_read").sum(), pl.len().alias("count")
    )
    columns = {name: f"{read} of {count}" for name, read, count in by_file.iter_rows()}

    def kind(name: str) -> str:
        if name in kinds:
            return str(kinds[name])
        if any(other.startswith(f"{name}/") for other in called):
            return "archive or workbook" if name != "imports" else ""
        if name in rows:
            return "diary"
        is_list = name in {"participants.csv", "recordings.csv"}
        return "" if is_list or name == "imports" else "not read"

    return [
        {
            "diary, list or export": name,
            "kind": kind(name),
            "in the store": called.get(name, name),
            **{
                title: "" if count is None else str(count)
                for title, count in zip(("delivered", "kept"), rows.get(name, (None, None)), strict=True)
            },
            "columns read": columns.get(name, ""),
            "not taken": str(told.get(name, 0)),
        }
        for name in sorted({*called, *told, *rows})
    ]


def unread_columns(
    recognised: pl.DataFrame, diaries: Diaries, *, with_all: bool = False
) -> list[dict[str, str]]:
    """Say of each kind of file which of its columns are not read: one line a kind, the first names or all of them.

    The names stand on the screen alone; the store holds none of them.
    """
    unread = (
        diaries.delivered_column.filter(~pl.col("is_read"))
        .join(recognised, on="file_name", how="left")
        .with_columns(pl.col("kind").fill_null(pl.col("file_name")))
        .group_by("kind", maintain_order=True)
        .agg(pl.col("file_name").n_unique().alias("files"), pl.col("column_name").unique(maintain_order=True))
    )
    return [
        {
            "kind": kind,
            "files": str(files),
            "count": str(len(names)),
            "columns not read": _named(names, with_all),
        }
        for kind, files, names in unread.iter_rows()
    ]


def who_is_who(settings: StudySettings, participant_ids: Iterable[str]) -> list[dict[str, str]]:
    """Say whom the store calls by a pseudonym, for the screen alone; a study that has no store yet has no key."""
    asked = {name for name in participant_ids if name}
    if not (settings.store / SECRET).exists():
        names = stored_ids(settings).names(asked)
        return [{"participant": name, "in the store": "a pseudonym, once it is made"} for name in names]
    called = stored_ids(settings).private(asked)
    return [{"participant": name, "in the store": pseudonym} for name, pseudonym in called.items()]


def _named(names: list[str], with_all: bool) -> str:
    shown = names if with_all else names[:_NAMES_SHOWN]
    more = f" and {len(names) - len(shown)} more (--all)" if len(names) > len(shown) else ""
    return f"{', '.join(shown)}{more}"


def what_to_do(rejected: pl.DataFrame) -> list[dict[str, str]]:
    """Say of each file what is told of it and where: one line for each reason, with the first of its lines."""
    grouped = (
        rejected.with_columns(pl.col("column_name").fill_null(""))
        .group_by("file_name", "column_name", "reason", maintain_order=True)
        .agg(
            pl.len().alias("count"),
            pl.col("line_number").drop_nulls().sort().head(_LINES_SHOWN).alias("lines"),
        )
        .sort("file_name", "column_name", maintain_order=True)
    )
    return [
        {
            "file": row["file_name"],
            "line": _lines(row["lines"], row["count"]),
            "column": row["column_name"],
            "what": row["reason"],
        }
        for row in grouped.iter_rows(named=True)
    ]


def _lines(lines: list[int], count: int) -> str:
    shown = ", ".join(str(line) for line in lines)
    return f"{shown} and {count - len(lines)} more" if lines and count > len(lines) else shown
