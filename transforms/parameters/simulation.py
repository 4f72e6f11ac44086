"""What a simulated participant, night, movement and sensor are made of.

A pair is a range, drawn uniformly unless the meaning says otherwise. The values aim at plausibility, not at a
population: where no publication gives a number the source says so.
"""

from dataclasses import dataclass
from typing import Literal

from transforms.parameters.describe import quantity

Range = tuple[float, float]

_CHOICE = "engineering choice"
_RULES = "ICSD-3, AASM and WASM movement descriptions; values inside them an engineering choice"


@dataclass(frozen=True, kw_only=True)
class PersonParameters:
    """Who takes part. A pair after women's and men's values is (female, male)."""

    female_share: float = quantity("Share of women.", unit="1", source=_CHOICE)
    age_years: Range = quantity("Age.", unit="year", source=_CHOICE)
    weight_kg: Range = quantity("Mean weight (female, male).", unit="kg", source=_CHOICE)
    weight_sd_kg: float = quantity("SD of weight.", unit="kg", source=_CHOICE)
    smoker_share: float = quantity("Share of smokers.", unit="1", source=_CHOICE)
    contraceptive_share: float = quantity("Oral contraceptive, women below 45.", unit="1", source=_CHOICE)
    contraceptive_until_years: float = quantity("Age until which.", unit="year", source=_CHOICE)
    ferritin_median_ug_l: float = quantity("Median ferritin.", unit="ug/L", source=_CHOICE)
    ferritin_median_restless_ug_l: float = quantity(
        "Median ferritin with restless legs.", unit="ug/L", source="iron is low in many, IRLSSG 2018"
    )
    ferritin_log_sd: float = quantity("SD of its log.", unit="1", source=_CHOICE)
    irls_score: Range = quantity("IRLS score without restless legs.", unit="1", source="IRLS 0-40")
    irls_score_restless: Range = quantity("With restless legs.", unit="1", source="IRLS moderate and severe")
    periodic_log_sd: float = quantity(
        "SD of the log rate of periodic movements, besides the person effect.", unit="1", source=_CHOICE
    )
    imi_person_log_sd: float = quantity("SD of the log median interval.", unit="1", source=_CHOICE)
    left_share_sd: float = quantity("SD of the share that the left leg leads.", unit="1", source=_CHOICE)
    sleep_need_sd_h: float = quantity("SD of sleep need.", unit="h", source=_CHOICE)
    caffeine_confounding: float = quantity(
        "Rise of the share of evenings with caffeine per SD of the person effect.",
        unit="1",
        source="engineering choice: a pooled comparison of people is then biased, that of nights is not",
    )
    magnesium_mg: float = quantity("Median daily intake.", unit="mg", source=_CHOICE)
    calcium_mg: float = quantity("Median daily intake.", unit="mg", source=_CHOICE)
    iron_mg: float = quantity("Median daily intake.", unit="mg", source=_CHOICE)
    vitamin_b6_mg: float = quantity("Median daily intake.", unit="mg", source=_CHOICE)
    vitamin_b12_ug: float = quantity("Median daily intake.", unit="ug", source=_CHOICE)


@dataclass(frozen=True, kw_only=True)
class SleepParameters:
    """When the simulated people lie down, sleep, wake and turn."""

    lights_off_clock_h: float = quantity(
        "Cohort mean of the local clock time of lights-off.", unit="h", source=_CHOICE
    )
    person_lights_off_sd_min: float = quantity("Between people, of lights-off.", unit="min", source=_CHOICE)
    night_lights_off_sd_min: float = quantity("Between nights, of lights-off.", unit="min", source=_CHOICE)
    sleep_need_h: float = quantity("Mean time from sleep onset to sleep end.", unit="h", source=_CHOICE)
    night_sleep_sd_min: float = quantity("Between nights, of sleep length.", unit="min", source=_CHOICE)
    latency_median_min: float = quantity("Median sleep latency (log-normal).", unit="min", source=_CHOICE)
    latency_log_sd: float = quantity("SD of the log of sleep latency.", unit="1", source=_CHOICE)
    latency_min: Range = quantity("Bounds of sleep latency.", unit="min", source=_CHOICE)
    latency_ratio_per_100_mg: float = quantity(
        "Latency ratio per 100 mg caffeine in the body.", unit="1", source="Gardiner 2023: latency +9 min"
    )
    inertia_min: Range = quantity("From sleep end to lights-on.", unit="min", source=_CHOICE)
    wake_episodes_per_night: float = quantity(
        "Mean count of wake episodes in sleep.", unit="1", source=_CHOICE
    )
    wake_episode_min: Range = quantity("Length of a wake episode.", unit="min", source=_CHOICE)
    turns_per_h: Range = quantity("Turns per hour of sleep, one rate per person.", unit="1/h", source=_CHOICE)
    wake_turns_per_h: float = quantity("Turns per hour awake in bed.", unit="1/h", source=_CHOICE)
    breathing_hz: Range = quantity("Breaths per second asleep.", unit="Hz", source="12-18 breaths per minute")


