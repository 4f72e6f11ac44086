"""All diaries of a study, read into one frame each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath

import polars as pl

from transforms.diaries.activity import read_daytime, read_exercise, read_stress
from transforms.diaries.delivery import DELIVERED_COLUMN
from transforms.diaries.identity import People, read_person
from transforms.diaries.intake import HIGHEST_INTAKE, read_caffeine, read_medication, read_nutrients
from transforms.diaries.places import nearest_diary
from transforms.diaries.reference import dietary_reference_intake, words
from transforms.diaries.sheet import (
    Sheet,
    read_sheet,
    rejected_rows,
    tell_unread_columns,
    unusable_sheet,
    with_columns_named,
)
from transforms.diaries.sleep import read_sleep_diary
from transforms.diaries.workbook import is_workbook, worksheets_of
from transforms.errors import InputError
from transforms.parameters.exposures import ExposureParameters
from transforms.schema import (
    CAFFEINE_INTAKE,
    DAYTIME_RATING,
    EXERCISE_BOUT,
    MEDICATION_USE,
    NAP,
    NUTRIENT_DAY,
    REJECTED_ENTRY,
    SLEEP_DIARY,
    STRESS_RATING,
    empty,
    fitted,
)

DIARY_DATASETS: Mapping[str, pl.Schema] = {
    "sleep_diary": SLEEP_DIARY,
    "caffeine_intake": CAFFEINE_INTAKE,
    "exercise_bout": EXERCISE_BOUT,
    "stress_rating": STRESS_RATING,
    "nutrient_day": NUTRIENT_DAY,
    "medication_use": MEDICATION_USE,
    "daytime_rating": DAYTIME_RATING,
    "nap": NAP,
}
"""The datasets that diaries become, by name."""

TOLD_BY = "told_by"
"""Who told an entry: ``diary``, or the maker of the export."""

ROW_COUNT = pl.Schema({"file_name": pl.String(), "delivered_count": pl.Int64(), "kept_count": pl.Int64()})
"""Rows of a file, and the entries that they became; null where a file has no rows to count."""

DIARY_KEYS: Mapping[str, tuple[str, ...]] = {
    "sleep_diary": ("participant_id", "night_date"),
    "caffeine_intake": ("participant_id", "logged_date", "taken_at", "caffeine_mg", "source", "entry_number"),
    "exercise_bout": ("participant_id", "logged_date", "started_at", "duration_min", "met", "activity"),
    "stress_rating": ("participant_id", "logged_date", "rated_at", "scale"),
    "nutrient_day": ("participant_id", "logged_date", "origin"),
    "medication_use": (
        "participant_id",
        "taken_at",
        "start_date",
        "end_date",
        "drug",
        "drug_class",
        "dose_mg",
    ),
    "daytime_rating": ("participant_id", "logged_date", "scale"),
    "nap": ("participant_id", "started_at"),
}
"""What tells the entries of a dataset apart; no two rows of a dataset agree in all of these columns."""

_ZONES = {word: "time_zone" for word, name in words("column").items() if name == "time_zone"}


@dataclass(frozen=True, kw_only=True)
class Diaries:
    """What the participants said about themselves, and what of it could not be used."""

    sleep_diary: pl.DataFrame
    caffeine_intake: pl.DataFrame
    exercise_bout: pl.DataFrame
    stress_rating: pl.DataFrame
    nutrient_day: pl.DataFrame
    medication_use: pl.DataFrame
    daytime_rating: pl.DataFrame
    nap: pl.DataFrame
    rejected_entry: pl.DataFrame
    row_count: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ROW_COUNT))
    """ROW_COUNT: how many rows each file delivered, and how many of them were kept."""
    delivered_column: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DELIVERED_COLUMN))
    """DELIVERED_COLUMN: which columns each file has, and which of them are read."""

    def entries(self) -> dict[str, pl.DataFrame]:
        """Return what was said, by dataset."""
        return {name: getattr(self, name) for name in DIARY_DATASETS}

    def datasets(self) -> dict[str, pl.DataFrame]:
        """Return all that the store holds of diaries but the rejected entries: what was said, and the allowances."""
        return {**self.entries(), "dietary_reference_intake": dietary_reference_intake()}


@dataclass(frozen=True, kw_only=True)
class Diary:
    """One kind of diary: the dataset it becomes, its columns, and how its rows are read."""

    dataset: str
    columns: tuple[str, ...]
    """The contract's columns beside participant_id."""
    required: tuple[str, ...]
    read: Callable[[Sheet], tuple[pl.DataFrame, pl.DataFrame]]
    """Takes a sheet whose rows are linked to participants; returns rows and rejected entries."""


