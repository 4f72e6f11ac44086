"""Numbers of the warehouse: nightly rates, levels of exposure, groups of people, intervals."""

from dataclasses import dataclass

from transforms.parameters.association import DECLARED_ASSOCIATIONS, AssociationParameters
from transforms.parameters.describe import quantity

_EFSA = "EFSA Journal 2015;13(5):4102"
_IPAQ = "IPAQ scoring protocol 2005"
_STUTZ = "Stutz 2019, doi:10.1007/s40279-018-1015-0"


@dataclass(frozen=True, kw_only=True)
class NightRateParameters:
    """How one night's movements become indices."""

    periodicity_above_s: float = quantity(
        "Shortest interval between movements that counts as periodic.",
        unit="s",
        compared="> counts",
        source="Ferri 2006, Sleep 29:759",
    )
    periodicity_max_s: float = quantity(
        "Longest interval between movements that counts as periodic.",
        unit="s",
        compared="<= counts",
        source="Ferri 2006, Sleep 29:759",
    )
    periodicity_min_run_count: int = quantity(
        "Consecutive periodic intervals that make a run.",
        unit="1",
        compared=">= is a run",
        source="Ferri 2006, Sleep 29:759",
    )
    log_imi_min_s: float = quantity(
        "Shortest interval in mean and deviation of the logarithm of the intervals.",
        unit="s",
        compared=">= counts",
        source="WASM 2016, the range of periodic intervals: Ferri 2016, doi:10.1016/j.sleep.2016.10.010",
    )
    log_imi_max_s: float = quantity(
        "Longest interval in mean and deviation of the logarithm of the intervals.",
        unit="s",
        compared="<= counts",
        source="WASM 2016: Ferri 2016, doi:10.1016/j.sleep.2016.10.010",
    )
    short_interval_below_s: float = quantity(
        "Below this interval a movement outside series is a short-interval movement.",
        unit="s",
        compared="< is short",
        source="WASM 2016: Ferri 2016, doi:10.1016/j.sleep.2016.10.010",
    )
    min_confidence_frac: float = quantity(
        "Confidence of a movement that counts as clear in the sensitivity analysis.",
        unit="1",
        compared=">= is clear",
        source="engineering choice: the upper part of the scale of confidence",
    )


@dataclass(frozen=True, kw_only=True)
class ExposureLevelParameters:
    """Limits between the levels of exposure in the tables jerk_rate_by_*."""

    caffeine_some_mg: float = quantity(
        "Upper limit of a little caffeine: a single dose that may disturb sleep near bedtime.",
        unit="mg",
        compared="<= is a little",
        source=f"{_EFSA}, section 4.2",
    )
    caffeine_single_dose_mg: float = quantity(
        "Upper limit of a moderate amount: a single dose without safety concern.",
        unit="mg",
        compared="<= is moderate",
        source=_EFSA,
    )
    caffeine_daily_mg: float = quantity(
        "Upper limit of much caffeine: a day's total without safety concern.",
        unit="mg",
        compared="<= is much, above is more than the daily limit",
        source=_EFSA,
    )
    caffeine_residual_some_mg: float = quantity(
        "Upper limit of little caffeine left in the body at lights-off.",
        unit="mg",
        compared="<= is little",
        source="engineering choice: what one cup leaves one half-life later",
    )
    exercise_moderate_met_min: float = quantity(
        "Lower limit of a moderately active day: 600 MET min a week over 5 days.",
        unit="MET min",
        compared=">= is moderate",
        source=_IPAQ,
    )
    exercise_high_met_min: float = quantity(
        "Lower limit of a highly active day: 3000 MET min a week over 7 days.",
        unit="MET min",
        compared=">= is high",
        source=_IPAQ,
    )
    exercise_just_before_h: float = quantity(
        "Exercise that ended this long before lights-off or less ended just before.",
        unit="h",
        compared="<= is just before",
        source=_STUTZ,
    )
    exercise_evening_h: float = quantity(
        "Exercise that ended at least this long before lights-off ended well before.",
        unit="h",
        compared=">= is well before",
        source="engineering choice after the 4 h window of studies of evening exercise",
    )
    pss10_moderate_score: float = quantity(
        "Lower limit of moderate stress on the PSS-10.",
        unit="points",
        compared=">= is moderate",
        source="customary bands of the PSS-10 (its author gives none)",
    )
    pss10_high_score: float = quantity(
        "Lower limit of high stress on the PSS-10.",
        unit="points",
        compared=">= is high",
        source="customary bands of the PSS-10 (its author gives none)",
    )
    pss4_high_score: float = quantity(
        "Lower limit of high stress on the PSS-4.",
        unit="points",
        compared=">= is high",
        source="customary cut of the PSS-4 (its author gives none)",
    )
    rating_moderate_score: float = quantity(
        "Lower limit of moderate stress on a rating from 0 to 10.",
        unit="points",
        compared=">= is moderate",
        source="engineering choice: thirds of the scale",
    )
    rating_high_score: float = quantity(
        "Lower limit of high stress on a rating from 0 to 10.",
        unit="points",
        compared=">= is high",
        source="engineering choice: thirds of the scale",
    )
    stai_moderate_score: float = quantity(
        "Lower limit of moderate anxiety on the STAI state scale.",
        unit="points",
        compared=">= is moderate",
        source="customary bands 20-37, 38-44, 45-80 of the STAI",
    )
    stai_high_score: float = quantity(
        "Lower limit of high anxiety on the STAI state scale.",
        unit="points",
        compared=">= is high",
        source="customary bands 20-37, 38-44, 45-80 of the STAI",
    )
    stress_usual_z: float = quantity(
        "Half width of the band of usual stress, in standard deviations.",
        unit="1",
        compared="-x < z < x is usual",
        source="engineering choice: about the middle 40 % of a normal variable",
    )
    rda_low_ratio: float = quantity(
        "Below this share of the recommended allowance an intake is low.",
        unit="1",
        compared="< is low",
        source="engineering choice: two thirds of the allowance, customary in nutrition surveys",
    )
    rda_met_ratio: float = quantity(
        "From this share on the recommended allowance is met.",
        unit="1",
        compared=">= is met",
        source="definition of the recommended dietary allowance (IOM)",
    )


