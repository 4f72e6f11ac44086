"""Delimited text as people deliver it, and what happens to each line."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.diaries.sheet import finish, read_column, read_sheet, shown, text_of

TEXT = pl.Schema({"a": pl.String, "b": pl.String})


def read(content, required=()):
    sheet = read_sheet(content, "x.csv", required)
    for column in TEXT:
        sheet = read_column(sheet, column, text_of(sheet, column), pl.lit(None, dtype=pl.String))
    rows, rejected = finish(sheet, TEXT)
    return rows.rows(), rejected.select("line_number", "column_name", "value", "reason").rows(), sheet


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n",
        b"\xef\xbb\xbfa,b\r\n1,2\r\n",
        b"a;b\n1;2",
        b"a\tb\n1\t2\n",
        b"sep=;\na;b\n1;2\n",
        b" A , B \n\n 1 , 2 \n,\n",
        b'"a","b"\n"1","2"\n',
        "a,b\n1,2\n".encode("utf-16"),
        b"a,b,\n1,2,\n",
    ],
)
def test_the_same_table_however_it_is_written(content):
    rows, rejected, _ = read(content)
    assert rows == [("1", "2")]
    assert rejected == []


def test_lines_are_those_of_the_file():
    content = b'a,b\n\n1,"two\nlines"\n\n3,4,5\n6\n'
    rows, rejected, sheet = read(content)
    assert sheet.rows["line_number"].to_list() == [3, 7]
    assert rows == [("1", "two\nlines"), ("6", None)]
    assert rejected == [
        (6, None, None, "3 cells where the header has 2; put cells with the delimiter in quotation marks")
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty; a header is wanted in its first line"),
        (b"PK\x03\x04\x00\x00", "not a text file; export the table as CSV (UTF-8)"),
        (b"a,b,A\n1,2,3\n", "columns of the same name: those in places 1, 3"),
        (b"c,d\n1,2\n", "columns missing: a; found: 2 other"),
    ],
)
def test_a_file_that_is_of_no_use_says_why(content, reason):
    rows, rejected, _ = read(content, required=("a",))
    assert rows == []
    assert [entry[-1] for entry in rejected] == [reason]


def test_a_header_is_not_repeated_since_it_may_be_somebodys_row():
    _, rejected, _ = read(b"P1,jane_roe,1986-01-29\n", required=("participant_id", "taken_at"))
    assert rejected[0][-1] == "columns missing: participant_id, taken_at; found: 3 other"
    _, rejected, _ = read(b"participantid,taken,x\n", required=("participant_id", "taken_at"))
    assert (
        rejected[0][-1] == "columns missing: participant_id, taken_at; found: participantid, taken, 1 other"
    )


@pytest.mark.parametrize("stray", [b'"2,x', b'"2"x,y', b'x,"2'])
def test_a_stray_quotation_mark_costs_its_own_line(stray):
    rows, rejected, _ = read(b"a,b\n1,1\n" + stray + b"\n3,3\n4,4\n")
    assert rows == [("1", "1"), ("3", "3"), ("4", "4")]
    assert [entry[0] for entry in rejected] == [3]


def test_windows_text_is_read():
    rows, _, _ = read("a,b\nMüller,2\n".encode("cp1252"))
    assert rows == [("Müller", "2")]


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("12x", "12x"),
        ("31.02.2026 25:00", "31.02.2026 25:00"),
        ("jane@example.org", "(16 characters, withheld)"),
        ("Jane Roe", "(8 characters, withheld)"),
        ("192.168.1.17", "(12 characters, withheld)"),
        ("10.0.0.5", "(8 characters, withheld)"),
        ("2026-03-01 Jane Roe", "(19 characters, withheld)"),
        ("2026-03-29T02:30", "2026-03-29T02:30"),
        ("52.5200,13.4050", "(15 characters, withheld)"),
        ("+49 30 1234567", "(14 characters, withheld)"),
        ("-53.162461", "(10 characters, withheld)"),
        ("45352.333333", "45352.333333"),  # a spreadsheet's day number
        ("1986-01-29", "(10 characters, withheld)"),
        ("29.01.1986 08:00", "(16 characters, withheld)"),
        ("01/29/1986", "(10 characters, withheld)"),
        ("19860129", "(8 characters, withheld)"),
        ("x" * 41, "(41 characters, withheld)"),
        ("", None),
    ],
)
def test_a_refused_cell_is_repeated_only_where_it_is_harmless(cell, seen):
    assert pl.select(shown(pl.lit(cell))).item() == seen


@pytest.mark.parametrize(
    ("cell", "is_seen"),
    [
        ("95x", False),
        ("1.234,5", True),
        ("VP017", True),
        ("7.0", True),
        ("25:61", True),
        ("1986-01-02", False),
        ("MARKER", False),
        ("203.0.113.77", False),
        ("52.5200 13.4050", False),
        ("52.520071", False),
        ("20060129", False),
        ("015112345678", False),
        ("+49 30 1234567", False),
    ],
)
def test_of_an_export_only_figures_and_ids_are_repeated(cell, is_seen):
    assert (pl.select(shown(pl.lit(cell), is_export=True)).item() == cell) == is_seen


@pytest.mark.parametrize(
    ("cell", "is_seen"), [("unknown", True), ("2x", True), ("29.01.06", False), ("2006-01-29", False)]
)
def test_of_a_list_that_tells_birth_no_date_is_repeated(cell, is_seen):
    assert (pl.select(shown(pl.lit(cell), tells_birth=True)).item() == cell) == is_seen


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content):
    rows, rejected, sheet = read(content, required=("a",))
    assert len(rows) <= content.count(b"\n") + content.count(b"\r") + 1
    if not rows:
        assert rejected or sheet.columns


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=8))
def test_every_line_is_either_taken_or_told(pairs):
    import csv
    import io

    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([("a", "b"), *pairs])
    rows, rejected, _ = read(buffer.getvalue().encode("utf-8", errors="replace"))
    said_something = sum(1 for pair in pairs if any(cell.strip() for cell in pair))
    assert len(rows) + len(rejected) == said_something
