"""What a scorer of polysomnography marked, what the standards make of it, and how sensor and scorer agree."""

import polars as pl

from transforms.schema.words import (
    INSTANT,
    ScoredEventKind,
    Side,
    SleepWindowSource,
    Stage,
    State,
    columns,
)

SCORED_EVENT = columns(  # one mark of a scorer, as delivered
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "scorer": pl.String,
        "event": ScoredEventKind,
        "side": Side,  # other where the scorer did not tell
        "onset_at": INSTANT,
        "offset_at": INSTANT,
        "duration_s": pl.Float64,
    }
)

EMG_SPAN = columns(  # in which at least one leg channel of an electromyogram was fit to be scored
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "started_at": INSTANT,
        "ended_at": INSTANT,
    }
)

SCORED_LEG_MOVEMENT = columns(  # one leg movement of a scorer, after joining and bilateral combination
    {
        "participant_id": pl.String,
        "night_date": pl.Date,
        "scorer": pl.String,
        "onset_at": INSTANT,
        "offset_at": INSTANT,
        "duration_s": pl.Float64,
        "side": Side,
        "member_count": pl.Int32,
        "stage": Stage,  # at onset
        "is_clm": pl.Boolean,
        "is_respiratory": pl.Boolean,  # null where the scorer marked respiration in no night
        "is_arousal": pl.Boolean,  # null where the scorer marked arousals in no night
        "imi_s": pl.Float64,
        "wasm_series_id": pl.String,
        "wasm_series_id_without_respiratory": pl.String,
        "aasm_series_id": pl.String,
        "aasm_plm_count": pl.Int32,  # AASM movements of a series that begin in this one
    }
)

_NIGHT_OF_A_SCORER = {"participant_id": pl.String, "night_date": pl.Date, "scorer": pl.String}

LEG_MOVEMENT_REPORT = columns(  # the reporting set of the standards: one night, scorer and state
    {
        **_NIGHT_OF_A_SCORER,
        "state": State,
        "state_h": pl.Float64,  # denominator of every rate in the row
        "lm_count": pl.Int32,
        "clm_count": pl.Int32,
        "noncandidate_count": pl.Int32,
        "plm_count": pl.Int32,
        "plm_left_count": pl.Int32,
        "plm_right_count": pl.Int32,
        "plm_both_count": pl.Int32,
        "plm_aasm_count": pl.Int32,
        "plm_without_respiratory_count": pl.Int32,
        "plm_arousal_count": pl.Int32,
        "clm_respiratory_count": pl.Int32,
        "clm_arousal_count": pl.Int32,
        "isolated_lm_count": pl.Int32,
        "short_interval_lm_count": pl.Int32,
        "clm_per_h": pl.Float64,
        "plm_per_h": pl.Float64,
        "plm_aasm_per_h": pl.Float64,
        "plm_without_respiratory_per_h": pl.Float64,
        "plm_arousal_per_h": pl.Float64,
        "clm_respiratory_per_h": pl.Float64,
        "isolated_lm_per_h": pl.Float64,
        "short_interval_lm_per_h": pl.Float64,
        "clm_mean_duration_s": pl.Float64,
        "plm_mean_duration_s": pl.Float64,
        "isolated_lm_mean_duration_s": pl.Float64,
        "short_interval_lm_mean_duration_s": pl.Float64,
        "periodicity_interval_index": pl.Float64,
        "periodicity_movement_index": pl.Float64,
        "imi_count": pl.Int32,
        "imi_short_count": pl.Int32,
        "imi_periodic_count": pl.Int32,
        "imi_long_count": pl.Int32,
        "log_imi_mean": pl.Float64,
        "log_imi_sd": pl.Float64,
    }
)

IMI_HISTOGRAM = columns(  # one class [lower_s, upper_s) of intervals in sleep
    {**_NIGHT_OF_A_SCORER, "lower_s": pl.Float64, "upper_s": pl.Float64, "imi_count": pl.Int32}
)

PLM_HOUR = columns(  # one hour after sleep onset
    {
        **_NIGHT_OF_A_SCORER,
        "hour_number": pl.Int32,  # 1 is the first hour
        "sleep_h": pl.Float64,
        "plm_count": pl.Int32,
        "plm_per_h": pl.Float64,
    }
)

AGREEMENT = columns(  # one night: a candidate (the sensor, or a second scorer) held against a scorer
    {
        **_NIGHT_OF_A_SCORER,
        "candidate": pl.String,
        "clock_offset_s": pl.Float64,  # candidate's clock minus scorer's, taken out before comparing
        "clock_pair_count": pl.Int32,
        "is_clock_offset_known": pl.Boolean,
        "compared_h": pl.Float64,  # scored by the scorer and measured by the candidate
        "compared_sleep_h": pl.Float64,  # the part of it that was sleep: denominator of both rates
        "scorer_count": pl.Int32,
        "candidate_count": pl.Int32,
        "matched_count": pl.Int32,
        "sensitivity": pl.Float64,
        "sensitivity_low": pl.Float64,
        "sensitivity_high": pl.Float64,
        "precision": pl.Float64,
        "precision_low": pl.Float64,
        "precision_high": pl.Float64,
        "f1": pl.Float64,
        "epoch_count": pl.Int32,
        "kappa_index": pl.Float64,
        "aplm_per_h": pl.Float64,  # of the candidate
        "plm_per_h": pl.Float64,  # of the scorer
        "difference_per_h": pl.Float64,
    }
)

SLEEP_AGREEMENT = columns(  # one night: the sleep that the sensor tells by itself held against a scorer's stages
    {
        **_NIGHT_OF_A_SCORER,
        "sleep_window_source": SleepWindowSource,  # of the sensor's own
        "compared_h": pl.Float64,  # staged by the scorer
        "scored_sleep_h": pl.Float64,
        "sensor_sleep_h": pl.Float64,  # in compared time; the rest is null where the sensor knows no sleep
        "sleep_onset_error_min": pl.Float64,  # sensor minus scorer
        "sleep_end_error_min": pl.Float64,
        "sleep_sensitivity_frac": pl.Float64,
        "sleep_specificity_frac": pl.Float64,
        "epoch_count": pl.Int32,
        "kappa_index": pl.Float64,
    }
)

AGREEMENT_SUMMARY = columns(  # one measure of agreement over all nights
    {
        "scorer": pl.String,
        "candidate": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "unit": pl.String,
        "participant_count": pl.Int32,
        "night_count": pl.Int32,
        "method": pl.String,
        "note": pl.String,
    }
)
