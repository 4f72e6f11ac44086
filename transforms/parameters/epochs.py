"""Parameters of the 5 s epochs."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class EpochParameters:
    """How samples become epochs."""

    epoch_s: int = quantity(
        "length of an epoch, on the grid of UTC", unit="s", source="GGIR 3.3-7 windowsizes[1]; van Hees 2015"
    )
    angle_rate_hz: float = quantity(
        "rate at which the angle's median is taken", unit="hz", source="GGIR 3.3-7, R/g.applymetrics.R"
    )
    walking_mad_mg: float = quantity(
        "mean amplitude deviation of an epoch that is walking",
        unit="mg",
        compared="> is walking",
        source="Vaha-Ypya 2015, doi:10.1111/cpf.12127: 91 mg parts light from moderate activity",
    )
    min_walking_min: float = quantity(
        "walking from which the limb's upright direction is learnt",
        unit="min",
        compared=">= is enough",
        source="engineering choice",
    )
    max_temperature_gap_s: float = quantity(
        "longest stretch over which temperature is interpolated",
        unit="s",
        compared="<= is bridged",
        source="engineering choice: devices mark temperature every few seconds to minutes",
    )


GGIR_EPOCHS = EpochParameters(
    epoch_s=5, angle_rate_hz=10, walking_mad_mg=100, min_walking_min=5, max_temperature_gap_s=600
)
"""Epochs as GGIR 3.3-7 makes them."""
