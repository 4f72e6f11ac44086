-- How much does a person differ from night to night?
--
-- Persons with five nights and more. The intraclass correlation is the share of the variance that lies
-- between persons: the lower it is, the more nights a person's mean wants. legjumps plan STUDY turns both
-- into persons and nights.

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
    cast(sum(by_person.night_count) as bigint) as night_count,
    round(median(by_person.mean_rate_per_h), 2) as median_rate_per_h,
    round(
        median(100 * by_person.sd_rate_per_h / nullif(by_person.mean_rate_per_h, 0)), 0
    ) as median_variation_pct,
    round(max(person_summary.cohort_intraclass_correlation_index), 2) as cohort_intraclass_correlation_index
from by_person
inner join person_summary on by_person.participant_id = person_summary.participant_id;
