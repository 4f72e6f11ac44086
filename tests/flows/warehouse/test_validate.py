"""Pages, errors and privacy of a validation."""

import json
import re
import shutil
import subprocess
import sys

import duckdb
import pytest

from flows.warehouse.validate import load_suites, validate_warehouse
from tests.cohort_store import PERSON, published_warehouse
from transforms.errors import ContractError, ExpectationError


@pytest.fixture
def broken(tmp_path):
    """A warehouse with a person aged 1 and a night without judgement."""
    path = tmp_path / "broken.duckdb"
    shutil.copyfile(published_warehouse(), path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update night set is_eligible = null where participant_id = ?", [PERSON])
        connection.execute("update participant set birth_year = 1066 where participant_id = ?", [PERSON])
    return path


SOME = {name: suite for name, suite in load_suites().items() if name in {"night", "participant", "run"}}


def test_a_good_warehouse_gets_a_page_and_results(tmp_path):
    page = validate_warehouse(published_warehouse(), tmp_path, "run1", suites=SOME)
    assert page == tmp_path / "quality" / "run1" / "index.html"
    results = json.loads((page.parent / "results.json").read_text())
    assert results["critical_failed"] == 0
    asked = [check for check in results["checks"] if check["type"] != "every_number_is_finite"]
    assert len(asked) == sum(len(suite["expectations"]) for suite in SOME.values())
    assert results["check_count"] == len(results["checks"]) > len(asked)
    index = (tmp_path / "quality" / "index.html").read_text()
    assert 'href="run1/index.html"' in index and "believable" in index


def test_a_critical_failure_names_the_rule_and_leaves_the_page(tmp_path, broken):
    with pytest.raises(ExpectationError) as caught:
        validate_warehouse(broken, tmp_path, "run2", suites=SOME)
    told = str(caught.value)
    assert told.startswith("1 critical expectations failed, nothing is published; see ")
    assert "night: Every night is judged. [column_values_to_not_be_null" in told and ": 9 rows" in told
    page = (tmp_path / "quality" / "run2" / "index.html").read_text()
    assert "Not believable" in page
    results = json.loads((tmp_path / "quality" / "run2" / "results.json").read_text())
    # the year of birth is a warning: it is told, and does not stop anything
    assert (results["critical_failed"], results["warning_failed"]) == (1, 1)


@pytest.mark.parametrize("value", ["'inf'::double", "'nan'::double"])
def test_a_number_that_is_none_is_found_in_every_table(tmp_path, value):
    path = tmp_path / "infinite.duckdb"
    shutil.copyfile(published_warehouse(), path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"update group_rate set person_median_per_h = {value} where level = 'weekend'")
    with pytest.raises(ExpectationError, match=r"group_rate: Every number is one.*: 1 rows"):
        validate_warehouse(path, tmp_path, "run6", suites={"run": SOME["run"]})


def test_pages_hold_nobody_and_load_nothing(tmp_path, broken):
    with pytest.raises(ExpectationError):
        validate_warehouse(broken, tmp_path, "run3", suites=SOME)
    for file in (tmp_path / "quality").rglob("*.*"):
        text = file.read_text()
        assert not re.search(r"P\d{6}", text), file
        assert "1066" not in text, file
        assert not re.search(r"https?://|<script|<link|@import|url\(", text), file


def test_a_missing_table_fails_its_own_suite_only(tmp_path):
    path = tmp_path / "less.duckdb"
    shutil.copyfile(published_warehouse(), path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table night")
    with pytest.raises(ExpectationError) as caught:
        validate_warehouse(path, tmp_path, "run4", suites=SOME)
    results = json.loads((tmp_path / "quality" / "run4" / "results.json").read_text())
    failed = {check["table"] for check in results["checks"] if not check["success"]}
    assert failed == {"night"}
    assert "night: " in str(caught.value)


def test_nothing_stays_open_after_a_validation(tmp_path):
    path = tmp_path / "own.duckdb"
    shutil.copyfile(published_warehouse(), path)
    validate_warehouse(path, tmp_path, "run5", suites={"run": SOME["run"]})
    # another configuration is refused as long as anyone in this process holds the file
    duckdb.connect(str(path)).close()


def test_great_expectations_is_not_imported_before_it_is_needed():
    code = "import sys, flows.warehouse.validate; print('great_expectations' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"severity": "fatal"}, "severity critical or warning"),
        ({"meta": {"unit": "h"}}, "meta.source"),
        ({"notes": ""}, "notes"),
    ],
)
def test_a_suite_without_reasons_is_refused(tmp_path, changed, words):
    entry = SOME["run"]["expectations"][0] | changed
    (tmp_path / "run.json").write_text(json.dumps({"name": "run", "expectations": [entry]}))
    with pytest.raises(ContractError, match=words):
        load_suites(tmp_path)


def test_a_suite_is_named_like_its_file(tmp_path):
    (tmp_path / "runs.json").write_text(json.dumps(SOME["run"]))
    with pytest.raises(ContractError, match=r"runs\.json: the suite is named 'run'"):
        load_suites(tmp_path)
