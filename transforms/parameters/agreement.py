"""How a sensor and a scorer, or two scorers, are held against each other."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class AgreementParameters:
    """Matching of events, alignment of clocks, epochs, and what is said of the cohort."""

    min_overlap_frac: float = quantity(
        "Smallest overlap of two movements that are one and the same: intersection over union.",
        unit="1",
        compared=">= matches",
        source="PSG-IPA (PhysioNet): agreement of twelve scorers at an intersection over union of 0.20",
    )
    max_clock_offset_s: float = quantity(
        "Largest offset between the clocks of the two systems that is looked for.",
        unit="s",
        compared="<= is looked for",
        source="engineering choice: clocks set by hand are off by up to minutes",
    )
    clock_window_s: float = quantity(
        "Width of the window of onset differences in which pairs agree about the offset.",
        unit="s",
        source="engineering choice: onset of movement follows onset of muscle activity by tenths of a second",
    )
    min_clock_pairs: int = quantity(
        "Fewest agreeing pairs from which an offset is believed.", unit="1", compared=">= is believed",
        source="engineering choice: fewer agree by chance in a night of a few hundred movements",
    )  # fmt: skip
    min_clock_ratio: float = quantity(
        "The best window must hold this many times the pairs of the best one that does not touch it.",
        unit="1",
        compared=">= is believed",
        source="engineering choice: periodic movements agree almost as well one period off",
    )
    epoch_s: float = quantity("Epoch of Cohen's kappa.", unit="s", source="AASM manual, version 3")
    confidence_frac: float = quantity("Coverage of all intervals.", unit="1", source="convention")
    bootstrap_count: int = quantity(
        "Resamples of participants for pooled measures.",
        unit="1",
        source="Efron & Tibshirani 1993: 1000 and more for percentile intervals",
    )
    threshold_per_h: float = quantity(
        "Index of the scorer above which disorder is considered in adults.",
        unit="1/h",
        compared="> is above",
        source="ICSD-3 2014; not transferable to acceleration: Terrill 2013",
    )


SCORER_AGREEMENT = AgreementParameters(
    min_overlap_frac=0.2,
    max_clock_offset_s=120.0,
    clock_window_s=1.0,
    min_clock_pairs=10,
    min_clock_ratio=1.5,
    epoch_s=30.0,
    confidence_frac=0.95,
    bootstrap_count=2000,
    threshold_per_h=15.0,
)
