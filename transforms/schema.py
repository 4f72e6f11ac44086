"""The frames that travel between the parts, one schema each, and the words that their columns use.

Units stand last in a column's name (``_s``, ``_h``, ``_g``, ``_mg``, ``_hz``, ``_deg``, ``_per_h`` ...), instants end
in ``_at`` and are UTC, calendar days end in ``date``, intervals are ``[start, end)``. Missing is null; zero is a
measurement.
"""

from collections.abc import Mapping

import polars as pl

from transforms.errors import ContractError

INSTANT = pl.Datetime("us", "UTC")


def _columns(columns: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.Schema:
    return pl.Schema(columns)


BODY_SITES = (
    "left_ankle",
    "right_ankle",
    "left_foot",
    "right_foot",
    "left_calf",
    "right_calf",
    "left_thigh",
    "right_thigh",
    "left_wrist",
    "right_wrist",
    "trunk",
    "hip",
    "other",
)
LEG_SITES = tuple(
    site for site in BODY_SITES if site.rsplit("_", 1)[-1] in {"ankle", "foot", "calf", "thigh"}
)
WRIST_SITES = ("left_wrist", "right_wrist")

BodySite = pl.Enum(BODY_SITES)
Side = pl.Enum(["left", "right", "both", "other"])
MovementKind = pl.Enum(
    ["hypnic_jerk", "leg_movement", "gross_movement", "foot_tremor", "rhythmic_movement", "twitch"]
)
Phase = pl.Enum(["pre_sleep", "sleep_onset", "sleep", "wake_in_bed"])
SleepWindowSource = pl.Enum(["diary", "psg", "wrist_hdcza", "leg_hdcza", "none"])
Sex = pl.Enum(["female", "male", "other"])
NutrientOrigin = pl.Enum(["food", "supplement"])
StressScale = pl.Enum(["rating_0_10", "pss4", "pss10", "stai_state"])
ExerciseIntensity = pl.Enum(["light", "moderate", "vigorous"])

PARTICIPANT = _columns(
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

RECORDING = _columns(
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
        "wear_h": pl.Float64,
    }
)

REJECTED_RECORDING = _columns(
    {
        "file_name": pl.String,
        "participant_id": pl.String,
        "sha256": pl.String,
        "reason_code": pl.String,
        "reason": pl.String,
    }
)

REJECTED_ENTRY = _columns(
    {
        "file_name": pl.String,
        "line_number": pl.Int64,
        "column_name": pl.String,
        "value": pl.String,
        "reason": pl.String,
    }
)

FAULT = _columns(
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

SEGMENT = _columns(  # one contiguous stretch of samples in samples.parquet: rows [first_row, first_row + sample_count)
    {
        "segment_index": pl.Int32,
        "first_row": pl.Int64,
        "sample_count": pl.Int64,
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "sampling_rate_hz": pl.Float64,  # measured between the device's clock marks
    }
)

COMPANION = _columns(  # slow signals, as the device marks them
    {
        "sampled_at": INSTANT,
        "temperature_c": pl.Float32,
        "light_lux": pl.Float32,
        "heart_rate_bpm": pl.Float32,
    }
)

EPOCH = _columns(  # one row is 5 s of one recording, on the grid of whole 5 s of UTC
    {
        "recording_id": pl.String,
        "participant_id": pl.String,
        "body_site": BodySite,
        "start_at": INSTANT,
        "sample_count": pl.Int32,
        "enmo_mg": pl.Float32,
        "mad_mg": pl.Float32,
        "angle_z_deg": pl.Float32,
        "upright_deg": pl.Float32,  # angle to the limb's direction while walking; null when nobody walked
        "temperature_c": pl.Float32,
        "is_worn": pl.Boolean,
    }
)

NONWEAR_INTERVAL = _columns(
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

NIGHT = _columns(
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
        "spt_h": pl.Float64,
        "tst_h": pl.Float64,
        "waso_min": pl.Float64,
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

WAKE_EPISODE = _columns(  # wake between sleep onset and sleep end
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)

LEG_EVENT = _columns(  # one classified event of one recording, before legs are combined and series are scored
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
        "peak_g": pl.Float64,
        "peak_jerk_g_per_s": pl.Float64,
        "tilt_deg": pl.Float64,
        "rise_s": pl.Float64,
        "dominant_hz": pl.Float64,
        "confidence": pl.Float64,
    }
)

CANDIDATE_WINDOW = _columns(  # when somebody may be in bed: what of the raw signal is worth reading
    {
        "night_date": pl.Date,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)

CANDIDATE = _columns(  # one stretch of activity of one recording, before nights and kinds are known
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
        "gravity_x_g": pl.Float64,  # posture before
        "gravity_y_g": pl.Float64,
        "gravity_z_g": pl.Float64,
        "is_at_edge": pl.Boolean,  # touches the end of contiguous signal: may be cut
    }
)

CLOCK_ALIGNMENT = _columns(  # how one recording's clock stands to the participant's reference recording
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
    }
)

SIGNAL_BREAK = _columns(  # where the leg was not measured: series end, the next interval is not known
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)

RESTLESSNESS = _columns(  # motor restlessness in the hour before sleep onset
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
    }
)

MOVEMENT = _columns(
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
    }
)

