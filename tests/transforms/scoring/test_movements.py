from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.scoring.nights import NIGHT, at, breaks
from transforms.errors import ContractError
from transforms.parameters.scoring import AASM_2023, WASM_2016
from transforms.schema import INSTANT, LEG_EVENT, MOVEMENT, WAKE_EPISODE, MovementKind, empty
from transforms.scoring.movements import score_events

SLEEP = pl.DataFrame(
    [{"participant_id": "P1", "night_date": NIGHT, "sleep_onset_at": at(0), "sleep_end_at": at(8 * 3600)}],
    schema={
        "participant_id": pl.String,
        "night_date": pl.Date,
        "sleep_onset_at": INSTANT,
        "sleep_end_at": INSTANT,
    },
)
NO_WAKE = empty(WAKE_EPISODE)


def event(onset_s, duration_s=1.0, side="left", kind="leg_movement", **further):
    return {
        "participant_id": "P1",
        "night_date": NIGHT,
        "recording_id": "r",
        "body_site": f"{side}_ankle",
        "side": side,
        "onset_at": at(onset_s),
        "offset_at": at(onset_s + duration_s),
        "duration_s": duration_s,
        "kind": kind,
        "phase": "sleep",
        "peak_g": 0.2,
        "peak_jerk_g_per_s": 2.0,
        "tilt_deg": 1.0,
        "rise_s": 0.1,
        "dominant_hz": 2.0,
        "confidence": 0.5,
    } | further


def score(*rows, gaps=None, sleep=SLEEP, wake=NO_WAKE):
    frame = pl.DataFrame(list(rows), schema=LEG_EVENT)
    return score_events(frame, breaks() if gaps is None else gaps, sleep, wake, WASM_2016, AASM_2023)


def test_nothing_in_nothing_out():
    scored = score()
    assert scored.height == 0
    assert scored.schema == MOVEMENT


def test_schema_and_a_series_of_four():
    scored = score(*(event(t) for t in (100, 120, 140, 160)))
    assert scored.schema == MOVEMENT
    assert scored["wasm_series_id"].to_list() == ["P1:2026-03-01:wasm:1"] * 4
    assert scored["aasm_series_id"].to_list() == ["P1:2026-03-01:aasm:1"] * 4
    assert scored["imi_s"].to_list() == [None, 20.0, 20.0, 20.0]
    assert scored["movement_id"][0] == "P1:1772402500000000:leg_movement"


def test_both_legs_are_one_movement_described_by_its_events():
    scored = score(
        event(100, 1.0, "left", peak_g=0.2, rise_s=0.1, dominant_hz=2.0, confidence=0.9, phase="sleep_onset"),
        event(101.4, 1.0, "right", peak_g=0.5, rise_s=0.3, dominant_hz=3.0, confidence=0.4, tilt_deg=7.0),
    )
    assert scored.select(
        "side", "duration_s", "peak_g", "rise_s", "dominant_hz", "confidence", "tilt_deg"
    ).row(0) == ("both", 2.4, 0.5, 0.3, 3.0, 0.9, 7.0)
    assert scored["body_sites"].to_list() == [["left_ankle", "right_ankle"]]
    assert scored["phase"].to_list() == ["sleep_onset"]
    assert scored["onset_at"][0] == at(100)
    assert scored["offset_at"][0] == at(102.4)


def test_two_bands_on_one_leg_are_one_leg():
    scored = score(event(100, 10.0), event(100.2, 10.2, body_site="left_foot"))
    # 10.4 s of one leg is no candidate; of both legs it would be
    assert scored.select("side", "duration_s", "is_clm").rows() == [("left", 10.4, False)]


@pytest.mark.parametrize("kind", ["hypnic_jerk", "twitch"])
def test_brief_jerks_neither_count_nor_interrupt(kind):
    scored = score(*(event(t) for t in (100, 120, 140, 160)), event(150, 0.7, kind=kind))
    assert scored["is_clm"].to_list() == [True, True, True, False, True]
    assert scored["imi_s"].to_list() == [None, 20.0, 20.0, None, 20.0]
    assert scored["wasm_series_id"].null_count() == 1


