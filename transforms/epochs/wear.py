"""Wear: when the sensor was on the body, judged by stillness and by a second witness."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.clock import HOUR_US, SECOND_US
from transforms.epochs.taken_off import Spell, find_spells, usual_gap_us
from transforms.intervals import Bools, Floats, invert, join, runs
from transforms.parameters.wear import WearParameters
from transforms.schema import INSTANT

STILL_AND_COLD = "still_and_cold"
STILL_WITHOUT_MICRO_MOVEMENT = "still_without_micro_movement"
SHORT_WEAR_BETWEEN_NONWEAR = "short_wear_between_nonwear"
STILL_SLEEPER = "still_but_moving_now_and_then"
STILL_AND_WARM = "still_but_warm"

INTERVAL = pl.Schema(
    [("started_at", INSTANT), ("ended_at", INSTANT), ("method", pl.String()), ("reason", pl.String())]
)

_METHOD_WITH_TEMPERATURE = "van_hees_three_axes_and_temperature"
_METHOD_WITHOUT_TEMPERATURE = "van_hees_three_axes_and_micro_movement"


@dataclass(frozen=True, kw_only=True)
class Wear:
    """Intervals without wear, and those that were as still but are believed to be worn; both INTERVAL frames."""

    nonwear: pl.DataFrame
    doubtful: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class _Blocks:
    """The recording in steps of ``step_s``, without holes: [n] or [n, 3]."""

    first_us: int
    step_us: int
    count: Floats
    mean: Floats
    mean_square: Floats
    low: Floats
    high: Floats
    temperature_c: Floats


def find_nonwear(statistics: pl.DataFrame, sampling_rate_hz: float, parameters: WearParameters) -> Wear:
    """Decide when the sensor was not worn.

    Args:
        statistics: one row per epoch as ``epochs.summarise_samples`` makes it (start_at, sample_count, temperature_c
            and per axis mean, sd, min, max in g), sorted by start_at.
        sampling_rate_hz: nominal rate.
        parameters: such as GGIR_2023.

    1. A window of ``window_s`` every ``step_s`` is still when on at least ``min_axis_count`` axes the range is
       < ``max_range_g`` and the standard deviation < ``max_sd_g``; all of a still window is a candidate. A window
       with one still axis between two still windows counts as still.
    2. A candidate is judged by a second witness, because a leg can lie still for an hour:
       cold (temperature below the worn level by more than ``max_cooling_c``) is non-wear; otherwise movements that
       recur inside it show a sleeper; a warm candidate without any movement is believed for ``max_motionless_h``, and
       for any time if it is as warm as the recording's own worn level: no room keeps a band on the night stand so.
    3. Short wear between non-wear becomes non-wear.
    4. Spells shorter than a window are found epoch by epoch (``taken_off``), and lengthen what they touch. A thermometer
       that shows less than ``min_thermometer_span_c`` in the whole recording is no witness.

    Deviations from GGIR 3.3-7: range and standard deviation come from every sample, not from a 5 Hz subsample; the
    second witness; step 3 does not look at the first and last hours of the recording by themselves.
    Limits: edges are known to ``step_s``; without temperature a motionless sleeper cannot be told from a night stand
    and counts as non-wear.

    Source: van Hees 2013, doi:10.1371/journal.pone.0061691.
    """
    if statistics.height == 0:
        return Wear(nonwear=pl.DataFrame(schema=INTERVAL), doubtful=pl.DataFrame(schema=INTERVAL))
    if _is_stuck(statistics, parameters):
        statistics = statistics.with_columns(temperature_c=pl.lit(None, pl.Float32))
    blocks = _blocks(statistics, parameters)
    recorded = blocks.count >= parameters.min_window_frac * parameters.step_s * sampling_rate_hz
    score = _still_axes(blocks, sampling_rate_hz, parameters)
    candidate = _spread_back(_still(score, parameters), parameters) & (blocks.count > 0)
    has_temperature = bool(np.isfinite(blocks.temperature_c).any())
    level = _worn_level(blocks, candidate, recorded, parameters)
    cold, warm, skin_warm = _warmth(blocks, level, parameters)

    is_nonwear = candidate & cold
    reasons: npt.NDArray[np.object_] = np.full(len(candidate), None, dtype=object)
    reasons[is_nonwear] = STILL_AND_COLD
    doubt: npt.NDArray[np.object_] = np.full(len(candidate), None, dtype=object)
    moving_at, seconds = _movements(statistics, parameters)
    for first, last in runs(candidate & ~cold):
        believed_h = parameters.max_motionless_h if warm[first:last].any() else 0.0
        if skin_warm[first:last].all():
            believed_h = np.inf
        reason, is_worn = _judge_still(blocks, first, last, moving_at, seconds, believed_h, parameters)
        if is_worn:
            doubt[first:last] = reason
        else:
            is_nonwear[first:last] = True
            reasons[first:last] = reason
    for first, last in _short_wear(is_nonwear, blocks.count > 0, parameters):
        is_nonwear[first:last] = True
        reasons[first:last] = SHORT_WEAR_BETWEEN_NONWEAR
        doubt[first:last] = None
    method = _METHOD_WITH_TEMPERATURE if has_temperature else _METHOD_WITHOUT_TEMPERATURE
    starts = statistics["start_at"].to_physical().to_numpy()
    spells = find_spells(statistics, level, usual_gap_us(starts), parameters)
    nonwear, doubtful = _with_spells(
        _intervals(reasons, blocks, method), _intervals(doubt, blocks, method), spells, method
    )
    return Wear(nonwear=nonwear, doubtful=doubtful)


def _is_stuck(statistics: pl.DataFrame, parameters: WearParameters) -> bool:
    """Tell whether the thermometer shows the same over a recording long enough to be taken on and off."""
    warmth, start = statistics["temperature_c"].drop_nulls().drop_nans(), statistics["start_at"]
    hours = (start[-1] - start[0]).total_seconds() / 3600
    if warmth.is_empty() or hours < parameters.min_thermometer_h:
        return False
    span_c = float(warmth.max()) - float(warmth.min())  # type: ignore[arg-type]
    return span_c < parameters.min_thermometer_span_c


def _with_spells(
    nonwear: pl.DataFrame, doubtful: pl.DataFrame, spells: Sequence[Spell], method: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Unite the intervals without wear with the spells; what a spell explains is no longer doubtful."""
    if not spells:
        return nonwear, doubtful
    off = join(np.array([(spell.start_us, spell.end_us) for spell in spells], dtype=np.int64))

    def rows(kept: pl.DataFrame) -> list[tuple[int, int, str]]:
        return kept.select(
            pl.col("started_at").to_physical(), pl.col("ended_at").to_physical(), "reason"
        ).rows()

    def frame(found: list[tuple[int, int, str]]) -> pl.DataFrame:
        columns = {"started_at": pl.Int64, "ended_at": pl.Int64, "reason": pl.String}
        return (
            pl.DataFrame(found, schema=columns, orient="row")
            .with_columns(pl.col("started_at", "ended_at").cast(INSTANT), pl.lit(method).alias("method"))
            .select(INTERVAL.names())
            .sort("started_at")
        )

    told = rows(nonwear)
    known = np.array([edges[:2] for edges in told], dtype=np.int64).reshape(-1, 2)
    found = []
    for start, end in join(np.concatenate((known, off))):
        reasons = [reason for first, last, reason in told if first < end and last > start]
        reasons += [spell.reason for spell in spells if spell.start_us < end and spell.end_us > start]
        found.append((int(start), int(end), reasons[0]))
    left = [
        (int(first), int(last), reason)
        for start, end, reason in rows(doubtful)
        for first, last in invert(off, start, end)
    ]
    return frame(found), frame(left)


