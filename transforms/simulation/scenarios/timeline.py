"""When the sleeper of a scenario lies, sleeps, dreams, wakes, naps and walks about; no movement yet."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from transforms.parameters.scenarios import RestParameters
from transforms.simulation.night import Interval
from transforms.simulation.shapes import log_within, within

STARTS_CLOCK_H = 20.0
STARTS_WITH_NAP_CLOCK_H = 16.0
_NAP_AFTER_START_S = 4200.0
_AFTER_LIGHTS_ON_S = 4500.0
_LEAST_BOUT_S = 600.0  # asleep between two wakings


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One night in seconds from the start of the recording."""

    lights_off_s: float
    sleep_onset_s: float
    sleep_end_s: float
    lights_on_s: float
    ends_s: float
    wakes: tuple[Interval, ...]  # between sleep onset and sleep end
    rem: tuple[Interval, ...]
    out_of_bed: tuple[Interval, ...]
    nap: Interval | None

    @property
    def asleep(self) -> tuple[Interval, ...]:
        """Stretches asleep in the night, in order."""
        starts = [self.sleep_onset_s, *(end for _, end in self.wakes)]
        ends = [*(start for start, _ in self.wakes), self.sleep_end_s]
        return tuple(zip(starts, ends, strict=True))

    @property
    def awake_in_bed(self) -> tuple[Interval, ...]:
        """Stretches awake between lights-off and lights-on; out of bed is cut out."""
        stretches = [
            (self.lights_off_s, self.sleep_onset_s),
            *self.wakes,
            (self.sleep_end_s, self.lights_on_s),
        ]
        return tuple(without(stretches, self.out_of_bed))


def without(stretches: list[Interval], holes: tuple[Interval, ...]) -> list[Interval]:
    """Cut ``holes`` out of ``stretches``."""
    left = list(stretches)
    for hole_start, hole_end in holes:
        cut: list[Interval] = []
        for start, end in left:
            parts = ((start, min(end, hole_start)), (max(start, hole_end), end))
            cut += [part for part in parts if part[1] > part[0]]
        left = cut
    return left


def draw_timeline(rng: Generator, rest: RestParameters) -> Timeline:
    """Draw one night: exponential bouts asleep, wakings by a power law, REM towards the morning."""
    naps = rest.nap_min[1] > 0.0
    starts_clock_h = STARTS_WITH_NAP_CLOCK_H if naps else STARTS_CLOCK_H
    off_s = 3600.0 * (float(within(rng, rest.lights_off_clock_h)) - starts_clock_h)
    onset_s = off_s + 60.0 * log_within(rng, rest.latency_min)
    end_s = onset_s + 3600.0 * float(within(rng, rest.sleep_h))
    wakes = _wakes(rng, onset_s, end_s, rest)
    on_s = end_s + 60.0 * float(within(rng, rest.inertia_min))
    nap = None
    if naps:
        nap_s = 60.0 * float(within(rng, rest.nap_min))
        nap = (_NAP_AFTER_START_S, _NAP_AFTER_START_S + nap_s)
    return Timeline(
        lights_off_s=off_s,
        sleep_onset_s=onset_s,
        sleep_end_s=end_s,
        lights_on_s=on_s,
        ends_s=on_s + _AFTER_LIGHTS_ON_S,
        wakes=tuple(wakes),
        rem=tuple(_rem(onset_s, end_s, wakes, rest)),
        out_of_bed=tuple(_out_of_bed(rng, [(off_s, onset_s), *wakes], rest)),
        nap=nap,
    )


def _wakes(rng: Generator, onset_s: float, end_s: float, rest: RestParameters) -> list[Interval]:
    shortest_s, longest_s = (60.0 * bound for bound in rest.wake_bout_min)
    wakes: list[Interval] = []
    at_s = onset_s
    long_s = 60.0 * float(within(rng, rest.long_wake_min))
    middle_s = onset_s + (end_s - onset_s) * float(rng.uniform(0.4, 0.6))
    while True:
        at_s += max(60.0 * float(rng.exponential(rest.sleep_bout_min)), _LEAST_BOUT_S)
        # Inverse of the truncated power law's survival.
        reach = 1.0 - (longest_s / shortest_s) ** -rest.wake_bout_exponent
        lasts_s = shortest_s * (1.0 - float(rng.random()) * reach) ** (-1.0 / rest.wake_bout_exponent)
        if long_s > 0.0 and at_s >= middle_s - long_s:
            at_s, lasts_s, long_s = max(at_s, middle_s - long_s), long_s, 0.0
        if at_s + lasts_s > end_s - _LEAST_BOUT_S:
            return wakes
        wakes.append((at_s, at_s + lasts_s))
        at_s += lasts_s


def _rem(onset_s: float, end_s: float, wakes: list[Interval], rest: RestParameters) -> list[Interval]:
    cycle_s = 60.0 * rest.rem_cycle_min
    count = int((end_s - onset_s) // cycle_s)
    lengths_s = 60.0 * np.linspace(*rest.rem_period_min, max(count, 1))
    ends_s = onset_s + cycle_s * np.arange(1, count + 1)
    periods = [(float(end - length), float(end)) for end, length in zip(ends_s, lengths_s, strict=False)]
    return without(periods, tuple(wakes))


def _out_of_bed(rng: Generator, awake: list[Interval], rest: RestParameters) -> list[Interval]:
    left: list[Interval] = []
    for _ in range(int(rng.poisson(rest.out_of_bed_count))):
        lasts_s = 60.0 * float(within(rng, rest.out_of_bed_min))
        room = [stretch for stretch in awake if stretch[1] - stretch[0] > lasts_s + 240.0]
        if not room:
            continue
        start_s, end_s = room[int(rng.integers(len(room)))]
        at_s = float(rng.uniform(start_s + 120.0, end_s - lasts_s - 120.0))
        if all(at_s > end + 60.0 or at_s + lasts_s < start - 60.0 for start, end in left):
            left.append((at_s, at_s + lasts_s))
    return sorted(left)
