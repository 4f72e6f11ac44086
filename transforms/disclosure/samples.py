"""The samples of models: sets of nights whose size is told, so that who is in none of them is a difference.

A model tells how many nights and persons it was made from. All nights less those are the nights that were left out, and
where an exposure is not known, its nights are among these. Persons are bound in the same way: who is in no night of the
sample, and who is in it but tells nothing of an effect within persons. Sums over a sample (events, hours) are not told.
"""

import polars as pl

from transforms.disclosure.attack import Known, Partition
from transforms.disclosure.contributors import CELL, PERSONS
from transforms.disclosure.links import told_to_base, unknown
from transforms.parameters.release import ReleaseParameters

SAMPLES = pl.Schema(
    {
        "set_name": pl.String(),
        "whole": pl.String(),
        "outside": pl.String(),
        "night_count": pl.Int64(),
        "whole_night_count": pl.Int64(),
        "participant_count": pl.Int64(),
        "informative_participant_count": pl.Int64(),
        "whole_participant_count": pl.Int64(),
        "largest": pl.Float64(),
    }
)
"""One row per sample: its name, the set that it is drawn from, a set that is no part of it (or null), its nights and
those of ``whole``, its persons, those of them who tell an effect within persons (or null), those of ``whole``, and the
most nights that one person has."""


def samples_of(models: pl.DataFrame, sets: pl.DataFrame, contributions: pl.DataFrame) -> pl.DataFrame:
    """Return SAMPLES of the models that are told.

    Args:
        models: exposure, level, night_count, participant_count, informative_participant_count, and ``known`` of
            ``same_set``. Where ``level`` is null the sample is drawn from all nights, otherwise from that level of the
            exposure.
        sets: SETS.
        contributions: CELL, night_count, one row per cell and person.

    A sample as large as a set that it is drawn from is that set (``same_set``), and is none here.
    """
    everything = sets.filter(grouping_name="all")
    if everything.is_empty():
        return pl.DataFrame(schema=SAMPLES)
    largest = float(contributions.filter(grouping_name="all")["night_count"].max() or 0)  # type: ignore[arg-type]
    names = {(grouping, level): name for grouping, level, name in sets.select(*CELL, "set_name").iter_rows()}
    sizes = {
        name: (nights, people)
        for name, nights, people in sets.select("set_name", "night_count", "participant_count").iter_rows()
    }
    rows = []
    for row in models.unique(maintain_order=True).iter_rows(named=True):
        exposure, level, night_count = row["exposure"], row["level"], row["night_count"]
        whole = names.get((exposure, level), everything.item(0, "set_name"))
        nights, people = sizes[whole]
        if night_count > nights:  # of other nights than those of the groups: it is no part of them
            continue
        if same_set(sets, exposure, level, night_count, row["known"]) is not None:
            continue
        outside = names.get((exposure, "not known")) if level is None else None
        # a model that fills the exposure in holds nights of which it is not known
        if outside is not None and sizes[outside][0] > nights - night_count:
            outside = None
        rows.append(
            {
                "set_name": f"sample of {night_count} of {row['participant_count']} for {exposure} {level or ''} in {whole}",
                "whole": whole,
                "outside": outside,
                "night_count": night_count,
                "whole_night_count": nights,
                "participant_count": row["participant_count"],
                # a level's model asks persons without nights at that level as well
                "informative_participant_count": (
                    row["informative_participant_count"]
                    if (row["informative_participant_count"] or 0) <= (row["participant_count"] or 0)
                    else None
                ),
                "whole_participant_count": people,
                "largest": largest,
            }
        )
    return pl.DataFrame(rows, schema=SAMPLES).unique().sort("set_name", "informative_participant_count")


def same_set(
    sets: pl.DataFrame, exposure: str, level: str | None, night_count: int, known: str | None
) -> str | None:
    """Return the set that a sample of so many nights is: its whole, or the nights of which its exposure is known.

    ``known`` names the stage of these, if there is one. Null where the sample is neither.
    """
    drawn = sets.filter(grouping_name=exposure, level=level) if level is not None else sets.clear()
    whole = drawn if drawn.height else sets.filter(grouping_name="all")
    flow = sets.filter(grouping_name=known, level="in") if level is None and known else sets.clear()
    for row in pl.concat([whole, flow]).iter_rows(named=True):
        if row["night_count"] == night_count:
            return str(row["set_name"])
    return None


def sample_partitions(samples: pl.DataFrame) -> list[Partition]:
    """Return that a whole is a sample and what was left out, and that nights outside are among the latter."""
    found = []
    for row in samples.iter_rows(named=True):
        name, whole = row["set_name"], row["whole"]
        for measure in ("night_count", PERSONS):
            parts = (unknown(measure, name), left_out(measure, name))
            found.append(Partition(unknown(measure, whole), parts))
        if row["outside"] is not None:
            gone = left_out("night_count", name)
            found.append(Partition(gone, (unknown("night_count", row["outside"]), f"{gone}, but known")))
        if row["informative_participant_count"] is not None:
            people, count = unknown(PERSONS, name), row["informative_participant_count"]
            found.append(
                Partition(
                    people, (_informative(people, count), f"{_informative(people, count)} and the rest")
                )
            )
    return found


def sample_bounds(samples: pl.DataFrame, parameters: ReleaseParameters) -> dict[str, Known]:
    """Return what an outsider knows of the nights and persons of each sample: the numbers that are told, to their bases."""
    found = {}
    for row in samples.iter_rows(named=True):
        people = unknown(PERSONS, row["set_name"])
        for name, count, base in (
            (unknown("night_count", row["set_name"]), row["night_count"], parameters.night_base),
            (people, row["participant_count"], parameters.participant_base),
            (
                _informative(people, row["informative_participant_count"]),
                row["informative_participant_count"],
                parameters.participant_base,
            ),
        ):
            if count is not None:
                found[name] = told_to_base(count, base)
    return found


def left_out_of_samples(samples: pl.DataFrame) -> dict[str, float]:
    """Return what was left out of samples, each with the most that one person has."""
    found = {}
    for row in samples.iter_rows(named=True):
        if row["night_count"] < row["whole_night_count"]:
            found[left_out("night_count", row["set_name"])] = row["largest"]
        if (row["participant_count"] or 0) < (row["whole_participant_count"] or 0):
            found[left_out(PERSONS, row["set_name"])] = 1.0
    return found


def left_out(measure: str, name: str) -> str:
    """Name what a sample leaves out of its whole."""
    return unknown(measure, f"left out of {name}")


def _informative(people: str, count: int | None) -> str:
    # models of one sample differ in whom they ask
    return f"{people}, {count} informative"
