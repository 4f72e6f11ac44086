-- ----------------------------------------------------------------------------
-- 410_jerk_rate_by_exercise: jerk rates by exercise: how much, how hard, how late
--
-- Grain    one row per exposure, level
-- Reads    exposure_level, group_rate
-- Writes   jerk_rate_by_exercise
-- Source   levels: exposure_level; estimator: group_rate
-- ----------------------------------------------------------------------------

create or replace table jerk_rate_by_exercise as

select
    exposure_level.exposure,
    exposure_level.level,
    exposure_level.level_number,
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
where exposure_level.family = 'exercise'
order by exposure_level.exposure, exposure_level.level_number;

alter table jerk_rate_by_exercise add primary key (exposure, level);

comment on table jerk_rate_by_exercise is
'Jerk rates at each level of exercise, over analysed nights. Descriptive: not adjusted for anything.';
comment on column jerk_rate_by_exercise.exposure is 'Column of exposure_night.';
comment on column jerk_rate_by_exercise.level is 'Level in words.';
comment on column jerk_rate_by_exercise.level_number is 'Position of the level in rising order, from 1.';
comment on column jerk_rate_by_exercise.lower is 'Lower limit [unit of the exposure]; empty means none.';
comment on column jerk_rate_by_exercise.upper is 'Upper limit [unit of the exposure]; empty means none.';
comment on column jerk_rate_by_exercise.is_lower_included is
'Whether the lower limit itself belongs to the level.';
comment on column jerk_rate_by_exercise.is_upper_included is
'Whether the upper limit itself belongs to the level.';
comment on column jerk_rate_by_exercise.participant_count is
'Participants with at least one night in the group.';
comment on column jerk_rate_by_exercise.night_count is 'Nights in the group.';
comment on column jerk_rate_by_exercise.jerk_count is 'Leg jumps in these nights.';
comment on column jerk_rate_by_exercise.analysed_h is 'Analysed hours in these nights: the denominator [h].';
comment on column jerk_rate_by_exercise.jerk_rate_per_h is
'Leg jumps over analysed hours; empty where there are no hours [1/h].';
comment on column jerk_rate_by_exercise.ci_low_per_h is
'Lower limit of the interval of the rate, which respects that nights of a person are alike [1/h].';
comment on column jerk_rate_by_exercise.ci_high_per_h is 'Upper limit of the same interval [1/h].';
comment on column jerk_rate_by_exercise.interval_method is 'How the interval was made.';