@dataclass(frozen=True, kw_only=True)
class MovementRateParameters:
    """How often each kind of movement happens before person, night and exposure effects."""

    hypnic_jerks_per_night: float = quantity(
        "Mean count at and after sleep onset.", unit="1", source="healthy adults have a few; " + _CHOICE
    )
    hypnic_window_min: Range = quantity(
        "Where they fall, from sleep onset; also from the return to sleep, upper half only.",
        unit="min",
        source="narrower than the scoring window so that its edges decide nothing; " + _CHOICE,
    )
    return_window_min: float = quantity(
        "After a return to sleep, jerks still count as at sleep onset.",
        unit="min",
        source="contract; " + _CHOICE,
    )
    twitch_after_onset_min: float = quantity(
        "Twitches keep this far from sleep onset.", unit="min", source="beyond the scoring window of 15 min"
    )
    return_share: float = quantity("Hypnic jerks at a return to sleep.", unit="1", source=_CHOICE)
    guard_s: float = quantity("Least rest between two movements.", unit="s", source=_CHOICE)
    hypnic_guard_s: float = quantity(
        "Least rest around a hypnic jerk or twitch.", unit="s", source="isolated; " + _CHOICE
    )
    fidget_bout_count: Range = quantity("Fidgets in a bout.", unit="1", source=_CHOICE)
    turn_posture_share: float = quantity(
        "Gross movements that end in a new posture.", unit="1", source=_CHOICE
    )
    twitches_per_h: float = quantity("Brief movements away from sleep onset.", unit="1/h", source=_CHOICE)
    isolated_per_h: float = quantity("Leg movements outside series, asleep.", unit="1/h", source=_CHOICE)
    wake_leg_movements_per_h: float = quantity("Leg movements awake in bed.", unit="1/h", source=_CHOICE)
    periodic_per_h_median: float = quantity(
        "Periodic leg movements of a person with series.",
        unit="1/h",
        source="Frauscher 2014: 90th pct 24.8/h",
    )
    periodic_per_h_restless: float = quantity(
        "Median rate of periodic movements of a person with restless legs.",
        unit="1/h",
        source="Ferri group, RLS samples",
    )
    series_share: float = quantity(
        "Share of people with series at all.", unit="1", source="Frauscher 2014: 36 % above 5/h"
    )
    restless_share: float = quantity("Share with restless legs (enriched).", unit="1", source=_CHOICE)
    series_mean_count: float = quantity(
        "Mean length of a series (geometric from 4).", unit="1", source=_CHOICE
    )
    imi_median_s: float = quantity(
        "Median interval inside series, one value per person around it.", unit="s", source="PLM 20-30 s, WASM"
    )
    imi_log_sd: float = quantity("SD of the log interval.", unit="1", source="Skeba 2016, order of magnitude")
    imi_s: Range = quantity("Bounds of the interval.", unit="s", source="WASM 2016, drawn strictly inside")
    first_half_share: float = quantity(
        "Share of series in the first half of the night.", unit="1", source="PLMS fall through the night"
    )
    fidgets_per_h: float = quantity(
        "Restless-legs movements before sleep.", unit="1/h", source="Montplaisir 1998"
    )
    fidget_imi_s: Range = quantity("Their interval.", unit="s", source="Michaud 2001: modal 11-12 s")
    tremor_trains_per_night: float = quantity("Foot tremor trains.", unit="1", source="Wichniak 2001, order")
    day_fidgets_per_h: float = quantity("Small shifts while sitting by day.", unit="1/h", source=_CHOICE)
    person_log_sd: float = quantity("SD of the log person effect.", unit="1", source="Trotti 2009, ICC 0.83")
    night_log_sd: float = quantity("SD of the log night effect.", unit="1", source="Trotti 2009, ICC 0.83")
    max_rate_ratio: float = quantity("Cap of night and exposure effects together.", unit="1", source=_CHOICE)


