-- ----------------------------------------------------------------------------
-- 128_signal_break: when no leg was measured in a night
--
-- Grain    one row per participant_id, night_date, started_at
-- Reads    core.signal_break
-- Like     recording, night
-- Writes   signal_break
-- Source   transforms/nights/find.py
-- ----------------------------------------------------------------------------

create or replace table signal_break as

select
    participant_id,
    night_date,
    started_at,
    ended_at
from core.signal_break
order by participant_id, night_date, started_at;

alter table signal_break add primary key (participant_id, night_date, started_at);

comment on table signal_break is 'Stretches of a night in which no leg was measured.';
comment on column signal_break.started_at is 'Start of the stretch [UTC].';
comment on column signal_break.ended_at is 'End of the stretch, not included [UTC].';
