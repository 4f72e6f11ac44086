"""When somebody may be in bed: the stretches of raw signal that are worth reading at full rate."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.ndimage import median_filter

from transforms.clock import MINUTE_US, SECOND_US, us
from transforms.intervals import NOTHING, Bools, Integers, join, join_runs, runs
from transforms.nights.evidence import EPOCH_US, dense_grid
from transforms.parameters.nights import NightParameters
from transforms.schema import CANDIDATE_WINDOW, INSTANT


def candidate_windows(
    legs: Sequence[pl.DataFrame],
    diary: pl.DataFrame,
    windows: pl.DataFrame,
    parameters: NightParameters,
) -> pl.DataFrame:
    """List what of each night's raw signal is worth reading.

    Args:
        legs: EPOCH frames of the participant's leg recordings, each sorted by start_at.
        diary: SLEEP_DIARY rows of the participant (diary or PSG), in UTC.
        windows: the participant's nights with night_date, window_start_at, window_end_at (``nights.night_windows``).
        parameters: such as NOON_TO_NOON_2026.

    Returns:
        CANDIDATE_WINDOW frame, disjoint, sorted by started_at.

    A night with lights-off and lights-on in the diary is read from ``before_bed_min`` before to ``after_bed_min``
    after them; where the leg's rest says that the diary's clock is off, that rest is read too. Otherwise every rest of a leg counts that is long enough: the leg lies (its angle to the walking
    direction is above ``lying_deg``) or, when nobody walked, hardly moves. Rest shorter than the sleep that may lie
    in it costs a night, rest that is no sleep only costs reading, so the rule is generous.
    """
    known = diary.filter(pl.col("lights_off_at") < pl.col("lights_on_at"))
    rests = [resting(epochs, parameters) for epochs in legs if epochs.height]
    rest = join(np.concatenate([*rests, np.empty((0, 2), dtype=np.int64)]))
    before, after = (
        round(minutes * MINUTE_US) for minutes in (parameters.before_bed_min, parameters.after_bed_min)
    )
    rows: list[tuple[object, int, int]] = []
    for night in windows.sort("night_date").iter_rows(named=True):
        told = known.filter(pl.col("night_date") == night["night_date"])
        if told.height:
            stretches = told.select(pl.col("lights_off_at", "lights_on_at").to_physical()).to_numpy()
            stretches = np.concatenate((stretches, _beyond(stretches, rest, parameters)))
        else:
            start, end = (us(night[name]) for name in ("window_start_at", "window_end_at"))
            stretches = rest[(rest[:, 0] < end) & (rest[:, 1] > start)]
            stretches = np.clip(stretches, start, end)
        wide = join(stretches + np.array([-before, after]))
        rows += [(night["night_date"], int(first), int(last)) for first, last in wide]
    frame = pl.DataFrame(
        rows, schema={"night_date": pl.Date, "started_at": pl.Int64, "ended_at": pl.Int64}, orient="row"
    ).sort("started_at")
    # Where two nights' stretches meet, the later one begins where the earlier ends: nothing is scored twice.
    reach = pl.col("ended_at").cum_max().shift(1)
    frame = frame.with_columns(pl.max_horizontal("started_at", reach)).filter(
        pl.col("ended_at") > pl.col("started_at")
    )
    return frame.with_columns(pl.col("started_at", "ended_at").cast(INSTANT)).select(CANDIDATE_WINDOW.names())


def is_clock_off(minus_start_us: int, minus_end_us: int, parameters: NightParameters) -> bool:
    """Tell whether a told bed, minus the leg's at both ends, looks like one written by a clock that is off.

    Both ends are off by more than ``max_diary_error_min``, the same way, and by about as much.
    """
    least = parameters.max_diary_error_min * MINUTE_US
    is_off = min(abs(minus_start_us), abs(minus_end_us)) > least and (minus_start_us > 0) == (
        minus_end_us > 0
    )
    return is_off and abs(minus_start_us - minus_end_us) <= parameters.max_diary_spread_min * MINUTE_US


def _beyond(told: Integers, rest: Integers, parameters: NightParameters) -> Integers:
    """Return the rest of the leg that a told bed misses because its clock is off."""
    found = [NOTHING]
    for off, on in told:
        touching = rest[(rest[:, 0] < on) & (rest[:, 1] > off)]
        if len(touching) and is_clock_off(off - touching[0, 0], on - touching[-1, 1], parameters):
            found.append(touching)
    return np.concatenate(found)


def resting(epochs: pl.DataFrame, parameters: NightParameters) -> Integers:
    """List the long rests of one leg as intervals in microseconds of UTC."""
    first, count, place = dense_grid(epochs)
    rests = np.zeros(count, dtype=bool)
    width = round(parameters.rest_smoothing_s * SECOND_US / EPOCH_US) | 1
    upright = epochs["upright_deg"]
    if upright.null_count() < upright.len():
        angle = np.zeros(count)
        angle[place] = upright.fill_null(0).to_numpy()
        rests = median_filter(angle, width, mode="nearest") > parameters.lying_deg
    else:
        deviation = np.full(count, np.inf)
        deviation[place] = epochs["mad_mg"].to_numpy()
        rests = median_filter(deviation, width, mode="nearest") < parameters.resting_mad_mg
    return first + EPOCH_US * long_rests(rests, parameters)


def long_rests(rests: Bools, parameters: NightParameters) -> Integers:
    """Rests longer than ``min_rest_min``, bridged over ``max_interruption_min``; entries are epochs."""
    per_minute = MINUTE_US / EPOCH_US
    found = runs(rests)
    found = found[(found[:, 1] - found[:, 0]) > parameters.min_rest_min * per_minute]
    return join_runs(found, int(np.ceil(parameters.max_interruption_min * per_minute)) - 1)
