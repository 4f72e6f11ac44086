"""Nothing that identifies a person gets from a diary or an export into the store: a whole run, every byte of it."""

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from flows.orchestration import TemporaryServer
from flows.settings import load_settings
from flows.store.layout import core_table
from tests.flows.stages.identifiers import (
    BORN,
    BORN_DE,
    BORN_PLAIN,
    BORN_US,
    FIRST,
    IP,
    LAST,
    LATITUDE,
    LONGITUDE,
    MAIL,
    PHONE,
    PLANTED,
    TEXT,
    identified,
)
from transforms.diaries import DIARY_DATASETS

pytestmark = pytest.mark.xdist_group("study")

EVERY = f'"{FIRST} {LAST}",{MAIL},{IP},{LATITUDE},{LONGITUDE},"{PHONE}",{BORN},{BORN_US},{BORN_DE},"{TEXT}"'
EVERY_HEADER = "Name,E-mail,IP address,Latitude,Longitude,Phone,Date of birth,Born,Birthday,Comments"
AS_NAMES = tuple(dict.fromkeys(cell.replace("/", "-").casefold() for cell in PLANTED))
"""What people call files, folders and columns, none twice."""
HEADERS = ",".join(f'"{cell}"' for cell in AS_NAMES)


NATIVE: Mapping[str, tuple[str, str]] = {
    "sleep": ("night_date,lights_off,sleep_onset,sleep_end,lights_on", "2026-03-01,23:00,23:20,06:40,07:00"),
    "caffeine": ("taken_at,caffeine_mg,source,amount,unit", f"2026-03-01T08:00,95,{TEXT},,"),
    "exercise": ("started_at,duration_min,met,intensity,activity", f"2026-03-01T18:00,30,8,,{TEXT}"),
    "stress": ("rated_at,scale,score", "2026-03-01T20:00,rating_0_10,4"),
    "nutrients": ("date,origin,magnesium_mg,iron_mg", "2026-03-01,food,310,11"),
    "medication": ("start_date,end_date,drug,drug_class,dose_mg", f"2026-03-01,2026-03-03,{TEXT},{TEXT},5"),
    "daytime": ("date,scale,score", "2026-03-02,kss,5"),
}


def native_diary(columns: str, usable: str) -> str:
    """A usable row, and rows in which the id, or each cell, is one thing that identifies; headers that do stand beside."""
    width = columns.count(",") + 1
    rows = [f"participant_id,{columns},{EVERY_HEADER},{HEADERS}", f"P01,{usable},{EVERY}"]
    for cell in PLANTED:
        rows.append(f'"{cell}",{usable},{EVERY}')
        rows.append("P01," + ",".join([f'"{cell}"'] * (width + len(AS_NAMES))))
    return "\n".join(rows) + "\n"


def export(header: str, usable: str, *, skipped: str = "") -> str:
    """A table with a usable row, and rows in which every cell holds one thing that identifies."""
    width = header.count(",") + 1 + len(AS_NAMES)
    rows = [f"{header},{HEADERS}", *([skipped] if skipped else []), usable]
    rows += [",".join([f'"{cell}"'] * width) for cell in PLANTED]
    return "\n".join(rows) + "\n"


