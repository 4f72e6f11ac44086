"""Rates, placement and truth: what is planted is there, in the numbers that were planted."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from transforms.parameters.simulation import LEGS_2026, PlantedEffect
from transforms.simulation.behaviour import caffeine_in_body_mg, exposure_ratio
from transforms.simulation.movements import plan_movements
from transforms.simulation.night import draw_counts, draw_night, draw_night_ratio, expected_counts
from transforms.simulation.participant import ParticipantPlan, simulate_participant
from transforms.simulation.person import draw_person

UNEXPOSED = {
    "caffeine_at_lights_off_mg": 0.0,
    "exercise_level": "none",
    "stress_score": 4.0,
    "sleep_debt_h": 0.0,
    "magnesium_mg": 330.0,
    "calcium_mg": 900.0,
    "iron_mg": 12.0,
    "vitamin_b6_mg": 1.6,
    "vitamin_b12_ug": 4.0,
}


def plan(index=0, **changes):
    values = {
        "participant_id": f"P{index}",
        "index": index,
        "seed": 11,
        "first_night": date(2026, 3, 2),
        "night_count": 2,
        "time_zone": "Europe/Berlin",
        "body_sites": ("left_ankle", "right_ankle"),
        "rate_hz": 50.0,
        "counts_per_g": (256.0, 256.0),
    }
    return ParticipantPlan(**(values | changes))


def some_person(seed=1, **changes):
    return replace(draw_person(np.random.default_rng(seed), "P", LEGS_2026), **changes)


def some_night(person, seed=2):
    rng = np.random.default_rng(seed)
    return draw_night(rng, person, date(2026, 3, 2), 20_000.0, 0.0, LEGS_2026.sleep)


@pytest.mark.parametrize(
    ("changes", "ratio"),
    [
        ({"caffeine_at_lights_off_mg": 100.0}, 1.35),
        ({"caffeine_at_lights_off_mg": 200.0}, 1.35**2),
        ({"exercise_level": "moderate"}, 0.85),
        ({"exercise_level": "excessive"}, 1.40),
        ({"stress_score": 9.0}, 1.06**5),
        ({"sleep_debt_h": 2.0}, 1.08**2),
        ({"magnesium_mg": 530.0}, 0.93**2),
        ({"vitamin_b12_ug": 12.0, "calcium_mg": 2000.0}, 1.0),
    ],
)
def test_counts_of_many_nights_obey_the_planted_ratios(changes, ratio):
    """Event counts, not detections: 6000 nights of one person with and without the exposure."""
    person = some_person(periodic_per_h=3.0, is_restless=False, rate_ratio=1.0)
    night = some_night(person)
    rng = np.random.default_rng(8)
    parameters = replace(LEGS_2026, rate=replace(LEGS_2026.rate, max_rate_ratio=100.0))

    def jerks(exposed):
        total = 0
        for _ in range(3000):
            expected = expected_counts(
                person, night, exposed, draw_night_ratio(rng, parameters.rate), parameters
            )
            drawn = draw_counts(rng, expected)
            total += sum(
                drawn[sort] for sort in ("hypnic_jerk", "twitch", "periodic", "isolated", "wake", "fidget")
            )
        return total

    # About 150,000 events a side with 22 % night to night: the standard error of the ratio is 0.6 %.
    assert jerks(UNEXPOSED | changes) / jerks(UNEXPOSED) == pytest.approx(ratio, rel=0.02)


def test_effects_act_only_on_their_kinds():
    effect = PlantedEffect(
        exposure="stress_score", per_unit=2.0, rate_ratio=1.5, kinds=("twitch",), level="", reference=0.0
    )
    assert exposure_ratio("twitch", {"stress_score": 4.0}, (effect,)) == pytest.approx(2.25)
    assert exposure_ratio("hypnic_jerk", {"stress_score": 4.0}, (effect,)) == 1.0


@pytest.mark.parametrize(("hours", "amount_mg"), [(1, 355), (3, 270), (6, 178), (9, 118), (12, 78)])
def test_caffeine_falls_as_in_the_reference_table(hours, amount_mg):
    """400 mg, half-life 5 h, absorption 6/h: amounts of the science file, section 6.1."""
    found = caffeine_in_body_mg(400.0, float(hours), 5.0, LEGS_2026.behaviour)
    assert found == pytest.approx(amount_mg, abs=1.0)


def test_a_drink_after_lights_off_is_not_in_the_body_yet():
    assert caffeine_in_body_mg(100.0, -0.5, 5.0, LEGS_2026.behaviour) == 0.0


def test_person_effects_have_mean_one():
    drawn = [draw_person(np.random.default_rng([5, k]), "P", LEGS_2026).rate_ratio for k in range(4000)]
    assert np.mean(drawn) == pytest.approx(1.0, abs=0.04)
    assert np.std(np.log(drawn)) == pytest.approx(LEGS_2026.rate.person_log_sd, rel=0.05)


@pytest.fixture(scope="module")
def crowded():
    """A night with many movements of every sort, and what was asked for."""
    person = some_person(is_restless=True, periodic_per_h=30.0)
    night = some_night(person)
    asked = {
        "periodic": 220,
        "isolated": 25,
        "wake": 10,
        "fidget": 8,
        "hypnic_jerk": 5,
        "twitch": 6,
        "turn": 15,
    }
    asked |= {"wake_turn": 4, "tremor": 2}
    planned = plan_movements(
        np.random.default_rng(3),
        person,
        night,
        asked,
        ("left_ankle", "right_ankle", "left_wrist"),
        LEGS_2026,
        rhythmic_count=1,
    )
    return night, asked, planned


def test_nearly_everything_finds_its_place(crowded):
    _, asked, planned = crowded
    kinds = pl.Series([movement.kind for movement in planned]).value_counts(name="n").rows()
    found = dict(kinds)
    legs = sum(asked[sort] for sort in ("periodic", "isolated", "wake", "fidget"))
    assert found["leg_movement"] >= 0.99 * legs
    assert found["hypnic_jerk"] == 5
    assert found["rhythmic_movement"] == 1


def test_movements_do_not_overlap_and_stay_in_bed(crowded):
    night, _, planned = crowded
    onset = np.array([movement.onset_s for movement in planned])
    end = onset + np.array([movement.duration_s for movement in planned])
    assert np.all(onset[1:] >= end[:-1])
    assert onset.min() >= night.lights_off_s
    assert end.max() <= night.lights_on_s


def test_brief_jerks_keep_to_their_side_of_the_sleep_onset_window(crowded):
    night, _, planned = crowded
    returns = [end for _, end in night.wake_episodes]
    for movement in planned:
        since_min = (movement.onset_s - night.sleep_onset_s) / 60.0
        after_return = any(0 <= movement.onset_s - end < 240.0 for end in returns)
        if movement.kind == "hypnic_jerk":
            assert -8.0 <= since_min <= 9.0 or after_return
            assert movement.phase == "sleep_onset"
        if movement.kind == "twitch":
            assert since_min >= 20.0
            assert not after_return


def test_turns_lead_to_another_posture(crowded):
    _, _, planned = crowded
    postures = [movement.posture for movement in planned if movement.is_turn]
    assert len(postures) >= 12
    assert all(before != after for before, after in zip(["supine", *postures], postures, strict=False))
    assert all(movement.posture is None for movement in planned if not movement.is_turn)


def test_legs_move_alone_and_together_in_the_published_shares(crowded):
    _, _, planned = crowded
    legs = [movement for movement in planned if movement.kind == "leg_movement"]
    one = sum(len(movement.amplitude_g) == 1 for movement in legs) / len(legs)
    # 42 % of one leg; a faint second leg below 0.01 g adds a little.
    assert one == pytest.approx(0.42, abs=0.09)
    assert not any("left_wrist" in movement.amplitude_g for movement in legs)
    assert all(
        "left_wrist" in movement.amplitude_g for movement in planned if movement.kind == "gross_movement"
    )


def test_truth_is_complete_and_scored_by_the_standard():
    participant = simulate_participant(plan(is_restless=True), LEGS_2026)
    truth = participant.truth
    movements = truth.filter(pl.col("record") == "movement")
    required = ["onset_at", "duration_s", "kind", "body_sites", "amplitude_g", "is_clm", "is_plm", "phase"]
    assert movements.select(pl.col(required).null_count().sum()).sum_horizontal().item() == 0
    nights = truth.filter(pl.col("record") == "night")
    assert nights.height == 2
    assert (
        nights.select(
            pl.col("lights_off_at", "sleep_onset_at", "sleep_end_at", "lights_on_at").null_count()
        ).row(0)
        == (0,) * 4
    )
    assert (
        nights.filter(
            (pl.col("lights_off_at") < pl.col("sleep_onset_at"))
            & (pl.col("sleep_onset_at") < pl.col("sleep_end_at"))
            & (pl.col("sleep_end_at") < pl.col("lights_on_at"))
        ).height
        == 2
    )
    # A periodic movement has a periodic neighbour 10 to 90 s away; that is what makes it one.
    periodic = movements.filter("is_plm")["onset_at"].dt.epoch("us").to_numpy() / 1e6
    intervals = np.diff(periodic, prepend=-1e9, append=1e12)
    is_periodic = (intervals >= 10) & (intervals <= 90)
    assert periodic.size > 50
    assert np.all(is_periodic[:-1] | is_periodic[1:])
    assert movements.filter(pl.col("is_plm") & ~pl.col("is_clm")).height == 0


def test_what_no_device_could_feel_is_not_in_the_truth():
    worn = simulate_participant(plan(), LEGS_2026).truth
    off = simulate_participant(plan(nonwear_nights=(1,)), LEGS_2026).truth
    is_second = (pl.col("record") == "movement") & (pl.col("night_date") == date(2026, 3, 3))
    assert worn.filter(is_second).height > 10
    assert off.filter(is_second).height == 0
    assert off.filter(pl.col("record") == "nonwear").height == 1
    # The other night is the same movement for movement.
    is_first = (pl.col("record") == "movement") & (pl.col("night_date") == date(2026, 3, 2))
    assert worn.filter(is_first).equals(off.filter(is_first))


def test_a_gap_hides_the_movements_of_its_device_only():
    parameters = replace(LEGS_2026, sensor=replace(LEGS_2026.sensor, gap_s=(7200.0, 7200.0)))
    whole = simulate_participant(plan(is_restless=True), parameters).truth
    holed = simulate_participant(plan(is_restless=True, gap_nights=(0,)), parameters).truth
    gap = holed.filter(pl.col("record") == "gap").row(0, named=True)
    inside = pl.col("onset_at").is_between(gap["started_at"], gap["ended_at"], closed="left")
    on_left = pl.col("body_sites").list.contains("left_ankle")
    assert whole.filter(inside & on_left).height > 0
    assert holed.filter(inside & on_left).height == 0
    assert gap["is_series_break"] is False  # the right leg goes on
    alone = simulate_participant(
        plan(is_restless=True, gap_nights=(0,), body_sites=("left_ankle",), counts_per_g=(256.0,)), parameters
    ).truth
    assert alone.filter(pl.col("record") == "gap")["is_series_break"].to_list() == [True]
    # Exactly the same movements of the right leg are still seen.
    seen = holed.filter(inside).height
    assert seen == whole.filter(inside & pl.col("body_sites").list.contains("right_ankle")).height


def test_nights_begin_and_end_on_the_local_clock_across_a_clock_change():
    """Clocks go forward on 2026-03-29 in Berlin: the recording that spans it is an hour shorter."""
    usual = simulate_participant(plan(first_night=date(2026, 3, 2), night_count=1), LEGS_2026)
    short = simulate_participant(plan(first_night=date(2026, 3, 28), night_count=1), LEGS_2026)
    assert usual.duration_s == 18 * 3600
    assert short.duration_s == 17 * 3600
