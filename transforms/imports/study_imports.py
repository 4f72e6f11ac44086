"""All exports of a study: recognised by what they hold, read, and put together with the native diaries."""

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from transforms.declared import Declared
from transforms.diaries.delivery import DELIVERED_COLUMN, meant_columns
from transforms.diaries.identity import People
from transforms.diaries.intake import DOSE
from transforms.diaries.sleep import TIMES
from transforms.diaries.study_diaries import (
    DIARY_DATASETS,
    ROW_COUNT,
    TOLD_BY,
    Diaries,
    gather,
)
from transforms.imports.apple_health import read_apple_health, recognises_apple_health
from transforms.imports.asa24 import read_asa24, recognises_asa24
from transforms.imports.files import (
    ImportContext,
    Imported,
    ImportFile,
    header_of,
    refused,
    unpacked,
)
from transforms.imports.merging import IS_TIMED, merge_nights
from transforms.imports.nhanes import read_nhanes, recognises_nhanes
from transforms.imports.not_used import not_used, refusals_of
from transforms.imports.nutrition_apps import (
    read_daily_totals,
    read_exercises,
    read_other_myfitnesspal,
    read_servings,
    read_summary,
    recognises_daily_totals,
    recognises_exercises,
    recognises_other_myfitnesspal,
    recognises_servings,
    recognises_summary,
)
from transforms.imports.qualtrics import read_qualtrics, recognises_qualtrics
from transforms.imports.records import load_json
from transforms.imports.redcap import read_redcap, recognises_redcap_data, recognises_redcap_dictionary
from transforms.imports.sleep_logs import read_consensus, read_ggir, recognises_consensus, recognises_ggir
from transforms.imports.sources import (
    newest_of_each_day,
    once_across_files,
    one_source_a_day,
    with_rank,
    without_overlap,
)
from transforms.imports.wearable_tables import (
    read_fitbit_table,
    read_garmin_nights,
    read_strava,
    recognises_fitbit_table,
    recognises_garmin_nights,
    recognises_strava,
)
from transforms.imports.wearables import (
    read_fitbit,
    read_garmin,
    read_garmin_bouts,
    read_garmin_sleep,
    read_oura,
    read_oura_table,
    recognises_fitbit,
    recognises_garmin,
    recognises_garmin_bouts,
    recognises_garmin_sleep,
    recognises_oura,
    recognises_oura_table,
)
from transforms.parameters.exposures import ExposureParameters
from transforms.schema import SLEEP_DIARY, SURVEY_PERSON, empty, fitted

_Reader = Callable[[list[ImportFile], ImportContext], Imported]

# The first that recognises a header wins; the order is from the most to the least particular.
_TABLES: Sequence[tuple[str, Callable[[frozenset[str]], bool], _Reader]] = (
    ("ASA24", recognises_asa24, read_asa24),
    ("REDCap dictionary", recognises_redcap_dictionary, read_redcap),
    ("Cronometer servings", recognises_servings, read_servings),
    ("Cronometer exercises", recognises_exercises, read_exercises),
    ("MyFitnessPal", recognises_summary, read_summary),
    ("MyFitnessPal", recognises_other_myfitnesspal, read_other_myfitnesspal),
    ("Fitbit", recognises_fitbit_table, read_fitbit_table),
    ("Strava", recognises_strava, read_strava),
    ("Garmin", recognises_garmin, read_garmin),
    ("Garmin", recognises_garmin_nights, read_garmin_nights),
    ("Oura", recognises_oura_table, read_oura_table),
    ("Consensus Sleep Diary", recognises_consensus, read_consensus),
    ("GGIR", recognises_ggir, read_ggir),
    ("REDCap", recognises_redcap_data, read_redcap),
    ("Cronometer days", recognises_daily_totals, read_daily_totals),
)
_BYTES: Sequence[tuple[str, Callable[[bytes], bool], _Reader]] = (
    ("NHANES", recognises_nhanes, read_nhanes),
    ("Apple Health", recognises_apple_health, read_apple_health),
    ("Qualtrics", recognises_qualtrics, read_qualtrics),
)
_JSON: Sequence[tuple[str, Callable[[Any], bool], _Reader]] = (
    ("Fitbit", recognises_fitbit, read_fitbit),
    ("Oura", recognises_oura, read_oura),
    ("Garmin", recognises_garmin_sleep, read_garmin_sleep),
    ("Garmin", recognises_garmin_bouts, read_garmin_bouts),
)
_IN_COMPANY = ("REDCap", "ASA24", "NHANES")
_UNFORESEEN = (
    *(pl.exceptions.PolarsError, ValueError, TypeError, LookupError, OverflowError, RuntimeError, EOFError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, gzip.BadGzipFile),
)
"""What damage that nobody thought of can raise in a reader; it must not cost the other files."""
_UNKNOWN = (
    "not an export that is known (REDCap, Qualtrics, ASA24, NHANES, Cronometer, MyFitnessPal, Fitbit, Garmin, Strava, "
    "Apple Health, Oura, Consensus Sleep Diary, GGIR): nothing of it is read; export it anew as its maker writes it"
)


