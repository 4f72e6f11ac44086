"""The waking day that a night ends: clock changes of an hour and of half an hour, shifts, flights, unknown wakings."""

from datetime import UTC, date, datetime, timedelta

import pytest

P1 = [{"participant_id": "P1", "sex": "female", "birth_year": 1986}]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def bout(start, minutes=30, met=4.0):
    begin = utc(start)
    return {
        "participant_id": "P1",
        "logged_date": begin.date(),
        "started_at": begin,
        "ended_at": begin + timedelta(minutes=minutes),
        "duration_min": float(minutes),
        "met": met,
    }


def rating(moment, score):
    return {
        "participant_id": "P1",
        "logged_date": utc(moment).date(),
        "rated_at": utc(moment),
        "scale": "rating_0_10",
        "score": float(score),
    }


@pytest.mark.parametrize(
    ("zone", "night_date", "lights_off", "midnight", "day_h"),
    [
        # lights off at 23:00 local; hours since the local midnight that began the day
        ("Europe/Berlin", "2026-03-29", "2026-03-29T21:00", "2026-03-28T23:00", 22.0),
        ("Europe/Berlin", "2026-10-25", "2026-10-25T22:00", "2026-10-24T22:00", 24.0),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-04T12:00", "2026-10-03T13:30", 22.5),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-05T12:30", "2026-04-04T13:00", 23.5),
        ("Asia/Tokyo", "2026-03-29", "2026-03-29T14:00", "2026-03-28T15:00", 23.0),
    ],
)
def test_days_of_a_clock_change(build, night, exposure_of, zone, night_date, lights_off, midnight, day_h):
    """Without a known waking the local calendar day begins the day, however long it is."""
    just_before = (utc(midnight) - timedelta(minutes=40)).strftime("%Y-%m-%dT%H:%M")
    connection = build(
        participant=P1,
        night=[night(night_date, lights_off, time_zone=zone)],
        exercise_bout=[bout(midnight), bout(just_before)],
        stress_rating=[rating(midnight, 3), rating(just_before, 9)],
    )
    day = exposure_of(connection, night_date, "night_waking_day")
    assert day["waking_from_at"] == utc(midnight)
    assert (day["lights_off_at"] - day["waking_from_at"]) == timedelta(hours=day_h)
    row = exposure_of(connection, night_date)
    assert (row["exercise_met_min"], row["stress_score"]) == (120, 3)


@pytest.mark.parametrize(
    ("zone", "night_date", "lights_off", "woke", "since_h"),
    [
        ("Europe/Berlin", "2026-03-29", "2026-03-29T21:00", "2026-03-29T04:00", 17.0),  # 06:00 to 23:00
        ("Europe/Berlin", "2026-10-25", "2026-10-25T22:00", "2026-10-25T05:00", 17.0),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-04T12:00", "2026-10-03T19:00", 17.0),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-05T12:30", "2026-04-04T19:30", 17.0),
    ],
)
def test_a_known_waking_begins_the_day_whatever_the_clocks_did(
    build, night, exposure_of, zone, night_date, lights_off, woke, since_h
):
    before = (date.fromisoformat(night_date) - timedelta(days=1)).isoformat()
    connection = build(
        participant=P1,
        night=[night(before, None, woke, time_zone=zone), night(night_date, lights_off, time_zone=zone)],
        exercise_bout=[bout((utc(woke) - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")), bout(woke)],
    )
    day = exposure_of(connection, night_date, "night_waking_day")
    assert (day["waking_source"], day["lights_off_at"] - day["waking_from_at"]) == (
        "sleep_end",
        timedelta(hours=since_h),
    )
    assert exposure_of(connection, night_date)["exercise_met_min"] == 120


def test_a_night_worker(build, night, exposure_of):
    """Asleep from 08:00 to 15:00; the day from 15:00 to the next 08:00 belongs to the night that it ends."""
    connection = build(
        participant=P1,
        night=[
            night("2026-02-28", "2026-03-01T08:00", "2026-03-01T15:00", tst_h=5.0),
            night("2026-03-01", "2026-03-02T08:00", "2026-03-02T15:00", tst_h=6.5),
        ],
        exercise_bout=[
            bout("2026-03-01T07:00"),  # before the sleep before
            bout("2026-03-01T16:00"),
            bout("2026-03-02T07:30", 60, 8.0),  # half of it after lights-off
            bout("2026-03-02T16:00"),
        ],
        stress_rating=[rating("2026-03-01T07:00", 1), rating("2026-03-02T04:00", 6), rating("2026-03-02T16:00", 9)],
        medication_use=[
            {"participant_id": "P1", "taken_at": utc("2026-03-02T07:45"), "drug_class": "dopaminergic"}
        ],
    )  # fmt: skip
    row = exposure_of(connection, "2026-03-01")
    assert row["exercise_met_min"] == 120 + 240
    assert (row["exercise_end_to_lights_off_h"], row["has_vigorous_within_1h"]) == (0.0, True)
    assert row["stress_score"] == 6
    assert row["has_dopaminergic"] is True
    assert row["sleep_debt_h"] == 2.0  # 7 h less the 5 of the sleep before


def test_flights_across_the_date_line(build, night, exposure_of):
    """West to Auckland a date is lost, east to Honolulu one is lived twice; hours are hours all the same."""
    west = build(
        participant=P1,
        night=[
            night("2026-03-01", "2026-03-02T09:00", "2026-03-02T17:00", time_zone="Pacific/Honolulu"),
            night("2026-03-03", "2026-03-03T10:00", time_zone="Pacific/Auckland"),
        ],
        exercise_bout=[bout("2026-03-02T18:00"), bout("2026-03-02T09:30"), bout("2026-03-03T05:00")],
        stress_rating=[rating("2026-03-02T11:30", 4), rating("2026-03-02T10:30", 8)],
    )
    row = exposure_of(west, "2026-03-03")
    # the night of 2 March was never lived: the day begins with Auckland's midnight, 2 March 11:00 UTC
    assert exposure_of(west, "2026-03-03", "night_waking_day")["waking_from_at"] == utc("2026-03-02T11:00")
    assert (row["exercise_met_min"], row["stress_score"], row["lag1_exercise_met_min"]) == (240, 4, None)
    east = build(
        participant=P1,
        night=[
            night("2026-03-01", "2026-03-01T10:00", "2026-03-01T18:00", time_zone="Pacific/Auckland"),
            night("2026-03-02", "2026-03-03T09:00", time_zone="Pacific/Honolulu"),
        ],
        exercise_bout=[
            bout("2026-03-02T05:00"),  # Auckland's 2 March, 28 h before lights-off
            bout("2026-03-02T19:00"),  # Honolulu's 2 March
            bout("2026-03-03T08:30", 60),  # counts until lights-off
        ],
    )
    row = exposure_of(east, "2026-03-02")
    assert exposure_of(east, "2026-03-02", "night_waking_day")["waking_from_at"] == utc("2026-03-02T10:00")
    assert (row["exercise_met_min"], row["exercise_end_to_lights_off_h"]) == (120 + 120, 0)


def test_a_waking_more_than_a_day_away_is_not_this_days(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[
            night("2026-03-01", "2026-03-01T22:00", "2026-03-02T04:00"),
            night("2026-03-02", "2026-03-03T06:00"),  # up for 26 h
        ],
    )
    day = exposure_of(connection, "2026-03-02", "night_waking_day")
    assert (day["waking_source"], day["waking_from_at"]) == ("midnight", utc("2026-03-02T06:00"))
