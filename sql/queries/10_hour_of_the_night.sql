-- How do jerks run over the night?
--
-- Hours since lights-off; the last hours are those of long nights only. Where part of a night was not
-- analysed, its hours are taken as lying at its end.

with

jerk as (

    select
        cast(floor(since_lights_off_s / 3600) as bigint) as hour_number,
        count(*) as jerk_count
    from movement
    where
        is_jerk
        and is_in_bed
        and is_night_eligible
    group by hour_number

),

night_hour as (

    select
        analysed_h,
        unnest(generate_series(0, cast(ceil(analysed_h) as bigint) - 1)) as hour_number
    from analysis_night

),

hour_of_night as (

    select
        hour_number,
        count(*) as night_count,
        -- the last hour of a night is seldom a whole one
        sum(least(analysed_h - hour_number, 1)) as analysed_h
    from night_hour
    group by hour_number

)

select
    hour_of_night.hour_number,
    hour_of_night.night_count,
    coalesce(jerk.jerk_count, 0) as jerk_count,
    round(coalesce(jerk.jerk_count, 0) / hour_of_night.analysed_h, 2) as jerk_rate_per_h
from hour_of_night
left join jerk on hour_of_night.hour_number = jerk.hour_number
order by hour_of_night.hour_number;
