"""What SQL cannot compute, made between two of its files from the tables that stand by then."""

from collections.abc import Callable, Mapping

import duckdb
import polars as pl

from transforms import schema
from transforms.parameters import StudyParameters
from transforms.statistics.disclosure import summarise_cells
from transforms.statistics.intervals import student_t_ratios

LARGEST_STUDENT_T = 1000
"""Participants up to which Student's t has a row of its own; beyond, it is the normal quantile to three digits."""


def _nutrient(_: duckdb.DuckDBPyConnection, __: StudyParameters) -> pl.DataFrame:
    return schema.nutrient_frame()


def _student_t(_: duckdb.DuckDBPyConnection, parameters: StudyParameters) -> pl.DataFrame:
    return student_t_ratios(parameters.cohort.interval.confidence_frac, LARGEST_STUDENT_T)


def _cohort_summary(connection: duckdb.DuckDBPyConnection, parameters: StudyParameters) -> pl.DataFrame:
    return summarise_cells(connection.sql("from group_rate").pl(), parameters.release)


def _analysis_nights(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return connection.sql("from analysis_night order by participant_id, night_date").pl()


def _association(connection: duckdb.DuckDBPyConnection, parameters: StudyParameters) -> pl.DataFrame:
    # statsmodels takes a second to import: only where it is used
    from transforms.statistics.association import associate
    from transforms.statistics.next_day import next_day_associations

    nights = _analysis_nights(connection)
    return pl.concat([associate(nights, parameters.cohort), next_day_associations(nights, parameters.cohort)])


def _dose_response(connection: duckdb.DuckDBPyConnection, parameters: StudyParameters) -> pl.DataFrame:
    from transforms.statistics.dose_response import EXPOSURES, dose_response

    nights = _analysis_nights(connection)
    # of the many rows of night_group only those that are asked for
    levels = connection.execute(
        "select participant_id, night_date, grouping_name, level, level_number from night_group "
        "where level_number is not null and list_contains(?, grouping_name)",
        [list(EXPOSURES)],
    ).pl()
    return dose_response(nights, levels, parameters.cohort)


def _person_association(connection: duckdb.DuckDBPyConnection, parameters: StudyParameters) -> pl.DataFrame:
    from transforms.statistics.person import person_associations

    nights = _analysis_nights(connection)
    return person_associations(nights, parameters.cohort)


COMPUTED: Mapping[str, Callable[[duckdb.DuckDBPyConnection, StudyParameters], pl.DataFrame]] = {
    "nutrient": _nutrient,
    "student_t": _student_t,
    "association": _association,
    "dose_response": _dose_response,
    "person_association": _person_association,
    "cohort_summary": _cohort_summary,
}
"""Datasets that are computed from tables of the same build, before the first file that reads them."""
