-- How do jerks run over the night?
--
-- Hours since lights-off; the last hours are those of long nights only.

with

hour_of_night as (

    select
        analysis_night.participant_id,
        analysis_night.night_date,
        analysis_night.lights_off_at,
        analysis_night.participant_id || ' ' || analysis_night.night_date as night,
        unnest(generate_series(0, cast(floor(analysis_night.analysed_h) as bigint) - 1)) as hour_number
    from analysis_night

),

jerk as (

    select
        participant_id,
        night_date,
        onset_at
    from movement
    where is_clm or kind in ('hypnic_jerk', 'twitch')

)

select
    hour_of_night.hour_number,
    count(distinct hour_of_night.night) as night_count,
    count(jerk.onset_at) as jerk_count,
    round(count(jerk.onset_at) / count(distinct hour_of_night.night), 2) as jerk_rate_per_h
from hour_of_night
left join jerk
    on
        hour_of_night.participant_id = jerk.participant_id
        and hour_of_night.night_date = jerk.night_date
        and jerk.onset_at >= hour_of_night.lights_off_at + to_hours(hour_of_night.hour_number)
        and jerk.onset_at < hour_of_night.lights_off_at + to_hours(hour_of_night.hour_number + 1)
group by hour_of_night.hour_number
order by hour_of_night.hour_number;
