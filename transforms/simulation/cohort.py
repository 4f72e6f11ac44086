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
from transforms.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from transforms.parameters.cohort_simulation import CohortSimulationParameters
from transforms.parameters.scoring import WASM_2016
from transforms.simulation.cohort_days import CohortDays, draw_days

FIRST_NIGHT = date(2026, 1, 5)  # a Monday
_FIRST_MIDNIGHT_US = (FIRST_NIGHT - date(1970, 1, 1)).days * DAY_US
_LIGHTS_OFF_US = 23 * HOUR_US


@dataclass(frozen=True)
class _Days:
    """One row for each participant and day."""

    person: NDArray[np.int64]
    day: NDArray[np.int64]
    drawn: CohortDays
    unworn_us: NDArray[np.int64]
    """How long before lights-on the device is taken off, whatever the day was like."""

    def column(self, name: str) -> NDArray[np.float64]:
        return np.asarray(getattr(self.drawn, name), dtype=np.float64).ravel()

    def span_us(self, *names: str) -> NDArray[np.int64]:
        """Sum of spans given in hours, in whole microseconds."""
        return np.asarray(sum((self.column(name) * HOUR_US).astype(np.int64) for name in names))

    @property
    def lights_off_us(self) -> NDArray[np.int64]:
        return np.asarray(self.day * DAY_US + _LIGHTS_OFF_US)

    @property
    def lights_on_us(self) -> NDArray[np.int64]:
        return self.lights_off_us + self.span_us("latency_h", "sleep_h", "waso_h", "rise_h")


def simulate_cohort(
    parameters: CohortSimulationParameters,
    *,
    participant_count: int,
    night_count: int,
    seed: int,
    first_participant: int = 0,
) -> Mapping[str, pl.DataFrame]:
    """Return the core datasets of a cohort by name: people, nights with their wake and breaks, movements, four diaries.

    Participants are numbered from ``first_participant``, so that a large cohort can be made in parts; each part takes
    a seed of its own. Everyone lives in UTC, drinks coffee at 08:00 and 15:00, exercises at 17:00, rates stress at
    20:00, and goes to bed at 23:00.
    """
    random = np.random.default_rng([seed, first_participant])
    drawn = draw_days(random, parameters, participant_count=participant_count, night_count=night_count)
    person, day = np.indices((participant_count, night_count))
    days = _Days(
        (person + first_participant).ravel(), day.ravel(), drawn, _unworn_us(seed, first_participant, drawn)
    )
    return {
        "participant": _participants(random, first_participant, participant_count),
        "night": _nights(days),
        "wake_episode": _wake_episodes(days),
        "signal_break": _signal_breaks(days),
        "movement": _movements(random, days, parameters),
        **_diaries(days),
    }


def _unworn_us(seed: int, first_participant: int, drawn: CohortDays) -> NDArray[np.int64]:
    # a stream of its own: what else is drawn stays as it is
    random = np.random.default_rng([seed, first_participant, 1])
    minutes = np.clip(random.normal(3, 6, drawn.rise_h.shape), 0, 0.8 * 60 * drawn.rise_h).round()
    return np.asarray((minutes * MINUTE_US).astype(np.int64).ravel())


def _names(numbers: NDArray[np.int64]) -> pl.Series:
    return pl.select(pl.format("P{}", pl.lit(pl.Series(numbers)).cast(pl.String).str.zfill(6))).to_series()


