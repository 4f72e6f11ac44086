"""Published values that turn what people write into milligrams and MET: transforms/tables, read once."""

import io
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import polars as pl

from transforms.schema import DIETARY_REFERENCE_INTAKE, require

ML_PER_UNIT = {"ml": 1.0, "cl": 10.0, "dl": 100.0, "l": 1000.0, "fl_oz": 29.5735, "cup": 237.0}
"""Millilitres of one unit of volume; the cup is that of the content table, 8 US fluid ounces."""
G_PER_UNIT = {"g": 1.0, "mg": 0.001}
COUNT_UNITS = ("serving", "tablet", "shot")
"""Units that count servings of the content table."""
LANGUAGES = ("en", "de", "fr", "es", "nl")


@cache
def words(kind: str) -> Mapping[str, str]:
    """Return what the words of one kind mean (``sex``, ``unit``, ``month`` ...), in five languages, by the word."""
    rows = _table("words.csv").filter(pl.col("kind") == kind)
    return {
        word: row["meaning"]
        for row in rows.iter_rows(named=True)
        for language in LANGUAGES
        for word in (row[language] or "").split("|")
        if word
    }


@cache
def column_units() -> Sequence[str]:
    """Return the units that end the names of columns with numbers, in the order of the table."""
    return tuple(dict.fromkeys(_table("unit_worth.csv")["column_unit"]))


@cache
def unit_worth(column_unit: str) -> Mapping[str, float]:
    """Return what one of each unit that may stand behind a number is worth in the unit that ends a column's name."""
    rows = _table("unit_worth.csv").filter(pl.col("column_unit") == column_unit)
    return {
        word: float(row["worth"]) for row in rows.iter_rows(named=True) for word in row["words"].split("|")
    }


@cache
def vocabulary() -> frozenset[str]:
    """Return every word of the tables: none of them says who somebody is."""
    table = _table("words.csv")
    told = {
        word for language in LANGUAGES for cell in table[language].drop_nulls() for word in cell.split("|")
    }
    classes = {*drug_classes(), *drug_names()["word"], *activity_met()["word"], *caffeine_content()["word"]}
    return frozenset((told | classes | set(table["meaning"])) - {""})


@cache
def drug_classes() -> Mapping[str, str]:
    """Return the classes of drugs by the words that people write for them."""
    table = _table("drug_class_words.csv")
    return {
        word: name
        for name, aliases in table.iter_rows()
        for word in (name, *(aliases or "").split("|"))
        if word
    }


@cache
def drug_names() -> pl.DataFrame:
    """One row per name of a drug, generic or of trade: word, drug, atc, drug_class."""
    names = _by_word(_table("drug_name.csv"), "drug").select("word", "drug", "atc", "drug_class")
    return names.with_columns(plain_drug(pl.col("word")).alias("word"))


def plain_drug(name: pl.Expr) -> pl.Expr:
    """Write the name of a drug as the table has it: small letters, one underscore for what stands between its words."""
    return name.str.to_lowercase().str.replace_all(r"[\s/+_-]+", "_")


@cache
def caffeine_content() -> pl.DataFrame:
    """One row per word for a source: source, source_name, caffeine_mg, serving_size, serving_unit."""
    return _by_word(_table("caffeine_content.csv"), "source_name", "caffeine_source").select(
        "word",
        "source_name",
        pl.col("caffeine_mg").cast(pl.Float64),
        pl.col("serving_size").cast(pl.Float64),
        "serving_unit",
    )


@cache
def activity_met() -> pl.DataFrame:
    """One row per word for an activity: word, activity, met, is_relaxation."""
    return _by_word(_table("activity_met.csv"), "activity", "activity").select(
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


def _by_word(table: pl.DataFrame, name: str, kind: str | None = None) -> pl.DataFrame:
    """Repeat each row for its name and its aliases; words of other languages stand in words.csv under ``kind``."""
    aliases = pl.concat_list(pl.col(name), pl.col("aliases").fill_null("").str.split("|")).alias("word")
    told = table.with_columns(aliases).explode("word", empty_as_null=False)
    if kind is not None:
        elsewhere = pl.DataFrame(
            list(words(kind).items()), schema={"word": pl.String, name: pl.String}, orient="row"
        )
        told = pl.concat([told, elsewhere.join(table, on=name, how="inner")], how="diagonal")
    return told.filter(pl.col("word") != "").unique("word", keep="first", maintain_order=True).drop("aliases")


def _table(name: str) -> pl.DataFrame:
    content = resources.files("transforms").joinpath("tables", name).read_bytes()
    return pl.read_csv(io.BytesIO(content), infer_schema=False)
