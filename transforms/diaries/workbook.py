"""Workbooks as the tables of text that their sheets are: each sheet becomes delimited text, line by line."""

import csv
import io
from datetime import date, datetime, time

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from transforms.errors import InputError

ZIP_HEAD = b"PK\x03\x04"
OLE_HEAD = b"\xd0\xcf\x11\xe0"


def is_workbook(head: bytes) -> bool:
    """Tell a workbook (or another archive) by its first bytes."""
    return head[:4] in {ZIP_HEAD, OLE_HEAD}


def worksheets_of(content: bytes, file_name: str) -> list[tuple[str, bytes]]:
    """Return name and content of every sheet that holds something, as CSV in UTF-8; a row keeps its line number.

    Raises InputError where the content is no workbook that can be read.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        tables = [(name, _cells(book.get_sheet_by_name(name))) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise InputError(f"{file_name}: not a workbook that can be read ({type(error).__name__})") from None
    return [
        (name, _delimited(rows))
        for name, rows in tables
        if any(_text(cell) for cells in rows for cell in cells)
    ]


def _cells(sheet: CalamineSheet) -> list[list[object]]:
    """Return the cells of a sheet; what stands in cells that were merged downwards stands in each of them."""
    rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    for (first, left), (last, right) in sheet.merged_cell_ranges or []:
        if left == right and last < len(rows):
            for row in range(first + 1, last + 1):
                rows[row][left] = rows[first][left]
    return rows


def _delimited(rows: list[list[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([_text(cell) for cell in cells] for cells in rows)
    return text.getvalue().encode()


def _text(cell: object) -> str:
    """Write a cell as people would: whole numbers without decimals, days without a midnight, one line each."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else " ".join(str(cell).split())
