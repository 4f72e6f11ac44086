-- Are weekends different?
--
-- Nights that lead into a Saturday or Sunday against the others; most persons have both. The raw rate lets
-- those with many jerks speak loudest; in the geometric mean each person counts once. In bed, wake and sleep
-- in one: later bedtimes alone may move it.

select
    level as day_of_the_week,
    participant_count,
    night_count,
    round(jerk_rate_per_h, 2) as jerk_rate_per_h,
    round(ci_low_per_h, 2) as ci_low_per_h,
    round(ci_high_per_h, 2) as ci_high_per_h,
    round(person_geometric_mean_per_h, 2) as person_geometric_mean_per_h,
    round(person_geometric_mean_low_per_h, 2) as person_geometric_mean_low_per_h,
    round(person_geometric_mean_high_per_h, 2) as person_geometric_mean_high_per_h
from group_rate
where grouping_name = 'day of the week'
order by level_number;
