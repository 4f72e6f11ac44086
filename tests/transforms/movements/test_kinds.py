"""Every candidate gets one kind by the contract's rules, or one reason why it is no movement."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.movements.candidate_rows import at, candidate, candidates
from transforms.movements.kinds import REJECTION_REASONS, classify_movements
from transforms.parameters import DEFAULT
from transforms.schema import NIGHT, NONWEAR_INTERVAL, WAKE_EPISODE, empty

KINDS = DEFAULT.kinds
HOUR = 3600.0
EVENING = date(2026, 3, 2)
# Lights off 22:00, asleep 23:00 to 06:00 with wake from 02:00 to 02:30, lights on 06:30.
OFF, ONSET, WAKE, RETURN, END, ON = (h * HOUR for h in (-2, -1, 2, 2.5, 6, 6.5))
DEEP = 4 * HOUR
PLAIN_BRIEF = {"active_s": 0.3, "duration_s": 0.8}
SHARP = {"rise_s": 0.1, "peak_g": 0.221, "envelope_peak_g": 0.1}
RHYTHM = {"dominant_hz": 4.0, "rhythm_ratio": 0.9, "high_band_frac": 0.9, "envelope_peak_g": 0.6}


def night(**changes):
    row = dict.fromkeys(NIGHT) | {
        "participant_id": "P1",
        "night_date": EVENING,
        "lights_off_at": at(OFF),
        "sleep_onset_at": at(ONSET),
        "sleep_end_at": at(END),
        "lights_on_at": at(ON),
        "sleep_window_source": "diary",
    }
    return pl.DataFrame([row | changes], schema=NIGHT)


WAKING = pl.DataFrame([("P1", EVENING, at(WAKE), at(RETURN))], schema=WAKE_EPISODE, orient="row")


def classified(*rows, nonwear=None, nights=None):
    taken_off = empty(NONWEAR_INTERVAL) if nonwear is None else nonwear
    return classify_movements(
        candidates(*rows), night() if nights is None else nights, WAKING, taken_off, DEFAULT
    )


def kind_of(*rows):
    """Kind of the first event."""
    found = classified(*rows)
    assert found.events.height >= 1, found.rejected
    return found.events["kind"][0]


def reason_of(*rows, **frames):
    found = classified(*rows, **frames)
    assert found.events.height == 0, found.events
    return found.rejected["reason"].to_list()


def brief(onset_s, **changes):
    return candidate(onset_s, **(PLAIN_BRIEF | changes))


def test_a_movement_of_two_seconds_that_returns_is_a_leg_movement():
    event = classified(candidate(DEEP)).events.row(0, named=True)
    assert event["kind"] == "leg_movement"
    assert event["onset_at"] == at(DEEP)
    assert event["duration_s"] == 2.0
    assert event["side"] == "left"
    assert event["phase"] == "sleep"
    assert event["night_date"] == EVENING


def test_a_movement_longer_than_a_candidate_s_is_of_the_whole_body():
    """WASM: above 10 s it is no CLM; it ends a series as a gross movement too. Ferri 2021: large movements, 3 to 45 s."""
    assert kind_of(candidate(DEEP, KINDS.longest_leg_s)) == "leg_movement"
    assert kind_of(candidate(DEEP, KINDS.longest_leg_s + 0.1)) == "gross_movement"


def test_tilt_that_stays_is_gross_from_its_limit_on():
    brief_s = KINDS.resettled_min_s - 0.1
    assert kind_of(candidate(DEEP, brief_s, tilt_deg=KINDS.gross_tilt_deg)) == "gross_movement"
    assert kind_of(candidate(DEEP, brief_s, tilt_deg=KINDS.gross_tilt_deg - 0.01)) == "leg_movement"


@pytest.mark.parametrize("rule", ["resettled", "long"])
def test_a_longer_movement_after_which_the_leg_lies_elsewhere_is_gross(rule):
    least_s, tilt = {
        "resettled": (KINDS.resettled_min_s, KINDS.resettled_deg),
        "long": (KINDS.long_min_s, KINDS.long_resettled_deg),
    }[rule]
    assert kind_of(candidate(DEEP, least_s, tilt_deg=tilt)) == "gross_movement"
    assert kind_of(candidate(DEEP, least_s - 0.1, tilt_deg=tilt)) == "leg_movement"
    assert kind_of(candidate(DEEP, least_s, tilt_deg=KINDS.long_resettled_deg - 0.01)) == "leg_movement"


def test_what_moves_close_to_a_gross_movement_is_part_of_it():
    turn = candidate(DEEP, 4.0, tilt_deg=60.0)
    near, chained, apart = (
        candidate(DEEP + 4.0 + after, 0.8, peak_g=0.5 + after / 100, envelope_peak_g=0.02 + after / 1000)
        for after in (1.0, 2.8, 6.0)
    )
    found = classified(turn, near, chained, apart)
    assert found.events["kind"].cast(pl.String).to_list() == ["gross_movement", "leg_movement"]
    assert found.rejected["reason"].to_list() == ["part_of_a_gross_movement"] * 2


@pytest.mark.parametrize(("rest_s", "count"), [(0.6, 1), (0.89, 1), (0.91, 2), (1.5, 2)])
def test_a_pause_of_the_acceleration_within_a_movement_does_not_part_it(rest_s, count):
    found = classified(candidate(DEEP, 1.5), candidate(DEEP + 1.5 + rest_s, 1.5))
    assert found.events.height == count
    if count == 1:
        assert found.events["duration_s"].to_list() == pytest.approx([3.0 + rest_s])


def test_a_jerk_is_no_part_of_the_stir_that_follows():
    strong = candidate(DEEP, 0.3, active_s=0.2, envelope_peak_g=0.6, peak_g=2.0)
    found = classified(strong, candidate(DEEP + 1.0, 2.0))
    assert found.events.height == 2


def test_nothing_is_a_jerk_while_somebody_stands():
    up = np.array([[us_of(DEEP), us_of(DEEP + 300)]])
    rows = candidates(candidate(DEEP - 60), candidate(DEEP + 100, 0.3, active_s=0.2), candidate(DEEP + 400))
    found = classify_movements(rows, night(), empty(WAKE_EPISODE), empty(NONWEAR_INTERVAL), DEFAULT, up)
    assert found.events.height == 2
    assert found.rejected["reason"].to_list() == ["out_of_bed"]


def us_of(seconds):
    return round(at(seconds).timestamp() * 1e6)


@pytest.mark.parametrize("site", ["left_wrist", "trunk"])
def test_a_long_movement_that_wrist_or_trunk_share_is_gross(site):
    witness = candidate(DEEP + 0.5, 3.0, recording_id="W", body_site=site)
    leg = candidate(DEEP, KINDS.gross_min_s)
    found = classified(leg, witness)
    assert found.events["kind"].to_list() == ["gross_movement"]
    assert found.rejected["reason"].to_list() == ["not_at_a_leg"]
    assert kind_of(leg) == "leg_movement"


@pytest.mark.parametrize("hz", [KINDS.rhythmic_low_hz, KINDS.rhythmic_high_hz])
def test_ten_strong_seconds_at_two_to_eight_hertz_are_rhythmic(hz):
    """Contract: >= 10 s at 2 to 8 Hz."""
    assert (KINDS.rhythmic_min_s, KINDS.rhythmic_low_hz, KINDS.rhythmic_high_hz) == (10, 2, 8)
    assert kind_of(candidate(DEEP, 10.0, **(RHYTHM | {"dominant_hz": hz}))) == "rhythmic_movement"


@pytest.mark.parametrize(
    "changes",
    [
        {"duration_s": 9.9},
        {"dominant_hz": 1.9},
        {"dominant_hz": 8.1},
        {"rhythm_ratio": KINDS.rhythmic_ratio - 0.01},
        {"high_band_frac": KINDS.rhythmic_band_frac - 0.01},
        {"envelope_peak_g": KINDS.rhythmic_min_g - 0.001},
        {"dominant_hz": None, "rhythm_ratio": None, "high_band_frac": None},
    ],
)
def test_what_misses_one_condition_is_not_rhythmic(changes):
    assert kind_of(candidate(DEEP, **({"duration_s": 12.0} | RHYTHM | changes))) != "rhythmic_movement"


def test_a_rhythmic_movement_that_turns_the_leg_is_still_flagged():
    assert kind_of(candidate(DEEP, 30.0, tilt_deg=60.0, **RHYTHM)) == "rhythmic_movement"


def test_a_faint_slow_rhythm_is_foot_tremor():
    slow = {"dominant_hz": 1.2, "rhythm_ratio": 0.95, "high_band_frac": 0.1, "envelope_peak_g": 0.1}
    assert kind_of(candidate(DEEP, 9.0, **slow)) == "foot_tremor"
    too_few = slow | {"dominant_hz": (KINDS.tremor_min_count - 0.5) / 9.0}
    assert kind_of(candidate(DEEP, 9.0, **too_few)) == "leg_movement"


def train(count, period_s=1.4, onset_s=DEEP, **changes):
    return [
        candidate(onset_s + k * period_s, **({"duration_s": 0.6, "active_s": 0.4} | changes))
        for k in range(count)
    ]


def test_bursts_at_a_steady_rate_are_one_foot_tremor():
    found = classified(*train(8))
    event = found.events.row(0, named=True)
    assert found.events.height == 1
    assert event["kind"] == "foot_tremor"
    assert event["onset_at"] == at(DEEP)
    assert event["duration_s"] == pytest.approx(7 * 1.4 + 0.6)
    assert event["dominant_hz"] == pytest.approx(1 / 1.4)
    assert found.rejected["reason"].to_list() == ["part_of_a_train"] * 7


def test_fewer_bursts_than_a_train_remain_apart():
    found = classified(*train(KINDS.tremor_min_count - 1))
    assert found.events.height == KINDS.tremor_min_count - 1
    assert "foot_tremor" not in found.events["kind"].to_list()


def test_periodic_leg_movements_are_no_train():
    """Every 20 s is far below the lowest rate of tremor."""
    found = classified(*train(8, period_s=20.0, duration_s=2.0, active_s=2.0))
    assert found.events["kind"].to_list() == ["leg_movement"] * 8


def test_bursts_of_two_legs_are_not_one_train():
    rows = train(KINDS.tremor_min_count)
    for k, row in enumerate(rows):
        if k % 2:
            row |= {"recording_id": "R", "body_site": "right_ankle"}
    assert "part_of_a_train" not in classified(*rows).rejected["reason"].to_list()


@pytest.mark.parametrize(
    ("onset_s", "kind"),
    [
        (ONSET, "hypnic_jerk"),
        (ONSET + 60, "hypnic_jerk"),
        (ONSET - 60 * KINDS.hypnic_before_min, "hypnic_jerk"),
        (ONSET - 60 * KINDS.hypnic_before_min - 1, "twitch"),
        (ONSET + 60 * KINDS.hypnic_after_min, "hypnic_jerk"),
        (ONSET + 60 * KINDS.hypnic_after_min + 1, "twitch"),
        (RETURN - 60 * KINDS.hypnic_return_slack_min, "hypnic_jerk"),
        (RETURN - 60 * KINDS.hypnic_return_slack_min - 1, "twitch"),
        (RETURN + 60 * KINDS.hypnic_return_min, "hypnic_jerk"),
        (RETURN + 60 * KINDS.hypnic_return_min + 1, "twitch"),
        (DEEP, "twitch"),
    ],
)
def test_a_brief_burst_is_a_jerk_around_sleep_onset_and_a_twitch_elsewhere(onset_s, kind):
    assert kind_of(brief(onset_s)) == kind


def test_a_sharp_burst_is_brief_up_to_three_quarters_of_a_second_of_activity():
    """The contract's limit; the event lasts as long as the activity, its ringing left out."""
    burst = brief(DEEP, active_s=0.75, active_onset_at=at(DEEP + 0.1), **SHARP)
    event = classified(burst).events.row(0, named=True)
    assert event["kind"] == "twitch"
    assert event["onset_at"] == at(DEEP + 0.1)
    assert event["duration_s"] == pytest.approx(0.75)
    assert kind_of(brief(DEEP, active_s=0.76, **SHARP)) == "leg_movement"


