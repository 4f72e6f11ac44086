"""Diaries that were not kept: multiple imputation by chained equations, nights within persons."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.intervals import Floats
from transforms.statistics.persons import first_rows

_DONORS = 5
_ROUNDS = 4


@dataclass(frozen=True)
class Columns:
    """Values by name, one for each night; NaN where unknown."""

    values: Mapping[str, Floats]
    of_person: frozenset[str]
    """Names of those that are one value for each person."""
    told_by: Mapping[str, Floats]
    """Columns without gaps that help to tell: the outcome among them."""


def impute(columns: Columns, person: NDArray[np.int64], *, count: int, seed: int) -> list[dict[str, Floats]]:
    """Return ``count`` completed copies of ``columns.values``.

    Persons are 0, 1, 2, ... and the rows of a person stand together. Column after column, in several rounds, what is
    unknown is told from all others: a linear model of the nights' deviations and of the persons' means of the others,
    with a constant of each person's own that is drawn towards zero as far as the person's nights are few. Coefficients
    and constants are drawn from their posterior, and each gap takes the value of one of the nights whose prediction is
    nearest (predictive mean matching), so that amounts stay as they occur: none negative, zeros where there are
    zeros. A property of persons is told in the same way from their means.

    The outcome is among what tells: without it the imputed values would know nothing of the association that is
    asked for, and draw it towards none.

    Source: van Buuren 2018, Flexible Imputation of Missing Data, 2nd ed., chapters 3, 4 and 7 (2l.pmm); person means
    as predictors: Grund 2016, doi:10.1177/1094428115618300.
    """
    random = np.random.default_rng(seed)
    gaps = {name: np.isnan(value) for name, value in columns.values.items()}
    order = sorted((name for name in gaps if gaps[name].any()), key=lambda name: int(gaps[name].sum()))
    first = first_rows(person)
    return [_Chain(columns, person, first, gaps, order, random).run() for _ in range(count)]


class _Chain:
    """One completed copy in the making; the columns that tell stand side by side, and only what changes is renewed."""

    def __init__(
        self,
        columns: Columns,
        person: NDArray[np.int64],
        first: NDArray[np.int64],
        gaps: Mapping[str, NDArray[np.bool_]],
        order: list[str],
        random: np.random.Generator,
    ) -> None:
        self._of_person, self._person, self._first = columns.of_person, person, first
        self._gaps, self._order, self._random = gaps, order, random
        self._nights = np.bincount(person)
        self._filled = {name: value.copy() for name, value in columns.values.items()}
        for name in order:
            gap = gaps[name]
            known = self._filled[name][~gap]
            if name in columns.of_person:
                self._filled[name][gap] = random.choice(known, len(first))[person[gap]]
            else:
                self._filled[name][gap] = random.choice(known, int(gap.sum()))
        told = {**self._filled, **columns.told_by}
        self._place = {name: number for number, name in enumerate(told)}
        self._deviations, self._means = np.empty((len(person), len(told))), np.empty((len(first), len(told)))
        # columns that never differ within persons, or at all, tell nothing there
        for name, value in told.items():
            self._put(name, value)
        self._scale = np.maximum(self._deviations.std(axis=0), 1e-9)
        self._mean_scale = np.maximum(self._means.std(axis=0), 1e-9)
        self._has_deviation = self._deviations.std(axis=0) > 1e-9
        self._has_mean = self._means.std(axis=0) > 1e-9

    def _put(self, name: str, value: Floats) -> None:
        mean = np.bincount(self._person, value) / self._nights
        self._means[:, self._place[name]] = mean
        self._deviations[:, self._place[name]] = value - mean[self._person]

    def run(self) -> dict[str, Floats]:
        """Go round until the order of the columns no longer matters; one gap column needs one round."""
        for _ in range(_ROUNDS if len(self._order) > 1 else 1):
            for name in self._order:
                self._draw(name)
                self._put(name, self._filled[name])
        return self._filled

    def _draw(self, name: str) -> None:
        others = np.ones(len(self._place), dtype=bool)
        others[self._place[name]] = False
        centre = self._means.mean(axis=0)
        means = ((self._means - centre) / self._mean_scale)[:, others & self._has_mean]
        gap, filled = self._gaps[name], self._filled[name]
        if name in self._of_person:
            told = np.column_stack([np.ones(len(means)), means])
            of_person = gap[self._first]
            drawn = filled[self._first]
            drawn[of_person] = _matched(drawn, of_person, told, None, self._random)
            filled[gap] = drawn[self._person[gap]]
            return
        deviations = (self._deviations / self._scale)[:, others & self._has_deviation]
        told = np.column_stack([np.ones(len(deviations)), deviations, means[self._person]])
        filled[gap] = _matched(filled, gap, told, self._person, self._random)


def _matched(
    value: Floats,
    gap: NDArray[np.bool_],
    told: Floats,
    person: NDArray[np.int64] | None,
    random: np.random.Generator,
) -> Floats:
    """Return a drawn value for each gap."""
    known = ~gap
    design, wanted = told[known], value[known]
    # a ridge of a hundred-thousandth keeps columns that are nearly one another apart
    information = design.T @ design + 1e-5 * known.sum() * np.eye(design.shape[1])
    covariance = np.linalg.inv(information)
    estimate = covariance @ (design.T @ wanted)
    residual = wanted - design @ estimate
    freedom = max(len(wanted) - design.shape[1], 1)
    constant: Floats | None = None
    drawn_constant: Floats | None = None
    variance = float(residual @ residual) / freedom
    if person is not None:
        constant, drawn_constant, variance = _constants(residual, person[known], int(person[-1]) + 1, random)
    variance = max(variance, 1e-12) * freedom / random.chisquare(freedom)
    drawn = estimate + np.linalg.cholesky(covariance * variance) @ random.normal(size=len(estimate))
    of_known, of_gap = design @ estimate, told[gap] @ drawn
    if person is not None and constant is not None and drawn_constant is not None:
        of_known = of_known + constant[person[known]]
        of_gap = of_gap + drawn_constant[person[gap]]
    return _nearest(of_known, wanted, of_gap, random)


def _constants(
    residual: Floats, person: NDArray[np.int64], person_count: int, random: np.random.Generator
) -> tuple[Floats, Floats, float]:
    """Return each person's constant as predicted and as drawn, and the variance within persons."""
    nights = np.bincount(person, minlength=person_count)
    mean = np.bincount(person, residual, minlength=person_count) / np.maximum(nights, 1)
    has = nights > 0
    freedom = max(len(residual) - int(has.sum()), 1)
    within = float(((residual - mean[person]) ** 2).sum()) / freedom
    between = max(float((mean[has] ** 2).mean() - (within / nights[has]).mean()), 0.0) if has.any() else 0.0
    own = np.where(has, nights * between / (nights * between + max(within, 1e-12)), 0.0)
    constant = own * mean
    drawn = constant + np.sqrt(between * (1 - own)) * random.normal(size=person_count)
    return constant, drawn, within


def _nearest(of_known: Floats, values: Floats, of_gap: Floats, random: np.random.Generator) -> Floats:
    """Return for each gap the value of one of the known rows whose predictions are nearest."""
    order = np.argsort(of_known, kind="stable")
    predicted, values = of_known[order], values[order]
    donors = min(_DONORS, len(values))
    place = np.searchsorted(predicted, of_gap)
    # of twice as many neighbours on the sorted line the nearest, of which one is drawn
    near = np.clip(place[:, None] + np.arange(-donors, donors), 0, len(values) - 1)
    distance = np.abs(predicted[near] - of_gap[:, None])
    ranked = np.take_along_axis(near, np.argsort(distance, axis=1, kind="stable")[:, :donors], axis=1)
    return np.asarray(values[ranked[np.arange(len(of_gap)), random.integers(0, donors, len(of_gap))]])
