-- Do people jump more the more caffeine they took after 14:00?
--
-- Read the standardised rate along the levels: the same nights of the same persons, had all had this level.
-- The raw rate at the end is of different people, who differ in more than coffee; it may even run the other
-- way. The ratio with its test stands in question 19.

select
    level,
    lower as lower_mg,
    upper as upper_mg,
    round(standardised_rate_per_h, 2) as standardised_rate_per_h,
    round(standardised_ci_low_per_h, 2) as standardised_ci_low_per_h,
    round(standardised_ci_high_per_h, 2) as standardised_ci_high_per_h,
    standardised_outcome,
    participant_count,
    night_count,
    round(person_geometric_mean_per_h, 2) as person_geometric_mean_per_h,
    round(jerk_rate_per_h, 2) as raw_jerk_rate_per_h,
    round(ci_low_per_h, 2) as raw_ci_low_per_h,
    round(ci_high_per_h, 2) as raw_ci_high_per_h
from jerk_rate_by_caffeine
where exposure = 'caffeine_after_14h_mg'
order by level_number;
