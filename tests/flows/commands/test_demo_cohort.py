"""The cohort beside the demo's device files: labelled as simulated, whole, and the same each time."""

import polars as pl

from flows.commands.demo import make_cohort
from flows.store.layout import core_table


def test_the_cohort_is_written_whole_and_says_what_it_is(tmp_path):
    settings = make_cohort(tmp_path / "first", participant_count=12, night_count=3)
    assert settings.study_id == "simulated_cohort"
    assert "nobody wore anything" in (tmp_path / "first" / "study.toml").read_text()
    again = make_cohort(tmp_path / "again", participant_count=12, night_count=3)
    names = (
        *("participant", "night", "movement", "signal_break", "wake_episode", "restlessness"),
        *("caffeine_intake", "exercise_bout", "stress_rating", "nutrient_day", "sleep_diary"),
        *("medication_use", "daytime_rating", "recording", "agreement"),
    )
    for name in names:
        frame = pl.read_parquet(core_table(settings.store, name))
        assert frame.height and frame.equals(pl.read_parquet(core_table(again.store, name))), name
