"""What people export: kinds of one maker's files told apart, labels in place of names, days that were not finished."""

import io
from datetime import UTC, date, datetime

import polars as pl
import pytest

from transforms.declared import Declared
from transforms.diaries import read_diaries
from transforms.imports import ImportFile, read_imports
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT

PEOPLE = pl.DataFrame(
    [{"participant_id": "P01", "time_zone": "Europe/Berlin"}, {"participant_id": "P02"}], schema=PARTICIPANT
)
RECALL = "RecallRecId,UserName,RecallNo,RecallStatus,IntakeStartDateTime,CAFF,MAGN,CALC,IRON,VB6,VB12\n"
ITEMS = RECALL.replace("CAFF", "Occ_Time,CAFF")


def utc(*at: int) -> datetime:
    return datetime(2026, *at, tzinfo=UTC)


def total(caffeine: float, magnesium: float, recall: str = "r1", day: int = 2, status: int = 2) -> str:
    return f"{recall},P01,1,{status},03/{day:02}/2026 00:00,{caffeine},{magnesium},800,10,1.5,3\n"


def item(caffeine: float, magnesium: float) -> str:
    return f"r1,P01,1,2,03/02/2026 00:00,03/02/2026 08:00,{caffeine},{magnesium},800,10,1.5,3\n"


TN, TS, TNS = RECALL + total(95, 310), RECALL + total(200, 100), RECALL + total(295, 410)
INF = ITEMS + item(95, 210) + item(0, 100)
INS = RECALL + total(200, 100)
FOOD, SUPPLEMENT = ("food", 310.0), ("supplement", 100.0)