@dataclass(frozen=True, kw_only=True)
class ShapeParameters:
    """What one movement looks like in the body, before any sensor."""

    leg_movement_s: Range = quantity("Duration of a leg movement.", unit="s", source="WASM 2016: 0.5-10 s")
    leg_movement_median_s: float = quantity(
        "Its median (log-normal).", unit="s", source="mode 2-5 s; " + _RULES
    )
    leg_movement_log_sd: float = quantity("SD of its log.", unit="1", source=_CHOICE)
    leg_rise_s: Range = quantity("First flexion.", unit="s", source=_RULES)
    leg_step_s: Range = quantity("Further flexions and releases.", unit="s", source=_CHOICE)
    leg_amplitude_g: Range = quantity("Bounds of the peak added acceleration.", unit="g", source=_CHOICE)
    leg_amplitude_median_g: float = quantity(
        "Its median (log-normal).",
        unit="g",
        source="Sicbaldi 2025: 0.377 g above their threshold; none for PLM",
    )
    leg_amplitude_log_sd: float = quantity("SD of its log.", unit="1", source=_CHOICE)
    other_leg_ratio: Range = quantity("Amplitude of the second leg to the first.", unit="1", source=_CHOICE)
    one_leg_share: float = quantity(
        "Leg movements of one leg only.", unit="1", source="Ferri: 42 % without contralateral activity"
    )
    other_leg_lag_s: Range = quantity(
        "Second leg behind the first.", unit="s", source="pairs overlap in 93 %"
    )
    jerk_burst_s: Range = quantity(
        "Muscle burst of a hypnic jerk or twitch.", unit="s", source="Walters 2007: 75-250 ms"
    )
    jerk_ring_hz: Range = quantity("Ring-down of limb and tissue.", unit="Hz", source=_CHOICE)
    jerk_decay_per_s: Range = quantity("Decay rate of the ring-down.", unit="1/s", source=_CHOICE)
    jerk_max_s: float = quantity("Longest active time in acceleration.", unit="s", source="contract: 0.75 s")
    hypnic_amplitude_g: Range = quantity("Peak of a hypnic jerk (log-uniform).", unit="g", source=_CHOICE)
    twitch_amplitude_g: Range = quantity("Peak of a twitch (log-uniform).", unit="g", source=_CHOICE)
    site_lag_s: float = quantity("Largest lag between sites, whole-body events.", unit="s", source="< 100 ms")
    turn_s: Range = quantity("Rotation to the new posture.", unit="s", source=_CHOICE)
    gross_s: Range = quantity("Whole gross movement.", unit="s", source="Ferri 2021, LMM 3-45 s")
    gross_amplitude_g: Range = quantity("Peak shake of a gross movement.", unit="g", source=_CHOICE)
    gross_step_s: Range = quantity("Steps of the shake.", unit="s", source=_CHOICE)
    tremor_hz: Range = quantity("Bursts per second in a train.", unit="Hz", source="ALMA, HFT: 0.3-4 Hz")
    tremor_s: Range = quantity("Length of a train.", unit="s", source="Wichniak 2001: 10-15 s")
    tremor_amplitude_g: Range = quantity("Peak of its bursts.", unit="g", source=_CHOICE)
    rhythmic_hz: Range = quantity("Start and end frequency, slowing.", unit="Hz", source="clonic rate slows")
    rhythmic_s: Range = quantity("Length.", unit="s", source="Theodore 1994: mean 62 s")
    rhythmic_amplitude_g: Range = quantity("Peak.", unit="g", source=_CHOICE)
    tissue_ring_hz: Range = quantity("Ring-down after each step of a movement.", unit="Hz", source=_CHOICE)
    tissue_decay_per_s: Range = quantity("Its decay rate.", unit="1/s", source=_CHOICE)
    tissue_share: float = quantity("Its amplitude to the step's.", unit="1", source=_CHOICE)


