"""Apple Health's export.xml: read as a stream, of any size, in bounded memory.

The document type that Apple writes before the data breaks parsers (its element lists are wrong since iOS 14) and some
versions leave control characters in texts. Both are taken out of the stream before it reaches the parser; without a
document type there are no entities either. Of a record's source and device nothing is kept but a number that tells
sources apart: their names hold the names of people, and the device holds the address of an object in memory.
"""

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

import polars as pl

from transforms.clock import HOUR_US, MINUTE_US, night_date_of
from transforms.diaries.activity import refuse_empty_bouts, weigh_bouts
from transforms.diaries.delivery import Delivery
from transforms.diaries.entries import finish_entries, read_instant, read_quantity, with_typed
from transforms.diaries.identity import read_person
from transforms.diaries.intake import HIGHEST_DOSE_MG, HIGHEST_INTAKE
from transforms.diaries.sheet import rejected_rows
from transforms.imports.files import (
    NOBODYS,
    ImportContext,
    Imported,
    ImportFile,
    of_person,
    person_of,
    refused,
    together,
)
from transforms.imports.records import sheet_of
from transforms.imports.sources import one_source_a_day, with_rank, without_overlap
from transforms.imports.worn_sleep import nights_and_naps
from transforms.schema import CAFFEINE_INTAKE, EXERCISE_BOUT, NUTRIENT_DAY, fitted

_CHUNK_BYTES = 1 << 20
_LONGEST_PREAMBLE_BYTES = 16 << 20
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r")
_QUANTITIES = {
    "HKQuantityTypeIdentifierDietaryCaffeine": "caffeine_mg",
    "HKQuantityTypeIdentifierDietaryMagnesium": "magnesium_mg",
    "HKQuantityTypeIdentifierDietaryCalcium": "calcium_mg",
    "HKQuantityTypeIdentifierDietaryIron": "iron_mg",
    "HKQuantityTypeIdentifierDietaryVitaminB6": "vitamin_b6_mg",
    "HKQuantityTypeIdentifierDietaryVitaminB12": "vitamin_b12_ug",
}
_HIGHEST = {"caffeine_mg": HIGHEST_DOSE_MG, **HIGHEST_INTAKE}
_SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
_MINDFUL = "HKCategoryTypeIdentifierMindfulSession"
_WANTED = frozenset({*_QUANTITIES, _SLEEP, _MINDFUL})
_NO_RECORD = "a record of food without a time, a known unit, or an amount that can be believed"
_NO_SLEEP = "a record of sleep without its two times, or that ends no later than it begins"
_MG_PER_UNIT = {"g": 1000.0, "mg": 1.0, "mcg": 0.001, "ug": 0.001, "µg": 0.001}
_SAME_SLEEP_MIN = 60
"""Records of one source that lie this far apart or less are one sleep, as stages follow each other [min]."""
_MINUTES_PER_UNIT = {"min": 1.0, "s": 1 / 60, "hr": 60.0, "h": 60.0}
# Apple's words for workouts that the compendium's table has under another one
_WORKOUTS = {
    "functional_strength_training": "strength_training",
    "traditional_strength_training": "strength_training",
    "high_intensity_interval_training": "circuit_training",
    "mind_and_body": "meditation",
    "stair_climbing": "stair_climber",
    "equestrian_sports": "horse_riding",
    "social_dance": "dancing",
    "cardio_dance": "dancing",
    "mixed_cardio": "circuit_training",
    "cross_training": "circuit_training",
    "core_training": "calisthenics",
    "cooldown": "stretching",
    "flexibility": "stretching",
    "paddle_sports": "kayaking",
    "skating_sports": "inline_skating",
}

RECORD = pl.Schema(
    {
        "kind": pl.String,
        "started": pl.String,
        "ended": pl.String,
        "value": pl.String,
        "unit": pl.String,
        "source_key": pl.Int32,
        "line_number": pl.Int64,
    }
)


def recognises_apple_health(head: bytes) -> bool:
    """Tell export.xml."""
    return b"<HealthData" in head or (b"<!DOCTYPE HealthData" in head)


