-- Who jumps more on nights after hard exercise?
--
-- Persons with at least two nights of each kind; a difference within a person is not confounded by who
-- the person is.

with

hard as (

    select lower as from_met_min
    from exposure_level
    where exposure = 'exercise_met_min' and level = 'high'

),

judged as (

    select
        analysis_night.participant_id,
        analysis_night.jerk_count,
        analysis_night.analysed_h,
        -- a day that reaches the limit was hard
        analysis_night.exercise_met_min >= hard.from_met_min as is_hard
    from analysis_night
    cross join hard
    where analysis_night.exercise_met_min is not null

),

by_person as (

    select
        participant_id,
        sum(jerk_count) filter (where is_hard) / sum(analysed_h) filter (where is_hard)
            as rate_after_hard_per_h,
        sum(jerk_count) filter (where not is_hard) / sum(analysed_h) filter (where not is_hard)
            as rate_otherwise_per_h,
        count(*) filter (where is_hard) as hard_count,
        count(*) filter (where not is_hard) as other_count
    from judged
    group by participant_id

)

select
    participant_id,
    hard_count,
    other_count,
    round(rate_after_hard_per_h, 2) as rate_after_hard_per_h,
    round(rate_otherwise_per_h, 2) as rate_otherwise_per_h,
    round(rate_after_hard_per_h / nullif(rate_otherwise_per_h, 0), 2) as rate_ratio
from by_person
where hard_count >= 2 and other_count >= 2
order by rate_ratio desc nulls last, participant_id asc;