def test_a_leg_event_below_half_a_second_stays_a_row_and_interrupts_nothing():
    scored = score(*(event(t) for t in (100, 120, 140, 160)), event(150, 0.4))
    assert scored["is_clm"].to_list() == [True, True, True, False, True]
    assert scored["wasm_series_id"].null_count() == 1
    assert scored["aasm_plm_count"].to_list() == [1, 1, 1, 0, 1]


@pytest.mark.parametrize("kind", ["gross_movement", "foot_tremor", "rhythmic_movement"])
def test_other_movements_end_a_wasm_series_and_not_an_aasm_series(kind):
    scored = score(*(event(t) for t in (100, 120, 140, 160)), event(150, 3.0, kind=kind))
    assert scored["imi_s"].to_list() == [None, 20.0, 20.0, None, None]
    assert scored["wasm_series_id"].null_count() == 5
    assert scored["aasm_plm_count"].to_list() == [1, 1, 1, 0, 1]


@pytest.mark.parametrize(("duration_s", "outside"), [(0.499999, 1), (0.5, 5)])
def test_another_movement_interrupts_from_half_a_second_on(duration_s, outside):
    scored = score(*(event(t) for t in (100, 120, 140, 160)), event(150, duration_s, kind="gross_movement"))
    assert scored["wasm_series_id"].null_count() == outside


@pytest.mark.parametrize(("pause_s", "is_clm"), [(-0.5, False), (0.49, False), (0.5, True)])
def test_a_leg_movement_that_runs_into_a_turn_is_no_candidate(pause_s, is_clm):
    scored = score(event(100, 3.0, "left", "gross_movement"), event(103 + pause_s, 1.0, "right"))
    assert scored.filter(pl.col("kind") == "leg_movement")["is_clm"].to_list() == [is_clm]


@pytest.mark.parametrize(("pause_s", "rows"), [(0.4, 1), (0.5, 2)])
def test_one_jerk_of_the_body_seen_by_both_bands(pause_s, rows):
    scored = score(
        event(100, 0.2, "left", "hypnic_jerk"), event(100.2 + pause_s, 0.2, "right", "hypnic_jerk")
    )
    assert scored.height == rows


def test_kinds_are_not_mixed():
    scored = score(
        event(100, 0.2, kind="hypnic_jerk"), event(100, 1.0), event(100, 5.0, kind="gross_movement")
    )
    assert scored["kind"].to_list() == ["hypnic_jerk", "leg_movement", "gross_movement"]


def test_a_series_does_not_cross_a_gap_and_the_first_interval_after_it_is_not_measured():
    onsets = [event(t) for t in (100, 120, 140, 160, 180)]
    scored = score(*onsets, gaps=breaks((125, 126)))
    assert scored["imi_s"].to_list() == [None, 20.0, None, 20.0, 20.0]
    assert scored["wasm_series_id"].null_count() == 5
    # a break [start, end) that ends at an onset lies before it
    scored = score(*onsets, gaps=breaks((90, 100)))
    assert scored["wasm_series_id"].null_count() == 0


