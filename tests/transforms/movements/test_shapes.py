"""What a candidate is by the shape of its bursts: a flexion, a swing, a flick, a pulse, or a piece of something larger."""

import pytest

from tests.transforms.movements.candidate_rows import candidate
from tests.transforms.movements.test_kinds import DEEP, KINDS, classified, kind_of, reason_of


@pytest.mark.parametrize(
    ("duration_s", "one_sided", "kind"),
    [
        (KINDS.both_ways_min_s, KINDS.one_sided_frac - 0.001, "gross_movement"),
        (KINDS.both_ways_min_s, KINDS.one_sided_frac, "leg_movement"),
        (KINDS.both_ways_min_s - 0.01, 0.1, "leg_movement"),
        (8.0, KINDS.max_one_sided_frac - 0.001, "gross_movement"),
        (8.0, KINDS.max_one_sided_frac, "leg_movement"),
        (8.0, None, "leg_movement"),
    ],
)
def test_what_swings_to_both_sides_is_no_leg_movement(duration_s, one_sided, kind):
    row = candidate(DEEP, duration_s=duration_s, active_s=duration_s, one_sided_frac=one_sided, tilt_deg=0.5)
    assert kind_of(row) == kind


@pytest.mark.parametrize(
    ("one_sided", "kind"),
    [(KINDS.max_one_sided_frac, "leg_movement"), (KINDS.max_one_sided_frac - 0.01, "gross_movement")],
)
def test_a_flexion_may_settle_by_a_degree_or_two(one_sided, kind):
    tilted = {"tilt_deg": KINDS.long_resettled_deg, "duration_s": 4.0, "active_s": 4.0}
    assert kind_of(candidate(DEEP, one_sided_frac=one_sided, **tilted)) == kind


FLICK = {
    "active_s": 0.1,
    "duration_s": 0.1,
    "peak_g": 0.1,
    "envelope_peak_g": 0.1 / KINDS.flick_crest_ratio,
    "morphology_frac": KINDS.flick_morphology_frac - 0.01,
}


def test_a_burst_that_moves_no_limb_is_fragmentary_myoclonus():
    assert reason_of(candidate(DEEP, **FLICK)) == ["fragmentary_myoclonus"]
    joined = {"active_s": 2.0, "duration_s": 2.0, "morphology_frac": 0.9}
    assert reason_of(candidate(DEEP, **FLICK | joined)) == ["fragmentary_myoclonus"]


@pytest.mark.parametrize(
    "change",
    [
        {"envelope_peak_g": 0.1 / KINDS.flick_crest_ratio + 0.001},
        {"morphology_frac": KINDS.flick_morphology_frac},
        {"peak_g": KINDS.flick_max_g, "envelope_peak_g": KINDS.flick_max_g / KINDS.flick_crest_ratio},
    ],
)
def test_a_burst_that_throws_the_limb_is_a_twitch(change):
    assert kind_of(candidate(DEEP, **FLICK | change)) == "twitch"


@pytest.mark.parametrize(
    ("count", "step_s", "reason"),
    [
        (KINDS.twitch_cluster_count, KINDS.twitch_cluster_gap_s - 0.1, "twitch_cluster"),
        (KINDS.twitch_cluster_count - 1, KINDS.twitch_cluster_gap_s - 0.1, "fragmentary_myoclonus"),
        (KINDS.twitch_cluster_count, KINDS.twitch_cluster_gap_s, "fragmentary_myoclonus"),
    ],
)
def test_such_bursts_in_a_row_are_a_cluster(count, step_s, reason):
    rows = [candidate(DEEP + i * step_s, **FLICK) for i in range(count)]
    assert reason_of(*rows) == [reason] * count


PULSE = FLICK | {"duration_s": 1.2, "active_s": 1.2, "pulse_hz": 1.5, "pulse_ratio": KINDS.tremor_pulse_ratio}


def test_a_train_whose_bursts_are_noise_is_foot_tremor():
    rows = [candidate(DEEP + 2.5 * i, **PULSE) for i in range(5)]
    found = classified(*rows)
    assert found.events["kind"].to_list() == ["foot_tremor"]
    assert found.events["duration_s"][0] == pytest.approx(11.2)
    assert found.rejected["reason"].to_list() == ["part_of_a_train"] * 4


