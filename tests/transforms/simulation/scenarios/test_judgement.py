"""A night is held against its truth: who repeats the truth is right, and each fault costs its own figure."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from transforms.parameters import DEFAULT
from transforms.parameters.validity import SCENARIO_FIGURES_2026
from transforms.pipeline import Scored
from transforms.schema import MOVEMENT, NIGHT, SIGNAL_BREAK, WAKE_EPISODE, empty
from transforms.simulation.scenarios import JUDGED, SCENARIOS, judge, judged, scenario_night


@pytest.fixture(scope="module")
def night():
    return scenario_night(SCENARIOS["nonwear_no_thermometer"].parameters, DEFAULT, 12, 0)


@pytest.fixture(scope="module")
def perfect(night):
    """What a measurement would say that repeats the truth."""
    true = night.truth.filter(pl.col("record") == "night")
    nights = pl.concat(
        [
            empty(NIGHT),
            true.select(
                "participant_id",
                "night_date",
                "lights_off_at",
                "sleep_onset_at",
                "sleep_end_at",
                "lights_on_at",
            ).with_columns(pl.lit(value=True).alias("is_eligible")),
        ],
        how="diagonal",
    )
    moved = night.truth.filter(pl.col("record") == "movement").select(
        "participant_id",
        "night_date",
        "onset_at",
        "duration_s",
        "tilt_deg",
        "is_clm",
        "kind",
        pl.col("amplitude_g").alias("peak_g"),
        pl.when(pl.col("is_plm")).then(pl.lit("one")).alias("wasm_series_id"),
    )
    spans = ("participant_id", "night_date", "started_at", "ended_at")
    return Scored(
        nights=nights,
        wake_episodes=pl.concat(
            [empty(WAKE_EPISODE), night.truth.filter(pl.col("record") == "wake_episode").select(spans)]
        ),
        movements=pl.concat([empty(MOVEMENT), moved], how="diagonal"),
        rejected=pl.DataFrame(),
        alignment=pl.DataFrame(),
        restlessness=pl.DataFrame(),
        signal_breaks=pl.concat(
            [empty(SIGNAL_BREAK), night.truth.filter(pl.col("record") == "nonwear").select(spans)]
        ),
    )


def test_who_repeats_the_truth_has_no_error(night, perfect):
    row = judged(night, perfect, SCENARIO_FIGURES_2026)
    assert row["onset_error_min"] == row["end_error_min"] == row["in_bed_error_pct"] == 0.0
    assert not any(value for name, value in row.items() if name.endswith(("_miss_count", "_false_count")))
    assert row["jerk_invented_count"] == row["jerk_from_other_count"] == 0
    assert row["leg_movement_hit_count"] > 20 and row["turn_hit_count"] > 5
    assert row["sleep_found_h"] == pytest.approx(row["sleep_true_h"])
    assert row["aplm_found_per_h"] == pytest.approx(row["aplm_true_per_h"])
    assert row["nonwear_hit_h"] == pytest.approx(row["nonwear_true_h"]) and row["nonwear_false_h"] == 0.0
    assert row["nonwear_true_h"] > 1.0


def test_a_jerk_where_nothing_moved_is_invented_and_one_at_a_turn_is_taken_for_it(night, perfect):
    turn = perfect.movements.filter(pl.col("kind") == "gross_movement").head(1)
    as_leg = turn.with_columns(
        pl.lit("leg_movement").cast(turn["kind"].dtype).alias("kind"), pl.lit(value=True).alias("is_clm")
    )
    onset_at = perfect.movements["onset_at"].sort()
    rests = onset_at.diff().arg_max()
    nowhere = as_leg.with_columns(
        (pl.lit(onset_at[rests]) - pl.duration(seconds=40)).alias("onset_at"), pl.lit(2.0).alias("duration_s")
    )
    more = replace(perfect, movements=pl.concat([perfect.movements, as_leg, nowhere]))
    row = judged(night, more, SCENARIO_FIGURES_2026)
    assert row["jerk_from_other_count"] == 1
    assert row["jerk_invented_count"] == 1
    assert row["leg_movement_false_count"] == 2


def test_a_missed_faint_movement_is_forgiven_and_a_strong_one_is_not(night, perfect):
    is_faint = (pl.col("kind") == "leg_movement") & (pl.col("peak_g") < 0.06)
    without_faint = replace(perfect, movements=perfect.movements.filter(~is_faint))
    assert judged(night, without_faint, SCENARIO_FIGURES_2026)["leg_movement_miss_count"] == 0
    strong = perfect.movements.filter(pl.col("kind") == "leg_movement", pl.col("peak_g") > 0.2)["onset_at"][0]
    without_one = replace(perfect, movements=perfect.movements.filter(pl.col("onset_at") != strong))
    assert judged(night, without_one, SCENARIO_FIGURES_2026)["leg_movement_miss_count"] == 1


def test_the_sign_of_an_error_is_found_minus_true(night, perfect):
    early = replace(
        perfect, nights=perfect.nights.with_columns(pl.col("sleep_end_at") - timedelta(minutes=30))
    )
    row = judged(night, early, SCENARIO_FIGURES_2026)
    assert row["end_error_min"] == pytest.approx(-30.0)
    assert row["sleep_found_h"] < row["sleep_true_h"]


def test_a_published_interval_holds_the_truth_or_not(night, perfect):
    def held(low_min, high_min):
        nights = perfect.nights.with_columns(
            (pl.col("sleep_onset_at") + pl.duration(minutes=low_min)).alias("sleep_onset_low_at"),
            (pl.col("sleep_onset_at") + pl.duration(minutes=high_min)).alias("sleep_onset_high_at"),
        )
        return judged(night, replace(perfect, nights=nights), SCENARIO_FIGURES_2026)["is_onset_held"]

    assert held(-5, 5) is True
    assert held(1, 20) is False


def test_a_night_goes_through_the_chain_of_the_study():
    row = judge(SCENARIOS["clean"], DEFAULT, 13, 0)
    assert row.schema == JUDGED and row.height == 1
    assert row["leg_movement_hit_count"][0] > 20
