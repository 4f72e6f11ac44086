"""Sleep and wake in bed from movements whose rates, asleep and awake, are the person's own."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from transforms.clock import HOUR_US, MINUTE_US, SECOND_US
from transforms.intervals import NOTHING, Bools, Floats, Integers, contains, runs
from transforms.parameters.wakefulness import WakefulnessParameters

SHIFT, LEG, ARM = range(3)
"""Classes of occasions: a shift of posture, a movement of a leg that comes back, a movement of a wrist."""

_TINY = 1e-300
_NO_DOUBT = 8.0  # log-likelihood of wake in somebody who stands, for every step


class Bed(NamedTuple):
    """One time in bed [us]; onset and end of sleep where something better than movements tells them."""

    lights_off: int
    lights_on: int
    sleep_onset: int | None
    sleep_end: int | None


class Occasions(NamedTuple):
    """Occasions on which somebody moved, sorted by start [k]: span in us, class, whether it belongs to a periodic run."""

    started: Integers
    ended: Integers
    kind: Integers
    is_periodic: Bools


class SleepWake(NamedTuple):
    """Onset and end of sleep with their credible intervals, and the wake between them [us]; None where nobody slept.

    ``confidence`` is the expected part of the time in bed that is rightly called sleep or wake.
    """

    sleep_onset: int | None
    sleep_end: int | None
    wake: Integers
    onset_low: int | None = None
    onset_high: int | None = None
    end_low: int | None = None
    end_high: int | None = None
    confidence: float | None = None


class _Grid(NamedTuple):
    """What was seen in every step of every bed [step, bed], beds padded to the longest."""

    length: Integers  # steps of each bed [bed]
    counts: Floats  # occasions [class, step, bed]
    exposed_h: Floats  # hours in which an occasion of the class would have been seen [class, step, bed]
    is_still: Bools  # nothing moves from here on for a while
    is_up: Bools  # out of bed
    is_periodic: Bools  # a periodic run goes on
    fall: Floats  # share of nights in which sleep begins with this step
    rise: Floats  # share of nights in which sleep ends before this step
    may_be: Floats  # 1 where wake before sleep, sleep and its wake, wake after it are possible [3, step, bed]


class _Rates(NamedTuple):
    """Rates of one person: asleep [class, bed] and awake [class] in 1/h, and how often wake is of each level [level]."""

    asleep_per_h: Floats
    awake_per_h: Floats
    latency_share: Floats
    later_share: Floats


class _Posterior(NamedTuple):
    """Probabilities; ``onset`` [step + 1, bed] that sleep begins with a step, ``end`` that it ends before one.

    The last row of ``onset`` is for nights without sleep, that of ``end`` for nights that sleep ends with the bed.
    """

    onset: Floats
    end: Floats
    asleep: Floats  # [step, bed]
    woken: Floats
    latency_level: Floats  # [bed, level]
    later_level: Floats  # stretches of wake [level]


def sleep_and_wake(
    beds: Sequence[Bed],
    occasions: Occasions,
    seen: Sequence[Integers],
    parameters: WakefulnessParameters,
    out_of_bed: Integers = NOTHING,
) -> list[SleepWake]:
    """Tell sleep from wake in every bed of one person.

    Args:
        beds: times in bed.
        occasions: of the same person, at any site.
        seen: for each class of occasions the (joined) intervals in which one would have been seen [m, 2] in us.
        parameters: such as MOVEMENTS_2026.
        out_of_bed: (joined) intervals in which the person stood or walked, and so was awake [u, 2] in us.

    Four states follow one another: awake before sleep, asleep, awake in the night, awake after sleep. Occasions come at
    one rate asleep and at another awake. The rates asleep are the person's: each night's is drawn to the person's, the
    person's to the published one. How much somebody moves awake is not known before: wake has ``wake_levels``, which
    add to the shifts asleep and of which the lowest adds none, and how often a person's wake is of which level is learned from all
    nights. Latency and time after the last waking have the distributions of ``latency`` and ``inertia``; between them
    no single waking is for good. Sleep is fallen into in stillness, and left with a movement, except rarely.
    While a periodic run lasts, legs say nothing: such movements are as common asleep as in restless wake.

    The posterior is that of the forward-backward algorithm. Onset and end are its medians, their intervals hold
    ``credible_frac``; wake in the night is where its probability reaches ``min_wake_probability``, and, of what is left
    above ``possible_wake_probability``, the likeliest until there is as much wake as is expected. An onset or end that is told is kept.

    Why not sustained inactivity: it needs five still minutes, and those occur on most evenings long before sleep.

    Limits: who never moves awake gives no evidence; then the intervals are those of the latency, and wide.
    """
    if not beds:
        return []
    step = round(parameters.step_s * SECOND_US)
    grid = _grid(beds, occasions, seen, out_of_bed, step, parameters)
    rates = _first_rates(grid, parameters)
    found = _posterior(grid, rates, parameters)
    for _ in range(parameters.round_count):
        rates = _learned(grid, found, parameters)
        found = _posterior(grid, rates, parameters)
    return [_read(bed, grid, found, i, step, parameters) for i, bed in enumerate(beds)]


def _grid(
    beds: Sequence[Bed],
    occasions: Occasions,
    seen: Sequence[Integers],
    out_of_bed: Integers,
    step: int,
    parameters: WakefulnessParameters,
) -> _Grid:
    length = np.array([-(-(bed.lights_on - bed.lights_off) // step) for bed in beds])
    shape = (int(length.max()), len(beds))
    counts, exposed = np.zeros((len(seen), *shape)), np.zeros((len(seen), *shape))
    still, up = np.ones(shape, dtype=bool), np.zeros(shape, dtype=bool)
    periodic = np.zeros(shape, dtype=bool)
    fall, rise = np.zeros(shape), np.zeros(shape)
    may = np.ones((3, *shape))
    reach = round(parameters.still_min * MINUTE_US)
    spans = np.stack((occasions.started, occasions.ended), axis=1)
    silent = spans[occasions.is_periodic]
    for i, (bed, count) in enumerate(zip(beds, length, strict=True)):
        start = bed.lights_off + step * np.arange(count)
        middle = start + step // 2
        for kind, intervals in enumerate(seen):
            mine = (occasions.kind == kind) & ~occasions.is_periodic
            at = occasions.started[mine & (occasions.started >= bed.lights_off)]
            at = at[at < bed.lights_on]
            is_seen = contains(intervals, middle)
            if kind == LEG:
                periodic[:count, i] = is_seen & _touched(silent, start, start + step)
                is_seen &= ~periodic[:count, i]
            number = np.bincount((at - bed.lights_off) // step, minlength=count)[:count]
            counts[kind, :count, i] = np.where(is_seen, number, 0)
            exposed[kind, :count, i] = np.where(is_seen, step / HOUR_US, 0)
        up[:count, i] = contains(out_of_bed, middle)
        still[:count, i] = ~_touched(spans, start, start + reach) & ~_touched(
            out_of_bed, start, start + reach
        )
        fall[:count, i] = _mass(
            np.arange(count + 1) * step / MINUTE_US, parameters.latency_median_min, parameters
        )
        rise[:count, i] = _mass(
            np.arange(count, -1, -1) * step / MINUTE_US, parameters.inertia_median_min, parameters
        )
        if bed.sleep_onset is not None:
            is_before = start + step <= bed.sleep_onset
            may[0, :count, i] *= is_before
            may[1:, :count, i] *= ~is_before
        if bed.sleep_end is not None:
            is_after = start >= bed.sleep_end
            may[:2, :count, i] *= ~is_after
            may[2, :count, i] *= is_after
    return _Grid(length, counts, exposed, still, up, periodic, fall, rise, may)


def _touched(spans: Integers, start: Integers, end: Integers) -> Bools:
    """Tell which of the sorted [start, end) meet any span; spans are sorted by start and may overlap."""
    if len(spans) == 0:
        return np.zeros(len(start), dtype=bool)
    reach = np.maximum.accumulate(spans[:, 1])
    before = np.searchsorted(spans[:, 0], end, side="left") - 1
    touched: Bools = (before >= 0) & (reach[np.maximum(before, 0)] > start)
    return touched


def _mass(edges_min: Floats, median_min: float, parameters: WakefulnessParameters) -> Floats:
    """Share of a log-normal time between neighbouring edges."""
    with np.errstate(divide="ignore"):
        cumulative = ndtr(np.log(edges_min / median_min) / parameters.time_log_sd)
    mass: Floats = np.abs(np.diff(cumulative))
    return mass


def _first_rates(grid: _Grid, parameters: WakefulnessParameters) -> _Rates:
    """Take the middle of each bed for sleep: a fifth at either end may be wake."""
    place = (np.arange(grid.is_still.shape[0])[:, None] + 0.5) / grid.length
    asleep = (place > parameters.edge_frac) & (place < 1 - parameters.edge_frac) & ~grid.is_up
    return _Rates(
        _asleep_per_h(grid, asleep.astype(np.float64), parameters),
        np.array(parameters.wake_per_h),
        np.array(parameters.latency_level_shares),
        np.array(parameters.later_level_shares),
    )


def _asleep_per_h(grid: _Grid, asleep: Floats, parameters: WakefulnessParameters) -> Floats:
    """Rates asleep [class, bed]: the night's drawn to the person's, the person's to the published."""
    count, hours = (grid.counts * asleep).sum(axis=1), (grid.exposed_h * asleep).sum(axis=1)
    published = np.array(parameters.sleep_per_h)
    weight = parameters.person_count
    person = (weight + count.sum(axis=1)) / (weight / published + hours.sum(axis=1))
    night = parameters.night_count
    found = (night + count) / (night / person[:, None] + hours)
    rates: Floats = np.minimum(found, np.array(parameters.max_sleep_per_h)[:, None])
    return rates