@dataclass(frozen=True, kw_only=True)
class GroupParameters:
    """Groups of people in the cohort summary."""

    age_from_31_year: int = quantity(
        "First year of age of the second adult group.",
        unit="year",
        compared=">= belongs to it",
        source="life-stage groups of the dietary reference intakes (IOM)",
    )
    age_from_51_year: int = quantity(
        "First year of age of the third adult group.",
        unit="year",
        compared=">= belongs to it",
        source="life-stage groups of the dietary reference intakes (IOM)",
    )
    age_from_71_year: int = quantity(
        "First year of age of the fourth adult group.",
        unit="year",
        compared=">= belongs to it",
        source="life-stage groups of the dietary reference intakes (IOM)",
    )
    irls_moderate_score: float = quantity(
        "Lower limit of at least moderate restless legs on the IRLS.",
        unit="points",
        compared=">= is moderate or worse",
        source="IRLSSG rating scale: Walters 2003, doi:10.1016/S1389-9457(02)00258-7",
    )
    low_ferritin_ug_l: float = quantity(
        "Upper limit of ferritin at which iron is considered in restless legs.",
        unit="ug/L",
        compared="<= is low",
        source="Allen 2018, doi:10.1016/j.sleep.2017.11.1126",
    )


@dataclass(frozen=True, kw_only=True)
class IntervalParameters:
    """How sure an interval is."""

    confidence_frac: float = quantity(
        "Share of repetitions in which an interval covers the truth.",
        unit="1",
        source="convention",
    )
    min_participant_count: int = quantity(
        "Fewest participants whose differences make an interval of a group's rate.",
        unit="1",
        compared=">= has an interval",
        source="engineering choice: below, the spread between persons is told by too few of them",
    )


@dataclass(frozen=True, kw_only=True)
class CohortParameters:
    """All numbers that the SQL of the warehouse reads."""

    night_rate: NightRateParameters
    level: ExposureLevelParameters
    group: GroupParameters
    interval: IntervalParameters
    association: AssociationParameters


FERRI_2006_RATES = NightRateParameters(
    periodicity_above_s=10.0,
    periodicity_max_s=90.0,
    periodicity_min_run_count=3,
    log_imi_min_s=10.0,
    log_imi_max_s=90.0,
    short_interval_below_s=10.0,
    min_confidence_frac=0.8,
)
"""Periodicity index in its interval form; intervals of WASM 2016."""

PUBLISHED_LEVELS = ExposureLevelParameters(
    caffeine_some_mg=100.0,
    caffeine_single_dose_mg=200.0,
    caffeine_daily_mg=400.0,
    caffeine_residual_some_mg=50.0,
    exercise_moderate_met_min=600 / 5,
    exercise_high_met_min=3000 / 7,
    exercise_just_before_h=1.0,
    exercise_evening_h=4.0,
    pss10_moderate_score=14.0,
    pss10_high_score=27.0,
    pss4_high_score=6.0,
    rating_moderate_score=4.0,
    rating_high_score=7.0,
    stai_moderate_score=38.0,
    stai_high_score=45.0,
    stress_usual_z=0.5,
    rda_low_ratio=2 / 3,
    rda_met_ratio=1.0,
)
"""Levels with published limits where there are any."""

IOM_GROUPS = GroupParameters(
    age_from_31_year=31,
    age_from_51_year=51,
    age_from_71_year=71,
    irls_moderate_score=11.0,
    low_ferritin_ug_l=75.0,
)
"""Life stages of the dietary reference intakes; clinical limits of restless legs."""

NIGHTLY_COHORT = CohortParameters(
    night_rate=FERRI_2006_RATES,
    level=PUBLISHED_LEVELS,
    group=IOM_GROUPS,
    interval=IntervalParameters(confidence_frac=0.95, min_participant_count=10),
    association=DECLARED_ASSOCIATIONS,
)
"""What the warehouse reads unless the study says otherwise."""
