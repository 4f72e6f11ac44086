-- How does stress run over the week, and do jerks follow?
--
-- Weekdays differ in more than stress: coffee, alcohol, bedtimes. That two columns rise together says nothing
-- of one causing the other; of stress itself ask question 19. Days of the week are those of the evening.

select
    isodow(night_date) as weekday_number,
    dayname(night_date) as weekday,
    count(*) as night_count,
    count(stress_score) as rated_count,
    round(avg(stress_z), 2) as mean_stress_z,
    round(
        sum(jerk_sleep_count)
        / nullif(sum(analysed_sleep_h) filter (where jerk_sleep_count is not null), 0), 2
    ) as jerk_sleep_rate_per_h,
    round(sum(jerk_count) / sum(analysed_h), 2) as jerk_rate_in_bed_per_h
from analysis_night
group by isodow(night_date), dayname(night_date)
order by weekday_number;
