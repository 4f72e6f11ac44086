"""Exposures worked out by hand, more than two hundred of them: what a paper and a pocket calculator say of each night.

Windows, flags and sums are literal. What is left of a dose is written as its formula, dose ka / (ka - ke) (e^-ke t - e^-ka t)
with ka = 6 per hour, which the test does with the standard library and the warehouse in SQL.
"""

import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

HALF_LIFE_H = {  # pregnant, smoker, contraceptive
    (False, False, False): 5.0,
    (False, True, False): 2.5,
    (False, False, True): 10.0,
    (False, True, True): 5.0,
    (True, False, False): 8.3,
    (True, True, False): 4.15,
}
BEFORE_H = (0.25, 0.5, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 23, 24)
SECOND = timedelta(seconds=1)
compared: list[tuple[str, str]] = []
"""Every value that was held against the warehouse."""


def left_mg(dose_mg: float, hours: float, half_life_h: float) -> float:
    ke = math.log(2) / half_life_h
    return dose_mg * 6 / (6 - ke) * (math.exp(-ke * hours) - math.exp(-6 * hours))


def hold(scenario: str, row: dict, **expected: object) -> None:
    for column, value in expected.items():
        compared.append((scenario, column))
        wanted = pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
        assert row[column] == wanted, (scenario, column, row[column], value)


