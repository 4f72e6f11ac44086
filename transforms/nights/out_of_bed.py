"""When somebody who is in bed by the clock stands or walks: a leg that is upright for a minute."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import median_filter

from transforms.clock import MINUTE_US
from transforms.intervals import NOTHING, Integers, intersect, join, runs
from transforms.nights.evidence import EPOCH_US, NightRecording, dense_grid
from transforms.parameters.nights import NightParameters


def out_of_bed(recordings: Sequence[NightRecording], parameters: NightParameters) -> Integers:
    """List when a worn leg was upright, as (joined) intervals in microseconds of UTC.

    Upright is an angle below ``upright_deg`` from the leg's own walking direction, smoothed over ``upright_min``, and as
    long. It is far below ``lying_deg``, because a knee drawn up in bed stands at half a right angle. Where two legs are
    worn both must be upright; a leg whose upright direction is not known has no voice.
    """
    found: Integers | None = None
    for recording in recordings:
        if not recording.knows_upright:
            continue
        upright = recording.epochs["upright_deg"]
        first, count, place = dense_grid(recording.epochs)
        angle = np.full(count, 180.0)
        worn = recording.epochs["is_worn"].to_numpy()
        angle[place[worn]] = upright.fill_null(180.0).to_numpy()[worn]
        width = round(parameters.upright_min * MINUTE_US / EPOCH_US) | 1
        stretches = runs(median_filter(angle, width, mode="nearest") < parameters.upright_deg)
        long = stretches[:, 1] - stretches[:, 0] >= width
        own = join(first + EPOCH_US * stretches[long])
        found = own if found is None else intersect(found, own)
    return NOTHING if found is None else found
