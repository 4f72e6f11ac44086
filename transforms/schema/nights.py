"""Nights, and the movements in them."""

import polars as pl

from transforms.schema.words import (
    INSTANT,
    BodySite,
    MovementKind,
    MovementSource,
    Phase,
    Side,
    SleepWindowSource,
    columns,
)

NIGHT = columns(
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "wake_date": pl.Date,
        "time_zone": pl.String,
        "window_start_at": INSTANT,  # local noon of night_date
        "window_end_at": INSTANT,  # local noon of wake_date
        "lights_off_at": INSTANT,
        "sleep_onset_at": INSTANT,
        "sleep_end_at": INSTANT,
        "lights_on_at": INSTANT,
        "sleep_window_source": SleepWindowSource,
        "sleep_onset_low_at": INSTANT,  # the credible interval of sleep_onset_at
        "sleep_onset_high_at": INSTANT,
        "sleep_end_low_at": INSTANT,
        "sleep_end_high_at": INSTANT,
        "sleep_confidence": pl.Float64,  # expected part of the time in bed rightly called sleep or wake
        "is_sleep_known": pl.Boolean,  # false: no hours asleep, no rate per hour asleep
        "lights_off_source": pl.String,  # who told the time, or what stands in for it (transforms/nights/bounds.py)
        "sleep_onset_source": pl.String,
        "sleep_end_source": pl.String,
        "lights_on_source": pl.String,
        "diary_minus_leg_onset_min": pl.Float64,  # lights-off of the diary minus the leg's; null without either
        "diary_minus_leg_end_min": pl.Float64,  # the same of lights-on
        "spt_h": pl.Float64,
        "tst_h": pl.Float64,
        "waso_min": pl.Float64,
        "is_return_known": pl.Boolean,  # wake is known well enough to tell jerks at a return to sleep
        "out_of_bed_min": pl.Float64,  # standing or walking between lights-off and lights-on; null where no leg tells
        "sleep_latency_min": pl.Float64,
        "in_bed_h": pl.Float64,
        "analysed_h": pl.Float64,  # in bed, worn, recorded: the denominator of jerk rates
        "analysed_sleep_h": pl.Float64,  # the part of it that was sleep: the denominator of aPLM in sleep
        "analysed_wake_h": pl.Float64,
        "analysed_spt_h": pl.Float64,  # from sleep onset to sleep end, wake included
        "nonwear_h": pl.Float64,
        "gap_h": pl.Float64,
        "leg_recording_count": pl.Int32,
        "is_day_sleeper": pl.Boolean,
        "crosses_clock_change": pl.Boolean,
        "is_eligible": pl.Boolean,
        "exclusion_reason": pl.String,
    }
)

WAKE_EPISODE = columns(  # wake between sleep onset and sleep end
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)

SIGNAL_BREAK = columns(  # where the leg was not measured: series end, the next interval is not known
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)

CANDIDATE_WINDOW = columns(  # when somebody may be in bed: what of the raw signal is worth reading
    {
        "night_date": pl.Date,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)

CANDIDATE = columns(  # one stretch of activity of one recording, before nights and kinds are known
    {
        "participant_id": pl.String,
        "recording_id": pl.String,
        "body_site": BodySite,
        "onset_row": pl.Int64,  # row of samples.parquet
        "onset_at": INSTANT,
        "offset_at": INSTANT,
        "duration_s": pl.Float64,
        "active_s": pl.Float64,  # of the fine envelope, the filter's and the tissue's ringing left out
        "active_onset_at": INSTANT,
        "peak_at": INSTANT,
        "peak_g": pl.Float64,
        "peak_jerk_g_per_s": pl.Float64,
        "rise_s": pl.Float64,
        "envelope_peak_g": pl.Float64,
        "on_g": pl.Float64,  # the threshold at the onset
        "tilt_deg": pl.Float64,  # between the postures before and after
        "morphology_frac": pl.Float64,  # best half second: part of it above the threshold of offset
        "dominant_hz": pl.Float64,  # null when too brief to have a rhythm
        "rhythm_ratio": pl.Float64,  # autocorrelation at that rhythm
        "high_band_frac": pl.Float64,  # part of the power at 2 to 8 Hz
        "pulse_hz": pl.Float64,  # rhythm of the envelope around a burst that moves no limb; null of others
        "pulse_ratio": pl.Float64,  # autocorrelation at that rhythm
        "one_sided_frac": pl.Float64,  # 1 goes one way and comes back; null when too brief, too long or too fast to tell
        "slow_frac": pl.Float64,  # how much of it outlasts some tenths of a second; null when too brief or too long
        "gravity_x_g": pl.Float64,  # posture before
        "gravity_y_g": pl.Float64,
        "gravity_z_g": pl.Float64,
        "gravity_after_x_g": pl.Float64,  # posture after
        "gravity_after_y_g": pl.Float64,
        "gravity_after_z_g": pl.Float64,
        "is_at_edge": pl.Boolean,  # touches the end of contiguous signal: may be cut
    }
)

REJECTED_CANDIDATE = columns(
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "recording_id": pl.String,
        "onset_at": INSTANT,
        "duration_s": pl.Float64,
        "peak_g": pl.Float64,
        "reason": pl.String,
    }
)

LEG_EVENT = columns(  # one classified event of one recording, before legs are combined and series are scored
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "recording_id": pl.String,
        "body_site": BodySite,
        "side": Side,
        "onset_at": INSTANT,
        "offset_at": INSTANT,
        "duration_s": pl.Float64,
        "kind": MovementKind,
        "phase": Phase,
        "is_asleep": pl.Boolean,  # at its onset; null where sleep is not known
        "peak_g": pl.Float64,
        "peak_jerk_g_per_s": pl.Float64,
        "tilt_deg": pl.Float64,
        "rise_s": pl.Float64,
        "dominant_hz": pl.Float64,
        "confidence": pl.Float64,
    }
)

MOVEMENT = columns(
    {
        "movement_id": pl.String,
        "participant_id": pl.String,
        "night_date": pl.Date,
        "onset_at": INSTANT,
        "offset_at": INSTANT,
        "duration_s": pl.Float64,
        "body_sites": pl.List(pl.String),
        "side": Side,
        "kind": MovementKind,
        "phase": Phase,
        "is_asleep": pl.Boolean,  # at its onset; null where sleep is not known
        "peak_g": pl.Float64,
        "peak_jerk_g_per_s": pl.Float64,
        "tilt_deg": pl.Float64,
        "rise_s": pl.Float64,
        "dominant_hz": pl.Float64,
        "confidence": pl.Float64,
        "is_clm": pl.Boolean,
        "imi_s": pl.Float64,
        "wasm_series_id": pl.String,
        "aasm_series_id": pl.String,
        "aasm_plm_count": pl.Int32,  # AASM movements of a series that begin in this one; their sum is the AASM count
        "movement_source": MovementSource,  # what it was seen in
    }
)

RESTLESSNESS = columns(  # motor restlessness in the hour before sleep onset
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "restlessness_started_at": INSTANT,
        "restlessness_ended_at": INSTANT,
        "restlessness_analysed_h": pl.Float64,
        "restlessness_movement_count": pl.Int64,
        "restlessness_movement_per_h": pl.Float64,
        "restlessness_movement_time_frac": pl.Float64,
        "restlessness_imi_median_s": pl.Float64,
        "restlessness_at_rest_h": pl.Float64,  # null where no leg's upright direction is known
        "restlessness_at_rest_movement_count": pl.Int64,
        "restlessness_at_rest_movement_per_h": pl.Float64,
    }
)