CRONOMETER = (
    "Day,Time,Group,Food Name,Amount,Energy (kcal),B6 (Pyridoxine) (mg),B12 (Cobalamin) (µg),Caffeine (mg),Calcium (mg),"
    "Iron (mg),Magnesium (mg),Category"
)
MYFITNESSPAL = (
    "Date,Meal,Calories,Fat (g),Saturated Fat,Polyunsaturated Fat,Monounsaturated Fat,Trans Fat,Cholesterol,Sodium (mg),"
    "Potassium,Carbohydrates (g),Fiber,Sugar,Protein (g),Vitamin A,Vitamin C,Calcium,Iron,Note"
)
ASA24 = (
    "RecallRecId,UserName,UserID,RecallNo,RecallAttempt,RecallStatus,IntakeStartDateTime,IntakeEndDateTime,ReportingDate,Lang,"
    "Occ_No,Occ_Time,Occ_Name,CAFF,CALC,IRON,MAGN,VB6,VB12,Food_Description"
)
ASA24_TOTALS = (
    "RecallRecId,UserName,UserID,RecallNo,RecallAttempt,RecallStatus,IntakeStartDateTime,IntakeEndDateTime,ReportingDate,Lang,"
    "AmtUsual,CAFF,CALC,IRON,MAGN,VB6,VB12"
)
CONSENSUS = (
    "ID,Date,Into Bed,Try to sleep,Minutes to fall asleep,Final awakening,Out of bed,Caffeine count,Comments"
)
GGIR = "ID,D1_date,D1_wakeup,D1_inbed,D1_onset,D2_date,D2_wakeup"
GGIR_BASIC = "ID,start_date,onset_N1,wakeup_N1"
GARMIN = "Activity Type,Date,Favorite,Title,Distance,Calories,Time,Avg HR,Max HR"
DICTIONARY = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)",'
    '"Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?",'
    '"Field Annotation"\n'
    "record_id,enrolment,,text,Record,,,,,,,,,,,,,\n"
    "full_name,enrolment,,text,Name,,,,,,y,,,,,,,\n"
    "drink_at,coffee_log,,text,When,,,,,,,,,,,,,@LEGJUMPS=caffeine.taken_at\n"
    "drink_mg,coffee_log,,text,mg,,,,,,,,,,,,,@LEGJUMPS=caffeine.caffeine_mg\n"
    "drink_kind,coffee_log,,text,What,,,,,,,,,,,,,@LEGJUMPS=caffeine.source\n"
    "pill_on,pills,,text,When,,,,,,,,,,,,,@LEGJUMPS=medication.start_date\n"
    "pill,pills,,text,Which,,,,,,,,,,,,,@LEGJUMPS=medication.drug\n"
    "pill_class,pills,,text,Class,,,,,,,,,,,,,@LEGJUMPS=medication.drug_class\n"
)
REDCAP = "record_id,redcap_event_name,full_name,enrolment_complete,drink_at,drink_mg,drink_kind,coffee_log_complete,pill_on,pill,pill_class,pills_complete"
QUALTRICS = (
    "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,RecipientLastName,"
    "RecipientFirstName,RecipientEmail,ExternalReference,LocationLatitude,LocationLongitude,DistributionChannel,UserLanguage,KSS,Q9"
)
QUALTRICS_IDS = ",".join(["Text"] * 19) + "\n" + ",".join(f'"{{""ImportId"":""QID{n}""}}"' for n in range(19))
TABLES: Mapping[str, str] = {
    f"cronometer/P01/{FIRST} {LAST} servings.csv": export(
        CRONOMETER, f"2026-03-02,08:14 AM,B,{TEXT},1 cup,2,0,0,80,4,0.02,7.1,Beverages"
    ),
    "cronometer/P01/exercises.csv": export(
        "Day,Time,Group,Exercise,Minutes,Calories Burned", f"2026-03-02,18:00,Exercise,Running {TEXT},30,300"
    ),
    f"myfitnesspal/{FIRST}/P01.csv": export(
        MYFITNESSPAL, f"2026-03-02,Breakfast,5,1,1,1,1,0,0,1,1,1,1,1,1,1,1,10,50,{TEXT}"
    ),
    f"asa24/{LAST}_INF.csv": export(
        ASA24, f"r1,P01,u,1,0,2,01/18/2026 0:00,01/18/2026 23:59,01/19/2026,1,1,01/18/2026 8:00,1,95,20,1.5,10,0.1,0.2,{TEXT}"
    ),
    f"asa24/{LAST}_totals.csv": export(ASA24_TOTALS, "r9,P01,u,1,0,2,01/20/2026 0:00,,,1,2,95,20,1.5,10,0.1,0.2"),
    "diaries/csd.csv": export(CONSENSUS, f"P01,2026-03-05,22:30,22:45,20,06:30,06:50,0,{TEXT}"),
    f"ggir/{MAIL}.csv": export(GGIR, "P01,2026-03-06,07:00,22:30,22:50,2026-03-07,06:30"),
    "ggir/basic.csv": export(GGIR_BASIC, "P01,2026-03-08,23:00,07:00"),
    "garmin/P01/Activities.csv": export(GARMIN, f'Running,2026-03-02 18:00:00,false,"{TEXT}","5,02",310,00:30:12,150,171'),
    "redcap/dictionary.csv": DICTIONARY,
    f"redcap/{FIRST}_{BORN}.csv": export(REDCAP, f"P01,base,{FIRST} {LAST},2,2026-03-03 08:00,95,{TEXT},2,2026-03-03,{TEXT},{TEXT},2"),
    f"qualtrics/{BORN_PLAIN}.csv": export(
        QUALTRICS,
        f"2026-03-03 20:00:00,2026-03-03 20:00:00,IP Address,{IP},100,300,True,2026-03-03 20:00:05,R_abc,{LAST},{FIRST},{MAIL},"
        f"P01,{LATITUDE},{LONGITUDE},email,EN,7,{TEXT}",
        skipped=QUALTRICS_IDS,
    ),
    "nhanes/SLQ_D.csv": export(f"SEQN,SLQ150,{FIRST}", f"31127,2,{TEXT}"),
    f"nhanes/{FIRST} {LAST}.csv": export(f"SEQN,DR1DRSTZ,DR1TCAFF,{TEXT}", f"31127,1,200,{TEXT}"),
    f"unknown/{FIRST}.{LAST}": f"{TEXT}\n{EVERY}\n",
    f"unknown/{LAST}.csv": f"{EVERY}\n{EVERY}\n",
}  # fmt: skip


