"""Parameters of movement detection, of the clocks of several sensors, and of the kinds of movement."""

from dataclasses import dataclass

from transforms.parameters.describe import quantity

_OURS = "engineering choice"
_PENDULUM = "Pendulum, docs/02-science.md @7c5b6ea, engineering choice there"
_WASM = "WASM 2016, doi:10.1016/j.sleep.2016.10.010"
_WALTERS = "Walters 2007, doi:10.1378/chest.131.4.1260: a sleep start's burst in the EMG is 75 to 250 ms"


@dataclass(frozen=True, kw_only=True)
class DetectionParameters:
    """From samples to candidates."""

    work_rate_hz: float = quantity(
        "rate below which samples are not averaged before filtering",
        unit="hz",
        compared="rate / value, rounded down, samples become one",
        source=f"{_OURS}: 40 Hz still resolves a burst of 75 ms",
    )
    min_rate_hz: float = quantity(
        "sampling rate that can be scored",
        unit="hz",
        compared=">= is scored",
        source=f"{_OURS}: 20 Hz at least",
    )
    band_low_hz: float = quantity("lower corner of the movement band", unit="hz", source=_PENDULUM)
    band_high_hz: float = quantity(
        "upper corner of the movement band, or 0.4 of the rate", unit="hz", source=_PENDULUM
    )
    fine_low_hz: float = quantity(
        "lower corner of the fine channel, in which brief bursts are timed",
        unit="hz",
        source=f"{_OURS}: high enough that the filter does not ring longer than the burst",
    )
    gravity_rate_hz: float = quantity("rate at which posture is followed", unit="hz", source=_OURS)
    gravity_high_hz: float = quantity("corner of the gravity channel", unit="hz", source=_PENDULUM)
    envelope_s: float = quantity("window of the deciding RMS envelope", unit="s", source=_PENDULUM)
    step_s: float = quantity(
        "width of the two neighbouring means whose difference finds the edges",
        unit="s",
        source=f"{_OURS}: unlike a filter's response it ends where it ends, so a strong movement does not reach "
        "back before its own onset",
    )
    edge_s: float = quantity("window of the RMS envelope of these differences", unit="s", source=_OURS)
    fine_s: float = quantity("window of the RMS envelope of the fine channel", unit="s", source=_OURS)
    floor_window_s: float = quantity("window of the adaptive floor", unit="s", source=_PENDULUM)
    floor_step_s: float = quantity("step at which the floor is computed", unit="s", source=_OURS)
    floor_percentile: float = quantity("percentile on which the floor stands", unit="pct", source=_PENDULUM)
    floor_exclusion_ratio: float = quantity(
        "envelope over that percentile that is a movement, not floor",
        unit="1",
        compared="> is left out",
        source=_PENDULUM,
    )
    on_floor_ratio: float = quantity("threshold of onset over the floor", unit="1", source=_PENDULUM)
    on_min_g: float = quantity("least threshold of onset", unit="g", source=_PENDULUM)
    off_floor_ratio: float = quantity(
        "threshold of the edges over their floor",
        unit="1",
        compared=">= is active",
        source=f"{_OURS}: exceeded by noise alone less than once in five minutes",
    )
    off_min_g: float = quantity("least threshold of the edges", unit="g", source=_OURS)
    fine_on_floor_ratio: float = quantity(
        "threshold of the fine envelope over its floor", unit="1", source=_OURS
    )
    fine_on_min_g: float = quantity("least threshold of the fine envelope", unit="g", source=_OURS)
    rest_s: float = quantity(
        "stretch below the threshold of offset that ends a movement",
        unit="s",
        compared=">= ends it",
        source=_WASM,
    )
    hold_s: float = quantity(
        "longest rest in which a limb may be held away from its place within one movement",
        unit="s",
        compared="< is bridged",
        source=f"{_OURS}: acceleration shows the two ends of a tonic movement, posture shows that it goes on",
    )
    hold_g: float = quantity(
        "distance of the held posture from those before and after",
        unit="g",
        compared="> is held",
        source=f"{_OURS}: a quarter of a degree; breathing and noise stay below",
    )
    posture_s: float = quantity("window in which posture is read beside a movement", unit="s", source=_OURS)
    faint_g: float = quantity(
        "peak of the edge envelope below which a movement's further course may not show",
        unit="g",
        compared="< is faint",
        source=_OURS,
    )
    hold_step_s: float = quantity("step in which a hold is followed", unit="s", source=_OURS)
    fragment_s: float = quantity(
        "burst that cannot be a leg movement by itself", unit="s", compared="< is a fragment", source=_WASM
    )
    fragment_gap_s: float = quantity(
        "rest across which a fragment belongs to its neighbour",
        unit="s",
        compared="< belongs",
        source=f"{_OURS}: where gravity lies along the joint's axis posture shows no hold; independent brief bursts are "
        "minutes apart",
    )
    fragment_ratio: float = quantity(
        "largest part of a pair over the smallest, beyond which they are two",
        unit="1",
        compared="<= belongs",
        source=f"{_OURS}: a jerk that wakes somebody is no part of the stir that follows",
    )
    active_frac: float = quantity(
        "part of the edge envelope's peak that counts as active in a brief burst",
        unit="frac",
        compared=">= is active",
        source=f"{_OURS}: ring-down below a tenth of the peak is not the burst",
    )
    posture_guard_s: float = quantity(
        "distance from a movement's edges at which posture is read", unit="s", source=_PENDULUM
    )
    morphology_s: float = quantity(
        "window whose median must reach the threshold of offset", unit="s", source=_WASM
    )
    margin_s: float = quantity(
        "signal that is read on both sides of a window and not scored",
        unit="s",
        source=f"{_OURS}: half a floor window, a movement, and the gravity filter's memory",
    )
    min_segment_s: float = quantity(
        "contiguous signal that can be filtered at all", unit="s", compared=">= is scored", source=_OURS
    )
    edge_guard_s: float = quantity(
        "distance from the ends of contiguous signal within which a movement may be cut",
        unit="s",
        compared="< is cut",
        source=_OURS,
    )
    rhythm_min_s: float = quantity(
        "duration from which rhythm is measured", unit="s", compared=">= is measured", source=_OURS
    )
    rhythm_window_s: float = quantity("longest stretch on which rhythm is measured", unit="s", source=_OURS)
    rhythm_low_hz: float = quantity("lowest rhythm that is looked for", unit="hz", source=_OURS)
    rhythm_high_hz: float = quantity("highest rhythm that is looked for", unit="hz", source=_OURS)


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
    on_floor_ratio=2,
    on_min_g=0.010,
    off_floor_ratio=2.4,
    off_min_g=0.005,
    fine_on_floor_ratio=5,
    fine_on_min_g=0.040,
    rest_s=0.5,
    hold_s=4,
    hold_g=0.004,
    posture_s=1.5,
    faint_g=0.08,
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
    rhythm_low_hz=0.3,
    rhythm_high_hz=8,
)
"""Sensors at ankle, foot or calf."""


