-- ----------------------------------------------------------------------------
-- 135_rejected_candidate: candidates that are no movement
--
-- Grain    one row per candidate of a recording
-- Reads    core.rejected_candidate
-- Like     movement, recording
-- Writes   rejected_candidate
-- Source   transforms/movements
-- ----------------------------------------------------------------------------

create or replace table rejected_candidate as

select
    participant_id,
    night_date,
    recording_id,
    onset_at,
    duration_s,
    peak_g,
    reason
from core.rejected_candidate
order by participant_id, night_date, onset_at, recording_id;

comment on table rejected_candidate is 'Candidates that were not taken as movements, each with its reason.';
comment on column rejected_candidate.reason is 'Why it is no movement, in one stable word.';
