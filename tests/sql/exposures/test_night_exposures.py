"""Exercise, stress, nutrients, sleep debt, medicines, the day after, and the join."""

from datetime import UTC, date, datetime

import pytest

P1 = [{"participant_id": "P1", "sex": "female", "birth_year": 1986}]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def bout(start, minutes, met, day=None, **more):
    from datetime import timedelta

    begin = at(start)
    return {
        "participant_id": "P1",
        "logged_date": date.fromisoformat(day) if day else begin.date(),
        "started_at": begin,
        "ended_at": begin + timedelta(minutes=minutes) if begin else None,
        "duration_min": float(minutes),
        "met": float(met),
        **more,
    }


def rating(moment, score, scale="rating_0_10", day=None):
    return {
        "participant_id": "P1",
        "logged_date": date.fromisoformat(day) if day else at(moment).date(),
        "rated_at": at(moment),
        "scale": scale,
        "score": float(score),
    }


class TestExercise:
    def test_minutes_weights_and_time_before_bed(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[
                night("2026-02-28", "2026-02-28T22:00", "2026-03-01T06:00"),
                night("2026-03-01", "2026-03-01T22:00"),
            ],
            exercise_bout=[
                bout("2026-03-01T05:30", 30, 3.3),  # in the night, until waking: of the day that follows
                bout("2026-03-01T05:40", 30, 4.0),  # ends after waking: of this day
                bout("2026-03-01T17:00", 60, 8.0),  # ends exactly 4 h before
                bout("2026-03-01T20:40", 20, 2.5, is_relaxation=True),  # ends exactly 1 h before
                bout("2026-03-01T22:00", 30, 8.0),  # begins at lights-off
            ],
        )
        row = exposure_of(connection, "2026-03-01")
        assert row["exercise_met_min"] == pytest.approx(30 * 3.3 + 30 * 4 + 60 * 8 + 20 * 2.5)
        assert row["vigorous_min"] == 60
        assert row["relaxation_min"] == 20
        assert row["exercise_end_to_lights_off_h"] == 1.0
        assert (row["has_exercise_within_1h"], row["has_vigorous_within_1h"]) == (True, False)
        assert row["has_vigorous_within_4h"] is True
        assert row["exercise_category"] == "excessive"

    def test_only_what_lies_before_lights_off_counts(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night("2026-03-01", "2026-03-01T22:00")],
            exercise_bout=[bout("2026-03-01T21:50", 60, 6.0)],
        )
        row = exposure_of(connection, "2026-03-01")
        assert row["exercise_met_min"] == pytest.approx(60)
        assert row["vigorous_min"] == pytest.approx(10)  # 6 MET are vigorous
        assert row["exercise_end_to_lights_off_h"] == 0

    @pytest.mark.parametrize(
        ("met_min", "category"), [(0, "none"), (1, "moderate"), (428, "moderate"), (429, "excessive")]
    )
    def test_categories_of_a_day(self, build, night, exposure_of, met_min, category):
        connection = build(
            participant=P1,
            night=[night("2026-03-01", "2026-03-01T22:00")],
            exercise_bout=[bout("2026-03-01T10:00", met_min / 4, 4.0)],
        )
        assert exposure_of(connection, "2026-03-01")["exercise_category"] == category

    def test_minutes_by_intensity(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night("2026-03-01", "2026-03-01T22:00")],
            exercise_bout=[
                bout("2026-03-01T08:00", 20, 3.3, intensity="light"),  # walking, as IPAQ weighs it
                bout("2026-03-01T09:00", 10, 2.9),
                bout("2026-03-01T10:00", 30, 3.0),
                bout("2026-03-01T11:00", 10, 5.9, intensity="moderate"),
                bout("2026-03-01T12:00", 15, 6.0, intensity="vigorous"),
            ],
        )
        row = exposure_of(connection, "2026-03-01")
        parts = [row[f"{name}_met_min"] for name in ("light", "moderate", "vigorous")]
        assert parts == [pytest.approx(66 + 29), pytest.approx(90 + 59), pytest.approx(90)]
        assert row["exercise_met_min"] == pytest.approx(sum(parts))

    @pytest.mark.parametrize(
        ("bouts", "category"),
        [
            (dict.fromkeys(range(1, 7), (75, 4.0)) | {7: (0, 0)}, "moderate"),  # 1800 on six days
            (dict.fromkeys(range(1, 8), (108, 4.0)), "high"),  # 3024 on seven days
            (dict.fromkeys(range(1, 8), (107, 4.0)), "moderate"),  # 2996
            (
                dict.fromkeys(range(1, 6), (30, 4.0)) | {6: (0, 0), 7: (0, 0)},
                "moderate",
            ),  # 600 on five days
            (
                dict.fromkeys(range(1, 5), (38, 4.0)) | {5: (0, 0), 6: (0, 0), 7: (0, 0)},
                "low",
            ),  # 608 on four
            (
                dict.fromkeys(range(1, 4), (63, 8.0)) | dict.fromkeys(range(4, 8), (0, 0)),
                "high",
            ),  # 1512 vigorous
            (
                dict.fromkeys(range(1, 4), (62, 8.0)) | dict.fromkeys(range(4, 8), (0, 0)),
                "low",
            ),  # 1488 on three
            (
                {1: (240, 8.0), 2: (240, 8.0)} | dict.fromkeys(range(3, 8), (0, 0)),
                "low",
            ),  # on two days alone
            # 600 min of walking a day count as 180: 7 x 594 are high still; once a week they are 594 of 1980
            ({1: (600, 3.3)} | dict.fromkeys(range(2, 8), (1, 3.3)), "moderate"),
            ({1: (600, 3.3)} | dict.fromkeys(range(2, 8), (0.1, 3.3)), "low"),
            (dict.fromkeys(range(2, 8), (108, 4.0)), None),  # the first day was not logged
        ],
    )
    def test_category_of_a_week(self, build, night, exposure_of, bouts, category):
        connection = build(
            participant=P1,
            night=[night(f"2026-03-0{day}", f"2026-03-0{day}T22:00") for day in range(1, 8)],
            exercise_bout=[
                bout(f"2026-03-0{day}T09:00", minutes, met) for day, (minutes, met) in bouts.items()
            ],
        )
        assert exposure_of(connection, "2026-03-07")["exercise_week_category"] == category
        assert exposure_of(connection, "2026-03-06")["exercise_week_category"] is None

    def test_none_unknown_and_untimed(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night(f"2026-03-0{day}", f"2026-03-0{day}T22:00") for day in (1, 2, 3)],
            exercise_bout=[bout(None, 0, 0, "2026-03-02"), bout(None, 40, 3.5, "2026-03-03")],
        )
        unknown, none, untimed = (exposure_of(connection, f"2026-03-0{day}") for day in (1, 2, 3))
        assert (unknown["exercise_met_min"], unknown["is_exercise_logged"]) == (None, False)
        assert (none["exercise_met_min"], none["vigorous_min"], none["is_exercise_logged"]) == (0, 0, True)
        assert none["has_exercise_within_1h"] is False
        assert untimed["exercise_met_min"] == 140
        assert untimed["exercise_end_to_lights_off_h"] is untimed["has_exercise_within_4h"] is None
        assert (untimed["exercise_week_met_min"], untimed["exercise_week_logged_day_count"]) == (140, 2)


