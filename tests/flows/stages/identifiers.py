"""Thirty kinds of what identifies a person, and a search of every byte of a folder for them."""

import html
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

FIRST, LAST = "Markerfirst", "Markerlast"
TEXT = "markertext she told my landlady"
MAIL, IP, LATITUDE, LONGITUDE, PHONE = (
    "marker@example.org",
    "203.0.113.77",
    "-53.162461",
    "-70.907911",
    "+49 30 901824711",
)
BORN, BORN_US, BORN_DE, BORN_PLAIN = "1986-01-29", "01/29/1986", "29.01.1986", "19860129"

PLANTED = (
    LAST, LAST.lower(), f"{LAST}, {FIRST}", f"{FIRST} {LAST}", f"A. {LAST}", f"{LAST.lower()}.{FIRST.lower()}", f"{LAST}-Reyes",
    f"Frau {LAST}", MAIL, f"{FIRST.lower()}.{LAST.lower()}@clinic.example", IP, "2001:db8::77", PHONE, "030-901824711", "0309018247",
    BORN, BORN_DE, BORN_US, "29.1.86", BORN_PLAIN, "29011986", "third of March 1986", f"{LATITUDE} {LONGITUDE}", LATITUDE,
    "Lindenallee 7", "12 Acacia Avenue", "MRN 4815162342", "4815162342", "DE89370400440532013000", TEXT,
)  # fmt: skip

_WORDS = ("marker", "landlady", "reyes", "lindenallee", "acacia", "example.org", "clinic.example", "third of march", "2001:db8", IP, "29.1.86")  # fmt: skip
_NUMBERS = ("53.162461", "70.907911", "901824711", "309018247", "4815162342", "89370400440532013000", "29011986", BORN, BORN_US, BORN_DE, BORN_PLAIN)  # fmt: skip


def found_in(content: bytes) -> set[str]:
    """Return what of the planted things stands in some bytes; a number counts where it is not part of a longer one."""
    lower = content.lower()
    here = {mark for mark in (*_WORDS, *_NUMBERS) if mark.encode() in lower}
    return {
        mark
        for mark in here
        if mark in _WORDS or re.search(rf"(?<!\d){re.escape(mark)}(?!\d)".encode(), lower)
    }


def bytes_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file as it is, and once more unpacked: cells and metadata of Parquet, tables, text of pages, archives."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        yield f"{name} (name)", name.encode()
        yield name, path.read_bytes()
        yield from ((f"{name} ({part})", content) for part, content in _unpacked(path))


def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".parquet":
        yield "schema", repr(pq.read_schema(path).metadata).encode()
        yield "cells", pl.read_parquet(path).write_json().encode()
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            yield from ((member, archive.read(member)) for member in archive.namelist())
    elif path.suffix in {".html", ".svg"}:
        yield "text", html.unescape(path.read_text(encoding="utf-8")).encode()
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for (table,) in connection.sql("select table_name from duckdb_tables()").fetchall():
                yield table, repr(connection.sql(f'from "{table}"').fetchall()).encode()
            yield "comments", repr(connection.sql("select comment from duckdb_columns()").fetchall()).encode()
    elif path.suffix in {".sqlite", ".db"} and path.stat().st_size:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
            for (table,) in tables:
                yield table, repr(connection.execute(f'select * from "{table}"').fetchall()).encode()


def identified(folder: Path) -> set[tuple[str, str]]:
    """Return where in a folder something planted stands, and what it is."""
    return {(name, mark) for name, content in bytes_of(folder) for mark in found_in(content)}
