"""Tables that people export from Fitbit's web page and from Strava.

Fitbit's export of an account's data as CSV holds blocks (``Body``, ``Activities``, ``Sleep`` ...), each with a header of
its own; of these the sleeps are read. Its days of activity have no bouts and are refused in words. Strava's
``activities.csv`` has one row per activity, with the moment in UTC.
"""

from dataclasses import replace

import polars as pl

from transforms.diaries.sheet import Sheet, decode, table_of, text_of
from transforms.imports.files import (
    NOBODYS,
    ImportContext,
    Imported,
    ImportFile,
    of_person,
    one_frame,
    open_table,
    person_of,
    refused,
    renamed,
    together,
)
from transforms.imports.wearables import bouts_of, sleeps_of

_FITBIT_BLOCKS = ("body", "foods", "activities", "sleep", "food log")
_FITBIT_SLEEP = {"start_time": "lights_off", "end_time": "lights_on"}
_FITBIT_DAYS = "Fitbit's days of activity hold no bouts with a start; export the account's data as JSON (exercise-0.json), or write diary/exercise.csv"
_STRAVA = {
    "activity_date": "started_at",
    "activity_type": "activity",
    "moving_time": "seconds",
    "elapsed_time": "elapsed",
}
_STRAVA_ACTIVITY = {
    "run": "running", "trail run": "trail_running", "virtual run": "running", "ride": "cycling",
    "virtual ride": "stationary_bike", "mountain bike ride": "mountain_biking", "walk": "walking", "hike": "hiking",
    "swim": "swimming", "weight training": "strength_training", "workout": "circuit_training", "rowing": "rowing_machine",
}  # fmt: skip


def recognises_fitbit_table(header: frozenset[str]) -> bool:
    """Tell Fitbit's export as CSV: its first line is the name of a block, or the header of its sleeps or days."""
    if len(header) == 1 and next(iter(header)).replace("_", " ") in _FITBIT_BLOCKS:
        return True
    return {"start_time", "end_time", "minutes_asleep"} <= header or {
        "date",
        "calories_burned",
        "steps",
    } <= header


def recognises_strava(header: frozenset[str]) -> bool:
    """Tell Strava's activities.csv."""
    return {"activity_id", "activity_date", "activity_type"} <= header


def read_fitbit_table(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read the sleeps of Fitbit's export as CSV into SLEEP_DIARY and NAP; its times are naive wall clock."""
    return together([_fitbit(file, context) for file in files])


def _fitbit(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    blocks = _blocks(open_table(file), decode(file.content()) or "")
    parts = []
    for sheet in blocks:
        if {"start_time", "end_time"} <= set(sheet.columns):
            nothing = pl.lit(None, dtype=pl.Float64)
            own = of_person(renamed(sheet, _FITBIT_SLEEP), person)
            parts.append(sleeps_of(own, context, latency_s=nothing, after_s=nothing, maker="day_first"))
        elif {"date", "calories_burned"} <= set(sheet.columns):
            parts.append(refused(file.name, _FITBIT_DAYS))
    return (
        together(parts)
        if parts
        else refused(file.name, "no block Sleep with start and end times in this export")
    )


def _blocks(whole: Sheet, text: str) -> list[Sheet]:
    """Split a file into its blocks; one without names of blocks is one table."""
    if len(whole.columns) > 1:
        return [whole]
    import csv
    import io

    lines = list(csv.reader(io.StringIO(text)))
    blocks: list[Sheet] = []
    at = 0
    while at < len(lines):
        is_name = len(lines[at]) == 1 and lines[at][0].strip().lower().replace("_", " ").startswith(
            _FITBIT_BLOCKS
        )
        if not is_name:
            at += 1
            continue
        end = next((place for place in range(at + 1, len(lines)) if not any(lines[place])), len(lines))
        if end > at + 1:
            rows = [(line + 1, lines[line]) for line in range(at + 2, end)]
            blocks.append(replace(table_of(at + 2, lines[at + 1], rows, whole.file_name), is_export=True))
        at = end
    return blocks


def read_strava(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Strava's activities into EXERCISE_BOUT; ``Activity Date`` is UTC, as Strava says of its export."""
    return together([_strava(file, context) for file in files])


def _strava(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    table = open_table(file)
    if not table.columns:
        return refused(
            file.name,
            "Strava's table names a column twice; keep Activity Date, Activity Type and Elapsed Time",
        )
    sheet = of_person(renamed(table, _STRAVA), person)
    seconds = pl.coalesce(text_of(sheet, "seconds"), text_of(sheet, "elapsed")).str.replace(",", ".")
    known = text_of(sheet, "activity").str.to_lowercase().replace(_STRAVA_ACTIVITY)
    rows = sheet.rows.with_columns(
        known.alias("activity"),
        (seconds.cast(pl.Float64, strict=False) / 60).cast(pl.String).alias("duration_min"),
        text_of(sheet, "started_at").str.replace(r"([0-9AaPpMm])$", "${1}Z").alias("started_at"),
    )
    return one_frame(
        "exercise_bout",
        bouts_of(replace(sheet, rows=rows, columns=(*sheet.columns, "duration_min")), context),
    )
