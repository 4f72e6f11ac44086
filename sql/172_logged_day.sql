-- ----------------------------------------------------------------------------
-- 172_logged_day: which day was logged in which diary
--
-- Grain    one row per participant_id, logged_date, diary
-- Reads    caffeine_intake, exercise_bout, stress_rating, nutrient_day, daytime_rating
-- Writes   logged_day
-- Source   definition: a day is logged when it holds at least one row
-- ----------------------------------------------------------------------------

create or replace table logged_day as

with

entry as (

    select
        participant_id,
        logged_date,
        'caffeine' as diary
    from caffeine_intake
    union all
    select
        participant_id,
        logged_date,
        'exercise' as diary
    from exercise_bout
    union all
    select
        participant_id,
        logged_date,
        'stress' as diary
    from stress_rating
    union all
    select
        participant_id,
        logged_date,
        'nutrients' as diary
    from nutrient_day
    union all
    select
        participant_id,
        logged_date,
        'daytime' as diary
    from daytime_rating

)

select
    participant_id,
    logged_date,
    diary,
    count(*) as entry_count
from entry
group by
    participant_id,
    logged_date,
    diary
order by
    participant_id,
    logged_date,
    diary;

alter table logged_day add primary key (participant_id, logged_date, diary);

comment on table logged_day is 'Days with at least one row in a diary; other days are unknown, never zero.';
comment on column logged_day.diary is
'caffeine, exercise, stress, nutrients or daytime; courses of medicines span days and are not listed.';
comment on column logged_day.entry_count is 'Rows of the day.';
