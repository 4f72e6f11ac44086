-- ----------------------------------------------------------------------------
-- 320_attrition: how many participants and nights each stage let through, and why the others left
--
-- Grain    one row per stage, reason
-- Reads    passage
-- Writes   attrition
-- Layer    start, cohort, quality
-- Source   definition: STROBE flow of participants, doi:10.1016/S0140-6736(07)61602-X
-- ----------------------------------------------------------------------------

create or replace table attrition as

select
    stage_number,
    stage,
    reason,
    reason = 'in' as is_in,
    count(distinct participant_id) as participant_count,
    -- a participant without nights brings none
    count(night_date) as night_count
from passage
group by stage_number, stage, reason
order by stage_number asc, is_in desc, reason asc;

alter table attrition add primary key (stage, reason);

comment on table attrition is
'Participants and nights by stage and reason; who has nights of two fates counts in both.';
comment on column attrition.is_in is 'Whether these passed.';
comment on column attrition.participant_count is 'Participants with at least one such night, or none at all.';
comment on column attrition.night_count is 'Nights.';
