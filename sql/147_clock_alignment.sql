-- ----------------------------------------------------------------------------
-- 147_clock_alignment: how far each device's clock was from the reference
--
-- Grain    one row per recording_id, night_date
-- Reads    core.clock_alignment
-- Like     night, recording
-- Writes   clock_alignment
-- Layer    core, quality
-- Source   transforms/movements/clocks.py, transforms/pipeline.py
--
-- A leg without a common clock cannot be added to the other: it is scored for
-- itself, and what it counts stands here, in no sum.
-- ----------------------------------------------------------------------------

create or replace table clock_alignment as

select
    recording_id,
    night_date,
    participant_id,
    reference_recording_id,
    offset_s,
    drift_s_per_h,
    shared_movement_count,
    residual_s,
    is_applied,
    is_left_out,
    analysed_h,
    jerk_count,
    jerk_rate_per_h,
    clm_count,
    analysed_sleep_h,
    aplm_wasm_count,
    aplm_wasm_per_h
from core.clock_alignment
order by recording_id, night_date;

alter table clock_alignment add primary key (recording_id, night_date);

comment on table clock_alignment is
'How far the clock of each device was from the reference device''s, told by movements that both saw.';
comment on column clock_alignment.reference_recording_id is 'Recording whose clock the night is told by.';
comment on column clock_alignment.offset_s is
'To be added to this recording''s instants, at the mean onset of its candidates of the night [s].';
comment on column clock_alignment.drift_s_per_h is 'Change of the offset with time [s/h].';
comment on column clock_alignment.shared_movement_count is 'Movements seen by both devices [count].';
comment on column clock_alignment.residual_s is 'Median distance of the shared movements from the line [s].';
comment on column clock_alignment.is_applied is
'The offset was applied: enough movements were shared and they agree.';
comment on column clock_alignment.is_left_out is
'Nothing tells how the two legs'' clocks stand to each other: this leg is no part of this night''s rates.';
comment on column clock_alignment.analysed_h is
'Of a leg that is left out, for itself: hours in bed that were recorded and worn [h]; empty for every other.';
comment on column clock_alignment.jerk_count is
'Of a leg that is left out, for itself: jerks in bed; in no count of the night.';
comment on column clock_alignment.jerk_rate_per_h is
'Of a leg that is left out, for itself: jerks per hour in bed [1/h].';
comment on column clock_alignment.clm_count is
'Of a leg that is left out, for itself: candidate leg movements in bed.';
comment on column clock_alignment.analysed_sleep_h is
'Of a leg that is left out, for itself: the part of analysed_h that was sleep [h].';
comment on column clock_alignment.aplm_wasm_count is
'Of a leg that is left out, for itself: periodic movements asleep by WASM 2016.';
comment on column clock_alignment.aplm_wasm_per_h is
'Of a leg that is left out, for itself: periodic movements per hour asleep [1/h].';
