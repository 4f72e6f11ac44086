-- ----------------------------------------------------------------------------
-- 195_movement_hour: movements of each hour in bed, by kind
--
-- Grain    one row per participant_id, night_date, hour_number
-- Reads    movement, study_parameter
-- Like     night, leg_movement_report
-- Writes   movement_hour
-- Source   definition: hours from lights-off, [start, end); an hour without a movement has no row
--
-- Counted once: rates of nights add hours up, and night_hour sets them beside
-- what was measured.
-- ----------------------------------------------------------------------------

create or replace table movement_hour as

with

parameter as (

    select
        max(value_number) filter (
            where name = 'cohort.night_rate.min_confidence_frac'
        ) as min_confidence_frac
    from study_parameter

)

select
    movement.participant_id,
    movement.night_date,
    movement.bed_minute_number // 60 as hour_number,
    count(*) filter (where movement.is_jerk) as jerk_count,
    count(*) filter (where movement.is_jerk and movement.is_asleep) as jerk_sleep_count,
    count(*) filter (where movement.is_jerk and not movement.is_asleep) as jerk_wake_count,
    count(*) filter (
        where
        movement.is_jerk
        and movement.is_asleep
        and movement.confidence >= parameter.min_confidence_frac
    ) as confident_jerk_sleep_count,
    count(*) filter (where movement.kind = 'hypnic_jerk') as hypnic_jerk_count,
    count(*) filter (where movement.kind = 'twitch') as twitch_count,
    count(*) filter (where movement.kind = 'leg_movement') as leg_movement_count,
    count(*) filter (where movement.is_clm) as clm_count,
    count(*) filter (where movement.kind = 'gross_movement') as gross_movement_count,
    count(*) filter (where movement.kind = 'foot_tremor') as foot_tremor_count,
    count(*) filter (where movement.kind = 'rhythmic_movement') as rhythmic_movement_count,
    -- what WASM combines may hold several movements of an AASM series; scoring has taken those with
    -- a part in sleep, which the onset of the row does not tell
    cast(coalesce(sum(movement.aasm_plm_count), 0) as bigint) as aplm_aasm_count
from movement
cross join parameter
where movement.is_in_bed
group by movement.participant_id, movement.night_date, movement.bed_minute_number // 60
order by movement.participant_id, movement.night_date, hour_number;

comment on table movement_hour is
'Movements of each hour in bed by kind; an hour without a movement has no row: see night_hour.';
comment on column movement_hour.hour_number is
'Hours since lights-off at the start of the row: 0 is the first hour in bed.';
comment on column movement_hour.jerk_count is
'Leg jumps: hypnic jerks, twitches and candidate leg movements.';
comment on column movement_hour.jerk_sleep_count is
'Leg jumps that begin in sleep: the main outcome; empty where sleep is not known.';
comment on column movement_hour.jerk_wake_count is
'Leg jumps that begin awake in bed; empty where sleep is not known.';
comment on column movement_hour.confident_jerk_sleep_count is
'Those of jerk_sleep_count that stand out clearly, for a sensitivity analysis.';
comment on column movement_hour.hypnic_jerk_count is 'Sleep starts.';
comment on column movement_hour.twitch_count is 'Brief jerks away from sleep onset.';
comment on column movement_hour.leg_movement_count is 'Leg movements, candidates or not.';
comment on column movement_hour.gross_movement_count is 'Turns and movements of the whole body.';
comment on column movement_hour.foot_tremor_count is 'Trains of foot tremor.';
comment on column movement_hour.rhythmic_movement_count is
'Strong rhythmic episodes: for a clinician to look at, never a diagnosis.';
comment on column movement_hour.aplm_aasm_count is 'Members of AASM series, which have a part in sleep.';
