"""Noise that cannot be averaged away, and rounding that keeps its word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.disclosure.noise import (
    cell_key,
    digits_reach,
    noise_frac,
    record_keys,
    to_base,
    to_digits,
)
from transforms.parameters.release import TEN_PARTICIPANTS

PEOPLE = [f"P{n}" for n in range(200)]


@given(st.permutations(range(30)))
def test_the_same_persons_have_the_same_key_in_any_order(order):
    keys = record_keys(PEOPLE[:30], b"secret")
    assert cell_key(keys[list(order)]) == cell_key(keys)


def test_one_person_more_or_another_secret_is_another_key():
    keys = record_keys(PEOPLE, b"secret")
    assert len({cell_key(np.delete(keys, n)) for n in range(200)} | {cell_key(keys)}) == 201
    assert cell_key(record_keys(PEOPLE, b"other")) != cell_key(keys)


def test_noise_is_even_without_bias_and_never_near_zero():
    drawn = np.array([noise_frac(n, "jerk_count", b"secret", TEN_PARTICIPANTS) for n in range(4_000)])
    least, most = TEN_PARTICIPANTS.noise_least_frac, TEN_PARTICIPANTS.noise_most_frac
    assert np.abs(drawn).min() >= least and np.abs(drawn).max() < most
    assert abs(drawn.mean()) < 4 * drawn.std() / np.sqrt(drawn.size)
    assert np.histogram(np.abs(drawn), 4, (least, most))[0].min() > 850


@pytest.mark.parametrize(
    ("value", "base", "told"),
    [(0, 5, 0), (1, 5, 5), (12, 5, 10), (12.5, 5, 15), (13, 5, 15), (104.9, 10, 100), (105, 10, 110)],
)
def test_rounding_to_a_base(value, base, told):
    assert to_base(value, base) == told


@given(st.floats(1e-6, 1e9), st.integers(1, 6))
def test_a_value_lies_as_near_to_what_was_told_as_is_said(value, digits):
    told = to_digits(value, digits)
    assert abs(told - value) <= digits_reach(told, digits) * (1 + 1e-9)
