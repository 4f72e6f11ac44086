"""What of a night was recorded and worn."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from transforms.clock import SECOND_US
from transforms.intervals import NOTHING, Integers, clip, contains, edges_us, intersect, invert, join, total
from transforms.nights.evidence import NightRecording
from transforms.nights.sleep_window import Window
from transforms.parameters.nights import NightParameters


def coverage(leg: NightRecording, parameters: NightParameters) -> tuple[Integers, Integers]:
    """Return the recorded and the recorded and worn intervals of one leg."""
    gap = round(parameters.max_signal_gap_s * SECOND_US)
    recorded = join(_spans(leg.segments), gap)
    if len(recorded) == 0:
        return recorded, recorded
    taken_off = join(_spans(leg.nonwear))
    return recorded, intersect(recorded, invert(taken_off, int(recorded[0, 0]), int(recorded[-1, 1])))


def _spans(intervals: pl.DataFrame) -> Integers:
    return edges_us(intervals, "started_at", "ended_at")


def touches(leg: NightRecording, start: int, end: int, window: Window) -> bool:
    """Tell whether a leg recorded anything of the night [start, end), or of its time in bed where that is known [us]."""
    spans = _spans(leg.segments)
    first = start if window.lights_off is None else window.lights_off
    last = end if window.lights_on is None else window.lights_on
    return len(clip(join(spans), first, last)) > 0


class Measured(NamedTuple):
    """What of the time in bed was measured by at least one leg [us]."""

    analysed: int
    analysed_sleep: int
    analysed_spt: int
    nonwear: int
    gap: int
    breaks: Integers


def measure(
    window: Window,
    legs: Sequence[NightRecording],
    covered: Mapping[str, tuple[Integers, Integers]],
    awake: Integers,
) -> Measured:
    """Measure one night; ``covered`` holds what ``coverage`` returns of each leg, ``awake`` the wake episodes."""
    if window.lights_off is None or window.lights_on is None:
        return Measured(0, 0, 0, 0, 0, NOTHING)
    off, on = window.lights_off, window.lights_on
    usable = [leg for leg in legs if leg.can_be_scored]
    recorded = clip(
        join(np.concatenate([covered[leg.recording_id][0] for leg in usable] or [NOTHING])), off, on
    )
    worn = clip(join(np.concatenate([covered[leg.recording_id][1] for leg in usable] or [NOTHING])), off, on)
    spt = NOTHING
    if window.onset is not None and window.end is not None:
        spt = clip(worn, window.onset, window.end)
    return Measured(
        analysed=total(worn),
        analysed_sleep=total(spt) - total(intersect(spt, awake)),
        analysed_spt=total(spt),
        nonwear=total(recorded) - total(worn),
        gap=(on - off) - total(recorded),
        breaks=invert(worn, off, on),
    )


def night_of(instants: pl.Series, nights: pl.DataFrame) -> pl.Series:
    """Return the ``night_date`` whose time in bed [lights-off, lights-on) holds each instant, null if none."""
    beds = nights.filter(pl.col("lights_off_at").is_not_null()).sort("lights_off_at")
    spans = beds.select(pl.col("lights_off_at", "lights_on_at").to_physical()).to_numpy().reshape(-1, 2)
    points = instants.to_physical().to_numpy()
    if len(spans) == 0:
        return pl.Series("night_date", [None] * len(points), dtype=pl.Date)
    inside = contains(spans, points)
    found = np.maximum(np.searchsorted(spans[:, 0], points, side="right") - 1, 0)
    dates = beds["night_date"].gather(found)
    return pl.select(pl.when(pl.Series(inside)).then(dates).alias("night_date")).to_series()
