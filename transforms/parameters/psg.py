"""Numbers of polysomnography: hypnograms and the leg electromyogram."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_WASM = "Ferri et al. 2016, Sleep Med 26:86-95 (WASM 2016)"
_TABLE = "Clin Neurophysiol Pract 2022;7:285, table 3"


@dataclass(frozen=True, kw_only=True)
class HypnogramParameters:
    """When a hypnogram belongs to its recording."""

    max_outside_frac: float = quantity(
        "Largest share of the staged time outside the recording; what lies outside is cut off, more than this refuses"
        " the hypnogram.",
        unit="1",
        compared="<= is trimmed",
        source="engineering choice: a hypnogram of another night or clock is off by far more, one that is rounded up"
        " to whole epochs or begins at lights-off by far less",
    )


@dataclass(frozen=True, kw_only=True)
class EmgParameters:
    """Detection of leg movements in the electromyogram of the anterior tibial muscle."""

    onset_above_rest_uv: float = quantity(
        "Rise above the resting level that starts a movement.", unit="uV", compared=">= starts", source=_TABLE
    )
    offset_above_rest_uv: float = quantity(
        "Level above rest below which a movement can end.", unit="uV", compared="<= is rest", source=_TABLE
    )
    offset_hold_s: float = quantity(
        "Time at rest that ends a movement, at its start.", unit="s", compared=">= ends", source=_TABLE
    )
    morphology_window_s: float = quantity(
        "Window in which the median must reach the offset level.",
        unit="s",
        source=f"{_WASM}, 3.2.1-d; {_TABLE}",
    )
    min_movement_s: float = quantity(
        "Shortest movement.", unit="s", compared=">= counts", source=f"{_WASM}; {_TABLE}"
    )
    high_pass_hz: float = quantity(
        "Lower edge of the pass band.",
        unit="Hz",
        source="AASM manual, version 3: 10 Hz for limb EMG",
    )
    low_pass_hz: float = quantity(
        "Upper edge of the pass band, or 0.45 of the sampling rate where that is lower.",
        unit="Hz",
        source="AASM manual, version 3: 100 Hz for limb EMG; 0.45 as in MATPLM",
    )
    filter_order: int = quantity(
        "Order of the Butterworth filter, run in both directions.", unit="1", source="MATPLM"
    )
    envelope_s: float = quantity(
        "Window of the root mean square whose value times the square root of 2 is the amplitude.",
        unit="s",
        source="engineering choice: short against the 0.5 s of all rules, long against one period at 10 Hz",
    )
    rest_window_s: float = quantity(
        "Time around a sample in which the resting level is sought.", unit="s", source="MATPLM: 60 s"
    )
    rest_percentile_pct: float = quantity(
        "Percentile of the envelope in that time that is the resting level.",
        unit="%",
        source="engineering choice: below the share of time that movements of 3 s every 20 s leave at rest, above"
        " the lowest values, which are chance",
    )
    max_rest_uv: float = quantity(
        "Highest resting level at which 2 and 8 uV can be told apart; above it the channel is not measured.",
        unit="uV",
        compared="<= is measured",
        source="MATPLM: detection off above 15 uV",
    )
    min_rest_uv: float = quantity(
        "Lowest resting level of an electrode that is on the leg; below it the channel is not measured.",
        unit="uV",
        compared=">= is measured",
        source="engineering choice: the noise of an amplifier is above 0.1 uV; less is a constant, from an electrode"
        " that is off or an input at its limit",
    )
    min_sampling_rate_hz: float = quantity(
        "Lowest sampling rate of a leg channel.",
        unit="Hz",
        compared=">= is read",
        source="AASM manual, version 3: 200 Hz is the least acceptable for EMG",
    )


AASM_HYPNOGRAM = HypnogramParameters(max_outside_frac=0.05)

WASM_2016_EMG = EmgParameters(
    onset_above_rest_uv=8.0,
    offset_above_rest_uv=2.0,
    offset_hold_s=0.5,
    morphology_window_s=0.5,
    min_movement_s=0.5,
    high_pass_hz=10.0,
    low_pass_hz=100.0,
    filter_order=4,
    envelope_s=0.1,
    rest_window_s=60.0,
    rest_percentile_pct=20.0,
    max_rest_uv=15.0,
    min_rest_uv=0.01,
    min_sampling_rate_hz=200.0,
)
