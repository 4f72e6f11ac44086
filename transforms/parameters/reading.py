"""When a device's clock jumps, a block is lost, a sensor is saturated or a file is not believable."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class ReadingParameters:
    """How device files are judged while they are read; no sample is changed by any of these."""

    clock_tolerance_frac: float = quantity(
        "deviation of the time between two clock marks from the nominal time, as a share of it",
        unit="1",
        compared="> breaks the segment",
        source="engineering choice: AX3 and AX6 run up to 3 % off their nominal rate; one lost block is 100 %",
    )
    clock_tolerance_samples: float = quantity(
        "the same deviation in sample periods, for short blocks",
        unit="sample periods",
        compared="> breaks the segment when the share is exceeded too",
        source="engineering choice: marks without a fraction of a second are exact to one sample",
    )
    max_gap_d: float = quantity(
        "longest jump forward that is believed to be a gap; a longer one is a clock that was set",
        unit="d",
        compared="> is a set clock",
        source="engineering choice: longer than any of the devices' batteries",
    )
    absorbed_correction_s: float = quantity(
        "longest step back of a clock that a later gap makes good",
        unit="s",
        compared="<= is made good",
        source="engineering choice: ActiGraph files repeat single seconds; a clock that was set stays set",
    )
    max_clock_outliers: int = quantity(
        "marks in a row that are ignored when the clock returns to its line after them",
        unit="marks",
        compared="<= ignored",
        source="engineering choice",
    )
    min_recording_s: float = quantity(
        "shortest recording that is kept",
        unit="s",
        compared="< is rejected as too_short",
        source="engineering choice: shorter content cannot hold a movement and its surroundings",
    )
    max_recording_d: float = quantity(
        "longest time between the first and the last sample",
        unit="d",
        compared="> is rejected as implausible_clock",
        source="engineering choice: no device records for more than a year; a clock that jumps about does",
    )
    still_window_s: float = quantity(
        "length of the windows in which the sensor may be still",
        unit="s",
        source="van Hees 2014, doi:10.1152/japplphysiol.00421.2014: windows of 10 s",
    )
    still_sd_g: float = quantity(
        "standard deviation of each axis in a still window",
        unit="g",
        compared="< is still",
        source="van Hees 2014, doi:10.1152/japplphysiol.00421.2014: 13 mg",
    )
    min_still_windows: int = quantity(
        "still windows that a verdict on gravity needs",
        unit="windows",
        compared=">= gives a verdict",
        source="engineering choice: one posture alone may hold the whole offset of one axis",
    )
    min_gravity_g: float = quantity(
        "median of |a| over the still windows, before calibration",
        unit="g",
        compared="< is rejected as implausible_gravity",
        source="wrong scales are off by a factor of two; see biobankAccelerometerAnalysis #247, actipy #32",
    )
    max_gravity_g: float = quantity(
        "median of |a| over the still windows, before calibration",
        unit="g",
        compared="> is rejected as implausible_gravity",
        source="as for min_gravity_g",
    )
    zero_signal_s: float = quantity(
        "time for which all axes are exactly zero",
        unit="s",
        compared=">= is a zero_signal",
        source="engineering choice: free fall of a second is five metres",
    )
    clipping_margin_frac: float = quantity(
        "distance from the end of the range at which an axis counts as saturated, as a share of the range",
        unit="1",
        compared="<= is clipped",
        source="engineering choice: packed AX3 samples end at 511/512 of the range",
    )
    clipping_join_s: float = quantity(
        "clipped samples closer than this are one fault",
        unit="s",
        compared="<= are joined",
        source="engineering choice",
    )
    docking_margin_s: float = quantity(
        "time from either end of the recording in which clipping is put down to the cable",
        unit="s",
        compared="<= is a usb_spike",
        source="GGIR #380: spikes when the device is plugged in; 2 min is an engineering choice",
    )
    transient_settling_s: float = quantity(
        "time after the first sample within which the sensor may be settling",
        unit="s",
        compared="< may be a transient",
        source="first samples of the AX3 and AX6 files of GGIRread and scikit-digital-health",
    )
    transient_reference_s: float = quantity(
        "stretch after the settling time whose median the first samples are compared with",
        unit="s",
        source="engineering choice",
    )
    transient_distance_g: float = quantity(
        "distance of the first sample from that median, on any axis, at which it counts as a transient",
        unit="g",
        compared="> is a transient",
        source="engineering choice",
    )


LENIENT_READING = ReadingParameters(
    clock_tolerance_frac=0.10,
    clock_tolerance_samples=3.0,
    max_gap_d=31.0,
    absorbed_correction_s=5.0,
    max_clock_outliers=16,
    min_recording_s=1.0,
    max_recording_d=400.0,
    still_window_s=10.0,
    still_sd_g=0.013,
    min_still_windows=3,
    min_gravity_g=0.95,
    max_gravity_g=1.05,
    zero_signal_s=1.0,
    clipping_margin_frac=1 / 128,
    clipping_join_s=1.0,
    docking_margin_s=120.0,
    transient_settling_s=0.1,
    transient_reference_s=1.0,
    transient_distance_g=0.25,
)
"""Everything readable is kept; what is wrong with it becomes a fault."""