def test_a_waking_is_known_without_the_lights_off_before_it(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[night("2026-02-28", None, "2026-03-01T09:00"), night("2026-03-01", "2026-03-01T22:00")],
        exercise_bout=[bout("2026-03-01T08:00", 30, 8.0), bout("2026-03-01T10:00", 30, 4.0)],
    )
    assert exposure_of(connection, "2026-03-01")["exercise_met_min"] == 120


class TestStress:
    def test_scales_stay_and_the_nearest_one_counts(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night("2026-03-01", "2026-03-01T22:00")],
            stress_rating=[
                rating("2026-03-01T10:00", 30, "pss10"),
                rating("2026-03-01T12:00", 4),
                rating("2026-03-01T20:00", 7),
                rating("2026-03-01T22:00", 10),
            ],
        )
        row = exposure_of(connection, "2026-03-01")
        assert (row["stress_score"], row["stress_scale"], row["stress_z"]) == (5.5, "rating_0_10", None)

    def test_standardised_by_the_days_so_far(self, build, night, exposure_of):
        days = range(1, 5)
        scores = [2, 4, 6, 9]
        connection = build(
            participant=P1,
            night=[night(f"2026-03-0{day}", f"2026-03-0{day}T22:00") for day in days],
            stress_rating=[
                rating(f"2026-03-0{day}T20:00", score) for day, score in zip(days, scores, strict=True)
            ],
        )
        assert exposure_of(connection, "2026-03-02")["stress_z"] is None
        third = exposure_of(connection, "2026-03-03")
        assert third["stress_z"] == pytest.approx((6 - 4) / 2)  # mean 4, deviation 2 of 2, 4, 6
        assert third["stress_rated_day_count"] == 3
        fourth = exposure_of(connection, "2026-03-04")
        assert fourth["stress_z"] == pytest.approx((9 - 5.25) / 2.98607881, rel=1e-8)

    def test_days_without_a_recorded_night_count_for_what_is_usual(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night("2026-03-03", "2026-03-03T22:00")],
            stress_rating=[rating(f"2026-03-0{day}T20:00", day) for day in (1, 2, 3)],
        )
        assert exposure_of(connection, "2026-03-03")["stress_z"] == pytest.approx(1)

    def test_an_earlier_date_that_is_later_in_time_looks_not_ahead(self, build, night, exposure_of):
        """Across the date line 2 March is rated after the lights went off on 3 March."""
        rated = [rating(f"2026-03-0{day}T20:00", day) for day in (1, 2, 3)]
        late = rating("2026-03-04T05:00", 10, day="2026-03-02")
        nights = [night("2026-03-03", "2026-03-03T22:00")]
        alone = exposure_of(build(participant=P1, night=nights, stress_rating=rated), "2026-03-03")
        assert alone["stress_z"] == pytest.approx(1)
        assert (
            exposure_of(build(participant=P1, night=nights, stress_rating=[*rated, late]), "2026-03-03")
            == alone
        )

    def test_alike_days_have_no_spread(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night("2026-03-03", "2026-03-03T22:00")],
            stress_rating=[rating(f"2026-03-0{day}T20:00", 5) for day in (1, 2, 3)],
        )
        row = exposure_of(connection, "2026-03-03")
        assert (row["stress_score"], row["stress_z"], row["is_stress_logged"]) == (5, None, True)


