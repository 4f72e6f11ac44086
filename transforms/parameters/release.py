"""What may leave the house, and how many warehouses stay."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class ReleaseParameters:
    """The limits of disclosure control and of what is kept."""

    minimum_participant_count: int = quantity(
        "Fewest participants with an event behind a released cell; smaller cells are withheld.",
        unit="1",
        compared=">= is released",
        source="Griffiths et al. 2019, SDC Handbook, section 3: 10 is the cautious end of 5 to 10",
        low=5,
    )
    minimum_residual_count: int = quantity(
        "Fewest residual degrees of freedom of a released model: with none it would be the data themselves.",
        unit="1",
        compared=">= is released",
        source="ACRO (Preen et al. 2022, arXiv:2212.02935), check_min_dof: 10",
        low=5,
    )
    dominance_frac: float = quantity(
        "Largest share of a cell's sum that its two largest contributors may hold together.",
        unit="1",
        compared="> is withheld",
        source="ACRO (Preen et al. 2022, arXiv:2212.02935), NK rule: n = 2, k = 90 %",
    )
    p_ratio_frac: float = quantity(
        "Least that all but the two largest contributors bring, as a share of the largest: below, the second largest "
        "could work the largest out to within this share.",
        unit="1",
        compared="< is withheld",
        source="ACRO (Preen et al. 2022, arXiv:2212.02935), p-ratio rule: p = 10 %",
    )
    participant_base: int = quantity(
        "Released numbers of participants are rounded to multiples of this.",
        unit="1",
        source="Griffiths et al. 2019, SDC Handbook, section 4.3: rounding to base 5",
    )
    night_base: int = quantity(
        "Released numbers of nights are rounded to multiples of this.",
        unit="1",
        source="engineering choice: about the nights of one person in a study of one or two weeks",
    )
    rate_digits: int = quantity(
        "Significant digits of released rates, ratios and their limits.",
        unit="1",
        source="engineering choice: an interval of a rate is never narrower",
    )
    hour_digits: int = quantity(
        "Significant digits of released sums of hours.",
        unit="1",
        source="engineering choice: a rate times its hours must not give the events of a person back",
    )
    noise_least_frac: float = quantity(
        "Least noise of a released sum, as a share of its largest contributor.",
        unit="1",
        source="engineering choice: as in magnitude tables of the Australian Bureau of Statistics noise is never near zero "
        "(Thompson, Broadfoot and Elazar 2013, TableBuilder)",
    )
    noise_most_frac: float = quantity(
        "Most noise of a released sum, as a share of its largest contributor.",
        unit="1",
        source="engineering choice: half of what the person brings who brings most",
    )
    least_interval_frac: float = quantity(
        "Narrowest interval to which a withheld sum may be worked back, as a share of its largest contributor.",
        unit="1",
        compared="< blocks the release",
        source="p-ratio rule at 10 %, applied to what a solver finds (Fischetti and Salazar 2001, doi:10.1287/mnsc.47.7.1008.9805)",
    )
    kept_warehouse_count: int = quantity(
        "Number of earlier warehouses that stay in store/warehouse_history.",
        unit="1",
        source="engineering choice: a week of nightly runs",
    )


TEN_PARTICIPANTS = ReleaseParameters(
    minimum_participant_count=10,
    minimum_residual_count=10,
    dominance_frac=0.9,
    p_ratio_frac=0.1,
    participant_base=5,
    night_base=10,
    rate_digits=3,
    hour_digits=2,
    noise_least_frac=0.1,
    noise_most_frac=0.5,
    least_interval_frac=0.1,
    kept_warehouse_count=7,
)
"""No cell below ten participants leaves the house."""
