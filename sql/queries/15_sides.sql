-- Do both legs move alike?

select
    coalesce(side, 'not known') as side,
    count(*) as movement_count,
    round(avg(duration_s), 2) as mean_duration_s,
    round(median(peak_g), 3) as median_peak_g
from movement
where is_clm
group by coalesce(side, 'not known')
order by side;
