-- When do hypnic jerks come, seen from sleep onset?
--
-- Steps of five minutes, half an hour to both sides.

select
    cast(floor(sleep_onset_minute_number / 5) as integer) * 5 as minute_from_onset,
    count(*) as hypnic_jerk_count
from movement
where
    kind = 'hypnic_jerk'
    and is_night_eligible
    and sleep_onset_minute_number >= -30
    and sleep_onset_minute_number < 30
group by minute_from_onset
order by minute_from_onset;
