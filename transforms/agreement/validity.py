"""Detected movements against the true ones: one-to-one matching, recall and precision, agreement of indices.

Frames in, frames out. A *pairing* has one row per event pair, missed event and false event; every figure is computed
from it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.clock import MINUTE_US, SECOND_US
from transforms.intervals import Integers
from transforms.parameters.validity import ValidityParameters

_COUNTS = ("hit_count", "miss_count", "false_count")
_NIGHT = ("participant_id", "night_date")

_PAIRING: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "participant_id": pl.String,
    "night_date": pl.Date,
    "kind": pl.String,  # of the true event; of the detected one where there is no true one
    "detected_kind": pl.String,  # null where nothing was detected
    "amplitude_g": pl.Float64,  # of the true event; null where there is none
    "peak_g": pl.Float64,  # of the detected event; null where there is none
    "onset_error_s": pl.Float64,  # detected minus true; null unless both are there
    "duration_error_s": pl.Float64,
    "hit_count": pl.Int32,
    "miss_count": pl.Int32,
    "false_count": pl.Int32,
}
PAIRING = pl.Schema(_PAIRING)


def match_movements(
    detected: pl.DataFrame,
    truth: pl.DataFrame,
    parameters: ValidityParameters,
    *,
    ignores_kind: bool = False,
) -> pl.DataFrame:
    """Pair detected and true events one to one (schema PAIRING).

    Both frames have participant_id, night_date, onset_at, duration_s, kind and amplitude_g (of a detected event its
    peak). Returns one row per pair, per true event that was missed and per detected event that is false.

    1. Two events of one participant and kind may be the same when their intervals overlap by at least
       ``min_overlap_frac`` (intersection over union) or their onsets are within ``onset_tolerance_s``. With
       ``ignores_kind`` the kind does not matter and the true one is reported.
    2. Among all that may, the pair with the closest onsets is taken first; each event is taken once.

    A true event that was detected as another kind is a miss of its own kind and a false event of the other.
    """
    mine, theirs = _events(detected), _events(truth)
    group = ["participant_id"] if ignores_kind else ["participant_id", "kind"]
    keys = pl.concat([mine.select(group), theirs.select(group)]).unique().sort(group).with_row_index("group")
    mine, theirs = (
        frame.join(keys, on=group, how="left", validate="m:1").sort("group", "onset_us", "end_us")
        for frame in (mine, theirs)
    )
    pairs = _matched(_intervals(mine), _intervals(theirs), parameters)
    both = pl.concat(
        [
            theirs[pairs[:, 1]],
            mine[pairs[:, 0]].select(
                pl.col("kind").alias("detected_kind"),
                pl.col("amplitude_g").alias("peak_g"),
                pl.col("onset_us", "end_us").name.prefix("detected_"),
            ),
        ],
        how="horizontal",
    ).with_columns(
        ((pl.col("detected_onset_us") - pl.col("onset_us")) / SECOND_US).alias("onset_error_s"),
        (
            (pl.col("detected_end_us") - pl.col("detected_onset_us") - pl.col("end_us") + pl.col("onset_us"))
            / SECOND_US
        ).alias("duration_error_s"),
    )
    missed = theirs[np.setdiff1d(np.arange(theirs.height), pairs[:, 1])]
    false = mine[np.setdiff1d(np.arange(mine.height), pairs[:, 0])].select(
        pl.exclude("amplitude_g"),
        pl.col("amplitude_g").alias("peak_g"),
        pl.col("kind").alias("detected_kind"),
    )
    return pl.concat(
        [_counted(frame, name) for frame, name in zip((both, missed, false), _COUNTS, strict=True)]
    ).sort("participant_id", "night_date", "kind", *_COUNTS, "amplitude_g", "peak_g", "onset_error_s")


def _events(frame: pl.DataFrame) -> pl.DataFrame:
    onset_us = pl.col("onset_at").dt.epoch("us")
    return frame.select(
        pl.col("participant_id", "night_date"),
        pl.col("kind").cast(pl.String),
        pl.col("amplitude_g").cast(pl.Float64),
        onset_us.alias("onset_us"),
        (onset_us + (pl.col("duration_s") * SECOND_US).round().cast(pl.Int64)).alias("end_us"),
    )


def _intervals(frame: pl.DataFrame) -> Integers:
    return frame.select(pl.col("group", "onset_us", "end_us").cast(pl.Int64)).to_numpy()


def _counted(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    absent = {name: dtype for name, dtype in PAIRING.items() if name not in (*frame.columns, *_COUNTS)}
    return frame.with_columns(
        *(pl.lit(None, dtype=dtype).alias(column) for column, dtype in absent.items()),
        *(pl.lit(int(column == name), dtype=pl.Int32).alias(column) for column in _COUNTS),
    ).select(PAIRING.names())


def _matched(mine: Integers, theirs: Integers, parameters: ValidityParameters) -> Integers:
    """Return the matched pairs, shape (pairs, 2); rows are (group, onset, end) in order of group and onset."""
    tolerance = round(parameters.onset_tolerance_s * SECOND_US)
    if not mine.shape[0] or not theirs.shape[0]:
        return np.empty((0, 2), dtype=np.int64)
    # One axis for all groups: each group gets a stretch of its own, wider than any recording.
    first = min(mine[:, 1].min(), theirs[:, 1].min())
    width = max(mine[:, 2].max(), theirs[:, 2].max()) - first + 2 * tolerance + 1
    onset, end = (mine[:, [1, 2]] - first + mine[:, [0]] * width).T
    true_onset, true_end = (theirs[:, [1, 2]] - first + theirs[:, [0]] * width).T
    reach = int((end - onset).max()) + tolerance
    low = np.searchsorted(onset, true_onset - reach, side="left")
    high = np.searchsorted(onset, true_end + tolerance, side="right")
    count = high - low
    right = np.repeat(np.arange(theirs.shape[0]), count)
    left = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    shared = np.minimum(end[left], true_end[right]) - np.maximum(onset[left], true_onset[right])
    union = np.maximum(end[left], true_end[right]) - np.minimum(onset[left], true_onset[right])
    distance = np.abs(onset[left] - true_onset[right])
    may = (mine[left, 0] == theirs[right, 0]) & (
        (shared >= parameters.min_overlap_frac * union) & (shared > 0) | (distance <= tolerance)
    )
    left, right, distance = left[may], right[may], distance[may]
    order = np.lexsort((left, right, distance))
    left, right = left[order], right[order]
    taken: list[Integers] = []
    while left.size:
        # A pair that is the closest for both its events cannot be beaten by any other.
        is_best = np.zeros(left.size, dtype=bool)
        is_best[np.unique(left, return_index=True)[1]] = True
        is_best_right = np.zeros(left.size, dtype=bool)
        is_best_right[np.unique(right, return_index=True)[1]] = True
        chosen = is_best & is_best_right
        taken.append(np.stack([left[chosen], right[chosen]], axis=1))
        rest = ~np.isin(left, left[chosen]) & ~np.isin(right, right[chosen])
        left, right = left[rest], right[rest]
    return np.concatenate(taken) if taken else np.empty((0, 2), dtype=np.int64)


def within_both(
    nights: pl.DataFrame, movements: pl.DataFrame, truth: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return detected events, true events and nights, between the later lights-off and the earlier lights-on.

    ``nights`` and ``movements`` have the schemas NIGHT and MOVEMENT, ``truth`` is the truth of a simulation. A diary
    rounds to five minutes: what happens between its lights-off and the true one is no error of detection. A night
    without a window has nothing in common with the truth.
    """
    bounds = (
        truth.filter(pl.col("record") == "night")
        .join(
            nights.select(*_NIGHT, pl.col("lights_off_at", "lights_on_at").name.suffix("_found")), on=_NIGHT
        )
        .select(
            *_NIGHT,
            pl.max_horizontal("lights_off_at", "lights_off_at_found").alias("from_at"),
            pl.min_horizontal("lights_on_at", "lights_on_at_found").alias("to_at"),
        )
    )

    def inside(events: pl.DataFrame) -> pl.DataFrame:
        return (
            events.join(bounds, on=_NIGHT, how="inner")
            .filter((pl.col("onset_at") >= pl.col("from_at")) & (pl.col("onset_at") < pl.col("to_at")))
            .drop("from_at", "to_at")
        )

    detected = inside(movements.with_columns(pl.col("peak_g").alias("amplitude_g")))
    return detected, inside(truth.filter(pl.col("record") == "movement")), bounds.select(_NIGHT)


