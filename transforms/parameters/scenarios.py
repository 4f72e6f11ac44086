"""What the sleepers and sensors of the named scenarios are made of: domain randomisation over published rates.

A pair is a range; whether it is drawn evenly or evenly in the logarithm stands in the meaning. Nothing here is taken
from the parameters of the detector. Authors and years are named as far as they are known; few papers were opened.
"""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

Range = tuple[float, float]

_CHOICE = "engineering choice"
_LO = "Lo 2002, Europhys Lett 57:625: sleep bouts exponential, wake bouts a power law of exponent 1.3"
_IBRAHIM = "Ibrahim 2023: large movements of healthy sleepers, median 6.8 an hour, IQR 4.5 to 10.8"
_FRAUSCHER = "Frauscher 2014, Sleep 37:763, motor events of 100 healthy sleepers"
_AASM = "AASM manual VII: burst of 150 ms at most; five a minute and more"
_MICHAUD = "Michaud 2001: movements awake in restless legs, 12 to 28 s apart"
_STILL = "real sensors at rest on a leg, 10 s windows: 5 to 13 mg, heavier tails than normal; reported, not published"


@dataclass(frozen=True, kw_only=True)
class RestParameters:
    """When somebody lies, sleeps, wakes and gets up."""

    lights_off_clock_h: Range = quantity("Local clock of lights-off, even.", unit="h", source=_CHOICE)
    latency_min: Range = quantity(
        "Sleep latency, even in the log.",
        unit="min",
        source="Ohayon 2004: adults 10 to 20 min, SD of the same size",
    )
    sleep_h: Range = quantity(
        "From sleep onset to sleep end, even.", unit="h", source="Ohayon 2004: 6 to 8 h"
    )
    sleep_bout_min: float = quantity(
        "Mean of a bout asleep between wakings of wake_bout_min and more.", unit="min", source=_LO
    )
    wake_bout_exponent: float = quantity("Exponent of the survival of wake bouts.", unit="1", source=_LO)
    wake_bout_min: Range = quantity("Bounds of a wake bout.", unit="min", source=_LO)
    inertia_min: Range = quantity("From sleep end to lights-on, even.", unit="min", source=_CHOICE)
    long_wake_min: Range = quantity(
        "One long waking in the middle third of the night, even; 0 none.",
        unit="min",
        source="Ekirch 2005: segmented sleep, 1 to 2 h between the sleeps",
    )
    nap_min: Range = quantity(
        "A nap in the early evening, even; 0 none.", unit="min", source="Milner 2009: 20 to 90 min"
    )
    rem_cycle_min: float = quantity(
        "From one REM period to the next.", unit="min", source="Carskadon 2011: 90 min"
    )
    rem_period_min: Range = quantity(
        "Length of the first and of the last REM period.", unit="min", source="Carskadon 2011: 5 to 30 min"
    )
    out_of_bed_count: float = quantity("Mean count of leaving the bed while awake.", unit="1", source=_CHOICE)
    out_of_bed_min: Range = quantity(
        "Length of one, even.",
        unit="min",
        source="nocturia a few minutes; restless legs, IRLSSG: until relief",
    )


