"""The nights of a simulated cohort as models read them, without the tables in between."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.parameters.cohort_simulation import CohortSimulationParameters
from transforms.simulation.cohort_days import draw_days

LAGGED = ("caffeine_mg", "exercise_met_min", "stress_score", "magnesium_mg")
_DIARY_OF = dict(zip(LAGGED, ("caffeine", "exercise", "stress", "nutrients"), strict=True))
_FIRST_NIGHT = pl.date(2026, 1, 5)  # a Monday


def simulate_analysis_nights(
    parameters: CohortSimulationParameters, *, participant_count: int, night_count: int, seed: int
) -> pl.DataFrame:
    """Return eligible nights with the columns of ``analysis_night`` that models read, sorted by person and night.

    The same draw as in ``simulate_cohort``; a thousand cohorts take a minute. Tomorrow's and former days' exposures are
    those of the neighbouring days, of nights that are not eligible, too.
    """
    random = np.random.default_rng([seed, 0])
    days = draw_days(random, parameters, participant_count=participant_count, night_count=night_count)
    person, day = np.indices(days.caffeine_mg.shape)
    known = {
        name: np.where(days.is_logged[diary], getattr(days, name), np.nan)
        for name, diary in _DIARY_OF.items()
    }
    shifted = {
        f"{word}{number}_{name}": _shifted(value, number if word == "lag" else -number)
        for name, value in known.items()
        for word, number in (("lag", 1), ("lag", 2), ("lag", 3), ("lead", 1))
    }
    sex = random.random(participant_count) < 0.5
    of_person = {
        "age_year": random.integers(20, 75, participant_count).astype(float),
        "irls_score": np.where(random.random(participant_count) < 0.1, 15.0, 0.0),
        "ferritin_ug_l": random.lognormal(4.3, 0.6, participant_count),
        "is_smoker": random.random(participant_count) < 0.2,
    }
    jerks = days.sleep_jerk_count + days.wake_jerk_count
    columns = {
        "person": person,
        "day": day,
        "is_eligible": days.is_eligible,
        "jerk_count": jerks,
        "jerk_sleep_count": days.sleep_jerk_count,
        "jerk_wake_count": days.wake_jerk_count,
        "hypnic_jerk_count": random.binomial(jerks, parameters.hypnic_jerk_frac),
        "analysed_h": days.in_bed_h,
        "analysed_sleep_h": days.sleep_h,
        "analysed_wake_h": days.wake_h,
        "in_bed_h": days.in_bed_h,
        "sleep_latency_min": days.latency_h * 60,
        "waso_min": days.waso_h * 60,
        "nonwear_h": np.clip(random.normal(0.05, 0.1, person.shape), 0, None),
        "leg_count": days.leg_count,
        **{name: value[person] for name, value in of_person.items()},
        "is_male": sex[person],
        **known,
        **shifted,
    }
    frame = pl.DataFrame({name: value.ravel() for name, value in columns.items()})
    amounts = [*known, *shifted]
    return (
        frame.filter("is_eligible")
        .with_columns(
            pl.col(amounts).fill_nan(None),
            participant_id=pl.format("P{}", pl.col("person").cast(pl.String).str.zfill(6)),
            night_date=_FIRST_NIGHT + pl.duration(days=pl.col("day")),
            night_number=pl.col("day") + 1,
            is_first_night=pl.col("day") == 0,
            is_weekend=(pl.col("day") % 7).is_in([4, 5]),
            sex=pl.when("is_male").then(pl.lit("male")).otherwise(pl.lit("female")),
            quarter=pl.lit("dec_feb"),
            movement_source=pl.lit("acceleration"),
            sleep_window_source=pl.lit("diary"),
            stress_scale=pl.when(pl.col("stress_score").is_not_null()).then(pl.lit("rating_0_10")),
            jerk_rate_per_h=pl.col("jerk_count") / pl.col("analysed_h"),
            sleep_debt_h=pl.lit(None, dtype=pl.Float64),
            is_pregnant=pl.lit(None, dtype=pl.Boolean),
        )
        .drop("person", "day", "is_eligible", "is_male")
        .sort("participant_id", "night_date")
    )


def _shifted(value: NDArray[np.float64], days: int) -> NDArray[np.float64]:
    """Return what the same person had ``days`` days before (negative: after); NaN where there is no such day."""
    moved = np.full_like(value, np.nan)
    if days > 0:
        moved[:, days:] = value[:, :-days]
    else:
        moved[:, :days] = value[:, -days:]
    return moved
