-- Do people with restless legs move more, before and in sleep?
--
-- Medians over persons, each counting once; different people, nothing is adjusted for, and who takes a
-- drug for restless legs is among them. At rest leaves out what somebody stood or walked in that hour; it
-- is known only of who walked with the device. The limit is the study's parameter
-- cohort.group.irls_moderate_score.

with

parameter as (

    select max(value_number) as irls_moderate_score
    from study_parameter
    where name = 'cohort.group.irls_moderate_score'

),

person as (

    select
        participant_id,
        max(irls_score) as irls_score,
        avg(restlessness_index) as restlessness_per_h,
        avg(restlessness_at_rest_movement_per_h) as at_rest_per_h,
        sum(jerk_sleep_count)
        / nullif(sum(analysed_sleep_h) filter (where jerk_sleep_count is not null), 0) as sleep_rate_per_h,
        sum(aplm_wasm_count)
        / nullif(sum(analysed_sleep_h) filter (where aplm_wasm_count is not null), 0) as aplm_wasm_per_h
    from analysis_night
    where irls_score is not null
    group by participant_id

)

select
    case
        when person.irls_score >= parameter.irls_moderate_score then 'moderate or worse' else 'mild or none'
    end as restless_legs,
    count(*) as participant_count,
    round(median(person.restlessness_per_h), 1) as median_restlessness_per_h,
    round(median(person.at_rest_per_h), 1) as median_restlessness_at_rest_per_h,
    round(median(person.sleep_rate_per_h), 2) as median_jerk_sleep_rate_per_h,
    round(median(person.aplm_wasm_per_h), 2) as median_aplm_wasm_per_h
from person
cross join parameter
group by restless_legs
order by restless_legs;