@pytest.mark.parametrize("dull", [{"rise_s": 0.11}, {"envelope_peak_g": 0.101}])
def test_what_lasts_as_long_as_a_leg_movement_is_brief_only_if_it_rises_at_once_and_dies_away(dull):
    assert kind_of(brief(DEEP, active_s=KINDS.min_movement_s, **SHARP)) == "twitch"
    assert kind_of(brief(DEEP, active_s=KINDS.min_movement_s, **(SHARP | dull))) == "leg_movement"
    assert kind_of(brief(DEEP, active_s=KINDS.min_movement_s - 0.01, **(SHARP | dull))) == "twitch"


def test_a_hypnic_jerk_is_strong():
    assert kind_of(brief(ONSET, peak_g=KINDS.min_hypnic_g)) == "hypnic_jerk"
    assert kind_of(brief(ONSET, peak_g=KINDS.min_hypnic_g - 0.001)) == "twitch"


def test_sleep_is_returned_to_after_wake_of_some_minutes_only():
    shortest = 60 * KINDS.min_return_wake_min
    burst = candidates(brief(RETURN + 60))
    for length_s, kind in ((shortest, "hypnic_jerk"), (shortest - 1, "twitch")):
        waking = WAKING.with_columns(
            started_at=pl.lit(at(RETURN - length_s)).cast(WAKING.schema["started_at"])
        )
        found = classify_movements(burst, night(), waking, empty(NONWEAR_INTERVAL), DEFAULT)
        assert found.events["kind"].to_list() == [kind]


