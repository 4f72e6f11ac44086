"""What happens in the night of a scenario: point processes with one person's rates, thinned where the body is busy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from transforms.parameters.scenarios import MotionParameters, Range
from transforms.simulation.night import Interval
from transforms.simulation.scenarios.timeline import Timeline, without
from transforms.simulation.shapes import log_within, within

_TWITCH_AWAY_S = 1260.0  # from sleep onset; and from a return to sleep a third of it
_ROOM_FOR_A_BURST_S = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of the body or of the bed; ``sort`` is a MovementKind, or the name of what is none."""

    sort: str
    onset_s: float
    duration_s: float
    size_g: float
    side: str  # left, right, both, body
    turns: bool = False  # ends in another posture
    shift_deg: float = 0.0  # what it leaves of tilt otherwise
    held_s: float = 0.0


class _Body:
    """What is taken, and who moves when; everything is drawn for one person."""

    def __init__(self, rng: Generator, line: Timeline, motion: MotionParameters) -> None:
        self.rng, self.line, self.motion = rng, line, motion
        self.found: list[Happening] = []
        self._taken: list[Interval] = []
        self.left_share = float(np.clip(rng.normal(0.5, 0.15), 0.1, 0.9))
        self.turn_share = float(within(rng, motion.turn_share))

    def is_free(self, start_s: float, end_s: float, guard_s: float) -> bool:
        return all(end_s + guard_s <= start or start_s - guard_s >= end for start, end in self._taken)

    def add(self, happening: Happening, guard_s: float | None = None) -> bool:
        guard_s = self.motion.guard_s if guard_s is None else guard_s
        end_s = happening.onset_s + max(happening.duration_s, _ROOM_FOR_A_BURST_S)
        if not self.is_free(happening.onset_s, end_s, guard_s):
            return False
        self._taken.append((happening.onset_s, end_s))
        self.found.append(happening)
        return True

    def side(self) -> str:
        if self.rng.random() < 0.58:
            return "both"
        return "left" if self.rng.random() < self.left_share else "right"

    def large(self, at_s: float) -> None:
        rng, motion = self.rng, self.motion
        turns = rng.random() < self.turn_share
        self.add(
            Happening(
                sort="gross_movement",
                onset_s=at_s,
                duration_s=_spread(rng, motion.large_s, motion.large_bounds_s),
                size_g=log_within(rng, motion.large_g),
                side="body",
                turns=bool(turns),
                shift_deg=float(within(rng, motion.small_shift_deg)),
            )
        )

    def leg(self, at_s: float, longest_s: float, side: str | None = None) -> bool:
        rng, motion = self.rng, self.motion
        lasts_s = min(_spread(rng, motion.leg_s, motion.leg_bounds_s), max(longest_s, motion.leg_bounds_s[0]))
        held_s = float(within(rng, motion.held_s)) if rng.random() < motion.held_share else 0.0
        return self.add(
            Happening(
                sort="leg_movement",
                onset_s=at_s,
                duration_s=lasts_s + held_s,
                size_g=_spread(rng, motion.leg_g, motion.leg_bounds_g),
                side=self.side() if side is None else side,
                held_s=held_s,
            )
        )


def _spread(rng: Generator, shape: Range, bounds: Range) -> float:
    """Draw from a log-normal of (median, SD of the log), within bounds."""
    return float(np.clip(shape[0] * np.exp(shape[1] * rng.standard_normal()), *bounds))


def _arrivals(rng: Generator, stretches: Sequence[Interval], per_h: float) -> list[float]:
    """Poisson arrivals in ``stretches``, in order."""
    found: list[float] = []
    for start_s, end_s in stretches:
        count = int(rng.poisson(max(per_h * (end_s - start_s) / 3600.0, 0.0)))
        found += np.sort(rng.uniform(start_s, end_s, count)).tolist()
    return found


def _own_rate(rng: Generator, bounds: Range) -> float:
    return log_within(rng, bounds) if bounds[0] > 0.0 else 0.0


