"""NHANES: transport files of a survey that asks about leg jerks in sleep, one row per respondent.

Respondents are no participants of the study and have no dates: they become SURVEY_PERSON, never a diary. Files of one
cycle are joined on SEQN: SLQ (sleep), DEMO (who), DR1TOT and DR2TOT (recalled intake), DR1IFF and DR2IFF (single foods
with their hour), PAQ (activity), FERTIN (ferritin). Survey weights are kept. Refused, unknown and missing answers are
empty. The transport format writes zero as 5.4e-79.
"""

import io
from collections.abc import Iterator
from contextlib import closing

import pandas as pd
import polars as pl

from transforms.imports.files import ImportContext, Imported, ImportFile, refused, together
from transforms.schema import SURVEY_PERSON

_XPT = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
_CHUNK_ROWS = 20_000
_TINY = 1e-70
_FREQUENCY = {0: "never", 1: "rarely", 2: "sometimes", 3: "often", 4: "almost_always"}
_YES_NO = {1: True, 2: False}
_RELIABLE = 1
_LONGEST_NUMBER = 6
"""Figures of a respondent's number: those of 1999 to 2023 have up to six."""
_AFTERNOON_S = 14 * 3600
_NUTRIENTS = {
    "CAFF": "caffeine_mg",
    "MAGN": "magnesium_mg",
    "CALC": "calcium_mg",
    "IRON": "iron_mg",
    "VB6": "vitamin_b6_mg",
    "VB12": "vitamin_b12_ug",
}
_PERSON_ITEMS = (
    *(
        "SLQ150",
        "SLQ160",
        "SLQ070C",
        "SLD010H",
        "RIAGENDR",
        "RIDAGEYR",
        "RIDEXPRG",
        "LBXFER",
        "LBDFERSI",
    ),
    *("PAD200", "PAD320", "WTDRD1", "WTDR2D", "WTMEC2YR", "SDMVPSU", "SDMVSTRA"),
)


def recognises_nhanes(head: bytes) -> bool:
    """Tell a SAS transport file (version 5), or a CSV made of one."""
    return head.startswith(_XPT) or head.lstrip(b'\xef\xbb\xbf"').startswith((b"SEQN,", b'SEQN",'))