def test_a_burst_with_a_long_tail_is_not_brief():
    longest = KINDS.max_brief_span_s
    assert kind_of(brief(DEEP, duration_s=longest)) == "twitch"
    assert kind_of(brief(DEEP, duration_s=longest + 0.1)) == "leg_movement"


def test_a_jerk_without_known_sleep_is_a_twitch_without_a_phase():
    unknown = night(sleep_onset_at=None, sleep_end_at=None)
    event = classified(brief(ONSET), nights=unknown).events.row(0, named=True)
    assert (event["kind"], event["phase"]) == ("twitch", None)


def test_periodic_bursts_around_sleep_onset_are_no_hypnic_jerks():
    series = [brief(ONSET + k * 25.0) for k in range(KINDS.even_count)]
    assert set(classified(*series).events["kind"]) == {"twitch"}
    assert set(classified(*series[:-1]).events["kind"]) == {"hypnic_jerk"}


def test_uneven_bursts_around_sleep_onset_remain_hypnic_jerks():
    uneven = [brief(ONSET + s) for s in (0.0, 10.5, 98.0, 109.0, 198.0)]
    assert set(classified(*uneven).events["kind"]) == {"hypnic_jerk"}


@pytest.mark.parametrize(("burst_s", "kind"), [(100.0, "twitch"), (112.5, "hypnic_jerk")])
def test_a_burst_in_a_members_place_of_a_series_is_no_hypnic_jerk(burst_s, kind):
    """Leg movements every 25 s with one place empty: a burst there is the faint member; elsewhere it is a jerk."""
    series = [candidate(ONSET + k * 25.0) for k in range(9) if k != 4]
    found = classified(*series, brief(ONSET + burst_s)).events
    assert found["kind"].to_list().count(kind) == 1
    assert found["kind"].to_list().count("leg_movement") == len(series)


