"""Days and nights of a cohort with known rate ratios, as numbers: what tables and models are then made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.intervals import Floats
from transforms.parameters.cohort_simulation import CohortSimulationParameters

DIARIES = ("caffeine", "exercise", "stress", "nutrients")


@dataclass(frozen=True)
class CohortDays:
    """One value for each participant (rows) and day (columns)."""

    caffeine_mg: Floats
    exercise_met_min: Floats
    stress_score: Floats
    magnesium_mg: Floats
    latency_h: Floats
    waso_h: Floats
    rise_h: Floats
    sleep_h: Floats
    sleep_jerk_count: NDArray[np.int64]
    wake_jerk_count: NDArray[np.int64]
    leg_count: NDArray[np.int64]
    is_eligible: NDArray[np.bool_]
    is_logged: dict[str, NDArray[np.bool_]]
    """Of each of DIARIES whether the day was logged."""

    @property
    def wake_h(self) -> Floats:
        """Time in bed awake [h]."""
        return np.asarray(self.latency_h + self.waso_h + self.rise_h)

    @property
    def in_bed_h(self) -> Floats:
        """Time in bed [h]."""
        return np.asarray(self.sleep_h + self.wake_h)


def draw_days(
    random: np.random.Generator,
    parameters: CohortSimulationParameters,
    *,
    participant_count: int,
    night_count: int,
) -> CohortDays:
    """Draw the days of a cohort.

    The rate of a night is the person's own times the ratios of what the day brought, times a factor of the night; it
    holds asleep, and awake ``wake_jerk_ratio`` times as much. Caffeine may also keep people awake, stress may bring
    coffee with it, and days with stress may be those that nobody writes down: what a careless question takes for an
    effect of caffeine.
    """
    shape = (participant_count, night_count)
    usual_caffeine = random.normal(size=participant_count)
    usual_stress = random.normal(4, 1.5, participant_count)
    stress_score = np.clip(usual_stress[:, None] + random.normal(0, 1.7, shape), 0, 10).round()
    drunk = 200 + 90 * usual_caffeine[:, None] + 110 * random.normal(size=shape)
    drunk = drunk + parameters.stress_caffeine_mg_per_point * (stress_score - usual_stress[:, None])
    is_exposed = np.arange(participant_count) < round(parameters.exposed_frac * participant_count)
    caffeine_mg = np.where(is_exposed[:, None], np.clip(drunk, 0, None).round(), 0.0)
    met_min = np.where(random.random(shape) < 0.45, random.gamma(2.0, 150.0, shape).round(), 0.0)
    magnesium_mg = np.clip(
        random.normal(320, 60, participant_count)[:, None] + random.normal(0, 80, shape), 20, None
    ).round()

    in_bed_h = np.clip(random.normal(7.8, 0.7, shape), 4, 11)
    latency_h = np.full(shape, 0.25)
    rise_h = np.full(shape, 0.25)
    more_wake_min = parameters.caffeine_wake_min_per_100_mg * (caffeine_mg - 200) / 100
    waso_h = np.clip(random.gamma(4, parameters.waso_min / 4, shape) + more_wake_min, 0, 120) / 60

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
    has_any = random.random(participant_count) >= parameters.zero_person_frac
    leg_count = np.where(random.random(shape) < parameters.one_leg_frac, 1, 2)
    # without nights of one leg every night has the same, and the rate is that of what was measured
    seen = np.where(leg_count == 1, 0.5, 1.0) if parameters.one_leg_frac > 0 else 1.0
    rate = np.exp(log_rate) * night_factor * has_any[:, None] * seen
    sleep_h = in_bed_h - latency_h - rise_h - waso_h
    return CohortDays(
        caffeine_mg=caffeine_mg,
        exercise_met_min=met_min,
        stress_score=stress_score,
        magnesium_mg=magnesium_mg,
        latency_h=latency_h,
        waso_h=waso_h,
        rise_h=rise_h,
        sleep_h=sleep_h,
        sleep_jerk_count=random.poisson(rate * sleep_h),
        wake_jerk_count=random.poisson(rate * parameters.wake_jerk_ratio * (in_bed_h - sleep_h)),
        leg_count=leg_count if parameters.one_leg_frac > 0 else np.ones(shape, dtype=np.int64),
        is_eligible=random.random(shape) >= parameters.ineligible_frac,
        is_logged={name: _logged(random, parameters, stress_score) for name in DIARIES},
    )


def _logged(
    random: np.random.Generator, parameters: CohortSimulationParameters, stress_score: Floats
) -> NDArray[np.bool_]:
    missing = parameters.missing_diary_frac
    if not 0 < missing < 1:
        return np.full(stress_score.shape, missing <= 0)
    odds = missing / (1 - missing) * np.exp(parameters.missing_stress_log_odds * (stress_score - 4))
    return np.asarray(random.random(stress_score.shape) >= odds / (1 + odds))
