"""Exports beside diaries: known by what they hold, counted once."""

import io
import json
import zipfile
from datetime import date

import polars as pl

from transforms.diaries import read_diaries
from transforms.imports import merge_diaries, wearables
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
    merged = merge_diaries(native, exports.diaries, ADULT_EXPOSURES)
    assert merged.exercise_bout["duration_min"].to_list() == [30.0, 0.0, 10.0]
    assert merged.sleep_diary["night_date"].cast(pl.String).to_list() == ["2026-03-01", "2026-03-02"]
    # the diary's bed, the export's onset; its waking lies behind the diary's getting up and is not taken
    night = merged.sleep_diary.row(0, named=True)
    assert (night["lights_off_source"], night["sleep_onset_source"]) == ("diary", "Consensus Sleep Diary")
    assert (night["sleep_end_at"], night["sleep_end_source"]) == (None, None)
    told = merged.rejected_entry["reason"].to_list()
    assert sum("stand in the diary too" in reason for reason in told) == 2


CRONOMETER = "Day,Time,Group,Food Name,Amount,Energy (kcal),Caffeine (mg),Category\n"
APPLE = '<HealthData><Record type="HKQuantityTypeIdentifierDietaryCaffeine" sourceName="a" unit="mg" startDate="{0}" endDate="{0}" value="{1}"/></HealthData>'


def test_a_day_that_two_exports_tell_of_counts_once(imported, reasons):
    got = imported(
        {
            "cronometer/P01/servings.csv": CRONOMETER
            + "2026-03-01,08:00,B,coffee,1,2,95,x\n2026-03-02,08:00,B,coffee,1,2,95,x\n",
            "apple_health/P01/export.xml": APPLE.format("2026-03-02 08:00:00 +0100", 95),
        }
    )
    assert got.diaries.caffeine_intake["caffeine_mg"].to_list() == [95.0, 95.0]
    assert reasons(got) == [
        "rows of caffeine_intake left out, since another export tells of the same time: 1"
    ]


def test_damage_that_breaks_a_reader_costs_its_own_file_alone(imported, reasons, monkeypatch):
    read = wearables._garmin

    def breaks(file, context):
        if "broken" in file.name:
            raise KeyError("marker of what the file held")
        return read(file, context)

    monkeypatch.setattr(wearables, "_garmin", breaks)
    content = GARMIN + "Running,2026-03-01 18:00:00,false,x,1,00:30:00\n"
    got = imported({"garmin/P01/a.csv": content, "garmin/P01/broken.csv": content})
    assert got.diaries.exercise_bout.height == 1
    assert got.diaries.rejected_entry["file_name"].to_list() == ["imports/garmin/P01/broken.csv"]
    assert reasons(got) == ["known by its form, and yet it cannot be read (KeyError)"]


def test_a_damaged_archive_costs_itself_alone(imported, reasons):
    content = (
        GARMIN
        + "".join(f"Running,2026-03-{day:02} 18:00:00,false,x{day},{day},00:30:00\n" for day in range(1, 29))
    ).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Activities.csv", content)
    whole = buffer.getvalue()
    begin = whole.index(b"Activities.csv") + len("Activities.csv")
    damaged = whole[: begin + 20] + bytes(60) + whole[begin + 80 :]
    locked = bytearray(whole)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[whole.index(mark) + offset] |= 1  # the flag of a member that wants a password
    got = imported(
        {"garmin/P01/a.zip": damaged, "garmin/P01/b.zip": bytes(locked), "garmin/P01/c.zip": whole}
    )
    assert got.diaries.exercise_bout.height == 28
    assert sorted(got.diaries.rejected_entry["file_name"].unique()) == [
        "imports/garmin/P01/a.zip/Activities.csv",
        "imports/garmin/P01/b.zip/Activities.csv",
    ]
    assert all("cannot be read" in reason for reason in reasons(got))


