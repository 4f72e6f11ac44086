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
from transforms.schema import CAFFEINE_INTAKE, MEDICATION_USE, NUTRIENT_DAY, NUTRIENTS

HIGHEST_DOSE_MG = 5000
"""Highest caffeine of one entry that is believed: what follows is a slip of the decimal point, or no dose [mg]."""
HIGHEST_INTAKE = {nutrient.column: nutrient.highest_intake for nutrient in NUTRIENTS}
"""Highest intake of one entry that is believed, by column of the diary [unit of the column]."""
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
    *(
        "antipsychotic",
        "lithium",
        "gabapentinoid",
        "opioid",
        "melatonin",
        "z_drug",
        "beta_blocker",
        "stimulant",
    ),
    *(
        "magnesium",
        "vitamin",
        "antiepileptic",
        "antihypertensive",
        "analgesic",
        "contraceptive",
        "none",
        "other",
    ),
)
"""Classes that are kept from exports; a diary of the study may name others, of one word."""
_CLASS_WORDS = {
    **dict.fromkeys(DRUG_CLASSES),
    "dopamine_agonist": "dopaminergic", "dopamine_agonists": "dopaminergic", "dopamine": "dopaminergic",
    "levodopa": "dopaminergic", "benzodiazepines": "benzodiazepine", "benzo": "benzodiazepine",
    "iron_supplement": "iron", "ssris": "ssri", "snris": "snri", "tca": "tricyclic",
    "tricyclic_antidepressant": "tricyclic", "antidepressants": "antidepressant",
    "antihistamines": "antihistamine", "neuroleptic": "antipsychotic", "alpha_2_delta_ligand": "gabapentinoid",
    "alpha2delta": "gabapentinoid", "opioids": "opioid", "z_drugs": "z_drug", "beta_blockers": "beta_blocker",
    "no": "none",
}  # fmt: skip
# One word, then nothing but salts, forms and strengths: what else stands there is free text.
_DRUG_ENDINGS = (
    r"sul(f|ph)ate|fumarate|gluconate|bisglycinate|carboxymaltose|maltol|sucrose|polymaltose|citrate|oxide|carbonate"
    r"|hydrochloride|hcl|tartrate|maleate|mesylate|acid|enacarbil|carbidopa|levodopa|benserazide|b ?6|b ?12|d ?3"
    r"|extended|release|retard|er|xr|sr|cr|mr|depot|patch|tablets?|capsules?|drops|spray|mg|ug|µg|mcg|g|ml|iu|[\d.,]+"
)
_DRUG = rf"(?i)^\p{{L}}[\p{{L}}\d+.]*([ /-]+({_DRUG_ENDINGS}))*$"


def read_caffeine(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read caffeine.csv into CAFFEINE_INTAKE and REJECTED_ENTRY.

    The dose is ``caffeine_mg`` where it is given; otherwise it follows from ``source``, ``amount`` and ``unit`` by the
    content table. ``taken_at`` may be a date alone (the dose counts for the day, its hour is unknown); a row of 0 mg
    says that none was taken.
    """
    sheet = read_instant(sheet, "taken_at", is_required=True)
    sheet = read_quantity(sheet, "caffeine_mg", 0, HIGHEST_DOSE_MG, name="written_mg")
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
        .when(is_by_source & (pl.col("typed_by_source") > HIGHEST_DOSE_MG))
        .then(pl.lit(f"more than {HIGHEST_DOSE_MG} mg"))
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
    for column, highest in HIGHEST_INTAKE.items():
        sheet = read_quantity(sheet, column, 0, highest)
    nothing = pl.when(
        pl.all_horizontal(pl.col(f"typed_{column}").is_null() for column in HIGHEST_INTAKE)
    ).then(pl.lit("no nutrient can be read from this row"))
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
    written = plain_word(text_of(sheet, "drug_class"))
    known = written.replace_strict(
        {word: name or word for word, name in _CLASS_WORDS.items()}, default=None, return_dtype=pl.String
    )
    # a field of free text may hold anything: of an export only words that are known are kept
    is_kept = known.is_not_null() | (pl.lit(not sheet.is_export) & written.str.contains(r"^[a-z0-9+]{1,20}$"))
    not_a_word = pl.when(~is_kept).then(
        pl.lit("one word is wanted, such as iron; the row counts as another medicine")
    )
    sheet = read_column(sheet, "drug_class", pl.coalesce(known, written), not_a_word, name="class_word")
    said = pl.when(written.is_not_null()).then(pl.col("typed_class_word").fill_null("other"))
    sheet = read_column(sheet, "drug_class", said, pl.lit(None, dtype=pl.String), is_required=True)
    drug = text_of(sheet, "drug")
    not_a_name = pl.when(~drug.str.contains(_DRUG)).then(
        pl.lit("the name of a drug is wanted, one word; the row counts by its class")
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
