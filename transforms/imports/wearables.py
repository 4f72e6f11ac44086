"""Garmin, Fitbit and Oura: bouts of exercise and nights, as their exports write them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from transforms.diaries.activity import refuse_empty_bouts, weigh_bouts
from transforms.diaries.entries import finish_entries, read_instant, read_quantity, with_typed
from transforms.diaries.identity import read_person
from transforms.diaries.sheet import Sheet, text_of
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
from transforms.imports.records import load_json, records_in, sheet_of
from transforms.schema import EXERCISE_BOUT, SLEEP_DIARY

_GARMIN = {
    "activity_type": "activity",
    "date": "started_at",
    "time": "clock",
    "elapsed_time": "clock_elapsed",
}
_FITBIT_SLEEP = {
    "startTime": "lights_off",
    "endTime": "lights_on",
    "minutesToFallAsleep": "latency_min",
    "minutesAfterWakeup": "after_min",
    "mainSleep": "is_main",
    "isMainSleep": "is_main",
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
    """Tell Garmin Connect's Activities.csv, in English."""
    return {"activity_type", "date", "title", "time"} <= header and bool({"avg_hr", "calories"} & header)


def read_garmin(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Activities.csv into EXERCISE_BOUT; its times are the watch's wall clock."""
    return together([_garmin(file, context) for file in files])


def _garmin(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    sheet = of_person(renamed(open_table(file), _GARMIN), person)
    clock = pl.coalesce(text_of(sheet, "clock"), text_of(sheet, "clock_elapsed"))
    sheet = _with_text(sheet, "duration_min", _clock_as_minutes(clock))
    return one_frame("exercise_bout", _bouts(sheet, context))


def recognises_fitbit(content: Any) -> bool:
    """Tell Fitbit's sleep-*.json and exercise-*.json, from the account's archive or the API."""
    records = records_in(content, "sleep", "activities") or []
    return bool(records) and "logId" in records[0] and bool({"dateOfSleep", "activityName"} & set(records[0]))


def read_fitbit(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Fitbit's logs into SLEEP_DIARY and EXERCISE_BOUT; its times are naive wall clock.

    Only the main sleep of a day is a night. Of a log only its begin and end, the minutes until sleep and the minutes
    after waking are used: ``shortData`` overlaps ``data``.
    """
    return together([_fitbit(file, context) for file in files])


def _fitbit(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    records = records_in(load_json(file), "sleep", "activities") or []
    sleeps = [r for r in records if "dateOfSleep" in r and r.get("mainSleep", r.get("isMainSleep", True))]
    bouts = [r for r in records if "activityName" in r]
    nights = of_person(sheet_of(file.name, sleeps, _FITBIT_SLEEP), person)
    latency = text_of(nights, "latency_min").cast(pl.Float64, strict=False) * 60
    after = text_of(nights, "after_min").cast(pl.Float64, strict=False) * 60
    exercise = of_person(sheet_of(file.name, bouts, _FITBIT_EXERCISE), person)
    exercise = _with_text(
        exercise,
        "duration_min",
        (text_of(exercise, "duration_ms").cast(pl.Float64, strict=False) / 60_000).cast(pl.String),
    )
    known = pl.col("activity").str.to_lowercase().replace(_FITBIT_ACTIVITY)
    exercise = replace(exercise, rows=exercise.rows.with_columns(known.alias("activity")))
    return together(
        [
            one_frame("sleep_diary", _nights(nights, latency, after, context)),
            one_frame("exercise_bout", _bouts(exercise, context, maker_is_us=True)),
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


def read_oura(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Oura's long sleep periods, workouts and caffeine tags; times carry their offset.

    A tag says that there was caffeine, not how much: it is told and not taken.
    """
    return together([_oura(file, context) for file in files])


def _oura(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    records = records_in(load_json(file), "data", "sleep", "workout", "enhanced_tag") or []
    sleeps = [r for r in records if "bedtime_start" in r and r.get("type", "long_sleep") == "long_sleep"]
    workouts = [r for r in records if "start_datetime" in r]
    nights = of_person(sheet_of(file.name, sleeps, _OURA_SLEEP), person)
    latency = text_of(nights, "latency_s").cast(pl.Float64, strict=False)
    exercise = of_person(
        sheet_of(
            file.name, [_oura_workout(r) for r in workouts], _OURA_WORKOUT | {"minutes": "duration_min"}
        ),
        person,
    )
    tags = sum(
        "caffeine" in str(r.get("tag_type_code", "")) or "coffee" in str(r.get("tag_type_code", ""))
        for r in records
    )
    parts = [
        one_frame("sleep_diary", _nights(nights, latency, pl.lit(None, dtype=pl.Float64), context)),
        one_frame("exercise_bout", _bouts(exercise, context)),
    ]
    if tags:
        parts.append(
            refused(file.name, f"{tags} tags of caffeine name no amount; write doses in diary/caffeine.csv")
        )
    return together(parts)


def _oura_workout(record: Mapping[str, Any]) -> dict[str, Any]:
    begin = pl.Series([record.get("start_datetime"), record.get("end_datetime")], dtype=pl.String)
    moments = begin.str.to_datetime(time_zone="UTC", strict=False)
    length = moments[1] - moments[0] if moments[0] is not None and moments[1] is not None else None
    intensity = str(record.get("intensity", "")).lower()
    return {
        **record,
        "intensity": _OURA_INTENSITY.get(intensity),
        "minutes": None if length is None else length.total_seconds() / 60,
    }


def _nights(
    sheet: Sheet, latency_s: pl.Expr, after_s: pl.Expr, context: ImportContext
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read begin and end of nights; sleep lies between the latency after the begin and the minutes before the end."""
    none = pl.lit("").alias("night_date")
    rows = sheet.rows.with_columns(none, latency_s.alias("__latency"), after_s.alias("__after"))
    sheet = read_nights(
        read_person(replace(sheet, rows=rows, columns=(*sheet.columns, "night_date")), context.people)
    )
    onset = pl.col("typed_lights_off_at") + pl.duration(seconds=pl.col("__latency"))
    end = pl.col("typed_lights_on_at") - pl.duration(
        seconds=pl.col("__after")
    )  # not known: not the end of bed
    return finish_entries(with_typed(sheet, sleep_onset_at=onset, sleep_end_at=end), SLEEP_DIARY)


def _bouts(
    sheet: Sheet, context: ImportContext, *, maker_is_us: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
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