@dataclass(frozen=True, kw_only=True)
class MotionParameters:
    """How often each movement comes. A rate is one person's own, drawn once and kept all night."""

    large_per_h: Range = quantity("Large movements asleep: median and log SD.", unit="1/h", source=_IBRAHIM)
    large_bounds_per_h: Range = quantity("Bounds of that rate.", unit="1/h", source=_IBRAHIM)
    large_s: Range = quantity(
        "Their duration: median and log SD.", unit="s", source="Ferri 2021, large muscle groups: 3 to 45 s"
    )
    large_bounds_s: Range = quantity("Bounds of it.", unit="s", source="Ferri 2021: 3 to 45 s")
    large_g: Range = quantity("Their size, even in the log.", unit="g", source=_CHOICE)
    turn_share: Range = quantity(
        "Part of the large movements that change the posture, even.",
        unit="1",
        source="De Koninck 1992: 1.5 to 3.5 shifts of posture an hour",
    )
    small_shift_deg: Range = quantity("What the others leave of tilt, even.", unit="deg", source=_CHOICE)
    leg_s: Range = quantity(
        "Duration of a leg movement: median and log SD.",
        unit="s",
        source="WASM 2016; Ferri 2015: mean 2.5 to 3.2 s",
    )
    leg_bounds_s: Range = quantity("Bounds of it.", unit="s", source="WASM 2016: 0.5 to 10 s")
    leg_g: Range = quantity(
        "Its size: median and log SD.",
        unit="g",
        source="Sicbaldi 2025: 0.377 g above a threshold of their own",
    )
    leg_bounds_g: Range = quantity("Bounds of it.", unit="g", source=_CHOICE)
    leg_shift_deg: float = quantity(
        "SD of the tilt that a leg movement leaves.",
        unit="deg",
        source="mechanics of soft bedding; " + _CHOICE,
    )
    lone_per_h: Range = quantity(
        "Leg movements outside series asleep, even.",
        unit="1/h",
        source="Ferri 2006 and 2016: isolated leg movements of controls and patients",
    )
    periodic_per_h: Range = quantity(
        "Periodic leg movements asleep, even in the log; 0 none.",
        unit="1/h",
        source=f"{_FRAUSCHER}, 90th percentile 24.8; Ferri group, restless legs 20 to 60",
    )
    imi_s: Range = quantity(
        "A person's median interval, even.", unit="s", source="Ferri 2006: mode 20 to 40 s"
    )
    imi_log_sd: float = quantity("SD of the log of an interval.", unit="1", source="Skeba 2016: 0.3 to 0.5")
    series_count: float = quantity("Mean length of a series, geometric from 4.", unit="1", source=_CHOICE)
    double_share: float = quantity(
        "Periodic movements followed at once by a second.",
        unit="1",
        source="Ferri 2006: a second peak of intervals at 2 to 4 s",
    )
    double_after_s: Range = quantity(
        "From the end of the first to the onset of the second, even.", unit="s", source="Ferri 2006: 2 to 4 s"
    )
    hypnic_count: float = quantity(
        "Mean count of hypnic jerks around sleep onset.", unit="1", source="AASM: few; " + _CHOICE
    )
    hypnic_window_min: Range = quantity(
        "Where they fall, from sleep onset.", unit="min", source="ICSD-3: at the transition"
    )
    hypnic_g: Range = quantity(
        "Size of hypnic jerks, even in the log.", unit="g", source="ICSD-3: of high amplitude; " + _CHOICE
    )
    twitch_g: Range = quantity("Size of twitches, even in the log.", unit="g", source=_CHOICE)
    twitches_per_h: float = quantity("Brief lone bursts well inside sleep.", unit="1/h", source=_CHOICE)
    wake_large_per_h: Range = quantity(
        "Large movements awake in bed, even in the log; 0 none.",
        unit="1/h",
        source="Wilde-Frenz 1983: 10 to 40 an hour",
    )
    wake_leg_per_h: Range = quantity(
        "Leg movements awake in bed, even in the log; 0 none.", unit="1/h", source=_CHOICE
    )
    waking_moves_share: float = quantity(
        "Wakings that begin with a movement.",
        unit="1",
        source="Wilde-Frenz 1983: most wakings come with a body movement; " + _CHOICE,
    )
    wake_periodic_share: float = quantity(
        "Part of the sleep latency with a movement every wake_imi_s.",
        unit="1",
        source="Montplaisir 1998: PLM in wake",
    )
    wake_imi_s: Range = quantity("The interval awake, even.", unit="s", source=_MICHAUD)
    myoclonus_per_h: float = quantity(
        "Bursts of fragmentary myoclonus in NREM.", unit="1/h", source=f"{_FRAUSCHER}, 90th percentile 143.7"
    )
    myoclonus_g: Range = quantity(
        "Their size, even in the log.", unit="g", source=f"{_AASM}; {_CHOICE}: no ankle has been measured"
    )
    rem_clusters_per_h: float = quantity(
        "Clusters of twitches per hour of REM.",
        unit="1/h",
        source="Frauscher 2012, Sleep 35:835: phasic muscle activity in REM",
    )
    rem_cluster_count: Range = quantity("Twitches of one cluster.", unit="1", source=_CHOICE)
    rem_twitch_g: Range = quantity("Their size, even in the log.", unit="g", source=_CHOICE)
    tremor_count: float = quantity(
        "Mean count of foot tremor trains.", unit="1", source="Wichniak 2001, 7.5 % of patients"
    )
    tremor_is_noisy: bool = quantity(
        "Each burst of a train is noise, not a swing.",
        unit="1",
        source="Chervin 2003: bursts of 100 to 500 ms",
    )
    rhythmic_count: int = quantity("Rhythmic episodes.", unit="1", source="Theodore 1994: mean 62 s")
    partner_per_h: float = quantity(
        "Movements of a partner that reach the sensor through the mattress.",
        unit="1/h",
        source="Pankhurst 1994: about a third of movements are shared",
    )
    partner_mg: Range = quantity("Their size, even in the log.", unit="mg", source=_CHOICE)
    pet_per_h: float = quantity(
        "Jumps and steps of a pet on the bed.", unit="1/h", source="Patel 2017; " + _CHOICE
    )
    pet_mg: Range = quantity("Their size, even in the log.", unit="mg", source=_CHOICE)
    guard_s: float = quantity(
        "Least rest between two movements, so that the truth is two.",
        unit="s",
        source="WASM 2016: 0.5 s joins",
    )
    knees_up_share: float = quantity(
        "Turns that end with a shank propped up like that of a sitting person.", unit="1", source=_CHOICE
    )
    is_on_side: bool = quantity(
        "Always on a side, the joint's axis along gravity: no movement tilts, turns go from side to side.",
        unit="1",
        source="mechanics",
    )
    is_alternating: bool = quantity(
        "Periodic movements change legs one by one.",
        unit="1",
        source="Ferri 2017: 42 % of movements are of one leg",
    )
    held_share: float = quantity(
        "Leg movements that hold the limb flexed before it is let go.",
        unit="1",
        source="AASM: tonic dorsiflexion of 0.5 to 5 s; " + _CHOICE,
    )
    held_s: Range = quantity("How long, even.", unit="s", source="AASM, as above")


