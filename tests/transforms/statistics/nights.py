"""Rows of ``analysis_night`` with planted rate ratios, without going through SQL."""

import polars as pl

from transforms.parameters.cohort_simulation import PLAIN_COHORT, CohortSimulationParameters
from transforms.simulation.cohort import simulate_cohort


def cohort_nights(
    *, participants: int, nights: int, seed: int, parameters: CohortSimulationParameters = PLAIN_COHORT
) -> pl.DataFrame:
    """What the SQL makes of a simulated cohort, as far as the models read it."""
    cohort = simulate_cohort(parameters, participant_count=participants, night_count=nights, seed=seed)
    keys = ["participant_id", "night_date"]
    counts = (
        cohort["movement"]
        .group_by(keys)
        .agg(jerk_count=pl.len(), hypnic_jerk_count=(pl.col("kind") == "hypnic_jerk").sum())
    )
    day = {"logged_date": "night_date"}
    exposures = [
        cohort["caffeine_intake"].rename(day).group_by(keys).agg(pl.col("caffeine_mg").sum()),
        cohort["exercise_bout"]
        .rename(day)
        .select(*keys, exercise_met_min=pl.col("duration_min") * pl.col("met")),
        cohort["stress_rating"].rename(day).select(*keys, stress_scale="scale", stress_score="score"),
        cohort["nutrient_day"].rename(day).select(*keys, "magnesium_mg", "calcium_mg"),
    ]
    frame = cohort["night"].filter("is_eligible").select(*keys, "analysed_h", "analysed_sleep_h")
    for other in (counts, *exposures):
        frame = frame.join(other, on=keys, how="left", validate="1:1")
    before = frame.select(
        "participant_id",
        pl.col("night_date").dt.offset_by("1d"),
        *(
            pl.col(name).alias(f"lag1_{name}")
            for name in ("caffeine_mg", "exercise_met_min", "stress_score", "magnesium_mg")
        ),
    )
    people = cohort["participant"].select(
        "participant_id", "sex", "birth_year", "irls_score", "ferritin_ug_l"
    )
    return (
        frame.join(before, on=keys, how="left", validate="1:1")
        .join(people, on="participant_id", how="left", validate="m:1")
        .with_columns(
            pl.col("jerk_count", "hypnic_jerk_count").fill_null(0),
            age_year=pl.col("night_date").dt.year() - pl.col("birth_year"),
            sex=pl.col("sex").cast(pl.String),
            is_weekend=pl.col("night_date").dt.weekday().is_in([5, 6]),
            quarter=pl.lit("dec_feb"),
            movement_source=pl.lit("acceleration"),
            is_first_night=pl.col("night_date") == pl.col("night_date").min(),
            sleep_debt_h=pl.lit(None, dtype=pl.Float64),
            has_dopaminergic=pl.lit(None, dtype=pl.Boolean),
            has_benzodiazepine=pl.lit(None, dtype=pl.Boolean),
            has_iron_supplement=pl.lit(None, dtype=pl.Boolean),
        )
        .with_columns(jerk_rate_per_h=pl.col("jerk_count") / pl.col("analysed_h"))
        .sort(keys)
    )
