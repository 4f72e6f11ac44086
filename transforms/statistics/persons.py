"""Nights that belong to persons: persons are 0, 1, 2, ..., and the rows of a person stand together."""

import numpy as np

from transforms.intervals import Floats, Integers


def first_rows(person: Integers) -> Integers:
    """Return the first row of each person."""
    return np.concatenate([[0], np.cumsum(np.bincount(person))[:-1]])


def person_means(value: Floats, person: Integers) -> Floats:
    """Return for each row the mean of its person's rows."""
    return np.asarray((np.bincount(person, value) / np.bincount(person))[person], dtype=np.float64)
