"""The simulated people: who they are and how much their legs move before anything else acts on them."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from transforms.parameters.simulation import SimulationParameters
from transforms.simulation.shapes import within

REFERENCE_YEAR = 2026
_DRUGS = (
    ("sertraline", "ssri", 50.0),
    ("pramipexole", "dopaminergic", 0.25),
    ("clonazepam", "benzodiazepine", 0.5),
    ("ferrous sulfate", "iron", 65.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One participant's lasting properties."""

    participant_id: str
    sex: str
    birth_year: int
    weight_kg: float
    is_smoker: bool
    uses_oral_contraceptive: bool
    ferritin_ug_l: float
    irls_score: float
    is_restless: bool
    rate_ratio: float  # person effect on every jerk kind
    periodic_per_h: float  # expected periodic leg movements per hour asleep; 0 without series
    imi_median_s: float
    turns_per_h: float
    left_share: float  # of leg movements that the left leg leads
    lights_off_clock_h: float
    sleep_need_h: float
    caffeine_half_life_h: float
    evening_caffeine_share: float
    stress_mean: float
    takes_magnesium: bool
    drug: tuple[str, str, float] | None
    magnesium_mg: float
    calcium_mg: float
    iron_mg: float
    vitamin_b6_mg: float
    vitamin_b12_ug: float


def draw_person(
    rng: Generator, participant_id: str, parameters: SimulationParameters, *, is_restless: bool | None = None
) -> Person:
    """Draw one participant; ``is_restless`` overrides the drawn restless-legs status.

    Who moves more also drinks more coffee in the evening: a pooled comparison of people is confounded, the
    comparison of one person's nights is not.
    """
    traits, rate = parameters.person, parameters.rate
    behaviour, sleep = parameters.behaviour, parameters.sleep
    standing = float(rng.standard_normal())
    restless_draw, series_draw = rng.random(2)
    is_restless = bool(restless_draw < rate.restless_share) if is_restless is None else is_restless
    spread = float(np.exp(traits.periodic_log_sd * rng.standard_normal()))
    has_series = is_restless or series_draw < rate.series_share
    per_h = rate.periodic_per_h_restless if is_restless else rate.periodic_per_h_median
    is_female = bool(rng.random() < traits.female_share)
    age_years = int(within(rng, traits.age_years))
    smokes = bool(rng.random() < traits.smoker_share)
    may_take = is_female and age_years < traits.contraceptive_until_years
    contraceptive = bool(rng.random() < traits.contraceptive_share) and may_take
    half_life_h = behaviour.half_life_h * float(np.exp(behaviour.half_life_log_sd * rng.standard_normal()))
    half_life_h *= behaviour.smoker_half_life_ratio if smokes else 1.0
    half_life_h *= behaviour.contraceptive_half_life_ratio if contraceptive else 1.0
    diet = np.exp(behaviour.nutrient_log_sd * rng.standard_normal(5))
    is_medicated = bool(rng.random() < behaviour.medication_share)
    drug = _DRUGS[int(rng.integers(len(_DRUGS)))]
    ferritin_ug_l = traits.ferritin_median_restless_ug_l if is_restless else traits.ferritin_median_ug_l
    evening_share = behaviour.evening_caffeine_share + traits.caffeine_confounding * standing
    return Person(
        participant_id=participant_id,
        sex="female" if is_female else "male",
        birth_year=REFERENCE_YEAR - age_years,
        weight_kg=round(
            max(float(rng.normal(traits.weight_kg[0 if is_female else 1], traits.weight_sd_kg)), 40.0), 1
        ),
        is_smoker=smokes,
        uses_oral_contraceptive=contraceptive,
        ferritin_ug_l=round(ferritin_ug_l * float(np.exp(traits.ferritin_log_sd * rng.standard_normal())), 1),
        irls_score=float(
            np.rint(within(rng, traits.irls_score_restless if is_restless else traits.irls_score))
        ),
        is_restless=is_restless,
        rate_ratio=float(np.exp(rate.person_log_sd * standing - rate.person_log_sd**2 / 2.0)),
        periodic_per_h=per_h * spread if has_series else 0.0,
        imi_median_s=rate.imi_median_s * float(np.exp(traits.imi_person_log_sd * rng.standard_normal())),
        turns_per_h=float(within(rng, sleep.turns_per_h)),
        left_share=float(np.clip(rng.normal(0.5, traits.left_share_sd), 0.1, 0.9)),
        lights_off_clock_h=sleep.lights_off_clock_h
        + sleep.person_lights_off_sd_min / 60.0 * float(rng.standard_normal()),
        sleep_need_h=sleep.sleep_need_h + traits.sleep_need_sd_h * float(rng.standard_normal()),
        caffeine_half_life_h=half_life_h,
        evening_caffeine_share=float(np.clip(evening_share, 0.1, 0.9)),
        stress_mean=float(np.clip(rng.normal(behaviour.stress_mean, behaviour.stress_person_sd), 0.5, 9.0)),
        takes_magnesium=bool(rng.random() < behaviour.supplement_share),
        drug=drug if is_medicated else None,
        magnesium_mg=traits.magnesium_mg * float(diet[0]),
        calcium_mg=traits.calcium_mg * float(diet[1]),
        iron_mg=traits.iron_mg * float(diet[2]),
        vitamin_b6_mg=traits.vitamin_b6_mg * float(diet[3]),
        vitamin_b12_ug=traits.vitamin_b12_ug * float(diet[4]),
    )