@dataclass(frozen=True, kw_only=True)
class Imports:
    """What the exports of a study gave."""

    diaries: Diaries
    survey_person: pl.DataFrame
    recognised: pl.DataFrame
    """file_name and kind of each file that was known."""

    def datasets(self) -> dict[str, pl.DataFrame]:
        """Return all datasets for the store, without the rejected entries."""
        return {**self.diaries.datasets(), "survey_person": self.survey_person}


def read_imports(
    files: Iterable[ImportFile],
    participants: pl.DataFrame,
    default_time_zone: str,
    parameters: ExposureParameters,
    declared: Declared | None = None,
) -> Imports:
    """Read the files below ``imports/``.

    A file is known by what it holds, whatever its folder is called. One that is not known, or that is known and
    broken, is a rejected entry and costs the others nothing.

    Args:
        files: the exports; each is opened when it is read.
        participants: PARTICIPANT; without rows ids are taken as written.
        default_time_zone: the study's IANA zone.
        parameters: MET, cut-points, daily values.
        declared: what study.toml says of the exports.
    """
    context = ImportContext(
        people=People(
            participants=participants.select("participant_id", "time_zone"),
            default_time_zone=default_time_zone,
        ),
        parameters=parameters,
        declared=declared or Declared(),
    )
    groups: dict[tuple[str, str, _Reader], list[ImportFile]] = {}
    parts: list[tuple[str, Imported]] = []
    known: list[tuple[str, str]] = []
    counts: list[tuple[str, int | None, int | None]] = []
    columns = [empty(DELIVERED_COLUMN)]
    unused: list[tuple[str, str]] = []
    delivered = list(files)
    for file in sorted((part for file in delivered for part in unpacked(file)), key=lambda file: file.name):
        try:
            found = recognise(file)
            reason = _why_not_read(file) if found is None else ""
        except _UNFORESEEN as error:
            reason = (
                f"its beginning cannot be read ({type(error).__name__}): damaged, or locked by a password?"
            )
            parts.append(("", refused(file.name, reason)))
            continue
        if found is None:
            unused.append((file.name, reason))
            continue
        known.append((file.name, found[0]))
        kind, reader = found[0].removesuffix(" dictionary"), found[1]
        # a project's dictionary speaks of the exports beside it, recalls and cycles come in several files; other makers'
        # files need no company of their own
        company = str(PurePosixPath(file.name).parent) if kind == "REDCap" else kind
        groups.setdefault((company if kind in _IN_COMPANY else file.name, kind, reader), []).append(file)
    parts += [("", part) for part in refusals_of(unused, [file.name for file in delivered])]
    for (_, kind, reader), group in groups.items():
        read = _read_group(reader, group, context)
        parts.extend((kind, part) for part in read)
        if len(group) == 1 and group[0].delivery.kept_count is None:
            group[0].delivery.kept_count = sum(part.entry_count for part in read)
        counts += [(file.name, file.delivery.row_count, file.delivery.kept_count) for file in group]
        columns += [file.delivery.columns(file.name) for file in group]

    frames: dict[str, list[pl.DataFrame]] = {}
    for kind, part in parts:
        for dataset, added in part.frames.items():
            frames.setdefault(dataset, []).extend(_tagged(frame, kind) for frame in added)
    survey = pl.concat(
        [empty(SURVEY_PERSON), *(frame.drop("source_key") for frame in frames.pop("survey_person", []))]
    )
    delivered_column = pl.concat(columns)
    once, told = _each_thing_once(frames, parameters.sleep_diary.longest_in_bed_h)
    return Imports(
        diaries=replace(
            gather(once, [*(part.rejected for _, part in parts), *told, meant_columns(delivered_column)]),
            row_count=pl.DataFrame(counts, schema=ROW_COUNT, orient="row"),
            delivered_column=delivered_column,
        ),
        survey_person=survey,
        recognised=pl.DataFrame(known, schema={"file_name": pl.String, "kind": pl.String}, orient="row"),
    )


