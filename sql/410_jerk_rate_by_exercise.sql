-- ----------------------------------------------------------------------------
-- 410_jerk_rate_by_exercise: jerk rates by exercise: how much, how hard, how late
--
-- Grain    one row per exposure, level
-- Reads    exposure_rate
-- Writes   jerk_rate_by_exercise
-- Layer    start, answer
-- Source   exposure_rate
-- ----------------------------------------------------------------------------

create or replace table jerk_rate_by_exercise as

-- all columns of exposure_rate, also those it will have
select * exclude (family, stress_scale) -- noqa: AM04
from exposure_rate
where family = 'exercise'
order by exposure, level_number;

alter table jerk_rate_by_exercise add primary key (exposure, level);

comment on table jerk_rate_by_exercise is
'Jerk rates at each level of exercise: first of the same persons, then raw, of different people.';
