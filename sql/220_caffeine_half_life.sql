-- ----------------------------------------------------------------------------
-- 220_caffeine_half_life: how long caffeine stays in each person
--
-- Grain    one row per participant_id
-- Reads    study_parameter, participant
-- Writes   caffeine_half_life
-- Source   IOM 2001, Caffeine for the Sustainment of Mental Task Performance; parameters exposures.caffeine.*
-- ----------------------------------------------------------------------------

create or replace table caffeine_half_life as

with

parameter as (

    select
        max(value_number) filter (where name = 'exposures.caffeine.half_life_h') as half_life_h,
        max(value_number) filter (
            where name = 'exposures.caffeine.half_life_pregnant_h'
        ) as half_life_pregnant_h,
        max(value_number) filter (where name = 'exposures.caffeine.smoking_ratio') as smoking_ratio,
        max(value_number) filter (
            where name = 'exposures.caffeine.contraceptive_ratio'
        ) as contraceptive_ratio
    from study_parameter

),

-- unknown is taken as no: most people neither smoke nor are pregnant
person as (

    select
        participant_id,
        coalesce(is_pregnant, false) as is_pregnant,
        coalesce(is_smoker, false) as is_smoker,
        coalesce(uses_oral_contraceptive, false) as uses_oral_contraceptive
    from participant

)

select
    person.participant_id,
    case
        when person.is_pregnant then parameter.half_life_pregnant_h
        else parameter.half_life_h
    end
    * case when person.is_smoker then parameter.smoking_ratio else 1 end
    -- a contraceptive beside a pregnancy is not believed
    * case
        when person.uses_oral_contraceptive and not person.is_pregnant then parameter.contraceptive_ratio
        else 1
    end as half_life_h,
    concat_ws(
        ', ',
        case when person.is_pregnant then 'pregnancy' end,
        case when person.is_smoker then 'smoking' end,
        case
            when person.uses_oral_contraceptive and not person.is_pregnant then 'oral contraceptive'
        end
    ) as half_life_changed_by
from person
cross join parameter
order by person.participant_id;

alter table caffeine_half_life add primary key (participant_id);

comment on table caffeine_half_life is 'Half-life of caffeine of each participant.';
comment on column caffeine_half_life.half_life_h is 'Half-life of caffeine in this person [h].';
comment on column caffeine_half_life.half_life_changed_by is
'What changes it from the mean of adults; empty where nothing is known to.';
