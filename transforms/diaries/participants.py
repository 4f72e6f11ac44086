"""participants.csv and recordings.csv: who takes part, and who wore what where."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from transforms.diaries.cells import plain_word, read_number, read_word, read_yes_no
from transforms.diaries.entries import unit_of
from transforms.diaries.identity import is_code, read_zone
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
    tell_unread_columns,
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

# What a column may be called to be carried along under its name: words of studies. Any other is carried by its place.
_WORDS_OF_STUDIES = frozenset(
    (
        *("age", "aged", "alcohol", "anxiety", "arm", "assessment", "band", "baseline", "batch", "bdi", "beck", "blood", "bmi", "body"),
        *("care", "center", "centre", "class", "clinic", "cm", "code", "cohort", "condition", "control", "count", "country", "crp"),
        *("cycle", "day", "days", "depression", "device", "diabetes", "diagnosed", "diagnosis", "dose", "drinks", "duration", "education"),
        *("employment", "enrolled", "ess", "ethnicity", "family", "ferritin", "final", "first", "followup", "form", "frequency", "fu"),
        *("gad", "group", "haemoglobin", "handed", "handedness", "has", "height", "hemoglobin", "history", "hours", "hads", "id", "in"),
        *("index", "intake", "iron", "irls", "is", "isi", "kg", "kind", "last", "left", "level", "m", "marital", "menopausal", "menopause"),
        *("mg", "min", "minutes", "mode", "month", "months", "n", "night", "nights", "no", "number", "of", "onset", "order", "parity"),
        *("per", "phase", "phq", "post", "pre", "pregnant", "psqi", "quarter", "randomised", "randomized", "region", "renal", "right"),
        *("rls", "score", "scale", "season", "sequence", "session", "severity", "sex", "shift", "side", "site", "size", "smoker"),
        *("smoking", "sleep", "start", "state", "status", "step", "stratum", "stress", "study", "sub", "subgroup", "symptom", "symptoms"),
        *("test", "time", "total", "transferrin", "treatment", "trial", "type", "units", "uses", "visit", "visits", "vitamin", "wave"),
        *("ward", "week", "weeks", "weight", "with", "work", "worker", "year", "years", "yes", "z"),
    )
)  # fmt: skip
_WHOLE = r"^[<>+-]?\d{1,4}$"  # five figures are a postcode, six a day of birth
_DECIMAL = r"^[<>+-]?\d{1,4}[.,]\d{1,3}$"
_CODE = r"^\p{L}[\p{L}_+-]{0,19}\d{0,3}$"
_SHORT_CODE = r"^(\p{L}{1,2}|\p{L}{0,2}\d{1,3}\p{L}{0,1})$"

RECORDING_LIST = pl.Schema(
    dict.fromkeys(("file", "participant_id", "body_site", "time_zone", "config_time_zone"), pl.String)
)
"""What recordings.csv says, one row per file."""


def read_participants(
    content: bytes, file_name: str, *, ids_are_codes: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read participants.csv into PARTICIPANT and REJECTED_ENTRY.

    Ids that may be names are told, unless study.toml says that all of them are codes; the store calls these people by a
    pseudonym.

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
        if column == "birth_year":
            two_figures = pl.when(value < 100).then(pl.lit("write the year in four figures"))
            value, reason = value.round(0), pl.coalesce(two_figures, reason)
        sheet = read_column(sheet, column, value, reason)
    for column in _YES_NO:
        sheet = read_column(sheet, column, *read_yes_no(text_of(sheet, column), words("yes_no")))
    sheet = read_zone(sheet, "time_zone")
    sheet = refuse_repeated(sheet, ["participant_id"], "the same participant")
    sheet, dropped = _carry_along(sheet)
    rows, rejected = finish(sheet, PARTICIPANT)
    names = sheet.rejected.clear() if ids_are_codes else _tell_names(sheet)
    return rows, pl.concat([dropped, names, rejected])


def _tell_names(sheet: Sheet) -> pl.DataFrame:
    """Return the rejected entry that says how many ids may be names, and where the first of them stands."""
    names = standing_rows(sheet).filter(~is_code(pl.col("typed_participant_id")))
    told = names.select("line_number").head(1).with_columns(
        pl.lit(
            f"ids that may be names, this one first: {names.height}; the store calls these people by pseudonyms: write codes "
            "such as P01 here and in the names of folders, or, where these are codes, participant_ids_are_codes = true "
            "below [study] in study.toml"
        ).alias("reason")
    )  # fmt: skip
    return rejected_rows(told, sheet.file_name)


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
    sheet = tell_unread_columns(sheet, tuple(RECORDING_LIST), words("column"))
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
    """Add ``further`` as JSON; return also the rejected entries that tell of the dropped columns.

    A column is carried along where all its cells are of one kind that says nothing of a person: numbers of few figures,
    yes and no, or codes that repeat (each stands for at least two people, or is of one or two letters).
    """
    own = [column for column in sheet.columns if column not in PARTICIPANT]
    rows = standing_rows(sheet)
    kept: dict[str, str] = {}
    told = []
    for place, column in enumerate(sheet.columns, start=1):
        if column not in own:
            continue
        cells = rows.select(text_of(sheet, column).alias("cell")).to_series().drop_nulls()
        name = column if _is_plain_name(column) else f"column_{place}"
        if not _says_nothing_of_a_person(cells, has_plain_name=name == column):
            told.append(
                f"{name if name == column else f'the column in place {place}'} is not carried along: a column of its own holds "
                "numbers, yes and no, or codes that repeat"
            )
            continue
        kept[column] = name
        if name != column:
            told.append(
                f"the column in place {place} is carried along as {name}: its name is no word of studies"
            )
    objects = [
        json.dumps(
            {name: value for name, value in zip(kept.values(), row, strict=True) if value is not None},
            ensure_ascii=False,
        )
        for row in sheet.rows.select(text_of(sheet, column).alias(column) for column in kept).rows()
    ]
    further = pl.Series(objects if kept else [None] * sheet.rows.height, dtype=pl.String)
    dropped = rejected_rows(
        pl.DataFrame(
            {"line_number": [1] * len(told), "reason": told},
            schema={"line_number": pl.Int64, "reason": pl.String},
        ),
        sheet.file_name,
    )
    added = sheet.rows.with_columns(further.alias("typed_further"))
    return replace(sheet, rows=added), dropped


def _is_plain_name(column: str) -> bool:
    """Tell whether a header is made of words of studies, each with no more than two figures behind it."""
    words = [re.sub(r"\d{1,2}$", "", word) for word in column.split("_") if word]
    return bool(words) and bool(words[0]) and all(word in _WORDS_OF_STUDIES or word == "" for word in words)


def _says_nothing_of_a_person(cells: pl.Series, *, has_plain_name: bool) -> bool:
    yes_no = words("yes_no")
    plain = cells.str.to_lowercase()
    if cells.is_empty() or plain.is_in(list(yes_no)).all():
        return True
    if (cells.str.contains(_WHOLE) | cells.str.contains(_DECIMAL)).all():
        return True
    counts = cells.value_counts()
    # under a name of its own, such as one for names, words may be names however often they come
    repeats = has_plain_name and bool((counts["count"] >= 2).all())
    is_short = bool(cells.str.contains(_SHORT_CODE).all())
    return bool(cells.str.contains(_CODE).all()) and (repeats or is_short)
