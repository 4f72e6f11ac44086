"""Levels of exposure and their boundaries, rates of groups, and their intervals."""

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from tests.sql.conftest import one
from transforms.parameters.cohort import PUBLISHED_LEVELS

NUTRIENTS = ("magnesium", "calcium", "iron", "vitamin_b6", "vitamin_b12")
EXPOSURES = (
    "caffeine_mg",
    "caffeine_after_14h_mg",
    "caffeine_at_lights_off_mg",
    "exercise_met_min",
    "vigorous_min",
    "exercise_end_to_lights_off_h",
    "stress_score",
    "stress_z",
    *(f"{name}_rda_ratio" for name in NUTRIENTS),
)


def analysed(participant_id="P1", jerks=0, hours=8.0, number=1, **known):
    row = {
        "participant_id": participant_id,
        "night_date": date(2026, 3, 1) + timedelta(days=number),
        "jerk_count": jerks,
        "hypnic_jerk_count": 0,
        "analysed_h": hours,
        "aplm_wasm_count": jerks,
        "analysed_sleep_h": hours - 1,
        "sex": "female",
        "age_year": 40,
        "irls_score": None,
        "ferritin_ug_l": None,
        "is_weekend": False,
        "is_first_night": number == 1,
        "movement_source": "acceleration",
        "leg_count": 2,
        "device_models": ["AX3"],
        "sampling_rate_hz": 100.0,
        "stress_scale": None,
        **dict.fromkeys(EXPOSURES),
    }
    return row | known


def level_of(build, exposure, value, **more):
    rows = [analysed(**{exposure: value}, **more), analysed(number=2)]
    tables = {"analysis_night": typed_frame(rows)}
    return one(
        build("night_group", tables=tables),
        f"select level from night_group where grouping_name = '{exposure}' and day(night_date) = 2",
    )["level"]


def typed_frame(rows):
    typed = dict.fromkeys((*EXPOSURES, "irls_score", "ferritin_ug_l"), pl.Float64)
    frame = pl.DataFrame(rows, schema_overrides={**typed, "stress_scale": pl.String, "age_year": pl.Int64})
    return frame.with_columns(magnesium_mg=pl.lit(None, pl.Float64))


_NIGHT = {"participant_id": pl.String, "night_date": pl.Date}
COUNTED_BESIDE = {
    "passage": pl.DataFrame(
        schema={**_NIGHT, "stage_number": pl.Int64, "stage": pl.String, "reason": pl.String}
    ),
    "agreement": pl.DataFrame(schema={**_NIGHT, "scorer": pl.String}),
    "survey_person": pl.DataFrame(schema={"survey": pl.String, "participant_id": pl.String}),
    "recording": pl.DataFrame(
        schema={
            **dict.fromkeys(("participant_id", "recording_id"), pl.String),
            "is_calibrated": pl.Boolean,
            "faulty_block_count": pl.Int64,
        }
    ),
    "clock_alignment": pl.DataFrame(
        schema={
            **_NIGHT,
            **dict.fromkeys(("recording_id", "reference_recording_id"), pl.String),
            "offset_s": pl.Float64,
        }
    ),
}
"""What a release counts beside the groups: nobody."""


LIMITS = PUBLISHED_LEVELS


