"""Diaries that were not kept: multiple imputation by chained equations, nights within persons."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.intervals import Floats, Integers
from transforms.statistics.persons import first_rows

_DONORS = 5
_ROUNDS = 4
_LARGEST_PART = 8_000_000
"""Numbers of chains that are drawn at once."""


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
    unknown = {name: np.isnan(value) for name, value in columns.values.items()}
    gaps = {name: gap for name, gap in unknown.items() if gap.any()}
    at_once = max(_LARGEST_PART // (len(person) * (2 * len(gaps) + 2 * _DONORS)), 1)
    completed: list[dict[str, Floats]] = []
    while len(completed) < count:
        chains = _Chains(columns, person, gaps, min(at_once, count - len(completed)), random)
        completed += chains.run()
    return completed


class _Chains:
    """Completed copies in the making, all at once: the first axis of what is imputed is the copy.

    What has no gap is the same in every copy: its columns and their products are made once, so that a draw costs
    little more than the columns that change.
    """

    def __init__(
        self,
        columns: Columns,
        person: Integers,
        gaps: Mapping[str, NDArray[np.bool_]],
        count: int,
        random: np.random.Generator,
    ) -> None:
        self._columns, self._person, self._gaps = columns, person, gaps
        self._count, self._random = count, random
        self._first, self._nights = first_rows(person), np.bincount(person)
        self._order = sorted(gaps, key=lambda name: int(gaps[name].sum()))
        whole = [value for name, value in columns.values.items() if name not in gaps]
        parts = [self._split(value) for value in (*whole, *columns.told_by.values())]
        # columns that never differ within persons, or at all, tell nothing there
        deviations = [scaled for scaled in (_scaled(one) for one, _ in parts) if scaled is not None]
        means = [scaled for scaled in (_scaled(one) for _, one in parts) if scaled is not None]
        self._of_persons = np.column_stack([np.ones(len(self._first)), *means])
        self._of_nights = np.column_stack([*deviations, self._of_persons[person]])
        self._filled: dict[str, Floats] = {}
        self._parts: dict[str, tuple[Floats, Floats]] = {}
        for name in self._order:
            gap, value = gaps[name], columns.values[name]
            filled = np.tile(value, (count, 1))
            if name in columns.of_person:
                begun = random.choice(value[~gap], (count, len(self._first)))[:, person]
                filled[:, gap] = begun[:, gap]
            else:
                filled[:, gap] = random.choice(value[~gap], (count, int(gap.sum())))
            self._put(name, filled)
        self._scales = {name: tuple(map(_scale, parts)) for name, parts in self._parts.items()}

    def _split(self, value: Floats) -> tuple[Floats, Floats]:
        """Return the nights' deviations from the mean of their person, and the persons' means; nights stand last."""
        means = np.add.reduceat(value, self._first, axis=-1) / self._nights
        return value - means[..., self._person], means

    def _put(self, name: str, filled: Floats) -> None:
        self._filled[name], self._parts[name] = filled, self._split(filled)

    def run(self) -> list[dict[str, Floats]]:
        """Go round until the order of the columns no longer matters; one column with gaps needs one round."""
        for _ in range(_ROUNDS if len(self._order) > 1 else 1):
            for name in self._order:
                self._draw(name)
        return [
            {
                name: self._filled[name][number] if name in self._filled else value
                for name, value in self._columns.values.items()
            }
            for number in range(self._count)
        ]

    def _draw(self, name: str) -> None:
        deviations, means = [], []
        for other in self._order:
            if other == name:
                continue
            (deviation, mean), (scale, mean_scale) = self._parts[other], self._scales[other]
            if other not in self._columns.of_person:
                deviations.append(deviation / scale)
            means.append((mean - mean.mean(axis=1, keepdims=True)) / mean_scale)
        filled, gap = self._filled[name].copy(), self._gaps[name]
        if name in self._columns.of_person:
            own_gap, own = gap[self._first], filled[:, self._first]
            told = _Told(self._of_persons, _stacked(means, own.shape), own_gap)
            own[:, own_gap] = _matched(own[0, ~own_gap], told, None, self._random)
            filled[:, gap] = own[:, self._person[gap]]
        else:
            told = _Told(
                self._of_nights,
                _stacked([*deviations, *(mean[:, self._person] for mean in means)], filled.shape),
                gap,
            )
            filled[:, gap] = _matched(filled[0, ~gap], told, self._person, self._random)
        self._put(name, filled)


def _scale(parts: Floats) -> Floats:
    """Return the deviation in each copy; 1 where a column does not differ yet, but may once it is drawn."""
    deviation = parts.std(axis=1, keepdims=True)
    return np.where(deviation > 1e-9, deviation, 1.0)


def _scaled(value: Floats) -> Floats | None:
    """Return values around 0 with a deviation of 1; None where they do not differ."""
    deviation = float(value.std())
    return (value - value.mean()) / deviation if deviation > 1e-9 else None


def _stacked(columns: list[Floats], shape: tuple[int, ...]) -> Floats:
    return np.stack(columns, axis=-1) if columns else np.empty((*shape, 0))


@dataclass(frozen=True)
class _Told:
    """What tells of a column, a row for each night or person."""

    whole: Floats
    """Columns that are the same in every copy."""
    drawn: Floats
    """Columns of each copy of its own."""
    gap: NDArray[np.bool_]


def _matched(wanted: Floats, told: _Told, person: Integers | None, random: np.random.Generator) -> Floats:
    """Return for each copy a drawn value for each gap; ``wanted`` is what is known."""
    whole, drawn = told.whole[~told.gap], told.drawn[:, ~told.gap]
    count, width, of_whole = len(drawn), whole.shape[1] + drawn.shape[2], whole.shape[1]
    # a ridge of a hundred-thousandth keeps columns that are nearly one another apart
    information = np.tile(1e-5 * len(wanted) * np.eye(width), (count, 1, 1))
    crossed = whole.T @ drawn
    information[:, :of_whole, :of_whole] += whole.T @ whole
    information[:, :of_whole, of_whole:] += crossed
    information[:, of_whole:, :of_whole] += crossed.swapaxes(1, 2)
    information[:, of_whole:, of_whole:] += drawn.swapaxes(1, 2) @ drawn
    covariance = np.linalg.inv(information)
    product = np.concatenate([np.tile(whole.T @ wanted, (count, 1)), wanted @ drawn], axis=1)
    estimate = (covariance @ product[:, :, None])[:, :, 0]
    of_known = _predicted(whole, drawn, estimate)
    residual = wanted - of_known
    freedom = max(len(wanted) - width, 1)
    variance = (residual**2).sum(axis=1) / freedom
    constant = drawn_constant = None
    if person is not None:
        constant, drawn_constant, variance = _constants(
            residual, person[~told.gap], int(person[-1]) + 1, random
        )
    variance = np.maximum(variance, 1e-12) * freedom / random.chisquare(freedom, count)
    roots = np.linalg.cholesky(covariance * variance[:, None, None])
    coefficients = estimate + (roots @ random.normal(size=(count, width, 1)))[:, :, 0]
    of_gap = _predicted(told.whole[told.gap], told.drawn[:, told.gap], coefficients)
    if person is not None and constant is not None and drawn_constant is not None:
        of_known = of_known + constant[:, person[~told.gap]]
        of_gap = of_gap + drawn_constant[:, person[told.gap]]
    return _nearest(of_known, wanted, of_gap, random)


def _predicted(whole: Floats, drawn: Floats, coefficients: Floats) -> Floats:
    of_whole = whole.shape[1]
    of_drawn = (drawn @ coefficients[:, of_whole:, None])[:, :, 0]
    return np.asarray(coefficients[:, :of_whole] @ whole.T + of_drawn)


def _constants(
    residual: Floats, person: Integers, person_count: int, random: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Return for each copy each person's constant as predicted and as drawn, and the variance within persons."""
    count, rows = residual.shape
    nights = np.bincount(person, minlength=person_count)
    place = (person + person_count * np.arange(count)[:, None]).ravel()
    sums = np.bincount(place, residual.ravel(), minlength=count * person_count)
    mean = sums.reshape(count, person_count) / np.maximum(nights, 1)
    has = nights > 0
    within = ((residual - mean[:, person]) ** 2).sum(axis=1) / max(rows - int(has.sum()), 1)
    of_means = (mean[:, has] ** 2).mean(axis=1) - within * (1 / nights[has]).mean()
    between = np.maximum(of_means, 0.0)[:, None]
    own = nights * between / (nights * between + np.maximum(within, 1e-12)[:, None])
    constant = own * mean
    drawn = constant + np.sqrt(between * (1 - own)) * random.normal(size=mean.shape)
    return constant, drawn, within


def _nearest(of_known: Floats, values: Floats, of_gap: Floats, random: np.random.Generator) -> Floats:
    """Return for each copy and gap the value of one of the known rows whose predictions are nearest."""
    order = np.argsort(of_known, axis=1, kind="stable")
    predicted = np.take_along_axis(of_known, order, axis=1)
    most = len(values)
    donors = min(_DONORS, most)
    place = np.stack([np.searchsorted(one, gap) for one, gap in zip(predicted, of_gap, strict=True)])
    # of twice as many neighbours on the sorted line the nearest, of which one is drawn
    first = np.clip(place - donors, 0, max(most - 2 * donors, 0))
    near = first[:, :, None] + np.arange(min(2 * donors, most))
    copy = np.arange(len(order))[:, None, None]
    distance = np.abs(predicted[copy, near] - of_gap[:, :, None])
    ranked = np.argsort(distance, axis=2, kind="stable")
    drawn = random.integers(0, donors, of_gap.shape)[:, :, None]
    taken = np.take_along_axis(near, np.take_along_axis(ranked, drawn, axis=2), axis=2)[:, :, 0]
    return np.asarray(values[np.take_along_axis(order, taken, axis=1)])
