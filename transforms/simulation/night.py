"""When a simulated night begins, is slept, interrupted and ends, and how many movements it is due."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from transforms.parameters.simulation import (
    JERK_KINDS,
    MovementRateParameters,
    SimulationParameters,
    SleepParameters,
)
from transforms.simulation.behaviour import exposure_ratio
from transforms.simulation.person import Person
from transforms.simulation.shapes import within

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night as it was; seconds of the participant's axis, which begins at its first recording's start."""

    night_date: date
    lights_off_s: float
    sleep_onset_s: float
    sleep_end_s: float
    lights_on_s: float
    wake_episodes: tuple[Interval, ...]

    @property
    def sleep_stretches(self) -> tuple[Interval, ...]:
        """Stretches asleep, in order."""
        starts = [self.sleep_onset_s, *(end for _, end in self.wake_episodes)]
        ends = [*(start for start, _ in self.wake_episodes), self.sleep_end_s]
        return tuple(zip(starts, ends, strict=True))

    @property
    def sleep_h(self) -> float:
        """Hours asleep."""
        return sum(end - start for start, end in self.sleep_stretches) / 3600.0

    @property
    def wake_in_bed(self) -> tuple[Interval, ...]:
        """Stretches awake in bed, before, in and after sleep."""
        return (
            (self.lights_off_s, self.sleep_onset_s),
            *self.wake_episodes,
            (self.sleep_end_s, self.lights_on_s),
        )


def wall_to_axis_s(night_date: date, clock_h: float, time_zone: ZoneInfo, origin: datetime) -> float:
    """Seconds from ``origin`` (UTC) to a local wall-clock time given as hours since midnight of ``night_date``."""
    midnight = datetime.combine(night_date, datetime.min.time())
    local = (midnight + timedelta(hours=clock_h)).replace(tzinfo=time_zone)
    return (local - origin).total_seconds()


def draw_lights_off_clock_h(rng: Generator, person: Person, parameters: SleepParameters) -> float:
    """Local clock time of lights-off, hours since midnight of the night's date."""
    wander_h = parameters.night_lights_off_sd_min / 60.0 * float(rng.standard_normal())
    return float(np.clip(person.lights_off_clock_h + wander_h, 20.5, 26.0))


def draw_night(
    rng: Generator,
    person: Person,
    night_date: date,
    lights_off_s: float,
    caffeine_at_lights_off_mg: float,
    parameters: SleepParameters,
) -> Night:
    """Draw sleep onset, wake episodes, sleep end and lights-on."""
    latency_min = parameters.latency_median_min * float(
        np.exp(parameters.latency_log_sd * rng.standard_normal())
    )
    latency_min *= parameters.latency_ratio_per_100_mg ** (caffeine_at_lights_off_mg / 100.0)
    latency_min = float(np.clip(latency_min, *parameters.latency_min))
    onset_s = lights_off_s + 60.0 * latency_min
    length_s = 3600.0 * person.sleep_need_h + 60.0 * parameters.night_sleep_sd_min * float(
        rng.standard_normal()
    )
    end_s = onset_s + float(np.clip(length_s, 4.5 * 3600.0, 10.0 * 3600.0))
    episodes: list[Interval] = []
    earliest_s = onset_s + 2700.0
    for start_s in np.sort(
        rng.uniform(earliest_s, end_s - 2700.0, int(rng.poisson(parameters.wake_episodes_per_night)))
    ):
        stop_s = float(start_s + 60.0 * within(rng, parameters.wake_episode_min))
        if start_s > earliest_s and stop_s < end_s - 1200.0:
            episodes.append((float(start_s), stop_s))
            earliest_s = stop_s + 1800.0  # at least half an hour asleep between two episodes
    return Night(
        night_date=night_date,
        lights_off_s=lights_off_s,
        sleep_onset_s=onset_s,
        sleep_end_s=end_s,
        lights_on_s=end_s + 60.0 * float(within(rng, parameters.inertia_min)),
        wake_episodes=tuple(episodes),
    )


def draw_night_ratio(rng: Generator, parameters: MovementRateParameters) -> float:
    """Night effect on every jerk kind, mean 1."""
    sd = parameters.night_log_sd
    return float(np.exp(sd * rng.standard_normal() - sd**2 / 2.0))


def expected_counts(
    person: Person,
    night: Night,
    exposed: dict[str, float | str],
    night_ratio: float,
    parameters: SimulationParameters,
) -> dict[str, float]:
    """Expected number of movements of each sort in the night.

    Sorts are finer than kinds: periodic, isolated, wake and fidget are all leg movements and share their ratio.
    """
    rate = parameters.rate
    ratio = {
        kind: person.rate_ratio
        * min(night_ratio * exposure_ratio(kind, exposed, parameters.effects), rate.max_rate_ratio)
        for kind in JERK_KINDS
    }
    wake_h = sum(end - start for start, end in night.wake_in_bed) / 3600.0
    latency_h = (night.sleep_onset_s - night.lights_off_s) / 3600.0
    legs = ratio["leg_movement"]
    return {
        "hypnic_jerk": rate.hypnic_jerks_per_night * ratio["hypnic_jerk"],
        "twitch": rate.twitches_per_h * night.sleep_h * ratio["twitch"],
        "periodic": person.periodic_per_h * night.sleep_h * legs,
        "isolated": rate.isolated_per_h * night.sleep_h * legs,
        "wake": rate.wake_leg_movements_per_h * wake_h * legs,
        "fidget": rate.fidgets_per_h * latency_h * legs if person.is_restless else 0.0,
        "turn": person.turns_per_h * night.sleep_h,
        "wake_turn": parameters.sleep.wake_turns_per_h * wake_h,
        "tremor": rate.tremor_trains_per_night,
    }


def draw_counts(rng: Generator, expected: dict[str, float]) -> dict[str, int]:
    """Draw the night's counts; given person, night and exposures they are Poisson."""
    return {sort: int(rng.poisson(mean)) for sort, mean in expected.items()}
