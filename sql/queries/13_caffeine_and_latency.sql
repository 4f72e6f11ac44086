-- Does caffeine that is left at lights-off delay sleep?
--
-- Of the raw medians different people stand behind different levels; the difference is from the person's
-- own mean over the nights shown. What is left at lights-off is modelled from intake and hour: who goes to
-- bed late has less of it, and falls asleep sooner for being late. Adjusted within persons: association,
-- outcome sleep_latency_min.

with

told as (

    select
        participant_id,
        caffeine_at_lights_off_mg,
        sleep_latency_min,
        tst_h
    from analysis_night
    where caffeine_at_lights_off_mg is not null

),

person as (

    select
        participant_id,
        avg(sleep_latency_min) as mean_latency_min
    from told
    group by participant_id

),

night_of_person as (

    select
        told.caffeine_at_lights_off_mg,
        told.sleep_latency_min,
        told.tst_h,
        told.sleep_latency_min - person.mean_latency_min as latency_difference_min
    from told
    inner join person on told.participant_id = person.participant_id

)

select
    exposure_level.level as caffeine_at_lights_off,
    count(*) as night_count,
    count(night_of_person.sleep_latency_min) as latency_known_count,
    round(median(night_of_person.sleep_latency_min), 1) as median_latency_min,
    round(avg(night_of_person.latency_difference_min), 1) as mean_difference_from_own_mean_min,
    round(avg(night_of_person.tst_h), 2) as mean_tst_h
from night_of_person
inner join exposure_level
    on
        -- none is no milligram; each other level begins above the one before it and holds its upper limit
        (
            night_of_person.caffeine_at_lights_off_mg > exposure_level.lower
            or (
                night_of_person.caffeine_at_lights_off_mg = exposure_level.lower
                and exposure_level.is_lower_included
            )
        )
        and (
            night_of_person.caffeine_at_lights_off_mg <= exposure_level.upper
            or exposure_level.upper is null
        )
where exposure_level.exposure = 'caffeine_at_lights_off_mg'
group by exposure_level.level, exposure_level.level_number
order by exposure_level.level_number;
