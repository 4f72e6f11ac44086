"""Whether a movement goes one way and comes back, or swings to both sides of where the limb lay."""

from typing import NamedTuple

import numpy as np

from transforms.intervals import Bools, Floats, Integers, Singles
from transforms.parameters.movements import DetectionParameters

_BATCH = 64  # stretches at a time: bounds the memory
_TINY = 1e-12


class Sides(NamedTuple):
    """Of each stretch [k], 0 to 1, NaN where it is not told: how one-sided it is, and how much of it is slow."""

    one_sided_frac: Floats
    slow_frac: Floats


def measure_sidedness(
    work: Singles, first: Integers, end: Integers, rate_hz: float, parameters: DetectionParameters
) -> Sides:
    """Measure each stretch [first, end) of unfiltered acceleration [3, n].

    A leg flexes and returns: its posture, and its place, stay on one side of where it lay. A body that shifts swings to
    both sides. Two courses are looked at, and the larger value counts. Of the posture (acceleration smoothed over
    ``sided_smooth_s``), which shows where gravity lies across the joint's axis: the sum along its main direction over
    the sum of its size, which rests within do not lower. Of the place (acceleration integrated twice, at rest at both
    ends), which shows where gravity lies along the axis: the mean over the root mean square. Both are taken from the
    line between the rests before and after, read over ``sided_rest_s`` or half of the way to the neighbour.

    Slow is the posture's part of the whole course (root mean squares). Of stretches with less than ``sided_slow_frac`` of
    it no sides are told: what only shakes is on both sides of rest, whatever moves. Measured are stretches of
    ``slow_min_s`` to ``sided_max_s``, the sides of those from ``sided_min_s``.
    """
    count = work.shape[1]
    result = Sides(np.full(len(first), np.nan), np.full(len(first), np.nan))
    length = end - first
    chosen = np.flatnonzero(
        (length >= parameters.slow_min_s * rate_hz) & (length <= parameters.sided_max_s * rate_hz)
    )
    if len(chosen) == 0:
        return result
    reach = round(parameters.sided_rest_s * rate_hz)
    before_from = np.maximum(first - reach, np.concatenate(([0], (end[:-1] + first[1:]) // 2)))
    after_to = np.minimum(end + reach, np.concatenate(((end[:-1] + first[1:]) // 2, [count])))
    # Stretches of like length share a batch, so that little is padded.
    chosen = chosen[np.argsort(length[chosen], kind="stable")]
    for batch in np.split(chosen, np.arange(_BATCH, len(chosen), _BATCH)):
        result.one_sided_frac[batch], result.slow_frac[batch] = _sides(
            work,
            np.stack((before_from[batch], first[batch], end[batch], after_to[batch])),
            rate_hz,
            parameters,
        )
    result.one_sided_frac[length < parameters.sided_min_s * rate_hz] = np.nan
    return result


def _sides(work: Singles, edges: Integers, rate_hz: float, parameters: DetectionParameters) -> Sides:
    """One batch; ``edges`` [4, k]: rest from, movement from, movement to, rest to."""
    start, total = edges[0], edges[3] - edges[0]
    place = np.arange(int(total.max()))
    values = work[:, np.minimum(start[:, None] + place, work.shape[1] - 1)].astype(np.float64)
    opens, closes = (edges[1] - start)[:, None], (edges[2] - start)[:, None]
    is_before, is_after = place < opens, (place >= closes) & (place < total[:, None])
    is_inside = (place >= opens) & (place < closes)
    before, after = (
        np.where(is_there, values, 0).sum(axis=2) / np.maximum(is_there.sum(axis=1), 1)
        for is_there in (is_before, is_after)
    )
    part = np.clip((place - opens) / (closes - opens), 0, 1)
    line = before[:, :, None] * (1 - part) + after[:, :, None] * part
    away = np.where(place < total[:, None], values - line, 0)
    posture = np.where(is_inside, _smoothed(away, parameters.sided_smooth_s * rate_hz), 0)
    if (edges[2] - edges[1]).max() < parameters.sided_min_s * rate_hz:
        sides = np.full(total.size, np.nan)
    else:
        moved = np.where(is_inside, away, 0)
        sides = np.maximum(_net_over_gross(posture), _mean_over_rms(_twice_summed(moved, part), is_inside))
    # The sensor's own noise, which hardly outlasts two samples, is neither slow nor a movement.
    whole = np.where(is_inside, _smoothed(away, parameters.sided_noise_s * rate_hz), 0)
    slow, all_of_it = ((course**2).sum(axis=(0, 2)) for course in (posture, whole))
    share = np.minimum(np.sqrt(slow / np.maximum(all_of_it, _TINY)), 1)
    return Sides(np.where(share >= parameters.sided_slow_frac, sides, np.nan), share)


def _smoothed(course: Floats, width: float) -> Floats:
    """Mean of [3, k, n] over about ``width`` entries around each."""
    half = max(1, round(width / 2))
    sums = np.cumsum(np.pad(course, ((0, 0), (0, 0), (half + 1, half))), axis=2)
    mean: Floats = (sums[:, :, 2 * half + 1 :] - sums[:, :, : -2 * half - 1]) / (2 * half + 1)
    return mean


def _twice_summed(moved: Floats, part: Floats) -> Floats:
    """Integrate [3, k, n] twice; speed and place are brought back to zero at the end."""
    for _ in range(2):
        summed = np.cumsum(moved, axis=2)
        moved = summed - summed[:, :, -1:] * part
    return moved


def _net_over_gross(course: Floats) -> Floats:
    """Sum of [3, k, n] along its main direction over the sum of its size along it [k]."""
    _, directions = np.linalg.eigh(np.einsum("akn,bkn->kab", course, course))
    along = np.einsum("ka,akn->kn", directions[:, :, -1], course)
    share: Floats = np.abs(along.sum(axis=1)) / np.maximum(np.abs(along).sum(axis=1), _TINY)
    return share


def _mean_over_rms(course: Floats, is_inside: Bools) -> Floats:
    inside = np.where(is_inside, course, 0)
    count = is_inside.sum(axis=1)
    mean = np.linalg.norm(inside.sum(axis=2) / count, axis=0)
    size = np.sqrt((inside**2).sum(axis=(0, 2)) / count)
    share: Floats = mean / np.maximum(size, _TINY)
    return share
