"""Tables that people export from Fitbit's web page and from Strava.

Fitbit's export of an account's data as CSV holds blocks (``Body``, ``Activities``, ``Sleep`` ...), each with a header of
its own; of these the sleeps are read. Its days of activity have no bouts and are refused in words. The newer archive has
``UserSleeps_*.csv``, in UTC with the offset of the wall beside it. Garmin's four weeks of nights have a bedtime and a time
of waking. Strava's ``activities.csv`` has one row per activity, with the moment in UTC, and names some columns twice.
"""

import csv
import io
from dataclasses import replace

import polars as pl

from transforms.diaries.entries import finish_entries
from transforms.diaries.identity import read_person
from transforms.diaries.moments import with_moment
from transforms.diaries.reference import words
from transforms.diaries.sheet import Sheet, cell_of, decode, table_of, text_of
from transforms.diaries.sleep import read_nights
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
from transforms.schema import SLEEP_DIARY

_FITBIT_BLOCKS = ("body", "foods", "activities", "sleep", "food log")
_FITBIT_SLEEP = {"start_time": "lights_off", "end_time": "lights_on"}
_FITBIT_DAYS = "Fitbit's days of activity hold no bouts with a start; export the account's data as JSON (exercise-0.json), or write diary/exercise.csv"
_FITBIT_ARCHIVE = {
    "sleep_start": "lights_off",
    "sleep_end": "lights_on",
    "minutes_to_fall_asleep": "latency_min",
    "minutes_after_wake_up": "after_min",
}
_GARMIN_NIGHT = "sleep_score_4_weeks"
"""What Garmin calls the column of the dates."""
_GARMIN_NIGHTS = {_GARMIN_NIGHT: "morning", "bedtime": "sleep_onset", "wake_time": "sleep_end"}
_STRAVA_ACTIVITY = {
    "run": "running", "trail run": "trail_running", "virtual run": "running", "ride": "cycling",
    "virtual ride": "stationary_bike", "mountain bike ride": "mountain_biking", "walk": "walking", "hike": "hiking",
    "e-bike ride": "cycling", "lauf": "running", "radfahrt": "cycling", "spaziergang": "walking", "wanderung": "hiking",
    "schwimmen": "swimming", "krafttraining": "strength_training",
    "swim": "swimming", "weight training": "strength_training", "workout": "circuit_training", "rowing": "rowing_machine",
}  # fmt: skip


def recognises_fitbit_table(header: frozenset[str]) -> bool:
    """Tell Fitbit's export as CSV: its first line is the name of a block, or the header of its sleeps or days."""
    if len(header) == 1 and next(iter(header)).replace("_", " ") in _FITBIT_BLOCKS:
        return True
    tables = (
        {"start_time", "end_time", "minutes_asleep"},
        {"date", "calories_burned", "steps"},
        set(_FITBIT_ARCHIVE),
    )
    return any(table <= header for table in tables)


def recognises_strava(header: frozenset[str]) -> bool:
    """Tell Strava's activities.csv, in English or German."""
    names = words("strava_header")
    return {"activity_id", "started_at", "activity"} <= {names[name] for name in header if name in names}


def recognises_garmin_nights(header: frozenset[str]) -> bool:
    """Tell Garmin Connect's table of nights (four weeks of sleep scores)."""
    return _GARMIN_NIGHT in header and {"bedtime", "wake_time"} <= header


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
        if set(_FITBIT_ARCHIVE) <= set(sheet.columns):
            parts.append(_fitbit_archive(sheet, person, context))
        elif {"start_time", "end_time"} <= set(sheet.columns):
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


def _fitbit_archive(sheet: Sheet, person: str, context: ImportContext) -> Imported:
    """Read the sleeps of the newer archive; a moment in UTC is written with the offset of the wall that it was lived by."""

    def on_the_wall(moment: str, offset: str) -> pl.Expr:
        utc = (
            cell_of(sheet, moment).str.strip_chars().str.replace(r"(Z|[+-]00:?00)$", "").str.replace(" ", "T")
        )
        at = utc.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False)
        part = cell_of(sheet, offset).str.extract_groups(r"^([+-])(\d{2}):?(\d{2})")
        minutes = part.struct.field("2").cast(pl.Int64) * 60 + part.struct.field("3").cast(pl.Int64)
        signed = pl.when(part.struct.field("1") == "-").then(-minutes).otherwise(minutes)
        wall = (at + pl.duration(minutes=signed)).dt.to_string("%Y-%m-%dT%H:%M:%S") + pl.col(offset)
        return pl.coalesce(wall, pl.col(moment)).alias(moment)

    walls = [
        on_the_wall(moment, offset)
        for moment, offset in (("sleep_start", "start_utc_offset"), ("sleep_end", "end_utc_offset"))
        if sheet.has(offset)
    ]
    own = of_person(renamed(replace(sheet, rows=sheet.rows.with_columns(walls)), _FITBIT_ARCHIVE), person)
    latency, after = (
        text_of(own, name).cast(pl.Float64, strict=False) * 60 for name in ("latency_min", "after_min")
    )
    return sleeps_of(own, context, latency_s=latency, after_s=after)


def read_garmin_nights(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Garmin Connect's table of nights into SLEEP_DIARY; its date is that of the morning."""
    return together([_garmin_nights(file, context) for file in files])


def _garmin_nights(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    sheet = of_person(renamed(open_table(file), _GARMIN_NIGHTS), person)
    dated = with_moment(sheet.rows, text_of(sheet, "morning"), "__", "month_first")
    evening = (pl.col("__date") - pl.duration(days=1)).dt.to_string("%Y-%m-%d")
    night = pl.when(pl.col("__unread").is_null()).then(evening).otherwise(pl.col("morning"))
    worn = text_of(sheet, "sleep_onset").is_not_null() | text_of(sheet, "sleep_end").is_not_null()
    rows = dated.filter(worn).with_columns(night.alias("night_date"))
    sheet = replace(sheet, rows=rows, columns=(*sheet.columns, "night_date"))
    read = read_nights(read_person(sheet, context.people), context.parameters.sleep_diary)
    return one_frame("sleep_diary", finish_entries(read, SLEEP_DIARY))


def _blocks(whole: Sheet, text: str) -> list[Sheet]:
    """Split a file into its blocks; one without names of blocks is one table."""
    if len(whole.columns) > 1:
        return [whole]
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
            table = table_of(at + 2, lines[at + 1], rows, whole.file_name)
            blocks.append(replace(table, is_export=True, delivery=whole.delivery))
        at = end
    columns = [column for block in blocks for column in block.columns]
    whole.delivery.deliver(columns, sum(block.rows.height for block in blocks))
    return blocks


def read_strava(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Strava's activities into EXERCISE_BOUT; ``Activity Date`` is UTC, as Strava says of its export."""
    return together([_strava(file, context) for file in files])


def _strava(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    # the last of the columns of one name is in seconds, the first as the page shows it
    table = open_table(file, may_repeat=True)
    names = {name.partition("__")[0]: name for name in table.columns}
    ours = {names[word]: our for word, our in words("strava_header").items() if word in names}
    sheet = of_person(renamed(table, ours), person)
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
