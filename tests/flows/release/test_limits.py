"""Limits of a release: never fewer than five contributors, and models that are not the data themselves."""

import polars as pl
import pytest

from flows.release.tables import QUESTIONS, known_stage, lowest_minimum, residual_count
from flows.settings import load_settings
from flows.warehouse.published import open_warehouse
from tests.cohort_store import published_store
from transforms.errors import SettingsError
from transforms.parameters.release import TEN_PARTICIPANTS

STUDY = '[study]\nid = "s"\ntime_zone = "UTC"\n'


def settings_with(folder, minimum):
    (folder / "study.toml").write_text(f"{STUDY}[release]\nminimum_participant_count = {minimum}\n")
    return load_settings(folder)


def test_a_study_may_ask_for_five_contributors_and_for_more(tmp_path):
    assert lowest_minimum() == 5
    for minimum in (5, 12):
        settings = settings_with(tmp_path, minimum)
        assert settings.parameters.release.minimum_participant_count == minimum


def test_a_study_cannot_ask_for_four(tmp_path):
    with pytest.raises(SettingsError, match="minimum_participant_count"):
        settings_with(tmp_path, 4)


@pytest.mark.parametrize(
    ("effect", "participant_count", "night_count", "confounders", "residual"),
    [
        ("within", 12, 27, "age_year, sex", 10),
        ("within", 12, 26, "age_year, sex", 9),
        ("within", 12, 25, None, 10),
        ("between", 15, 90, "age_year, sex", 10),
        ("between", 14, 90, "age_year, sex", 9),
    ],
)
def test_residual_degrees_of_freedom_are_those_of_nights_or_of_persons(
    effect, participant_count, night_count, confounders, residual
):
    row = pl.DataFrame(
        {
            "effect": [effect],
            "participant_count": [participant_count],
            "night_count": [night_count],
            "confounders": pl.Series([confounders], dtype=pl.String),
        }
    )
    assert row.select(residual_count()).item() == residual
    assert TEN_PARTICIPANTS.minimum_residual_count == 10


def test_every_main_exposure_has_the_stages_that_tell_of_its_nights():
    with open_warehouse(published_store()) as connection:
        stages = {stage for (stage,) in connection.sql("select distinct stage from attrition").fetchall()}
        main = connection.sql(
            "select distinct exposure from association where analysis = 'main' and not is_exploratory"
        ).fetchall()
    assert {exposure for (exposure,) in main} == set(QUESTIONS)
    for exposure, question in QUESTIONS.items():
        assert f"{question} in the model" in stages
        assert known_stage(exposure) == f"flow: {question} known" and f"{question} known" in stages
    assert known_stage("sex") is None
