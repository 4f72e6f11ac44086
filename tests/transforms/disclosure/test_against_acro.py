"""Which cells hang on too few, held against ACRO itself.

Reference: acro 1.0.2, crosstab of sums with its default limits; run 2026-11-28 with acro_recipe.py on the contributions of
six cohorts of 40 to 200 persons. ACRO wants pandas below 3, so that it cannot stand in this environment.
Tested: the verdict on every cell of every measure. NOT tested: secondary suppression, which ACRO leaves to people.
"""

from pathlib import Path

import polars as pl
import pytest

from tests.transforms.disclosure.acro_recipe import COHORTS
from tests.transforms.disclosure.cohorts import cohort, contributions_of, sets_of
from transforms.disclosure.cells import withhold
from transforms.disclosure.contributors import CELL, PERSONS, judge
from transforms.parameters.release import TEN_PARTICIPANTS

RULES = {
    "too few contributors": "MinimumThresholdCheck",
    "two contributors dominate": "NKCheck",
    "the largest contributor could be worked out": "PPercentCheck",
}


def verdicts(seed):
    frame = pl.read_csv(Path(__file__).with_name("acro_verdicts.csv"))
    return frame.filter(seed=seed).drop("seed")


@pytest.mark.parametrize(("seed", "participant_count"), COHORTS.items())
def test_every_cell_that_acro_refuses_is_withheld_and_no_other_by_itself(seed, participant_count):
    contributions = contributions_of(cohort(seed, participant_count))
    judged = judge(contributions, TEN_PARTICIPANTS).filter(pl.col("contributor_count") > 0)
    judged = judged.filter(pl.col("measure") != PERSONS)  # ACRO judges sums, and these are counted
    both = judged.join(verdicts(seed), on=[*CELL, "measure"], how="full", coalesce=True)
    assert both.null_count().select("verdict", "total").row(0) == (0, 0)
    ours = both.select(*CELL, "measure", is_refused=pl.col("reason").is_not_null())
    theirs = both.select(*CELL, "measure", is_refused=pl.col("verdict") != "ok")
    assert ours.equals(theirs) and ours["is_refused"].any()
    for reason, verdict in both.drop_nulls("reason").select("reason", "verdict").iter_rows():
        assert RULES[reason] in verdict


@pytest.mark.parametrize(("seed", "participant_count"), COHORTS.items())
def test_acro_finds_nothing_in_what_is_told(seed, participant_count):
    nights = cohort(seed, participant_count)
    decided = withhold(judge(contributions_of(nights), TEN_PARTICIPANTS), sets_of(nights), TEN_PARTICIPANTS)
    told = decided.filter(pl.col("reason").is_null(), pl.col("measure") != PERSONS).join(
        verdicts(seed), on=[*CELL, "measure"], how="left"
    )
    assert told.height and set(told["verdict"]) == {"ok"}
