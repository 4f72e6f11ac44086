-- ----------------------------------------------------------------------------
-- 026_exposure_level: where one level of an exposure ends and the next begins
--
-- Grain    one row per exposure, level
-- Reads    study_parameter, nutrient
-- Writes   exposure_level
-- Source   limits and their papers: study_parameter, names cohort.level.*
-- ----------------------------------------------------------------------------

create or replace table exposure_level as

with

-- a limit is named by its parameter, without the prefix cohort.level
level_limit (
    family,
    exposure,
    stress_scale,
    level_number,
    level,
    lower_name,
    upper_name,
    is_lower_included,
    is_upper_included
) as (

    values
    -- caffeine: none at all, then up to and including each limit
    ('caffeine', 'caffeine_mg', null, 1, 'none', 'zero', 'zero', true, true),
    ('caffeine', 'caffeine_mg', null, 2, 'low', 'zero', 'caffeine_some_mg', false, true),
    (
        'caffeine', 'caffeine_mg', null, 3, 'moderate',
        'caffeine_some_mg', 'caffeine_single_dose_mg', false, true
    ),
    ('caffeine', 'caffeine_mg', null, 4, 'high', 'caffeine_single_dose_mg', 'caffeine_daily_mg', false, true),
    ('caffeine', 'caffeine_mg', null, 5, 'above the daily limit', 'caffeine_daily_mg', null, false, false),
    ('caffeine', 'caffeine_after_14h_mg', null, 1, 'none', 'zero', 'zero', true, true),
    ('caffeine', 'caffeine_after_14h_mg', null, 2, 'low', 'zero', 'caffeine_some_mg', false, true),
    (
        'caffeine', 'caffeine_after_14h_mg', null, 3, 'moderate',
        'caffeine_some_mg', 'caffeine_single_dose_mg', false, true
    ),
    ('caffeine', 'caffeine_after_14h_mg', null, 4, 'high', 'caffeine_single_dose_mg', null, false, false),
    ('caffeine', 'caffeine_at_lights_off_mg', null, 1, 'none', 'zero', 'zero', true, true),
    (
        'caffeine', 'caffeine_at_lights_off_mg', null, 2, 'low',
        'zero', 'caffeine_residual_some_mg', false, true
    ),
    (
        'caffeine', 'caffeine_at_lights_off_mg', null, 3, 'moderate',
        'caffeine_residual_some_mg', 'caffeine_some_mg', false, true
    ),
    ('caffeine', 'caffeine_at_lights_off_mg', null, 4, 'high', 'caffeine_some_mg', null, false, false),
    -- exercise: a day that reaches a limit belongs to the upper level
    ('exercise', 'exercise_met_min', null, 1, 'none', 'zero', 'zero', true, true),
    ('exercise', 'exercise_met_min', null, 2, 'low', 'zero', 'exercise_moderate_met_min', false, false),
    (
        'exercise', 'exercise_met_min', null, 3, 'moderate',
        'exercise_moderate_met_min', 'exercise_high_met_min', true, false
    ),
    ('exercise', 'exercise_met_min', null, 4, 'high', 'exercise_high_met_min', null, true, false),
    ('exercise', 'vigorous_min', null, 1, 'none', 'zero', 'zero', true, true),
    ('exercise', 'vigorous_min', null, 2, 'any', 'zero', null, false, false),
    -- after exercise: one hour or less before lights-off is just before, four and more is well before
    (
        'exercise', 'exercise_end_to_lights_off_h', null, 1, 'just before bed',
        null, 'exercise_just_before_h', false, true
    ),
    (
        'exercise', 'exercise_end_to_lights_off_h', null, 2, 'in the evening',
        'exercise_just_before_h', 'exercise_evening_h', false, false
    ),
    (
        'exercise', 'exercise_end_to_lights_off_h', null, 3, 'well before bed',
        'exercise_evening_h', null, true, false
    ),
    -- stress: a score is comparable within its own scale; one that reaches a limit belongs to the upper level
    (
        'stress', 'stress_score', 'rating_0_10', 1, 'rating_0_10 low',
        null, 'rating_moderate_score', false, false
    ),
    (
        'stress', 'stress_score', 'rating_0_10', 2, 'rating_0_10 moderate',
        'rating_moderate_score', 'rating_high_score', true, false
    ),
    ('stress', 'stress_score', 'rating_0_10', 3, 'rating_0_10 high', 'rating_high_score', null, true, false),
    ('stress', 'stress_score', 'pss4', 4, 'pss4 low', null, 'pss4_high_score', false, false),
    ('stress', 'stress_score', 'pss4', 5, 'pss4 high', 'pss4_high_score', null, true, false),
    ('stress', 'stress_score', 'pss10', 6, 'pss10 low', null, 'pss10_moderate_score', false, false),
    (
        'stress', 'stress_score', 'pss10', 7, 'pss10 moderate',
        'pss10_moderate_score', 'pss10_high_score', true, false
    ),
    ('stress', 'stress_score', 'pss10', 8, 'pss10 high', 'pss10_high_score', null, true, false),
    ('stress', 'stress_score', 'stai_state', 9, 'stai_state low', null, 'stai_moderate_score', false, false),
    (
        'stress', 'stress_score', 'stai_state', 10, 'stai_state moderate',
        'stai_moderate_score', 'stai_high_score', true, false
    ),
    ('stress', 'stress_score', 'stai_state', 11, 'stai_state high', 'stai_high_score', null, true, false),
    ('stress', 'stress_z', null, 1, 'less than usual', null, 'usual below', false, true),
    ('stress', 'stress_z', null, 2, 'usual', 'usual below', 'stress_usual_z', false, false),
    ('stress', 'stress_z', null, 3, 'more than usual', 'stress_usual_z', null, true, false)

),

