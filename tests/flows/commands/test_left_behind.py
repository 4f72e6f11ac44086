"""The search for what is left of a person finds every way in which they may be written, and no count that is the same number."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote
from zipfile import ZipFile

import duckdb
import polars as pl
import pytest

from flows.commands.left_behind import require_nothing_left
from flows.store.ledger import Book, KnownRecording
from flows.store.secret import store_secret
from transforms.errors import ContractError

UMLAUT = "M\u00fcller 1"


def text(name: str, content: str) -> Callable[[Path], object]:
    return lambda store: (store / name).write_text(content, encoding="utf-8")


def workbook(content: str) -> Callable[[Path], object]:
    def write(store: Path) -> None:
        with ZipFile(store / "a.xlsx", "w") as file:
            file.writestr("sheet.xml", content)

    return write


def parquet(column: str, value: str) -> Callable[[Path], object]:
    return lambda store: pl.DataFrame({column: [value]}).write_parquet(store / "a.parquet")


def database(column: str, value: str) -> Callable[[Path], object]:
    def write(store: Path) -> None:
        with duckdb.connect(str(store / "a.duckdb")) as connection:
            connection.execute(f"create table t as select ?::varchar as {column}", [value])

    return write


def ledger(person: str) -> Callable[[Path], object]:
    def write(store: Path) -> None:
        book = Book(store)
        book.put_recordings(
            [KnownRecording("0" * 12, "0" * 64, "a.cwa", person, "hip", "UTC", "read", "2026-01-01")]
        )
        book.close()

    return write


def facts(person: str) -> Callable[[Path], object]:
    def write(store: Path) -> None:
        with closing(sqlite3.connect(store / "ledger.sqlite")) as connection:
            connection.execute("create table recording (participant_id text)")
            connection.execute(
                "create table t as select ? as facts", [json.dumps({"reason": f"of {person}"})]
            )
            connection.commit()

    return write


@pytest.mark.parametrize(
    ("person", "leave"),
    [
        ("LEAVER01", text("index.html", "<td>LEAVER01</td>")),
        ("LEAVER01", parquet("value", "LEAVER01")),
        ("LEAVER01", database("value", "told by LEAVER01.")),
        ("LEAVER01", workbook("<t>LEAVER01</t>")),
        ("P2", workbook('<c r="A1" t="str"><v>P2</v></c>')),
        (UMLAUT, text("a.html", f'<a href="{quote(UMLAUT)}">')),
        (UMLAUT, text("a.json", "Mu\u0308ller 1")),
        (UMLAUT, facts(UMLAUT)),
        ("A&B", text("a.html", "<td>A&amp;B</td>")),
        ("101", parquet("participant_id", "101")),
        ("101", database("participant_id", "101")),
        ("101", ledger("101")),
        ("101", text("a.txt", "devices/101/left_ankle.cwa waits")),
        ("101", lambda store: (store / "participant_id=101").mkdir()),
    ],
)
def test_what_is_left_is_found(tmp_path: Path, person: str, leave: Callable[[Path], object]) -> None:
    store_secret(tmp_path)
    require_nothing_left(tmp_path, [person])
    leave(tmp_path)
    with pytest.raises(ContractError, match="still name the person"):
        require_nothing_left(tmp_path, [person])


@pytest.mark.parametrize(
    "leave",
    [
        workbook("<v>101</v>"),
        text("index.html", "<td>101</td>"),
        text("manifest.json", '{"value": "101"}'),
        database("value", "101"),
        parquet("value", "101"),
        ledger("1010"),
    ],
)
def test_a_count_is_no_participant(tmp_path: Path, leave: Callable[[Path], object]) -> None:
    store_secret(tmp_path)
    leave(tmp_path)
    assert require_nothing_left(tmp_path, ["101"]) > 0


def test_the_place_of_a_cell_is_no_participant(tmp_path: Path) -> None:
    store_secret(tmp_path)
    workbook('<dimension ref="A1:P2"/><c r="P2" s="1"><v>7</v></c>')(tmp_path)
    assert require_nothing_left(tmp_path, ["P2"]) > 0
