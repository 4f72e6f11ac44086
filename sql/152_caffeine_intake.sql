-- ----------------------------------------------------------------------------
-- 152_caffeine_intake: each dose of caffeine
--
-- Grain    one row per dose or statement that there was none
-- Reads    core.caffeine_intake
-- Like     sleep_diary
-- Writes   caffeine_intake
-- Source   diary/caffeine.csv, imports
-- ----------------------------------------------------------------------------

create or replace table caffeine_intake as

select
    participant_id,
    logged_date,
    taken_at,
    caffeine_mg,
    source,
    entry_number,
    clock_h,
    time_zone,
    told_by
from core.caffeine_intake
order by participant_id, logged_date, taken_at nulls first;

comment on table caffeine_intake is 'Doses of caffeine, from diaries and exports.';
comment on column caffeine_intake.logged_date is 'Local calendar day that the entry speaks of.';
comment on column caffeine_intake.taken_at is 'When it was taken [UTC]; empty where only the day is known.';
comment on column caffeine_intake.caffeine_mg is 'Caffeine of the dose [mg]; 0 says that none was taken.';
comment on column caffeine_intake.source is
'Drink, food or medicine in the words of the content table; other where it is not in it.';
comment on column caffeine_intake.entry_number is
'Place among equal doses that one export tells of; 1 for all others.';
comment on column caffeine_intake.clock_h is
'Clock on the wall where it was taken [h]; empty where only the day is known.';
comment on column caffeine_intake.told_by is 'Who told it: diary, or the maker of the export.';
