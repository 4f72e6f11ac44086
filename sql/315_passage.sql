-- ----------------------------------------------------------------------------
-- 315_passage: what became of each participant and night at each stage
--
-- Grain    one row per stage, participant_id, night_date, which a participant without nights has not
-- Reads    inclusion, analysis_night, study_parameter
-- Writes   passage
-- Layer    cohort, quality
-- Source   definition: STROBE flow of participants, doi:10.1016/S0140-6736(07)61602-X
-- ----------------------------------------------------------------------------

create or replace table passage as

with

parameter as (

    select
        max(value_number) filter (
            where name = 'cohort.association.min_night_count'
        ) as min_night_count
    from study_parameter

),

main_exposure (place, exposure) as (

    values (1, 'caffeine'), (2, 'exercise'), (3, 'stress'), (4, 'nutrients')

),

asked_night as (

    select
        main_exposure.place,
        main_exposure.exposure,
        analysis_night.participant_id,
        analysis_night.night_date,
        analysis_night.jerk_sleep_count is not null and analysis_night.analysed_sleep_h > 0 as is_sleep_known,
        case main_exposure.exposure
            when 'caffeine' then analysis_night.caffeine_mg
            when 'exercise' then analysis_night.exercise_met_min
            when 'stress' then analysis_night.stress_score
            when 'nutrients' then analysis_night.magnesium_mg
        end is not null as is_exposure_known
    from analysis_night
    cross join main_exposure

),

told_night as (

    select
        place,
        exposure,
        participant_id,
        night_date,
        is_sleep_known,
        is_exposure_known,
        count(*) filter (where is_sleep_known and is_exposure_known) over (
            partition by participant_id, exposure
        ) as told_night_count
    from asked_night

),

-- the nights that a main question asks: its outcome and its exposure known, and of the person enough of them
in_model as (

    select
        told_night.place,
        told_night.exposure,
        told_night.participant_id,
        told_night.night_date,
        case
            when not told_night.is_sleep_known then 'sleep not known'
            when not told_night.is_exposure_known then 'diary not kept'
            when
                told_night.told_night_count < parameter.min_night_count
                then 'too few such nights of the person'
            else 'in'
        end as reason
    from told_night
    cross join parameter

)

select
    cast(1 as integer) as stage_number,
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
union all
select
    7 + place as stage_number,
    exposure || ' in the model' as stage,
    participant_id,
    night_date,
    reason
from in_model;

comment on table passage is
'Each stage that a participant or a night reached, and what became of it there; attrition counts these rows.';
comment on column passage.stage_number is
'Position of the stage, from 1. Stages from 4 on stand side by side, all on analysed nights.';
comment on column passage.stage is 'What a night must have to pass.';
comment on column passage.reason is 'Why it did not pass, in stable words; in for those that did.';
