"""One clock for everything that a person wore, before anybody asks when they slept or how often they moved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import polars as pl

from transforms.clock import SECOND_US
from transforms.intervals import Floats
from transforms.movements.clocks import EPOCH_S, align_clocks, shift_clocks
from transforms.nights.evidence import NightRecording
from transforms.parameters.movements import ClockParameters
from transforms.schema import CLOCK_ALIGNMENT, REJECTED_CANDIDATE, empty, fitted

CLOCK_NOT_ALIGNED = "clock_not_aligned"
"""Why the movements of a leg are not taken in a night: nothing tells how its clock stands to the other leg's."""


@dataclass(frozen=True, kw_only=True)
class OnOneClock:
    """The recordings and candidates of one participant by the reference recording's clock."""

    recordings: list[NightRecording]
    candidates: pl.DataFrame
    """CANDIDATE."""
    alignment: pl.DataFrame
    """CLOCK_ALIGNMENT."""
    rejected: pl.DataFrame
    """REJECTED_CANDIDATE: those of legs that are left out."""


def on_one_clock(
    recordings: Sequence[NightRecording],
    candidates: pl.DataFrame,
    windows: pl.DataFrame,
    parameters: ClockParameters,
) -> OnOneClock:
    """Lay the clocks of all recordings over each other, so that nights, sleep and movements see one clock.

    Args:
        recordings: of one participant.
        candidates: CANDIDATE frame of all of them.
        windows: the nights, with night_date, window_start_at and window_end_at.
        parameters: such as SHARED_TURNS_2026.

    Candidates move by the line of their night; epochs, segments and non-wear by the recording's usual offset, epochs in
    whole 5 s. Where two legs share too little for a common clock, nothing may be summed over them: in that night only
    the reference leg is scored, and the other is left out of it, told in CLOCK_ALIGNMENT (``is_left_out``) and, candidate
    by candidate, in REJECTED_CANDIDATE; ``pipeline.score`` scores it for itself. Legs with hardly any candidate stay: nothing of theirs could count twice.
    """
    unchanged = OnOneClock(
        recordings=list(recordings),
        candidates=candidates,
        alignment=empty(CLOCK_ALIGNMENT),
        rejected=empty(REJECTED_CANDIDATE),
    )
    if len(recordings) < 2 or candidates.is_empty() or windows.is_empty():
        return unchanged
    placed = _with_nights(candidates, windows)
    alignment = align_clocks(placed, parameters, _activity(recordings, windows))
    if alignment.is_empty():
        return unchanged
    alignment = _with_left_out(alignment, placed, recordings, parameters)
    left_out = alignment.filter("is_left_out").select("recording_id", "night_date")
    rejected = placed.join(left_out, on=["recording_id", "night_date"], how="semi")
    kept = placed.join(
        left_out, on=["recording_id", "night_date"], how="anti", nulls_equal=True, maintain_order="left"
    )
    shifted = shift_clocks(kept, alignment).drop("night_date").sort("onset_at", maintain_order=True)
    usual = dict(
        alignment.filter("is_applied").group_by("recording_id").agg(pl.col("offset_s").median()).iter_rows()
    )
    spans = dict(windows.select("night_date", pl.struct("window_start_at", "window_end_at")).iter_rows())
    moved = []
    for recording in recordings:
        nights = left_out.filter(pl.col("recording_id") == recording.recording_id)["night_date"]
        for night_date in nights:
            recording = _without(recording, *spans[night_date].values())  # noqa: PLW2901 - cut night by night
        if recording.epochs.height:
            moved.append(_moved(recording, usual.get(recording.recording_id, 0.0)))
    return OnOneClock(
        recordings=moved,
        candidates=shifted,
        alignment=fitted(alignment, CLOCK_ALIGNMENT),
        rejected=rejected.with_columns(pl.lit(CLOCK_NOT_ALIGNED).alias("reason")).select(
            REJECTED_CANDIDATE.names()
        ),
    )


