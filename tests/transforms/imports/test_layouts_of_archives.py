"""Layouts of accounts' archives and web pages as they are downloaded, and what else lies in them."""

import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest

USER_SLEEPS = (
    "sleep_id,sleep_type,minutes_in_sleep_period,minutes_after_wake_up,minutes_to_fall_asleep,minutes_asleep,minutes_awake,"
    "minutes_longest_awakening,minutes_to_persistent_sleep,start_utc_offset,sleep_start,end_utc_offset,sleep_end,data_source,"
    "sleep_created,sleep_last_updated\n"
)
STRAVA = (
    "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Distance,Max Heart Rate,Commute,"
    "Elapsed Time,Moving Time,Distance\n"
)
GARMIN_NIGHTS = (
    "Sleep Score 4 Weeks,Score,Resting Heart Rate,Body Battery,Pulse Ox,Respiration,HRV Status,Quality,Duration,Sleep Need,"
    "Bedtime,Wake Time\n"
)


def utc(*at: int) -> datetime:
    return datetime(2026, *at, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end"), [("2026-03-03T22:14:30Z", "2026-03-04T06:02:00Z"), ("2026-03-03 22:14:30+0000", "2026-03-04 06:02:00+0000")]
)  # fmt: skip
def test_the_newer_archive_of_fitbit_is_in_utc(imported, start, end):
    """The night is that of the wall where it was slept, wherever the participant lives."""
    row = f"77,STAGES,467,3,10,410,57,20,5,+09:00,{start},+09:00,{end},DERIVED,{end},{end}\n"
    night = imported({"fitbit/P01/UserSleeps_2026-03-01.csv": USER_SLEEPS + row}).diaries.sleep_diary.row(
        0, named=True
    )
    assert (night["lights_off_at"], night["lights_on_at"]) == (utc(3, 3, 22, 14, 30), utc(3, 4, 6, 2))
    assert night["sleep_onset_at"] == night["lights_off_at"] + timedelta(minutes=10)
    assert night["sleep_end_at"] == night["lights_on_at"] - timedelta(minutes=3)


def test_what_else_lies_in_an_archive_is_told_in_one_line_a_kind(imported):
    sleep = {"logId": 1, "dateOfSleep": "2026-03-03", "startTime": "2026-03-02T23:14:30.000", "endTime": "2026-03-03T07:02:00.000", "duration": 28050000, "mainSleep": True}  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Takeout/Fitbit/Global Export Data/sleep-2026-03-01.json", json.dumps([sleep]))
        for day in range(1, 29):
            series = [{"dateTime": f"03/{day:02}/26 00:00:00", "value": {"bpm": 60, "confidence": 2}}]
            archive.writestr(
                f"Takeout/Fitbit/Global Export Data/heart_rate-2026-03-{day:02}.json", json.dumps(series)
            )
        archive.writestr(
            "Takeout/Fitbit/Your Profile/Profile.csv", "id,full_name,date_of_birth\nX,Jane Roe,1990-01-01\n"
        )
        archive.writestr("Takeout/my own.csv", "a,b\n1,2\n")
    got = imported({"fitbit/P01.zip": buffer.getvalue()}).diaries
    assert got.sleep_diary.height == 1
    told = got.rejected_entry.select("file_name", "reason").rows()
    assert [name for name, _ in told] == ["imports/fitbit/P01.zip"] * 3
    by_kind = sorted(reason.split(":")[0] + reason.split(":")[1] for _, reason in told)
    assert by_kind[0].startswith("28 of its files a series of an account's archive")
    assert by_kind[1].startswith("one of its files not an export that is known")
    assert by_kind[2].startswith("one of its files the profile of an account")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"data": [{"id": "x", "day": "2026-03-03", "score": 77, "contributors": {"deep_sleep": 97}}]}, "Oura's daily scores"),
        ("Day,Group,Metric,Unit,Amount\n2026-03-02,x,Weight,kg,70\n", "Cronometer's notes and biometrics"),
        ("UserName,UserID,RecallRecId,Occ_No\nP01,u,r1,1\n", "ASA24's selections"),
        ("com.samsung.shealth.sleep,6235001,1\nstart_time,end_time\n", "Samsung Health"),
        ("from,to,light (s),deep (s)\n2026-03-02,2026-03-03,1,1\n", "Withings"),
        ("Cycle start time,Cycle end time,Cycle timezone,Sleep onset,Wake onset\n1,2,3,4,5\n", "Whoop"),
        ("Start;End;Sleep quality;Time in bed\n1;2;3;4\n", "Sleep Cycle"),
    ],
)  # fmt: skip
def test_exports_of_no_use_are_told_as_what_they_are(imported, reasons, content, told):
    text = content if isinstance(content, str) else json.dumps(content)
    got = imported({"other/P01/file": text})
    assert [told in reason and "export it anew" not in reason for reason in reasons(got)] == [True]


