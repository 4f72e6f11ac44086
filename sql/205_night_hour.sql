-- ----------------------------------------------------------------------------
-- 205_night_hour: what happened in each hour of a night, and how much of it was measured
--
-- Grain    one row per participant_id, night_date, hour_number
-- Reads    night, wake_episode, signal_break, movement_hour
-- Writes   night_hour
-- Layer    start, concept
-- Source   definition: hours from lights-off, [start, end); the last one is seldom whole
--
-- An hour that was not measured has no counts; one without a movement has
-- counts of zero.
-- ----------------------------------------------------------------------------

create or replace table night_hour as

with

hour_of_night as (

    select
        night.participant_id,
        night.night_date,
        night.time_zone,
        night.sleep_onset_at,
        night.is_sleep_known,
        cast(hours.hour_number as integer) as hour_number,
        night.lights_off_at + to_hours(hours.hour_number) as started_at,
        least(night.lights_off_at + to_hours(hours.hour_number + 1), night.lights_on_at) as ended_at
    from night
    cross join unnest(generate_series(0, cast(ceil(night.in_bed_h) as bigint))) as hours (hour_number)
    where
        night.analysed_h > 0
        and night.lights_off_at + to_hours(hours.hour_number) < night.lights_on_at

),

-- before sleep and after it somebody is as awake as in an episode of wake
awake as (

    select
        participant_id,
        night_date,
        null as started_at,
        sleep_onset_at as ended_at
    from night
    where is_sleep_known and analysed_h > 0
    union all
    select
        participant_id,
        night_date,
        started_at,
        ended_at
    from wake_episode
    union all
    select
        participant_id,
        night_date,
        sleep_end_at as started_at,
        null as ended_at
    from night
    where is_sleep_known and analysed_h > 0

),

-- sleep lasts from the end of one to the start of the next
asleep as (

    select
        participant_id,
        night_date,
        lag(ended_at) over (
            partition by participant_id, night_date order by started_at nulls first
        ) as started_at,
        started_at as ended_at
    from awake

),

-- the hours in bed, and again what of each was sleep
stretch as (

    select
        participant_id,
        night_date,
        hour_number,
        false as is_sleep,
        started_at,
        ended_at
    from hour_of_night
    union all
    select
        hour_of_night.participant_id,
        hour_of_night.night_date,
        hour_of_night.hour_number,
        true as is_sleep,
        greatest(hour_of_night.started_at, asleep.started_at) as started_at,
        least(hour_of_night.ended_at, asleep.ended_at) as ended_at
    from hour_of_night
    inner join asleep
        on
            hour_of_night.participant_id = asleep.participant_id
            and hour_of_night.night_date = asleep.night_date
            and hour_of_night.ended_at > asleep.started_at
            and hour_of_night.started_at < asleep.ended_at

),

-- their length, and as a negative one what breaks take of it
length as (

    select
        participant_id,
        night_date,
        hour_number,
        is_sleep,
        epoch_us(ended_at) - epoch_us(started_at) as length_us
    from stretch
    union all
    select
        stretch.participant_id,
        stretch.night_date,
        stretch.hour_number,
        stretch.is_sleep,
        epoch_us(greatest(stretch.started_at, signal_break.started_at))
        - epoch_us(least(stretch.ended_at, signal_break.ended_at)) as length_us
    from stretch
    inner join signal_break
        on
            stretch.participant_id = signal_break.participant_id
            and stretch.night_date = signal_break.night_date
            and stretch.ended_at > signal_break.started_at
            and stretch.started_at < signal_break.ended_at

),

analysed as (

    select
        participant_id,
        night_date,
        hour_number,
        sum(length_us) filter (where not is_sleep) / 3.6e9 as analysed_h,
        coalesce(sum(length_us) filter (where is_sleep), 0) / 3.6e9 as analysed_sleep_h
    from length
    group by participant_id, night_date, hour_number

),

measured as (

    select
        hour_of_night.participant_id,
        hour_of_night.night_date,
        hour_of_night.hour_number,
        cast(
            floor((epoch_us(hour_of_night.started_at) - epoch_us(hour_of_night.sleep_onset_at)) / 3.6e9)
            as integer
        ) as hour_since_onset_number,
        cast(hour(timezone(hour_of_night.time_zone, hour_of_night.started_at)) as integer) as clock_hour,
        analysed.analysed_h,
        case when hour_of_night.is_sleep_known then analysed.analysed_sleep_h end as analysed_sleep_h
    from hour_of_night
    inner join analysed
        on
            hour_of_night.participant_id = analysed.participant_id
            and hour_of_night.night_date = analysed.night_date
            and hour_of_night.hour_number = analysed.hour_number

)

select
    measured.participant_id,
    measured.night_date,
    measured.hour_number,
    measured.hour_since_onset_number,
    measured.clock_hour,
    measured.analysed_h,
    measured.analysed_sleep_h,
    coalesce(movement_hour.jerk_count, 0) as jerk_count,
    case
        when measured.analysed_sleep_h is not null then coalesce(movement_hour.jerk_sleep_count, 0)
    end as jerk_sleep_count,
    coalesce(movement_hour.hypnic_jerk_count, 0) as hypnic_jerk_count,
    coalesce(movement_hour.twitch_count, 0) as twitch_count,
    coalesce(movement_hour.leg_movement_count, 0) as leg_movement_count,
    coalesce(movement_hour.clm_count, 0) as clm_count,
    coalesce(movement_hour.gross_movement_count, 0) as gross_movement_count,
    coalesce(movement_hour.foot_tremor_count, 0) as foot_tremor_count,
    coalesce(movement_hour.rhythmic_movement_count, 0) as rhythmic_movement_count
from measured
left join movement_hour
    on
        measured.participant_id = movement_hour.participant_id
        and measured.night_date = movement_hour.night_date
        and measured.hour_number = movement_hour.hour_number
where measured.analysed_h > 0
order by measured.participant_id, measured.night_date, measured.hour_number;

comment on table night_hour is
'Nights hour by hour from lights-off: hours measured, hours of sleep in them, and movements by kind.';
comment on column night_hour.hour_since_onset_number is
'Whole hours from sleep onset to the start of the row, -1 before; empty where onset is not known.';
comment on column night_hour.clock_hour is 'Hour of the local clock at the start of the row, 0 to 23 [h].';
comment on column night_hour.analysed_h is
'Part of the hour in bed in which a leg was measured: the denominator of its counts [h].';
comment on column night_hour.analysed_sleep_h is
'The part of it that was sleep: the denominator of jerk_sleep_count; empty where sleep is not known [h].';
