-- When do hypnic jerks come, seen from sleep onset?

select
    date_diff('minute', night.sleep_onset_at, movement.onset_at) // 5 * 5 as minute_from_onset,
    count(*) as hypnic_jerk_count
from movement
inner join night
    on
        movement.participant_id = night.participant_id
        and movement.night_date = night.night_date
where
    movement.kind = 'hypnic_jerk'
    and night.is_eligible
    and abs(date_diff('minute', night.sleep_onset_at, movement.onset_at)) <= 30
group by minute_from_onset
order by minute_from_onset;
