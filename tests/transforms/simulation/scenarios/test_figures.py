"""Figures of scenarios: computed by hand on a few nights, and the interval holds the value."""

import numpy as np
import polars as pl
import pytest

from transforms.parameters.validity import EVENT_MATCHING_2026
from transforms.simulation.scenarios import FIGURE, FIGURES, JUDGED, scenario_figures, worst

ZERO = {name: 0 for name in JUDGED.names() if name.endswith("_count")} | {
    "in_bed_h": 8.0,
    "is_sleep_known": True,
    "onset_error_min": 0.0,
    "end_error_min": 0.0,
}


def judged(*nights, scenario="s"):
    rows = [ZERO | {"scenario": scenario, "night_index": index} | night for index, night in enumerate(nights)]
    return pl.DataFrame(rows, schema=JUDGED)


def figures(frame):
    found = scenario_figures(frame, EVENT_MATCHING_2026)
    assert found.schema == FIGURE
    return {row["figure"]: row for row in found.iter_rows(named=True)}


def test_f1_pools_the_events_of_all_nights():
    found = figures(
        judged(
            {"leg_movement_hit_count": 90, "leg_movement_miss_count": 10},
            {"leg_movement_hit_count": 10, "leg_movement_false_count": 30},
        )
    )
    assert found["lm_f1"]["value"] == pytest.approx(200 / (200 + 10 + 30))


def test_errors_are_sizes_and_their_sign_does_not_cancel():
    found = figures(judged(*({"onset_error_min": error} for error in (-30.0, 10.0, 20.0))))
    assert found["onset_min"]["value"] == 20.0


def test_a_night_without_a_window_is_no_error_and_no_known_night():
    found = figures(
        judged(
            {"end_error_min": 8.0}, {"end_error_min": None, "onset_error_min": None, "is_sleep_known": False}
        )
    )
    assert found["end_min"]["value"] == 8.0
    assert found["known_pct"]["value"] == 50.0


def test_hypnic_jerks_count_only_where_the_onset_is_known_within_20_min():
    found = figures(
        judged(
            {"hypnic_jerk_hit_count": 3, "onset_error_min": -20.0},
            {"hypnic_jerk_miss_count": 5, "onset_error_min": 21.0},
        )
    )
    assert found["hypnic_f1"]["value"] == 1.0


def test_rates_divide_by_the_hours_in_bed():
    found = figures(judged({"jerk_invented_count": 4}, {"jerk_invented_count": 0}))
    assert found["false_per_h"]["value"] == 0.25


def test_a_known_night_with_less_than_half_of_its_sleep_is_counted_and_an_unknown_one_is_not():
    half = {"sleep_true_h": 7.0, "sleep_found_h": 3.4}
    found = figures(judged(half, half | {"is_sleep_known": False}, half | {"sleep_found_h": 3.5}, {}))
    assert found["short_pct"]["value"] == 25.0


def test_bias_and_correlation_of_aplm_over_nights_of_known_sleep():
    nights = [(10.0, 11.0), (20.0, 22.0), (30.0, 33.0)]
    rows = [{"aplm_true_per_h": true, "aplm_found_per_h": found} for true, found in nights]
    rows.append({"aplm_true_per_h": 10.0, "aplm_found_per_h": 90.0, "is_sleep_known": False})
    found = figures(judged(*rows))
    assert found["aplm_bias_pct"]["value"] == pytest.approx(10.0)
    assert found["aplm_r"]["value"] == pytest.approx(1.0)


def test_a_percentage_of_next_to_nothing_is_left_out():
    found = figures(judged(*({"aplm_true_per_h": 0.1, "aplm_found_per_h": 0.4} for _ in range(4))))
    assert found["aplm_bias_pct"]["value"] is None and found["aplm_r"]["value"] is None


def test_non_wear_is_found_by_the_hour():
    found = figures(judged({"nonwear_true_h": 2.0, "nonwear_hit_h": 1.5, "nonwear_false_h": 0.25}))
    assert found["nonwear_pct"]["value"] == 75.0
    assert found["nonwear_false_h"]["value"] == 25.0


def test_every_interval_holds_its_value_and_is_repeatable():
    rng = np.random.default_rng(1)
    nights = [
        {
            "leg_movement_hit_count": int(rng.poisson(80)),
            "leg_movement_false_count": int(rng.poisson(5)),
            "onset_error_min": float(rng.normal(0, 10)),
        }
        for _ in range(30)
    ]
    once, again = figures(judged(*nights)), figures(judged(*nights))
    assert once == again
    for row in once.values():
        assert row["night_count"] == 30
        if row["value"] is not None:
            assert row["value_low"] <= row["value"] <= row["value_high"]


def test_the_worst_is_the_lowest_or_the_largest_as_the_figure_has_it():
    good = judged({"leg_movement_hit_count": 10, "onset_error_min": 1.0}, scenario="good")
    bad = judged(
        {"leg_movement_hit_count": 10, "leg_movement_miss_count": 9, "onset_error_min": -50.0}, scenario="bad"
    )
    found = worst(scenario_figures(pl.concat([good, bad]), EVENT_MATCHING_2026))
    by_figure = dict(found.select("figure", "scenario").iter_rows())
    assert by_figure["lm_f1"] == "bad" and by_figure["onset_min"] == "bad"
    assert set(by_figure) <= set(FIGURES)


def test_a_figure_without_a_worse_has_no_worst():
    one = judged({"is_diary_doubted": True}, {"is_diary_doubted": False}, {})
    found = scenario_figures(one, EVENT_MATCHING_2026)
    assert found.filter(pl.col("figure") == "doubted_pct")["value"].to_list() == [50.0]
    assert "doubted_pct" not in worst(found)["figure"].to_list()
