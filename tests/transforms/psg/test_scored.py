"""Marks of scorers under the standards, and the nights that their hypnograms make."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from transforms.parameters.psg import AASM_HYPNOGRAM
from transforms.parameters.scoring import AASM_2023, WASM_2016
from transforms.psg.hypnogram import fit_hypnogram, psg_nights, stages_of
from transforms.psg.marks import Marks
from transforms.psg.scored import score_marks, stages_by_leg_scorer
from transforms.schema import (
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
    told = stages_by_leg_scorer(events).select("participant_id", "scorer", "stager", "stage").rows()
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
    nights, wake = psg_nights(
        frame(
            mark("stage_w", 0, 600),
            mark("stage_n1", 600, 300),
            mark("stage_w", 900, 60),
            mark("stage_w", 960, 60),
            mark("stage_n2", 1020, 1800),
            # unstaged from 2820 to 3000
            mark("stage_r", 3000, 600),
            mark("stage_w", 3600, 300),
        ),
        ZONES,
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
    assert night["sleep_window_source"] == "psg"
    assert wake.select("started_at", "ended_at").rows() == [(at(900), at(1020))]


def test_a_night_without_sleep_is_not_eligible():
    nights, wake = psg_nights(frame(mark("stage_w", 0, 600)), ZONES)
    assert nights.select("is_eligible", "exclusion_reason", "waso_min").row(0) == (
        False,
        "no_sleep_window",
        None,
    )
    assert wake.height == 0


def test_no_stages_no_nights():
    nights, wake = psg_nights(frame(*legs(1)), ZONES)
    assert (nights.height, wake.height) == (0, 0)
    assert (nights.schema, wake.schema) == (NIGHT, WAKE_EPISODE)
