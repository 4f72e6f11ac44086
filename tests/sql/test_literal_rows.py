"""Which test holds which SQL file with literal rows; and tables that only pass rows on, row by row.

A row of every column and a row of nothing but its key go in, last first, and come out as they were, in the order of the
key: nothing is filled in, rounded, dropped or made twice.
"""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
import sqlglot
from sqlglot import exp

from flows.paths import sql_folder
from flows.warehouse.computed import COMPUTED
from flows.warehouse.core_views import DATASETS, duckdb_type
from flows.warehouse.sql_files import SqlFile, load_sql_files

FILES = load_sql_files(sql_folder())
HERE = Path(__file__).parent
ANSWERS = ("association", "association_sensitivity", "next_day_association")
TESTED_BY = {
    "nutrient_column": "test_meanings.py",
    "exposure_level": "test_group_rate.py",
    "student_t": "test_group_rate.py",
    "participant": "test_staging.py",
    "movement": "test_staging.py",
    "movement_hour": "test_hours_and_persons.py",
    "night_rate": "test_night_rate.py",
    "night_hour": "test_hours_and_persons.py",
    "imi_histogram": "test_hours_and_persons.py",
    "person_summary": "test_hours_and_persons.py",
    "analysis_night": "test_cohort.py",
    "inclusion": "test_cohort.py",
    "passage": "test_cohort.py",
    "attrition": "test_cohort.py",
    "night_group": "test_group_rate.py",
    "group_rate": "test_group_rate.py",
    "exposure_rate": "test_group_rate.py",
    "jerk_rate_by_caffeine": "test_group_rate.py",
    "jerk_rate_by_exercise": "test_group_rate.py",
    "jerk_rate_by_stress": "test_group_rate.py",
    "jerk_rate_by_nutrient": "test_group_rate.py",
    "cohort_summary": "test_group_rate.py",
    "group_level": "test_course_and_limits.py",
    "night_course": "test_course_and_limits.py",
    "exposure_evidence": "test_survey.py",
    "peer_name": "test_whole_warehouse.py",
    "column_trap": "test_whole_warehouse.py",
    "data_dictionary": "test_whole_warehouse.py",
    **dict.fromkeys(ANSWERS, "test_literal_rows.py"),
}
"""The test of each file that does more than pass rows on; the files of exposures are those of ``exposures/``."""


def passes_on(file: SqlFile) -> bool:
    """Whether a file selects columns of its own dataset and nothing else: no join, no condition, no expression."""
    if file.reads != (f"core.{file.table}",) or file.table not in DATASETS:
        return False
    (made,) = (one for one in sqlglot.parse(file.text, dialect="duckdb") if isinstance(one, exp.Create))
    query = made.expression
    return all(isinstance(column, exp.Column) for column in query.selects) and not query.args.get("where")


PASSING = [file for file in FILES if passes_on(file)]


def is_of_exposures(file: SqlFile) -> bool:
    return ("150" <= file.number < "200" or "220" <= file.number < "300") and file.table != "movement_hour"


def test_every_file_has_literal_rows() -> None:
    others = [file for file in FILES if file not in PASSING]
    assert {file.table for file in others if not is_of_exposures(file)} == TESTED_BY.keys()
    for table, test in TESTED_BY.items():
        assert re.search(rf"\b{table}\b", (HERE / test).read_text(encoding="utf-8")), (table, test)


def value_of(kind: pl.DataType, number: int) -> object:
    if isinstance(kind, pl.List):
        inner = kind.inner
        return [value_of(inner if isinstance(inner, pl.DataType) else inner(), number), None]
    if isinstance(kind, pl.Enum):
        return kind.categories[number % len(kind.categories)]
    values = {
        pl.String: f"text {number}",
        pl.Boolean: bool(number % 2),
        pl.Date: date(2026, 2, 28),
        pl.Datetime: datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC),
        pl.Float32: 0.5 + number,
        pl.Float64: 0.1 + number,
    }
    return values.get(type(kind), 2**31 - 1 - number)


def before(kind: pl.DataType, value: object) -> tuple[object, object]:
    """A value that comes before this one, and this one; of an enumeration the first in the alphabet and the last."""
    if isinstance(kind, pl.Enum):
        return min(kind.categories), max(kind.categories)
    if isinstance(value, datetime):
        return value - timedelta(microseconds=1), value
    if isinstance(value, date):
        return value - timedelta(days=1), value
    if isinstance(value, bool):
        return False, True
    return ("a", value) if isinstance(value, str) else (0, value)


