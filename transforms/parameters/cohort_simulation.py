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
    waso_min: float = quantity("Wake after sleep onset of an ordinary night.", unit="min", source=_CHOICE)
    wake_jerk_ratio: float = quantity(
        "Rate of leg jumps awake in bed over that asleep.",
        unit="1",
        source="the detector on simulated nights: 32 % of jerks in the 13 % of the time in bed that is wake",
    )
    caffeine_wake_min_per_100_mg: float = quantity(
        "Minutes awake that 100 mg of caffeine add.", unit="min", source=_CHOICE
    )
    stress_caffeine_mg_per_point: float = quantity(
        "Caffeine that one point of stress more brings with it.", unit="mg", source=_CHOICE
    )
    exposed_frac: float = quantity(
        "Share of persons who ever take caffeine, in the order of their numbers.", unit="1", source=_CHOICE
    )
    zero_person_frac: float = quantity("Share of persons whose legs never jump.", unit="1", source=_CHOICE)
    one_leg_frac: float = quantity(
        "Share of nights in which one leg was measured, which sees half; two in the others.",
        unit="1",
        source=_CHOICE,
    )
    missing_stress_log_odds: float = quantity(
        "How the logarithm of the odds that a day is not logged rises with a point of stress.",
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
    waso_min=25.0,
    wake_jerk_ratio=3.0,
    caffeine_wake_min_per_100_mg=0.0,
    stress_caffeine_mg_per_point=0.0,
    exposed_frac=1.0,
    zero_person_frac=0.0,
    one_leg_frac=0.0,
    missing_stress_log_odds=0.0,
    missing_diary_frac=0.15,
    ineligible_frac=0.05,
)
"""Caffeine, exercise and stress matter, magnesium does not; heavy coffee drinkers jump more for another reason too."""


@dataclass(frozen=True, kw_only=True)
class CohortDeviceParameters:
    """What the devices and the laboratory of such a cohort are like; nobody wore or scored anything."""

    calibrated_frac: float = quantity("Share of recordings that can be calibrated.", unit="1", source=_CHOICE)
    faulty_frac: float = quantity("Share of recordings with a faulty block.", unit="1", source=_CHOICE)
    error_before_mg: float = quantity("Median calibration error as delivered.", unit="mg", source=_CHOICE)
    error_after_mg: float = quantity("Median calibration error after calibration.", unit="mg", source=_CHOICE)
    laboratory_frac: float = quantity(
        "Share of persons whose first night was scored in a laboratory, too.", unit="1", source=_CHOICE
    )
    laboratory_plm_per_h: float = quantity("Median rate of the scorer in sleep.", unit="1/h", source=_CHOICE)
    sensitivity_frac: float = quantity(
        "Share of the scorer's movements that the sensor has.", unit="1", source=_CHOICE
    )
    precision_frac: float = quantity(
        "Share of the sensor's movements that the scorer has.", unit="1", source=_CHOICE
    )


PLAIN_DEVICES = CohortDeviceParameters(
    calibrated_frac=0.85,
    faulty_frac=0.12,
    error_before_mg=12.0,
    error_after_mg=3.0,
    laboratory_frac=0.4,
    laboratory_plm_per_h=9.0,
    sensitivity_frac=0.85,
    precision_frac=0.75,
)
"""Good devices with ordinary faults, and a sensor that misses some movements and sees others that no electrode does."""


@dataclass(frozen=True, kw_only=True)
class CohortLifeParameters:
    """What else the people of such a cohort write down and do; none of it moves the legs."""

    vigorous_frac: float = quantity("Share of bouts that are vigorous.", unit="1", source=_CHOICE)
    vigorous_met: float = quantity("What vigorous bouts take.", unit="MET", source=_CHOICE)
    rated_frac: float = quantity("Share of days after a night that are rated.", unit="1", source=_CHOICE)
    sleepiness_per_h: float = quantity(
        "Points of sleepiness for an hour of sleep less.", unit="points", source=_CHOICE
    )
    medicated_frac: float = quantity(
        "Share of persons with a drug, of each of three classes.", unit="1", source=_CHOICE
    )
    restless_per_h: float = quantity(
        "Median rate of movements at rest in the hour before sleep.", unit="1/h", source=_CHOICE
    )


PLAIN_LIFE = CohortLifeParameters(
    vigorous_frac=0.35,
    vigorous_met=8.0,
    rated_frac=0.85,
    sleepiness_per_h=0.5,
    medicated_frac=0.09,
    restless_per_h=9.0,
)
"""An ordinary day after, ordinary medicines, legs that are restless in those whose score says so."""
