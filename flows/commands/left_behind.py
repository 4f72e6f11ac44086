"""The proof that nothing is left of a person: every byte of a store is searched, and every text and key inside of compressed files."""

import html
import json
import re
import sqlite3
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote
from zipfile import ZipFile

import duckdb
import polars as pl

from flows.store.atomic import SCRATCH
from flows.store.ledger import FILE_NAME as LEDGER
from flows.store.secret import FILE_NAME as SECRET
from flows.store.secret import store_secret
from flows.store.storage import open_storage
from transforms.disclosure.noise import record_keys
from transforms.errors import ContractError

_PIECE_BYTES = 1 << 22
_SEARCHED_AT_A_TIME = 500
"""Objects on the disk at once: 500 recordings of a week are 50 GB."""
_LONG = 40
"""Characters of a word that stands in packed columns by no chance: a hash, a path."""
_SHORTEST_NUMBER = 8
"""Digits of a number that stands nowhere by chance."""

_CELL_NAMES = re.compile(rb'(?<=[ <])(?:r|ref|sqref|activeCell|topLeftCell)="[A-Z0-9:$ ]*"')
"""Where a cell of a worksheet stands: P2 is the second row of column P, and may be a participant."""


def is_common(word: str) -> bool:
    """Tell whether a word stands anywhere by chance: a count is 101, and so may a participant be."""
    return len(word) < 2 or (word.isdecimal() and len(word) < _SHORTEST_NUMBER)


def _pattern(word: str) -> re.Pattern[bytes]:
    """Match a word however it is written; one that stands anywhere by chance only where it names a participant."""
    composed = {unicodedata.normalize(form, word) for form in ("NFC", "NFD")}
    ways = {
        way(one)
        for one in composed
        for way in (str, _quoted, html.escape, lambda text: json.dumps(text)[1:-1])
    }
    written = b"|".join(re.escape(one.encode()) for one in sorted(ways))
    before = rb"(?<![0-9A-Za-z_-])"
    if is_common(word):
        before = rb"(?:participant_id=|\"participant_id\": ?\"|\b(?:devices|psg|review)/|^review/)"
    return re.compile(before + b"(?:" + written + rb")(?![0-9A-Za-z_-])")


def _quoted(text: str) -> str:
    return quote(text, safe="")


def person_key(store: Path, participant_id: str) -> int:
    """Return the key of a person in the record of releases."""
    return int(record_keys([participant_id], store_secret(store))[0])


def _text_columns(file: Path) -> Iterator[tuple[str, set[str]]]:
    if file.suffix != ".parquet" or not file.exists():
        return
    frame = pl.scan_parquet(file)
    for name, kind in frame.collect_schema().items():
        if kind in (pl.String, pl.Categorical) or isinstance(kind, pl.Enum):
            texts = frame.select(pl.col(name).cast(pl.String)).unique().collect().to_series().drop_nulls()
            yield name, set(texts)


def is_named_in(file: Path, participant_id: str) -> bool:
    """Tell whether any text of a Parquet file is the participant's identifier."""
    return any(participant_id in texts for _, texts in _text_columns(file))


def require_nothing_left(store: Path, words: list[str]) -> int:
    """Search every byte of the store, and every text and key inside of compressed files; return how many files were searched.

    Raises ContractError naming the files in which a word is left.
    """
    found: list[str] = []
    count = 0
    patterns = {word: _pattern(word) for word in words}
    keys = {person_key(store, word) for word in words}
    for path in sorted(store.rglob("*")):
        name = path.relative_to(store).as_posix()
        if any(pattern.search(name.encode()) for pattern in patterns.values()):
            found.append(name)
        if not path.is_file() or name.startswith((SCRATCH, SECRET)):
            continue
        count += 1
        if _holds(path, patterns) or _holds_inside(path, patterns) or _holds_key(path, keys):
            found.append(name)
    if found:
        raise ContractError(
            f"{len(found)} places of {store} still name the person: {', '.join(found[:10])}; report this"
        )
    return count


def _holds(path: Path, patterns: dict[str, re.Pattern[bytes]]) -> bool:
    """Search the bytes of a file; of packed columns only words that are too long to be there by chance."""
    is_packed = path.suffix in {".parquet", ".duckdb", ".xlsx"}
    asked = [pattern for word, pattern in patterns.items() if not is_packed or len(word) >= _LONG]
    tail = b""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            if any(pattern.search(tail + piece) for pattern in asked):
                return True
            tail = piece[-512:]
    return False


def _holds_key(path: Path, keys: set[int]) -> bool:
    if path.suffix != ".parquet":
        return False
    frame = pl.scan_parquet(path)
    numbers = [name for name, kind in frame.collect_schema().items() if kind == pl.UInt64]
    return any(
        not keys.isdisjoint(frame.select(pl.col(name).unique()).collect().to_series()) for name in numbers
    )


def _holds_inside(path: Path, patterns: dict[str, re.Pattern[bytes]]) -> bool:
    def is_named(column: str, text: str) -> bool:
        return any(
            (text == word and (column == "participant_id" or not is_common(word)))
            or pattern.search(text.encode())
            for word, pattern in patterns.items()
        )

    if path.suffix == ".xlsx":
        with ZipFile(path) as workbook:
            parts = (_CELL_NAMES.sub(b"", workbook.read(name)) for name in workbook.namelist())
            return any(pattern.search(part) for part in parts for pattern in patterns.values())
    if path.suffix == ".parquet":
        return any(is_named(column, text) for column, texts in _text_columns(path) for text in texts)
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            columns = connection.sql(
                "select table_name, column_name from duckdb_columns() where not internal and (data_type like 'VARCHAR%' or data_type like 'ENUM%')"
            ).fetchall()
            for table, column in columns:
                texts = connection.sql(f'select distinct "{column}"::varchar from "{table}"').fetchall()
                if any(is_named(column, text) for (text,) in texts if text):
                    return True
    if path.name == LEDGER:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as ledger:
            known = ledger.execute("select participant_id from recording where participant_id is not null")
            return any(is_named("participant_id", text) for (text,) in known)
    return False


def require_nothing_left_elsewhere(address: str, words: list[str]) -> int:
    """Download every object, some at a time, and search as ``require_nothing_left`` does; return how many were searched."""
    storage = open_storage(address)
    keys = sorted(storage.list(""))
    count = 0
    for first in range(0, len(keys), _SEARCHED_AT_A_TIME):
        with tempfile.TemporaryDirectory(prefix="legjumps_search_") as place:
            storage.get(SECRET, Path(place) / SECRET)
            for key in keys[first : first + _SEARCHED_AT_A_TIME]:
                storage.get(key, Path(place) / key)
            count += require_nothing_left(Path(place), words)
    return count
