"""Sets of half-open intervals, against sets of whole numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.intervals import clip, contains, intersect, invert, join, join_runs, runs, total

START, END = -5, 45

bounds = st.integers(min_value=-10, max_value=50)
rows = st.lists(st.tuples(bounds, bounds), max_size=8).map(lambda pairs: table(*pairs))
joined = rows.map(join)


def table(*pairs):
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def points(intervals):
    return {point for start, end in intervals.tolist() for point in range(start, end)}


def is_tidy(intervals):
    flat = intervals.ravel()
    return intervals.shape[1:] == (2,) and bool((np.diff(flat) > 0).all())


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("", []),
        ("000", []),
        ("111", [[0, 3]]),
        ("1001101", [[0, 1], [3, 5], [6, 7]]),
    ],
)
def test_runs_of_true(mask, expected):
    assert runs(np.array([letter == "1" for letter in mask], dtype=bool)).tolist() == expected


@pytest.mark.parametrize(
    ("max_gap", "expected"),
    [(4, [[0, 10], [15, 20], [26, 30]]), (5, [[0, 20], [26, 30]]), (6, [[0, 30]])],
)
def test_a_gap_of_exactly_the_limit_is_bridged(max_gap, expected):
    assert join_runs(table((0, 10), (15, 20), (26, 30)), max_gap).tolist() == expected


def test_join_sorts_unites_what_touches_and_drops_what_is_empty():
    mixed = table((20, 30), (0, 5), (5, 8), (2, 3), (40, 40), (35, 33))
    assert join(mixed).tolist() == [[0, 8], [20, 30]]


def test_a_long_interval_hides_all_that_lie_in_it():
    assert join(table((0, 100), (1, 2), (50, 60), (99, 120))).tolist() == [[0, 120]]


def test_invert_gives_the_edges_and_the_holes():
    assert invert(table((-3, 2), (4, 6), (9, 12)), 0, 10).tolist() == [[2, 4], [6, 9]]
    assert invert(table((4, 6)), 0, 10).tolist() == [[0, 4], [6, 10]]
    assert invert(table(), 0, 10).tolist() == [[0, 10]]
    assert invert(table((0, 10)), 0, 10).tolist() == []


def test_the_end_belongs_to_no_interval():
    inside = contains(table((0, 5), (7, 9)), np.array([-1, 0, 4, 5, 6, 7, 8, 9]))
    assert inside.tolist() == [False, True, True, False, False, True, True, False]
    assert clip(table((0, 5), (5, 9)), 5, 5).tolist() == []
    assert intersect(table((0, 5)), table((5, 9))).tolist() == []
    assert intersect(table((5, 9)), table((0, 5))).tolist() == []


@pytest.mark.parametrize("result", [join(table()), clip(table(), 0, 9), intersect(table(), table((0, 9)))])
def test_nothing_in_nothing_out(result):
    assert result.shape == (0, 2)
    assert total(result) == 0


def test_nothing_contains_no_point():
    assert contains(table(), np.array([1, 2])).tolist() == [False, False]


@given(rows)
def test_join_keeps_every_point_and_no_other(intervals):
    assert is_tidy(join(intervals))
    assert points(join(intervals)) == points(intervals)
    assert total(join(intervals)) == len(points(intervals))


@given(joined, st.integers(min_value=0, max_value=12))
def test_join_bridges_exactly_the_gaps_up_to_the_limit(intervals, max_gap):
    wide = join(intervals, max_gap)
    holes = invert(intervals, int(intervals[0, 0]), int(intervals[-1, 1])) if len(intervals) else table()
    bridged = sum(end - start for start, end in holes.tolist() if end - start <= max_gap)
    assert total(wide) == total(intervals) + bridged
    assert (wide[1:, 0] - wide[:-1, 1] > max_gap).all()


@given(joined)
def test_inside_and_outside_add_up_to_the_window(intervals):
    inside, outside = clip(intervals, START, END), invert(intervals, START, END)
    assert total(inside) + total(outside) == END - START
    assert points(inside) | points(outside) == set(range(START, END))
    assert points(inside).isdisjoint(points(outside))
    assert is_tidy(inside)
    assert is_tidy(outside)


@given(joined)
def test_the_inverse_of_the_inverse_is_the_set(intervals):
    back = invert(invert(intervals, START, END), START, END)
    assert back.tolist() == clip(intervals, START, END).tolist()


@given(joined, joined)
def test_union_and_intersection_add_up(one, other):
    common = intersect(one, other)
    assert is_tidy(common)
    assert points(common) == points(one) & points(other)
    assert total(common) + total(join(np.concatenate([one, other]))) == total(one) + total(other)
    assert common.tolist() == intersect(other, one).tolist()


@given(joined)
def test_contains_is_membership(intervals):
    every = np.arange(-12, 52)
    assert set(every[contains(intervals, every)].tolist()) == points(intervals)


@given(st.lists(st.booleans(), max_size=40))
def test_runs_hold_exactly_what_is_true(mask):
    flags = np.array(mask, dtype=bool)
    assert is_tidy(runs(flags))
    assert points(runs(flags)) == set(np.flatnonzero(flags).tolist())
