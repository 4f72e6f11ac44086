"""Every scenario by its name: what it says is there is there, and the same seed gives the same night."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.parameters import DEFAULT
from transforms.simulation.scenarios import SCENARIOS, scenario_night
from transforms.simulation.scenarios.happenings import draw_happenings
from transforms.simulation.scenarios.timeline import draw_timeline, without


def nights(name, count=12):
    """Timelines and happenings alone: no signal is rendered."""
    parameters = SCENARIOS[name].parameters
    for index in range(count):
        line = draw_timeline(np.random.default_rng([3, index]), parameters.rest)
        yield line, draw_happenings(np.random.default_rng([4, index]), line, parameters.motion)


def rate_per_h(name, sort, stretches):
    events = hours = 0.0
    for line, found in nights(name):
        inside = stretches(line)
        hours += sum(end - start for start, end in inside) / 3600.0
        events += sum(
            any(start <= one.onset_s < end for start, end in inside) for one in found if one.sort == sort
        )
    return events / hours


def asleep(line):
    return line.asleep


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_says_what_it_is_and_where_its_rates_come_from(name):
    scenario = SCENARIOS[name]
    assert scenario.name == name and scenario.meaning and scenario.source


@pytest.mark.parametrize("name", SCENARIOS)
def test_timelines_are_in_order_and_events_do_not_overlap(name):
    for line, found in nights(name, 4):
        edges = [line.lights_off_s, line.sleep_onset_s, line.sleep_end_s, line.lights_on_s, line.ends_s]
        assert edges == sorted(edges) and edges[0] > 0.0
        assert all(start < end for start, end in [*line.asleep, *line.rem, *line.out_of_bed])
        body = [one for one in found if one.sort not in {"partner", "pet", "rem_twitch"}]
        for one, after in pairwise(body):
            assert after.onset_s >= one.onset_s + one.duration_s + 0.5


@pytest.mark.parametrize(
    ("name", "sort", "low", "high"),
    [
        ("healthy_7_large_per_h", "gross_movement", 5.5, 9.0),
        ("healthy_11_large_per_h", "gross_movement", 8.5, 13.0),
        ("lone_lm_15", "leg_movement", 12.0, 16.0),
        ("lone_lm_30", "leg_movement", 24.0, 31.0),
        (
            "fragmentary_myoclonus",
            "myoclonus",
            75.0,
            140.0,
        ),  # per hour of sleep; in NREM 143.7, some find no room
    ],
)
def test_the_rates_asleep_are_those_of_the_name(name, sort, low, high):
    assert low < rate_per_h(name, sort, asleep) < high


INTERVALS = st.lists(
    st.tuples(st.floats(0, 1000), st.floats(0, 1000)).map(lambda pair: (min(pair), max(pair))), max_size=6
)


@given(INTERVALS, INTERVALS, st.floats(0, 1000))
def test_cutting_holes_out_leaves_what_lies_in_no_hole(stretches, holes, point):
    left = without(stretches, tuple(holes))
    inside = sum(start <= point < end for start, end in left)
    in_hole = any(start <= point < end for start, end in holes)
    assert inside == (0 if in_hole else sum(start <= point < end for start, end in stretches))


@pytest.mark.parametrize("index", range(4))
def test_rem_lies_in_sleep_and_leaving_the_bed_in_wake(index):
    rest = SCENARIOS["restless_standing"].parameters.rest
    line = draw_timeline(np.random.default_rng([5, index]), rest)
    assert line.rem and all(
        any(start <= one[0] and one[1] <= end for start, end in line.asleep) for one in line.rem
    )
    awake = [(line.lights_off_s, line.sleep_onset_s), *line.wakes]
    assert all(any(start <= one[0] and one[1] <= end for start, end in awake) for one in line.out_of_bed)


def test_nobody_moves_in_quiet_wake():
    for line, found in nights("quiet_wake", 6):
        hypnic = {"hypnic_jerk", "foot_tremor"}
        awake = [
            one
            for one in found
            if one.sort not in hypnic and any(start <= one.onset_s < end for start, end in line.awake_in_bed)
        ]
        assert not awake


def test_restless_legs_move_every_12_to_28_s_before_sleep():
    for line, found in nights("restless_plm_in_wake", 6):
        before = [
            one.onset_s for one in found if one.sort == "leg_movement" and one.onset_s < line.sleep_onset_s
        ]
        assert len(before) > (line.sleep_onset_s - line.lights_off_s) / 60.0
        assert 8.0 < np.median(np.diff(before)) <= 28.0


def test_double_movements_come_1_to_3_s_after_the_first():
    gaps = [
        after.onset_s - one.onset_s - one.duration_s
        for _, found in nights("plm_double", 6)
        for one, after in pairwise(found)
        if one.sort == after.sort == "leg_movement"
    ]
    assert sum(1.0 <= gap <= 3.0 for gap in gaps) > 0.2 * len(gaps)


@pytest.mark.parametrize(("name", "low", "high"), [("insomnia_quiet_latency", 40, 80), ("ordinary", 8, 30)])
def test_latency_keeps_to_its_bounds(name, low, high):
    for line, _ in nights(name):
        assert low <= (line.sleep_onset_s - line.lights_off_s) / 60.0 <= high


def test_the_same_seed_gives_the_same_night_and_another_index_another_sleeper():
    parameters = SCENARIOS["clean"].parameters
    one, same, other = (scenario_night(parameters, DEFAULT, 9, index) for index in (0, 0, 1))
    assert one.truth.equals(same.truth) and not one.truth.equals(other.truth)
    assert one.recordings[0].samples.collect().equals(same.recordings[0].samples.collect())


def test_what_the_truth_lists_is_in_the_signal():
    night = scenario_night(SCENARIOS["clean"].parameters, DEFAULT, 10, 0)
    samples = night.recordings[0].samples.collect()
    scale = night.recordings[0].header.scale_g_per_count[0]
    axes = samples.select("x_count", "y_count", "z_count").to_numpy() * scale
    at_us = samples["sampled_at"].dt.epoch("us").to_numpy()
    legs = night.truth.filter(pl.col("kind") == "leg_movement", pl.col("amplitude_g") > 0.2)
    assert legs.height > 5
    for onset_us, duration_s, size_g in zip(
        legs["onset_at"].dt.epoch("us"), legs["duration_s"], legs["amplitude_g"], strict=True
    ):
        first, last = np.searchsorted(at_us, [onset_us, onset_us + round(duration_s * 1e6)])
        before = axes[first - 25 : first].mean(axis=0)
        assert 0.5 * size_g < np.linalg.norm(axes[first:last] - before, axis=1).max() < 1.6 * size_g
