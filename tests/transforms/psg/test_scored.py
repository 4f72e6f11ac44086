"""Marks of scorers under the standards, and the nights that their hypnograms make."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from transforms.parameters.psg import AASM_HYPNOGRAM
from transforms.parameters.scoring import AASM_2023, WASM_2016
from transforms.psg.emg import DETECTOR
from transforms.psg.hypnogram import fit_hypnogram, psg_nights, stages_of
from transforms.psg.marks import Marks
from transforms.psg.movements import (
    MovedNights,
    fill_nights,
    moved_nights,
    unstaged_legs,
    with_told_sleep,
)
from transforms.psg.scored import score_marks, stages_by_leg_scorer
from transforms.schema import (
    EMG_SPAN,
    MOVEMENT,
    NIGHT,
    REJECTED_ENTRY,
    SCORED_EVENT,
    SCORED_LEG_MOVEMENT,
    SIGNAL_BREAK,
    WAKE_EPISODE,
    empty,
)

START = datetime(2026, 3, 1, 21, tzinfo=UTC)
NIGHT_DATE = date(2026, 3, 1)
ZONES = pl.DataFrame({"participant_id": ["P1"], "time_zone": ["Europe/Berlin"]})
NO_BREAKS = empty(SIGNAL_BREAK)
NO_SPANS = empty(EMG_SPAN)


def at(seconds):
    return START + timedelta(microseconds=round(seconds * 1e6))


def mark(event, onset_s, duration_s, side="other", scorer="S1", person="P1"):
    return {
        "participant_id": person,
        "night_date": NIGHT_DATE,
        "scorer": scorer,
        "event": event,
        "side": side,
        "onset_at": at(onset_s),
        "offset_at": at(onset_s + duration_s),
        "duration_s": float(duration_s),
    }


def frame(*rows):
    return pl.DataFrame(list(rows), schema=SCORED_EVENT)


def legs(*onsets, **further):
    return [mark("leg_movement", onset, 1.0, "left", **further) for onset in onsets]


def score(*rows, breaks=NO_BREAKS):
    return score_marks(frame(*rows), breaks, WASM_2016, AASM_2023)


def stretch(schema, *pairs, person="P1"):
    """Stretches [from, to) in seconds after START."""
    rows = [(person, NIGHT_DATE, at(first), at(last)) for first, last in pairs]
    return pl.DataFrame(rows, schema=schema, orient="row")


def nights_of(*rows, least_h=0.0):
    """The nights of a hypnogram in which legs could be seen all the time."""
    stages = stages_of(frame(*rows))
    searched = stages.select("participant_id", "night_date").unique()
    return psg_nights(stages, stages, searched, ZONES, least_h)


def test_nothing_in_nothing_out():
    assert score().schema == SCORED_LEG_MOVEMENT
    assert score(mark("arousal", 1, 3)).height == 0


def test_series_across_wake_and_sleep():
    # golden case 22: wake until 135 s
    scored = score(*legs(100, 120, 140, 160, 180, 200), mark("stage_w", 0, 135), mark("stage_n2", 135, 300))
    assert scored.schema == SCORED_LEG_MOVEMENT
    assert scored["stage"].to_list() == ["w", "w", "n2", "n2", "n2", "n2"]
    assert scored["wasm_series_id"].to_list() == ["P1:S1:2026-03-01:wasm:1"] * 6
    assert scored["aasm_plm_count"].to_list() == [0, 0, 1, 1, 1, 1]


def test_stage_edges():
    rows = [mark("stage_n1", 0, 100), mark("stage_r", 200, 100)]
    scored = score(*legs(0, 99.5, 100, 150, 199, 199.5, 299.999999, 300), *rows)
    by_onset = {
        (row["onset_at"] - START).total_seconds(): row["stage"] for row in scored.iter_rows(named=True)
    }
    assert by_onset == {0.0: "n1", 99.5: "n1", 150.0: None, 199.0: None, 299.999999: "r"}


@pytest.mark.parametrize(("stage_from_s", "count"), [(101.0, 3), (100.999999, 4)])
def test_aasm_needs_a_part_in_sleep(stage_from_s, count):
    rows = [mark("stage_w", 0, stage_from_s), mark("stage_n2", stage_from_s, 900)]
    scored = score(*legs(100, 120, 140, 160), *rows)
    # three are no series
    assert scored["aasm_plm_count"].sum() == (4 if count == 4 else 0)


def test_without_stages_wasm_stands_and_aasm_does_not():
    scored = score(*legs(100, 120, 140, 160))
    assert scored["wasm_series_id"].count() == 4
    assert scored["aasm_series_id"].count() == 0
    assert scored["stage"].count() == 0


def test_a_scorer_without_stages_is_held_against_the_first_who_staged():
    scored = score(
        *legs(100, 120, 140, 160, scorer="S2"),
        mark("stage_n2", 0, 900, scorer="S3"),
        mark("stage_w", 0, 900, scorer="S4"),
    )
    assert scored["stage"].to_list() == ["n2"] * 4
    assert scored["aasm_plm_count"].sum() == 4


def test_who_only_stages_has_no_nights_without_leg_movements():
    events = frame(
        *legs(100, scorer="S1"),
        mark("stage_n2", 0, 900, scorer="S2"),
        mark("stage_n2", 0, 900, scorer="S1", person="P2"),
        mark("stage_w", 0, 900, scorer="S2", person="P2"),
    )
    told = (
        stages_by_leg_scorer(events, NO_BREAKS, NO_SPANS)
        .select("participant_id", "scorer", "stager", "stage")
        .rows()
    )
    assert told == [("P1", "S1", "S2", "n2"), ("P2", "S1", "S1", "n2")]


def test_scorers_and_people_are_told_apart():
    scored = score(*legs(100, 140, scorer="S1"), *legs(120, 160, scorer="S2"), *legs(110, 130, person="P2"))
    assert scored["wasm_series_id"].count() == 0
    assert scored.select("participant_id", "scorer").rows() == [
        *[("P1", "S1")] * 2,
        *[("P1", "S2")] * 2,
        *[("P2", "S1")] * 2,
    ]


def test_respiration_that_nobody_scored_is_unknown():
    scored = score(*legs(100, 120, 140, 160))
    assert scored["is_respiratory"].null_count() == 4
    assert scored["wasm_series_id_without_respiratory"].null_count() == 4
    assert scored["is_arousal"].null_count() == 4
    # golden case 20
    scored = score(*legs(100, 120, 140, 160), mark("respiratory", 112, 10), mark("arousal", 141.2, 5))
    assert scored["is_respiratory"].to_list() == [False, True, False, False]
    assert scored["wasm_series_id"].count() == 4
    assert scored["wasm_series_id_without_respiratory"].count() == 0
    assert scored["is_arousal"].to_list() == [False, False, True, False]


def test_the_detector_is_held_against_the_respiration_and_arousals_of_a_person():
    rows = [mark("stage_n2", 0, 600), *legs(100, 120, 140, 160, 180, scorer=DETECTOR)]
    rows += [mark("respiratory", 113, 10, scorer=name) for name in ("S1", "S2")]
    rows += [mark("respiratory", 133, 10, scorer="S2"), mark("arousal", 100, 5, scorer="S2")]
    found = score(*rows)
    assert found["is_respiratory"].to_list() == [False, True, False, False, False]
    assert found["is_arousal"].to_list() == [True, False, False, False, False]
    assert found["wasm_series_id_without_respiratory"].count() == 4
    alone = score(*rows[:6])
    assert alone["is_respiratory"].null_count() == alone["is_arousal"].null_count() == 5


def test_a_break_in_the_signal_ends_the_series_of_every_scorer():
    gap = pl.DataFrame(
        [{"participant_id": "P1", "night_date": NIGHT_DATE, "started_at": at(130), "ended_at": at(131)}],
        schema=SIGNAL_BREAK,
    )
    scored = score(*legs(100, 120, 140, 160), *legs(100, 120, 140, 160, scorer="S2"), breaks=gap)
    assert scored["imi_s"].to_list() == [None, 20.0, None, 20.0] * 2


def test_aasm_movements_of_both_legs_begin_in_the_first_row():
    rows = [
        e
        for t in (100, 120, 140, 160)
        for e in (mark("leg_movement", t, 1, "left"), mark("leg_movement", t + 4, 1, "right"))
    ]
    scored = score(*rows, mark("stage_n2", 0, 900))
    assert scored["aasm_plm_count"].to_list() == [1, 0] * 4


# --- hypnograms ---------------------------------------------------------------------------------------------------


def fit(*rows, start_s=0, end_s=3600):
    marks = Marks(events=frame(*rows), rejected=empty(REJECTED_ENTRY))
    return fit_hypnogram(marks, pl.lit(at(start_s)), pl.lit(at(end_s)), AASM_HYPNOGRAM, "psg/P1/a.edf")


def seconds(events):
    return [
        ((row["onset_at"] - START).total_seconds(), row["duration_s"]) for row in events.iter_rows(named=True)
    ]


def test_a_shorter_hypnogram_stays_as_it_is():
    fitted = fit(mark("stage_w", 300, 600), mark("stage_n2", 900, 600), *legs(10))
    assert seconds(stages_of(fitted.events)) == [(300.0, 600.0), (900.0, 600.0)]
    assert fitted.events.height == 3
    assert fitted.rejected.height == 0


def test_a_hypnogram_that_reaches_over_the_end_is_trimmed():
    fitted = fit(mark("stage_w", -15, 615), mark("stage_n2", 600, 3030))
    assert seconds(stages_of(fitted.events)) == [(0.0, 600.0), (600.0, 3000.0)]
    assert fitted.rejected["reason"].to_list() == [
        "hypnogram trimmed: 0.8 min of it lie outside the recording"
    ]


@pytest.mark.parametrize(("outside_s", "count"), [(180, 1), (180.001, 0)])
def test_a_hypnogram_with_more_than_a_twentieth_outside_is_refused(outside_s, count):
    fitted = fit(mark("stage_n2", outside_s, 3600), *legs(10))
    assert stages_of(fitted.events).height == count
    assert fitted.events.filter(event="leg_movement").height == 1
    assert ("refused" in fitted.rejected["reason"][0]) == (count == 0)


def test_a_hypnogram_that_contradicts_itself_is_refused_and_a_repeat_is_not():
    assert stages_of(fit(mark("stage_n2", 0, 60), mark("stage_w", 59, 60)).events).height == 0
    assert stages_of(fit(mark("stage_n2", 0, 60), mark("stage_n2", 0, 60)).events).height == 1


def test_one_scorers_fault_is_not_the_others():
    fitted = fit(mark("stage_n2", 0, 60), mark("stage_w", 59, 60), mark("stage_n2", 0, 60, scorer="S2"))
    assert fitted.events["scorer"].to_list() == ["S2"]


def test_nights_of_a_hypnogram():
    nights, wake = nights_of(
        mark("stage_w", 0, 600),
        mark("stage_n1", 600, 300),
        mark("stage_w", 900, 60),
        mark("stage_w", 960, 60),
        mark("stage_n2", 1020, 1800),
        # unstaged from 2820 to 3000
        mark("stage_r", 3000, 600),
        mark("stage_w", 3600, 300),
    )
    assert nights.schema == NIGHT
    assert wake.schema == WAKE_EPISODE
    night = nights.row(0, named=True)
    assert (night["lights_off_at"], night["lights_on_at"]) == (at(0), at(3900))
    assert (night["sleep_onset_at"], night["sleep_end_at"]) == (at(600), at(3600))
    assert night["tst_h"] == 0.75
    assert night["waso_min"] == 2.0
    assert night["sleep_latency_min"] == 10.0
    assert night["analysed_h"] == pytest.approx(3720 / 3600)
    assert night["gap_h"] == pytest.approx(180 / 3600)
    assert night["analysed_sleep_h"] == 0.75
    assert night["analysed_spt_h"] == pytest.approx((3000 - 180) / 3600)
    assert night["sleep_window_source"] == "psg"
    assert wake.select("started_at", "ended_at").rows() == [(at(900), at(1020))]


def test_a_night_without_sleep_is_not_eligible():
    nights, wake = nights_of(mark("stage_w", 0, 600))
    assert nights.select("is_eligible", "exclusion_reason", "waso_min").row(0) == (
        False,
        "no_sleep_window",
        None,
    )
    assert wake.height == 0


def test_no_stages_no_nights():
    nights, wake = nights_of(*legs(1))
    assert (nights.height, wake.height) == (0, 0)
    assert (nights.schema, wake.schema) == (NIGHT, WAKE_EPISODE)


@pytest.mark.parametrize(
    ("length_s", "least_h", "reason"),
    [(3600, 1.0, None), (3570, 1.0, "time_in_bed_too_short")],
)
def test_the_least_time_in_bed_is_enough(length_s, least_h, reason):
    nights, _ = nights_of(mark("stage_n2", 0, length_s), least_h=least_h)
    assert nights["exclusion_reason"].to_list() == [reason]


# --- what nobody could see ----------------------------------------------------------------------------------------

HYPNOGRAM = [mark("stage_w", 0, 600), mark("stage_n2", 600, 5400)]


def moved(*rows, breaks=NO_BREAKS, spans=NO_SPANS, least_h=0.0):
    events = frame(*rows)
    scored = score_marks(events, breaks, WASM_2016, AASM_2023)
    return moved_nights(events, scored, breaks, spans, ZONES, least_h)


def test_unusable_leg_signal_is_not_in_the_hours_of_the_detector():
    rows = [*HYPNOGRAM, *legs(700, 720, scorer=DETECTOR)]
    gone = {"breaks": stretch(SIGNAL_BREAK, (300, 900)), "spans": stretch(EMG_SPAN, (0, 300), (900, 4500))}
    night = moved(*rows, **gone).nights.row(0, named=True)
    assert (night["in_bed_h"], night["tst_h"]) == (6000 / 3600, 1.5)
    # measured are 300 s of wake, then sleep from 900 to 4500 s
    assert night["analysed_h"] == pytest.approx(3900 / 3600)
    assert night["analysed_sleep_h"] == pytest.approx(1.0)
    assert night["analysed_wake_h"] == pytest.approx(300 / 3600)
    assert night["analysed_spt_h"] == pytest.approx(1.0)
    assert night["gap_h"] == pytest.approx(2100 / 3600)
    assert moved(*rows, **gone, least_h=1.2).nights["exclusion_reason"].to_list() == ["signal_missing"]


def test_a_break_in_which_a_person_marked_a_movement_was_none_for_that_person():
    gaps = stretch(SIGNAL_BREAK, (1000, 2000), (3000, 4000))
    seen = stages_by_leg_scorer(frame(*HYPNOGRAM, *legs(1500, 1520, 1540, 1560)), gaps, NO_SPANS)
    hours = seen.select((pl.col("offset_at") - pl.col("onset_at")).dt.total_seconds().sum()).item()
    assert hours == 6000 - 1000
    assert score(*HYPNOGRAM, *legs(1960, 1980, 2010, 2030), breaks=gaps)["wasm_series_id"].null_count() == 0
    assert score(*HYPNOGRAM, *legs(960, 980, 2010, 2030), breaks=gaps)["wasm_series_id"].null_count() == 4


def test_a_night_in_which_the_detector_found_nothing_is_a_night_without_movements():
    told = moved(*HYPNOGRAM, spans=stretch(EMG_SPAN, (0, 6000)))
    assert told.nights.select("analysed_h", "is_eligible").rows() == [(6000 / 3600, True)]
    assert told.movements.height == 0


def test_a_night_without_any_usable_signal_says_so():
    rows = [*HYPNOGRAM, *legs(700, scorer=DETECTOR)]
    told = moved(*rows, breaks=stretch(SIGNAL_BREAK, (0, 6000)), least_h=1.0)
    assert told.nights.select("analysed_h", "exclusion_reason").rows() in (
        [(0.0, "signal_missing")],
        [(None, "no_leg_recording")],
    )


def test_a_hypnogram_without_legs_tells_sleep_and_no_movements():
    told = moved(*HYPNOGRAM, mark("stage_w", 3000, 60, scorer="S0"))
    night = told.nights.row(0, named=True)
    assert (night["exclusion_reason"], night["is_eligible"]) == ("no_leg_recording", False)
    assert (night["lights_off_at"], night["sleep_onset_at"]) == (at(3000), None)  # S0 is first by name
    assert moved(*HYPNOGRAM).nights["sleep_onset_at"].to_list() == [at(600)]


def test_the_hypnogram_is_that_of_the_scorer_of_legs():
    other = [mark("stage_w", 0, 3000, scorer="A"), mark("stage_n2", 3000, 3000, scorer="A")]
    told = moved(*HYPNOGRAM, *other, *legs(700, 2000))
    assert told.nights["sleep_onset_at"].to_list() == [at(600)]
    assert told.movements["phase"].to_list() == ["sleep", "sleep"]


# --- nights that nobody staged ------------------------------------------------------------------------------------


def window(off_s, onset_s, end_s, on_s, **further):
    """The NIGHT that a diary makes."""
    edges = {"lights_off_at": off_s, "sleep_onset_at": onset_s, "sleep_end_at": end_s, "lights_on_at": on_s}
    row = {
        "participant_id": "P1",
        "night_date": NIGHT_DATE,
        "time_zone": "Europe/Berlin",
        "sleep_window_source": "diary",
        "in_bed_h": (on_s - off_s) / 3600,
        "leg_recording_count": 0,
        "is_eligible": False,
        "exclusion_reason": "no_leg_recording",
    }
    row |= {name: at(value) for name, value in edges.items()} | further
    return pl.DataFrame([row], schema=NIGHT)


def sensed(nights, wake=()):
    return MovedNights(nights=nights, wake_episodes=stretch(WAKE_EPISODE, *wake), movements=empty(MOVEMENT))


def unstaged(*onsets, spans=((0, 7200),)):
    events = frame(*legs(*onsets, scorer=DETECTOR))
    return unstaged_legs(events, NO_BREAKS, stretch(EMG_SPAN, *spans))


def test_a_diary_tells_the_sleep_of_a_night_that_nobody_staged():
    legs_seen = unstaged(500, 1100, 1120, 1140, 1160, 6500, spans=((0, 5000), (5200, 9000)))
    told = with_told_sleep(sensed(window(600, 1130, 6400, 7200)), legs_seen, WASM_2016, AASM_2023, 0.5)
    night = told.nights.row(0, named=True)
    assert (night["is_eligible"], night["sleep_window_source"]) == (True, "diary")
    assert night["analysed_h"] == pytest.approx(6400 / 3600)
    assert night["gap_h"] == pytest.approx(200 / 3600)
    assert night["analysed_spt_h"] == pytest.approx((6400 - 1130 - 200) / 3600)
    assert night["analysed_sleep_h"] is None  # a diary does not know wake
    assert told.movements["phase"].to_list() == ["pre_sleep"] * 3 + ["sleep"] * 2 + ["wake_in_bed"]
    assert told.movements["wasm_series_id"].count() == 4
    assert told.movements["movement_source"].unique().to_list() == ["electromyogram"]
    # two of the four are in sleep: no series under AASM
    assert told.movements["aasm_plm_count"].sum() == 0


def test_a_wrist_tells_wake_of_a_night_that_nobody_staged_too():
    night = window(0, 600, 7000, 7200, sleep_window_source="wrist_hdcza", tst_h=6300 / 3600)
    told = with_told_sleep(
        sensed(night, wake=[(3000, 3100)]), unstaged(1000, 1020, 1040, 1060, 3050), WASM_2016, AASM_2023, 0.5
    )
    assert told.nights["analysed_sleep_h"].to_list() == [6300 / 3600]
    assert told.nights["analysed_wake_h"].to_list() == [pytest.approx(900 / 3600)]
    assert told.movements["phase"].to_list() == ["sleep"] * 4 + ["wake_in_bed"]
    assert told.movements["aasm_plm_count"].sum() == 4
    assert told.wake_episodes.height == 1


@pytest.mark.parametrize(
    ("spans", "least_h", "reason"),
    [
        (((0, 3600),), 1.0, None),
        (((0, 3590),), 1.0, "signal_missing"),
        (((0, 9000),), 3.0, "time_in_bed_too_short"),
    ],
)
def test_an_unstaged_night_needs_its_hours_too(spans, least_h, reason):
    told = with_told_sleep(
        sensed(window(0, 600, 7000, 7200)), unstaged(1000, spans=spans), WASM_2016, AASM_2023, least_h
    )
    assert told.nights["exclusion_reason"].to_list() == [reason]


def test_without_any_window_an_unstaged_night_says_why_it_is_out():
    events = frame(*legs(1000, scorer=DETECTOR))
    spans = stretch(EMG_SPAN, (0, 7200))
    laboratory = moved(*legs(1000, scorer=DETECTOR), spans=spans)
    assert laboratory.nights.select("sleep_window_source", "exclusion_reason").rows() == [
        ("none", "no_sleep_window")
    ]
    bare = pl.DataFrame(
        [{"participant_id": "P1", "night_date": NIGHT_DATE, "leg_recording_count": 0}], schema=NIGHT
    )
    seen = fill_nights(sensed(bare), laboratory)
    assert seen.nights["exclusion_reason"].to_list() == ["no_sleep_window"]
    # but the window that a diary tells stays
    diary = sensed(window(0, 600, 7000, 7200))
    assert fill_nights(diary, laboratory).nights["sleep_window_source"].to_list() == ["diary"]
    told = with_told_sleep(diary, unstaged_legs(events, NO_BREAKS, spans), WASM_2016, AASM_2023, 0.5)
    both = fill_nights(fill_nights(diary, laboratory), told)
    assert both.nights.select("is_eligible", "analysed_h").rows() == [(True, 2.0)]
    assert both.movements.height == 1