def nutrients(day, origin, **values):
    return {"participant_id": "P1", "logged_date": date.fromisoformat(day), "origin": origin, **values}


class TestNutrients:
    def test_allowance_limit_and_origin(self, build, night, exposure_of):
        connection = build(
            participant=P1,  # a woman of 40
            night=[night("2026-03-01", "2026-03-01T22:00")],
            nutrient_day=[
                nutrients("2026-03-01", "food", magnesium_mg=320.0, iron_mg=9.0, calcium_mg=1000.0),
                nutrients("2026-03-01", "supplement", magnesium_mg=200.0),
                nutrients("2026-03-01", "supplement", magnesium_mg=150.0),
            ],
        )
        row = exposure_of(connection, "2026-03-01")
        assert (row["magnesium_food_mg"], row["magnesium_supplement_mg"], row["magnesium_mg"]) == (
            320,
            350,
            670,
        )
        assert row["magnesium_rda_ratio"] == pytest.approx(670 / 320)
        assert row["magnesium_ul_ratio"] == pytest.approx(1.0)  # the limit counts supplements alone
        assert row["iron_rda_ratio"] == pytest.approx(9 / 18)
        assert row["calcium_ul_ratio"] == pytest.approx(1000 / 2500)
        assert row["vitamin_b6_mg"] is row["vitamin_b6_rda_ratio"] is None
        assert row["is_nutrients_logged"] is True

    @pytest.mark.parametrize(
        ("person", "allowance_mg"),
        [
            ({"sex": "female", "birth_year": 1976}, 18.0),  # 50 in 2026
            ({"sex": "female", "birth_year": 1975}, 8.0),  # 51
            ({"sex": "female", "birth_year": 1986, "is_pregnant": True}, 27.0),
            ({"sex": "male", "birth_year": 2012}, 11.0),  # 14
            ({"sex": "male", "birth_year": 2013}, None),  # 13: the table begins at 14
            ({"sex": "other", "birth_year": 1986}, None),
            ({"sex": "female"}, None),
        ],
    )
    def test_iron_allowance_of_a_person(self, build, night, exposure_of, person, allowance_mg):
        connection = build(
            participant=[{"participant_id": "P1", **person}],
            night=[night("2026-03-01", "2026-03-01T22:00")],
            nutrient_day=[nutrients("2026-03-01", "food", iron_mg=9.0)],
        )
        ratio = exposure_of(connection, "2026-03-01")["iron_rda_ratio"]
        assert ratio == (pytest.approx(9 / allowance_mg) if allowance_mg else None)

    def test_a_supplement_alone_is_no_intake(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night("2026-03-01", "2026-03-01T22:00")],
            nutrient_day=[nutrients("2026-03-01", "supplement", magnesium_mg=200.0)],
        )
        row = exposure_of(connection, "2026-03-01")
        assert (row["magnesium_mg"], row["magnesium_supplement_mg"], row["is_nutrients_logged"]) == (
            None,
            200,
            True,
        )

    def test_usual_intake_is_a_mean_that_is_not_taken_for_the_day(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night("2026-03-05", "2026-03-05T22:00")],
            nutrient_day=[
                nutrients("2026-03-01", "food", magnesium_mg=200.0),
                nutrients("2026-03-03", "food", magnesium_mg=300.0),
                nutrients("2026-03-06", "food", magnesium_mg=9000.0),  # a recall after this night
            ],
        )
        row = exposure_of(connection, "2026-03-05")
        assert (row["magnesium_mg"], row["is_nutrients_logged"]) == (None, False)
        assert (row["usual_magnesium_mg"], row["nutrient_recall_count"]) == (250, 2)


