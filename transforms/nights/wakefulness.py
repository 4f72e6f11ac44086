"""Sleep and wake in bed from movements that are rare asleep and frequent awake."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from transforms.intervals import Floats, Integers, contains, runs
from transforms.parameters.wakefulness import WakefulnessParameters

Instants = npt.NDArray[np.int64]

_LATENCY, _ASLEEP, _WOKEN, _RISEN = range(4)
_STILL, _MOVED, _UNSEEN = range(3)


class Bed(NamedTuple):
    """One time in bed [us]; onset and end of sleep where something better than posture tells them."""

    lights_off: int
    lights_on: int
    sleep_onset: int | None
    sleep_end: int | None


class SleepWake(NamedTuple):
    """Onset and end of sleep, and the wake between them [us]; all None and empty when nobody slept."""

    sleep_onset: int | None
    sleep_end: int | None
    wake: Integers


def sleep_and_wake(
    beds: Sequence[Bed],
    changes: Instants,
    lone_movements: Instants,
    seen: Integers,
    parameters: WakefulnessParameters,
) -> list[SleepWake]:
    """Tell sleep from wake in every bed of a participant.

    Args:
        beds: times in bed.
        changes: instants of changes of posture at any site [k] in us, sorted, each event once.
        lone_movements: instants of leg movements that are in no periodic series [l] in us, sorted.
        seen: (joined) intervals in which a movement would have been seen [m, 2] in us.
        parameters: such as POSTURE_2026.

    Four states follow one another: awake before sleep, asleep, awake in the night, awake after sleep. Changes of
    posture and lone leg movements come at one rate awake and at a lower one asleep; where nothing was measured they say
    nothing. Nobody wakes without moving: where it would have been seen, sleep is left with a change of posture only.
    The states' probabilities at every step are those of the forward-backward algorithm. Sleep begins where wake before
    sleep falls below one half; it ends where wake after sleep exceeds it; wake in the night is where its probability
    reaches ``min_wake_probability`` for ``min_wake_min``. An onset or end that is told is kept.

    Why not sustained inactivity: it needs five still minutes, and those occur on most evenings long before sleep. On
    legs it found sleep a quarter of an hour early. Leg movements in series are no evidence here, so they are slept
    through.

    Limits: quiet wake is seen as sleep, as by every actigraph.
    """
    if not beds:
        return []
    step = round(parameters.step_s * 1e6)
    likelihood, course = _likelihood(beds, changes, lone_movements, seen, step, parameters)
    probability = _forward_backward(likelihood, course, _transitions(parameters))
    return [_read(bed, probability[:, i], step, parameters) for i, bed in enumerate(beds)]


def _likelihood(
    beds: Sequence[Bed],
    changes: Instants,
    lone_movements: Instants,
    seen: Integers,
    step: int,
    parameters: WakefulnessParameters,
) -> tuple[Floats, Instants]:
    """Likelihood of each step's observation in each state [step, bed, state]; how sleep can be left [step, bed]."""
    counts = [-(-(bed.lights_on - bed.lights_off) // step) for bed in beds]
    likelihood = np.ones((max(counts), len(beds), 4))
    course = np.full(likelihood.shape[:2], _UNSEEN)
    hours = step / 3.6e9
    kinds = (
        (changes, parameters.wake_per_h, parameters.sleep_per_h),
        (lone_movements, parameters.lone_wake_per_h, parameters.lone_sleep_per_h),
    )
    for i, (bed, count) in enumerate(zip(beds, counts, strict=True)):
        start = bed.lights_off + step * np.arange(count)
        is_seen = contains(seen, start + step // 2)
        course[:count, i] = np.where(is_seen, _STILL, _UNSEEN)
        for instants, wake_per_h, sleep_per_h in kinds:
            inside = instants[(instants >= bed.lights_off) & (instants < bed.lights_on)]
            number = np.bincount((inside - bed.lights_off) // step, minlength=count)
            rates = hours * np.array([wake_per_h, sleep_per_h, wake_per_h, wake_per_h])
            poisson = rates ** number[:, None] * np.exp(-rates)
            poisson /= poisson.max(axis=1, keepdims=True)
            likelihood[:count, i] *= np.where(is_seen[:, None], poisson, 1)
            if instants is changes:
                course[:count, i][number > 0] = _MOVED
        _tell(likelihood[:count, i], bed, start, step)
        # Whoever tells when sleep ended does not need to be seen moving.
        if bed.sleep_end is not None:
            is_told = (start <= bed.sleep_end) & (start + step >= bed.sleep_end)
            course[:count, i][is_told] = _MOVED
    return likelihood, course


def _tell(likelihood: Floats, bed: Bed, start: Instants, step: int) -> None:
    """Rule out the states that a told onset or end contradicts."""
    if bed.sleep_onset is not None:
        is_before = start + step <= bed.sleep_onset
        likelihood[:, 1:] *= ~is_before[:, None]
        likelihood[:, _LATENCY] *= is_before
    if bed.sleep_end is not None:
        is_after = start >= bed.sleep_end
        likelihood[:, :_RISEN] *= ~is_after[:, None]
        likelihood[:, _RISEN] *= is_after


def _transitions(parameters: WakefulnessParameters) -> Floats:
    """Transitions into a step that is still, that holds a change of posture, or was not seen [3, state, state]."""
    minutes = parameters.step_s / 60
    falls = minutes / parameters.latency_min
    returns = minutes / parameters.wake_episode_min
    wakes_per_h, rises_per_h = parameters.wakings_per_h, 1 / parameters.sleep_h
    # Of the changes of posture asleep, these shares end sleep for a while or for good.
    total_per_h = parameters.sleep_per_h + wakes_per_h + rises_per_h

    def into(wakes: float, rises: float) -> Floats:
        return np.array(
            [
                [1 - falls, falls, 0, 0],
                [0, 1 - wakes - rises, wakes, rises],
                [0, returns, 1 - returns - rises, rises],
                [0, 0, 0, 1],
            ]
        )

    still, moved = into(0, 0), into(wakes_per_h / total_per_h, rises_per_h / total_per_h)
    unseen = into(minutes / 60 * wakes_per_h, minutes / 60 * rises_per_h)
    return np.stack((still, moved, unseen))


def _forward_backward(likelihood: Floats, course: Instants, matrices: Floats) -> Floats:
    """Probability of each state at each step [step, bed, state]; every bed begins awake."""
    count, beds, states = likelihood.shape
    forward, backward = np.empty_like(likelihood), np.ones_like(likelihood)
    transitions = matrices[course]
    belief = np.zeros((beds, states))
    # Sleep may begin with lights-off where an onset is told there.
    belief[:, [_LATENCY, _ASLEEP]] = (1 - 1e-6, 1e-6)
    for i in range(count):
        if i:
            belief = np.einsum("bs,bst->bt", belief, transitions[i])
        belief = belief * likelihood[i]
        belief /= np.maximum(belief.sum(axis=1, keepdims=True), 1e-300)
        forward[i] = belief
    belief = np.ones((beds, states))
    for i in range(count - 2, -1, -1):
        belief = np.einsum("bt,bst->bs", belief * likelihood[i + 1], transitions[i + 1])
        belief /= np.maximum(belief.max(axis=1, keepdims=True), 1e-300)
        backward[i] = belief
    both = forward * backward
    probability: Floats = both / np.maximum(both.sum(axis=2, keepdims=True), 1e-300)
    return probability


def _read(bed: Bed, probability: Floats, step: int, parameters: WakefulnessParameters) -> SleepWake:
    count = -(-(bed.lights_on - bed.lights_off) // step)
    probability = probability[:count]
    asleep = np.flatnonzero((probability[:, _LATENCY] < 0.5) & (probability[:, _RISEN] < 0.5))
    if len(asleep) == 0:
        return SleepWake(sleep_onset=None, sleep_end=None, wake=np.empty((0, 2), dtype=np.int64))
    onset = bed.sleep_onset if bed.sleep_onset is not None else bed.lights_off + step * int(asleep[0])
    end = bed.sleep_end if bed.sleep_end is not None else bed.lights_off + step * (int(asleep[-1]) + 1)
    end = min(end, bed.lights_on)
    if end <= onset:
        return SleepWake(sleep_onset=None, sleep_end=None, wake=np.empty((0, 2), dtype=np.int64))
    woken = runs(probability[:, _WOKEN] >= parameters.min_wake_probability)
    wake = np.clip(bed.lights_off + step * woken, onset, end)
    long = wake[:, 1] - wake[:, 0] >= parameters.min_wake_min * 6e7
    return SleepWake(sleep_onset=onset, sleep_end=end, wake=wake[long])
