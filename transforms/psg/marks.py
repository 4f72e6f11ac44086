"""From the marks of one file to SCORED_EVENT: time, meaning, and what could not be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from transforms.clock import SECOND_US, local_to_utc, night_date_of
from transforms.diaries.sheet import shown
from transforms.errors import InputError
from transforms.psg.labels import Meaning, with_meaning
from transforms.schema import INSTANT, REJECTED_ENTRY, SCORED_EVENT

MARK = pl.Schema(
    {
        "line_number": pl.Int64,  # of the file, or the ordinal of the mark where the file has no lines
        "label": pl.String,
        "channel": pl.String,
        "onset_us": pl.Int64,  # after the start of the recording
        "duration_us": pl.Int64,
    }
)
"""One mark as a reader finds it."""


_REPEATED = 5  # marks of one label: a word of the laboratory and not a remark


@dataclass(frozen=True, kw_only=True)
class Source:
    """Whose file it is. File names are part of messages: they should be the study's, not the laboratory's."""

    participant_id: str
    time_zone: str
    scorer: str
    file_name: str
    further_labels: Mapping[str, Meaning] = field(default_factory=dict)
    """The laboratory's own labels, with kind of event and side."""
    started_at: datetime | None = None
    """Instant of the recording's start, where the file has none or a masked one; it wins over the file's."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What one file says."""

    events: pl.DataFrame
    """SCORED_EVENT."""
    rejected: pl.DataFrame
    """REJECTED_ENTRY."""


def rejected_entries(
    source: Source, lines: Sequence[int | None], column: str | None, reasons: Sequence[str]
) -> pl.DataFrame:
    """Return rows of REJECTED_ENTRY without repeating what the file says."""
    return pl.DataFrame(
        {"line_number": list(lines), "reason": list(reasons)},
        schema={"line_number": pl.Int64, "reason": pl.String},
    ).select(
        pl.lit(source.file_name).alias("file_name"),
        "line_number",
        pl.lit(column, dtype=pl.String).alias("column_name"),
        pl.lit(None, dtype=pl.String).alias("value"),
        "reason",
    )


def start_of(local: datetime, source: Source) -> datetime:
    """Return the instant of a recording's start by its clock; the clock then runs on without clock changes.

    Raises InputError when the clocks were set forward over that time.
    """
    instant = pl.select(local_to_utc(pl.lit(local).cast(pl.Datetime("us")), source.time_zone)).item()
    if instant is None:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): starts at {local:%Y-%m-%d %H:%M:%S}, which did not exist in"
            f" {source.time_zone}; correct the time zone of the participant",
            reason_code="impossible_time",
        )
    start: datetime = instant
    return start


def scored_events(marks: pl.DataFrame, start: datetime, source: Source, rejected: pl.DataFrame) -> Marks:
    """Turn the marks (schema MARK) of one file into SCORED_EVENT.

    Onset and duration are exact to the microsecond. A mark with an unknown label is not used: of each such label one
    entry is rejected, with the number of marks; the label is told only where it is repeated, since a single note can
    be a name. A mark without onset, or with a negative duration, is rejected by
    itself; a stage or other mark without a duration lasts until the next stage for a stage, and 0 s otherwise.
    """
    told = with_meaning(marks, source.further_labels)
    unknown = (
        told.filter(pl.col("event").is_null())
        .group_by("label")
        .agg(pl.len(), pl.col("line_number").min())
        .sort("line_number")
        .select(
            pl.lit(source.file_name).alias("file_name"),
            "line_number",
            pl.lit("event").alias("column_name"),
            pl.when(pl.col("len") >= _REPEATED)
            .then(shown(pl.col("label")))
            .otherwise(pl.lit("(withheld)"))
            .alias("value"),
            pl.format("label not known, {} marks not used", "len").alias("reason"),
        )
    )
    known = told.filter(pl.col("event").is_not_null())
    is_wrong = pl.col("onset_us").is_null() | (pl.col("duration_us") < 0).fill_null(value=False)
    lines = known.filter(is_wrong)["line_number"].to_list()
    wrong = rejected_entries(
        source, lines, "onset", ["no time that can be read, or an end before its start"] * len(lines)
    )
    good = known.filter(~is_wrong).sort("onset_us", "line_number")
    is_stage = pl.col("event").cast(pl.String).str.starts_with("stage_")
    stages, others = good.filter(is_stage), good.filter(~is_stage)
    next_onset = pl.col("onset_us").shift(-1)
    stages = stages.with_columns(pl.coalesce("duration_us", next_onset - pl.col("onset_us")))
    good = pl.concat([stages, others]).with_columns(pl.col("duration_us").fill_null(0))
    at = pl.lit(start).cast(INSTANT)
    events = (
        good.with_columns(
            pl.lit(source.participant_id).alias("participant_id"),
            pl.lit(source.scorer).alias("scorer"),
            (at + pl.duration(microseconds="onset_us")).alias("onset_at"),
            (at + pl.duration(microseconds=pl.col("onset_us") + pl.col("duration_us"))).alias("offset_at"),
            pl.Series("duration_s", good["duration_us"].to_numpy() / SECOND_US),
        )
        .with_columns(night_date_of(pl.col("onset_at"), source.time_zone).alias("night_date"))
        .sort("onset_at", "event", "side", "offset_at")
        .select(pl.col(name).cast(dtype) for name, dtype in SCORED_EVENT.items())
    )
    return Marks(
        events=events, rejected=pl.concat([rejected, unknown, wrong]).match_to_schema(REJECTED_ENTRY)
    )
