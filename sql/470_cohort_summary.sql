-- ----------------------------------------------------------------------------
-- 470_cohort_summary: what of the rates of groups may leave the house
--
-- Grain    one row per grouping_name, level
-- Reads    group_rate, group_level, core.cohort_summary
-- Writes   cohort_summary
-- Source   transforms/disclosure/summary.py; limits: study_parameter, names release.*
-- ----------------------------------------------------------------------------

create or replace table cohort_summary as

select
    cohort_summary.family,
    cohort_summary.grouping_name,
    cohort_summary.level,
    cohort_summary.level_number,
    group_level.limits,
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
left join group_level
    on
        cohort_summary.grouping_name = group_level.grouping_name
        and cohort_summary.level = group_level.level
order by cohort_summary.family, cohort_summary.grouping_name, cohort_summary.level_number;

alter table cohort_summary add primary key (grouping_name, level);

comment on table cohort_summary is
'Rates of groups after disclosure control: the only table that may leave the house.';
comment on column cohort_summary.is_suppressed is
'Whether the numbers are withheld: too few participants, or another cell could be computed.';
comment on column cohort_summary.limits is
'Limits of the level with their unit; empty where a level has none, such as not known.';