def _learned(grid: _Grid, found: _Posterior, parameters: WakefulnessParameters) -> _Rates:
    """Learn rates and levels from what the posterior calls sleep and wake."""
    latency = np.array(parameters.latency_level_shares) * parameters.level_count + found.latency_level.sum(
        axis=0
    )
    later = np.array(parameters.later_level_shares) * parameters.level_count + found.later_level
    shares = np.array([latency / latency.sum(), later / later.sum()])
    return _Rates(
        _asleep_per_h(grid, found.asleep, parameters),
        _awake_per_h(grid, found.asleep, shares, parameters),
        *shares,
    )


def _awake_per_h(grid: _Grid, asleep: Floats, shares: Floats, parameters: WakefulnessParameters) -> Floats:
    """Rates awake at level 1 [class]: the person's, drawn to the published; sites move awake as they like."""
    inside = np.arange(len(asleep))[:, None] < grid.length
    awake = np.where(inside, 1 - asleep, 0)
    level = float((shares @ np.array(parameters.wake_levels)).mean())
    published = np.array(parameters.wake_per_h)
    expected = (grid.exposed_h * awake).sum(axis=(1, 2)) * published * level
    count = (grid.counts * awake).sum(axis=(1, 2))
    ratio = (parameters.person_count + count) / (parameters.person_count + expected)
    rates: Floats = published * np.clip(ratio, 1 / parameters.max_wake_ratio, parameters.max_wake_ratio)
    return rates


