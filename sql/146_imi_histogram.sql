-- ----------------------------------------------------------------------------
-- 146_imi_histogram: intervals between leg movements in sleep, by class
--
-- Grain    one row per participant_id, night_date, scorer, lower_s
-- Reads    core.imi_histogram, movement, study_parameter
-- Like     scored_leg_movement
-- Writes   imi_histogram
-- Source   transforms/scoring/reporting.py; Ferri 2006, Sleep 29:759
--
-- Of scored nights all classes, of nights of a sensor those that hold an interval.
-- ----------------------------------------------------------------------------

create or replace table imi_histogram as

with

parameter as (

    select
        max(value_number) filter (where name = 'imi_classes.width_s') as width_s,
        max(value_number) filter (where name = 'imi_classes.max_s') as max_s
    from study_parameter

),

sensor_class as (

    select
        movement.participant_id,
        movement.night_date,
        -- in whole microseconds: a class begins where it says
        least(
            floor(round(movement.imi_s * 1e6) / (parameter.width_s * 1e6)),
            round(parameter.max_s / parameter.width_s)
        ) * parameter.width_s as lower_s,
        cast(count(*) as integer) as imi_count
    from movement
    cross join parameter
    where
        movement.is_clm
        and movement.is_in_bed
        and movement.is_asleep
        and movement.imi_s is not null
        and movement.movement_source = 'acceleration'
    group by all

)

select
    participant_id,
    night_date,
    scorer,
    lower_s,
    upper_s,
    -- instead of a key, which forty million classes of sensors would make too large
    case
        when count(*) over (partition by participant_id, night_date, scorer, lower_s) > 1
            then cast(error('duplicate class of a scored night') as integer)
        else imi_count
    end as imi_count
from core.imi_histogram
union all
select
    sensor_class.participant_id,
    sensor_class.night_date,
    'sensor' as scorer,
    sensor_class.lower_s,
    case
        when sensor_class.lower_s < parameter.max_s then sensor_class.lower_s + parameter.width_s
    end as upper_s,
    sensor_class.imi_count
from sensor_class
cross join parameter
order by participant_id, night_date, scorer, lower_s;

comment on table imi_histogram is
'Intervals before candidates in sleep, counted in classes; of a sensor only classes with any.';
comment on column imi_histogram.scorer is
'Who scored, as named by the files; emg_detector: the rule on the leg channels; sensor: acceleration.';
comment on column imi_histogram.lower_s is 'Shortest interval of the class, included [s].';
comment on column imi_histogram.upper_s is
'Longest interval of the class, not included; empty in the last, open class [s].';
comment on column imi_histogram.imi_count is 'Intervals in the class.';
