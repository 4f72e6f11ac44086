-- ----------------------------------------------------------------------------
-- 115_rejected_entry: diary rows that could not be used
--
-- Grain    one row per rejected value of a diary row
-- Reads    core.rejected_entry
-- Like     recording
-- Writes   rejected_entry
-- Layer    quality
-- Source   diary files; transforms/diaries
-- ----------------------------------------------------------------------------

create or replace table rejected_entry as

select
    file_name,
    line_number,
    column_name,
    value,
    reason
from core.rejected_entry
order by file_name, line_number, column_name;

comment on table rejected_entry is 'Diary rows that could not be used, each with its reason.';
comment on column rejected_entry.line_number is
'Line of the file, counted from 1; empty where the whole file is meant.';
comment on column rejected_entry.column_name is 'Column of the value; empty where the whole row is meant.';
comment on column rejected_entry.value is 'Value as written.';
comment on column rejected_entry.reason is 'Why it could not be used.';
