"""caffeine.csv, nutrients.csv and medication.csv: what somebody took."""

from dataclasses import replace

import polars as pl

from transforms.diaries.cells import plain_word, read_word
from transforms.diaries.entries import (
    finish_entries,
    read_date,
    read_instant,
    read_quantity,
    with_typed,
)
from transforms.diaries.reference import COUNT_UNITS, G_PER_UNIT, ML_PER_UNIT, caffeine_content
from transforms.diaries.sheet import Sheet, read_column, refuse_repeated, refuse_rows, text_of
from transforms.schema import CAFFEINE_INTAKE, MEDICATION_USE, NUTRIENT_DAY

_HIGHEST_DOSE_MG = 5000
_NUTRIENTS = {
    "magnesium_mg": 5000,
    "calcium_mg": 20_000,
    "iron_mg": 1000,
    "vitamin_b6_mg": 2000,
    "vitamin_b12_ug": 20_000,
}
_ORIGINS = {
    "food": "food", "foods": "food", "diet": "food",
    "supplement": "supplement", "supplements": "supplement", "tablet": "supplement",
}  # fmt: skip
DRUG_CLASSES = (
    *(
        "dopaminergic",
        "benzodiazepine",
        "iron",
        "ssri",
        "snri",
        "tricyclic",
        "antidepressant",
        "antihistamine",
    ),
    *("antipsychotic", "lithium", "gabapentinoid", "opioid", "melatonin", "z_drug", "beta_blocker", "none"),
)
"""Classes that are kept from exports; a diary of the study may name others."""
_DRUG = r"^[\p{L}][\p{L}\d .+/-]{0,39}$"


