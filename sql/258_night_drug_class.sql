-- ----------------------------------------------------------------------------
-- 258_night_drug_class: which classes of drugs were taken before each night
--
-- Grain    one row per participant_id, night_date, drug_class
-- Reads    night_waking_day, medication_use
-- Writes   night_drug_class
-- Source   classes as logged; a dose in the 24 h before lights-off, or a course that covers the day
-- ----------------------------------------------------------------------------

create or replace table night_drug_class as

with

home_zone as (

    select
        participant_id,
        min_by(time_zone, night_date) as time_zone
    from night_waking_day
    group by participant_id

),

-- a dose is a course of its day
course as (

    select
        medication_use.participant_id,
        medication_use.drug_class,
        medication_use.taken_at,
        medication_use.dose_mg,
        coalesce(
            medication_use.start_date,
            timezone(coalesce(medication_use.time_zone, home_zone.time_zone), medication_use.taken_at)::date
        ) as from_date,
        coalesce(
            timezone(coalesce(medication_use.time_zone, home_zone.time_zone), medication_use.taken_at)::date,
            medication_use.end_date,
            date '9999-12-31'
        ) as to_date
    from medication_use
    inner join home_zone
        on medication_use.participant_id = home_zone.participant_id

),

reached as (

    select
        *,
        max(to_date) over (
            partition by
                participant_id,
                drug_class
            order by
                from_date asc,
                to_date asc
            rows between unbounded preceding and 1 preceding
        ) as reach_date
    from course

),

numbered as (

    select
        *,
        count(*) filter (where reach_date is null or from_date > reach_date + 1) over (
            partition by
                participant_id,
                drug_class
            order by
                from_date asc,
                to_date asc
            rows between unbounded preceding and current row
        ) as run_number
    from reached

),

-- days without a gap are one use; a day without a dose begins another
used as (

    select
        participant_id,
        drug_class,
        taken_at,
        dose_mg,
        from_date,
        to_date,
        min(from_date) over (
            partition by
                participant_id,
                drug_class,
                run_number
        ) as start_date
    from numbered

)

select
    night_waking_day.participant_id,
    night_waking_day.night_date,
    used.drug_class,
    count(*) as entry_count,
    sum(used.dose_mg order by used.dose_mg) as dose_mg,
    -- after midnight the first dose of a night lies on the next date
    greatest(night_waking_day.night_date - min(used.start_date), 0) as since_start_day_count
from night_waking_day
inner join used
    on night_waking_day.participant_id = used.participant_id
where
    (
        used.taken_at >= night_waking_day.lights_off_at - interval 24 hour
        and used.taken_at < night_waking_day.lights_off_at
    )
    or (
        used.taken_at is null
        and night_waking_day.night_date between used.from_date and used.to_date
    )
group by
    night_waking_day.participant_id,
    night_waking_day.night_date,
    used.drug_class
order by
    night_waking_day.participant_id,
    night_waking_day.night_date,
    used.drug_class;

alter table night_drug_class add primary key (participant_id, night_date, drug_class);

comment on table night_drug_class is 'Classes of drugs taken before each night, with dose and days of use.';
comment on column night_drug_class.drug_class is
'Class of the drug; none says that none was taken, unknown that the class is not known.';
comment on column night_drug_class.entry_count is 'Doses and courses behind the row.';
comment on column night_drug_class.dose_mg is 'Sum of their doses [mg]; empty where none was written.';
comment on column night_drug_class.since_start_day_count is
'Days since the class was first taken without a day''s break, as far as logged; 0 on the first.';
