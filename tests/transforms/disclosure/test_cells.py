"""What goes with small cells, and that an outsider with a solver gets nothing back."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.disclosure.cohorts import cohort, contributions_of, sets_of
from transforms.disclosure.attack import Known, System, work_back
from transforms.disclosure.audit import Told, audit
from transforms.disclosure.cells import partitions_of, perturb, withhold
from transforms.disclosure.contributors import CELL, MEASURES, PERSONS, judge
from transforms.parameters.release import TEN_PARTICIPANTS

LIMIT = TEN_PARTICIPANTS.minimum_participant_count


def nights_of(**groupings):
    """One night of one event for each person; groupings part the same persons by the counts of their levels."""
    count = max(sum(levels) for levels in groupings.values())
    rows = []
    for name, levels in {"all": [count], **groupings}.items():
        members = [level for level, size in enumerate(levels) for _ in range(size)]
        members += [len(levels)] * (count - len(members))
        rows += [(name, str(level), f"P{n}", f"{n}", 8.0, 1, 1, 7.0, 1) for n, level in enumerate(members)]
    names = [*CELL, "participant_id", "night", *(name for name in MEASURES if name != "night_count")]
    return pl.DataFrame(rows, schema=names, orient="row")


def withheld(nights):
    decided = withhold(judge(contributions_of(nights), TEN_PARTICIPANTS), sets_of(nights), TEN_PARTICIPANTS)
    rows = decided.filter(measure="jerk_count").sort("grouping_name", pl.col("level").str.zfill(2))
    return {
        str(name): own["reason"].is_not_null().to_list()
        for (name,), own in rows.group_by("grouping_name", maintain_order=True)
    }


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        ([9], [True]),
        ([10], [False]),
        ([10, 10], [False, False]),
        ([9, 40], [True, True]),
        ([9, 40, 12], [True, False, True]),
        ([9, 1, 40], [True, True, True]),
        ([9, 1, 40, 30], [True, True, False, True]),
        ([40, 30, 20, 10], [False, False, False, False]),
        ([9, 9, 9], [True, True, True]),
    ],
)
def test_small_levels_and_their_cover_are_withheld(levels, found):
    assert withheld(nights_of(g=levels))["g"] == found


def test_equal_sets_of_nights_go_together():
    """Told under one name, a set withheld under another would be told."""
    nights = nights_of(a=[9, 12, 60], b=[9, 12, 30, 30])
    found = withheld(nights)
    assert found["a"][:2] == found["b"][:2] == [True, True]


def test_a_set_that_another_grouping_gives_back_is_covered():
    """a: 9 + 72; b tells 9 as the rest of 30 and 42. All levels of a go, and so must one more of b."""
    found = withheld(nights_of(a=[9, 72], b=[9, 30, 42]))
    assert found["a"] == [True, True] and sum(found["b"]) >= 2


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=6), min_size=1, max_size=3),
)
def test_what_is_told_exactly_leaves_every_withheld_sum_open(groupings):
    nights = nights_of(**{f"g{n}": levels for n, levels in enumerate(groupings)})
    sets = sets_of(nights)
    decided = withhold(judge(contributions_of(nights), TEN_PARTICIPANTS), sets, TEN_PARTICIPANTS)
    rows = decided.filter(measure="jerk_count")
    told = rows.filter(pl.col("reason").is_null())
    assert (told["contributor_count"] >= LIMIT).all()
    known = {name: Known(value, value) for name, value in told.select("set_name", "total").iter_rows()}
    hidden = dict(rows.filter(pl.col("reason").is_not_null()).select("set_name", "largest").iter_rows())
    system = System.of(partitions_of(sets, "jerk_count"), rows["set_name"])
    for name, found in work_back(system, known, list(hidden), counts=system.names).items():
        assert found.high - found.low >= hidden[name]


@pytest.mark.parametrize("seed", range(6))
def test_a_solver_gets_no_withheld_cell_of_a_cohort_back(seed):
    nights = cohort(seed, 40 + 32 * seed)
    contributions, sets = contributions_of(nights), sets_of(nights)
    decided = withhold(judge(contributions, TEN_PARTICIPANTS), sets, TEN_PARTICIPANTS)
    told = perturb(contributions, decided, b"secret", TEN_PARTICIPANTS)
    exposed, tried = audit([Told(told, sets)], TEN_PARTICIPANTS)
    assert tried > 0 and not exposed
    shown = told.drop_nulls("noisy").filter(pl.col("measure") != PERSONS)
    frac = ((shown["noisy"] - shown["total"]) / shown["largest"]).abs()
    assert frac.min() >= TEN_PARTICIPANTS.noise_least_frac - 1e-9
    assert frac.max() <= TEN_PARTICIPANTS.noise_most_frac


def test_the_gate_finds_a_cell_that_the_rules_let_through():
    nights = nights_of(a=[9, 40])
    contributions, sets = contributions_of(nights), sets_of(nights)
    careless = judge(contributions, TEN_PARTICIPANTS).join(sets.select(*CELL, "set_name"), on=CELL)
    told = careless.with_columns(noisy=pl.when(pl.col("reason").is_null()).then("total"))
    exact = replace(
        TEN_PARTICIPANTS,
        night_base=1,
        participant_base=1,
        hour_digits=12,
        rate_digits=12,
        noise_most_frac=0.0,
    )
    small = sets.filter(grouping_name="a", level="0").item(0, "set_name")
    exposed, tried = audit([Told(told, sets)], exact)
    measures = {*MEASURES, PERSONS}
    assert tried == len(measures) and {one.set_name for one in exposed} == {small}
    assert {one.measure for one in exposed} == measures
