"""Nights in which no leg jumps and something else happens: what a detector must stay silent about."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.intervals import Floats
from transforms.parameters import StudyParameters
from transforms.parameters.simulation import SimulationParameters
from transforms.recording import RawSignal
from transforms.schema import SLEEP_DIARY, empty
from transforms.simulation.body import SiteCourse
from transforms.simulation.measurement import rendered, sleep_diary
from transforms.simulation.participant import ParticipantPlan, SimulatedParticipant, simulate_participant
from transforms.simulation.posture import Gait, Posture, gravity_in, site_of

_BEGINS_AFTER_S = 3600.0  # after sleep onset
_LASTS_S = 7200.0
_BOUT_COUNT = 20
_BOUT_EVERY_S = 1200.0
_MOTOR_HZ = 18.0
_MOTOR_G = 0.03
_MOTOR_ON_S = 4.0
_MOTOR_EVERY_S = 30.0
_RATE_HZ = 50.0

Change = Callable[[SimulatedParticipant, Floats, Floats], Floats]


@dataclass(frozen=True, kw_only=True)
class Control:
    """One night without a jerk; ``truth`` says when it was."""

    name: str
    recordings: tuple[RawSignal, ...]
    diary: pl.DataFrame
    truth: pl.DataFrame


def jerkless(parameters: SimulationParameters) -> SimulationParameters:
    """Return the parameters of people whose legs never jump; they breathe, and turn about every two hours."""
    return replace(
        parameters,
        rate=replace(
            parameters.rate,
            hypnic_jerks_per_night=0.0,
            twitches_per_h=0.0,
            isolated_per_h=0.0,
            wake_leg_movements_per_h=0.0,
            periodic_per_h_median=0.0,
            periodic_per_h_restless=0.0,
            fidgets_per_h=0.0,
            tremor_trains_per_night=0.0,
        ),
        sleep=replace(
            parameters.sleep, turns_per_h=(0.5, 0.5), wake_turns_per_h=0.0, wake_episodes_per_night=0.0
        ),
    )


def negative_controls(
    parameters: SimulationParameters,
    study: StudyParameters,
    seed: int,
    night_date: date,
    time_zone: str,
    real_walk_g: Floats | None,
    real_walk_rate_hz: float,
) -> list[Control]:
    """Make the controls, each of one night without a jerk of one ankle (or foot) at 50 Hz.

    Two hours of walking or pedalling in bed hours; nothing; a band on the night stand; an evening at a desk without a
    diary, where only what is taken for bed can count; a motor under the mattress, periodic like a series but faster
    than a limb; and, when ``real_walk_g`` (samples, 3) of a foot is given, that walk twenty times, cut in as it is.
    """
    still = jerkless(parameters)

    def somebody(
        index: int, body_site: str = "left_ankle", nonwear: tuple[int, ...] = ()
    ) -> SimulatedParticipant:
        plan = ParticipantPlan(
            participant_id=f"C{index}",
            index=index,
            seed=seed,
            first_night=night_date,
            night_count=1,
            time_zone=time_zone,
            body_sites=(body_site,),
            rate_hz=_RATE_HZ,
            counts_per_g=(4096.0,),
            nonwear_nights=nonwear,
        )
        return simulate_participant(plan, still)

    def made(name: str, participant: SimulatedParticipant, course: SiteCourse | None = None) -> Control:
        only = participant.recordings[0]
        shown = only if course is None else replace(only, course=course)
        return Control(
            name=name,
            recordings=(rendered(participant, shown, still.sensor),),
            diary=sleep_diary(participant, still, study),
            truth=participant.truth,
        )

    walker, cyclist, worker = somebody(0), somebody(1), somebody(5)
    found = [
        made("walking, 2 h in bed hours", walker, _with_gait(walker, "standing", 1.0, seed)),
        made("pedalling, 2 h in bed hours", cyclist, _with_gait(cyclist, "sitting", 0.0, seed)),
        made("still night", somebody(3)),
        made("band on the night stand", somebody(4, nonwear=(0,))),
        replace(
            made("evening at a desk, no diary", worker, _at_desk(worker, seed)), diary=empty(SLEEP_DIARY)
        ),
        _changed(made("vibrating mattress, 2 h", somebody(6)), somebody(6), _mattress),
    ]
    if real_walk_g is not None:
        walk = _averaged(real_walk_g, max(1, round(real_walk_rate_hz / _RATE_HZ)))

        def walked(participant: SimulatedParticipant, time_s: Floats, values_g: Floats) -> Floats:
            return _with_walk(participant, time_s, values_g, walk, real_walk_rate_hz)

        foot = somebody(7, "left_foot")
        found.append(_changed(made("real walk of a foot, 20 times", foot), foot, walked))
    return found


def _with_gait(participant: SimulatedParticipant, posture: Posture, impact_g: float, seed: int) -> SiteCourse:
    """Get up in the night, walk or pedal for two hours, lie down again."""
    course = participant.recordings[0].course
    rng = np.random.default_rng([seed, 1])
    begins_s = participant.nights[0].sleep_onset_s + _BEGINS_AFTER_S
    ends_s = begins_s + _LASTS_S
    up, down = (gravity_in(rng, site_of(course.body_site), each) for each in (posture, "supine"))
    at_s = np.array([*course.change_at_s, begins_s, ends_s])
    order = np.argsort(at_s, kind="stable")
    gait = Gait(started_s=begins_s + 2.0, ended_s=ends_s, cycle_hz=0.95, swing_rad=0.45, impact_g=impact_g)
    return replace(
        course,
        gaits=(*course.gaits, gait),
        change_at_s=at_s[order],
        change_width_s=np.array([*course.change_width_s, 2.0, 3.0])[order],
        gravity=np.array([*course.gravity, up, down])[order],
    )


def _at_desk(participant: SimulatedParticipant, seed: int) -> SiteCourse:
    """Sit all evening; the legs are put elsewhere every few minutes and fidget."""
    course = participant.recordings[0].course
    rng = np.random.default_rng([seed, 2])
    sitting = gravity_in(rng, site_of(course.body_site), "sitting")
    is_evening = course.change_at_s < participant.nights[0].lights_off_s - 120.0
    placed = sitting + 0.06 * rng.standard_normal(course.gravity.shape)
    placed /= np.linalg.norm(placed, axis=1, keepdims=True)
    return replace(course, gaits=(), gravity=np.where(is_evening[:, None], placed, course.gravity))


def _changed(control: Control, participant: SimulatedParticipant, change: Change) -> Control:
    """Change the samples of a control's only recording."""
    recording = control.recordings[0]
    samples = recording.samples.collect()
    scale = (recording.header.scale_g_per_count or (1.0,))[0]
    axes = ("x_count", "y_count", "z_count")
    values_g = samples.select(axes).to_numpy() * scale
    time_s = (
        samples["sampled_at"].to_physical().to_numpy() - round(participant.origin.timestamp() * SECOND_US)
    ) / SECOND_US
    counts = np.clip(np.rint(change(participant, time_s, values_g) / scale), -32768, 32767).astype(np.int16)
    changed = samples.with_columns(pl.Series(name, counts[:, axis]) for axis, name in enumerate(axes))
    return replace(control, recordings=(replace(recording, samples=changed.lazy()),))