_OF_EVERY_DIARY = ("participant_id", "time_zone", "entered_at")


def kinds_of_diary(parameters: ExposureParameters) -> dict[str, Diary]:
    """Return the diaries by the stem of their file's name."""
    return {
        "sleep": Diary(
            dataset="sleep_diary",
            columns=("night_date", "lights_off", "sleep_onset", "sleep_end", "lights_on"),
            required=("night_date",),
            read=partial(read_sleep_diary, parameters=parameters.sleep_diary),
        ),
        "caffeine": Diary(
            dataset="caffeine_intake",
            columns=("taken_at", "caffeine_mg", "source", "amount", "unit"),
            required=("taken_at",),
            read=read_caffeine,
        ),
        "exercise": Diary(
            dataset="exercise_bout",
            columns=("started_at", "duration_min", "met", "intensity", "activity"),
            required=("started_at", "duration_min"),
            read=partial(read_exercise, parameters=parameters.exercise),
        ),
        "stress": Diary(
            dataset="stress_rating",
            columns=("rated_at", "scale", "score"),
            required=("rated_at", "scale", "score"),
            read=read_stress,
        ),
        "nutrients": Diary(
            dataset="nutrient_day",
            columns=("date", "origin", *HIGHEST_INTAKE),
            required=("date", "origin"),
            read=read_nutrients,
        ),
        "medication": Diary(
            dataset="medication_use",
            columns=("taken_at", "start_date", "end_date", "drug", "drug_class", "dose_mg"),
            required=(),
            read=read_medication,
        ),
        "daytime": Diary(
            dataset="daytime_rating",
            columns=("date", "scale", "score"),
            required=("date", "scale", "score"),
            read=read_daytime,
        ),
    }


def read_diaries(
    files: Mapping[str, bytes],
    participants: pl.DataFrame,
    default_time_zone: str,
    parameters: ExposureParameters,
) -> Diaries:
    """Read the files of ``diary/``.

    Args:
        files: content by file name relative to the study folder; the name's stem says which diary it is, of a workbook
            the names of its sheets do.
        participants: PARTICIPANT; whoever wears a device but is not listed may be added with an id alone. Without rows
            ids are taken as written.
        default_time_zone: the study's IANA zone, for participants and rows that name none.
        parameters: MET of intensities, limits of belief.

    Returns:
        One frame per dataset, sorted by participant, and the rejected entries by file and line. A file that is no
        diary is one rejected entry. What several files say in the same words counts once, and that several tell of
        the same diary is told.
    """
    people = People(
        participants=participants.select("participant_id", "time_zone"), default_time_zone=default_time_zone
    )
    kinds = kinds_of_diary(parameters)
    frames: dict[str, list[pl.DataFrame]] = {name: [] for name in DIARY_DATASETS}
    rejected = [empty(REJECTED_ENTRY)]
    counts: list[tuple[str, int, int]] = []
    columns = [empty(DELIVERED_COLUMN)]
    first: dict[str, str] = {}
    for file_name in sorted(files):
        try:
            tables = _tables_of(file_name, files[file_name], kinds)
        except InputError:
            rejected.append(
                rejected_file(file_name, "not a workbook that can be read; save it again, or as CSV (UTF-8)")
            )
            continue
        for stem, content, reason in tables:
            if stem is None:
                rejected.append(rejected_file(file_name, reason))
                continue
            diary = kinds[stem]
            sheet = _read_known(content, file_name, people, diary)
            frame, refused = diary.read(sheet)
            counts.append((file_name, sheet.delivery.row_count or 0, frame.height))
            columns.append(sheet.delivery.columns(file_name))
            if frames[diary.dataset]:
                before = pl.concat(frames[diary.dataset])
                rejected.append(_read_beside(frame, before, diary.dataset, file_name, first[stem]))
            first.setdefault(stem, file_name)
            frames[diary.dataset].append(
                frame.with_columns(pl.lit("diary").alias(TOLD_BY)) if TOLD_BY in frame.columns else frame
            )
            rejected.append(refused)
    whole = pl.DataFrame(counts, schema=ROW_COUNT, orient="row")
    per_file = whole.group_by("file_name", maintain_order=True).sum()
    return replace(
        gather(frames, rejected),
        row_count=per_file.select(pl.col(c).cast(t) for c, t in ROW_COUNT.items()),
        delivered_column=pl.concat(columns),
    )


