"""From judged nights to figures per scenario with their intervals, and the worst of each figure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.intervals import Floats
from transforms.parameters.validity import SCENARIO_FIGURES_2026, ValidityParameters
from transforms.schema.words import columns

Columns = Mapping[str, Floats]
"""Columns of JUDGED as arrays of shape (resamples, nights); NaN is null, 0 and 1 are false and true."""

FIGURE = columns(
    {
        "scenario": pl.String,
        "figure": pl.String,
        "value": pl.Float64,  # null where the scenario has none
        "value_low": pl.Float64,
        "value_high": pl.Float64,
        "night_count": pl.Int64,
    }
)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a scenario.

    ``worse`` is -1 where less is worse, 1 where more (of its size) is, 0 where the scenario decides which is right.
    """

    name: str
    meaning: str
    worse: int
    of: Callable[[Columns], Floats]


def _quiet(function: Callable[[Columns], Floats]) -> Callable[[Columns], Floats]:
    """Let a figure without a single known night be NaN and say nothing."""

    def computed(nights: Columns) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return function(nights)

    return computed


def _quantile(column: str, part: float) -> Callable[[Columns], Floats]:
    def computed(nights: Columns) -> Floats:
        size = np.abs(nights[column])
        known = (~np.isnan(size)).any(axis=1)
        found = np.full(size.shape[0], np.nan)
        if known.any():
            found[known] = np.nanquantile(size[known], part, axis=1)
        return found

    return computed


def _per_100(column: str) -> Callable[[Columns], Floats]:
    """Hundred times the mean: a percentage of yes, or so many in 100 nights."""

    def computed(nights: Columns) -> Floats:
        known = ~np.isnan(nights[column])
        return np.asarray(100.0 * np.nansum(nights[column], axis=1) / known.sum(axis=1))

    return _quiet(computed)


def _f1(kind: str, largest_onset_error_min: float = np.inf) -> Callable[[Columns], Floats]:
    def computed(nights: Columns) -> Floats:
        if np.isfinite(largest_onset_error_min):
            counts = np.abs(nights["onset_error_min"]) <= largest_onset_error_min
        else:
            counts = np.ones_like(nights["onset_error_min"], dtype=bool)
        hit, miss, false = (
            np.nansum(np.where(counts, nights[f"{kind}_{part}_count"], 0.0), axis=1)
            for part in ("hit", "miss", "false")
        )
        # No true event, and now and then a false one, is no F1.
        return np.where(hit + miss > 0, 2.0 * hit / (2.0 * hit + miss + false), np.nan)

    return _quiet(computed)


def _found(kind: str) -> Callable[[Columns], Floats]:
    def computed(nights: Columns) -> Floats:
        hit, miss = (np.nansum(nights[f"{kind}_{part}_count"], axis=1) for part in ("hit", "miss"))
        return np.asarray(100.0 * hit / (hit + miss))

    return _quiet(computed)


def _per_h(column: str) -> Callable[[Columns], Floats]:
    return _quiet(
        lambda nights: np.asarray(np.nansum(nights[column], axis=1) / np.nansum(nights["in_bed_h"], axis=1))
    )


def _known_pair(nights: Columns) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    true, found = nights["aplm_true_per_h"], nights["aplm_found_per_h"]
    known = ~np.isnan(true) & ~np.isnan(found) & (nights["is_sleep_known"] == 1.0)
    return true, found, known


def _aplm_bias_pct(nights: Columns) -> Floats:
    true, found, known = _known_pair(nights)
    mean_true = np.where(known, true, 0.0).sum(axis=1)
    bias = 100.0 * np.where(known, found - true, 0.0).sum(axis=1) / mean_true
    # Where there is next to nothing periodic a percentage says nothing.
    enough = mean_true / known.sum(axis=1) >= SCENARIO_FIGURES_2026.least_aplm_per_h
    return np.where(enough, bias, np.nan)


def _aplm_r(nights: Columns) -> Floats:
    true, found, known = _known_pair(nights)
    count = known.sum(axis=1)

    def centred(values: Floats) -> Floats:
        return np.where(known, values - (np.where(known, values, 0.0).sum(axis=1) / count)[:, None], 0.0)

    one, other = centred(true), centred(found)
    r = (one * other).sum(axis=1) / np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    enough = np.where(known, true, 0.0).sum(axis=1) / count >= SCENARIO_FIGURES_2026.least_aplm_per_h
    return np.where(enough & (count > 2), r, np.nan)


def _short_sleep_pct(nights: Columns) -> Floats:
    is_short = nights["sleep_found_h"] < SCENARIO_FIGURES_2026.short_sleep_frac * nights["sleep_true_h"]
    return np.asarray(100.0 * (is_short & (nights["is_sleep_known"] == 1.0)).mean(axis=1))


def _nonwear_found_pct(nights: Columns) -> Floats:
    return np.asarray(
        100.0 * np.nansum(nights["nonwear_hit_h"], axis=1) / np.nansum(nights["nonwear_true_h"], axis=1)
    )


_KNOWN_ONSET_MIN = SCENARIO_FIGURES_2026.known_onset_min

