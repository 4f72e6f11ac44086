"""What each file says of itself is true, and the index repeats it."""

import re

import pytest
import sqlglot
from sqlglot import exp

from flows.paths import sql_folder
from flows.warehouse.sql_files import LAYERS, SqlFile, load_sql_files

FILES = load_sql_files(sql_folder())
BY_NAME = pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.stem)

# A key over a hundred million rows would not fit the memory of a build, entries of diaries may repeat, and a part of
# a key may be missing; for all others the grain is declared to the database.
WITHOUT_KEY = {
    "movement",
    "rejected_candidate",
    "fault",
    "nonwear_interval",
    "night_group",
    "inclusion",
    "passage",
}
WITHOUT_KEY |= {"movement_hour", "night_hour", "imi_histogram"}
WITHOUT_KEY |= {"rejected_recording", "rejected_entry", "sleep_diary", "caffeine_intake", "exercise_bout"}
WITHOUT_KEY |= {
    "stress_rating",
    "nutrient_day",
    "medication_use",
    "daytime_rating",
    "dietary_reference_intake",
}


def tables_in(file: SqlFile) -> tuple[set[str], set[str]]:
    """Tables that the statements read, and those that they make."""
    read: set[str] = set()
    made: set[str] = set()
    types = set(re.findall(r"^create or replace type (\w+)", file.text, re.MULTILINE))
    for statement in sqlglot.parse(file.text, dialect="duckdb"):
        # a type is no table: it lends a pivot its columns
        if not isinstance(statement, exp.Create) or statement.kind != "TABLE":
            continue
        made.add(statement.this.name)
        own = {cte.alias for cte in statement.find_all(exp.CTE)} | types
        for table in statement.expression.find_all(exp.Table):
            if table.name and table.name not in own:
                read.add(f"{table.db}.{table.name}" if table.db else table.name)
    return read, made


@BY_NAME
def test_header_is_complete(file: SqlFile) -> None:
    lines = file.text.splitlines()
    assert lines[0] == "-- " + "-" * 76
    assert lines[1].startswith(f"-- {file.path.stem}: ") and file.title
    # what is written out reads nothing
    reads = {"Reads"} if tables_in(file)[0] else set()
    assert set(file.header) - {"Like", "Layer"} == {"Grain", "Writes", "Source"} | reads
    assert all(file.header.values())
    assert file.header["Grain"].startswith("one row per ")


@BY_NAME
def test_writes_and_reads_are_true(file: SqlFile) -> None:
    read, made = tables_in(file)
    assert made == {file.table} == {file.header["Writes"]}
    assert read == {name for name in file.reads if not name.endswith("()")}


@BY_NAME
def test_reads_only_what_lower_numbers_made(file: SqlFile) -> None:
    lower = {other.table for other in FILES if other.number < file.number}
    named = {name for name in file.reads if "." not in name and not name.endswith("()")}
    assert named | set(file.like) <= lower


@BY_NAME
def test_only_staging_and_computed_answers_read_the_store(file: SqlFile) -> None:
    if file.core_datasets:
        assert file.number < "200" or file.number >= "400"


@BY_NAME
def test_key_is_declared_and_is_the_grain(file: SqlFile) -> None:
    keys = re.findall(rf"alter table {file.table} add primary key \(([^)]*)\);", file.text)
    if keys:
        assert re.match(rf"one row per {re.escape(keys[0])}(?: with |$)", file.header["Grain"])
    else:
        assert file.table in WITHOUT_KEY


@BY_NAME
def test_no_clinical_number_is_written_inline(file: SqlFile) -> None:
    """Comparisons of a measured quantity with a bare number belong to study_parameter."""
    code = "\n".join(
        line for line in file.text.splitlines() if not line.lstrip().startswith(("--", "comment", "'"))
    )
    unit = r"(?:_s|_min|_h|_mg|_ug|_ug_l|_g|_deg|_score|_ratio|_met_min|_per_h)"
    found = re.findall(rf"\b\w+{unit}\s*(?:<=|>=|<|>|=)\s*\d+(?:\.\d+)?\b", code)
    assert [hit for hit in found if not re.search(r"[<>=]\s*0$", hit)] == []


@BY_NAME
def test_a_table_is_shown_in_layers_that_there_are(file: SqlFile) -> None:
    assert set(file.layers) <= LAYERS.keys()
    assert len(set(file.layers)) == len(file.layers)
    # a header names layers only where the number does not tell them
    assert file.header.get("Layer") != next(name for name, last in LAYERS.items() if file.number <= last)


def test_index_lists_every_file() -> None:
    index = (sql_folder() / "README.md").read_text(encoding="utf-8")
    listed = [line for line in index.splitlines() if re.match(r"\| \d{3} \|", line)]
    wanted = [f"| {file.number} | {file.table} | {file.title} | {file.header['Grain']} |" for file in FILES]
    assert listed == wanted
