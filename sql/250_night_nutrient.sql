-- ----------------------------------------------------------------------------
-- 250_night_nutrient: nutrients of the day before each night, and usual intake, side by side
--
-- Grain    one row per participant_id, night_date with known lights-off
-- Reads    nutrient_column, night_intake
-- Writes   night_nutrient
-- Source   night_intake
-- ----------------------------------------------------------------------------

-- a pivot wants its columns known beforehand, in a type or written out
create or replace type nutrient_column_name as enum ( -- noqa: CV07
    select column_name
    from nutrient_column
    order by
        nutrient_number,
        measure_number
);

create or replace table night_nutrient as

with

measured as (

    select
        participant_id,
        night_date,
        nutrient,
        measure,
        value
    from night_intake
    unpivot (
        value for measure in (
            total_amount, food_amount, supplement_amount, rda_ratio, ul_ratio, usual_amount, usual_rda_ratio
        )
    )

),

named as (

    select
        measured.participant_id,
        measured.night_date,
        nutrient_column.column_name,
        measured.value
    from measured
    inner join nutrient_column
        on
            measured.nutrient = nutrient_column.nutrient
            and measured.measure = nutrient_column.measure

),

side_by_side as (

    pivot named on column_name in nutrient_column_name
    using max(value)
    group by participant_id, night_date

),

logged as (

    select
        participant_id,
        night_date,
        max(recall_count) as nutrient_recall_count,
        bool_or(is_logged) as is_nutrients_logged
    from night_intake
    group by
        participant_id,
        night_date

)

select
    logged.participant_id,
    logged.night_date,
    side_by_side.* exclude (participant_id, night_date), -- noqa: AM04, RF02
    logged.nutrient_recall_count,
    logged.is_nutrients_logged
from logged
left join side_by_side
    on
        logged.participant_id = side_by_side.participant_id
        and logged.night_date = side_by_side.night_date
order by
    logged.participant_id,
    logged.night_date;

alter table night_nutrient add primary key (participant_id, night_date);

comment on table night_nutrient is
'Nutrients of the day before each night by origin, against allowance and upper limit, and usual intake.';
comment on column night_nutrient.nutrient_recall_count is 'Days with recorded food behind the usual intakes.';
comment on column night_nutrient.is_nutrients_logged is 'Whether the day holds an entry.';
