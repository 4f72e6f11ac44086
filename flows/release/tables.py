"""The tables that leave beside the groups: coefficients of models, rounded, with nothing that counts a person."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields

import duckdb
import polars as pl

from flows.warehouse.protected import IN_MODEL
from transforms.disclosure.contributors import FLOW
from transforms.disclosure.noise import to_base, to_digits
from transforms.errors import ContractError
from transforms.parameters.release import ReleaseParameters

SameNights = Callable[[str, str | None, int], int | None]
"""Exposure, level (or null) and number of nights of a sample to the number that is told: that of the cell of the same nights."""
QUESTIONS = {
    "caffeine_mg": "caffeine",
    "exercise_met_min": "exercise",
    "stress_score": "stress",
    "magnesium_mg": "nutrients",
}
"""What the stages of the flow call the main exposures."""
EXACT = ("event_count", "analysed_h", "excluded_count")
"""Totals of a model's sample: with those of the whole study they are totals of who is not in it."""
_MADE = {"cohort_summary": ("is_suppressed",), "exposure_level": ("limits",)}
"""Columns that a table has only where it leaves, under the table that explains them."""
_PERSONS = ("participant_count", "informative_participant_count")


def limits_of(parameters: ReleaseParameters) -> dict[str, float]:
    """Return the limits by name: under others, what is withheld is decided anew."""
    return {
        name: value for name, value in asdict(parameters).items() if not name.startswith("kept_warehouse")
    }


def released_models(
    connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters, same_nights: SameNights
) -> dict[str, pl.DataFrame]:
    """Return the tables of models and of agreement that may leave, by name.

    A row leaves with at least ``minimum_participant_count`` persons behind it, those that tell an effect within persons
    among them, and a model with ``minimum_residual_count`` residual degrees of freedom; why another could not be fitted
    may count persons, and stays. Participants and nights are rounded to their bases, every other number to significant
    digits; events and hours do not leave. ``same_nights`` gives the number that the same nights have in a cell: they have
    it in every table.
    """

    def as_in_cells(frame: pl.DataFrame) -> pl.DataFrame:
        levels = frame["level"] if "level" in frame.columns else [None] * frame.height
        told = [
            same_nights(*row) for row in zip(frame["exposure"], levels, frame["night_count"], strict=True)
        ]
        return frame.with_columns(pl.Series("night_count", told, dtype=frame.schema["night_count"]))

    levels = as_in_cells(_levels(connection, parameters))
    tables = {
        "association": as_in_cells(_associations(connection, parameters)),
        "dose_response": _with_limits(connection, levels),
        "dose_curve": as_in_cells(_curves(connection, parameters)),
        "agreement_summary": _agreement(connection, parameters),
    }
    return {
        name: rounded_frame(frame.drop(EXACT, strict=False), parameters) for name, frame in tables.items()
    }


def model_samples(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    """Return the exact sizes behind ``released_models``.

    Columns: exposure, level (null of a whole model), night_count, participant_count, informative_participant_count, known
    (the stage of the nights of which the exposure is known, or null). The nights of a laboratory are drawn from all that were recorded.
    """
    recorded = [pl.lit(f"{FLOW}recorded").alias("exposure"), pl.lit("in").alias("level")]
    frames = [
        _associations(connection, parameters),
        _curves(connection, parameters),
        _levels(connection, parameters),
        _agreement(connection, parameters).with_columns(recorded),
    ]
    wanted = {
        "exposure": pl.String,
        "level": pl.String,
        "night_count": pl.Int64,
        "participant_count": pl.Int64,
        "informative_participant_count": pl.Int64,
    }
    sizes = pl.concat(
        frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
            for name, kind in wanted.items()
        )
        for frame in frames
    ).unique(maintain_order=True)
    stages = [known_stage(exposure) for exposure in sizes["exposure"]]
    return sizes.with_columns(pl.Series("known", stages, dtype=pl.String))


def question_samples(
    connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters, same_nights: SameNights
) -> pl.DataFrame:
    """Return the rounded sizes of what the main questions ask: stage, night_count, participant_count, for the flow."""
    found = _questions(connection, parameters)
    told = [same_nights(row["exposure"], None, row["night_count"]) for row in found.iter_rows(named=True)]
    nights = pl.Series("night_count", told, dtype=pl.Int64)
    return rounded_frame(found.with_columns(nights).drop("exposure"), parameters)