def ratios_shown(scored: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Show the counts of ``score``, and each ratio with its interval in one column of text."""
    return scored.select(
        *keys,
        pl.col("true_count").alias("true"),
        pl.col("detected_count").alias("detected"),
        *(
            pl.when(pl.col(name).is_null())
            .then(pl.lit("-"))
            .otherwise(
                pl.format(
                    "{} ({} to {})",
                    *(
                        pl.col(part).round(3).cast(pl.String)
                        for part in (name, f"{name}_low", f"{name}_high")
                    ),
                )
            )
            .alias(name)
            for name in ("recall", "precision", "f1")
        ),
    )


def leave_out_faint(pairing: pl.DataFrame, least_amplitude_g: float) -> pl.DataFrame:
    """Leave out true events below an amplitude, found or missed; what was detected without a true event stays."""
    return pairing.filter((pl.col("false_count") == 1) | (pl.col("amplitude_g") >= least_amplitude_g))


def with_amplitude_decile(pairing: pl.DataFrame) -> pl.DataFrame:
    """Add amplitude_decile (1 to 10, by the true events of each kind).

    A false event has no true amplitude. Its peak is brought to the scale of the true amplitudes by the median ratio of
    amplitude to peak among the pairs of its kind, and falls into the decile whose bounds hold it.
    """
    ratio = (pl.col("amplitude_g") / pl.col("peak_g")).median().over("kind").fill_null(1.0)
    bounds = [
        pl.col("amplitude_g").quantile(part / 10, interpolation="linear").over("kind")
        for part in range(1, 10)
    ]
    on_scale = pl.coalesce("amplitude_g", pl.col("peak_g") * ratio)
    decile = pl.sum_horizontal([(on_scale >= bound).cast(pl.Int32) for bound in bounds]) + 1
    return pairing.with_columns(decile.cast(pl.Int32).alias("amplitude_decile"))


def score(
    pairing: pl.DataFrame,
    by: Sequence[str],
    parameters: ValidityParameters,
    nights: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return counts, recall, precision and F1 per group, with bootstrap intervals over nights.

    One row per value of ``by``, in that order. Nights are resampled whole, with replacement, because the events of a
    night are not independent; ``nights`` (participant_id, night_date) names all that were looked at, also those
    without any event. A ratio without a denominator is null.

    Returns ``by``, true_count, detected_count, hit_count, miss_count, false_count, recall, precision and f1, each of
    the three with _low and _high.
    """
    looked_at = (pairing if nights is None else nights).select(_NIGHT).unique().sort(_NIGHT)
    groups = pairing.select(by).unique().sort(by)
    per_night = (
        groups.join(looked_at, how="cross")
        .join(
            pairing.group_by(*by, *_NIGHT).agg(pl.col(_COUNTS).sum()),
            on=[*by, *_NIGHT],
            how="left",
            nulls_equal=True,
        )
        .with_columns(pl.col(_COUNTS).fill_null(0))
        .sort(*by, *_NIGHT)
    )
    counts = (
        per_night.select(_COUNTS).to_numpy().astype(np.float64).reshape(groups.height, looked_at.height, 3)
    )
    rng = np.random.default_rng(parameters.bootstrap_seed)
    night_count = max(looked_at.height, 1)
    counts = counts if looked_at.height else np.zeros((groups.height, 1, len(_COUNTS)))
    weights = rng.multinomial(
        night_count, np.full(night_count, 1.0 / night_count), parameters.bootstrap_count
    )
    drawn = np.einsum("bn,gnc->bgc", weights.astype(np.float64), counts)
    observed = _ratios(counts.sum(axis=1))
    tail = (1.0 - parameters.confidence_frac) / 2.0
    low, high = _quantiles(_ratios(drawn), [tail, 1.0 - tail])
    total = counts.sum(axis=1).astype(np.int64)
    columns: dict[str, NDArray[np.generic]] = {
        "true_count": total[:, 0] + total[:, 1],
        "detected_count": total[:, 0] + total[:, 2],
        **{name: total[:, place] for place, name in enumerate(_COUNTS)},
    }
    for place, name in enumerate(("recall", "precision", "f1")):
        columns |= {name: observed[:, place], f"{name}_low": low[:, place], f"{name}_high": high[:, place]}
    return groups.hstack(pl.DataFrame(columns)).with_columns(pl.selectors.float().fill_nan(None))


def _ratios(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Recall, precision and F1 from (..., hits, misses, false ones); NaN without a denominator."""
    hits, misses, falses = np.moveaxis(counts, -1, 0)
    with np.errstate(invalid="ignore"):
        return np.stack(
            [hits / (hits + misses), hits / (hits + falses), 2 * hits / (2 * hits + misses + falses)], axis=-1
        )


def _quantiles(values: NDArray[np.float64], parts: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles over the first axis, leaving NaN out; NaN where nothing is left."""
    known = ~np.isnan(values).all(axis=0)
    found = np.full((len(parts), *values.shape[1:]), np.nan)
    found[:, known] = np.nanquantile(values[:, known], parts, axis=0)
    return found


def onset_error(pairing: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return quantiles of the onset error of the pairs, per group: signed median, and median and p95 of its size."""
    error = pl.col("onset_error_s")
    return (
        pairing.filter(pl.col("hit_count") == 1)
        .group_by(by)
        .agg(
            pl.len().alias("pair_count"),
            error.median().alias("median_error_s"),
            error.abs().median().alias("median_absolute_error_s"),
            error.abs().quantile(0.95).alias("p95_absolute_error_s"),
            pl.col("duration_error_s").median().alias("median_duration_error_s"),
        )
        .sort(by)
    )


def agreement(frame: pl.DataFrame, measured: str, true: str, by: Sequence[str] = ()) -> pl.DataFrame:
    """Return Pearson r, bias and limits of agreement (Bland and Altman) of two columns, per group.

    Rows where either is null are left out. bias is measured minus true, in the columns' unit; bias_pct relates it to
    the mean of the true values; the limits are bias ± 1.96 SD of the differences.
    """
    difference = pl.col(measured) - pl.col(true)
    spread = 1.96 * difference.std()
    return (
        frame.drop_nulls([measured, true])
        .with_columns(pl.lit("all").alias("__all"))
        .group_by(*(by or ["__all"]))
        .agg(
            pl.len().alias("pair_count"),
            pl.corr(measured, true).alias("r"),
            difference.mean().alias("bias"),
            (100.0 * difference.mean() / pl.col(true).mean()).alias("bias_pct"),
            (difference.mean() - spread).alias("limit_low"),
            (difference.mean() + spread).alias("limit_high"),
        )
        .sort(*(by or ["__all"]))
        .drop("__all", strict=False)
        .with_columns(pl.selectors.float().fill_nan(None))
    )


def sleep_window_error(nights: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return the error of sleep onset, sleep end and sleep period per source of the window [min].

    Reads participant_id, night_date, sleep_onset_at, sleep_end_at of both and sleep_window_source of ``nights``. A
    night without a window is counted and has no error.
    """
    onset = (pl.col("sleep_onset_at") - pl.col("sleep_onset_at_true")).dt.total_microseconds() / MINUTE_US
    end = (pl.col("sleep_end_at") - pl.col("sleep_end_at_true")).dt.total_microseconds() / MINUTE_US
    return (
        nights.select(*_NIGHT, "sleep_window_source", "sleep_onset_at", "sleep_end_at")
        .join(
            truth.select(*_NIGHT, pl.col("sleep_onset_at", "sleep_end_at").name.suffix("_true")),
            on=_NIGHT,
            how="inner",
            validate="1:1",
        )
        .with_columns(onset.alias("onset_min"), end.alias("end_min"))
        .with_columns((pl.col("end_min") - pl.col("onset_min")).alias("period_min"))
        .group_by(pl.col("sleep_window_source").cast(pl.String))
        .agg(
            pl.len().alias("night_count"),
            pl.col("onset_min").is_not_null().sum().alias("window_count"),
            *(
                expression.alias(name)
                for part in ("onset", "end", "period")
                for name, expression in (
                    (f"{part}_bias_min", pl.col(f"{part}_min").mean()),
                    (f"{part}_median_absolute_error_min", pl.col(f"{part}_min").abs().median()),
                )
            ),
        )
        .sort("sleep_window_source")
    )
