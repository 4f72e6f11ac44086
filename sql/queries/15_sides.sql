-- Do both legs move alike?
--
-- Only nights in which both legs were measured: where one was, the other cannot have moved.

select
    coalesce(movement.side, 'not known') as side,
    count(*) as movement_count,
    count(distinct movement.participant_id || ' ' || movement.night_date) as night_count,
    round(avg(movement.duration_s), 2) as mean_duration_s,
    round(avg(movement.peak_g), 3) as mean_peak_g
from movement
inner join night
    on
        movement.participant_id = night.participant_id
        and movement.night_date = night.night_date
where movement.is_clm and night.leg_recording_count >= 2
group by movement.side
order by movement.side;
