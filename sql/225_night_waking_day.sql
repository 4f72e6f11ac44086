-- ----------------------------------------------------------------------------
-- 225_night_waking_day: the waking day that a night ends
--
-- Grain    one row per participant_id, night_date with known lights-off
-- Reads    night
-- Writes   night_waking_day
-- Source   definition: what happened from waking until lights-off belongs to that night
-- ----------------------------------------------------------------------------

create or replace table night_waking_day as

with

timed_night as (

    select
        participant_id,
        night_date,
        time_zone,
        lights_off_at,
        -- the end of the night before, where it is known
        lag(night_date) over participant_nights as previous_night_date,
        lag(coalesce(sleep_end_at, lights_on_at)) over participant_nights as previous_end_at,
        lag(lights_off_at) over participant_nights as previous_lights_off_at,
        timezone(time_zone, night_date::timestamp) as midnight_at,
        timezone(time_zone, night_date + interval 12 hour) as noon_at,
        lights_off_at - interval 24 hour as day_before_at
    from night
    window participant_nights as (
        partition by participant_id
        order by night_date
    )

),

woken as (

    select
        participant_id,
        night_date,
        time_zone,
        lights_off_at,
        midnight_at,
        day_before_at,
        case
            when previous_night_date = night_date - 1 and previous_lights_off_at < lights_off_at
                then previous_lights_off_at
        end as previous_lights_off_at,
        -- a waking that is a whole day away is another day's
        case
            when
                previous_night_date = night_date - 1
                and previous_end_at >= day_before_at
                and previous_end_at < lights_off_at
                then previous_end_at
        end as woke_at
    from timed_night
    where lights_off_at is not null

)

select
    participant_id,
    night_date,
    time_zone,
    lights_off_at,
    -- without a known waking the calendar day begins the day, and never more than 24 h before lights-off
    coalesce(woke_at, greatest(midnight_at, day_before_at)) as waking_from_at,
    case when woke_at is null then 'midnight' else 'sleep_end' end as waking_source,
    -- what is entered after lights-off is of the day that follows: no entry falls between two days
    coalesce(
        case
            when woke_at is not null or previous_lights_off_at >= day_before_at then previous_lights_off_at
        end,
        woke_at,
        greatest(midnight_at, day_before_at)
    ) as entry_from_at,
    -- an entry from here on shows that the day was logged
    greatest(least(coalesce(woke_at, midnight_at), midnight_at), day_before_at) as logged_from_at
from woken
order by
    participant_id,
    night_date;

alter table night_waking_day add primary key (participant_id, night_date);

comment on table night_waking_day is
'The waking day before each night with known lights-off, [waking_from_at, lights_off_at).';
comment on column night_waking_day.lights_off_at is 'End of the waking day [UTC].';
comment on column night_waking_day.waking_from_at is 'Begin of the waking day [UTC].';
comment on column night_waking_day.waking_source is
'sleep_end of the night before, or midnight where that is not known.';
comment on column night_waking_day.entry_from_at is
'From here until lights-off an entry is of this day: the lights-off before, or else the waking [UTC].';
comment on column night_waking_day.logged_from_at is
'From here until lights-off an entry shows that the day was logged [UTC].';
