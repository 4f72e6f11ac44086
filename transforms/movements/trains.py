"""Trains: bursts that follow one another at a steady rate and are one movement."""

import polars as pl

from transforms.clock import SECOND_US
from transforms.parameters.kinds import KindParameters

_BEFORE = ("gravity_x_g", "gravity_y_g", "gravity_z_g")
_AFTER = ("gravity_after_x_g", "gravity_after_y_g", "gravity_after_z_g")


def join_trains(candidates: pl.DataFrame, parameters: KindParameters) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make one candidate of every train of separate bursts.

    Args:
        candidates: CANDIDATE rows with ``night_date``, any recordings.
        parameters: such as SLEEP_MOVEMENTS_2026.

    Returns:
        The candidates with ``burst_count`` (1 unless a train), and the rows that went into trains besides their first.

    A train is at least ``tremor_min_count`` bursts of one recording, none longer than ``tremor_burst_s`` or tilting
    like a turn, whose onsets lie 1 / ``tremor_high_hz`` to 1 / ``tremor_low_hz`` apart. Bursts without a rest between
    them are one candidate from the start and need nothing here, unless they are noise: then what repeats is their
    envelope (``pulse_ratio``), and neighbours in which it does are one train.
    """
    ordered = candidates.sort("recording_id", "onset_at")
    may_be = (pl.col("tilt_deg") < parameters.gross_tilt_deg) & (
        pl.col("envelope_peak_g") <= parameters.tremor_max_g
    )
    slowest, fastest = 1 / parameters.tremor_low_hz, 1 / parameters.tremor_high_hz
    is_pulse = (
        may_be
        & (pl.col("pulse_ratio") >= parameters.tremor_pulse_ratio)
        & pl.col("pulse_hz").is_between(parameters.tremor_low_hz, parameters.tremor_high_hz)
    ).fill_null(False)
    is_burst = may_be & (pl.col("duration_s") <= parameters.tremor_burst_s)
    interval = pl.col("onset_at").diff().dt.total_microseconds() / SECOND_US
    pause = (pl.col("onset_at") - pl.col("offset_at").shift(1)).dt.total_microseconds() / SECOND_US
    is_next = (is_burst & is_burst.shift(1) & interval.is_between(fastest, slowest)) | (
        is_pulse & is_pulse.shift(1) & (pause < slowest)
    )
    follows = (is_next & (pl.col("recording_id") == pl.col("recording_id").shift(1))).fill_null(False)
    span = (pl.col("offset_at").max() - pl.col("onset_at").min()).dt.total_microseconds() / SECOND_US
    ordered = ordered.with_columns((~follows).cum_sum().alias("train"), is_pulse.alias("is_pulse"))
    pulses = (span * pl.col("pulse_hz").median()).round().cast(pl.UInt32)
    is_pulsed = pl.col("is_pulse").all()
    ordered = ordered.with_columns(
        pl.when(is_pulsed & (span >= parameters.tremor_pulse_min_s))
        .then(pulses)
        .otherwise(
            pl.when((pl.col("duration_s") <= parameters.tremor_burst_s).all()).then(pl.len()).otherwise(1)
        )
        .over("train")
        .cast(pl.UInt32)
        .alias("burst_count")
    )
    is_train = pl.col("burst_count") >= parameters.tremor_min_count
    largest = ["peak_g", "peak_jerk_g_per_s", "envelope_peak_g", "tilt_deg", "morphology_frac"]
    reach = (pl.col("onset_at").last() - pl.col("onset_at").first()).dt.total_microseconds() / SECOND_US
    joined = (
        ordered.filter(is_train)
        .group_by("train", maintain_order=True)
        .agg(
            pl.col("offset_at").max(),
            pl.col(largest).max(),
            pl.exclude("offset_at", "dominant_hz", "is_pulse", "train", *largest).first(),
            pl.when(is_pulsed)
            .then(pl.col("pulse_hz").median())
            .otherwise((pl.col("burst_count").first() - 1) / reach)
            .alias("dominant_hz"),
        )
        .with_columns(
            ((pl.col("offset_at") - pl.col("onset_at")).dt.total_microseconds() / SECOND_US).alias(
                "duration_s"
            ),
            pl.lit(None, pl.Float64).alias("one_sided_frac"),
            pl.lit(None, pl.Float64).alias("slow_frac"),
        )
    )
    single = ordered.filter(~is_train).with_columns(pl.lit(1, pl.UInt32).alias("burst_count"))
    rest = ordered.filter(is_train, pl.int_range(pl.len()).over("train") > 0)
    columns = [*candidates.columns, "burst_count"]
    kept = pl.concat([single.select(columns), joined.select(columns)]).sort("onset_at", "recording_id")
    return kept, rest.select(candidates.columns)


def _turned_deg() -> pl.Expr:
    """Angle between gravity before the first piece and after the last."""
    before, after = [pl.col(name).first() for name in _BEFORE], [pl.col(name).last() for name in _AFTER]
    along = pl.sum_horizontal(one * other for one, other in zip(before, after, strict=True))
    sizes = [pl.sum_horizontal(part**2 for part in vector).sqrt() for vector in (before, after)]
    return (along / (sizes[0] * sizes[1])).clip(-1, 1).arccos().degrees()


def join_pieces(candidates: pl.DataFrame, parameters: KindParameters) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the candidates with pieces of one movement united, and the pieces besides each first.

    United are movements of one recording between which acceleration pauses for less than ``piece_rest_s``.

    Where gravity lies along the joint's axis posture does not show that a limb is held, and a movement that pulls, holds
    and lets go falls into pieces. Only pieces that are long enough for a leg movement and of like strength are united:
    a burst, or a jerk that wakes somebody, is no part of the stir that follows.
    """
    ordered = candidates.sort("recording_id", "onset_at")
    is_piece = (pl.col("duration_s") >= parameters.piece_min_s) & (pl.col("burst_count") == 1)
    strength = pl.col("envelope_peak_g")
    ratio = pl.max_horizontal(strength, strength.shift(1)) / pl.min_horizontal(strength, strength.shift(1))
    pause_s = (pl.col("onset_at") - pl.col("offset_at").shift(1)).dt.total_microseconds() / SECOND_US
    follows = (
        (is_piece & is_piece.shift(1))
        & (pl.col("recording_id") == pl.col("recording_id").shift(1))
        & (pause_s < parameters.piece_rest_s)
        & (ratio <= parameters.piece_ratio)
    ).fill_null(False)
    ordered = ordered.with_columns((~follows).cum_sum().alias("movement"))
    ordered = ordered.with_columns(pl.len().over("movement").alias("pieces"))
    single = ordered.filter(pl.col("pieces") == 1)
    largest = ["peak_g", "peak_jerk_g_per_s", "envelope_peak_g", "morphology_frac"]
    rhythm = ["dominant_hz", "rhythm_ratio", "high_band_frac", "one_sided_frac", "slow_frac"]
    longest = pl.col("duration_s").arg_max()
    united = (
        ordered.filter(pl.col("pieces") > 1)
        .group_by("movement", maintain_order=True)
        .agg(
            pl.col("offset_at").max(),
            pl.col(largest).max(),
            pl.col(rhythm).get(longest),
            pl.col(_AFTER).last(),
            _turned_deg().alias("tilt_deg"),
            pl.exclude("offset_at", "tilt_deg", "movement", "pieces", *_AFTER, *largest, *rhythm).first(),
        )
        .with_columns(
            ((pl.col("offset_at") - pl.col("onset_at")).dt.total_microseconds() / SECOND_US).alias(
                "duration_s"
            )
        )
        .with_columns(pl.col("duration_s").alias("active_s"))
    )
    rest = ordered.filter(pl.col("pieces") > 1, pl.int_range(pl.len()).over("movement") > 0)
    kept = pl.concat([single.select(candidates.columns), united.select(candidates.columns)])
    return kept.sort("onset_at", "recording_id"), rest.select(candidates.columns)


def number_body_events(candidates: pl.DataFrame, parameters: KindParameters) -> pl.DataFrame:
    """Add ``body_event``: candidates that overlap in time, whatever the site, share one; rows sorted by onset_at."""
    reach = pl.col("offset_at").cum_max().shift(1)
    pause = pl.duration(microseconds=round(parameters.site_gap_s * SECOND_US))
    opens = (pl.col("onset_at") >= reach + pause).fill_null(True)
    return candidates.with_columns(opens.cum_sum().alias("body_event"))
