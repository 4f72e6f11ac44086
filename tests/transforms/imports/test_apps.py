"""Cronometer, MyFitnessPal, Garmin, Fitbit and Oura in their makers' form, each with a broken twin."""

import json
from datetime import UTC, date, datetime

import pytest

TIMES = ("lights_off_at", "sleep_onset_at", "sleep_end_at", "lights_on_at")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SERVINGS = (
    "Day,Time,Group,Food Name,Amount,Energy (kcal),B6 (Pyridoxine) (mg),B12 (Cobalamin) (µg),Caffeine (mg),Calcium (mg),"
    "Iron (mg),Magnesium (mg),Category\n"
)


class TestCronometer:
    def test_servings(self, imported):
        got = imported(
            {
                "cronometer/P01/servings.csv": SERVINGS
                + "2026-03-01,08:14 AM,Breakfast,MARKERFOOD coffee,1 cup,2,0,0,95.1,4,0.02,7.1,Beverages\n"
                + "2026-03-01,,Supplements,Magnesium,1 tablet,0,,,,,,250,Supplements\n"
                + '2026-03-01,19:30,Dinner,"Bread, rye",2 slices,160,0.1,0,0,40,1.8,25.6,Baked\n'
                + "2026-03-02,,,Rice,1 cup,200,0.1,0,0,16,1.9,19,Cereal\n"
            }
        ).diaries
        assert got.rejected_entry.is_empty()
        assert got.caffeine_intake.select("logged_date", "taken_at", "caffeine_mg").rows() == [
            (date(2026, 3, 1), utc("2026-03-01T07:14"), 95.1),
            (date(2026, 3, 2), None, 0.0),  # a logged day without caffeine says none
        ]
        days = got.nutrient_day.select("logged_date", "origin", "magnesium_mg", "iron_mg").rows()
        assert days == [
            (date(2026, 3, 1), "food", pytest.approx(32.7), pytest.approx(1.82)),
            (date(2026, 3, 1), "supplement", 250.0, None),
            (date(2026, 3, 2), "food", 19.0, 1.9),
        ]
        assert "MARKER" not in got.caffeine_intake.write_json() + got.nutrient_day.write_json()

    def test_exercises(self, imported, reasons):
        got = imported(
            {
                "cronometer/P01_exercises.csv": "Day,Time,Group,Exercise,Minutes,Calories Burned\n"
                '2026-03-01,18:00,Exercise,"Running, 10 km/h",30,300\n2026-03-01,,Exercise,Underwater hockey,30,300\n'
            }
        )
        assert got.diaries.exercise_bout.select("started_at", "activity", "met").rows() == [
            (utc("2026-03-01T17:00"), "running", 8.0)
        ]
        assert reasons(got) == ["not in the table of activities; write met or intensity"]

    def test_broken_twin(self, imported, reasons):
        got = imported(
            {
                "cronometer/P01/servings.csv": SERVINGS
                + "2026-03-41,08:14 AM,B,MARKER x,1,2,0,0,MARKERTEXT,4,0.02,7.1,Beverages\n",
                "cronometer/somebody.csv": SERVINGS + "2026-03-01,08:14,B,x,1,2,0,0,1,4,0.02,7.1,Beverages\n",
            }
        )
        assert got.diaries.caffeine_intake.is_empty()
        assert [reason.split("?")[0] for reason in reasons(got)] == [
            "no such day in the calendar",
            "not a number",
            "whose export is this",
        ]
        assert "MARKER" not in got.diaries.rejected_entry.write_json()


