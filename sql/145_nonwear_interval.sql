-- ----------------------------------------------------------------------------
-- 145_nonwear_interval: when a device was not worn
--
-- Grain    one row per recording_id, method, started_at
-- Reads    core.nonwear_interval
-- Writes   nonwear_interval
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
comment on column nonwear_interval.recording_id is
'Recording: the first 12 hexadecimal digits of the SHA-256 of its file.';
comment on column nonwear_interval.participant_id is 'Participant, as named by the study.';
comment on column nonwear_interval.body_site is 'Where the device was worn.';
comment on column nonwear_interval.started_at is 'Start, included [UTC].';
comment on column nonwear_interval.ended_at is 'End, not included [UTC].';
comment on column nonwear_interval.method is 'Method that found it.';
comment on column nonwear_interval.reason is 'What it saw.';
