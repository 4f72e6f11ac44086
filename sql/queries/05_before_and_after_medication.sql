-- What changes with the first dopaminergic drug?
--
-- Nights before and from the first day of the first course, of persons with such a course.

with

first_course as (

    select
        participant_id,
        min(coalesce(start_date, cast(taken_at as date))) as first_date
    from medication_use
    where drug_class = 'dopaminergic'
    group by participant_id

)

select
    analysis_night.participant_id,
    first_course.first_date,
    count(*) filter (where analysis_night.night_date < first_course.first_date) as night_before_count,
    count(*) filter (where analysis_night.night_date >= first_course.first_date) as night_after_count,
    round(
        sum(analysis_night.jerk_count) filter (where analysis_night.night_date < first_course.first_date)
        / sum(analysis_night.analysed_h) filter (where analysis_night.night_date < first_course.first_date),
        2
    ) as rate_before_per_h,
    round(
        sum(analysis_night.jerk_count) filter (where analysis_night.night_date >= first_course.first_date)
        / sum(analysis_night.analysed_h) filter (where analysis_night.night_date >= first_course.first_date),
        2
    ) as rate_after_per_h
from analysis_night
inner join first_course on analysis_night.participant_id = first_course.participant_id
group by analysis_night.participant_id, first_course.first_date
order by analysis_night.participant_id;