@dataclass(frozen=True, kw_only=True)
class SensorParameters:
    """The sensor and its clock."""

    noise_mg: Range = quantity("White noise per axis, one value per device.", unit="mg", source=_CHOICE)
    gain_error_frac: float = quantity("Largest gain error per axis.", unit="1", source="van Hees 2014, order")
    offset_error_mg: float = quantity("Largest offset per axis.", unit="mg", source="van Hees 2014, order")
    range_g: float = quantity("Measuring range, clipped.", unit="g", source="AX3 and AX6 as commonly set")
    breathing_mg: Range = quantity("Breathing at the leg.", unit="mg", source=_CHOICE)
    clock_offset_s: float = quantity("Largest offset of a second device's clock.", unit="s", source=_CHOICE)
    clock_drift_ppm: float = quantity(
        "SD of a second device's drift.", unit="ppm", source="quartz, tens of ppm"
    )
    rate_error_frac: float = quantity("Largest error of the sampling rate.", unit="1", source=_CHOICE)
    mounting_deg: float = quantity("Largest tilt of the strap.", unit="deg", source=_CHOICE)
    skin_c: Range = quantity("Temperature when worn.", unit="degC", source="skin 31-34; " + _CHOICE)
    room_c: Range = quantity("Temperature on the night stand.", unit="degC", source=_CHOICE)
    thermal_s: float = quantity("Time constant of the case.", unit="s", source=_CHOICE)
    gap_s: Range = quantity("Length of a clock gap.", unit="s", source=_CHOICE)


@dataclass(frozen=True, kw_only=True)
class PlantedEffect:
    """One rate ratio that the simulated nights obey.

    ``kinds`` are the movement kinds whose expected count is multiplied by ``rate_ratio`` for each ``per_unit`` of
    the exposure; with a ``level`` the exposure is a category and the ratio stands against level none.
    """

    exposure: str = quantity("Column of exposure_night.", unit="text", source="contract")
    per_unit: float = quantity("In the exposure's unit.", unit="exposure", source=_CHOICE)
    rate_ratio: float = quantity("Ratio of expected counts.", unit="1", source="none published; " + _CHOICE)
    kinds: tuple[str, ...] = quantity("Kinds that obey.", unit="text", source=_CHOICE)
    level: Literal["", "moderate", "excessive"] = quantity("Category.", unit="text", source=_CHOICE)
    reference: float = quantity("Exposure at which the ratio is 1.", unit="exposure", source=_CHOICE)


@dataclass(frozen=True, kw_only=True)
class BehaviourParameters:
    """What people drink, do, feel and eat, and what of it their diaries say."""

    evening_caffeine_share: float = quantity("Evenings with caffeine, mean person.", unit="1", source=_CHOICE)
    evening_dose_mg: tuple[float, ...] = quantity("Evening doses.", unit="mg", source="Mayo Clinic table")
    evening_clock_h: Range = quantity("When.", unit="h", source=_CHOICE)
    morning_clock_h: Range = quantity("When the cups before that are drunk.", unit="h", source=_CHOICE)
    morning_cups_mean: float = quantity("Cups before 15:00.", unit="1", source=_CHOICE)
    cup_mg: float = quantity("Caffeine of a cup.", unit="mg", source="Mayo Clinic table: brewed coffee 96")
    half_life_h: float = quantity("Median half-life.", unit="h", source="IOM 2001: 5 (1.5-9.5)")
    half_life_log_sd: float = quantity("SD of its log between people.", unit="1", source=_CHOICE)
    smoker_half_life_ratio: float = quantity("Smokers.", unit="1", source="halves")
    contraceptive_half_life_ratio: float = quantity("Oral contraceptive.", unit="1", source="doubles")
    absorption_per_h: float = quantity("Absorption rate.", unit="1/h", source="99 % in 45 min, IOM 2001")
    exercise_shares: tuple[float, float, float] = quantity(
        "Days with none, moderate, excessive exercise.", unit="1", source=_CHOICE
    )
    moderate_min: Range = quantity("Duration of moderate exercise.", unit="min", source=_CHOICE)
    moderate_met: Range = quantity("Its intensity.", unit="MET", source="IPAQ: moderate 4.0")
    excessive_min: Range = quantity("Duration of excessive exercise.", unit="min", source=_CHOICE)
    excessive_met: Range = quantity("Its intensity.", unit="MET", source="IPAQ: vigorous 8.0")
    exercise_clock_h: Range = quantity("When it starts.", unit="h", source=_CHOICE)
    stress_mean: float = quantity("Mean rating, 0-10.", unit="1", source=_CHOICE)
    stress_person_sd: float = quantity("Between people.", unit="1", source=_CHOICE)
    stress_clock_h: Range = quantity("When it is rated.", unit="h", source=_CHOICE)
    stress_day_sd: float = quantity("Between days.", unit="1", source=_CHOICE)
    nutrient_log_sd: float = quantity("SD of the log daily intake.", unit="1", source=_CHOICE)
    supplement_share: float = quantity(
        "Share of people with a magnesium supplement.", unit="1", source=_CHOICE
    )
    supplement_day_share: float = quantity("Days on which they take it.", unit="1", source=_CHOICE)
    supplement_magnesium_mg: float = quantity("Its dose.", unit="mg", source="Jadidi 2022: 250 mg")
    medication_share: float = quantity("Share of people with a medication course.", unit="1", source=_CHOICE)
    missing_day_share: float = quantity("Days without any row, each diary.", unit="1", source=_CHOICE)
    rounding_min: float = quantity("People round clock times to.", unit="min", source=_CHOICE)


