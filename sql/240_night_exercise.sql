-- ----------------------------------------------------------------------------
-- 240_night_exercise: exercise of the waking day before each night
--
-- Grain    one row per participant_id, night_date with known lights-off
-- Reads    study_parameter, night_waking_day, exercise_bout
-- Writes   night_exercise
-- Source   IPAQ scoring protocol 2005; Ainsworth 2011; time before bed: Stutz 2019, Leota 2025
-- ----------------------------------------------------------------------------

create or replace table night_exercise as

with

parameter as (

    select
        max(value_number) filter (where name = 'exposures.exercise.moderate_from_met') as moderate_from_met,
        max(value_number) filter (where name = 'exposures.exercise.vigorous_from_met') as vigorous_from_met,
        max(value_number) filter (
            where name = 'exposures.exercise.moderate_week_met_min'
        ) as moderate_week_met_min,
        max(value_number) filter (
            where name = 'exposures.exercise.moderate_week_day_count'
        ) as moderate_week_day_count,
        max(value_number) filter (
            where name = 'exposures.exercise.vigorous_week_met_min'
        ) as vigorous_week_met_min,
        max(value_number) filter (
            where name = 'exposures.exercise.vigorous_week_day_count'
        ) as vigorous_week_day_count,
        max(value_number) filter (
            where name = 'exposures.exercise.excessive_week_met_min'
        ) as excessive_week_met_min,
        max(value_number) filter (
            where name = 'exposures.exercise.longest_intensity_day_min'
        ) as longest_intensity_day_min,
        max(value_number) filter (where name = 'exposures.exercise.just_before_bed_h') as just_before_bed_h,
        max(value_number) filter (where name = 'exposures.exercise.near_bed_h') as near_bed_h
    from study_parameter

),

bout as (

    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        exercise_bout.met,
        exercise_bout.is_relaxation,
        exercise_bout.met >= parameter.vigorous_from_met as is_vigorous,
        case
            when exercise_bout.met >= parameter.vigorous_from_met then 'vigorous'
            when exercise_bout.intensity = 'light' then 'light'
            when exercise_bout.met < parameter.moderate_from_met then 'light'
            else 'moderate'
        end as intensity,
        exercise_bout.duration_min > 0 as is_exercise,
        true as is_time_known,
        -- what a bout lasts beyond lights-off does not count
        date_diff(
            'microsecond',
            exercise_bout.started_at,
            least(exercise_bout.ended_at, night_waking_day.lights_off_at)
        ) / 6e7 as counted_min,
        date_diff(
            'microsecond',
            least(exercise_bout.ended_at, night_waking_day.lights_off_at),
            night_waking_day.lights_off_at
        ) / 3.6e9 as end_before_h
    from night_waking_day
    inner join exercise_bout
        on
            night_waking_day.participant_id = exercise_bout.participant_id
            and night_waking_day.lights_off_at > exercise_bout.started_at
    cross join parameter
    where
        -- a bout that begins after the lights-off before, or ends in the waking day, belongs to it
        (
            exercise_bout.duration_min > 0
            and (
                exercise_bout.started_at >= night_waking_day.entry_from_at
                or exercise_bout.ended_at > night_waking_day.waking_from_at
            )
        )
        -- a statement that there was none, written at any hour of the day
        or (exercise_bout.duration_min = 0 and exercise_bout.started_at >= night_waking_day.logged_from_at)
    union all
    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        exercise_bout.met,
        exercise_bout.is_relaxation,
        exercise_bout.met >= parameter.vigorous_from_met as is_vigorous,
        case
            when exercise_bout.met >= parameter.vigorous_from_met then 'vigorous'
            when exercise_bout.intensity = 'light' then 'light'
            when exercise_bout.met < parameter.moderate_from_met then 'light'
            else 'moderate'
        end as intensity,
        exercise_bout.duration_min > 0 as is_exercise,
        false as is_time_known,
        exercise_bout.duration_min as counted_min,
        null as end_before_h
    from night_waking_day
    inner join exercise_bout
        on
            night_waking_day.participant_id = exercise_bout.participant_id
            and night_waking_day.night_date = exercise_bout.logged_date
            and exercise_bout.started_at is null
    cross join parameter

),

