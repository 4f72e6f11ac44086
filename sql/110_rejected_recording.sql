-- ----------------------------------------------------------------------------
-- 110_rejected_recording: device files that could not be used
--
-- Grain    one row per file_name, sha256
-- Reads    core.rejected_recording
-- Like     recording
-- Writes   rejected_recording
-- Layer    quality
-- Source   device files; transforms/readers
-- ----------------------------------------------------------------------------

create or replace table rejected_recording as

select
    file_name,
    participant_id,
    sha256,
    reason_code,
    reason
from core.rejected_recording
order by file_name, sha256;

comment on table rejected_recording is 'Device files that could not be used, each with its reason.';
comment on column rejected_recording.participant_id is
'Participant, where the file''s place or recordings.csv names one.';
comment on column rejected_recording.reason_code is 'Reason in one stable word.';
comment on column rejected_recording.reason is
'Reason in a sentence: what was found, what was wanted, what to do.';
