"""Caffeine before a night: the kinetic model, the windows, and what is unknown."""

import math

import pytest

P1 = [{"participant_id": "P1", "sex": "female", "birth_year": 1986}]


def dose(at, mg, day=None):
    from datetime import UTC, date, datetime

    moment = datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None
    return {
        "participant_id": "P1",
        "logged_date": date.fromisoformat(day) if day else moment.date(),
        "taken_at": moment,
        "caffeine_mg": float(mg),
    }


@pytest.mark.parametrize(
    ("taken_at", "left_mg"),
    [
        ("2026-03-01T22:00", 355),
        ("2026-03-01T20:00", 270),
        ("2026-03-01T17:00", 178),
        ("2026-03-01T14:00", 118),
        ("2026-03-01T11:00", 78),
    ],
)
def test_400_mg_leave_what_the_model_says(build, night, exposure_of, taken_at, left_mg):
    connection = build(
        participant=P1, night=[night("2026-03-01", "2026-03-01T23:00")], caffeine_intake=[dose(taken_at, 400)]
    )
    row = exposure_of(connection, "2026-03-01")
    assert row["caffeine_at_lights_off_mg"] == pytest.approx(left_mg, abs=1)
    assert row["caffeine_at_lights_off_5h_mg"] == row["caffeine_at_lights_off_mg"]
    assert (
        row["caffeine_at_lights_off_3h_mg"]
        < row["caffeine_at_lights_off_mg"]
        < row["caffeine_at_lights_off_8h_mg"]
    )


def test_sensitivity_by_hand(build, night, exposure_of):
    """400 mg six hours before lights-off: dose ka / (ka - ke) e^(-6 ke), absorption being over, e^-36."""
    connection = build(
        participant=P1,
        night=[night("2026-03-01", "2026-03-01T23:00")],
        caffeine_intake=[dose("2026-03-01T17:00", 400)],
    )
    row = exposure_of(connection, "2026-03-01")
    assert row["caffeine_at_lights_off_3h_mg"] == pytest.approx(400 * 1.040053 * 0.25, abs=0.01)
    assert row["caffeine_at_lights_off_5h_mg"] == pytest.approx(400 * 1.023649 * 0.4352753, abs=0.01)
    assert row["caffeine_at_lights_off_8h_mg"] == pytest.approx(400 * 1.014652 * 0.5946036, abs=0.01)


def test_doses_add_up_exactly(build, night, exposure_of):
    nights = [night("2026-03-01", "2026-03-01T23:00")]
    doses = [dose("2026-03-01T08:00", 95), dose("2026-03-01T13:30", 64), dose("2026-03-01T21:10", 80)]
    alone = []
    for one in doses:
        row = exposure_of(build(participant=P1, night=nights, caffeine_intake=[one]), "2026-03-01")
        alone.append(row["caffeine_at_lights_off_mg"])
    together = exposure_of(build(participant=P1, night=nights, caffeine_intake=doses), "2026-03-01")
    assert together["caffeine_at_lights_off_mg"] == pytest.approx(math.fsum(alone), rel=1e-12)
    assert together["caffeine_mg"] == 239.0
    assert together["hours_since_caffeine_h"] == pytest.approx(110 / 60)


def test_windows_include_their_begin_and_not_lights_off(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[night("2026-03-01", "2026-03-01T23:00", time_zone="Europe/Berlin")],  # midnight in Berlin
        caffeine_intake=[
            dose("2026-02-28T22:59", 1),  # 24 h and a minute before
            dose("2026-02-28T23:00", 2),  # exactly 24 h, and the first instant of the local day
            dose("2026-03-01T12:59", 4),  # 13:59 local
            dose("2026-03-01T13:00", 8),  # 14:00 local
            dose("2026-03-01T18:59", 16),  # 4 h and a minute before
            dose("2026-03-01T19:00", 32),  # exactly 4 h
            dose("2026-03-01T23:00", 64),  # exactly lights-off
            dose("2026-03-01T23:01", 128),
        ],
    )
    row = exposure_of(connection, "2026-03-01")
    assert row["caffeine_mg"] == 2 + 4 + 8 + 16 + 32
    assert row["caffeine_after_14h_mg"] == 8 + 16 + 32
    assert row["caffeine_last_4h_mg"] == 32
    assert row["hours_since_caffeine_h"] == 4.0


@pytest.mark.parametrize(
    ("night_date", "lights_off", "two_pm_utc"),
    [
        ("2026-10-03", "2026-10-03T12:00", "2026-10-03T03:30"),  # +10:30, the night before the change
        ("2026-10-04", "2026-10-04T12:00", "2026-10-04T03:00"),  # +11:00 since 02:00 local
        ("2026-04-04", "2026-04-04T12:00", "2026-04-04T03:00"),
        ("2026-04-05", "2026-04-05T12:00", "2026-04-05T03:30"),
    ],
)
def test_14_local_moves_with_a_clock_change_of_half_an_hour(
    build, night, exposure_of, night_date, lights_off, two_pm_utc
):
    from datetime import datetime, timedelta

    just_before = (datetime.fromisoformat(two_pm_utc) - timedelta(minutes=1)).isoformat()
    connection = build(
        participant=P1,
        night=[night(night_date, lights_off, time_zone="Australia/Lord_Howe")],
        caffeine_intake=[dose(two_pm_utc, 10), dose(just_before, 1)],
    )
    assert exposure_of(connection, night_date)["caffeine_after_14h_mg"] == 10


