"""What the sensor writes: gravity at rest, noise, non-wear, and the same counts however the recording is cut."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from transforms.parameters.simulation import LEGS_2026
from transforms.simulation.participant import ParticipantPlan, simulate_participant
from transforms.simulation.signal import counts, stamp_s, temperature_c, true_acceleration

RATE_HZ = 25.0
HOUR = round(3600 * RATE_HZ)


def simulate(**changes):
    values = {
        "participant_id": "P1",
        "index": 1,
        "seed": 5,
        "first_night": date(2026, 3, 2),
        "night_count": 1,
        "time_zone": "Europe/Berlin",
        "body_sites": ("left_ankle", "right_ankle", "left_wrist"),
        "rate_hz": RATE_HZ,
        "counts_per_g": (4096.0, 4096.0, 4096.0),
    }
    return simulate_participant(ParticipantPlan(**(values | changes)), LEGS_2026)


@pytest.fixture(scope="module")
def participant():
    return simulate()


def quiet_stretch(participant):
    """The longest stretch of the night without any movement, 10 s clear of both neighbours."""
    night = participant.nights[0]
    moves = participant.truth.filter(pl.col("record") == "movement").select(
        (pl.col("onset_at") - participant.origin).dt.total_microseconds() / 1e6, "duration_s"
    )
    ends = np.concatenate(
        [[night.sleep_onset_s], moves["onset_at"].to_numpy() + moves["duration_s"].to_numpy()]
    )
    starts = np.concatenate([moves["onset_at"].to_numpy(), [night.sleep_end_s]])
    widest = (starts - ends).argmax()
    return ends[widest] + 10.0, starts[widest] - 10.0


def test_gravity_at_rest_is_one(participant):
    start_s, end_s = quiet_stretch(participant)
    assert end_s - start_s > 60
    time_s = np.arange(start_s, end_s, 0.1)
    course = participant.recordings[0].course
    norm = np.linalg.norm(true_acceleration(course, time_s), axis=0)
    assert norm == pytest.approx(np.ones(time_s.size), abs=0.004)


def test_a_waking_limb_sways_without_changing_the_length_of_gravity(participant):
    """Between the fidgets of an evening: the posture wanders by about a degree, the norm stays."""
    course = participant.recordings[0].course
    start_s, end_s, sway_rad = next(part for part in course.awake if part[1] - part[0] > 600)
    time_s = np.arange(start_s + 3.0, end_s, 0.5)
    busy = np.zeros(time_s.size, dtype=bool)
    for onset_s, spent_s in course.excursion_span_s:
        busy |= (time_s > onset_s - 1.0) & (time_s < spent_s + 1.0)
    for at_s, width_s in zip(course.change_at_s, course.change_width_s, strict=True):
        busy |= (time_s > at_s - 1.0) & (time_s < at_s + width_s + 1.0)
    quiet = true_acceleration(course, time_s)[:, ~busy]
    assert quiet.shape[1] > 200
    assert np.abs(np.linalg.norm(quiet, axis=0) - 1.0).max() < 0.005
    steps_deg = np.degrees(np.linalg.norm(np.diff(quiet, axis=1), axis=0))
    assert 0.05 < np.median(steps_deg) < 3.0
    assert sway_rad == pytest.approx(0.018)


def test_gain_offset_and_noise_are_what_the_sensor_says(participant):
    """Undoing the sensor's own errors on a quiet stretch leaves gravity and white noise."""
    start_s, end_s = quiet_stretch(participant)
    recording = participant.recordings[0]
    hour = int(start_s // 3600)
    written = counts(recording.course, recording.sensor, hour * HOUR, HOUR).astype(float) / 4096.0
    time_s = (hour * HOUR + np.arange(HOUR)) / recording.sensor.true_rate_hz
    quiet = written[(time_s > start_s) & (time_s < end_s)]
    undone = (quiet - recording.sensor.offset_g) / recording.sensor.gain
    # The mean over the breaths: the norm of the mean vector is free of the noise's own contribution.
    assert np.linalg.norm(undone.mean(axis=0)) == pytest.approx(1.0, abs=0.003)
    noise_g = np.diff(quiet[:, 0]).std() / np.sqrt(2.0)
    assert noise_g == pytest.approx(recording.sensor.noise_g, rel=0.15)
    assert 0.002 <= recording.sensor.noise_g <= 0.006


def test_counts_do_not_depend_on_how_the_recording_is_cut(participant):
    recording = participant.recordings[1]
    whole = counts(recording.course, recording.sensor, 5 * HOUR, 2 * HOUR)
    parts = [counts(recording.course, recording.sensor, hour * HOUR, HOUR) for hour in (5, 6)]
    assert (
        np.abs(whole.astype(int) - np.concatenate(parts)).max() <= 1
    )  # the last bit of a float32 may round either way
    begun = counts(recording.course, recording.sensor, 5 * HOUR, 1000)
    assert np.abs(whole[:1000].astype(int) - begun).max() <= 1
    with pytest.raises(ValueError, match="does not begin an hour"):
        counts(recording.course, recording.sensor, 5 * HOUR + 1, 100)


def test_the_same_seed_gives_the_same_recording_and_another_does_not(participant):
    again, other = simulate(), simulate(seed=6)
    assert again.truth.equals(participant.truth)
    first = counts(participant.recordings[0].course, participant.recordings[0].sensor, 0, HOUR)
    assert np.array_equal(first, counts(again.recordings[0].course, again.recordings[0].sensor, 0, HOUR))
    assert not np.array_equal(first, counts(other.recordings[0].course, other.recordings[0].sensor, 0, HOUR))


def test_movements_are_felt_where_the_truth_says(participant):
    """Band energy during each strong movement stands far above the quiet stretch."""
    start_s, end_s = quiet_stretch(participant)
    course = participant.recordings[0].course
    base = np.abs(np.diff(true_acceleration(course, np.arange(start_s, end_s, 0.04)), axis=1)).max()
    strong = participant.truth.filter(
        (pl.col("record") == "movement")
        & pl.col("body_sites").list.contains("left_ankle")
        & (pl.col("amplitude_g") > 0.1)
        & (pl.col("body_sites").list.len() == 1)
    )
    assert strong.height > 3
    for row in strong.iter_rows(named=True):
        onset_s = (row["onset_at"] - participant.origin).total_seconds()
        time_s = np.arange(onset_s, onset_s + row["duration_s"], 0.01)
        during = true_acceleration(course, time_s)
        change = np.linalg.norm(during - during[:, :1], axis=0).max()
        assert change == pytest.approx(row["amplitude_g"], rel=0.05, abs=0.005)
        assert np.abs(np.diff(during[:, ::4], axis=1)).max() > 3 * base


def test_turns_change_posture_and_leg_movements_do_not(participant):
    course = participant.recordings[0].course
    for row in participant.truth.filter(pl.col("record") == "movement").iter_rows(named=True):
        if "left_ankle" not in row["body_sites"] or row["kind"] == "gross_movement":
            continue
        onset_s = (row["onset_at"] - participant.origin).total_seconds()
        if onset_s + row["duration_s"] + 2.0 > participant.nights[0].lights_on_s:
            continue  # getting up
        before, after = true_acceleration(
            course, np.array([onset_s - 1.0, onset_s + row["duration_s"] + 1.0])
        ).T
        assert (
            np.degrees(
                np.arccos(np.clip(before @ after / np.linalg.norm(before) / np.linalg.norm(after), -1, 1))
            )
            < 3
        )


def test_a_device_on_the_night_stand_is_still_and_cools():
    participant = simulate(nonwear_nights=(0,))
    recording = participant.recordings[0]
    start_s, end_s = recording.course.nonwear[0]
    hour = int(start_s // 3600) + 2
    still = counts(recording.course, recording.sensor, hour * HOUR, HOUR) / 4096.0
    assert still.std(axis=0).max() < 0.013
    assert np.ptp(still, axis=0).max() < 0.150
    celsius = temperature_c(
        recording.course, LEGS_2026.sensor, np.random.default_rng(1), participant.duration_s
    )
    assert celsius[int(end_s / 60) - 1] < celsius[int(start_s / 60) - 1] - 6.0


def test_a_second_device_runs_on_its_own_clock(participant):
    first, second, _ = (recording.sensor for recording in participant.recordings)
    at_s = np.array([0.0, 60_000.0])
    assert stamp_s(first, at_s).tolist() == [0.0, 60_000.0]
    assert 0.0 < abs(stamp_s(second, at_s)[0]) <= LEGS_2026.sensor.clock_offset_s
    assert stamp_s(second, at_s)[1] - stamp_s(second, at_s)[0] != 60_000.0


def test_values_beyond_the_range_are_clipped(participant):
    recording = participant.recordings[0]
    narrow = replace(recording.sensor, range_g=1.0)
    written = counts(recording.course, narrow, 0, HOUR)
    assert written.max() == 4095
    assert written.min() >= -4096