def made_of(file: SqlFile, rows: list[dict[str, object]], folder: Path, dataset: str) -> pl.DataFrame:
    """Run one file on rows of one dataset."""
    path = folder / "rows.parquet"
    schema = DATASETS[dataset]
    pl.DataFrame(rows, schema=schema, strict=False).write_parquet(path)
    columns = ", ".join(f'cast("{name}" as {duckdb_type(kind)}) as "{name}"' for name, kind in schema.items())
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("attach ':memory:' as core")
        connection.execute(f"create view core.{dataset} as select {columns} from '{path}'")
        file.run(connection)
        return connection.sql(f"from {file.table}").pl()


@pytest.mark.parametrize("file", PASSING, ids=lambda file: file.table)
def test_rows_come_out_as_they_went_in(file: SqlFile, tmp_path: Path) -> None:
    schema = DATASETS[file.table]
    full: dict[str, object] = {
        name: value_of(kind, place) for place, (name, kind) in enumerate(schema.items())
    }
    # before it in every column of the order, and empty in all others that no key holds
    key = re.findall(r"\w+", "".join(re.findall(r"key \((.*)\)", file.text)))
    bare = {name: full[name] for name in key}
    order = sqlglot.parse_one(file.text, dialect="duckdb").find(exp.Order)
    for name in key if order is None else [column.name for column in order.find_all(exp.Column)]:
        bare[name], full[name] = before(schema[name], full[name])

    found = made_of(file, [full, bare], tmp_path, file.table)
    # a file without an order keeps that of its rows
    wanted = pl.DataFrame([full, bare] if order is None else [bare, full], schema=schema, strict=False)
    assert found.rows() == wanted.select(found.columns).rows()


@pytest.mark.parametrize(
    ("table", "analyses"),
    [
        ("association", ["lag", "main", "negative_control"]),
        ("association_sensitivity", ["modifier", "negative_binomial", "person_fixed_effects", "unadjusted"]),
        ("next_day_association", ["next_day"]),
    ],
)
def test_each_analysis_is_in_one_table(table: str, analyses: list[str], tmp_path: Path) -> None:
    """Together the three hold every row once; a missing modifier is a word, because it is part of a key."""
    kinds = ("main", "lag", "negative_control", "negative_binomial", "person_fixed_effects", "unadjusted")
    kinds += ("modifier", "next_day")
    schema = DATASETS["association"]
    rows: list[dict[str, object]] = [
        {name: value_of(kind, place) for place, (name, kind) in enumerate(schema.items())}
        | {
            "analysis": analysis,
            "exposure": analysis,
            "modifier": "low ferritin" if analysis == "modifier" else None,
        }
        for analysis in kinds
    ]
    (file,) = (file for file in FILES if file.table == table)
    found = made_of(file, rows, tmp_path, "association")
    assert sorted(found["exposure"]) == analyses
    if table == "association_sensitivity":
        assert dict(found.select("analysis", "modifier").iter_rows())["modifier"] == "low ferritin"
        assert dict(found.select("analysis", "modifier").iter_rows())["unadjusted"] == "none"
    assert file.core_datasets == {"association"} and "association" in COMPUTED
    # every column of a model is in a table, and told apart from one that was not fitted
    assert {"method", "outcome_of_fit", "q_value", "ci_low"} <= set(found.columns)
    detectable = "detectable_difference_score" if table == "next_day_association" else "detectable_rate_ratio"
    assert found[detectable].null_count() == 0


def test_both_controls_stand_beside_every_ratio_that_they_are_asked_for(tmp_path: Path) -> None:
    """Tomorrow's exposure beside the same outcome; hours unworn beside every outcome of the exposure."""
    asked = (
        ("jerk_sleep_count", "caffeine_mg", "main", 1.2),
        ("hypnic_jerk_count", "caffeine_mg", "main", 1.3),
        ("jerk_sleep_count", "stress_score", "main", 1.4),
        ("jerk_sleep_count", "lag1_caffeine_mg", "lag", 1.1),
        ("jerk_sleep_count", "lead1_caffeine_mg", "negative_control", 1.01),
        ("nonwear_h", "caffeine_mg", "negative_control", 0.98),
    )
    rows: list[dict[str, object]] = [
        {
            "outcome": outcome,
            "exposure": exposure,
            "effect": "within",
            "analysis": analysis,
            "rate_ratio": ratio,
        }
        for outcome, exposure, analysis, ratio in asked
    ]
    (file,) = (file for file in FILES if file.table == "association")
    found = made_of(file, rows, tmp_path, "association")
    beside = found.select("rate_ratio", "control_rate_ratio", "unworn_rate_ratio")
    assert {row[0]: row[1:] for row in beside.iter_rows()} == {
        1.2: (1.01, 0.98),
        1.3: (None, 0.98),
        1.4: (None, None),
        1.1: (None, None),
        1.01: (None, None),
        0.98: (None, None),
    }
