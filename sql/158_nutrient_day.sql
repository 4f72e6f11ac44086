-- ----------------------------------------------------------------------------
-- 158_nutrient_day: nutrients of a day by origin
--
-- Grain    one row per participant_id, logged_date, origin
-- Reads    core.nutrient_day
-- Like     nutrient, caffeine_intake
-- Writes   nutrient_day
-- Source   diary/nutrients.csv, imports
-- ----------------------------------------------------------------------------

create or replace table nutrient_day as

select
    participant_id,
    logged_date,
    origin,
    -- an amount of each nutrient
    * exclude (participant_id, logged_date, origin, told_by), -- noqa: AM04, RF02
    told_by
from core.nutrient_day
order by participant_id, logged_date, origin;

comment on table nutrient_day is 'Nutrients of logged days, food and supplements apart.';
comment on column nutrient_day.origin is
'food, supplement, or food_and_supplement where an export does not part them.';
