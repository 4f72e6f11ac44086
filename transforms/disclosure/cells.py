"""Cells that may leave: what is withheld with the small ones, then noise for the rest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import scipy

from transforms.disclosure.attack import Bound, Known, Partition, System, work_back
from transforms.disclosure.contributors import CELL, COUNTED, COURSE, MEASURES, PERSONS, WHOLE
from transforms.disclosure.links import named, unknown, within
from transforms.disclosure.noise import cell_key, noise_frac, record_keys
from transforms.parameters.release import ReleaseParameters

ALL = "all"
"""The grouping whose one level holds every night."""
IN_HOURS = {"analysed_h", "jerk_count", "hypnic_jerk_count"}
"""What the hours of the night add up to."""
SETS = pl.Schema(
    {
        "grouping_name": pl.String(),
        "level": pl.String(),
        "night_count": pl.Int64(),
        "participant_count": pl.Int64(),
        "set_name": pl.String(),
        "whole_name": pl.String(),
    }
)
"""One row per cell: its nights and persons, a name that is equal for equal sets of nights, and the set that its grouping
parts; null where that is every night, or, of cells that are only counted, where no set is known that they part."""


@dataclass
class _Measure:
    """One measure of all sets: its sums, who brings most, how many persons, and what is withheld and why."""

    total: dict[str, float]
    largest: dict[str, float]
    participants: dict[str, int]
    withheld: dict[str, str] = field(default_factory=dict)


def partitions_of(sets: pl.DataFrame, measure: str) -> list[Partition]:
    """Return how the sets make one another up in what ``measure`` sums.

    ``sets``: SETS. The levels of a grouping part its whole; the hours of the night part what happens in them; persons are
    parted where nobody has nights in two levels.
    """
    size = "participant_count" if measure == PERSONS else "night_count"
    found = []
    for whole, grouping, levels in _groupings(sets):
        members = dict(levels.filter(pl.col(size) > 0).select("set_name", size).iter_rows())
        if not members or (grouping == COURSE and measure not in IN_HOURS):
            continue
        if measure not in ("night_count", PERSONS) and not levels.filter(COUNTED).is_empty():
            continue
        if measure == PERSONS and sum(members.values()) != _size(sets, whole):
            continue
        if tuple(members) != (whole,):
            found.append(Partition(whole, tuple(members)))
    return list(dict.fromkeys(found))


def all_partitions(sets: pl.DataFrame) -> list[Partition]:
    """Return the partitions of every measure, of unknowns of one system."""
    return [named(one, measure) for measure in (*MEASURES, PERSONS) for one in partitions_of(sets, measure)]


def all_bounds(sets: pl.DataFrame) -> list[Bound]:
    """Return what else is plain of sets: parts have no more persons than their whole, and all parts no fewer."""
    found = []
    for whole, _, levels in _groupings(sets):
        people = [unknown(PERSONS, name) for name in dict.fromkeys(levels["set_name"])]
        everybody = unknown(PERSONS, whole)
        parts = [name for name in people if name != everybody]
        found += [within(part, everybody) for part in parts]
        if parts and len(parts) == len(people):
            found.append(Bound(((everybody, -1.0), *((part, 1.0) for part in parts)), 0.0, np.inf))
    return found


def _groupings(sets: pl.DataFrame) -> list[tuple[str, str, pl.DataFrame]]:
    """Return the whole, the name and the levels of each grouping that parts a set."""
    parts = (
        sets.filter(pl.col("grouping_name") != ALL)
        .with_columns(
            pl.when(~COUNTED).then(pl.lit(_every_night(sets))).otherwise("whole_name").alias("whole")
        )
        .drop_nulls("whole")
        .sort(*CELL)
    )
    return [
        (str(whole), str(grouping), levels)
        for (whole, grouping), levels in parts.group_by("whole", "grouping_name", maintain_order=True)
    ]


def _every_night(sets: pl.DataFrame) -> str | None:
    """Return the name of the set of all nights; None where there is none."""
    everything = sets.filter(pl.col("grouping_name") == ALL)
    return None if everything.is_empty() else str(everything.item(0, "set_name"))


def _size(sets: pl.DataFrame, set_name: str) -> int | None:
    found = sets.filter(pl.col("set_name") == set_name)
    return None if found.is_empty() else found.item(0, "participant_count")


def withhold(
    judged: pl.DataFrame,
    sets: pl.DataFrame,
    parameters: ReleaseParameters,
) -> pl.DataFrame:
    """Decide what is withheld: what ``judge`` says, and what would give that back by subtraction.

    Args:
        judged: from ``contributors.judge``.
        sets: SETS; equal names are equal sets of nights, and are withheld together.
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
        for measure in (*MEASURES, PERSONS)
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
    every_night = _every_night(sets)
    whole: dict[str, str] = {}
    size = -1
    while len(whole) > size:
        size = len(whole)
        for name in [name for name in WHOLE if name in measures]:  # nothing where no night is eligible
            whole |= _with_cover(measures[name], whole, systems[name], parameters, every_night)
    reasons = {
        name: whole if name in WHOLE else _with_cover(measure, whole, systems[name], parameters, every_night)
        for name, measure in measures.items()
    }
    told = [reasons[row["measure"]].get(row["set_name"]) for row in frame.iter_rows(named=True)]
    return frame.with_columns(pl.Series("reason", told, dtype=pl.String))