def test_both_legs_have_one_kind_and_their_own_sides():
    """The stronger leg's shape decides; the turn seen by one leg holds for both."""
    left = candidate(DEEP, 2.0, peak_g=0.3)
    right = candidate(DEEP + 0.2, 1.5, peak_g=0.6, tilt_deg=40.0, recording_id="R", body_site="right_foot")
    events = classified(left, right).events
    assert events["kind"].to_list() == ["gross_movement"] * 2
    assert events["side"].to_list() == ["left", "right"]


@pytest.mark.parametrize(
    ("onset_s", "phase"),
    [
        (OFF + 1, "pre_sleep"),
        (ONSET, "sleep_onset"),
        (WAKE - 1, "sleep"),
        (WAKE, "wake_in_bed"),
        (RETURN - 1, "wake_in_bed"),
        (RETURN, "sleep"),
        (END - 1, "sleep"),
        (END, "wake_in_bed"),
        (ON - 3, "wake_in_bed"),
    ],
)
def test_the_phase_is_that_of_the_onset(onset_s, phase):
    assert classified(candidate(onset_s)).events["phase"].to_list() == [phase]


@pytest.mark.parametrize(
    ("onset_s", "is_in_bed"), [(OFF - 0.001, False), (OFF, True), (ON - 0.001, True), (ON, False)]
)
def test_time_in_bed_is_half_open(onset_s, is_in_bed):
    found = classified(candidate(onset_s))
    assert found.events.height == is_in_bed
    assert found.rejected["reason"].to_list() == ([] if is_in_bed else ["outside_bed"])


def taken_off(recording_id):
    row = dict.fromkeys(NONWEAR_INTERVAL) | {
        "recording_id": recording_id,
        "participant_id": "P1",
        "started_at": at(DEEP - 600),
        "ended_at": at(DEEP + 600),
    }
    return pl.DataFrame([row], schema=NONWEAR_INTERVAL)


