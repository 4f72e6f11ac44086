"""The reporting set of the standards: counts, rates and intervals of each night, scorer and state.

Words are those of peers of this field (LM, CLM, PLM, IMI); ``data_dictionary`` names the columns as PLMScoRe and the
cohorts of the National Sleep Research Resource do. Used on movements of an accelerometer the result is an aPLM
index: the clinical limit of 15/h does not transfer to it.
"""

import polars as pl

from transforms.clock import HOUR_US, SECOND_US
from transforms.parameters.cohort import NightRateParameters
from transforms.parameters.scoring import IntervalClassParameters
from transforms.schema import (
    IMI_HISTOGRAM,
    LEG_MOVEMENT_REPORT,
    PLM_HOUR,
    SCORED_LEG_MOVEMENT,
    Stage,
    State,
    require,
)

_KEYS = ["participant_id", "night_date", "scorer"]
_STATES_OF = pl.DataFrame(
    [
        ("w", "in_bed"),
        ("w", "wake"),
        *((stage, state) for stage in ("n1", "n2", "n3") for state in ("in_bed", "sleep", "nrem", stage)),
        *(("r", state) for state in ("in_bed", "sleep", "r")),
    ],
    schema={"stage": Stage, "state": State},
    orient="row",
)


def state_hours(stages: pl.DataFrame) -> pl.DataFrame:
    """Return the hours of each state that scorers staged: participant_id, night_date, scorer, state, state_h.

    One row of ``stages`` is one epoch (from stages_by_leg_scorer): keys, onset_at, offset_at, stage. in_bed is the
    whole staged time. States that do not occur have 0 h.
    """
    nights = stages.select(_KEYS).unique()
    states = pl.DataFrame({"state": State.categories}, schema={"state": State})
    length = (pl.col("offset_at") - pl.col("onset_at")).dt.total_microseconds()
    told = (
        stages.join(_STATES_OF, on="stage", how="inner")
        .group_by(*_KEYS, "state")
        .agg(length.sum().alias("state_us"))
    )
    return (
        nights.join(states, how="cross")
        .join(told, on=[*_KEYS, "state"], how="left", validate="1:1")
        .with_columns((pl.col("state_us").fill_null(0) / HOUR_US).alias("state_h"))
        .sort(*_KEYS, "state")
        .select(*_KEYS, "state", "state_h")
    )


def report(scored: pl.DataFrame, hours: pl.DataFrame, parameters: NightRateParameters) -> pl.DataFrame:
    """Return the reporting set of every night, scorer and state (schema LEG_MOVEMENT_REPORT).

    One row of ``scored`` is one movement (SCORED_LEG_MOVEMENT), one of ``hours`` one state of one night that was looked
    at (from :func:`state_hours`); a night in ``hours`` without a movement has counts of 0.

    - A movement belongs to the state at its onset, and so does the interval before it. A movement in unstaged time is
      in no state, for that time is in no denominator.
    - CLM = PLM + short-interval LM + isolated LM: member of a WASM series first, else an interval below
      ``short_interval_below_s`` before it, else isolated.
    - periodicity_movement_index is PLM / CLM. periodicity_interval_index (Ferri 2006) is the share of the measured
      intervals that lie in runs of at least ``periodicity_min_run_count`` consecutive intervals above
      ``periodicity_above_s`` and up to ``periodicity_max_s``; runs are those of the whole night.
    - imi_short, imi_periodic and imi_long are intervals below, within and above the bounds of ``log_imi_*``; mean and
      sample standard deviation of the natural logarithm are of those within.
    - Counts that rest on respiration or arousals are null where the scorer scored none in any night.
    - A rate is null where its hours are 0.
    """
    scored = require(scored, SCORED_LEG_MOVEMENT, "scored leg movements")
    is_respiration_known = scored.filter(pl.col("is_respiratory").is_not_null())["scorer"].unique().implode()
    is_arousal_known = scored.filter(pl.col("is_arousal").is_not_null())["scorer"].unique().implode()
    told = _with_classes(scored, parameters).join(_STATES_OF, on="stage", how="inner")
    grouped = told.group_by(*_KEYS, "state").agg(*_counts(parameters), *_means(parameters))
    counts = [name for name in LEG_MOVEMENT_REPORT if name.endswith("_count")]
    knowledge = {
        "plm_without_respiratory_count": is_respiration_known,
        "clm_respiratory_count": is_respiration_known,
        "plm_arousal_count": is_arousal_known,
        "clm_arousal_count": is_arousal_known,
    }
    rates = [name for name in LEG_MOVEMENT_REPORT if name.endswith("_per_h")]
    has_time = pl.col("state_h") > 0
    return (
        hours.join(grouped, on=[*_KEYS, "state"], how="left", validate="1:1")
        .with_columns(pl.col(counts).fill_null(0))
        .with_columns(
            pl.when(pl.col("scorer").is_in(scorers)).then(name).alias(name)
            for name, scorers in knowledge.items()
        )
        .with_columns(
            pl.when(has_time).then(pl.col(name.replace("_per_h", "_count")) / pl.col("state_h")).alias(name)
            for name in rates
        )
        .sort(*_KEYS, "state")
        .select(pl.col(name).cast(dtype) for name, dtype in LEG_MOVEMENT_REPORT.items())
    )


