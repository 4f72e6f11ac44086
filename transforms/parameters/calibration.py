"""Parameters of the autocalibration to gravity."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_VAN_HEES = "van Hees 2014, J Appl Physiol 117:738, doi:10.1152/japplphysiol.00421.2014"
_GGIR = "GGIR 3.3-7, R/g.calibrate.R"


@dataclass(frozen=True, kw_only=True)
class CalibrationParameters:
    """Which still windows are used, when they are enough, and when the result is believed."""

    window_s: float = quantity("Length of a window.", unit="s", source=_VAN_HEES)
    still_sd_g: float = quantity(
        "Standard deviation of every axis in a still window.", unit="g", compared="< counts", source=_VAN_HEES
    )
    max_mean_g: float = quantity(
        "Mean of every axis in a still window.", unit="g", compared="absolute value < counts", source=_GGIR
    )
    min_window_frac: float = quantity(
        "Part of a window that must be recorded.",
        unit="frac",
        compared=">= counts",
        source="engineering choice: GGIR sees gaps filled, we do not fill them",
    )
    min_window_count: int = quantity(
        "Still windows that are needed at all.", unit="1", compared=">= counts", source=_GGIR
    )
    sphere_g: float = quantity(
        "Reach of the still windows on both sides of every axis.",
        unit="g",
        compared="min < -value and max > value",
        source=f"{_VAN_HEES}; {_GGIR} spherecrit",
    )
    max_iteration_count: int = quantity("Limit of iterations.", unit="1", source=_GGIR)
    tolerance: float = quantity(
        "Change of the residual that ends the iteration.", unit="1", compared="< ends", source=_GGIR
    )
    max_weight: float = quantity("Limit of a window's weight, 1 / distance.", unit="1/g", source=_GGIR)
    max_end_error_g: float = quantity(
        "Error after calibration that is believed.", unit="g", compared="< is believed", source=_VAN_HEES
    )
    min_gravity_g: float = quantity(
        "Least median of |a| over the still windows after calibration.",
        unit="g",
        compared=">= is plausible, a flag of the recording",
        source="peers check 0.95 to 1.05 g; see biobankAccelerometerAnalysis #247, actipy #32",
    )
    max_gravity_g: float = quantity(
        "Largest median of |a| over the still windows after calibration.",
        unit="g",
        compared="<= is plausible",
        source="as for min_gravity_g",
    )
    min_temperature_range_c: float = quantity(
        "Spread of temperature from which its coefficient is estimated.",
        unit="c",
        compared="> is used",
        source="engineering choice: a constant temperature makes the equations singular",
    )


VAN_HEES_2014 = CalibrationParameters(
    window_s=10,
    still_sd_g=0.013,
    max_mean_g=2,
    min_window_frac=0.9,
    min_window_count=10,
    sphere_g=0.3,
    max_iteration_count=1000,
    tolerance=1e-10,
    max_weight=100,
    max_end_error_g=0.010,
    min_gravity_g=0.95,
    max_gravity_g=1.05,
    min_temperature_range_c=2,
)
"""Values of the paper as GGIR 3.3-7 runs them, except GGIR's rule to load at least 168 h: we always use it all."""
