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
    lights_on_at,
    time_zone,
    has_own_time_zone,
    lights_off_source,
    sleep_onset_source,
    sleep_end_source,
    lights_on_source,
    wake_between_min
from core.sleep_diary
order by participant_id, night_date;

alter table sleep_diary add primary key (participant_id, night_date);

comment on table sleep_diary is 'Sleep diaries: what people wrote about their nights.';
comment on column sleep_diary.lights_off_at is 'Lights off [UTC].';
comment on column sleep_diary.sleep_onset_at is 'Fell asleep [UTC].';
comment on column sleep_diary.sleep_end_at is 'Woke for the last time [UTC].';
comment on column sleep_diary.lights_on_at is 'Got up [UTC].';
comment on column sleep_diary.time_zone is 'IANA time zone of the clock that was read.';
comment on column sleep_diary.has_own_time_zone is
'Whether the row itself named its time zone: somebody travels.';
comment on column sleep_diary.lights_off_source is
'Who told the time of lights off: diary, or the maker of an export.';
comment on column sleep_diary.sleep_onset_source is
'Who told when sleep began: diary, or the maker of an export.';
comment on column sleep_diary.sleep_end_source is
'Who told when sleep ended: diary, or the maker of an export.';
comment on column sleep_diary.lights_on_source is
'Who told the time of getting up: diary, or the maker of an export.';
comment on column sleep_diary.wake_between_min is
'Wake between sleeps that an export recorded apart and that are one night [min].';
