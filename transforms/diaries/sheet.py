"""A delivered table of text on its way to typed columns, with why each refused cell was refused.

Every reader of diaries, lists and exports goes the same way: bytes become a ``Sheet`` of text cells that know their
line, cells are read one column at a time, and ``finish`` returns the rows that stood and one row of REJECTED_ENTRY for
each cell that did not.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Literal

import polars as pl

from transforms.diaries.delivery import Delivery, is_like
from transforms.diaries.reference import vocabulary
from transforms.schema import REJECTED_ENTRY, empty

LINE = "line_number"
_REFUSED = "is_refused"
_DELIMITERS = (",", ";", "\t", "|")
_SHOWN_CHARACTERS = 40
MISSING = ("", "na", "n/a", "nan", "null", "-", "--", ".")
"""Cells that say nothing, in lower case."""

# What must not travel into the store, even inside a refused cell: addresses, places, numbers of people, and sentences.
IDENTIFYING = (
    r"@|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|-?\d{1,3}\.\d{3,}[,;\s]+-?\d{1,3}\.\d{3,}|^-?\d{1,3}[.,]\d{4,}$"
    r"|\p{L}{2,}[\s,;]+\p{L}{2,}|\+?\d[\d\s()-]{9,}\d"
)
DATE = r"^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}"
# A day of the last century is one of birth; eight figures and more may be one too, or a telephone number.
OF_BIRTH = (
    r"^\d{1,2}[./-]\d{1,2}[./-]\d{2}(\D|$)|(^|\D)19\d{2}[-./]\d|[-./]19\d{2}(\D|$)|^(19\d{6}|\d{4}19\d{2})$"
)
LONG_NUMBER = r"\d{8,}"
_CLOCK = r"[\d:.,+\-TZzAaPpMm ]*$"
_MOMENT = rf"{DATE}([T ,]{_CLOCK}|$)|^\d{{1,2}}:\d{{2}}{_CLOCK}"
_WANTS_MOMENT = re.compile(
    r"(_at|date)$|^(lights_off|lights_on|sleep_onset|sleep_end|moment|day|enddate|startdate|recordeddate|eaten_at|intake_start)$"
)
_ID = r"^[A-Za-z]{0,3}[-_]?\d{1,6}$"
_QUANTITY = r"^[<>+-]?\d{1,6}([.,]\d{1,3})?( ?(%|[mµuk]?g|mcg|min|h|lb|ml|[cd]?l|met))?$"
_FIGURE = r"^[A-Za-z]{0,2}[<>+-]?[\d.,%:_-]{1,12}( ?[AaPp][Mm])?$"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Rows of text with their line numbers, the columns read so far, and the cells refused so far."""

    file_name: str
    rows: pl.DataFrame
    columns: tuple[str, ...] = ()
    """Columns of text, as the file names them after ``plain_name``."""
    delivery: Delivery = field(default_factory=Delivery, compare=False)
    """What the file holds, and what of it is read."""
    theirs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The file's own names of columns that go by another one here."""
    is_export: bool = False
    """Whether an application wrote it: of its refused cells only figures are repeated, never words."""
    date_order: Literal["month_first", "day_first"] | None = None
    """What the file's own dates show of their order, where nothing else tells it."""
    tells_birth: bool = False
    """Whether it says when people were born: of its refused cells no date is repeated."""
    rejected: pl.DataFrame = field(default_factory=lambda: empty(REJECTED_ENTRY))

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.columns


def plain_name(header: str) -> str:
    """Write a column's header as a name: lower case, words joined by underscores."""
    return re.sub(r"[\s\-]+", "_", header.strip().strip("\ufeff").strip()).lower()


def with_columns_named(sheet: Sheet, aliases: Mapping[str, str]) -> Sheet:
    """Give columns that go by another word their known name, where no column has it already."""
    theirs = {
        name: aliases[name]
        for name in reversed(sheet.columns)
        if name in aliases and not sheet.has(aliases[name])
    }
    ours = {known: name for name, known in theirs.items()}  # of two words for one column the first counts
    return with_names(sheet, {name: known for known, name in ours.items()})


