"""Simulated recordings through the study's own pipeline, in memory: no device file, no store."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.clock import MINUTE_US, SECOND_US
from transforms.diaries import read_diaries
from transforms.parameters import StudyParameters
from transforms.parameters.simulation import SensorParameters, SimulationParameters
from transforms.pipeline import Scored, Wearer, find, score, summarise
from transforms.recording import RawSignal, RecordingHeader
from transforms.schema import COMPANION, INSTANT, SEGMENT, empty
from transforms.simulation.diaries import HEADERS, diary_rows
from transforms.simulation.participant import (
    ParticipantPlan,
    SimulatedParticipant,
    SimulatedRecording,
    simulate_participant,
)
from transforms.simulation.signal import NOISE_BLOCK_S, counts, stamp_s, temperature_c


def rendered(
    participant: SimulatedParticipant,
    recording: SimulatedRecording,
    sensor_parameters: SensorParameters,
) -> RawSignal:
    """Render one recording into memory; its gaps are missing, as they would be from a file."""
    course, sensor = recording.course, recording.sensor
    hour = round(NOISE_BLOCK_S * sensor.rate_hz)
    values = np.concatenate(
        [
            counts(course, sensor, first, min(hour, recording.sample_count - first))
            for first in range(0, recording.sample_count, hour)
        ]
    )
    axis_s = np.arange(recording.sample_count) / sensor.true_rate_hz
    stamped_us = np.rint(stamp_s(sensor, axis_s) * SECOND_US).astype(np.int64)
    origin_us = round(participant.origin.timestamp() * SECOND_US)
    kept = np.ones(axis_s.size, dtype=bool)
    for start_s, end_s in recording.gaps:
        kept &= (axis_s < start_s) | (axis_s >= end_s)
    seed = np.random.SeedSequence([*recording.thermal_seed, 1])
    minutes_c = temperature_c(course, sensor_parameters, np.random.default_rng(seed), participant.duration_s)
    scale = 1.0 / sensor.counts_per_g
    header = RecordingHeader(
        recording_id=f"{participant.plan.participant_id}-{course.body_site}",
        participant_id=participant.plan.participant_id,
        body_site=course.body_site,
        time_zone=participant.plan.time_zone,
        sampling_rate_hz=sensor.rate_hz,
        scale_g_per_count=(scale, scale, scale),
        offset_g=(0.0, 0.0, 0.0),
    )
    return in_memory(header, origin_us + stamped_us[kept], values[kept], origin_us, minutes_c)


def in_memory(
    header: RecordingHeader,
    times_us: NDArray[np.int64],
    values: NDArray[np.int16],
    origin_us: int,
    minutes_c: NDArray[np.float64],
) -> RawSignal:
    """Lay out samples as the raw layer does.

    ``times_us`` has shape (n,), ``values`` (n, 3) int16 counts; wherever two samples are more than two periods apart
    a segment ends. ``minutes_c`` is the temperature at every minute from ``origin_us``.
    """
    period_us = SECOND_US / header.sampling_rate_hz
    first = np.concatenate([[0], np.flatnonzero(np.diff(times_us) > 2.0 * period_us) + 1])
    count = np.diff(first, append=times_us.size)
    last = times_us[first + count - 1]
    # One sample alone has the rate that was set.
    lasts_us = np.where(count > 1, last - times_us[first], period_us)
    measured_hz = np.maximum(count - 1, 1) * SECOND_US / lasts_us
    segments = pl.DataFrame(
        {
            "segment_index": np.arange(first.size, dtype=np.int32),
            "first_row": first,
            "sample_count": count,
            "started_at": times_us[first],
            "ended_at": last + np.rint(SECOND_US / measured_hz).astype(np.int64),
            "sampling_rate_hz": measured_hz,
        }
    ).with_columns(pl.col("started_at", "ended_at").cast(INSTANT))
    companion = pl.DataFrame(
        {
            "sampled_at": origin_us + MINUTE_US * np.arange(minutes_c.size),
            "temperature_c": minutes_c.astype(np.float32),
        }
    ).with_columns(pl.col("sampled_at").cast(INSTANT))
    samples = pl.DataFrame(
        {"sampled_at": times_us, "x_count": values[:, 0], "y_count": values[:, 1], "z_count": values[:, 2]}
    )
    return RawSignal(
        header=header,
        samples=samples.with_columns(pl.col("sampled_at").cast(INSTANT)).lazy(),
        segments=segments.select(SEGMENT.names()),
        companion=pl.concat([empty(COMPANION), companion], how="diagonal"),
    )


def sleep_diary(
    participant: SimulatedParticipant, parameters: SimulationParameters, study: StudyParameters
) -> pl.DataFrame:
    """Return what the participant wrote of their nights, read as a study reads it (SLEEP_DIARY)."""
    rows = diary_rows(participant, parameters.behaviour)["sleep"]
    file = io.BytesIO()
    frame = pl.DataFrame(rows, schema=dict.fromkeys(HEADERS["sleep"], pl.String), orient="row")
    frame.with_columns(pl.all().replace("", None)).write_csv(file)
    people = pl.DataFrame(
        {"participant_id": [participant.plan.participant_id], "time_zone": [participant.plan.time_zone]}
    )
    files = {"sleep.csv": file.getvalue()}
    return read_diaries(files, people, participant.plan.time_zone, study.exposures).sleep_diary


def measure(
    recordings: Sequence[RawSignal], diary: pl.DataFrame, time_zone: str, parameters: StudyParameters
) -> Scored:
    """Take the recordings of one participant through the pipeline, as a study does.

    ``diary`` has the schema SLEEP_DIARY and may be empty: then the sensors alone say when the nights were.
    """
    summarised = [summarise(one, parameters) for one in recordings]
    wearer = Wearer(
        participant_id=recordings[0].header.participant_id,
        time_zone=time_zone,
        recordings=[
            summary.as_worn(one, parameters) for one, summary in zip(recordings, summarised, strict=True)
        ],
        diary=diary,
    )
    candidates = [
        find(one, summary.summary.calibration, wearer, parameters)
        for one, summary in zip(recordings, summarised, strict=True)
    ]
    return score(wearer, candidates, parameters)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One simulated participant: what was true, and what was measured with and without the diary."""

    truth: pl.DataFrame
    with_diary: Scored
    without_diary: Scored


