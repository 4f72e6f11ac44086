-- Is the first night with a sensor unlike the others?
--
-- Compared within persons who have both. The first night of all may fall on one day of the week, which then
-- stands behind the difference as much as the sensor does.

with

by_person as (

    select
        participant_id,
        sum(jerk_count) filter (where is_first_night) as first_count,
        sum(analysed_h) filter (where is_first_night) as first_h,
        sum(jerk_count) filter (where not is_first_night) as later_count,
        sum(analysed_h) filter (where not is_first_night) as later_h,
        max(sleep_latency_min) filter (where is_first_night) as first_min,
        avg(sleep_latency_min) filter (where not is_first_night) as later_min
    from analysis_night
    group by participant_id

)

select
    count(*) as participant_count,
    round(sum(first_count) / sum(first_h), 2) as first_night_per_h,
    round(sum(later_count) / sum(later_h), 2) as later_nights_per_h,
    round(median(first_count / first_h - later_count / later_h), 2) as median_difference_per_h,
    round(median(first_min - later_min), 1) as median_latency_difference_min
from by_person
where first_h > 0 and later_h > 0;