FIGURES: Mapping[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure(
            name="onset_min",
            meaning="median error of sleep onset",
            worse=1,
            of=_quantile("onset_error_min", 0.5),
        ),
        Figure(
            name="onset_p90_min", meaning="its 90th percentile", worse=1, of=_quantile("onset_error_min", 0.9)
        ),
        Figure(
            name="end_min", meaning="median error of sleep end", worse=1, of=_quantile("end_error_min", 0.5)
        ),
        Figure(
            name="end_p90_min", meaning="its 90th percentile", worse=1, of=_quantile("end_error_min", 0.9)
        ),
        Figure(
            name="onset_held_pct",
            meaning="nights whose published interval holds the true onset",
            worse=-1,
            of=_per_100("is_onset_held"),
        ),
        Figure(name="end_held_pct", meaning="the same of the end", worse=-1, of=_per_100("is_end_held")),
        Figure(
            name="known_pct", meaning="nights whose sleep is known", worse=-1, of=_per_100("is_sleep_known")
        ),
        Figure(
            name="short_pct",
            meaning="nights believed known with sleep under half of the truth",
            worse=1,
            of=_quiet(_short_sleep_pct),
        ),
        Figure(name="lm_f1", meaning="leg movements of 0.06 g and more", worse=-1, of=_f1("leg_movement")),
        Figure(name="turn_f1", meaning="turns by 20 degrees and more", worse=-1, of=_f1("turn")),
        Figure(name="series_f1", meaning="members of WASM series", worse=-1, of=_f1("series")),
        Figure(
            name="hypnic_f1",
            meaning="hypnic jerks at sleep onset, where it is known within 20 min",
            worse=-1,
            of=_f1("hypnic_jerk", _KNOWN_ONSET_MIN),
        ),
        Figure(
            name="rhythmic_pct", meaning="rhythmic episodes found", worse=-1, of=_found("rhythmic_movement")
        ),
        Figure(
            name="rhythmic_false_per_100",
            meaning="false ones in 100 nights",
            worse=1,
            of=_per_100("rhythmic_movement_false_count"),
        ),
        Figure(name="tremor_pct", meaning="tremor trains found", worse=-1, of=_found("foot_tremor")),
        Figure(
            name="tremor_false_per_100",
            meaning="false ones in 100 nights",
            worse=1,
            of=_per_100("foot_tremor_false_count"),
        ),
        Figure(
            name="false_per_h",
            meaning="jerks where no body moved that the truth lists, per hour in bed",
            worse=1,
            of=_per_h("jerk_invented_count"),
        ),
        Figure(
            name="taken_per_h",
            meaning="turns, tremor and rhythm taken for jerks, per hour in bed",
            worse=1,
            of=_per_h("jerk_from_other_count"),
        ),
        Figure(
            name="aplm_bias_pct", meaning="aPLM per hour of known sleep", worse=1, of=_quiet(_aplm_bias_pct)
        ),
        Figure(name="aplm_r", meaning="its correlation with the truth", worse=-1, of=_quiet(_aplm_r)),
        Figure(name="nonwear_pct", meaning="planted non-wear found", worse=-1, of=_quiet(_nonwear_found_pct)),
        Figure(
            name="nonwear_false_h",
            meaning="hours of false non-wear or gap in 100 nights",
            worse=1,
            of=_per_100("nonwear_false_h"),
        ),
        Figure(
            name="nap_min",
            meaning="median error of minutes of nap",
            worse=1,
            of=_quantile("nap_error_min", 0.5),
        ),
        Figure(
            name="doubted_pct",
            meaning="diaries that were doubted: right where the diary is off, wrong elsewhere",
            worse=0,
            of=_per_100("is_diary_doubted"),
        ),
        Figure(
            name="bed_pct",
            meaning="median error of hours in bed",
            worse=1,
            of=_quantile("in_bed_error_pct", 0.5),
        ),
    )
}


def scenario_figures(judged: pl.DataFrame, parameters: ValidityParameters) -> pl.DataFrame:
    """Compute every figure of every scenario (JUDGED in, FIGURE out), in order of first appearance.

    The interval is the bootstrap's over whole nights: people are drawn anew each night, so nights are independent.
    """
    tail = (1.0 - parameters.confidence_frac) / 2.0
    rows = []
    for (name,), nights in judged.group_by(["scenario"], maintain_order=True):
        values = {
            column: nights[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
            for column, kind in nights.schema.items()
            if kind.is_numeric() or kind == pl.Boolean
        }
        rng = np.random.default_rng(parameters.bootstrap_seed)
        drawn = rng.integers(nights.height, size=(parameters.bootstrap_count, nights.height))
        whole = {column: value[None, :] for column, value in values.items()}
        again = {column: value[drawn] for column, value in values.items()}
        for figure in FIGURES.values():
            value = float(figure.of(whole)[0])
            spread = figure.of(again)
            spread = spread[~np.isnan(spread)]
            has_none = bool(np.isnan(value)) or not spread.size
            low, high = (None, None) if has_none else np.quantile(spread, [tail, 1.0 - tail]).tolist()
            rows.append((name, figure.name, None if has_none else value, low, high, nights.height))
    return pl.DataFrame(rows, schema=FIGURE, orient="row")


def worst(figures: pl.DataFrame) -> pl.DataFrame:
    """Return the worst scenario of each figure that has a worse (FIGURE; one row per figure that any scenario has)."""
    direction = {figure.name: float(figure.worse) for figure in FIGURES.values() if figure.worse}
    badness = pl.col("value").abs() * pl.col("figure").replace_strict(direction, return_dtype=pl.Float64)
    return (
        figures.drop_nulls("value")
        .filter(pl.col("figure").is_in(list(direction)))
        .with_columns(badness.alias("badness"))
        .sort("badness", descending=True, maintain_order=True)
        .unique("figure", keep="first", maintain_order=True)
        .select(FIGURE.names())
    )
