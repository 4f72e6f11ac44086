-- ----------------------------------------------------------------------------
-- 100_participant: the people of the study
--
-- Grain    one row per participant_id
-- Reads    core.participant, core.recording, core.night
-- Writes   participant
-- Source   participants.csv, recordings.csv
-- ----------------------------------------------------------------------------

create or replace table participant as

with

listed as (

    select
        participant_id,
        sex,
        birth_year,
        weight_kg,
        time_zone,
        is_pregnant,
        is_smoker,
        uses_oral_contraceptive,
        ferritin_ug_l,
        irls_score,
        further
    from core.participant

),

recorded as (

    select participant_id
    from core.recording
    union distinct
    select participant_id
    from core.night

),

-- whoever was recorded is a participant, also where participants.csv does not name them
unlisted as (

    select recorded.participant_id
    from recorded
    anti join listed on recorded.participant_id = listed.participant_id
    where recorded.participant_id is not null

)

select
    participant_id,
    sex,
    birth_year,
    weight_kg,
    time_zone,
    is_pregnant,
    is_smoker,
    uses_oral_contraceptive,
    ferritin_ug_l,
    irls_score,
    further,
    true as is_listed
from listed
union all
select
    participant_id,
    null as sex,
    null as birth_year,
    null as weight_kg,
    null as time_zone,
    null as is_pregnant,
    null as is_smoker,
    null as uses_oral_contraceptive,
    null as ferritin_ug_l,
    null as irls_score,
    null as further,
    false as is_listed
from unlisted
order by participant_id;

alter table participant add primary key (participant_id);

comment on table participant is 'People of the study: everyone who is listed or was recorded.';
comment on column participant.participant_id is 'Participant, as named by the study.';
comment on column participant.sex is 'Sex as reported: female, male or other.';
comment on column participant.birth_year is 'Year of birth [year].';
comment on column participant.weight_kg is 'Body weight [kg].';
comment on column participant.time_zone is
'IANA time zone of the participant''s diary; empty means the study''s.';
comment on column participant.is_pregnant is 'Whether pregnant during the study.';
comment on column participant.is_smoker is 'Whether smoking during the study.';
comment on column participant.uses_oral_contraceptive is 'Whether an oral contraceptive is used.';
comment on column participant.ferritin_ug_l is 'Serum ferritin [ug/L].';
comment on column participant.irls_score is 'International Restless Legs Scale, 0 to 40 [points].';
comment on column participant.further is 'The study''s own columns of participants.csv, as one JSON object.';
comment on column participant.is_listed is 'Whether participants.csv names the participant.';
