-- Do both legs move alike?

select
    coalesce(side, 'not known') as side,
    count(*) as movement_count,
    round(avg(duration_s), 2) as mean_duration_s,
    round(avg(peak_g), 3) as mean_peak_g
from movement
where is_clm
group by side
order by side;
