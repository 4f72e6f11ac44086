"""Garmin, Fitbit and Oura: bouts of exercise and nights, as their exports write them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from transforms.clock import MINUTE_US, SECOND_US
from transforms.diaries.activity import refuse_empty_bouts, weigh_bouts
from transforms.diaries.entries import finish_entries, read_instant, read_quantity, with_typed
from transforms.diaries.identity import read_person
from transforms.diaries.moments import Maker
from transforms.diaries.reference import words
from transforms.diaries.sheet import Sheet, finish, refuse_rows, rejected_rows, text_of
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
from transforms.imports.records import load_json, records_in, records_of, sheet_of
from transforms.imports.worn_sleep import SLEEP, nights_and_naps
from transforms.schema import EXERCISE_BOUT

_GARMIN_ACTIVITY = {
    "indoor-cycling": "stationary_bike", "indoor-radfahren": "stationary_bike", "pool swimming": "swimming",
    "treadmill running": "running", "indoor running": "running", "track running": "running",
    "virtual run": "running", "virtual ride": "stationary_bike", "lap swimming": "swimming", "street running": "running",
    "indoor cycling": "stationary_bike", "virtual cycling": "stationary_bike", "indoor rowing": "rowing_machine",
}  # fmt: skip
_GARMIN_SLEEP = {"sleepStartTimestampGMT": "lights_off", "sleepEndTimestampGMT": "lights_on"}
_GARMIN_BOUT = {"activityType": "activity", "beginTimestamp": "started_at", "duration": "duration_min"}
_GARMIN_WRAPPER = "summarizedActivitiesExport"
_FITBIT_SLEEP = {
    "startTime": "lights_off",
    "endTime": "lights_on",
    "duration": "length_ms",
    "minutesToFallAsleep": "latency_min",
    "minutesAfterWakeup": "after_min",
}
_FITBIT_EXERCISE = {
    "activityName": "activity",
    "startTime": "started_at",
    "activeDuration": "duration_ms",
    "duration": "duration_ms",
}
_OURA_SLEEP = {
    "bedtime_start": "lights_off",
    "bedtime_end": "lights_on",
    "latency": "latency_s",
    "onset_latency": "latency_s",
    "type": "type",
}
_OURA_SLEEPS = ("long_sleep", "sleep", "late_nap", "nap")
_OURA_NAPS = ("late_nap", "nap")
_OURA_TABLE = {**_OURA_SLEEP, "sleep_latency": "latency_s"}
_OURA_COLUMNS = frozenset(("sleep_phase_5_min", "movement_30_sec", "total_sleep_duration", "total_sleep_time", "sleep_score", "total_bedtime"))  # fmt: skip
_OURA_WORKOUT = {
    "activity": "activity",
    "intensity": "intensity",
    "start_datetime": "started_at",
    "end_datetime": "ended",
}
_OURA_INTENSITY = {"easy": "light", "moderate": "moderate", "hard": "vigorous"}
_FITBIT_ACTIVITY = {
    "walk": "walking",
    "run": "running",
    "bike": "cycling",
    "outdoor bike": "cycling",
    "workout": "circuit_training",
}


def recognises_garmin(header: frozenset[str]) -> bool:
    """Tell Garmin Connect's Activities.csv, in English, German, French, Spanish or Dutch."""
    names = words("garmin_header")
    ours = {names[name] for name in header if name in names}
    return {"activity", "started_at", "title", "heart"} <= ours and bool({"clock", "clock_elapsed"} & ours)


def recognises_garmin_sleep(content: Any) -> bool:
    """Tell the nights of Garmin's account archive (..._sleepData.json)."""
    return any(set(_GARMIN_SLEEP) <= set(record) for record in records_in(content) or [])