class _Weights(NamedTuple):
    """Weights of the paths through a night; every likelihood is that over the likeliest state's in its step."""

    waiting: Floats  # awake before sleep up to each step, without it [step + 1, bed, level]
    enters: Floats  # falls asleep with the step [step, bed]
    returns: Floats  # falls asleep again [step, bed, length and level]
    rises: Floats  # wakes for good before the step
    followed: Floats  # and is awake from then on [step, bed, level]
    matrix: (
        Floats  # asleep, woken by level, and a constant, from one step to the next [step, bed, state, state]
    )


def _weights(grid: _Grid, rates: _Rates, parameters: WakefulnessParameters) -> _Weights:
    logs = _log_evidence(grid, rates, parameters)
    steps, beds, size = logs.shape
    # Divided by the likeliest state's, no product of likelihoods grows beyond what a float holds.
    likeliest = np.maximum(logs.max(axis=2), 0)
    logs = logs - likeliest[:, :, None]
    may_wait, may_doze, may_be_up = grid.may_be
    may_sleep = may_doze * np.exp(-likeliest)
    shifted, is_blind = grid.counts[SHIFT] > 0, grid.exposed_h[SHIFT] == 0
    quiet = np.where(grid.is_still, 1, parameters.moved_fall_frac)
    # Wake in the night is brief or long, and of each level.
    lengths_min = np.repeat(parameters.wake_episode_min, size)
    shares = (np.array(parameters.wake_episode_shares)[:, None] * rates.later_share).ravel()
    per_step = parameters.step_s / 60 / lengths_min
    states = len(shares) + 2
    # Of the shifts of posture asleep this share wakes; without one somebody seldom does.
    wakings = parameters.step_s / 3600 * parameters.wakings_per_h
    per_shift = parameters.wakings_per_h / (parameters.wakings_per_h + rates.asleep_per_h[SHIFT])
    unmoved = parameters.unmoved_waking_frac
    shifted = shifted | grid.is_up
    leaves = np.where(is_blind, wakings, np.where(shifted, per_shift, unmoved * wakings))
    with np.errstate(divide="ignore"):
        waited = np.cumsum(logs + np.log(may_wait)[:, :, None], axis=0)
        followed = np.cumsum((logs + np.log(may_be_up)[:, :, None])[::-1], axis=0)[::-1]
    waited = np.concatenate((np.zeros((1, beds, size)), waited))
    matrix = np.zeros((steps, beds, states, states))
    woken = np.tile(np.exp(logs), len(parameters.wake_episode_min)) * may_doze[:, :, None]
    matrix[:, :, 0, 0] = (1 - leaves) * may_sleep
    matrix[:, :, 0, 1:-1] = leaves[:, :, None] * shares * woken
    matrix[:, :, 1:-1, 0] = (quiet * may_sleep)[:, :, None] * per_step
    level = np.arange(1, states - 1)
    matrix[:, :, level, level] = (1 - per_step) * woken
    matrix[:, :, -1, -1] = 1
    return _Weights(
        waiting=rates.latency_share * np.exp(waited),
        enters=grid.fall * quiet * may_sleep,
        returns=quiet[:, :, None] * per_step,
        rises=grid.rise * np.where(is_blind | shifted, 1, unmoved),
        followed=rates.later_share * np.exp(followed),
        matrix=matrix,
    )


