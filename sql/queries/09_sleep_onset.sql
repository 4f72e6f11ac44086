-- When do hypnic jerks come, seen from sleep onset?
--
-- Steps of five minutes, half an hour to both sides.

select
    cast(floor(since_sleep_onset_s / 300) as bigint) * 5 as minute_from_onset,
    count(*) as hypnic_jerk_count
from movement
where
    kind = 'hypnic_jerk'
    and is_night_eligible
    and since_sleep_onset_s >= -1800
    and since_sleep_onset_s < 1800
group by minute_from_onset
order by minute_from_onset;
