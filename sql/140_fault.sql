-- ----------------------------------------------------------------------------
-- 140_fault: what is wrong with a recording, and where
--
-- Grain    one row per fault of a recording
-- Reads    core.fault
-- Like     wake_episode, recording
-- Writes   fault
-- Layer    quality
-- Source   transforms/readers
-- ----------------------------------------------------------------------------

create or replace table fault as

select
    recording_id,
    started_at,
    ended_at,
    cause,
    block_count,
    sample_count,
    detail
from core.fault
order by recording_id, started_at, cause;

comment on table fault is 'Faults of recordings: gaps, bad blocks, clock steps, truncation.';
comment on column fault.cause is 'What happened, in one stable word.';
comment on column fault.block_count is 'Blocks of the file concerned.';
comment on column fault.sample_count is 'Samples concerned.';
comment on column fault.detail is 'More, in a sentence.';
