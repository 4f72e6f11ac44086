"""One row per respondent, from the files of one or more cycles joined on SEQN.

Respondents are no participants of the study and have no dates: they become SURVEY_PERSON, never a diary. Survey weights
stand there as published, for one cycle of two years: who pools cycles divides them by how many they are. Refused, unknown
and missing answers are empty; a value that the codebook does not know is told.
"""

import gzip
import lzma
import zlib
from collections.abc import Iterator

import polars as pl

from transforms.imports.files import ImportContext, Imported, ImportFile, refused, together
from transforms.imports.nhanes.drugs import classes_by_person, drugs_of
from transforms.imports.nhanes.files import SurveyFileError, cycle_of_name, recognises_nhanes, survey_table
from transforms.imports.nhanes.items import answers_of, contradictions, decoded, foreign_codes
from transforms.imports.nhanes.recalls import contradictory_recalls, intake_by_person, named_for, recalls_of
from transforms.schema import SURVEY_PERSON

__all__ = ["read_nhanes", "recognises_nhanes"]

_SUPPLEMENTED = (
    "caffeine_mg",
    "magnesium_mg",
    "calcium_mg",
    "iron_mg",
    "vitamin_b6_mg",
    "vitamin_b12_ug",
)
_LEISURE = "leisure_30_days"
_WORK_AND_LEISURE = "work_and_leisure_week"
_DAMAGE = (
    *(ValueError, KeyError, IndexError, OverflowError, pl.exceptions.PolarsError),
    *(EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile),
)
"""What a file that is cut or damaged raises; the others of its cycle are read all the same."""
_DAYS_OF_PERIOD = {"week": 7.0, "month": 365.25 / 12, "year": 365.25}


def read_nhanes(files: list[ImportFile], context: ImportContext) -> Imported:
    """Read the files of one or more cycles into SURVEY_PERSON."""
    people: list[pl.DataFrame] = []
    recalls: list[pl.DataFrame] = []
    drugs: list[pl.DataFrame] = []
    parts: list[Imported] = []
    for file in files:
        try:
            table = survey_table(file)
            file.delivery.kept_count = table.rows.height
            answers = answers_of(table.rows)
            cycle = pl.lit(cycle_of_name(file.name), dtype=pl.String).alias("cycle_of_file")
            people.append(answers.with_columns(cycle))
            eaten = list(recalls_of(table.rows, context.parameters.caffeine.afternoon_from_h))
            taken = drugs_of(table.rows)
            recalls.extend(eaten)
            drugs.extend([] if taken is None else [taken])
            told = (
                ("rows without the number of a respondent", table.nobodys_count),
                ("cells with a text where a number belongs", table.unread_count),
                *(
                    (f"respondents with several values of {name}, of which the first counts", n)
                    for name, n in contradictions(table.rows)
                ),
                *(
                    (f"values of {name} that the codebook does not know", n)
                    for name, n in foreign_codes(table.rows)
                ),
            )
            parts.extend(refused(file.name, f"{count} {reason}") for reason, count in told if count)
            if table.rows.is_empty() and not table.nobodys_count:
                parts.append(refused(file.name, "it has a header and no rows"))
            if answers.width == 1 and not eaten and taken is None:
                parts.append(
                    refused(file.name, "none of its items is read here; its respondents count all the same")
                )
        except _DAMAGE as error:
            reason = str(error) if isinstance(error, SurveyFileError) else type(error).__name__
            parts.append(refused(file.name, f"not a transport file that can be read: {reason}"))
    if people:
        answers = pl.concat(people, how="diagonal")
        persons = _survey_person(answers, recalls, drugs)
        parts.append(Imported(frames={"survey_person": [persons]}))
        parts.extend(
            refused("imports", f"NHANES: {count} {reason}")
            for reason, count in _doubts(answers, recalls, persons)
            if count
        )
    return together(parts)


def _survey_person(
    answers: pl.DataFrame, recalls: list[pl.DataFrame], drugs: list[pl.DataFrame]
) -> pl.DataFrame:
    names = [name for name in answers.columns if name != "SEQN"]
    # the same table may have been delivered twice, as transport file and as text
    wide = answers.group_by("SEQN").agg(pl.col(names).drop_nulls().first())
    respondents = (
        decoded(wide)
        .join(
            wide.select("SEQN", "cycle_of_file", _activity_question(wide).alias("activity_question")),
            on="SEQN",
            how="left",
        )
        .join(intake_by_person(recalls), on="SEQN", how="left")
        .join(classes_by_person(drugs), on="SEQN", how="left")
    )
    made = respondents.with_columns(
        pl.col("SEQN").alias("participant_id"),
        pl.lit("nhanes").alias("survey"),
        pl.coalesce("cycle", "cycle_of_file").alias("cycle"),
        *_activity(),
        _smoking().alias("smoking_status"),
        _drinks_per_week().alias("alcohol_drink_week_count"),
        # a sum of which an item is missing is no sum
        pl.sum_horizontal((f"phq9_{n}_score" for n in range(1, 10)), ignore_nulls=False).alias("phq9_score"),
        *_supplements(),
        pl.when(pl.col("prescription").not_())
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .otherwise("drug_classes")
        .alias("drug_classes"),
        pl.when(pl.col("prescription").is_not_null())
        .then(pl.col("has_unknown_drug").fill_null(value=False))
        .alias("has_unknown_drug"),
        pl.col("recall_count").fill_null(0),
    )
    return made.select(pl.col(name).cast(dtype) for name, dtype in SURVEY_PERSON.items()).sort(
        "participant_id"
    )


