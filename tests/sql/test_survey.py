"""Respondents of a survey, what is estimated of them, and the bridge to the cohort: literal rows."""

import polars as pl
import pytest

from tests.sql.conftest import one
from tests.survey_rows import respondents


def person(number, frequency, caffeine, weight, **more):
    return {
        "participant_id": str(number),
        "survey": "nhanes",
        "cycle": "2005-2006",
        "leg_jerk_frequency": frequency,
        "caffeine_mg": caffeine,
        "diet_represented_count": weight,
        "exam_represented_count": weight,
        **more,
    }


def test_weights_of_two_cycles_stand_for_one_people(build):
    people = [
        person(n, "never", 0.0, 100.0, cycle=cycle) for n, cycle in ((1, "2005-2006"), (2, "2007-2008"))
    ]
    connection = build("survey_person", survey_person=people)
    rows = connection.sql(
        "select exam_represented_count, diet_represented_count, cycle_count from survey_person"
    )
    assert rows.fetchall() == [(50, 50, 2), (50, 50, 2)]


def test_a_cycle_that_nobody_told_is_one(build):
    connection = build("survey_person", survey_person=[person(1, "never", 0.0, 100.0, cycle=None)])
    assert one(connection, "select exam_represented_count, cycle_count from survey_person") == {
        "exam_represented_count": 100,
        "cycle_count": 1,
    }


@pytest.mark.parametrize(
    ("classes", "is_partly_unknown", "takes"),
    [
        (["ssri"], False, True),
        (["opioid"], False, False),
        ([], False, False),
        ([], True, None),
        (["tricyclic"], True, True),
        (None, None, None),
    ],
)
def test_classes_of_drugs(build, classes, is_partly_unknown, takes):
    row = person(1, "never", 0.0, 1.0, drug_classes=classes, has_unknown_drug=is_partly_unknown)
    assert one(
        build("survey_person", survey_person=[row]), "select has_antidepressant from survey_person"
    ) == {"has_antidepressant": takes}


def made(build, table, people):
    """What is computed of respondents, from the tables that it reads."""
    build("survey_person", survey_person=people)
    build("exposure_level")
    return build(table)


def test_weighted_means_by_answer(build):
    connection = made(
        build,
        "survey_leg_jerk",
        [
            person(1, "never", 100.0, 3.0, ferritin_ug_l=50.0),
            person(2, "never", 200.0, 1.0),
            person(3, "often", 300.0, 4.0, has_restless_legs_diagnosis=True),
            person(4, "often", None, 8.0),
            person(5, None, 900.0, 100.0),
        ],
    )
    rows = connection.sql(
        "select leg_jerk_frequency, respondent_count, represented_pct, restless_legs_count, mean_ferritin_ug_l,"
        " recalled_count, mean_caffeine_mg, mean_caffeine_se_mg from survey_leg_jerk order by 1"
    ).fetchall()
    # one cluster in all: there are means, and no errors
    assert rows == [
        ("never", 2, pytest.approx(25.0), 0, 50.0, 2, 125.0, None),
        ("often", 2, pytest.approx(75.0), 1, None, 1, 300.0, None),
    ]


def test_without_weights_there_is_no_weighted_mean(build):
    connection = made(build, "survey_leg_jerk", [person(1, "never", 100.0, None)])
    assert connection.sql("select respondent_count, mean_caffeine_mg from survey_leg_jerk").fetchall() == [
        (1, None)
    ]


def test_cycles_apart_and_pooled(build):
    people = [
        person(
            10 * cluster + part,
            "never",
            100.0 * cluster,
            10.0,
            cycle=cycle,
            stratum_number=stratum,
            cluster_number=cluster,
        )
        for stratum, cycle in ((1, "2005-2006"), (2, "2007-2008"))
        for cluster in (1, 2)
        for part in (stratum, stratum + 5)
    ]
    connection = made(build, "survey_leg_jerk", people)
    rows = connection.sql(
        "select cycle, is_pooled, respondent_count, represented_count, represented_se_count, mean_caffeine_mg,"
        " mean_caffeine_se_mg, degrees_of_freedom from survey_leg_jerk order by 1"
    ).fetchall()
    # clusters hold 100 and 200 mg, 20 people each: in a cycle the mean has an error of 50, of two cycles 50 / sqrt 2
    assert rows == [
        ("2005-2006", False, 4, 40, 0, 150, pytest.approx(50), 1),
        ("2005-2008", True, 8, 40, 0, 150, pytest.approx(50 / 2**0.5), 2),
        ("2007-2008", False, 4, 40, 0, 150, pytest.approx(50), 1),
    ]


