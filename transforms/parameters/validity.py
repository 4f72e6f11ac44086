"""How a detected movement is held against the truth."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class ValidityParameters:
    """When two events are the same, and how sure the figures are."""

    min_overlap_frac: float = quantity(
        "Intersection over union of the two intervals.",
        unit="1",
        compared=">= may match",
        source="0.20 as in the PSG-IPA comparison of scorers",
    )
    onset_tolerance_s: float = quantity(
        "Distance of the onsets.",
        unit="s",
        compared="<= may match, whatever the overlap",
        source="engineering choice: the least duration of a leg movement",
    )
    bootstrap_count: int = quantity("Resamples of whole nights.", unit="1", source="engineering choice")
    bootstrap_seed: int = quantity("Seed of the resampling.", unit="1", source="engineering choice")
    confidence_frac: float = quantity("Coverage of the intervals.", unit="1", source="convention")


EVENT_MATCHING_2026 = ValidityParameters(
    min_overlap_frac=0.2, onset_tolerance_s=0.5, bootstrap_count=2000, bootstrap_seed=1, confidence_frac=0.95
)


@dataclass(frozen=True, kw_only=True)
class ScenarioFigureParameters:
    """What of a scenario's night is held against its truth."""

    least_leg_movement_g: float = quantity(
        "True leg movements below it may be missed.",
        unit="g",
        compared=">= counts",
        source="engineering choice: three times the least threshold of a detector of this kind (20 mg, Pendulum)",
    )
    least_turn_deg: float = quantity(
        "Change of posture that one leg can know for a turn.",
        unit="deg",
        compared=">= counts",
        source="Pendulum, docs/02-science.md @7c5b6ea: 20 degrees",
    )
    near_onset_min: float = quantity(
        "Hypnic jerks farther from sleep onset belong to a return to sleep.",
        unit="min",
        compared="<= counts",
        source="engineering choice",
    )
    known_onset_min: float = quantity(
        "Error of sleep onset with which hypnic jerks can still be told from twitches.",
        unit="min",
        compared="<= counts",
        source="engineering choice",
    )
    short_sleep_frac: float = quantity(
        "Part of the true sleep below which a known night is badly wrong.",
        unit="frac",
        compared="< is wrong",
        source="engineering choice",
    )
    diary_doubt_min: float = quantity(
        "Distance of diary and leg at which a study should hear of it.",
        unit="min",
        compared="> is doubted",
        source="engineering choice: a clock an hour off must be told, half an hour of reading in bed must not",
    )
    least_aplm_per_h: float = quantity(
        "Mean true aPLM below which a relative bias says nothing.",
        unit="1/h",
        compared=">= counts",
        source="engineering choice",
    )


SCENARIO_FIGURES_2026 = ScenarioFigureParameters(
    least_leg_movement_g=0.06,
    least_turn_deg=20.0,
    near_onset_min=15.0,
    known_onset_min=20.0,
    short_sleep_frac=0.5,
    diary_doubt_min=45.0,
    least_aplm_per_h=2.0,
)
