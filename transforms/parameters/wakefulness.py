"""Parameters of sleep and wake in bed, as told by movements."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_OURS = "engineering choice"
_IBRAHIM = "Ibrahim 2023: large movements of healthy sleepers, median 6.8 per hour, quartiles 4.5 and 10.8"


@dataclass(frozen=True, kw_only=True)
class WakefulnessParameters:
    """Rates of movement asleep and awake, and how long people take to fall asleep and to get up.

    Triples are for shifts of posture, leg movements that come back, and movements of a wrist.
    """

    step_s: float = quantity("Step of the model.", unit="s", source=_OURS)
    occasion_s: float = quantity(
        "Onset after the one before within which movements are one occasion.",
        unit="s",
        compared="< is the same",
        source=f"{_OURS}: WASM 2016 ends a series at intervals below 10 s",
    )
    shift_deg: float = quantity(
        "Tilt that stays and makes a movement a shift of posture.",
        unit="deg",
        compared=">= is a shift",
        source=f"{_OURS}: the 5 degrees of van Hees 2015, seen in three dimensions instead of one angle",
    )
    min_movement_s: float = quantity(
        "Duration of a leg movement.", unit="s", compared=">= counts", source="WASM 2016"
    )
    series_min_s: float = quantity(
        "Shortest interval of a periodic run, whose members are no evidence.",
        unit="s",
        compared=">= goes on",
        source="WASM 2016",
    )
    series_max_s: float = quantity(
        "Longest interval of a periodic run.", unit="s", compared="<= goes on", source="WASM 2016"
    )
    series_count: int = quantity(
        "Occasions in such a run.", unit="1", compared=">= is one", source="WASM 2016"
    )
    sleep_per_h: tuple[float, float, float] = quantity(
        "Rates asleep from which a person's are drawn.",
        unit="1/h",
        source=f"{_IBRAHIM}; half of them shift; {_OURS}",
    )
    max_sleep_per_h: tuple[float, float, float] = quantity(
        "Largest rates asleep that are believed.", unit="1/h", source=f"{_IBRAHIM}; {_OURS}"
    )
    person_count: float = quantity(
        "Occasions that the published rate weighs beside a person's own.", unit="1", source=_OURS
    )
    night_count: float = quantity(
        "Occasions that the person's rate weighs beside a night's own.", unit="1", source=_OURS
    )
    edge_frac: float = quantity(
        "Part of a bed at either end that may be wake, when rates are first taken.", unit="frac", source=_OURS
    )
    wake_per_h: tuple[float, float, float] = quantity("Rates awake at level 1.", unit="1/h", source=_OURS)
    max_wake_ratio: float = quantity(
        "A person's own rate awake over the published, or the other way round.",
        unit="1",
        compared="<=",
        source=_OURS,
    )
    wake_levels: tuple[float, ...] = quantity(
        "Rates awake over those of level 1: of shifts beyond the person's own asleep, of others never below these.",
        unit="1",
        source=_OURS,
    )
    latency_level_shares: tuple[float, ...] = quantity(
        "How often wake before sleep is of each level, before anything is known of a person.",
        unit="1",
        source=_OURS,
    )
    later_level_shares: tuple[float, ...] = quantity(
        "How often later wake is of each level, before anything is known of a person.", unit="1", source=_OURS
    )
    level_count: float = quantity(
        "Stretches of wake that these shares weigh beside a person's own.", unit="1", source=_OURS
    )
    evidence_weight: float = quantity(
        "Weight of the evidence of occasions, which cluster, over that of a Poisson process.",
        unit="1",
        source=_OURS,
    )
    wakings_per_h: float = quantity("Wake episodes per hour asleep.", unit="1/h", source=_OURS)
    unmoved_waking_frac: float = quantity(
        "Wakings without a shift of posture, over those of a blind sensor.", unit="frac", source=_OURS
    )
    wake_episode_min: tuple[float, ...] = quantity(
        "Mean lengths of brief and of long wake episodes.",
        unit="min",
        source=f"{_OURS}; Lo 2002: wake bouts have no typical length",
    )
    wake_episode_shares: tuple[float, ...] = quantity(
        "How often wake is of each length.", unit="1", source=_OURS
    )
    still_min: float = quantity("Stillness in which one falls asleep.", unit="min", source=_OURS)
    moved_fall_frac: float = quantity(
        "Falling asleep without that stillness, over falling asleep in it.", unit="frac", source=_OURS
    )
    latency_median_min: float = quantity(
        "Median time from lights-off to sleep, log-normal.", unit="min", source=_OURS
    )
    inertia_median_min: float = quantity(
        "Median time from the last waking to lights-on, log-normal.", unit="min", source=_OURS
    )
    time_log_sd: float = quantity(
        "Standard deviation of the logarithm of both.",
        unit="1",
        source=f"{_OURS}: 4 % lie awake for 90 minutes",
    )
    asleep_at_end_frac: float = quantity("Nights that sleep ends with lights-on.", unit="frac", source=_OURS)
    sleepless_frac: float = quantity("Nights without sleep.", unit="frac", source=_OURS)
    credible_frac: float = quantity(
        "Probability with which onset and end lie in their intervals, as the model has it.",
        unit="frac",
        source=f"{_OURS}: of 93 simulated nights of two makes 0.95 held 83 onsets, 0.98 held 90",
    )
    min_confidence: float = quantity(
        "Expected part of the time in bed that is rightly called sleep or wake, from which sleep is known.",
        unit="frac",
        compared=">= is known",
        source=_OURS,
    )
    min_asleep_frac: float = quantity(
        "Part of the time in bed asleep, from which sleep is known where nobody tells its onset and end.",
        unit="frac",
        compared=">= is known",
        source=f"{_OURS}: patients with insomnia sleep 60 to 80 %; less is more often an error of the model",
    )
    told_error_min: float = quantity(
        "Error of an onset or end that a diary tells.",
        unit="min",
        source=f"{_OURS}: the window of hypnic jerks",
    )
    worn_error_min: float = quantity(
        "Error of an onset or end that a watch, a ring or a telephone tells.",
        unit="min",
        source=f"{_OURS}: they take quiet wake for sleep, and agree with polysomnography on sleep latency to half an "
        "hour or more",
    )
    min_wake_probability: float = quantity(
        "Probability from which a stretch is wake.", unit="1", compared=">= is wake", source=_OURS
    )
    possible_wake_probability: float = quantity(
        "Probability from which a stretch is wake while less wake is marked than is expected.",
        unit="1",
        compared=">= may be wake",
        source=_OURS,
    )
    min_wake_min: float = quantity(
        "Wake that is reported.", unit="min", compared=">= is reported", source=_OURS
    )
    round_count: int = quantity("How often the person's rates are learned.", unit="1", source=_OURS)


MOVEMENTS_2026 = WakefulnessParameters(
    step_s=60,
    occasion_s=10,
    shift_deg=3,
    min_movement_s=0.5,
    series_min_s=10,
    series_max_s=90,
    series_count=4,
    sleep_per_h=(3.5, 5, 6),
    max_sleep_per_h=(15, 60, 30),
    person_count=2,
    night_count=6,
    edge_frac=0.2,
    wake_per_h=(12, 18, 12),
    max_wake_ratio=4,
    wake_levels=(0, 0.35, 0.75, 1.5, 3),
    latency_level_shares=(0.3, 0.15, 0.2, 0.25, 0.1),
    later_level_shares=(0.2, 0.2, 0.25, 0.25, 0.1),
    level_count=2,
    evidence_weight=0.8,
    wakings_per_h=0.4,
    unmoved_waking_frac=0.1,
    wake_episode_min=(8, 45),
    wake_episode_shares=(0.85, 0.15),
    still_min=2,
    moved_fall_frac=0.02,
    latency_median_min=14,
    inertia_median_min=9,
    time_log_sd=1.05,
    asleep_at_end_frac=0.05,
    sleepless_frac=0.002,
    credible_frac=0.98,
    min_confidence=0.75,
    min_asleep_frac=0.5,
    told_error_min=20,
    worn_error_min=40,
    min_wake_probability=0.5,
    possible_wake_probability=0.2,
    min_wake_min=1,
    round_count=2,
)
"""Adults in bed."""