def test_a_newer_export_repeats_nothing_of_an_older_one(imported, reasons):
    first = "2026-03-01,08:00,B,x,1,2,95,x\n2026-03-01,08:00,B,x,1,2,95,x\n"  # two equal cups are two cups
    older = first + "2026-03-02,08:00,B,x,1,2,80,x\n"
    newer = older + "2026-03-02,13:00,B,x,1,2,60,x\n"
    bout = "Running,2026-03-01 18:00:00,false,x,1,00:30:00\n"
    got = imported(
        {
            "cronometer/P01/june.csv": CRONOMETER + newer,
            "cronometer/P01/may.csv": CRONOMETER + older,
            "garmin/P01/1.csv": GARMIN + bout,
            "garmin/P01/2.csv": GARMIN + bout + bout.replace("18:00", "19:00"),
        }
    ).diaries
    assert sorted(got.caffeine_intake["caffeine_mg"].to_list()) == [60, 80, 95, 95]
    assert got.exercise_bout.height == 2
    told = got.rejected_entry.filter(pl.col("file_name") == "imports")["reason"].to_list()
    assert [(reason.split(" left")[0], reason[-3:]) for reason in told] == [
        ("rows of caffeine_intake", ": 3"),
        ("rows of exercise_bout", ": 1"),
    ]


def test_the_last_day_of_an_older_export_is_not_added_to_the_whole_one(imported):
    header = CRONOMETER.replace("Caffeine (mg)", "Magnesium (mg)")
    older = "2026-03-01,,B,x,1,2,300,x\n2026-03-02,,B,x,1,2,100,x\n"
    newer = "2026-03-02,,B,x,1,2,100,x\n2026-03-02,,D,x,1,2,150,x\n2026-03-03,,D,x,1,2,200,x\n"
    got = imported({"cronometer/P01/b.csv": header + older, "cronometer/P01/a.csv": header + newer}).diaries
    assert got.nutrient_day.select("logged_date", "magnesium_mg").sort("logged_date").rows() == [
        (date(2026, 3, 1), 300.0),
        (date(2026, 3, 2), 250.0),
        (date(2026, 3, 3), 200.0),
    ]


def test_a_day_of_the_diary_is_the_diarys(imported):
    native = read_diaries(
        {"diary/caffeine.csv": b"participant_id,taken_at,caffeine_mg\nP01,2026-03-01,0\n"},
        PEOPLE,
        "UTC",
        ADULT_EXPOSURES,
    )
    exports = imported(
        {"cronometer/P01.csv": CRONOMETER + "2026-03-01,08:00,B,x,1,2,95,x\n2026-03-02,08:00,B,x,1,2,80,x\n"}
    )
    merged = merge_diaries(native, exports.diaries, ADULT_EXPOSURES).caffeine_intake
    assert merged.select("logged_date", "caffeine_mg").rows() == [
        (date(2026, 3, 1), 0.0),
        (date(2026, 3, 2), 80.0),
    ]


def test_an_address_is_no_id_where_nothing_vouches_for_it(imported, reasons):
    nobody = pl.DataFrame(schema=PARTICIPANT)
    header = "ID,Date,Try to sleep,Minutes to fall asleep,Final awakening\n"
    got = imported(
        {"csd.csv": header + "marker@example.org,2026-03-02,22:45,20,06:30\nS1,2026-03-02,22:45,20,06:30\n"},
        nobody,
    )
    assert got.diaries.sleep_diary["participant_id"].to_list() == ["S1"]
    assert "marker" not in got.diaries.rejected_entry.write_json()
    assert "may name a person" in reasons(got)[0]


