"""What leaves of a survey: small cells do not, and the page holds the answer."""

import polars as pl
import pytest

from flows.release.survey import ReleasedSurvey, released_attrition, released_survey, survey_page
from flows.warehouse.published import open_warehouse
from tests.cohort_store import published_store
from transforms.disclosure.survey import enough_cases, withheld_answers
from transforms.parameters import DEFAULT


def answers(*counts, cycle="2005-2006", is_pooled=False):
    words = ("never", "rarely", "sometimes", "often", "almost_always")
    return pl.DataFrame(
        [
            {
                "survey": "s",
                "cycle": cycle,
                "leg_jerk_frequency": word,
                "is_pooled": is_pooled,
                "respondent_count": count,
                "represented_pct": float(count),
            }
            for word, count in zip(words, counts, strict=True)
        ]
    )


def withheld(frame):
    return set(frame.filter("is_suppressed")["leg_jerk_frequency"])


def test_nothing_is_withheld_where_all_are_enough():
    assert withheld(withheld_answers(answers(90, 10, 30, 20, 11), 10)) == set()


def test_a_single_rare_answer_takes_the_next_with_it():
    # shares make 100 %: one that is withheld would be what is left
    found = withheld_answers(answers(90, 12, 30, 20, 9), 10)
    assert withheld(found) == {"almost_always", "rarely"}
    assert found.filter("is_suppressed")["represented_pct"].null_count() == 2
    assert found.filter(~pl.col("is_suppressed"))["represented_pct"].null_count() == 0


def test_two_rare_answers_cover_each_other():
    assert withheld(withheld_answers(answers(90, 12, 30, 8, 9), 10)) == {"often", "almost_always"}


def test_an_answer_that_is_rare_in_one_cycle_is_withheld_in_all():
    frame = pl.concat(
        [
            answers(90, 12, 30, 20, 9),
            answers(90, 50, 30, 20, 40, cycle="2007-2008"),
            answers(180, 62, 60, 40, 49, cycle="2005-2008", is_pooled=True),
        ]
    )
    found = withheld_answers(frame, 10)
    assert found.filter("is_suppressed").group_by("leg_jerk_frequency").len().sort(
        "leg_jerk_frequency"
    ).rows() == [
        ("almost_always", 3),
        ("rarely", 3),
    ]


@pytest.mark.parametrize(
    ("respondents", "cases", "leaves"), [(100, 10, True), (100, 9, False), (19, 10, False), (20, 10, True)]
)
def test_models_need_enough_on_both_sides(respondents, cases, leaves):
    row = pl.DataFrame({"respondent_count": [respondents], "case_count": [cases]})
    assert row.filter(enough_cases(10)).height == leaves


@pytest.fixture(scope="module")
def tables():
    with open_warehouse(published_store()) as connection:
        survey = released_survey(connection, DEFAULT.release)
        return survey.tables, released_attrition(connection, DEFAULT.release)


def test_no_small_cell_and_no_exact_count_leaves(tables):
    released, attrition = tables
    assert set(released) == {
        "survey_leg_jerk",
        "survey_association",
        "survey_dose_response",
        "exposure_evidence",
    }
    for name, frame in released.items():
        assert frame.height > 0, name
        counts = [column for column in frame.columns if column.endswith("_count")]
        for column in counts:
            told = frame[column].drop_nulls()
            assert (told % DEFAULT.release.participant_base == 0).all(), (name, column)
            assert told.is_empty() or told.min() >= DEFAULT.release.minimum_participant_count
    assert "excluded_count" not in attrition.columns
    assert "restless_legs_count" not in released["survey_leg_jerk"].columns


def test_the_page_says_what_was_asked_and_what_cannot_be_concluded(tables):
    released, attrition = tables
    page = survey_page(released, attrition, study_id="a <study>", release_id="r", minimum=10)
    for word in (
        "a &lt;study&gt;",
        "Who is in the models",
        "caffeine of a day",
        "What changes when mood",
        "What cannot be concluded",
    ):
        assert word in page
    assert page.count("<svg") == 4  # two charts, each wide and narrow
    assert "<?xml" not in page and "http-equiv" not in page
    assert "40000" not in page  # the number of a respondent


def test_a_study_without_a_survey_releases_none_of_it(tmp_path):
    import duckdb

    with duckdb.connect() as connection, open_warehouse(published_store()) as source:
        for name in ("survey_leg_jerk", "survey_association", "survey_dose_response", "exposure_evidence"):
            frame = source.sql(f"from {name}").pl().clear()
            connection.register("frame", frame)
            connection.execute(f"create table {name} as from frame")
            connection.unregister("frame")
        assert released_survey(connection, DEFAULT.release) == ReleasedSurvey()