def _with_cover(
    measure: _Measure,
    whole: Mapping[str, str],
    system: System,
    parameters: ReleaseParameters,
    every_night: str | None,
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
        cover = _cover(exposed, withheld, measure, system, parameters, every_night)
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
    fixed = _fixed(withheld, system)
    return next((name for name in fixed if measure.largest.get(name, 0.0) > 0.0), None)


def _fixed(withheld: Collection[str], system: System) -> list[str]:
    """Name the withheld sums that no freedom of the others can move."""
    columns = [place for place, name in enumerate(system.names) if name in withheld]
    if not columns or not system.partitions:
        return []
    free = scipy.linalg.null_space(system.matrix().toarray()[:, columns])
    is_fixed = np.abs(free).max(axis=1, initial=0.0) < 1e-9
    return [system.names[place] for place, stays in zip(columns, is_fixed, strict=True) if stays]


def _narrow(withheld: Mapping[str, str], measure: _Measure, system: System) -> str | None:
    """Name a withheld sum that the rest, told exactly, narrows to less than its largest contributor."""
    known = {
        # sums of fractions do not add up to the last digit
        name: Known(value * (1.0 - 1e-6), value * (1.0 + 1e-6))
        for name, value in measure.total.items()
        if name not in withheld
    }
    wanted = [name for name in withheld if measure.largest.get(name, 0.0) > 0.0]
    enough = {name: measure.largest[name] * (1.0 - 1e-6) for name in wanted}
    for name, found in work_back(system, known, wanted, counts=(), enough=enough).items():
        if found.high - found.low < enough[name]:
            return name
    return None


def _cover(
    exposed: str,
    withheld: Mapping[str, str],
    measure: _Measure,
    system: System,
    parameters: ReleaseParameters,
    every_night: str | None,
) -> str:
    """Choose what is withheld beside ``exposed``: of the told levels with enough contributors the one with the least.

    One that another partition gives back at once is no cover, and comes last. What is larger goes later, every night last: without it nothing is left to tell.
    """
    least = parameters.minimum_participant_count
    beside = {
        name
        for one in system.partitions
        if exposed in one.parts or exposed == one.whole
        for name in (one.whole, *one.parts)
        if name not in withheld
    }
    order = sorted(
        beside,
        key=lambda name: (
            name == every_night,
            measure.participants.get(name, 0) < least,
            measure.total.get(name, 0.0),
            name,
        ),
    )
    covers = (
        name for name in order if name != every_night and exposed not in _fixed({*withheld, name}, system)
    )
    return next(covers, order[0])


def perturb(
    contributions: pl.DataFrame, decided: pl.DataFrame, secret: bytes, parameters: ReleaseParameters
) -> pl.DataFrame:
    """Give every measure that may be told its noise; persons are rounded, and have none.

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
        else row["total"]
        if row["measure"] == PERSONS
        else max(
            0.0,
            row["total"]
            + row["largest"]
            * noise_frac(records[(row["grouping_name"], row["level"])], row["measure"], secret, parameters),
        )
        for row in decided.iter_rows(named=True)
    ]
    return decided.with_columns(pl.Series("noisy", noisy, dtype=pl.Float64))
