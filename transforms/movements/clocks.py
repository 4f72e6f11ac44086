"""Clocks of several sensors laid over each other, by the movements that the whole body shares."""

from datetime import date

import numpy as np
import polars as pl

from transforms.intervals import Floats
from transforms.parameters.movements import ClockParameters
from transforms.schema import CLOCK_ALIGNMENT, LEG_SITES, require

_BIN_S = 0.05
_ROUNDS = 5


def align_clocks(candidates: pl.DataFrame, parameters: ClockParameters) -> pl.DataFrame:
    """Estimate each recording's offset to the participant's reference recording, night by night.

    Args:
        candidates: CANDIDATE frame of one participant with ``night_date`` (rows without one are not used).
        parameters: such as SHARED_TURNS_2026.

    Returns:
        CLOCK_ALIGNMENT frame, one row per night and recording other than the reference. ``offset_s`` is to be added at
        the mean onset of the recording's candidates of that night, ``drift_s_per_h`` per hour after it.

    The reference is the leg recording that stands first in BODY_SITES. Of all differences between onsets of turns the
    densest place is taken, then the median around it; with enough turns a straight line gives the drift, and what lies
    near the line is taken again, so that clocks may part by more than a turn's own spread.
    """
    turns = candidates.filter(
        pl.col("night_date").is_not_null(),
        pl.col("tilt_deg") >= parameters.min_tilt_deg,
        pl.col("duration_s") >= parameters.min_duration_s,
    ).sort("onset_at")
    order = candidates.select("recording_id", "body_site").unique().sort("body_site", "recording_id")
    legs = order.filter(pl.col("body_site").cast(pl.String).is_in(LEG_SITES))
    rows = []
    if legs.height and order.height > 1:
        reference = legs["recording_id"][0]
        for night_date, recording_id in (
            turns.filter(pl.col("recording_id") != reference)
            .select("night_date", "recording_id")
            .unique()
            .sort("night_date", "recording_id")
            .iter_rows()
        ):
            of_night = turns.filter(pl.col("night_date") == night_date)
            own = _seconds(of_night.filter(pl.col("recording_id") == recording_id))
            other = _seconds(of_night.filter(pl.col("recording_id") == reference))
            middle = _middle_s(candidates, recording_id, night_date)
            offset, drift, count, residual = _fit(own, other, middle, parameters)
            applied = count >= parameters.min_shared_count and residual <= parameters.max_residual_s
            rows.append(
                {
                    "participant_id": candidates["participant_id"][0],
                    "recording_id": recording_id,
                    "reference_recording_id": reference,
                    "night_date": night_date,
                    "offset_s": offset,
                    "drift_s_per_h": drift,
                    "shared_movement_count": count,
                    "residual_s": residual,
                    "is_applied": applied,
                }
            )
    frame = pl.DataFrame(rows, schema=CLOCK_ALIGNMENT).with_columns(
        pl.col("offset_s", "drift_s_per_h", "residual_s").fill_nan(None)
    )
    return require(frame, CLOCK_ALIGNMENT, "clock alignment")


def _seconds(candidates: pl.DataFrame) -> Floats:
    return candidates["onset_at"].to_physical().to_numpy() / 1e6


def _middle_s(candidates: pl.DataFrame, recording_id: str, night_date: date) -> float:
    of_night = candidates.filter(pl.col("recording_id") == recording_id, pl.col("night_date") == night_date)
    return float(_seconds(of_night).mean())


def _fit(
    own: Floats, other: Floats, middle_s: float, parameters: ClockParameters
) -> tuple[float, float, int, float]:
    """Return offset at ``middle_s`` [s], drift [s/h], shared movements and their median distance from the line [s]."""
    nothing = (float("nan"), float("nan"), 0, float("nan"))
    if len(own) == 0 or len(other) == 0:
        return nothing
    difference = other[None, :] - own[:, None]
    row, column = np.nonzero(np.abs(difference) <= parameters.max_offset_s)
    if len(row) == 0:
        return nothing
    found = difference[row, column]
    edges = np.arange(-parameters.max_offset_s, parameters.max_offset_s + 2 * _BIN_S, _BIN_S)
    counts = np.histogram(found, edges)[0]
    reach = max(1, round(parameters.match_s / 2 / _BIN_S))
    offset = float(edges[int(np.argmax(np.convolve(counts, np.ones(2 * reach + 1), "same")))] + _BIN_S / 2)
    drift = 0.0
    all_hours = (own[row] - middle_s) / 3600
    near = np.abs(found - offset) <= parameters.match_s
    for _ in range(_ROUNDS):
        hours, difference_s = all_hours[near], found[near]
        offset, drift = _line(hours, difference_s, parameters)
        again = np.abs(found - offset - drift * all_hours) <= parameters.match_s
        if (again == near).all():
            break
        near = again
    residual = float(np.median(np.abs(difference_s - offset - drift * hours)))
    return offset, drift, len(difference_s), residual


def _line(hours: Floats, difference_s: Floats, parameters: ClockParameters) -> tuple[float, float]:
    """Fit offset [s] and, with enough movements, drift [s/h]; by medians: one wrong pair must not turn the line."""
    if len(hours) < parameters.min_drift_count or np.ptp(hours) <= 1:
        return float(np.median(difference_s)), 0.0
    first, second = np.triu_indices(len(hours), 1)
    apart = np.abs(hours[second] - hours[first]) > 0.5
    slopes = (difference_s[second] - difference_s[first])[apart] / (hours[second] - hours[first])[apart]
    drift = float(np.median(slopes)) if len(slopes) else 0.0
    return float(np.median(difference_s - drift * hours)), drift


def shift_clocks(candidates: pl.DataFrame, alignment: pl.DataFrame) -> pl.DataFrame:
    """Move the candidates' instants to the reference recording's clock where an alignment is applied."""
    middle = candidates.group_by("recording_id", "night_date").agg(
        pl.col("onset_at").mean().alias("middle_at")
    )
    applied = alignment.filter("is_applied").join(middle, on=["recording_id", "night_date"], how="left")
    shifted = candidates.join(
        applied.select("recording_id", "night_date", "offset_s", "drift_s_per_h", "middle_at"),
        on=["recording_id", "night_date"],
        how="left",
        validate="m:1",
    )
    hours = (pl.col("onset_at") - pl.col("middle_at")).dt.total_microseconds() / 3.6e9
    shift = ((pl.col("offset_s") + pl.col("drift_s_per_h") * hours) * 1e6).fill_null(0).round().cast(pl.Int64)
    instants = ("onset_at", "offset_at", "active_onset_at", "peak_at")
    return shifted.with_columns(
        (pl.col(name) + pl.duration(microseconds=shift)).alias(name) for name in instants
    ).drop("offset_s", "drift_s_per_h", "middle_at")
