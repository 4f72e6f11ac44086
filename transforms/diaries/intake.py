"""caffeine.csv, nutrients.csv and medication.csv: what somebody took."""

import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from transforms.diaries.cells import plain_word, read_word
from transforms.diaries.corrections import read_entered, settle_repeated
from transforms.diaries.entries import (
    finish_entries,
    read_date,
    read_instant,
    read_quantity,
    with_typed,
)
from transforms.diaries.reference import (
    COUNT_UNITS,
    G_PER_UNIT,
    ML_PER_UNIT,
    caffeine_content,
    drug_classes,
    drug_names,
    words,
)
from transforms.diaries.sheet import LINE, Sheet, read_column, refuse_rows, standing_rows, text_of
from transforms.schema import CAFFEINE_INTAKE, MEDICATION_USE, NUTRIENT_DAY, NUTRIENTS

HIGHEST_DOSE_MG = 5000
"""Highest caffeine of one entry that is believed: what follows is a slip of the decimal point, or no dose [mg]."""
HIGHEST_INTAKE = {nutrient.column: nutrient.highest_intake for nutrient in NUTRIENTS}
"""Highest intake of one entry that is believed, by column of the diary [unit of the column]."""
DRUG_CLASSES = tuple(dict.fromkeys(drug_classes().values()))
"""The classes that a diary or an export may name (transforms/tables/drug_class_words.csv)."""
UNKNOWN_CLASS = "unknown"
"""The class of a drug of which neither the name nor the written class is known: no flag may say that it was none."""
# What stands behind a drug's name: salts, forms and strengths.
_ENDINGS = re.compile(
    r"^(sul(f|ph)ate|fumarate|gluconate|bisglycinate|citrate|oxide|carbonate|hydrochloride|hydrochlorid|hcl|tartrate|maleate"
    r"|mesylate|extended|release|retard|er|xr|sr|cr|mr|depot|patch|tablets?|capsules?|tabletten?|kapseln?|filmtabletten?"
    r"|drops|tropfen|spray|pflaster|mg|ug|µg|mcg|g|ml|iu|ie|[\d.,/]+(mg|g|ug|µg|mcg|ml)?)$"
)