summed as (

    select
        participant_id,
        night_date,
        -- in one order, so that two builds agree to the last digit
        sum(met * counted_min order by met * counted_min) as met_min,
        coalesce(sum(met * counted_min order by met * counted_min) filter (where intensity = 'light'), 0)
            as light_met_min,
        coalesce(sum(met * counted_min order by met * counted_min) filter (where intensity = 'moderate'), 0)
            as moderate_met_min,
        coalesce(sum(met * counted_min order by met * counted_min) filter (where intensity = 'vigorous'), 0)
            as vigorous_met_min,
        coalesce(sum(counted_min) filter (where intensity = 'light'), 0) as light_min,
        coalesce(sum(counted_min) filter (where intensity = 'moderate'), 0) as moderate_min,
        coalesce(sum(counted_min) filter (where is_vigorous), 0) as vigorous_min,
        coalesce(sum(counted_min) filter (where is_relaxation), 0) as relaxation_min,
        count(*) filter (where is_exercise) as bout_count,
        min(end_before_h) filter (where is_exercise) as end_before_h,
        min(end_before_h) filter (where is_exercise and is_vigorous) as vigorous_end_before_h,
        coalesce(bool_or(is_exercise and not is_time_known), false) as has_untimed_bout
    from bout
    group by
        participant_id,
        night_date

),

judged as (

    select
        summed.participant_id,
        summed.night_date,
        summed.met_min,
        summed.light_met_min,
        summed.moderate_met_min,
        summed.vigorous_met_min,
        summed.vigorous_min,
        summed.relaxation_min,
        -- IPAQ counts no more than 3 h a day of each intensity
        summed.light_met_min * least(1, parameter.longest_intensity_day_min / nullif(summed.light_min, 0))
            as counted_light_met_min,
        summed.moderate_met_min
        * least(1, parameter.longest_intensity_day_min / nullif(summed.moderate_min, 0))
            as counted_moderate_met_min,
        summed.vigorous_met_min
        * least(1, parameter.longest_intensity_day_min / nullif(summed.vigorous_min, 0))
            as counted_vigorous_met_min,
        summed.bout_count,
        summed.has_untimed_bout,
        case when not summed.has_untimed_bout then summed.end_before_h end as end_before_h,
        case
            when summed.met_min = 0 then 'none'
            -- a seventh of the weekly limit of the high category
            when summed.met_min >= parameter.excessive_week_met_min / 7 then 'excessive'
            else 'moderate'
        end as exercise_category,
        case
            when not summed.has_untimed_bout
                then coalesce(summed.end_before_h <= parameter.just_before_bed_h, false)
        end as has_exercise_within_1h,
        case
            when not summed.has_untimed_bout then coalesce(summed.end_before_h <= parameter.near_bed_h, false)
        end as has_exercise_within_4h,
        case
            when not summed.has_untimed_bout
                then coalesce(summed.vigorous_end_before_h <= parameter.just_before_bed_h, false)
        end as has_vigorous_within_1h,
        case
            when not summed.has_untimed_bout
                then coalesce(summed.vigorous_end_before_h <= parameter.near_bed_h, false)
        end as has_vigorous_within_4h
    from summed
    cross join parameter

),

-- seven waking days, the one before the night last; days that were not logged are missing in it
week as (

    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        sum(judged.met_min) over seven_days as met_min,
        count(judged.met_min) over seven_days as logged_day_count,
        count(*) filter (where judged.met_min > 0) over seven_days as active_day_count,
        count(*) filter (where judged.vigorous_met_min > 0) over seven_days as vigorous_day_count,
        sum(
            coalesce(judged.counted_light_met_min, 0)
            + coalesce(judged.counted_moderate_met_min, 0)
            + coalesce(judged.counted_vigorous_met_min, 0)
        ) over seven_days as counted_met_min
    from night_waking_day
    left join judged
        on
            night_waking_day.participant_id = judged.participant_id
            and night_waking_day.night_date = judged.night_date
    window seven_days as (
        partition by night_waking_day.participant_id
        order by night_waking_day.night_date
        range between interval 6 day preceding and current row
    )

)

