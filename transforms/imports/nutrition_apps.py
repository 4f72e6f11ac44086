"""Cronometer and MyFitnessPal: what people logged that they ate.

Cronometer's ``servings.csv`` has one row per food, with the hour where the plan shows it; ``dailysummary.csv`` one row
per day, foods and supplements together; ``exercises.csv`` holds
bouts with a start only where the hour is shown. MyFitnessPal's nutrition summary has one row per meal, never an hour
and never caffeine, and tells calcium and iron in per cent of a daily value.
"""

from dataclasses import replace

import polars as pl

from transforms.diaries.activity import refuse_empty_bouts, weigh_bouts
from transforms.diaries.entries import (
    finish_entries,
    read_date,
    read_instant,
    read_quantity,
    with_typed,
)
from transforms.diaries.identity import read_person
from transforms.diaries.intake import HIGHEST_DOSE_MG, HIGHEST_INTAKE
from transforms.diaries.sheet import Sheet, refuse_rows, standing_rows, text_of
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
from transforms.schema import CAFFEINE_INTAKE, EXERCISE_BOUT, NUTRIENT_DAY, fitted

_SERVINGS = {
    "day": "day",
    "date": "day",
    "time": "time",
    "category": "category",
    "completed": "completed",
    "caffeine_(mg)": "caffeine_mg",
    "magnesium_(mg)": "magnesium_mg",
    "calcium_(mg)": "calcium_mg",
    "iron_(mg)": "iron_mg",
    "b6_(pyridoxine)_(mg)": "vitamin_b6_mg",
    "b12_(cobalamin)_(µg)": "vitamin_b12_ug",
    "b12_(cobalamin)_(μg)": "vitamin_b12_ug",
}
_NUTRIENTS = tuple(HIGHEST_INTAKE)
_NAMES_OF_NUTRIENTS = frozenset(name for name in _SERVINGS if name.endswith("g)"))
_FEWEST_NUTRIENTS = 3
_HIGHEST = {"caffeine_mg": HIGHEST_DOSE_MG, **HIGHEST_INTAKE}
_EXERCISES = {"day": "day", "time": "time", "exercise": "activity", "minutes": "duration_min"}
_SUMMARY = {"date": "date", "meal": "meal", "calcium": "calcium_pct", "iron": "iron_pct"}


def recognises_servings(header: frozenset[str]) -> bool:
    """Tell Cronometer's servings.csv by the columns that are used; energy may be in kcal or kJ."""
    return {"day", "food_name", "amount"} <= header and bool(_NAMES_OF_NUTRIENTS & header)


def recognises_daily_totals(header: frozenset[str]) -> bool:
    """Tell Cronometer's dailysummary.csv: one row per day, foods and supplements together."""
    return (
        "date" in header
        and "food_name" not in header
        and len(_NAMES_OF_NUTRIENTS & header) >= _FEWEST_NUTRIENTS
    )


def recognises_exercises(header: frozenset[str]) -> bool:
    """Tell Cronometer's exercises.csv."""
    return {"day", "exercise", "minutes"} <= header


def recognises_summary(header: frozenset[str]) -> bool:
    """Tell MyFitnessPal's nutrition summary."""
    return {"date", "meal", "calories", "calcium", "iron"} <= header


def recognises_other_myfitnesspal(header: frozenset[str]) -> bool:
    """Tell what MyFitnessPal exports beside it: exercise, and measurements of the body."""
    return {"date", "exercise", "type"} <= header or {"date", "weight"} == header


def read_other_myfitnesspal(files: list[ImportFile], context: ImportContext) -> Imported:
    """Refuse MyFitnessPal's exercise and measurements: they hold no start, and nothing that is used."""
    reason = "MyFitnessPal's exercise has no clock times and its measurements are not used; export the Nutrition Summary, and write exercise in diary/exercise.csv"
    return together([refused(file.name, reason) for file in files])


