"""What of a survey's estimates may leave: small answers, and others from which these could be computed, are withheld."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import polars as pl

from transforms.disclosure.attack import Bound
from transforms.disclosure.links import between, sums_to, told_to_base, unknown, within
from transforms.parameters.release import ReleaseParameters


def enough_cases(minimum_count: int) -> pl.Expr:
    """Tell of a model or a level (respondent_count, case_count) whether enough persons stand on both sides."""
    others = pl.col("respondent_count") - pl.col("case_count")
    return (pl.col("case_count") >= minimum_count) & (others >= minimum_count)


def withheld_answers(answers: pl.DataFrame, minimum_count: int) -> pl.DataFrame:
    """Withhold the numbers of rare answers; return ``answers`` with ``is_suppressed``, withheld numbers null.

    One row is one answer of one cycle, or of all cycles pooled (survey, cycle, leg_jerk_frequency, respondent_count).
    Shares of all answers make 100 %, and cycles make up the pooled rows: an answer that is rare in any cycle is withheld
    in all of them, and where it is the only one, the next rarest with it.
    """
    fewest = (
        answers.group_by("survey", "leg_jerk_frequency")
        .agg(pl.col("respondent_count").min())
        .sort("survey", "respondent_count", "leg_jerk_frequency")
    )
    is_rare = pl.col("respondent_count") < minimum_count
    place = pl.int_range(pl.len()).over("survey")
    decided = fewest.select(
        "survey",
        "leg_jerk_frequency",
        (is_rare | (is_rare.any().over("survey") & (place == 1))).alias("is_suppressed"),
    )
    keys = {"survey", "cycle", "leg_jerk_frequency", "is_pooled", "is_suppressed"}
    joined = answers.join(decided, on=["survey", "leg_jerk_frequency"], how="left", maintain_order="left")
    return joined.with_columns(
        pl.when(~pl.col("is_suppressed")).then(pl.col(name)).alias(name)
        for name in answers.columns
        if name not in keys
    )


def answer_bounds(
    answers: pl.DataFrame, told: pl.DataFrame, parameters: ReleaseParameters
) -> tuple[list[Bound], dict[str, float]]:
    """Return what the told answers say of respondents, and the answers that are withheld.

    ``answers`` with exact counts, ``told`` from ``withheld_answers``. Respondents are no persons of the cohort, so that
    this is a block of its own: cycles make up the pooled rows.
    """
    bounds, hidden = [], {}
    for row in answers.iter_rows(named=True):
        if row["is_pooled"]:
            cycles = answers.filter(
                ~pl.col("is_pooled"), survey=row["survey"], leg_jerk_frequency=row["leg_jerk_frequency"]
            )
            if cycles["respondent_count"].sum() == row["respondent_count"]:
                parts = [_answer(cycle) for cycle in cycles.iter_rows(named=True)]
                bounds.append(sums_to(_answer(row), parts))
    for row in told.iter_rows(named=True):
        if row["is_suppressed"]:
            hidden[_answer(row)] = 1.0
        else:
            bounds.append(_told(_answer(row), row["respondent_count"], parameters))
    return bounds, hidden


def model_bounds(
    rows: pl.DataFrame, keys: Sequence[str], order: Sequence[str], parameters: ReleaseParameters
) -> tuple[list[Bound], dict[str, float]]:
    """Return what the sizes of samples say that are drawn from one another, and who is left out between two of them.

    Args:
        rows: ``keys``, the column that ``order`` names the values of, respondent_count, case_count; exact.
        keys: what samples have in common that are drawn from one another.
        order: column, and its values from the largest sample to the smallest.
        parameters: such as TEN_PARTICIPANTS.
    """
    column, *places = order
    bounds: list[Bound] = []
    hidden = {}
    ordered = rows.with_columns(pl.col(column).cast(pl.String)).filter(pl.col(column).is_in(places))
    for _, own in ordered.sort(*keys).group_by(*keys, maintain_order=True):
        chain = sorted(own.iter_rows(named=True), key=lambda row: places.index(str(row[column])))
        for row in chain:
            bounds += [
                _told(_sample(measure, row, (*keys, column)), row[measure], parameters)
                for measure in ("respondent_count", "case_count")
            ]
            names = [_sample(measure, row, (*keys, column)) for measure in ("case_count", "respondent_count")]
            bounds.append(within(*names))
        for larger, smaller in pairwise(chain):
            for measure in ("respondent_count", "case_count"):
                if smaller[measure] > larger[measure]:  # not drawn from it
                    continue
                whole, part = (_sample(measure, row, (*keys, column)) for row in (larger, smaller))
                gone = f"{whole}, but not {part}"
                bounds.append(sums_to(whole, (part, gone)))
                if smaller[measure] < larger[measure]:
                    hidden[gone] = 1.0
    return bounds, hidden


def level_bounds(
    levels: pl.DataFrame, models: pl.DataFrame, parameters: ReleaseParameters
) -> tuple[list[Bound], dict[str, float]]:
    """Return what the levels of an exposure say that are told, and the rest of their model's sample."""
    keys = ("survey", "outcome", "exposure", "model")
    bounds: list[Bound] = []
    hidden = {}
    sizes: Mapping[tuple[str, ...], int] = {
        tuple(str(row[key]) for key in keys): row["respondent_count"] for row in models.iter_rows(named=True)
    }
    for found, own in levels.group_by(*keys, maintain_order=True):
        model = tuple(str(value) for value in found)
        parts = []
        for row in own.iter_rows(named=True):
            parts.append(_sample("respondent_count", row, (*keys, "level")))
            bounds.append(_told(parts[-1], row["respondent_count"], parameters))
        size, told = sizes.get(model), own["respondent_count"].sum()
        if size is not None and told <= size:
            whole = unknown("respondent_count", " ".join(model))
            bounds.append(sums_to(whole, (*parts, f"{whole}, of other levels")))
            if told < size:
                hidden[f"{whole}, of other levels"] = 1.0
    return bounds, hidden


def _answer(row: Mapping[str, object]) -> str:
    return unknown("respondent_count", f"{row['survey']} {row['cycle']} {row['leg_jerk_frequency']}")


def _sample(measure: str, row: Mapping[str, object], keys: Sequence[str]) -> str:
    return unknown(measure, " ".join(str(row[key]) for key in keys))


def _told(name: str, count: int, parameters: ReleaseParameters) -> Bound:
    return between(name, *told_to_base(count, parameters.participant_base))
