"""Simulated recordings through the study's own chain of measures, in memory: no device file, no store.

The chain is that of ``transforms.movements``; nothing is detected here.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.diaries import read_diaries
from transforms.epochs.summary import summarise_recording
from transforms.movements import can_be_scored, classify_movements, detect_in_windows
from transforms.nights.bed import candidate_windows
from transforms.nights.find import find_nights, night_windows
from transforms.nights.sleep_window import NightRecording
from transforms.parameters import StudyParameters
from transforms.parameters.simulation import SensorParameters, SimulationParameters
from transforms.schema import COMPANION, INSTANT, NONWEAR_INTERVAL, SEGMENT, SLEEP_DIARY, empty
from transforms.scoring.movements import score_events
from transforms.simulation.diaries import HEADERS, diary_rows
from transforms.simulation.participant import (
    ParticipantPlan,
    SimulatedParticipant,
    SimulatedRecording,
    simulate_participant,
)
from transforms.simulation.signal import NOISE_BLOCK_S, counts, stamp_s, temperature_c


@dataclass(frozen=True, kw_only=True, eq=False)
class MemoryRecording:
    """One recording as the raw layer would hold it: samples, SEGMENT, COMPANION, and the facts of the metadata."""

    header: Mapping[str, Any]
    samples: pl.LazyFrame
    segments: pl.DataFrame
    companion: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Frames NIGHT, WAKE_EPISODE, MOVEMENT, REJECTED_CANDIDATE, SIGNAL_BREAK of one participant."""

    nights: pl.DataFrame
    wake_episodes: pl.DataFrame
    movements: pl.DataFrame
    rejected: pl.DataFrame
    signal_breaks: pl.DataFrame


def rendered(
    participant: SimulatedParticipant,
    recording: SimulatedRecording,
    sensor_parameters: SensorParameters,
) -> MemoryRecording:
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
    stamped_us = np.rint(stamp_s(sensor, axis_s) * 1e6).astype(np.int64)
    origin_us = round(participant.origin.timestamp() * 1e6)
    kept = np.ones(axis_s.size, dtype=bool)
    for start_s, end_s in recording.gaps:
        kept &= (axis_s < start_s) | (axis_s >= end_s)
    seed = np.random.SeedSequence([*recording.thermal_seed, 1])
    minutes_c = temperature_c(course, sensor_parameters, np.random.default_rng(seed), participant.duration_s)
    header = {
        "recording_id": f"{participant.plan.participant_id}-{course.body_site}",
        "participant_id": participant.plan.participant_id,
        "body_site": course.body_site,
        "sampling_rate_hz": sensor.rate_hz,
        "range_g": sensor.range_g,
        "scale_g_per_count": [1.0 / sensor.counts_per_g] * 3,
        "offset_g": [0.0, 0.0, 0.0],
        "time_zone": participant.plan.time_zone,
    }
    return in_memory(header, origin_us + stamped_us[kept], values[kept], origin_us, minutes_c)


