"""The solver finds what can be subtracted, and no more."""

import math

import pytest

from transforms.disclosure.attack import Known, Partition, System, work_back

TABLE = System.of([Partition("all", ("a", "b", "c")), Partition("all", ("d", "e"))])


def exactly(**values):
    return {name: Known(value, value) for name, value in values.items()}


def test_a_single_withheld_part_is_the_rest():
    found = work_back(TABLE, exactly(all=100, a=60, b=33), ["c"], is_count=True)
    assert found == {"c": Known(7, 7)}


def test_two_withheld_parts_share_the_rest():
    found = work_back(TABLE, exactly(all=100, a=60), ["b", "c"], is_count=True)
    assert found == {"b": Known(0, 40), "c": Known(0, 40)}


def test_a_withheld_whole_is_the_sum_of_another_grouping():
    found = work_back(TABLE, exactly(d=40, e=60, a=90), ["all", "b"], is_count=True)
    assert found == {"all": Known(100, 100), "b": Known(0, 10)}


def test_rounding_opens_an_interval_and_whole_numbers_narrow_it():
    known = {"all": Known(95, 105), "a": Known(57.5, 62.5), "b": Known(30.4, 35.4)}
    assert work_back(TABLE, known, ["c"], is_count=False)["c"] == pytest.approx(Known(0.0, 17.1))
    assert work_back(TABLE, known, ["c"], is_count=True)["c"] == Known(0, 16)


def test_nothing_known_is_no_upper_limit():
    assert work_back(TABLE, {}, ["a"], is_count=True)["a"] == Known(0, math.inf)


def test_contradictions_are_told():
    with pytest.raises(ValueError, match="contradicts itself"):
        work_back(TABLE, exactly(all=10, d=20), ["a"], is_count=True)
