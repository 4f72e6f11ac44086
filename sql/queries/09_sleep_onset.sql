-- When do hypnic jerks come, seen from sleep onset?
--
-- Steps of five minutes, half an hour to both sides, over eligible nights with a known onset. A jerk is
-- called hypnic because it lies near an onset of sleep: that they gather there is the definition, and only
-- the shape within is a finding. Who falls asleep soon has no half hour before it. An onset told by
-- movement is itself uncertain by minutes.

with

total as (

    select count(*) as night_count
    from analysis_night
    where sleep_onset_at is not null

)

select
    cast(floor(movement.sleep_onset_minute_number / 5) as integer) * 5 as minute_from_onset,
    count(*) as hypnic_jerk_count,
    any_value(total.night_count) as night_count,
    round(12 * count(*) / any_value(total.night_count), 3) as hypnic_jerk_rate_per_h
from movement
cross join total
where
    movement.kind = 'hypnic_jerk'
    and movement.is_night_eligible
    and movement.sleep_onset_minute_number >= -30
    and movement.sleep_onset_minute_number < 30
group by minute_from_onset
order by minute_from_onset;