def draw_happenings(rng: Generator, line: Timeline, motion: MotionParameters) -> list[Happening]:
    """Draw a night's events in order of onset. What finds the body busy does not happen."""
    body = _Body(rng, line, motion)
    for _ in range(motion.rhythmic_count):
        start_s, end_s = max(line.asleep, key=lambda stretch: stretch[1] - stretch[0])
        lasts_s = float(rng.uniform(25.0, 70.0))
        at_s = float(rng.uniform(start_s + 300.0, end_s - lasts_s - 60.0))
        body.add(
            Happening(
                sort="rhythmic_movement",
                onset_s=at_s,
                duration_s=lasts_s,
                size_g=float(rng.uniform(0.5, 1.5)),
                side="body",
            ),
            30.0,
        )
    _large(body)
    _hypnic(body)
    _trains(body)
    _awake(body)
    _series(body)
    lone_per_h = float(within(rng, motion.lone_per_h))
    for at_s in _arrivals(rng, line.asleep, lone_per_h):
        body.leg(at_s, np.inf)
    _brief(body)
    _unowned(body)
    return sorted(body.found, key=lambda happening: happening.onset_s)


def _large(body: _Body) -> None:
    rng, motion, line = body.rng, body.motion, body.line
    per_h = _spread(rng, motion.large_per_h, motion.large_bounds_per_h)
    for woken_s, _ in [*line.wakes, (line.sleep_end_s, line.lights_on_s)]:
        if rng.random() < motion.waking_moves_share:
            body.large(woken_s + float(rng.uniform(-4.0, 15.0)))
    for at_s in _arrivals(rng, line.asleep, per_h):
        body.large(at_s)


def _hypnic(body: _Body) -> None:
    rng, motion, line = body.rng, body.motion, body.line
    low_s, high_s = (60.0 * bound for bound in motion.hypnic_window_min)
    window = (max(line.lights_off_s + 30.0, line.sleep_onset_s + low_s), line.sleep_onset_s + high_s)
    for at_s in rng.uniform(*window, int(rng.poisson(motion.hypnic_count))).tolist():
        size_g = log_within(rng, motion.hypnic_g)
        body.add(
            Happening(sort="hypnic_jerk", onset_s=at_s, duration_s=0.0, size_g=size_g, side="body"), 15.0
        )


def _trains(body: _Body) -> None:
    rng, motion, line = body.rng, body.motion, body.line
    edges = [(line.sleep_onset_s - 240.0, line.sleep_onset_s + 900.0)]
    edges += [(end, min(end + 240.0, line.sleep_end_s)) for _, end in line.wakes]
    for _ in range(int(rng.poisson(motion.tremor_count))):
        start_s, end_s = edges[int(rng.integers(len(edges)))]
        body.add(
            Happening(
                sort="foot_tremor",
                onset_s=float(rng.uniform(start_s, end_s)),
                duration_s=float(rng.uniform(9.0, 20.0)),
                size_g=float(rng.uniform(0.05, 0.15)),
                side=body.side(),
            ),
            8.0,
        )


def _awake(body: _Body) -> None:
    rng, motion, line = body.rng, body.motion, body.line
    if motion.wake_periodic_share > 0.0:
        length_s = motion.wake_periodic_share * (line.sleep_onset_s - line.lights_off_s)
        at_s = float(rng.uniform(line.lights_off_s, line.sleep_onset_s - length_s))
        until_s = at_s + length_s
        while at_s < until_s:
            step_s = float(within(rng, motion.wake_imi_s))
            # Standing and walking relieve.
            if not any(start <= at_s < end for start, end in line.out_of_bed):
                body.leg(at_s, step_s - 2.0)
            at_s += step_s
    for at_s in _arrivals(rng, line.awake_in_bed, _own_rate(rng, motion.wake_large_per_h)):
        body.large(at_s)
    for at_s in _arrivals(rng, line.awake_in_bed, _own_rate(rng, motion.wake_leg_per_h)):
        body.leg(at_s, np.inf)


