-- ----------------------------------------------------------------------------
-- 472_night_course: the hours of the night, as they may leave the house
--
-- Grain    one row per hour_number
-- Reads    cohort_summary
-- Like     night_hour
-- Writes   night_course
-- Source   cohort_summary, family course
-- ----------------------------------------------------------------------------

create or replace table night_course as

select
    level_number - 1 as hour_number,
    is_suppressed,
    participant_count,
    night_count,
    jerk_count,
    analysed_h,
    jerk_rate_per_h,
    ci_low_per_h,
    ci_high_per_h,
    hypnic_jerk_count,
    hypnic_jerk_rate_per_h
from cohort_summary
where family = 'course'
order by hour_number;

alter table night_course add primary key (hour_number);

comment on table night_course is
'The course of the night, hour by hour from lights-off, after disclosure control. Not adjusted for anything.';
comment on column night_course.night_count is 'Nights of which something was measured in the hour.';
comment on column night_course.jerk_count is 'Leg jumps in the hour, of all these nights.';
comment on column night_course.analysed_h is
'Time measured in the hour, of all these nights: the denominator [h].';
