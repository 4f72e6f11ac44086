-- ----------------------------------------------------------------------------
-- 230_night_caffeine: caffeine before each night, and what of it is left at lights-off
--
-- Grain    one row per participant_id, night_date with known lights-off
-- Reads    study_parameter, night_waking_day, caffeine_half_life, caffeine_intake
-- Writes   night_caffeine
-- Source   one compartment with absorption: Blanchard 1983, Eur J Clin Pharmacol 24:93; IOM 2001
-- ----------------------------------------------------------------------------

create or replace table night_caffeine as

with

parameter as (

    select
        max(value_number) filter (where name = 'exposures.caffeine.window_h') as window_h,
        max(value_number) filter (where name = 'exposures.caffeine.afternoon_from_h') as afternoon_from_h,
        max(value_number) filter (where name = 'exposures.caffeine.last_hours_h') as last_hours_h,
        max(value_number) filter (where name = 'exposures.caffeine.absorption_per_h') as absorption_per_h,
        max(value_number) filter (where name = 'exposures.caffeine.half_life_short_h') as half_life_short_h,
        max(value_number) filter (where name = 'exposures.caffeine.half_life_middle_h') as half_life_middle_h,
        max(value_number) filter (where name = 'exposures.caffeine.half_life_long_h') as half_life_long_h
    from study_parameter

),

-- each night and the bounds of its windows; [bound, lights_off_at)
night_window as (

    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        night_waking_day.lights_off_at,
        night_waking_day.logged_from_at,
        night_waking_day.lights_off_at - to_seconds(parameter.window_h * 3600) as window_from_at,
        night_waking_day.lights_off_at - to_seconds(parameter.last_hours_h * 3600) as last_hours_from_at,
        night_waking_day.time_zone,
        night_waking_day.night_date::timestamp + to_seconds(parameter.afternoon_from_h * 3600)
            as afternoon_from,
        caffeine_half_life.half_life_h
    from night_waking_day
    inner join caffeine_half_life
        on night_waking_day.participant_id = caffeine_half_life.participant_id
    cross join parameter

),

dose as (

    select
        night_window.participant_id,
        night_window.night_date,
        night_window.half_life_h,
        caffeine_intake.caffeine_mg,
        true as is_time_known,
        caffeine_intake.taken_at >= night_window.logged_from_at as is_of_day,
        -- by the clock where it was taken; a dose that does not tell it is taken where the night is slept
        coalesce(
            caffeine_intake.logged_date::timestamp + to_seconds(caffeine_intake.clock_h * 3600),
            timezone(night_window.time_zone, caffeine_intake.taken_at)
        ) >= night_window.afternoon_from as is_afternoon,
        caffeine_intake.taken_at >= night_window.last_hours_from_at as is_last_hours,
        date_diff('microsecond', caffeine_intake.taken_at, night_window.lights_off_at) / 3.6e9 as before_h
    from night_window
    inner join caffeine_intake
        on
            night_window.participant_id = caffeine_intake.participant_id
            and night_window.window_from_at <= caffeine_intake.taken_at
            and night_window.lights_off_at > caffeine_intake.taken_at
    union all
    -- where only the day is known, the dose counts for the total of that day and for nothing else
    select
        night_window.participant_id,
        night_window.night_date,
        night_window.half_life_h,
        caffeine_intake.caffeine_mg,
        false as is_time_known,
        true as is_of_day,
        null as is_afternoon,
        null as is_last_hours,
        null as before_h
    from night_window
    inner join caffeine_intake
        on
            night_window.participant_id = caffeine_intake.participant_id
            and night_window.night_date = caffeine_intake.logged_date
            and caffeine_intake.taken_at is null

),

-- amount in the body at lights-off: dose ka / (ka - ke) (exp(-ke t) - exp(-ka t)), ke = ln 2 / half-life
residual as (

    select
        dose.participant_id,
        dose.night_date,
        dose.caffeine_mg,
        dose.is_time_known,
        dose.is_of_day,
        dose.is_afternoon,
        dose.is_last_hours,
        dose.before_h,
        dose.caffeine_mg * parameter.absorption_per_h
        / (parameter.absorption_per_h - ln(2) / dose.half_life_h)
        * (
            exp(-ln(2) / dose.half_life_h * dose.before_h)
            - exp(-parameter.absorption_per_h * dose.before_h)
        ) as left_mg,
        dose.caffeine_mg * parameter.absorption_per_h
        / (parameter.absorption_per_h - ln(2) / parameter.half_life_short_h)
        * (
            exp(-ln(2) / parameter.half_life_short_h * dose.before_h)
            - exp(-parameter.absorption_per_h * dose.before_h)
        ) as left_short_mg,
        dose.caffeine_mg * parameter.absorption_per_h
        / (parameter.absorption_per_h - ln(2) / parameter.half_life_middle_h)
        * (
            exp(-ln(2) / parameter.half_life_middle_h * dose.before_h)
            - exp(-parameter.absorption_per_h * dose.before_h)
        ) as left_middle_mg,
        dose.caffeine_mg * parameter.absorption_per_h
        / (parameter.absorption_per_h - ln(2) / parameter.half_life_long_h)
        * (
            exp(-ln(2) / parameter.half_life_long_h * dose.before_h)
            - exp(-parameter.absorption_per_h * dose.before_h)
        ) as left_long_mg
    from dose
    cross join parameter

),

