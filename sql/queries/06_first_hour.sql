-- How do jerks run over the first hour in bed?
--
-- Six times ten minutes from lights-off, over analysed nights that are longer than that.

with

jerk as (

    select
        movement.participant_id,
        movement.night_date,
        date_diff('minute', analysis_night.lights_off_at, movement.onset_at) // 10 as ten_min_number
    from movement
    inner join analysis_night
        on
            movement.participant_id = analysis_night.participant_id
            and movement.night_date = analysis_night.night_date
    where
        (movement.is_clm or movement.kind in ('hypnic_jerk', 'twitch'))
        and movement.onset_at >= analysis_night.lights_off_at
        and movement.onset_at < analysis_night.lights_off_at + interval 1 hour

),

total as (

    select count(*) as night_count
    from analysis_night
    where analysed_h >= 1

)

select
    jerk.ten_min_number * 10 as from_min,
    count(*) as jerk_count,
    round(6 * count(*) / max(total.night_count), 2) as jerk_rate_per_h
from jerk
cross join total
group by jerk.ten_min_number
order by from_min;
