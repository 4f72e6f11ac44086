-- How does stress run over the week, and do jerks follow?

select
    isodow(night_date) as weekday_number,
    dayname(night_date) as weekday,
    count(stress_score) as rated_count,
    round(avg(stress_z), 2) as mean_stress_z,
    round(sum(jerk_count) / sum(analysed_h), 2) as jerk_rate_per_h
from analysis_night
group by isodow(night_date), dayname(night_date)
order by weekday_number;