def read_apple_health(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read exports into CAFFEINE_INTAKE, NUTRIENT_DAY, EXERCISE_BOUT and SLEEP_DIARY.

    What several sources tell of is counted once: of nutrients and caffeine one source a day, of workouts those that no
    better source overlaps, of sleep one source a night. The file says how many records that left out.
    """
    return together([_export(file, context) for file in files])


def stream_records(stream: BinaryIO, delivery: Delivery | None = None) -> tuple[pl.DataFrame, str | None]:
    """Return the records and workouts that matter, and why the file could not be read to its end, if so.

    Into ``delivery`` goes how many records there are in all, of which kinds, and which of these are read.
    """
    collected: dict[str, list[object]] = {name: [] for name in RECORD}
    parts: list[pl.DataFrame] = []
    sources: dict[str, int] = {}
    seen: Counter[str] = Counter()
    parser = expat.ParserCreate()

    def keep(kind: str, attributes: dict[str, str], value: str | None, unit: str | None) -> None:
        source = sources.setdefault(attributes.get("sourceName", ""), len(sources))
        row = (
            kind,
            attributes.get("startDate"),
            attributes.get("endDate"),
            value,
            unit,
            source,
            parser.CurrentLineNumber,
        )
        for column, cell in zip(collected.values(), row, strict=True):
            column.append(cell)

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Record":
            kind = attributes.get("type", "")
            seen[kind] += 1
            if kind in _WANTED:
                keep(kind, attributes, attributes.get("value"), attributes.get("unit"))
        elif name == "Workout":
            seen[name] += 1
            keep(
                attributes.get("workoutActivityType", ""),
                attributes,
                attributes.get("duration"),
                attributes.get("durationUnit"),
            )

    parser.StartElementHandler = start
    fault = None
    try:
        for chunk in _clean(stream):
            parser.Parse(chunk, False)
            if len(collected["kind"]) > 200_000:
                parts.append(pl.DataFrame(collected, schema=RECORD))
                for column in collected.values():
                    column.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        fault = f"the export breaks off at line {error.lineno}: {expat.errors.messages[error.code]}"
    parts.append(pl.DataFrame(collected, schema=RECORD))
    if delivery is not None:
        delivery.deliver(seen, seen.total())
        delivery.ask(*_WANTED, "Workout")
    return pl.concat(parts), fault


def _clean(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the stream without its document type and without control characters."""
    before = b""
    while (data_at := before.find(b"<HealthData")) < 0 and len(before) < _LONGEST_PREAMBLE_BYTES:
        chunk = stream.read(_CHUNK_BYTES)
        if not chunk:
            break
        before += chunk
    type_at = before.find(b"<!DOCTYPE")
    if 0 <= type_at < data_at:
        before = before[:type_at] + before[data_at:]
    yield before.translate(None, _CONTROL)
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk.translate(None, _CONTROL)


def _export(file: ImportFile, context: ImportContext) -> Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    with file.open() as stream:
        records, fault = stream_records(stream, file.delivery)
    told_twice = records.height
    records = records.unique(
        ["kind", "started", "ended", "value", "unit", "source_key"], keep="first", maintain_order=True
    )
    told_twice -= records.height
    parts = [
        _intakes(file, records.filter(pl.col("kind").is_in(list(_QUANTITIES))), person, context),
        _workouts(file, records.filter(~pl.col("kind").is_in([*_QUANTITIES, _SLEEP])), person, context),
        _sleep(file, records.filter(pl.col("kind") == _SLEEP), person, context),
    ]
    if fault:
        parts.append(refused(file.name, f"{fault}; the {records.height} records before it are taken"))
    if told_twice:
        parts.append(refused(file.name, f"{told_twice} records stand twice in the export and count once"))
    return together(parts)


def _zone(person: str, context: ImportContext) -> str:
    own = context.people.participants.filter(pl.col("participant_id") == person)["time_zone"].drop_nulls()
    return str(own[0]) if own.len() else context.people.default_time_zone


def _instant(column: str) -> pl.Expr:
    return pl.col(column).str.to_datetime(
        "%Y-%m-%d %H:%M:%S %z", strict=False, time_unit="us", time_zone="UTC"
    )


def _intakes(file: ImportFile, records: pl.DataFrame, person: str, context: ImportContext) -> Imported:
    per_unit = pl.col("unit").replace_strict(_MG_PER_UNIT, default=None, return_dtype=pl.Float64)
    name = pl.col("kind").replace_strict(_QUANTITIES, return_dtype=pl.String)
    in_mg = pl.col("value").str.replace(",", ".").cast(pl.Float64, strict=False) * per_unit
    zone = _zone(person, context)
    rows = records.select(
        pl.lit(person).alias("participant_id"),
        name.alias("nutrient"),
        _instant("started").alias("taken_at"),
        pl.when(name == "vitamin_b12_ug").then(in_mg * 1000).otherwise(in_mg).alias("amount"),
        "source_key",
        "line_number",
    ).with_columns(pl.col("taken_at").dt.convert_time_zone(zone).dt.date().alias("logged_date"))
    highest = pl.col("nutrient").replace_strict(_HIGHEST, return_dtype=pl.Float64)
    is_good = pl.col("taken_at").is_not_null() & pl.col("amount").is_between(0, highest).fill_null(
        value=False
    )
    rows, bad = rows.filter(is_good), rows.filter(~is_good)
    kept = one_source_a_day(with_rank(rows, "logged_date", ["nutrient"]), ["nutrient", "logged_date"])
    caffeine = kept.filter(pl.col("nutrient") == "caffeine_mg").select(
        "participant_id",
        "logged_date",
        "taken_at",
        pl.col("amount").alias("caffeine_mg"),
        pl.lit(zone).alias("time_zone"),
        (
            (wall := pl.col("taken_at").dt.convert_time_zone(zone).dt.replace_time_zone(None))
            - wall.dt.truncate("1d")
        ).dt.total_microseconds().alias("clock_us"),
    ).with_columns((pl.col("clock_us") / HOUR_US).alias("clock_h"))  # fmt: skip
    days = (
        kept.filter(pl.col("nutrient") != "caffeine_mg")
        .group_by("participant_id", "logged_date")
        .agg(
            pl.when((pl.col("nutrient") == column).any())
            .then(pl.col("amount").filter(pl.col("nutrient") == column).sum())
            .alias(column)
            for column in HIGHEST_INTAKE
        )
        .with_columns(pl.lit("food").cast(NUTRIENT_DAY["origin"]).alias("origin"))
        .sort("logged_date")
    )
    parts = [
        Imported(
            frames={
                "caffeine_intake": [fitted(caffeine, CAFFEINE_INTAKE)],
                "nutrient_day": [fitted(days, NUTRIENT_DAY)],
            }
        ),
        Imported(
            rejected=rejected_rows(bad.select("line_number", pl.lit(_NO_RECORD).alias("reason")), file.name)
        ),
    ]
    if left_out := rows.height - kept.height:
        parts.append(
            refused(
                file.name, f"{left_out} records of food are left out: another source tells of the same days"
            )
        )
    return together(parts)


def _workouts(file: ImportFile, records: pl.DataFrame, person: str, context: ImportContext) -> Imported:
    words = (
        pl.col("kind")
        .str.strip_prefix("HKWorkoutActivityType")
        .str.replace_all(r"([a-z])([A-Z])", "${1}_$2")
        .str.to_lowercase()
    )
    minutes = pl.col("value").cast(pl.Float64, strict=False) * pl.col("unit").replace_strict(
        _MINUTES_PER_UNIT, default=None, return_dtype=pl.Float64
    )
    begin, end = _instant("started"), _instant("ended")
    rows = records.select(
        pl.when(pl.col("kind") == _MINDFUL)
        .then(pl.lit("meditation"))
        .otherwise(words.replace(_WORKOUTS))
        .alias("activity"),
        pl.col("started").alias("started_at"),
        pl.coalesce(minutes, (end - begin).dt.total_microseconds() / MINUTE_US).alias("duration_min"),
        begin.alias("begin"),
        pl.coalesce(end, begin + pl.duration(microseconds=(minutes * MINUTE_US).cast(pl.Int64))).alias("end"),
        begin.dt.date().alias("day"),
        "source_key",
        pl.lit(person).alias("person"),
    )
    timed = rows.filter(pl.col("begin").is_not_null() & pl.col("end").is_not_null())
    kept = without_overlap(with_rank(timed, "day"), ["person"], "begin", "end")
    untimed = rows.filter(pl.col("begin").is_null() | pl.col("end").is_null())
    told = pl.concat([kept.drop("rank"), untimed])
    sheet = of_person(
        sheet_of(
            file,
            told.select("activity", "started_at", "duration_min").to_dicts(),
            {"activity": "activity", "started_at": "started_at", "duration_min": "duration_min"},
        ),
        person,
    )
    exercise = context.parameters.exercise
    sheet = read_instant(read_person(sheet, context.people), "started_at", is_required=True)
    sheet = read_quantity(sheet, "duration_min", 0, exercise.longest_bout_min, is_required=True)
    sheet = refuse_empty_bouts(sheet)
    nothing = pl.lit(None, dtype=pl.Float64)
    sheet = with_typed(sheet, written_met=nothing, written_intensity=nothing.cast(pl.String))
    bouts, rejected = finish_entries(weigh_bouts(sheet, exercise), EXERCISE_BOUT)
    parts = [Imported(frames={"exercise_bout": [bouts]}, rejected=rejected)]
    if left_out := timed.height - kept.height:
        parts.append(
            refused(file.name, f"{left_out} workouts are left out: another source tells of the same time")
        )
    return together(parts)


def _sleep(file: ImportFile, records: pl.DataFrame, person: str, context: ImportContext) -> Imported:
    zone = _zone(person, context)
    sleeps = sleeps_of(records, person, zone)
    is_untimed = pl.any_horizontal(_instant(column).is_null() for column in ("started", "ended")) | (
        _instant("ended") <= _instant("started")
    )
    untimed = records.filter(is_untimed).select("line_number", pl.lit(_NO_SLEEP).alias("reason"))
    parts = [
        nights_and_naps(sleeps, file.name, context.parameters),
        Imported(rejected=rejected_rows(untimed, file.name)),
    ]
    return together(parts)


def sleeps_of(records: pl.DataFrame, person: str, time_zone: str) -> pl.DataFrame:
    """Turn records of being in bed and asleep into SLEEP, one source a night.

    Overlapping records of a source are united, never added up. Records that a gap divides are different sleeps. Of
    several sources the night is that of the one that knows sleep from lying in bed, then of the better rank. Where a
    source records no time in bed, begin and end are those of the sleep.
    """
    rows = records.select(
        _instant("started").alias("begin"),
        _instant("ended").alias("end"),
        pl.col("value").str.contains("Asleep").alias("is_asleep"),
        pl.col("value").str.contains("Awake").alias("is_awake"),
        "source_key",
        "line_number",
    ).drop_nulls()
    rows = rows.filter((pl.col("end") > pl.col("begin")) & ~pl.col("is_awake")).sort("source_key", "begin")
    reach = pl.col("end").cum_max().shift(1).over("source_key", order_by="begin")
    opens = (pl.col("begin") - reach) > pl.duration(minutes=_SAME_SLEEP_MIN)
    sessions = (
        rows.with_columns(
            opens.fill_null(value=True).cum_sum().over("source_key", order_by="begin").alias("session")
        )
        .group_by("source_key", "session")
        .agg(
            pl.col("begin").min().alias("begin_at"),
            pl.col("end").max().alias("end_at"),
            pl.col("begin").filter("is_asleep").min().alias("sleep_onset_at"),
            pl.col("end").filter("is_asleep").max().alias("sleep_end_at"),
            (~pl.col("is_asleep")).any().alias("has_bed"),
            pl.col("line_number").min(),
        )
        .with_columns(night_date_of(pl.col("begin_at"), time_zone).alias("night_date"))
        .sort("source_key", "begin_at")
    )
    ranked = with_rank(sessions, "night_date").with_columns(
        pl.col("sleep_onset_at")
        .is_null()
        .all()
        .over("source_key", "night_date")
        .cast(pl.Int64)
        .alias("lacks_sleep")
    )
    # whoever knows sleep comes before whoever does not, then the rank decides
    order = pl.col("lacks_sleep") * (pl.col("rank").max() + 1) + pl.col("rank")
    return ranked.filter(order == order.min().over("night_date")).with_columns(
        pl.lit(person).alias("participant_id"), pl.lit(time_zone).alias("time_zone")
    )
