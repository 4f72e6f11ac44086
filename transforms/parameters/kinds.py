"""Parameters of the kinds of movement."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_OURS = "engineering choice"
_PENDULUM = "Pendulum, docs/02-science.md @7c5b6ea, engineering choice there"
_WASM = "WASM 2016, doi:10.1016/j.sleep.2016.10.010"
_WALTERS = "Walters 2007, doi:10.1378/chest.131.4.1260: a sleep start's burst in the EMG is 75 to 250 ms"


@dataclass(frozen=True, kw_only=True)
class KindParameters:
    """From candidates to kinds of movement (contract section 1)."""

    site_gap_s: float = quantity(
        "Pause between candidates of several sites that are one event of the body.",
        unit="s",
        compared="< is one event",
        source=_OURS,
    )
    min_movement_s: float = quantity(
        "Duration of a leg movement.", unit="s", compared=">= counts", source=_WASM
    )
    getting_up_s: float = quantity(
        "Time before and after standing in which somebody gets up and lies down.", unit="s", source=_OURS
    )
    piece_rest_s: float = quantity(
        "Pause of the acceleration within one movement of a leg.",
        unit="s",
        compared="< is within",
        source=f"{_OURS}: a muscle that holds does not accelerate; WASM's 0.5 s are of the electromyogram",
    )
    piece_min_s: float = quantity(
        "Duration of such a piece.",
        unit="s",
        compared=">= is one",
        source=f"{_OURS}: longer than a tremor's burst",
    )
    piece_ratio: float = quantity(
        "Strength of one piece over the other's.", unit="1", compared="<= is within", source=_OURS
    )
    max_brief_active_s: float = quantity(
        "Activity of a hypnic jerk or twitch.",
        unit="s",
        compared="<= is brief",
        source=f"contract; {_WALTERS}",
    )
    min_brief_g: float = quantity(
        "Peak of a hypnic jerk or twitch.",
        unit="g",
        compared=">= counts",
        source=f"{_OURS}: fainter bursts cannot be told from the only part of a faint leg movement that shows",
    )
    max_brief_span_s: float = quantity(
        "Whole candidate of a brief burst over all sites, ringing included.",
        unit="s",
        compared="<= is brief",
        source=_OURS,
    )
    brief_rise_s: float = quantity(
        "Rise of a burst that is active as long as a leg movement and still is brief.",
        unit="s",
        compared="<= is brief",
        source=f"{_OURS}: a jerk rises within 100 ms",
    )
    brief_crest_ratio: float = quantity(
        "Peak of such a burst over its envelope's peak: it dies away, where a leg movement goes on.",
        unit="1",
        compared=">= is brief",
        source=_OURS,
    )
    flick_crest_ratio: float = quantity(
        "Peak over the envelope's peak of a burst that moves no limb.",
        unit="1",
        compared=">= moves none",
        source=f"{_OURS}: a limb that is thrown falls back and rings, which fills the envelope",
    )
    flick_morphology_frac: float = quantity(
        "Part of the best half second above the threshold of offset in which a brief burst moves no limb.",
        unit="frac",
        compared="< moves none",
        source=f"{_WASM}: the median of half a second stays below",
    )
    flick_max_g: float = quantity(
        "Peak beyond which a burst is a jerk, whatever its shape.",
        unit="g",
        compared="< may move none",
        source=_OURS,
    )
    twitch_cluster_gap_s: float = quantity(
        "Onset after the one before within which bursts that move no limb are one cluster.",
        unit="s",
        compared="< goes on",
        source=f"{_OURS}: phasic REM",
    )
    twitch_cluster_count: int = quantity(
        "Such bursts in a cluster.", unit="1", compared=">= is one", source=_OURS
    )
    gross_tilt_deg: float = quantity(
        "Tilt that stays after a turn or change of posture.",
        unit="deg",
        compared=">= is gross",
        source=f"{_PENDULUM}: > 20",
    )
    resettled_deg: float = quantity(
        "Tilt that stays after a movement of which the leg has not come back to its place.",
        unit="deg",
        compared=">= is gross",
        source=f"{_OURS}: a periodic movement returns to within a degree or two",
    )
    resettled_min_s: float = quantity(
        "Duration of such a movement.", unit="s", compared=">= is gross", source=f"{_OURS}: see gross_min_s"
    )
    long_min_s: float = quantity(
        "Duration from which a movement that is not one-sided is one of the whole body with less of a tilt.",
        unit="s",
        compared=">= is gross",
        source=f"{_OURS}: see both_ways_min_s",
    )
    long_resettled_deg: float = quantity(
        "That tilt.",
        unit="deg",
        compared=">= is gross",
        source=f"{_OURS}: one leg movement in twenty leaves as much",
    )
    both_ways_min_s: float = quantity(
        "Duration from which a movement that swings to both sides is one of the body.",
        unit="s",
        compared=">= is gross",
        source="Ferri 2021, PMC8436137: 3 to 45 s in adults, less the edges that do not show",
    )
    one_sided_frac: float = quantity(
        "One-sidedness below which a movement of that duration swings to both sides.",
        unit="frac",
        compared="< is gross",
        source=f"{_OURS}: a leg flexes and returns; 1 is one side",
    )
    one_sided_per_s: float = quantity(
        "What of one-sidedness each further second asks for.",
        unit="1/s",
        source=f"{_OURS}: few leg movements last so long",
    )
    max_one_sided_frac: float = quantity(
        "One-sidedness of a leg movement, however long.", unit="frac", compared=">= is a leg's", source=_OURS
    )
    longest_leg_s: float = quantity(
        "Duration beyond which a movement is one of the whole body.",
        unit="s",
        compared="> is gross",
        source=f"{_WASM}: a candidate of one leg lasts 10 s at most",
    )
    settling_s: float = quantity(
        "Rest between a gross movement and what is part of it.",
        unit="s",
        compared="< is a part",
        source=f"{_OURS}: acceleration pauses where muscles do not",
    )
    crowd_rest_s: float = quantity(
        "Rest between movements that crowd together.",
        unit="s",
        compared="< goes on",
        source=f"{_OURS}: periodic movements rest for longer, and double ones are two",
    )
    crowd_count: int = quantity(
        "Movements in a crowd, which is one of the whole body.",
        unit="1",
        compared=">= is one",
        source=f"{_OURS}: see crowd_rest_s",
    )
    shaken_slow_frac: float = quantity(
        "Slow part of a faint movement below which it moves no limb.",
        unit="frac",
        compared="< moves none",
        source=f"{_OURS}: a limb that turns in the field of gravity is slow",
    )
    shaken_max_g: float = quantity(
        "Peak of a movement that only shakes, below which it came through the mattress.",
        unit="g",
        compared="< is rejected",
        source=f"{_OURS}: of a partner 6 to 30 mg are felt",
    )
    gross_min_s: float = quantity(
        "Duration from which a movement is one of the whole body, if trunk or wrist share it.",
        unit="s",
        compared=">= is gross",
        source="Ferri 2021, PMC8436137: large muscle group movement, 3 to 45 s in adults",
    )
    min_hypnic_g: float = quantity(
        "Largest acceleration of a hypnic jerk.",
        unit="g",
        compared=">= counts",
        source=f"{_OURS}; ICSD: of high amplitude, usually one strong jerk of much of the body",
    )
    hypnic_before_min: float = quantity(
        "Time before sleep onset in which a brief burst is a hypnic jerk.",
        unit="min",
        compared="<=",
        source=_OURS,
    )
    hypnic_after_min: float = quantity(
        "Time after sleep onset in which a brief burst is a hypnic jerk.",
        unit="min",
        compared="<=",
        source=_OURS,
    )
    hypnic_return_min: float = quantity(
        "Time after a return to sleep in which a brief burst is a hypnic jerk.",
        unit="min",
        compared="<=",
        source=f"{_OURS}: 5 minutes after wake is over",
    )
    hypnic_return_slack_min: float = quantity(
        "Time before a return to sleep in which a brief burst is a hypnic jerk: the return is known that well only.",
        unit="min",
        compared="<=",
        source=_OURS,
    )
    min_return_wake_min: float = quantity(
        "Length of a wake episode that is followed by a return to sleep.",
        unit="min",
        compared=">= counts",
        source=f"{_OURS}: most of the shorter ones found by one leg were sleep",
    )
    periodic_min_s: float = quantity("Interval of a periodic series.", unit="s", compared=">=", source=_WASM)
    periodic_max_s: float = quantity("Interval of a periodic series.", unit="s", compared="<=", source=_WASM)
    periodic_count: int = quantity(
        "Leg movements in a series, in which a burst in a member's place is no hypnic jerk.",
        unit="1",
        compared=">=",
        source=_WASM,
    )
    even_count: int = quantity(
        "Brief bursts in an even run, which are then no hypnic jerks.",
        unit="1",
        compared=">=",
        source=f"{_OURS}: three or four jerks in a row are evenly spaced by chance",
    )
    even_spread_ratio: float = quantity(
        "Standard deviation over mean of the intervals of an even run.",
        unit="1",
        compared="<= is even",
        source=f"{_OURS}: of independent bursts it is about 1, and 0.3 where they cannot come close",
    )
    member_interval_ratio: float = quantity(
        "Interval before or after a member of a series over the series' median, or the other way round.",
        unit="1",
        compared="<= is a member",
        source=f"{_OURS}: near enough that chance seldom puts a jerk there",
    )
    min_morphology_frac: float = quantity(
        "Part of the best half second above the threshold of offset: its median is above it.",
        unit="frac",
        compared=">= is a movement",
        source=_WASM,
    )
    rhythmic_min_s: float = quantity(
        "Duration of a rhythmic movement.", unit="s", compared=">= counts", source="contract section 1"
    )
    rhythmic_low_hz: float = quantity(
        "Lowest frequency of a rhythmic movement.", unit="hz", compared=">=", source="contract section 1"
    )
    rhythmic_high_hz: float = quantity(
        "Highest frequency of a rhythmic movement.", unit="hz", compared="<=", source="contract section 1"
    )
    rhythmic_ratio: float = quantity(
        "Autocorrelation of a rhythmic movement.", unit="1", compared=">=", source=_OURS
    )
    rhythmic_min_g: float = quantity(
        "Envelope's peak of a rhythmic movement.", unit="g", compared=">=", source=_OURS
    )
    rhythmic_band_frac: float = quantity(
        "Power of a rhythmic movement at 2 to 8 Hz.", unit="frac", compared=">=", source=_OURS
    )
    tremor_min_s: float = quantity(
        "Duration of a train of foot tremor.",
        unit="s",
        compared=">= counts",
        source="Wichniak 2001: 10 to 15 s; engineering choice: leg movements that shake seldom last as long",
    )
    tremor_min_count: int = quantity(
        "Bursts in a train.", unit="1", compared=">= counts", source="AASM, as quoted"
    )
    tremor_low_hz: float = quantity(
        "Lowest rate of bursts.", unit="hz", compared=">=", source="AASM, as quoted"
    )
    tremor_high_hz: float = quantity(
        "Highest rate of bursts.", unit="hz", compared="<=", source="AASM, as quoted"
    )
    tremor_ratio: float = quantity("Autocorrelation of a train.", unit="1", compared=">=", source=_OURS)
    tremor_pulse_ratio: float = quantity(
        "Autocorrelation of the envelope of a train whose bursts are noise.",
        unit="1",
        compared=">=",
        source=f"{_OURS}: twitches of REM stay below half",
    )
    tremor_pulse_min_s: float = quantity(
        "Duration of such a train.",
        unit="s",
        compared=">= counts",
        source=f"Wichniak 2001: 10 to 15 s; {_OURS}: half of the window of its rhythm",
    )
    tremor_burst_s: float = quantity(
        "Longest burst of a train whose bursts are apart.",
        unit="s",
        compared="<=",
        source="AASM, as quoted: 250 to 1000 ms, and ringing",
    )
    tremor_max_g: float = quantity("Envelope's peak of a train.", unit="g", compared="<=", source=_OURS)


SLEEP_MOVEMENTS_2026 = KindParameters(
    site_gap_s=0.2,
    min_movement_s=0.5,
    getting_up_s=20,
    piece_rest_s=0.9,
    piece_min_s=0.7,
    piece_ratio=8,
    max_brief_active_s=0.75,
    min_brief_g=0.06,
    max_brief_span_s=1.5,
    brief_rise_s=0.1,
    brief_crest_ratio=2.2,
    flick_crest_ratio=3.4,
    flick_morphology_frac=0.5,
    flick_max_g=0.3,
    twitch_cluster_gap_s=10,
    twitch_cluster_count=3,
    gross_tilt_deg=20,
    resettled_deg=2.4,
    resettled_min_s=2,
    long_min_s=2.8,
    long_resettled_deg=1.2,
    both_ways_min_s=2.8,
    one_sided_frac=0.65,
    one_sided_per_s=0.04,
    max_one_sided_frac=0.82,
    longest_leg_s=10,
    settling_s=1.6,
    shaken_slow_frac=0.6,
    shaken_max_g=0.035,
    crowd_rest_s=2.2,
    crowd_count=3,
    gross_min_s=3,
    min_hypnic_g=0.1,
    hypnic_before_min=20,
    hypnic_after_min=20,
    hypnic_return_min=5,
    hypnic_return_slack_min=2,
    min_return_wake_min=3,
    periodic_min_s=10,
    periodic_max_s=90,
    periodic_count=4,
    even_count=8,
    even_spread_ratio=0.2,
    member_interval_ratio=1.3,
    min_morphology_frac=0.2,
    rhythmic_min_s=10,
    rhythmic_low_hz=2,
    rhythmic_high_hz=8,
    rhythmic_ratio=0.4,
    rhythmic_min_g=0.2,
    rhythmic_band_frac=0.5,
    tremor_min_s=7,
    tremor_min_count=4,
    tremor_low_hz=0.3,
    tremor_high_hz=4,
    tremor_ratio=0.6,
    tremor_pulse_ratio=0.6,
    tremor_pulse_min_s=8,
    tremor_burst_s=1.0,
    tremor_max_g=0.3,
)
"""Kinds of movement at a leg in bed."""
