"""Simulated nights through the project's own chain, in memory: the chain runs, and finds what is plainly there."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.agreement.validity import leave_out_faint, match_movements, score
from transforms.parameters import DEFAULT
from transforms.parameters.simulation import LEGS_2026
from transforms.parameters.validity import EVENT_MATCHING_2026
from transforms.recording import RecordingHeader
from transforms.simulation.controls import jerkless
from transforms.simulation.measurement import (
    compare,
    delayed,
    in_memory,
    measure,
    rendered,
    sleep_diary,
    split_in_two,
)
from transforms.simulation.participant import ParticipantPlan, simulate_participant

NIGHT = date(2026, 4, 14)
CERTAIN = replace(LEGS_2026, behaviour=replace(LEGS_2026.behaviour, missing_day_share=0.0))


def plan(**changes):
    values = {
        "participant_id": "P1",
        "index": 2,
        "seed": 41,
        "first_night": NIGHT,
        "night_count": 1,
        "time_zone": "Europe/Berlin",
        "body_sites": ("left_ankle",),
        "rate_hz": 25.0,
        "counts_per_g": (4096.0,),
        "is_restless": True,
    }
    return ParticipantPlan(**(values | changes))


@pytest.fixture(scope="module")
def compared():
    return compare(plan(), CERTAIN, DEFAULT)


def test_the_diary_gives_the_night_and_the_sensor_gives_one_without_it(compared):
    def source(measured):
        return measured.nights.filter(pl.col("night_date") == NIGHT)["sleep_window_source"][0]

    assert source(compared.with_diary) == "diary"
    assert source(compared.without_diary) == "leg_hdcza"


def test_plain_leg_movements_are_found_at_their_time(compared):
    truth = compared.truth.filter(pl.col("record") == "movement")
    detected = compared.with_diary.movements.with_columns(pl.col("peak_g").alias("amplitude_g"))
    pairing = leave_out_faint(match_movements(detected, truth, EVENT_MATCHING_2026), 0.06)
    legs = score(pairing.filter(pl.col("kind") == "leg_movement"), ["kind"], EVENT_MATCHING_2026).row(
        0, named=True
    )
    assert legs["true_count"] > 50
    assert legs["f1"] > 0.9
    assert pairing["onset_error_s"].abs().median() < 0.15


def test_a_night_without_jerks_has_none():
    quiet = jerkless(CERTAIN)
    participant = simulate_participant(plan(is_restless=None), quiet)
    recordings = [rendered(participant, one, quiet.sensor) for one in participant.recordings]
    movements = measure(
        recordings, sleep_diary(participant, quiet, DEFAULT), "Europe/Berlin", DEFAULT
    ).movements
    in_bed = participant.nights[0]
    since_s = (pl.col("onset_at") - participant.origin).dt.total_seconds()
    asleep = movements.filter(since_s.is_between(in_bed.sleep_onset_s, in_bed.sleep_end_s))
    assert asleep.filter(pl.col("is_clm") | pl.col("kind").is_in(["hypnic_jerk", "twitch"])).height == 0


def test_gaps_become_segments_and_halves_share_nothing():
    participant = simulate_participant(plan(gap_nights=(0,)), CERTAIN)
    recording = rendered(participant, participant.recordings[0], CERTAIN.sensor)
    start_s, end_s = participant.recordings[0].gaps[0]
    before, after = recording.segments.rows(named=True)
    missing_s = (after["started_at"] - before["ended_at"]).total_seconds()
    assert missing_s == pytest.approx(end_s - start_s, abs=0.1)
    whole = recording.samples.collect()
    assert before["sample_count"] + after["sample_count"] == whole.height
    first, second = (half.samples.collect() for half in split_in_two(recording))
    assert pl.concat([first, second]).equals(whole)
    later = delayed(recording, timedelta(milliseconds=10)).samples.collect()
    shift_us = (later["sampled_at"] - whole["sampled_at"]).dt.total_microseconds().to_numpy()
    assert np.all(shift_us == 10_000)


def test_a_segment_of_one_sample_has_the_rate_that_was_set():
    header = RecordingHeader(
        recording_id="R",
        participant_id="P1",
        body_site="left_ankle",
        time_zone="Europe/Berlin",
        sampling_rate_hz=50.0,
    )
    times_us = np.array([0, 20_000, 40_000, 90_000_000], dtype=np.int64)
    made = in_memory(header, times_us, np.zeros((4, 3), dtype=np.int16), 0, np.empty(0))
    assert made.segments["sample_count"].to_list() == [3, 1]
    assert made.segments["sampling_rate_hz"].to_list() == [50.0, 50.0]
    last = made.segments["ended_at"].dt.epoch("us").to_list()
    assert last == [60_000, 90_020_000]


def test_a_night_in_two_files_of_one_leg_is_one_night():
    """The files share the epoch in which they were cut; that is no second leg without a common clock."""
    participant = simulate_participant(plan(is_restless=True), CERTAIN)
    whole = rendered(participant, participant.recordings[0], CERTAIN.sensor)
    diary = sleep_diary(participant, CERTAIN, DEFAULT)
    once, halves = (
        measure(recordings, diary, "Europe/Berlin", DEFAULT) for recordings in ((whole,), split_in_two(whole))
    )
    assert not halves.alignment["is_left_out"].any()
    assert halves.movements.height == pytest.approx(once.movements.height, rel=0.02)
