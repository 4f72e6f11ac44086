"""Parameters of motor restlessness before sleep."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class RestlessnessParameters:
    """How the time before sleep is measured."""

    window_min: float = quantity(
        "Time before sleep onset that is measured.",
        unit="min",
        source="suggested immobilisation test, Montplaisir 1998: 60 min",
    )
    min_analysed_min: float = quantity(
        "Worn and recorded time that is needed.",
        unit="min",
        compared=">= is enough",
        source="engineering choice: a quarter of the test",
    )
    max_movement_s: float = quantity(
        "Duration of a movement that enters the intervals.",
        unit="s",
        compared="<= enters",
        source="Michaud 2001: 0.5 to 10 s",
    )
    min_movement_s: float = quantity(
        "Duration of a movement that counts.",
        unit="s",
        compared=">= counts",
        source="Michaud 2001: 0.5 to 10 s",
    )


IMMOBILISATION_HOUR = RestlessnessParameters(
    window_min=60, min_analysed_min=15, max_movement_s=10, min_movement_s=0.5
)
"""The hour before sleep onset."""