@dataclass(frozen=True, kw_only=True)
class WornParameters:
    """What the sensor, the strap, the skin and the diary make of it."""

    rate_hz: tuple[float, ...] = quantity("Sampling rates, one drawn.", unit="Hz", source="devices in use")
    resolution_mg: tuple[float, ...] = quantity(
        "Resolutions, one drawn.",
        unit="mg",
        source="AX3 at 8 g and 10 bit 15.6; AX3 and GENEActiv 13 and 12 bit 3.9; AX6 and ActiGraph 0.24",
    )
    noise_mg: Range = quantity("Noise of a still worn axis, even.", unit="mg", source=_STILL)
    tail_df: float = quantity("Degrees of freedom of its Student's t.", unit="1", source=_STILL)
    swell_log_sd: float = quantity("SD of the log of its slow swelling.", unit="1", source=_STILL)
    slow_mg: float = quantity("Part whose density rises below 0.5 Hz.", unit="mg", source=_STILL)
    wander_mg: float = quantity(
        "SD of 10 s means about the posture's own.",
        unit="mg",
        source="real sensors at rest on a leg: 11 mg; reported, not published",
    )
    warmth_mg_per_c: float = quantity(
        "Offset per degree.", unit="mg/degC", source="ADXL345 data sheet: 0.4 to 1.2 mg per degree"
    )
    strap_hz: float = quantity(
        "Resonance of a loose strap; 0 none.", unit="Hz", source="a case on a soft strap; " + _CHOICE
    )
    strap_quality: float = quantity("Its sharpness.", unit="1", source=_CHOICE)
    body_sites: tuple[str, ...] = quantity("Where sensors are worn.", unit="text", source="contract")
    clock_offset_s: float = quantity(
        "Offset of the second clock, either way.",
        unit="s",
        source="AX3: set by hand from a computer, seconds apart",
    )
    clock_drift_ppm: float = quantity(
        "Drift of the second clock, either way.", unit="ppm", source="AX3 data sheet: 50 to 100 ppm"
    )
    has_idle_sleep: bool = quantity(
        "The device stops recording when still.",
        unit="1",
        source="ActiGraph: idle sleep mode after 10 s below 40 mg",
    )
    thermometer: str = quantity("Works, stuck or none.", unit="text", source="devices in use")
    nonwear_min: tuple[float, ...] = quantity(
        "Lengths of spells taken off in bed hours.", unit="min", source="issue: 30 min and more are found"
    )
    is_nonwear_warm: bool = quantity(
        "Taken off, it stays at skin temperature.", unit="1", source="under the blanket; " + _CHOICE
    )
    diary: str = quantity("Lights, none, or hour_off.", unit="text", source="contract")