def read_daily_totals(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Cronometer's days into NUTRIENT_DAY (foods and supplements together) and CAFFEINE_INTAKE without an hour.

    A day that was not marked as completed is no day's intake, where others of the file are; where none is, nobody uses the
    mark, and that is told.
    """
    return together([_servings(file, context, are_days=True) for file in files])


def read_servings(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Cronometer's servings into CAFFEINE_INTAKE and NUTRIENT_DAY.

    A day with servings and without caffeine says none. Supplements are told by Cronometer's own category.
    """
    return together([_servings(file, context) for file in files])


def _servings(file: ImportFile, context: ImportContext, *, are_days: bool = False) -> Imported:
    sheet = _of_its_person(file, context, _SERVINGS)
    if isinstance(sheet, Imported):
        return sheet
    sheet = _of_completed_days(_with_moment(sheet, "taken_at"))
    for column in ("caffeine_mg", *_NUTRIENTS):
        sheet = read_quantity(sheet, column, 0, _HIGHEST[column])
    is_supplement = (
        text_of(sheet, "category").str.to_lowercase().str.contains("supplement").fill_null(value=False)
    )
    sheet = with_typed(
        sheet,
        origin=pl.when(pl.lit(are_days))
        .then(pl.lit("food_and_supplement"))
        .when(is_supplement)
        .then(pl.lit("supplement"))
        .otherwise(pl.lit("food")),
    )
    has_caffeine = sheet.has("caffeine_mg")
    rows = standing_rows(sheet).select(
        *(
            f"typed_{name}"
            for name in (
                *(
                    "participant_id",
                    "logged_date",
                    "taken_at",
                    "caffeine_mg",
                    "origin",
                    "clock_h",
                    "time_zone",
                ),
                *_NUTRIENTS,
            )
        )
    )
    rows = rows.rename({name: name.removeprefix("typed_") for name in rows.columns})
    doses = rows.filter(pl.col("caffeine_mg") > 0)
    without = (
        rows.join(doses, on=["participant_id", "logged_date"], how="anti")
        .select("participant_id", "logged_date")
        .unique(maintain_order=True)
        .with_columns(pl.lit(0.0).alias("caffeine_mg"))
    )
    caffeine = pl.concat([doses, without if has_caffeine else without.clear()], how="diagonal")
    days = (
        rows.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in _NUTRIENTS))
        .group_by("participant_id", "logged_date", "origin")
        .agg(
            pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)
            for name in _NUTRIENTS
        )
        .sort("participant_id", "logged_date", "origin")
    )
    return Imported(
        frames={
            "caffeine_intake": [fitted(caffeine, CAFFEINE_INTAKE)],
            "nutrient_day": [fitted(days, NUTRIENT_DAY)],
        },
        rejected=sheet.rejected,
    )


def _of_completed_days(sheet: Sheet) -> Sheet:
    """Refuse the days that were not marked as completed, where others were."""
    is_open = text_of(sheet, "completed").str.to_lowercase() == "false"
    marks = sheet.rows.select(is_open.alias("is_open"))["is_open"].drop_nulls()
    if marks.is_empty() or not marks.any():
        return sheet
    if marks.all():
        told = refused(
            sheet.file_name,
            "no day is marked as completed: all of them are taken for whole days; mark days in Cronometer, or leave out those that are not",
        )
        return replace(sheet, rejected=pl.concat([sheet.rejected, told.rejected]))
    not_whole = pl.lit("the day is not marked as completed: its sums are no day's intake")
    return refuse_rows(sheet, pl.when(is_open).then(not_whole), "completed")