def read_garmin(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Activities.csv into EXERCISE_BOUT; its times are the watch's wall clock."""
    return together([_garmin(file, context) for file in files])


def read_garmin_sleep(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Garmin's nights into SLEEP_DIARY: when sleep began and ended, in UTC; bed times are not known."""
    return together([_garmin_sleep(file, context) for file in files])


def _garmin_sleep(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    delivered = records_of(file)
    records = [
        {name: _as_utc(record.get(name)) for name in _GARMIN_SLEEP}
        for record in delivered
        if any(record.get(name) is not None for name in _GARMIN_SLEEP)
    ]
    sheet = of_person(sheet_of(file, records, _GARMIN_SLEEP), person)
    nothing = pl.lit(None, dtype=pl.Float64)
    parts = [sleeps_of(sheet, context, latency_s=nothing, after_s=nothing, has_bed=False)]
    if without := len(delivered) - len(records):
        parts.append(
            refused(file.name, f"{without} days without a sleep window (the watch was not worn) are left out")
        )
    return together(parts)


def recognises_garmin_bouts(content: Any) -> bool:
    """Tell the activities of Garmin's account archive (..._summarizedActivities.json)."""
    return any(
        {"activityType", "beginTimestamp", "duration"} <= set(record) for record in _garmin_bouts(content)
    )


def _garmin_bouts(content: Any) -> list[Mapping[str, Any]]:
    """Return the activities, which the archive wraps once more in a list of one record."""
    return [
        record
        for chunk in records_in(content, _GARMIN_WRAPPER) or []
        for record in records_in(chunk, _GARMIN_WRAPPER) or []
    ]


def read_garmin_bouts(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read the activities of Garmin's archive into EXERCISE_BOUT: begin in milliseconds of UTC, length in milliseconds."""
    return together([_garmin_archive(file, context) for file in files])


def _garmin_archive(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    delivered = _garmin_bouts(load_json(file))
    file.delivery.deliver((key for record in delivered for key in record), len(delivered))
    records = [
        {
            "activityType": str(record.get("activityType", "")).replace("_", " "),
            "beginTimestamp": _as_utc(_whole(record.get("beginTimestamp"))),
            "duration": _minutes(record.get("duration")),
        }
        for record in delivered
    ]
    sheet = of_person(sheet_of(file, records, _GARMIN_BOUT), person)
    known = pl.col("activity").replace(_GARMIN_ACTIVITY)
    return one_frame(
        "exercise_bout",
        bouts_of(replace(sheet, rows=sheet.rows.with_columns(known.alias("activity"))), context),
    )


def _whole(number: object) -> object:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _minutes(milliseconds: object) -> object:
    return milliseconds / 60_000 if isinstance(milliseconds, (int, float)) else milliseconds


def _as_utc(stamp: object) -> object:
    """Say of a stamp in GMT that it is; some archives write it without, some with, some as milliseconds."""
    if isinstance(stamp, int):
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=stamp)).isoformat()
    return f"{stamp}Z" if isinstance(stamp, str) and re.fullmatch(r"[\d:T .-]+", stamp) else stamp


def _garmin(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    sheet = of_person(renamed(open_table(file), words("garmin_header")), person)
    clock = pl.coalesce(text_of(sheet, "clock"), text_of(sheet, "clock_elapsed"))
    sheet = _with_text(sheet, "duration_min", _clock_as_minutes(clock))
    known = pl.col("activity").str.strip_chars().str.to_lowercase().replace(_GARMIN_ACTIVITY)
    sheet = replace(sheet, rows=sheet.rows.with_columns(known.alias("activity")))
    return one_frame("exercise_bout", bouts_of(sheet, context))


def recognises_fitbit(content: Any) -> bool:
    """Tell Fitbit's sleep-*.json and exercise-*.json, from the account's archive or the API."""
    records = records_in(content, "sleep", "activities") or []
    return bool(records) and "logId" in records[0] and bool({"dateOfSleep", "activityName"} & set(records[0]))


def read_fitbit(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Fitbit's logs into SLEEP_DIARY, NAP and EXERCISE_BOUT; its times are naive wall clock.

    The end of a sleep is its begin plus its ``duration``: the written end is the begin's clock carried on, an hour
    wrong over a change of the clocks; where they contradict each other it is told. Of a log only this, the minutes
    until sleep and the minutes after waking are used: ``shortData`` overlaps ``data``. Which sleep is the night and
    which a nap is judged as for every maker (``worn_sleep``), not by ``mainSleep``.
    """
    return together([_fitbit(file, context) for file in files])


def _fitbit(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    records = records_of(file, "sleep", "activities")
    sleeps = [r for r in records if "dateOfSleep" in r]
    bouts = [r for r in records if "activityName" in r]
    nights = of_person(sheet_of(file, sleeps, _FITBIT_SLEEP), person)
    latency = text_of(nights, "latency_min").cast(pl.Float64, strict=False) * 60
    after = text_of(nights, "after_min").cast(pl.Float64, strict=False) * 60
    length = text_of(nights, "length_ms").cast(pl.Float64, strict=False) / 1000
    exercise = of_person(sheet_of(file, bouts, _FITBIT_EXERCISE), person)
    exercise = _with_text(
        exercise,
        "duration_min",
        (text_of(exercise, "duration_ms").cast(pl.Float64, strict=False) / 60_000).cast(pl.String),
    )
    known = pl.col("activity").str.to_lowercase().replace(_FITBIT_ACTIVITY)
    exercise = replace(exercise, rows=exercise.rows.with_columns(known.alias("activity")))
    return together(
        [
            sleeps_of(nights, context, latency_s=latency, after_s=after, length_s=length),
            one_frame("exercise_bout", bouts_of(exercise, context, maker_is_us=True)),
        ]
    )


def recognises_oura(content: Any) -> bool:
    """Tell Oura's sleep periods, workouts and tags."""
    records = records_in(content, "data", "sleep", "workout", "enhanced_tag") or []
    return bool(records) and any(
        keys <= set(records[0])
        for keys in (
            {"bedtime_start", "bedtime_end"},
            {"start_datetime", "intensity"},
            {"tag_type_code", "start_time"},
        )
    )


def recognises_oura_table(header: frozenset[str]) -> bool:
    """Tell Oura's sleep periods as a table: one of the account's archive, or the trends of its web page."""
    return {"bedtime_start", "bedtime_end"} <= header and bool(_OURA_COLUMNS & header)


def read_oura_table(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Oura's nights from tables into SLEEP_DIARY."""
    return together([_oura_table(file, context) for file in files])


def _oura_table(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    sheet = of_person(renamed(open_table(file), _OURA_TABLE), person)
    # days without the ring have neither time
    has_night = text_of(sheet, "lights_off").is_not_null() | text_of(sheet, "lights_on").is_not_null()
    return _oura_sleeps(replace(sheet, rows=sheet.rows.filter(has_night)), context)


def _oura_sleeps(sheet: Sheet, context: ImportContext) -> Imported:
    """Read sleep periods; ``rest`` and ``deleted`` are no sleep in Oura's own words."""
    kind = text_of(sheet, "type").fill_null("long_sleep")
    is_sleep = kind.is_in(_OURA_SLEEPS)
    asleep = replace(sheet, rows=sheet.rows.filter(is_sleep))
    latency = text_of(asleep, "latency_s").cast(pl.Float64, strict=False)
    nothing = pl.lit(None, dtype=pl.Float64)
    parts = [sleeps_of(asleep, context, latency_s=latency, after_s=nothing, is_nap=kind.is_in(_OURA_NAPS))]
    if left_out := sheet.rows.height - asleep.rows.height:
        parts.append(
            refused(sheet.file_name, f"{left_out} periods are left out: Oura calls them rest or deleted")
        )
    return together(parts)


def read_oura(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Oura's sleep periods, workouts and caffeine tags; times carry their offset.

    A tag says that there was caffeine, not how much: it is told and not taken.
    """
    return together([_oura(file, context) for file in files])


def _oura(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    records = records_of(file, "data", "sleep", "workout", "enhanced_tag")
    sleeps = [r for r in records if "bedtime_start" in r]
    workouts = [r for r in records if "start_datetime" in r]
    nights = of_person(sheet_of(file, sleeps, _OURA_SLEEP), person)
    exercise = _with_length(of_person(sheet_of(file, workouts, _OURA_WORKOUT), person))
    file.delivery.ask("tag_type_code")
    tags = sum(
        "caffeine" in str(r.get("tag_type_code", "")) or "coffee" in str(r.get("tag_type_code", ""))
        for r in records
    )
    parts = [
        _oura_sleeps(nights, context),
        one_frame("exercise_bout", bouts_of(exercise, context)),
    ]
    if tags:
        parts.append(
            refused(file.name, f"{tags} tags of caffeine name no amount; write doses in diary/caffeine.csv")
        )
    return together(parts)


def _with_length(sheet: Sheet) -> Sheet:
    """Add duration_min of workouts with a begin and an end, and say their intensity in our words."""
    begin, end = (
        text_of(sheet, name).str.to_datetime(time_zone="UTC", strict=False)
        for name in ("started_at", "ended")
    )
    intensity = text_of(sheet, "intensity").str.to_lowercase()
    rows = sheet.rows.with_columns(
        intensity.replace_strict(_OURA_INTENSITY, default=None, return_dtype=pl.String).alias("intensity")
    )
    minutes = (end - begin).dt.total_microseconds() / MINUTE_US
    return _with_text(replace(sheet, rows=rows), "duration_min", minutes.cast(pl.String))


def sleeps_of(
    sheet: Sheet,
    context: ImportContext,
    *,
    latency_s: pl.Expr,
    after_s: pl.Expr,
    length_s: pl.Expr | None = None,
    is_nap: pl.Expr | None = None,
    has_bed: bool = True,
    maker: Maker | None = None,
) -> Imported:
    """Read begin and end of sleeps, and judge nights and naps.

    Sleep lies between the latency after the begin and the minutes before the end. ``length_s`` is the maker's own
    length of the sleep: where it is known the end follows from it.
    """
    length = pl.lit(None, dtype=pl.Float64) if length_s is None else length_s
    nap = pl.lit(value=False) if is_nap is None else is_nap
    columns = (
        latency_s.alias("__latency"),
        after_s.alias("__after"),
        length.alias("__length"),
        nap.alias("__nap"),
    )
    sheet = read_person(replace(sheet, rows=sheet.rows.with_columns(columns)), context.people)
    sheet = read_instant(sheet, "lights_off", name="begin_at", is_required=True, maker=maker)
    written = read_instant(sheet, "lights_on", name="end_at", day="end_date", maker=maker)
    end = pl.coalesce(
        pl.col("typed_begin_at")
        + pl.duration(microseconds=(pl.col("__length") * SECOND_US).round().cast(pl.Int64)),
        "typed_end_at",
    )
    rows = written.rows.with_columns(
        end.alias("typed_end_at"), (end - pl.col("typed_end_at")).dt.total_seconds().alias("__off_s")
    )
    sheet = replace(written, rows=rows)
    unlike = (pl.col("__off_s").abs() >= 60) & ~pl.col("is_refused")
    told = rows.filter(unlike.fill_null(value=False)).select(
        "line_number",
        pl.format(
            "begin, end and duration contradict each other by {} min (a change of the clocks?); the duration counts",
            (pl.col("__off_s").abs() / 60).round().cast(pl.Int64),
        ).alias("reason"),
    )
    wrong = (
        pl.when(pl.col("typed_end_at").is_null())
        .then(pl.lit("a sleep without its two times"))
        .when(pl.col("typed_end_at") <= pl.col("typed_begin_at"))
        .then(pl.lit("a sleep that ends before it begins"))
    )
    sheet = refuse_rows(sheet, wrong, "lights_on", is_consequence=True)
    onset = pl.col("typed_begin_at") + pl.duration(seconds=pl.col("__latency"))
    woke = pl.col("typed_end_at") - pl.duration(seconds=pl.col("__after"))
    known = pl.lit(value=has_bed)
    sheet = with_typed(
        sheet,
        # where the bed is known, a sleep whose latency is not has no onset of its own
        sleep_onset_at=pl.when(known).then(onset).otherwise(pl.col("typed_begin_at")),
        sleep_end_at=pl.when(known).then(woke).otherwise(pl.col("typed_end_at")),
        has_bed=known,
        is_nap=pl.col("__nap"),
        line_number=pl.col("line_number"),
    )
    sleeps, rejected = finish(sheet, SLEEP)
    judged = nights_and_naps(sleeps, sheet.file_name, context.parameters)
    return together(
        [judged, Imported(rejected=rejected), Imported(rejected=rejected_rows(told, sheet.file_name))]
    )


def bouts_of(
    sheet: Sheet, context: ImportContext, *, maker_is_us: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read bouts with started_at, duration_min and an activity into EXERCISE_BOUT and REJECTED_ENTRY."""
    exercise = context.parameters.exercise
    sheet = read_person(sheet, context.people)
    sheet = read_instant(sheet, "started_at", is_required=True, maker="month_first" if maker_is_us else None)
    sheet = read_quantity(sheet, "duration_min", 0, exercise.longest_bout_min, is_required=True)
    sheet = refuse_empty_bouts(sheet)
    sheet = with_typed(
        sheet, written_met=pl.lit(None, dtype=pl.Float64), written_intensity=text_of(sheet, "intensity")
    )
    return finish_entries(weigh_bouts(sheet, exercise), EXERCISE_BOUT)


def _clock_as_minutes(clock: pl.Expr) -> pl.Expr:
    """Turn 01:02:03, 02:03 or 02:03,4 into text of minutes."""
    part = clock.str.replace(",", ".").str.extract_groups(
        r"^(?:(?P<h>\d+):)?(?P<m>\d{1,2}):(?P<s>\d{1,2}(?:\.\d+)?)$"
    )
    hours = part.struct.field("h").cast(pl.Float64).fill_null(0.0)
    minutes = (
        hours * 60 + part.struct.field("m").cast(pl.Float64) + part.struct.field("s").cast(pl.Float64) / 60
    )
    return pl.coalesce(minutes.cast(pl.String), clock)


def _with_text(sheet: Sheet, column: str, text: pl.Expr) -> Sheet:
    return replace(sheet, rows=sheet.rows.with_columns(text.alias(column)), columns=(*sheet.columns, column))