def _posterior(grid: _Grid, rates: _Rates, parameters: WakefulnessParameters) -> _Posterior:
    """Forward-backward over sleep and wake in the night; what comes before and after is summed beside it."""
    weights = _weights(grid, rates, parameters)
    steps, beds = grid.is_still.shape
    is_beyond = np.arange(steps)[:, None] >= grid.length
    waiting, enters = weights.waiting, weights.enters
    up = weights.rises * weights.followed.sum(axis=2)

    matrix = weights.matrix.copy()
    matrix[:, :, -1, 0] = enters * waiting[:-1].sum(axis=2)
    state = np.zeros((beds, 1, matrix.shape[2]))
    state[:, :, -1] = 1
    before = np.empty((steps + 1, beds, matrix.shape[2]))
    before[0] = state[:, 0]
    for t in range(steps):
        state = state @ matrix[t]
        before[t + 1] = state[:, 0]

    matrix = weights.matrix
    matrix[:, :, 0, -1] = up
    matrix[is_beyond] = np.eye(matrix.shape[2])  # beyond its end a bed's last value stays
    state = np.zeros((beds, matrix.shape[2], 1))
    state[:, 0], state[:, -1] = parameters.asleep_at_end_frac, 1
    after = np.empty_like(before)
    after[steps] = state[:, :, 0]
    for t in range(steps - 1, -1, -1):
        state = matrix[t] @ state
        after[t] = state[:, :, 0]

    last = grid.length, np.arange(beds)
    by_level = waiting[:-1] * (enters * after[1:, :, 0])[:, :, None]
    by_level[is_beyond] = 0
    sleepless = parameters.sleepless_frac * waiting[last]
    onset = np.concatenate((by_level.sum(axis=2), sleepless.sum(axis=1)[None]))
    total = np.maximum(onset.sum(axis=0), _TINY)
    asleep = np.where(is_beyond, 0, before[:-1, :, 0])
    end = np.concatenate((asleep * up, np.zeros((1, beds))))
    end[last] = before[*last, 0] * parameters.asleep_at_end_frac
    states = before[1:] * after[1:] * (~is_beyond / total)[:, :, None]
    risen = ((asleep * weights.rises)[:, :, None] * weights.followed).sum(axis=0) / total[:, None]
    returned = (states[:, :, 1:-1] * weights.returns).sum(axis=(0, 1))
    returned = returned.reshape(len(parameters.wake_episode_min), -1).sum(axis=0)
    return _Posterior(
        onset=onset / total,
        end=end / total,
        asleep=states[:, :, 0],
        woken=states[:, :, 1:-1].sum(axis=2),
        latency_level=(by_level.sum(axis=0) + sleepless) / total[:, None],
        later_level=risen.sum(axis=0) + returned,
    )


