"""Whether a hypnogram belongs to its recording, and which sleep it tells of."""

import polars as pl

from transforms.clock import HOUR_US, MINUTE_US, SECOND_US
from transforms.parameters.psg import HypnogramParameters
from transforms.psg.marks import Marks
from transforms.schema import NIGHT, REJECTED_ENTRY, SCORED_EVENT, STAGES, WAKE_EPISODE
from transforms.schema.words import NO_LEG_RECORDING, NO_SLEEP_WINDOW, SIGNAL_MISSING, TOO_SHORT_IN_BED

_KEYS = ["participant_id", "night_date", "scorer"]
_IS_STAGE = pl.col("event").cast(pl.String).str.starts_with("stage_")


def stages_of(events: pl.DataFrame) -> pl.DataFrame:
    """Return the staged epochs of SCORED_EVENT with a column stage, in order of scorer and time."""
    return (
        events.filter(_IS_STAGE)
        .with_columns(
            pl.col("event").cast(pl.String).str.strip_prefix("stage_").cast(pl.Enum(STAGES)).alias("stage")
        )
        .sort(*_KEYS, "onset_at")
    )


def fit_hypnogram(
    marks: Marks, started_at: pl.Expr, ended_at: pl.Expr, parameters: HypnogramParameters, file_name: str
) -> Marks:
    """Trim the hypnogram of each scorer to the recording ``[started_at, ended_at)``, or refuse it.

    1. A hypnogram whose epochs overlap contradicts itself and is refused; exact repeats of an epoch count once.
    2. The parts of epochs outside the recording are cut off. When they are more than ``max_outside_frac`` of the
       staged time, the hypnogram is of another night or another clock, and all of it is refused.
    3. A hypnogram that is shorter than the recording, or has holes, is used as it is: unstaged time is neither sleep
       nor wake and is in no denominator.

    Other marks stay as they are. Refusals are told in the rejected entries, trimming too.
    """
    stages = marks.events.filter(_IS_STAGE).unique(maintain_order=True).sort(*_KEYS, "onset_at")
    others = marks.events.filter(~_IS_STAGE)
    reached = pl.col("offset_at").cum_max().shift(1).over(_KEYS)
    inside_from = pl.max_horizontal("onset_at", started_at)
    inside_to = pl.min_horizontal("offset_at", ended_at)
    measured = stages.with_columns(
        (pl.col("onset_at") < reached).fill_null(value=False).alias("is_overlapping"),
        inside_from.alias("inside_from"),
        inside_to.alias("inside_to"),
    ).with_columns(
        pl.max_horizontal((pl.col("inside_to") - pl.col("inside_from")).dt.total_microseconds(), 0).alias(
            "inside_us"
        )
    )
    verdict = (
        measured.group_by(_KEYS)
        .agg(
            pl.col("is_overlapping").any(),
            (pl.col("offset_at") - pl.col("onset_at")).dt.total_microseconds().sum().alias("staged_us"),
            pl.col("inside_us").sum().alias("kept_us"),
        )
        .with_columns((pl.col("staged_us") - pl.col("kept_us")).alias("outside_us"))
        .with_columns(
            is_outside=pl.col("outside_us") > parameters.max_outside_frac * pl.col("staged_us"),
        )
        .sort(_KEYS)
    )
    minutes = (pl.col("outside_us") / MINUTE_US).round(1)
    told = verdict.filter(pl.col("is_overlapping") | (pl.col("outside_us") > 0)).select(
        pl.lit(file_name).alias("file_name"),
        pl.lit(None, dtype=pl.Int64).alias("line_number"),
        pl.lit("stage").alias("column_name"),
        pl.lit(None, dtype=pl.String).alias("value"),
        pl.when("is_overlapping")
        .then(pl.lit("hypnogram refused: epochs overlap"))
        .when("is_outside")
        .then(pl.format("hypnogram refused: {} min of it lie outside the recording", minutes))
        .otherwise(pl.format("hypnogram trimmed: {} min of it lie outside the recording", minutes))
        .alias("reason"),
    )
    standing = verdict.filter(~pl.col("is_overlapping") & ~pl.col("is_outside")).select(_KEYS)
    kept = measured.join(standing, on=_KEYS, how="semi").filter(pl.col("inside_us") > 0)
    kept = kept.with_columns(
        pl.col("inside_from").alias("onset_at"),
        pl.col("inside_to").alias("offset_at"),
        pl.Series("duration_s", kept["inside_us"].to_numpy() / SECOND_US),
    )
    events = pl.concat([kept.select(SCORED_EVENT.names()), others.select(SCORED_EVENT.names())])
    return Marks(
        events=events.sort("participant_id", "scorer", "onset_at", "event", "side", "offset_at"),
        rejected=pl.concat([marks.rejected, told.match_to_schema(REJECTED_ENTRY)]),
    )


