-- ----------------------------------------------------------------------------
-- 430_jerk_rate_by_nutrient: jerk rates by intake over the recommended allowance
--
-- Grain    one row per exposure, level
-- Reads    exposure_rate
-- Writes   jerk_rate_by_nutrient
-- Layer    start, answer
-- Source   exposure_rate
-- ----------------------------------------------------------------------------

create or replace table jerk_rate_by_nutrient as

-- all columns of exposure_rate, also those it will have
select * exclude (family, stress_scale) -- noqa: AM04
from exposure_rate
where family = 'nutrient'
order by exposure, level_number;

alter table jerk_rate_by_nutrient add primary key (exposure, level);

comment on table jerk_rate_by_nutrient is
'Jerk rates at each level of nutrient intake: first of the same persons, then raw, of different people.';
