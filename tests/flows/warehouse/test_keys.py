"""An expectation that the table itself proves is not asked, and gets the verdict that asking it would have got."""

from contextlib import nullcontext
from dataclasses import replace

import duckdb
import pytest

from flows.warehouse import gx_quick, validate
from flows.warehouse.keys import NO_KEY, Key, read_keys
from flows.warehouse.validate import check_tables, load_suites
from tests.cohort_store import published_warehouse


def unique(*columns):
    return {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": list(columns)}}


def on(kind, column):
    return {"type": f"expect_column_values_to_{kind}", "kwargs": {"column": column}}


@pytest.mark.parametrize(
    ("expectation", "is_proven"),
    [
        (unique("a", "b"), True),
        (unique("b", "c", "a"), True),  # more columns are no less unique
        (unique("a", "c"), False),
        (on("not_be_null", "a"), True),
        (on("not_be_null", "n"), True),
        (on("not_be_null", "c"), False),
        (on("be_unique", "a"), False),  # only the two together are
        (on("be_in_set", "a"), False),
    ],
)
def test_only_what_a_key_makes_impossible_is_proven(expectation, is_proven):
    key = Key(frozenset("ab"), frozenset("n"), 3)
    assert bool(key.proves(expectation)) is is_proven
    assert not NO_KEY.proves(expectation)


def test_keys_are_those_of_the_file(tmp_path):
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t (a integer, b integer not null, c integer, unique (c))")
        connection.execute("insert into t values (1, 2, null), (3, 4, null)")
        connection.execute("alter table t add primary key (a)")
        connection.execute("create table loose as from t")
    assert read_keys(path) == {"t": Key(frozenset("a"), frozenset("ab"), 2)}


SUITES = {
    name: suite
    for name, suite in load_suites().items()
    if name in {"night", "participant", "recording", "run"}
}


def test_verdicts_are_those_of_asking_everything(monkeypatch):
    quick = check_tables(published_warehouse(), SUITES)
    assert any(check.proof for check in quick)
    monkeypatch.setattr(validate, "read_keys", lambda _: {})
    monkeypatch.setattr(gx_quick, "without_repetition", nullcontext)
    slow = check_tables(published_warehouse(), SUITES)
    assert [replace(check, proof="") for check in quick] == slow