-- nutrients: exactly the allowance meets it
nutrient_level as (

    select
        'nutrient' as family,
        nutrient.nutrient || '_rda_ratio' as exposure,
        cast(null as varchar) as stress_scale,
        level_of_ratio.level_number,
        level_of_ratio.level,
        level_of_ratio.lower_name,
        level_of_ratio.upper_name,
        level_of_ratio.is_lower_included,
        false as is_upper_included
    from nutrient
    cross join (
        values
        (1, 'low', null, 'rda_low_ratio', false),
        (2, 'below the allowance', 'rda_low_ratio', 'rda_met_ratio', true),
        (3, 'allowance met', 'rda_met_ratio', null, true)
    ) as level_of_ratio (level_number, level, lower_name, upper_name, is_lower_included)

),

every_level as (

    select * from level_limit
    union all
    select * from nutrient_level

),

limit_value as (

    select
        replace(name, 'cohort.level.', '') as name,
        value_number
    from study_parameter
    where starts_with(name, 'cohort.level.')
    union all
    select
        'usual below' as name,
        -value_number as value_number
    from study_parameter
    where name = 'cohort.level.stress_usual_z'
    union all
    select
        'zero' as name,
        0 as value_number

)

select
    every_level.family,
    every_level.exposure,
    every_level.level,
    every_level.stress_scale,
    every_level.level_number,
    lower_limit.value_number as lower,
    upper_limit.value_number as upper,
    every_level.is_lower_included,
    every_level.is_upper_included,
    case
        when every_level.exposure like '%\_mg' escape '\' then 'mg'
        when every_level.exposure like '%\_met\_min' escape '\' then 'MET min'
        when every_level.exposure like '%\_min' escape '\' then 'min'
        when every_level.exposure like '%\_h' escape '\' then 'h'
        when every_level.exposure like '%\_score' escape '\' then 'points'
        when every_level.exposure like '%\_z' escape '\' then 'standard deviations'
        when every_level.exposure like '%\_ratio' escape '\' then 'allowances'
    end as unit,
    case
        when lower_limit.value_number = upper_limit.value_number
            then format('{:g}', lower_limit.value_number)
        else concat_ws(
            ' to ',
            if(every_level.is_lower_included, '>= ', '> ') || format('{:g}', lower_limit.value_number),
            if(every_level.is_upper_included, '<= ', '< ') || format('{:g}', upper_limit.value_number)
        )
    end || ' ' || unit as limits
from every_level
left join limit_value as lower_limit on every_level.lower_name = lower_limit.name
left join limit_value as upper_limit on every_level.upper_name = upper_limit.name
order by every_level.family, every_level.exposure, every_level.level_number;

alter table exposure_level add primary key (exposure, level);

comment on table exposure_level is 'Levels of each exposure and their limits.';
comment on column exposure_level.family is 'caffeine, exercise, stress or nutrient.';
comment on column exposure_level.exposure is 'Column of exposure_night.';
comment on column exposure_level.level is 'Level in words.';
comment on column exposure_level.stress_scale is 'Scale of the score; empty for other exposures.';
comment on column exposure_level.level_number is 'Position of the level in rising order, from 1.';
comment on column exposure_level.lower is 'Lower limit [unit of the exposure]; empty means none.';
comment on column exposure_level.upper is 'Upper limit [unit of the exposure]; empty means none.';
comment on column exposure_level.is_lower_included is 'Whether the lower limit itself belongs to the level.';
comment on column exposure_level.is_upper_included is 'Whether the upper limit itself belongs to the level.';
comment on column exposure_level.unit is 'Unit of the limits.';
comment on column exposure_level.limits is 'Limits in words, with their unit.';
