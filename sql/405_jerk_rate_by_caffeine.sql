-- ----------------------------------------------------------------------------
-- 405_jerk_rate_by_caffeine: jerk rates by caffeine: all day, after 14:00, left in the body at lights-off
--
-- Grain    one row per exposure, level
-- Reads    exposure_rate
-- Writes   jerk_rate_by_caffeine
-- Layer    start, answer
-- Source   exposure_rate
-- ----------------------------------------------------------------------------

create or replace table jerk_rate_by_caffeine as

-- all columns of exposure_rate, also those it will have
select * exclude (family, stress_scale) -- noqa: AM04
from exposure_rate
where family = 'caffeine'
order by exposure, level_number;

alter table jerk_rate_by_caffeine add primary key (exposure, level);

comment on table jerk_rate_by_caffeine is
'Jerk rates at each level of caffeine: first of the same persons, then raw, of different people.';
