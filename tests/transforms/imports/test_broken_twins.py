"""Each maker's form, whole and broken: what is broken is told, costs nothing else, and never raises."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.diaries import DIARY_DATASETS

_SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
_AT = "2026-03-01 08:00:00 +0100"
_ITEMS = (
    "RecallRecId,UserName,UserID,RecallNo,RecallAttempt,RecallStatus,IntakeStartDateTime,IntakeEndDateTime,"
    "ReportingDate,Lang,{}CAFF,CALC,IRON,MAGN,VB6,VB12\n"
)
_RECALL = "r1,P01,u,1,0,{},01/18/2026 0:00,01/18/2026 23:59,01/19/2026,1,"
_QUALTRICS = (
    "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,RecipientLastName,"
    "RecipientFirstName,RecipientEmail,ExternalReference,LocationLatitude,LocationLongitude,DistributionChannel,UserLanguage,KSS\n"
    + ",".join(["text"] * 18)
    + "\n"
    + ",".join(f'"{{""ImportId"":""QID{n}""}}"' for n in range(18))
    + "\n2026-03-03 20:00:00,{end},IP Address,,100,300,True,2026-03-03 20:00:05,R_a,,,,P01,,,email,EN,{kss}\n"
)
_REDCAP_DICTIONARY = (
    "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,Field Annotation\n"
    "record_id,enrolment,,text,Record,\n"
    "drink_at,coffee,,text,When,@LEGJUMPS=caffeine.taken_at\n"
    "drink_mg,coffee,,text,mg,@LEGJUMPS=caffeine.caffeine_mg\n"
)
_REDCAP = "record_id,redcap_event_name,drink_at,drink_mg,coffee_complete\nP01,base,{},{},2\n"
_CRONOMETER = "Day,Time,Group,Food Name,Amount,Energy (kcal),Caffeine (mg),Magnesium (mg),Category\n"
_MYFITNESSPAL = (
    "Date,Meal,Calories,Fat (g),Saturated Fat,Polyunsaturated Fat,Monounsaturated Fat,Trans Fat,Cholesterol,Sodium (mg),"
    "Potassium,Carbohydrates (g),Fiber,Sugar,Protein (g),Vitamin A,Vitamin C,Calcium,Iron,Note\n"
    "{},Breakfast,5,1,1,1,1,0,0,1,1,1,1,1,1,1,1,{},50,\n"
)
_GARMIN = (
    "Activity Type,Date,Favorite,Title,Distance,Calories,Time,Avg HR,Max HR\n{},{},false,x,5,310,{},150,171\n"
)
_FITBIT = {
    "logId": 1,
    "dateOfSleep": "2026-03-10",
    "endTime": "2026-03-10T07:00:30.000",
    "minutesToFallAsleep": 12,
    "mainSleep": True,
}
_FITBIT_BOUT = {"logId": 9, "activityName": "Walk", "startTime": "03/03/26 17:05:00"}
_OURA = {"bedtime_end": "2026-03-12T07:00:00+01:00", "latency": 600, "type": "long_sleep"}
_OURA_BOUT = {"activity": "running", "intensity": "hard", "start_datetime": "2026-03-05T18:00:00+01:00"}


def _health(element: str) -> str:
    return f'<?xml version="1.0"?>\n<!DOCTYPE HealthData [\n<!ELEMENT broken (((\n]>\n<HealthData>\n{element}\n</HealthData>\n'


def _record(kind: str, value: str, end: str = _AT) -> str:
    return (
        f'<Record type="{kind}" sourceName="a" unit="mg" startDate="{_AT}" endDate="{end}" value="{value}"/>'
    )


def _workout(start: str) -> str:
    return f'<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="30" durationUnit="min" startDate="{start}" endDate="{start}"/>'


def _mornings(date: str) -> str:
    return f"ID,Date,Into Bed,Try to sleep,Minutes to fall asleep,Final awakening,Out of bed\nP01,{date},22:30,22:45,20,06:30,06:50\n"


FORMS = {
    "REDCap": (
        "caffeine_intake",
        {"redcap/dictionary.csv": _REDCAP_DICTIONARY, "redcap/data.csv": _REDCAP.format("2026-03-01 08:00", "95")},
        {"redcap/dictionary.csv": _REDCAP_DICTIONARY, "redcap/data.csv": _REDCAP.format("soon", "95")},
    ),
    "Qualtrics": (
        "daytime_rating",
        {"q.csv": _QUALTRICS.replace("{end}", "2026-03-03 20:00:00").replace("{kss}", "7")},
        {"q.csv": _QUALTRICS.replace("{end}", "2026-03-03 20:00:00").replace("{kss}", "11")},
    ),
    "ASA24 items": (
        "caffeine_intake",
        {"INF.csv": _ITEMS.format("Occ_No,Occ_Time,Occ_Name,") + _RECALL.format(2) + "1,01/18/2026 8:00,1,95,20,1.5,10,0.1,0.2\n"},
        {"INF.csv": _ITEMS.format("Occ_No,Occ_Time,Occ_Name,") + _RECALL.format(5) + "1,01/18/2026 8:00,1,95,20,1.5,10,0.1,0.2\n"},
    ),
    "ASA24 totals": (
        "nutrient_day",
        {"TOT.csv": _ITEMS.format("AmtUsual,") + _RECALL.format(2) + "2,95,20,1.5,10,0.1,0.2\n"},
        {"TOT.csv": _ITEMS.format("AmtUsual,") + _RECALL.format("done") + "2,95,20,1.5,10,0.1,0.2\n"},
    ),
    "Cronometer servings": (
        "caffeine_intake",
        {"P01.csv": _CRONOMETER + "2026-03-01,08:14 AM,B,Coffee,1 cup,2,95,7,Drinks\n"},
        {"P01.csv": _CRONOMETER + "2026-03-01,25:14,B,Coffee,1 cup,2,95,7,Drinks\n"},
    ),
    "Cronometer exercises": (
        "exercise_bout",
        {"P01.csv": "Day,Time,Group,Exercise,Minutes,Calories Burned\n2026-03-02,18:00,Exercise,Running,30,300\n"},
        {"P01.csv": "Day,Time,Group,Exercise,Minutes,Calories Burned\n2026-03-02,18:00,Exercise,Running,long,300\n"},
    ),
    "MyFitnessPal": (
        "nutrient_day",
        {"P01.csv": _MYFITNESSPAL.format("2026-03-01", "10")},
        {"P01.csv": _MYFITNESSPAL.format("2026-13-01", "10")},
    ),
    "Garmin": (
        "exercise_bout",
        {"P01.csv": _GARMIN.format("Running", "2026-03-01 18:00:00", "00:30:12")},
        {"P01.csv": _GARMIN.format("Running", "2026-03-01 18:00:00", "00:00:00")},
    ),
    "Garmin nights": (
        "sleep_diary",
        {"P01.json": json.dumps([{"sleepStartTimestampGMT": "2026-03-01T22:10:00.0", "sleepEndTimestampGMT": "2026-03-02T05:40:00.0"}])},
        {"P01.json": json.dumps([{"sleepStartTimestampGMT": "2026-03-03T22:10:00.0", "sleepEndTimestampGMT": "2026-03-02T05:40:00.0"}])},
    ),
    "Fitbit nights": (
        "sleep_diary",
        {"P01.json": json.dumps([_FITBIT | {"startTime": "2026-03-09T23:10:00.000"}])},
        {"P01.json": json.dumps([_FITBIT | {"startTime": "2026-03-11T23:10:00.000"}])},
    ),
    "Fitbit exercise": (
        "exercise_bout",
        {"P01.json": json.dumps([_FITBIT_BOUT | {"activeDuration": 1800000}])},
        {"P01.json": json.dumps([_FITBIT_BOUT | {"activeDuration": -5}])},
    ),
    "Apple Health intake": (
        "caffeine_intake",
        {"P01.xml": _health(_record("HKQuantityTypeIdentifierDietaryCaffeine", "95"))},
        {"P01.xml": _health(_record("HKQuantityTypeIdentifierDietaryCaffeine", "-95"))},
    ),
    "Apple Health workout": ("exercise_bout", {"P01.xml": _health(_workout(_AT))}, {"P01.xml": _health(_workout("noon"))}),
    "Apple Health sleep": (
        "sleep_diary",
        {"P01.xml": _health(_record(_SLEEP, "HKCategoryValueSleepAnalysisAsleepCore", "2026-03-01 14:00:00 +0100"))},
        {"P01.xml": _health(_record(_SLEEP, "HKCategoryValueSleepAnalysisAsleepCore", "later"))},
    ),
    "Oura nights": (
        "sleep_diary",
        {"P01.json": json.dumps({"data": [_OURA | {"bedtime_start": "2026-03-11T23:10:00+01:00"}]})},
        {"P01.json": json.dumps({"data": [_OURA | {"bedtime_start": "2026-03-12T23:10:00+01:00"}]})},
    ),
    "Oura workouts": (
        "exercise_bout",
        {"P01.json": json.dumps({"data": [_OURA_BOUT | {"end_datetime": "2026-03-05T18:30:00+01:00"}]})},
        {"P01.json": json.dumps({"data": [_OURA_BOUT | {"end_datetime": "2026-03-05T17:30:00+01:00"}]})},
    ),
    "Oura table": (
        "sleep_diary",
        {"P01.csv": "day,bedtime_start,bedtime_end,total_sleep_duration\n2026-03-02,2026-03-01T23:10:00+01:00,2026-03-02T07:00:00+01:00,1\n"},
        {"P01.csv": "day,bedtime_start,bedtime_end,total_sleep_duration\n2026-03-02,2026-03-01 evening,2026-03-02 late,1\n"},
    ),
    "Consensus Sleep Diary": ("sleep_diary", {"csd.csv": _mornings("2026-03-05")}, {"csd.csv": _mornings("4/5/2026")}),
    "GGIR advanced": (
        "sleep_diary",
        {"log.csv": "ID,D1_date,D1_wakeup,D1_inbed,D2_date,D2_wakeup\nP01,2026-03-06,07:00,22:30,2026-03-07,06:30\n"},
        {"log.csv": "ID,D1_date,D1_wakeup,D1_inbed,D2_date,D2_wakeup\nP01,2026-02-30,07:00,22:30,2026-03-07,06:30\n"},
    ),
    "GGIR basic": (
        "sleep_diary",
        {"log.csv": "ID,start_date,onset_N1,wakeup_N1\nP01,2026-03-08,23:00,07:00\n"},
        {"log.csv": "ID,onset_N1,wakeup_N1\nP01,23:00,07:00\n"},
    ),
}  # fmt: skip
"""Maker: what it gives, its files whole, its files broken. NHANES has its twins beside its own tests."""
_GOOD = {"aside/P01/Activities.csv": _GARMIN.format("Running", "2026-06-01 18:00:00", "00:30:12")}


@pytest.mark.parametrize(("dataset", "whole", "broken"), FORMS.values(), ids=FORMS.keys())
def test_the_broken_twin_is_told_and_costs_nothing_else(imported, dataset, whole, broken):
    good = imported(whole).diaries
    assert good.entries()[dataset].height == 1
    twin = imported(broken | _GOOD).diaries
    told = set(twin.rejected_entry["file_name"])
    assert told & {f"imports/{name}" for name in broken}
    assert twin.exercise_bout.height == 1  # the other file's
    assert sum(frame.height for frame in twin.entries().values()) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.sampled_from(sorted(FORMS)), at=st.floats(0, 1), with_bytes=st.binary(max_size=4))
def test_no_cut_and_no_stray_byte_raises(imported, form, at, with_bytes):
    """A file that breaks off anywhere, or has other bytes anywhere, is rows, or entries that say why, or both."""
    _, whole, _ = FORMS[form]
    damaged = {}
    for name, text in whole.items():
        content = text.encode()
        place = int(at * len(content))
        damaged[f"cut/{name}"] = content[:place]
        damaged[f"stray/{name}"] = content[:place] + with_bytes + content[place:]
    got = imported(damaged)
    assert set(got.diaries.entries()) == set(DIARY_DATASETS)
    assert set(got.diaries.rejected_entry["file_name"]) <= {
        "imports",
        *(f"imports/{name}" for name in damaged),
    }
