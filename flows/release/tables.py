"""The tables that leave beside the groups: coefficients of models, rounded, with nothing that counts a person."""

from collections.abc import Mapping
from dataclasses import asdict, fields

import duckdb
import polars as pl

from transforms.disclosure.noise import to_base, to_digits
from transforms.errors import ContractError
from transforms.parameters.release import ReleaseParameters

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
    connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters
) -> dict[str, pl.DataFrame]:
    """Return the tables of models and of agreement that may leave, by name.

    A row leaves with at least ``minimum_participant_count`` persons behind it, those that tell an effect within persons
    among them, and a model with ``minimum_residual_count`` residual degrees of freedom; why another could not be fitted
    may count persons, and stays. Participants and nights are rounded to their bases, every other number to significant
    digits; events and hours do not leave.
    """
    tables = {
        "association": _associations(connection, parameters),
        "dose_response": _with_limits(connection, _levels(connection, parameters)),
        "dose_curve": _of_enough(
            connection.sql(
                "from dose_curve where rate_ratio is not null order by outcome, exposure, value"
            ).pl(),
            parameters,
        ),
        "agreement_summary": _of_enough(
            connection.sql("from agreement_summary order by scorer, candidate, measure").pl(), parameters
        ),
    }
    return {
        name: rounded_frame(frame.drop(EXACT, strict=False), parameters) for name, frame in tables.items()
    }


def model_samples(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    """Return the exact sizes behind ``released_models``: exposure, level (null of a whole model) and night_count."""
    curves = connection.sql("from dose_curve where rate_ratio is not null").pl()
    whole = [
        frame.select("exposure", pl.lit(None, dtype=pl.String).alias("level"), "night_count")
        for frame in (_associations(connection, parameters), _of_enough(curves, parameters))
    ]
    return pl.concat(
        [*whole, _levels(connection, parameters).select("exposure", "level", "night_count")]
    ).unique(maintain_order=True)


def _associations(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    fitted = _of_enough(
        connection.sql(
            "from association where rate_ratio is not null order by outcome, exposure, effect"
        ).pl(),
        parameters,
    )
    # intercept, the two coefficients of the exposure, and each confounder; within persons each person's mean as well
    coefficients = 3 + pl.col("confounders").str.split(", ").list.len().fill_null(0)
    units = (
        pl.when(pl.col("effect") == "within")
        .then(pl.col("night_count") - pl.col("participant_count"))
        .otherwise(pl.col("participant_count"))
    )
    return fitted.filter(units - coefficients >= parameters.minimum_residual_count)


def _levels(connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters) -> pl.DataFrame:
    rows = connection.sql(
        "from dose_response where rate_ratio is not null order by outcome, exposure, level_number"
    ).pl()
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
