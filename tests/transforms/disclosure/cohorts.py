"""Small cohorts for disclosure control: nights with groups that overlap as those of a study do."""

import numpy as np
import polars as pl

from transforms.disclosure.contributors import CELL, MEASURES


def cohort(seed: int, participant_count: int, night_count: int = 7) -> pl.DataFrame:
    """One row per night and grouping: persons of unlike rates, rare groups, diaries that some never kept."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(participant_count):
        rate = rng.gamma(1.5, 4.0)
        traits = {
            "sex": rng.choice(["female", "male", "other"], p=[0.55, 0.42, 0.03]),
            "age": rng.choice(["below 31", "from 31", "from 51", "from 71"], p=[0.3, 0.4, 0.25, 0.05]),
            "ferritin": rng.choice(["low", "not low", "not known"], p=[0.1, 0.3, 0.6]),
        }
        keeps_diary = rng.random() < 0.8
        for night in range(rng.integers(2, night_count + 1)):
            hours = float(rng.uniform(4.0, 9.0))
            drank = rng.choice(["none", "low", "high"], p=[0.6, 0.3, 0.1]) if keeps_diary else "not known"
            groups = traits | {
                "all": "all",
                "caffeine_mg": drank,
                # the same nights as "none" of caffeine_mg, under another name
                "caffeine_at_lights_off_mg": "none"
                if drank == "none"
                else "some"
                if keeps_diary
                else "not known",
                "day": "weekend" if night % 7 > 4 else "weekday",
            }
            facts = (
                hours,
                int(rng.poisson(rate * hours)),
                int(rng.poisson(0.2 * hours)),
                0.9 * hours,
                int(rng.poisson(3)),
            )
            rows += [
                (grouping, str(level), f"P{person:03}", f"{person}-{night}", *facts)
                for grouping, level in groups.items()
            ]
    columns = ["grouping_name", "level", "participant_id", "night"]
    sums = ["analysed_h", "jerk_count", "hypnic_jerk_count", "analysed_sleep_h", "aplm_wasm_count"]
    return pl.DataFrame(rows, schema=[*columns, *sums], orient="row")


def contributions_of(nights: pl.DataFrame) -> pl.DataFrame:
    """CELL, participant_id and MEASURES."""
    sums = [pl.col(name).sum() for name in MEASURES if name != "night_count"]
    return nights.group_by(*CELL, "participant_id").agg(pl.len().cast(pl.Int64).alias("night_count"), *sums)


def sets_of(nights: pl.DataFrame) -> pl.DataFrame:
    """SETS."""
    return nights.group_by(*CELL).agg(
        pl.len().cast(pl.Int64).alias("night_count"),
        pl.col("participant_id").n_unique().cast(pl.Int64).alias("participant_count"),
        pl.col("night").sort().str.join(" ").alias("set_name"),
        pl.lit(None, dtype=pl.String).alias("whole_name"),
    )


def groups_of(nights: pl.DataFrame) -> pl.DataFrame:
    """GROUP and the limits of the rate."""
    return (
        nights.select(CELL)
        .unique()
        .sort(CELL)
        .with_columns(
            pl.lit("f").alias("family"),
            pl.lit(None, dtype=pl.Int32).alias("level_number"),
            pl.lit(None, dtype=pl.String).alias("limits"),
            pl.lit(2.0).alias("ci_low_per_h"),
            pl.lit(8.0).alias("ci_high_per_h"),
        )
    )
