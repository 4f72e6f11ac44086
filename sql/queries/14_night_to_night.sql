-- How much does a person differ from night to night?
--
-- Persons with five nights and more; it tells how many nights a study needs.

with

by_person as (

    select
        participant_id,
        count(*) as night_count,
        avg(jerk_rate_per_h) as mean_rate_per_h,
        stddev_samp(jerk_rate_per_h) as sd_rate_per_h
    from analysis_night
    group by participant_id
    having count(*) >= 5

)

select
    count(*) as participant_count,
    round(median(mean_rate_per_h), 2) as median_rate_per_h,
    round(median(100 * sd_rate_per_h / nullif(mean_rate_per_h, 0)), 0) as median_variation_pct
from by_person;
