"""participants.csv and recordings.csv: who takes part, and who wore what where."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from transforms.diaries.cells import plain_word, read_number, read_word, read_yes_no
from transforms.diaries.entries import unit_of
from transforms.diaries.identity import read_zone
from transforms.diaries.reference import words
from transforms.diaries.sheet import (
    Sheet,
    finish,
    read_column,
    read_sheet,
    refuse_repeated,
    refuse_rows,
    rejected_rows,
    standing_rows,
    text_of,
    unusable_sheet,
    with_columns_named,
)
from transforms.schema import BODY_SITES, PARTICIPANT

_NUMBERS = {
    "birth_year": (1880, 2100),
    "weight_kg": (2, 500),
    "ferritin_ug_l": (0, 20_000),
    "irls_score": (0, 40),
}
_YES_NO = ("is_pregnant", "is_smoker", "uses_oral_contraceptive")

# By name: who somebody is, where they live, how they are reached, and what they wrote in their own words.
_IDENTIFYING_NAME = re.compile(
    r"(^|_)(name|names|firstname|forename|surname|lastname|fullname|initials|e?_?mail|phone|telephone|tel|mobile|cell"
    r"|address|street|city|town|zip|zipcode|postcode|postal|dob|birthday|birthdate|ssn|nhs|mrn|insurance|passport"
    r"|ip|ipaddress|latitude|longitude|lat|lon|lng|gps|coordinates|comment|comments|note|notes|remark|remarks"
    r"|free_text|freetext|text|username|login|contact|kin|nickname|alias|employer|physician|doctor|gp"
    r"|vorname|nachname|familienname|stra(ß|ss)e|ort|plz|telefon|handy|geburtsdatum|geburtstag|bemerkung|kommentar"
    r"|nom|prénom|prenom|adresse|ville|téléphone|naissance|nombre|apellidos?|dirección|nacimiento)(_|$)"
    r"|birth_?date|date_of_birth|day_of_birth|born_on"
)
# By content: e-mail, IP address, coordinates, telephone number, and dates (a full date beside a person is as good
# as a name). Sentences are counted apart.
_IDENTIFYING_CONTENT = (
    r"\S@\S|^\d{1,3}(\.\d{1,3}){3}$|^-?\d{1,3}\.\d{3,}[,; ]+-?\d{1,3}\.\d{3,}$"
    r"|^\+?\d[\d ()/-]{8,}\d$|^(19|20)\d{6}$|^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$"
)
_SENTENCE = r"(\p{L}+[\s,.;]+){3,}\p{L}+"

RECORDING_LIST = pl.Schema(
    dict.fromkeys(("file", "participant_id", "body_site", "time_zone", "config_time_zone"), pl.String)
)
"""What recordings.csv says, one row per file."""


def read_participants(content: bytes, file_name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read participants.csv into PARTICIPANT and REJECTED_ENTRY.

    Columns that the contract does not name are carried along as one JSON object in ``further``, except those that
    identify a person by their name or by what they hold: these are dropped, and a rejected entry without a value
    says so.
    """
    sheet = with_columns_named(read_sheet(content, file_name), _other_words())
    if sheet.columns and not sheet.has("participant_id"):
        sheet = unusable_sheet(file_name, "columns missing: participant_id")
    sheet = replace(sheet, tells_birth=True)
    cell = text_of(sheet, "participant_id")
    sheet = read_column(sheet, "participant_id", cell, pl.lit(None, dtype=pl.String), is_required=True)
    sheet = read_column(sheet, "sex", *read_word(text_of(sheet, "sex"), words("sex")))
    for column, (lowest, highest) in _NUMBERS.items():
        value, reason = read_number(text_of(sheet, column), lowest, highest, unit_of(column))
        sheet = read_column(sheet, column, value.round(0) if column == "birth_year" else value, reason)
    for column in _YES_NO:
        sheet = read_column(sheet, column, *read_yes_no(text_of(sheet, column), words("yes_no")))
    sheet = read_zone(sheet, "time_zone")
    sheet = refuse_repeated(sheet, ["participant_id"], "the same participant")
    sheet, dropped = _carry_along(sheet)
    rows, rejected = finish(sheet, PARTICIPANT)
    return rows, pl.concat([dropped, rejected])


def _other_words() -> Mapping[str, str]:
    """Return other words for the columns whose cells mean the same under them."""
    return {
        word: name for word, name in words("column").items() if name in {"time_zone", "sex", "birth_year"}
    }


def read_recordings(content: bytes, file_name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read recordings.csv into RECORDING_LIST and REJECTED_ENTRY.

    ``file`` keeps the spelling of the list, with forward slashes; ids are linked by ``match_ids`` once the
    participants are known.
    """
    sheet = read_sheet(content, file_name, required=("file", "participant_id"))
    none = pl.lit(None, dtype=pl.String)
    file = text_of(sheet, "file").str.replace_all("\\", "/", literal=True).str.replace(r"^\./", "")
    outside = pl.when(file.str.contains(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)")).then(
        pl.lit("a path inside the study folder is wanted")
    )
    sheet = read_column(sheet, "file", file, outside, is_required=True)
    sheet = read_column(sheet, "participant_id", text_of(sheet, "participant_id"), none, is_required=True)
    site = plain_word(text_of(sheet, "body_site"))
    known = ", ".join(BODY_SITES)
    unknown = pl.when(site.is_not_null() & ~site.is_in(BODY_SITES)).then(pl.lit(f"not one of {known}"))
    sheet = refuse_rows(read_column(sheet, "body_site", site.fill_null("other"), none), unknown, "body_site")
    sheet = read_zone(read_zone(sheet, "time_zone"), "config_time_zone")
    sheet = refuse_repeated(sheet, ["file"], "the same file")
    return finish(sheet, RECORDING_LIST)


def _carry_along(sheet: Sheet) -> tuple[Sheet, pl.DataFrame]:
    """Add ``further`` as JSON; return also the rejected entries that name the dropped columns."""
    own = [column for column in sheet.columns if column not in PARTICIPANT]
    kept, reasons = [], []
    rows = standing_rows(sheet)
    for column in own:
        cell = rows.select(text_of(sheet, column).alias("cell")).to_series().drop_nulls()
        if _IDENTIFYING_NAME.search(column):
            reasons.append(f"column {column} dropped: by its name it identifies a person or holds free text")
        elif cell.str.contains(_IDENTIFYING_CONTENT).any():
            reasons.append(
                f"column {column} dropped: it holds addresses, telephone numbers, places or full dates"
            )
        elif cell.str.contains(_SENTENCE).any():
            reasons.append(f"column {column} dropped: it holds free text")
        else:
            kept.append(column)
    objects = [
        json.dumps(
            {name: value for name, value in zip(kept, row, strict=True) if value is not None},
            ensure_ascii=False,
        )
        for row in sheet.rows.select(text_of(sheet, column).alias(column) for column in kept).rows()
    ]
    further = pl.Series(objects if kept else [None] * sheet.rows.height, dtype=pl.String)
    dropped = rejected_rows(
        pl.DataFrame(
            {"line_number": [1] * len(reasons), "reason": reasons},
            schema={"line_number": pl.Int64, "reason": pl.String},
        ),
        sheet.file_name,
    )
    added = sheet.rows.with_columns(further.alias("typed_further"))
    return replace(sheet, rows=added), dropped