@dataclass(frozen=True, kw_only=True)
class SimulationParameters:
    """Everything the simulation draws from."""

    person: PersonParameters = quantity("People.", unit="group", source="")
    sleep: SleepParameters = quantity("Sleep.", unit="group", source="")
    rate: MovementRateParameters = quantity("Rates.", unit="group", source="")
    shape: ShapeParameters = quantity("Shapes.", unit="group", source="")
    sensor: SensorParameters = quantity("Sensor.", unit="group", source="")
    behaviour: BehaviourParameters = quantity("Behaviour.", unit="group", source="")
    effects: tuple[PlantedEffect, ...] = quantity("Planted rate ratios.", unit="group", source="")


JERK_KINDS = ("hypnic_jerk", "twitch", "leg_movement")


def _effect(exposure: str, per_unit: float, ratio: float, reference: float = 0.0) -> PlantedEffect:
    return PlantedEffect(
        exposure=exposure,
        per_unit=per_unit,
        rate_ratio=ratio,
        kinds=JERK_KINDS,
        level="",
        reference=reference,
    )


def _exercise(level: Literal["moderate", "excessive"], ratio: float) -> PlantedEffect:
    return PlantedEffect(
        exposure="exercise_level",
        per_unit=1.0,
        rate_ratio=ratio,
        kinds=JERK_KINDS,
        level=level,
        reference=0.0,
    )


PLANTED_EFFECTS = (
    _effect("caffeine_at_lights_off_mg", 100.0, 1.35),
    _exercise("moderate", 0.85),
    _exercise("excessive", 1.40),
    _effect("stress_score", 1.0, 1.06, reference=4.0),
    _effect("sleep_debt_h", 1.0, 1.08),
    _effect("magnesium_mg", 100.0, 0.93, reference=330.0),
    # True nulls: whoever finds an effect of these has found an error.
    _effect("vitamin_b12_ug", 1.0, 1.0, reference=4.0),
    _effect("calcium_mg", 100.0, 1.0, reference=900.0),
)

