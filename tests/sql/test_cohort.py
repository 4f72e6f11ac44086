"""Which nights are analysed, why the others are not, and how many."""

from datetime import date

from tests.sql.conftest import a_night, at, one

P1 = {"participant_id": "P1", "sex": "male", "birth_year": 1975, "weight_kg": 80.0, "irls_score": 11.0}


def test_only_eligible_nights_with_hours_are_analysed(build):
    connection = build(
        "analysis_night",
        participant=[P1],
        night=[
            a_night(day=1),
            a_night(day=2, is_eligible=False, exclusion_reason="too_little_wear"),
            a_night(day=3, analysed_h=0.0),
            a_night(day=4, analysed_h=0.001),
        ],
    )
    found = connection.sql(
        "select day(night_date), night_number, is_first_night from analysis_night"
    ).fetchall()
    # the number of a night counts those that are not analysed, too
    assert found == [(1, 1, True), (4, 4, False)]


def test_calendar_and_person_stand_beside_each_night(build):
    nights = [
        a_night(night_date=date(2026, 2, 27)),  # a Friday
        a_night(night_date=date(2026, 2, 28)),
        a_night(night_date=date(2026, 3, 1)),  # a Sunday
        a_night(night_date=date(2026, 12, 31)),
    ]
    found = build("analysis_night", participant=[P1], night=nights).sql(
        "select is_weekend, quarter, age_year, sex from analysis_night order by night_date"
    )
    assert found.fetchall() == [
        (True, "dec_feb", 51, "male"),
        (True, "dec_feb", 51, "male"),
        (False, "mar_may", 51, "male"),
        (False, "dec_feb", 51, "male"),
    ]


def test_two_devices_on_one_leg_are_one_leg(build):
    """And a leg that was left out, because nothing tells how its clock stands to the other, is none."""
    worn = {"started_at": at("2026-03-01T12:00"), "ended_at": at("2026-03-05T12:00")}

    def device(person, name, site, model="AX3", rate=100.0):
        row = {"recording_id": f"{person}{name}", "participant_id": person, "body_site": site}
        return row | worn | {"device_model": model, "sampling_rate_hz": rate}

    found = build(
        "analysis_night",
        night=[a_night(person, leg_recording_count=2) for person in ("P1", "P2", "P3")],
        recording=[
            device("P1", "a", "left_ankle"),
            device("P1", "b", "left_foot", "GENEActiv", 50.0),
            device("P2", "a", "left_ankle"),
            device("P2", "b", "right_ankle"),
            device("P2", "c", "left_wrist"),
            device("P3", "a", "left_ankle"),
            device("P3", "b", "right_ankle"),
        ],
        clock_alignment=[{"recording_id": "P3b", "night_date": date(2026, 3, 1), "is_left_out": True}],
    ).sql(
        "select leg_count, leg_recording_count, body_sites, device_models, sampling_rate_hz "
        "from analysis_night order by participant_id"
    )
    assert found.fetchall() == [
        (1, 2, ["left_ankle", "left_foot"], ["AX3", "GENEActiv"], 50.0),
        (2, 2, ["left_ankle", "right_ankle"], ["AX3"], 100.0),
        (1, 2, ["left_ankle"], ["AX3"], 100.0),
    ]


def test_a_night_without_any_diary_keeps_its_rate_and_knows_no_exposure(build):
    row = one(
        build("analysis_night", participant=[P1], night=[a_night()]),
        "select jerk_rate_per_h, caffeine_mg, exercise_met_min, stress_score, magnesium_mg, is_caffeine_logged from analysis_night",
    )
    assert row == {
        "jerk_rate_per_h": 0.0,
        "caffeine_mg": None,
        "exercise_met_min": None,
        "stress_score": None,
        "magnesium_mg": None,
        "is_caffeine_logged": False,
    }


def test_the_day_after_stands_beside_its_night_and_a_night_without_one_stays(build):
    ended = date(2026, 3, 2)
    connection = build(
        "analysis_night",
        night=[
            a_night(night_date=date(2026, 3, 1), wake_date=ended),
            a_night(night_date=ended, wake_date=date(2026, 3, 3)),
        ],
        daytime_rating=[{"participant_id": "P1", "logged_date": ended, "scale": "kss", "score": 7.0}],
    )
    found = connection.sql("select kss_score, memory_score, is_daytime_logged from analysis_night")
    assert found.fetchall() == [(7.0, None, True), (None, None, False)]


