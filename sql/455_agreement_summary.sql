-- ----------------------------------------------------------------------------
-- 455_agreement_summary: agreement of sensor and scorers over all nights
--
-- Grain    one row per scorer, candidate, measure
-- Reads    core.agreement_summary
-- Like     agreement, attrition
-- Writes   agreement_summary
-- Layer    answer, quality
-- Source   transforms/agreement/by_night.py; Bland & Altman 2007, doi:10.1080/10543400701329422
-- ----------------------------------------------------------------------------

create or replace table agreement_summary as

select
    scorer,
    candidate,
    measure,
    value,
    lower,
    upper,
    unit,
    participant_count,
    night_count,
    method,
    note
from core.agreement_summary
order by scorer, candidate, measure;

alter table agreement_summary add primary key (scorer, candidate, measure);

comment on table agreement_summary is
'Agreement over the nights of a pair; a limit of electromyography does not hold for acceleration.';
comment on column agreement_summary.measure is 'Measure of agreement.';
comment on column agreement_summary.value is 'Value, in that unit [see unit].';
comment on column agreement_summary.lower is
'Lower limit of its interval, in that unit; empty where there is none [see unit].';
comment on column agreement_summary.upper is
'Upper limit of its interval, in that unit; empty where there is none [see unit].';
comment on column agreement_summary.unit is 'Unit of the three numbers; 1 where there is none.';
comment on column agreement_summary.participant_count is 'Participants.';
comment on column agreement_summary.method is 'How it was computed.';
comment on column agreement_summary.note is 'What must be read with it.';
