"""What an outsider with a solver could work back of what is withheld.

Everything that leaves is a linear system over sets of nights, of people, of answers: the levels of a grouping part the set
that the grouping stands on, two cells over the same nights are one unknown, and a released number bounds its unknown by
its rounding and noise. A share that is told bounds two unknowns together. The least and the most that a withheld unknown
can be, given all the rest, is what an outsider knows of it.

Source: the auditing problem, Fischetti and Salazar 2001, doi:10.1287/mnsc.47.7.1008.9805.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy

from transforms.intervals import Floats


class Partition(NamedTuple):
    """A set of nights and the disjoint sets that make it up; sets by their names."""

    whole: str
    parts: tuple[str, ...]


class Bound(NamedTuple):
    """What is told of several sums at once: ``low <= sum of factor * sum over set <= high``."""

    terms: tuple[tuple[str, float], ...]
    low: float
    high: float


class Known(NamedTuple):
    """What an outsider knows of a sum before solving: it lies in [low, high]."""

    low: float
    high: float

    def narrowed(self, other: "Known") -> "Known":
        """Return what both together say."""
        return Known(max(self.low, other.low), min(self.high, other.high))


NOTHING_KNOWN = Known(0.0, np.inf)
_SLACK = 1e-6
"""How far the solver's numbers may be from whole ones."""


@dataclass(frozen=True)
class System:
    """Unknown sums over sets, the partitions that bind them, and what else is told of several at once."""

    names: tuple[str, ...]
    partitions: tuple[Partition, ...]
    bounds: tuple[Bound, ...] = ()

    @classmethod
    def of(
        cls, partitions: Iterable[Partition], further: Iterable[str] = (), bounds: Iterable[Bound] = ()
    ) -> "System":
        """Build the system of some partitions and bounds, and of sets that stand in none."""
        bound, told = tuple(dict.fromkeys(partitions)), tuple(dict.fromkeys(bounds))
        names = dict.fromkeys(name for one in bound for name in (one.whole, *one.parts))
        names |= dict.fromkeys(name for one in told for name, _ in one.terms)
        return cls(tuple(dict.fromkeys([*names, *further])), bound, told)

    def rows(self) -> Iterator[Bound]:
        """Yield every row: parts less the whole, which is zero; then the bounds."""
        for one in self.partitions:
            yield Bound(((one.whole, -1.0), *((part, 1.0) for part in one.parts)), 0.0, 0.0)
        yield from self.bounds

    def matrix(self) -> "scipy.sparse.csr_array":
        """Return one row for each of ``rows``, one column for each name."""
        return _matrix(list(self.rows()), self.names)

    def blocks(self) -> "list[System]":
        """Return the parts of the system that say nothing of one another."""
        matrix = self.matrix()
        beside = abs(matrix).T @ abs(matrix)
        count, block = scipy.sparse.csgraph.connected_components(beside, directed=False)
        names: list[list[str]] = [[] for _ in range(count)]
        for name, number in zip(self.names, block, strict=True):
            names[number].append(name)
        place = {name: int(number) for name, number in zip(self.names, block, strict=True)}
        partitions: list[list[Partition]] = [[] for _ in range(count)]
        bounds: list[list[Bound]] = [[] for _ in range(count)]
        for partition in self.partitions:
            partitions[place[partition.whole]].append(partition)
        for bound in self.bounds:
            bounds[place[bound.terms[0][0]]].append(bound)
        return [System(tuple(names[n]), tuple(partitions[n]), tuple(bounds[n])) for n in range(count)]


def work_back(
    system: System,
    known: Mapping[str, Known],
    wanted: Sequence[str],
    *,
    counts: Collection[str],
    enough: Mapping[str, float] | None = None,
) -> dict[str, Known]:
    """Return the narrowest interval of each wanted sum that everything known allows.

    Args:
        system: the sets, partitions and bounds.
        known: what was released, by set; a set that is missing is withheld, of which only its sign is known.
        wanted: sets to be worked back.
        counts: the sets whose sums are whole numbers.
        enough: a width by set at which the search ends: an interval that is told to be so wide may be wider.

    Raises ValueError where what is known contradicts itself: then the bounds of rounding or noise are wrong.
    """
    found: dict[str, Known] = {}
    for block in system.blocks():
        names = set(block.names)
        asked = [name for name in wanted if name in names]
        if asked:
            found |= _Block(block, known, counts).intervals(asked, enough or {})
    return {name: found[name] for name in wanted}


