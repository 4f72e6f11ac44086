-- ----------------------------------------------------------------------------
-- 385_group_level: where the levels of a grouping begin and end, in words
--
-- Grain    one row per grouping_name, level
-- Reads    exposure_level, study_parameter
-- Writes   group_level
-- Source   limits and their papers: study_parameter, names cohort.level.* and cohort.group.*
-- ----------------------------------------------------------------------------

create or replace table group_level as

with

parameter as (

    select
        max(value_number) filter (where name = 'cohort.group.age_from_31_year') as age_from_31_year,
        max(value_number) filter (where name = 'cohort.group.age_from_51_year') as age_from_51_year,
        max(value_number) filter (where name = 'cohort.group.age_from_71_year') as age_from_71_year,
        max(value_number) filter (where name = 'cohort.group.irls_moderate_score') as irls_moderate_score,
        max(value_number) filter (where name = 'cohort.group.low_ferritin_ug_l') as low_ferritin_ug_l
    from study_parameter

)

select
    exposure as grouping_name,
    level,
    limits
from exposure_level
union all
select
    person_level.grouping_name,
    person_level.level,
    person_level.limits
from parameter
cross join
    lateral (
        values
        (
            'age',
            format('below {:g}', parameter.age_from_31_year),
            format('< {:g} year', parameter.age_from_31_year)
        ),
        (
            'age',
            format('from {:g}', parameter.age_from_31_year),
            format('>= {:g} to < {:g} year', parameter.age_from_31_year, parameter.age_from_51_year)
        ),
        (
            'age',
            format('from {:g}', parameter.age_from_51_year),
            format('>= {:g} to < {:g} year', parameter.age_from_51_year, parameter.age_from_71_year)
        ),
        (
            'age',
            format('from {:g}', parameter.age_from_71_year),
            format('>= {:g} year', parameter.age_from_71_year)
        ),
        (
            'restless legs',
            'mild or none',
            format('< {:g} points of IRLS', parameter.irls_moderate_score)
        ),
        (
            'restless legs',
            'moderate or worse',
            format('>= {:g} points of IRLS', parameter.irls_moderate_score)
        ),
        ('ferritin', 'low', format('<= {:g} ug/l', parameter.low_ferritin_ug_l)),
        ('ferritin', 'not low', format('> {:g} ug/l', parameter.low_ferritin_ug_l))
    ) as person_level (grouping_name, level, limits)
order by grouping_name, level;

alter table group_level add primary key (grouping_name, level);

comment on table group_level is 'Limits of the levels by which nights are grouped, in words.';
comment on column group_level.grouping_name is 'What the nights are grouped by, as in group_rate.';
