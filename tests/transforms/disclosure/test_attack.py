"""The solver finds what can be subtracted, and no more."""

import math

import pytest

from transforms.disclosure.attack import Bound, Known, Partition, System, work_back

TABLE = System.of([Partition("all", ("a", "b", "c")), Partition("all", ("d", "e"))])


def exactly(**values):
    return {name: Known(value, value) for name, value in values.items()}


def test_a_single_withheld_part_is_the_rest():
    found = work_back(TABLE, exactly(all=100, a=60, b=33), ["c"], counts=TABLE.names)
    assert found == {"c": Known(7, 7)}


def test_two_withheld_parts_share_the_rest():
    found = work_back(TABLE, exactly(all=100, a=60), ["b", "c"], counts=TABLE.names)
    assert found == {"b": Known(0, 40), "c": Known(0, 40)}


def test_a_withheld_whole_is_the_sum_of_another_grouping():
    found = work_back(TABLE, exactly(d=40, e=60, a=90), ["all", "b"], counts=TABLE.names)
    assert found == {"all": Known(100, 100), "b": Known(0, 10)}


def test_rounding_opens_an_interval_and_whole_numbers_narrow_it():
    known = {"all": Known(95, 105), "a": Known(57.5, 62.5), "b": Known(30.4, 35.4)}
    assert work_back(TABLE, known, ["c"], counts=())["c"] == pytest.approx(Known(0.0, 17.1))
    assert work_back(TABLE, known, ["c"], counts=TABLE.names)["c"] == Known(0, 16)


def test_nothing_known_is_no_upper_limit():
    assert work_back(TABLE, {}, ["a"], counts=TABLE.names)["a"] == Known(0, math.inf)


def test_contradictions_are_told():
    with pytest.raises(ValueError, match="contradicts itself"):
        work_back(TABLE, exactly(all=10, d=20), ["a"], counts=TABLE.names)


def test_what_is_told_of_two_sums_at_once_narrows_both():
    """A share: a is 30 to 31 % of all."""
    share = [Bound((("a", 1.0), ("all", -0.30)), 0.0, 1e9), Bound((("a", 1.0), ("all", -0.31)), -1e9, 0.0)]
    found = work_back(System.of(TABLE.partitions, (), share), exactly(all=200), ["a"], counts=TABLE.names)
    assert found == {"a": Known(60, 62)}


def test_the_search_ends_where_an_interval_is_wide_enough():
    known = {"all": Known(90, 110)}
    found = work_back(TABLE, known, ["a", "b"], counts=TABLE.names, enough={"a": 5.0})
    assert found["b"] == Known(0, 110) and found["a"].high - found["a"].low >= 5.0


def test_what_says_nothing_of_one_another_is_solved_apart():
    two = System.of([*TABLE.partitions, Partition("x", ("y", "z"))], ["alone"])
    assert sorted(sorted(block.names) for block in two.blocks()) == [
        ["a", "all", "b", "c", "d", "e"],
        ["alone"],
        ["x", "y", "z"],
    ]
    assert work_back(two, {"alone": Known(2.5, 7.5)}, ["alone"], counts=["alone"]) == {"alone": Known(3, 7)}
