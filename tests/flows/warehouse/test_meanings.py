"""A column without a comment takes that of the first source which has its name."""

import duckdb
import pytest

from flows.warehouse.meanings import inherit_meanings


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        opened.execute("create table one (a integer, b integer)")
        opened.execute("create table two (a integer, c integer, d integer)")
        opened.execute("comment on column one.a is 'A of one, ''quoted''.'")
        opened.execute("comment on column two.a is 'A of two.'")
        opened.execute("comment on column two.c is 'C of two.'")
        opened.execute('create table made (a integer, b integer, c integer, "d" integer, e integer)')
        yield opened


def comments(connection, table="made"):
    return dict(
        connection.execute(
            "select column_name, comment from duckdb_columns() where table_name = ? and comment is not null",
            [table],
        ).fetchall()
    )


def test_the_first_source_decides(connection):
    inherit_meanings(connection, "made", ("one", "two"))
    assert comments(connection) == {"a": "A of one, 'quoted'.", "c": "C of two."}


def test_the_order_of_the_sources_counts(connection):
    inherit_meanings(connection, "made", ("two", "one"))
    assert comments(connection)["a"] == "A of two."


def test_a_comment_of_its_own_stays(connection):
    connection.execute("comment on column made.a is 'Its own.'")
    inherit_meanings(connection, "made", ("one", "two"))
    assert comments(connection)["a"] == "Its own."


def test_a_source_with_the_name_but_without_a_meaning_is_not_passed_over(connection):
    # the later source means another thing by the same name
    connection.execute("comment on column two.d is 'D of two.'")
    connection.execute("create table three (d integer)")
    inherit_meanings(connection, "made", ("three", "two"))
    assert "d" not in comments(connection)


def test_what_is_not_there_is_no_source(connection):
    inherit_meanings(connection, "made", ("core.one", "duckdb_columns()"))
    assert comments(connection) == {}


def test_no_other_table_is_touched(connection):
    inherit_meanings(connection, "made", ("one", "two"))
    assert comments(connection, "one") == {"a": "A of one, 'quoted'."}


def test_a_table_of_columns_explains_what_its_rows_name(connection):
    connection.execute("create table listed (column_name varchar, description varchar)")
    connection.execute("insert into listed values ('b', 'B of a row, ''quoted''.'), ('a', 'A of a row.')")
    inherit_meanings(connection, "made", ("two", "listed"))
    assert comments(connection) == {"a": "A of two.", "b": "B of a row, 'quoted'.", "c": "C of two."}
