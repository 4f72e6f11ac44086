"""One night of a scenario: recordings as the raw layer holds them, the diary, and the truth."""

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.random import PCG64, Generator, SeedSequence

from transforms.clock import SECOND_US
from transforms.diaries import read_diaries
from transforms.parameters import StudyParameters
from transforms.parameters.scenarios import ScenarioParameters
from transforms.parameters.simulation import LEGS_2026
from transforms.recording import RawSignal, RecordingHeader
from transforms.schema import INSTANT, MovementKind
from transforms.schema.words import columns
from transforms.simulation.measurement import in_memory
from transforms.simulation.night import Interval
from transforms.simulation.scenarios.happenings import Happening, draw_happenings
from transforms.simulation.scenarios.limb import Felt, Limb, Spark, draw_limb, noise_burst
from transforms.simulation.scenarios.sensing import sense
from transforms.simulation.scenarios.timeline import (
    STARTS_CLOCK_H,
    STARTS_WITH_NAP_CLOCK_H,
    Timeline,
    draw_timeline,
)
from transforms.simulation.shapes import unit
from transforms.simulation.truth import truth_frame, with_series

NIGHT = date(2026, 11, 2)
ZONE = "Europe/Berlin"
_ROUNDED_MIN = 5
_LEAST_FELT_G = 0.01
_STREAMS = ("timeline", "happenings", "limb", "sensor", "nonwear", "diary")
_KINDS = MovementKind.categories.to_list()


@dataclass(frozen=True, kw_only=True, eq=False)
class ScenarioNight:
    """What a study would have of the night, and what was true.

    ``truth`` has the schema TRUTH: movements that at least one worn sensor felt, the night, wake episodes, non-wear.
    ``background`` lists what moved a sensor and is no jerk (sort, onset_at, duration_s, amplitude_g), ``stretches``
    what was so for a while (state: out_of_bed, rem, nap, nonwear; started_at, ended_at).
    """

    recordings: tuple[RawSignal, ...]
    diary: pl.DataFrame
    truth: pl.DataFrame
    background: pl.DataFrame
    stretches: pl.DataFrame


def _stream(seed: int, index: int, name: str, *further: int) -> Generator:
    return Generator(PCG64(SeedSequence([seed, index, _STREAMS.index(name), *further])))


def scenario_night(
    scenario: ScenarioParameters, study: StudyParameters, seed: int, index: int
) -> ScenarioNight:
    """Draw night ``index`` of a scenario.

    The same seed and index give the same sleeper in every scenario, as far as the scenario leaves him the same.
    """
    worn = scenario.worn
    line = draw_timeline(_stream(seed, index, "timeline"), scenario.rest)
    happenings = draw_happenings(_stream(seed, index, "happenings"), line, scenario.motion)
    nonwear = _nonwear(_stream(seed, index, "nonwear"), line, worn.nonwear_min)
    starts_h = STARTS_CLOCK_H if line.nap is None else STARTS_WITH_NAP_CLOCK_H
    local = datetime.combine(NIGHT, datetime.min.time(), ZoneInfo(ZONE)) + timedelta(hours=starts_h)
    origin = local.astimezone(UTC)
    limbs: list[Limb] = []
    recordings: list[RawSignal] = []
    for site_index, body_site in enumerate(worn.body_sites):
        limb = draw_limb(
            _stream(seed, index, "limb", site_index),
            body_site,
            line,
            happenings,
            scenario.motion,
            LEGS_2026.shape,
        )
        limb = _handled(_stream(seed, index, "limb", 100 + site_index), limb, nonwear)
        limbs.append(limb)
        recordings.append(
            _recorded(
                _stream(seed, index, "sensor", site_index), limb, scenario, line, nonwear, origin, site_index
            )
        )
    return ScenarioNight(
        recordings=tuple(recordings),
        diary=_diary(_stream(seed, index, "diary"), scenario, line, origin, study),
        truth=_truth(line, happenings, limbs, nonwear, origin),
        background=_background(happenings, limbs, nonwear, origin),
        stretches=_stretches(line, nonwear, origin),
    )


