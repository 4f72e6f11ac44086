-- Does caffeine that is left at lights-off delay sleep?

select
    exposure_level.level as caffeine_at_lights_off,
    count(*) as night_count,
    round(median(analysis_night.sleep_latency_min), 1) as median_latency_min,
    round(avg(analysis_night.tst_h), 2) as mean_tst_h
from analysis_night
inner join exposure_level
    on
        -- none is no milligram; each other level begins above the one before it and holds its upper limit
        (
            analysis_night.caffeine_at_lights_off_mg > exposure_level.lower
            or (
                analysis_night.caffeine_at_lights_off_mg = exposure_level.lower
                and exposure_level.is_lower_included
            )
        )
        and (
            analysis_night.caffeine_at_lights_off_mg <= exposure_level.upper
            or exposure_level.upper is null
        )
where exposure_level.exposure = 'caffeine_at_lights_off_mg'
group by exposure_level.level, exposure_level.level_number
order by exposure_level.level_number;