def health_record(kind: str, start: str, value: str, unit: str = "mg") -> str:
    return (
        f' <Record type="{kind}" sourceName="{FIRST}&apos;s iPhone" device="name:{LAST}" unit="{unit}" '
        f'startDate="{start}" endDate="{start}" value="{value}"><MetadataEntry key="note" value="{TEXT}"/></Record>\n'
    )


def apple_health() -> str:
    caffeine, sleep = "HKQuantityTypeIdentifierDietaryCaffeine", "HKCategoryTypeIdentifierSleepAnalysis"
    at = "2026-03-04 08:00:00 +0100"
    told = "".join(
        health_record(caffeine, at, cell)
        + health_record(caffeine, cell, "95")
        + health_record(caffeine, at, "9", cell)
        + health_record(sleep, cell, cell)
        + f' <Workout workoutActivityType="{cell}" duration="{cell}" durationUnit="{cell}" sourceName="{cell}" startDate="{at}" endDate="{cell}"/>\n'
        for cell in PLANTED
    )
    return (
        f'<?xml version="1.0"?>\n<!DOCTYPE HealthData [\n<!-- {TEXT} -->\n]>\n<HealthData locale="{TEXT}">\n'
        f' <Me HKCharacteristicTypeIdentifierDateOfBirth="{BORN}" name="{FIRST}"/>\n'
        + health_record(caffeine, at, "95")
        + told
        + "</HealthData>\n"
    )


def with_each(record: dict[str, object]) -> list[dict[str, object]]:
    """A usable JSON record with a comment, and one for each identifying thing in all its fields."""
    return [record | {"comment": TEXT, "email": MAIL}, *(dict.fromkeys(record, cell) for cell in PLANTED)]


JSON: Mapping[str, object] = {
    "fitbit/P01/sleep-2026-03-06.json": with_each(
        {"logId": 1, "dateOfSleep": "2026-03-10", "startTime": "2026-03-09T23:10:00.000", "endTime": "2026-03-10T07:00:30.000",
         "minutesToFallAsleep": 12, "minutesAfterWakeup": 3, "mainSleep": True}
    ),
    f"fitbit/P01/{FIRST}.json": with_each(
        {"logId": 9, "activityName": "Walk", "startTime": "03/03/26 17:05:00", "activeDuration": 1800000}
    ),
    "oura/P01/sleep.json": {"data": with_each(
        {"bedtime_start": "2026-03-11T23:10:00+01:00", "bedtime_end": "2026-03-12T07:00:00+01:00", "latency": 600, "type": "long_sleep"}
    )},
    "oura/P01/workout.json": {"data": with_each(
        {"activity": "running", "intensity": "hard", "start_datetime": "2026-03-05T18:00:00+01:00", "end_datetime": "2026-03-05T18:30:00+01:00"}
    )},
    "oura/P01/tags.json": {"data": with_each(
        {"tag_type_code": "tag_generic_caffeine", "start_time": "2026-03-01T15:00:00+01:00"}
    )},
}  # fmt: skip