def _nonwear(rng: Generator, line: Timeline, lengths_min: tuple[float, ...]) -> tuple[Interval, ...]:
    spells: list[Interval] = []
    for length_min in lengths_min:
        for _ in range(200):
            at_s = float(rng.uniform(line.lights_off_s + 600.0, line.lights_on_s - 60.0 * length_min - 600.0))
            end_s = at_s + 60.0 * length_min
            if all(end_s + 1200.0 < start or at_s - 1200.0 > end for start, end in spells):
                spells.append((at_s, end_s))
                break
    return tuple(sorted(spells))


def _handled(rng: Generator, limb: Limb, nonwear: tuple[Interval, ...]) -> Limb:
    """Taking a band off and putting it on shakes it for some seconds; what happens meanwhile is not felt."""
    sparks = list(limb.sparks)
    for start_s, end_s in nonwear:
        for at_s in (start_s - 6.0, end_s):
            wave = noise_burst(rng, 6.0, float(rng.uniform(0.4, 1.0)), (0.5, 6.0))
            sparks.append(Spark(onset_s=at_s, wave_g=wave, direction=unit(rng.standard_normal(3))))
    felt = tuple(
        one for one in limb.felt if not any(start - 6.0 <= one.onset_s < end + 6.0 for start, end in nonwear)
    )
    return Limb(course=limb.course, sparks=tuple(sparks), felt=felt)


def _recorded(
    rng: Generator,
    limb: Limb,
    scenario: ScenarioParameters,
    line: Timeline,
    nonwear: tuple[Interval, ...],
    origin: datetime,
    site_index: int,
) -> RawSignal:
    worn = scenario.worn
    sensed = sense(rng, limb, worn, line.ends_s, nonwear)
    direction = -1.0 if rng.random() < 0.5 else 1.0
    is_second = float(site_index > 0)
    offset_s = is_second * direction * worn.clock_offset_s
    stamped_s = sensed.axis_s * (1.0 + is_second * direction * worn.clock_drift_ppm * 1e-6) + offset_s
    origin_us = round(origin.timestamp() * SECOND_US)
    header = RecordingHeader(
        recording_id=limb.course.body_site,
        participant_id="S",
        body_site=limb.course.body_site,
        time_zone=ZONE,
        sampling_rate_hz=sensed.rate_hz,
        scale_g_per_count=(sensed.resolution_g,) * 3,
        offset_g=(0.0, 0.0, 0.0),
    )
    times_us = origin_us + np.rint(stamped_s * SECOND_US).astype(np.int64)
    return in_memory(header, times_us[sensed.kept], sensed.counts[sensed.kept], origin_us, sensed.minutes_c)


def _diary(
    rng: Generator, scenario: ScenarioParameters, line: Timeline, origin: datetime, study: StudyParameters
) -> pl.DataFrame:
    """Lights-off and lights-on as written by hand; an hour off when the clock on the wall was."""
    off_min = 60.0 * (1.0 if rng.random() < 0.5 else -1.0) if scenario.worn.diary == "hour_off" else 0.0

    def written(second: float) -> str:
        local = (origin + timedelta(seconds=second, minutes=off_min)).astimezone(ZoneInfo(ZONE))
        minute = local.hour * 60 + local.minute + local.second / 60.0
        rounded = round(minute / _ROUNDED_MIN) * _ROUNDED_MIN
        midnight = datetime.combine(local.date(), datetime.min.time())
        return (midnight + timedelta(minutes=rounded)).isoformat(timespec="minutes")

    header = "participant_id,night_date,lights_off,lights_on\n"
    row = f"S,{NIGHT.isoformat()},{written(line.lights_off_s)},{written(line.lights_on_s)}\n"
    file = io.BytesIO((header + ("" if scenario.worn.diary == "none" else row)).encode())
    people = pl.DataFrame({"participant_id": ["S"], "time_zone": [ZONE]})
    return read_diaries({"sleep.csv": file.getvalue()}, people, ZONE, study.exposures).sleep_diary