def compare(plan: ParticipantPlan, simulation: SimulationParameters, study: StudyParameters) -> Comparison:
    """Simulate, render and measure one participant; a whole unit of work for a process of its own."""
    participant = simulate_participant(plan, simulation)
    recordings = [rendered(participant, one, simulation.sensor) for one in participant.recordings]
    diary = sleep_diary(participant, simulation, study)
    return Comparison(
        truth=participant.truth,
        with_diary=measure(recordings, diary, plan.time_zone, study),
        without_diary=measure(recordings, diary.clear(), plan.time_zone, study),
    )


def split_in_two(recording: RawSignal) -> tuple[RawSignal, RawSignal]:
    """Cut one recording in the middle, as two files of one device; the halves share nothing."""
    samples = recording.samples.collect()
    middle = samples.height // 2
    at_us = int(samples["sampled_at"].to_physical()[middle])
    parts = []
    for number, half in enumerate((samples[:middle], samples[middle:])):
        header = replace(recording.header, recording_id=f"{recording.header.recording_id}-{number + 1}")
        values = half.select("x_count", "y_count", "z_count").to_numpy()
        made = in_memory(header, half["sampled_at"].to_physical().to_numpy(), values, at_us, np.empty(0))
        is_early = pl.col("sampled_at").to_physical() < at_us
        parts.append(
            replace(made, companion=recording.companion.filter(is_early if number == 0 else ~is_early))
        )
    return parts[0], parts[1]


def delayed(recording: RawSignal, by: timedelta) -> RawSignal:
    """Return the recording with every instant later."""
    return replace(
        recording,
        samples=recording.samples.with_columns(pl.col("sampled_at") + by),
        segments=recording.segments.with_columns(pl.col("started_at", "ended_at") + by),
        companion=recording.companion.with_columns(pl.col("sampled_at") + by),
    )