def test_analysis_night_holds_every_column_of_rates_exposures_and_the_day_after(build):
    connection = build("analysis_night", night=[a_night()])
    columns = {
        table: set(connection.sql(f"from {table}").columns)
        for table in ("night_rate", "exposure_night", "night_daytime", "analysis_night")
    }
    wanted = columns["night_rate"] | columns["exposure_night"] | columns["night_daytime"] - {"wake_date"}
    assert wanted <= columns["analysis_night"]


def cohort(build, table):
    return build(
        table,
        participant=[P1, {"participant_id": "P4"}],
        recording=[{"recording_id": str(n), "participant_id": f"P{n}"} for n in (1, 2, 3)],
        night=[
            a_night("P1", 1),
            a_night("P1", 2, is_eligible=False, exclusion_reason="too_little_wear"),
            a_night("P2", 1, is_eligible=False, exclusion_reason="too_little_wear"),
            a_night("P2", 2, is_eligible=False, exclusion_reason="no_sleep_window"),
            a_night("P2", 3, analysed_h=0.0),
        ],
        caffeine_intake=[{"participant_id": "P1", "logged_date": date(2026, 3, 1), "caffeine_mg": 0.0}],
    )


def test_inclusion_names_everyone_once(build):
    found = cohort(build, "inclusion").sql(
        "select participant_id, day(night_date), stage, is_in, reason from inclusion"
    )
    assert found.fetchall() == [
        ("P1", 1, "analysed", True, "in"),
        ("P1", 2, "eligible", False, "too_little_wear"),
        ("P2", 1, "eligible", False, "too_little_wear"),
        ("P2", 2, "eligible", False, "no_sleep_window"),
        ("P2", 3, "eligible", False, "no analysed hours"),
        ("P3", None, "with nights", False, "recordings hold no night"),
        ("P4", None, "recorded", False, "no usable recording"),
    ]


def test_a_passage_tells_of_each_night_what_became_of_it(build):
    found = cohort(build, "passage").sql(
        "select participant_id, day(night_date), stage, reason from passage where stage_number <= 4 and participant_id in ('P1', 'P3', 'P4') "
        "order by participant_id, stage_number, night_date"
    )
    assert found.fetchall() == [
        ("P1", 1, "recorded", "in"),
        ("P1", 2, "recorded", "in"),
        ("P1", 1, "with nights", "in"),
        ("P1", 2, "with nights", "in"),
        ("P1", 1, "eligible", "in"),
        ("P1", 2, "eligible", "too_little_wear"),
        ("P1", 1, "caffeine known", "in"),
        ("P3", None, "recorded", "in"),
        ("P3", None, "with nights", "recordings hold no night"),
        ("P4", None, "recorded", "no usable recording"),
    ]


def test_attrition_counts_participants_and_nights(build):
    found = cohort(build, "attrition").sql(
        "select stage, reason, participant_count, night_count from attrition order by stage_number, is_in desc, reason"
    )
    assert found.fetchall() == [
        ("recorded", "in", 3, 5),
        ("recorded", "no usable recording", 1, 0),
        ("with nights", "in", 2, 5),
        ("with nights", "recordings hold no night", 1, 0),
        ("eligible", "in", 1, 1),
        ("eligible", "no analysed hours", 1, 1),
        ("eligible", "no_sleep_window", 1, 1),
        ("eligible", "too_little_wear", 2, 2),
        ("caffeine known", "in", 1, 1),
        ("exercise known", "exercise diary not kept", 1, 1),
        ("stress known", "stress diary not kept", 1, 1),
        ("nutrients known", "nutrient diary not kept", 1, 1),
        ("caffeine in the model", "sleep not known", 1, 1),
        ("exercise in the model", "sleep not known", 1, 1),
        ("stress in the model", "sleep not known", 1, 1),
        ("nutrients in the model", "sleep not known", 1, 1),
    ]
