-- ----------------------------------------------------------------------------
-- 235_night_activity: sensed activity of the waking day before each night
--
-- Grain    one row per participant_id, night_date with known lights-off
-- Reads    night_waking_day, activity_span
-- Writes   night_activity
-- Source   cut-points: Hildebrand 2014, doi:10.1249/MSS.0000000000000289
-- ----------------------------------------------------------------------------

create or replace table night_activity as

with

-- whole spans only: one that reaches beyond lights-off would look ahead
device_day as (

    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        activity_span.recording_id,
        activity_span.body_site,
        sum(activity_span.worn_min) / 60 as worn_h,
        sum(activity_span.moderate_min) as moderate_min,
        sum(activity_span.vigorous_min) as vigorous_min
    from night_waking_day
    inner join activity_span
        on
            night_waking_day.participant_id = activity_span.participant_id
            and night_waking_day.waking_from_at <= activity_span.start_at
            and night_waking_day.lights_off_at >= activity_span.start_at + interval 5 minute
    group by
        night_waking_day.participant_id,
        night_waking_day.night_date,
        activity_span.recording_id,
        activity_span.body_site

),

-- of several devices the one that was worn longest; minutes of two devices are never added up
best_device as (

    select
        participant_id,
        night_date,
        body_site,
        worn_h,
        moderate_min,
        vigorous_min
    from device_day
    where worn_h > 0
    qualify row_number() over (
        partition by
            participant_id,
            night_date
        order by
            worn_h desc,
            recording_id asc
    ) = 1

)

select
    night_waking_day.participant_id,
    night_waking_day.night_date,
    best_device.moderate_min + best_device.vigorous_min as sensed_mvpa_min,
    best_device.vigorous_min as sensed_vigorous_min,
    best_device.worn_h as sensed_worn_h,
    best_device.body_site::varchar as sensed_body_site
from night_waking_day
left join best_device
    on
        night_waking_day.participant_id = best_device.participant_id
        and night_waking_day.night_date = best_device.night_date
order by
    night_waking_day.participant_id,
    night_waking_day.night_date;

alter table night_activity add primary key (participant_id, night_date);

comment on table night_activity is
'Moderate and vigorous minutes that a worn sensor measured before each night; empty where none was worn.';
comment on column night_activity.sensed_mvpa_min is
'Moderate to vigorous minutes from waking until lights-off, by acceleration [min].';
comment on column night_activity.sensed_vigorous_min is
'Vigorous minutes from waking until lights-off, by acceleration [min].';
comment on column night_activity.sensed_worn_h is
'Hours of the waking day in which the sensor was worn: what the minutes were measured in [h].';
comment on column night_activity.sensed_body_site is 'Where the sensor was worn.';
