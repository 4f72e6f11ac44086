"""Garmin, Fitbit and Oura: bouts of exercise and nights, as their exports write them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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

# Activities.csv in the languages whose headers are known: English, German, French, Spanish
_GARMIN = {
    **dict.fromkeys(("activity_type", "aktivitätstyp", "type_d'activité", "type_d’activité", "tipo_de_actividad"), "activity"),
    **dict.fromkeys(("date", "datum", "fecha"), "started_at"),
    **dict.fromkeys(("time", "zeit", "durée", "temps", "tiempo"), "clock"),
    **dict.fromkeys(("elapsed_time", "verstrichene_zeit", "temps_écoulé", "tiempo_transcurrido"), "clock_elapsed"),
}  # fmt: skip
_GARMIN_TITLES = frozenset(("title", "titel", "titre", "título", "distance", "distanz", "distancia"))
_GARMIN_COUNTS = frozenset(("avg_hr", "calories", "kalorien", "calorías", "ø_hf", "ø_herzfrequenz"))
_GARMIN_ACTIVITY = {
    "laufen": "running", "laufband": "running", "course à pied": "running", "carrera": "running",
    "trailrun": "trail_running", "trail": "trail_running",
    "radfahren": "cycling", "cyclisme": "cycling", "ciclismo": "cycling",
    "indoor-cycling": "stationary_bike", "indoor-radfahren": "stationary_bike",
    "gehen": "walking", "marche à pied": "walking", "marche": "walking", "caminar": "walking", "caminata": "walking",
    "wandern": "hiking", "randonnée": "hiking", "senderismo": "hiking",
    "schwimmbadschwimmen": "swimming", "natation": "swimming", "natation en piscine": "swimming",
    "natación": "swimming", "natación en piscina": "swimming", "pool swimming": "swimming",
    "krafttraining": "strength_training", "musculation": "strength_training", "fuerza": "strength_training",
    "treadmill running": "running", "indoor running": "running", "track running": "running",
    "indoor cycling": "stationary_bike", "virtual cycling": "stationary_bike", "indoor rowing": "rowing_machine",
}  # fmt: skip
_GARMIN_SLEEP = {"sleepStartTimestampGMT": "sleep_onset", "sleepEndTimestampGMT": "sleep_end"}
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
    """Tell Garmin Connect's Activities.csv, in English, German, French or Spanish."""
    ours = {_GARMIN[name] for name in header if name in _GARMIN}
    is_activity = {"activity", "started_at"} <= ours and bool({"clock", "clock_elapsed"} & ours)
    return is_activity and bool(_GARMIN_TITLES & header) and bool(_GARMIN_COUNTS & header)


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
    records = [
        {name: _as_utc(record.get(name)) for name in _GARMIN_SLEEP}
        for record in records_in(load_json(file)) or []
        if any(record.get(name) is not None for name in _GARMIN_SLEEP)  # days without the watch have neither
    ]
    sheet = of_person(sheet_of(file.name, records, _GARMIN_SLEEP), person)
    rows = sheet.rows.with_columns(pl.lit("").alias("night_date"))
    linked = read_person(replace(sheet, rows=rows, columns=(*sheet.columns, "night_date")), context.people)
    return one_frame("sleep_diary", finish_entries(read_nights(linked), SLEEP_DIARY))


def _as_utc(stamp: object) -> object:
    """Say of a stamp in GMT that it is; some archives write it without, some with, some as milliseconds."""
    if isinstance(stamp, int):
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=stamp)).isoformat()
    return f"{stamp}Z" if isinstance(stamp, str) and re.fullmatch(r"[\d:T .-]+", stamp) else stamp


def _garmin(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    sheet = of_person(renamed(open_table(file), _GARMIN), person)
    clock = pl.coalesce(text_of(sheet, "clock"), text_of(sheet, "clock_elapsed"))
    sheet = _with_text(sheet, "duration_min", _clock_as_minutes(clock))
    known = pl.col("activity").str.strip_chars().str.to_lowercase().replace(_GARMIN_ACTIVITY)
    sheet = replace(sheet, rows=sheet.rows.with_columns(known.alias("activity")))
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
    kind = text_of(sheet, "type").fill_null("long_sleep")
    has_night = text_of(sheet, "lights_off").is_not_null() | text_of(sheet, "lights_on").is_not_null()
    sheet = replace(
        sheet, rows=sheet.rows.filter((kind == "long_sleep") & has_night)
    )  # naps, days without the ring
    latency = text_of(sheet, "latency_s").cast(pl.Float64, strict=False)
    nothing = pl.lit(None, dtype=pl.Float64)
    return one_frame("sleep_diary", _nights(sheet, latency, nothing, context))


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
