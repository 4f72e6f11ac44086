"""What an outsider with a solver could work back of what is withheld.

Everything that leaves is a linear system over sets of nights: the levels of a grouping part the set that the grouping
stands on, two cells over the same nights are one unknown, and a released number bounds its unknown by its rounding and
noise. The least and the most that a withheld unknown can be, given all the rest, is what an outsider knows of it.

Source: the auditing problem, Fischetti and Salazar 2001, doi:10.1287/mnsc.47.7.1008.9805.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy

from transforms.intervals import Floats


class Partition(NamedTuple):
    """A set of nights and the disjoint sets that make it up; sets by their names."""

    whole: str
    parts: tuple[str, ...]


class Known(NamedTuple):
    """What an outsider knows of a sum before solving: it lies in [low, high]."""

    low: float
    high: float


NOTHING_KNOWN = Known(0.0, np.inf)


@dataclass(frozen=True)
class System:
    """Unknown sums over sets of nights, and the partitions that bind them."""

    names: tuple[str, ...]
    partitions: tuple[Partition, ...]

    @classmethod
    def of(cls, partitions: Iterable[Partition], further: Iterable[str] = ()) -> "System":
        """Build the system of some partitions, and of sets that stand in none."""
        bound = tuple(dict.fromkeys(partitions))
        names = dict.fromkeys(name for one in bound for name in (one.whole, *one.parts))
        return cls(tuple(dict.fromkeys([*names, *further])), bound)

    def matrix(self) -> "scipy.sparse.csr_array":
        """Return one row for each partition: parts less the whole, which is zero."""
        place = {name: column for column, name in enumerate(self.names)}
        entries = [
            (row, place[name], value)
            for row, one in enumerate(self.partitions)
            for name, value in ((one.whole, -1.0), *((part, 1.0) for part in one.parts))
        ]
        rows, columns, values = ([entry[axis] for entry in entries] for axis in range(3))
        return scipy.sparse.csr_array(
            (values, (rows, columns)), shape=(len(self.partitions), len(self.names))
        )


def work_back(
    system: System, known: Mapping[str, Known], wanted: Sequence[str], *, is_count: bool
) -> dict[str, Known]:
    """Return the narrowest interval of each wanted sum that everything known allows.

    Args:
        system: the sets and partitions.
        known: what was released, by set; a set that is missing is withheld, of which only its sign is known.
        wanted: sets to be worked back.
        is_count: whether the sums are whole numbers.

    Raises ValueError where what is known contradicts itself: then the bounds of rounding or noise are wrong.
    """
    if not wanted:
        return {}
    first = [known.get(name, NOTHING_KNOWN) for name in system.names]
    bounds = scipy.optimize.Bounds([one.low for one in first], [one.high for one in first])
    binding = [scipy.optimize.LinearConstraint(system.matrix(), 0.0, 0.0)] if system.partitions else []
    whole_numbers = np.full(len(system.names), int(is_count))
    place = {name: column for column, name in enumerate(system.names)}

    def solve(cost: Floats) -> Any:
        return scipy.optimize.milp(cost, constraints=binding, bounds=bounds, integrality=whole_numbers)

    feasible = solve(np.zeros(len(system.names)))
    if feasible.x is None:
        raise ValueError(f"what is released contradicts itself ({feasible.message})")

    def extreme(name: str, sign: float) -> float:
        cost: Floats = np.zeros(len(system.names))
        cost[place[name]] = sign
        found = solve(cost)
        # the system has a solution, so that none here means no limit
        return float(sign * found.fun) if found.x is not None else np.inf

    return {name: Known(extreme(name, 1.0), extreme(name, -1.0)) for name in wanted}
