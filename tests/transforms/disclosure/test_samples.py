"""What the sizes of models' samples tell of the nights that are in none of them."""

from dataclasses import replace

import polars as pl
import pytest

from tests.transforms.disclosure.cohorts import cohort, contributions_of, sets_of
from transforms.disclosure.audit import Told, audit
from transforms.disclosure.cells import perturb, withhold
from transforms.disclosure.contributors import judge
from transforms.disclosure.samples import left_out_of_samples, sample_bounds, samples_of
from transforms.parameters.release import TEN_PARTICIPANTS

EXACT = replace(
    TEN_PARTICIPANTS, night_base=1, noise_least_frac=0.0, noise_most_frac=0.0, rate_digits=12, hour_digits=12
)


def told_with(nights, models, parameters):
    contributions, sets = contributions_of(nights), sets_of(nights)
    decided = withhold(judge(contributions, parameters), sets, parameters)
    samples = samples_of(models, sets, contributions)
    return Told(perturb(contributions, decided, b"secret", parameters), sets, samples)


def model(exposure, night_count, level=None):
    return pl.DataFrame(
        [
            {
                "exposure": exposure,
                "level": level,
                "night_count": night_count,
                "participant_count": None,
                "informative_participant_count": None,
                "known": None,
            }
        ],
        schema_overrides={
            "level": pl.String,
            "night_count": pl.Int64,
            "participant_count": pl.Int64,
            "informative_participant_count": pl.Int64,
            "known": pl.String,
        },
    )


@pytest.fixture
def nights():
    return cohort(1, 60)


@pytest.fixture
def night_count(nights):
    return nights.filter(grouping_name="all").height


def test_totals_less_an_exact_sample_give_the_nights_left_out_back(nights, night_count):
    models = model("sex", night_count - 3)
    exposed, _ = audit([told_with(nights, models, EXACT)], EXACT)
    left_out = [one for one in exposed if one.set_name.startswith("left out of sample")]
    assert left_out and left_out[0].low <= 3 <= left_out[0].high


def test_rounded_to_their_base_they_do_not(nights, night_count):
    models = pl.concat([model("sex", night_count - lost) for lost in (1, 3, 9, 25)])
    exposed, tried = audit([told_with(nights, models, TEN_PARTICIPANTS)], TEN_PARTICIPANTS)
    assert tried and not exposed


def test_a_sample_without_the_unknown_bounds_them(nights, night_count):
    """Told exactly, all nights less the sample are the most that "not known" can be."""
    not_known = nights.filter(grouping_name="caffeine_mg", level="not known").height
    told = told_with(nights, model("caffeine_mg", night_count - not_known), TEN_PARTICIPANTS)
    (row,) = told.samples.iter_rows(named=True)
    own = sets_of(nights).filter(grouping_name="caffeine_mg", level="not known")
    assert row["outside"] == own.item(0, "set_name")
    assert f"night_count: left out of {row['set_name']}" in left_out_of_samples(told.samples)
    (bounds,) = sample_bounds(told.samples, TEN_PARTICIPANTS).values()
    assert bounds.low <= night_count - not_known <= bounds.high


def test_a_model_that_fills_the_exposure_in_says_nothing_of_the_unknown(nights, night_count):
    told = told_with(nights, model("caffeine_mg", night_count - 1), TEN_PARTICIPANTS)
    assert told.samples.item(0, "outside") is None


def test_a_level_is_part_of_its_own_group(nights):
    own = sets_of(nights).filter(grouping_name="caffeine_mg", level="low")
    told = told_with(nights, model("caffeine_mg", own.item(0, "night_count") - 2, "low"), TEN_PARTICIPANTS)
    assert told.samples.item(0, "whole") == own.item(0, "set_name")
    assert told.samples.item(0, "outside") is None


def test_a_sample_of_other_nights_is_no_part_of_the_groups(nights, night_count):
    assert told_with(nights, model("sex", night_count + 1), TEN_PARTICIPANTS).samples.is_empty()


def test_the_whole_cohort_in_a_model_leaves_nobody_out(nights, night_count):
    told = told_with(nights, model("sex", night_count), EXACT)
    assert left_out_of_samples(told.samples) == {}
    assert not audit([told], EXACT)[0] or all(
        "left out" not in one.set_name for one in audit([told], EXACT)[0]
    )
