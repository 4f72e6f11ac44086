"""When a device's clock jumps, a block is lost, a sensor is saturated or a file is not believable."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity


@dataclass(frozen=True, kw_only=True)
class ReadingParameters:
    """How device files are judged while they are read; no sample is changed by any of these."""

    clock_tolerance_frac: float = quantity(
        "Deviation of the time between two clock marks from the nominal time, as a share of it.",
        unit="1",
        compared="> breaks the segment",
        source="engineering choice: AX3 and AX6 run up to 3 % off their nominal rate; one lost block is 100 %",
    )
    clock_tolerance_samples: float = quantity(
        "Deviation of the time between two clock marks in sample periods, for short blocks.",
        unit="sample periods",
        compared="> breaks the segment when the share is exceeded too",
        source="engineering choice: marks without a fraction of a second are exact to one sample",
    )
    axivity_since_year: int = quantity(
        "Year before which no AX3 or AX6 recorded; its clock begins at 2000-01-01 when it loses its power.",
        unit="year",
        compared="a date before its 1 January is a clock that was not set",
        source="Axivity sold the AX3 from 2011 on",
    )
    geneactiv_since_year: int = quantity(
        "Year before which no GENEActiv recorded.",
        unit="year",
        compared="a date before its 1 January is a clock that was not set",
        source="Activinsights founded in 2009; first firmware of real files 2011",
    )
    actigraph_since_year: int = quantity(
        "Year before which no ActiGraph kept raw samples.",
        unit="year",
        compared="a date before its 1 January is a clock that was not set",
        source="GT3X+ announced in 2010, GT3X in 2009",
    )
    empatica_since_year: int = quantity(
        "Year before which no Empatica E4 recorded.",
        unit="year",
        compared="a date before its 1 January is a clock that was not set",
        source="Empatica founded in 2011, the E4 sold from 2014 on",
    )
    any_device_since_year: int = quantity(
        "Year before which no GENEA, Matrix, Unisens or device that a table does not name recorded.",
        unit="year",
        compared="a date before its 1 January is a clock that was not set",
        source="GENEA, the first of these, was made in 2006; clocks that were not set begin in 1970, 1980 or 2000",
    )
    absorbed_correction_s: float = quantity(
        "Longest step back of a clock that a later gap makes good.",
        unit="s",
        compared="<= is made good",
        source="engineering choice: ActiGraph files repeat single seconds; a clock that was set stays set",
    )
    max_clock_outliers: int = quantity(
        "Marks in a row that are ignored when the clock returns to its line after them.",
        unit="marks",
        compared="<= ignored",
        source="engineering choice",
    )
    min_recording_s: float = quantity(
        "Shortest recording that is kept.",
        unit="s",
        compared="< is rejected as too_short",
        source="engineering choice: shorter content cannot hold a movement and its surroundings",
    )
    max_recording_d: float = quantity(
        "Longest time between the first and the last sample.",
        unit="d",
        compared="> is rejected as implausible_clock",
        source="engineering choice: no device records for more than a year; a clock that jumps about does",
    )
    still_window_s: float = quantity(
        "Length of the windows in which the sensor may be still.",
        unit="s",
        source="van Hees 2014, doi:10.1152/japplphysiol.00421.2014: windows of 10 s",
    )
    still_sd_g: float = quantity(
        "Standard deviation of each axis in a still window.",
        unit="g",
        compared="< is still",
        source="van Hees 2014, doi:10.1152/japplphysiol.00421.2014: 13 mg",
    )
    min_still_windows: int = quantity(
        "Still windows that a verdict on gravity needs.",
        unit="windows",
        compared=">= gives a verdict",
        source="engineering choice: one posture alone may hold the whole offset of one axis",
    )
    min_gravity_g: float = quantity(
        "Median of |a| before calibration, over the still windows or else over all samples.",
        unit="g",
        compared="< is rejected as implausible_gravity",
        source="sound sensors show up to 0.1 g of offset an axis; the nearest wrong scale is 256 for 341 counts per g",
    )
    max_gravity_g: float = quantity(
        "Median of |a| before calibration, over the still windows or else over all samples.",
        unit="g",
        compared="> is rejected as implausible_gravity",
        source="as for min_gravity_g",
    )
    min_judged_s: float = quantity(
        "Recorded time that a verdict on the unit needs.",
        unit="s",
        compared=">= gives a verdict",
        source="engineering choice: as long as a still window",
    )
    max_first_rows_g: float = quantity(
        "Median of |a| over the first rows of a table, in g, from which its unit cannot be g.",
        unit="g",
        compared="> is rejected as implausible_gravity",
        source="engineering choice: half of m/s2, the nearest other unit; nobody moves so half of the time",
    )
    farthest_g: float = quantity(
        "Length of the acceleration vector that no sensor of a wearable device shows.",
        unit="g",
        compared="> is far",
        source="engineering choice: three axes at the end of a range of 16 g show 27.7 g",
    )
    max_far_frac: float = quantity(
        "Share of the samples that may be far.",
        unit="1",
        compared="> is rejected as implausible_gravity",
        source="engineering choice: an export that changes its unit midway does so for longer, a fault of a cable does not",
    )
    constant_axis_s: float = quantity(
        "Recorded time throughout which an axis that is worn does not keep one value.",
        unit="s",
        compared=">= with one value is told as constant_axis",
        source="engineering choice: noise alone changes the last digit within seconds, also at 4 mg a count",
    )
    zero_signal_s: float = quantity(
        "Time for which all axes are exactly zero.",
        unit="s",
        compared=">= was not measured",
        source="engineering choice: free fall of a second is five metres",
    )
    repeated_signal_s: float = quantity(
        "Time for which one measured value is repeated on all axes.",
        unit="s",
        compared=">= was not measured",
        source="real AX3, AX6, GENEActiv, GENEA, ActiGraph and Matrix files repeat a value for at most 0.27 s",
    )
    repeated_signal_samples: int = quantity(
        "Samples that such a run holds at least.",
        unit="samples",
        compared=">= was not measured",
        source="engineering choice: a second of 12.5 Hz is 12 samples",
    )
    repeated_resolution_g: float = quantity(
        "Step of the values up to which a sensor at rest shows its noise, so that a repeated value was not measured.",
        unit="g",
        compared="<= is judged",
        source="1/256 g steps show it (AX3, GENEActiv); the E4's 1/64 g repeats values for 11 s in real files",
    )
    repeated_noise_frac: float = quantity(
        "Part of the other samples that differ from the one before, from which a run is taken for a repetition.",
        unit="frac",
        compared=">= is judged",
        source="engineering choice: real files at rest lie above 0.9, made-up constant ones at 0",
    )
    clipping_margin_frac: float = quantity(
        "Distance from the end of the range at which an axis counts as saturated, as a share of the range.",
        unit="1",
        compared="<= is clipped",
        source="engineering choice: packed AX3 samples end at 511/512 of the range",
    )
    clipping_join_s: float = quantity(
        "Clipped samples closer than this are one fault.",
        unit="s",
        compared="<= are joined",
        source="engineering choice",
    )
    docking_margin_s: float = quantity(
        "Time from either end of the recording in which clipping is put down to the cable.",
        unit="s",
        compared="<= is a usb_spike",
        source="GGIR #380: spikes when the device is plugged in; 2 min is an engineering choice",
    )
    transient_settling_s: float = quantity(
        "Time after the first sample within which the sensor may be settling.",
        unit="s",
        compared="< may be a transient",
        source="first samples of the AX3 and AX6 files of GGIRread and scikit-digital-health",
    )
    transient_reference_s: float = quantity(
        "Stretch after the settling time whose median the first samples are compared with.",
        unit="s",
        source="engineering choice",
    )
    transient_distance_g: float = quantity(
        "Distance of the first sample from that median, on any axis, at which it counts as a transient.",
        unit="g",
        compared="> is a transient",
        source="engineering choice",
    )


LENIENT_READING = ReadingParameters(
    clock_tolerance_frac=0.10,
    clock_tolerance_samples=3.0,
    axivity_since_year=2011,
    geneactiv_since_year=2009,
    actigraph_since_year=2009,
    empatica_since_year=2012,
    any_device_since_year=2006,
    absorbed_correction_s=5.0,
    max_clock_outliers=16,
    min_recording_s=1.0,
    max_recording_d=400.0,
    still_window_s=10.0,
    still_sd_g=0.013,
    min_still_windows=3,
    min_gravity_g=0.8,
    max_gravity_g=1.25,
    min_judged_s=10.0,
    max_first_rows_g=4.9,
    farthest_g=30.0,
    max_far_frac=0.01,
    constant_axis_s=600.0,
    zero_signal_s=1.0,
    repeated_signal_s=1.0,
    repeated_signal_samples=20,
    repeated_resolution_g=0.005,
    repeated_noise_frac=0.5,
    clipping_margin_frac=1 / 128,
    clipping_join_s=1.0,
    docking_margin_s=120.0,
    transient_settling_s=0.1,
    transient_reference_s=1.0,
    transient_distance_g=0.25,
)
"""Everything readable is kept; what is wrong with it becomes a fault."""