def test_what_moves_while_its_own_sensor_is_off_is_no_movement():
    assert reason_of(candidate(DEEP), nonwear=taken_off("L")) == ["nonwear"]
    assert classified(candidate(DEEP), nonwear=taken_off("R")).events.height == 1
    assert classified(candidate(DEEP + 600), nonwear=taken_off("L")).events.height == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (candidate(ON + 60), "outside_bed"),
        (candidate(DEEP, is_at_edge=True), "at_gap_edge"),
        (candidate(DEEP, body_site="trunk"), "not_at_a_leg"),
        (candidate(DEEP, morphology_frac=KINDS.min_morphology_frac - 0.01), "morphology"),
        (brief(DEEP, peak_g=KINDS.min_brief_g - 0.001), "too_weak"),
        # Not brief by its activity, and yet not half a second: no movement of either kind.
        (candidate(DEEP, 0.49, active_s=0.8), "too_brief"),
    ],
)
def test_each_reason(row, reason):
    assert reason in REJECTION_REASONS
    assert reason_of(row) == [reason]


def test_half_a_second_is_a_leg_movement():
    """WASM 2016: 0.5 s and longer."""
    assert KINDS.min_movement_s == 0.5
    assert kind_of(candidate(DEEP, 0.5, active_s=0.8)) == "leg_movement"


def test_a_rejected_candidate_keeps_what_it_was():
    row = classified(candidate(ON + 60, 3.0, peak_g=0.7)).rejected.row(0, named=True)
    assert row == {
        "participant_id": "P1",
        "night_date": None,
        "recording_id": "L",
        "onset_at": at(ON + 60),
        "duration_s": 3.0,
        "peak_g": 0.7,
        "reason": "outside_bed",
    }


def test_confidence_grows_with_the_distance_from_the_threshold():
    faint = classified(candidate(DEEP, envelope_peak_g=0.02)).events["confidence"][0]
    strong = classified(candidate(DEEP, envelope_peak_g=0.4)).events["confidence"][0]
    assert 0 < faint < strong < 1


def test_no_candidates_are_no_events():
    found = classified()
    assert (found.events.height, found.rejected.height) == (0, 0)


@st.composite
def candidate_lists(draw):
    """One leg's candidates, disjoint, of any shape, in and out of bed."""
    onset_s = draw(st.sampled_from([OFF - 30, ONSET - 60, RETURN, DEEP, ON - 30]))
    rows = []
    for _ in range(draw(st.integers(0, 12))):
        duration_s = draw(st.sampled_from([0.1, 0.4, 0.5, 0.9, 2.0, 4.0, 12.0]))
        shape = {
            "active_s": duration_s * draw(st.sampled_from([0.5, 1.0])),
            "tilt_deg": draw(st.sampled_from([0.0, 5.0, 45.0])),
            "morphology_frac": draw(st.sampled_from([0.2, 1.0])),
            "peak_g": draw(st.sampled_from([0.03, 0.5])),
            "is_at_edge": draw(st.booleans()),
        }
        rows.append(candidate(onset_s, duration_s, **shape, **draw(st.sampled_from([{}, RHYTHM]))))
        onset_s += duration_s + draw(st.sampled_from([0.5, 1.0, 20.0]))
    return rows


def identity(row):
    return (row["recording_id"], row["onset_at"])


@settings(max_examples=40, deadline=None)
@given(candidate_lists())
def test_every_candidate_ends_once_as_event_or_as_rejected(rows):
    found = classified(*rows)
    ended = [identity(row) for frame in (found.events, found.rejected) for row in frame.to_dicts()]
    assert sorted(ended) == sorted(identity(row) for row in rows)
    assert set(found.rejected["reason"]) <= set(REJECTION_REASONS)
    assert found.events["kind"].null_count() == 0


def test_candidates_of_all_sites_end_once():
    sites = (("L", "left_ankle"), ("R", "right_ankle"), ("W", "left_wrist"), ("T", "trunk"))
    rows = [
        candidate(DEEP + 40 * k + 0.1 * s, 0.3 + k, recording_id=name, body_site=site, tilt_deg=6.0 * k)
        for k in range(6)
        for s, (name, site) in enumerate(sites)
    ]
    found = classified(*rows)
    assert found.events.height == 12
    assert found.rejected["reason"].to_list() == ["not_at_a_leg"] * 12
