"""Clocks of several sensors laid over each other, by the movements that the whole body shares."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.stats import poisson

from transforms.clock import HOUR_US, SECOND_US
from transforms.intervals import Floats
from transforms.parameters.movements import ClockParameters
from transforms.schema import CLOCK_ALIGNMENT, LEG_SITES, require

EPOCH_S = 5
LEAST_WORN_FRAC = 0.8
"""Part of the longest wear of a night that its reference leg has at least."""
LEAST_SHARED_EPOCHS = 12
"""A minute: less of a common night tells no clock, and can count little twice."""
_BIN_S = 0.05
_ROUNDS = 5


class Fit(NamedTuple):
    """How one clock stands to another in one night; ``offset_s`` is that of ``middle_s``."""

    offset_s: float
    drift_s_per_h: float
    shared_count: int
    residual_s: float
    middle_s: float
    is_sound: bool


def align_clocks(
    candidates: pl.DataFrame,
    parameters: ClockParameters,
    activity: Mapping[tuple[str, date], Floats] | None = None,
) -> pl.DataFrame:
    """Estimate each recording's offset to the participant's reference recording, night by night.

    Args:
        candidates: CANDIDATE frame of one participant with ``night_date`` (rows without one are not used).
        parameters: such as SHARED_TURNS_2026.
        activity: of each recording and night in which it was worn, how much it moved in every 5 s of the night, noon to
            noon; NaN where it was not worn. Without it only candidates tell who was there.

    Returns:
        CLOCK_ALIGNMENT frame, one row per night and recording other than the reference. ``offset_s`` is to be added at
        the mean onset of the recording's candidates of that night, ``drift_s_per_h`` per hour after it.

    The reference of a night is the leg recording that stands first in BODY_SITES among those worn nearly as long as any.
    In turn, until one is sound:

    1. Of all differences between onsets of turns within ``max_offset_s``, the line of offset and drift near which most
       lie, and then the medians around it. It is believed where so many would not lie together by chance, and close.
    2. What the recording's other nights say, if turns of this night agree with it.
    3. Where the activity of both fits together best, if turns, or else movements of any kind, agree with it.

    A recording of which no other night was sound, and none of these holds, is not aligned.
    """
    order = candidates.select("recording_id", "body_site").unique().sort("body_site", "recording_id")
    legs = order.filter(pl.col("body_site").cast(pl.String).is_in(LEG_SITES))["recording_id"].to_list()
    placed = candidates.filter(pl.col("night_date").is_not_null()).sort("onset_at")
    found: dict[tuple[str, date], tuple[str, Fit]] = {}
    there = _present(placed, activity)
    for night_date in sorted({night for _, night in there}):
        present = [name for name in order["recording_id"] if (name, night_date) in there]
        reference = _reference([name for name in legs if name in present], night_date, activity)
        if reference is None:
            continue
        for name in present:
            if name != reference and _overlap(activity, name, reference, night_date):
                found[name, night_date] = (
                    reference,
                    _of_turns(placed, name, reference, night_date, parameters),
                )
    for key, (reference, fit) in list(found.items()):
        if not fit.is_sound:
            name, night_date = key
            others = [
                other
                for (recording, night), (ref, other) in found.items()
                if recording == name and ref == reference and night != night_date and other.is_sound
            ]
            better = _by_other_nights(placed, name, reference, night_date, others, parameters)
            if better is None and activity is not None:
                better = _by_activity(placed, name, reference, night_date, activity, parameters)
            found[key] = (reference, better or fit)
    rows = [
        {
            "participant_id": candidates["participant_id"][0],
            "recording_id": name,
            "reference_recording_id": reference,
            "night_date": night_date,
            "offset_s": fit.offset_s,
            "drift_s_per_h": fit.drift_s_per_h,
            "shared_movement_count": fit.shared_count,
            "residual_s": fit.residual_s,
            "is_applied": fit.is_sound,
            "is_left_out": False,
        }
        for (name, night_date), (reference, fit) in sorted(found.items(), key=lambda item: item[0][::-1])
    ]
    frame = pl.DataFrame(rows, schema=CLOCK_ALIGNMENT).with_columns(
        pl.col("offset_s", "drift_s_per_h", "residual_s").fill_nan(None)
    )
    return require(frame, CLOCK_ALIGNMENT, "clock alignment")


def _present(
    placed: pl.DataFrame, activity: Mapping[tuple[str, date], Floats] | None
) -> set[tuple[str, date]]:
    if activity is not None:
        return set(activity)
    return set(placed.select("recording_id", "night_date").unique().iter_rows())


def _reference(
    legs: list[str], night_date: date, activity: Mapping[tuple[str, date], Floats] | None
) -> str | None:
    if activity is None or not legs:
        return legs[0] if legs else None
    worn = {name: int(np.isfinite(activity[name, night_date]).sum()) for name in legs}
    return next(name for name in legs if worn[name] >= LEAST_WORN_FRAC * max(worn.values()))


def _overlap(
    activity: Mapping[tuple[str, date], Floats] | None, name: str, reference: str, night_date: date
) -> bool:
    """Tell whether two recordings were worn at the same time at all: two after each other need no common clock.

    Files of one device that follow one another share the epoch in which they were cut.
    """
    if activity is None:
        return True
    one, other = activity[name, night_date], activity[reference, night_date]
    length = min(len(one), len(other))
    shared = int((np.isfinite(one[:length]) & np.isfinite(other[:length])).sum())
    return shared >= LEAST_SHARED_EPOCHS


def _onsets_s(
    placed: pl.DataFrame, name: str, night_date: date, parameters: ClockParameters, *, turns_only: bool
) -> Floats:
    rows = placed.filter(pl.col("recording_id") == name, pl.col("night_date") == night_date)
    if turns_only:
        rows = rows.filter(
            pl.col("tilt_deg") >= parameters.min_tilt_deg, pl.col("duration_s") >= parameters.min_duration_s
        )
    return rows["onset_at"].to_physical().to_numpy() / SECOND_US


def _middle_s(placed: pl.DataFrame, name: str, night_date: date, parameters: ClockParameters) -> float:
    """Return the mean onset of a recording's candidates of a night, as ``shift_clocks`` does; NaN without any."""
    onsets = _onsets_s(placed, name, night_date, parameters, turns_only=False)
    return float(onsets.mean()) if len(onsets) else float("nan")