class TestSleepDebt:
    def test_previous_nights_only(self, build, night, exposure_of):
        hours = {1: 5.0, 2: 9.0, 3: 6.0, 4: 1.0}
        connection = build(
            participant=P1,
            night=[
                night(f"2026-03-0{day}", f"2026-03-0{day}T22:00", tst_h=tst_h) for day, tst_h in hours.items()
            ],
        )
        debts = [exposure_of(connection, f"2026-03-0{day}")["sleep_debt_h"] for day in hours]
        assert debts == [None, 2.0, 0.0, 1.0]

    def test_unknown_without_the_night_before_and_seven_nights_back(self, build, night, exposure_of):
        nights = [night(f"2026-03-{day:02}", f"2026-03-{day:02}T22:00", tst_h=6.0) for day in range(1, 11)]
        nights[8]["tst_h"] = None
        row = exposure_of(build(participant=P1, night=nights), "2026-03-09")
        assert (row["sleep_debt_h"], row["sleep_debt_night_count"]) == (7.0, 7)
        assert exposure_of(build(participant=P1, night=nights), "2026-03-10")["sleep_debt_h"] is None


class TestMedication:
    def test_courses_doses_and_silence(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night(f"2026-03-0{day}", f"2026-03-0{day}T22:00") for day in range(1, 6)],
            medication_use=[
                {
                    "participant_id": "P1",
                    "start_date": date(2026, 3, 2),
                    "end_date": date(2026, 3, 3),
                    "drug_class": "dopaminergic",
                    "dose_mg": 0.25,
                },
                {"participant_id": "P1", "taken_at": at("2026-03-04T22:00"), "drug_class": "benzodiazepine"},
            ],
        )
        rows = [exposure_of(connection, f"2026-03-0{day}") for day in range(1, 6)]
        assert [row["has_dopaminergic"] for row in rows] == [None, True, True, None, False]
        assert [row["has_benzodiazepine"] for row in rows] == [None, False, False, None, True]
        assert [row["dopaminergic_day_count"] for row in rows] == [None, 0, 1, None, None]
        assert [row["is_medication_logged"] for row in rows] == [False, True, True, False, True]

    def test_every_class_has_its_dose_and_its_days(self, build, night, exposure_of):
        def taken(moment, drug_class, dose_mg=None):
            return {
                "participant_id": "P1",
                "taken_at": at(moment),
                "drug_class": drug_class,
                "dose_mg": dose_mg,
            }

        connection = build(
            participant=P1,
            night=[night(f"2026-03-0{day}", f"2026-03-0{day}T22:00") for day in range(1, 8)],
            medication_use=[
                # a tablet each evening, then a day without one
                *(taken(f"2026-03-0{day}T21:00", "dopaminergic", 0.25) for day in (1, 2, 3, 5, 6)),
                taken("2026-03-03T08:00", "dopaminergic", 0.125),
                # two courses that touch are one use; one that begins later is not yet taken
                {"participant_id": "P1", "start_date": date(2026, 2, 20), "end_date": date(2026, 3, 2), "drug_class": "ssri", "dose_mg": 20.0},
                {"participant_id": "P1", "start_date": date(2026, 3, 3), "drug_class": "ssri", "dose_mg": 40.0},
                {"participant_id": "P1", "start_date": date(2026, 3, 9), "drug_class": "lithium"},
                taken("2026-03-07T09:00", "none"),
            ],
        )  # fmt: skip
        rows = connection.sql("from night_drug_class order by drug_class, night_date").fetchall()
        by_class = {name: [row[1:] for row in rows if row[2] == name] for name in ("dopaminergic", "none")}
        assert [
            (str(day), count, dose, since) for day, _, count, dose, since in by_class["dopaminergic"]
        ] == [
            ("2026-03-01", 1, 0.25, 0),
            ("2026-03-02", 1, 0.25, 1),
            ("2026-03-03", 2, 0.375, 2),
            ("2026-03-05", 1, 0.25, 0),
            ("2026-03-06", 1, 0.25, 1),
        ]
        assert [(str(row[0]), row[2:]) for row in by_class["none"]] == [("2026-03-07", (1, None, 0))]
        ssri = [row[4:] for row in rows if row[2] == "ssri"]
        assert ssri == [(20.0, 9), (20.0, 10), (40.0, 11), (40.0, 12), (40.0, 13), (40.0, 14), (40.0, 15)]
        assert not [row for row in rows if row[2] == "lithium"]
        assert exposure_of(connection, "2026-03-03")["dopaminergic_mg"] == 0.375
        assert exposure_of(connection, "2026-03-04")["has_dopaminergic"] is False
        assert exposure_of(connection, "2026-03-06")["dopaminergic_day_count"] == 1

    def test_a_dose_after_midnight_is_of_the_night_before(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night("2026-03-01", "2026-03-02T00:30")],
            medication_use=[
                {"participant_id": "P1", "taken_at": at("2026-03-02T00:15"), "drug_class": "dopaminergic"}
            ],
        )
        row = exposure_of(connection, "2026-03-01")
        assert (row["has_dopaminergic"], row["dopaminergic_day_count"]) == (True, 0)

    def test_iron_from_either_diary(self, build, night, exposure_of):
        connection = build(
            participant=P1,
            night=[night(f"2026-03-0{day}", f"2026-03-0{day}T22:00") for day in (1, 2, 3)],
            nutrient_day=[
                nutrients("2026-03-01", "supplement", iron_mg=14.0),
                nutrients("2026-03-02", "supplement", iron_mg=0.0),
            ],
        )
        found = [exposure_of(connection, f"2026-03-0{day}")["has_iron_supplement"] for day in (1, 2, 3)]
        assert found == [True, False, None]