def _questions(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    asked = connection.sql("from attrition where is_in order by stage_number").pl()
    fitted = _associations(connection, parameters).filter(~pl.col("is_exploratory"), analysis="main")
    stages = pl.DataFrame(
        [(exposure, f"{question}{IN_MODEL}") for exposure, question in QUESTIONS.items()],
        schema=["exposure", "stage"],
        orient="row",
    )
    # told where the model is, with its numbers: the same nights
    return (
        asked.join(stages, on="stage", how="inner", maintain_order="left")
        .join(
            fitted.select("exposure", "night_count", "participant_count").unique(),
            on=["exposure", "night_count", "participant_count"],
            how="semi",
        )
        .select("stage", "exposure", "night_count", "participant_count")
    )


def known_stage(exposure: str) -> str | None:
    """Return the grouping of the stage that tells of how many nights an exposure is known; null where none does."""
    question = QUESTIONS.get(exposure)
    return None if question is None else f"{FLOW}{question} known"


def _associations(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    fitted = _of_enough(
        connection.sql(
            "from association where rate_ratio is not null order by outcome, exposure, effect"
        ).pl(),
        parameters,
    )
    return fitted.filter(residual_count() >= parameters.minimum_residual_count)


def residual_count() -> pl.Expr:
    """Return the residual degrees of freedom of a row of association: of nights within persons, of persons between them."""
    # intercept, the two coefficients of the exposure, and each confounder; within persons each person's mean as well
    coefficients = 3 + pl.col("confounders").str.split(", ").list.len().fill_null(0)
    units = (
        pl.when(pl.col("effect") == "within")
        .then(pl.col("night_count") - pl.col("participant_count"))
        .otherwise(pl.col("participant_count"))
    )
    return units - coefficients


def _levels(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    rows = connection.sql(
        "from dose_response where rate_ratio is not null order by outcome, exposure, level_number"
    ).pl()
    return _of_enough(rows, parameters)


def _curves(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    rows = connection.sql(
        "from dose_curve where rate_ratio is not null order by outcome, exposure, value"
    ).pl()
    return _of_enough(rows, parameters)


def _agreement(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    rows = connection.sql("from agreement_summary order by scorer, candidate, measure").pl()
    return _of_enough(rows, parameters)


def _of_enough(frame: pl.DataFrame, parameters: ReleaseParameters) -> pl.DataFrame:
    persons = [name for name in _PERSONS if name in frame.columns]
    return frame.filter(
        pl.all_horizontal(pl.col(name) >= parameters.minimum_participant_count for name in persons)
    )


def _with_limits(connection: duckdb.DuckDBPyConnection, levels: pl.DataFrame) -> pl.DataFrame:
    limits = connection.sql("select exposure, level, limits from exposure_level").pl()
    joined = levels.join(limits, on=["exposure", "level"], how="left", maintain_order="left")
    place = levels.columns.index("level_number") + 1
    return joined.select(*levels.columns[:place], "limits", *levels.columns[place:])


def rounded_frame(frame: pl.DataFrame, parameters: ReleaseParameters) -> pl.DataFrame:
    """Round the counts and the numbers of a table that leaves."""

    def told(name: str, value: float) -> float:
        if name.endswith(("participant_count", "respondent_count", "case_count")):
            return to_base(value, parameters.participant_base)
        if name.endswith("night_count"):
            return to_base(value, parameters.night_base)
        return to_digits(value, parameters.rate_digits)

    columns = []
    for name, kind in frame.schema.items():
        if kind.is_float() or name.endswith("_count"):
            values = [None if value is None else told(name, value) for value in frame[name]]
            columns.append(pl.Series(name, values, dtype=kind, strict=False))
    return frame.with_columns(columns)


def lowest_minimum() -> int:
    """Return the limit below which no study may set the fewest contributors of a cell."""
    named = next(entry for entry in fields(ReleaseParameters) if entry.name == "minimum_participant_count")
    return int(named.metadata["low"])


def released_dictionary(dictionary: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the warehouse's dictionary with a row for every column that leaves.

    A column that is made for leaving is explained as where it comes from: whether a row is withheld as in cohort_summary,
    limits as in exposure_level.
    """
    meanings = {name: source for source in _MADE for name in _MADE[source]}
    extra = []
    known = set(dictionary.select("table_name", "column_name").iter_rows())
    for table, frame in tables.items():
        for name in frame.columns:
            if (table, name) not in known:
                source = dictionary.filter(table_name=meanings.get(name, ""), column_name=name)
                if source.is_empty():
                    raise ContractError(f"release: {table}.{name} has no meaning in data_dictionary")
                of_table = dictionary.filter(table_name=table)
                extra.append(
                    source.with_columns(
                        pl.lit(table).alias("table_name"),
                        pl.lit(of_table.item(0, "table_description")).alias("table_description"),
                    )
                )
    return pl.concat([dictionary, *extra]).sort("table_name", maintain_order=True)


def disarmed(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    text = [name for name, kind in frame.schema.items() if kind == pl.String or isinstance(kind, pl.Enum)]
    is_formula = pl.col(text).cast(pl.String).str.contains(r"^[=+\-@\t\r]")
    return frame.with_columns(
        pl.when(is_formula)
        .then("'" + pl.col(text).cast(pl.String))
        .otherwise(pl.col(text).cast(pl.String))
        .name.keep()
    )
