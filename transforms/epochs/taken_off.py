"""Short spells without wear, found epoch by epoch: nothing moves, and the sensor grows cold or quieter than any worn one."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.ndimage import median_filter

from transforms.clock import SECOND_US
from transforms.intervals import Bools, Integers, runs
from transforms.parameters.wear import WearParameters

COLD, QUIET = "motionless_and_cold", "motionless_and_quieter_than_worn"


class Spell(NamedTuple):
    """One spell without wear [us]."""

    start_us: int
    end_us: int
    reason: str


def find_spells(
    statistics: pl.DataFrame, worn_level_c: float, epoch_us: int, parameters: WearParameters
) -> list[Spell]:
    """List the spells of ``min_spell_s`` and longer in which the sensor lay somewhere.

    Args:
        statistics: one row per epoch, sorted by start_at (sd of three axes in g, temperature_c).
        worn_level_c: temperature of this recording when it is surely worn; NaN where no thermometer works.
        epoch_us: length of an epoch.
        parameters: such as GGIR_2023.

    A window of an hour does not see half an hour on the night stand. A spell is a run of epochs without a gap and
    without a movement that either ends colder than a worn sensor by ``max_cooling_c`` (it was still warm when it began),
    or shows less than ``quiet_ratio`` of the noise of the same sensor on a still leg: pulse and breath are missing.

    Limits: a sensor whose own noise drowns pulse and breath, without a thermometer, is left to the window of an hour.
    """
    variance = pl.sum_horizontal(pl.col(f"sd_{axis}_g").cast(pl.Float64) ** 2 for axis in "xyz")
    size = statistics.select(variance.sqrt()).to_series().to_numpy()
    start = statistics["start_at"].to_physical().to_numpy()
    warmth = statistics["temperature_c"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    width = max(1, round(parameters.spell_smoothing_s * SECOND_US / epoch_us)) | 1
    if len(size) < width:
        return []
    level = median_filter(size, width, mode="nearest")
    still = level[level < np.sqrt(3) * parameters.max_sd_g]
    if len(still) == 0:
        return []
    worn_g = float(np.median(still))
    follows = np.concatenate((np.diff(start) == epoch_us, [False]))
    moves = size > max(parameters.moving_sd_ratio * worn_g, parameters.min_moving_sd_g)
    found = _long(level < parameters.quiet_ratio * worn_g, follows, moves, start, epoch_us, parameters)
    spells = [Spell(*edges, QUIET) for edges in found]
    if np.isfinite(worn_level_c):
        for first, end in _long(~moves, follows, moves, start, epoch_us, parameters):
            inside = warmth[np.searchsorted(start, first) : np.searchsorted(start, end)]
            if np.isfinite(inside).any() and np.nanmin(inside) < worn_level_c - parameters.max_cooling_c:
                spells.append(Spell(first, end, COLD))
    return sorted(spells)


def _long(
    mask: Bools,
    follows: Bools,
    moves: Bools,
    start: npt.NDArray[np.int64],
    epoch_us: int,
    parameters: WearParameters,
) -> list[tuple[int, int]]:
    """List the runs of ``mask`` [us] that are long enough, have no gap inside, and hardly a movement."""
    found: list[tuple[int, int]] = []
    moved = np.concatenate(([0], np.cumsum(moves)))
    for first, end in _without_gaps(runs(mask), follows):
        seconds = (end - first) * epoch_us / SECOND_US
        per_h = (moved[end] - moved[first]) * 3600 / seconds
        if seconds >= parameters.min_spell_s and per_h <= parameters.max_spell_moving_per_h:
            found.append((int(start[first]), int(start[end - 1]) + epoch_us))
    return found


def _without_gaps(stretches: Integers, follows: Bools) -> list[tuple[int, int]]:
    """Cut stretches of rows where the next row is not the next epoch."""
    cuts = np.flatnonzero(~follows) + 1
    pieces: list[tuple[int, int]] = []
    for first, end in stretches:
        inside = cuts[(cuts > first) & (cuts < end)]
        edges = [int(first), *inside.tolist(), int(end)]
        pieces += pairwise(edges)
    return pieces


def usual_gap_us(starts: npt.NDArray[np.int64]) -> int:
    """Length of an epoch, read from the starts [n]."""
    return int(np.median(np.diff(starts))) if len(starts) > 1 else 0
