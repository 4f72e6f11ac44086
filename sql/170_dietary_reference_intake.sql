-- ----------------------------------------------------------------------------
-- 170_dietary_reference_intake: recommended allowances and upper limits of nutrients
--
-- Grain    one row per nutrient, sex, age_from_year, is_pregnant
-- Reads    core.dietary_reference_intake
-- Like     nutrient
-- Writes   dietary_reference_intake
-- Source   transforms/tables/dietary_reference_intake.csv
-- ----------------------------------------------------------------------------

create or replace table dietary_reference_intake as

select
    nutrient,
    unit,
    sex,
    age_from_year,
    age_to_year,
    is_pregnant,
    kind,
    allowance,
    upper_limit,
    upper_limit_applies_to,
    source
from core.dietary_reference_intake
order by nutrient, sex, is_pregnant, age_from_year;

comment on table dietary_reference_intake is 'Dietary reference intakes (US) by sex, age and pregnancy.';
comment on column dietary_reference_intake.unit is 'Unit of allowance and limit: mg or ug.';
comment on column dietary_reference_intake.sex is 'female or male.';
comment on column dietary_reference_intake.age_from_year is 'First year of age.';
comment on column dietary_reference_intake.age_to_year is 'Last year of age, included.';
comment on column dietary_reference_intake.is_pregnant is 'Whether the row is for pregnancy.';
comment on column dietary_reference_intake.kind is 'RDA, or AI where no RDA is set.';
comment on column dietary_reference_intake.allowance is 'Recommended intake of a day [unit of the row].';
comment on column dietary_reference_intake.upper_limit is
'Tolerable upper intake level of a day [unit of the row]; empty where none is set.';
comment on column dietary_reference_intake.upper_limit_applies_to is
'What counts towards the limit: supplement, or food and supplement.';
comment on column dietary_reference_intake.source is 'Where the values come from.';
