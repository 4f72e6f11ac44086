"""Numbers of a cohort simulated at the level of tables: no signal, only what detection would have found."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_CHOICE = "engineering choice: a plausible study, with effects that it has the power to find"


@dataclass(frozen=True, kw_only=True)
class CohortSimulationParameters:
    """Rates, their spread, what moves them, and what is missing."""

    jerk_rate_per_h: float = quantity(
        "Leg jumps of the median person on a plain night.", unit="1/h", source=_CHOICE
    )
    person_sd: float = quantity("Spread of the log rate between persons.", unit="1", source=_CHOICE)
    overdispersion: float = quantity(
        "Variance of the factor by which a night differs from the person's others; 0 is a Poisson count.",
        unit="1",
        source="night-to-night variation of PLMS of 43 % of the mean: Skeba 2016",
    )
    hypnic_jerk_frac: float = quantity("Share of leg jumps that are hypnic jerks.", unit="1", source=_CHOICE)
    caffeine_ratio_per_100_mg: float = quantity("Rate ratio of 100 mg of caffeine.", unit="1", source=_CHOICE)
    exercise_ratio_per_300_met_min: float = quantity(
        "Rate ratio of 300 MET min of exercise.", unit="1", source=_CHOICE
    )
    stress_ratio_per_point: float = quantity(
        "Rate ratio of one point of stress from 0 to 10.", unit="1", source=_CHOICE
    )
    magnesium_ratio_per_100_mg: float = quantity(
        "Rate ratio of 100 mg of magnesium.", unit="1", source=_CHOICE
    )
    confounding: float = quantity(
        "Log rate by which a person one standard deviation above others in usual caffeine jumps more, caffeine apart.",
        unit="1",
        source=_CHOICE,
    )
    missing_diary_frac: float = quantity("Share of days that a diary was not kept.", unit="1", source=_CHOICE)
    ineligible_frac: float = quantity("Share of nights with too little wear.", unit="1", source=_CHOICE)


PLAIN_COHORT = CohortSimulationParameters(
    jerk_rate_per_h=6.0,
    person_sd=0.5,
    overdispersion=0.15,
    hypnic_jerk_frac=0.1,
    caffeine_ratio_per_100_mg=1.12,
    exercise_ratio_per_300_met_min=1.10,
    stress_ratio_per_point=1.06,
    magnesium_ratio_per_100_mg=1.0,
    confounding=0.3,
    missing_diary_frac=0.15,
    ineligible_frac=0.05,
)
"""Caffeine, exercise and stress matter, magnesium does not; heavy coffee drinkers jump more for another reason too."""