def _log_evidence(grid: _Grid, rates: _Rates, parameters: WakefulnessParameters) -> Floats:
    """Log-likelihood of each step awake over asleep [step, bed, level]; clustering makes it a part of Poisson's."""
    levels = np.array(parameters.wake_levels)
    asleep = rates.asleep_per_h[:, :, None]
    moves = levels * rates.awake_per_h[:, None, None]
    # Who shifts much asleep shifts more awake; a leg that moves much asleep has its own reason to.
    awake = np.concatenate((asleep[:1] + moves[:1], np.maximum(asleep[1:], moves[1:])))
    weight = np.einsum("ctb,cbg->tbg", grid.counts, np.log(awake / asleep))
    weight -= np.einsum("ctb,cbg->tbg", grid.exposed_h, awake - asleep)
    weighed: Floats = parameters.evidence_weight * weight
    # Who stands is awake, and not one of those who lie awake without moving.
    weighed[grid.is_up] = np.where(levels > 0, _NO_DOUBT, 0)
    return weighed


def _read(
    bed: Bed, grid: _Grid, found: _Posterior, i: int, step: int, parameters: WakefulnessParameters
) -> SleepWake:
    count = int(grid.length[i])
    asleep = found.asleep[:count, i]
    confidence = float(np.maximum(asleep, 1 - asleep).mean())
    slept = 1 - found.onset[-1, i]
    if slept <= 0.5:
        return SleepWake(None, None, NOTHING, confidence=confidence)
    has_begun, has_ended = (np.cumsum(part[:count, i]) / slept for part in (found.onset, found.end))

    def instant(reached: Floats, share: float) -> int:
        return min(bed.lights_off + step * int(np.searchsorted(reached, share)), bed.lights_on)

    low, high = (1 - parameters.credible_frac) / 2, (1 + parameters.credible_frac) / 2
    onsets = [instant(has_begun, share) for share in (low, 0.5, high)]
    ends = [instant(has_ended, share) for share in (low, 0.5, high)]
    if bed.sleep_onset is not None:
        onsets = [bed.sleep_onset] * 3
    if bed.sleep_end is not None:
        ends = [bed.sleep_end] * 3
    onset, end = onsets[1], ends[1]
    if end <= onset:
        return SleepWake(None, None, NOTHING, confidence=confidence)
    is_woken = _likeliest(found.woken[:count, i], grid.is_periodic[:count, i], parameters)
    wake = np.clip(bed.lights_off + step * runs(is_woken), onset, end)
    long = wake[:, 1] - wake[:, 0] >= parameters.min_wake_min * MINUTE_US
    return SleepWake(onset, end, wake[long], onsets[0], onsets[2], ends[0], ends[2], confidence)


def _likeliest(probability: Floats, is_periodic: Bools, parameters: WakefulnessParameters) -> Bools:
    """Mark wake [step]: what is likelier wake than not, and beyond that the likeliest, up to as much as is expected.

    Were wake only what is likelier than not, there would be too little of it: a waking of two minutes is seldom that
    sure, and rates per hour of sleep would be too low. Of periodic runs no more is taken: most are asleep.
    """
    is_sure = probability >= parameters.min_wake_probability
    may_be = ~is_sure & ~is_periodic & (probability >= parameters.possible_wake_probability)
    missing = round(float(probability.sum())) - int(is_sure.sum())
    ranked = np.argsort(np.where(may_be, -probability, 0), kind="stable")[: max(missing, 0)]
    is_woken = is_sure.copy()
    is_woken[ranked] |= may_be[ranked]
    return is_woken