def test_of_pooled_cycles_each_weight_counts_in_part_only_where_the_question_was_asked(build):
    people = respondents(400).with_columns(
        pl.when(pl.col("cycle") == "2005-2006").then("leg_jerk_frequency").alias("leg_jerk_frequency")
    )
    connection = made(build, "survey_leg_jerk", people.to_dicts())
    asked = people.filter(pl.col("cycle") == "2005-2006")
    rows = connection.sql(
        "select distinct cycle, sum(represented_count) over () from survey_leg_jerk"
    ).fetchall()
    assert rows == [("2005-2006", pytest.approx(asked["exam_represented_count"].sum()))]


def test_every_declared_question_has_its_row_and_steps_add_up(build):
    people = respondents(600).to_dicts()
    connection = made(build, "survey_association", people)
    counted = one(
        connection,
        "select count(*) as rows, count(distinct exposure) as exposures, count(distinct outcome) as outcomes,"
        " count(distinct model) as models from survey_association",
    )
    assert counted == {"rows": 4 * 13 * 4, "exposures": 13, "outcomes": 4, "models": 4}
    mood = "exposure = 'phq9_score' and model = 'full_and_mood'"
    assert connection.sql(
        f"select distinct outcome_of_fit from survey_association where {mood}"
    ).fetchall() == [("not fitted: beyond full it adds the exposure itself",)]
    attrition = made(build, "survey_attrition", people)
    assert attrition.sql(
        "select count(*) from survey_attrition where outcome = 'leg_jerk_often' and stage_number = 2"
        " and excluded_count = 600 - respondent_count"
    ).fetchall() == [(1,)]


def test_levels_at_their_limits(build):
    people = respondents(900).with_columns(caffeine_day1_mg=pl.col("caffeine_day1_mg").replace(150.0, 200.0))
    connection = made(build, "survey_dose_response", people.to_dicts())
    rows = connection.sql(
        "select level, respondent_count, odds_ratio, ci_low from survey_dose_response"
        " where outcome = 'leg_jerk_ever' and exposure = 'caffeine_mg' and model = 'crude' order by level_number"
    ).fetchall()
    adults = people.filter(pl.col("age_year") >= 20)["caffeine_day1_mg"]
    # 200 mg is the limit of a single dose and belongs to the lower level
    wanted = [(adults == caffeine).sum() for caffeine in (0, 60, 200, 250, 500)]
    assert [row[1] for row in rows] == wanted
    assert rows[0][2:] == (1.0, None)
    assert all(row[2] > 1 for row in rows[2:])


ASSOCIATION = {
    "outcome": "jerk_count",
    "exposure": "caffeine_mg",
    "effect": "within",
    "analysis": "main",
    "per_unit": 100.0,
    "rate_ratio": 1.1,
    "ci_low": 0.9,
    "ci_high": 1.3,
    "participant_count": 60,
    "confounders": "is_weekend",
    "outcome_of_fit": "fitted",
}
SURVEY = {
    "survey": "nhanes",
    "outcome": "leg_jerk_often",
    "exposure": "caffeine_mg",
    "model": "full",
    "theme": "caffeine",
    "design": "survey",
    "per_unit": 100.0,
    "per_what": "100 mg",
    "odds_ratio": 1.03,
    "ci_low": 0.99,
    "ci_high": 1.07,
    "respondent_count": 9087,
    "adjusted_for": "age_year",
    "outcome_of_fit": "fitted",
}


def test_sensors_and_survey_beside_each_other(build):
    connection = build(
        "exposure_evidence",
        tables={
            "association": [
                ASSOCIATION,
                ASSOCIATION | {"effect": "between"},
                ASSOCIATION | {"outcome": "clm_count"},
                ASSOCIATION | {"analysis": "lag", "exposure": "lag1_caffeine_mg"},
                ASSOCIATION
                | {"exposure": "stress_score", "rate_ratio": None, "outcome_of_fit": "not fitted: few"},
            ],
            "survey_association": [
                SURVEY,
                SURVEY | {"model": "crude", "odds_ratio": 1.065},
                SURVEY | {"outcome": "leg_jerk_ever"},
                SURVEY | {"exposure": "phq9_score", "theme": "stress and mood"},
            ],
        },
    )
    rows = connection.sql(
        "select theme, exposure, source, effect_kind, effect, ci_low, ci_high, participant_count"
        " from exposure_evidence order by theme, exposure, source"
    ).fetchall()
    assert rows == [
        ("caffeine", "caffeine_mg", "cohort", "rate ratio", 1.1, 0.9, 1.3, 60),
        ("caffeine", "caffeine_mg", "survey", "odds ratio", 1.03, 0.99, 1.07, 9087),
        ("stress and mood", "phq9_score", "survey", "odds ratio", 1.03, 0.99, 1.07, 9087),
        ("stress and mood", "stress_score", "cohort", "rate ratio", None, 0.9, 1.3, 60),
    ]
