"""How a detected movement is held against the truth."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class ValidityParameters:
    """When two events are the same, and how sure the figures are."""

    min_overlap_frac: float = quantity(
        "Intersection over union of the two intervals",
        unit="1",
        compared=">= may match",
        source="0.20 as in the PSG-IPA comparison of scorers",
    )
    onset_tolerance_s: float = quantity(
        "Distance of the onsets",
        unit="s",
        compared="<= may match, whatever the overlap",
        source="engineering choice: the least duration of a leg movement",
    )
    bootstrap_count: int = quantity("Resamples of whole nights", unit="1", source="engineering choice")
    bootstrap_seed: int = quantity("Seed of the resampling", unit="1", source="engineering choice")
    confidence_frac: float = quantity("Coverage of the intervals", unit="1", source="convention")


EVENT_MATCHING_2026 = ValidityParameters(
    min_overlap_frac=0.2, onset_tolerance_s=0.5, bootstrap_count=2000, bootstrap_seed=1, confidence_frac=0.95
)
