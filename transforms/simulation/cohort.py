"""A cohort at the level of tables: people, diaries, nights and movements with known rate ratios.

No signal is made, so that hundreds of cohorts, or one of a hundred thousand people, can be put through the real SQL
and the real models. The frames have the schemas of what ingestion and detection write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms import schema
from transforms.parameters.cohort_simulation import CohortSimulationParameters
from transforms.parameters.scoring import WASM_2016

FIRST_NIGHT = date(2026, 1, 5)  # a Monday
_MINUTE_US = 60_000_000
_HOUR_US = 60 * _MINUTE_US
_DAY_US = 24 * _HOUR_US
_FIRST_MIDNIGHT_US = (FIRST_NIGHT - date(1970, 1, 1)).days * _DAY_US
_LIGHTS_OFF_US = 23 * _HOUR_US
_LATENCY_US = 15 * _MINUTE_US
_RISE_US = 15 * _MINUTE_US


@dataclass(frozen=True)
class _Days:
    """One value for each participant (rows) and day (columns)."""

    person: NDArray[np.int64]
    day: NDArray[np.int64]
    caffeine_mg: NDArray[np.float64]
    exercise_met_min: NDArray[np.float64]
    stress_score: NDArray[np.float64]
    magnesium_mg: NDArray[np.float64]
    jerk_count: NDArray[np.int64]
    in_bed_h: NDArray[np.float64]
    is_eligible: NDArray[np.bool_]


def simulate_cohort(
    parameters: CohortSimulationParameters,
    *,
    participant_count: int,
    night_count: int,
    seed: int,
    first_participant: int = 0,
) -> Mapping[str, pl.DataFrame]:
    """Return the core datasets of a cohort by name: participant, night, movement and four diaries.

    Participants are numbered from ``first_participant``, so that a large cohort can be made in parts; each part takes
    a seed of its own. Everyone lives in UTC, drinks coffee at 08:00 and 15:00, exercises at 17:00, rates stress at
    20:00, and goes to bed at 23:00.
    """
    random = np.random.default_rng([seed, first_participant])
    shape = (participant_count, night_count)

    usual_caffeine = random.normal(size=participant_count)
    caffeine_mg = np.clip(
        200 + 90 * usual_caffeine[:, None] + 110 * random.normal(size=shape), 0, None
    ).round()
    met_min = np.where(random.random(shape) < 0.45, random.gamma(2.0, 150.0, shape).round(), 0.0)
    usual_stress = random.normal(4, 1.5, participant_count)
    stress_score = np.clip(usual_stress[:, None] + random.normal(0, 1.7, shape), 0, 10).round()
    magnesium_mg = np.clip(
        random.normal(320, 60, participant_count)[:, None] + random.normal(0, 80, shape), 20, None
    )
    in_bed_h = np.clip(random.normal(7.8, 0.7, shape), 4, 11)

    log_rate = (
        np.log(parameters.jerk_rate_per_h)
        + parameters.person_sd * random.normal(size=participant_count)[:, None]
        + parameters.confounding * usual_caffeine[:, None]
        + np.log(parameters.caffeine_ratio_per_100_mg) * (caffeine_mg - 200) / 100
        + np.log(parameters.exercise_ratio_per_300_met_min) * (met_min - 130) / 300
        + np.log(parameters.stress_ratio_per_point) * (stress_score - 4)
        + np.log(parameters.magnesium_ratio_per_100_mg) * (magnesium_mg - 320) / 100
    )
    night_factor = np.ones(shape)
    if parameters.overdispersion > 0:
        night_factor = random.gamma(1 / parameters.overdispersion, parameters.overdispersion, shape)
    person, day = np.indices(shape)
    days = _Days(
        person=(person + first_participant).ravel(),
        day=day.ravel(),
        caffeine_mg=caffeine_mg.ravel(),
        exercise_met_min=met_min.ravel(),
        stress_score=stress_score.ravel(),
        magnesium_mg=magnesium_mg.ravel().round(),
        jerk_count=random.poisson(np.exp(log_rate) * night_factor * in_bed_h).ravel(),
        in_bed_h=in_bed_h.ravel(),
        is_eligible=(random.random(shape) >= parameters.ineligible_frac).ravel(),
    )
    return {
        "participant": _participants(random, first_participant, participant_count),
        "night": _nights(days),
        "movement": _movements(random, days, parameters),
        **_diaries(random, days, parameters.missing_diary_frac),
    }


def _names(numbers: NDArray[np.int64]) -> pl.Series:
    return pl.select(pl.format("P{}", pl.lit(pl.Series(numbers)).cast(pl.String).str.zfill(6))).to_series()


def _instants(microseconds: NDArray[np.int64]) -> pl.Series:
    return pl.Series(_FIRST_MIDNIGHT_US + microseconds).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _dates(days: NDArray[np.int64]) -> pl.Series:
    return pl.Series((days + _FIRST_MIDNIGHT_US // _DAY_US).astype(np.int32)).cast(pl.Date)


def _complete(columns: Mapping[str, object], wanted: pl.Schema) -> pl.DataFrame:
    """Add the columns that this simulation says nothing about, as null."""
    frame = pl.DataFrame(columns)
    missing = [pl.lit(None).alias(name) for name in wanted if name not in columns]
    return frame.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in wanted.items())


def _participants(random: np.random.Generator, first: int, count: int) -> pl.DataFrame:
    sex = np.array(["female", "male"])[random.integers(0, 2, count)]
    return _complete(
        {
            "participant_id": _names(np.arange(first, first + count)),
            "sex": pl.Series(sex),
            "birth_year": 2026 - random.integers(19, 81, count),
            "weight_kg": np.where(sex == "male", 82.0, 69.0) + random.normal(0, 10, count).round(1),
            "is_smoker": random.random(count) < 0.2,
            "irls_score": np.where(random.random(count) < 0.1, random.integers(11, 32, count), 0).astype(
                float
            ),
            "ferritin_ug_l": random.lognormal(4.3, 0.6, count).round(),
        },
        schema.PARTICIPANT,
    )


def _nights(days: _Days) -> pl.DataFrame:
    noon = days.day * _DAY_US + 12 * _HOUR_US
    off = days.day * _DAY_US + _LIGHTS_OFF_US
    on = off + (days.in_bed_h * _HOUR_US).astype(np.int64)
    in_bed_h = (on - off) / _HOUR_US
    asleep_h = (on - off - _LATENCY_US - _RISE_US) / _HOUR_US
    count = len(days.day)
    return _complete(
        {
            "participant_id": _names(days.person),
            "night_date": _dates(days.day),
            "wake_date": _dates(days.day + 1),
            "time_zone": pl.Series(["UTC"]).new_from_index(0, count),
            "window_start_at": _instants(noon),
            "window_end_at": _instants(noon + _DAY_US),
            "lights_off_at": _instants(off),
            "sleep_onset_at": _instants(off + _LATENCY_US),
            "sleep_end_at": _instants(on - _RISE_US),
            "lights_on_at": _instants(on),
            "sleep_window_source": pl.Series(["diary"]).new_from_index(0, count),
            "sleep_onset_low_at": _instants(off + _LATENCY_US),
            "sleep_onset_high_at": _instants(off + _LATENCY_US),
            "sleep_end_low_at": _instants(on - _RISE_US),
            "sleep_end_high_at": _instants(on - _RISE_US),
            "is_sleep_known": np.ones(count, dtype=bool),
            "spt_h": asleep_h,
            "tst_h": asleep_h,
            "waso_min": np.zeros(count),
            "sleep_latency_min": np.full(count, _LATENCY_US / _MINUTE_US),
            "in_bed_h": in_bed_h,
            "analysed_h": in_bed_h,
            "analysed_sleep_h": asleep_h,
            "analysed_spt_h": asleep_h,
            "analysed_wake_h": in_bed_h - asleep_h,
            "nonwear_h": np.zeros(count),
            "gap_h": np.zeros(count),
            "leg_recording_count": np.ones(count, dtype=np.int32),
            "is_day_sleeper": np.zeros(count, dtype=bool),
            "crosses_clock_change": np.zeros(count, dtype=bool),
            "is_eligible": days.is_eligible,
            "exclusion_reason": pl.Series(np.where(days.is_eligible, "", "too_little_wear")).replace(
                "", None
            ),
        },
        schema.NIGHT,
    )


def _movements(
    random: np.random.Generator, days: _Days, parameters: CohortSimulationParameters
) -> pl.DataFrame:
    night = np.repeat(np.arange(len(days.day)), days.jerk_count)
    count = len(night)
    first = np.repeat(np.cumsum(days.jerk_count) - days.jerk_count, days.jerk_count)
    position = np.arange(count) - first
    in_bed_us = (days.in_bed_h * _HOUR_US).astype(np.int64)
    # sorted uniform times are normalised sums of exponential gaps; one more gap closes the night
    sums = np.cumsum(random.exponential(size=count))
    before = np.where(first > 0, sums[first - 1], 0.0) if count else sums
    last = first + days.jerk_count[night] - 1
    total = (sums[last] - before) * (1 + 1 / (last - first + 1)) if count else sums
    share = (sums - before) / total if count else sums
    onset = (
        days.day[night] * _DAY_US
        + _LIGHTS_OFF_US
        + (share * (in_bed_us[night] - _MINUTE_US)).astype(np.int64)
    )
    is_hypnic = random.random(count) < parameters.hypnic_jerk_frac
    duration_us = np.where(is_hypnic, 200_000, 2_000_000)
    name = _names(days.person[night])
    night_date = _dates(days.day[night])
    frame = pl.DataFrame(
        {
            "participant_id": name,
            "night_date": night_date,
            "position": position,
            "onset_at": _instants(onset),
            "offset_at": _instants(onset + duration_us),
            "duration_s": duration_us / 1e6,
            "kind": pl.Series(np.where(is_hypnic, "hypnic_jerk", "leg_movement")),
            "is_clm": ~is_hypnic,
            "peak_g": random.lognormal(-2, 0.5, count).round(4),
            "peak_jerk_g_per_s": random.lognormal(0, 0.5, count).round(3),
            "tilt_deg": random.random(count).round(2),
            "confidence": (0.5 + 0.5 * random.random(count)).round(3),
        }
    )
    between = pl.col("onset_at").diff().dt.total_microseconds() / 1e6
    # an interval lies between two candidates of one night that follow each other
    is_next = pl.col("is_clm") & pl.col("is_clm").shift() & (pl.col("position") > 0)
    is_periodic = pl.col("imi_s").is_between(WASM_2016.min_interval_s, WASM_2016.max_interval_s)
    # a series is the plainest one: candidates at periodic intervals with nothing between them
    is_in_series = pl.col("is_clm") & (pl.len().over("run") >= WASM_2016.min_series_members)
    return _complete(
        frame.with_columns(imi_s=pl.when(is_next).then(between))
        .with_columns(run=(~is_periodic.fill_null(False)).cum_sum())
        .with_columns(
            movement_id=pl.format("{}-{}-{}", "participant_id", "night_date", "position"),
            body_sites=pl.lit(["left_ankle"]),
            side=pl.lit("left"),
            phase=pl.lit("sleep"),
            is_asleep=pl.lit(value=True),
            wasm_series_id=pl.when(is_in_series).then(pl.format("{}-{}", "participant_id", "run")),
            aasm_plm_count=pl.lit(0),
            movement_source=pl.lit("acceleration"),
        )
        .to_dict(),
        schema.MOVEMENT,
    )


def _diaries(random: np.random.Generator, days: _Days, missing_frac: float) -> Mapping[str, pl.DataFrame]:
    """Return the four diaries; on a share of the days, drawn for each diary by itself, nothing is written."""

    def kept() -> tuple[NDArray[np.bool_], dict[str, pl.Series]]:
        is_kept = random.random(len(days.day)) >= missing_frac
        return is_kept, {
            "participant_id": _names(days.person[is_kept]),
            "logged_date": _dates(days.day[is_kept]),
        }

    is_kept, keys = kept()
    morning = (days.caffeine_mg[is_kept] * 0.6).round()
    doses = [
        _complete(
            {
                **keys,
                "taken_at": _instants(days.day[is_kept] * _DAY_US + hour * _HOUR_US),
                "caffeine_mg": dose_mg,
                "source": pl.Series(["coffee"]).new_from_index(0, len(dose_mg)),
            },
            schema.CAFFEINE_INTAKE,
        )
        for hour, dose_mg in ((8, morning), (15, days.caffeine_mg[is_kept] - morning))
    ]

    is_kept, keys = kept()
    met_min = days.exercise_met_min[is_kept]
    began = days.day[is_kept] * _DAY_US + 17 * _HOUR_US
    duration_min = met_min / 5
    bouts = {
        **keys,
        "started_at": _instants(began),
        "ended_at": _instants(began + (duration_min * _MINUTE_US).astype(np.int64)),
        "duration_min": duration_min,
        "met": np.where(met_min > 0, 5.0, 0.0),
    }

    is_kept, keys = kept()
    ratings = {
        **keys,
        "rated_at": _instants(days.day[is_kept] * _DAY_US + 20 * _HOUR_US),
        "scale": pl.Series(["rating_0_10"]).new_from_index(0, int(is_kept.sum())),
        "score": days.stress_score[is_kept],
    }

    is_kept, keys = kept()
    food = {
        **keys,
        "origin": pl.Series(["food"]).new_from_index(0, int(is_kept.sum())),
        "magnesium_mg": days.magnesium_mg[is_kept],
        "calcium_mg": np.full(int(is_kept.sum()), 900.0),
    }
    return {
        "caffeine_intake": pl.concat(doses),
        "exercise_bout": _complete(bouts, schema.EXERCISE_BOUT),
        "stress_rating": _complete(ratings, schema.STRESS_RATING),
        "nutrient_day": _complete(food, schema.NUTRIENT_DAY),
    }
