"""Occasions: what moved at about the same time is one, whatever the site and however often."""

import numpy as np
import polars as pl

from transforms.clock import SECOND_US
from transforms.intervals import Bools, Integers
from transforms.nights.wakefulness import ARM, LEG, SHIFT, Occasions
from transforms.parameters.wakefulness import WakefulnessParameters
from transforms.schema import LEG_SITES, WRIST_SITES


def find_occasions(candidates: pl.DataFrame, parameters: WakefulnessParameters) -> Occasions:
    """Reduce candidates of all sites, on one clock, to occasions.

    A movement that begins within ``occasion_s`` of the onset before it, or before all earlier ones are over, belongs to
    the same occasion: a double movement is one, and so is a train of movements every seven seconds. An occasion is a
    shift of posture when any of its movements leaves a tilt of ``shift_deg``, else one of a leg when a leg moved for
    ``min_movement_s``, else one of a wrist. Runs of ``series_count`` occasions of a leg at intervals of ``series_min_s``
    to ``series_max_s``, and an occasion that lasts longer than such an interval, are periodic.
    """
    of_leg = pl.col("body_site").cast(pl.String).is_in(LEG_SITES)
    of_wrist = pl.col("body_site").cast(pl.String).is_in(WRIST_SITES)
    rows = (
        candidates.lazy()
        .filter((of_leg & (pl.col("duration_s") >= parameters.min_movement_s)) | of_wrist)
        .sort("onset_at")
        .select(
            pl.col("onset_at", "offset_at").to_physical(),
            (pl.col("tilt_deg") >= parameters.shift_deg).alias("is_shift"),
            of_leg.alias("of_leg"),
        )
        .collect()
    )
    onset, offset = (rows[name].to_numpy().astype(np.int64) for name in ("onset_at", "offset_at"))
    return group_occasions(onset, offset, rows["is_shift"].to_numpy(), rows["of_leg"].to_numpy(), parameters)


def group_occasions(
    onset: Integers, offset: Integers, is_shift: Bools, of_leg: Bools, parameters: WakefulnessParameters
) -> Occasions:
    """Group movements [n] sorted by onset [us]; see ``find_occasions``."""
    if len(onset) == 0:
        nothing = np.empty(0, dtype=np.int64)
        return Occasions(nothing, nothing, nothing, np.empty(0, dtype=bool))
    reach = np.maximum.accumulate(offset)
    pause = round(parameters.occasion_s * SECOND_US)
    opens = np.concatenate(([True], (np.diff(onset) >= pause) & (onset[1:] >= reach[:-1])))
    first = np.flatnonzero(opens)
    started, ended = onset[first], np.maximum.reduceat(offset, first)
    # A shift is one of the leg, or where no leg is worn of whatever shifted.
    shifted = np.logical_or.reduceat(is_shift & (of_leg | ~of_leg.any()), first)
    legs = np.logical_or.reduceat(of_leg, first)
    kind = np.where(shifted, SHIFT, np.where(legs, LEG, ARM)).astype(np.int64)
    return Occasions(started, ended, kind, _periodic(started, ended, kind, parameters))


def _periodic(started: Integers, ended: Integers, kind: Integers, parameters: WakefulnessParameters) -> Bools:
    """Mark occasions of a leg in periodic runs; those of the wrist are looked past."""
    legs = np.flatnonzero(kind != ARM)
    is_leg = kind[legs] == LEG
    interval_s = np.diff(started[legs]) / SECOND_US
    follows = (
        (interval_s >= parameters.series_min_s)
        & (interval_s <= parameters.series_max_s)
        & is_leg[1:]
        & is_leg[:-1]
    )
    run = np.concatenate(([0], np.cumsum(~follows)))[: len(legs)]
    in_run = np.bincount(run)[run] >= parameters.series_count if len(legs) else np.zeros(0, dtype=bool)
    is_long = (ended[legs] - started[legs]) / SECOND_US > parameters.series_max_s
    found = np.zeros(len(kind), dtype=bool)
    found[legs] = is_leg & (in_run | is_long)
    return found