class _Block:
    """One block of the system, and the solutions that were met in it."""

    def __init__(self, system: System, known: Mapping[str, Known], counts: Collection[str]) -> None:
        first = [known.get(name, NOTHING_KNOWN) for name in system.names]
        rows = list(system.rows())
        is_count = np.array([name in counts for name in system.names])
        # with fractional factors the solver struggles for whole numbers and says so on the console: there the interval is
        # that of any numbers, and only its ends are whole
        is_whole = bool(is_count.all()) and all(
            float(factor).is_integer() for row in rows for _, factor in row.terms
        )
        self._is_whole_number = is_count & is_whole
        self._is_rounded = is_count & (not is_whole)
        self._place = {name: column for column, name in enumerate(system.names)}
        low, high = _inward([*first, *(Known(one.low, one.high) for one in rows)], is_whole=is_whole)
        width = len(system.names)
        self._limits = scipy.optimize.Bounds(low[:width], high[:width])
        self._binding = (
            scipy.optimize.LinearConstraint(_matrix(rows, system.names), low[width:], high[width:])
            if rows
            else ()
        )
        self._least: Floats = np.full(len(system.names), np.inf)
        self._most: Floats = np.full(len(system.names), -np.inf)

    def intervals(self, wanted: Sequence[str], enough: Mapping[str, float]) -> dict[str, Known]:
        met, message = self._solve(np.zeros(len(self._place)))
        if met is None:
            raise ValueError(f"what is released contradicts itself ({message})")
        found = {}
        for name in wanted:
            column = self._place[name]
            wide = enough.get(name, np.inf) + 2.0 * self._is_rounded[column]
            for sign in (1.0, -1.0):
                if not self._seen(column) >= wide:
                    self._extreme(column, sign)
            low, high = float(self._least[column]), float(self._most[column])
            (least,), (most,) = _inward([Known(low, high)], is_whole=bool(self._is_rounded[column]))
            found[name] = Known(float(least), float(most))
        return found

    def _seen(self, column: int) -> float:
        return float(self._most[column] - self._least[column])

    def _extreme(self, column: int, sign: float) -> None:
        cost: Floats = np.zeros(len(self._place))
        cost[column] = sign
        met, _ = self._solve(cost)
        if met is None and sign < 0:  # the system has a solution, so that none here means no limit
            self._most[column] = np.inf

    def _solve(self, cost: Floats) -> tuple[Floats | None, str]:
        done = scipy.optimize.milp(
            cost,
            constraints=self._binding,
            bounds=self._limits,
            integrality=self._is_whole_number.astype(int),
        )
        if done.x is None:
            return None, str(done.message)
        met: Floats = np.where(self._is_whole_number, np.round(done.x), done.x)
        self._least, self._most = np.minimum(self._least, met), np.maximum(self._most, met)
        return met, ""


def _inward(bounds: Sequence[Known], *, is_whole: bool) -> tuple[Floats, Floats]:
    low: Floats = np.array([one.low for one in bounds], dtype=float)
    high: Floats = np.array([one.high for one in bounds], dtype=float)
    return (np.ceil(low - _SLACK), np.floor(high + _SLACK)) if is_whole else (low, high)


def _matrix(rows: Sequence[Bound], names: Sequence[str]) -> "scipy.sparse.csr_array":
    place = {name: column for column, name in enumerate(names)}
    entries = [(number, place[name], factor) for number, row in enumerate(rows) for name, factor in row.terms]
    numbers, columns, factors = ([entry[axis] for entry in entries] for axis in range(3))
    return scipy.sparse.csr_array((factors, (numbers, columns)), shape=(len(rows), len(names)))