def _of_turns(
    placed: pl.DataFrame, name: str, reference: str, night_date: date, parameters: ClockParameters
) -> Fit:
    own = _onsets_s(placed, name, night_date, parameters, turns_only=True)
    other = _onsets_s(placed, reference, night_date, parameters, turns_only=True)
    middle_s = _middle_s(placed, name, night_date, parameters)
    return _fit(own, other, middle_s, 0.0, parameters.max_offset_s, parameters)


def _by_other_nights(
    placed: pl.DataFrame,
    name: str,
    reference: str,
    night_date: date,
    others: list[Fit],
    parameters: ClockParameters,
) -> Fit | None:
    """Return what the other nights of a pair of recordings say of this one, where they agree or its turns confirm it."""
    middle_s = _middle_s(placed, name, night_date, parameters)
    if not others or not np.isfinite(middle_s):
        return None
    nearest = min(others, key=lambda fit: abs(fit.middle_s - middle_s))
    hours = np.array([(fit.middle_s - middle_s) / 3600 for fit in others])
    offsets = np.array([fit.offset_s for fit in others])
    expected, drift = nearest.offset_s, 0.0
    if len(others) > 1:
        first, second = np.triu_indices(len(others), 1)
        drift = float(np.median((offsets[second] - offsets[first]) / (hours[second] - hours[first])))
        expected = float(np.median(offsets - drift * hours))
    # a crystal runs steadily, but its drift is not known from a single night
    distance_h = abs(nearest.middle_s - middle_s) / 3600
    reach_s = parameters.match_s + (parameters.max_drift_s_per_h * distance_h if len(others) == 1 else 2.0)
    for turns_only in (True, False):
        own = _onsets_s(placed, name, night_date, parameters, turns_only=turns_only)
        other = _onsets_s(placed, reference, night_date, parameters, turns_only=turns_only)
        fit = _fit(own, other, middle_s, expected, reach_s, parameters)
        if fit.is_sound:
            return fit
    spread = np.abs(offsets - expected - drift * hours)
    if len(others) > 1 and abs(drift) <= parameters.max_drift_s_per_h and spread.max() <= parameters.match_s:
        return Fit(expected, drift, 0, float(np.median(spread)), middle_s, is_sound=True)
    return None


def _by_activity(
    placed: pl.DataFrame,
    name: str,
    reference: str,
    night_date: date,
    activity: Mapping[tuple[str, date], Floats],
    parameters: ClockParameters,
) -> Fit | None:
    """Return the fit near the offset at which the activity of two recordings fits together best."""
    coarse_s = coarse_offset_s(activity[name, night_date], activity[reference, night_date], parameters)
    middle_s = _middle_s(placed, name, night_date, parameters)
    if coarse_s is None or not np.isfinite(middle_s):
        return None
    for turns_only in (True, False):
        own = _onsets_s(placed, name, night_date, parameters, turns_only=turns_only)
        other = _onsets_s(placed, reference, night_date, parameters, turns_only=turns_only)
        fit = _fit(own, other, middle_s, coarse_s, 1.5 * EPOCH_S, parameters)
        if fit.is_sound:
            return fit
    return None


