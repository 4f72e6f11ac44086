"""Published values that turn what people write into milligrams and MET: transforms/tables, read once."""

import io
from functools import cache
from importlib import resources

import polars as pl

from transforms.schema import DIETARY_REFERENCE_INTAKE, require

ML_PER_UNIT = {
    "ml": 1.0, "millilitre": 1.0, "milliliter": 1.0,
    "cl": 10.0, "dl": 100.0, "l": 1000.0, "litre": 1000.0, "liter": 1000.0,
    "oz": 29.5735, "fl_oz": 29.5735, "floz": 29.5735,
    "cup": 237.0, "cups": 237.0,
}  # fmt: skip
"""Millilitres of one unit of volume; the cup is that of the content table, 8 US fluid ounces."""
G_PER_UNIT = {"g": 1.0, "gram": 1.0, "grams": 1.0, "gramme": 1.0}
COUNT_UNITS = (
    *("serving", "servings", "portion", "portions", "piece", "pieces", "tablet", "tablets"),
    *("pill", "pills", "capsule", "capsules", "shot", "shots", "x"),
)
"""Units that count servings of the content table."""


@cache
def caffeine_content() -> pl.DataFrame:
    """One row per word for a source: source, source_name, caffeine_mg, serving_size, serving_unit."""
    return _by_word(_table("caffeine_content.csv"), "source_name", "source").select(
        "word",
        "source_name",
        pl.col("caffeine_mg").cast(pl.Float64),
        pl.col("serving_size").cast(pl.Float64),
        "serving_unit",
    )


@cache
def activity_met() -> pl.DataFrame:
    """One row per word for an activity: word, activity, met, is_relaxation."""
    return _by_word(_table("activity_met.csv"), "activity", "source").select(
        "word",
        "activity",
        pl.col("met").cast(pl.Float64),
        (pl.col("is_relaxation") == "true").alias("is_relaxation"),
    )


@cache
def dietary_reference_intake() -> pl.DataFrame:
    """Allowances and upper limits by nutrient, sex, age and pregnancy."""
    frame = _table("dietary_reference_intake.csv").with_columns(
        pl.col("age_from_year", "age_to_year").cast(pl.Int32),
        pl.col("is_pregnant") == "true",
        pl.col("allowance", "upper_limit").cast(pl.Float64),
    )
    return require(frame, DIETARY_REFERENCE_INTAKE, "dietary_reference_intake")


def _by_word(table: pl.DataFrame, name: str, last: str) -> pl.DataFrame:
    words = table.with_columns(
        pl.concat_list(pl.col(name), pl.col("aliases").fill_null("").str.split("|")).alias("word")
    ).explode("word", empty_as_null=False)
    return words.filter(pl.col("word") != "").drop("aliases", last)


def _table(name: str) -> pl.DataFrame:
    content = resources.files("transforms").joinpath("tables", name).read_bytes()
    return pl.read_csv(io.BytesIO(content), infer_schema=False)