def at(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def person(name: str = "P1", **more: object) -> dict:
    return {"participant_id": name, "sex": "female", "birth_year": 1986, **more}


def night_row(
    day: str,
    lights_off: datetime,
    woke: datetime | None = None,
    zone: str = "Europe/Berlin",
    name: str = "P1",
) -> dict:
    return {
        "participant_id": name,
        "night_date": date.fromisoformat(day),
        "time_zone": zone,
        "lights_off_at": lights_off,
        "sleep_end_at": woke,
    }


def dose(moment: datetime, mg: float, zone: str = "Europe/Berlin", name: str = "P1") -> dict:
    wall = moment.astimezone(ZoneInfo(zone))
    clock_h = wall.hour + wall.minute / 60 + wall.second / 3600
    return {"participant_id": name, "logged_date": wall.date(), "taken_at": moment, "caffeine_mg": mg, "clock_h": clock_h, "time_zone": zone, "told_by": "diary"}  # fmt: skip


def bout(begin: datetime, minutes: float, met: float, zone: str = "Europe/Berlin") -> dict:
    return {
        "participant_id": "P1",
        "logged_date": begin.astimezone(ZoneInfo(zone)).date(),
        "started_at": begin,
        "ended_at": begin + timedelta(minutes=minutes),
        "duration_min": float(minutes),
        "met": met,
    }


def rating(moment: datetime, score: float, zone: str = "Europe/Berlin") -> dict:
    day = moment.astimezone(ZoneInfo(zone)).date()
    return {
        "participant_id": "P1",
        "logged_date": day,
        "rated_at": moment,
        "scale": "rating_0_10",
        "score": score,
    }


@pytest.mark.parametrize(("state", "half_life_h"), HALF_LIFE_H.items())
def test_what_is_left_of_100_mg_by_state(build, exposure_of, state, half_life_h):
    """Pregnancy, smoking and an oral contraceptive change the half-life; each dose in a night of its own."""
    pregnant, smoker, contraceptive = state
    nights, doses = [], []
    for number, hours in enumerate(BEFORE_H):
        off = datetime(
            2026, 1, 1 + 2 * number, 22, tzinfo=UTC
        )  # every other night, so that no dose reaches two
        nights.append(night_row(off.date().isoformat(), off, zone="UTC"))
        doses.append(dose(off - timedelta(hours=hours), 100.0, "UTC"))
    who = person(is_pregnant=pregnant, is_smoker=smoker, uses_oral_contraceptive=contraceptive)
    connection = build(participant=[who], night=nights, caffeine_intake=doses)
    for number, hours in enumerate(BEFORE_H):
        row = exposure_of(connection, (date(2026, 1, 1) + timedelta(days=2 * number)).isoformat())
        # 24 h before lights-off is the evening before: nothing shows that this day was logged
        is_logged = hours <= 22
        hold(
            f"{state} {hours} h",
            row,
            caffeine_half_life_h=half_life_h,
            caffeine_at_lights_off_mg=left_mg(100, hours, half_life_h) if is_logged else None,
            hours_since_caffeine_h=float(hours) if is_logged else None,
        )


@pytest.mark.parametrize(
    ("taken", "mg", "after_14h", "last_4h", "since_h", "is_logged"),
    [
        # lights off 23:00 in Berlin, 22:00 UTC
        ("2026-03-01T22:59:59", None, None, None, None, False),  # 24 h and a second
        ("2026-03-01T23:00", None, None, None, None, False),  # 24 h, but of the evening before
        ("2026-03-02T00:00", 80.0, 0.0, 0.0, 23.0, True),
        ("2026-03-02T13:59:59", 80.0, 0.0, 0.0, 9 + 1 / 3600, True),
        ("2026-03-02T14:00", 80.0, 80.0, 0.0, 9.0, True),
        ("2026-03-02T18:59:59", 80.0, 80.0, 0.0, 4 + 1 / 3600, True),
        ("2026-03-02T19:00", 80.0, 80.0, 80.0, 4.0, True),
        ("2026-03-02T22:59:59", 80.0, 80.0, 80.0, 1 / 3600, True),
        ("2026-03-02T23:00", None, None, None, None, False),  # at lights-off: of the day that follows
        ("2026-03-02T23:30", None, None, None, None, False),
    ],
)
def test_a_dose_at_each_boundary(build, exposure_of, taken, mg, after_14h, last_4h, since_h, is_logged):
    off = at("2026-03-02T23:00", "Europe/Berlin")
    connection = build(
        participant=[person()],
        night=[night_row("2026-03-02", off)],
        caffeine_intake=[dose(at(taken, "Europe/Berlin"), 80.0)],
    )
    hold(
        taken,
        exposure_of(connection, "2026-03-02"),
        caffeine_mg=mg,
        caffeine_after_14h_mg=after_14h,
        caffeine_last_4h_mg=last_4h,
        hours_since_caffeine_h=since_h,
        is_caffeine_logged=is_logged,
    )


@pytest.mark.parametrize(
    ("day", "since_breakfast_h", "since_two_h"),
    [
        # 08:00 and 14:00 of the wall until 23:00 of the wall; the clocks change at night, before breakfast
        ("2026-03-28", 15.0, 9.0),
        ("2026-03-29", 15.0, 9.0),
        ("2026-03-30", 15.0, 9.0),
        ("2026-10-24", 15.0, 9.0),
        ("2026-10-25", 15.0, 9.0),
        ("2026-10-26", 15.0, 9.0),
    ],
)
def test_days_around_both_clock_changes(build, exposure_of, day, since_breakfast_h, since_two_h):
    berlin = "Europe/Berlin"
    off = at(f"{day}T23:00", berlin)
    before = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    yesterday = at(f"{before}T23:00", berlin)
    length_h = (off - yesterday).total_seconds() / 3600
    assert length_h == {"2026-03-29": 23.0, "2026-10-25": 25.0}.get(day, 24.0)
    doses = [
        dose(at(f"{day}T08:00", berlin), 100.0),
        dose(at(f"{day}T13:59", berlin), 10.0),
        dose(at(f"{day}T14:00", berlin), 1.0),
        dose(at(f"{before}T22:30", berlin), 1000.0),  # 23.5, 24.5 or 25.5 h before
    ]
    connection = build(participant=[person()], night=[night_row(day, off)], caffeine_intake=doses)
    of_yesterday = length_h + 0.5 <= 24
    total = 111.0 + (1000.0 if of_yesterday else 0.0)
    left = left_mg(100, since_breakfast_h, 5) + left_mg(10, 9 + 1 / 60, 5) + left_mg(1, since_two_h, 5)
    left += left_mg(1000, length_h + 0.5, 5) if of_yesterday else 0
    hold(
        f"clock change {day}",
        exposure_of(connection, day),
        caffeine_mg=total,
        caffeine_after_14h_mg=1.0,
        caffeine_last_4h_mg=0.0,
        hours_since_caffeine_h=since_two_h,
        caffeine_at_lights_off_mg=left,
    )


@pytest.mark.parametrize(
    "zone", ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe"]
)
def test_a_traveller_drinks_by_the_clock_of_the_place(build, exposure_of, zone):
    """The study is in Berlin; 08:00, 13:59 and 14:00 are those of the wall where the cup stood."""
    day = "2026-03-03"
    doses = [dose(at(f"{day}T08:00", zone), 100.0, zone), dose(at(f"{day}T13:59", zone), 10.0, zone)]
    doses += [dose(at(f"{day}T16:00", zone), 60.0, zone)]
    connection = build(
        participant=[person(time_zone="Europe/Berlin")],
        night=[night_row(day, at(f"{day}T22:00", zone), zone=zone)],
        caffeine_intake=doses,
    )
    hold(
        f"traveller {zone}",
        exposure_of(connection, day),
        caffeine_mg=170.0,
        caffeine_after_14h_mg=60.0,
        hours_since_caffeine_h=6.0,
        caffeine_at_lights_off_mg=left_mg(100, 14, 5) + left_mg(10, 8 + 1 / 60, 5) + left_mg(60, 6, 5),
    )


def test_a_flight_between_dose_and_night(build, exposure_of):
    """15:00 in New York is 21:00 in Berlin, where the night is slept at 23:00; 13:00 there is before 14:00, and 19:00 here."""
    doses = [
        dose(at("2026-03-03T13:00", "America/New_York"), 50.0, "America/New_York"),
        dose(at("2026-03-03T15:00", "America/New_York"), 70.0, "America/New_York"),
    ]
    off = at("2026-03-03T23:00", "Europe/Berlin")
    connection = build(participant=[person()], night=[night_row("2026-03-03", off)], caffeine_intake=doses)
    hold(
        "flight",
        exposure_of(connection, "2026-03-03"),
        caffeine_mg=120.0,
        caffeine_after_14h_mg=70.0,
        caffeine_last_4h_mg=120.0,  # the first one exactly 4 h before
        hours_since_caffeine_h=2.0,
    )


def test_somebody_who_sleeps_by_day(build, exposure_of):
    """In bed from 08:00 to 15:00; the day from 15:00 to the next 08:00 belongs to the night of the noon before it ends."""
    zone = "Europe/Berlin"
    connection = build(
        participant=[person()],
        night=[
            night_row("2026-03-02", at("2026-03-03T08:00", zone), at("2026-03-03T15:00", zone)),
            night_row("2026-03-03", at("2026-03-04T08:00", zone), at("2026-03-04T15:00", zone)),
        ],
        caffeine_intake=[
            dose(at("2026-03-03T15:30", zone), 100.0),
            dose(at("2026-03-04T01:00", zone), 60.0),
            dose(at("2026-03-04T05:00", zone), 40.0),
        ],
        exercise_bout=[
            bout(at("2026-03-03T16:00", zone), 45, 8.0),
            bout(at("2026-03-04T07:30", zone), 60, 4.0),
        ],
        stress_rating=[rating(at("2026-03-04T02:00", zone), 7.0)],
    )
    hold(
        "day sleeper",
        exposure_of(connection, "2026-03-03"),
        caffeine_mg=200.0,
        caffeine_after_14h_mg=200.0,
        caffeine_last_4h_mg=40.0,
        hours_since_caffeine_h=3.0,
        caffeine_at_lights_off_mg=left_mg(100, 16.5, 5) + left_mg(60, 7, 5) + left_mg(40, 3, 5),
        exercise_met_min=45 * 8.0 + 30 * 4.0,
        vigorous_min=45.0,
        exercise_end_to_lights_off_h=0.0,
        has_exercise_within_1h=True,
        stress_score=7.0,
        is_stress_logged=True,
    )
    hold("day sleeper before", exposure_of(connection, "2026-03-02"), caffeine_mg=None, stress_score=None)


@pytest.mark.parametrize(
    ("rated", "first", "second"),
    [
        # lights off 00:30 after the evening of 2 March, woken 07:00; lights off 23:30 on 3 March
        ("2026-03-02T20:00", 6.0, None),
        ("2026-03-03T00:10", 6.0, None),  # after midnight, before lights-off: the evening before
        ("2026-03-03T00:29:59", 6.0, None),
        ("2026-03-03T00:30", None, 6.0),  # at lights-off and after it: the day that follows
        ("2026-03-03T01:15", None, 6.0),
        ("2026-03-03T07:00", None, 6.0),
        ("2026-03-03T23:29:59", None, 6.0),
        ("2026-03-03T23:30", None, None),
    ],
)
def test_a_rating_after_midnight_is_of_exactly_one_day(build, exposure_of, rated, first, second):
    zone = "Europe/Berlin"
    connection = build(
        participant=[person()],
        night=[
            night_row("2026-03-02", at("2026-03-03T00:30", zone), at("2026-03-03T07:00", zone)),
            night_row("2026-03-03", at("2026-03-03T23:30", zone), at("2026-03-04T07:00", zone)),
        ],
        stress_rating=[rating(at(rated, zone), 6.0)],
    )
    for day, score in (("2026-03-02", first), ("2026-03-03", second)):
        hold(
            f"{rated} {day}",
            exposure_of(connection, day),
            stress_score=score,
            is_stress_logged=score is not None,
        )


@pytest.mark.parametrize(
    ("begin", "minutes", "met", "met_min", "vigorous", "end_h", "within_1h", "within_4h"),
    [
        # woken 07:00, lights off 23:00
        ("06:30", 30, 4.0, 120.0, 0.0, 16.0, False, False),  # ends at waking
        ("06:30", 31, 4.0, 124.0, 0.0, 16 - 1 / 60, False, False),
        ("07:00", 30, 6.0, 180.0, 30.0, 15.5, False, False),
        ("18:00", 60, 8.0, 480.0, 60.0, 4.0, False, True),  # 4 h before
        ("17:59", 60, 8.0, 480.0, 60.0, 4 + 1 / 60, False, False),
        ("21:00", 60, 5.9, 354.0, 0.0, 1.0, True, True),  # 1 h before
        ("22:30", 60, 8.0, 240.0, 30.0, 0.0, True, True),  # half of it beyond lights-off
        ("23:00", 30, 8.0, None, None, None, None, None),  # begins at lights-off
    ],
)
def test_a_bout_at_each_boundary(
    build, exposure_of, begin, minutes, met, met_min, vigorous, end_h, within_1h, within_4h
):
    zone = "Europe/Berlin"
    connection = build(
        participant=[person()],
        night=[
            night_row("2026-03-01", at("2026-03-01T23:00", zone), at("2026-03-02T07:00", zone)),
            night_row("2026-03-02", at("2026-03-02T23:00", zone)),
        ],
        exercise_bout=[bout(at(f"2026-03-02T{begin}", zone), minutes, met)],
    )
    hold(
        f"bout {begin}",
        exposure_of(connection, "2026-03-02"),
        exercise_met_min=met_min,
        vigorous_min=vigorous,
        exercise_end_to_lights_off_h=end_h,
        has_exercise_within_1h=within_1h,
        has_exercise_within_4h=within_4h,
        is_exercise_logged=met_min is not None,
    )


@pytest.mark.parametrize(
    ("classes", "dopaminergic", "benzodiazepine", "iron", "has_unknown"),
    [
        (["dopaminergic"], True, False, False, False),
        (["iron"], False, False, True, False),
        (["none"], False, False, False, False),
        (["other"], False, False, False, False),
        (["unknown"], None, None, None, True),
        (["unknown", "dopaminergic"], True, None, None, True),
        (["unknown", "none"], None, None, None, True),
        (["benzodiazepine", "iron"], False, True, True, False),
    ],
)
def test_what_is_unknown_is_not_no(
    build, exposure_of, classes, dopaminergic, benzodiazepine, iron, has_unknown
):
    course = {"participant_id": "P1", "start_date": date(2026, 3, 1)}
    connection = build(
        participant=[person()],
        night=[night_row("2026-03-02", at("2026-03-02T23:00", "Europe/Berlin"))],
        medication_use=[course | {"drug_class": name} for name in classes],
    )
    hold(
        f"drugs {classes}",
        exposure_of(connection, "2026-03-02"),
        has_dopaminergic=dopaminergic,
        has_benzodiazepine=benzodiazepine,
        has_iron_supplement=iron,
        has_unknown_drug=has_unknown,
        is_medication_logged=True,
    )


def test_naps_and_their_absence(build, exposure_of):
    zone = "Europe/Berlin"
    nap = {"participant_id": "P1", "started_at": at("2026-03-02T14:00", zone), "ended_at": at("2026-03-02T15:30", zone), "duration_min": 90.0}  # fmt: skip
    told = {"participant_id": "P1", "sleep_onset_source": "Fitbit", "lights_off_source": "Fitbit"}
    connection = build(
        participant=[person()],
        night=[night_row(f"2026-03-0{day}", at(f"2026-03-0{day}T23:00", zone)) for day in (1, 2, 3)],
        nap=[nap],
        sleep_diary=[told | {"night_date": date(2026, 3, day)} for day in (1, 2)],
    )
    hold("no watch", exposure_of(connection, "2026-03-01"), nap_min=None)
    hold("a nap", exposure_of(connection, "2026-03-02"), nap_min=90.0)
    hold("a watch and no nap", exposure_of(connection, "2026-03-03"), nap_min=0.0)


def test_at_least_two_hundred_values_were_compared():
    """Runs last in this file; with a part of it deselected it says nothing."""
    if len({scenario for scenario, _ in compared}) < 100:
        pytest.skip("only a part of this file ran")
    assert len(compared) >= 200, len(compared)
