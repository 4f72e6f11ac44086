"""The limits of levels in words, and the hours of the night as groups."""

from datetime import date

import polars as pl
import pytest

from tests.sql.conftest import one
from tests.sql.test_group_rate import COUNTED_BESIDE, analysed, typed_frame
from transforms.parameters.cohort import PUBLISHED_LEVELS


def hour(number, participant_id="P1", day=1, jerks=0, hours=1.0):
    return {
        "participant_id": participant_id,
        "night_date": date(2026, 3, day),
        "hour_number": number,
        "jerk_count": jerks,
        "hypnic_jerk_count": 0,
        "analysed_h": hours,
    }


@pytest.mark.parametrize(
    ("grouping", "level", "limits"),
    [
        ("caffeine_mg", "none", "0 mg"),
        ("caffeine_mg", "low", "> 0 to <= 100 mg"),
        ("caffeine_mg", "above the daily limit", "> 400 mg"),
        ("vigorous_min", "any", "> 0 min"),
        ("exercise_end_to_lights_off_h", "just before bed", "<= 1 h"),
        ("exercise_met_min", "low", f"> 0 to < {PUBLISHED_LEVELS.exercise_moderate_met_min:g} MET min"),
        ("magnesium_rda_ratio", "allowance met", ">= 1 allowances"),
        ("age", "below 31", "< 31 year"),
        ("age", "from 31", ">= 31 to < 51 year"),
        ("age", "from 71", ">= 71 year"),
        ("ferritin", "low", "<= 75 ug/l"),
        ("restless legs", "moderate or worse", ">= 11 points of IRLS"),
    ],
)
def test_limits_in_words(build, grouping, level, limits):
    query = f"select limits from group_level where grouping_name = '{grouping}' and level = '{level}'"
    assert one(build("group_level"), query) == {"limits": limits}


def test_hours_are_groups_that_part_the_jerks_of_analysed_nights(build):
    tables = {
        "analysis_night": typed_frame(
            [
                analysed("P1", 5, 2.5, number=0),
                analysed("P2", 7, 1.0, number=0),
            ]
        ),
        "night_hour": [
            hour(0, jerks=2),
            hour(1, jerks=3),
            hour(2, hours=0.5),
            hour(0, "P2", jerks=7),
            hour(0, "P3", jerks=99),  # a night that is not analysed
        ],
    }
    found = build("group_rate", tables=tables).sql(
        "select level, level_number, participant_count, night_count, jerk_count, analysed_h from group_rate "
        "where family = 'course' order by level_number"
    )
    assert found.fetchall() == [
        ("0 to 1 h", 1, 2, 2, 9, 2.0),
        ("1 to 2 h", 2, 1, 1, 3, 1.0),
        ("2 to 3 h", 3, 1, 1, 0, 0.5),
    ]


def test_an_hour_of_few_persons_is_withheld_and_another_with_it(build):
    people = [f"P{n:02}" for n in range(30)]
    jerks = {name: [4 + n % 7, 3 + n % 5, 5 + n % 3] for n, name in enumerate(people)}
    # the third hour of five persons alone
    hours = {name: 3 if n < 5 else 2 for n, name in enumerate(people)}
    tables = {
        **COUNTED_BESIDE,
        "night": pl.DataFrame(
            schema={
                "participant_id": pl.String,
                "night_date": pl.Date,
                **dict.fromkeys(("is_eligible", "is_sleep_known"), pl.Boolean),
                **dict.fromkeys(("nonwear_h", "gap_h", "in_bed_h"), pl.Float64),
                "leg_recording_count": pl.Int64,
            }
        ),
        "analysis_night": typed_frame(
            [analysed(name, sum(jerks[name][: hours[name]]), float(hours[name]), number=0) for name in people]
        ),
        "night_hour": [
            hour(number, name, jerks=jerks[name][number]) for name in people for number in range(hours[name])
        ],
    }
    found = (
        build("night_course", tables=tables)
        .sql("select hour_number, is_suppressed, jerk_count is null from night_course order by hour_number")
        .fetchall()
    )
    assert found[2] == (2, True, True)
    assert sum(withheld for _, withheld, _ in found) == 2