class TestMyFitnessPal:
    HEADER = (
        "Date,Meal,Calories,Fat (g),Saturated Fat,Polyunsaturated Fat,Monounsaturated Fat,Trans Fat,Cholesterol,Sodium (mg),"
        "Potassium,Carbohydrates (g),Fiber,Sugar,Protein (g),Vitamin A,Vitamin C,Calcium,Iron,Note\n"
    )

    def test_per_cent_of_a_daily_value(self, imported, reasons):
        got = imported(
            {
                "myfitnesspal/007.csv": self.HEADER
                + '2026-03-01,Breakfast,"1,234.5",1,1,1,1,0,0,"1,900",1,1,1,1,1,1,1,10,50,MARKERNOTE\n'
                + "2026-03-01,Dinner,500,1,1,1,1,0,0,1,1,1,1,1,1,1,1,25.5,,\n"
                + "2026-03-01,TOTAL,500,1,1,1,1,0,0,1,1,1,1,1,1,1,1,35.5,50,\n"
            }
        )
        assert got.diaries.nutrient_day.select("calcium_mg", "iron_mg", "magnesium_mg").rows() == [
            (355.0, 9.0, None)
        ]
        assert got.diaries.caffeine_intake.is_empty()
        assert len(reasons(got)) == 1
        assert "no caffeine and no hours" in reasons(got)[0]

    def test_broken_twin(self, imported, reasons):
        got = imported(
            {"myfitnesspal/007.csv": self.HEADER + "soon,Breakfast,5,1,1,1,1,0,0,1,1,1,1,1,1,1,1,x,50,\n"}
        )
        assert got.diaries.nutrient_day.is_empty()
        assert len(reasons(got)) == 3


GARMIN_SLEEP = {
    "calendarDate": "2026-03-02",
    "sleepStartTimestampGMT": "2026-03-01T22:10:00.0",
    "sleepEndTimestampGMT": "2026-03-02T05:40:00.0",
    "deepSleepSeconds": 4680,
    "awakeSleepSeconds": 480,
}


class TestGarmin:
    HEADER = "Activity Type,Date,Favorite,Title,Distance,Calories,Time,Avg HR,Max HR\n"

    def test_activities(self, imported):
        got = imported(
            {
                "garmin/P01/Activities.csv": self.HEADER
                + 'Running,2026-03-01 18:00:00,false,"MARKERCITY Running","5,02",310,00:30:12,150,171\n'
                + 'Strength Training,2026-07-02 07:10:00,false,x,--,200,"45:00,5",--,--\n'
            }
        ).diaries
        assert got.rejected_entry.is_empty()
        found = got.exercise_bout.select("started_at", "duration_min", "activity", "intensity").rows()
        assert found == [
            (utc("2026-03-01T17:00"), pytest.approx(30.2), "running", "vigorous"),
            (utc("2026-07-02T05:10"), pytest.approx(45 + 0.5 / 60), "strength_training", "moderate"),
        ]
        assert "MARKER" not in got.exercise_bout.write_json()

    def test_broken_twin(self, imported, reasons):
        got = imported(
            {"garmin/P01/Activities.csv": self.HEADER + "Running,2026-03-29 02:30:00,false,x,1,1,--,1,1\n"}
        )
        assert got.diaries.exercise_bout.is_empty()
        assert reasons(got) == [
            "this time did not exist: the clocks were set forward over it",
            "empty; a value is wanted",
        ]

    @pytest.mark.parametrize(
        ("header", "activity", "known"),
        [
            # headers as three public tools that read these exports quote them
            ("Aktivitätstyp,Datum,Favorit,Titel,Distanz,Kalorien,Zeit,Ø HF,Max. HF", "Laufband", "running"),
            ("Type d'activité,Date,Favori,Titre,Distance,Calories,Durée,Fréquence cardiaque moyenne,Fréquence cardiaque maximale",
             "Course à pied", "running"),
            ("Tipo de actividad,Fecha,Favorito,Título,Distancia,Calorías,Tiempo,FC media,FC máxima", "Ciclismo", "cycling"),
        ],
    )  # fmt: skip
    def test_other_languages(self, imported, reasons, header, activity, known):
        rows = (
            f'{activity},2026-03-01 18:00:00,x,MARKERCITY,"5,02","1.310","00:30:12",150,171\n'
            "Eisstockschießen,2026-03-02 18:00:00,x,x,--,--,00:30:00,--,--\n"
        )
        got = imported({"garmin/P01/Activities.csv": f"{header}\n{rows}"})
        assert got.recognised["kind"].to_list() == ["Garmin"]
        assert got.diaries.exercise_bout.select("started_at", "duration_min", "activity").rows() == [
            (utc("2026-03-01T17:00"), pytest.approx(30.2), known)
        ]
        assert reasons(got) == ["not in the table of activities; write met or intensity"]

    def test_nights_of_the_archive(self, imported):
        got = imported(
            {
                "garmin/P01/2026-02-03_2026-05-14_116034249_sleepData.json": json.dumps(
                    [
                        {"calendarDate": "2026-03-01"},  # the watch was not worn
                        GARMIN_SLEEP,
                        {"sleepStartTimestampGMT": 1772489400000, "sleepEndTimestampGMT": 1772516400000},
                    ]
                )
            }
        ).diaries
        assert got.rejected_entry["reason"].to_list() == [
            "1 days without a sleep window (the watch was not worn) are left out"
        ]
        assert got.sleep_diary.select("night_date", *TIMES).rows() == [
            (date(2026, 3, 1), None, utc("2026-03-01T22:10"), utc("2026-03-02T05:40"), None),
            (date(2026, 3, 2), None, utc("2026-03-02T22:10"), utc("2026-03-03T05:40"), None),
        ]

    def test_broken_twin_of_a_night(self, imported, reasons):
        broken = GARMIN_SLEEP | {
            "sleepStartTimestampGMT": "last night",
            "sleepEndTimestampGMT": "2026-03-32T05:40:00.0",
        }
        got = imported({"garmin/P01/sleepData.json": json.dumps([broken])})
        assert got.diaries.sleep_diary.is_empty()
        assert sorted(reason.split(";")[0] for reason in reasons(got)) == [
            "no such day in the calendar",
            "not a date or time that can be read",
        ]


