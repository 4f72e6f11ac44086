-- ----------------------------------------------------------------------------
-- 150_sleep_diary: what people wrote about their nights
--
-- Grain    one row per participant_id, night_date
-- Reads    core.sleep_diary
-- Like     night
-- Writes   sleep_diary
-- Source   diary/sleep.csv, imports
-- ----------------------------------------------------------------------------

create or replace table sleep_diary as

select
    participant_id,
    night_date,
    lights_off_at,
    sleep_onset_at,
    sleep_end_at,
    lights_on_at
from core.sleep_diary
order by participant_id, night_date;

comment on table sleep_diary is 'Sleep diaries: what people wrote about their nights.';
comment on column sleep_diary.lights_off_at is 'Lights off [UTC].';
comment on column sleep_diary.sleep_onset_at is 'Fell asleep [UTC].';
comment on column sleep_diary.sleep_end_at is 'Woke for the last time [UTC].';
comment on column sleep_diary.lights_on_at is 'Got up [UTC].';
