"""Each suite holds on a good warehouse, and each of its expectations is seen to fail on a broken one."""

import shutil
from pathlib import Path

import duckdb
import pytest

from flows.warehouse.validate import check_tables, load_suites
from tests.cohort_store import published_warehouse
from tests.expectations.violations import VIOLATIONS

pytestmark = pytest.mark.xdist_group("suites")  # one worker: the warehouse is judged once
SUITES = load_suites()
TABLES_OF_THE_CONTRACT = {
    *(
        "participant",
        "recording",
        "rejected_recording",
        "rejected_entry",
        "night",
        "movement",
        "rejected_candidate",
    ),
    *("night_rate", "exposure_night", "analysis_night", "attrition", "cohort_summary", "data_dictionary"),
    *("jerk_rate_by_caffeine", "jerk_rate_by_exercise", "jerk_rate_by_stress", "jerk_rate_by_nutrient"),
    *("study_parameter", "run"),
}


@pytest.fixture(scope="module")
def good_checks():
    return check_tables(published_warehouse(), SUITES)


def test_every_table_of_the_contract_has_a_suite():
    assert set(SUITES) >= TABLES_OF_THE_CONTRACT


@pytest.mark.parametrize("table", SUITES)
def test_suite_holds_on_a_good_warehouse(good_checks, table):
    own = [check for check in good_checks if check.table == table]
    assert len(own) == len(SUITES[table]["expectations"])
    assert [check for check in own if not check.success] == []


def loose_copy(folder: Path) -> Path:
    """The good warehouse without keys and closed types, so that it can be broken."""
    path = folder / "broken.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{published_warehouse()}' as good (read_only)")
        tables = connection.sql(
            "select table_name, list(column_name) filter (where data_type like 'ENUM(%') from duckdb_columns() "
            "where database_name = 'good' and schema_name = 'main' group by table_name"
        ).fetchall()
        for table, closed in tables:
            as_text = ", ".join(f"{name}::varchar as {name}" for name in closed or ())
            replaced = f"* replace ({as_text})" if as_text else "*"
            connection.execute(f"create table {table} as select {replaced} from good.{table}")
    return path


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return loose_copy(tmp_path_factory.mktemp("warehouse"))


def breaking_statement(table: str, entry: dict, row: int, types: dict[str, str]) -> str:  # noqa: PLR0911
    """One statement that breaks one expectation, in one row where a row can do it."""
    kwargs = entry["kwargs"]
    match entry["type"]:
        case "expect_table_columns_to_match_set":
            return f"alter table {table} rename column {kwargs['column_set'][-1]} to something_else"
        case "expect_column_values_to_be_unique" | "expect_compound_columns_to_be_unique":
            # a row that no other violation has robbed of its key
            last = f"(select max(rowid) from {table})"
            return f"insert into {table} select * from {table} where rowid = {last}"
        case "expect_column_values_to_not_be_null":
            return f"update {table} set {kwargs['column']} = null where rowid = {row}"
        case "expect_column_values_to_be_in_set":
            return f"update {table} set {kwargs['column']} = 'no such word' where rowid = {row}"
        case "expect_column_value_lengths_to_equal":
            return f"update {table} set {kwargs['column']} = 'short' where rowid = {row}"
        case "expect_column_values_to_be_between":
            below, above = kwargs.get("min_value"), kwargs.get("max_value")
            value = below - 1 if below is not None else above + 1
            return f"update {table} set {kwargs['column']} = {value} where rowid = {row}"
        case "expect_column_pair_values_a_to_be_greater_than_b":
            a, b = kwargs["column_A"], kwargs["column_B"]
            if types[b].startswith(("TIMESTAMP", "DATE")):
                return f"update {table} set {a} = {b} - interval 1 hour where rowid = {row}"
            return (
                f"update {table} set {b} = coalesce({b}, 1), {a} = coalesce({b}, 1) - 1 where rowid = {row}"
            )
        case "unexpected_rows_expectation":
            known = [code for start, code in VIOLATIONS[table].items() if entry["notes"].startswith(start)]
            assert len(known) == 1, f"{table}: {entry['notes']} wants one statement in violations.py"
            return known[0].format(row=row)
    raise AssertionError(f"no way known to break {entry['type']}")


@pytest.mark.parametrize("table", SUITES)
def test_every_expectation_is_seen_to_fail(unbroken, tmp_path, table):
    """A frame with one violation per expectation; columns are renamed last, in a copy of its own."""
    entries = SUITES[table]["expectations"]
    about_columns = [entry for entry in entries if entry["type"] == "expect_table_columns_to_match_set"]
    others = [entry for entry in entries if entry not in about_columns]
    path = tmp_path / "broken.duckdb"
    shutil.copyfile(unbroken, path)
    with duckdb.connect(str(path)) as connection:
        types = dict(
            connection.sql(
                f"select column_name, data_type from duckdb_columns() where table_name = '{table}'"
            ).fetchall()
        )
        assert connection.sql(f"select count(*) from {table}").fetchall() != [(0,)], "no row to break"
        # enough rows that each violation has one of its own
        while connection.sql(f"select count(*) from {table}").fetchall()[0][0] <= len(others):
            connection.execute(f"insert into {table} select * from {table}")
        equal_counts = []
        for row, entry in enumerate(others):
            statement = breaking_statement(table, entry, row, types)
            if statement:
                connection.execute(statement)
            else:
                equal_counts.append(entry)
    checks = check_tables(
        path, {table: {"expectations": [entry for entry in others if entry not in equal_counts]}}
    )
    assert [(check.notes, check.rule) for check in checks if check.success or check.error] == []

    with duckdb.connect(str(path)) as connection:
        if equal_counts:
            connection.execute(f"update {table} set jerk_count = 5")
        for entry in about_columns:
            connection.execute(breaking_statement(table, entry, 0, types))
    checks = check_tables(path, {table: {"expectations": [*equal_counts, *about_columns]}})
    assert [check.notes for check in checks if check.success] == []


def test_a_single_withheld_cell_is_safe_where_the_total_is_withheld_with_it(unbroken, tmp_path):
    """Eleven women and one man: the man goes, and the total that would give him back."""
    path = tmp_path / "broken.duckdb"
    shutil.copyfile(unbroken, path)
    entries = [
        entry for entry in SUITES["cohort_summary"]["expectations"] if entry["notes"].startswith("A single")
    ]
    with duckdb.connect(str(path)) as connection:
        connection.execute("update cohort_summary set is_suppressed = (grouping_name = 'all')")
        connection.execute(
            "update cohort_summary set is_suppressed = (level = 'weekend') where grouping_name = 'day of the week'"
        )
    (check,) = check_tables(path, {"cohort_summary": {"expectations": entries}})
    assert check.success
