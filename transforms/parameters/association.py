"""Numbers of the models that relate counts of a night to what came before it."""

from dataclasses import dataclass, make_dataclass

from transforms.parameters.describe import quantity
from transforms.schema import NUTRIENTS

_STEP = "engineering choice: a step that people can picture; it scales the ratio and changes no test"


@dataclass(frozen=True, kw_only=True)
class ExposureSteps:
    """By how much of each exposure a rate ratio is told; the fields are columns of exposure_night.

    Those of nutrients are added from their list.
    """

    caffeine_mg: float = quantity("Step of caffeine, a cup of coffee.", unit="mg", source=_STEP)
    caffeine_after_14h_mg: float = quantity("Step of caffeine after 14:00.", unit="mg", source=_STEP)
    caffeine_at_lights_off_mg: float = quantity("Step of caffeine at lights-off.", unit="mg", source=_STEP)
    exercise_met_min: float = quantity("Step of exercise, an hour at 5 MET.", unit="MET min", source=_STEP)
    vigorous_min: float = quantity("Step of vigorous exercise.", unit="min", source=_STEP)
    stress_score: float = quantity("Step of stress on its scale.", unit="points", source=_STEP)
    stress_z: float = quantity("Step of stress against the person's usual.", unit="1", source=_STEP)
    sleep_debt_h: float = quantity("Step of sleep debt.", unit="h", source=_STEP)


StepsWithNutrients = make_dataclass(
    "StepsWithNutrients",
    [
        (one.column, float, quantity(f"Step of {one.title}.", unit=one.unit, source=_STEP))
        for one in NUTRIENTS
    ],
    bases=(ExposureSteps,),
    frozen=True,
    kw_only=True,
)


@dataclass(frozen=True, kw_only=True)
class AssociationParameters:
    """Who enters a model, how sure its answers are, and in which steps they are told."""

    min_night_count: int = quantity(
        "Nights with outcome and exposure that a person needs, to have a deviation from the own mean.",
        unit="1",
        compared=">= enters",
        source="definition: one night is its own mean",
    )
    min_mean_night_count: int = quantity(
        "Nights with outcome and exposure that make a person's mean, for effects between persons.",
        unit="1",
        compared=">= enters",
        source="contextual effects are unreliable with few occasions: Bell 2019, doi:10.1007/s11135-018-0802-x",
    )
    min_informative_participant_count: int = quantity(
        "Persons within whom the exposure varies, with at least one event, that an effect within persons needs.",
        unit="1",
        compared=">= is fitted",
        source="engineering choice: the sandwich has one slice for each of them; of 2 to 8 a null exposure was "
        "found in 10 to 16 % of simulated cohorts",
    )
    few_informative_participant_count: int = quantity(
        "Below this number of informative persons a permutation test stands beside the model's.",
        unit="1",
        compared="< is permuted",
        source="engineering choice, `legjumps benchmark association`; permutation: Winkler 2015, "
        "doi:10.1016/j.neuroimage.2015.05.092",
    )
    permutation_count: int = quantity(
        "Shuffles of each person's nights in the permutation test.",
        unit="1",
        source="convention: 999 tell a p of 5 % to 0.7 points",
    )
    participants_per_column_count: int = quantity(
        "Persons for each column that does not vary within persons.",
        unit="1",
        compared=">= enters",
        source="ten for each coefficient: Peduzzi 1996, doi:10.1016/S0895-4356(96)00236-3",
    )
    max_complete_case_missing_frac: float = quantity(
        "Part of the nights with something unknown up to which these nights are left out.",
        unit="1",
        compared="> is imputed",
        source="customary: Jakobsen 2017, doi:10.1186/s12874-017-0442-1",
    )
    max_unknown_frac: float = quantity(
        "Part of the nights in which a covariate may be unknown and still be imputed.",
        unit="1",
        compared="> is left out",
        source="engineering choice: beyond, the imputation tells more of the column than its diary does",
    )
    imputation_count: int = quantity(
        "Imputations of what diaries do not tell.",
        unit="1",
        source="Graham 2007, doi:10.1007/s11121-007-0070-9",
    )
    random_seed: int = quantity(
        "Seed of imputations and permutations: the same nights give the same answers.",
        unit="1",
        source="any number",
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
    max_imputed_participant_count: int = quantity(
        "Number of persons up to which all are fitted where something is imputed, which is fitted many times.",
        unit="1",
        compared="<= are all fitted",
        source="engineering choice: a question takes seconds there, and its intervals are already narrow",
    )
    power_frac: float = quantity(
        "Power at which the detectable rate ratio is told.", unit="1", source="convention"
    )
    step: ExposureSteps


DECLARED_ASSOCIATIONS = AssociationParameters(
    min_night_count=2,
    min_mean_night_count=5,
    min_participant_count=10,
    min_informative_participant_count=10,
    few_informative_participant_count=30,
    permutation_count=999,
    participants_per_column_count=10,
    max_complete_case_missing_frac=0.05,
    max_unknown_frac=0.5,
    imputation_count=20,
    random_seed=17,
    few_participant_count=400,
    max_participant_count=10_000,
    max_imputed_participant_count=1_000,
    power_frac=0.8,
    step=StepsWithNutrients(
        caffeine_mg=100.0,
        caffeine_after_14h_mg=100.0,
        caffeine_at_lights_off_mg=50.0,
        exercise_met_min=300.0,
        vigorous_min=30.0,
        stress_score=1.0,
        stress_z=1.0,
        sleep_debt_h=1.0,
        **{one.column: one.step for one in NUTRIENTS},
    ),
)
"""What is asked of every study, before anyone has seen its data."""