FITBIT_SLEEP = {
    "logId": 1,
    "dateOfSleep": "2026-03-02",
    "startTime": "2026-03-01T23:10:00.000",
    "endTime": "2026-03-02T07:00:30.000",
    "duration": 28230000,
    "minutesToFallAsleep": 12,
    "minutesAsleep": 400,
    "minutesAwake": 50,
    "minutesAfterWakeup": 3,
    "timeInBed": 470,
    "efficiency": 93,
    "type": "stages",
    "mainSleep": True,
    "levels": {"data": [], "shortData": [], "summary": {}},
}


class TestFitbit:
    def test_main_sleep_and_exercise(self, imported):
        nap = FITBIT_SLEEP | {
            "logId": 2,
            "mainSleep": False,
            "startTime": "2026-03-02T14:00:00.000",
            "endTime": "2026-03-02T15:30:00.000",
            "duration": 5400000,
        }
        exercise = [
            {
                "logId": 9,
                "activityName": "Walk",
                "startTime": "03/02/26 17:05:00",
                "activeDuration": 1800000,
                "duration": 1900000,
            }
        ]
        got = imported(
            {
                "fitbit/P01/sleep-2026-03-01.json": json.dumps([FITBIT_SLEEP, nap]),
                "fitbit/P01/exercise-0.json": json.dumps(exercise),
            }
        ).diaries
        assert got.rejected_entry.is_empty()
        assert got.sleep_diary.select("night_date", *TIMES).rows() == [
            (date(2026, 3, 1), utc("2026-03-01T22:10"), utc("2026-03-01T22:22"), utc("2026-03-02T05:57:30"), utc("2026-03-02T06:00:30"))
        ]  # fmt: skip
        assert got.nap.select("started_at", "duration_min", "told_by").rows() == [
            (utc("2026-03-02T13:00"), 90.0, "Fitbit")
        ]
        assert got.exercise_bout.select("started_at", "duration_min", "activity").rows() == [
            (utc("2026-03-02T16:05"), 30.0, "walking")
        ]

    def test_broken_twin(self, imported, reasons):
        got = imported(
            {
                "fitbit/P01/sleep.json": json.dumps([FITBIT_SLEEP | {"startTime": "yesterday"}]),
                "fitbit/P01/cut.json": '[{"logId": 1, "dateOfSleep": "2026',
            }
        )
        assert got.diaries.sleep_diary.is_empty()
        told = reasons(got)
        assert any("not an export that is known" in reason for reason in told)
        assert any("not a date or time" in reason for reason in told)

    def test_real_log(self, imported, shared_data):
        """Source: GGIRread @ 45ef623, a classic and a stages log in one file."""
        files = [
            p
            for p in (shared_data / "GGIRread").glob("*.json")
            if "facts" not in p.name and "sleep" in p.name.lower()
        ]
        if not files:
            pytest.skip("no Fitbit sleep log in the shared data")
        got = imported({f"fitbit/P01/{file.name}": file.read_bytes() for file in files})
        assert got.recognised["kind"].unique().to_list() == ["Fitbit"]
        assert got.diaries.sleep_diary.height >= 1


