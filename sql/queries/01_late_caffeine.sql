-- Do people jump more the more caffeine they took after 14:00?
--
-- Descriptive; the adjusted answer within persons stands in association.

select
    level,
    lower as lower_mg,
    upper as upper_mg,
    participant_count,
    night_count,
    round(jerk_rate_per_h, 2) as jerk_rate_per_h,
    round(ci_low_per_h, 2) as ci_low_per_h,
    round(ci_high_per_h, 2) as ci_high_per_h
from jerk_rate_by_caffeine
where exposure = 'caffeine_after_14h_mg'
order by level_number;
