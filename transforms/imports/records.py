"""Lists of JSON records as sheets of text cells."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from transforms.diaries.sheet import Sheet, table_of
from transforms.imports.files import ImportFile


def load_json(file: ImportFile) -> Any:
    """Return the content of a JSON file, or None where it is none."""
    try:
        return json.loads(file.content().decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return None


def records_in(content: Any, *names: str) -> list[Mapping[str, Any]] | None:
    """Return the list of records: the content itself, or what stands under one of ``names``."""
    if isinstance(content, Mapping):
        content = next((content[name] for name in names if isinstance(content.get(name), list)), [content])
    if not isinstance(content, list):
        return None
    return [record for record in content if isinstance(record, Mapping)]


def records_of(file: ImportFile, *names: str) -> list[Mapping[str, Any]]:
    """Return the records of a JSON file, and note how many there are and which fields they have."""
    records = records_in(load_json(file), *names) or []
    file.delivery.deliver((key for record in records for key in record), len(records))
    return records


def sheet_of(file: ImportFile, records: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Sheet:
    """Make a sheet of the fields that ``names`` lists, under our names; the line is the record's place, from 1.

    Of two fields with the same name of ours the first that is there counts.
    """
    if records:
        file.delivery.know(names)
    theirs = {ours: [name for name, own in names.items() if own == ours] for ours in names.values()}
    rows = []
    for place, record in enumerate(records, start=1):
        cells = dict.fromkeys(theirs, "")
        for name, our in names.items():
            value = record.get(name)
            if cells[our] == "" and value is not None and not isinstance(value, (list, Mapping)):
                cells[our] = str(value)
        rows.append((place, list(cells.values())))
    sheet = table_of(0, list(theirs), rows, file.name)
    return replace(sheet, is_export=True, delivery=file.delivery, theirs=theirs)
