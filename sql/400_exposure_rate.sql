-- ----------------------------------------------------------------------------
-- 400_exposure_rate: jerk rates at each level of each exposure
--
-- Grain    one row per exposure, level
-- Reads    core.dose_response, exposure_level, group_rate
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
    dose_response.outcome as standardised_outcome,
    dose_response.standardised_rate_per_h,
    dose_response.standardised_ci_low_per_h,
    dose_response.standardised_ci_high_per_h,
    coalesce(group_rate.participant_count, 0) as participant_count,
    coalesce(group_rate.night_count, 0) as night_count,
    coalesce(group_rate.jerk_count, 0) as jerk_count,
    coalesce(group_rate.analysed_h, 0) as analysed_h,
    group_rate.jerk_rate_per_h,
    group_rate.ci_low_per_h,
    group_rate.ci_high_per_h,
    group_rate.interval_method,
    group_rate.person_geometric_mean_per_h,
    group_rate.person_geometric_mean_low_per_h,
    group_rate.person_geometric_mean_high_per_h,
    group_rate.person_median_per_h,
    group_rate.person_lower_quartile_per_h,
    group_rate.person_upper_quartile_per_h
from exposure_level
-- a level without nights stays, with counts of zero and without a rate
left join group_rate
    on
        exposure_level.exposure = group_rate.grouping_name
        and exposure_level.level = group_rate.level
left join core.dose_response as dose_response
    on
        exposure_level.exposure = dose_response.exposure
        and exposure_level.level = dose_response.level
order by exposure_level.family, exposure_level.exposure, exposure_level.level_number;

alter table exposure_rate add primary key (exposure, level);

comment on table exposure_rate is
'Jerk rates at each level of each exposure: first of the same persons, then raw, of different people.';
comment on column exposure_rate.standardised_outcome is
'What the standardised rates count: jerks in sleep where sleep is known.';
comment on column exposure_rate.standardised_rate_per_h is
'Rate of the same nights of the same persons, had all had this level: read this one along the levels [1/h].';
comment on column exposure_rate.standardised_ci_low_per_h is 'Lower limit of the standardised rate [1/h].';
comment on column exposure_rate.standardised_ci_high_per_h is 'Upper limit of the standardised rate [1/h].';
comment on column exposure_rate.jerk_rate_per_h is
'Leg jumps over analysed hours in bed. Different people stand behind different levels: no effect [1/h].';
