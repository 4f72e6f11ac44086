-- ----------------------------------------------------------------------------
-- 022_nutrient: the nutrients of the diary
--
-- Grain    one row per nutrient
-- Reads    core.nutrient
-- Writes   nutrient
-- Source   transforms/schema/nutrients.py
--
-- A table with the columns column_name and description explains the columns of
-- the tables that name it: see flows/warehouse/meanings.py.
-- ----------------------------------------------------------------------------

create or replace table nutrient as

select
    nutrient,
    nutrient_number,
    unit,
    title,
    column_name,
    description,
    has_upper_limit
from core.nutrient
order by nutrient;

alter table nutrient add primary key (nutrient);

comment on table nutrient is
'Nutrients of the diary, each with the unit of its amounts and the column of the diary that holds them.';
comment on column nutrient.nutrient is 'Nutrient.';
comment on column nutrient.nutrient_number is 'Position in the list of nutrients, from 1.';
comment on column nutrient.unit is 'Unit of its amounts: mg or ug.';
comment on column nutrient.title is 'Its name in a sentence.';
comment on column nutrient.column_name is 'Column of nutrient_day.';
comment on column nutrient.description is 'What that column means.';
comment on column nutrient.has_upper_limit is 'Whether a tolerable upper intake level is set for anybody.';
