-- Do both legs move alike?
--
-- Only eligible nights in which both legs were measured: where one was, the other cannot have moved.
-- Two devices on one leg are one leg.

select
    coalesce(movement.side, 'not known') as side,
    count(*) as movement_count,
    count(distinct movement.participant_id || ' ' || movement.night_date) as night_count,
    round(avg(movement.duration_s), 2) as mean_duration_s,
    round(avg(movement.peak_g), 3) as mean_peak_g
from movement
inner join analysis_night
    on
        movement.participant_id = analysis_night.participant_id
        and movement.night_date = analysis_night.night_date
where movement.is_clm and movement.is_in_bed and analysis_night.leg_count = 2
group by movement.side
order by movement.side;
