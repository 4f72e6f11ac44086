"""The tables that leave beside the groups: coefficients of models, rounded, with nothing that counts a person."""

import duckdb
import polars as pl

from transforms.disclosure.noise import to_base, to_digits
from transforms.parameters.release import ReleaseParameters

EXACT = ("event_count", "analysed_h")
"""Totals of a model's sample: with those of the whole study they are totals of who is not in it."""


def released_associations(
    connection: duckdb.DuckDBPyConnection, parameters: ReleaseParameters
) -> pl.DataFrame:
    """Return the rows of ``association`` that may leave.

    A model leaves with at least ``minimum_participant_count`` persons in it; why another could not be fitted may count
    persons, and stays. Participants and nights are rounded to their bases, every other number to significant digits.
    """
    fitted = connection.sql(
        "from association where rate_ratio is not null order by outcome, exposure, effect"
    ).pl()
    persons = [
        name for name in ("participant_count", "informative_participant_count") if name in fitted.columns
    ]
    enough = pl.all_horizontal(pl.col(name) >= parameters.minimum_participant_count for name in persons)
    return rounded_frame(fitted.filter(enough).drop(EXACT, strict=False), parameters)


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
