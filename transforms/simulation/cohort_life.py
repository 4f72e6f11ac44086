"""What else the people of a cohort write down and do at the level of tables, so that every question has something to answer.

None of it moves the legs: what is planted in jerks stands in ``cohort_days`` alone. The day after a night follows from
it, as far as a short night makes tired.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from transforms import schema
from transforms.clock import MINUTE_US
from transforms.parameters.cohort_simulation import CohortLifeParameters
from transforms.schema import NUTRIENTS, fitted


def simulate_life(
    cohort: Mapping[str, pl.DataFrame], parameters: CohortLifeParameters, seed: int
) -> Mapping[str, pl.DataFrame]:
    """Return the datasets that join or replace those of ``cohort``: diaries, ratings, medicines, the hour before sleep."""
    random = np.random.default_rng([seed, 3])
    return {
        "sleep_diary": _sleep_diary(cohort["night"]),
        "nutrient_day": _nutrients(cohort["nutrient_day"], random),
        "exercise_bout": _exercise(cohort["exercise_bout"], parameters, random),
        "daytime_rating": _ratings(cohort["night"], parameters, random),
        "medication_use": _medicines(cohort["participant"], cohort["night"], parameters, random),
        "restlessness": _restlessness(cohort["participant"], cohort["night"], parameters, random),
    }


def _sleep_diary(nights: pl.DataFrame) -> pl.DataFrame:
    times = ("lights_off", "sleep_onset", "sleep_end", "lights_on")
    told = nights.select(
        *("participant_id", "night_date", "time_zone", *(f"{name}_at" for name in times)),
        *(pl.lit("diary").alias(f"{name}_source") for name in times),
        has_own_time_zone=pl.lit(value=False),
        wake_between_min=pl.lit(0.0),
    )
    return fitted(told, schema.SLEEP_DIARY)


def _nutrients(days: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """Let what only magnesium tells so far vary too, around a few steps of each nutrient."""
    others = [one for one in NUTRIENTS if one.column != "magnesium_mg"]
    person = days["participant_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    amounts = []
    for one in others:
        usual = 2 * one.step * random.lognormal(0, 0.3, int(person.max()) + 1)[person]
        amounts.append(pl.Series(one.column, (usual * random.lognormal(0, 0.3, days.height)).round(2)))
    return fitted(days.with_columns(amounts), schema.NUTRIENT_DAY)


def _exercise(
    bouts: pl.DataFrame, parameters: CohortLifeParameters, random: np.random.Generator
) -> pl.DataFrame:
    """Make some bouts shorter and harder: the same MET minutes."""
    is_hard = pl.Series(random.random(bouts.height) < parameters.vigorous_frac) & (bouts["met"] > 0)
    harder = parameters.vigorous_met / bouts["met"]
    duration_min = pl.when(is_hard).then(pl.col("duration_min") / harder).otherwise("duration_min")
    return bouts.with_columns(
        duration_min=duration_min,
        ended_at=pl.col("started_at") + pl.duration(microseconds=(duration_min * MINUTE_US).round()),
        met=pl.when(is_hard).then(pl.lit(parameters.vigorous_met)).otherwise("met"),
    )


def _ratings(
    nights: pl.DataFrame, parameters: CohortLifeParameters, random: np.random.Generator
) -> pl.DataFrame:
    kept = nights.filter(pl.Series(random.random(nights.height) < parameters.rated_frac))
    tired = parameters.sleepiness_per_h * (7 - kept["tst_h"].to_numpy()) + random.normal(0, 1.2, kept.height)
    scales = {
        "kss": np.clip(4.5 + tired, 1, 9).round(),
        "concentration_0_10": np.clip(6.5 - tired + random.normal(0, 1, kept.height), 0, 10).round(),
    }
    rows = [
        kept.select("participant_id", logged_date="wake_date").with_columns(
            scale=pl.lit(scale), score=pl.Series(score)
        )
        for scale, score in scales.items()
    ]
    return fitted(pl.concat(rows), schema.DAYTIME_RATING)


def _medicines(
    people: pl.DataFrame,
    nights: pl.DataFrame,
    parameters: CohortLifeParameters,
    random: np.random.Generator,
) -> pl.DataFrame:
    """Give some a course: dopaminergic ones begin within the study; all others say that they take none."""
    drawn = random.random(people.height)
    share = parameters.medicated_frac
    kinds = (
        ("dopaminergic", "pramipexole", 0.18),
        ("antidepressant", "sertraline", 50.0),
        ("iron", "ferrous sulfate", 100.0),
    )
    first, last = nights["night_date"].min(), nights["night_date"].max()
    middle = first + (last - first) / 2  # type: ignore[operator]
    rows: list[dict[str, object]] = []
    for name, place in zip(people["participant_id"], drawn, strict=True):
        number = int(place // share)
        if number < len(kinds):
            drug_class, drug, dose_mg = kinds[number]
            begun = middle if drug_class == "dopaminergic" else first
            row = {"start_date": begun, "drug": drug, "drug_class": drug_class, "dose_mg": dose_mg}
        else:
            row = {"start_date": first, "end_date": last, "drug": "none", "drug_class": "none"}
        rows.append({"participant_id": name, **row})
    return pl.DataFrame(rows, schema=schema.MEDICATION_USE)


def _restlessness(
    people: pl.DataFrame,
    nights: pl.DataFrame,
    parameters: CohortLifeParameters,
    random: np.random.Generator,
) -> pl.DataFrame:
    """Count movements of the hour before sleep, more of them where legs are restless; part of it is the way to bed."""
    per_h = parameters.restless_per_h * random.lognormal(0, 0.4, people.height)
    usual = people.select("participant_id", irls=pl.col("irls_score").fill_null(0)).with_columns(
        per_h=pl.Series(per_h) * (1 + pl.col("irls") / 10)
    )
    joined = nights.join(usual, on="participant_id", how="left", maintain_order="left")
    rate = joined["per_h"].to_numpy()
    at_rest_h = 0.6 + 0.3 * random.random(joined.height)
    at_rest = random.poisson(rate * at_rest_h)
    steps = random.poisson(20 * (1 - at_rest_h))
    frame = joined.select(
        "participant_id",
        "night_date",
        restlessness_started_at=pl.col("sleep_onset_at") - pl.duration(hours=1),
        restlessness_ended_at="sleep_onset_at",
        restlessness_analysed_h=pl.lit(1.0),
        restlessness_movement_count=pl.Series(at_rest + steps),
        restlessness_movement_per_h=pl.Series((at_rest + steps).astype(float)),
        restlessness_movement_time_frac=pl.Series(np.clip((at_rest + steps) * 2 / 3600, 0, 1)),
        restlessness_at_rest_h=pl.Series(at_rest_h),
        restlessness_at_rest_movement_count=pl.Series(at_rest),
        restlessness_at_rest_movement_per_h=pl.Series(at_rest / at_rest_h),
    )
    return fitted(frame, schema.RESTLESSNESS)