@pytest.mark.parametrize(
    ("person", "half_life_h"),
    [
        ({}, 5.0),
        ({"is_smoker": True}, 2.5),
        ({"uses_oral_contraceptive": True}, 10.0),
        ({"is_smoker": True, "uses_oral_contraceptive": True}, 5.0),
        ({"is_pregnant": True}, 8.3),
        ({"is_pregnant": True, "uses_oral_contraceptive": True}, 8.3),
        ({"is_pregnant": True, "is_smoker": True}, 4.15),
        ({"is_smoker": False, "is_pregnant": False}, 5.0),
    ],
)
def test_half_life_is_the_persons(build, night, exposure_of, person, half_life_h):
    connection = build(
        participant=[{"participant_id": "P1", **person}],
        night=[night("2026-03-01", "2026-03-01T23:00")],
        caffeine_intake=[dose("2026-03-01T18:00", 100)],
    )
    row = exposure_of(connection, "2026-03-01")
    assert row["caffeine_half_life_h"] == pytest.approx(half_life_h)
    ke = math.log(2) / half_life_h
    expected = 100 * 6 / (6 - ke) * (math.exp(-ke * 5) - math.exp(-30))
    assert row["caffeine_at_lights_off_mg"] == pytest.approx(expected, rel=1e-12)


def test_a_day_without_rows_is_unknown_and_a_zero_says_none(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[night("2026-03-01", "2026-03-01T23:00"), night("2026-03-02", "2026-03-02T23:00")],
        caffeine_intake=[dose(None, 0, "2026-03-02")],
    )
    unknown = exposure_of(connection, "2026-03-01")
    assert (unknown["caffeine_mg"], unknown["is_caffeine_logged"]) == (None, False)
    assert unknown["caffeine_at_lights_off_mg"] is None
    none = exposure_of(connection, "2026-03-02")
    assert (none["caffeine_mg"], none["caffeine_at_lights_off_mg"], none["is_caffeine_logged"]) == (
        0,
        0,
        True,
    )
    assert none["hours_since_caffeine_h"] is None


def test_yesterdays_late_dose_does_not_make_today_logged(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[night("2026-03-02", "2026-03-02T23:00")],
        caffeine_intake=[dose("2026-03-01T23:30", 50)],
    )
    row = exposure_of(connection, "2026-03-02")
    assert (row["caffeine_mg"], row["is_caffeine_logged"]) == (None, False)


def test_a_dose_of_unknown_hour_counts_for_the_total_alone(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[night("2026-03-01", "2026-03-01T23:00")],
        caffeine_intake=[dose(None, 90, "2026-03-01"), dose("2026-03-01T08:00", 10)],
    )
    row = exposure_of(connection, "2026-03-01")
    assert row["caffeine_mg"] == 100
    assert row["has_untimed_caffeine"] is True
    assert (
        row["caffeine_after_14h_mg"]
        is row["caffeine_at_lights_off_mg"]
        is row["hours_since_caffeine_h"]
        is None
    )


def test_a_night_worker_who_sleeps_by_day(build, night, exposure_of):
    """Shift from the evening of 1 March on; lights off at 08:00 on 2 March, the night of 1 March."""
    connection = build(
        participant=P1,
        night=[
            night("2026-02-28", "2026-03-01T08:00", "2026-03-01T15:00"),
            night("2026-03-01", "2026-03-02T08:00", "2026-03-02T15:00"),
        ],
        caffeine_intake=[
            dose("2026-03-01T07:30", 1),  # before the sleep before: more than 24 h away
            dose("2026-03-01T16:00", 2),
            dose("2026-03-02T03:00", 4),
            dose("2026-03-02T16:00", 8),  # after waking: the next night's
        ],
    )
    row = exposure_of(connection, "2026-03-01")
    assert row["caffeine_mg"] == 6
    assert row["caffeine_after_14h_mg"] == 6
    assert row["hours_since_caffeine_h"] == 5.0


def test_across_the_date_line(build, night, exposure_of):
    """Auckland's 2 March, then a flight; the night of 1 March is lived again in Honolulu."""
    connection = build(
        participant=P1,
        night=[
            night("2026-03-01", "2026-03-01T10:00", "2026-03-01T18:00", time_zone="Pacific/Auckland"),
            night("2026-03-02", "2026-03-03T08:30", time_zone="Pacific/Honolulu"),
        ],
        caffeine_intake=[
            dose("2026-03-02T20:00", 50, "2026-03-03"),
            dose("2026-03-03T01:00", 20, "2026-03-02"),
        ],
    )
    row = exposure_of(connection, "2026-03-02")
    assert row["caffeine_mg"] == 70  # 12.5 and 7.5 h before lights-off, whatever the calendar said
    assert row["caffeine_after_14h_mg"] == 20  # 15:00 in Honolulu; the other is 10:00 there


def test_a_night_without_lights_off_has_no_exposures(build, night, exposure_of):
    connection = build(
        participant=P1, night=[night("2026-03-01", None)], caffeine_intake=[dose("2026-03-01T08:00", 95)]
    )
    row = exposure_of(connection, "2026-03-01")
    assert (row["caffeine_mg"], row["is_caffeine_logged"], row["is_exercise_logged"]) == (None, False, False)


def test_no_rows_at_all(build):
    connection = build()
    assert connection.sql("select count(*) from exposure_night").fetchall() == [(0,)]