@pytest.mark.parametrize(
    ("exposure", "value", "level"),
    [
        ("caffeine_mg", 0.0, "none"),
        ("caffeine_mg", 0.5, "low"),
        ("caffeine_mg", 100.0, "low"),
        ("caffeine_mg", 100.5, "moderate"),
        ("caffeine_mg", 200.0, "moderate"),
        ("caffeine_mg", 400.0, "high"),
        ("caffeine_mg", 400.5, "above the daily limit"),
        ("caffeine_mg", None, "not known"),
        ("caffeine_after_14h_mg", 200.5, "high"),
        ("caffeine_at_lights_off_mg", 0.001, "low"),
        ("caffeine_at_lights_off_mg", 50.0, "low"),
        ("caffeine_at_lights_off_mg", 100.0, "moderate"),
        ("exercise_met_min", 0.0, "none"),
        ("exercise_met_min", 119.9, "low"),
        ("exercise_met_min", 120.0, "moderate"),
        ("exercise_met_min", LIMITS.exercise_high_met_min, "high"),
        ("vigorous_min", 0.0, "none"),
        ("vigorous_min", 1.0, "any"),
        ("exercise_end_to_lights_off_h", 1.0, "just before bed"),
        ("exercise_end_to_lights_off_h", 1.01, "in the evening"),
        ("exercise_end_to_lights_off_h", 4.0, "well before bed"),
        ("stress_z", -0.5, "less than usual"),
        ("stress_z", 0.0, "usual"),
        ("stress_z", 0.5, "more than usual"),
        ("magnesium_rda_ratio", 0.66, "low"),
        ("magnesium_rda_ratio", LIMITS.rda_low_ratio, "below the allowance"),
        ("magnesium_rda_ratio", 1.0, "allowance met"),
    ],
)
def test_level_of_a_value_at_its_boundary(build, exposure, value, level):
    assert level_of(build, exposure, value) == level


@pytest.mark.parametrize(
    ("scale", "score", "level"),
    [
        ("rating_0_10", 3.9, "rating_0_10 low"),
        ("rating_0_10", 4.0, "rating_0_10 moderate"),
        ("rating_0_10", 7.0, "rating_0_10 high"),
        ("pss4", 5.0, "pss4 low"),
        ("pss4", 6.0, "pss4 high"),
        ("pss10", 13.0, "pss10 low"),
        ("pss10", 14.0, "pss10 moderate"),
        ("pss10", 27.0, "pss10 high"),
        ("stai_state", 37.0, "stai_state low"),
        ("stai_state", 38.0, "stai_state moderate"),
        ("stai_state", 45.0, "stai_state high"),
    ],
)
def test_a_score_belongs_to_the_levels_of_its_own_scale(build, scale, score, level):
    assert level_of(build, "stress_score", score, stress_scale=scale) == level


def test_every_limit_of_every_level_is_a_number_and_levels_meet(build):
    levels = (
        build("exposure_level").sql("from exposure_level order by exposure, stress_scale, level_number").pl()
    )
    for (_, _), group in levels.group_by("exposure", "stress_scale", maintain_order=True):
        upper, lower = group["upper"].to_list(), group["lower"].to_list()
        # where one level ends, the next begins; the limit belongs to one of them
        assert upper[:-1] == lower[1:]
        ends, begins = group["is_upper_included"].to_list(), group["is_lower_included"].to_list()
        assert [a != b for a, b in zip(ends[:-1], begins[1:], strict=True)] == [True] * (group.height - 1)
        assert upper[-1] is None
    assert levels.filter(pl.col("lower").is_null() & pl.col("upper").is_null()).height == 0


def test_every_grouping_parts_all_nights(build):
    rows = [analysed(f"P{n}", number=n, caffeine_mg=float(n) * 60, age_year=28 + n) for n in range(1, 8)]
    connection = build("night_group", tables={"analysis_night": typed_frame(rows)})
    found = connection.sql("select distinct count(*) from night_group group by grouping_name").fetchall()
    assert found == [(7,)]


