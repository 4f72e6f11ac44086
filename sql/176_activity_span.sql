-- ----------------------------------------------------------------------------
-- 176_activity_span: sensed activity in spans of five minutes
--
-- Grain    one row per recording_id, start_at
-- Reads    core.activity_span
-- Like     participant
-- Writes   activity_span
-- Source   transforms/epochs/activity.py
-- ----------------------------------------------------------------------------

create or replace table activity_span as

select
    participant_id,
    recording_id,
    body_site,
    start_at,
    worn_min,
    moderate_min,
    vigorous_min
from core.activity_span
order by recording_id, start_at;

alter table activity_span add primary key (recording_id, start_at);

comment on table activity_span is 'Worn, moderate and vigorous minutes of sensors at the wrist or hip.';
comment on column activity_span.recording_id is 'Recording at a wrist or the hip.';
comment on column activity_span.body_site is 'Where it was worn.';
comment on column activity_span.start_at is 'Start of five minutes [UTC].';
comment on column activity_span.worn_min is 'Minutes worn and measured [min].';
comment on column activity_span.moderate_min is 'Minutes of moderate intensity [min].';
comment on column activity_span.vigorous_min is 'Minutes of vigorous intensity [min].';
