"""Parameters of the night: when somebody is in bed, and which nights count."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_OURS = "engineering choice"


@dataclass(frozen=True, kw_only=True)
class NightParameters:
    """From epochs and diary to nights."""

    lying_deg: float = quantity(
        "Angle between a leg and its upright direction when it lies.",
        unit="deg",
        compared="> lies",
        source=f"{_OURS}: half of a right angle",
    )
    upright_deg: float = quantity(
        "Angle of the leg when somebody stands, walks or sits on the edge of the bed.",
        unit="deg",
        compared="< is out of bed",
        source=f"{_OURS}: standing legs differ by ten degrees from one another, a knee drawn up in bed by 45",
    )
    upright_min: float = quantity(
        "Shortest time out of bed that is seen.", unit="min", compared=">= counts", source=_OURS
    )
    resting_mad_mg: float = quantity(
        "Smoothed mean amplitude deviation of rest where no upright direction is known.",
        unit="mg",
        compared="< rests",
        source=_OURS,
    )
    rest_smoothing_s: float = quantity("Window of the median that smooths rest.", unit="s", source=_OURS)
    min_rest_min: float = quantity("Rest that may be bed.", unit="min", compared="> counts", source=_OURS)
    max_interruption_min: float = quantity(
        "Time out of bed that does not end the night.", unit="min", compared="< is bridged", source=_OURS
    )
    before_bed_min: float = quantity(
        "Raw signal that is read before a possible bedtime: the hour before sleep onset, and filters.",
        unit="min",
        source=_OURS,
    )
    after_bed_min: float = quantity("Raw signal that is read after it.", unit="min", source=_OURS)
    max_diary_error_min: float = quantity(
        "Difference of the diary's and the leg's time in bed above which the diary is doubted.",
        unit="min",
        compared="> is doubted",
        source=f"{_OURS}; issue: a warning above 45 min",
    )
    max_diary_spread_min: float = quantity(
        "Difference between the two ends' differences, up to which a doubted diary's clock is off and the leg is believed.",
        unit="min",
        compared="<= is off",
        source=f"{_OURS}: both ends rounded, and a quarter of an hour of lying awake",
    )
    kept_tilt_deg: float = quantity(
        "Change of posture below which a movement is no evidence of wake.",
        unit="deg",
        compared="< is taken out of the wake evidence",
        source=f"{_OURS}: a periodic leg movement returns to where it began",
    )
    max_taken_out_s: float = quantity(
        "Duration up to which a movement is taken out of the wake evidence.",
        unit="s",
        compared="<= is taken out",
        source="WASM 2016: a bilateral movement lasts up to 15 s",
    )
    min_evidence_frac: float = quantity(
        "Part of the sleep period that must be worn and recorded for sleep and wake to be told.",
        unit="frac",
        compared=">= is enough",
        source=_OURS,
    )
    day_shift_h: float = quantity(
        "Shift of the window when sleep is still going on at noon.",
        unit="h",
        source="GGIR 3.3-7, day sleepers: 18:00 to 18:00",
    )
    noon_guard_min: float = quantity(
        "Distance of a sleep period's end from noon at which it is taken as cut.", unit="min", source=_OURS
    )
    max_signal_gap_s: float = quantity(
        "Hole in the signal across which a series of movements goes on.",
        unit="s",
        compared="<= goes on",
        source=f"{_OURS}; WASM 2016 3.3.3: after a gap the first interval is not measured",
    )
    min_return_confidence: float = quantity(
        "Expected part of the time in bed rightly called sleep or wake, from which jerks at a return to sleep are known.",
        unit="frac",
        compared=">= is known",
        source=f"{_OURS}: staged nights; of 5 such jerks in 10 nights of simulated legs none was found, and 4 were false",
    )
    min_analysed_h: float = quantity(
        "Time in bed that is worn and recorded in an eligible night.",
        unit="h",
        compared=">= is eligible",
        source=_OURS,
    )


NOON_TO_NOON_2026 = NightParameters(
    lying_deg=45,
    upright_deg=28,
    upright_min=1,
    resting_mad_mg=30,
    rest_smoothing_s=600,
    min_rest_min=30,
    max_interruption_min=60,
    before_bed_min=75,
    after_bed_min=10,
    max_diary_error_min=45,
    max_diary_spread_min=30,
    kept_tilt_deg=20,
    max_taken_out_s=15,
    min_evidence_frac=0.5,
    day_shift_h=6,
    noon_guard_min=30,
    max_signal_gap_s=2,
    min_return_confidence=0.99,
    min_analysed_h=4,
)
"""Nights of leg recordings."""
