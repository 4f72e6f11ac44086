-- ----------------------------------------------------------------------------
-- 228_logged_day: which waking day was logged in which diary
--
-- Grain    one row per participant_id, logged_date, diary
-- Reads    night_waking_day, caffeine_intake, exercise_bout, stress_rating, nutrient_day, daytime_rating
-- Writes   logged_day
-- Source   definition: a day is logged when it holds at least one row
-- ----------------------------------------------------------------------------

create or replace table logged_day as

with

-- is_bedside: what is entered after lights-off still shows that its day was logged
entry as (

    select
        participant_id,
        logged_date,
        taken_at as entry_at,
        'caffeine' as diary,
        false as is_bedside
    from caffeine_intake
    union all
    select
        participant_id,
        logged_date,
        started_at as entry_at,
        'exercise' as diary,
        duration_min > 0 as is_bedside
    from exercise_bout
    union all
    select
        participant_id,
        logged_date,
        rated_at as entry_at,
        'stress' as diary,
        true as is_bedside
    from stress_rating
    union all
    select
        participant_id,
        logged_date,
        null as entry_at,
        'nutrients' as diary,
        true as is_bedside
    from nutrient_day
    union all
    select
        participant_id,
        logged_date,
        null as entry_at,
        'daytime' as diary,
        true as is_bedside
    from daytime_rating

),

-- the day that ends with the first lights-off after the entry
following as (

    select
        entry.participant_id,
        entry.logged_date,
        entry.diary,
        night_waking_day.night_date,
        entry.entry_at >= night_waking_day.entry_from_at as is_of_day,
        entry.is_bedside or entry.entry_at >= night_waking_day.logged_from_at as is_evidence
    from entry
    asof left join night_waking_day
        on
            entry.participant_id = night_waking_day.participant_id
            and entry.entry_at < night_waking_day.lights_off_at

)

select
    participant_id,
    case when is_of_day then night_date else logged_date end as logged_date,
    diary,
    count(*) as entry_count
from following
-- a dose at lights-off shows neither the day before nor the day after as logged
where not coalesce(is_of_day, false) or is_evidence
group by
    participant_id,
    case when is_of_day then night_date else logged_date end,
    diary
order by
    participant_id,
    logged_date,
    diary;

alter table logged_day add primary key (participant_id, logged_date, diary);

comment on table logged_day is 'Days with at least one row in a diary; other days are unknown, never zero.';
comment on column logged_day.logged_date is
'Waking day of the entry, by the night that ends it; the local calendar day where that is not known.';
comment on column logged_day.diary is
'caffeine, exercise, stress, nutrients or daytime; courses of medicines span days and are not listed.';
comment on column logged_day.entry_count is 'Rows of the day.';
