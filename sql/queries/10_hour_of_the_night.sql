-- How do jerks run over the night?
--
-- Hours since lights-off; the last hours are those of long nights only. Where part of a night was not
-- analysed, its hours are taken as lying at its end.

with

jerk as (

    select
        bed_minute_number // 60 as hour_number,
        count(*) as jerk_count
    from movement
    where
        is_jerk
        and is_in_bed
        and is_night_eligible
    group by hour_number

),

night_length as (

    select
        cast(floor(analysed_h) as bigint) as whole_hour_count,
        count(*) as night_count,
        sum(analysed_h - floor(analysed_h)) as rest_h
    from analysis_night
    group by whole_hour_count

),

hour_of_night as (

    select
        hour_number,
        sum(night_count) as night_count,
        -- the last hour of a night is seldom a whole one
        sum(case when whole_hour_count > hour_number then night_count else rest_h end) as analysed_h
    from night_length
    cross join generate_series(0, 23) as hours (hour_number)
    where whole_hour_count >= hour_number
    group by hour_number

)

select
    hour_of_night.hour_number,
    cast(hour_of_night.night_count as bigint) as night_count,
    coalesce(jerk.jerk_count, 0) as jerk_count,
    round(coalesce(jerk.jerk_count, 0) / nullif(hour_of_night.analysed_h, 0), 2) as jerk_rate_per_h
from hour_of_night
left join jerk on hour_of_night.hour_number = jerk.hour_number
order by hour_of_night.hour_number;
