-- ----------------------------------------------------------------------------
-- 420_jerk_rate_by_stress: jerk rates by stress: score of each scale, deviation from the usual
--
-- Grain    one row per exposure, level
-- Reads    exposure_rate
-- Writes   jerk_rate_by_stress
-- Layer    start, answer
-- Source   exposure_rate
-- ----------------------------------------------------------------------------

create or replace table jerk_rate_by_stress as

-- all columns of exposure_rate, also those it will have
select * exclude (family) -- noqa: AM04
from exposure_rate
where family = 'stress'
order by exposure, level_number;

alter table jerk_rate_by_stress add primary key (exposure, level);

comment on table jerk_rate_by_stress is
'Jerk rates at each level of stress: first of the same persons, then raw, of different people.';