LEGS_2026 = SimulationParameters(
    person=PersonParameters(
        female_share=0.55,
        age_years=(21.0, 76.0),
        weight_kg=(67.0, 81.0),
        weight_sd_kg=11.0,
        smoker_share=0.15,
        contraceptive_share=0.35,
        contraceptive_until_years=45.0,
        ferritin_median_ug_l=65.0,
        ferritin_median_restless_ug_l=30.0,
        ferritin_log_sd=0.6,
        irls_score=(0.0, 5.0),
        irls_score_restless=(15.0, 32.0),
        periodic_log_sd=0.4,
        imi_person_log_sd=0.15,
        left_share_sd=0.15,
        sleep_need_sd_h=0.4,
        caffeine_confounding=0.12,
        magnesium_mg=300.0,
        calcium_mg=900.0,
        iron_mg=12.0,
        vitamin_b6_mg=1.6,
        vitamin_b12_ug=4.0,
    ),
    sleep=SleepParameters(
        lights_off_clock_h=22.9,
        person_lights_off_sd_min=35.0,
        night_lights_off_sd_min=20.0,
        sleep_need_h=7.4,
        night_sleep_sd_min=40.0,
        latency_median_min=14.0,
        latency_log_sd=0.5,
        latency_min=(6.0, 60.0),
        latency_ratio_per_100_mg=1.25,
        inertia_min=(2.0, 20.0),
        wake_episodes_per_night=2.5,
        wake_episode_min=(3.0, 18.0),
        turns_per_h=(1.0, 3.0),
        wake_turns_per_h=12.0,
        breathing_hz=(0.2, 0.3),
    ),
    rate=MovementRateParameters(
        hypnic_jerks_per_night=3.0,
        hypnic_window_min=(-8.0, 9.0),
        return_window_min=4.0,
        twitch_after_onset_min=20.0,
        return_share=0.15,
        guard_s=4.0,
        hypnic_guard_s=25.0,
        fidget_bout_count=(5.0, 16.0),
        turn_posture_share=0.9,
        twitches_per_h=0.8,
        isolated_per_h=3.0,
        wake_leg_movements_per_h=20.0,
        periodic_per_h_median=6.0,
        periodic_per_h_restless=25.0,
        series_share=0.5,
        restless_share=0.25,
        series_mean_count=12.0,
        imi_median_s=25.0,
        imi_log_sd=0.28,
        imi_s=(10.5, 85.0),
        first_half_share=0.65,
        fidgets_per_h=90.0,
        fidget_imi_s=(6.0, 22.0),
        tremor_trains_per_night=0.6,
        day_fidgets_per_h=40.0,
        person_log_sd=0.5,
        night_log_sd=0.22,
        max_rate_ratio=4.0,
    ),
    shape=ShapeParameters(
        leg_movement_s=(0.7, 9.0),
        leg_movement_median_s=2.6,
        leg_movement_log_sd=0.45,
        leg_rise_s=(0.15, 0.5),
        leg_step_s=(0.25, 0.5),
        leg_amplitude_g=(0.04, 1.5),
        leg_amplitude_median_g=0.24,
        leg_amplitude_log_sd=0.65,
        other_leg_ratio=(0.3, 0.95),
        one_leg_share=0.42,
        other_leg_lag_s=(0.0, 0.35),
        jerk_burst_s=(0.075, 0.25),
        jerk_ring_hz=(3.0, 8.0),
        jerk_decay_per_s=(6.5, 14.0),
        jerk_max_s=0.75,
        hypnic_amplitude_g=(0.15, 1.5),
        twitch_amplitude_g=(0.08, 0.6),
        site_lag_s=0.08,
        turn_s=(1.0, 4.0),
        gross_s=(3.0, 14.0),
        gross_amplitude_g=(0.15, 0.9),
        gross_step_s=(0.3, 0.7),
        tremor_hz=(0.6, 3.0),
        tremor_s=(10.0, 20.0),
        tremor_amplitude_g=(0.04, 0.12),
        rhythmic_hz=(5.5, 2.4),
        rhythmic_s=(20.0, 70.0),
        rhythmic_amplitude_g=(0.6, 1.6),
        tissue_ring_hz=(5.0, 9.0),
        tissue_decay_per_s=(10.0, 18.0),
        tissue_share=0.25,
    ),
    sensor=SensorParameters(
        noise_mg=(2.0, 6.0),
        gain_error_frac=0.02,
        offset_error_mg=30.0,
        range_g=8.0,
        breathing_mg=(0.5, 2.0),
        clock_offset_s=1.5,
        clock_drift_ppm=8.0,
        rate_error_frac=0.001,
        mounting_deg=15.0,
        skin_c=(30.0, 33.5),
        room_c=(19.0, 22.0),
        thermal_s=700.0,
        gap_s=(120.0, 1500.0),
    ),
    behaviour=BehaviourParameters(
        evening_caffeine_share=0.45,
        evening_dose_mg=(64.0, 96.0, 160.0, 200.0, 300.0),
        evening_clock_h=(17.5, 21.5),
        morning_clock_h=(7.0, 15.0),
        morning_cups_mean=1.5,
        cup_mg=96.0,
        half_life_h=5.0,
        half_life_log_sd=0.15,
        smoker_half_life_ratio=0.5,
        contraceptive_half_life_ratio=2.0,
        absorption_per_h=6.0,
        exercise_shares=(0.45, 0.4, 0.15),
        moderate_min=(30.0, 60.0),
        moderate_met=(3.5, 5.5),
        excessive_min=(110.0, 180.0),
        excessive_met=(8.0, 10.0),
        exercise_clock_h=(16.0, 18.5),
        stress_mean=4.0,
        stress_person_sd=1.5,
        stress_clock_h=(19.0, 21.5),
        stress_day_sd=1.8,
        nutrient_log_sd=0.25,
        supplement_share=0.3,
        supplement_day_share=0.6,
        supplement_magnesium_mg=250.0,
        medication_share=0.25,
        missing_day_share=0.08,
        rounding_min=5.0,
    ),
    effects=PLANTED_EFFECTS,
)
"""The cohort of the demonstration and of the validity benchmark."""
