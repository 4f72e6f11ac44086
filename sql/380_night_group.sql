-- ----------------------------------------------------------------------------
-- 380_night_group: which groups each analysed night belongs to
--
-- Grain    one row per participant_id, night_date, grouping_name
-- Reads    analysis_night, exposure_level, study_parameter
-- Writes   night_group
-- Source   limits and their papers: study_parameter, names cohort.level.* and cohort.group.*
-- ----------------------------------------------------------------------------

create or replace table night_group as

with

parameter as (

    select
        max(value_number) filter (where name = 'cohort.group.age_from_31_year') as age_from_31_year,
        max(value_number) filter (where name = 'cohort.group.age_from_51_year') as age_from_51_year,
        max(value_number) filter (where name = 'cohort.group.age_from_71_year') as age_from_71_year,
        max(value_number) filter (where name = 'cohort.group.irls_moderate_score') as irls_moderate_score,
        max(value_number) filter (where name = 'cohort.group.low_ferritin_ug_l') as low_ferritin_ug_l
    from study_parameter

),

exposure_value as (

    select
        participant_id,
        night_date,
        stress_scale,
        caffeine_mg,
        caffeine_after_14h_mg,
        caffeine_at_lights_off_mg,
        exercise_met_min,
        vigorous_min,
        exercise_end_to_lights_off_h,
        stress_score,
        stress_z,
        -- of every nutrient; those of usual intake have no levels
        columns('_rda_ratio$')
    from analysis_night

),

-- one row is one night with one exposure, known or not
night_value as (

    select
        participant_id,
        night_date,
        exposure,
        value,
        case when exposure = 'stress_score' then stress_scale end as stress_scale
    from exposure_value
    unpivot include nulls (
        value for exposure in (columns(* exclude (participant_id, night_date, stress_scale)))
    )

),

exposure_family as (

    select distinct
        exposure,
        family
    from exposure_level

),

by_exposure as (

    select
        night_value.participant_id,
        night_value.night_date,
        exposure_family.family,
        night_value.exposure as grouping_name,
        coalesce(exposure_level.level, 'not known') as level,
        exposure_level.level_number
    from night_value
    inner join exposure_family
        on night_value.exposure = exposure_family.exposure
    left join exposure_level
        on
            night_value.exposure = exposure_level.exposure
            -- a score belongs to the levels of its own scale
            and night_value.stress_scale is not distinct from exposure_level.stress_scale
            -- an unknown value belongs to no level, not to the one without limits
            and night_value.value is not null
            and (
                exposure_level.lower is null
                or night_value.value > exposure_level.lower
                or (night_value.value = exposure_level.lower and exposure_level.is_lower_included)
            )
            and (
                exposure_level.upper is null
                or night_value.value < exposure_level.upper
                or (night_value.value = exposure_level.upper and exposure_level.is_upper_included)
            )

),

judged as (

    select
        analysis_night.participant_id,
        analysis_night.night_date,
        cast(parameter.age_from_31_year as integer) as age_from_31_year,
        cast(parameter.age_from_51_year as integer) as age_from_51_year,
        cast(parameter.age_from_71_year as integer) as age_from_71_year,
        -- life stages of the dietary reference intakes: who reaches the limit belongs to the upper one
        case
            when analysis_night.age_year < parameter.age_from_31_year then 1
            when analysis_night.age_year < parameter.age_from_51_year then 2
            when analysis_night.age_year < parameter.age_from_71_year then 3
            when analysis_night.age_year >= parameter.age_from_71_year then 4
        end as age_number,
        list_position(['female', 'male', 'other'], analysis_night.sex) as sex_number,
        -- from the limit on restless legs are at least moderate
        analysis_night.irls_score >= parameter.irls_moderate_score as has_restless_legs,
        -- exactly the limit is low
        analysis_night.ferritin_ug_l <= parameter.low_ferritin_ug_l as has_low_ferritin,
        analysis_night.sex,
        analysis_night.is_weekend,
        analysis_night.is_first_night,
        analysis_night.movement_source,
        analysis_night.leg_count,
        array_to_string(analysis_night.device_models, ' + ') as devices,
        cast(round(analysis_night.sampling_rate_hz) as integer) as rate_hz
    from analysis_night
    cross join parameter

),

