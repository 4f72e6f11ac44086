"""What links and what does not, before anything is computed."""

from datetime import timedelta

import polars as pl

from transforms.diaries.identity import NO_SUCH_PARTICIPANT
from transforms.diaries.study_diaries import Diaries

LINKING_REPORT = pl.Schema(
    {
        "finding": pl.String,
        "participant_id": pl.String,
        "dataset": pl.String,
        "first_date": pl.Date,
        "count": pl.Int64,
    }
)
"""One row per finding, participant and dataset."""

_SHIFTED = "the times lie in the night of"
_MOMENTS = {
    "sleep_diary": ("night_date", "lights_off_at"),
    "caffeine_intake": ("logged_date", "taken_at"),
    "exercise_bout": ("logged_date", "started_at"),
    "stress_rating": ("logged_date", "rated_at"),
    "nutrient_day": ("logged_date", None),
    "medication_use": ("start_date", "taken_at"),
    "daytime_rating": ("logged_date", None),
}


def linking_report(participants: pl.DataFrame, recordings: pl.DataFrame, diaries: Diaries) -> pl.DataFrame:
    """Tell what does not fit together.

    Args:
        participants: PARTICIPANT.
        recordings: participant_id, started_at, ended_at of each device file; may be empty before ingestion.
        diaries: what was read.

    Returns:
        LINKING_REPORT with the findings ``participant_without_diary``, ``participant_without_recording``,
        ``diary_without_participant`` (the id as written, one row per file), ``outside_any_recording`` (days more than
        one day away from every recording of the participant) and ``shifted_by_a_day`` (nights whose date and times
        disagree, by file; ``first_date`` is the first night by its times).
    """
    ids = participants.select("participant_id").unique()
    in_diaries = pl.concat([frame.select("participant_id") for frame in diaries.entries().values()]).unique()
    parts = [
        _people("participant_without_diary", ids.join(in_diaries, on="participant_id", how="anti")),
        _people(
            "participant_without_recording",
            ids.join(recordings.select("participant_id"), on="participant_id", how="anti")
            if recordings.height
            else ids.clear(),
        ),
        _from_rejected("diary_without_participant", diaries.rejected_entry, NO_SUCH_PARTICIPANT, is_id=True),
        _outside(recordings, diaries),
        _from_rejected("shifted_by_a_day", diaries.rejected_entry, _SHIFTED, is_id=False),
    ]
    return pl.concat(parts).sort("finding", "participant_id", "dataset", nulls_last=True)


def _people(finding: str, ids: pl.DataFrame) -> pl.DataFrame:
    return ids.select(
        pl.lit(finding).alias("finding"),
        "participant_id",
        pl.lit(None, dtype=pl.String).alias("dataset"),
        pl.lit(None, dtype=pl.Date).alias("first_date"),
        pl.lit(1, dtype=pl.Int64).alias("count"),
    )


def _from_rejected(finding: str, rejected: pl.DataFrame, reason: str, *, is_id: bool) -> pl.DataFrame:
    written = pl.col("value") if is_id else pl.lit(None, dtype=pl.String)
    return (
        rejected.filter(pl.col("reason").str.starts_with(reason))
        .group_by(pl.col("file_name").alias("dataset"), written.alias("participant_id"))
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            # the night that the reason names, where it names one
            pl.col("reason")
            .str.extract(rf"^{_SHIFTED} (\d{{4}}-\d{{2}}-\d{{2}})")
            .str.to_date()
            .min()
            .alias("first_date"),
        )
        .select(pl.lit(finding).alias("finding"), "participant_id", "dataset", "first_date", "count")
    )


def _outside(recordings: pl.DataFrame, diaries: Diaries) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=LINKING_REPORT)]
    if recordings.is_empty():
        return parts[0]
    spans = recordings.select(
        "participant_id",
        (pl.col("started_at") - timedelta(days=1)).alias("__from"),
        (pl.col("ended_at") + timedelta(days=1)).alias("__to"),
    ).drop_nulls()
    for dataset, (day, moment) in _MOMENTS.items():
        frame = diaries.entries()[dataset]
        noon = pl.col(day).cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + pl.duration(hours=12)
        at = pl.coalesce(pl.col(moment), noon) if moment else noon
        days = (
            frame.select("participant_id", at.alias("__at"))
            .drop_nulls()
            .unique()
            .with_row_index("__row")
            .join(recordings.select("participant_id").unique(), on="participant_id", how="semi")
        )
        inside = days.join(spans, on="participant_id").filter(
            pl.col("__at").is_between("__from", "__to", closed="left")
        )
        parts.append(
            days.join(inside.select("__row").unique(), on="__row", how="anti")
            .group_by("participant_id")
            .agg(pl.col("__at").dt.date().min().alias("first_date"), pl.len().cast(pl.Int64).alias("count"))
            .select(
                pl.lit("outside_any_recording").alias("finding"),
                "participant_id",
                pl.lit(dataset).alias("dataset"),
                "first_date",
                "count",
            )
        )
    return pl.concat(parts)
