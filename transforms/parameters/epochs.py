"""Parameters of the 5 s epochs."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_BANDS = "engineering choice: turning and walking lie below 3 Hz, tremor and jerks above"


@dataclass(frozen=True, kw_only=True)
class EpochParameters:
    """How samples become epochs."""

    epoch_s: int = quantity(
        "Length of an epoch, on the grid of UTC.",
        unit="s",
        source="GGIR 3.3-7 windowsizes[1]; van Hees 2015",
        fixed=True,
    )
    angle_rate_hz: float = quantity(
        "Rate at which the angle's median is taken.", unit="hz", source="GGIR 3.3-7, R/g.applymetrics.R"
    )
    slow_band_low_hz: float = quantity(
        "Lower edge of the slow band of the norm.", unit="hz", compared=">= is in", source=_BANDS
    )
    fast_band_low_hz: float = quantity(
        "Edge between the slow band and the fast one.", unit="hz", compared=">= is fast", source=_BANDS
    )
    fast_band_high_hz: float = quantity(
        "Upper edge of the fast band.", unit="hz", compared="< is in", source=f"{_BANDS}; contract section 1"
    )
    band_rate_hz: float = quantity(
        "Rate below which samples are not averaged before their bands are measured.",
        unit="hz",
        compared="rate / value, rounded down, samples become one",
        source="engineering choice: the slowest rate that is scored; above twice the fast band",
    )
    band_window_s: float = quantity(
        "Part of an epoch, from its start, on which its bands are measured.",
        unit="s",
        compared=">= is measured",
        source="engineering choice: clocks are a few in a hundred slow, and then an epoch has fewer samples",
    )
    walking_mad_mg: float = quantity(
        "Mean amplitude deviation of an epoch that is walking.",
        unit="mg",
        compared="> is walking",
        source="Vaha-Ypya 2015, doi:10.1111/cpf.12127: 91 mg parts light from moderate activity",
    )
    min_walking_min: float = quantity(
        "Walking from which the limb's upright direction is learnt.",
        unit="min",
        compared=">= is enough",
        source="engineering choice",
    )
    max_temperature_gap_s: float = quantity(
        "Longest stretch over which temperature is interpolated.",
        unit="s",
        compared="<= is bridged",
        source="engineering choice: devices mark temperature every few seconds to minutes",
    )


GGIR_EPOCHS = EpochParameters(
    epoch_s=5,
    angle_rate_hz=10,
    slow_band_low_hz=0.5,
    fast_band_low_hz=3,
    fast_band_high_hz=8,
    band_rate_hz=20,
    band_window_s=4.75,
    walking_mad_mg=100,
    min_walking_min=5,
    max_temperature_gap_s=600,
)
"""Epochs as GGIR 3.3-7 makes them, and two bands of its norm."""