by_person_or_day as (

    select
        participant_id,
        night_date,
        'everyone' as family,
        'all' as grouping_name,
        'all' as level,
        1 as level_number
    from judged
    union all
    select
        participant_id,
        night_date,
        'person' as family,
        'sex' as grouping_name,
        coalesce(sex, 'not known') as level,
        sex_number as level_number
    from judged
    union all
    select
        participant_id,
        night_date,
        'person' as family,
        'age' as grouping_name,
        case age_number
            when 1 then 'below ' || age_from_31_year
            when 2 then 'from ' || age_from_31_year
            when 3 then 'from ' || age_from_51_year
            when 4 then 'from ' || age_from_71_year
            else 'not known'
        end as level,
        age_number as level_number
    from judged
    union all
    select
        participant_id,
        night_date,
        'person' as family,
        'restless legs' as grouping_name,
        case
            when has_restless_legs then 'moderate or worse'
            when not has_restless_legs then 'mild or none'
            else 'not known'
        end as level,
        case
            when has_restless_legs then 2
            when not has_restless_legs then 1
        end as level_number
    from judged
    union all
    select
        participant_id,
        night_date,
        'person' as family,
        'ferritin' as grouping_name,
        case
            when has_low_ferritin then 'low'
            when not has_low_ferritin then 'not low'
            else 'not known'
        end as level,
        case
            when has_low_ferritin then 1
            when not has_low_ferritin then 2
        end as level_number
    from judged
    union all
    select
        participant_id,
        night_date,
        'day' as family,
        'day of the week' as grouping_name,
        case when is_weekend then 'weekend' else 'weekday' end as level,
        case when is_weekend then 2 else 1 end as level_number
    from judged
    union all
    select
        participant_id,
        night_date,
        'day' as family,
        'first night' as grouping_name,
        case when is_first_night then 'first night' else 'later night' end as level,
        case when is_first_night then 1 else 2 end as level_number
    from judged
    union all
    -- rates of the two are on different scales: where a study has both, compare within one
    select
        participant_id,
        night_date,
        'day' as family,
        'movements seen in' as grouping_name,
        coalesce(movement_source, 'not known') as level,
        list_position(['acceleration', 'electromyogram'], movement_source) as level_number
    from judged
    union all
    -- one leg sees half of what alternates between two
    select
        participant_id,
        night_date,
        'measurement' as family,
        'legs measured' as grouping_name,
        case leg_count when 1 then 'one leg' when 2 then 'both legs' else 'not known' end as level,
        case when leg_count between 1 and 2 then leg_count end as level_number
    from judged
    union all
    select
        participant_id,
        night_date,
        'measurement' as family,
        'device' as grouping_name,
        coalesce(devices, 'not known') as level,
        case when devices is not null then dense_rank() over (order by devices) end as level_number
    from judged
    union all
    select
        participant_id,
        night_date,
        'measurement' as family,
        'sampling rate' as grouping_name,
        coalesce(rate_hz || ' Hz', 'not known') as level,
        case when rate_hz is not null then dense_rank() over (order by rate_hz) end as level_number
    from judged

)

select
    participant_id,
    night_date,
    family,
    grouping_name,
    level,
    cast(level_number as integer) as level_number
from by_exposure
union all
select
    participant_id,
    night_date,
    family,
    grouping_name,
    level,
    cast(level_number as integer) as level_number
from by_person_or_day
order by family, grouping_name, participant_id, night_date;

comment on table night_group is
'Groups of each analysed night: every grouping parts all nights without remainder.';
comment on column night_group.family is
'everyone, person, day, measurement, caffeine, exercise, stress or nutrient.';
comment on column night_group.grouping_name is
'What the nights are grouped by; for exposures the column of exposure_night.';
comment on column night_group.level is 'Level of the grouping; not known where the value is missing.';
comment on column night_group.level_number is
'Position of the level in rising order, from 1; empty where not known.';