def with_names(sheet: Sheet, names: Mapping[str, str]) -> Sheet:
    """Give columns new names; the sheet remembers which they had in the file."""
    theirs = {known: sheet.theirs.get(name, (name,)) for name, known in names.items()}
    return replace(
        sheet,
        rows=sheet.rows.rename(dict(names)),
        columns=tuple(names.get(name, name) for name in sheet.columns),
        theirs={**sheet.theirs, **theirs},
    )


def tell_unread_columns(sheet: Sheet, known: Sequence[str], hints: Mapping[str, str]) -> Sheet:
    """Tell each column that nothing reads, with the known name that is nearest.

    Its own name is repeated only where it says no more than a known one: a header may hold anything.
    """
    told = []
    for place, name in enumerate(sheet.columns, start=1):
        if name in known:
            continue
        hint = hints.get(name)
        near = next(iter(get_close_matches(name, known, n=1, cutoff=0.7)), None)
        meant = hint if hint in known else near
        may_be_repeated = meant is not None and (name in hints or is_like(name, meant))
        what = f"column {name}" if may_be_repeated else f"the column in place {place}"
        then = f"is {meant} meant?" if meant else f"known are {', '.join(known)}"
        told.append(f"{what} is not read; {then}")
    rows = pl.DataFrame({LINE: [1] * len(told), "reason": told}, schema={LINE: pl.Int64, "reason": pl.String})
    return replace(sheet, rejected=pl.concat([sheet.rejected, rejected_rows(rows, sheet.file_name)]))


def decode(content: bytes) -> str | None:
    """Turn bytes into text: UTF-8 or UTF-16 with or without a mark, else Windows-1252; None for binary content."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            return None
    if b"\x00" in content[:65536]:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_sheet(
    content: bytes, file_name: str, required: Sequence[str] = (), *, may_repeat: bool = False
) -> Sheet:
    """Split delimited text into cells.

    The delimiter is the comma, semicolon, tab or bar that the header holds most of; a first line ``sep=;`` of a
    spreadsheet decides. Blank lines are passed over. A row with more cells than the header is refused whole: which of
    its cells was split (a decimal comma without quotation marks?) cannot be known. Line numbers are those of the file,
    header included, also where a quoted cell holds line breaks; the tokeniser is the standard library's because it
    keeps them.

    Returns a sheet without rows, and the reason among its rejected cells, when the content is not text, has no header,
    names a column twice (unless it ``may_repeat``: then the second of a name ends in ``__2``, and so on) or lacks one
    of ``required``.
    """
    text = decode(content)
    if text is None:
        return _unusable(file_name, None, "not a text file; export the table as CSV (UTF-8)")
    lines = text.split("\n", 1)
    skipped = 0
    delimiter = None
    if declared := re.fullmatch(r"\s*sep=(.)\s*", lines[0]):
        delimiter, skipped, text = declared.group(1), 1, lines[1] if len(lines) > 1 else ""
    numbered, broken = _records(text, delimiter or _delimiter(text), skipped)
    if not numbered:
        return _unusable(file_name, None, "the file is empty; a header is wanted in its first line")
    header = _numbered_names(numbered[0][1]) if may_repeat else numbered[0][1]
    sheet = table_of(numbered[0][0], header, numbered[1:], file_name, required)
    lines_and_reasons = pl.DataFrame(
        {LINE: broken, "reason": ["a quotation mark is not closed, or text stands behind one"] * len(broken)},
        schema={LINE: pl.Int64, "reason": pl.String},
    )
    return replace(sheet, rejected=pl.concat([sheet.rejected, rejected_rows(lines_and_reasons, file_name)]))


def _numbered_names(header: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    names = []
    for cell in header:
        name = plain_name(cell)
        seen[name] += 1
        names.append(f"{name}__{seen[name]}" if name and seen[name] > 1 else name)
    return names


def table_of(
    header_line: int,
    header: Sequence[str],
    numbered: Sequence[tuple[int, Sequence[str]]],
    file_name: str,
    required: Sequence[str] = (),
) -> Sheet:
    """Make a sheet of rows that are already split into cells."""
    names = [plain_name(cell) for cell in header]
    while names and not names[-1]:
        names.pop()
    twice = [name for name, times in Counter(name for name in names if name).items() if times > 1]
    if twice:
        places = ", ".join(str(place) for place, name in enumerate(names, start=1) if name in twice)
        return _unusable(file_name, header_line, f"columns of the same name: those in places {places}")
    lacking = [name for name in required if name not in names]
    if lacking:
        return _unusable(
            file_name,
            header_line,
            f"columns missing: {', '.join(lacking)}; {_found(names, required)}",
        )
    width = len(names)
    fitting = [(line, cells) for line, cells in numbered if not any(map(str.strip, cells[width:]))]
    too_wide = [(line, len(cells)) for line, cells in numbered if any(map(str.strip, cells[width:]))]
    data: dict[str, object] = {
        name: [cells[index] if index < len(cells) else "" for _, cells in fitting]
        for index, name in enumerate(names)
        if name
    }
    rows = pl.DataFrame(
        {LINE: [line for line, _ in fitting], **data},
        schema={LINE: pl.Int64, **dict.fromkeys([name for name in names if name], pl.String)},
    ).with_columns(pl.lit(value=False).alias(_REFUSED))
    rejected = rejected_rows(
        pl.DataFrame(
            {
                LINE: [line for line, _ in too_wide],
                "reason": [
                    f"{count} cells where the header has {width}; put cells with the delimiter in quotation marks"
                    for _, count in too_wide
                ],
            },
            schema={LINE: pl.Int64, "reason": pl.String},
        ),
        file_name,
    )
    columns = tuple(name for name in names if name)
    delivery = Delivery()
    delivery.deliver(columns, len(numbered))
    return Sheet(file_name=file_name, rows=rows, columns=columns, delivery=delivery, rejected=rejected)


def _found(names: Sequence[str], wanted: Sequence[str]) -> str:
    """Tell what is there, repeating only names like the wanted ones: without a header the first line is somebody's."""
    known = [name for name in names if get_close_matches(name, wanted, n=1)]
    others = sum(bool(name) for name in names) - len(known)
    return f"found: {', '.join([*known, f'{others} other'])}"


