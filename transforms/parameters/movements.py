"""Parameters of movement detection, and of the clocks of several sensors."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_OURS = "engineering choice"
_PENDULUM = "Pendulum, docs/02-science.md @7c5b6ea, engineering choice there"
_WASM = "WASM 2016, doi:10.1016/j.sleep.2016.10.010"


@dataclass(frozen=True, kw_only=True)
class DetectionParameters:
    """From samples to candidates."""

    work_rate_hz: float = quantity(
        "Rate below which samples are not averaged before filtering.",
        unit="hz",
        compared="rate / value, rounded down, samples become one",
        source=f"{_OURS}: 40 Hz still resolves a burst of 75 ms",
    )
    min_rate_hz: float = quantity(
        "Sampling rate that can be scored.",
        unit="hz",
        compared=">= is scored",
        source=f"{_OURS}: 20 Hz at least",
    )
    band_low_hz: float = quantity("Lower corner of the movement band.", unit="hz", source=_PENDULUM)
    band_high_hz: float = quantity(
        "Upper corner of the movement band, or 0.4 of the rate.", unit="hz", source=_PENDULUM
    )
    fine_low_hz: float = quantity(
        "Lower corner of the fine channel, in which brief bursts are timed.",
        unit="hz",
        source=f"{_OURS}: high enough that the filter does not ring longer than the burst",
    )
    gravity_rate_hz: float = quantity("Rate at which posture is followed.", unit="hz", source=_OURS)
    gravity_high_hz: float = quantity("Corner of the gravity channel.", unit="hz", source=_PENDULUM)
    envelope_s: float = quantity("Window of the deciding RMS envelope.", unit="s", source=_PENDULUM)
    step_s: float = quantity(
        "Width of the two neighbouring means whose difference finds the edges.",
        unit="s",
        source=f"{_OURS}: unlike a filter's response it ends where it ends, so a strong movement does not reach "
        "back before its own onset",
    )
    edge_s: float = quantity("Window of the RMS envelope of these differences.", unit="s", source=_OURS)
    fine_s: float = quantity("Window of the RMS envelope of the fine channel.", unit="s", source=_OURS)
    floor_window_s: float = quantity("Window of the adaptive floor.", unit="s", source=_PENDULUM)
    floor_step_s: float = quantity("Step at which the floor is computed.", unit="s", source=_OURS)
    floor_percentile: float = quantity("Percentile on which the floor stands.", unit="pct", source=_PENDULUM)
    floor_exclusion_ratio: float = quantity(
        "Envelope over that percentile that is a movement, not floor.",
        unit="1",
        compared="> is left out",
        source=_PENDULUM,
    )
    on_z: float = quantity(
        "Standard deviations of the log envelope above its median at which a movement is seen.",
        unit="1",
        compared=">= is seen",
        source=f"{_OURS}: twice the median where noise is normal",
    )
    on_min_g: float = quantity("Least threshold of onset.", unit="g", source=_PENDULUM)
    off_z: float = quantity(
        "Standard deviations of the log envelope above its median at which the edges of a movement lie.",
        unit="1",
        compared=">= is active",
        source=f"{_OURS}: exceeded by normal noise alone less than once in five minutes",
    )
    off_min_g: float = quantity("Least threshold of the edges.", unit="g", source=_OURS)
    fine_on_z: float = quantity(
        "Standard deviations of the fine envelope above its median at which a movement is seen.",
        unit="1",
        compared=">= is seen",
        source=_OURS,
    )
    fine_on_min_g: float = quantity("Least threshold of the fine envelope.", unit="g", source=_OURS)
    min_ratio: float = quantity("Least threshold over the median.", unit="1", source=_OURS)
    max_ratio: float = quantity("Largest threshold over the median.", unit="1", source=_OURS)
    tail_window_s: float = quantity("Window over which the tail's median is taken.", unit="s", source=_OURS)
    spike_ratio: float = quantity(
        "Distance of a single sample from its neighbours' mean, over the usual, beyond which it is no movement.",
        unit="1",
        compared="> is a spike",
        source=f"{_OURS}: normal noise gets there once in a thousand samples",
    )
    spike_rest_frac: float = quantity(
        "Distance of the neighbours from theirs, over the sample's own.",
        unit="frac",
        compared="<= is a spike",
        source=_OURS,
    )
    spike_min_g: float = quantity("Least such distance.", unit="g", compared="> is a spike", source=_OURS)
    rest_s: float = quantity(
        "Stretch below the threshold of offset that ends a movement.",
        unit="s",
        compared=">= ends it",
        source=_WASM,
    )
    hold_s: float = quantity(
        "Longest rest in which a limb may be held away from its place within one movement.",
        unit="s",
        compared="< is bridged",
        source=f"{_OURS}: acceleration shows the two ends of a tonic movement, posture shows that it goes on",
    )
    hold_g: float = quantity(
        "Distance of the held posture from those before and after.",
        unit="g",
        compared="> is held",
        source=f"{_OURS}: a quarter of a degree; breathing and noise stay below",
    )
    hold_ratio: float = quantity(
        "That distance over the weaker of the strongest accelerations before and after the rest.",
        unit="1",
        compared="> is held",
        source=f"{_OURS}: a leg seldom comes to lie quite where it lay",
    )
    hold_floor_ratio: float = quantity(
        "That distance over the threshold of offset, which is the sensor's own noise.",
        unit="1",
        compared="> is held",
        source=f"{_OURS}: posture wanders where noise is high",
    )
    hold_full_s: float = quantity(
        "Rest from which that ratio is asked for in full; in a briefer one, in proportion less.",
        unit="s",
        source=f"{_OURS}: the briefer a rest, the likelier it lies within one movement",
    )
    posture_s: float = quantity("Window in which posture is read beside a movement.", unit="s", source=_OURS)
    faint_g: float = quantity(
        "Peak of the edge envelope below which a movement's further course may not show.",
        unit="g",
        compared="< is faint",
        source=_OURS,
    )
    hold_step_s: float = quantity("Step in which a hold is followed.", unit="s", source=_OURS)
    fragment_s: float = quantity(
        "Burst that cannot be a leg movement by itself.", unit="s", compared="< is a fragment", source=_WASM
    )
    fragment_gap_s: float = quantity(
        "Rest across which a fragment belongs to its neighbour.",
        unit="s",
        compared="< belongs",
        source=f"{_OURS}: where gravity lies along the joint's axis posture shows no hold; independent brief bursts are "
        "minutes apart",
    )
    fragment_ratio: float = quantity(
        "Largest part of a pair over the smallest, beyond which they are two.",
        unit="1",
        compared="<= belongs",
        source=f"{_OURS}: a jerk that wakes somebody is no part of the stir that follows",
    )
    active_frac: float = quantity(
        "Part of the edge envelope's peak that counts as active in a brief burst.",
        unit="frac",
        compared=">= is active",
        source=f"{_OURS}: ring-down below a tenth of the peak is not the burst",
    )
    posture_guard_s: float = quantity(
        "Distance from a movement's edges at which posture is read.", unit="s", source=_PENDULUM
    )
    morphology_s: float = quantity(
        "Window whose median must reach the threshold of offset.", unit="s", source=_WASM
    )
    margin_s: float = quantity(
        "Signal that is read on both sides of a window and not scored.",
        unit="s",
        source=f"{_OURS}: half a floor window, a movement, and the gravity filter's memory",
    )
    min_segment_s: float = quantity(
        "Contiguous signal that can be filtered at all.", unit="s", compared=">= is scored", source=_OURS
    )
    edge_guard_s: float = quantity(
        "Distance from the ends of contiguous signal within which a movement may be cut.",
        unit="s",
        compared="< is cut",
        source=_OURS,
    )
    rhythm_min_s: float = quantity(
        "Duration from which rhythm is measured.", unit="s", compared=">= is measured", source=_OURS
    )
    rhythm_window_s: float = quantity("Longest stretch on which rhythm is measured.", unit="s", source=_OURS)
    pulse_crest_ratio: float = quantity(
        "Peak over the envelope's peak of a burst around which the envelope's rhythm is measured.",
        unit="1",
        compared=">= is measured",
        source=f"{_OURS}: the bursts of such a train move no limb",
    )
    pulse_window_s: float = quantity(
        "Window of the envelope's rhythm.",
        unit="s",
        source=f"{_OURS}: Wichniak 2001: trains of 10 to 15 s",
    )
    pulse_cut: float = quantity(
        "Quantile of the window at which its envelope is cut.", unit="frac", source=_OURS
    )
    pulse_low_hz: float = quantity("Slowest rhythm of the envelope.", unit="hz", source=_OURS)
    pulse_high_hz: float = quantity("Fastest rhythm of the envelope.", unit="hz", source=_OURS)
    sided_min_s: float = quantity(
        "Shortest movement of which the sides are told.", unit="s", compared=">= is measured", source=_OURS
    )
    sided_max_s: float = quantity(
        "Longest movement of which the sides are told.",
        unit="s",
        compared="<= is measured",
        source=f"{_OURS}: longer is no leg movement",
    )
    slow_min_s: float = quantity(
        "Shortest movement of which is told how much of it is slow.",
        unit="s",
        compared=">= is measured",
        source=f"{_OURS}: the least duration of a leg movement",
    )
    sided_rest_s: float = quantity(
        "Rest before and after from which a movement's sides are measured.", unit="s", source=_OURS
    )
    sided_smooth_s: float = quantity(
        "Window over which acceleration is averaged to posture within a movement.", unit="s", source=_OURS
    )
    sided_noise_s: float = quantity(
        "Window over which it is averaged to the whole movement, without the sensor's noise.",
        unit="s",
        source=_OURS,
    )
    sided_slow_frac: float = quantity(
        "Size of the posture's course over that of the whole movement, from which it has sides.",
        unit="frac",
        compared=">= is told",
        source=f"{_OURS}: bodies that shift show 0.5 to 0.9, legs that shake at 1 to 5 Hz 0.1 to 0.45",
    )
    rhythm_low_hz: float = quantity("Lowest rhythm that is looked for.", unit="hz", source=_OURS)
    rhythm_high_hz: float = quantity("Highest rhythm that is looked for.", unit="hz", source=_OURS)


ANKLE_2026 = DetectionParameters(
    work_rate_hz=40,
    min_rate_hz=20,
    band_low_hz=0.5,
    band_high_hz=8,
    fine_low_hz=1,
    gravity_rate_hz=5,
    gravity_high_hz=0.15,
    envelope_s=0.5,
    step_s=0.12,
    edge_s=0.1,
    fine_s=0.1,
    floor_window_s=120,
    floor_step_s=5,
    floor_percentile=25,
    floor_exclusion_ratio=4,
    on_z=4.2,
    on_min_g=0.010,
    off_z=3.3,
    off_min_g=0.005,
    fine_on_z=8.2,
    fine_on_min_g=0.040,
    min_ratio=2,
    max_ratio=8,
    tail_window_s=3600,
    spike_ratio=5,
    spike_rest_frac=0.3,
    spike_min_g=0.01,
    rest_s=0.5,
    hold_s=4,
    hold_g=0.004,
    hold_ratio=0.1,
    hold_floor_ratio=0.2,
    hold_full_s=1,
    posture_s=1.5,
    faint_g=0.12,
    hold_step_s=0.3,
    fragment_s=0.5,
    fragment_gap_s=2.5,
    fragment_ratio=8,
    active_frac=0.1,
    posture_guard_s=2.5,
    morphology_s=0.5,
    margin_s=120,
    min_segment_s=5,
    edge_guard_s=0.5,
    rhythm_min_s=3,
    rhythm_window_s=20,
    pulse_crest_ratio=1.3,
    pulse_window_s=16,
    pulse_cut=0.98,
    pulse_low_hz=0.5,
    pulse_high_hz=4,
    sided_min_s=2,
    slow_min_s=0.5,
    sided_max_s=10,
    sided_rest_s=1,
    sided_smooth_s=0.4,
    sided_noise_s=0.1,
    sided_slow_frac=0.48,
    rhythm_low_hz=0.3,
    rhythm_high_hz=8,
)
"""Sensors at ankle, foot or calf."""


@dataclass(frozen=True, kw_only=True)
class ClockParameters:
    """How the clocks of a participant's sensors are laid over each other."""

    min_tilt_deg: float = quantity(
        "Tilt of a movement that the whole body shares.", unit="deg", compared=">= is used", source=_OURS
    )
    min_duration_s: float = quantity(
        "Duration of a movement that the whole body shares.", unit="s", compared=">= is used", source=_OURS
    )
    max_offset_s: float = quantity(
        "Difference of two clocks that is looked for.", unit="s", compared="<= is found", source=_OURS
    )
    match_s: float = quantity(
        "Distance from the common offset of onsets that belong to one movement.",
        unit="s",
        compared="<= belongs",
        source=_OURS,
    )
    min_shared_count: int = quantity(
        "Shared movements from which an offset is believed.", unit="1", compared=">= is applied", source=_OURS
    )
    min_drift_count: int = quantity(
        "Shared movements from which a drift is estimated too.",
        unit="1",
        compared=">= is estimated",
        source=_OURS,
    )
    max_residual_s: float = quantity(
        "Median distance from the fitted clock that is believed.",
        unit="s",
        compared="<= is applied",
        source=_OURS,
    )
    max_drift_s_per_h: float = quantity(
        "Drift of two clocks against each other that is looked for.",
        unit="s/h",
        compared="<= is found",
        source="AX3 data sheet: 50 to 100 ppm each, 0.36 s/h; twice that is fitted",
    )
    drift_step_s_per_h: float = quantity(
        "Step of the drifts that are tried.",
        unit="s/h",
        source="engineering choice: over half a night it moves a movement by less than match_s",
    )
    max_chance_frac: float = quantity(
        "Probability that so many movements lie near one line by chance.",
        unit="frac",
        compared="< is applied",
        source="engineering choice: one night in a thousand of legs that share nothing",
    )
    min_common_s: float = quantity(
        "Time that two recordings were worn at once from which their activity is compared.",
        unit="s",
        compared=">= is compared",
        source="engineering choice: an hour holds some hundred changes of activity",
    )
    min_activity_fit: float = quantity(
        "Correlation of the changes of activity at the best offset.",
        unit="1",
        compared=">= is believed, where it is twice that of any other offset",
        source="engineering choice: ten times the chance value of an evening and a night",
    )
    min_apart_count: int = quantity(
        "Candidates of either leg from which a night without a common clock is scored by one leg alone.",
        unit="1",
        compared=">= is scored by one leg",
        source="engineering choice: fewer movements than that cannot be counted twice to any effect",
    )


SHARED_TURNS_2026 = ClockParameters(
    min_tilt_deg=20,
    min_duration_s=1.5,
    max_offset_s=900,
    match_s=0.75,
    min_shared_count=3,
    min_drift_count=8,
    max_residual_s=0.25,
    max_drift_s_per_h=0.4,
    drift_step_s_per_h=0.1,
    max_chance_frac=0.001,
    min_common_s=3600,
    min_activity_fit=0.1,
    min_apart_count=3,
)
"""Clocks compared over turns, which move every site at once."""
