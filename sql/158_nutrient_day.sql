-- ----------------------------------------------------------------------------
-- 158_nutrient_day: nutrients of a day by origin
--
-- Grain    one row per participant_id, logged_date, origin
-- Reads    core.nutrient_day
-- Like     caffeine_intake
-- Writes   nutrient_day
-- Source   diary/nutrients.csv, imports
-- ----------------------------------------------------------------------------

create or replace table nutrient_day as

select
    participant_id,
    logged_date,
    origin,
    magnesium_mg,
    calcium_mg,
    iron_mg,
    vitamin_b6_mg,
    vitamin_b12_ug,
    told_by
from core.nutrient_day
order by participant_id, logged_date, origin;

comment on table nutrient_day is 'Nutrients of logged days, food and supplements apart.';
comment on column nutrient_day.origin is
'food, supplement, or food_and_supplement where an export does not part them.';
comment on column nutrient_day.magnesium_mg is 'Magnesium [mg].';
comment on column nutrient_day.calcium_mg is 'Calcium [mg].';
comment on column nutrient_day.iron_mg is 'Iron [mg].';
comment on column nutrient_day.vitamin_b6_mg is 'Vitamin B6 [mg].';
comment on column nutrient_day.vitamin_b12_ug is 'Vitamin B12 [ug].';