@pytest.mark.parametrize(
    ("kinds", "days", "doses"),
    [
        ({"TN": TN}, [FOOD], [95.0]),
        ({"Totals": TN}, [FOOD], [95.0]),
        ({"INF": INF}, [FOOD], [95.0]),
        ({"Items": INF}, [FOOD], [95.0]),
        ({"TS": TS}, [SUPPLEMENT], [200.0]),
        ({"INS": INS}, [SUPPLEMENT], [200.0]),
        ({"TNS": TNS}, [("food_and_supplement", 410.0)], [295.0]),
        ({"TN": TN, "TS": TS}, [FOOD, SUPPLEMENT], [95.0, 200.0]),
        ({"INF": INF, "INS": INS}, [FOOD, SUPPLEMENT], [95.0, 200.0]),
        ({"TN": TN, "TNS": TNS}, [FOOD, SUPPLEMENT], [95.0, 200.0]),
        ({"INF": INF, "TNS": TNS}, [FOOD, SUPPLEMENT], [95.0, 200.0]),
        ({"TS": TS, "TNS": TNS}, [FOOD, SUPPLEMENT], [95.0, 200.0]),
        ({"TN": TN, "INF": INF, "TS": TS, "INS": INS, "TNS": TNS}, [FOOD, SUPPLEMENT], [95.0, 200.0]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_the_kinds_of_asa24_are_told_apart(imported, reasons, kinds, days, doses):
    got = imported({f"asa24/study_{kind}.csv": content for kind, content in kinds.items()}, PEOPLE)
    assert sorted(got.diaries.nutrient_day.select("origin", "magnesium_mg").rows()) == days
    assert sorted(got.diaries.caffeine_intake["caffeine_mg"]) == doses
    assert ["lay TN" in reason for reason in reasons(got)] == [True] * (list(kinds) == ["TNS"])


def test_a_recall_that_was_broken_off_is_no_days_intake(imported, reasons):
    got = imported({"asa24/TN.csv": RECALL + total(95, 310, status=5)}, PEOPLE)
    assert got.diaries.nutrient_day.is_empty()
    assert reasons(got) == ["the recall is not complete"]


DAYS = "Date,Energy (kcal),Caffeine (mg),Magnesium (mg),Calcium (mg),Completed\n"


def test_a_day_that_was_not_finished_is_no_days_intake(imported, reasons):
    rows = "2026-03-02,2000,180,300,800,true\n2026-03-03,500,0,40,90,false\n"
    got = imported({"cronometer/P01/dailysummary.csv": DAYS + rows}, PEOPLE)
    assert got.diaries.nutrient_day.select("logged_date", "magnesium_mg").rows() == [
        (date(2026, 3, 2), 300.0)
    ]
    assert got.diaries.caffeine_intake.select("logged_date", "caffeine_mg").rows() == [
        (date(2026, 3, 2), 180.0)
    ]
    assert reasons(got) == ["the day is not marked as completed: its sums are no day's intake"]


def test_where_nobody_marks_days_all_are_taken_and_told(imported, reasons):
    rows = "2026-03-02,2000,180,300,800,false\n2026-03-03,500,0,40,90,false\n"
    got = imported({"cronometer/P01/dailysummary.csv": DAYS + rows}, PEOPLE)
    assert got.diaries.nutrient_day.height == 2
    assert [reason.split(":")[0] for reason in reasons(got)] == ["no day is marked as completed"]


DICTIONARY = (
    '"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels",Identifier?,'
    '"Field Annotation"\n'
    "record_id,enrolment,text,Study number,,,\n"
    "full_name,enrolment,text,Your name,,y,\n"
    "taken_at,caffeine,text,When did you drink it?,,,\n"
    'source,caffeine,dropdown,What was it?,"1, Espresso | 2, Green tea",,\n'
    "amount,caffeine,text,How many?,,,\n"
    'unit,caffeine,radio,Of what?,"1, shot | 2, cup",,\n'
    "start_date,medication,text,When did you begin?,,,\n"
    'drug_class,medication,checkbox,Which of these?,"1, Dopaminergic | 2, Iron",,\n'
)


def test_redcap_with_labels_in_header_and_cells(imported, reasons):
    """Two forms are complete under one label, a box has its choice in its label, answers are words."""
    header = (
        '"Study number","Repeat Instrument","Repeat Instance","Your name",Complete?,"When did you drink it?","What was it?",'
        '"How many?","Of what?",Complete?,"When did you begin?","Which of these? (choice=Dopaminergic)",'
        '"Which of these? (choice=Iron)",Complete?\n'
    )
    rows = (
        "P01,,,Roe,Complete,,,,,,2026-03-01,Unchecked,Checked,Complete\n"
        'P01,"Coffee log",1,,,2026-03-02 08:00,Espresso,2,shot,Complete,,,,\n'
        'P01,"Coffee log",2,,,2026-03-02 14:00,"Green tea",1,cup,Complete,,,,\n'
    )
    got = imported({"redcap/dict.csv": DICTIONARY, "redcap/labels.csv": header + rows}, PEOPLE)
    assert got.diaries.caffeine_intake.select("taken_at", "source", "caffeine_mg").rows() == [
        (utc(3, 2, 7), "espresso", 128.0),
        (utc(3, 2, 13), "green_tea", 28.0),
    ]
    assert got.diaries.medication_use.select("start_date", "drug_class").rows() == [
        (date(2026, 3, 1), "iron")
    ]
    assert reasons(got) == []
    unread = got.diaries.delivered_column.filter(~pl.col("is_read"))["column_name"].to_list()
    assert "your_name" in unread  # an identifier is never read


FITBIT = (
    "Body\nDate,Weight,BMI,Fat\n02-03-2026,70,22,0\n\nActivities\nDate,Calories Burned,Steps\n02-03-2026,2500,8000\n\n"
    "Sleep\nStart Time,End Time,Minutes Asleep,Minutes Awake,Number of Awakenings\n"
    '"{}","{}",420,40,3\n\nFood Log 20260302\nDaily Totals,Calories\n'
)


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-03-02 11:10PM", "2026-03-03 7:00AM"), ("02-03-2026 23:10", "03-03-2026 7:00")],
)
def test_the_blocks_of_fitbits_table(imported, reasons, start, end):
    got = imported({"fitbit/P01/fitbit_export_20260302.csv": FITBIT.format(start, end)}, PEOPLE)
    night = got.diaries.sleep_diary.row(0, named=True)
    assert (night["night_date"], night["lights_off_at"], night["lights_on_at"]) == (
        date(2026, 3, 2),
        utc(3, 2, 22, 10),
        utc(3, 3, 6),
    )
    assert ["export the account's data as JSON" in reason for reason in reasons(got)] == [True]
    (delivered,) = got.diaries.row_count["delivered_count"].to_list()
    assert delivered == 3


@pytest.mark.parametrize("header", ["Date,Exercise,Type,Exercise Calories,Exercise Minutes", "Date,Weight"])
def test_myfitnesspals_other_files_are_refused_in_words(imported, reasons, header):
    got = imported({"myfitnesspal/P01/x.csv": f"{header}\n2026-03-02{',1' * header.count(',')}\n"}, PEOPLE)
    assert all(frame.is_empty() for frame in got.diaries.entries().values())
    assert ["export the Nutrition Summary" in reason for reason in reasons(got)] == [True]


@pytest.mark.parametrize(
    ("amount", "unit", "mg"),
    [("2 cups", "", 192.0), ("½", "cup", 48.0), ("1½ cups", "", 144.0), ("1/2", "cup", 48.0), ("2 Tassen", "", 192.0), ("0,5", "cup", 48.0)],
)  # fmt: skip
def test_amounts_as_people_write_them(amount, unit, mg):
    text = f'participant_id,taken_at,source,amount,unit\nP01,2026-03-02T08:00,coffee,"{amount}",{unit}\n'
    got = read_diaries({"diary/caffeine.csv": text.encode()}, PEOPLE, "UTC", ADULT_EXPOSURES)
    assert got.rejected_entry["reason"].to_list() == []
    assert got.caffeine_intake["caffeine_mg"].to_list() == [mg]


def test_the_zone_of_an_account_is_declared():
    """The answer was given at 02:00 of 3 March in Berlin; the account writes the clock of New York, a day before."""
    header = "StartDate,EndDate,Status,RecordedDate,ResponseId,ExternalReference,KSS\n"
    ids = "a,b,c,d,e,f,g\n" + ",".join(f'"{{""ImportId"":""Q{n}""}}"' for n in range(7)) + "\n"
    text = header + ids + "2026-03-02 20:00:00,2026-03-02 20:00:00,0,2026-03-02 20:00:05,R_1,P01,7\n"
    days = []
    for declared in (Declared(), Declared(account_time_zones={"qualtrics": "America/New_York"})):
        file = ImportFile(name="imports/qualtrics/s.csv", open=lambda: io.BytesIO(text.encode()))
        got = read_imports([file], PEOPLE, "Europe/Berlin", ADULT_EXPOSURES, declared)
        days += got.diaries.daytime_rating["logged_date"].to_list()
    assert days == [date(2026, 3, 2), date(2026, 3, 3)]


def test_qualtrics_writes_tabs_in_utf_16(imported, reasons):
    ids = "\t".join(f'"{{""ImportId"":""Q{n}""}}"' for n in range(7))
    header = "StartDate\tEndDate\tStatus\tRecordedDate\tResponseId\tExternalReference\tKSS"
    row = "2026-03-02 20:00:00\t2026-03-02 20:00:00\t0\t2026-03-02 20:00:05\tR_1\tP01\t7"
    text = "\n".join([header, "a\tb\tc\td\te\tf\tg", ids, row, ""])
    got = imported({"qualtrics/s.tsv": text.encode("utf-16")}, PEOPLE)
    assert got.diaries.daytime_rating["score"].to_list() == [7.0]
    assert reasons(got) == []


def test_an_annotation_that_names_no_column_is_told(imported, reasons):
    wrong = DICTIONARY.replace(
        "amount,caffeine,text,How many?,,,", "amount,caffeine,text,How many?,,,@LEGJUMPS=caffeine.number"
    )
    data = "record_id,taken_at,source,amount,unit,caffeine_complete\nP01,2026-03-02 08:00,Espresso,2,shot,2\n"
    got = imported({"redcap/dict.csv": wrong, "redcap/data.csv": data}, PEOPLE)
    assert reasons(got)[0].startswith("this annotation names no column of a diary")
    assert got.diaries.rejected_entry["line_number"][0] == 6


def test_a_record_of_sleep_without_length_is_told(imported, reasons):
    record = '<Record type="HKCategoryTypeIdentifierSleepAnalysis" startDate="2026-03-02 08:00:00 +0100" endDate="2026-03-02 08:00:00 +0100" value="HKCategoryValueSleepAnalysisInBed"/>'
    got = imported({"apple_health/P01/export.xml": f"<HealthData>\n{record}\n</HealthData>"}, PEOPLE)
    assert got.diaries.sleep_diary.is_empty()
    assert ["ends no later than it begins" in reason for reason in reasons(got)] == [True]
