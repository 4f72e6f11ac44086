"""What was eaten: totals of a recalled day, and single foods with the hour at which each was eaten."""

from collections.abc import Iterator, Sequence

import polars as pl

_RELIABLE = 1
_RECALLS = (1, 2)
_LAST_SECOND = 24 * 3600
NUTRIENTS = {
    "caffeine_mg": "CAFF",
    "magnesium_mg": "MAGN",
    "calcium_mg": "CALC",
    "iron_mg": "IRON",
    "vitamin_b6_mg": "VB6",
    "vitamin_b12_ug": "VB12",
    "energy_kcal": "KCAL",
    "alcohol_g": "ALCO",
}
"""Our name of a day's intake, and the ending of the survey's."""
CLOCKED = ("caffeine_after_14h_mg", "last_caffeine_clock_h")
"""What only single foods tell."""
INTAKES = (*NUTRIENTS, *CLOCKED)
_ITEMS = frozenset(
    f"DR{number}{part}" for number in _RECALLS for part in ("DRSTZ", "_020", *(f"{form}{ending}" for form in "TI" for ending in NUTRIENTS.values()))
)  # fmt: skip


def is_recall_item(name: str) -> bool:
    """Tell whether a column of the survey is read here."""
    return name in _ITEMS


def named_for(intake: str, word: str) -> str:
    """Return the name of an intake with a word before its unit: caffeine_mg of day1 is caffeine_day1_mg."""
    name, _, unit = intake.rpartition("_")
    return f"{name}_{word}_{unit}"


def recalls_of(table: pl.DataFrame, afternoon_from_h: float) -> Iterator[pl.DataFrame]:
    """Yield one row per respondent and recall that was judged reliable: totals, or sums of single foods.

    Caffeine of the afternoon is unknown where a food with caffeine has no hour. Totals and single foods of one recall
    are the same day: whoever has both counts once, totals first (``order``).

    Args:
        table: one file of the survey.
        afternoon_from_h: clock time from which caffeine is late in the day [h].
    """
    for number in _RECALLS:
        status = f"DR{number}DRSTZ"
        if status not in table.columns:
            continue
        reliable = table.filter(pl.col(status) == _RELIABLE)
        for order, form in enumerate("TI"):
            found = {
                ours: theirs
                for ours, ending in NUTRIENTS.items()
                if (theirs := f"DR{number}{form}{ending}") in table.columns
            }
            if not found:
                continue
            told = [pl.col(theirs).alias(ours) for ours, theirs in found.items()]
            if form == "I":
                sums = [pl.col(theirs).sum().alias(ours) for ours, theirs in found.items()]
                rows = reliable.group_by("SEQN").agg(
                    *sums, *_by_the_clock(reliable, number, afternoon_from_h)
                )
            else:
                rows = reliable.select("SEQN", *told)
            yield rows.with_columns(
                pl.lit(number, dtype=pl.Int32).alias("recall"), pl.lit(order, dtype=pl.Int32).alias("order")
            )


def _by_the_clock(foods: pl.DataFrame, number: int, afternoon_from_h: float) -> list[pl.Expr]:
    caffeine, clock = f"DR{number}ICAFF", f"DR{number}_020"
    if caffeine not in foods.columns or clock not in foods.columns:
        return []
    is_eaten = pl.col(caffeine) > 0
    eaten_s = pl.when(pl.col(clock).is_between(0, _LAST_SECOND, closed="left")).then(pl.col(clock))
    is_clocked = ~(is_eaten & eaten_s.is_null()).any()
    late = pl.col(caffeine).filter(eaten_s >= afternoon_from_h * 3600).sum()
    last = eaten_s.filter(is_eaten).max() / 3600
    return [
        pl.when(is_clocked).then(late).alias("caffeine_after_14h_mg"),
        pl.when(is_clocked).then(last).alias("last_caffeine_clock_h"),
    ]


def contradictory_recalls(recalls: Sequence[pl.DataFrame]) -> int:
    """Return how many recalls were told more than once, and not alike; totals and single foods are told once each."""
    if not recalls:
        return 0
    rows = pl.concat(recalls, how="diagonal_relaxed")
    intakes = [name for name in INTAKES if name in rows.columns]
    differs = pl.any_horizontal((pl.col(name).min() != pl.col(name).max()) for name in intakes)
    return int(rows.group_by("SEQN", "recall", "order").agg(differs.alias("differs"))["differs"].sum())


def intake_by_person(recalls: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return one row per respondent: SEQN, recall_count, and each of INTAKES in three forms.

    Under its own name it is the mean over the reliable recalls, one or two. ``day1`` is the first recall alone, which
    goes with the weight of the first recall; ``two_day`` the mean of both, of those who have both, which goes with the
    weight of both.
    """
    shape = pl.DataFrame(
        schema={
            "SEQN": pl.String,
            "recall": pl.Int32,
            "order": pl.Int32,
            **{name: pl.Float64() for name in INTAKES},
        }
    )
    rows = pl.concat([shape, *recalls], how="diagonal_relaxed")
    one = (
        rows.sort("order")
        .group_by("SEQN", "recall")
        .agg(pl.col(name).drop_nulls().first() for name in INTAKES)
    )
    first = pl.col("recall") == 1
    return one.group_by("SEQN").agg(
        pl.len().alias("recall_count"),
        *(pl.col(name).mean() for name in INTAKES),
        *(pl.col(name).filter(first).first().alias(named_for(name, "day1")) for name in INTAKES),
        *(
            pl.when(pl.col(name).count() == len(_RECALLS))
            .then(pl.col(name).mean())
            .alias(named_for(name, "two_day"))
            for name in INTAKES
        ),
    )
