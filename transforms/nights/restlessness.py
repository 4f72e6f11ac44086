"""Motor restlessness before sleep: a measure of its own, beside the indices of sleep."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from transforms.clock import HOUR_US, MINUTE_US, SECOND_US
from transforms.intervals import Integers, clip, contains, intersect, invert, join, total
from transforms.nights.coverage import coverage
from transforms.nights.evidence import NightRecording
from transforms.parameters.nights import NightParameters
from transforms.parameters.restlessness import RestlessnessParameters
from transforms.schema import INSTANT, LEG_SITES, RESTLESSNESS, empty, require


def presleep_restlessness(
    candidates: pl.DataFrame,
    recordings: Sequence[NightRecording],
    nights: pl.DataFrame,
    night_parameters: NightParameters,
    parameters: RestlessnessParameters,
    out_of_bed: Integers,
) -> pl.DataFrame:
    """Measure how much the legs moved in the hour before sleep onset.

    Args:
        candidates: CANDIDATE frame of all recordings of one participant.
        recordings: the same participant's recordings.
        nights: NIGHT frame.
        night_parameters: tell which holes in the signal are bridged.
        parameters: such as IMMOBILISATION_HOUR.
        out_of_bed: (joined) intervals in which the participant stood or walked [u, 2] in us.

    Returns:
        RESTLESSNESS frame, one row per night with a known sleep onset. The rate counts movements of
        ``min_movement_s`` and longer of either leg, overlapping ones once, per analysed hour; the fraction is their
        part of the analysed time; the interval is the median from onset to onset of those up to ``max_movement_s``.
        Rates are null when less than ``min_analysed_min`` was worn and recorded. The same count and rate at rest leave
        out what begins while a leg is upright, and that time: walking to the bathroom is no restlessness. They are null
        where no leg's upright direction is known, or less than ``min_analysed_min`` was rest.

    The hour may begin before lights-off: restless legs begin on the sofa. Intervals of 5 to 20 s support restless legs;
    the diagnosis is clinical and this number is none.

    Source: Montplaisir 1998 (suggested immobilisation test), Michaud 2001 (durations).
    """
    legs = [recording for recording in recordings if recording.is_leg and recording.can_be_scored]
    worn = join(
        np.concatenate(
            [np.empty((0, 2), dtype=np.int64), *(coverage(leg, night_parameters)[1] for leg in legs)]
        )
    )
    moved = candidates.filter(
        pl.col("body_site").cast(pl.String).is_in(LEG_SITES),
        pl.col("duration_s") >= parameters.min_movement_s,
    )
    spans = join(moved.select(pl.col("onset_at", "offset_at").to_physical()).to_numpy().reshape(-1, 2))
    width = round(parameters.window_min * MINUTE_US)
    knows_rest = any(leg.knows_upright for leg in legs)
    least_us = parameters.min_analysed_min * MINUTE_US
    rows = []
    known = nights.filter(pl.col("sleep_onset_at").is_not_null())
    for participant_id, night_date, end in known.select(
        "participant_id", "night_date", pl.col("sleep_onset_at").to_physical()
    ).iter_rows():
        start = end - width
        analysed = clip(worn, start, end)
        analysed_us = total(analysed)
        inside = clip(spans, start, end)
        inside = inside[np.isin(inside[:, 0], spans[:, 0])]
        length = inside[:, 1] - inside[:, 0]
        brief = inside[length <= parameters.max_movement_s * SECOND_US]
        is_enough = analysed_us >= least_us
        rest_us = total(intersect(analysed, invert(out_of_bed, start, end)))
        at_rest = int(np.count_nonzero(~contains(out_of_bed, inside[:, 0])))
        is_enough_rest = knows_rest and rest_us >= least_us
        # An interval across a hole in the signal is not known.
        intervals = np.diff(brief[:, 0])
        holes = invert(analysed, start, end)
        if len(intervals) and len(holes):
            crossed = np.searchsorted(holes[:, 0], brief[1:, 0]) != np.searchsorted(
                holes[:, 0], brief[:-1, 0]
            )
            intervals = intervals[~crossed]
        rows.append(
            {
                "participant_id": participant_id,
                "night_date": night_date,
                "restlessness_started_at": start,
                "restlessness_ended_at": end,
                "restlessness_analysed_h": analysed_us / HOUR_US,
                "restlessness_movement_count": len(inside) if is_enough else None,
                "restlessness_movement_per_h": len(inside) / (analysed_us / HOUR_US) if is_enough else None,
                "restlessness_movement_time_frac": total(inside) / analysed_us if is_enough else None,
                "restlessness_imi_median_s": float(np.median(intervals)) / SECOND_US
                if is_enough and len(intervals)
                else None,
                "restlessness_at_rest_h": rest_us / HOUR_US if knows_rest else None,
                "restlessness_at_rest_movement_count": at_rest if is_enough_rest else None,
                "restlessness_at_rest_movement_per_h": at_rest / (rest_us / HOUR_US)
                if is_enough_rest
                else None,
            }
        )
    if not rows:
        return empty(RESTLESSNESS)
    kinds = {name: pl.Int64 if kind == INSTANT else kind for name, kind in RESTLESSNESS.items()}
    frame = pl.DataFrame(rows, schema=kinds).with_columns(
        pl.col("restlessness_started_at", "restlessness_ended_at").cast(INSTANT)
    )
    return require(frame, RESTLESSNESS, "restlessness")
