"""What is told of several sums at once, in a form that stays on record: rows of the linear system as a table."""

from collections.abc import Iterable, Mapping

import polars as pl

from transforms.disclosure.attack import Bound, Known, Partition
from transforms.disclosure.noise import to_base

LINKS = pl.Schema(
    {
        "number": pl.Int64(),
        "name": pl.String(),
        "factor": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
    }
)
"""One row per bound and unknown in it: low <= sum of factor times unknown <= high."""
HIDDEN = pl.Schema({"name": pl.String(), "largest": pl.Float64()})
"""One row per unknown that is withheld, with what its largest contributor brings."""


def unknown(measure: str, set_name: str) -> str:
    """Name what a measure sums to over a set."""
    return f"{measure}: {set_name}"


def between(name: str, low: float, high: float) -> Bound:
    """Return that an unknown lies in [low, high]."""
    return Bound(((name, 1.0),), low, high)


def told_to_base(count: float, base: int) -> Known:
    """Return what an outsider knows of a count that is told to the nearest multiple of ``base``."""
    told = to_base(count, base)
    return Known(max(0.0, told - base / 2.0), told + base / 2.0)


def within(part: str, whole: str) -> Bound:
    """Return that a part is no more than its whole."""
    return Bound(((whole, 1.0), (part, -1.0)), 0.0, float("inf"))


def sums_to(whole: str, parts: Iterable[str]) -> Bound:
    """Return that parts make up their whole."""
    return Bound(((whole, -1.0), *((part, 1.0) for part in parts)), 0.0, 0.0)


def links_of(bounds: Iterable[Bound]) -> pl.DataFrame:
    """Return LINKS of some bounds."""
    rows = [
        (number, name, factor, one.low, one.high)
        for number, one in enumerate(bounds)
        for name, factor in one.terms
    ]
    return pl.DataFrame(rows, schema=LINKS, orient="row")


def hidden_of(largest: Mapping[str, float]) -> pl.DataFrame:
    """Return HIDDEN of unknowns, each with its largest contribution."""
    return pl.DataFrame(list(largest.items()), schema=HIDDEN, orient="row")


def bounds_of(links: pl.DataFrame) -> list[Bound]:
    """Return the bounds of LINKS."""
    rows = links.group_by("number", maintain_order=True).agg(
        "name", "factor", pl.col("low").first(), pl.col("high").first()
    )
    return [
        Bound(tuple(zip(names, factors, strict=True)), low, high)
        for names, factors, low, high in rows.select("name", "factor", "low", "high").iter_rows()
    ]


def named(partition: Partition, measure: str) -> Partition:
    """Return a partition of sets as one of what a measure sums to over them."""
    return Partition(
        unknown(measure, partition.whole), tuple(unknown(measure, part) for part in partition.parts)
    )