def _read_beside(
    frame: pl.DataFrame, before: pl.DataFrame, dataset: str, file_name: str, first: str
) -> pl.DataFrame:
    """Say that a diary lies in a second file, how much both say alike, and how much of it they say otherwise."""
    key = list(DIARY_KEYS[dataset])
    said = [name for name in frame.columns if name != TOLD_BY]
    alike = frame.join(before.select(said).unique(), on=said, how="semi", nulls_equal=True).height
    otherwise = frame.join(before.select(key).unique(), on=key, how="semi", nulls_equal=True).height - alike
    clash = f"; said otherwise, so that {first} counts: {otherwise}" if otherwise else ""
    return rejected_file(
        file_name,
        f"{first} holds this diary too and both are read; in both, counted once: {alike}{clash}; keep one file",
    )


def _read_known(content: bytes, file_name: str, people: People, diary: Diary) -> Sheet:
    """Read a diary's table: columns under other words are understood, those that nothing reads are told."""
    hints = words("column")
    sheet = with_columns_named(read_sheet(content, file_name), _ZONES)
    known = (*_OF_EVERY_DIARY, *diary.columns)
    lacking = [name for name in ("participant_id", *diary.required) if not sheet.has(name)]
    if lacking and sheet.columns:
        found = [hint for name in sheet.columns if (hint := hints.get(name)) in lacking and hint]
        meant = f"; another word stands for {', '.join(found)}" if found else ""
        reason = f"columns missing: {', '.join(lacking)}{meant}; wanted in the first line: {', '.join(known)}"
        unusable = replace(unusable_sheet(file_name, reason), delivery=sheet.delivery)
        return read_person(unusable, people)
    return read_person(tell_unread_columns(sheet, known, hints), people)


def _tables_of(
    file_name: str, content: bytes, kinds: Mapping[str, Diary]
) -> list[tuple[str | None, bytes, str]]:
    """Return kind and content of each table of a file, and why a table is of no kind."""
    path = PurePosixPath(file_name)
    if not is_workbook(content):
        return [(path.stem, content, "")] if path.stem in kinds else [(None, b"", _not_a_diary(kinds))]
    sheets = worksheets_of(content, file_name)
    if path.stem in kinds and len(sheets) == 1:
        return [(path.stem, sheets[0][1], "")]
    return [
        (name.strip(), table, "") if name.strip() in kinds else (None, b"", _not_a_sheet(place, name, kinds))
        for place, (name, table) in enumerate(sheets, start=1)
    ]


def gather(frames: Mapping[str, list[pl.DataFrame]], rejected: list[pl.DataFrame]) -> Diaries:
    """Put parts of the datasets together, sorted by participant and then as they came.

    What two parts say in the same words (who told it aside) counts once; DIARY_KEYS holds then.
    """
    whole = {}
    for name, schema in DIARY_DATASETS.items():
        rows = pl.concat([empty(schema), *(fitted(part, schema) for part in frames.get(name, []))])
        once = rows.unique(DIARY_KEYS[name], keep="first", maintain_order=True)
        whole[name] = once.sort("participant_id", maintain_order=True)
    return Diaries(**whole, rejected_entry=pl.concat([empty(REJECTED_ENTRY), *rejected]))


def _not_a_sheet(place: int, name: str, kinds: Mapping[str, Diary]) -> str:
    nearest = nearest_diary(name)
    then = f"is {nearest} meant? names are exact" if nearest else f"its name is none of {', '.join(kinds)}"
    return f"the sheet in place {place} is not read: {then}"


def _not_a_diary(kinds: Mapping[str, Diary]) -> str:
    return f"not one of the diaries {', '.join(f'{stem}.csv' for stem in kinds)}"


def rejected_file(file_name: str, reason: str) -> pl.DataFrame:
    """Return one row of REJECTED_ENTRY about a whole file."""
    row = pl.DataFrame(
        {"line_number": [None], "reason": [reason]}, schema={"line_number": pl.Int64, "reason": pl.String}
    )
    return rejected_rows(row, file_name)