summed as (

    select
        participant_id,
        night_date,
        bool_or(is_of_day) as is_logged,
        bool_or(not is_time_known and caffeine_mg > 0) as has_untimed_dose,
        count(*) filter (where caffeine_mg > 0) as dose_count,
        sum(caffeine_mg order by caffeine_mg) as total_mg,
        coalesce(sum(caffeine_mg order by caffeine_mg) filter (where is_afternoon), 0) as afternoon_mg,
        coalesce(sum(caffeine_mg order by caffeine_mg) filter (where is_last_hours), 0) as last_hours_mg,
        coalesce(sum(left_mg order by left_mg), 0) as left_mg,
        coalesce(sum(left_short_mg order by left_short_mg), 0) as left_short_mg,
        coalesce(sum(left_middle_mg order by left_middle_mg), 0) as left_middle_mg,
        coalesce(sum(left_long_mg order by left_long_mg), 0) as left_long_mg,
        min(before_h) filter (where caffeine_mg > 0) as since_h
    from residual
    group by
        participant_id,
        night_date

)

-- a day that was not logged is unknown, not zero; a dose of unknown hour leaves unknown what depends on hours
select
    night_window.participant_id,
    night_window.night_date,
    case when summed.is_logged then summed.total_mg end as caffeine_mg,
    case when summed.is_logged and not summed.has_untimed_dose then summed.afternoon_mg end
        as caffeine_after_14h_mg,
    case when summed.is_logged and not summed.has_untimed_dose then summed.last_hours_mg end
        as caffeine_last_4h_mg,
    case when summed.is_logged and not summed.has_untimed_dose then summed.left_mg end
        as caffeine_at_lights_off_mg,
    case when summed.is_logged and not summed.has_untimed_dose then summed.left_short_mg end
        as caffeine_at_lights_off_3h_mg,
    case when summed.is_logged and not summed.has_untimed_dose then summed.left_middle_mg end
        as caffeine_at_lights_off_5h_mg,
    case when summed.is_logged and not summed.has_untimed_dose then summed.left_long_mg end
        as caffeine_at_lights_off_8h_mg,
    case when summed.is_logged and not summed.has_untimed_dose then summed.since_h end
        as hours_since_caffeine_h,
    night_window.half_life_h as caffeine_half_life_h,
    case when summed.is_logged then summed.dose_count end as caffeine_dose_count,
    case when summed.is_logged then summed.has_untimed_dose end as has_untimed_caffeine,
    coalesce(summed.is_logged, false) as is_caffeine_logged
from night_window
left join summed
    on
        night_window.participant_id = summed.participant_id
        and night_window.night_date = summed.night_date
order by
    night_window.participant_id,
    night_window.night_date;

alter table night_caffeine add primary key (participant_id, night_date);

comment on table night_caffeine is
'Caffeine in the 24 h before lights-off and what is left of it; empty where the day was not logged.';
comment on column night_caffeine.caffeine_mg is
'Caffeine in the 24 h before lights-off [mg]; lights-off not included, exactly 24 h included.';
comment on column night_caffeine.caffeine_after_14h_mg is
'The part of it from 14:00 of night_date on, 14:00 included, by the clock where each dose was taken [mg].';
comment on column night_caffeine.caffeine_last_4h_mg is
'The part of it in the last 4 h before lights-off [mg].';
comment on column night_caffeine.caffeine_at_lights_off_mg is
'Caffeine in the body at lights-off, person''s half-life, doses of 24 h [mg].';
comment on column night_caffeine.caffeine_at_lights_off_3h_mg is
'The same with a half-life of 3 h for everyone: sensitivity [mg].';
comment on column night_caffeine.caffeine_at_lights_off_5h_mg is
'The same with a half-life of 5 h for everyone: sensitivity [mg].';
comment on column night_caffeine.caffeine_at_lights_off_8h_mg is
'The same with a half-life of 8 h for everyone: sensitivity [mg].';
comment on column night_caffeine.hours_since_caffeine_h is
'Last dose to lights-off [h]; empty where there was none in 24 h.';
comment on column night_caffeine.caffeine_half_life_h is 'Half-life that was used [h].';
comment on column night_caffeine.caffeine_dose_count is 'Doses above 0 mg in the window.';
comment on column night_caffeine.has_untimed_caffeine is
'Whether a dose has no known hour, so that what depends on hours is unknown.';
comment on column night_caffeine.is_caffeine_logged is
'Whether the waking day holds an entry before lights-off.';
