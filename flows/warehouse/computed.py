"""What SQL cannot compute, made between two of its files from the tables that stand by then."""

from collections.abc import Callable, Mapping

import duckdb
import polars as pl

from flows.warehouse.protected import protected_groups
from transforms import schema
from transforms.parameters import StudyParameters
from transforms.statistics.causal_graph import causal_edges
from transforms.statistics.intervals import student_t_ratios
from transforms.survey.association import survey_associations
from transforms.survey.dose_response import survey_dose_response
from transforms.survey.leg_jerks import survey_attrition, survey_leg_jerks

LARGEST_STUDENT_T = 1000
"""Participants up to which Student's t has a row of its own; beyond, it is the normal quantile to three digits."""


def _nutrient(_: duckdb.DuckDBPyConnection, __: StudyParameters, ___: bytes) -> pl.DataFrame:
    return schema.nutrient_frame()


def _student_t(_: duckdb.DuckDBPyConnection, parameters: StudyParameters, __: bytes) -> pl.DataFrame:
    return student_t_ratios(parameters.cohort.interval.confidence_frac, LARGEST_STUDENT_T)


def _cohort_summary(
    connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, secret: bytes
) -> pl.DataFrame:
    return protected_groups(connection, parameters, secret).summary


def _analysis_nights(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return connection.sql("from analysis_night order by participant_id, night_date").pl()


def _association(
    connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, _: bytes
) -> pl.DataFrame:
    # statsmodels takes a second to import: only where it is used
    from transforms.statistics.association import associate
    from transforms.statistics.next_day import next_day_associations
    from transforms.statistics.shape import distributed_lags

    nights = _analysis_nights(connection)
    asked = (associate, distributed_lags, next_day_associations)
    return pl.concat([ask(nights, parameters.cohort) for ask in asked])


def _dose_response(
    connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, _: bytes
) -> pl.DataFrame:
    from transforms.statistics.dose_response import EXPOSURES, dose_response

    nights = _analysis_nights(connection)
    # of the many rows of night_group only those that are asked for
    levels = connection.sql(
        "select participant_id, night_date, grouping_name, level, level_number from night_group "
        "where level_number is not null and list_contains(?, grouping_name)",
        params=[list(EXPOSURES)],
    ).pl()
    return dose_response(nights, levels, parameters.cohort)


def _person_association(
    connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, _: bytes
) -> pl.DataFrame:
    from transforms.statistics.person import person_associations

    nights = _analysis_nights(connection)
    return person_associations(nights, parameters.cohort)


def _respondents(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """SURVEY_PERSON, with the weights of one cycle: each question pools the cycles in which it was asked."""
    weights = ("interview", "exam", "diet", "two_day")
    of_one_cycle = ", ".join(
        f"{name}_represented_count * cycle_count as {name}_represented_count" for name in weights
    )
    return connection.sql(f"select * replace ({of_one_cycle}) from survey_person").pl()


def _survey_leg_jerk(
    connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, _: bytes
) -> pl.DataFrame:
    return survey_leg_jerks(_respondents(connection), parameters)


def _survey_attrition(
    connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, _: bytes
) -> pl.DataFrame:
    return survey_attrition(_respondents(connection), parameters)


def _survey_association(
    connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, _: bytes
) -> pl.DataFrame:
    return survey_associations(_respondents(connection), parameters)


def _survey_dose_response(
    connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, _: bytes
) -> pl.DataFrame:
    return survey_dose_response(
        _respondents(connection), connection.sql("from exposure_level").pl(), parameters
    )


def _dose_curve(connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, _: bytes) -> pl.DataFrame:
    from transforms.statistics.shape import dose_curves

    return dose_curves(_analysis_nights(connection), parameters.cohort)


def _confounders(_: duckdb.DuckDBPyConnection, __: StudyParameters, ___: bytes) -> pl.DataFrame:
    from transforms.statistics.association import PRIMARY, SECONDARY
    from transforms.statistics.design import confounders

    return confounders((*PRIMARY, *SECONDARY))


def _causal_edges(_: duckdb.DuckDBPyConnection, __: StudyParameters, ___: bytes) -> pl.DataFrame:
    return causal_edges()


COMPUTED: Mapping[str, Callable[[duckdb.DuckDBPyConnection, StudyParameters, bytes], pl.DataFrame]] = {
    "nutrient": _nutrient,
    "student_t": _student_t,
    "causal_edge": _causal_edges,
    "confounder": _confounders,
    "dose_curve": _dose_curve,
    "association": _association,
    "dose_response": _dose_response,
    "person_association": _person_association,
    "survey_leg_jerk": _survey_leg_jerk,
    "survey_attrition": _survey_attrition,
    "survey_association": _survey_association,
    "survey_dose_response": _survey_dose_response,
    "cohort_summary": _cohort_summary,
}
"""Datasets that are computed from tables of the same build, before the first file that reads them."""
