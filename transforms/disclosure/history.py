"""Releases of the same study one after the other: what few persons changed keeps its earlier number."""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from transforms.disclosure.audit import Told
from transforms.disclosure.contributors import CELL, MEASURES
from transforms.parameters.release import ReleaseParameters


def changed_people(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Count, for every cell of ``now``, the persons who brought something else to it before.

    Both: CELL, person_key and MEASURES, one row per cell and person. Returns CELL, changed_count; somebody who came or
    left is one. A cell that was not there before counts everybody in it.
    """
    sums = [pl.col(name).cast(pl.Float64) for name in MEASURES]
    joined = now.select(*CELL, "person_key", *sums).join(
        before.select(*CELL, "person_key", *sums),
        on=[*CELL, "person_key"],
        how="full",
        coalesce=True,
        suffix="_before",
    )
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_before")) for name in MEASURES)
    counted = joined.group_by(*CELL).agg((~same).sum().cast(pl.Int64).alias("changed_count"))
    return now.select(CELL).unique().join(counted, on=CELL, how="left", validate="1:1").sort(*CELL)


def kept_cells(now: pl.DataFrame, before: pl.DataFrame, parameters: ReleaseParameters) -> pl.DataFrame:
    """List the cells (CELL) that stay as the earlier release had them, told or withheld.

    The difference of two releases of a cell is the sum of what changed in it: where that is what one person brought, or
    a few, the later release would tell of them. So would a cell that one person's leaving takes across a limit, by its
    being withheld now. A cell with fewer than ``minimum_participant_count`` changed persons keeps its numbers, or its
    being withheld, until more have changed: what was told once tells nothing more the second time.
    """
    counted = changed_people(now, before)
    known = before.select(CELL).unique()
    return (
        counted.filter(pl.col("changed_count") < parameters.minimum_participant_count)
        .join(known, on=CELL, how="semi")
        .select(CELL)
        .sort(*CELL)
    )


def few_changed(
    now: pl.DataFrame, before: pl.DataFrame, parameters: ReleaseParameters, groupings: Iterable[str]
) -> set[str]:
    """Return the groupings of which some persons changed, and fewer than a cell must have."""
    counted = changed_people(now, before).group_by("grouping_name").agg(pl.col("changed_count").sum())
    changed = dict(counted.iter_rows())
    return {name for name in groupings if 0 < changed.get(name, 0) < parameters.minimum_participant_count}


def kept_under_new_limits(kept: pl.DataFrame, now: Told, before: Told) -> pl.DataFrame:
    """List the kept cells that are told under today's limits and were told under other limits before.

    Limits that were changed decide anew: what they withhold is not told again, what they allow was not told before.
    """
    is_told = pl.col("reason").is_null()
    told = [one.cells.filter(is_told, measure="night_count").select(CELL) for one in (now, before)]
    return kept.join(told[0], on=CELL, how="semi").join(told[1], on=CELL, how="semi")


def with_kept(now: Told, before: Told, kept: pl.DataFrame) -> Told:
    """Put the earlier numbers of kept cells, or their being withheld, in the place of the new ones."""
    cells = pl.concat(
        [
            now.cells.join(kept, on=CELL, how="anti"),
            before.cells.join(kept, on=CELL, how="semi").select(now.cells.columns),
        ]
    )
    return replace(now, cells=cells.sort(*CELL, "measure"))
