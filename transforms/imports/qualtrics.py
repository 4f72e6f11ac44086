"""Qualtrics: answers to surveys, scored by keys with names.

The export has three header rows: names, the questions' texts, and the import ids. Names of people, e-mail and IP
addresses and places are columns of their own; they are not read. The participant is ``ExternalReference``, or an
embedded field ``participant_id``. Times are those of the account, taken for the study's time zone.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from transforms.diaries.cells import read_number
from transforms.diaries.entries import finish_entries, read_instant, with_typed
from transforms.diaries.identity import read_person
from transforms.diaries.sheet import Sheet, read_column, refuse_rows, text_of
from transforms.imports.files import (
    ImportContext,
    Imported,
    ImportFile,
    one_frame,
    open_table,
    refused,
    together,
)
from transforms.imports.questionnaires import (
    DAYTIME_KEYS,
    STRESS_KEYS,
    ScoringKey,
    as_number,
    items_of,
    score,
)
from transforms.schema import DAYTIME_RATING, STRESS_RATING

_PEOPLE = ("participant_id", "externalreference")
_NOT_ANSWERS = ("survey preview", "1", "survey test", "2", "spam", "8", "spam preview", "9")
_TIMES = ("enddate", "recordeddate", "startdate")


def recognises_qualtrics(head: bytes) -> bool:
    """Tell a CSV of Qualtrics by its import ids."""
    return b"ImportId" in head and b"ResponseId" in head and b"RecordedDate" in head


def read_qualtrics(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read surveys into STRESS_RATING and DAYTIME_RATING."""
    return together([_survey(file, context) for file in files])


def _survey(file: ImportFile, context: ImportContext) -> Imported:
    sheet = open_table(file)
    first = next((name for name in sheet.columns), None)
    if first is None:
        return Imported(rejected=sheet.rejected)
    is_import_id = sheet.rows.select(pl.col(first).str.starts_with('{"ImportId"')).to_series()
    if not is_import_id.any():
        return refused(file.name, "the row of import ids is missing; export with all three header rows")
    answers_from = int(is_import_id.arg_true()[0]) + 1
    sheet = replace(sheet, rows=sheet.rows.slice(answers_from), is_export=True)
    person = next((name for name in _PEOPLE if sheet.has(name)), None)
    moment = next((name for name in _TIMES if sheet.has(name)), None)
    if person is None or moment is None:
        return refused(
            file.name, "neither ExternalReference nor participant_id, or no EndDate: nobody to link to"
        )
    keys = {key: items for key in (*STRESS_KEYS, *DAYTIME_KEYS) if (items := items_of(sheet.columns, key))}
    if not keys:
        return refused(
            file.name, "no questionnaire that is known by its items (pss_1 ..., stai_1 ..., ess_1 ..., kss)"
        )
    return together([score_survey(sheet, person, moment, key, items, context) for key, items in keys.items()])


def score_survey(
    sheet: Sheet, person: str, moment: str, key: ScoringKey, items: Sequence[str], context: ImportContext
) -> Imported:
    """Score one questionnaire of a sheet whose rows are answers of people."""
    # the account writes its own wall clock, wherever the participant lives
    nowhere = pl.lit(None, dtype=pl.String).alias("time_zone")
    in_account_zone = replace(context.people, participants=context.people.participants.with_columns(nowhere))
    sheet = replace(sheet, rejected=sheet.rejected.clear())
    if sheet.has("status"):
        kind = text_of(sheet, "status").str.to_lowercase()
        sheet = refuse_rows(
            sheet, pl.when(kind.is_in(_NOT_ANSWERS)).then(pl.lit("a preview, a test or spam"))
        )
    sheet = read_person(sheet, in_account_zone, person)
    sheet = read_instant(sheet, moment, name="rated_at", is_required=True, maker="month_first")
    numbers = []
    for place, item in enumerate(items):
        value, reason = read_number(as_number(text_of(sheet, item), key), -1e6, 1e6)
        sheet = read_column(sheet, item, value, reason, name=f"item_{place}")
        numbers.append(pl.col(f"typed_item_{place}"))
    total, reason = score(numbers, key)
    sheet = with_typed(sheet, score=total, scale=pl.lit(key.scale))
    answered = pl.any_horizontal(number.is_not_null() for number in numbers)
    sheet = refuse_rows(sheet, pl.when(answered).then(reason), items[0], is_consequence=True)
    unanswered = pl.col("typed_score").is_null()
    sheet = replace(sheet, rows=sheet.rows.filter(~unanswered | pl.col("is_refused")))
    dataset, schema = (
        ("stress_rating", STRESS_RATING) if key in STRESS_KEYS else ("daytime_rating", DAYTIME_RATING)
    )
    return one_frame(dataset, finish_entries(sheet, schema))