def _blocks(statistics: pl.DataFrame, parameters: WearParameters) -> _Blocks:
    count = pl.col("sample_count")
    aggregates = [count.sum(), pl.col("temperature_c").mean()]
    for axis in "xyz":
        mean, sd = pl.col(f"mean_{axis}_g").cast(pl.Float64), pl.col(f"sd_{axis}_g").cast(pl.Float64)
        aggregates += [
            (mean * count).sum().alias(f"sum_{axis}"),
            ((mean * mean + sd * sd) * count).sum().alias(f"square_{axis}"),
            pl.col(f"min_{axis}_g").min(),
            pl.col(f"max_{axis}_g").max(),
        ]
    step_us = parameters.step_s * SECOND_US
    block = (pl.col("start_at").to_physical() // step_us).alias("block")
    found = statistics.group_by(block).agg(aggregates).sort("block")
    every = pl.DataFrame(
        {"block": pl.int_range(found["block"][0], found["block"][-1] + 1, dtype=pl.Int64, eager=True)}
    )
    dense = every.join(found, on="block", how="left", maintain_order="left", validate="1:1")
    counts = dense["sample_count"].fill_null(0).to_numpy().astype(np.float64)
    divisor = np.maximum(counts, 1)[:, None]

    def columns(stem: str, fill: float, unit: str = "") -> Floats:
        names = [f"{stem}_{axis}{unit}" for axis in "xyz"]
        return dense.select(pl.col(names).fill_null(fill)).to_numpy().astype(np.float64)

    return _Blocks(
        first_us=int(dense["block"][0]) * step_us,
        step_us=step_us,
        count=counts,
        mean=columns("sum", 0) / divisor,
        mean_square=columns("square", 0) / divisor,
        low=columns("min", np.inf, "_g"),
        high=columns("max", -np.inf, "_g"),
        temperature_c=dense["temperature_c"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
    )


def _still_axes(
    blocks: _Blocks, sampling_rate_hz: float, parameters: WearParameters
) -> npt.NDArray[np.int64]:
    """Count still axes of the window that starts at each block; -1 where it cannot be judged."""
    width = parameters.window_s // parameters.step_s
    scores = np.full(len(blocks.count), -1, dtype=np.int64)
    if len(scores) < width:
        return scores
    view = np.lib.stride_tricks.sliding_window_view
    count = view(blocks.count, width)
    total = np.maximum(count.sum(axis=-1), 1)[:, None]
    weight = count[:, None, :]
    mean = (view(blocks.mean, width, axis=0) * weight).sum(axis=-1) / total
    mean_square = (view(blocks.mean_square, width, axis=0) * weight).sum(axis=-1) / total
    sd = np.sqrt(np.maximum(mean_square - mean**2, 0))
    spread = view(blocks.high, width, axis=0).max(axis=-1) - view(blocks.low, width, axis=0).min(axis=-1)
    still = (sd < parameters.max_sd_g) & (spread < parameters.max_range_g)
    enough = count.sum(axis=-1) >= parameters.min_window_frac * parameters.window_s * sampling_rate_hz
    scores[: len(still)] = np.where(enough, still.sum(axis=1), -1)
    return scores


def _still(score: npt.NDArray[np.int64], parameters: WearParameters) -> Bools:
    still: Bools = score >= parameters.min_axis_count
    between = np.zeros_like(still)
    between[1:-1] = (score[1:-1] == 1) & still[:-2] & still[2:]
    return still | between


def _spread_back(still: Bools, parameters: WearParameters) -> Bools:
    """Mark every block of every still window."""
    marked = np.zeros_like(still)
    for shift in range(parameters.window_s // parameters.step_s):
        marked[shift:] |= still[: len(still) - shift]
    return marked


def _worn_level(blocks: _Blocks, candidate: Bools, recorded: Bools, parameters: WearParameters) -> float:
    """Temperature of the recording when it is surely worn; NaN where too little of it is."""
    sure = blocks.temperature_c[~candidate & recorded & np.isfinite(blocks.temperature_c)]
    enough = len(sure) * parameters.step_s >= parameters.min_reference_h * 3600
    return float(np.median(sure)) if enough else float("nan")


def _warmth(blocks: _Blocks, level: float, parameters: WearParameters) -> tuple[Bools, Bools, Bools]:
    """Mark the blocks that are colder than a worn sensor, that are not, and that are as warm as the worn level."""
    limit = level - parameters.max_cooling_c if np.isfinite(level) else parameters.worn_temperature_c
    # NaN compares false everywhere: neither cold nor warm.
    at_level = blocks.temperature_c > level - parameters.max_skin_cooling_c
    return blocks.temperature_c < limit, blocks.temperature_c >= limit, at_level


def _movements(statistics: pl.DataFrame, parameters: WearParameters) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return standard deviation over three axes [g] and start [us] of every epoch."""
    sd = statistics.select(pl.sum_horizontal(pl.col(f"sd_{a}_g").cast(pl.Float64) ** 2 for a in "xyz").sqrt())
    return sd.to_series().to_numpy(), statistics["start_at"].to_physical().to_numpy()


def _judge_still(
    blocks: _Blocks,
    first: int,
    last: int,
    sd_g: Floats,
    start_us: npt.NDArray[np.int64],
    believed_h: float,
    parameters: WearParameters,
) -> tuple[str, bool]:
    begin, end = blocks.first_us + first * blocks.step_us, blocks.first_us + last * blocks.step_us
    edge = parameters.edge_s * SECOND_US
    inner = slice(*np.searchsorted(start_us, [begin + edge, end - edge]))
    noise = sd_g[inner]
    if len(noise):
        limit = max(parameters.moving_sd_ratio * float(np.median(noise)), parameters.min_moving_sd_g)
        per_h = np.count_nonzero(noise > limit) / ((end - begin - 2 * edge) / HOUR_US)
        if per_h >= parameters.min_moving_epochs_per_h:
            return STILL_SLEEPER, True
    if end - begin <= believed_h * HOUR_US:
        return STILL_AND_WARM, True
    return STILL_WITHOUT_MICRO_MOVEMENT, False


def _short_wear(is_nonwear: Bools, recorded: Bools, parameters: WearParameters) -> list[tuple[int, int]]:
    """List the runs of recorded wear that are too short beside the non-wear on both sides."""
    rules = (
        (parameters.short_wear_h, parameters.short_wear_frac),
        (parameters.shorter_wear_h, parameters.shorter_wear_frac),
    )
    state = is_nonwear.copy()
    changed: list[tuple[int, int]] = []
    for _ in range(parameters.round_count):
        for longest_h, least_frac in rules:
            nonwear = runs(state)
            for before, after in pairwise(nonwear):
                first, last = before[1], after[0]
                around = (before[1] - before[0]) + (after[1] - after[0])
                is_short = (last - first) * parameters.step_s < longest_h * 3600
                if is_short and (last - first) / around < least_frac and recorded[first:last].all():
                    state[first:last] = True
                    changed.append((first, last))
    return changed


def _intervals(reasons: npt.NDArray[np.object_], blocks: _Blocks, method: str) -> pl.DataFrame:
    rows = pl.DataFrame({"reason": pl.Series(reasons.tolist(), dtype=pl.String)}).with_row_index("block")
    start = pl.lit(blocks.first_us) + pl.col("block").cast(pl.Int64) * blocks.step_us
    return (
        rows.with_columns(start.cast(INSTANT).alias("started_at"), pl.col("reason").rle_id().alias("run"))
        .filter(pl.col("reason").is_not_null())
        .group_by("run", maintain_order=True)
        .agg(
            pl.col("started_at").min(),
            (pl.col("started_at").max() + timedelta(microseconds=blocks.step_us)).alias("ended_at"),
            pl.lit(method).first().alias("method"),
            pl.col("reason").first(),
        )
        .select(INTERVAL.names())
        .sort("started_at")
    )
