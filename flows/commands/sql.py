"""``legjumps sql``: questions to the published warehouse, which cannot change it."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb

from flows.warehouse.published import open_warehouse
from transforms.errors import SettingsError

FORMATS = ("table", "csv", "json")


def run_query(store: Path, query: str, format: str = "table") -> str:
    """Return the rows of ``query`` as text in one of FORMATS.

    Raises SettingsError where there is no warehouse, the format is unknown, or DuckDB refuses the query; its own words
    are passed on.
    """
    if format not in FORMATS:
        raise SettingsError(f"--format {format}: known are {', '.join(FORMATS)}")
    with open_warehouse(store) as connection:
        try:
            relation = connection.sql(query)
            columns = relation.columns if relation is not None else []
            rows = relation.fetchall() if relation is not None else []
        except duckdb.Error as error:
            raise SettingsError(f"the query failed: {error}") from None
    if format == "json":
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        return json.dumps(records, default=str, indent=1, ensure_ascii=False) + "\n"
    if format == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        return text.getvalue()
    return _as_table(columns, rows)


def _as_table(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Align the columns, numbers to the right; nothing is cut off."""
    if not columns:
        return ""
    cells = [columns, *([_as_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    is_number = [
        all(
            isinstance(row[place], int | float) and not isinstance(row[place], bool)
            for row in rows
            if row[place] is not None
        )
        for place in range(len(columns))
    ]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, is_number, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    lines.append(f"({len(rows)} row{'' if len(rows) == 1 else 's'})")
    return "\n".join(lines) + "\n"


def _as_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)
