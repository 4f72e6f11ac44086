"""People, device files, and what a recording becomes."""

import polars as pl

from transforms.schema.words import INSTANT, BodySite, Sex, columns

PARTICIPANT = columns(
    {
        "participant_id": pl.String,
        "sex": Sex,
        "birth_year": pl.Int32,
        "weight_kg": pl.Float64,
        "time_zone": pl.String,
        "is_pregnant": pl.Boolean,
        "is_smoker": pl.Boolean,
        "uses_oral_contraceptive": pl.Boolean,
        "ferritin_ug_l": pl.Float64,
        "irls_score": pl.Float64,
        "further": pl.String,  # the study's own columns, one JSON object
    }
)

RECORDING = columns(
    {
        "recording_id": pl.String,  # first 12 hex digits of the file's SHA-256
        "participant_id": pl.String,
        "body_site": BodySite,
        "file_name": pl.String,  # relative to the study folder
        "sha256": pl.String,
        "file_format": pl.String,
        "device_model": pl.String,
        "device_pseudonym": pl.String,  # keyed hash of the serial number
        "firmware": pl.String,
        "sampling_rate_hz": pl.Float64,
        "range_g": pl.Float64,
        "started_at": INSTANT,
        "ended_at": INSTANT,  # one sample period after the last sample
        "time_zone": pl.String,
        "config_time_zone": pl.String,
        "clock_rule": pl.String,  # how the device's clock became UTC
        "sample_count": pl.Int64,
        "segment_count": pl.Int64,
        "gap_count": pl.Int64,
        "gap_s": pl.Float64,
        "filled_s": pl.Float64,  # idle-sleep stretches that the device left out
        "faulty_block_count": pl.Int64,
        "is_truncated": pl.Boolean,
        "gravity_median_g": pl.Float64,  # median |a| of still stretches as delivered
        "calibration_error_before_mg": pl.Float64,
        "calibration_error_after_mg": pl.Float64,
        "is_calibrated": pl.Boolean,
        "calibration_outcome": pl.String,
        "gravity_after_g": pl.Float64,  # median |a| of still windows after calibration
        "has_plausible_gravity": pl.Boolean,  # of gravity_after_g, by the narrow limit
        "wear_h": pl.Float64,
    }
)

REJECTED_RECORDING = columns(
    {
        "file_name": pl.String,
        "participant_id": pl.String,
        "sha256": pl.String,
        "reason_code": pl.String,
        "reason": pl.String,
    }
)

FAULT = columns(
    {
        "recording_id": pl.String,
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "cause": pl.String,  # gap, idle_sleep, bad_checksum, clock_backwards, truncated, start_up_transient, clipping, ...
        "block_count": pl.Int64,
        "sample_count": pl.Int64,
        "detail": pl.String,
    }
)

SEGMENT = columns(  # one contiguous stretch of samples in samples.parquet: rows [first_row, first_row + sample_count)
    {
        "segment_index": pl.Int32,
        "first_row": pl.Int64,
        "sample_count": pl.Int64,
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "sampling_rate_hz": pl.Float64,  # measured between the device's clock marks
    }
)

COMPANION = columns(  # slow signals, as the device marks them
    {
        "sampled_at": INSTANT,
        "temperature_c": pl.Float32,
        "light_lux": pl.Float32,
        "heart_rate_bpm": pl.Float32,
        "is_button_pressed": pl.Boolean,  # by the wearer, since the mark before
    }
)

EPOCH = columns(  # one row is 5 s of one recording, on the grid of whole 5 s of UTC
    {
        "recording_id": pl.String,
        "participant_id": pl.String,
        "body_site": BodySite,
        "start_at": INSTANT,
        "sample_count": pl.Int32,
        "enmo_mg": pl.Float32,
        "mad_mg": pl.Float32,
        "slow_band_mg": pl.Float32,  # root mean square of the norm at 0.5 to 3 Hz; null when too little is recorded
        "fast_band_mg": pl.Float32,  # the same at 3 to 8 Hz
        "angle_z_deg": pl.Float32,
        "upright_deg": pl.Float32,  # angle to the limb's direction while walking; null when nobody walked
        "temperature_c": pl.Float32,
        "is_worn": pl.Boolean,
    }
)

NONWEAR_INTERVAL = columns(
    {
        "recording_id": pl.String,
        "participant_id": pl.String,
        "body_site": BodySite,
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "method": pl.String,
        "reason": pl.String,
    }
)

CLOCK_ALIGNMENT = columns(  # how one recording's clock stands to the participant's reference recording
    {
        "participant_id": pl.String,
        "recording_id": pl.String,
        "reference_recording_id": pl.String,
        "night_date": pl.Date,
        "offset_s": pl.Float64,  # to be added to this recording's instants
        "drift_s_per_h": pl.Float64,
        "shared_movement_count": pl.Int32,
        "residual_s": pl.Float64,
        "is_applied": pl.Boolean,
        "is_left_out": pl.Boolean,  # no common clock: of the legs of this night only one is scored, and not this one
        # of a leg that is left out, scored for itself; null for every other
        "analysed_h": pl.Float64,
        "jerk_count": pl.Int32,
        "jerk_rate_per_h": pl.Float64,
        "clm_count": pl.Int32,
        "analysed_sleep_h": pl.Float64,
        "aplm_wasm_count": pl.Int32,
        "aplm_wasm_per_h": pl.Float64,
    }
)