def test_aasm_scores_only_what_has_a_part_in_sleep():
    wake = pl.DataFrame(
        [{"participant_id": "P1", "night_date": NIGHT, "started_at": at(130), "ended_at": at(200.5)}],
        schema=WAKE_EPISODE,
    )
    scored = score(*(event(t) for t in (100, 120, 129.5, 150, 180, 200, 220)), wake=wake)
    assert scored["wasm_series_id"].count() == 5
    # 150 and 180 lie in wake; 129.5 begins and 200 ends in sleep, 70.5 s apart
    assert scored["aasm_plm_count"].to_list() == [1, 1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize(("onset_s", "count"), [(99.0, 0), (99.000001, 1), (159.999999, 1), (160.0, 0)])
def test_a_part_in_sleep_is_more_than_its_edge(onset_s, count):
    sleep = SLEEP.with_columns(sleep_onset_at=pl.lit(at(100)), sleep_end_at=pl.lit(at(160)))
    inside = [event(t) for t in (110, 125, 140)]
    scored = score(event(onset_s), *inside, sleep=sleep)
    assert scored["aasm_plm_count"].sum() == 4 * count


def test_without_a_sleep_window_there_is_no_aasm_series():
    scored = score(*(event(t) for t in (100, 120, 140, 160)), sleep=SLEEP.clear())
    assert scored["aasm_series_id"].count() == 0
    assert scored["wasm_series_id"].count() == 4


def test_two_aasm_movements_in_one_row_are_counted_as_two():
    # the legs overlap in a chain, but their onsets are 6 s apart
    pairs = [e for t in (100, 120, 140, 160) for e in (event(t, 8.0), event(t + 6, 3.0, "right"))]
    scored = score(*pairs)
    assert scored.height == 4
    assert scored["aasm_plm_count"].to_list() == [2, 2, 2, 2]


def test_nights_are_scored_apart():
    other = {"night_date": NIGHT + timedelta(days=1)}
    scored = score(*(event(t) for t in (100, 120)), *(event(t, **other) for t in (140, 160)))
    assert scored["wasm_series_id"].count() == 0
    assert scored["imi_s"].to_list() == [None, 20.0, None, 20.0]


def test_ids_are_unique_when_both_legs_twitch_at_one_instant():
    scored = score(event(100, 0.3, "left"), event(100, 0.3, "right"))
    assert scored["movement_id"].to_list() == [
        "P1:1772402500000000:leg_movement",
        "P1:1772402500000000:leg_movement:2",
    ]


def test_an_event_that_ends_before_it_starts_breaks_the_contract():
    with pytest.raises(ContractError, match="ends before it starts"):
        score(event(100, -1.0))


events = st.lists(
    st.builds(
        event,
        st.integers(0, 3000).map(lambda tenths: tenths / 10),
        st.sampled_from([0.1, 0.5, 1.0, 4.0, 11.0]),
        st.sampled_from(["left", "right"]),
        st.sampled_from(MovementKind.categories.to_list()),
    ),
    max_size=25,
)


@given(rows=events, order=st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter_and_nothing_is_lost(rows, order):
    scored = score(*rows)
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert score(*shuffled).equals(scored)
    assert scored["movement_id"].is_unique().all()
    for row in rows:
        inside = scored.filter(
            (pl.col("kind") == row["kind"])
            & (pl.col("onset_at") <= row["onset_at"])
            & (pl.col("offset_at") >= row["offset_at"])
        )
        assert inside.height >= 1
    assert not scored.filter(pl.col("is_clm") & (pl.col("kind") != "leg_movement")).height
    assert not scored.filter(pl.col("wasm_series_id").is_not_null() & ~pl.col("is_clm")).height


@given(rows=events)
def test_a_person_is_scored_alike_alone_and_among_others(rows):
    others = [row | {"participant_id": person} for person in ("P0", "P2") for row in rows]
    alone = score(*rows)
    assert score(*others, *rows, sleep=SLEEP).filter(participant_id="P1").equals(alone)


def test_a_long_break_that_began_before_the_first_leg_movement_is_seen():
    others = [event(0, 3.0, kind="gross_movement")]
    legs = [event(t) for t in (7000, 7020, 7040, 7060, 7080)]
    scored = score(*others, *legs, gaps=breaks((10, 7010)))
    assert scored["imi_s"].to_list() == [None, None, None, 20.0, 20.0, 20.0]


def test_an_event_without_a_kind_breaks_the_contract():
    with pytest.raises(ContractError, match="without a kind"):
        score(event(100, kind=None))


def test_breaks_of_other_people_do_not_matter():
    scored = score(*(event(t) for t in (100, 120, 140, 160)), gaps=breaks((125, 126), person="P2"))
    assert scored["wasm_series_id"].count() == 4
