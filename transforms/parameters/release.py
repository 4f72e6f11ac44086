"""What may leave the house, and how many warehouses stay."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class ReleaseParameters:
    """The limits of disclosure control and of what is kept."""

    minimum_participant_count: int = quantity(
        "Fewest participants behind a released cell; smaller cells are withheld.",
        unit="1",
        compared=">= is released",
        source="engineering choice: the project's contract, section 5; UK statistics services use 5 to 10",
    )
    kept_warehouse_count: int = quantity(
        "Number of earlier warehouses that stay in store/warehouse_history.",
        unit="1",
        source="engineering choice: a week of nightly runs",
    )


TEN_PARTICIPANTS = ReleaseParameters(minimum_participant_count=10, kept_warehouse_count=7)
"""No cell below ten participants leaves the house."""
