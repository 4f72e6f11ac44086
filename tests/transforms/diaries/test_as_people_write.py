"""Diaries as people deliver them: columns that are missing, sheets by other names, merged cells, other spellings."""

import io

import pytest
import xlsxwriter

from transforms.diaries import read_diaries
from transforms.diaries.study_diaries import kinds_of_diary
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT, empty


def read(name: str, content: str | bytes):
    """Return the entries of one file, and what is told of it."""
    text = content.encode() if isinstance(content, str) else content
    diaries = read_diaries({f"diary/{name}": text}, empty(PARTICIPANT), "Europe/Berlin", ADULT_EXPOSURES)
    return diaries, diaries.rejected_entry["reason"].to_list()


def workbook(sheets, merged=None):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for number, cells in enumerate(rows):
            page.write_row(number, 0, cells)
        if merged:
            page.merge_range(*merged)
    book.close()
    return buffer.getvalue()


@pytest.mark.parametrize("diary", list(kinds_of_diary(ADULT_EXPOSURES)))
def test_a_diary_that_lacks_columns_is_told_and_costs_nothing_else(diary):
    diaries, told = read(f"{diary}.csv", "Teilnehmer,Bemerkung\nP01,x\nP02,y\n")
    assert all(frame.is_empty() for frame in diaries.entries().values())
    assert len(told) == 1
    assert told[0].startswith("columns missing: participant_id")
    assert "another word stands for participant_id" in told[0]
    assert diaries.row_count.select("delivered_count", "kept_count").rows() == [(2, 0)]


def test_a_sheet_by_another_name_is_told_with_the_diary_that_is_meant():
    book = workbook({"Sleep": [["a"]], "Kaffee": [["a"]], "Legend": [["a"]]})
    _, told = read("diary.xlsx", book)
    assert [reason.split("is not read: ")[1].split("?")[0] for reason in told[:2]] == [
        "is sleep meant",
        "is caffeine meant",
    ]
    assert "its name is none of" in told[2]


def test_an_id_in_cells_that_were_merged_downwards_is_that_of_each_row():
    rows = [
        ["participant_id", "taken_at", "caffeine_mg"],
        ["P01", "2026-03-02 08:00", 95],
        ["", "2026-03-02 12:00", 60],
        ["P02", "2026-03-02 12:00", 60],
    ]
    diaries, told = read("caffeine.xlsx", workbook({"a": rows}, (1, 0, 2, 0, "P01")))
    assert diaries.caffeine_intake["participant_id"].to_list() == ["P01", "P01", "P02"]
    assert told == []


def test_zones_and_lengths_in_other_spellings():
    rows = "P01,2026-03-02T18:00,0:45,5,europe/berlin\nP01,2026-03-03T18:00,01:30:00,5,\nP01,2026-03-04T18:00,12:30,5,UTC+1\n"
    diaries, told = read("exercise.csv", f"participant_id,started_at,duration_min,met,time_zone\n{rows}")
    assert diaries.exercise_bout["duration_min"].to_list() == [45.0, 90.0]
    assert diaries.exercise_bout["time_zone"][0] == "Europe/Berlin"
    assert told == ["not an IANA time zone; write one such as Europe/Berlin", "not a number"]


def test_a_medicine_under_another_header_is_told_once_for_each_row():
    text = "participant_id,taken_at,medication,dose\nP01,2026-03-02T21:00,Sifrol,0.18\n"
    diaries, told = read("medication.csv", text)
    assert diaries.medication_use.is_empty()
    assert told == [
        "column medication is not read; is drug meant?",
        "column dose is not read; is dose_mg meant?",
        "neither drug nor drug_class",
    ]


def test_a_diary_in_two_files_is_told_and_counted_once():
    first = b"participant_id,night_date,lights_off,lights_on\nP01,2026-03-02,23:00,07:00\nP01,2026-03-03,23:00,07:00\n"
    rows = [["participant_id", "night_date", "lights_off", "lights_on"], ["P01", "2026-03-02", "23:00", "07:00"],
            ["P01", "2026-03-03", "22:00", "07:00"], ["P01", "2026-03-04", "23:00", "07:00"]]  # fmt: skip
    files = {"diary/sleep.csv": first, "diary/diary.xlsx": workbook({"sleep": rows})}
    diaries = read_diaries(files, empty(PARTICIPANT), "UTC", ADULT_EXPOSURES)
    assert diaries.sleep_diary.height == 3
    assert diaries.sleep_diary["lights_off_at"].dt.hour().to_list() == [23, 22, 23]
    assert diaries.rejected_entry.select("file_name", "reason").rows() == [
        (
            "diary/sleep.csv",
            "diary/diary.xlsx holds this diary too and both are read; in both, counted once: 1; "
            "said otherwise, so that diary/diary.xlsx counts: 1; keep one file",
        )
    ]
