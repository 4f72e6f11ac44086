-- ----------------------------------------------------------------------------
-- 024_nutrient_column: what each column about a nutrient means
--
-- Grain    one row per column_name
-- Reads    nutrient
-- Writes   nutrient_column
-- Source   definition: each measure of night_intake, said of each nutrient
--
-- A table with the columns column_name and description explains the columns of
-- the tables that read it: see flows/warehouse/meanings.py.
-- ----------------------------------------------------------------------------

create or replace table nutrient_column as

with

template (measure_number, measure, column_name, description) as (

    values
    (
        1,
        'total_amount',
        '{nutrient}_{unit}',
        '{Title} of the day, food and supplements [{unit}]; empty where the food was not recorded.'
    ),
    (2, 'food_amount', '{nutrient}_food_{unit}', '{Title} from food [{unit}].'),
    (3, 'supplement_amount', '{nutrient}_supplement_{unit}', '{Title} from supplements [{unit}].'),
    (4, 'rda_ratio', '{nutrient}_rda_ratio', '{Title} of the day over the recommended allowance [1].'),
    (
        5,
        'ul_ratio',
        '{nutrient}_ul_ratio',
        '{Title} that counts towards the upper limit (upper_limit_applies_to), over that limit [1].'
    ),
    (
        6,
        'usual_amount',
        'usual_{nutrient}_{unit}',
        '{Title}, mean over the recalls until this day [{unit}].'
    ),
    (
        7,
        'usual_rda_ratio',
        'usual_{nutrient}_rda_ratio',
        'Usual {title} over the recommended allowance [1].'
    )

),

filled as (

    select
        nutrient.nutrient,
        nutrient.nutrient_number,
        nutrient.title,
        template.measure_number,
        template.measure,
        replace(replace(template.column_name, '{nutrient}', nutrient.nutrient), '{unit}', nutrient.unit)
            as column_name,
        replace(template.description, '{unit}', nutrient.unit) as description
    from nutrient
    cross join template
    where template.measure != 'ul_ratio' or nutrient.has_upper_limit

)

select
    column_name,
    nutrient,
    nutrient_number,
    measure,
    measure_number,
    replace(
        replace(description, '{title}', title), '{Title}', upper(left(title, 1)) || substr(title, 2)
    ) as description
from filled
order by nutrient_number, measure_number;

alter table nutrient_column add primary key (column_name);

comment on table nutrient_column is
'Columns that tell one measure of one nutrient: the names of exposure_night and their meaning.';
comment on column nutrient_column.column_name is 'Column of night_nutrient and exposure_night.';
comment on column nutrient_column.measure is 'Column of night_intake.';
comment on column nutrient_column.measure_number is
'Position of the measure among those of one nutrient, from 1.';
comment on column nutrient_column.description is 'What the column means.';
