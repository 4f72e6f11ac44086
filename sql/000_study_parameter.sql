-- ----------------------------------------------------------------------------
-- 000_study_parameter: every number with a meaning that this warehouse was made with
--
-- Grain    one row per name
-- Reads    core.study_parameter
-- Writes   study_parameter
-- Source   transforms/parameters, study.toml
-- ----------------------------------------------------------------------------

create or replace table study_parameter as

select
    name,
    value,
    value_number,
    unit,
    compared,
    source,
    meaning
from core.study_parameter
order by name;

alter table study_parameter add primary key (name);

comment on table study_parameter is 'Parameters of the study: value, unit and source of each.';
comment on column study_parameter.name is 'Name, as group.field; study.toml overrides it under [parameters].';
comment on column study_parameter.value is 'Value as text.';
comment on column study_parameter.value_number is
'The same as a number where it is one, in the unit named beside it.';
comment on column study_parameter.unit is 'Unit of the value; 1 for a bare number.';
comment on column study_parameter.compared is
'How the value is compared: direction, and whether it is included itself.';
comment on column study_parameter.source is
'Where the value comes from: paper, table, or the reason for an engineering choice.';
comment on column study_parameter.meaning is 'What the value decides.';
