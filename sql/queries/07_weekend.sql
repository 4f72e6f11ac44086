-- Are weekends different?

select
    level as day_of_the_week,
    participant_count,
    night_count,
    round(jerk_rate_per_h, 2) as jerk_rate_per_h,
    round(ci_low_per_h, 2) as ci_low_per_h,
    round(ci_high_per_h, 2) as ci_high_per_h
from group_rate
where grouping_name = 'day of the week'
order by level_number;
