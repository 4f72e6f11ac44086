"""Which format a file is: its content decides."""

import io
import sqlite3
import zipfile

import pytest

from transforms.errors import InputError
from transforms.readers import describe, open_reader


@pytest.mark.parametrize("name", ["a.cwa", "a.CWA", "a.bin", "a", "a.b.csv"])
def test_content_decides_whatever_the_name(cwa, name):
    blocks, _ = cwa.packed_blocks(3)
    content = cwa.header() + b"".join(blocks)
    assert open_reader(io.BytesIO(content), name, len(content)).header.file_format == "axivity_cwa"


def test_an_empty_file():
    with pytest.raises(InputError, match="is empty") as error:
        open_reader(io.BytesIO(b""), "devices/p1/left_ankle.cwa", 0)
    assert error.value.reason_code == "empty_file"
    assert "devices/p1/left_ankle.cwa" in str(error.value)


def test_a_text_named_cwa_is_told_as_text_without_its_words():
    content = b"Report on Mrs Example, born 1970\n" * 4
    with pytest.raises(InputError) as error:
        open_reader(io.BytesIO(content), "x.cwa", len(content))
    assert error.value.reason_code == "unknown_format"
    assert "text" in str(error.value)
    assert "Example" not in str(error.value)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"PK\x03\x04....", "a zip archive"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\0" * 80, "zero bytes"),
        (b"\xff" * 80, "erased memory (0xFF)"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08\x09", "the bytes 01 02 03 04 05 06 07 08"),
        ("Größe;Länge\n".encode(), "text (11 characters in the first line)"),
    ],
)
def test_what_the_first_bytes_look_like(head, said):
    assert describe(head) == said


def database(statement: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute(statement)
    return connection.serialize()


@pytest.mark.parametrize("name", ["P1/left_ankle.agd", "P1/left_ankle.gt3x"])
def test_an_agd_is_told_as_counts_per_epoch(name):
    content = database("create table data (dataTimestamp integer primary key, axis1 integer, axis2 integer)")
    with pytest.raises(InputError, match=r"counts per epoch.*the \.gt3x") as error:
        open_reader(io.BytesIO(content), name, len(content))
    assert error.value.reason_code == "not_raw_samples"
    assert str(error.value).startswith(name)


def test_another_database_is_unknown():
    content = database("create table place (latitude real)")
    with pytest.raises(InputError, match="an SQLite database") as error:
        open_reader(io.BytesIO(content), "x.db", len(content))
    assert error.value.reason_code == "unknown_format"


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


AWD = b"0123456701102009\r\n01-Oct-2009\r\n17:00\r\n 4 \r\n0\r\nD012345\r\nM\r\n0 , 0,00\r\n498 , 0,00 M\r\n"
COUNTS = b"Date, Time, Axis1, Axis2, Axis3, Steps\n1/1/2024, 00:00:00, 0, 1, 2, 3\n1/1/2024, 00:00:10, 0, 1, 2, 3\n"


@pytest.mark.parametrize(
    ("name", "content", "what", "instead"),
    [
        ("a.AWD", AWD, "Actiwatch", "raw acceleration"),
        ("a.agdc", b"anything at all", "agdc", ".gt3x"),
        ("a.mtn", b"<xml/>", "MotionWatch", "raw acceleration as CSV"),
        ("a.csv", b"Actical List Export File,,\n,,\n0,1,2\n", "Actical", "only a device that does"),
        ("a.csv", b"\xef\xbb\xbfActiware-exportbestand,,\n1,2,3\n", "Actiware", "only a device that does"),
        ("a.csv", COUNTS, "counts per epoch", "raw .gt3x"),
        ("a.csv", b"acceleration (mg) - 2014 - sampleRate = 5 seconds,imputed\n0.2,0\n", "counts", "raw"),
        ("a.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml"), "spreadsheet", "as CSV"),
        ("a.ods", zipped("mimetype", "content.xml"), "spreadsheet", "as CSV"),
        ("a.bin", zipped("[Content_Types].xml", "xl/workbook.xml"), "spreadsheet", "as CSV"),
        ("a.xls", b"\xd0\xcf\x11\xe0 and so on", "Excel", "as CSV"),
    ],
)
def test_what_holds_no_samples_is_told_as_what_it_is(name, content, what, instead):
    with pytest.raises(InputError) as error:
        open_reader(io.BytesIO(content), name, len(content))
    assert error.value.reason_code == "not_raw_samples"
    assert what in str(error.value)
    assert instead in str(error.value)
    assert "again" not in str(error.value)
