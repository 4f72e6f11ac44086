-- Which diaries were kept?
--
-- Of the analysed nights. A day without a row is unknown, not zero; whether days are missing for a reason
-- that has to do with the night (a bad day nobody writes down) no table can tell.

select
    round(100 * avg(cast(is_caffeine_logged as integer)), 0) as caffeine_logged_pct,
    round(100 * avg(cast(is_exercise_logged as integer)), 0) as exercise_logged_pct,
    round(100 * avg(cast(is_stress_logged as integer)), 0) as stress_logged_pct,
    round(100 * avg(cast(is_nutrients_logged as integer)), 0) as nutrients_logged_pct,
    count(*) as night_count
from analysis_night;