REJECTED_CANDIDATE = _columns(
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

SLEEP_DIARY = _columns(
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "lights_off_at": INSTANT,
        "sleep_onset_at": INSTANT,
        "sleep_end_at": INSTANT,
        "lights_on_at": INSTANT,
    }
)

# In the diary frames `logged_date` is the local calendar day that the row speaks of.
CAFFEINE_INTAKE = _columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "taken_at": INSTANT,  # null where only the day is known
        "caffeine_mg": pl.Float64,
        "source": pl.String,
    }
)

EXERCISE_BOUT = _columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "duration_min": pl.Float64,
        "met": pl.Float64,
        "intensity": ExerciseIntensity,
        "activity": pl.String,
        "is_relaxation": pl.Boolean,  # yoga, stretching, meditation ...
    }
)

STRESS_RATING = _columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "rated_at": INSTANT,
        "scale": StressScale,
        "score": pl.Float64,
    }
)

NUTRIENT_DAY = _columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "origin": NutrientOrigin,
        "magnesium_mg": pl.Float64,
        "calcium_mg": pl.Float64,
        "iron_mg": pl.Float64,
        "vitamin_b6_mg": pl.Float64,
        "vitamin_b12_ug": pl.Float64,
    }
)

MEDICATION_USE = _columns(
    {
        "participant_id": pl.String,
        "taken_at": INSTANT,  # a single dose
        "start_date": pl.Date,  # or a course, both days included
        "end_date": pl.Date,
        "drug": pl.String,
        "drug_class": pl.String,
        "dose_mg": pl.Float64,
    }
)

DAYTIME_RATING = _columns(
    {
        "participant_id": pl.String,
        "logged_date": pl.Date,
        "scale": pl.String,
        "score": pl.Float64,
    }
)

STUDY_PARAMETER = _columns(
    {
        "name": pl.String,  # group.field
        "value": pl.String,  # as written; booleans as true and false
        "value_number": pl.Float64,  # the same as a number where it is one; what SQL computes with
        "unit": pl.String,
        "compared": pl.String,  # direction and inclusiveness of the comparison
        "source": pl.String,
        "meaning": pl.String,
    }
)

RUN = _columns(  # one row is one warehouse build
    {
        "run_id": pl.String,
        "code_version": pl.String,
        "parameter_hash": pl.String,
        "participant_count": pl.Int64,
        "recording_count": pl.Int64,
        "rejected_recording_count": pl.Int64,
        "rejected_entry_count": pl.Int64,
        "night_count": pl.Int64,
        "movement_count": pl.Int64,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)

DIETARY_REFERENCE_INTAKE = _columns(  # transforms/tables/dietary_reference_intake.csv
    {
        "nutrient": pl.String,
        "unit": pl.String,
        "sex": pl.String,
        "age_from_year": pl.Int32,
        "age_to_year": pl.Int32,  # inclusive
        "is_pregnant": pl.Boolean,
        "kind": pl.String,  # RDA, or AI where no RDA is set
        "allowance": pl.Float64,
        "upper_limit": pl.Float64,  # null where none is set
        "upper_limit_applies_to": pl.String,
        "source": pl.String,
    }
)

UNIT_SUFFIXES = (
    *(
        "_s",
        "_min",
        "_h",
        "_hz",
        "_g",
        "_mg",
        "_ug",
        "_kg",
        "_deg",
        "_c",
        "_lux",
        "_bpm",
        "_um",
        "_mm",
        "_uv",
    ),
    *("_per_h", "_g_per_s", "_deg_per_s", "_ug_l", "_pct", "_frac", "_met_min", "_mb"),
    *(
        "_count",
        "_index",
        "_ratio",
        "_score",
        "_z",
        "_mean",
        "_sd",
        "_year",
        "_number",
        "_row",
        "_low",
        "_high",
    ),
)
"""Endings that tell a number's unit, or that it has none (counts, indices, ratios, scores)."""

NAMES_OF_THE_CONTRACT = frozenset(
    {
        "confidence",
        "met",
        "score",
        "allowance",
        "upper_limit",
        "value",
        "level",
        "lower",
        "upper",
        "p_value",
        "q_value",
        "sensitivity",
    }
    | {"precision", "f1", "per_unit"}
)
"""Numeric columns whose names the contract fixes without a unit; their comments state it."""


def empty(schema: pl.Schema) -> pl.DataFrame:
    """Return a frame without rows and with every column of ``schema``."""
    return pl.DataFrame(schema=schema)


def require(frame: pl.DataFrame, schema: pl.Schema, name: str) -> pl.DataFrame:
    """Return ``frame`` with the columns of ``schema``, in its order, or say what is wrong with it.

    Raises ContractError when a column is missing or has another type. Further columns are dropped.
    """
    found: Mapping[str, pl.DataType] = frame.schema
    missing = [column for column in schema if column not in found]
    other = [f"{c}: {found[c]}, wanted {t}" for c, t in schema.items() if c in found and found[c] != t]
    if missing or other:
        raise ContractError(f"frame {name}: missing columns {missing}; other types {other}")
    return frame.select(schema.names())