def imi_histogram(scored: pl.DataFrame, classes: IntervalClassParameters) -> pl.DataFrame:
    """Count the intervals in sleep in classes ``[lower_s, upper_s)`` (schema IMI_HISTOGRAM).

    Every night and scorer with a movement has all classes; the last, open one has no upper_s.
    """
    edge_count = round(classes.max_s / classes.width_s)
    number = pl.Series("class", range(edge_count + 1), dtype=pl.Int64)
    edges = pl.DataFrame(number).with_columns(
        pl.Series("lower_s", number.to_numpy() * classes.width_s),
        pl.Series("upper_s", (number.to_numpy() + 1) * classes.width_s),
    )
    edges = edges.with_columns(pl.when(pl.col("class") < edge_count).then("upper_s"))
    interval_us = (pl.col("imi_s") * SECOND_US).round().cast(pl.Int64)
    counted = (
        scored.filter((pl.col("stage") != "w") & pl.col("imi_s").is_not_null())
        .with_columns(
            (interval_us // round(classes.width_s * SECOND_US)).clip(upper_bound=edge_count).alias("class")
        )
        .group_by(*_KEYS, "class")
        .agg(pl.len().alias("imi_count"))
    )
    return (
        scored.select(_KEYS)
        .unique()
        .join(edges, how="cross")
        .join(counted, on=[*_KEYS, "class"], how="left", validate="1:1")
        .sort(*_KEYS, "class")
        .with_columns(pl.col("imi_count").fill_null(0))
        .select(pl.col(name).cast(dtype) for name, dtype in IMI_HISTOGRAM.items())
    )


def hourly_course(scored: pl.DataFrame, stages: pl.DataFrame) -> pl.DataFrame:
    """Return the periodic movements in sleep for each hour after sleep onset (schema PLM_HOUR).

    Hours run from the first epoch of sleep to the end of the last; hour_number 1 is the first. sleep_h is the sleep
    within the hour; the rate is null where there is none.
    """
    sleep = stages.filter(pl.col("stage") != "w").with_columns(
        pl.col("onset_at").min().over(_KEYS).alias("sleep_onset_at")
    )
    onset = pl.col("sleep_onset_at")
    first = (pl.col("onset_at") - onset).dt.total_microseconds() // HOUR_US
    last = ((pl.col("offset_at") - onset).dt.total_microseconds() - 1) // HOUR_US
    pieces = (
        sleep.with_columns(pl.int_ranges(first, last + 1).alias("hour"))
        .explode("hour")
        .with_columns((onset + pl.duration(hours="hour")).alias("from_at"))
        .with_columns(
            (
                pl.min_horizontal("offset_at", pl.col("from_at") + pl.duration(hours=1))
                - pl.max_horizontal("onset_at", "from_at")
            )
            .dt.total_microseconds()
            .alias("sleep_us")
        )
    )
    slept = pieces.group_by(*_KEYS, "hour").agg(pl.col("sleep_us").sum())
    windows = sleep.group_by(_KEYS).agg(
        pl.col("onset_at").min().alias("sleep_onset_at"), pl.col("offset_at").max().alias("sleep_end_at")
    )
    length = (pl.col("sleep_end_at") - onset).dt.total_microseconds()
    hours = windows.with_columns(pl.int_ranges(0, (length + HOUR_US - 1) // HOUR_US).alias("hour")).explode(
        "hour"
    )
    plm = (
        scored.filter(pl.col("wasm_series_id").is_not_null() & (pl.col("stage") != "w"))
        .join(windows, on=_KEYS, how="inner", validate="m:1")
        .with_columns(((pl.col("onset_at") - onset).dt.total_microseconds() // HOUR_US).alias("hour"))
        .group_by(*_KEYS, "hour")
        .agg(pl.len().alias("plm_count"))
    )
    return (
        hours.join(slept, on=[*_KEYS, "hour"], how="left", validate="1:1")
        .join(plm, on=[*_KEYS, "hour"], how="left", validate="1:1")
        .with_columns(
            (pl.col("hour") + 1).alias("hour_number"),
            (pl.col("sleep_us").fill_null(0) / HOUR_US).alias("sleep_h"),
            pl.col("plm_count").fill_null(0),
        )
        .with_columns(
            pl.when(pl.col("sleep_h") > 0).then(pl.col("plm_count") / pl.col("sleep_h")).alias("plm_per_h")
        )
        .sort(*_KEYS, "hour")
        .select(pl.col(name).cast(dtype) for name, dtype in PLM_HOUR.items())
    )


def _with_classes(scored: pl.DataFrame, parameters: NightRateParameters) -> pl.DataFrame:
    """Tell PLM, short-interval and isolated movements, and the intervals in runs; rows of candidates in order."""
    is_plm = pl.col("wasm_series_id").is_not_null()
    is_short = (pl.col("imi_s") < parameters.short_interval_below_s).fill_null(value=False)
    is_periodic = (
        (pl.col("imi_s") > parameters.periodicity_above_s) & (pl.col("imi_s") <= parameters.periodicity_max_s)
    ).fill_null(value=False)
    return (
        scored.sort(*_KEYS, "onset_at")
        .with_columns(
            is_plm=is_plm,
            is_short=pl.col("is_clm") & ~is_plm & is_short,
            is_isolated=pl.col("is_clm") & ~is_plm & ~is_short,
            is_periodic=is_periodic,
        )
        .with_columns((~pl.col("is_periodic")).cum_sum().over(_KEYS).alias("run"))
        .with_columns(pl.col("is_periodic").sum().over(*_KEYS, "run").alias("run_count"))
        .with_columns(
            is_in_run=pl.col("is_periodic") & (pl.col("run_count") >= parameters.periodicity_min_run_count)
        )
    )


def _counts(parameters: NightRateParameters) -> list[pl.Expr]:
    plm, clm = pl.col("is_plm"), pl.col("is_clm")
    near, aroused = pl.col("is_respiratory"), pl.col("is_arousal")
    imi = pl.col("imi_s")
    low, high = parameters.log_imi_min_s, parameters.log_imi_max_s
    flags = {
        "clm_count": clm,
        "noncandidate_count": ~clm,
        "plm_count": plm,
        "plm_left_count": plm & (pl.col("side") == "left"),
        "plm_right_count": plm & (pl.col("side") == "right"),
        "plm_both_count": plm & (pl.col("side") == "both"),
        "plm_without_respiratory_count": pl.col("wasm_series_id_without_respiratory").is_not_null(),
        "plm_arousal_count": plm & aroused,
        "clm_respiratory_count": clm & near,
        "clm_arousal_count": clm & aroused,
        "isolated_lm_count": pl.col("is_isolated"),
        "short_interval_lm_count": pl.col("is_short"),
        "imi_count": imi.is_not_null(),
        "imi_short_count": imi < low,
        "imi_periodic_count": imi.is_between(low, high),
        "imi_long_count": imi > high,
    }
    return [
        pl.len().alias("lm_count"),
        pl.col("aasm_plm_count").sum().alias("plm_aasm_count"),
        *(flag.sum().alias(name) for name, flag in flags.items()),
    ]


def _means(parameters: NightRateParameters) -> list[pl.Expr]:
    duration = pl.col("duration_s")
    within = pl.col("imi_s").filter(
        pl.col("imi_s").is_between(parameters.log_imi_min_s, parameters.log_imi_max_s)
    )
    interval_count = pl.col("imi_s").count()
    candidate_count = pl.col("is_clm").sum()
    return [
        duration.filter("is_clm").mean().alias("clm_mean_duration_s"),
        duration.filter("is_plm").mean().alias("plm_mean_duration_s"),
        duration.filter("is_isolated").mean().alias("isolated_lm_mean_duration_s"),
        duration.filter("is_short").mean().alias("short_interval_lm_mean_duration_s"),
        pl.when(interval_count > 0)
        .then(pl.col("is_in_run").sum() / interval_count)
        .alias("periodicity_interval_index"),
        pl.when(candidate_count > 0)
        .then(pl.col("is_plm").sum() / candidate_count)
        .alias("periodicity_movement_index"),
        within.log().mean().alias("log_imi_mean"),
        within.log().std().alias("log_imi_sd"),
    ]
