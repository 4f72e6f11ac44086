"""Exports beside diaries: known by what they hold, counted once."""

import io
import zipfile

import polars as pl

from transforms.diaries import read_diaries
from transforms.imports import merge_diaries
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT

PEOPLE = pl.DataFrame([{"participant_id": "P01", "time_zone": "Europe/Berlin"}], schema=PARTICIPANT)
GARMIN = "Activity Type,Date,Favorite,Title,Calories,Time\n"


def test_files_that_nobody_knows_are_told(imported, reasons):
    got = imported(
        {
            "fitbit/P01/photo.jpg": b"\xff\xd8\xff\xe0 JFIF",
            "x/empty.csv": b"",
            "x/list.json": "[]",
            "x/other.csv": "a,b\n1,2\n",
            "x/broken.xlsx": b"PK\x03\x04 no workbook",
        }
    )
    assert len(reasons(got)) == 5
    assert got.recognised.is_empty()


def test_a_folder_may_have_any_name(imported):
    got = imported({"somewhere/P01/list.csv": GARMIN + "Running,2026-03-01 18:00:00,false,x,1,00:30:00\n"})
    assert got.recognised.rows() == [("imports/somewhere/P01/list.csv", "Garmin")]
    assert got.diaries.exercise_bout.height == 1


def test_a_workbook_is_read_as_its_first_sheet(imported):
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet()
    for row, cells in enumerate(
        [GARMIN.strip().split(","), ["Running", "2026-03-01 18:00:00", "false", "x", 1, "00:30:00"]]
    ):
        page.write_row(row, 0, cells)
    book.close()
    assert zipfile.is_zipfile(io.BytesIO(buffer.getvalue()))
    got = imported({"garmin/P01.xlsx": buffer.getvalue()})
    assert got.diaries.exercise_bout["duration_min"].to_list() == [30.0]


def test_what_stands_in_the_diary_counts_once(imported, reasons):
    native = read_diaries(
        {
            "diary/exercise.csv": b"participant_id,started_at,duration_min,met\nP01,2026-03-01T18:10,30,8\nP01,2026-03-03,0,\n",
            "diary/sleep.csv": b"participant_id,night_date,lights_off,lights_on\nP01,2026-03-01,22:00,06:00\n",
        },
        PEOPLE,
        "UTC",
        ADULT_EXPOSURES,
    )
    exports = imported(
        {
            "garmin/P01.csv": GARMIN
            + "Running,2026-03-01 18:00:00,false,x,1,00:30:00\nRunning,2026-03-01 18:40:00,false,x,1,00:10:00\n",
            "csd.csv": "ID,Date,Try to sleep,Minutes to fall asleep,Final awakening\nP01,2026-03-02,22:45,20,06:30\nP01,2026-03-03,22:45,20,06:30\n",
        }
    )
    merged = merge_diaries(native, exports.diaries)
    assert merged.exercise_bout["duration_min"].to_list() == [30.0, 0.0, 10.0]
    assert merged.sleep_diary["night_date"].cast(pl.String).to_list() == ["2026-03-01", "2026-03-02"]
    assert merged.sleep_diary["sleep_onset_at"].null_count() == 1
    told = merged.rejected_entry["reason"].to_list()
    assert sum("stand in the diary too" in reason for reason in told) == 2