def cell_of(sheet: Sheet, column: str) -> pl.Expr:
    """Return a column's cells as they are written; the file's delivery notes that the column is read."""
    sheet.delivery.ask(*sheet.theirs.get(column, (column,)))
    return pl.col(column)


def text_of(sheet: Sheet, column: str) -> pl.Expr:
    """Return a column's cells without surrounding space; cells that say nothing are null."""
    if not sheet.has(column):
        return pl.lit(None, dtype=pl.String)
    cell = cell_of(sheet, column).str.replace_all(r"[\u00a0\u2007\u202f]", " ").str.strip_chars()
    return pl.when(~cell.str.to_lowercase().is_in(MISSING)).then(cell)


def read_column(
    sheet: Sheet,
    column: str,
    value: pl.Expr,
    reason: pl.Expr,
    *,
    name: str | None = None,
    is_required: bool = False,
) -> Sheet:
    """Add the typed column ``name`` and refuse the cells of ``column`` for which ``reason`` is not null.

    A refused cell is null; where the column is required, its row does not survive ``finish``, and an empty cell is
    refused too.
    """
    name = name or column
    wanted = pl.lit("empty; a value is wanted") if is_required else pl.lit(None, dtype=pl.String)
    frame = sheet.rows.with_columns(
        value.alias("__value"),
        pl.when(text_of(sheet, column).is_null() & reason.is_null())
        .then(wanted)
        .otherwise(reason)
        .alias("__reason"),
    )
    refused = frame.filter(pl.col("__reason").is_not_null())
    if refused.is_empty():  # most columns of most files: nothing to word
        return replace(
            sheet,
            rows=frame.with_columns(pl.col("__value").alias(f"typed_{name}")).drop("__value", "__reason"),
        )
    cell = pl.col(column) if sheet.has(column) else pl.lit(None, dtype=pl.String)
    return replace(
        sheet,
        rows=frame.with_columns(
            pl.when(pl.col("__reason").is_null()).then(pl.col("__value")).alias(f"typed_{name}"),
            (pl.col(_REFUSED) | (pl.col("__reason").is_not_null() & pl.lit(is_required))).alias(_REFUSED),
        ).drop("__value", "__reason"),
        rejected=pl.concat(
            [
                sheet.rejected,
                refused.select(
                    pl.lit(sheet.file_name).alias("file_name"),
                    LINE,
                    pl.lit(column).alias("column_name"),
                    _shown_of(sheet, cell, column).alias("value"),
                    pl.col("__reason").alias("reason"),
                ),
            ]
        ),
    )