def read_caffeine(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read caffeine.csv into CAFFEINE_INTAKE and REJECTED_ENTRY.

    The dose is ``caffeine_mg`` where it is given; otherwise it follows from ``source``, ``amount`` and ``unit`` by the
    content table. ``taken_at`` may be a date alone (the dose counts for the day, its hour is unknown); a row of 0 mg
    says that none was taken.
    """
    sheet = read_instant(read_entered(sheet), "taken_at", is_required=True)
    sheet = read_quantity(sheet, "caffeine_mg", 0, HIGHEST_DOSE_MG, name="written_mg")
    sheet = _dose_by_source(_with_unit_of_amount(sheet))
    twice = "; if there were two, write amount 2 or the doses' sum"
    sheet = settle_repeated(sheet, DOSE, (), twice=twice)
    return finish_entries(with_typed(sheet, entry_number=pl.lit(1)), CAFFEINE_INTAKE)


DOSE = ("participant_id", "logged_date", "taken_at", "caffeine_mg", "source")
"""What two doses of one file cannot agree in."""


def _with_unit_of_amount(sheet: Sheet) -> Sheet:
    """Take the unit that stands in the cell of the amount (2 cups) for the unit, where its own cell is empty."""
    if not sheet.has("amount"):
        return sheet
    part = text_of(sheet, "amount").str.extract_groups(r"^([\d.,/½¼¾⅓⅔ ]+?)\s*(\p{L}[\p{L}. ]*)$")
    number, unit = part.struct.field("1"), part.struct.field("2")
    rows = sheet.rows.with_columns(
        pl.coalesce(number, pl.col("amount")).alias("amount"),
        pl.coalesce(text_of(sheet, "unit"), unit).alias("unit"),
    )
    columns = sheet.columns if sheet.has("unit") else (*sheet.columns, "unit")
    return replace(sheet, rows=rows, columns=columns)


def _dose_by_source(sheet: Sheet) -> Sheet:
    """Add ``source`` and ``caffeine_mg``; of a source only the table's own word is kept, never what was typed."""
    content = caffeine_content()
    asked = sheet.rows.with_columns(plain_word(text_of(sheet, "source")).alias("__word"))
    joined = asked.join(
        content.rename({"caffeine_mg": "__serving_mg"}),
        left_on="__word",
        right_on="word",
        how="left",
        maintain_order="left",
    )
    sheet = read_quantity(replace(sheet, rows=joined), "amount", 0, 10_000)
    written = plain_word(text_of(sheet, "unit")).str.strip_chars(".")
    unit = written.replace_strict(dict(words("unit")), default=written, return_dtype=pl.String)
    ml = unit.replace_strict(ML_PER_UNIT, default=None, return_dtype=pl.Float64)
    g = unit.replace_strict(G_PER_UNIT, default=None, return_dtype=pl.Float64)
    serving_unit = pl.col("serving_unit")
    # a cup, a shot or a tablet is one serving of the thing that is drunk or eaten that way
    is_serving = unit.is_in(COUNT_UNITS) | ((unit == "cup") & (serving_unit == "ml"))
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
    """Read nutrients.csv into NUTRIENT_DAY and REJECTED_ENTRY.

    A row is one day of one origin. Rows that fill each other's empty cells are parts of one; rows that say two things
    of one nutrient are corrections (``settle_repeated``), and are never added up.
    """
    sheet = read_date(read_entered(sheet), "date", name="logged_date", is_required=True)
    sheet = read_column(
        sheet, "origin", *read_word(text_of(sheet, "origin"), words("origin")), is_required=True
    )
    for column, highest in HIGHEST_INTAKE.items():
        sheet = read_quantity(sheet, column, 0, highest)
    nothing = pl.when(
        pl.all_horizontal(pl.col(f"typed_{column}").is_null() for column in HIGHEST_INTAKE)
    ).then(pl.lit("no nutrient can be read from this row"))
    sheet = _with_parts_together(refuse_rows(sheet, nothing, is_consequence=True))
    sheet = settle_repeated(sheet, ("participant_id", "logged_date", "origin"), tuple(HIGHEST_INTAKE))
    return finish_entries(sheet, NUTRIENT_DAY)


def _with_parts_together(sheet: Sheet) -> Sheet:
    """Unite rows of one day and origin that tell of different nutrients."""
    key = ["typed_participant_id", "typed_logged_date", "typed_origin"]
    typed = [f"typed_{column}" for column in HIGHEST_INTAKE]
    standing = standing_rows(sheet)
    if standing.is_empty():
        return sheet
    told = pl.sum_horizontal(pl.col(name).is_not_null().sum() for name in typed)
    parts = standing.group_by(key).agg(
        (pl.len() > 1).alias("__several"),
        (told == pl.sum_horizontal(pl.col(name).is_not_null().any().cast(pl.UInt32) for name in typed)).alias("__fits"),
        pl.col(LINE).min().alias("__first"),
        *(pl.col(name).drop_nulls().first().alias(f"__{name}") for name in typed),
    ).filter("__several", "__fits")  # fmt: skip
    rows = sheet.rows.join(parts, on=key, how="left", maintain_order="left")
    is_part = pl.col("__fits").fill_null(value=False) & ~pl.col("is_refused")
    rows = rows.filter(~(is_part & (pl.col(LINE) != pl.col("__first")))).with_columns(
        pl.when(is_part).then(f"__{name}").otherwise(name).alias(name) for name in typed
    )
    return replace(sheet, rows=rows.drop("__several", "__fits", "__first", *(f"__{name}" for name in typed)))


def read_medication(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read medication.csv into MEDICATION_USE and REJECTED_ENTRY.

    A row is one dose (``taken_at``) or a course of days (``start_date``, ``end_date``, both included). A course without
    an end goes on; a dose whose hour is unknown is a course of one day. The class follows from the drug's name (generic
    or of trade, transforms/tables/drug_name.csv); where that is not known, from the written class. Where neither is,
    the class is ``unknown`` and the flags of that night are empty. Of a name only the table's own word is kept.
    """
    sheet = read_instant(read_entered(sheet), "taken_at", day="taken_date")
    sheet = read_date(read_date(sheet, "start_date", name="first_date"), "end_date", name="last_date")
    is_untimed = pl.col("typed_taken_at").is_null() & pl.col("typed_taken_date").is_not_null()
    sheet = with_typed(
        sheet,
        start_date=pl.when(is_untimed).then("typed_taken_date").otherwise("typed_first_date"),
        end_date=pl.when(is_untimed).then("typed_taken_date").otherwise("typed_last_date"),
    )
    sheet = _with_class(_with_drug(sheet))
    sheet = read_quantity(sheet, "dose_mg", 0, 100_000)
    order = (
        pl.when(pl.col("typed_taken_at").is_null() & pl.col("typed_start_date").is_null())
        .then(pl.lit("neither taken_at nor start_date"))
        .when(pl.col("typed_end_date") < pl.col("typed_start_date"))
        .then(pl.lit("end_date lies before start_date"))
    )
    sheet = refuse_rows(sheet, order, "start_date", is_consequence=True)
    key = ("participant_id", "taken_at", "start_date", "end_date", "drug", "drug_class", "dose_mg")
    return finish_entries(settle_repeated(sheet, key, ()), MEDICATION_USE)


def _with_drug(sheet: Sheet) -> Sheet:
    """Add drug, its ATC code and ``__class`` by the table of names; what else stands there is not kept."""
    written = text_of(sheet, "drug")
    asked = sheet.rows.with_columns(written.alias("__written"))["__written"]
    names = {word: (drug, atc, group) for word, drug, atc, group in drug_names().iter_rows()}
    by_text = {text: _drug_of(text, names) for text in asked.unique().drop_nulls()}
    found = [by_text.get(text, (None, None, None)) for text in asked]
    known = pl.DataFrame(
        found, schema={"__drug": pl.String, "__atc": pl.String, "__class": pl.String}, orient="row"
    )
    sheet = replace(sheet, rows=sheet.rows.hstack(known))
    is_none = (
        plain_word(written).replace_strict(dict(drug_classes()), default=None, return_dtype=pl.String)
        == "none"
    )
    unknown = pl.when(
        pl.col("__drug").is_null() & ~is_none.fill_null(value=False) & written.is_not_null()
    ).then(pl.lit("not in the table of drugs; write the generic name; the row counts by its class"))
    sheet = read_column(sheet, "drug", pl.col("__drug"), unknown)
    return with_typed(sheet, drug=pl.col("__drug"), atc=pl.col("__atc"))


def _drug_of(
    text: str, names: Mapping[str, tuple[str, str, str]]
) -> tuple[str | None, str | None, str | None]:
    """Return drug, code and class of a name with or without salt, form and strength behind it."""
    parts = [part for part in re.split(r"[\s/+_-]+", text.lower().strip()) if part]
    while parts:
        if (word := "_".join(parts)) in names:
            return names[word]
        if len(parts) > 1 and not _ENDINGS.match(parts[-1]):
            return (None, None, None)
        parts.pop()
    return (None, None, None)


def _with_class(sheet: Sheet) -> Sheet:
    """Add drug_class: of the drug, else as written, else unknown."""
    written = plain_word(text_of(sheet, "drug_class"))
    known = written.replace_strict(dict(drug_classes()), default=None, return_dtype=pl.String)
    is_none = (
        plain_word(text_of(sheet, "drug")).replace_strict(
            dict(drug_classes()), default=None, return_dtype=pl.String
        )
        == "none"
    )
    by_drug = pl.col("__class")
    contradicts = by_drug.is_not_null() & known.is_not_null() & (by_drug != known)
    neither = by_drug.is_null() & known.is_null()
    reason = (
        pl.when(contradicts)
        .then(pl.format("another class is written, but {} is {} and counts as that", pl.col("typed_drug"), by_drug))
        .when(neither & written.is_not_null())
        .then(pl.lit("not a class that is known, nor is the drug: whether it was one of those that count is unknown; write the generic name"))
    )  # fmt: skip
    is_named = text_of(sheet, "drug").is_not_null()
    lacks = pl.when(neither & written.is_null() & is_named & ~is_none.fill_null(value=False)).then(
        pl.lit("neither a drug nor a class that is known; the row counts as a drug of unknown class")
    )
    sheet = read_column(
        sheet, "drug_class", pl.coalesce(by_drug, known), pl.coalesce(reason, lacks), name="class_word"
    )
    said = pl.coalesce(by_drug, known, pl.when(is_none).then(pl.lit("none")), pl.lit(UNKNOWN_CLASS))
    is_empty = pl.when(text_of(sheet, "drug_class").is_null() & text_of(sheet, "drug").is_null()).then(
        pl.lit("neither drug nor drug_class")
    )
    return refuse_rows(with_typed(sheet, drug_class=said), is_empty, "drug_class")
