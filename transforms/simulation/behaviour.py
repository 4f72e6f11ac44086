"""What a simulated participant drinks, does, feels and eats on one day, and what that means for the night.

Clock times are hours since midnight of the day that opens the night; 25.5 is half past one in the night.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from transforms.parameters.simulation import BehaviourParameters, PlantedEffect
from transforms.simulation.person import Person
from transforms.simulation.shapes import within


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """One caffeinated drink."""

    clock_h: float
    caffeine_mg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bout:
    """One exercise bout."""

    clock_h: float
    duration_min: float
    met: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of behaviour as it was, whatever the diary says of it."""

    intakes: tuple[Intake, ...]
    exercise_level: str
    bout: Bout | None
    stress_score: float
    stress_clock_h: float
    magnesium_mg: float
    magnesium_supplement_mg: float
    calcium_mg: float
    iron_mg: float
    vitamin_b6_mg: float
    vitamin_b12_ug: float


def draw_day(rng: Generator, person: Person, parameters: BehaviourParameters) -> Day:
    """Draw one day of one person."""
    intakes = [
        Intake(clock_h=float(within(rng, parameters.morning_clock_h)), caffeine_mg=parameters.cup_mg)
        for _ in range(int(rng.poisson(parameters.morning_cups_mean)))
    ]
    if rng.random() < person.evening_caffeine_share:
        dose = float(rng.choice(np.array(parameters.evening_dose_mg)))
        intakes.append(Intake(clock_h=float(within(rng, parameters.evening_clock_h)), caffeine_mg=dose))
    level = str(
        rng.choice(np.array(["none", "moderate", "excessive"]), p=np.array(parameters.exercise_shares))
    )
    bout = None
    if level != "none":
        is_moderate = level == "moderate"
        bout = Bout(
            clock_h=float(within(rng, parameters.exercise_clock_h)),
            duration_min=float(
                within(rng, parameters.moderate_min if is_moderate else parameters.excessive_min)
            ),
            met=float(within(rng, parameters.moderate_met if is_moderate else parameters.excessive_met)),
        )
    diet = np.exp(parameters.nutrient_log_sd * rng.standard_normal(5))
    takes_today = person.takes_magnesium and rng.random() < parameters.supplement_day_share
    return Day(
        intakes=tuple(sorted(intakes, key=lambda intake: intake.clock_h)),
        exercise_level=level,
        bout=bout,
        stress_score=float(np.clip(np.rint(rng.normal(person.stress_mean, parameters.stress_day_sd)), 0, 10)),
        stress_clock_h=float(within(rng, parameters.stress_clock_h)),
        magnesium_mg=person.magnesium_mg * float(diet[0]),
        magnesium_supplement_mg=parameters.supplement_magnesium_mg if takes_today else 0.0,
        calcium_mg=person.calcium_mg * float(diet[1]),
        iron_mg=person.iron_mg * float(diet[2]),
        vitamin_b6_mg=person.vitamin_b6_mg * float(diet[3]),
        vitamin_b12_ug=person.vitamin_b12_ug * float(diet[4]),
    )


def caffeine_in_body_mg(
    dose_mg: float, hours_since: float, half_life_h: float, parameters: BehaviourParameters
) -> float:
    """Amount in the body after one oral dose: first-order absorption, one compartment [mg]."""
    if hours_since <= 0.0:
        return 0.0
    absorb, eliminate = parameters.absorption_per_h, np.log(2.0) / half_life_h
    fall = np.exp(-eliminate * hours_since) - np.exp(-absorb * hours_since)
    return float(dose_mg * absorb / (absorb - eliminate) * fall)


def exposures(
    person: Person,
    day: Day,
    day_before: Day | None,
    lights_off_clock_h: float,
    sleep_before_h: float,
    parameters: BehaviourParameters,
) -> dict[str, float | str]:
    """Return the true exposures of the night that ``day`` leads into, named as in exposure_night."""
    drinks = [(intake.clock_h, intake.caffeine_mg) for intake in day.intakes]
    if day_before is not None:
        drinks += [(intake.clock_h - 24.0, intake.caffeine_mg) for intake in day_before.intakes]
    residual = sum(
        caffeine_in_body_mg(mg, lights_off_clock_h - clock_h, person.caffeine_half_life_h, parameters)
        for clock_h, mg in drinks
    )
    return {
        "caffeine_at_lights_off_mg": residual,
        "exercise_level": day.exercise_level,
        "stress_score": day.stress_score,
        "sleep_debt_h": max(0.0, person.sleep_need_h - sleep_before_h),
        "magnesium_mg": day.magnesium_mg + day.magnesium_supplement_mg,
        "calcium_mg": day.calcium_mg,
        "iron_mg": day.iron_mg,
        "vitamin_b6_mg": day.vitamin_b6_mg,
        "vitamin_b12_ug": day.vitamin_b12_ug,
    }


def exposure_ratio(kind: str, exposed: dict[str, float | str], effects: tuple[PlantedEffect, ...]) -> float:
    """Return the ratio that a night's exposures put on the expected count of one movement kind."""
    ratio = 1.0
    for effect in effects:
        if kind not in effect.kinds:
            continue
        value = exposed[effect.exposure]
        if effect.level:
            ratio *= effect.rate_ratio if value == effect.level else 1.0
        else:
            ratio *= effect.rate_ratio ** ((float(value) - effect.reference) / effect.per_unit)
    return ratio
