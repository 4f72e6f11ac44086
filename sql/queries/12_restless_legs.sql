-- Do people with restless legs move more, before and in sleep?
--
-- At rest leaves out what somebody stood or walked in that hour; it is known only of who walked with the
-- device.

select
    case when irls_score >= 11 then 'moderate or worse' else 'mild or none' end as restless_legs,
    count(distinct participant_id) as participant_count,
    round(avg(restlessness_index), 1) as mean_restlessness_per_h,
    round(avg(restlessness_at_rest_movement_per_h), 1) as mean_restlessness_at_rest_per_h,
    round(sum(jerk_count) / sum(analysed_h), 2) as jerk_rate_per_h,
    round(sum(aplm_wasm_count) / sum(analysed_sleep_h), 2) as aplm_wasm_per_h
from analysis_night
where irls_score is not null
group by restless_legs
order by restless_legs;
