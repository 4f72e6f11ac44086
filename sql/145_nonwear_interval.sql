-- ----------------------------------------------------------------------------
-- 145_nonwear_interval: when a device was not worn
--
-- Grain    one row per recording_id, method, started_at
-- Reads    core.nonwear_interval
-- Like     wake_episode, recording
-- Writes   nonwear_interval
-- Layer    core, quality
-- Source   transforms/epochs/wear.py
-- ----------------------------------------------------------------------------

create or replace table nonwear_interval as

select
    recording_id,
    participant_id,
    body_site,
    started_at,
    ended_at,
    method,
    reason
from core.nonwear_interval
order by recording_id, started_at, method;

comment on table nonwear_interval is 'Stretches in which a device was not worn.';
comment on column nonwear_interval.method is 'Method that found it.';
comment on column nonwear_interval.reason is 'What it saw.';
