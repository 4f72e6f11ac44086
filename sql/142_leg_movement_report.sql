-- ----------------------------------------------------------------------------
-- 142_leg_movement_report: the reporting set of the standards for scored nights
--
-- Grain    one row per participant_id, night_date, scorer, state
-- Reads    core.leg_movement_report
-- Like     scored_leg_movement
-- Writes   leg_movement_report
-- Source   transforms/scoring/reporting.py; WASM 2016: doi:10.1016/j.sleep.2016.10.010
-- ----------------------------------------------------------------------------

create or replace table leg_movement_report as

select
    participant_id,
    night_date,
    scorer,
    state,
    state_h,
    lm_count,
    clm_count,
    noncandidate_count,
    plm_count,
    plm_left_count,
    plm_right_count,
    plm_both_count,
    plm_aasm_count,
    plm_without_respiratory_count,
    plm_arousal_count,
    clm_respiratory_count,
    clm_arousal_count,
    isolated_lm_count,
    short_interval_lm_count,
    clm_per_h,
    plm_per_h,
    plm_aasm_per_h,
    plm_without_respiratory_per_h,
    plm_arousal_per_h,
    clm_respiratory_per_h,
    isolated_lm_per_h,
    short_interval_lm_per_h,
    clm_mean_duration_s,
    plm_mean_duration_s,
    isolated_lm_mean_duration_s,
    short_interval_lm_mean_duration_s,
    periodicity_interval_index,
    periodicity_movement_index,
    imi_count,
    imi_short_count,
    imi_periodic_count,
    imi_long_count,
    log_imi_mean,
    log_imi_sd
from core.leg_movement_report
order by participant_id, night_date, scorer, state;

alter table leg_movement_report add primary key (participant_id, night_date, scorer, state);

comment on table leg_movement_report is
'Counts, rates and intervals of leg movements in the electromyogram by night, scorer and state.';
comment on column leg_movement_report.state is
'Part of the night: in_bed, sleep, wake, nrem, n1, n2, n3 or r.';
comment on column leg_movement_report.state_h is
'Staged time in that state: denominator of every rate of the row [h].';
comment on column leg_movement_report.lm_count is 'Leg movements with onset in the state.';
comment on column leg_movement_report.clm_count is 'Candidate leg movements (WASM 2016).';
comment on column leg_movement_report.noncandidate_count is 'Leg movements that are no candidates.';
comment on column leg_movement_report.plm_count is 'Candidates in series of WASM 2016.';
comment on column leg_movement_report.plm_left_count is 'Those of the left leg alone.';
comment on column leg_movement_report.plm_right_count is 'Those of the right leg alone.';
comment on column leg_movement_report.plm_both_count is 'Those of both legs.';
comment on column leg_movement_report.plm_aasm_count is 'Members of AASM series.';
comment on column leg_movement_report.plm_without_respiratory_count is
'Candidates in series without respiratory movements; empty where respiration was not scored.';
comment on column leg_movement_report.plm_arousal_count is
'Periodic movements with an arousal; empty where arousals were not scored.';
comment on column leg_movement_report.clm_respiratory_count is
'Candidates around the end of a respiratory event; empty where not scored.';
comment on column leg_movement_report.clm_arousal_count is
'Candidates with an arousal; empty where arousals were not scored.';
comment on column leg_movement_report.isolated_lm_count is
'Candidates outside series whose interval is not short, or not known.';
comment on column leg_movement_report.short_interval_lm_count is
'Candidates outside series, less than the short interval after the preceding one.';
comment on column leg_movement_report.clm_per_h is 'Candidates per hour of the state [1/h].';
comment on column leg_movement_report.plm_per_h is
'Periodic movements of WASM 2016 in the electromyogram per hour of the state [1/h].';
comment on column leg_movement_report.plm_aasm_per_h is
'Members of AASM series in the electromyogram per hour of the state [1/h].';
comment on column leg_movement_report.plm_without_respiratory_per_h is
'Periodic movements without respiratory ones per hour of the state [1/h].';
comment on column leg_movement_report.plm_arousal_per_h is
'Periodic movements with an arousal per hour of the state [1/h].';
comment on column leg_movement_report.clm_respiratory_per_h is
'Candidates at respiratory events per hour of the state [1/h].';
comment on column leg_movement_report.isolated_lm_per_h is 'Isolated candidates per hour of the state [1/h].';
comment on column leg_movement_report.short_interval_lm_per_h is
'Short-interval candidates per hour of the state [1/h].';
comment on column leg_movement_report.clm_mean_duration_s is 'Mean length of candidates [s].';
comment on column leg_movement_report.plm_mean_duration_s is 'Mean length of periodic movements [s].';
comment on column leg_movement_report.isolated_lm_mean_duration_s is
'Mean length of isolated candidates [s].';
comment on column leg_movement_report.short_interval_lm_mean_duration_s is
'Mean length of short-interval candidates [s].';
comment on column leg_movement_report.periodicity_interval_index is
'Interval form (Ferri 2006): share of the intervals in runs of periodic intervals, 0 to 1 [1].';
comment on column leg_movement_report.periodicity_movement_index is
'Movement form: share of the candidates in series; not the same as the other form [1].';
comment on column leg_movement_report.imi_count is 'Intervals before candidates that could be measured.';
comment on column leg_movement_report.imi_short_count is 'Intervals below periodic length.';
comment on column leg_movement_report.imi_periodic_count is 'Intervals of periodic length.';
comment on column leg_movement_report.imi_long_count is 'Intervals above periodic length.';
comment on column leg_movement_report.log_imi_mean is
'Mean of the natural logarithm of the intervals of periodic length; PLMScoRe takes all [ln s].';
comment on column leg_movement_report.log_imi_sd is
'Standard deviation of the natural logarithm of those intervals; PLMScoRe takes all [ln s].';