def read_nhanes(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read the files of one cycle into SURVEY_PERSON."""
    people: list[pl.DataFrame] = []
    recalls: list[pl.DataFrame] = []
    parts: list[Imported] = []
    for file in files:
        try:
            for table in _tables(file):
                if "SEQN" not in table.columns:
                    parts.append(refused(file.name, "no column SEQN, the respondent's number"))
                    break
                if nobodys := table["SEQN"].null_count():
                    parts.append(refused(file.name, f"{nobodys} rows without the number of a respondent"))
                respondents = table.drop_nulls("SEQN")
                people.append(_person_items(respondents))
                recalls.extend(_recalls(respondents))
        except (ValueError, KeyError, IndexError, OverflowError, pl.exceptions.PolarsError) as error:
            parts.append(refused(file.name, f"not a transport file that can be read: {type(error).__name__}"))
    if people:
        parts.append(Imported(frames={"survey_person": [_survey_person(people, recalls)]}))
    return together(parts)


def _tables(file: ImportFile) -> Iterator[pl.DataFrame]:
    """Yield the wanted columns in parts of bounded size."""
    if not file.head().startswith(_XPT):
        with file.open() as stream:
            frame = pl.read_csv(io.BytesIO(stream.read()), infer_schema=False)
        yield _numbers(frame)
        return
    with file.open() as stream, closing(pd.read_sas(stream, format="xport", chunksize=_CHUNK_ROWS)) as parts:
        for part in parts:
            yield _numbers(
                pl.DataFrame({name: part[name].to_numpy() for name in part.columns if _is_wanted(name)})
            )


def _is_wanted(name: str) -> bool:
    return name == "SEQN" or name in _PERSON_ITEMS or name.startswith(("DR1", "DR2"))


def _numbers(frame: pl.DataFrame) -> pl.DataFrame:
    wanted = [name for name in frame.columns if _is_wanted(name)]
    number = pl.col(wanted).cast(pl.Float64, strict=False).fill_nan(None)
    exact = frame.select(number).with_columns(
        pl.when(pl.all().abs() < _TINY).then(0.0).otherwise(pl.all()).name.keep()
    )
    if "SEQN" not in wanted:
        return exact
    seqn = pl.col("SEQN")
    is_number = (seqn == seqn.round(0)) & seqn.is_between(1, 10**_LONGEST_NUMBER - 1)
    return exact.with_columns(pl.when(is_number).then(seqn).cast(pl.Int64).cast(pl.String))


def _person_items(table: pl.DataFrame) -> pl.DataFrame:
    items = [name for name in _PERSON_ITEMS if name in table.columns]
    return table.select("SEQN", *items).group_by("SEQN").agg(pl.col(items).drop_nulls().first())


def _recalls(table: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield one row per respondent and recall that was judged reliable: totals, or sums of single foods."""
    for number in (1, 2):
        status = f"DR{number}DRSTZ"
        if status not in table.columns:
            continue
        reliable = table.filter(pl.col(status) == _RELIABLE)
        if f"DR{number}TCAFF" in table.columns:
            names = {
                f"DR{number}T{theirs}": ours
                for theirs, ours in _NUTRIENTS.items()
                if f"DR{number}T{theirs}" in table.columns
            }
            yield reliable.select(
                "SEQN",
                pl.lit(number).alias("recall"),
                pl.lit(0).alias("order"),
                *(pl.col(t).alias(o) for t, o in names.items()),
            )
        elif f"DR{number}ICAFF" in table.columns:
            names = {
                f"DR{number}I{theirs}": ours
                for theirs, ours in _NUTRIENTS.items()
                if f"DR{number}I{theirs}" in table.columns
            }
            clock = f"DR{number}_020"
            sums = [pl.col(theirs).sum().alias(ours) for theirs, ours in names.items()]
            if clock in table.columns:
                caffeine, eaten_s = pl.col(f"DR{number}ICAFF"), pl.col(clock)
                sums.append(caffeine.filter(eaten_s >= _AFTERNOON_S).sum().alias("caffeine_after_14h_mg"))
                sums.append((eaten_s.filter(caffeine > 0).max() / 3600).alias("last_caffeine_clock_h"))
            yield (
                reliable.group_by("SEQN")
                .agg(*sums)
                .with_columns(pl.lit(number).alias("recall"), pl.lit(1).alias("order"))
            )


def _survey_person(people: list[pl.DataFrame], recalls: list[pl.DataFrame]) -> pl.DataFrame:
    items = pl.concat(people, how="diagonal")
    answers = [name for name in items.columns if name != "SEQN"]
    wide = items.group_by("SEQN").agg(pl.col(answers).drop_nulls().first())
    wide = wide.with_columns(
        pl.lit(None, dtype=pl.Float64).alias(n) for n in _PERSON_ITEMS if n not in wide.columns
    )
    intake = _mean_intake(recalls)

    def coded(name: str, words: dict[int, str] | dict[int, bool], dtype: type[pl.DataType]) -> pl.Expr:
        return pl.col(name).cast(pl.Int64).replace_strict(words, default=None, return_dtype=dtype)

    hours = pl.col("SLD010H")
    return (
        wide.join(intake, on="SEQN", how="left")
        .select(
            pl.col("SEQN").alias("participant_id"),
            pl.lit("nhanes").alias("survey"),
            coded("RIAGENDR", {1: "male", 2: "female"}, pl.String).alias("sex"),
            pl.col("RIDAGEYR").cast(pl.Int32).alias("age_year"),
            coded("RIDEXPRG", {1: True, 2: False}, pl.Boolean).alias("is_pregnant"),
            coded("SLQ150", _FREQUENCY, pl.String).alias("leg_jerk_frequency"),
            coded("SLQ160", _FREQUENCY, pl.String).alias("leg_cramp_frequency"),
            (pl.col("SLQ070C") == 3).alias("has_restless_legs_diagnosis"),
            pl.when(hours <= 24).then(hours).alias("usual_sleep_h"),
            coded("PAD200", _YES_NO, pl.Boolean).alias("has_vigorous_activity"),
            coded("PAD320", _YES_NO, pl.Boolean).alias("has_moderate_activity"),
            pl.coalesce("LBDFERSI", "LBXFER").alias("ferritin_ug_l"),
            *(
                pl.col(name)
                for name in (*_NUTRIENTS.values(), "caffeine_after_14h_mg", "last_caffeine_clock_h")
            ),
            pl.col("recall_count").fill_null(0).cast(pl.Int32),
            pl.col("WTDRD1").alias("diet_represented_count"),
            pl.col("WTMEC2YR").alias("exam_represented_count"),
            pl.col("SDMVSTRA").cast(pl.Int32).alias("stratum_number"),
            pl.col("SDMVPSU").cast(pl.Int32).alias("cluster_number"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in SURVEY_PERSON.items())
        .sort("participant_id")
    )


def _mean_intake(recalls: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the mean over recalls; totals and single foods of one recall are put together, totals first."""
    names = (*_NUTRIENTS.values(), "caffeine_after_14h_mg", "last_caffeine_clock_h")
    shape = pl.DataFrame(
        schema={
            "SEQN": pl.String,
            "recall": pl.Int32,
            "order": pl.Int32,
            **{name: pl.Float64() for name in names},
        }
    )
    rows = pl.concat([shape, *recalls], how="diagonal_relaxed")
    one = (
        rows.sort("order").group_by("SEQN", "recall").agg(pl.col(name).drop_nulls().first() for name in names)
    )
    return (
        one.group_by("SEQN")
        .agg(pl.col(name).mean() for name in names)
        .join(one.group_by("SEQN").agg(pl.len().alias("recall_count")), on="SEQN")
    )
