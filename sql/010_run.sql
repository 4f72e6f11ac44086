-- ----------------------------------------------------------------------------
-- 010_run: which build made these tables, from what
--
-- Grain    one row per run_id
-- Reads    core.run
-- Writes   run
-- Source   flows/warehouse/build.py
-- ----------------------------------------------------------------------------

create or replace table run as

select
    run_id,
    code_version,
    parameter_hash,
    participant_count,
    recording_count,
    rejected_recording_count,
    rejected_entry_count,
    night_count,
    movement_count,
    started_at,
    ended_at
from core.run;  -- in its order: the build of these tables stands last, whatever the clock said

alter table run add primary key (run_id);

comment on table run is
'Builds of the warehouse: code, parameters, and counts of what went in. The last row made these tables.';
comment on column run.run_id is 'Build of the warehouse: a hash of its code, parameters and inputs.';
comment on column run.code_version is 'Version of the code with a hash of its sources.';
comment on column run.parameter_hash is 'Hash of all parameters.';
comment on column run.participant_count is 'Participants that went in.';
comment on column run.recording_count is 'Recordings that went in.';
comment on column run.rejected_recording_count is 'Files that could not be used.';
comment on column run.rejected_entry_count is 'Diary rows that could not be used.';
comment on column run.night_count is 'Nights that went in.';
comment on column run.movement_count is 'Movements that went in.';
comment on column run.started_at is 'When the build of these inputs began [UTC].';
comment on column run.ended_at is 'When the inputs had been read and counted [UTC].';
