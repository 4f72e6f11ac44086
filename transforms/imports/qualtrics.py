"""Qualtrics: answers to surveys, scored by keys with names.

The export has three header rows: names, the questions' texts, and the import ids. Names of people, e-mail and IP
addresses and places are columns of their own; they are not read. The participant is ``ExternalReference``, or an
embedded field ``participant_id``. Times are those of the account: of the zone that study.toml declares for it
(``[imports.account_time_zones]``), else of the study's.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from transforms.diaries.cells import read_number
from transforms.diaries.corrections import settle_repeated
from transforms.diaries.entries import finish_entries, read_instant, with_typed
from transforms.diaries.identity import People, read_person
from transforms.diaries.moments import wall_of
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
    file.delivery.deliver(sheet.columns, sheet.rows.height - answers_from)
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
    sheet: Sheet,
    person: str,
    moment: str,
    key: ScoringKey,
    items: Sequence[str],
    context: ImportContext,
    maker: str = "qualtrics",
) -> Imported:
    """Score one questionnaire of a sheet whose rows are answers of people.

    The coding is judged for the whole file: where all answers lie one above the key's, none is scored, since those of a
    person who happens to answer within the key's range would be wrong; study.toml may declare the lowest answer.
    """
    sheet = replace(sheet, rejected=sheet.rejected.clear())
    if sheet.has("status"):
        kind = text_of(sheet, "status").str.to_lowercase()
        sheet = refuse_rows(
            sheet, pl.when(kind.is_in(_NOT_ANSWERS)).then(pl.lit("a preview, a test or spam"))
        )
    sheet = _in_own_zone(
        read_instant(
            read_person(sheet, _in_account_zone(context, maker), person), moment, name="rated_at", is_required=True, maker="month_first"
        ),
        context,
    )  # fmt: skip
    shift = key.lowest - context.declared.lowest_answers.get(key.scale, float(key.lowest))
    numbers = []
    for place, item in enumerate(items):
        value, reason = read_number(as_number(text_of(sheet, item), key), -1e6, 1e6)
        sheet = read_column(sheet, item, value + shift, reason, name=f"item_{place}")
        numbers.append(pl.col(f"typed_item_{place}"))
    if is_coded_one_higher(sheet, numbers, key):
        reason_all = (
            f"the answers to {key.scale} run from {key.lowest + 1} to {key.highest + 1}, the key from {key.lowest} to "
            f"{key.highest}: none is scored; declare it in study.toml, [imports.lowest_answers] {key.scale} = {key.lowest + 1}"
        )
        return refused(sheet.file_name, reason_all)
    total, reason = score(numbers, key)
    sheet = with_typed(sheet, score=total, scale=pl.lit(key.scale))
    answered = pl.any_horizontal(number.is_not_null() for number in numbers)
    sheet = refuse_rows(sheet, pl.when(answered).then(reason), items[0], is_consequence=True)
    unanswered = pl.col("typed_score").is_null()
    sheet = replace(sheet, rows=sheet.rows.filter(~unanswered | pl.col("is_refused")))
    dataset, schema, when = (
        ("stress_rating", STRESS_RATING, ("logged_date", "rated_at"))
        if key in STRESS_KEYS
        else ("daytime_rating", DAYTIME_RATING, ("logged_date",))
    )
    sheet = settle_repeated(sheet, ("participant_id", *when, "scale"), ("score",))
    return one_frame(dataset, finish_entries(sheet, schema))


def is_coded_one_higher(sheet: Sheet, numbers: Sequence[pl.Expr], key: ScoringKey) -> bool:
    """Tell whether the answers of a file are numbered from one above the key's lowest to one above its highest."""
    answers = pl.concat([sheet.rows.select(number.alias("answer")) for number in numbers])[
        "answer"
    ].drop_nulls()
    if answers.is_empty():
        return False
    lowest, highest = answers.min(), answers.max()
    return lowest == key.lowest + 1 and highest == key.highest + 1 if key.item_count > 1 else False


def _in_account_zone(context: ImportContext, maker: str) -> People:
    """Return the people as if all lived where the account is: it writes its own clock, wherever they are."""
    nowhere = pl.lit(None, dtype=pl.String).alias("time_zone")
    zone = context.declared.account_time_zones.get(maker, context.people.default_time_zone)
    return People(participants=context.people.participants.with_columns(nowhere), default_time_zone=zone)


def _in_own_zone(sheet: Sheet, context: ImportContext) -> Sheet:
    """Give each answer the day that it was where the person lives."""
    lived_in = context.people.participants.select(
        pl.col("participant_id").alias("typed_participant_id"), pl.col("time_zone").alias("__lived_in")
    ).unique("typed_participant_id", keep="first")
    rows = sheet.rows.join(lived_in, on="typed_participant_id", how="left", maintain_order="left")
    zone = pl.coalesce("typed_own_time_zone", "__lived_in", pl.lit(context.people.default_time_zone))
    zones = rows.select(zone.alias("zone"))["zone"].drop_nulls().unique().to_list()
    day = wall_of(pl.col("typed_rated_at"), zone, zones).dt.date()
    rows = rows.with_columns(
        pl.coalesce(day, "typed_logged_date").alias("typed_logged_date"), zone.alias("typed_time_zone")
    )
    return replace(sheet, rows=rows.drop("__lived_in"))