@pytest.mark.parametrize(
    ("changed", "grouping", "level"),
    [
        ({"age_year": 30}, "age", "below 31"),
        ({"age_year": 31}, "age", "from 31"),
        ({"age_year": 71}, "age", "from 71"),
        ({"age_year": None}, "age", "not known"),
        ({"irls_score": 10.0}, "restless legs", "mild or none"),
        ({"irls_score": 11.0}, "restless legs", "moderate or worse"),
        ({"ferritin_ug_l": 75.0}, "ferritin", "low"),
        ({"ferritin_ug_l": 75.1}, "ferritin", "not low"),
        ({"sex": None}, "sex", "not known"),
        ({"is_weekend": True}, "day of the week", "weekend"),
        ({"movement_source": "electromyogram"}, "movements seen in", "electromyogram"),
        ({"leg_count": 1}, "legs measured", "one leg"),
        ({"leg_count": 2}, "legs measured", "both legs"),
        ({"leg_count": 0}, "legs measured", "not known"),
        ({"device_models": ["AX3", "GENEActiv"]}, "device", "AX3 + GENEActiv"),
        ({"device_models": None}, "device", "not known"),
        ({"sampling_rate_hz": 49.98}, "sampling rate", "50 Hz"),
        ({"sampling_rate_hz": None}, "sampling rate", "not known"),
    ],
)
def test_groups_of_people_and_days(build, changed, grouping, level):
    tables = {"analysis_night": typed_frame([analysed(**changed), analysed("P2", number=2)])}
    row = one(
        build("night_group", tables=tables),
        f"select level from night_group where grouping_name = '{grouping}' and participant_id = 'P1'",
    )
    assert row["level"] == level


def rate_of_all(build, rows):
    connection = build("group_rate", tables={"analysis_night": typed_frame(rows)})
    return one(connection, "select * from group_rate where grouping_name = 'all'")


def test_rate_is_all_jerks_over_all_hours(build):
    rows = [analysed("P1", 10, 8.0), analysed("P1", 20, 4.0, 2), analysed("P2", 0, 8.0)]
    row = rate_of_all(build, rows)
    assert (row["participant_count"], row["night_count"], row["jerk_count"], row["analysed_h"]) == (
        2,
        3,
        30,
        20.0,
    )
    assert row["jerk_rate_per_h"] == 1.5
    assert row["aplm_wasm_per_h"] == 30 / 17


def test_quantiles_of_student_are_those_of_the_tables(build):
    """Two participants leave one degree of freedom; after the last row it is the normal quantile."""
    found = dict(build("student_t").sql("from student_t").fetchall())
    assert (min(found), max(found)) == (2, 1000)
    assert [round(found[count], 3) for count in (2, 10, 1000)] == [12.706, 2.262, 1.96]