class TestOura:
    def test_sleep_workouts_and_tags(self, imported, reasons):
        sleep = [
            {
                "id": "a",
                "day": "2026-03-02",
                "bedtime_start": "2026-03-01T23:10:00+01:00",
                "bedtime_end": "2026-03-02T07:00:00+01:00",
                "latency": 600,
                "type": "long_sleep",
                "total_sleep_duration": 26000,
                "sleep_phase_5_min": "4421",
            },
            {
                "id": "b",
                "bedtime_start": "2026-03-02T14:00:00+01:00",
                "bedtime_end": "2026-03-02T14:30:00+01:00",
                "type": "sleep",
            },
        ]
        workout = [
            {
                "activity": "running",
                "intensity": "hard",
                "start_datetime": "2026-03-01T18:00:00+01:00",
                "end_datetime": "2026-03-01T18:30:00+01:00",
                "label": "MARKERLABEL",
            }
        ]
        tags = [
            {
                "tag_type_code": "tag_generic_caffeine",
                "start_time": "2026-03-01T15:00:00+01:00",
                "comment": "MARKERTAG",
            }
        ]
        got = imported(
            {
                "oura/P01/sleep.json": json.dumps({"data": sleep, "next_token": None}),
                "oura/P01/workout.json": json.dumps({"data": workout}),
                "oura/P01/tags.json": json.dumps({"data": tags}),
            }
        )
        night = got.diaries.sleep_diary.row(0, named=True)
        assert (night["night_date"], night["lights_off_at"]) == (date(2026, 3, 1), utc("2026-03-01T22:10"))
        assert (night["sleep_onset_at"], night["lights_on_at"]) == (
            utc("2026-03-01T22:20"),
            utc("2026-03-02T06:00"),
        )
        assert got.diaries.sleep_diary.height == 1
        bout = got.diaries.exercise_bout.row(0, named=True)
        assert (bout["duration_min"], bout["met"], bout["intensity"]) == (30.0, 8.0, "vigorous")
        assert reasons(got) == ["1 tags of caffeine name no amount; write doses in diary/caffeine.csv"]
        everything = "".join(frame.write_json() for frame in got.datasets().values())
        assert "MARKER" not in everything

    def test_broken_twin(self, imported, reasons):
        broken = [{"bedtime_start": None, "bedtime_end": "2026-03-02T07:00:00+25:00", "type": "long_sleep"}]
        got = imported({"oura/P01/sleep.json": json.dumps({"data": broken})})
        assert got.diaries.sleep_diary.is_empty()
        assert reasons(got)


class TestOuraTables:
    ARCHIVE = "id,day,bedtime_end,bedtime_start,efficiency,latency,movement_30_sec,sleep_phase_5_min,total_sleep_duration,type\n"
    TRENDS = "date,Sleep Score,Total Sleep Time,Sleep Latency,Bedtime Start,Bedtime End,Average HRV\n"

    @pytest.mark.parametrize(
        "table",
        [
            ARCHIVE
            + "a,2026-03-02,2026-03-02T07:00:00+01:00,2026-03-01T23:10:00+01:00,93,600,1121,4421,26000,long_sleep\n"
            + "b,2026-03-02,2026-03-02T14:30:00+01:00,2026-03-02T14:00:00+01:00,93,60,1,4,1500,late_nap\n",
            TRENDS
            + "2026-03-02,84,26000,600,2026-03-01T23:10:00+01:00,2026-03-02T07:00:00+01:00,48\n2026-03-03,,,,,,\n",
        ],
        ids=["archive", "trends"],
    )
    def test_nights(self, imported, table):
        got = imported({"oura/P01/sleep.csv": table})
        assert got.recognised["kind"].to_list() == ["Oura"]
        assert got.diaries.rejected_entry.is_empty()
        assert got.diaries.sleep_diary.select("night_date", *TIMES).rows() == [
            (
                date(2026, 3, 1),
                utc("2026-03-01T22:10"),
                utc("2026-03-01T22:20"),
                None,
                utc("2026-03-02T06:00"),
            )
        ]  # the end of lying in bed is not told to be the end of sleep

    def test_broken_twin(self, imported, reasons):
        got = imported(
            {"oura/P01/sleep.csv": self.TRENDS + "2026-03-02,84,26000,600,soon,2026-03-02T30:00:00,48\n"}
        )
        assert got.diaries.sleep_diary.is_empty()
        assert sorted(reason.split(";")[0] for reason in reasons(got)) == [
            "not a date or time that can be read",
            "not a time of day",
        ]