def _series(body: _Body) -> None:
    """Series begin anywhere asleep and go on for their length; a waking ends them."""
    rng, motion, line = body.rng, body.motion, body.line
    per_h = _own_rate(rng, motion.periodic_per_h)
    imi_s = float(within(rng, motion.imi_s))
    asleep_h = sum(end - start for start, end in line.asleep) / 3600.0
    due = int(rng.poisson(per_h * asleep_h)) if per_h else 0
    tries = 0
    side = "left"
    while due > 0 and tries < 400:
        tries += 1
        count = 3 + int(rng.geometric(1.0 / max(motion.series_count - 3.0, 1.0)))
        lengths = np.array([end - start for start, end in line.asleep])
        which = int(rng.choice(len(lengths), p=lengths / lengths.sum()))
        start_s, end_s = line.asleep[which]
        at_s = float(rng.uniform(start_s, end_s))
        # PLMS fall through the night: two in three of those late in the night come early instead.
        if at_s > 0.5 * (line.sleep_onset_s + line.sleep_end_s) and rng.random() < 0.4:
            continue
        for _ in range(count):
            step_s = imi_s * float(np.exp(motion.imi_log_sd * rng.standard_normal()))
            step_s = max(step_s, 1.5)
            is_double = rng.random() < motion.double_share
            after_s = float(within(rng, motion.double_after_s))
            longest_s = step_s - 1.0 - (after_s + 1.0 if is_double else 0.0)
            side = {"left": "right", "right": "left"}[side]
            if at_s > end_s - 5.0:
                break
            made = body.leg(at_s, max(longest_s, 0.6), side if motion.is_alternating else None)
            due -= int(made)
            if made and is_double:
                first = body.found[-1]
                body.leg(
                    first.onset_s + first.duration_s + after_s, max(step_s - after_s - 4.0, 0.6), first.side
                )
            at_s += step_s


def _brief(body: _Body) -> None:
    rng, motion, line = body.rng, body.motion, body.line
    edges = [line.sleep_onset_s, *(end for _, end in line.wakes)]
    away_s = [_TWITCH_AWAY_S, *(_TWITCH_AWAY_S / 3.0 for _ in line.wakes)]
    calm = [
        (max(start, *(edge + far for edge, far in zip(edges, away_s, strict=True) if edge <= start)), end)
        for start, end in line.asleep
    ]
    calm = [(start, end) for start, end in calm if end > start]
    for at_s in _arrivals(rng, calm, motion.twitches_per_h):
        size_g = log_within(rng, motion.twitch_g)
        body.add(
            Happening(sort="twitch", onset_s=at_s, duration_s=0.0, size_g=size_g, side=body.side()), 15.0
        )


def _unowned(body: _Body) -> None:
    """Add what is no jerk, whatever it looks like: myoclonus, twitches of REM, a partner, a pet."""
    rng, motion, line = body.rng, body.motion, body.line
    nrem = without(list(line.asleep), line.rem)
    for at_s in _arrivals(rng, nrem, motion.myoclonus_per_h):
        size_g = log_within(rng, motion.myoclonus_g)
        body.add(Happening(sort="myoclonus", onset_s=at_s, duration_s=0.0, size_g=size_g, side=body.side()))
    for at_s in _arrivals(rng, line.rem, motion.rem_clusters_per_h):
        burst_s, side = at_s, body.side()
        for _ in range(int(within(rng, motion.rem_cluster_count))):
            size_g = log_within(rng, motion.rem_twitch_g)
            body.add(
                Happening(sort="rem_twitch", onset_s=burst_s, duration_s=0.0, size_g=size_g, side=side), 0.0
            )
            burst_s += float(rng.exponential(1.2)) + 0.3
    in_bed = [(line.lights_off_s, line.lights_on_s)]
    for name, per_h, bounds_mg, bounds_s in (
        ("partner", motion.partner_per_h, motion.partner_mg, (2.0, 10.0)),
        ("pet", motion.pet_per_h, motion.pet_mg, (0.5, 6.0)),
    ):
        for at_s in _arrivals(rng, in_bed, per_h):
            body.found.append(  # the bed does not wait until the body is at rest
                Happening(
                    sort=name,
                    onset_s=at_s,
                    duration_s=float(within(rng, bounds_s)),
                    size_g=log_within(rng, bounds_mg) / 1000.0,
                    side="body",
                )
            )