def test_interval_follows_from_the_differences_between_participants(build):
    jerks = np.array([10, 30, 4, 55, 17, 9, 31, 5, 56, 18])
    hours = np.array([8.0, 7.0, 6.5, 8.5, 7.5, 7.0, 6.0, 8.0, 9.0, 7.5])
    # two nights each, so that the person is seen to be the unit
    rows = [
        analysed(f"P{n}", part, h / 2, number)
        for n, (j, h) in enumerate(zip(jerks, hours, strict=True))
        for number, part in ((1, int(j // 2)), (2, int(j - j // 2)))
    ]
    row = rate_of_all(build, rows)
    rate = jerks.sum() / hours.sum()
    variance = 10 / 9 * ((jerks - rate * hours) ** 2).sum() / jerks.sum() ** 2
    half = stats.t.ppf(0.975, df=9) * math.sqrt(variance)
    assert row["ci_low_per_h"] == pytest.approx(rate * math.exp(-half))
    assert row["ci_high_per_h"] == pytest.approx(rate * math.exp(half))
    # beside it what a person has, each person once
    logs = np.log((jerks + 0.5) / hours)
    half = stats.t.ppf(0.975, df=9) * logs.std(ddof=1) / math.sqrt(10)
    assert row["person_geometric_mean_per_h"] == pytest.approx(math.exp(logs.mean()))
    assert row["person_geometric_mean_low_per_h"] == pytest.approx(math.exp(logs.mean() - half))
    assert row["person_geometric_mean_high_per_h"] == pytest.approx(math.exp(logs.mean() + half))
    quartiles = [row[f"person_{name}_per_h"] for name in ("lower_quartile", "median", "upper_quartile")]
    assert quartiles == pytest.approx(np.quantile(jerks / hours, (0.25, 0.5, 0.75)))


def test_interval_is_that_of_an_independence_gee(build):
    """An intercept-only Poisson GEE with robust errors is the same estimator but for n / (n - 1)."""
    import statsmodels.api as sm

    random = np.random.default_rng(3)
    people = np.repeat(np.arange(30), 4)
    hours = random.uniform(6, 9, 120)
    jerks = random.poisson(np.exp(random.normal(0.5, 0.6, 30))[people] * hours)
    rows = [
        analysed(f"P{p:02}", int(j), float(h), n % 4 + 1)
        for n, (p, j, h) in enumerate(zip(people, jerks, hours, strict=True))
    ]
    row = rate_of_all(build, rows)
    fit = sm.GEE(
        jerks, np.ones((120, 1)), groups=people, family=sm.families.Poisson(), offset=np.log(hours)
    ).fit()
    half = stats.t.ppf(0.975, df=29) * float(fit.bse[0]) * math.sqrt(30 / 29)
    assert row["jerk_rate_per_h"] == pytest.approx(math.exp(float(fit.params[0])))
    assert math.log(row["ci_high_per_h"] / row["jerk_rate_per_h"]) == pytest.approx(half, rel=1e-6)


def test_interval_is_never_narrower_than_poisson(build):
    row = rate_of_all(build, [analysed(f"P{n}", 10) for n in range(10)])
    half = stats.t.ppf(0.975, df=9) / math.sqrt(100)
    assert row["ci_high_per_h"] == pytest.approx(10 / 8 * math.exp(half))


@pytest.mark.parametrize(("participants", "has_interval"), [(1, False), (9, False), (10, True)])
def test_few_participants_have_no_interval(build, participants, has_interval):
    row = rate_of_all(build, [analysed(f"P{n}", 10 + n) for n in range(participants)])
    assert (row["ci_low_per_h"] is not None, row["ci_high_per_h"] is not None) == (has_interval, has_interval)
    assert (row["interval_method"] == "none: too few participants") is not has_interval
    assert (row["person_geometric_mean_low_per_h"] is not None) is has_interval
    assert row["person_geometric_mean_per_h"] > 0
    row = rate_of_all(build, [analysed(f"P{n}", 0) for n in range(participants)])
    assert (row["ci_high_per_h"] is not None) is has_interval


def test_no_jerk_at_all_has_the_upper_limit_of_a_count_of_zero(build):
    row = rate_of_all(build, [analysed(f"P{n}", 0) for n in range(10)])
    assert (row["jerk_rate_per_h"], row["ci_low_per_h"]) == (0.0, 0.0)
    assert row["ci_high_per_h"] == pytest.approx(stats.chi2.ppf(0.975, 2) / 2 / 80)


@pytest.mark.parametrize(
    ("table", "exposure", "levels"),
    [
        ("jerk_rate_by_caffeine", "caffeine_mg", 5),
        ("jerk_rate_by_exercise", "exercise_met_min", 4),
        ("jerk_rate_by_stress", "stress_z", 3),
        ("jerk_rate_by_nutrient", "iron_rda_ratio", 3),
    ],
)
def test_levels_without_nights_stay_and_unknown_ones_are_not_levels(build, table, exposure, levels):
    rows = [
        analysed("P1", 12, 8.0, **{exposure: 0.0}),
        analysed("P2", 4, 8.0, **{exposure: 0.0}),
        analysed("P3", 9),
    ]
    found = build(table, tables={"analysis_night": typed_frame(rows)}).sql(
        f"select level, night_count, jerk_count, analysed_h, jerk_rate_per_h from {table} "
        f"where exposure = '{exposure}' order by level_number"
    )
    numbers = [row[1:] for row in found.fetchall()]
    assert len(numbers) == levels
    assert sorted(numbers, key=str)[-1] == (2, 16, 16.0, 1.0)
    assert numbers.count((0, 0, 0.0, None)) == levels - 1


def test_each_family_has_its_levels_and_no_other(build):
    families = ("caffeine", "exercise", "stress", "nutrient")
    rows = [analysed("P1", 12, 8.0, caffeine_mg=0.0, iron_rda_ratio=1.0)]
    given = {"analysis_night": typed_frame(rows)}
    whole = build("exposure_rate", tables=given).sql(
        "select family, exposure, level, night_count from exposure_rate order by all"
    )
    parts = [
        (family, *row)
        for family in sorted(families)
        for row in build(f"jerk_rate_by_{family}", tables=given)
        .sql(f"select exposure, level, night_count from jerk_rate_by_{family} order by all")
        .fetchall()
    ]
    assert whole.fetchall() == parts
    assert sum(row[3] for row in parts) == 2


def test_summary_withholds_and_keeps_every_group(build):
    rows = [analysed(f"P{n:02}", n, caffeine_mg=0.0 if n < 4 else 150.0, sex="male") for n in range(30)]
    connection = build("cohort_summary", tables={"analysis_night": typed_frame(rows), **COUNTED_BESIDE})
    found = connection.sql(
        "select level, is_suppressed, participant_count, jerk_rate_per_h from cohort_summary "
        "where grouping_name in ('caffeine_mg', 'sex', 'all') order by grouping_name, level"
    ).fetchall()
    # four people drank nothing; with the total and the other level they could be computed, so both are withheld
    assert [row[:3] for row in found] == [
        ("all", False, 30),
        ("moderate", True, None),
        ("none", True, None),
        ("male", False, 30),
    ]
    # the same thirty persons have the same noise: at most half of what the largest brings, 29 jerks and 8 hours
    assert found[0][3] == found[3][3] and (435 - 14.5) / 244 < found[0][3] < (435 + 14.5) / 236
    assert found[0][3] != 435 / 240
    assert (
        connection.sql("select count(*) from cohort_summary").fetchall()
        == connection.sql("select count(*) from group_rate").fetchall()
    )


def test_interval_of_a_persons_rate_covers_and_that_of_the_pooled_rate_does_not(build):
    """Two thousand groups of 25 persons whose rates differ as people's do (log sd 1): 95 % means 94 to 96 %.

    The pooled rate is carried by the few who move most: its interval holds the rate of all people too seldom, which is
    why each person counts once beside it.
    """
    random = np.random.default_rng(20)
    groups, persons, nights = 2000, 25, 3
    log_rate = random.normal(math.log(7), 1.0, (groups, persons))
    hours = random.uniform(6, 9, (groups, persons, nights))
    jerks = random.poisson(np.exp(log_rate)[:, :, None] * random.gamma(4, 0.25, hours.shape) * hours)
    group, person, night = (axis.ravel() for axis in np.indices(hours.shape))
    frame = pl.DataFrame(
        {
            "participant_id": group * persons + person,
            "night_date": night,
            "level": group,
            "jerk_count": jerks.ravel(),
            "analysed_h": hours.ravel(),
        }
    ).with_columns(
        pl.format("P{}", "participant_id").alias("participant_id"),
        pl.lit(date(2026, 3, 1)).dt.offset_by(pl.format("{}d", "night_date")).alias("night_date"),
        pl.col("level").cast(pl.String),
        level_number=pl.col("level") + 1,
        family=pl.lit("person"),
        grouping_name=pl.lit("group"),
        hypnic_jerk_count=0,
        aplm_wasm_count=0,
        analysed_sleep_h=pl.col("analysed_h"),
    )
    found = build("group_rate", tables={"night_group": frame, "analysis_night": frame}).sql(
        "select person_geometric_mean_low_per_h, person_geometric_mean_high_per_h, ci_low_per_h, ci_high_per_h "
        "from group_rate"
    )
    low, high, pooled_low, pooled_high = found.pl().to_numpy().T
    covered = np.mean((low <= 7) & (high >= 7))
    pooled = np.mean((pooled_low <= 7 * math.exp(0.5)) & (pooled_high >= 7 * math.exp(0.5)))
    assert len(low) == groups
    assert 0.94 <= covered <= 0.96
    assert 0.80 <= pooled <= 0.91
