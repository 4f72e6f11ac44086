"""REDCap: an export read with its data dictionary.

Which field is what: a field annotation ``@LEGJUMPS=<diary>.<column>`` in the dictionary says so; without one, a form
named like a diary (caffeine, sleep, stress ...) with fields named like its columns, ``taken_at`` or
``caffeine_taken_at``. Fields that the dictionary tags as identifiers, and fields that are mapped to nothing, are never
read. Items of questionnaires are scored by their names.

A row counts for a form where the form was opened: its instance is this form's, and ``<form>_complete`` is 1 or 2 or
one of the mapped cells is filled. An unchecked box is 0 only there; elsewhere nobody was asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from transforms.diaries.identity import read_person
from transforms.diaries.sheet import Sheet, cell_of, plain_name, rejected_rows, text_of, with_names
from transforms.diaries.study_diaries import kinds_of_diary
from transforms.imports.files import (
    ImportContext,
    Imported,
    ImportFile,
    one_frame,
    open_table,
    refused,
    together,
)
from transforms.imports.qualtrics import score_survey
from transforms.imports.questionnaires import DAYTIME_KEYS, STRESS_KEYS, items_of

_TAG = re.compile(r"@LEGJUMPS\s*=\s*'?\"?([a-z]+)\.([a-z0-9_]+)", re.IGNORECASE)
_DICTIONARY = {
    "variable_/_field_name": "field", "field_name": "field",
    "form_name": "form",
    "field_type": "kind",
    "field_label": "label",
    "choices,_calculations,_or_slider_labels": "choices", "select_choices_or_calculations": "choices",
    "identifier?": "identifier", "identifier": "identifier",
    "field_annotation": "annotation",
}  # fmt: skip
# The codes that REDCap proposes for missing data, and the numbers that studies use
_MISSING_WORDS = (
    "ni",
    "inv",
    "unk",
    "nask",
    "asku",
    "nav",
    "msk",
    "na",
    "navu",
    "np",
    "qs",
    "qi",
    "trc",
    "unc",
    "der",
)
_MISSING_NUMBERS = ("-99", "-98", "-97", "-999", "-998", "-9999", "-88", "-77", "-66")
_OPENED = ("1", "2", "complete", "unverified")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the data dictionary."""

    name: str
    form: str
    label: str
    kind: str
    choices: Mapping[str, str]
    target: tuple[str, str] | None
    is_identifier: bool


def recognises_redcap_dictionary(header: frozenset[str]) -> bool:
    """Tell a data dictionary, as downloaded or by the API."""
    return bool({"variable_/_field_name", "field_name"} & header) and {"form_name", "field_type"} <= header


def recognises_redcap_data(header: frozenset[str]) -> bool:
    """Tell a data export, with the names of its fields in the header or with their labels."""
    return bool(
        {"redcap_event_name", "redcap_repeat_instrument", "repeat_instrument", "complete?"} & header
    ) or any(name.endswith("_complete") for name in header)