@dataclass(frozen=True, kw_only=True)
class ClockParameters:
    """How the clocks of a participant's sensors are laid over each other."""

    min_tilt_deg: float = quantity(
        "tilt of a movement that the whole body shares", unit="deg", compared=">= is used", source=_OURS
    )
    min_duration_s: float = quantity(
        "duration of a movement that the whole body shares", unit="s", compared=">= is used", source=_OURS
    )
    max_offset_s: float = quantity(
        "difference of two clocks that is looked for", unit="s", compared="<= is found", source=_OURS
    )
    match_s: float = quantity(
        "distance from the common offset of onsets that belong to one movement",
        unit="s",
        compared="<= belongs",
        source=_OURS,
    )
    min_shared_count: int = quantity(
        "shared movements from which an offset is believed", unit="1", compared=">= is applied", source=_OURS
    )
    min_drift_count: int = quantity(
        "shared movements from which a drift is estimated too",
        unit="1",
        compared=">= is estimated",
        source=_OURS,
    )
    max_residual_s: float = quantity(
        "median distance from the fitted clock that is believed",
        unit="s",
        compared="<= is applied",
        source=_OURS,
    )
    max_drift_s_per_h: float = quantity(
        "drift of two clocks against each other that is looked for",
        unit="s/h",
        compared="<= is found",
        source="AX3 data sheet: 50 to 100 ppm each, 0.36 s/h; twice that is fitted",
    )
    drift_step_s_per_h: float = quantity(
        "step of the drifts that are tried",
        unit="s/h",
        source="engineering choice: over half a night it moves a movement by less than match_s",
    )
    max_chance_frac: float = quantity(
        "probability that so many movements lie near one line by chance",
        unit="frac",
        compared="< is applied",
        source="engineering choice: one night in a thousand of legs that share nothing",
    )
    min_common_s: float = quantity(
        "time that two recordings were worn at once from which their activity is compared",
        unit="s",
        compared=">= is compared",
        source="engineering choice: an hour holds some hundred changes of activity",
    )
    min_activity_fit: float = quantity(
        "correlation of the changes of activity at the best offset",
        unit="1",
        compared=">= is believed, where it is twice that of any other offset",
        source="engineering choice: ten times the chance value of an evening and a night",
    )
    min_apart_count: int = quantity(
        "candidates of either leg from which a night without a common clock is scored by one leg alone",
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


@dataclass(frozen=True, kw_only=True)
class KindParameters:
    """From candidates to kinds of movement (contract section 1)."""

    site_gap_s: float = quantity(
        "pause between candidates of several sites that are one event of the body",
        unit="s",
        compared="< is one event",
        source=_OURS,
    )
    min_movement_s: float = quantity(
        "duration of a leg movement", unit="s", compared=">= counts", source=_WASM
    )
    max_brief_active_s: float = quantity(
        "activity of a hypnic jerk or twitch",
        unit="s",
        compared="<= is brief",
        source=f"contract; {_WALTERS}",
    )
    min_brief_g: float = quantity(
        "peak of a hypnic jerk or twitch",
        unit="g",
        compared=">= counts",
        source=f"{_OURS}: fainter bursts cannot be told from the only part of a faint leg movement that shows",
    )
    max_brief_span_s: float = quantity(
        "whole candidate of a brief burst over all sites, ringing included",
        unit="s",
        compared="<= is brief",
        source=_OURS,
    )
    brief_rise_s: float = quantity(
        "rise of a burst that is active as long as a leg movement and still is brief",
        unit="s",
        compared="<= is brief",
        source=f"{_OURS}: a jerk rises within 100 ms",
    )
    brief_crest_ratio: float = quantity(
        "its peak over its envelope's peak: it dies away, where a leg movement goes on",
        unit="1",
        compared=">= is brief",
        source=_OURS,
    )
    gross_tilt_deg: float = quantity(
        "tilt that stays after a turn or change of posture",
        unit="deg",
        compared=">= is gross",
        source=f"{_PENDULUM}: > 20",
    )
    resettled_deg: float = quantity(
        "tilt that stays after a long movement of which the leg has not come back to its place",
        unit="deg",
        compared=">= is gross",
        source=f"{_OURS}: a periodic movement returns to within a degree or two",
    )
    gross_min_s: float = quantity(
        "duration from which a movement is one of the whole body, if the leg resettles or trunk or wrist share it",
        unit="s",
        compared=">= is gross",
        source="Ferri 2021, PMC8436137: large muscle group movement, 3 to 45 s in adults",
    )
    min_hypnic_g: float = quantity(
        "largest acceleration of a hypnic jerk",
        unit="g",
        compared=">= counts",
        source=f"{_OURS}; ICSD: of high amplitude, usually one strong jerk of much of the body",
    )
    hypnic_before_min: float = quantity(
        "time before sleep onset in which a brief burst is a hypnic jerk",
        unit="min",
        compared="<=",
        source=_OURS,
    )
    hypnic_after_min: float = quantity("the same after sleep onset", unit="min", compared="<=", source=_OURS)
    hypnic_return_min: float = quantity(
        "the same after a return to sleep",
        unit="min",
        compared="<=",
        source=f"{_OURS}: 5 minutes after wake is over",
    )
    hypnic_return_slack_min: float = quantity(
        "the same before a return to sleep, whose time is known that well only",
        unit="min",
        compared="<=",
        source=_OURS,
    )
    min_return_wake_min: float = quantity(
        "length of a wake episode that is followed by a return to sleep",
        unit="min",
        compared=">= counts",
        source=f"{_OURS}: most of the shorter ones found by one leg were sleep",
    )
    periodic_min_s: float = quantity("interval of a periodic series", unit="s", compared=">=", source=_WASM)
    periodic_max_s: float = quantity("interval of a periodic series", unit="s", compared="<=", source=_WASM)
    periodic_count: int = quantity(
        "leg movements in a series, in which a burst in a member's place is no hypnic jerk",
        unit="1",
        compared=">=",
        source=_WASM,
    )
    even_count: int = quantity(
        "brief bursts in an even run, which are then no hypnic jerks",
        unit="1",
        compared=">=",
        source=f"{_OURS}: three or four jerks in a row are evenly spaced by chance",
    )
    even_spread_ratio: float = quantity(
        "standard deviation over mean of the intervals of an even run",
        unit="1",
        compared="<= is even",
        source=f"{_OURS}: of independent bursts it is about 1, and 0.3 where they cannot come close",
    )
    member_interval_ratio: float = quantity(
        "interval before or after a member of a series over the series' median, or the other way round",
        unit="1",
        compared="<= is a member",
        source=f"{_OURS}: near enough that chance seldom puts a jerk there",
    )
    min_morphology_frac: float = quantity(
        "part of the best half second above the threshold of offset: its median is above it",
        unit="frac",
        compared=">= is a movement",
        source=_WASM,
    )
    rhythmic_min_s: float = quantity(
        "duration of a rhythmic movement", unit="s", compared=">= counts", source="contract section 1"
    )
    rhythmic_low_hz: float = quantity(
        "its lowest frequency", unit="hz", compared=">=", source="contract section 1"
    )
    rhythmic_high_hz: float = quantity(
        "its highest frequency", unit="hz", compared="<=", source="contract section 1"
    )
    rhythmic_ratio: float = quantity("its autocorrelation", unit="1", compared=">=", source=_OURS)
    rhythmic_min_g: float = quantity("its envelope's peak", unit="g", compared=">=", source=_OURS)
    rhythmic_band_frac: float = quantity("its power at 2 to 8 Hz", unit="frac", compared=">=", source=_OURS)
    tremor_min_s: float = quantity(
        "duration of a train of foot tremor",
        unit="s",
        compared=">= counts",
        source="Wichniak 2001: 10 to 15 s",
    )
    tremor_min_count: int = quantity(
        "bursts in a train", unit="1", compared=">= counts", source="AASM, as quoted"
    )
    tremor_low_hz: float = quantity(
        "lowest rate of bursts", unit="hz", compared=">=", source="AASM, as quoted"
    )
    tremor_high_hz: float = quantity(
        "highest rate of bursts", unit="hz", compared="<=", source="AASM, as quoted"
    )
    tremor_ratio: float = quantity("autocorrelation of a train", unit="1", compared=">=", source=_OURS)
    tremor_burst_s: float = quantity(
        "longest burst of a train whose bursts are apart",
        unit="s",
        compared="<=",
        source="AASM, as quoted: 250 to 1000 ms, and ringing",
    )
    tremor_max_g: float = quantity("envelope's peak of a train", unit="g", compared="<=", source=_OURS)
    low_rate_hz: float = quantity(
        "sampling rate below which a burst of 75 ms is hardly resolved",
        unit="hz",
        compared="< lowers the confidence",
        source=_OURS,
    )
    low_rate_confidence: float = quantity("factor on the confidence then", unit="1", source=_OURS)


SLEEP_MOVEMENTS_2026 = KindParameters(
    site_gap_s=0.2,
    min_movement_s=0.5,
    max_brief_active_s=0.75,
    min_brief_g=0.06,
    max_brief_span_s=1.5,
    brief_rise_s=0.1,
    brief_crest_ratio=2.2,
    gross_tilt_deg=20,
    resettled_deg=3,
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
    tremor_min_s=5,
    tremor_min_count=4,
    tremor_low_hz=0.3,
    tremor_high_hz=4,
    tremor_ratio=0.6,
    tremor_burst_s=1.0,
    tremor_max_g=0.3,
    low_rate_hz=25,
    low_rate_confidence=0.5,
)
"""Kinds of movement at a leg in bed."""