def _with_nights(candidates: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Add the night, noon to noon, that each candidate begins in; null outside of all."""
    ordered = windows.select("night_date", "window_start_at", "window_end_at").sort("window_start_at")
    return (
        candidates.sort("onset_at", maintain_order=True)
        .join_asof(ordered, left_on="onset_at", right_on="window_start_at", strategy="backward")
        .with_columns(
            pl.when(pl.col("onset_at") < pl.col("window_end_at")).then("night_date").alias("night_date")
        )
        .select(*candidates.columns, "night_date")
    )


def _activity(recordings: Sequence[NightRecording], windows: pl.DataFrame) -> dict[tuple[str, date], Floats]:
    found: dict[tuple[str, date], Floats] = {}
    nights = windows.select("night_date", pl.col("window_start_at", "window_end_at").to_physical()).rows()
    for recording in recordings:
        start_us = recording.epochs["start_at"].to_physical().to_numpy()
        values = recording.epochs["mad_mg"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        worn = recording.epochs["is_worn"].fill_null(value=False).to_numpy()
        for night_date, first_us, end_us in nights:
            inside = worn & (start_us >= first_us) & (start_us < end_us)
            if inside.any():
                laid = np.full(-(-(end_us - first_us) // (EPOCH_S * SECOND_US)), np.nan)
                laid[(start_us[inside] - first_us) // (EPOCH_S * SECOND_US)] = values[inside]
                found[recording.recording_id, night_date] = laid
    return found


def _with_left_out(
    alignment: pl.DataFrame,
    placed: pl.DataFrame,
    recordings: Sequence[NightRecording],
    parameters: ClockParameters,
) -> pl.DataFrame:
    """Mark the legs that have movements to count, and no clock in common with a reference that has some too."""
    legs = [recording.recording_id for recording in recordings if recording.is_leg]
    counts = placed.group_by("recording_id", "night_date").len()

    def counted(column: str) -> pl.DataFrame:
        return alignment.select(pl.col(column).alias("recording_id"), "night_date").join(
            counts, on=["recording_id", "night_date"], how="left", maintain_order="left"
        )

    own, other = (
        counted("recording_id")["len"].fill_null(0),
        counted("reference_recording_id")["len"].fill_null(0),
    )
    is_many = (own >= parameters.min_apart_count) & (other >= parameters.min_apart_count)
    return alignment.with_columns(
        (~pl.col("is_applied") & pl.col("recording_id").is_in(legs) & is_many).alias("is_left_out")
    )


def _without(recording: NightRecording, start_at: datetime, end_at: datetime) -> NightRecording:
    """Take [start, end) out of a recording, as if the device had not been there."""
    segments = recording.segments
    before = segments.filter(pl.col("started_at") < start_at).with_columns(
        pl.min_horizontal("ended_at", pl.lit(start_at)).alias("ended_at")
    )
    after = segments.filter(pl.col("ended_at") > end_at).with_columns(
        pl.max_horizontal("started_at", pl.lit(end_at)).alias("started_at")
    )
    return replace(
        recording,
        epochs=recording.epochs.filter(~pl.col("start_at").is_between(start_at, end_at, closed="left")),
        segments=pl.concat([before, after]).select(segments.columns).cast(segments.schema),
    )


def _moved(recording: NightRecording, offset_s: float) -> NightRecording:
    if not offset_s:
        return recording
    grid_s = round(offset_s / EPOCH_S) * EPOCH_S
    by = pl.duration(microseconds=round(offset_s * SECOND_US))
    return replace(
        recording,
        epochs=recording.epochs.with_columns(pl.col("start_at") + pl.duration(seconds=grid_s)),
        nonwear=recording.nonwear.with_columns(pl.col("started_at", "ended_at") + by),
        segments=recording.segments.with_columns(pl.col("started_at", "ended_at") + by),
        idle=None
        if recording.idle is None
        else recording.idle.with_columns(pl.col("started_at", "ended_at") + by),
    )