def refuse_rows(
    sheet: Sheet, reason: pl.Expr, column: str | None = None, *, is_consequence: bool = False
) -> Sheet:
    """Refuse the whole rows for which ``reason`` is not null; rows that already fell keep their first reason.

    Where the refusal is the consequence of refused cells, rows of which a cell was told already are not told again.
    """
    frame = sheet.rows.with_columns(pl.when(~pl.col(_REFUSED)).then(reason.cast(pl.String)).alias("__reason"))
    refused = frame.filter(pl.col("__reason").is_not_null())
    if refused.is_empty():
        return sheet
    if is_consequence:
        refused = refused.filter(~pl.col(LINE).is_in(sheet.rejected[LINE].implode()))
    cell = (
        _shown_of(sheet, pl.col(column), column)
        if column and sheet.has(column)
        else pl.lit(None, dtype=pl.String)
    )
    told = refused.select(
        pl.lit(sheet.file_name).alias("file_name"),
        LINE,
        pl.lit(column, dtype=pl.String).alias("column_name"),
        cell.alias("value"),
        pl.col("__reason").alias("reason"),
    )
    return replace(
        sheet,
        rows=frame.with_columns(pl.col(_REFUSED) | pl.col("__reason").is_not_null()).drop("__reason"),
        rejected=pl.concat([sheet.rejected, told]),
    )


def refuse_repeated(sheet: Sheet, key: Sequence[str], what: str) -> Sheet:
    """Refuse rows whose typed columns ``key`` all equal those of an earlier row that stands."""
    standing = sheet.rows.filter(~pl.col(_REFUSED))
    if standing.is_empty():
        return sheet
    typed = [f"typed_{name}" for name in key]
    first = (
        standing.select(LINE, pl.col(LINE).min().over(typed).alias("__first_line"))
        .filter(pl.col(LINE) != pl.col("__first_line"))
        .unique(LINE)
    )
    joined = replace(sheet, rows=sheet.rows.join(first, on=LINE, how="left", maintain_order="left"))
    reason = pl.when(pl.col("__first_line").is_not_null()).then(
        pl.format("{} as in line {}", pl.lit(what), pl.col("__first_line"))
    )
    done = refuse_rows(joined, reason)
    return replace(done, rows=done.rows.drop("__first_line"))