def _doubts(
    answers: pl.DataFrame, recalls: list[pl.DataFrame], persons: pl.DataFrame
) -> Iterator[tuple[str, int]]:
    """Yield what files that were taken together leave in doubt, and of how many: nothing else would show it."""
    for name, count in contradictions(answers):
        yield (
            f"respondents of whom files say different things of {name}; the first file by name counts",
            count,
        )
    yield (
        "recalls of which rows or files say different things; the first file by name counts",
        contradictory_recalls(recalls),
    )
    of_file = answers.select("SEQN", "cycle_of_file").unique().drop_nulls()
    known = persons.select(pl.col("participant_id").alias("SEQN"), "cycle")
    yield (
        "respondents stand in a file whose name is of another cycle than theirs: was a file renamed?",
        of_file.join(known, on="SEQN").filter(pl.col("cycle") != pl.col("cycle_of_file"))["SEQN"].n_unique(),
    )
    for told, is_there in (
        (
            "respondents without stratum or cluster, while others have them: errors are not estimated rightly",
            pl.all_horizontal(pl.col("stratum_number", "cluster_number").is_not_null()),
        ),
        (
            "respondents without a weight of interview or examination, while others have one",
            pl.any_horizontal(pl.col("interview_represented_count", "exam_represented_count").is_not_null()),
        ),
    ):
        has = persons.select(is_there).to_series()
        yield told, int((~has).sum()) if has.any() else 0


def _activity() -> list[pl.Expr]:
    """Any activity that was asked for: at leisure, and since 2007 at work too, where no is who said no to both."""
    made = [pl.col("activity_question")]
    for degree in ("vigorous", "moderate"):
        leisure, work = pl.col(f"has_{degree}_leisure_activity"), pl.col(f"has_{degree}_work_activity")
        # yes or unknown is yes, no or unknown is unknown; who was not asked about work is told by leisure alone
        any_of_asked = (
            pl.when(pl.col("activity_question") == _LEISURE).then(leisure).otherwise(leisure | work)
        )
        made.append(any_of_asked.alias(f"has_{degree}_activity"))
    return made


def _activity_question(wide: pl.DataFrame) -> pl.Expr:
    """What the respondent was asked about activity; the items of the two forms ask of different things."""

    def asked(*names: str) -> pl.Expr:
        found = [pl.col(name).is_not_null() for name in names if name in wide.columns]
        return pl.any_horizontal(found) if found else pl.lit(value=False)

    return (
        pl.when(asked("PAD200", "PAD320"))
        .then(pl.lit(_LEISURE))
        .when(asked("PAQ605", "PAQ620", "PAQ650", "PAQ665"))
        .then(pl.lit(_WORK_AND_LEISURE))
    )


def _smoking() -> pl.Expr:
    """Never (no 100 cigarettes in life), former or current; empty where either answer is missing."""
    return pl.when(pl.col("has_smoked").not_()).then(pl.lit("never")).when("has_smoked").then("smokes_now")


def _drinks_per_week() -> pl.Expr:
    """Drinks a week over the past year: days with alcohol times drinks on such a day; none of who never drank."""
    is_abstinent = (
        (pl.col("drinking_day_count") == 0)
        | (pl.col("has_12_drinks_life").not_() & pl.col("has_12_drinks_year").fill_null(value=False).not_())
    ).fill_null(value=False)
    days = pl.col("drinking_period").replace_strict(_DAYS_OF_PERIOD, default=None, return_dtype=pl.Float64)
    drinks = pl.col("drinking_day_count") / days * _DAYS_OF_PERIOD["week"] * pl.col("drinks_a_day_count")
    return pl.when(is_abstinent).then(0.0).otherwise(drinks)


def _supplements() -> list[pl.Expr]:
    """Who took no supplement on the recalled day took none of each nutrient; of others a missing amount is unknown."""
    took_none = pl.col("has_day1_supplement").not_().fill_null(value=False)
    names = [named_for(nutrient, "supplement_day1") for nutrient in _SUPPLEMENTED]
    return [pl.when(took_none).then(0.0).otherwise(pl.col(name)).alias(name) for name in names]