def coarse_offset_s(own: Floats, other: Floats, parameters: ClockParameters) -> float | None:
    """Return by how much one recording's epochs are to be moved to fit another's, in whole epochs; None where unclear.

    Compared are the changes of activity from one epoch to the next, which are short in themselves: the activity itself
    rises and falls over minutes, and fits nearly as well minutes away.

    Args:
        own: activity of one night on the grid of 5 s, NaN where not worn.
        other: of the other recording.
        parameters: the largest offset that is looked for.

    """
    reach = int(parameters.max_offset_s // EPOCH_S)
    length = min(len(own), len(other))
    changes = [np.diff(np.log1p(np.maximum(values[:length], 0))) for values in (own, other)]
    one, two = ((values - np.nanmean(values)) if np.isfinite(values).any() else values for values in changes)
    fits = np.zeros(2 * reach + 1)
    for lag in range(-reach, reach + 1):
        left = one[max(0, -lag) : len(one) - max(0, lag)]
        right = two[max(0, lag) : len(two) - max(0, -lag)]
        both = np.isfinite(left) & np.isfinite(right)
        if both.sum() * EPOCH_S < parameters.min_common_s:
            continue
        a, b = left[both], right[both]
        norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
        fits[lag + reach] = float((a * b).sum()) / norm if norm else 0.0
    best = int(np.argmax(fits))
    elsewhere = np.delete(fits, np.arange(max(0, best - 2), min(len(fits), best + 3)))
    is_clear = fits[best] >= parameters.min_activity_fit and fits[best] >= 2 * elsewhere.max(initial=0.0)
    return float((best - reach) * EPOCH_S) if is_clear else None


def _fit(
    own: Floats, other: Floats, middle_s: float, centre_s: float, reach_s: float, parameters: ClockParameters
) -> Fit:
    """Return offset at ``middle_s`` [s], drift [s/h], shared movements and their median distance from the line [s].

    Looked for within ``reach_s`` of ``centre_s``.
    """
    nothing = Fit(float("nan"), float("nan"), 0, float("nan"), middle_s, is_sound=False)
    if len(own) == 0 or len(other) == 0:
        return nothing
    row, column = np.nonzero(np.abs(other[None, :] - own[:, None] - centre_s) <= reach_s)
    if len(row) == 0:
        return nothing
    found = other[column] - own[row]
    all_hours = (own[row] - middle_s) / 3600
    drifts = np.arange(0.0, parameters.max_drift_s_per_h + 1e-9, parameters.drift_step_s_per_h)
    drifts = np.concatenate((drifts, -drifts[1:]))
    drifts = drifts[np.argsort(np.abs(drifts), kind="stable")]
    width_s = reach_s + 12 * parameters.max_drift_s_per_h
    edges = np.arange(centre_s - width_s, centre_s + width_s + 2 * _BIN_S, _BIN_S)
    window = np.ones(2 * max(1, round(parameters.match_s / 2 / _BIN_S)) + 1)
    most, offset, drift = 0.0, 0.0, 0.0
    for trial in drifts:
        density = np.convolve(np.histogram(found - trial * all_hours, edges)[0], window, "same")
        best = int(np.argmax(density))
        if density[best] > most:
            most, drift = float(density[best]), float(trial)
            offset = float(edges[best] + _BIN_S / 2)
    near = np.abs(found - offset - drift * all_hours) <= parameters.match_s
    if not near.any():
        return nothing
    for _ in range(_ROUNDS):
        hours, difference_s = all_hours[near], found[near]
        offset, drift = _line(hours, difference_s, drift, parameters)
        again = np.abs(found - offset - drift * all_hours) <= parameters.match_s
        if (again == near).all() or not again.any():
            break
        near = again
    hours, difference_s = all_hours[near], found[near]
    residual = float(np.median(np.abs(difference_s - offset - drift * hours)))
    # each movement counts once, however many of the other leg lie near it
    count = min(len(np.unique(row[near])), len(np.unique(column[near])))
    expected = len(row) * min(parameters.match_s / reach_s, 1.0)
    trials = max(reach_s / parameters.match_s, 1.0) * len(drifts)
    by_chance = float(poisson.sf(count - 1, expected)) * trials
    is_sound = (
        count >= parameters.min_shared_count
        and residual <= parameters.max_residual_s
        and by_chance < parameters.max_chance_frac
        and abs(drift) <= 2 * parameters.max_drift_s_per_h
    )
    return Fit(offset, drift, count, residual, middle_s, is_sound)


def _line(
    hours: Floats, difference_s: Floats, drift: float, parameters: ClockParameters
) -> tuple[float, float]:
    """Fit offset [s] and, with enough movements, drift [s/h]; by medians: one wrong pair must not turn the line."""
    if len(hours) < parameters.min_drift_count or np.ptp(hours) <= 1:
        # too few to measure the drift: the one near which most lay stands only where it took so many together
        kept = drift if len(hours) >= parameters.min_drift_count // 2 and np.ptp(hours) > 1 else 0.0
        return float(np.median(difference_s - kept * hours)), kept
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
        maintain_order="left",
    )
    hours = (pl.col("onset_at") - pl.col("middle_at")).dt.total_microseconds() / HOUR_US
    shift = (
        ((pl.col("offset_s") + pl.col("drift_s_per_h") * hours) * SECOND_US)
        .fill_null(0)
        .round()
        .cast(pl.Int64)
    )
    instants = ("onset_at", "offset_at", "active_onset_at", "peak_at")
    return shifted.with_columns(
        (pl.col(name) + pl.duration(microseconds=shift)).alias(name) for name in instants
    ).drop("offset_s", "drift_s_per_h", "middle_at")