def test_garmins_archive_wraps_its_activities(imported):
    bout = {"activityId": 1, "activityType": "lap_swimming", "beginTimestamp": 1772470800000, "startTimeLocal": 1772474400000.0, "duration": 1800000.0}  # fmt: skip
    wrapped = json.dumps([{"summarizedActivitiesExport": [bout]}])
    got = imported({"garmin/P01/x_summarizedActivities.json": wrapped}).diaries.exercise_bout
    assert got.select("started_at", "duration_min", "activity").rows() == [(utc(3, 2, 17), 30.0, "swimming")]


@pytest.mark.parametrize("day", ["2026-03-03", '"Mar 3, 2026"'])
def test_garmins_table_of_nights_is_dated_by_the_morning(imported, day):
    rows = f"{day},80,50,70,95,14,45,Good,7h 30min,8h 0min,11:14 PM,7:02 AM\n2026-03-04,--,--,--,--,--,--,--,--,--,--,--\n"
    got = imported({"garmin/P01/Sleep.csv": GARMIN_NIGHTS + rows}).diaries
    assert got.sleep_diary.select("night_date", "sleep_onset_at", "sleep_end_at", "lights_off_at").rows() == [
        (date(2026, 3, 2), utc(3, 2, 22, 14), utc(3, 3, 6, 2), None)
    ]
    assert got.rejected_entry.is_empty()


def test_strava_names_columns_twice(imported, reasons):
    row = '1,"Mar 2, 2026, 5:00:00 PM",Evening,Run,,"1,890",5.02,171,false,1890.0,1800.0,5020\n'
    got = imported({"strava/P01/activities.csv": STRAVA + row})
    assert got.diaries.exercise_bout.select("started_at", "duration_min").rows() == [(utc(3, 2, 17), 30.0)]
    assert reasons(got) == []
    german = 'Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Verstrichene Zeit\n1,"02.03.2026, 17:00:00",x,Lauf,1890\n'
    assert imported({"strava/P01/a.csv": german}).diaries.exercise_bout["duration_min"].to_list() == [31.5]


def test_the_consensus_diary_keeps_the_numbers_of_its_questions(imported):
    header = (
        "ID,Today's date,1. What time did you get into bed?,2. What time did you try to go to sleep?,"
        "3. How long did it take you to fall asleep?,6a. What time was your final awakening?,"
        "7. What time did you get out of bed for the day?\n"
    )
    got = imported({"csd/x.csv": header + "P01,3/3/2026,10:15 PM,11:30 PM,1 h 5 min,6:35 AM,7 am\n"}).diaries
    night = got.sleep_diary.row(0, named=True)
    assert night["sleep_onset_at"] - night["lights_off_at"] == timedelta(minutes=65)
    assert night["lights_on_at"] == utc(3, 3, 6)


def test_an_answer_may_hold_its_number_and_its_words(imported):
    header = "StartDate,EndDate,Status,RecordedDate,ResponseId,ExternalReference,KSS\n"
    ids = "a,b,c,d,e,f,g\n" + ",".join(f'"{{""ImportId"":""Q{n}""}}"' for n in range(7)) + "\n"
    row = '2026-03-03 20:00:00,2026-03-03 20:05:00,0,2026-03-03 20:05:01,R_1,P01,"7 - sleepy, no effort"\n'
    got = imported({"qualtrics/s.csv": header + ids + row}).diaries
    assert got.daytime_rating.select("scale", "score").rows() == [("kss", 7.0)]


def test_a_sleep_longer_than_a_night_is_told_and_none(imported, reasons):
    long = "77,CLASSIC,1200,0,0,1200,0,0,0,+01:00,2026-03-02T22:00:00Z,+01:00,2026-03-03T18:00:00Z,MANUAL,,\n"
    got = imported({"fitbit/P01/UserSleeps_2026-03-01.csv": USER_SLEEPS + long})
    assert got.diaries.sleep_diary.is_empty()
    assert reasons(got) == ["20.0 h from begin to end, more than 16 h: am or pm, or not worn?"]
