"""The attack on releases: everything that left and everything that would, as one linear system."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from transforms.disclosure.attack import NOTHING_KNOWN, Bound, Known, System, work_back
from transforms.disclosure.cells import all_bounds, all_partitions
from transforms.disclosure.contributors import PERSONS
from transforms.disclosure.links import HIDDEN, LINKS, bounds_of, unknown
from transforms.disclosure.noise import digits_reach, to_base, to_digits
from transforms.disclosure.samples import SAMPLES, left_out_of_samples, sample_bounds, sample_partitions
from transforms.parameters.release import ReleaseParameters

_HOURS = {"analysed_h", "analysed_sleep_h"}


@dataclass(frozen=True)
class Told:
    """One release as an outsider sees it, and what it withholds.

    ``cells`` is what ``perturb`` returns. A cell that keeps the numbers of an earlier release stands in it with the
    set_name, noisy and largest of that one, and in ``sets`` with the set of today.
    """

    cells: pl.DataFrame
    sets: pl.DataFrame
    samples: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SAMPLES))
    links: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LINKS))
    """What figures and surveys tell of several sums at once."""
    hidden: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HIDDEN))
    """What these withhold."""


@dataclass(frozen=True)
class Exposed:
    """A withheld sum that an outsider could narrow too far."""

    set_name: str
    measure: str
    low: float
    high: float
    largest: float


def rounded(measure: str, value: float, parameters: ReleaseParameters) -> float:
    """Round a sum as it is released."""
    if measure in _HOURS:
        return to_digits(value, parameters.hour_digits)
    if measure == PERSONS:
        return float(to_base(value, parameters.participant_base))
    return float(to_base(value, parameters.night_base)) if measure == "night_count" else value


def released_bounds(told: pl.DataFrame, parameters: ReleaseParameters) -> dict[str, Known]:
    """Return what an outsider knows of every released sum, by unknown.

    The outsider is taken to know the size of the noise, and of events and hours the noisy sums to the digits of a rate: a
    rate and its numerator give the denominator to more digits than it is told with.
    """
    bounds: dict[str, Known] = {}
    for row in told.filter(pl.col("noisy").is_not_null()).iter_rows(named=True):
        measure, value = row["measure"], row["noisy"]
        noise = parameters.noise_most_frac * row["largest"]
        if measure == PERSONS:  # these are told without noise, and never fewer than the limit
            value, noise, reach = rounded(measure, value, parameters), 0.0, parameters.participant_base / 2.0
        elif measure == "night_count":
            value, reach = rounded(measure, value, parameters), parameters.night_base / 2.0
        else:
            reach = digits_reach(value, parameters.rate_digits)
        name = unknown(measure, row["set_name"])
        found = Known(max(0.0, value - reach - noise), value + reach + noise)
        bounds[name] = bounds.get(name, NOTHING_KNOWN).narrowed(found)
    return bounds


def audit(releases: Sequence[Told], parameters: ReleaseParameters) -> tuple[list[Exposed], int]:
    """Attack all releases at once; return what would give way, and how many withheld sums were tried.

    Sets of the same nights with the same sums have the same name in every release, and are one unknown. A sum gives way
    where the solver's interval is narrower than ``least_interval_frac`` of its largest contributor; the search for the
    interval ends where it is that wide.
    """
    told: dict[str, Known] = {}
    withheld: dict[str, float] = {}
    bounds: list[Bound] = []
    for one in releases:
        bounds += [*all_bounds(one.sets), *bounds_of(one.links)]
        for name, known in [
            *released_bounds(one.cells, parameters).items(),
            *sample_bounds(one.samples, parameters).items(),
        ]:
            told[name] = told.get(name, NOTHING_KNOWN).narrowed(known)
    for one in releases:
        cells = one.cells.filter(pl.col("reason").is_not_null(), pl.col("largest") > 0.0)
        for measure, name, largest in cells.select("measure", "set_name", "largest").iter_rows():
            if unknown(measure, name) not in told:
                withheld[unknown(measure, name)] = largest
        withheld |= left_out_of_samples(one.samples)
        withheld |= dict(one.hidden.select("name", "largest").iter_rows())
    partitions = [
        part for one in releases for part in (*all_partitions(one.sets), *sample_partitions(one.samples))
    ]
    system = System.of(partitions, [*told, *withheld], bounds)
    enough = {name: parameters.least_interval_frac * largest for name, largest in withheld.items()}
    found = work_back(system, told, list(withheld), counts=_counts(system.names), enough=enough)
    exposed = []
    for name, interval in found.items():
        if interval.high - interval.low < enough[name]:
            measure, set_name = name.split(": ", 1)
            exposed.append(Exposed(set_name, measure, interval.low, interval.high, withheld[name]))
    return exposed, len(withheld)


def _counts(names: Iterable[str]) -> set[str]:
    return {name for name in names if name.split(": ", 1)[0].endswith("_count")}