@dataclass(frozen=True, kw_only=True)
class ScenarioParameters:
    """One scenario: everything its nights are drawn from."""

    rest: RestParameters = quantity("Rest.", unit="group", source="")
    motion: MotionParameters = quantity("Motion.", unit="group", source="")
    worn: WornParameters = quantity("Sensor.", unit="group", source="")


ORDINARY_2026 = ScenarioParameters(
    rest=RestParameters(
        lights_off_clock_h=(21.8, 24.3),
        latency_min=(8.0, 30.0),
        sleep_h=(6.2, 8.2),
        sleep_bout_min=50.0,
        wake_bout_exponent=1.3,
        wake_bout_min=(1.0, 25.0),
        inertia_min=(3.0, 20.0),
        long_wake_min=(0.0, 0.0),
        nap_min=(0.0, 0.0),
        rem_cycle_min=90.0,
        rem_period_min=(5.0, 30.0),
        out_of_bed_count=0.0,
        out_of_bed_min=(3.0, 15.0),
    ),
    motion=MotionParameters(
        large_per_h=(6.8, 0.65),
        large_bounds_per_h=(2.0, 11.0),
        large_s=(8.0, 0.5),
        large_bounds_s=(3.0, 45.0),
        large_g=(0.12, 0.9),
        turn_share=(0.25, 0.6),
        small_shift_deg=(1.0, 12.0),
        leg_s=(2.4, 0.45),
        leg_bounds_s=(0.6, 8.0),
        leg_g=(0.24, 0.65),
        leg_bounds_g=(0.035, 1.5),
        leg_shift_deg=0.6,
        lone_per_h=(1.0, 6.0),
        periodic_per_h=(8.0, 40.0),
        imi_s=(18.0, 38.0),
        imi_log_sd=0.3,
        series_count=12.0,
        double_share=0.0,
        double_after_s=(1.0, 3.0),
        hypnic_count=2.5,
        hypnic_window_min=(-8.0, 8.0),
        hypnic_g=(0.15, 1.5),
        twitch_g=(0.1, 0.8),
        twitches_per_h=0.5,
        wake_large_per_h=(10.0, 40.0),
        wake_leg_per_h=(10.0, 60.0),
        waking_moves_share=0.85,
        wake_periodic_share=0.0,
        wake_imi_s=(12.0, 28.0),
        myoclonus_per_h=0.0,
        myoclonus_g=(0.015, 0.12),
        rem_clusters_per_h=0.0,
        rem_cluster_count=(4.0, 14.0),
        rem_twitch_g=(0.02, 0.2),
        tremor_count=0.5,
        tremor_is_noisy=False,
        rhythmic_count=0,
        partner_per_h=0.0,
        partner_mg=(6.0, 30.0),
        pet_per_h=0.0,
        pet_mg=(40.0, 150.0),
        guard_s=1.2,
        knees_up_share=0.0,
        is_on_side=False,
        is_alternating=False,
        held_share=0.0,
        held_s=(0.5, 2.0),
    ),
    worn=WornParameters(
        rate_hz=(50.0,),
        resolution_mg=(3.9, 0.98, 0.24),
        noise_mg=(3.0, 6.0),
        tail_df=12.0,
        swell_log_sd=0.1,
        slow_mg=1.0,
        wander_mg=2.0,
        warmth_mg_per_c=0.3,
        strap_hz=0.0,
        strap_quality=6.0,
        body_sites=("left_ankle",),
        clock_offset_s=0.0,
        clock_drift_ppm=0.0,
        has_idle_sleep=False,
        thermometer="works",
        nonwear_min=(),
        is_nonwear_warm=False,
        diary="lights",
    ),
)
"""An ordinary sleeper with some periodic movements, an ordinary sensor, a diary with lights-off and lights-on."""
