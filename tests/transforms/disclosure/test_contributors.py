"""Who brings a cell's sum, at the limits of every rule; ACRO's rules are written out beside."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.disclosure.contributors import MEASURES, judge
from transforms.parameters.release import TEN_PARTICIPANTS


def cell(values):
    rows = [
        {"grouping_name": "g", "level": "l", "participant_id": f"P{n}"}
        | dict.fromkeys(MEASURES, float(value))
        for n, value in enumerate(values)
    ]
    return pl.DataFrame(rows)


def reason(values):
    return judge(cell(values), TEN_PARTICIPANTS).filter(measure="jerk_count").item(0, "reason")


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([5] * 10, None),
        ([5] * 9, "too few contributors"),
        ([5] * 9 + [0] * 30, "too few contributors"),  # members without an event do not count
        ([405, 405] + [9] * 10, None),  # two of 900 are exactly 90 %
        ([406, 406] + [9] * 10, "two contributors dominate"),
        ([1000, 11] + [10] * 10, "two contributors dominate"),
        ([0] * 40, "too few contributors"),
    ],
)
def test_limits(values, found):
    assert reason(values) == found


def acro_withholds(values):
    """Restate of ACRO's checks: threshold, NK (n = 2, k = 90 %) and p-ratio (10 %) on the sorted values."""
    ranked = sorted((value for value in values if value), reverse=True)
    if len(ranked) < 10:
        return True
    total = sum(ranked)
    return sum(ranked[:2]) > 0.9 * total or (total - ranked[0] - ranked[1]) / ranked[0] < 0.1


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40))
def test_the_rules_are_those_of_acro(values):
    assert (reason(values) is not None) == acro_withholds(values)