def finish(sheet: Sheet, schema: pl.Schema) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the standing rows in the columns of ``schema``, in file order, and the rejected cells by line."""
    missing = [name for name in schema if f"typed_{name}" not in sheet.rows.columns]
    rows = (
        sheet.rows.with_columns(pl.lit(None).alias(f"typed_{name}") for name in missing)
        .filter(~pl.col(_REFUSED))
        .sort(LINE)
        .select(pl.col(f"typed_{name}").cast(dtype).alias(name) for name, dtype in schema.items())
    )
    return rows, sheet.rejected.sort(LINE, nulls_last=False, maintain_order=True)


def standing_rows(sheet: Sheet) -> pl.DataFrame:
    """Return the rows that nothing has refused so far."""
    return sheet.rows.filter(~pl.col(_REFUSED))


def unusable_sheet(file_name: str, reason: str) -> Sheet:
    """Return a sheet without rows that says why the file is of no use."""
    return _unusable(file_name, None, reason)


def rejected_rows(lines_and_reasons: pl.DataFrame, file_name: str) -> pl.DataFrame:
    """Turn ``line_number`` and ``reason`` into rows of REJECTED_ENTRY."""
    return lines_and_reasons.select(
        pl.lit(file_name).alias("file_name"),
        LINE,
        pl.lit(None, dtype=pl.String).alias("column_name"),
        pl.lit(None, dtype=pl.String).alias("value"),
        "reason",
    )


def shown(cell: pl.Expr, *, is_export: bool = False, tells_birth: bool = False) -> pl.Expr:
    """Return what of a refused cell may be repeated: short, and no sentence, address, name, place or day of birth.

    Of an export only figures, hours and ids are, of a list that tells when people were born no date.
    """
    text = cell.str.strip_chars()
    is_identifying = text.str.contains(IDENTIFYING) | text.str.contains(OF_BIRTH)
    if is_export or tells_birth:
        is_identifying |= text.str.contains(DATE) | text.str.contains(LONG_NUMBER)
    if is_export:
        harmless = text.str.contains(_FIGURE) & ~is_identifying
    elif tells_birth:
        harmless = ~is_identifying
    else:
        harmless = (text.str.contains(_MOMENT) & ~text.str.contains(OF_BIRTH)) | ~is_identifying
    return (
        pl.when(harmless & (text != "") & (text.str.len_chars() <= _SHOWN_CHARACTERS))
        .then(text)
        .when(text != "")
        .then(pl.format("({} characters, withheld)", text.str.len_chars()))
    )


def _shown_of(sheet: Sheet, cell: pl.Expr, column: str) -> pl.Expr:
    """Repeat a refused cell only where it is of the kind that the column wants, or a word of our own tables.

    Of a column of times that is a date or a time, of ids an id with a figure, of all others a number of few figures with
    or without a unit: a name, an address or a telephone number is none of these, whatever column it stands in.
    """
    text = cell.str.strip_chars()
    if _WANTS_MOMENT.search(column):
        fits = text.str.contains(_MOMENT)
    elif column.endswith("_id") or column in {"username", "externalreference"}:
        fits = text.str.contains(_ID)
    else:
        fits = text.str.contains(_QUANTITY)
    word = text.str.to_lowercase().str.replace_all(r"[\s\-/_]+", "_")
    is_ours = word.is_in(vocabulary()) & pl.lit(not column.endswith("_id"))
    shown_cell = shown(cell, is_export=sheet.is_export, tells_birth=sheet.tells_birth)
    withheld = pl.when(text != "").then(pl.format("({} characters, withheld)", text.str.len_chars()))
    return pl.when(fits | is_ours).then(shown_cell).otherwise(withheld)


def _records(text: str, delimiter: str, skipped: int) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """Split text into records with the line that each begins in; also the lines that are no record.

    A line whose quotation marks do not fit is left out alone, and reading goes on in the next: otherwise one stray
    mark would swallow all the rows behind it.
    """
    lines = list(io.StringIO(text, newline=""))
    numbered: list[tuple[int, list[str]]] = []
    broken: list[int] = []
    start = 0
    while start < len(lines):
        reader = csv.reader(_from(lines, start), delimiter=delimiter, strict=True)
        before = 0
        try:
            for cells in reader:
                if any(cell and not cell.isspace() for cell in cells):
                    numbered.append((skipped + start + before + 1, cells))
                before = reader.line_num
            break
        except csv.Error:
            broken.append(skipped + start + before + 1)
            start += before + 1
    return numbered, broken


def _from(lines: Sequence[str], start: int) -> Iterator[str]:
    for index in range(start, len(lines)):
        yield lines[index]


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")
    outside_quotes = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=outside_quotes.count)


def _unusable(file_name: str, line_number: int | None, reason: str) -> Sheet:
    return Sheet(
        file_name=file_name,
        rows=pl.DataFrame(schema={LINE: pl.Int64, _REFUSED: pl.Boolean}),
        rejected=pl.DataFrame(
            {
                "file_name": [file_name],
                "line_number": [line_number],
                "column_name": [None],
                "value": [None],
                "reason": [reason],
            },
            schema=REJECTED_ENTRY,
        ),
    )