def read_exercises(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read Cronometer's exercises into EXERCISE_BOUT."""
    return together([_exercises(file, context) for file in files])


def _exercises(file: ImportFile, context: ImportContext) -> Imported:
    sheet = _of_its_person(file, context, _EXERCISES)
    if isinstance(sheet, Imported):
        return sheet
    exercise = context.parameters.exercise
    sheet = _with_moment(sheet, "started_at")
    sheet = read_quantity(sheet, "duration_min", 0, exercise.longest_bout_min, is_required=True)
    sheet = refuse_empty_bouts(sheet)
    nothing = pl.lit(None, dtype=pl.Float64)
    sheet = with_typed(sheet, written_met=nothing, written_intensity=nothing.cast(pl.String))
    # Cronometer writes "Running, 10 km/h": what stands before the comma is the activity
    sheet = replace(sheet, rows=sheet.rows.with_columns(pl.col("activity").str.extract(r"^([^,(]+)", 1)))
    return one_frame("exercise_bout", finish_entries(weigh_bouts(sheet, exercise), EXERCISE_BOUT))


def read_summary(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read MyFitnessPal's nutrition summaries into NUTRIENT_DAY; a file says once that it holds no caffeine."""
    return together([_summary(file, context) for file in files])


def _summary(file: ImportFile, context: ImportContext) -> Imported:
    sheet = _of_its_person(file, context, _SUMMARY)
    if isinstance(sheet, Imported):
        return sheet
    values = context.parameters.nutrition_app
    # a row of totals repeats what the meals said
    is_total = text_of(sheet, "meal").str.to_lowercase().str.starts_with("total") | text_of(
        sheet, "date"
    ).str.to_lowercase().str.starts_with("total")
    sheet = replace(sheet, rows=sheet.rows.filter(~is_total.fill_null(value=False)))
    sheet = read_date(sheet, "date", name="logged_date", is_required=True, maker="month_first")
    sheet = read_quantity(read_quantity(sheet, "calcium_pct", 0, 10_000), "iron_pct", 0, 10_000)
    rows = (
        standing_rows(sheet)
        .select(
            pl.col("typed_participant_id").alias("participant_id"),
            pl.col("typed_logged_date").alias("logged_date"),
            (pl.col("typed_calcium_pct") / 100 * values.calcium_daily_value_mg).alias("calcium_mg"),
            (pl.col("typed_iron_pct") / 100 * values.iron_daily_value_mg).alias("iron_mg"),
        )
        .filter(pl.any_horizontal(pl.col("calcium_mg", "iron_mg").is_not_null()))
        .group_by("participant_id", "logged_date")
        .agg(
            pl.when(pl.col(n).is_not_null().any()).then(pl.col(n).sum()).alias(n)
            for n in ("calcium_mg", "iron_mg")
        )
        .sort("participant_id", "logged_date")
    )
    days = rows.with_columns(pl.lit("food").alias("origin"))
    said = refused(
        file.name,
        "MyFitnessPal exports no caffeine and no hours: calcium and iron of the day are taken, nothing else",
    )
    return Imported(
        frames={"nutrient_day": [fitted(days, NUTRIENT_DAY)]},
        rejected=pl.concat([said.rejected, sheet.rejected]),
    )


def _of_its_person(file: ImportFile, context: ImportContext, names: dict[str, str]) -> Sheet | Imported:
    person = person_of(file, context.people)
    if person is None:
        return refused(file.name, NOBODYS)
    return read_person(of_person(renamed(open_table(file), names), person), context.people)


def _with_moment(sheet: Sheet, name: str) -> Sheet:
    """Read ``day`` and the hour beside it, where there is one."""
    day, time = text_of(sheet, "day"), text_of(sheet, "time")
    moment = pl.concat_str([day, time], separator=" ", ignore_nulls=True)
    rows = sheet.rows.with_columns(pl.when(day.is_not_null()).then(moment).alias("moment"))
    sheet = replace(sheet, rows=rows, columns=(*sheet.columns, "moment"))
    sheet = read_instant(sheet, "moment", name=name, is_required=True, maker="month_first")
    return refuse_rows(
        sheet, pl.when(pl.col("typed_logged_date").is_null()).then(pl.lit("no day")), is_consequence=True
    )
