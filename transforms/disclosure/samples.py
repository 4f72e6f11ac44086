"""The samples of models: sets of nights whose size is told, so that who is in none of them is a difference.

A model tells how many nights and persons it was made from. All nights less those are the nights that were left out, and
where an exposure is not known, its nights are among these. Sums over a sample (events, hours) are not told.
"""

import polars as pl

from transforms.disclosure.attack import Known, Partition
from transforms.disclosure.contributors import CELL
from transforms.disclosure.noise import to_base
from transforms.parameters.release import ReleaseParameters

SAMPLES = pl.Schema(
    {
        "set_name": pl.String(),
        "whole": pl.String(),
        "outside": pl.String(),
        "night_count": pl.Int64(),
        "whole_night_count": pl.Int64(),
        "largest": pl.Float64(),
    }
)
"""One row per sample: its name, the set that it is drawn from, a set that is no part of it (or null), its nights and
those of ``whole``, and the most nights that one person has."""


def samples_of(models: pl.DataFrame, sets: pl.DataFrame, contributions: pl.DataFrame) -> pl.DataFrame:
    """Return SAMPLES of the models that are told.

    Args:
        models: exposure, night_count, and level: null where the sample is drawn from all nights, otherwise from that
            level of the exposure.
        sets: CELL, set_name, night_count.
        contributions: CELL, night_count, one row per cell and person.
    """
    everything = sets.filter(grouping_name="all")
    if everything.is_empty():
        return pl.DataFrame(schema=SAMPLES)
    largest = float(contributions.filter(grouping_name="all")["night_count"].max() or 0)  # type: ignore[arg-type]
    names = {(grouping, level): name for grouping, level, name in sets.select(*CELL, "set_name").iter_rows()}
    sizes = dict(sets.select("set_name", "night_count").iter_rows())
    rows = []
    for exposure, level, night_count in (
        models.select("exposure", "level", "night_count").unique().iter_rows()
    ):
        whole = names.get((exposure, level), everything.item(0, "set_name"))
        if night_count > sizes[whole]:  # of other nights than those of the groups: it is no part of them
            continue
        outside = names.get((exposure, "not known")) if level is None else None
        # a model that fills the exposure in holds nights of which it is not known
        if outside is not None and sizes[outside] > sizes[whole] - night_count:
            outside = None
        rows.append(
            {
                "set_name": f"sample of {night_count} for {exposure} {level or ''} in {whole}",
                "whole": whole,
                "outside": outside,
                "night_count": night_count,
                "whole_night_count": sizes[whole],
                "largest": largest,
            }
        )
    return pl.DataFrame(rows, schema=SAMPLES).sort("set_name")


def sample_partitions(samples: pl.DataFrame) -> list[Partition]:
    """Return that a whole is a sample and what was left out, and that nights outside are among the latter."""
    found = []
    for row in samples.iter_rows(named=True):
        found.append(Partition(row["whole"], (row["set_name"], _left_out(row["set_name"]))))
        if row["outside"] is not None:
            found.append(
                Partition(_left_out(row["set_name"]), (row["outside"], f"other {_left_out(row['set_name'])}"))
            )
    return found


def sample_bounds(samples: pl.DataFrame, parameters: ReleaseParameters) -> dict[str, Known]:
    """Return what an outsider knows of the nights of each sample: the number that is told, to its base."""
    reach = parameters.night_base / 2.0
    told = {
        name: to_base(count, parameters.night_base)
        for name, count in samples.select("set_name", "night_count").iter_rows()
    }
    return {name: Known(max(0.0, count - reach), count + reach) for name, count in told.items()}


def left_out_of_samples(samples: pl.DataFrame) -> dict[str, float]:
    """Return the sets that were left out of a sample, each with the most nights that one person has."""
    some = samples.filter(pl.col("night_count") < pl.col("whole_night_count"))
    return {_left_out(name): largest for name, largest in some.select("set_name", "largest").iter_rows()}


def _left_out(name: str) -> str:
    return f"nights left out of {name}"
