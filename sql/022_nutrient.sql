-- ----------------------------------------------------------------------------
-- 022_nutrient: the nutrients of the diary
--
-- Grain    one row per nutrient
-- Reads    core.nutrient
-- Writes   nutrient
-- Source   transforms/schema/nutrients.py
-- ----------------------------------------------------------------------------

create or replace table nutrient as

select
    nutrient,
    nutrient_number,
    unit,
    title
from core.nutrient
order by nutrient;

alter table nutrient add primary key (nutrient);

comment on table nutrient is 'Nutrients of the diary, each with the unit of its amounts.';
comment on column nutrient.nutrient is 'Nutrient.';
comment on column nutrient.nutrient_number is 'Position in the list of nutrients, from 1.';
comment on column nutrient.unit is 'Unit of its amounts: mg or ug.';
comment on column nutrient.title is 'Its name in a sentence.';