def _why_not_read(file: ImportFile) -> str:
    """Say of a file that no reader knows what it is, where that is known."""
    head = file.head()
    if _is_json(head):
        return not_used(frozenset(), load_json(file)) or _UNKNOWN
    return not_used(header_of(head)) or _UNKNOWN


def _is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def _read_group(reader: _Reader, group: list[ImportFile], context: ImportContext) -> list[Imported]:
    """Read files that belong together; where one of them breaks the reader, each by itself."""
    try:
        return [reader(group, context)]
    except _UNFORESEEN as error:
        if len(group) == 1:
            reason = f"known by its form, and yet it cannot be read ({type(error).__name__})"
            return [refused(group[0].name, reason)]
    return [part for file in group for part in _read_group(reader, [file], context)]


def _tagged(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Say of every row, and of every time of a night, who told it."""
    tagged = frame.with_columns(pl.lit(kind).alias("source_key"))
    if TOLD_BY in frame.columns:
        tagged = tagged.with_columns(pl.lit(kind).alias(TOLD_BY))
    sources = [
        pl.when(pl.col(f"{time}_at").is_not_null()).then(pl.lit(kind)).alias(f"{time}_source")
        for time in TIMES
        if f"{time}_source" in frame.columns
    ]
    return tagged.with_columns(sources)


def _each_thing_once(
    frames: dict[str, list[pl.DataFrame]], longest_h: float
) -> tuple[dict[str, list[pl.DataFrame]], list[pl.DataFrame]]:
    """Leave out what a better source tells of; return the frames, and how many rows that left out."""
    once: dict[str, list[pl.DataFrame]] = {}
    told: list[pl.DataFrame] = []
    person = ["participant_id"]
    for dataset, parts in frames.items():
        delivered = sum(part.height for part in parts)
        rows = _of_each_maker(dataset, parts)
        if dataset in {"caffeine_intake", "nutrient_day"}:
            day = [*person, "logged_date", *(["origin"] if dataset == "nutrient_day" else [])]
            kept = one_source_a_day(with_rank(rows, "logged_date", person), day)
            if dataset == "caffeine_intake":
                kept = kept.with_columns((pl.int_range(pl.len()).over(DOSE) + 1).alias("entry_number"))
        elif dataset == "exercise_bout":
            ranked = with_rank(rows, "logged_date", person)
            kept = pl.concat(
                [
                    without_overlap(ranked.filter(IS_TIMED), person, "started_at", "ended_at"),
                    ranked.filter(~IS_TIMED),
                ]
            )
        elif dataset == "sleep_diary":
            ranked = with_rank(rows, "night_date", person)
            by_rank = [part for _, part in sorted(ranked.partition_by("rank", as_dict=True).items())]
            kept = merge_nights([part.select(SLEEP_DIARY.names()) for part in by_rank], longest_h)
        else:
            kept = rows
        once[dataset] = [fitted(kept, DIARY_DATASETS[dataset])]
        if left_out := delivered - kept.height:
            reason = f"rows of {dataset} left out, since another export tells of the same time: {left_out}"
            told.append(refused("imports", reason).rejected)
    return once, told


def _of_each_maker(dataset: str, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put the files of each maker together: exports that overlap in time say the same twice."""
    by_maker: dict[str, list[pl.DataFrame]] = {}
    for part in parts:
        if part.height:
            by_maker.setdefault(str(part["source_key"][0]), []).append(part)
    if dataset == "nutrient_day":
        key = ["participant_id", "logged_date", "origin"]
        makers = [newest_of_each_day(frames, key, "logged_date") for frames in by_maker.values()]
    else:
        makers = [once_across_files(frames) for frames in by_maker.values()]
    return pl.concat([parts[0].clear(), *makers])


def recognise(file: ImportFile) -> tuple[str, _Reader] | None:
    """Return the kind of an export and its reader; None where it is not known."""
    head = file.head()
    for kind, recognises_bytes, reader in _BYTES:
        if recognises_bytes(head):
            return kind, reader
    if _is_json(head):
        content = load_json(file)
        found = ((kind, reader) for kind, recognises_json, reader in _JSON if recognises_json(content))
    else:
        header = header_of(head)
        found = ((kind, reader) for kind, recognises_header, reader in _TABLES if recognises_header(header))
    return next(found, None)
