-- ----------------------------------------------------------------------------
-- 395_exposure_rate: jerk rates at each level of each exposure
--
-- Grain    one row per exposure, level
-- Reads    exposure_level, group_rate
-- Writes   exposure_rate
-- Source   levels: exposure_level; estimator: group_rate
-- ----------------------------------------------------------------------------

create or replace table exposure_rate as

select
    exposure_level.family,
    exposure_level.exposure,
    exposure_level.level,
    exposure_level.level_number,
    exposure_level.stress_scale,
    exposure_level.lower,
    exposure_level.upper,
    exposure_level.is_lower_included,
    exposure_level.is_upper_included,
    coalesce(group_rate.participant_count, 0) as participant_count,
    coalesce(group_rate.night_count, 0) as night_count,
    coalesce(group_rate.jerk_count, 0) as jerk_count,
    coalesce(group_rate.analysed_h, 0) as analysed_h,
    group_rate.jerk_rate_per_h,
    group_rate.ci_low_per_h,
    group_rate.ci_high_per_h,
    group_rate.interval_method
from exposure_level
-- a level without nights stays, with counts of zero and without a rate
left join group_rate
    on
        exposure_level.exposure = group_rate.grouping_name
        and exposure_level.level = group_rate.level
order by exposure_level.family, exposure_level.exposure, exposure_level.level_number;

alter table exposure_rate add primary key (exposure, level);

comment on table exposure_rate is
'Jerk rates at each level of each exposure, over analysed nights. Descriptive: not adjusted for anything.';
comment on column exposure_rate.jerk_rate_per_h is
'Leg jumps over analysed hours; empty where there are no hours [1/h].';