def _felt_by_index(limbs: list[Limb]) -> dict[int, list[tuple[str, Felt]]]:
    found: dict[int, list[tuple[str, Felt]]] = {}
    for limb in limbs:
        for one in limb.felt:
            if one.amplitude_g >= _LEAST_FELT_G:
                found.setdefault(one.index, []).append((limb.course.body_site, one))
    return found


def _truth(
    line: Timeline,
    happenings: list[Happening],
    limbs: list[Limb],
    nonwear: tuple[Interval, ...],
    origin: datetime,
) -> pl.DataFrame:
    def at(second: float) -> datetime:
        return origin + timedelta(seconds=second)

    same = {"participant_id": "S", "night_date": NIGHT}
    rows: list[dict[str, object]] = [
        same
        | {
            "record": "night",
            "lights_off_at": at(line.lights_off_s),
            "sleep_onset_at": at(line.sleep_onset_s),
            "sleep_end_at": at(line.sleep_end_s),
            "lights_on_at": at(line.lights_on_s),
        }
    ]
    for record, spells in (("wake_episode", line.wakes), ("nonwear", nonwear)):
        rows += [
            same
            | {
                "record": record,
                "started_at": at(start),
                "ended_at": at(end),
                "is_series_break": record == "nonwear",
            }
            for start, end in spells
        ]
    for index, parts in sorted(_felt_by_index(limbs).items()):
        what = happenings[index]
        if what.sort not in _KINDS:
            continue
        onset_s = min(one.onset_s for _, one in parts)
        rows.append(
            same
            | {
                "record": "movement",
                "onset_at": at(onset_s),
                "duration_s": max(one.onset_s + one.duration_s for _, one in parts) - onset_s,
                "kind": what.sort,
                "body_sites": sorted(site for site, _ in parts),
                "amplitude_g": max(one.amplitude_g for _, one in parts),
                "tilt_deg": max(one.tilt_deg for _, one in parts),
                "phase": _phase(line, onset_s),
            }
        )
    return with_series(truth_frame(rows))


def _phase(line: Timeline, at_s: float) -> str:
    if abs(at_s - line.sleep_onset_s) < 600.0:
        return "sleep_onset"
    if at_s < line.sleep_onset_s:
        return "pre_sleep"
    return "sleep" if any(start <= at_s < end for start, end in line.asleep) else "wake_in_bed"


def _background(
    happenings: list[Happening], limbs: list[Limb], nonwear: tuple[Interval, ...], origin: datetime
) -> pl.DataFrame:
    rows = [
        (
            happenings[index].sort,
            origin + timedelta(seconds=parts[0][1].onset_s),
            parts[0][1].duration_s,
            max(one.amplitude_g for _, one in parts),
        )
        for index, parts in sorted(_felt_by_index(limbs).items())
        if happenings[index].sort not in _KINDS
    ]
    schema = columns(
        {"sort": pl.String, "onset_at": INSTANT, "duration_s": pl.Float64, "amplitude_g": pl.Float64}
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def _stretches(line: Timeline, nonwear: tuple[Interval, ...], origin: datetime) -> pl.DataFrame:
    states = {
        "out_of_bed": line.out_of_bed,
        "rem": line.rem,
        "nap": () if line.nap is None else (line.nap,),
        "nonwear": nonwear,
        "asleep": line.asleep,
    }
    rows = [
        (state, origin + timedelta(seconds=start), origin + timedelta(seconds=end))
        for state, spells in states.items()
        for start, end in spells
    ]
    return pl.DataFrame(
        rows, schema=columns({"state": pl.String, "started_at": INSTANT, "ended_at": INSTANT}), orient="row"
    )