def workbook() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"author": f"{FIRST} {LAST}", "comments": TEXT})
    page = book.add_worksheet(FIRST)
    for row, cells in enumerate(
        [
            GARMIN.split(","),
            ["Running", "2026-03-04 18:00:00", "false", TEXT, 5, 310, "00:30:12", 150, 171],
            *([cell] * 9 for cell in PLANTED),
        ]
    ):
        page.write_row(row, 0, cells)
    book.close()
    return buffer.getvalue()


def write_study(folder: Path, *, participants: bool) -> None:
    """Write a study of diaries and exports in which everything that can hold a marker holds one."""
    (folder / "study.toml").write_text('[study]\nid = "s"\ntime_zone = "Europe/Berlin"\n')
    if participants:
        (folder / "participants.csv").write_text(
            f"participant_id,sex,birth_year,weight_kg,{EVERY_HEADER},{HEADERS}\n"
            f"P01,female,1986,70,{EVERY}\nP02,{TEXT},{BORN},{PHONE},{EVERY}\nP03,,{BORN_DE},{IP},{EVERY}\n"
            # people whose id, and whose every further cell, is one of the things
            + "".join(
                ",".join([f'"{cell}"', "", "", "", *[f'"{cell}"'] * (10 + len(AS_NAMES))]) + "\n"
                for cell in PLANTED
            )
        )
    contents: dict[str, bytes] = {
        **{f"diary/{name}.csv": native_diary(*diary).encode() for name, diary in NATIVE.items()},
        f"diary/{FIRST} {LAST}.csv": f"{EVERY_HEADER}\n{EVERY}\n".encode(),
        **{f"imports/{name}": content.encode() for name, content in TABLES.items()},
        **{f"imports/{name}": json.dumps(content).encode() for name, content in JSON.items()},
        "imports/apple_health/P01/export.xml": apple_health().encode(),
        f"imports/apple_health/{FIRST} {LAST}/export.xml": apple_health().encode(),
        f"imports/apple_health/{FIRST}/broken.xml": apple_health()[:900].encode(),
        f"imports/garmin/{LAST}/P01.xlsx": workbook(),
    }
    # every thing as the name of a file and of a folder, of one maker's export after the other
    exports = [name for name in contents if name.startswith("imports/")]
    for place, cell in enumerate(AS_NAMES):
        name = exports[place % len(exports)]
        _, maker, *_, file = name.split("/")
        contents[f"imports/{maker}/{cell}/{cell} {file}"] = contents[name]
        contents[f"diary/{cell}.csv"] = b"participant_id\n"
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[TemporaryServer]:
    yield TemporaryServer(home)


@pytest.mark.parametrize(
    ("stage", "participants"), [("study", True), ("ingest", False)], ids=["listed", "unlisted"]
)
def test_no_marker_in_any_byte_of_the_store(
    tmp_path: Path, home: Path, server: TemporaryServer, *, stage: str, participants: bool
) -> None:
    """A whole run with a list of participants; without one, where ids are taken as written, up to the core datasets."""
    from flows.study import run

    write_study(tmp_path, participants=participants)
    report = run(stage, load_settings(tmp_path), server)
    assert (report.release is not None) == participants
    read = [
        name
        for name in (*DIARY_DATASETS, "survey_person")
        if pl.read_parquet(core_table(tmp_path / "store", name)).height
    ]
    assert len(read) == 8  # of every kind something was usable, or nothing could leak
    if participants:  # and of everybody, under whatever id
        people = pl.read_parquet(core_table(tmp_path / "store", "participant"))["participant_id"]
        doses = pl.read_parquet(core_table(tmp_path / "store", "caffeine_intake"))["participant_id"]
        assert people.str.starts_with("person_").sum() == len(PLANTED)
        assert doses.filter(doses.str.starts_with("person_")).n_unique() == len(PLANTED)
    assert not identified(tmp_path / "store")
    assert not identified(home)
