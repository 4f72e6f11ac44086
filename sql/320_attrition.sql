-- ----------------------------------------------------------------------------
-- 320_attrition: how many participants and nights each stage let through, and why the others left
--
-- Grain    one row per stage, reason
-- Reads    inclusion, analysis_night
-- Writes   attrition
-- Source   definition: STROBE flow of participants, doi:10.1016/S0140-6736(07)61602-X
-- ----------------------------------------------------------------------------

create or replace table attrition as

with

-- one row is one stage that one participant or night reached, with what became of it there
passage as (

    select
        1 as stage_number,
        'recorded' as stage,
        participant_id,
        night_date,
        case when stage = 'recorded' then reason else 'in' end as reason
    from inclusion
    union all
    select
        2 as stage_number,
        'with nights' as stage,
        participant_id,
        night_date,
        case when stage = 'with nights' then reason else 'in' end as reason
    from inclusion
    where stage != 'recorded'
    union all
    select
        3 as stage_number,
        'eligible' as stage,
        participant_id,
        night_date,
        case when stage = 'eligible' then reason else 'in' end as reason
    from inclusion
    where stage in ('eligible', 'analysed')
    union all
    -- of the nights that are analysed: whose exposure is known
    select
        4 as stage_number,
        'caffeine known' as stage,
        participant_id,
        night_date,
        case when caffeine_mg is null then 'caffeine diary not kept' else 'in' end as reason
    from analysis_night
    union all
    select
        5 as stage_number,
        'exercise known' as stage,
        participant_id,
        night_date,
        case when exercise_met_min is null then 'exercise diary not kept' else 'in' end as reason
    from analysis_night
    union all
    select
        6 as stage_number,
        'stress known' as stage,
        participant_id,
        night_date,
        case when stress_score is null then 'stress diary not kept' else 'in' end as reason
    from analysis_night
    union all
    select
        7 as stage_number,
        'nutrients known' as stage,
        participant_id,
        night_date,
        case when magnesium_rda_ratio is null then 'nutrient diary not kept' else 'in' end as reason
    from analysis_night

)

select
    cast(stage_number as integer) as stage_number,
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
comment on column attrition.stage_number is
'Position of the stage, from 1. Stages 4 to 7 stand side by side, all on analysed nights.';
comment on column attrition.stage is 'What a night must have to pass.';
comment on column attrition.reason is 'Why it did not pass, in stable words; in for those that did.';
comment on column attrition.is_in is 'Whether these passed.';
comment on column attrition.participant_count is 'Participants with at least one such night, or none at all.';
comment on column attrition.night_count is 'Nights.';