def in_memory(
    header: Mapping[str, Any],
    times_us: NDArray[np.int64],
    values: NDArray[np.int16],
    origin_us: int,
    minutes_c: NDArray[np.float64],
) -> MemoryRecording:
    """Lay out samples as the raw layer does.

    ``times_us`` has shape (n,), ``values`` (n, 3) int16 counts; wherever two samples are more than two periods apart
    a segment ends. ``minutes_c`` is the temperature at every minute from ``origin_us``.
    """
    period_us = 1e6 / float(header["sampling_rate_hz"])
    first = np.concatenate([[0], np.flatnonzero(np.diff(times_us) > 2.0 * period_us) + 1])
    count = np.diff(first, append=times_us.size)
    last = times_us[first + count - 1]
    measured_hz = (count - 1) * 1e6 / np.maximum(last - times_us[first], 1)
    segments = pl.DataFrame(
        {
            "segment_index": np.arange(first.size, dtype=np.int32),
            "first_row": first,
            "sample_count": count,
            "started_at": times_us[first],
            "ended_at": last + np.rint(1e6 / measured_hz).astype(np.int64),
            "sampling_rate_hz": measured_hz,
        }
    ).with_columns(pl.col("started_at", "ended_at").cast(INSTANT))
    companion = pl.DataFrame(
        {
            "sampled_at": origin_us + 60_000_000 * np.arange(minutes_c.size),
            "temperature_c": minutes_c.astype(np.float32),
        }
    ).with_columns(pl.col("sampled_at").cast(INSTANT))
    samples = pl.DataFrame(
        {"sampled_at": times_us, "x_count": values[:, 0], "y_count": values[:, 1], "z_count": values[:, 2]}
    )
    return MemoryRecording(
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
    recordings: Sequence[MemoryRecording], diary: pl.DataFrame, time_zone: str, parameters: StudyParameters
) -> Measured:
    """Take the recordings of one participant through epochs, bed, candidates, nights, kinds and scoring.

    ``diary`` has the schema SLEEP_DIARY and may be empty: then the sensors alone say when the nights were.
    """
    participant_id = str(recordings[0].header["participant_id"])
    summaries = [
        summarise_recording(r.samples, r.header, r.segments, r.companion, parameters) for r in recordings
    ]
    worn = [
        NightRecording(
            recording_id=str(recording.header["recording_id"]),
            body_site=str(recording.header["body_site"]),
            time_zone=time_zone,
            can_be_scored=can_be_scored(recording.header, parameters.detection),
            epochs=summary.epochs,
            nonwear=summary.nonwear,
            segments=recording.segments,
        )
        for recording, summary in zip(recordings, summaries, strict=True)
    ]
    nights = night_windows(participant_id, worn, diary, time_zone)
    bed = candidate_windows([one.epochs for one in worn if one.is_leg], diary, nights, parameters.nights)
    candidates = pl.concat(
        [
            detect_in_windows(r.samples, r.segments, bed, r.header, summary.calibration, parameters.detection)
            for r, summary in zip(recordings, summaries, strict=True)
        ]
    )
    found = find_nights(nights, worn, candidates, diary, empty(SLEEP_DIARY), parameters)
    nonwear = pl.concat([empty(NONWEAR_INTERVAL), *(one.nonwear for one in worn)])
    classified = classify_movements(candidates, found.nights, found.wake_episodes, nonwear, parameters)
    return Measured(
        nights=found.nights,
        wake_episodes=found.wake_episodes,
        movements=score_events(
            classified.events,
            found.signal_breaks,
            found.nights,
            found.wake_episodes,
            parameters.wasm,
            parameters.aasm,
        ),
        rejected=classified.rejected,
        signal_breaks=found.signal_breaks,
    )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One simulated participant: what was true, and what was measured with and without the diary."""

    truth: pl.DataFrame
    with_diary: Measured
    without_diary: Measured


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


def split_in_two(recording: MemoryRecording) -> tuple[MemoryRecording, MemoryRecording]:
    """Cut one recording in the middle, as two files of one device; the halves share nothing."""
    samples = recording.samples.collect()
    middle = samples.height // 2
    at_us = int(samples["sampled_at"].to_physical()[middle])
    parts = []
    for number, half in enumerate((samples[:middle], samples[middle:])):
        header = dict(recording.header) | {"recording_id": f"{recording.header['recording_id']}-{number + 1}"}
        values = half.select("x_count", "y_count", "z_count").to_numpy()
        made = in_memory(header, half["sampled_at"].to_physical().to_numpy(), values, at_us, np.empty(0))
        is_early = pl.col("sampled_at").to_physical() < at_us
        parts.append(
            replace(made, companion=recording.companion.filter(is_early if number == 0 else ~is_early))
        )
    return parts[0], parts[1]


def delayed(recording: MemoryRecording, by: timedelta) -> MemoryRecording:
    """Return the recording with every instant later."""
    return replace(
        recording,
        samples=recording.samples.with_columns(pl.col("sampled_at") + by),
        segments=recording.segments.with_columns(pl.col("started_at", "ended_at") + by),
        companion=recording.companion.with_columns(pl.col("sampled_at") + by),
    )
