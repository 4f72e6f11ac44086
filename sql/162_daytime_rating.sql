-- ----------------------------------------------------------------------------
-- 162_daytime_rating: how people functioned in the day
--
-- Grain    one row per participant_id, logged_date, scale
-- Reads    core.daytime_rating
-- Like     caffeine_intake, stress_rating
-- Writes   daytime_rating
-- Source   diary/daytime.csv, imports
-- ----------------------------------------------------------------------------

create or replace table daytime_rating as

select
    participant_id,
    logged_date,
    scale,
    score,
    told_by
from core.daytime_rating
order by participant_id, logged_date, scale;

comment on table daytime_rating is 'Ratings of daytime function.';
comment on column daytime_rating.scale is 'kss, ess, concentration_0_10, irritability_0_10 or memory_0_10.';