def read_caffeine(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read caffeine.csv into CAFFEINE_INTAKE and REJECTED_ENTRY.

    The dose is ``caffeine_mg`` where it is given; otherwise it follows from ``source``, ``amount`` and ``unit`` by the
    content table. ``taken_at`` may be a date alone (the dose counts for the day, its hour is unknown); a row of 0 mg
    says that none was taken.
    """
    sheet = read_instant(sheet, "taken_at", is_required=True)
    sheet = read_quantity(sheet, "caffeine_mg", 0, _HIGHEST_DOSE_MG, name="written_mg")
    sheet = _dose_by_source(sheet)
    sheet = refuse_repeated(sheet, (*CAFFEINE_INTAKE.names(), "amount", "unit"), "the same entry")
    return finish_entries(sheet, CAFFEINE_INTAKE)


def _dose_by_source(sheet: Sheet) -> Sheet:
    """Add ``source`` and ``caffeine_mg``; of a source only the table's own word is kept, never what was typed."""
    content = caffeine_content()
    words = sheet.rows.with_columns(plain_word(text_of(sheet, "source")).alias("__word"))
    joined = words.join(
        content.rename({"caffeine_mg": "__serving_mg"}),
        left_on="__word",
        right_on="word",
        how="left",
        maintain_order="left",
    )
    sheet = read_quantity(replace(sheet, rows=joined), "amount", 0, 10_000)
    unit = plain_word(text_of(sheet, "unit")).str.strip_chars(".")
    ml = unit.replace_strict(ML_PER_UNIT, default=None, return_dtype=pl.Float64)
    g = unit.replace_strict(G_PER_UNIT, default=None, return_dtype=pl.Float64)
    serving_unit = pl.col("serving_unit")
    # a cup, a shot or a tablet is one serving of the thing that is drunk or eaten that way
    is_serving = unit.is_in(COUNT_UNITS) | (unit.is_in(["cup", "cups"]) & (serving_unit == "ml"))
    in_servings = (
        pl.when(is_serving)
        .then(pl.col("typed_amount"))
        .when(serving_unit == "ml")
        .then(pl.col("typed_amount") * ml / pl.col("serving_size"))
        .when(serving_unit == "g")
        .then(pl.col("typed_amount") * g / pl.col("serving_size"))
    )
    says_none = pl.col("__serving_mg") == 0
    by_source = (
        pl.when(unit == "mg")
        .then(pl.col("typed_amount"))
        .when(says_none & (pl.col("source_name") == "none"))
        .then(pl.lit(0.0))
        .otherwise(pl.col("__serving_mg") * in_servings)
    )
    is_by_source = text_of(sheet, "caffeine_mg").is_null()
    unknown = pl.when(
        is_by_source
        & text_of(sheet, "source").is_not_null()
        & pl.col("source_name").is_null()
        & (unit != "mg").fill_null(value=True)
    ).then(pl.lit("not in the content table; write caffeine_mg"))
    kept = pl.when(pl.col("__word").is_not_null()).then(pl.col("source_name").fill_null("other"))
    sheet = read_column(with_typed(sheet, unit=unit, by_source=by_source), "source", kept, unknown)
    needed = (
        pl.when(is_by_source & text_of(sheet, "source").is_null() & pl.col("typed_by_source").is_null())
        .then(pl.lit("neither caffeine_mg nor source, amount and unit"))
        .when(is_by_source & pl.col("source_name").is_not_null() & pl.col("typed_by_source").is_null())
        .then(
            pl.format(
                "amount and unit do not give servings of {}; write ml, g or serving", pl.col("source_name")
            )
        )
        .when(is_by_source & (pl.col("typed_by_source") > _HIGHEST_DOSE_MG))
        .then(pl.lit(f"more than {_HIGHEST_DOSE_MG} mg"))
    )
    sheet = with_typed(
        sheet, caffeine_mg=pl.coalesce("typed_written_mg", pl.when(is_by_source).then("typed_by_source"))
    )
    sheet = refuse_rows(sheet, needed, "unit" if sheet.has("unit") else None, is_consequence=True)
    fell = pl.when(pl.col("typed_caffeine_mg").is_null()).then(pl.lit("no dose can be read from this row"))
    return refuse_rows(sheet, fell, "caffeine_mg", is_consequence=True)


def read_nutrients(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read nutrients.csv into NUTRIENT_DAY and REJECTED_ENTRY; several rows of one day and origin are parts of it."""
    sheet = read_date(sheet, "date", name="logged_date", is_required=True)
    sheet = read_column(sheet, "origin", *read_word(text_of(sheet, "origin"), _ORIGINS), is_required=True)
    for column, highest in _NUTRIENTS.items():
        sheet = read_quantity(sheet, column, 0, highest)
    nothing = pl.when(pl.all_horizontal(pl.col(f"typed_{column}").is_null() for column in _NUTRIENTS)).then(
        pl.lit("no nutrient can be read from this row")
    )
    sheet = refuse_repeated(
        refuse_rows(sheet, nothing, is_consequence=True), NUTRIENT_DAY.names(), "the same entry"
    )
    return finish_entries(sheet, NUTRIENT_DAY)


def read_medication(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read medication.csv into MEDICATION_USE and REJECTED_ENTRY.

    A row is one dose (``taken_at``) or a course of days (``start_date``, ``end_date``, both included). A course without
    an end goes on; a dose whose hour is unknown is a course of one day.
    """
    sheet = read_instant(sheet, "taken_at", day="taken_date")
    sheet = read_date(read_date(sheet, "start_date", name="first_date"), "end_date", name="last_date")
    is_untimed = pl.col("typed_taken_at").is_null() & pl.col("typed_taken_date").is_not_null()
    sheet = with_typed(
        sheet,
        start_date=pl.when(is_untimed).then("typed_taken_date").otherwise("typed_first_date"),
        end_date=pl.when(is_untimed).then("typed_taken_date").otherwise("typed_last_date"),
    )
    drug_class = plain_word(text_of(sheet, "drug_class"))
    not_a_word = pl.when(~drug_class.str.contains(r"^[a-z0-9_+]{1,40}$")).then(
        pl.lit("one word is wanted, such as iron")
    )
    if sheet.is_export:  # a field of free text may hold anything: only words that are known are kept
        drug_class = (
            pl.when(drug_class.is_in(DRUG_CLASSES))
            .then(drug_class)
            .when(drug_class.is_not_null())
            .then(pl.lit("other"))
        )
    sheet = read_column(sheet, "drug_class", drug_class, not_a_word, is_required=True)
    drug = text_of(sheet, "drug")
    not_a_name = pl.when(~drug.str.contains(_DRUG)).then(
        pl.lit("the name of a drug is wanted, 40 characters at most")
    )
    kept_name = pl.lit(None, dtype=pl.String) if sheet.is_export else drug.str.to_lowercase()
    sheet = read_column(sheet, "drug", kept_name, not_a_name)
    sheet = read_quantity(sheet, "dose_mg", 0, 100_000)
    order = (
        pl.when(pl.col("typed_taken_at").is_null() & pl.col("typed_start_date").is_null())
        .then(pl.lit("neither taken_at nor start_date"))
        .when(pl.col("typed_end_date") < pl.col("typed_start_date"))
        .then(pl.lit("end_date lies before start_date"))
    )
    sheet = refuse_rows(sheet, order, "start_date", is_consequence=True)
    sheet = refuse_repeated(sheet, MEDICATION_USE.names(), "the same entry")
    return finish_entries(sheet, MEDICATION_USE)
