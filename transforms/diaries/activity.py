"""exercise.csv, stress.csv and daytime.csv: what somebody did and felt."""

from dataclasses import replace

import polars as pl

from transforms.clock import MINUTE_US
from transforms.diaries.cells import plain_word, read_word
from transforms.diaries.corrections import read_entered, settle_repeated
from transforms.diaries.entries import (
    finish_entries,
    read_date,
    read_instant,
    read_quantity,
    read_scale,
    with_typed,
)
from transforms.diaries.reference import activity_met, words
from transforms.diaries.sheet import Sheet, read_column, refuse_rows, text_of
from transforms.parameters.exposures import ExerciseParameters
from transforms.schema import DAYTIME_RATING, EXERCISE_BOUT, STRESS_RATING

_HIGHEST_MET = 25
STRESS_RANGES = {"rating_0_10": (0, 10), "pss4": (0, 16), "pss10": (0, 40), "stai_state": (20, 80)}
DAYTIME_RANGES = {
    "kss": (1, 9), "ess": (0, 24),
    "concentration_0_10": (0, 10), "irritability_0_10": (0, 10), "memory_0_10": (0, 10),
}  # fmt: skip


def read_exercise(sheet: Sheet, parameters: ExerciseParameters) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read exercise.csv into EXERCISE_BOUT and REJECTED_ENTRY.

    The first of ``met``, ``intensity`` and ``activity`` that is given decides the MET: as written, by the weights of the
    IPAQ, by the compendium. A row of 0 minutes says that there was no exercise.
    """
    sheet = read_instant(read_entered(sheet), "started_at", is_required=True)
    sheet = read_quantity(sheet, "duration_min", 0, parameters.longest_bout_min, is_required=True)
    sheet = read_quantity(sheet, "met", 0, _HIGHEST_MET, name="written_met")
    sheet = read_column(
        sheet,
        "intensity",
        *read_word(text_of(sheet, "intensity"), words("intensity")),
        name="written_intensity",
    )
    sheet = weigh_bouts(sheet, parameters)
    key = ("participant_id", "logged_date", "started_at", "activity")
    sheet = settle_repeated(sheet, key, ("duration_min", "met"))
    return finish_entries(sheet, EXERCISE_BOUT)


def weigh_bouts(sheet: Sheet, parameters: ExerciseParameters) -> Sheet:
    """Add met, intensity, activity and ended_at to rows with written_met, written_intensity and duration_min."""
    words = sheet.rows.with_columns(plain_word(text_of(sheet, "activity")).alias("__word"))
    sheet = replace(
        sheet,
        rows=words.join(
            activity_met().select(
                "word",
                pl.col("activity").alias("__activity"),
                pl.col("met").alias("__activity_met"),
                "is_relaxation",
            ),
            left_on="__word",
            right_on="word",
            how="left",
            maintain_order="left",
        ),
    )
    weights = {
        "light": parameters.light_met,
        "moderate": parameters.moderate_met,
        "vigorous": parameters.vigorous_met,
    }
    by_intensity = pl.col("typed_written_intensity").replace_strict(
        weights, default=None, return_dtype=pl.Float64
    )
    met = pl.coalesce("typed_written_met", by_intensity, "__activity_met")
    by_met = (
        pl.when(met >= parameters.vigorous_from_met)
        .then(pl.lit("vigorous"))
        .when(met >= parameters.moderate_from_met)
        .then(pl.lit("moderate"))
        .when(met.is_not_null())
        .then(pl.lit("light"))
    )
    is_none = pl.col("typed_duration_min") == 0
    unknown = pl.when(met.is_null() & ~is_none & text_of(sheet, "activity").is_not_null()).then(
        pl.lit("not in the table of activities; write met or intensity")
    )
    sheet = with_typed(
        sheet,
        is_relaxation=pl.when(~is_none).then(pl.col("is_relaxation").fill_null(value=False)),
        met=pl.when(is_none).then(met.fill_null(0.0)).otherwise(met),
        intensity=pl.when(~is_none).then(
            pl.when(pl.col("typed_written_met").is_null())
            .then(pl.coalesce("typed_written_intensity", by_met))
            .otherwise(by_met)
        ),
        ended_at=pl.col("typed_started_at")
        + pl.duration(microseconds=(pl.col("typed_duration_min") * MINUTE_US).round().cast(pl.Int64)),
    )
    kept = pl.when(pl.col("__word").is_not_null()).then(pl.col("__activity").fill_null("other"))
    sheet = read_column(sheet, "activity", kept, unknown)
    lacking = pl.when(pl.col("typed_met").is_null()).then(
        pl.lit("none of met, intensity and activity can be used")
    )
    return refuse_rows(sheet, lacking, "activity", is_consequence=True)


def refuse_empty_bouts(sheet: Sheet) -> Sheet:
    """Refuse bouts of no length: in an export they are broken, in a diary they say that there was none."""
    is_empty = pl.col("typed_duration_min") == 0
    return refuse_rows(sheet, pl.when(is_empty).then(pl.lit("a workout of no length")), "duration_min")


def read_stress(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read stress.csv into STRESS_RATING and REJECTED_ENTRY; scales are kept as they are."""
    sheet = read_instant(read_entered(sheet), "rated_at", is_required=True)
    sheet = read_scale(sheet, STRESS_RANGES)
    key = ("participant_id", "logged_date", "rated_at", "scale")
    sheet = settle_repeated(sheet, key, ("score",))
    return finish_entries(sheet, STRESS_RATING)


def read_daytime(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read daytime.csv into DAYTIME_RATING and REJECTED_ENTRY."""
    sheet = read_date(read_entered(sheet), "date", name="logged_date", is_required=True)
    sheet = read_scale(sheet, DAYTIME_RANGES)
    sheet = settle_repeated(sheet, ("participant_id", "logged_date", "scale"), ("score",))
    return finish_entries(sheet, DAYTIME_RATING)
