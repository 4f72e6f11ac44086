"""What ``legjumps check`` tells of psg/: each file, what it is, whose it is, when it was recorded, and what is not taken.

The screen shows names as they are on disk, beside those that the store will use.
"""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows.settings import StudySettings
from flows.stages.psg_files import (
    Sleeper,
    event_lists,
    find_sleepers,
    loose_files,
    neutral_names,
    read_files,
    starts_without_file,
)
from transforms.diaries.identity import People
from transforms.psg.marks import Marks
from transforms.psg.participant import Polysomnography
from transforms.psg.scored_events_csv import read_scored_events

COLUMNS = [
    "polysomnography",
    "participant",
    "kind",
    "start",
    "hours",
    "legs",
    "marks",
    "not taken",
    "in the store",
    "verdict",
]
_SPAN = pl.Schema(
    {
        "participant_id": pl.String(),
        "started_at": pl.Datetime("us", "UTC"),
        "ended_at": pl.Datetime("us", "UTC"),
    }
)
Line = tuple[dict[str, str], list[tuple[str, datetime, datetime]]]
"""What is shown of one file, and the span that it covers, if any."""


def look_at_polysomnography(
    settings: StudySettings, participants: pl.DataFrame
) -> tuple[list[dict[str, str]], pl.DataFrame]:
    """Return one line (COLUMNS) per file below psg/, and the spans of time that they cover by participant.

    ``participants`` are the rows of participants.csv (PARTICIPANT). Nothing is written, and leg channels are not searched.
    """
    rows: list[dict[str, str]] = []
    spans: list[tuple[str, datetime, datetime]] = []
    known = set(participants["participant_id"])
    sleepers = find_sleepers(settings, participants)
    for sleeper in sleepers:
        _, read = read_files(sleeper, settings, is_searched=False)
        for row, span in _lines(
            settings, sleeper, read, is_listed=not known or sleeper.participant_id in known
        ):
            rows.append(row)
            spans += span
    for path, name in loose_files(settings):
        rows.append(
            {
                "polysomnography": _shown(settings, path),
                "in the store": name,
                "verdict": "belongs to no participant",
            }
        )
    people = People(participants=participants, default_time_zone=settings.time_zone)
    for path in event_lists(settings):
        marks = read_scored_events(path.read_bytes(), _shown(settings, path), people)
        rows.append(_list_row(_shown(settings, path), marks))
        of_nights = marks.events.group_by("participant_id", "night_date").agg(
            pl.col("onset_at").min(), pl.col("offset_at").max()
        )
        spans += of_nights.drop("night_date").rows()
    rows += [
        {"polysomnography": "study.toml", "verdict": row["reason"]}
        for row in starts_without_file(settings, sleepers).to_dicts()
    ]
    return rows, pl.DataFrame(spans, schema=_SPAN, orient="row")


def _lines(
    settings: StudySettings, sleeper: Sleeper, read: Polysomnography, *, is_listed: bool
) -> list[Line]:
    lines: list[Line] = []
    refused = dict(read.rejected_entries.group_by("file_name").len().iter_rows())
    for path, name in zip(sleeper.paths, neutral_names(sleeper), strict=True):
        row = {
            "polysomnography": _shown(settings, path),
            "participant": sleeper.participant_id,
            "in the store": name,
        }
        glance = read.files.get(name)
        if glance is None:
            lines.append((row | {"verdict": str(read.refused[name])}, []))
            continue
        start, end = glance.started_at, glance.ended_at
        row |= {
            "kind": glance.kind,
            "legs": ", ".join(glance.leg_channels),
            "marks": str(glance.mark_count),
            "not taken": str(refused.get(name, 0)),
            "verdict": "ok" if is_listed else "ok; not in participants.csv",
        }
        if start is None or end is None:
            lines.append((row, []))
            continue
        row |= _times(start, end)
        if end <= start and not glance.mark_count:
            row["verdict"] = (
                "holds neither a data record nor a mark: stopped before it began, or not copied to its end"
            )
            lines.append((row, []))
            continue
        lines.append((row, [(sleeper.participant_id, start, end)]))
    return lines


def _list_row(shown: str, marks: Marks) -> dict[str, str]:
    events = marks.events
    row = {
        "polysomnography": shown,
        "participant": f"{events['participant_id'].n_unique()} in all",
        "kind": "list",
        "marks": str(events.height),
        "not taken": str(marks.rejected.height),
        "in the store": shown,
        "verdict": "ok",
    }
    if not events.height:
        return row
    start, end = events.select(pl.col("onset_at").min(), pl.col("offset_at").max()).row(0)
    return row | _times(start, end)


def _times(start: datetime, end: datetime) -> dict[str, str]:
    return {
        "start": f"{start.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "hours": f"{(end - start).total_seconds() / 3600:.2f}",
    }


def _shown(settings: StudySettings, path: Path) -> str:
    return path.relative_to(settings.folder).as_posix()