def read_redcap(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read the exports of a project with its dictionary, which must lie beside them."""
    sheets = [(file, open_table(file, may_repeat=True)) for file in files]
    columns = {
        name: (*kind.columns, "time_zone", "entered_at")
        for name, kind in kinds_of_diary(context.parameters).items()
    }
    dictionaries = [sheet for _, sheet in sheets if recognises_redcap_dictionary(frozenset(sheet.columns))]
    exports = [
        (file, sheet) for file, sheet in sheets if not recognises_redcap_dictionary(frozenset(sheet.columns))
    ]
    fields = [field for sheet in dictionaries for field in read_dictionary(sheet, columns)]
    astray = [part for sheet in dictionaries for part in _annotations_astray(sheet, columns)]
    if not fields:
        wanted = "REDCap's data dictionary is missing; download it and lay it beside the export"
        return together([refused(file.name, wanted) for file, _ in exports])
    parts = [_export(sheet, fields, context) for _, sheet in exports]
    for (file, _), part in zip(exports, parts, strict=True):
        file.delivery.kept_count = part.entry_count
    return together([*astray, *parts])


def read_dictionary(sheet: Sheet, columns: Mapping[str, Sequence[str]]) -> list[Field]:
    """Read the data dictionary; ``columns`` are those of each diary."""
    theirs = {ours: name for name, ours in _DICTIONARY.items() if sheet.has(name)}
    sheet.delivery.know(_DICTIONARY)
    rows = sheet.rows.select(
        (cell_of(sheet, theirs[ours]) if ours in theirs else pl.lit("")).alias(ours)
        for ours in dict.fromkeys(_DICTIONARY.values())
    )
    return [_field(row, columns) for row in rows.iter_rows(named=True)]


def _annotations_astray(sheet: Sheet, columns: Mapping[str, Sequence[str]]) -> list[Imported]:
    """Tell the annotations of ours that name no diary, or no column of it."""
    name = next(
        (name for name, ours in _DICTIONARY.items() if ours == "annotation" and sheet.has(name)), None
    )
    if name is None:
        return []
    return [
        refused(
            sheet.file_name,
            f"this annotation names no column of a diary; wanted is such as @LEGJUMPS=caffeine.caffeine_mg, of the diaries "
            f"{', '.join(columns)}",
            line,
        )
        for line, annotation in sheet.rows.select("line_number", name).iter_rows()
        if (tag := _TAG.search(annotation)) and tag[2].lower() not in columns.get(tag[1].lower(), ())
    ]


def _field(row: Mapping[str, str], columns: Mapping[str, Sequence[str]]) -> Field:
    name, form = row["field"].strip().lower(), row["form"].strip().lower()
    is_identifier = row["identifier"].strip().lower() in {"y", "yes", "1"}
    choices = {}
    for choice in row["choices"].split("|"):
        code, separator, label = choice.partition(",")
        if separator:
            choices[code.strip()] = label.strip()
    return Field(
        name=name,
        form=form,
        label=row["label"].strip(),
        kind=row["kind"].strip().lower(),
        choices=choices,
        target=None if is_identifier else _target(name, form, row["annotation"], columns),
        is_identifier=is_identifier,
    )


def _target(
    name: str, form: str, annotation: str, columns: Mapping[str, Sequence[str]]
) -> tuple[str, str] | None:
    if tag := _TAG.search(annotation):
        diary, column = tag[1].lower(), tag[2].lower()
        return (diary, column) if column in columns.get(diary, ()) else None
    diary = next((known for known in columns if form in {known, f"{known}_diary", f"{known}s"}), None)
    if diary is None:
        return None
    column = name if name in columns[diary] else name.removeprefix(f"{diary}_")
    return (diary, column) if column in columns[diary] else None


def _export(sheet: Sheet, fields: Sequence[Field], context: ImportContext) -> Imported:
    if not sheet.columns:
        return Imported(rejected=sheet.rejected)
    sheet = _named_by_forms(_named_by_fields(sheet, fields), fields)
    record = fields[0].name if sheet.has(fields[0].name) else sheet.columns[0]
    parts = [Imported(rejected=sheet.rejected)]
    sheet = replace(sheet, rejected=sheet.rejected.clear())
    forms: dict[tuple[str, str], list[Field]] = {}
    for field in fields:
        if field.target:
            forms.setdefault((field.form, field.target[0]), []).append(field)
    for (form, diary), mapped in forms.items():
        parts.append(_diary(sheet, record, form, diary, mapped, context))
    parts.extend(_questionnaires(sheet, record, fields, context))
    return together(parts)


def _instrument(sheet: Sheet) -> pl.Expr:
    instrument = text_of(sheet, "redcap_repeat_instrument").fill_null("")
    return instrument.str.to_lowercase().str.replace_all(r"[\s\-]+", "_")


def _named_by_fields(sheet: Sheet, fields: Sequence[Field]) -> Sheet:
    """Give the columns of an export with labels in its header the names of their fields.

    A label may stand over several fields: they come in the order of the dictionary, and so do the columns that say
    whether a form is complete.
    """
    if sum(sheet.has(field.name) for field in fields) * 2 > len(fields):
        return sheet
    known: dict[str, list[str]] = {}
    for field in fields:
        known.setdefault(plain_name(field.label), []).append(field.name)
        for code, choice in field.choices.items():
            box = plain_name(f"{field.label} (choice={choice})")
            known.setdefault(box, []).append(f"{field.name}___{code.lower().replace('-', '_')}")
    known["complete?"] = [f"{form}_complete" for form in dict.fromkeys(field.form for field in fields)]
    known |= {"event_name": ["redcap_event_name"], "repeat_instrument": ["redcap_repeat_instrument"]}
    names = {}
    for column in sheet.columns:
        label, _, place = column.partition("__")
        found = known.get(label) or known.get(column)
        number = int(place) - 1 if place.isdigit() else 0
        if found and number < len(found) and not sheet.has(found[number]):
            names[column] = found[number]
    return with_names(sheet, names)


def _named_by_forms(sheet: Sheet, fields: Sequence[Field]) -> Sheet:
    """Give the repeated instruments of a labelled export the names of their forms.

    The dictionary does not hold the labels of instruments: the rows of one are those of the only form that is filled in
    in them.
    """
    if not sheet.has("redcap_repeat_instrument"):
        return sheet
    forms = list(dict.fromkeys(field.form for field in fields))
    rows = sheet.rows.with_columns(_instrument(sheet).alias("__instrument"))
    names = {}
    told = []
    for label in rows["__instrument"].unique().drop_nulls().to_list():
        if label == "" or label in forms:
            continue
        own = rows.filter(pl.col("__instrument") == label)
        filled = [form for form in forms if _is_filled(own, sheet, form, fields)]
        if len(filled) == 1:
            names[label] = filled[0]
        else:
            told.append(
                (
                    int(own["line_number"][0]),
                    f"{own.height} rows of an instrument that is none of the dictionary's forms are not read; export raw values, or the dictionary of this project",
                )
            )
    renamed_forms = rows.with_columns(pl.col("__instrument").replace(names).alias("redcap_repeat_instrument"))
    rejected = rejected_rows(
        pl.DataFrame(told, schema={"line_number": pl.Int64, "reason": pl.String}, orient="row"),
        sheet.file_name,
    )
    return replace(
        sheet, rows=renamed_forms.drop("__instrument"), rejected=pl.concat([sheet.rejected, rejected])
    )


def _is_filled(rows: pl.DataFrame, sheet: Sheet, form: str, fields: Sequence[Field]) -> bool:
    names = [field.name for field in fields[1:] if field.form == form and sheet.has(field.name)]
    return any(rows[name].str.strip_chars().ne("").any() for name in names)


def _diary(
    sheet: Sheet, record: str, form: str, diary: str, mapped: Sequence[Field], context: ImportContext
) -> Imported:
    """Read one diary from one form."""
    cells: dict[str, pl.Expr] = {}
    boxes: Field | None = None
    for field in mapped:
        column = field.target[1] if field.target else ""
        if field.kind == "checkbox":
            boxes = field
        elif sheet.has(field.name):
            cells[column] = _answer(sheet, field)
    opened = _of_form(sheet, form, list(cells.values()))
    rows = sheet.rows.filter(opened).select(
        "line_number",
        "is_refused",
        text_of(sheet, record).alias("participant_id"),
        *(cell.alias(name) for name, cell in cells.items()),
    )
    if boxes is not None and boxes.target is not None:
        rows = _with_boxes(sheet, sheet.rows.filter(opened), rows, boxes, boxes.target[1])
    columns = tuple(name for name in rows.columns if name not in {"line_number", "is_refused"})
    ours = Sheet(file_name=sheet.file_name, rows=rows, columns=columns, is_export=True)
    linked = read_person(ours, context.people)
    kind = kinds_of_diary(context.parameters)[diary]
    return one_frame(kind.dataset, kind.read(linked))


def _said(sheet: Sheet, field: Field) -> pl.Expr:
    """Return a field's cell without codes of missing data."""
    cell = text_of(sheet, field.name)
    is_missing = cell.str.to_lowercase().is_in(_MISSING_WORDS) | cell.is_in(
        [code for code in _MISSING_NUMBERS if code not in field.choices]
    )
    return pl.when(~is_missing.fill_null(value=False)).then(cell)


def _code(sheet: Sheet, field: Field, published: Sequence[str]) -> pl.Expr:
    """Return an answer to an item by its code: a labelled export holds the label of the choice.

    Where the labels are the published words the answer is given by its word, however the project numbers it.
    """
    said = _said(sheet, field)
    words = {label.lower() for label in published}
    if published and field.choices and all(label.lower() in words for label in field.choices.values()):
        return pl.coalesce(
            said.replace_strict(dict(field.choices), default=None, return_dtype=pl.String), said
        )
    codes = {label: code for code, label in field.choices.items()}
    if not codes:
        return said
    return pl.coalesce(said.replace_strict(codes, default=None, return_dtype=pl.String), said)


def _answer(sheet: Sheet, field: Field) -> pl.Expr:
    """Return a field's cell without codes of missing data; a choice by its label in the dictionary."""
    said = _said(sheet, field)
    if field.kind in {"dropdown", "radio"} and field.choices:
        # raw exports hold the code, labelled ones the label
        return pl.coalesce(
            said.replace_strict(dict(field.choices), default=None, return_dtype=pl.String), said
        )
    return said


def _of_form(sheet: Sheet, form: str, cells: Sequence[pl.Expr]) -> pl.Expr:
    """Tell the rows that belong to a form and in which it was opened."""
    belongs = pl.lit(value=True)
    if sheet.has("redcap_repeat_instrument"):
        # a form may repeat in one event and be filled in once in another: both rows are of it
        instance = _instrument(sheet)
        belongs = (instance == form) | (instance == "")
    filled = pl.any_horizontal(pl.lit(value=False), *(cell.is_not_null() for cell in cells))
    if not sheet.has(f"{form}_complete"):
        return belongs & filled
    is_complete = text_of(sheet, f"{form}_complete").str.to_lowercase().is_in(_OPENED)
    return belongs & (filled | is_complete.fill_null(value=False))


def _with_boxes(
    sheet: Sheet, opened: pl.DataFrame, rows: pl.DataFrame, boxes: Field, column: str
) -> pl.DataFrame:
    """Repeat each row for every checked box, named by its label; with no box checked the row says none."""
    columns = {
        label: box
        for code, label in boxes.choices.items()
        if sheet.has(box := f"{boxes.name}___{code.lower().replace('-', '_')}")
    }
    checked = {
        label: opened.select(cell_of(sheet, box).is_in(["1", "Checked", "checked"])).to_series()
        for label, box in columns.items()
    }
    if not checked:
        return rows
    any_checked = pl.DataFrame(checked).select(pl.any_horizontal(pl.all())).to_series()
    parts = [rows.filter(mask).with_columns(pl.lit(label).alias(column)) for label, mask in checked.items()]
    parts.append(rows.filter(~any_checked).with_columns(pl.lit("none").alias(column)))
    return pl.concat(parts).sort("line_number", maintain_order=True)


def _questionnaires(
    sheet: Sheet, record: str, fields: Sequence[Field], context: ImportContext
) -> list[Imported]:
    """Score questionnaires whose items are fields of one form, dated by its timestamp or by a mapped moment."""
    parts = []
    for form in dict.fromkeys(field.form for field in fields):
        names = [
            field.name
            for field in fields
            if field.form == form and not field.is_identifier and sheet.has(field.name)
        ]
        for key in (*STRESS_KEYS, *DAYTIME_KEYS):
            items = items_of(names, key)
            if not items:
                continue
            moment = next(
                (
                    name
                    for name in (
                        f"{form}_timestamp",
                        *(n for n in names if n.endswith(("_at", "_date")) or n == "date"),
                    )
                    if sheet.has(name)
                ),
                None,
            )
            if moment is None:
                parts.append(
                    refused(
                        sheet.file_name,
                        f"the {key.scale} of form {form} has no date: neither {form}_timestamp nor a field that ends in _at or _date",
                    )
                )
                continue
            by_name = {field.name: field for field in fields}
            answers = [_code(sheet, by_name[item], key.labels).alias(item) for item in items]
            opened = _of_form(sheet, form, [text_of(sheet, item) for item in items])
            rows = sheet.rows.filter(opened).with_columns(
                *(answer.fill_null("") for answer in answers),
                cell_of(sheet, moment).replace("[not completed]", "").alias(moment),
            )
            only = replace(sheet, rows=rows, is_export=True)
            parts.append(score_survey(only, record, moment, key, items, context, "redcap"))
    return parts