def test_no_marker_reaches_any_byte_of_what_is_kept(imported, tmp_path):
    """Names, addresses, places, dates of birth and sentences planted wherever an export can hold them."""
    note = "MARKERNOTE my neighbour said so"
    files = {
        "cronometer/P01/servings.csv": CRONOMETER
        + f'2026-03-01,{note},B,"{note}","{note}",MARKERKCAL,MARKERMG,"{note}"\n',
        "garmin/P01/a.csv": GARMIN + f'"{note}",2026-03-01 18:00:00,false,MARKERTITLE,1,MARKERTIME\n',
        "csd.csv": f'ID,Date,Try to sleep,Minutes to fall asleep,Final awakening,Comments\nMARKERPERSON,2026-03-02,"{note}",1986-01-02,52.5200 13.4050,"{note}"\n',
        "fitbit/P01/sleep.json": json.dumps(
            [
                {
                    "logId": 1,
                    "dateOfSleep": "2026-03-02",
                    "startTime": note,
                    "endTime": "marker@example.org",
                    "mainSleep": True,
                }
            ]
        ),
        "oura/P01/w.json": json.dumps(
            [
                {
                    "activity": note,
                    "intensity": "MARKERINTENSITY",
                    "start_datetime": note,
                    "end_datetime": note,
                    "label": note,
                }
            ]
        ),
        "apple_health/P01/export.xml": APPLE.format("MARKERDATE", "203.0.113.77"),
        "asa24/INF.csv": "RecallRecId,UserName,RecallStatus,IntakeStartDateTime,Occ_Time,CAFF\n"
        f'r1,"Jane MARKERSURNAME",2,01/18/2022 0:00,"{note}",MARKERCAFF\n',
        "ggir.csv": f'ID,D1_date,D1_inbed,D2_date,D2_wakeup\nP01,2026-03-01,"{note}",2026-03-02,+49 30 1234567\n',
        "unknown.txt": note,
    }
    got = imported(files)
    for name, frame in {
        **got.datasets(),
        "rejected_entry": got.diaries.rejected_entry,
        "known": got.recognised,
    }.items():
        frame.write_parquet(tmp_path / f"{name}.parquet", compression="uncompressed")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert got.diaries.rejected_entry.height >= len(files)
    for marker in (b"MARKER", b"marker@", b"203.0.113", b"52.52", b"1234567", b"1986-01-02", b"neighbour"):
        assert marker not in kept, marker


def columns_read(got, name):
    """Return how many columns of a file are read, and which are not."""
    own = got.diaries.delivered_column.filter(file_name=f"imports/{name}")
    return own["is_read"].sum(), own.filter(~pl.col("is_read"))["column_name"].to_list()


def test_what_of_an_export_is_not_read_follows_from_what_its_importer_asks_for(imported, reasons):
    files = {
        "cronometer/P01/servings.csv": "Day,Food Name,Amount,Energy (kcal),Caffeine (mg),Magnesium (g)\n2026-03-02,Tea,1 cup,2,47,0.1\n",
        "fitbit/P01/sleep.json": json.dumps(
            [{"logId": 1, "dateOfSleep": "2026-03-02", "startTime": "2026-03-01T23:00:00.000", "endTime": "2026-03-02T07:00:00.000", "minutesToFallAsleep": 4, "efficiency": 95}]
        ),
        "ggir/log.csv": "ID,D1_date,D1_onset,D2_date,D2_wakeup,D1_nap\nP01,2026-03-05,23:00,2026-03-06,07:00,0\n",
        "nhanes/SLQ_D.csv": "SEQN,SLQ150,SLQ999\n31127,2,1\n",
        "apple/P01/export.xml": '<HealthData><Record type="HKQuantityTypeIdentifierStepCount" value="5"/><Workout/></HealthData>',
    }  # fmt: skip
    got = imported(files)
    assert columns_read(got, "cronometer/P01/servings.csv") == (
        2,
        ["food_name", "amount", "energy_(kcal)", "magnesium_(g)"],
    )
    assert columns_read(got, "fitbit/P01/sleep.json") == (3, ["logId", "dateOfSleep", "efficiency"])
    assert columns_read(got, "ggir/log.csv") == (5, ["d1_nap"])
    assert columns_read(got, "nhanes/SLQ_D.csv") == (2, ["SLQ999"])
    assert columns_read(got, "apple/P01/export.xml") == (1, ["HKQuantityTypeIdentifierStepCount"])
    assert [r for r in reasons(got) if "meant" in r] == [
        "column magnesium_(g) is not read; is magnesium_(mg) meant?"
    ]
    assert (
        dict(got.diaries.row_count.select("file_name", "delivered_count").rows())[
            "imports/apple/P01/export.xml"
        ]
        == 2
    )