class TestSleepLogs:
    def test_consensus_diary_names_nights_by_the_morning(self, imported, reasons):
        got = imported(
            {
                "diaries/csd.csv": "ID,Date,Into Bed,Try to sleep,Minutes to fall asleep,Final awakening,Out of bed,Caffeine count,Comments\n"
                "P01,2026-03-02,22:30,22:45,20,06:30,06:50,0,MARKERCOMMENT here\n"
                "P01,2026-03-04,22:30,23:45,15,06:30,06:50,2,\n"
                "P01,soon,22:30,23:45,15,06:30,06:50,,\n"
            }
        )
        assert got.diaries.sleep_diary.select("night_date", *TIMES).rows() == [
            (date(2026, 3, 1), utc("2026-03-01T21:45"), utc("2026-03-01T22:05"), utc("2026-03-02T05:30"), utc("2026-03-02T05:50")),
            (date(2026, 3, 3), utc("2026-03-03T22:45"), utc("2026-03-03T23:00"), utc("2026-03-04T05:30"), utc("2026-03-04T05:50")),
        ]  # fmt: skip
        assert got.diaries.caffeine_intake.select("logged_date", "caffeine_mg").rows() == [
            (date(2026, 3, 1), 0.0)
        ]
        assert any("name no amount" in reason for reason in reasons(got))
        assert any("not a date" in reason for reason in reasons(got))

    def test_consensus_diary_with_its_own_questions(self, imported):
        got = imported(
            {
                "csd.csv": "Subject ID,Today's date,What time did you get into bed?,What time did you try to go to sleep?,"
                "How long did it take you to fall asleep?,What time was your final awakening?,"
                "What time did you get out of bed for the day?\nP01,2026-03-02,10:15 PM,11:30 PM,55 min.,6:35 AM,7:20 AM\n"
            }
        ).diaries
        assert got.rejected_entry.is_empty()
        assert got.sleep_diary.select("night_date", *TIMES).rows() == [
            (date(2026, 3, 1), utc("2026-03-01T22:30"), utc("2026-03-01T23:25"), utc("2026-03-02T05:35"), utc("2026-03-02T06:20"))
        ]  # fmt: skip

    def test_ggir_advanced_links_by_date(self, imported, reasons):
        got = imported(
            {
                "ggir/log.csv": "ID,D1_date,D1_wakeup,D1_inbed,D1_onset,D2_date,D2_wakeup,D2_inbed,D2_onset,D3_date,D3_wakeup,D3_inbed\n"
                "P01,2026-03-01,07:00,22:30,22:50,2026-03-02,06:30,23:00,23:30,2026-03-03,07:15,NA\n"
                "7,2026-03-01,,22:00,,2026-03-04,06:00,22:15,,,,\n"  # a day is missing: its waking is not the first night's
            }
        ).diaries
        nights = got.sleep_diary.select(
            "participant_id", "night_date", "lights_off_at", "sleep_end_at"
        ).rows()
        assert nights == [
            ("007", date(2026, 3, 1), utc("2026-03-02T03:00"), None),
            ("007", date(2026, 3, 4), utc("2026-03-05T03:15"), None),
            ("P01", date(2026, 3, 1), utc("2026-03-01T21:30"), utc("2026-03-02T05:30")),
            ("P01", date(2026, 3, 2), utc("2026-03-02T22:00"), utc("2026-03-03T06:15")),
        ]

    def test_ggir_basic_needs_its_first_date_and_blanks_shift_nothing(self, imported, reasons):
        nights = (
            "ID,onset_N1,wakeup_N1,onset_N2,wakeup_N2,onset_N3,wakeup_N3{}\nP01,23:00,07:00,,,00:30,06:00{}\n"
        )
        got = imported({"ggir/log.csv": nights.format(",start_date", ",2026-03-01")}).diaries
        assert got.sleep_diary.select("night_date", "sleep_onset_at", "sleep_end_at").rows() == [
            (date(2026, 3, 1), utc("2026-03-01T22:00"), utc("2026-03-02T06:00")),
            (date(2026, 3, 3), utc("2026-03-03T23:30"), utc("2026-03-04T05:00")),
        ]
        broken = imported({"ggir/log.csv": nights.format("", "")})
        assert broken.diaries.sleep_diary.is_empty()
        assert "by their place alone" in reasons(broken)[0]
