"""All diaries of a study, read into one frame each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

import polars as pl

from transforms.diaries.activity import read_daytime, read_exercise, read_stress
from transforms.diaries.entries import read_entries
from transforms.diaries.identity import People
from transforms.diaries.intake import read_caffeine, read_medication, read_nutrients
from transforms.diaries.reference import dietary_reference_intake
from transforms.diaries.sheet import Sheet, rejected_rows
from transforms.diaries.sleep import read_sleep_diary
from transforms.parameters.exposures import ExposureParameters
from transforms.schema import (
    CAFFEINE_INTAKE,
    DAYTIME_RATING,
    EXERCISE_BOUT,
    MEDICATION_USE,
    NUTRIENT_DAY,
    REJECTED_ENTRY,
    SLEEP_DIARY,
    STRESS_RATING,
    empty,
)

DIARY_DATASETS: Mapping[str, pl.Schema] = {
    "sleep_diary": SLEEP_DIARY,
    "caffeine_intake": CAFFEINE_INTAKE,
    "exercise_bout": EXERCISE_BOUT,
    "stress_rating": STRESS_RATING,
    "nutrient_day": NUTRIENT_DAY,
    "medication_use": MEDICATION_USE,
    "daytime_rating": DAYTIME_RATING,
}
"""The datasets that diaries become, by name."""


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
    rejected_entry: pl.DataFrame

    def entries(self) -> dict[str, pl.DataFrame]:
        """Return what was said, by dataset."""
        return {name: getattr(self, name) for name in DIARY_DATASETS}

    def datasets(self) -> dict[str, pl.DataFrame]:
        """Return all that the store holds of diaries but the rejected entries: what was said, and the allowances."""
        return {**self.entries(), "dietary_reference_intake": dietary_reference_intake()}


@dataclass(frozen=True, kw_only=True)
class Diary:
    """One kind of diary: the dataset it becomes, the columns it must have, and how its rows are read."""

    dataset: str
    required: tuple[str, ...]
    read: Callable[[Sheet], tuple[pl.DataFrame, pl.DataFrame]]
    """Takes a sheet whose rows are linked to participants; returns rows and rejected entries."""


def kinds_of_diary(parameters: ExposureParameters) -> dict[str, Diary]:
    """Return the diaries by the stem of their file's name."""
    return {
        "sleep": Diary(dataset="sleep_diary", required=("night_date",), read=read_sleep_diary),
        "caffeine": Diary(dataset="caffeine_intake", required=("taken_at",), read=read_caffeine),
        "exercise": Diary(
            dataset="exercise_bout",
            required=("started_at", "duration_min"),
            read=partial(read_exercise, parameters=parameters.exercise),
        ),
        "stress": Diary(dataset="stress_rating", required=("rated_at", "scale", "score"), read=read_stress),
        "nutrients": Diary(dataset="nutrient_day", required=("date", "origin"), read=read_nutrients),
        "medication": Diary(dataset="medication_use", required=("drug_class",), read=read_medication),
        "daytime": Diary(dataset="daytime_rating", required=("date", "scale", "score"), read=read_daytime),
    }


def read_diaries(
    files: Mapping[str, bytes],
    participants: pl.DataFrame,
    default_time_zone: str,
    parameters: ExposureParameters,
) -> Diaries:
    """Read the files of ``diary/``.

    Args:
        files: content by file name relative to the study folder; the name's stem says which diary it is.
        participants: PARTICIPANT; whoever wears a device but is not listed may be added with an id alone. Without rows
            ids are taken as written.
        default_time_zone: the study's IANA zone, for participants and rows that name none.
        parameters: MET of intensities, limits of belief.

    Returns:
        One frame per dataset, sorted by participant, and the rejected entries by file and line. A file that is no
        diary is one rejected entry.
    """
    people = People(
        participants=participants.select("participant_id", "time_zone"), default_time_zone=default_time_zone
    )
    kinds = kinds_of_diary(parameters)
    frames: dict[str, list[pl.DataFrame]] = {name: [] for name in DIARY_DATASETS}
    rejected = [empty(REJECTED_ENTRY)]
    for file_name in sorted(files):
        stem = PurePosixPath(file_name).stem.lower()
        if stem not in kinds:
            rejected.append(_not_a_diary(file_name, kinds))
            continue
        diary = kinds[stem]
        frame, refused = diary.read(read_entries(files[file_name], file_name, people, diary.required))
        frames[diary.dataset].append(frame)
        rejected.append(refused)
    return gather(frames, rejected)


def gather(frames: Mapping[str, list[pl.DataFrame]], rejected: list[pl.DataFrame]) -> Diaries:
    """Put parts of the datasets together, sorted by participant and then as they came."""
    whole = {
        name: pl.concat([empty(schema), *frames.get(name, [])]).sort("participant_id", maintain_order=True)
        for name, schema in DIARY_DATASETS.items()
    }
    return Diaries(**whole, rejected_entry=pl.concat([empty(REJECTED_ENTRY), *rejected]))


def _not_a_diary(file_name: str, kinds: Mapping[str, Diary]) -> pl.DataFrame:
    known = ", ".join(f"{stem}.csv" for stem in kinds)
    return rejected_rows(
        pl.DataFrame(
            {"line_number": [None], "reason": [f"not one of the diaries {known}"]},
            schema={"line_number": pl.Int64, "reason": pl.String},
        ),
        file_name,
    )
