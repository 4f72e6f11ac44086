"""Small groups and what they could be computed from."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.parameters.release import TEN_PARTICIPANTS
from transforms.statistics.disclosure import KEYS, RELEASED, summarise_cells

LIMIT = TEN_PARTICIPANTS.minimum_participant_count
KINDS = {
    **dict.fromkeys(KEYS, pl.String),
    "level_number": pl.Int32,
    **dict.fromkeys(RELEASED, pl.Float64),
    "participant_count": pl.Int64,
    "night_count": pl.Int64,
}


def groups(**counts):
    """One grouping for each keyword: participants of its levels, in order; nights are three times as many."""
    rows = []
    for name, levels in counts.items():
        for number, count in enumerate(levels, start=1):
            row = {"family": "f", "grouping_name": name, "level": f"level {number}", "level_number": number}
            rows.append(
                row | dict.fromkeys(RELEASED, 1.0) | {"participant_count": count, "night_count": 3 * count}
            )
    return pl.DataFrame(rows, schema=KINDS)


@pytest.mark.parametrize(
    ("levels", "withheld"),
    [
        ([9], [True]),
        ([10], [False]),
        ([11], [False]),
        ([10, 10], [False, False]),
        ([9, 40], [True, True]),
        ([9, 40, 12], [True, False, True]),
        ([9, 1, 40], [True, True, True]),
        ([9, 1, 40, 30], [True, True, False, True]),
        ([40, 30, 20, 10], [False, False, False, False]),
        ([9, 9, 9], [True, True, True]),
    ],
)
def test_small_levels_and_their_cover_are_withheld(levels, withheld):
    summary = summarise_cells(groups(g=levels), TEN_PARTICIPANTS)
    assert summary["is_suppressed"].to_list() == withheld


def test_groupings_do_not_touch_each_other():
    summary = summarise_cells(groups(a=[3, 40, 50], b=[40, 53]), TEN_PARTICIPANTS)
    assert summary["is_suppressed"].to_list() == [True, True, False, False, False]


def test_withheld_numbers_are_gone_and_others_untouched():
    summary = summarise_cells(groups(g=[3, 40, 50]), TEN_PARTICIPANTS)
    for row in summary.iter_rows(named=True):
        assert {row[name] is None for name in RELEASED} == {row["is_suppressed"]}
    assert summary.columns == [*KEYS, "is_suppressed", *RELEASED]


def test_ties_are_broken_by_nights_then_by_name():
    frame = groups(g=[3, 20, 20]).with_columns(
        pl.when(pl.col("level") == "level 3").then(25).otherwise(pl.col("night_count")).alias("night_count")
    )
    assert summarise_cells(frame, TEN_PARTICIPANTS)["is_suppressed"].to_list() == [True, False, True]
    assert summarise_cells(groups(g=[3, 20, 20]), TEN_PARTICIPANTS)["is_suppressed"].to_list() == [
        True,
        True,
        False,
    ]


def test_nothing_in_nothing_out():
    summary = summarise_cells(groups(), TEN_PARTICIPANTS)
    assert summary.height == 0 and summary.columns == [*KEYS, "is_suppressed", *RELEASED]


@given(st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=7), min_size=1, max_size=4))
def test_what_remains_hidden_always_holds_enough_people(levels):
    """Total less the released levels is a remainder that anyone can compute: nobody small may be alone in it."""
    frame = groups(**{f"g{n}": counts for n, counts in enumerate(levels)})
    summary = summarise_cells(frame, TEN_PARTICIPANTS).join(
        frame.select("grouping_name", "level", known="participant_count"),
        on=["grouping_name", "level"],
        validate="1:1",
    )
    assert summary.height == frame.height
    assert (summary.filter(~pl.col("is_suppressed"))["participant_count"] >= LIMIT).all()
    for _, own in summary.group_by("grouping_name"):
        hidden = own.filter(pl.col("is_suppressed"))["known"]
        if hidden.len() and (own["known"] >= LIMIT).any():
            assert hidden.max() >= LIMIT and hidden.len() >= 2


@given(st.lists(st.integers(1, 60), min_size=2, max_size=7), st.randoms())
def test_order_of_rows_does_not_matter(levels, random):
    frame = groups(g=levels)
    places = list(range(frame.height))
    random.shuffle(places)
    assert summarise_cells(frame[places], TEN_PARTICIPANTS).equals(summarise_cells(frame, TEN_PARTICIPANTS))