def psg_nights(
    hypnograms: pl.DataFrame,
    measured: pl.DataFrame,
    searched: pl.DataFrame,
    time_zones: pl.DataFrame,
    least_h: float,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return NIGHT and WAKE_EPISODE of the nights that scorers staged.

    One row of ``hypnograms`` is one epoch: participant_id, night_date, onset_at, offset_at, stage, of one hypnogram in
    each night. ``measured`` has the same columns and tells in which parts of them leg movements could be seen, of the
    nights in ``searched`` (participant_id, night_date), in which somebody looked for them; ``time_zones`` has
    participant_id and time_zone.

    Lights-off and lights-on are start and end of the staged time; sleep onset is the start of the first epoch of sleep,
    sleep end the end of the last. analysed_h is the measured time, analysed_sleep_h and analysed_wake_h its two parts,
    gap_h what is missing of the time in bed. A night is not eligible when nobody searched it for leg movements, without
    an epoch of sleep, or with less than ``least_h`` in bed or measured.
    """
    night = ["participant_id", "night_date"]
    stages = hypnograms.sort(*night, "onset_at")
    is_sleep = pl.col("stage") != "w"
    hours = (pl.col("offset_at") - pl.col("onset_at")).dt.total_microseconds()
    told = (
        stages.group_by(night)
        .agg(
            pl.col("onset_at").min().alias("lights_off_at"),
            pl.col("offset_at").max().alias("lights_on_at"),
            pl.col("onset_at").filter(is_sleep).min().alias("sleep_onset_at"),
            pl.col("offset_at").filter(is_sleep).max().alias("sleep_end_at"),
            hours.filter(is_sleep).sum().alias("sleep_us"),
        )
        .join(
            time_zones.select("participant_id", "time_zone"), on="participant_id", how="left", validate="m:1"
        )
        .sort(night)
    )
    of_night = measured.join(
        told.select(*night, "sleep_onset_at", "sleep_end_at"), on=night, how="inner", validate="m:1"
    )
    inside = pl.min_horizontal("offset_at", "sleep_end_at") - pl.max_horizontal("onset_at", "sleep_onset_at")
    seen = of_night.group_by(night).agg(
        hours.sum().alias("seen_us"),
        hours.filter(is_sleep).sum().alias("seen_sleep_us"),
        inside.dt.total_microseconds()
        .filter(pl.col("sleep_onset_at").is_not_null())
        .clip(lower_bound=0)
        .sum()
        .alias("seen_spt_us"),
    )
    seen = searched.join(seen, on=night, how="left", validate="1:1").with_columns(
        pl.col("^seen_.*$").fill_null(0)
    )
    told = told.join(seen, on=night, how="left", validate="1:1").sort(night)
    windows = told.select(*night, "sleep_onset_at", "sleep_end_at").drop_nulls()
    wake = (
        stages.filter(~is_sleep)
        .join(windows, on=night, how="inner", validate="m:1")
        .select(
            *night,
            pl.max_horizontal("onset_at", "sleep_onset_at").alias("started_at"),
            pl.min_horizontal("offset_at", "sleep_end_at").alias("ended_at"),
        )
        .filter(pl.col("started_at") < pl.col("ended_at"))
        .sort(*night, "started_at")
    )
    opens = (pl.col("started_at") > pl.col("ended_at").shift(1)).fill_null(value=True)
    is_new = opens | pl.any_horizontal(pl.col(key) != pl.col(key).shift(1) for key in night)
    episodes = (
        wake.with_columns(is_new.cum_sum().alias("episode"))
        .group_by("episode")
        .agg(pl.col(night).first(), pl.col("started_at").min(), pl.col("ended_at").max())
        .sort(*night, "started_at")
        .select(WAKE_EPISODE.names())
    )
    return _as_nights(told, episodes, least_h), episodes


def _as_nights(told: pl.DataFrame, episodes: pl.DataFrame, least_h: float) -> pl.DataFrame:
    def hours(later: str, earlier: str) -> pl.Expr:
        return (pl.col(later) - pl.col(earlier)).dt.total_microseconds() / HOUR_US

    night = ["participant_id", "night_date"]
    waso = episodes.group_by(night).agg(
        ((pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds().sum() / MINUTE_US).alias(
            "waso_min"
        )
    )
    has_sleep = pl.col("sleep_onset_at").is_not_null()
    frame = (
        told.join(waso, on=night, how="left", validate="1:1")
        .sort(night)
        .with_columns(
            pl.col("night_date").dt.offset_by("1d").alias("wake_date"),
            pl.lit("psg").alias("sleep_window_source"),
            pl.col("sleep_onset_at").alias("sleep_onset_low_at"),
            pl.col("sleep_onset_at").alias("sleep_onset_high_at"),
            pl.col("sleep_end_at").alias("sleep_end_low_at"),
            pl.col("sleep_end_at").alias("sleep_end_high_at"),
            pl.lit(1.0).alias("sleep_confidence"),
            pl.lit(value=True).alias("is_sleep_known"),
            hours("sleep_end_at", "sleep_onset_at").alias("spt_h"),
            (pl.col("sleep_us") / HOUR_US).alias("tst_h"),
            pl.when(has_sleep).then(pl.col("waso_min").fill_null(0.0)).alias("waso_min"),
            (hours("sleep_onset_at", "lights_off_at") * 60.0).alias("sleep_latency_min"),
            hours("lights_on_at", "lights_off_at").alias("in_bed_h"),
            (pl.col("seen_us") / HOUR_US).alias("analysed_h"),
            (pl.col("seen_sleep_us") / HOUR_US).alias("analysed_sleep_h"),
            ((pl.col("seen_us") - pl.col("seen_sleep_us")) / HOUR_US).alias("analysed_wake_h"),
            pl.when(has_sleep).then(pl.col("seen_spt_us") / HOUR_US).alias("analysed_spt_h"),
            pl.lit(0.0).alias("nonwear_h"),
            pl.lit(0).alias("leg_recording_count"),
        )
        .with_columns(
            (pl.col("in_bed_h") - pl.col("analysed_h")).alias("gap_h"),
            pl.when(pl.col("seen_us").is_null())
            .then(pl.lit(NO_LEG_RECORDING))
            .when(~has_sleep)
            .then(pl.lit(NO_SLEEP_WINDOW))
            .when(pl.col("in_bed_h") < least_h)
            .then(pl.lit(TOO_SHORT_IN_BED))
            .when(pl.col("analysed_h") < least_h)
            .then(pl.lit(SIGNAL_MISSING))
            .alias("exclusion_reason"),
        )
        .with_columns(pl.col("exclusion_reason").is_null().alias("is_eligible"))
    )
    missing = {name: pl.lit(None) for name in NIGHT if name not in frame.columns}
    return frame.with_columns(**missing).select(pl.col(name).cast(dtype) for name, dtype in NIGHT.items())
