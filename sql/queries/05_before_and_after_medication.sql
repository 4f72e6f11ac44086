-- What changes with the first dopaminergic drug?
--
-- Nights before and from the first day of the first course, of persons with such a course; jerks in sleep,
-- and in bed. A course begins when legs are at their worst, so that rates would have fallen without it;
-- nobody here went on without a drug to compare with. Rows of single persons: not to be passed on.

with

first_course as (

    select
        participant_id,
        min(coalesce(start_date, cast(taken_at as date))) as first_date
    from medication_use
    where drug_class = 'dopaminergic'
    group by participant_id

),

judged as (

    select
        analysis_night.participant_id,
        first_course.first_date,
        analysis_night.night_date >= first_course.first_date as is_after,
        analysis_night.jerk_count,
        analysis_night.analysed_h,
        analysis_night.jerk_sleep_count,
        case when analysis_night.jerk_sleep_count is not null then analysis_night.analysed_sleep_h end
            as analysed_sleep_h
    from analysis_night
    inner join first_course on analysis_night.participant_id = first_course.participant_id

)

select
    participant_id,
    first_date,
    count(*) filter (where not is_after) as night_before_count,
    count(*) filter (where is_after) as night_after_count,
    round(
        sum(jerk_sleep_count) filter (where not is_after)
        / nullif(sum(analysed_sleep_h) filter (where not is_after), 0), 2
    ) as sleep_rate_before_per_h,
    round(
        sum(jerk_sleep_count) filter (where is_after)
        / nullif(sum(analysed_sleep_h) filter (where is_after), 0), 2
    ) as sleep_rate_after_per_h,
    round(
        sum(jerk_count) filter (where not is_after) / sum(analysed_h) filter (where not is_after), 2
    ) as bed_rate_before_per_h,
    round(
        sum(jerk_count) filter (where is_after) / sum(analysed_h) filter (where is_after), 2
    ) as bed_rate_after_per_h
from judged
group by participant_id, first_date
order by participant_id;
