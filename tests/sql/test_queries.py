"""The worked questions run as they stand, and have an answer on a cohort that holds one."""

from pathlib import Path

import duckdb
import pytest

from flows.commands.sql import run_query
from flows.paths import sql_folder
from tests.cohort_store import published_store, published_warehouse

QUERIES = sorted((sql_folder() / "queries").glob("*.sql"))


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_question_has_an_answer(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("-- ") and text.splitlines()[0].endswith("?")
    with duckdb.connect(str(published_warehouse()), read_only=True) as connection:
        rows = connection.sql(text).fetchall()
        again = connection.sql(text).fetchall()
    assert rows
    assert rows == again


def test_there_are_twenty_and_each_runs_through_the_command() -> None:
    assert len(QUERIES) >= 20
    assert run_query(published_store(), QUERIES[0].read_text(encoding="utf-8"), "csv").startswith(
        "level,lower_mg"
    )


def test_rates_by_hand() -> None:
    """Some of the questions, asked again in other words."""
    with duckdb.connect(str(published_warehouse()), read_only=True) as connection:
        by_level = connection.sql(
            "select level, night_count from group_rate where level_number is not null "
            "and grouping_name = 'caffeine_at_lights_off_mg' order by level_number"
        ).fetchall()
        by_night = dict(
            connection.sql(
                "select participant_id, count(*) from night_group where grouping_name = 'exercise_met_min' "
                "and level = 'high' group by 1"
            ).fetchall()
        )
        answers = {
            path.stem[3:]: connection.sql(path.read_text(encoding="utf-8")).fetchall() for path in QUERIES
        }
        weekend = connection.sql(
            "select is_weekend, round(sum(jerk_count) / sum(analysed_h), 2) from analysis_night group by 1 order by 1"
        ).fetchall()
        jerks = connection.sql("select sum(jerk_count) from analysis_night").fetchall()[0][0]
        first = connection.sql(
            "select count(*) from movement join analysis_night using (participant_id, night_date) "
            "where (is_clm or kind in ('hypnic_jerk', 'twitch')) "
            "and onset_at >= lights_off_at and onset_at < lights_off_at + interval 1 hour"
        ).fetchall()[0][0]
    assert [(row[0] == "weekend", row[3]) for row in answers["weekend"]] == weekend
    assert sum(row[2] for row in answers["hour_of_the_night"]) == jerks
    assert [row[0] for row in answers["first_hour"]] == [0, 10, 20, 30, 40, 50]
    assert sum(row[1] for row in answers["first_hour"]) == first
    # a question that draws its own limits draws those of the groups
    assert [row[:2] for row in answers["caffeine_and_latency"]] == by_level
    assert answers["hard_exercise"]
    assert all(by_night[row[0]] == row[1] for row in answers["hard_exercise"])
