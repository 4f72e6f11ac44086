-- ----------------------------------------------------------------------------
-- 470_cohort_summary: what of the rates of groups may leave the house
--
-- Grain    one row per grouping_name, level
-- Reads    group_rate, core.cohort_summary
-- Writes   cohort_summary
-- Source   transforms/statistics/disclosure.py; limit: release.minimum_participant_count
-- ----------------------------------------------------------------------------

create or replace table cohort_summary as

select
    cohort_summary.family,
    cohort_summary.grouping_name,
    cohort_summary.level,
    cohort_summary.level_number,
    cohort_summary.is_suppressed,
    cohort_summary.participant_count,
    cohort_summary.night_count,
    cohort_summary.jerk_count,
    cohort_summary.analysed_h,
    cohort_summary.jerk_rate_per_h,
    cohort_summary.ci_low_per_h,
    cohort_summary.ci_high_per_h,
    cohort_summary.hypnic_jerk_count,
    cohort_summary.hypnic_jerk_rate_per_h,
    cohort_summary.aplm_wasm_count,
    cohort_summary.analysed_sleep_h,
    cohort_summary.aplm_wasm_per_h
from core.cohort_summary
-- what is withheld is decided on group_rate, outside SQL; each of its rows has its place here
inner join group_rate
    on
        cohort_summary.grouping_name = group_rate.grouping_name
        and cohort_summary.level = group_rate.level
order by cohort_summary.family, cohort_summary.grouping_name, cohort_summary.level_number;

alter table cohort_summary add primary key (grouping_name, level);

comment on table cohort_summary is
'Rates of groups after disclosure control: the only table that may leave the house.';
comment on column cohort_summary.family is 'everyone, person, day, caffeine, exercise, stress or nutrient.';
comment on column cohort_summary.grouping_name is
'What the nights are grouped by; for exposures the column of exposure_night.';
comment on column cohort_summary.level is 'Level of the grouping; not known where the value is missing.';
comment on column cohort_summary.level_number is
'Position of the level in rising order, from 1; empty where not known.';
comment on column cohort_summary.is_suppressed is
'Whether the numbers are withheld: too few participants, or another cell could be computed.';
comment on column cohort_summary.participant_count is 'Participants with at least one night in the group.';
comment on column cohort_summary.night_count is 'Nights in the group.';
comment on column cohort_summary.jerk_count is 'Leg jumps in these nights.';
comment on column cohort_summary.analysed_h is 'Analysed hours in these nights: the denominator [h].';
comment on column cohort_summary.jerk_rate_per_h is 'Leg jumps over analysed hours [1/h].';
comment on column cohort_summary.ci_low_per_h is
'Lower limit of the interval of the rate, which respects that nights of a person are alike [1/h].';
comment on column cohort_summary.ci_high_per_h is 'Upper limit of the same interval [1/h].';
comment on column cohort_summary.hypnic_jerk_count is 'Sleep starts in these nights.';
comment on column cohort_summary.hypnic_jerk_rate_per_h is 'Sleep starts over analysed hours [1/h].';
comment on column cohort_summary.aplm_wasm_count is
'Periodic movements in sleep (aPLM, WASM 2016) in these nights.';
comment on column cohort_summary.analysed_sleep_h is
'Analysed hours of sleep: the denominator of aplm_wasm_per_h [h].';
comment on column cohort_summary.aplm_wasm_per_h is
'aPLM over analysed hours of sleep; not a clinical PLMI [1/h].';
