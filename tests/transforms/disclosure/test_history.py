"""Releases of one study after another: few changed persons change nothing, and pairs give nobody away."""

from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from tests.transforms.disclosure.cohorts import cohort, contributions_of, sets_of
from transforms.disclosure.audit import Told, audit
from transforms.disclosure.cells import perturb, withhold
from transforms.disclosure.contributors import CELL, judge
from transforms.disclosure.history import changed_people, kept_cells, kept_under_new_limits, with_kept
from transforms.parameters.release import TEN_PARTICIPANTS

SECRET = b"secret"


def told_of(nights):
    contributions, sets = contributions_of(nights), sets_of(nights)
    decided = withhold(judge(contributions, TEN_PARTICIPANTS), sets, TEN_PARTICIPANTS)
    return Told(perturb(contributions, decided, SECRET, TEN_PARTICIPANTS), sets)


def keyed(nights):
    return contributions_of(nights).rename({"participant_id": "person_key"})


def people(nights):
    return nights["participant_id"].unique().sort().to_list()


def without(nights, names):
    return nights.filter(~pl.col("participant_id").is_in(names))


@pytest.mark.parametrize(("gone", "is_kept"), [(0, True), (1, True), (9, True), (10, False)])
def test_a_cell_changes_when_enough_persons_did(gone, is_kept):
    nights = cohort(3, 60)
    fewer = without(nights, people(nights)[:gone])
    everybody = {"grouping_name": "all", "level": "all"}
    counted = changed_people(keyed(fewer), keyed(nights)).filter(**everybody)
    assert counted["changed_count"].to_list() == [gone]
    kept = kept_cells(keyed(fewer), keyed(nights), TEN_PARTICIPANTS)
    assert (kept.filter(**everybody).height == 1) == is_kept


def test_a_person_whose_nights_changed_counts_once_in_each_of_their_cells():
    nights = cohort(4, 50)
    name = people(nights)[0]
    more = nights.with_columns(pl.col("jerk_count") + (pl.col("participant_id") == name))
    counted = changed_people(keyed(more), keyed(nights))
    theirs = nights.filter(participant_id=name).select(CELL).unique()
    assert counted.filter(pl.col("changed_count") == 1).select(CELL).sort(CELL).equals(theirs.sort(CELL))
    assert counted["changed_count"].sum() == theirs.height


def test_the_same_persons_give_the_same_numbers_in_every_release():
    nights = cohort(5, 80)
    again = told_of(nights.sample(fraction=1.0, shuffle=True, seed=1))
    assert_frame_equal(told_of(nights).cells, again.cells)


@pytest.mark.parametrize("seed", range(3))
def test_two_releases_that_differ_by_one_person_give_nobody_away(seed):
    """What both tell is the same number, and a solver over both gets nothing back: a limit crossed may withhold more."""
    nights = cohort(seed, 40 + 60 * seed)
    before = told_of(nights)
    for name in people(nights)[seed::13]:
        fewer = without(nights, [name])
        now = told_of(fewer)
        kept = kept_cells(keyed(fewer), keyed(nights), TEN_PARTICIPANTS)
        after = with_kept(now, before, kept)
        both = before.cells.join(after.cells, on=[*CELL, "measure"], suffix="_after")
        told = both.drop_nulls(["noisy", "noisy_after"])
        assert told.height
        assert_series_equal(
            told["noisy"], told["noisy_after"], check_names=False
        )  # sums differ in the last digit
        assert not audit([before, after], TEN_PARTICIPANTS)[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_solver_gets_nothing_back_from_two_releases(seed):
    nights = cohort(20 + seed, 120)
    before = told_of(nights)
    fewer = without(nights, people(nights)[: 12 + seed])
    now = told_of(fewer)
    after = with_kept(now, before, kept_cells(keyed(fewer), keyed(nights), TEN_PARTICIPANTS))
    exposed, tried = audit([before, after], TEN_PARTICIPANTS)
    assert tried > 0 and not exposed


@pytest.mark.parametrize("seed", range(8))
def test_one_person_who_leaves_changes_no_cell_at_all(seed):
    """Not even across a limit: what is withheld stays withheld, what is told stays told, with the same numbers."""
    nights = cohort(seed, 40)
    before = told_of(nights)
    for name in people(nights)[::11]:
        fewer = without(nights, [name])
        kept = kept_cells(keyed(fewer), keyed(nights), TEN_PARTICIPANTS)
        after = with_kept(told_of(fewer), before, kept)
        cells = before.cells.join(after.cells.select(CELL).unique(), on=CELL, how="semi")
        assert after.cells.select("reason", "noisy", *CELL, "measure").equals(
            cells.select("reason", "noisy", *CELL, "measure")
        )


def test_other_limits_decide_anew_what_is_withheld():
    nights = cohort(7, 60)
    before = told_of(nights)
    stricter = replace(TEN_PARTICIPANTS, minimum_participant_count=25)
    contributions, sets = contributions_of(nights), sets_of(nights)
    decided = withhold(judge(contributions, stricter), sets, stricter)
    now = Told(perturb(contributions, decided, SECRET, stricter), sets)
    kept = kept_cells(keyed(nights), keyed(nights), stricter)
    assert kept.height == sets.height
    kept = kept_under_new_limits(kept, now, before)
    after = with_kept(now, before, kept)
    withheld_now = now.cells.filter(pl.col("reason").is_not_null(), measure="night_count").select(CELL)
    withheld_after = after.cells.filter(pl.col("reason").is_not_null(), measure="night_count").select(CELL)
    assert 0 < kept.height < sets.height and withheld_after.sort(CELL).equals(withheld_now.sort(CELL))
