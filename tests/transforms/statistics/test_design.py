"""Who enters a model, and with which columns."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.parameters.association import DECLARED_ASSOCIATIONS
from transforms.statistics.design import (
    JERKS,
    Contrast,
    independent,
    select_nights,
    varying_within,
    within_between,
)
from transforms.statistics.gee import NotFitted
from transforms.statistics.models import CountData

FEW = replace(
    DECLARED_ASSOCIATIONS, min_participant_count=2, min_night_count=2, participants_per_column_count=1
)
CAFFEINE = Contrast(JERKS, "caffeine_mg", 1.0, concepts=())
ADJUSTED = Contrast(JERKS, "caffeine_mg", 100.0, is_complete_case=True)


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


def test_unknown_exposures_leave_and_are_never_filled_in():
    frame = nights([100, None, 300], [0, 200, None], [None, None, 50])
    for contrast in (CAFFEINE, replace(CAFFEINE, is_complete_case=True)):
        assert select_nights(frame, contrast, FEW).select("participant_id", "caffeine_mg").rows() == [
            ("P0", 100),
            ("P0", 300),
            ("P1", 0),
            ("P1", 200),
        ]


def with_unknown_stress(gap_count):
    frame = nights(*[[float(10 * n + day % 5) for day in range(10)] for n in range(4)])
    stress = [None if day < gap_count else float(day % 7) for day in range(40)]
    return frame.with_columns(stress_score=pl.Series(stress), stress_scale=pl.lit("pss4"))


@pytest.mark.parametrize(("gap_count", "datas", "night_count"), [(2, 1, 38), (3, 20, 40)])
def test_more_than_five_percent_unknown_is_imputed(gap_count, datas, night_count):
    contrast = replace(CAFFEINE, concepts=("stress",))
    sample = within_between(with_unknown_stress(gap_count), contrast, FEW)
    assert (len(sample.datas), sample.nights.height) == (datas, night_count)
    assert sample.missing_frac == pytest.approx(gap_count / 40)
    assert sample.told("GEE") == ("GEE; 20 imputations" if datas > 1 else "GEE")
    assert len({tuple(data.columns["stress_score"].round(6)) for data in sample.datas}) > datas / 4
    complete = replace(contrast, is_complete_case=True)
    whole = within_between(with_unknown_stress(gap_count), complete, FEW)
    assert (len(whole.datas), whole.nights.height) == (1, 40 - gap_count)


def test_what_is_unknown_in_most_nights_is_left_out_and_told():
    sample = within_between(with_unknown_stress(25), replace(CAFFEINE, concepts=("stress",)), FEW)
    assert sample.left_out == ("stress_score (unknown)",) and len(sample.datas) == 1


def test_nights_without_hours_or_outcome_leave():
    frame = nights([1, 2, 3], [1, 2, 3]).with_columns(
        analysed_h=pl.when(pl.col("night_date") == date(2026, 3, 2)).then(0.0).otherwise(8.0)
    )
    assert select_nights(frame, CAFFEINE, FEW).height == 4


@pytest.mark.parametrize(("night_count", "stays"), [(1, False), (2, True)])
def test_a_deviation_needs_two_nights(night_count, stays):
    frame = nights(list(range(night_count)))
    assert (select_nights(frame, CAFFEINE, DECLARED_ASSOCIATIONS).height > 0) is stays


def test_stress_is_compared_on_one_scale():
    stress = replace(CAFFEINE, exposure="stress_score", is_complete_case=True)
    found = within_between(nights([1] * 6, [1] * 6), stress, FEW).nights
    assert found["stress_scale"].unique().to_list() == ["rating_0_10"]


def test_a_large_cohort_is_sampled_always_in_the_same_way():
    frame = nights(*[[1, 2]] * 30)
    some = replace(FEW, max_participant_count=7)
    first = within_between(frame, CAFFEINE, some)
    again = within_between(frame.sample(fraction=1, shuffle=True, seed=3), CAFFEINE, some)
    assert first.data.person_count == 7 and first.nights.equals(again.nights)
    assert first.told("GEE") == "GEE; a fixed sample of 7 persons"
    everyone = within_between(frame, CAFFEINE, some, takes_all=True)
    assert everyone.data.person_count == 30 and everyone.told("GEE") == "GEE"
    enough = within_between(frame, CAFFEINE, replace(FEW, max_participant_count=30))
    assert enough.data.person_count == 30 and enough.told("GEE") == "GEE"


def test_mean_and_deviation_add_up_to_the_exposure():
    columns = within_between(
        nights([0, 200, 400], [100, 100, 700]), replace(CAFFEINE, per_unit=100.0), FEW
    ).data.columns
    assert columns["within"].tolist() == [-2, 0, 2, -2, -2, 4]
    assert columns["between"].tolist() == [-0.5, -0.5, -0.5, 0.5, 0.5, 0.5]


def test_what_says_nothing_is_left_out_and_what_is_unknown_too_often_is_told():
    frame = nights([10, 200, 300, 100, 50, 20], [10, 500, 200, 0, 0, 90], [100, 20, 30, 40, 50, 600])
    sample = within_between(frame.with_columns(sleep_debt_h=pl.lit(1.0)), ADJUSTED, FEW)
    # one quarter, no benzodiazepine, one debt: nothing varies, and on the first night stress is on another scale, so
    # that it leaves. Of three persons the own mean and age are all that fits beside the constant
    assert list(sample.data.columns) == [
        "intercept",
        "within",
        "between",
        "stress_score",
        "is_weekend",
        "age_year",
    ]
    told = ", ".join(sample.left_out)
    assert "has_dopaminergic (unknown)" in told and "magnesium_mg (not in the table)" in told


def test_columns_of_persons_want_ten_persons_each():
    frame = nights(*[[n, n + 1, n + 3] for n in range(20)]).with_columns(
        age_year=pl.col("participant_id").rank("dense").sqrt(), sleep_debt_h=pl.lit(1.0)
    )
    few = replace(FEW, participants_per_column_count=10)
    sample = within_between(frame, replace(ADJUSTED, concepts=("age", "sex")), few)
    # of 20 persons the constant and the own mean
    assert list(sample.data.columns) == ["intercept", "within", "between"]
    assert sample.left_out[-2:] == ("age_year (too few persons)", "is_male (too few persons)")
    more = within_between(frame, replace(ADJUSTED, concepts=("age", "sex")), FEW)
    assert {"age_year", "is_male"} <= set(more.data.columns)


def test_an_exposure_is_not_its_own_confounder():
    frame = nights([1] * 6, [2] * 6, [3] * 6)
    debt = Contrast(JERKS, "sleep_debt_h", 1.0, is_complete_case=True)
    assert "sleep_debt_h" not in within_between(frame, debt, FEW).data.columns


def test_persons_who_tell_are_those_who_vary_and_have_an_event():
    frame = nights([1, 1, 1], [1, 2, 3], [4, 5, None], [0, 7, 7]).with_columns(
        jerk_count=pl.when(pl.col("participant_id") == "P3").then(0).otherwise(pl.col("jerk_count"))
    )
    sample = within_between(frame, CAFFEINE, FEW)
    assert sample.is_informative.tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (nights([1, 2]), "1 persons with 2 nights and more; 2 are needed"),
        (nights([1, 1], [2, 2]), "does not vary within"),
        (nights([1, 2], [1, 2], jerk_count=0), "no event"),
        (nights([1, 2], [1, 2], jerk_count=5), "outcome does not vary"),
    ],
)
def test_the_reason_is_told(frame, words):
    with pytest.raises(NotFitted, match=words):
        within_between(frame, CAFFEINE, FEW)


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
