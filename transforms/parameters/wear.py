"""Parameters of non-wear detection."""

from dataclasses import dataclass, replace

from transforms.parameters.describe import quantity

_GGIR = "GGIR 3.3-7, R/detect_nonwear_clipping.R and load_params.R"
_WEARDEC = "GGIR 3.3-7, R/g.weardec.R"
_PAPER = "van Hees 2013, doi:10.1371/journal.pone.0061691"
_OURS = "engineering choice"


@dataclass(frozen=True, kw_only=True)
class WearParameters:
    """When a sensor counts as not worn."""

    window_s: int = quantity("Length of the window that is judged.", unit="s", source=f"{_PAPER}; {_GGIR}")
    step_s: int = quantity("Step of the window.", unit="s", source=f"{_PAPER}; {_GGIR}")
    max_sd_g: float = quantity(
        "Standard deviation of an axis without wear.",
        unit="g",
        compared="< counts",
        source=f"{_PAPER}; {_GGIR}",
    )
    max_range_g: float = quantity(
        "Range of an axis without wear.", unit="g", compared="< counts", source=_GGIR
    )
    min_axis_count: int = quantity(
        "Axes that must agree.", unit="1", compared=">= is non-wear", source=f"{_PAPER}; {_GGIR}"
    )
    min_window_frac: float = quantity(
        "Recorded part of a window that can be judged.", unit="frac", compared=">= counts", source=_OURS
    )
    max_cooling_c: float = quantity(
        "Fall of temperature below the recording's worn level that a worn sensor still shows.",
        unit="c",
        compared="<= is worn",
        source=f"{_OURS}: a blanket thrown off costs 2 to 3 degrees, a night stand 8 and more",
    )
    max_skin_cooling_c: float = quantity(
        "Fall of temperature below the recording's worn level at which no motion is needed to believe in wear.",
        unit="c",
        compared="< is worn",
        source=f"{_OURS}: a sensor that is off falls to the room's temperature within the hour",
    )
    worn_temperature_c: float = quantity(
        "Temperature of a worn sensor where the recording has no worn level of its own.",
        unit="c",
        compared=">= is worn",
        source="Zhou 2015, doi:10.1136/bmjopen-2014-007447, threshold of the GENEActiv",
    )
    min_reference_h: float = quantity(
        "Surely worn time from which the worn level is taken.",
        unit="h",
        compared=">= is enough",
        source=_OURS,
    )
    moving_sd_ratio: float = quantity(
        "Standard deviation of an epoch over the sensor's own noise that shows a movement.",
        unit="1",
        compared="> is a movement",
        source=f"{_OURS}: a band on the night stand shows its noise and nothing else",
    )
    min_moving_sd_g: float = quantity(
        "Standard deviation of an epoch below which nothing is a movement.",
        unit="g",
        compared="> is a movement",
        source=f"{_OURS}: the last bit of a 12 bit sensor toggling gives 3.4 mg over three axes",
    )
    min_moving_epochs_per_h: float = quantity(
        "Epochs with a movement per hour that a still sleeper shows and a night stand does not.",
        unit="1",
        compared=">= is worn",
        source=_OURS,
    )
    max_motionless_h: float = quantity(
        "Longest time without any movement that a sensor warmer than its limit, but cooler than worn, may show.",
        unit="h",
        compared="<= is worn",
        source=f"{_OURS}: sleepers move several times an hour; zero variance is not zero jerks",
    )
    edge_s: int = quantity(
        "Both ends of a still interval that are not searched for movements: handling the sensor shows there.",
        unit="s",
        source=_OURS,
    )
    min_thermometer_span_c: float = quantity(
        "Span of a recording's temperatures from which its thermometer is believed to work.",
        unit="c",
        compared=">= works",
        source=f"{_OURS}: a stuck one shows always the same, skin and room differ by ten degrees, and skin alone by one between evening and morning",
    )
    min_thermometer_h: float = quantity(
        "Length of a recording from which that is asked.", unit="h", compared=">= is asked", source=_OURS
    )
    min_spell_s: float = quantity(
        "Shortest spell without wear that is looked for epoch by epoch.",
        unit="s",
        compared=">= counts",
        source=f"{_OURS}: half an hour, less the smoothing at its ends",
    )
    spell_smoothing_s: float = quantity("Window of the median that smooths noise.", unit="s", source=_OURS)
    quiet_ratio: float = quantity(
        "Noise of a sensor that lies somewhere, over its own on a still leg.",
        unit="1",
        compared="< is off",
        source=f"{_OURS}: worn ankles show 5 to 13 mg, sensors on a table 2 to 4 mg",
    )
    max_spell_moving_per_h: float = quantity(
        "Epochs with a movement per hour of such a spell.",
        unit="1/h",
        compared="<= is off",
        source=f"{_OURS}: handling at both ends",
    )
    short_wear_h: float = quantity(
        "Wear between two non-wear intervals that is judged by their length.",
        unit="h",
        compared="< is judged",
        source=_WEARDEC,
    )
    short_wear_frac: float = quantity(
        "Short wear over its neighbouring non-wear.",
        unit="frac",
        compared="< becomes non-wear",
        source=_WEARDEC,
    )
    shorter_wear_h: float = quantity(
        "Wear between two non-wear intervals that is judged by the second rule.",
        unit="h",
        compared="< is judged",
        source=_WEARDEC,
    )
    shorter_wear_frac: float = quantity(
        "Wear that the second rule judges over its neighbouring non-wear.",
        unit="frac",
        compared="< becomes non-wear",
        source=_WEARDEC,
    )
    round_count: int = quantity("How often the rules for short wear are applied.", unit="1", source=_WEARDEC)


GGIR_2023 = WearParameters(
    window_s=3600,
    step_s=900,
    max_sd_g=0.013,
    max_range_g=0.150,
    min_axis_count=2,
    min_window_frac=0.5,
    max_cooling_c=4,
    max_skin_cooling_c=1,
    worn_temperature_c=26,
    min_reference_h=1,
    moving_sd_ratio=1.75,
    min_moving_sd_g=0.006,
    min_moving_epochs_per_h=1,
    max_motionless_h=4,
    edge_s=900,
    min_thermometer_span_c=0.4,
    min_thermometer_h=12,
    min_spell_s=1500,
    spell_smoothing_s=300,
    quiet_ratio=0.65,
    max_spell_moving_per_h=6,
    short_wear_h=6,
    short_wear_frac=0.3,
    shorter_wear_h=3,
    shorter_wear_frac=0.8,
    round_count=3,
)
"""Values of GGIR's approach of 2023 (range 150 mg, the whole window is flagged)."""

VAN_HEES_2013 = replace(GGIR_2023, max_range_g=0.050)
"""The range of the paper, 50 mg; all else as in GGIR_2023."""
