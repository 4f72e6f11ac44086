-- How do jerks run over the first hour in bed?
--
-- Six times ten minutes from lights-off, over analysed nights that are longer than that.

with

jerk as (

    select
        bed_minute_number // 10 as ten_min_number,
        count(*) as jerk_count
    from movement
    where
        is_jerk
        and is_in_bed
        and is_night_eligible
        and bed_minute_number < 60
    group by ten_min_number

),

total as (

    select count(*) as night_count
    from analysis_night
    where analysed_h >= 1

)

select
    jerk.ten_min_number * 10 as from_min,
    jerk.jerk_count,
    round(6 * jerk.jerk_count / total.night_count, 2) as jerk_rate_per_h
from jerk
cross join total
order by from_min;
