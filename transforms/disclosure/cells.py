"""Cells that may leave: what is withheld with the small ones, then noise and rounding for the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import scipy

from transforms.disclosure.attack import NOTHING_KNOWN, Known, Partition, System, work_back
from transforms.disclosure.contributors import CELL, COURSE, MEASURES, WHOLE
from transforms.disclosure.noise import cell_key, digits_reach, noise_frac, record_keys, to_base, to_digits
from transforms.disclosure.samples import SAMPLES, left_out_of_samples, sample_bounds, sample_partitions
from transforms.parameters.release import ReleaseParameters

ALL = "all"
"""The grouping whose one level holds every night."""
IN_HOURS = {"analysed_h", "jerk_count", "hypnic_jerk_count"}
"""What the hours of the night add up to."""
_COUNTS = {"night_count", "jerk_count", "hypnic_jerk_count", "aplm_wasm_count"}
_HOURS = {"analysed_h", "analysed_sleep_h"}


@dataclass
class _Measure:
    """One measure of all sets: its sums, who brings most, how many persons, and what is withheld and why."""

    total: dict[str, float]
    largest: dict[str, float]
    participants: dict[str, int]
    withheld: dict[str, str] = field(default_factory=dict)


def partitions_of(sets: pl.DataFrame, measure: str) -> list[Partition]:
    """Return how the sets of nights make one another up in what ``measure`` sums.

    ``sets``: CELL, set_name (equal for equal sets of nights), night_count. The levels of every grouping part all nights;
    the hours of the night part what happens in them.
    """
    whole = sets.filter(pl.col("grouping_name") == ALL)
    if whole.is_empty():
        return []
    name = str(whole.item(0, "set_name"))
    parts = sets.filter(pl.col("grouping_name") != ALL, pl.col("night_count") > 0).sort(*CELL)
    found = []
    for (grouping,), levels in parts.group_by("grouping_name", maintain_order=True):
        if grouping == COURSE and measure not in IN_HOURS:
            continue
        members = tuple(dict.fromkeys(levels["set_name"].to_list()))
        if members != (name,):
            found.append(Partition(name, members))
    return list(dict.fromkeys(found))


def withhold(
    judged: pl.DataFrame,
    sets: pl.DataFrame,
    parameters: ReleaseParameters,
) -> pl.DataFrame:
    """Decide what is withheld: what ``judge`` says, and what would give that back by subtraction.

    Args:
        judged: from ``contributors.judge``.
        sets: CELL, set_name, night_count; equal names are equal sets of nights, and are withheld together.
        parameters: such as TEN_PARTICIPANTS.

    Returns:
        ``judged`` with set_name and ``reason`` completed.

    Everything told is taken as told exactly, without the noise and rounding that it gets: an outsider may be lucky. Each
    withheld sum must then still be open to at least what its largest contributor brings, and what is withheld of a
    partition must together hold enough contributors; otherwise the smallest level that holds enough goes, too.
    """
    frame = judged.join(sets.select(*CELL, "set_name"), on=CELL, how="left", validate="m:1")
    if frame.is_empty():  # a study without nights has nothing to give back
        return frame.with_columns(pl.lit(None, dtype=pl.String).alias("reason"))
    systems = {
        measure: System.of(partitions_of(sets, measure), frame["set_name"].unique().sort())
        for measure in MEASURES
    }
    measures = {
        str(name): _Measure(
            total=dict(rows.select("set_name", "total").iter_rows()),
            largest=dict(rows.select("set_name", "largest").iter_rows()),
            participants=dict(rows.select("set_name", "contributor_count").iter_rows()),
            withheld=dict(rows.drop_nulls("reason").select("set_name", "reason").iter_rows()),
        )
        for (name,), rows in frame.partition_by("measure", as_dict=True).items()
    }
    # a cell whose nights, hours or events are withheld tells nothing: then its other sums must be covered as well
    whole: dict[str, str] = {}
    size = -1
    while len(whole) > size:
        size = len(whole)
        for name in [name for name in WHOLE if name in measures]:  # nothing where no night is eligible
            whole |= _with_cover(measures[name], whole, systems[name], parameters)
    reasons = {
        name: whole if name in WHOLE else _with_cover(measure, whole, systems[name], parameters)
        for name, measure in measures.items()
    }
    told = [reasons[row["measure"]].get(row["set_name"]) for row in frame.iter_rows(named=True)]
    return frame.with_columns(pl.Series("reason", told, dtype=pl.String))


def _with_cover(
    measure: _Measure, whole: Mapping[str, str], system: System, parameters: ReleaseParameters
) -> dict[str, str]:
    withheld = dict(measure.withheld) | dict(whole)
    while True:
        exposed = (
            _thin(withheld, measure, system, parameters)
            or _determined(withheld, measure, system)
            or _narrow(withheld, measure, system)
        )
        if not exposed:
            return withheld
        cover = _cover(exposed, withheld, measure, system, parameters)
        withheld[cover] = "would give a withheld group back"


def _thin(
    withheld: Mapping[str, str], measure: _Measure, system: System, parameters: ReleaseParameters
) -> str | None:
    """Name a withheld part where all withheld parts together might be too few contributors."""
    for one in system.partitions:
        gone = [part for part in one.parts if part in withheld]
        if not gone or one.whole in withheld:
            continue
        # the contributors of several parts may be the same persons: the largest part is the safe bound
        if max(measure.participants.get(part, 0) for part in gone) < parameters.minimum_participant_count:
            return gone[0]
    return None


def _determined(withheld: Mapping[str, str], measure: _Measure, system: System) -> str | None:
    """Name a withheld sum that follows from the rest by adding and subtracting alone."""
    columns = [place for place, name in enumerate(system.names) if name in withheld]
    if not columns or not system.partitions:
        return None
    free = scipy.linalg.null_space(system.matrix().toarray()[:, columns])
    # a sum that no freedom of the others can move
    fixed = np.abs(free).max(axis=1, initial=0.0) < 1e-9
    return next(
        (
            system.names[place]
            for place, is_fixed in zip(columns, fixed, strict=True)
            if is_fixed and measure.largest.get(system.names[place], 0.0) > 0.0
        ),
        None,
    )


def _narrow(withheld: Mapping[str, str], measure: _Measure, system: System) -> str | None:
    """Name a withheld sum that the rest, told exactly, narrows to less than its largest contributor."""
    known = {
        # sums of fractions do not add up to the last digit
        name: Known(value * (1.0 - 1e-6), value * (1.0 + 1e-6))
        for name, value in measure.total.items()
        if name not in withheld
    }
    wanted = [name for name in withheld if measure.largest.get(name, 0.0) > 0.0]
    for name, found in work_back(system, known, wanted, is_count=False).items():
        if found.high - found.low < measure.largest[name] * (1.0 - 1e-6):
            return name
    return None


def _cover(
    exposed: str,
    withheld: Mapping[str, str],
    measure: _Measure,
    system: System,
    parameters: ReleaseParameters,
) -> str:
    """Choose what is withheld beside ``exposed``: of the told levels with enough contributors the one with the least.

    The whole, which holds more than any level, goes last.
    """
    least = parameters.minimum_participant_count
    beside = {
        name
        for one in system.partitions
        if exposed in one.parts or exposed == one.whole
        for name in (one.whole, *one.parts)
        if name not in withheld
    }
    return min(
        beside,
        key=lambda name: (measure.participants.get(name, 0) < least, measure.total.get(name, 0.0), name),
    )


def perturb(
    contributions: pl.DataFrame, decided: pl.DataFrame, secret: bytes, parameters: ReleaseParameters
) -> pl.DataFrame:
    """Give every measure that may be told its noise.

    Returns ``decided`` with ``noisy``: the sum with its noise, null where withheld. The same contributors draw the same
    noise for the same measure, in whatever table and release.
    """
    people = contributions["participant_id"].unique().sort()
    keys = dict(zip(people.to_list(), record_keys(people.to_list(), secret), strict=True))
    records = {
        cell: cell_key(np.array([keys[name] for name in members], dtype=np.uint64))
        for *cell_parts, members in contributions.group_by(*CELL)
        .agg(pl.col("participant_id").unique())
        .iter_rows()
        for cell in [tuple(cell_parts)]
    }
    noisy = [
        None
        if row["reason"] is not None
        else max(
            0.0,
            row["total"]
            + row["largest"]
            * noise_frac(records[(row["grouping_name"], row["level"])], row["measure"], secret, parameters),
        )
        for row in decided.iter_rows(named=True)
    ]
    return decided.with_columns(pl.Series("noisy", noisy, dtype=pl.Float64))


def rounded(measure: str, value: float, parameters: ReleaseParameters) -> float:
    """Round a sum as it is released."""
    if measure in _HOURS:
        return to_digits(value, parameters.hour_digits)
    return float(to_base(value, parameters.night_base)) if measure == "night_count" else value


def released_bounds(told: pl.DataFrame, measure: str, parameters: ReleaseParameters) -> dict[str, Known]:
    """Return what an outsider knows of every released sum of a measure, by set.

    The outsider is taken to know the size of the noise, and of events the noisy sum to the digits of a rate.
    """
    bounds: dict[str, Known] = {}
    for row in told.filter(pl.col("measure") == measure, pl.col("noisy").is_not_null()).iter_rows(named=True):
        noise = parameters.noise_most_frac * row["largest"]
        value = rounded(measure, row["noisy"], parameters)
        if measure in _HOURS:
            reach = digits_reach(value, parameters.hour_digits)
        elif measure == "night_count":
            reach = parameters.night_base / 2.0
        else:
            reach = digits_reach(value, parameters.rate_digits)
        low, high = max(0.0, value - reach - noise), value + reach + noise
        before = bounds.get(row["set_name"], NOTHING_KNOWN)
        bounds[row["set_name"]] = Known(max(before.low, low), min(before.high, high))
    return bounds


@dataclass(frozen=True)
class Told:
    """One release as an outsider sees it, and what it withholds.

    ``cells`` is what ``perturb`` returns. A cell that keeps the numbers of an earlier release stands in it with the
    set_name, noisy and largest of that one, and in ``sets`` with the set of today.
    """

    cells: pl.DataFrame
    sets: pl.DataFrame
    samples: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SAMPLES))


@dataclass(frozen=True)
class Exposed:
    """A withheld sum that an outsider could narrow too far."""

    set_name: str
    measure: str
    low: float
    high: float
    largest: float


def audit(releases: Sequence[Told], parameters: ReleaseParameters) -> tuple[list[Exposed], int]:
    """Attack all releases at once; return what would give way, and how many withheld sums were tried.

    Sets of the same nights with the same sums have the same name in every release, and are one unknown. A sum gives way
    where the solver's interval is narrower than ``least_interval_frac`` of its largest contributor.
    """
    cells = pl.concat([one.cells for one in releases])
    exposed, tried = [], 0
    for measure in MEASURES:
        partitions = [part for one in releases for part in partitions_of(one.sets, measure)]
        if measure == "night_count":
            partitions += [part for one in releases for part in sample_partitions(one.samples)]
        system = System.of(partitions, cells["set_name"].unique().sort())
        rows = cells.filter(pl.col("measure") == measure)
        told: dict[str, Known] = {}
        for one in releases:
            bounds = released_bounds(one.cells, measure, parameters)
            if measure == "night_count":
                bounds |= sample_bounds(one.samples, parameters)
            for name, found in bounds.items():
                before = told.get(name, NOTHING_KNOWN)
                told[name] = Known(max(before.low, found.low), min(before.high, found.high))
        withheld = {
            name: largest
            for name, largest in rows.filter(pl.col("reason").is_not_null(), pl.col("largest") > 0.0)
            .select("set_name", "largest")
            .iter_rows()
            if name not in told
        }
        if measure == "night_count":
            for one in releases:
                withheld |= left_out_of_samples(one.samples)
        tried += len(withheld)
        found_all = work_back(system, told, list(withheld), is_count=measure in _COUNTS)
        exposed += [
            Exposed(name, measure, one.low, one.high, withheld[name])
            for name, one in found_all.items()
            if one.high - one.low < parameters.least_interval_frac * withheld[name]
        ]
    return exposed, tried