def test_the_day_after_is_an_outcome(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[night("2026-03-01", "2026-03-01T22:00") | {"wake_date": date(2026, 3, 2)}],
        daytime_rating=[
            {"participant_id": "P1", "logged_date": date(2026, 3, 2), "scale": "kss", "score": 7.0},
            {"participant_id": "P1", "logged_date": date(2026, 3, 1), "scale": "kss", "score": 1.0},
        ],
    )
    row = exposure_of(connection, "2026-03-01", "night_daytime")
    assert (row["kss_score"], row["ess_score"], row["is_daytime_logged"]) == (7.0, None, True)
    assert "kss_score" not in exposure_of(connection, "2026-03-01")


def test_lag_is_the_night_before_and_not_the_row_before(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[night(f"2026-03-0{day}", f"2026-03-0{day}T22:00") for day in (1, 2, 4)],
        stress_rating=[rating(f"2026-03-0{day}T20:00", day) for day in (1, 2, 4)],
    )
    lagged = [exposure_of(connection, f"2026-03-0{day}")["lag1_stress_score"] for day in (1, 2, 4)]
    assert lagged == [None, 1.0, None]


def test_a_score_of_the_day_before_on_another_scale_is_not_comparable(build, night, exposure_of):
    connection = build(
        participant=P1,
        night=[night(f"2026-03-0{day}", f"2026-03-0{day}T22:00") for day in (1, 2, 3)],
        stress_rating=[
            rating("2026-03-01T20:00", 8) | {"scale": "pss4"},
            rating("2026-03-02T20:00", 2),
            rating("2026-03-03T20:00", 3),
        ],
    )
    lagged = [exposure_of(connection, f"2026-03-0{day}")["lag1_stress_score"] for day in (1, 2, 3)]
    assert lagged == [None, None, 2.0]
