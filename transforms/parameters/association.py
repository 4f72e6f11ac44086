"""Numbers of the models that relate counts of a night to what came before it."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_STEP = "engineering choice: a step that people can picture; it scales the ratio and changes no test"


@dataclass(frozen=True, kw_only=True)
class ExposureSteps:
    """By how much of each exposure a rate ratio is told; the fields are columns of exposure_night."""

    caffeine_mg: float = quantity("Step of caffeine, a cup of coffee.", unit="mg", source=_STEP)
    caffeine_after_14h_mg: float = quantity("Step of caffeine after 14:00.", unit="mg", source=_STEP)
    caffeine_at_lights_off_mg: float = quantity("Step of caffeine at lights-off.", unit="mg", source=_STEP)
    exercise_met_min: float = quantity("Step of exercise, an hour at 5 MET.", unit="MET min", source=_STEP)
    vigorous_min: float = quantity("Step of vigorous exercise.", unit="min", source=_STEP)
    stress_score: float = quantity("Step of stress on its scale.", unit="points", source=_STEP)
    stress_z: float = quantity("Step of stress against the person's usual.", unit="1", source=_STEP)
    magnesium_mg: float = quantity("Step of magnesium.", unit="mg", source=_STEP)
    calcium_mg: float = quantity("Step of calcium.", unit="mg", source=_STEP)
    iron_mg: float = quantity("Step of iron.", unit="mg", source=_STEP)
    vitamin_b6_mg: float = quantity("Step of vitamin B6.", unit="mg", source=_STEP)
    vitamin_b12_ug: float = quantity("Step of vitamin B12.", unit="ug", source=_STEP)
    sleep_debt_h: float = quantity("Step of sleep debt.", unit="h", source=_STEP)
    lag1_caffeine_mg: float = quantity("Step of the day before's caffeine.", unit="mg", source=_STEP)
    lag1_exercise_met_min: float = quantity(
        "Step of the day before's exercise.", unit="MET min", source=_STEP
    )
    lag1_stress_score: float = quantity("Step of the day before's stress.", unit="points", source=_STEP)
    lag1_magnesium_mg: float = quantity("Step of the day before's magnesium.", unit="mg", source=_STEP)


@dataclass(frozen=True, kw_only=True)
class AssociationParameters:
    """Who enters a model, how sure its answers are, and in which steps they are told."""

    min_night_count: int = quantity(
        "Nights with outcome and exposure that a person needs, to tell deviations from the person's mean.",
        unit="1",
        compared=">= enters",
        source="contextual effects are unreliable with few occasions: Bell 2019, doi:10.1007/s11135-018-0802-x",
    )
    min_participant_count: int = quantity(
        "Persons that a model needs for robust errors to mean anything.",
        unit="1",
        compared=">= is fitted",
        source="engineering choice: below, the sandwich has fewer slices than the model has coefficients",
    )
    few_participant_count: int = quantity(
        "Below this number of persons errors are bias-reduced.",
        unit="1",
        compared="< is bias-reduced",
        source="Mancl 2001, doi:10.1111/j.0006-341X.2001.00126.x names about 40; 400 in view of "
        "`legjumps benchmark association`, where persons differ much in their counts",
    )
    max_participant_count: int = quantity(
        "Beyond this number of persons a fixed sample of them is fitted.",
        unit="1",
        compared="<= are all fitted",
        source="engineering choice: a fit takes seconds there, and its intervals are already narrow",
    )
    power_frac: float = quantity(
        "Power at which the detectable rate ratio is told.", unit="1", source="convention"
    )
    step: ExposureSteps


DECLARED_ASSOCIATIONS = AssociationParameters(
    min_night_count=5,
    min_participant_count=10,
    few_participant_count=400,
    max_participant_count=10_000,
    power_frac=0.8,
    step=ExposureSteps(
        caffeine_mg=100.0,
        caffeine_after_14h_mg=100.0,
        caffeine_at_lights_off_mg=50.0,
        exercise_met_min=300.0,
        vigorous_min=30.0,
        stress_score=1.0,
        stress_z=1.0,
        magnesium_mg=100.0,
        calcium_mg=500.0,
        iron_mg=10.0,
        vitamin_b6_mg=1.0,
        vitamin_b12_ug=2.4,
        sleep_debt_h=1.0,
        lag1_caffeine_mg=100.0,
        lag1_exercise_met_min=300.0,
        lag1_stress_score=1.0,
        lag1_magnesium_mg=100.0,
    ),
)
"""What is asked of every study, before anyone has seen its data."""
