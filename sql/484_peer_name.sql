-- ----------------------------------------------------------------------------
-- 484_peer_name: what other software and cohorts call a column of ours
--
-- Grain    one row per table_name, column_name
-- Writes   peer_name
-- Layer    quality
-- Source   GGIR 3.3-7, reports of parts 2 and 4; PLMScoRe, R/lm_output.R;
--          MESA, MrOS and harmonised variables: sleepdata.org
--
-- The same word, not the same number: definitions, units and devices differ,
-- and no index of acceleration is the same as one of the electromyogram.
-- ----------------------------------------------------------------------------

create or replace table peer_name as

select
    named.table_name,
    named.column_name,
    named.ggir_name,
    named.nsrr_name,
    named.plmscore_name
from (
    values
    ('participant', 'participant_id', 'ID', null, null),
    ('recording', 'file_name', 'filename', null, null),
    ('recording', 'device_model', 'device', null, null),
    ('recording', 'sampling_rate_hz', 'samplefreq', null, null),
    ('recording', 'calibration_error_before_mg', 'cal.error.start (g)', null, null),
    ('recording', 'calibration_error_after_mg', 'cal.error.end (g)', null, null),
    ('night', 'night_date', 'calendar_date', null, null),
    ('night', 'sleep_onset_at', 'sleeponset_ts, sleeponset', null, null),
    ('night', 'sleep_end_at', 'wakeup_ts, wakeup', null, null),
    ('night', 'lights_off_at', 'guider_inbedStart', null, null),
    ('night', 'lights_on_at', 'guider_inbedEnd', null, null),
    ('night', 'in_bed_h', 'guider_inbedDuration', null, null),
    ('night', 'spt_h', 'SptDuration', null, null),
    ('night', 'tst_h', 'SleepDurationInSpt', 'nsrr_tst_f1 (min)', null),
    ('night', 'waso_min', 'WASO (h)', 'nsrr_waso_f1', null),
    ('night', 'sleep_latency_min', 'sleeplatency (h)', 'nsrr_ttllatsp_f1', null),
    ('night', 'sleep_window_source', 'guider, sleeplog_used, acc_available', null, null),
    ('night', 'is_day_sleeper', 'daysleeper', null, null),
    ('night', 'exclusion_reason', 'cleaningcode 0 to 6', null, null),
    ('night', 'nonwear_h', 'fraction_night_invalid (share)', null, null),
    ('analysis_night', 'weekday', 'weekday', null, null),
    ('analysis_night', 'night_number', 'night', null, null),
    ('analysis_night', 'sleep_efficiency_pct', 'sleepefficiency (share)', 'nsrr_ttleffsp_f1', null),
    ('leg_movement_report', 'state', null, null, 'TIB, TST, Wake, NREM, N1, N2, N3, REM'),
    ('leg_movement_report', 'state_h', null, null, 'Sleep/Wake duration; s'),
    ('leg_movement_report', 'clm_count', null, null, 'CLM number'),
    ('leg_movement_report', 'noncandidate_count', null, null, 'nonCLM number'),
    (
        'leg_movement_report', 'plm_count', null,
        'noplm5 (MESA), poplmslp (MrOS) in sleep; plmwake5 (MESA) in wake', 'PLM number'
    ),
    ('leg_movement_report', 'plm_left_count', null, null, 'l_PLM number'),
    ('leg_movement_report', 'plm_right_count', null, null, 'r_PLM number'),
    ('leg_movement_report', 'plm_both_count', null, null, 'b_PLM number'),
    ('leg_movement_report', 'plm_without_respiratory_count', null, null, 'PLMnr number'),
    ('leg_movement_report', 'plm_arousal_count', null, null, 'PLMa number'),
    ('leg_movement_report', 'clm_respiratory_count', null, null, 'CLMr number'),
    ('leg_movement_report', 'clm_per_h', null, null, 'CLM no./hour'),
    (
        'leg_movement_report', 'plm_per_h', null,
        'avgplm5 (MESA), poavgplm (MrOS) in sleep; avgnplm5 in nrem, avgrplm5 in r (MESA)', 'PLM no./hour'
    ),
    ('leg_movement_report', 'plm_without_respiratory_per_h', null, null, 'PLMnr no./hour'),
    (
        'leg_movement_report', 'plm_arousal_per_h', null,
        'avgplma5 (MESA), poavplma (MrOS) in sleep', 'PLMa no./hour'
    ),
    ('leg_movement_report', 'clm_respiratory_per_h', null, null, 'CLMr no./hour'),
    ('leg_movement_report', 'clm_mean_duration_s', null, null, 'CLM duration; mean'),
    ('leg_movement_report', 'plm_mean_duration_s', null, null, 'PLM duration; mean'),
    ('leg_movement_report', 'periodicity_movement_index', null, null, 'PI'),
    ('leg_movement_report', 'imi_short_count', null, null, 'IMI <10s; number'),
    ('leg_movement_report', 'imi_periodic_count', null, null, 'IMI 10-90s; number'),
    ('leg_movement_report', 'imi_long_count', null, null, 'IMI >90s; number')
) as named (table_name, column_name, ggir_name, nsrr_name, plmscore_name)
order by named.table_name, named.column_name;

alter table peer_name add primary key (table_name, column_name);

comment on table peer_name is 'Names that readers know from other software and cohorts.';
comment on column peer_name.table_name is 'Table in which the column has its origin.';
comment on column peer_name.column_name is 'Column that goes by these names.';
comment on column peer_name.ggir_name is
'Name in the reports of GGIR, with its unit where that is another one; empty where it has none.';
comment on column peer_name.nsrr_name is
'Variables of the National Sleep Research Resource to compare with; definition and device differ.';
comment on column peer_name.plmscore_name is
'LMtype and Statistic of PLMScoRe for the same number; empty where it has none.';
