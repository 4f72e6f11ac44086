-- ----------------------------------------------------------------------------
-- 310_inclusion: every participant and every night, in or out, and why
--
-- Grain    one row per participant_id, night_date; night_date is empty for a participant without nights
-- Reads    participant, recording, night, analysis_night
-- Writes   inclusion
-- Layer    cohort, quality
-- Source   definition: the stages that a participant and a night pass in turn
-- ----------------------------------------------------------------------------

create or replace table inclusion as

with

participant_with_recording as (

    select distinct participant_id
    from recording

),

participant_with_night as (

    select distinct participant_id
    from night

),

night_judged as (

    select
        night.participant_id,
        night.night_date,
        case
            when analysis_night.participant_id is not null then 'analysed'
            else 'eligible'
        end as stage,
        analysis_night.participant_id is not null as is_in,
        case
            when analysis_night.participant_id is not null then 'in'
            when not night.is_eligible then coalesce(night.exclusion_reason, 'not told')
            -- eligible, but no hour of a leg device in bed
            else 'no analysed hours'
        end as reason
    from night
    left join analysis_night
        on
            night.participant_id = analysis_night.participant_id
            and night.night_date = analysis_night.night_date

),

participant_without_night as (

    select
        participant.participant_id,
        cast(null as date) as night_date,
        case
            when participant_with_recording.participant_id is null then 'recorded'
            else 'with nights'
        end as stage,
        false as is_in,
        case
            when participant_with_recording.participant_id is null then 'no usable recording'
            else 'recordings hold no night'
        end as reason
    from participant
    left join participant_with_recording
        on participant.participant_id = participant_with_recording.participant_id
    anti join participant_with_night
        on participant.participant_id = participant_with_night.participant_id

)

select
    participant_id,
    night_date,
    stage,
    is_in,
    reason
from night_judged
union all
select
    participant_id,
    night_date,
    stage,
    is_in,
    reason
from participant_without_night
order by participant_id, night_date;

comment on table inclusion is 'Whether each participant and each night is analysed, and why not.';
comment on column inclusion.night_date is
'Date of the local noon that opens the night. Empty for a participant without nights.';
comment on column inclusion.stage is
'Stage at which it left, or analysed: recorded, with nights, eligible, analysed.';
comment on column inclusion.is_in is 'Whether it is analysed.';
comment on column inclusion.reason is 'Why it left, in stable words; in where it is analysed.';
