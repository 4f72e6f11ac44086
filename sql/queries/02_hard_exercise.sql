-- Who jumps more on nights after hard exercise?
--
-- Jerks in sleep of persons with at least two nights of each kind. A raw ratio of few nights is mostly
-- chance, and the first of a list sorted by it is who had most of that: sorted is by the ratio for 300 MET
-- min that is drawn towards the cohort as far as the person's own nights are few, all the way where
-- persons do not differ beyond chance. No person's row is evidence about that person.

with

hard as (

    select lower as from_met_min
    from exposure_level
    where exposure = 'exercise_met_min' and level = 'high'

),

judged as (

    select
        analysis_night.participant_id,
        analysis_night.jerk_sleep_count,
        analysis_night.analysed_sleep_h,
        -- a day that reaches the limit was hard
        analysis_night.exercise_met_min >= hard.from_met_min as is_hard
    from analysis_night
    cross join hard
    where analysis_night.exercise_met_min is not null and analysis_night.jerk_sleep_count is not null

),

by_person as (

    select
        participant_id,
        sum(jerk_sleep_count) filter (where is_hard)
        / nullif(sum(analysed_sleep_h) filter (where is_hard), 0) as rate_after_hard_per_h,
        sum(jerk_sleep_count) filter (where not is_hard)
        / nullif(sum(analysed_sleep_h) filter (where not is_hard), 0) as rate_otherwise_per_h,
        count(*) filter (where is_hard) as hard_count,
        count(*) filter (where not is_hard) as other_count
    from judged
    group by participant_id

)

select
    by_person.participant_id,
    by_person.hard_count,
    by_person.other_count,
    round(by_person.rate_after_hard_per_h, 2) as jerk_sleep_rate_after_hard_per_h,
    round(by_person.rate_otherwise_per_h, 2) as jerk_sleep_rate_otherwise_per_h,
    round(by_person.rate_after_hard_per_h / nullif(by_person.rate_otherwise_per_h, 0), 2) as raw_rate_ratio,
    round(person_summary.exercise_rate_ratio, 3) as rate_ratio_drawn_to_cohort
from by_person
inner join person_summary on by_person.participant_id = person_summary.participant_id
where by_person.hard_count >= 2 and by_person.other_count >= 2
order by person_summary.exercise_rate_ratio desc nulls last, by_person.participant_id asc;