select
    night_waking_day.participant_id,
    night_waking_day.night_date,
    judged.met_min as exercise_met_min,
    judged.light_met_min,
    judged.moderate_met_min,
    judged.vigorous_met_min,
    judged.vigorous_min,
    judged.relaxation_min,
    judged.bout_count as exercise_bout_count,
    judged.end_before_h as exercise_end_to_lights_off_h,
    judged.exercise_category,
    judged.has_exercise_within_1h,
    judged.has_exercise_within_4h,
    judged.has_vigorous_within_1h,
    judged.has_vigorous_within_4h,
    week.met_min as exercise_week_met_min,
    week.logged_day_count as exercise_week_logged_day_count,
    case
        -- a week with an unknown day has no category
        when week.logged_day_count < 7 then null
        when
            week.counted_met_min >= parameter.excessive_week_met_min and week.active_day_count = 7
            or week.counted_met_min >= parameter.vigorous_week_met_min
            and week.vigorous_day_count >= parameter.vigorous_week_day_count
            then 'high'
        when
            week.counted_met_min >= parameter.moderate_week_met_min
            and week.active_day_count >= parameter.moderate_week_day_count
            then 'moderate'
        else 'low'
    end as exercise_week_category,
    judged.met_min is not null as is_exercise_logged
from night_waking_day
cross join parameter
inner join week
    on
        night_waking_day.participant_id = week.participant_id
        and night_waking_day.night_date = week.night_date
left join judged
    on
        night_waking_day.participant_id = judged.participant_id
        and night_waking_day.night_date = judged.night_date
order by
    night_waking_day.participant_id,
    night_waking_day.night_date;

alter table night_exercise add primary key (participant_id, night_date);

comment on table night_exercise is
'Exercise of the waking day before each night; empty where the day was not logged.';
comment on column night_exercise.exercise_met_min is 'MET minutes from waking until lights-off [MET min].';
comment on column night_exercise.light_met_min is
'The light part of exercise_met_min: below exercise.moderate_from_met, or called light or walking [MET min].';
comment on column night_exercise.moderate_met_min is
'The moderate part, from exercise.moderate_from_met on [MET min].';
comment on column night_exercise.vigorous_met_min is
'The vigorous part, from exercise.vigorous_from_met on [MET min].';
comment on column night_exercise.exercise_week_category is
'IPAQ category of the last seven waking days: low, moderate or high; empty where one of them was not logged.';
comment on column night_exercise.vigorous_min is
'Minutes of vigorous exercise, from exercise.vigorous_from_met on [min].';
comment on column night_exercise.relaxation_min is
'Minutes of yoga, stretching, meditation and the like [min].';
comment on column night_exercise.exercise_bout_count is 'Bouts longer than 0 min.';
comment on column night_exercise.exercise_end_to_lights_off_h is
'End of the last bout to lights-off [h]; empty without a bout or with one of unknown hour.';
comment on column night_exercise.exercise_category is
'none, moderate, or excessive: a seventh of the weekly limit of IPAQ''s high category and above.';
comment on column night_exercise.has_exercise_within_1h is
'Whether exercise ended 1 h before lights-off or less.';
comment on column night_exercise.has_exercise_within_4h is
'Whether exercise ended 4 h before lights-off or less.';
comment on column night_exercise.has_vigorous_within_1h is
'Whether vigorous exercise ended 1 h before lights-off or less.';
comment on column night_exercise.has_vigorous_within_4h is
'Whether vigorous exercise ended 4 h before lights-off or less.';
comment on column night_exercise.exercise_week_met_min is
'MET minutes of the last seven waking days, this one included, as far as logged [MET min].';
comment on column night_exercise.exercise_week_logged_day_count is 'Logged days in exercise_week_met_min.';
comment on column night_exercise.is_exercise_logged is
'Whether the waking day holds an entry before lights-off.';
