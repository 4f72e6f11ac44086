"""One simulated participant: behaviour, nights, movements, the course of each site, the devices, the truth.

Everything is drawn from (seed, participant's index), so that a participant is the same in a study of ten and of ten
thousand, whoever computes it.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl
from numpy.random import PCG64, Generator, SeedSequence

from transforms.parameters.simulation import SimulationParameters
from transforms.simulation.behaviour import Day, draw_day, exposures
from transforms.simulation.body import FeltMovement, SiteCourse, State, Stretch, day_stretches, site_course
from transforms.simulation.movements import PlannedMovement, plan_movements
from transforms.simulation.night import (
    Interval,
    Night,
    draw_counts,
    draw_lights_off_clock_h,
    draw_night,
    draw_night_ratio,
    expected_counts,
    wall_to_axis_s,
)
from transforms.simulation.person import Person, draw_person
from transforms.simulation.posture import LYING, Posture, site_of
from transforms.simulation.shapes import within
from transforms.simulation.signal import Sensor, draw_sensor
from transforms.simulation.truth import truth_frame, with_series

Stream = Literal["person", "behaviour", "night", "movement", "site", "sensor", "fault", "diary"]
_STREAMS: tuple[Stream, ...] = (
    "person",
    "behaviour",
    "night",
    "movement",
    "site",
    "sensor",
    "fault",
    "diary",
)
_STARTS_CLOCK_H = 17.0
_ENDS_CLOCK_H = 11.0
_PUT_ON_MARGIN_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantPlan:
    """What is settled about a participant before anything is drawn. Night indices count from 0."""

    participant_id: str
    index: int
    seed: int
    first_night: date
    night_count: int
    time_zone: str
    body_sites: tuple[str, ...]  # the first one's clock is the reference of the truth
    rate_hz: float
    counts_per_g: tuple[float, ...]  # one per site
    is_restless: bool | None = None
    nonwear_nights: tuple[int, ...] = ()
    gap_nights: tuple[int, ...] = ()
    rhythmic_nights: tuple[int, ...] = ()
    is_upside_down: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRecording:
    """One device on one site; ``gaps`` are missing from its file."""

    course: SiteCourse
    sensor: Sensor
    sample_count: int
    gaps: tuple[Interval, ...]
    thermal_seed: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedParticipant:
    """One participant as it was; seconds count from ``origin``, the start of the recordings."""

    plan: ParticipantPlan
    person: Person
    origin: datetime
    duration_s: float
    days: tuple[Day, ...]  # the first is the day before the first night's
    nights: tuple[Night, ...]
    night_before: Night
    exposures: tuple[dict[str, float | str], ...]
    recordings: tuple[SimulatedRecording, ...]
    truth: pl.DataFrame


def stream(seed: int, index: int, name: Stream, *further: int) -> Generator:
    """Return the generator of one purpose of one participant; no purpose disturbs another."""
    return Generator(PCG64(SeedSequence([seed, index, _STREAMS.index(name), *further])))


def _drawn_days(
    plan: ParticipantPlan, person: Person, origin: datetime, parameters: SimulationParameters
) -> tuple[list[Day], list[Night], list[dict[str, float | str]]]:
    """Days, nights and exposures, the day and night before the recording first."""
    zone = ZoneInfo(plan.time_zone)
    days: list[Day] = []
    nights: list[Night] = []
    exposed: list[dict[str, float | str]] = []
    sleep_before_h = person.sleep_need_h
    for index in range(-1, plan.night_count):
        night_date = plan.first_night + timedelta(days=index)
        drawn = stream(plan.seed, plan.index, "night", index + 1)
        days.append(
            draw_day(stream(plan.seed, plan.index, "behaviour", index + 1), person, parameters.behaviour)
        )
        clock_h = draw_lights_off_clock_h(drawn, person, parameters.sleep)
        exposed.append(
            exposures(
                person,
                days[-1],
                days[-2] if len(days) > 1 else None,
                clock_h,
                sleep_before_h,
                parameters.behaviour,
            )
        )
        nights.append(
            draw_night(
                drawn,
                person,
                night_date,
                wall_to_axis_s(night_date, clock_h, zone, origin),
                float(exposed[-1]["caffeine_at_lights_off_mg"]),
                parameters.sleep,
            )
        )
        sleep_before_h = nights[-1].sleep_h
    return days, nights, exposed


def _day_courses(
    plan: ParticipantPlan, origin: datetime, duration_s: float, days: list[Day], nights: list[Night]
) -> list[list[Stretch]]:
    """Return the stretches of each day between the nights; body-wide, so that all sites agree."""
    zone = ZoneInfo(plan.time_zone)
    edges = [
        0.0,
        *(at for night in nights for at in (night.lights_off_s - 60.0, night.lights_on_s)),
        duration_s,
    ]
    found: list[list[Stretch]] = []
    for index, (started_s, ended_s) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
        rng = stream(plan.seed, plan.index, "behaviour", 1000 + index)
        exercise: tuple[float, float, State] | None = None
        bout = days[index + 1].bout if index + 1 < len(days) else None
        if bout is not None:
            at_s = wall_to_axis_s(plan.first_night + timedelta(days=index), bout.clock_h, zone, origin)
            moderate: State = "walking" if rng.random() < 0.5 else "pedalling"
            exercise = (
                at_s,
                at_s + 60.0 * bout.duration_min,
                moderate if days[index + 1].exercise_level == "moderate" else "running",
            )
        found.append(day_stretches(rng, started_s, ended_s, exercise))
    return found


def _is_recorded(at_s: float, recording: SimulatedRecording) -> bool:
    missing = [*recording.gaps, *recording.course.nonwear]
    return not any(start <= at_s < end for start, end in missing)


def _truth(
    plan: ParticipantPlan,
    origin: datetime,
    nights: list[Night],
    planned: list[tuple[int, PlannedMovement]],
    felt: list[FeltMovement],
    recordings: list[SimulatedRecording],
) -> pl.DataFrame:
    def at(seconds: float) -> datetime:
        return origin + timedelta(seconds=seconds)

    leg_count = sum(site_of(recording.course.body_site).segment == "leg" for recording in recordings)
    by_site = {recording.course.body_site: recording for recording in recordings}
    seen: dict[int, list[FeltMovement]] = {}
    for part in felt:
        if _is_recorded(part.onset_s, by_site[part.body_site]):
            seen.setdefault(part.movement_index, []).append(part)
    rows: list[dict[str, object]] = []
    for night in nights:
        rows.append(
            {
                "record": "night",
                "participant_id": plan.participant_id,
                "night_date": night.night_date,
                "lights_off_at": at(night.lights_off_s),
                "sleep_onset_at": at(night.sleep_onset_s),
                "sleep_end_at": at(night.sleep_end_s),
                "lights_on_at": at(night.lights_on_s),
            }
        )
        stretches: list[tuple[str, Interval, str | None]] = [
            ("wake_episode", episode, None) for episode in night.wake_episodes
        ]
        # Missing on every device at once is what no movement can be seen through.
        everywhere = [{*recording.gaps, *recording.course.nonwear} for recording in recordings]
        for recording in recordings:
            stretches += [("gap", gap, recording.course.body_site) for gap in recording.gaps]
        stretches += [("nonwear", worn_not, None) for worn_not in sorted(set.intersection(*everywhere))]
        rows += [
            {
                "record": record,
                "participant_id": plan.participant_id,
                "night_date": night.night_date,
                "started_at": at(start_s),
                "ended_at": at(end_s),
                "body_site": site,
                "is_series_break": record == "nonwear" or (record == "gap" and leg_count == 1),
            }
            for record, (start_s, end_s), site in stretches
            if start_s < night.lights_on_s and end_s > night.lights_off_s
        ]
    for index, (night_index, movement) in enumerate(planned):
        sites = seen.get(index)
        if sites:
            onset_s = min(part.onset_s for part in sites)
            rows.append(
                {
                    "record": "movement",
                    "participant_id": plan.participant_id,
                    "night_date": nights[night_index].night_date,
                    "onset_at": at(onset_s),
                    "duration_s": max(part.onset_s + part.duration_s for part in sites) - onset_s,
                    "kind": movement.kind,
                    "body_sites": sorted(part.body_site for part in sites),
                    "amplitude_g": max(part.amplitude_g for part in sites),
                    "tilt_deg": max(part.tilt_deg for part in sites),
                    "phase": movement.phase,
                }
            )
    return with_series(truth_frame(rows))


def simulate_participant(plan: ParticipantPlan, parameters: SimulationParameters) -> SimulatedParticipant:
    """Draw one participant with everything that can be rendered to a file or into memory.

    The truth holds the movements that at least one worn, running device could feel, between lights-off and lights-on,
    in the time of the first site's clock.
    """
    zone = ZoneInfo(plan.time_zone)
    begins = datetime.combine(plan.first_night, datetime.min.time(), tzinfo=zone) + timedelta(
        hours=_STARTS_CLOCK_H
    )
    origin = begins.astimezone(UTC)
    last_night = plan.first_night + timedelta(days=plan.night_count)
    duration_s = wall_to_axis_s(last_night, _ENDS_CLOCK_H, zone, origin)
    person = draw_person(
        stream(plan.seed, plan.index, "person"), plan.participant_id, parameters, is_restless=plan.is_restless
    )
    days, all_nights, exposed = _drawn_days(plan, person, origin, parameters)
    nights = all_nights[1:]
    planned: list[tuple[int, PlannedMovement]] = []
    first_postures: list[Posture] = []
    for index, night in enumerate(nights):
        rng = stream(plan.seed, plan.index, "movement", index)
        ratio = draw_night_ratio(rng, parameters.rate)
        counts = draw_counts(rng, expected_counts(person, night, exposed[index + 1], ratio, parameters))
        first_postures.append(LYING[int(rng.integers(len(LYING)))])
        found = plan_movements(
            rng,
            person,
            night,
            counts,
            plan.body_sites,
            parameters,
            first_posture=first_postures[-1],
            rhythmic_count=int(index in plan.rhythmic_nights),
        )
        planned += [(index, movement) for movement in found]
    fault = stream(plan.seed, plan.index, "fault")
    nonwear = [
        (nights[index].lights_off_s - _PUT_ON_MARGIN_S, nights[index].lights_on_s + _PUT_ON_MARGIN_S)
        for index in plan.nonwear_nights
    ]
    gaps = []
    for index in plan.gap_nights:
        length_s = float(within(fault, parameters.sensor.gap_s))
        middle_s = float(
            fault.uniform(nights[index].sleep_onset_s + 3600.0, nights[index].sleep_end_s - 3600.0)
        )
        gaps.append((middle_s - length_s / 2.0, middle_s + length_s / 2.0))
    by_night = [
        (
            night,
            first_postures[index],
            [(row, movement) for row, (of_night, movement) in enumerate(planned) if of_night == index],
        )
        for index, night in enumerate(nights)
    ]
    day_courses = _day_courses(plan, origin, duration_s, days, nights)
    breathing_hz = float(within(fault, parameters.sleep.breathing_hz))
    recordings: list[SimulatedRecording] = []
    felt: list[FeltMovement] = []
    for site_index, body_site in enumerate(plan.body_sites):
        course, felt_here = site_course(
            stream(plan.seed, plan.index, "site", site_index),
            body_site,
            day_courses,
            by_night,
            nonwear,
            breathing_hz,
            parameters.rate.day_fidgets_per_h,
            parameters.shape,
            parameters.sensor,
            is_upside_down=plan.is_upside_down,
        )
        sensor = draw_sensor(
            stream(plan.seed, plan.index, "sensor", site_index),
            plan.rate_hz,
            plan.counts_per_g[site_index],
            parameters.sensor,
            (plan.seed, plan.index, site_index),
            is_reference_clock=site_index == 0,
        )
        felt += felt_here
        recordings.append(
            SimulatedRecording(
                course=course,
                sensor=sensor,
                sample_count=math.ceil(
                    duration_s * sensor.true_rate_hz
                ),  # the device records until its stop time
                gaps=tuple(gaps) if site_index == 0 else (),
                thermal_seed=(plan.seed, plan.index, site_index),
            )
        )
    return SimulatedParticipant(
        plan=plan,
        person=person,
        origin=origin,
        duration_s=duration_s,
        days=tuple(days),
        nights=tuple(nights),
        night_before=all_nights[0],
        exposures=tuple(exposed[1:]),
        recordings=tuple(recordings),
        truth=_truth(plan, origin, nights, planned, felt, recordings),
    )
