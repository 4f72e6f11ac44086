-- ----------------------------------------------------------------------------
-- 151_nap: sleeps beside the night
--
-- Grain    one row per participant_id, started_at
-- Reads    core.nap
-- Like     sleep_diary
-- Writes   nap
-- Source   imports; transforms/imports/worn_sleep.py says what is a nap
-- ----------------------------------------------------------------------------

create or replace table nap as

select
    participant_id,
    started_at,
    ended_at,
    duration_min,
    time_zone,
    told_by
from core.nap
order by participant_id, started_at;

alter table nap add primary key (participant_id, started_at);

comment on table nap is
'Naps, and sleeps too far from the night to be part of it, as watches record them.';
comment on column nap.started_at is 'Begin [UTC].';
comment on column nap.ended_at is 'End [UTC].';
comment on column nap.duration_min is 'Duration [min].';
comment on column nap.told_by is 'Who told it: the maker of the export.';
