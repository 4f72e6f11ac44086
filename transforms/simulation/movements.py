"""Places a night's movements in time and on the body: series, isolated movements, jerks, turns, tremor, rhythm."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from transforms.parameters.simulation import (
    MovementRateParameters,
    Range,
    ShapeParameters,
    SimulationParameters,
)
from transforms.simulation.night import Interval, Night
from transforms.simulation.person import Person
from transforms.simulation.posture import LYING, Posture, site_of
from transforms.simulation.shapes import log_within, within

_TRIES = 80
_LEAST_SERIES = 4
_LEAST_FELT_G = 0.01  # a site that is shaken by less did not move


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMovement:
    """One movement before it has a waveform: when, what, and how strongly at which recorded site."""

    kind: str
    onset_s: float
    duration_s: float  # of its longest site; 0 where the waveform decides (hypnic jerk, twitch)
    phase: str
    amplitude_g: dict[str, float]
    lag_s: dict[str, float]
    is_turn: bool  # ends in another posture
    posture: Posture | None = None  # which


class _Timeline:
    """Stretches that are taken, and uniform draws from the rest."""

    def __init__(self) -> None:
        self._taken: list[Interval] = []

    def is_free(self, start_s: float, end_s: float) -> bool:
        at = bisect_left(self._taken, (start_s, end_s))
        before_is_over = at == 0 or self._taken[at - 1][1] <= start_s
        return before_is_over and (at == len(self._taken) or self._taken[at][0] >= end_s)

    def take(self, start_s: float, end_s: float) -> None:
        insort(self._taken, (start_s, end_s))

    def place(
        self, rng: Generator, stretches: Sequence[Interval], length_s: float, guard_s: float
    ) -> float | None:
        """Take a stretch of ``length_s`` within ``stretches``, ``guard_s`` clear of all others; None when full."""
        room = np.array([max(end - start - length_s, 0.0) for start, end in stretches])
        if not room.sum() > 0.0:
            return None
        edges = np.concatenate([[0.0], np.cumsum(room)])
        for draw in rng.uniform(0.0, edges[-1], _TRIES):
            which = int(np.searchsorted(edges, draw, side="right")) - 1
            start_s = float(stretches[which][0] + draw - edges[which])
            if self.is_free(start_s - guard_s, start_s + length_s + guard_s):
                self.take(start_s, start_s + length_s)
                return start_s
        return None


def _overlap(stretches: Sequence[Interval], bounds: Interval) -> list[Interval]:
    clipped = [(max(start, bounds[0]), min(end, bounds[1])) for start, end in stretches]
    return [(start, end) for start, end in clipped if end > start]


def phase_at(night: Night, time_s: float, rate: MovementRateParameters) -> str:
    """Name the phase of the night: the window of sleep onset takes precedence over wake and sleep."""
    low_min, high_min = rate.hypnic_window_min
    if night.sleep_onset_s + 60.0 * low_min <= time_s < night.sleep_onset_s + 60.0 * high_min:
        return "sleep_onset"
    if time_s < night.sleep_onset_s:
        return "pre_sleep"
    if any(end <= time_s < end + 60.0 * rate.return_window_min for _, end in night.wake_episodes):
        return "sleep_onset"
    return "sleep" if any(start <= time_s < end for start, end in night.sleep_stretches) else "wake_in_bed"


def _leg_duration_s(rng: Generator, shape: ShapeParameters, longest_s: float) -> float:
    drawn = shape.leg_movement_median_s * np.exp(shape.leg_movement_log_sd * rng.standard_normal())
    return float(np.clip(drawn, shape.leg_movement_s[0], min(shape.leg_movement_s[1], longest_s)))


def _leg_amplitude_g(rng: Generator, shape: ShapeParameters) -> float:
    drawn = shape.leg_amplitude_median_g * np.exp(shape.leg_amplitude_log_sd * rng.standard_normal())
    return float(np.clip(drawn, *shape.leg_amplitude_g))


def _series_counts(rng: Generator, total: int, mean_count: float) -> list[int]:
    """Split ``total`` periodic movements into series of four and more; a rest below four joins the last series."""
    counts: list[int] = []
    while total >= _LEAST_SERIES:
        count = min(total, _LEAST_SERIES - 1 + int(rng.geometric(1.0 / (mean_count - _LEAST_SERIES + 1))))
        counts.append(count)
        total -= count
    if total and counts:
        counts[-1] += total
    elif total:
        counts.append(total)
    return counts


def _intervals_s(rng: Generator, count: int, median_s: float, log_sd: float, bounds: Range) -> np.ndarray:
    drawn = median_s * np.exp(log_sd * rng.standard_normal(count))
    return np.asarray(np.clip(drawn, *bounds))


class _Planner:
    """Collects the movements of one night."""

    def __init__(
        self,
        rng: Generator,
        person: Person,
        night: Night,
        sites: Sequence[str],
        parameters: SimulationParameters,
    ) -> None:
        self._rng, self._person, self._night, self._sites = rng, person, night, tuple(sites)
        self._rate, self._shape = parameters.rate, parameters.shape
        self._timeline = _Timeline()
        self.movements: list[PlannedMovement] = []

    def _add(
        self,
        kind: str,
        onset_s: float,
        duration_s: float,
        amplitude_g: dict[str, float],
        lag_s: dict[str, float],
        *,
        is_turn: bool = False,
    ) -> None:
        self.movements.append(
            PlannedMovement(
                kind=kind,
                onset_s=onset_s,
                duration_s=duration_s,
                phase=phase_at(self._night, onset_s, self._rate),
                amplitude_g={site: size for site, size in amplitude_g.items() if size >= _LEAST_FELT_G},
                lag_s=lag_s,
                is_turn=is_turn,
            )
        )

    def _on_legs(self, amplitude_g: float, one_leg_share: float) -> tuple[dict[str, float], dict[str, float]]:
        rng = self._rng
        leading = "left" if rng.random() < self._person.left_share else "right"
        other_moves = rng.random() >= one_leg_share
        other_g = amplitude_g * float(within(rng, self._shape.other_leg_ratio)) if other_moves else 0.0
        other_lag_s = float(within(rng, self._shape.other_leg_lag_s))
        size = {
            site: site_of(site).leg_reach * (amplitude_g if site.startswith(leading) else other_g)
            for site in self._sites
        }
        return size, {site: 0.0 if site.startswith(leading) else other_lag_s for site in self._sites}

    def _on_body(self, amplitude_g: float, largest_lag_s: float) -> tuple[dict[str, float], dict[str, float]]:
        rng = self._rng
        size = {
            site: site_of(site).body_reach * amplitude_g * float(rng.uniform(0.65, 1.0))
            for site in self._sites
        }
        lag = rng.uniform(0.0, largest_lag_s, len(self._sites))
        lag -= lag.min(initial=np.inf)
        return size, dict(zip(self._sites, lag.tolist(), strict=True))

    def _leg(self, onset_s: float, duration_s: float) -> None:
        amplitude_g = _leg_amplitude_g(self._rng, self._shape)
        self._add("leg_movement", onset_s, duration_s, *self._on_legs(amplitude_g, self._shape.one_leg_share))

    def gross(self, count: int, stretches: Sequence[Interval]) -> None:
        rng = self._rng
        for _ in range(count):
            duration_s = float(within(rng, self._shape.gross_s))
            onset_s = self._timeline.place(rng, stretches, duration_s, 2.0 * self._rate.guard_s)
            if onset_s is None:
                continue
            turns = rng.random() < self._rate.turn_posture_share
            amplitude_g = log_within(rng, self._shape.gross_amplitude_g)
            self._add("gross_movement", onset_s, duration_s, *self._on_body(amplitude_g, 0.3), is_turn=turns)

    def series(self, total: int) -> None:
        rng, night, rate = self._rng, self._night, self._rate
        middle_s = (night.sleep_onset_s + night.sleep_end_s) / 2.0
        todo = _series_counts(rng, total, rate.series_mean_count)
        while todo:
            count = todo.pop()
            steps_s = _intervals_s(rng, count, self._person.imi_median_s, rate.imi_log_sd, rate.imi_s)
            span_s = float(steps_s.sum())
            is_first = rng.random() < rate.first_half_share
            half = (night.sleep_onset_s, middle_s) if is_first else (middle_s, night.sleep_end_s)
            start_s = self._timeline.place(rng, _overlap(night.sleep_stretches, half), span_s, rate.guard_s)
            if start_s is None:
                start_s = self._timeline.place(rng, night.sleep_stretches, span_s, rate.guard_s)
            if start_s is None and count >= 2 * _LEAST_SERIES:
                todo += [count // 2, count - count // 2]
            elif start_s is not None:
                for offset_s, step_s in zip(np.cumsum(steps_s) - steps_s, steps_s, strict=True):
                    self._leg(
                        start_s + float(offset_s), _leg_duration_s(rng, self._shape, float(step_s) - 2.0)
                    )

    def legs(self, count: int, stretches: Sequence[Interval]) -> None:
        for _ in range(count):
            duration_s = _leg_duration_s(self._rng, self._shape, np.inf)
            onset_s = self._timeline.place(self._rng, stretches, duration_s, self._rate.guard_s)
            if onset_s is not None:
                self._leg(onset_s, duration_s)

    def fidgets(self, total: int) -> None:
        rng, rate = self._rng, self._rate
        before_sleep = [(self._night.lights_off_s, self._night.sleep_onset_s)]
        while total > 0:
            count = min(total, int(within(rng, rate.fidget_bout_count)))
            total -= count
            steps_s = within(rng, rate.fidget_imi_s, count)
            start_s = self._timeline.place(rng, before_sleep, float(steps_s.sum()), rate.guard_s)
            if start_s is None:
                continue
            for offset_s, step_s in zip(np.cumsum(steps_s) - steps_s, steps_s, strict=True):
                self._leg(start_s + float(offset_s), _leg_duration_s(rng, self._shape, float(step_s) - 2.0))

    def jerks(self, kind: str, count: int) -> None:
        rng, night, rate, shape = self._rng, self._night, self._rate, self._shape
        onset_s = night.sleep_onset_s
        low_s, high_s = (60.0 * bound for bound in rate.hypnic_window_min)
        at_onset = [(max(night.lights_off_s + 60.0, onset_s + low_s), onset_s + high_s - 30.0)]
        at_return = [(end, end + 60.0 * rate.return_window_min) for _, end in night.wake_episodes]
        away_s = 60.0 * rate.twitch_after_onset_min
        away = [
            (start + (away_s if start == onset_s else 2.0 * 60.0 * rate.return_window_min), end)
            for start, end in night.sleep_stretches
        ]
        for _ in range(count):
            if kind == "twitch":
                stretches = [(start, end) for start, end in away if end > start]
            else:
                returns = bool(at_return) and rng.random() < rate.return_share
                stretches = at_return if returns else at_onset
            placed_s = self._timeline.place(rng, stretches, 1.0, rate.hypnic_guard_s)
            if placed_s is None:  # a restless hour leaves no isolated moment: come closer, but do not vanish
                placed_s = self._timeline.place(rng, stretches, 1.0, rate.guard_s)
            if placed_s is None:
                continue
            if kind == "twitch":
                amplitude_g = log_within(rng, shape.twitch_amplitude_g)
                self._add(kind, placed_s, 0.0, *self._on_legs(amplitude_g, shape.one_leg_share))
            else:
                amplitude_g = log_within(rng, shape.hypnic_amplitude_g)
                self._add(kind, placed_s, 0.0, *self._on_body(amplitude_g, shape.site_lag_s))

    def trains(self, count: int) -> None:
        rng, night, shape = self._rng, self._night, self._shape
        edges = [(night.sleep_onset_s - 300.0, night.sleep_onset_s + 900.0)]
        edges += [(end - 60.0, end + 300.0) for _, end in night.wake_episodes]
        for _ in range(count):
            duration_s = float(within(rng, shape.tremor_s))
            onset_s = self._timeline.place(rng, edges, duration_s, 2.0 * self._rate.guard_s)
            if onset_s is not None:
                amplitude_g = float(within(rng, shape.tremor_amplitude_g))
                self._add("foot_tremor", onset_s, duration_s, *self._on_legs(amplitude_g, 0.5))

    def rhythm(self, count: int) -> None:
        rng, shape = self._rng, self._shape
        for _ in range(count):
            duration_s = float(within(rng, shape.rhythmic_s))
            onset_s = self._timeline.place(rng, self._night.sleep_stretches, duration_s, 30.0)
            if onset_s is not None:
                amplitude_g = float(within(rng, shape.rhythmic_amplitude_g))
                self._add(
                    "rhythmic_movement", onset_s, duration_s, *self._on_body(amplitude_g, shape.site_lag_s)
                )


def plan_movements(
    rng: Generator,
    person: Person,
    night: Night,
    counts: dict[str, int],
    sites: Sequence[str],
    parameters: SimulationParameters,
    *,
    first_posture: Posture = "supine",
    rhythmic_count: int = 0,
) -> list[PlannedMovement]:
    """Place the night's movements, in order of onset; turns lead from one posture of the body to another.

    Movements never overlap. What finds no room in a crowded night is left out; at the rates of the named parameters
    that is below one in a hundred. A movement of the leg that wears no device has no site and is kept out of the
    list by the caller.
    """
    planner = _Planner(rng, person, night, sites, parameters)
    planner.rhythm(rhythmic_count)
    planner.series(counts["periodic"])
    planner.fidgets(counts["fidget"])
    planner.jerks("hypnic_jerk", counts["hypnic_jerk"])
    for woken_s, _ in night.wake_episodes:  # nobody wakes without moving
        planner.gross(1, [(woken_s - 5.0, woken_s + 40.0)])
    planner.gross(counts["turn"], night.sleep_stretches)
    planner.gross(counts["wake_turn"], night.wake_in_bed)
    planner.jerks("twitch", counts["twitch"])
    planner.trains(counts["tremor"])
    planner.legs(counts["isolated"], night.sleep_stretches)
    planner.legs(counts["wake"], night.wake_in_bed)
    posture = first_posture
    found = sorted(planner.movements, key=lambda movement: movement.onset_s)
    for index, movement in enumerate(found):
        if movement.is_turn:
            others = [other for other in LYING if other != posture]
            posture = others[int(rng.integers(len(others)))]
            found[index] = replace(movement, posture=posture)
    return found
