-- How do jerks run over the night?
--
-- Hours since lights-off over eligible nights; each hour over what was measured of it, in bed and asleep.
-- The last hours are those of long nights only: other people, other nights.

select
    night_hour.hour_number,
    count(*) as night_count,
    cast(sum(night_hour.jerk_count) as bigint) as jerk_count,
    round(sum(night_hour.analysed_h), 1) as analysed_h,
    round(sum(night_hour.jerk_count) / sum(night_hour.analysed_h), 2) as jerk_rate_per_h,
    cast(sum(night_hour.jerk_sleep_count) as bigint) as jerk_sleep_count,
    round(sum(night_hour.analysed_sleep_h), 1) as analysed_sleep_h,
    round(
        sum(night_hour.jerk_sleep_count) / nullif(sum(night_hour.analysed_sleep_h), 0), 2
    ) as jerk_sleep_rate_per_h
from night_hour
inner join analysis_night
    on
        night_hour.participant_id = analysis_night.participant_id
        and night_hour.night_date = analysis_night.night_date
group by night_hour.hour_number
order by night_hour.hour_number;