def _mattress(participant: SimulatedParticipant, time_s: Floats, values_g: Floats) -> Floats:
    since_s = time_s - participant.nights[0].sleep_onset_s - _BEGINS_AFTER_S
    runs = (since_s > 0.0) & (since_s < _LASTS_S) & (np.mod(since_s, _MOTOR_EVERY_S) < _MOTOR_ON_S)
    wave = np.where(runs, _MOTOR_G * np.sin(2.0 * np.pi * _MOTOR_HZ * time_s), 0.0)
    return np.asarray(values_g + wave[:, None] * np.array([0.3, 0.4, 0.87]))


def _averaged(values: NDArray[np.float64], width: int) -> Floats:
    """Running mean: keeps what the slower rate cannot hold out of it."""
    kernel = np.ones(width) / width
    return np.stack([np.convolve(values[:, axis], kernel, "same") for axis in range(3)], axis=1)


def _with_walk(
    participant: SimulatedParticipant, time_s: Floats, values_g: Floats, walk_g: Floats, walk_rate_hz: float
) -> Floats:
    walk_s = np.arange(walk_g.shape[0]) / walk_rate_hz
    changed = values_g.copy()
    for bout in range(_BOUT_COUNT):
        begins_s = participant.nights[0].sleep_onset_s + _BOUT_EVERY_S * (bout + 0.5)
        part = slice(*np.searchsorted(time_s, [begins_s, begins_s + walk_s[-1]]).tolist())
        for axis in range(3):
            changed[part, axis] = np.interp(time_s[part] - begins_s, walk_s, walk_g[:, axis])
    return changed
