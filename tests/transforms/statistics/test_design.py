"""Who enters a model, and with which columns."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.parameters.association import DECLARED_ASSOCIATIONS
from transforms.statistics.design import Outcome, independent, select_nights, varying_within, within_between
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import CountData

JERKS = Outcome("jerk_count", "analysed_h")
FEW = replace(DECLARED_ASSOCIATIONS, min_participant_count=2, min_night_count=2)


def nights(*people, **constant):
    """One person for each list of exposures; None is a day without an entry."""
    rows = [
        {
            "participant_id": f"P{number}",
            "night_date": date(2026, 3, 2) + timedelta(days=day),
            "jerk_count": 5 + day,
            "analysed_h": 8.0,
            "caffeine_mg": value,
            "age_year": 40 + number,
            "sex": "male" if number % 2 else "female",
            "is_weekend": day >= 4,
            "quarter": "mar_may",
            "movement_source": "acceleration",
            "is_first_night": day == 0,
            "sleep_debt_h": None if day == 0 else float(day),
            "has_dopaminergic": None,
            "has_benzodiazepine": False,
            "has_iron_supplement": False,
            "stress_scale": "pss4" if day % 3 == 0 else "rating_0_10",
            "stress_score": float(day),
        }
        | constant
        for number, values in enumerate(people)
        for day, value in enumerate(values)
    ]
    return pl.DataFrame(
        rows,
        schema_overrides={"caffeine_mg": pl.Float64, "has_dopaminergic": pl.Boolean},
        infer_schema_length=None,
    )


def test_unknown_exposures_are_never_filled_in():
    frame = nights([100, None, 300], [0, 200, None], [None, None, 50])
    found = select_nights(frame, JERKS, "caffeine_mg", FEW)
    assert found.select("participant_id", "caffeine_mg").rows() == [
        ("P0", 100),
        ("P0", 300),
        ("P1", 0),
        ("P1", 200),
    ]


def test_nights_without_hours_or_outcome_leave():
    frame = nights([1, 2, 3], [1, 2, 3]).with_columns(
        analysed_h=pl.when(pl.col("night_date") == date(2026, 3, 2)).then(0.0).otherwise(8.0)
    )
    assert select_nights(frame, JERKS, "caffeine_mg", FEW).height == 4


@pytest.mark.parametrize(("night_count", "stays"), [(4, False), (5, True)])
def test_a_person_needs_five_nights(night_count, stays):
    frame = nights(list(range(night_count)))
    assert (select_nights(frame, JERKS, "caffeine_mg", DECLARED_ASSOCIATIONS).height > 0) is stays


def test_stress_is_compared_on_one_scale():
    found = select_nights(nights([1] * 6, [1] * 6), JERKS, "stress_score", FEW)
    assert found["stress_scale"].unique().to_list() == ["rating_0_10"]


def test_a_large_cohort_is_sampled_always_in_the_same_way():
    frame = nights(*[[1, 2]] * 30)
    some = replace(FEW, max_participant_count=7)
    first = within_between(frame, JERKS, "caffeine_mg", 1.0, some)
    again = within_between(frame.sample(fraction=1, shuffle=True, seed=3), JERKS, "caffeine_mg", 1.0, some)
    assert first.data.person_count == 7 and first.nights.equals(again.nights)
    assert first.told("GEE") == "GEE; a fixed sample of 7 persons"
    everyone = within_between(frame, JERKS, "caffeine_mg", 1.0, some, takes_all=True)
    assert everyone.data.person_count == 30 and everyone.told("GEE") == "GEE"
    enough = within_between(frame, JERKS, "caffeine_mg", 1.0, replace(FEW, max_participant_count=30))
    assert enough.data.person_count == 30 and enough.told("GEE") == "GEE"


def test_mean_and_deviation_add_up_to_the_exposure():
    sample = within_between(nights([0, 200, 400], [100, 100, 700]), JERKS, "caffeine_mg", 100.0, FEW)
    columns = sample.data.columns
    assert columns["within"].tolist() == [-2, 0, 2, -2, -2, 4]
    assert columns["between"].tolist() == [-0.5, -0.5, -0.5, 0.5, 0.5, 0.5]


def test_confounders_that_say_nothing_are_left_out_and_unknown_ones_are_marked():
    frame = nights([0, 200, 300, 100, 50, 20], [10, 500, 200, 0, 0, 90], [100, 20, 30, 40, 50, 600])
    columns = within_between(frame, JERKS, "caffeine_mg", 100.0, FEW).data.columns
    # one quarter, no benzodiazepine, medication nowhere known: nothing varies. Of three persons age, sex and the mean
    # of the exposure are combinations of each other; the first night is the one whose debt is unknown.
    assert list(columns) == [
        "intercept",
        "within",
        "between",
        "age_year",
        "is_weekend",
        "is_first_night",
        "sleep_debt_h",
    ]
    assert "is_jun_aug" not in columns and "has_benzodiazepine" not in columns
    assert not [name for name in columns if name.startswith("has_dopaminergic")]


def test_an_exposure_is_not_its_own_confounder():
    frame = nights([1] * 6, [2] * 6, [3] * 6)
    columns = within_between(frame, JERKS, "sleep_debt_h", 1.0, FEW).data.columns
    assert "sleep_debt_h" not in columns


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (nights([1, 2]), "1 persons with 2 nights and more; 2 are needed"),
        (nights([1, 1], [2, 2]), "does not vary within"),
        (nights([1, 2], [1, 2], jerk_count=0), "no event"),
    ],
)
def test_the_reason_is_told(frame, words):
    with pytest.raises(NotFitted, match=words):
        within_between(frame, JERKS, "caffeine_mg", 100.0, FEW)


@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 2**16))
def test_independent_columns_span_what_all_did(rows, width, seed):
    random = np.random.default_rng(seed)
    columns = {str(n): random.integers(-2, 3, rows).astype(float) for n in range(width)}
    kept = independent(columns)
    rank = np.linalg.matrix_rank(np.column_stack(list(columns.values())))
    assert len(kept) == rank
    if kept:
        assert np.linalg.matrix_rank(np.column_stack(list(kept.values()))) == rank


def test_fixed_effects_get_only_what_varies_within_persons():
    person = np.array([0, 0, 1, 1])
    columns = {"intercept": np.ones(4), "age": np.array([1.0, 1, 2, 2]), "x": np.array([0.0, 1, 0, 3])}
    columns["x shifted"] = columns["x"] + 7 * columns["age"]
    data = varying_within(CountData(np.ones(4), np.ones(4), person, columns))
    assert list(data.columns) == ["x"]
