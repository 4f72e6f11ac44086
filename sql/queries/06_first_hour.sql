-- How do jerks run over the first hour in bed?
--
-- Six times ten minutes from lights-off of eligible nights, over what was measured of that hour. People fall
-- asleep in it, and legs move more awake than asleep: a fall along the rows is first of all sleep that comes.

with

jerk as (

    select
        movement.bed_minute_number // 10 as ten_min_number,
        count(*) as jerk_count
    from movement
    where
        movement.is_jerk
        and movement.is_in_bed
        and movement.is_night_eligible
        and movement.bed_minute_number < 60
    group by ten_min_number

),

total as (

    select
        count(*) as night_count,
        sum(night_hour.analysed_h) as analysed_h
    from night_hour
    inner join analysis_night
        on
            night_hour.participant_id = analysis_night.participant_id
            and night_hour.night_date = analysis_night.night_date
    where night_hour.hour_number = 0

)

select
    jerk.ten_min_number * 10 as from_min,
    jerk.jerk_count,
    total.night_count,
    round(total.analysed_h / 6, 1) as analysed_h,
    round(6 * jerk.jerk_count / total.analysed_h, 2) as jerk_rate_per_h
from jerk
cross join total
order by from_min;
