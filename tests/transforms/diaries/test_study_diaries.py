"""Each diary file: what is taken, what is refused and why."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from transforms.diaries import DIARY_DATASETS, linking_report, read_diaries
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT

PEOPLE = pl.DataFrame(
    [
        {"participant_id": "P1"},
        {"participant_id": "P2", "time_zone": "Australia/Lord_Howe"},
        {"participant_id": "007"},
    ],
    schema=PARTICIPANT,
)


def read(name, text, people=PEOPLE):
    return read_diaries({f"diary/{name}.csv": text.encode()}, people, "Europe/Berlin", ADULT_EXPOSURES)


def told(diaries):
    return diaries.rejected_entry.select("line_number", "column_name", "value").rows()


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_no_diaries_give_empty_frames_of_the_right_shape():
    diaries = read_diaries({}, PEOPLE, "UTC", ADULT_EXPOSURES)
    assert {name: frame.schema for name, frame in diaries.entries().items()} == dict(DIARY_DATASETS)
    assert diaries.rejected_entry.is_empty()


def test_a_file_that_is_no_diary_is_told():
    assert "not one of the diaries" in read("mood", "x\n").rejected_entry["reason"].item()


class TestSleep:
    HEADER = "participant_id,night_date,lights_off,sleep_onset,sleep_end,lights_on\n"

    def nights(self, *lines):
        diaries = read("sleep", self.HEADER + "\n".join(lines) + "\n")
        times = ("lights_off_at", "sleep_onset_at", "sleep_end_at", "lights_on_at")
        return diaries.sleep_diary.select("night_date", *times).rows(), diaries.rejected_entry[
            "reason"
        ].to_list()

    def test_times_without_dates_follow_each_other_from_noon_on(self):
        rows, reasons = self.nights(
            "P1,2026-01-01,23:00,23:20,06:40,07:00",
            "P1,2026-01-02,00:30,,,7:00",
            "P1,2026-01-03,24:00,,,7:00",
            "P1,2026-01-04,08:00,08:30,15:00,15:10",  # by day, after a night shift
            "P1,2026-01-06,12:00,,,19:00",
        )
        assert reasons == []
        assert rows == [
            (date(2026, 1, 1), utc("2026-01-01T22:00"), utc("2026-01-01T22:20"), utc("2026-01-02T05:40"), utc("2026-01-02T06:00")),
            (date(2026, 1, 2), utc("2026-01-02T23:30"), None, None, utc("2026-01-03T06:00")),
            (date(2026, 1, 3), utc("2026-01-03T23:00"), None, None, utc("2026-01-04T06:00")),
            (date(2026, 1, 4), utc("2026-01-05T07:00"), utc("2026-01-05T07:30"), utc("2026-01-05T14:00"), utc("2026-01-05T14:10")),
            (date(2026, 1, 6), utc("2026-01-06T11:00"), None, None, utc("2026-01-06T18:00")),
        ]  # fmt: skip

    def test_a_night_is_found_by_its_date_never_by_its_place(self):
        rows, _ = self.nights("P1,2026-01-05,22:00,,,6:00", "P1,2026-01-01,22:00,,,6:00")
        assert [row[0] for row in rows] == [date(2026, 1, 5), date(2026, 1, 1)]

    def test_a_night_named_by_the_day_of_waking_is_used_and_told(self):
        rows, reasons = self.nights("P1,2026-01-02,2026-01-01T22:00,,,2026-01-02T06:00")
        assert rows[0][0] == date(2026, 1, 1)
        assert reasons == [
            "the times lie in the night of 2026-01-01, not of night_date; the row is used for that night"
        ]

    def test_one_end_alone_is_of_use_and_an_order_that_cannot_be_is_not(self):
        rows, reasons = self.nights(
            "P1,2026-01-01,23:00,,,",
            "P1,2026-01-02,,,,07:00",
            "P1,2026-01-03,,,,13:00",
            "P1,2026-01-04,2026-01-04T23:00,2026-01-04T22:00,,07:00",
            "P1,2026-02-04,2026-01-04T23:00,,,2026-01-05T07:00",
            "P1,2026-01-08,,,,",
        )
        assert [(row[1], row[4]) for row in rows] == [
            (utc("2026-01-01T22:00"), None),
            (None, utc("2026-01-03T06:00")),
        ]
        assert reasons == [
            "after noon, without a date and without a time before it: the day cannot be told",
            "sleep_onset lies before an earlier time",
            "night_date and the times are 31 days apart",
            "none of the four times can be used",
        ]

    def test_clock_changes(self):
        rows, reasons = self.nights(
            "P1,2026-03-28,23:00,,02:30,07:00",  # 02:30 did not exist
            "P1,2026-10-24,23:00,,02:30,07:00",  # 02:30 happened twice
        )
        assert [row[1:] for row in rows] == [
            (utc("2026-03-28T22:00"), None, None, utc("2026-03-29T05:00")),
            (utc("2026-10-24T21:00"), None, utc("2026-10-25T00:30"), utc("2026-10-25T06:00")),
        ]
        assert len(reasons) == 1
        assert "did not exist" in reasons[0]

    def test_repeated_and_contradicting_rows(self):
        rows, reasons = self.nights(*["P1,2026-01-01,23:00,,,07:00"] * 2, "P1,2026-01-01,22:00,,,07:00")
        assert len(rows) == 1
        how = "nothing tells which is right: give the later one a later entered_at, or delete one"
        assert reasons == [
            f"line 4 says otherwise, this one counts; {how}",
            "the same entry as in line 2",
            f"another row for the same as in line 2; {how}",
        ]

    def test_a_correction_wins_where_it_says_that_it_is_later(self):
        header = self.HEADER.replace("lights_on", "lights_on,entered_at")
        text = (
            header
            + "P1,2026-01-01,23:00,,,07:00,2026-01-02T08:00\nP1,2026-01-01,22:00,,,07:00,2026-01-02T09:00\n"
        )
        diaries = read("sleep", text)
        assert diaries.sleep_diary["lights_off_at"].to_list() == [utc("2026-01-01T21:00")]
        assert diaries.rejected_entry["reason"].to_list() == ["corrected by line 3, which was entered later"]

    @pytest.mark.parametrize("times", ["11:00,,,07:00", "23:00,,,19:00"])
    def test_a_slip_of_half_a_day_is_asked_about(self, times):
        rows, reasons = self.nights(f"P1,2026-01-01,{times}", "P1,2026-01-01,22:30,,,06:30")
        assert [row[1] for row in rows] == [utc("2026-01-01T21:30")]
        assert reasons == [
            "20.0 h from the first time to the last, more than 16 h: am or pm? with one of them 12 h apart it were 8.0 h"
        ]

    def test_a_slip_that_is_not_too_long_is_seen_beside_the_other_nights(self):
        usual = [f"P1,2026-01-0{day},23:00,,,07:00" for day in range(1, 6)]
        rows, reasons = self.nights(
            *usual, "P1,2026-01-07,23:00,,,", "P1,2026-01-08,11:00,,,13:00", "P1,2026-01-09,,,,19:00"
        )
        assert len(rows) == 7
        rows, reasons = self.nights(*usual, "P1,2026-01-09,2026-01-09T13:00,,,2026-01-10T04:30")
        assert (len(rows), len(reasons)) == (5, 1)
        assert reasons[0].startswith("am or pm? the begin lies 12 h from where")


class TestCaffeine:
    HEADER = "participant_id;taken_at;caffeine_mg;source;amount;unit\n"

    @pytest.mark.parametrize(
        ("cells", "mg", "source"),
        [
            ("95,5;;;", 95.5, None),
            (";coffee;1;cup", 96.0, "coffee"),
            (";Filter Coffee;237;ml", 96.0, "coffee"),
            (";espresso;2;shots", 128.0, "espresso"),
            (";espresso;1;cup", 64.0, "espresso"),
            (";energy drink;25;cl", 79 * 250 / 237, "energy_drink"),
            (";dark chocolate;86;g", 40.0, "dark_chocolate"),
            (";tablet;0,5;tablet", 100.0, "caffeine_tablet"),
            (";coffee;80;mg", 80.0, "coffee"),
            ("80;my aunt's own mixture;;", 80.0, "other"),
            (";none;;", 0.0, "none"),
        ],
    )
    def test_doses(self, cells, mg, source):
        diaries = read("caffeine", f"{self.HEADER}P1;2026-01-01T08:00;{cells}\n")
        assert diaries.rejected_entry.is_empty()
        row = diaries.caffeine_intake.row(0, named=True)
        assert row["caffeine_mg"] == pytest.approx(mg)
        assert (row["source"], row["taken_at"]) == (source, utc("2026-01-01T07:00"))

    @pytest.mark.parametrize(
        "cells",
        [
            ";coffee;1;mug",
            ";beer;1;cup",
            ";coffee;;cup",
            ";;;",
            "1,234;;;",
            "-5;;;",
            ";tablet;5;ml",
            "lots;;;",
        ],
    )
    def test_a_dose_that_cannot_be_told_is_one_entry(self, cells):
        diaries = read("caffeine", f"{self.HEADER}P1;2026-01-01T08:00;{cells}\n")
        assert diaries.caffeine_intake.is_empty()
        assert diaries.rejected_entry["line_number"].to_list() == [2]

    def test_zones_days_and_offsets(self):
        diaries = read(
            "caffeine",
            "participant_id,taken_at,caffeine_mg,time_zone\n"
            "P1,2026-01-01,0,\n"
            "P1,2026-01-01T24:00,1,\n"
            "P1,2026-01-01T08:00-10:00,2,\n"
            "P1,2026-01-05T08:00,3,Pacific/Auckland\n"
            "P1,2026-01-05T09:00,4,Nowhere/Land\n"
            "P2,2026-10-04T02:15,5,\n"
            "P2,2026-04-05T01:45,6,\n"
            "7.0,2026-01-05T09:00,7,\n"
            "P9,2026-01-05T09:00,8,\n",
        )
        found = diaries.caffeine_intake.sort("caffeine_mg").select(
            "participant_id", "logged_date", "taken_at", "caffeine_mg"
        )
        assert found.rows() == [
            ("P1", date(2026, 1, 1), None, 0.0),
            ("P1", date(2026, 1, 2), utc("2026-01-01T23:00"), 1.0),
            ("P1", date(2026, 1, 1), utc("2026-01-01T18:00"), 2.0),
            ("P1", date(2026, 1, 5), utc("2026-01-04T19:00"), 3.0),
            ("P2", date(2026, 4, 5), utc("2026-04-04T14:45"), 6.0),
            ("007", date(2026, 1, 5), utc("2026-01-05T08:00"), 7.0),
        ]
        assert told(diaries) == [
            (6, "time_zone", "(12 characters, withheld)"),
            (7, "taken_at", "2026-10-04T02:15"),
            (10, "participant_id", "P9"),
        ]

    def test_the_same_entry_twice_counts_once(self):
        text = (
            self.HEADER
            + "P1;2026-01-01T08:00;95;;;\nP1;01.01.2026 08:00;95,0;;;\nP1;2026-01-01T08:00;96;;;\n"
        )
        diaries = read("caffeine", text)
        assert diaries.caffeine_intake["caffeine_mg"].to_list() == [95.0, 96.0]
        assert diaries.rejected_entry["reason"].to_list() == [
            "the same entry as in line 2; if there were two, write amount 2 or the doses' sum"
        ]


def test_exercise_by_met_intensity_and_activity():
    diaries = read(
        "exercise",
        "participant_id,started_at,duration_min,met,intensity,activity\n"
        "P1,2026-01-01T18:00,30,,vigorous,\n"
        "P1,2026-01-02T18:00,30,,,Running\n"
        "P1,2026-01-03T18:00,30,5.9,,\n"
        "P1,2026-01-04,0,,,\n"
        "P1,2026-01-05T07:00,20,,,yoga\n"
        "P1,2026-01-06T07:00,20,,,paragliding\n"
        "P1,2026-01-07T07:00,961,,light,\n"
        "P1,2026-01-08T07:00,20,,,\n",
    )
    found = diaries.exercise_bout.select("ended_at", "met", "intensity", "activity", "is_relaxation").rows()
    assert found == [
        (utc("2026-01-01T17:30"), 8.0, "vigorous", None, False),
        (utc("2026-01-02T17:30"), 8.0, "vigorous", "running", False),
        (utc("2026-01-03T17:30"), 5.9, "moderate", None, False),
        (None, 0.0, None, None, None),
        (utc("2026-01-05T06:20"), 2.5, "light", "yoga", True),
    ]
    assert [entry[:2] for entry in told(diaries)] == [(7, "activity"), (8, "duration_min"), (9, "activity")]


def test_scales_and_their_ranges():
    stress = read(
        "stress",
        "participant_id,rated_at,scale,score\n"
        "P1,2026-01-01T20:00,PSS-10,40\nP1,2026-01-01T20:00,rating_0_10,7\nP1,2026-01-02,pss4,17\nP1,2026-01-02,mood,3\n"
        "P1,2026-01-03,stai_state,20\n",
    )
    assert told(stress) == [
        (2, "scale", "(6 characters, withheld)"),
        (4, "score", "17"),
        (5, "scale", "(4 characters, withheld)"),
    ]
    daytime = read("daytime", "participant_id,date,scale,score\nP1,2026-01-02,kss,9\nP1,2026-01-02,ess,25\n")
    assert daytime.daytime_rating.select("logged_date", "scale", "score").rows() == [
        (date(2026, 1, 2), "kss", 9.0)
    ]
    assert told(daytime) == [(3, "score", "25")]


def test_nutrients_and_medicines():
    nutrients = read(
        "nutrients",
        "participant_id,date,origin,magnesium_mg,calcium_mg,iron_mg,vitamin_b6_mg,vitamin_b12_ug\n"
        'P1,2026-01-01,food,"300,5",,12,,\nP1,2026-01-01,Supplement,,,0,,\nP1,2026-01-02,food,,,,,\nP1,2026-01-02 10:00,food,1,,,,\n',
    )
    assert nutrients.nutrient_day.select("origin", "magnesium_mg", "iron_mg").rows() == [
        ("food", 300.5, 12.0),
        ("supplement", None, 0.0),
    ]
    assert [entry[0] for entry in told(nutrients)] == [4, 5]
    medicines = read(
        "medication",
        "participant_id,taken_at,start_date,end_date,drug,drug_class,dose_mg\n"
        'P1,,2026-01-01,,Pramipexole,Dopaminergic,"0,25"\n'
        "P1,2026-01-01T21:00,,,,benzodiazepine,\n"
        "P1,2026-01-02,,,Ferrous sulfate,iron,65\n"
        "P1,,2026-01-05,2026-01-04,,ssri,\n"
        "P1,,,,,ssri,\n"
        "P1,,2026-01-07,,Levodopa/Benserazide 100 mg,dopamine agonist,100\n"
        "P1,,2026-01-08,,for my neighbour Jane,what the doctor gave,\n",
    )
    assert medicines.medication_use.drop("participant_id", "atc", "time_zone", "told_by").rows() == [
        (None, date(2026, 1, 1), None, "pramipexole", "dopaminergic", 0.25),
        (utc("2026-01-01T20:00"), None, None, None, "benzodiazepine", None),
        (None, date(2026, 1, 2), date(2026, 1, 2), "ferrous sulfate", "iron", 65.0),
        (None, date(2026, 1, 7), None, "levodopa/benserazide", "dopaminergic", 100.0),
        (
            None,
            date(2026, 1, 8),
            None,
            None,
            "unknown",
            None,
        ),  # free text is not kept, the row is; nobody knows what it was
    ]
    assert told(medicines)[2:] == [
        (8, "drug", "(21 characters, withheld)"),
        (8, "drug_class", "(20 characters, withheld)"),
    ]
    assert [entry[0] for entry in told(medicines)] == [5, 6, 8, 8]


def test_linking_report():
    diaries = read_diaries(
        {
            "diary/caffeine.csv": b"participant_id,taken_at,caffeine_mg\nP1,2026-01-01T08:00,95\nP1,2026-02-01T08:00,95\nP9,2026-01-01T08:00,95\n",
            "diary/sleep.csv": b"participant_id,night_date,lights_off,lights_on\nP1,2026-01-02,2026-01-01T22:00,06:00\n",
        },
        PEOPLE,
        "UTC",
        ADULT_EXPOSURES,
    )
    recordings = pl.DataFrame(
        {
            "participant_id": ["P1"],
            "started_at": [utc("2026-01-01T12:00")],
            "ended_at": [utc("2026-01-04T12:00")],
        },
        schema_overrides={"started_at": pl.Datetime("us", "UTC"), "ended_at": pl.Datetime("us", "UTC")},
    )
    report = linking_report(PEOPLE, recordings, diaries)
    assert report.select("finding", "participant_id", "dataset", "count").rows() == [
        ("diary_without_participant", "P9", "diary/caffeine.csv", 1),
        ("outside_any_recording", "P1", "caffeine_intake", 1),
        ("participant_without_diary", "007", None, 1),
        ("participant_without_diary", "P2", None, 1),
        ("participant_without_recording", "007", None, 1),
        ("participant_without_recording", "P2", None, 1),
        ("shifted_by_a_day", None, "diary/sleep.csv", 1),
    ]
    dates = dict(report.select("finding", "first_date").drop_nulls().rows())
    assert dates == {"outside_any_recording": date(2026, 2, 1), "shifted_by_a_day": date(2026, 1, 1)}