@pytest.mark.parametrize(
    ("step_s", "change"),
    [
        (2.5, {"pulse_ratio": KINDS.tremor_pulse_ratio - 0.01}),
        (2.5, {"pulse_hz": KINDS.tremor_high_hz + 0.1}),
        (1.3 + 1 / KINDS.tremor_low_hz, {}),
    ],
)
def test_bursts_without_that_rhythm_are_no_train(step_s, change):
    rows = [candidate(DEEP + step_s * i, **PULSE | change) for i in range(5)]
    assert classified(*rows).events.height == 0


def test_gross_movements_that_hardly_pause_are_one():
    """Acceleration pauses within a turn; its tilt may come with the second part."""
    first = candidate(DEEP, 4.0, active_s=4.0, tilt_deg=3.0)
    later = candidate(DEEP + 4.0 + KINDS.settling_s - 0.1, 5.0, active_s=5.0, tilt_deg=90.0)
    found = classified(first, later)
    assert found.events["kind"].to_list() == ["gross_movement"]
    assert found.events["duration_s"][0] == pytest.approx(9.0 + KINDS.settling_s - 0.1)
    assert found.events["tilt_deg"][0] == 90.0
    assert found.rejected["reason"].to_list() == ["part_of_a_gross_movement"]
    apart = candidate(DEEP + 4.0 + KINDS.settling_s, 5.0, active_s=5.0, tilt_deg=90.0)
    assert classified(first, apart).events["duration_s"].to_list() == pytest.approx([4.0, 5.0])


def test_pieces_of_a_movement_tilt_from_before_the_first_to_after_the_last():
    """Between two pieces the limb is held away: each tilts, and both together do not."""
    away = {"gravity_after_x_g": 0.1, "gravity_after_z_g": 0.995, "tilt_deg": 5.7}
    back = {
        "gravity_x_g": 0.1,
        "gravity_z_g": 0.995,
        "tilt_deg": 5.7,
        "gravity_after_x_g": 0.0,
        "gravity_after_z_g": 1.0,
    }
    first = candidate(DEEP, 2.0, active_s=2.0, **away)
    last = candidate(DEEP + 2.0 + KINDS.piece_rest_s - 0.1, 2.0, active_s=2.0, **back)
    found = classified(first, last)
    assert found.events["kind"].to_list() == ["leg_movement"]
    assert found.events["tilt_deg"][0] == pytest.approx(0, abs=0.1)
    assert found.rejected["reason"].to_list() == ["part_of_a_movement"]


@pytest.mark.parametrize(
    ("rest_s", "tilt_deg", "kinds"),
    [
        (KINDS.crowd_rest_s - 0.1, 90.0, ["gross_movement"]),
        (KINDS.crowd_rest_s + 0.01, 90.0, ["gross_movement", "leg_movement", "leg_movement"]),
        (KINDS.crowd_rest_s - 0.1, 0.5, ["leg_movement", "leg_movement", "leg_movement"]),
    ],
)
def test_movements_that_hardly_rest_around_a_turn_are_the_turn(rest_s, tilt_deg, kinds):
    first = candidate(DEEP, 4.0, active_s=4.0, tilt_deg=tilt_deg)
    rest = (candidate(DEEP + (4.0 + rest_s) * i, 4.0, active_s=4.0) for i in (1, 2))
    found = classified(first, *rest)
    assert found.events["kind"].to_list() == kinds
    if len(kinds) == 1:
        assert found.events["duration_s"][0] == pytest.approx(12.0 + 2 * rest_s)


def test_a_double_movement_after_a_turn_is_no_crowd():
    """Two and a turn that together last no longer than a leg may move are three."""
    turn = candidate(DEEP, 2.0, active_s=2.0, tilt_deg=90.0)
    legs = (candidate(DEEP + (2.0 + KINDS.crowd_rest_s - 0.5) * i, 1.0, active_s=1.0) for i in (1, 2))
    assert classified(turn, *legs).events.height == 3


@pytest.mark.parametrize(
    ("peak_g", "slow", "reason"),
    [
        (KINDS.shaken_max_g - 0.001, KINDS.shaken_slow_frac - 0.01, ["too_weak"]),
        (KINDS.shaken_max_g, KINDS.shaken_slow_frac - 0.01, []),
        (KINDS.shaken_max_g - 0.001, KINDS.shaken_slow_frac, []),
        (KINDS.shaken_max_g - 0.001, None, []),
    ],
)
def test_what_shakes_faintly_came_through_the_mattress(peak_g, slow, reason):
    row = candidate(DEEP, peak_g=peak_g, envelope_peak_g=peak_g / 2, slow_frac=slow)
    assert classified(row).rejected["reason"].to_list() == reason
