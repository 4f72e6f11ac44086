-- ----------------------------------------------------------------------------
-- 420_jerk_rate_by_stress: jerk rates by stress: score of each scale, deviation from the usual
--
-- Grain    one row per exposure, level
-- Reads    exposure_level, group_rate
-- Writes   jerk_rate_by_stress
-- Source   levels: exposure_level; estimator: group_rate
-- ----------------------------------------------------------------------------

create or replace table jerk_rate_by_stress as

select
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
where exposure_level.family = 'stress'
order by exposure_level.exposure, exposure_level.level_number;

alter table jerk_rate_by_stress add primary key (exposure, level);

comment on table jerk_rate_by_stress is
'Jerk rates at each level of stress, over analysed nights. Descriptive: not adjusted for anything.';
comment on column jerk_rate_by_stress.exposure is 'Column of exposure_night.';
comment on column jerk_rate_by_stress.level is 'Level in words.';
comment on column jerk_rate_by_stress.level_number is 'Position of the level in rising order, from 1.';
comment on column jerk_rate_by_stress.stress_scale is 'Scale of the score; empty for stress_z.';
comment on column jerk_rate_by_stress.lower is 'Lower limit [unit of the exposure]; empty means none.';
comment on column jerk_rate_by_stress.upper is 'Upper limit [unit of the exposure]; empty means none.';
comment on column jerk_rate_by_stress.is_lower_included is
'Whether the lower limit itself belongs to the level.';
comment on column jerk_rate_by_stress.is_upper_included is
'Whether the upper limit itself belongs to the level.';
comment on column jerk_rate_by_stress.participant_count is
'Participants with at least one night in the group.';
comment on column jerk_rate_by_stress.night_count is 'Nights in the group.';
comment on column jerk_rate_by_stress.jerk_count is 'Leg jumps in these nights.';
comment on column jerk_rate_by_stress.analysed_h is 'Analysed hours in these nights: the denominator [h].';
comment on column jerk_rate_by_stress.jerk_rate_per_h is
'Leg jumps over analysed hours; empty where there are no hours [1/h].';
comment on column jerk_rate_by_stress.ci_low_per_h is
'Lower limit of the interval of the rate, which respects that nights of a person are alike [1/h].';
comment on column jerk_rate_by_stress.ci_high_per_h is 'Upper limit of the same interval [1/h].';
comment on column jerk_rate_by_stress.interval_method is 'How the interval was made.';
