"""No exposure of a night changes when anything that is later than its lights-off becomes known."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BEFORE, BEFORE_AND_AFTER = "P1", "P2"
PEOPLE = [
    {"participant_id": person, "sex": "female", "birth_year": 1986, "is_smoker": True}
    for person in (BEFORE, BEFORE_AND_AFTER)
]
_MINUTES = st.integers(min_value=-4 * 24 * 60, max_value=4 * 24 * 60)
"""From four days before lights-off to four days after it."""
_DAYS = st.integers(min_value=-4, max_value=4)


def rows_of(doses, bouts, ratings, meals, drugs, courses, spans, lights_off, zone):
    """Return for each dataset rows and the moment from which on they can be known."""

    def at(minute):
        moment = lights_off + timedelta(minutes=minute)
        return moment, moment.astimezone(zone).date()

    rows = {
        name: []
        for name in (
            "caffeine_intake",
            "exercise_bout",
            "stress_rating",
            "nutrient_day",
            "medication_use",
            "activity_span",
            "daytime_rating",
        )
    }
    for minute, mg in doses:
        moment, day = at(minute)
        rows["caffeine_intake"].append(
            (moment, {"logged_date": day, "taken_at": moment, "caffeine_mg": float(mg)})
        )
    for minute, length, met in bouts:
        moment, day = at(minute)
        end = moment + timedelta(minutes=length)
        bout = {
            "logged_date": day,
            "started_at": moment,
            "ended_at": end,
            "duration_min": float(length),
            "met": met,
        }
        rows["exercise_bout"].append((moment, bout))
    for minute, score in ratings:
        moment, day = at(minute)
        rating = {"logged_date": day, "rated_at": moment, "scale": "rating_0_10", "score": float(score)}
        rows["stress_rating"].append((moment, rating))
    for minute, mg in drugs:
        moment, day = at(minute)
        dose = {"taken_at": moment, "drug_class": "dopaminergic", "dose_mg": float(mg)}
        rows["medication_use"].append((moment, dose))
    for place, minute in enumerate(sorted(spans)):
        moment, day = at(5 * minute)
        span = {
            "recording_id": f"r{place}",
            "body_site": "left_wrist",
            "start_at": moment,
            "worn_min": 5.0,
            "moderate_min": 2.0,
            "vigorous_min": 1.0,
        }
        rows["activity_span"].append((moment, span))
    last_day = lights_off.astimezone(zone).date()

    def from_day(days):
        # what is only known to be of a day is later than lights-off where the day is
        day = last_day + timedelta(days=days)
        return (lights_off + timedelta(days=days) if days > 0 else lights_off - timedelta(seconds=1)), day

    for days, mg in meals:
        moment, day = from_day(days)
        rows["nutrient_day"].append((moment, {"logged_date": day, "origin": "food", "iron_mg": float(mg)}))
        rows["caffeine_intake"].append((moment, {"logged_date": day, "caffeine_mg": float(mg)}))
        rows["daytime_rating"].append((moment, {"logged_date": day, "scale": "kss", "score": 5.0}))
    for days, length in courses:
        moment, day = from_day(days)
        course = {
            "start_date": day,
            "end_date": day + timedelta(days=length),
            "drug_class": "ssri",
            "dose_mg": 20.0,
        }
        rows["medication_use"].append((moment, course))
    return rows


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Honolulu"]),
    lights_off_minute=st.integers(min_value=0, max_value=23 * 60),
    doses=st.lists(st.tuples(_MINUTES, st.integers(0, 300)), max_size=12),
    bouts=st.lists(st.tuples(_MINUTES, st.integers(0, 90), st.sampled_from([2.5, 4.0, 8.0])), max_size=8),
    ratings=st.lists(st.tuples(_MINUTES, st.integers(0, 10)), max_size=12),
    meals=st.lists(st.tuples(_DAYS, st.integers(0, 900)), max_size=6),
    drugs=st.lists(st.tuples(_MINUTES, st.integers(1, 3)), max_size=6),
    courses=st.lists(st.tuples(_DAYS, st.integers(0, 5)), max_size=3),
    spans=st.sets(st.integers(-400, 400), max_size=12),
)
def test_nothing_after_lights_off_changes_an_exposure(
    build, zone, lights_off_minute, doses, bouts, ratings, meals, drugs, courses, spans
):
    """Two people live the same days up to lights-off of the night of 4 October; of one nothing later is known.

    That night the clocks of Lord Howe have just been set forward by half an hour.
    """
    local = ZoneInfo(zone)
    noon = datetime(2026, 10, 4, 12, tzinfo=local)
    lights_off = noon.astimezone(UTC) + timedelta(minutes=lights_off_minute)
    nights = []
    for days in range(-4, 4):
        opened = datetime(2026, 10, 4, 12, tzinfo=local) + timedelta(days=days)  # noon by the wall
        off = opened.astimezone(UTC) + timedelta(minutes=lights_off_minute)
        night = {
            "night_date": opened.date(),
            "time_zone": zone,
            "lights_off_at": off,
            "sleep_end_at": off + timedelta(hours=7),
            "tst_h": 6.0 + days / 10,
        }
        nights.append((off - timedelta(seconds=1), night))
    datasets = rows_of(doses, bouts, ratings, meals, drugs, courses, spans, lights_off, local) | {
        "night": nights
    }
    both = {
        name: [
            row | {"participant_id": person}
            for moment, row in rows
            for person in (BEFORE, BEFORE_AND_AFTER)
            if person == BEFORE_AND_AFTER or moment < lights_off
        ]
        for name, rows in datasets.items()
    }
    for place, row in enumerate(both["activity_span"]):
        row["recording_id"] += f"_{place}"
    connection = build(participant=PEOPLE, **both)
    found = {}
    for table in ("exposure_night", "night_drug_class", "night_waking_day"):
        for person in (BEFORE, BEFORE_AND_AFTER):
            query = f"select * exclude (participant_id) from {table} where participant_id = ? and night_date = date '2026-10-04' order by all"
            found[table, person] = connection.execute(query, [person]).fetchall()
        assert found[table, BEFORE] == found[table, BEFORE_AND_AFTER]
    assert len(found["exposure_night", BEFORE]) == 1


def test_the_property_can_fail(build):
    """What is earlier than lights-off does change the exposure, by the same comparison."""
    lights_off = datetime(2026, 10, 4, 22, tzinfo=UTC)
    rows = rows_of([(-1, 50)], [], [], [], [], [], set(), lights_off, UTC)["caffeine_intake"]
    nights = [
        {
            "participant_id": person,
            "night_date": lights_off.date(),
            "time_zone": "UTC",
            "lights_off_at": lights_off,
        }
        for person in (BEFORE, BEFORE_AND_AFTER)
    ]
    intake = [row | {"participant_id": BEFORE_AND_AFTER} for _, row in rows]
    connection = build(participant=PEOPLE, night=nights, caffeine_intake=intake)
    totals = connection.sql("select caffeine_mg from exposure_night order by participant_id").fetchall()
    assert totals == [(None,), (pytest.approx(50),)]