def _instants(microseconds: NDArray[np.int64]) -> pl.Series:
    return pl.Series(_FIRST_MIDNIGHT_US + microseconds).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _dates(days: NDArray[np.int64]) -> pl.Series:
    return pl.Series((days + _FIRST_MIDNIGHT_US // DAY_US).astype(np.int32)).cast(pl.Date)


def _complete(columns: Mapping[str, object], wanted: pl.Schema) -> pl.DataFrame:
    """Add the columns that this simulation says nothing about, as null."""
    return schema.fitted(pl.DataFrame(columns), wanted)


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
    noon = days.day * DAY_US + 12 * HOUR_US
    off, on = days.lights_off_us, days.lights_on_us
    onset = off + days.span_us("latency_h")
    ended = onset + days.span_us("sleep_h", "waso_h")
    in_bed_h, spt_h = (on - off) / HOUR_US, (ended - onset) / HOUR_US
    asleep_h = spt_h - days.span_us("waso_h") / HOUR_US
    unworn_h = days.unworn_us / HOUR_US
    count = len(days.day)
    is_eligible = days.drawn.is_eligible.ravel()
    return _complete(
        {
            "participant_id": _names(days.person),
            "night_date": _dates(days.day),
            "wake_date": _dates(days.day + 1),
            "time_zone": pl.Series(["UTC"]).new_from_index(0, count),
            "window_start_at": _instants(noon),
            "window_end_at": _instants(noon + DAY_US),
            "lights_off_at": _instants(off),
            "sleep_onset_at": _instants(onset),
            "sleep_end_at": _instants(ended),
            "lights_on_at": _instants(on),
            "sleep_window_source": pl.Series(["diary"]).new_from_index(0, count),
            "sleep_onset_low_at": _instants(onset),
            "sleep_onset_high_at": _instants(onset),
            "sleep_end_low_at": _instants(ended),
            "sleep_end_high_at": _instants(ended),
            "is_sleep_known": np.ones(count, dtype=bool),
            "spt_h": spt_h,
            "tst_h": asleep_h,
            "waso_min": days.column("waso_h") * 60,
            "sleep_latency_min": days.column("latency_h") * 60,
            "in_bed_h": in_bed_h,
            "analysed_h": in_bed_h - unworn_h,
            "analysed_sleep_h": asleep_h,
            "analysed_spt_h": spt_h,
            "analysed_wake_h": in_bed_h - asleep_h - unworn_h,
            "nonwear_h": unworn_h,
            "gap_h": np.zeros(count),
            "leg_recording_count": days.drawn.leg_count.ravel().astype(np.int32),
            "is_day_sleeper": np.zeros(count, dtype=bool),
            "crosses_clock_change": np.zeros(count, dtype=bool),
            "is_eligible": is_eligible,
            "exclusion_reason": pl.Series(np.where(is_eligible, "", "not_worn")).replace("", None),
        },
        schema.NIGHT,
    )


def _wake_start_us(days: _Days) -> NDArray[np.int64]:
    """Return when the night's one stretch of wake begins: in the middle of sleep."""
    return days.lights_off_us + days.span_us("latency_h") + days.span_us("sleep_h") // 2


def _wake_episodes(days: _Days) -> pl.DataFrame:
    start = _wake_start_us(days)
    frame = pl.DataFrame(
        {
            "participant_id": _names(days.person),
            "night_date": _dates(days.day),
            "started_at": _instants(start),
            "ended_at": _instants(start + days.span_us("waso_h")),
        }
    )
    return schema.fitted(frame.filter(pl.col("ended_at") > pl.col("started_at")), schema.WAKE_EPISODE)


def _signal_breaks(days: _Days) -> pl.DataFrame:
    on = days.lights_on_us
    frame = pl.DataFrame(
        {
            "participant_id": _names(days.person),
            "night_date": _dates(days.day),
            "started_at": _instants(on - days.unworn_us),
            "ended_at": _instants(on),
        }
    )
    return schema.fitted(frame.filter(pl.col("ended_at") > pl.col("started_at")), schema.SIGNAL_BREAK)


def _movements(
    random: np.random.Generator, days: _Days, parameters: CohortSimulationParameters
) -> pl.DataFrame:
    counts = [days.drawn.sleep_jerk_count.ravel(), days.drawn.wake_jerk_count.ravel()]
    nights = [np.repeat(np.arange(len(days.day)), count) for count in counts]
    latency, waso, sleep = (days.span_us(name) for name in ("latency_h", "waso_h", "sleep_h"))
    awake = latency + waso + days.span_us("rise_h") - days.unworn_us - MINUTE_US
    # a place in sleep or in wake alone, then the time of night: what lies before it is skipped
    asleep_us = (random.random(len(nights[0])) * sleep[nights[0]]).astype(np.int64)
    awake_us = (random.random(len(nights[1])) * awake[nights[1]]).astype(np.int64)
    half = sleep // 2
    asleep_at = asleep_us + latency[nights[0]] + np.where(asleep_us >= half[nights[0]], waso[nights[0]], 0)
    first, second = latency[nights[1]], (latency + waso)[nights[1]]
    awake_at = awake_us + np.where(
        awake_us < first, 0, np.where(awake_us < second, half[nights[1]], sleep[nights[1]])
    )
    night = np.concatenate(nights)
    count = len(night)
    onset = days.lights_off_us[night] + np.concatenate([asleep_at, awake_at])
    phase = np.concatenate(
        [np.full(len(asleep_at), 2), np.where(awake_us < first, 0, 3) if len(awake_us) else awake_us]
    )
    order = np.lexsort([onset, night])
    night, onset, phase = night[order], onset[order], phase[order]
    per_night = counts[0] + counts[1]
    position = np.arange(count) - np.repeat(np.cumsum(per_night) - per_night, per_night)
    is_hypnic = random.random(count) < parameters.hypnic_jerk_frac
    duration_us = np.where(is_hypnic, 200_000, 2_000_000)
    name = _names(days.person[night])
    night_date = _dates(days.day[night])
    legs = days.drawn.leg_count.ravel()[night]
    frame = pl.DataFrame(
        {
            "participant_id": name,
            "night_date": night_date,
            "position": position,
            "onset_at": _instants(onset),
            "offset_at": _instants(onset + duration_us),
            "duration_s": duration_us / SECOND_US,
            "kind": pl.Series(np.where(is_hypnic, "hypnic_jerk", "leg_movement")),
            "is_clm": ~is_hypnic,
            "peak_g": random.lognormal(-2, 0.5, count).round(4),
            "peak_jerk_g_per_s": random.lognormal(0, 0.5, count).round(3),
            "tilt_deg": random.random(count).round(2),
            "confidence": (0.5 + 0.5 * random.random(count)).round(3),
            "is_asleep": phase == 2,
            "phase": pl.Series(np.array(["pre_sleep", "", "sleep", "wake_in_bed"])[phase]),
            "body_sites": _sites(legs, random.random(count) < 0.5),
        }
    )
    between = pl.col("onset_at").diff().dt.total_microseconds() / SECOND_US
    # an interval lies between two candidates of one night that follow each other
    is_next = pl.col("is_clm") & pl.col("is_clm").shift() & (pl.col("position") > 0)
    is_periodic = pl.col("imi_s").is_between(WASM_2016.min_interval_s, WASM_2016.max_interval_s)
    # a series is the plainest one: candidates at periodic intervals with nothing between them
    is_in_series = pl.col("is_clm") & (pl.len().over("run") >= WASM_2016.min_series_members)
    return schema.fitted(
        frame.with_columns(imi_s=pl.when(is_next).then(between))
        .with_columns(run=(~is_periodic.fill_null(False)).cum_sum())
        .with_columns(
            movement_id=pl.format("{}-{}-{}", "participant_id", "night_date", "position"),
            side=pl.col("body_sites").list.first().str.split("_").list.first(),
            wasm_series_id=pl.when(is_in_series).then(pl.format("{}-{}", "participant_id", "run")),
            aasm_plm_count=pl.lit(0),
            movement_source=pl.lit("acceleration"),
        ),
        schema.MOVEMENT,
    )


def _sites(legs: NDArray[np.int64], is_right: NDArray[np.bool_]) -> pl.Series:
    """Return which leg saw each movement: the left where one was measured, one of the two where both were."""
    sites = np.where((legs == 2) & is_right, "right_ankle", "left_ankle")
    return pl.Series(sites).reshape((-1, 1)).cast(pl.List(pl.String))


def _diaries(days: _Days) -> Mapping[str, pl.DataFrame]:
    """Return the four diaries, of the days that were logged in each."""

    def kept(diary: str) -> tuple[NDArray[np.bool_], dict[str, pl.Series]]:
        is_kept = days.drawn.is_logged[diary].ravel()
        return is_kept, {
            "participant_id": _names(days.person[is_kept]),
            "logged_date": _dates(days.day[is_kept]),
        }

    is_kept, keys = kept("caffeine")
    morning = (days.column("caffeine_mg")[is_kept] * 0.6).round()
    doses = [
        _complete(
            {
                **keys,
                "taken_at": _instants(days.day[is_kept] * DAY_US + hour * HOUR_US),
                "caffeine_mg": dose_mg,
                "source": pl.Series(["coffee"]).new_from_index(0, len(dose_mg)),
            },
            schema.CAFFEINE_INTAKE,
        )
        for hour, dose_mg in ((8, morning), (15, days.column("caffeine_mg")[is_kept] - morning))
    ]

    is_kept, keys = kept("exercise")
    met_min = days.column("exercise_met_min")[is_kept]
    began = days.day[is_kept] * DAY_US + 17 * HOUR_US
    duration_min = met_min / 5
    bouts = {
        **keys,
        "started_at": _instants(began),
        "ended_at": _instants(began + (duration_min * MINUTE_US).astype(np.int64)),
        "duration_min": duration_min,
        "met": np.where(met_min > 0, 5.0, 0.0),
    }

    is_kept, keys = kept("stress")
    ratings = {
        **keys,
        "rated_at": _instants(days.day[is_kept] * DAY_US + 20 * HOUR_US),
        "scale": pl.Series(["rating_0_10"]).new_from_index(0, int(is_kept.sum())),
        "score": days.column("stress_score")[is_kept],
    }

    is_kept, keys = kept("nutrients")
    food = {
        **keys,
        "origin": pl.Series(["food"]).new_from_index(0, int(is_kept.sum())),
        "magnesium_mg": days.column("magnesium_mg")[is_kept],
        "calcium_mg": np.full(int(is_kept.sum()), 900.0),
    }
    return {
        "caffeine_intake": pl.concat(doses),
        "exercise_bout": _complete(bouts, schema.EXERCISE_BOUT),
        "stress_rating": _complete(ratings, schema.STRESS_RATING),
        "nutrient_day": _complete(food, schema.NUTRIENT_DAY),
    }
