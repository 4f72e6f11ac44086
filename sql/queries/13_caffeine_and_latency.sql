-- Does caffeine that is left at lights-off delay sleep?

select
    night_group.level as caffeine_at_lights_off,
    count(*) as night_count,
    round(median(analysis_night.sleep_latency_min), 1) as median_latency_min,
    round(avg(analysis_night.tst_h), 2) as mean_tst_h
from analysis_night
inner join night_group
    on
        analysis_night.participant_id = night_group.participant_id
        and analysis_night.night_date = night_group.night_date
where night_group.grouping_name = 'caffeine_at_lights_off_mg' and night_group.level_number is not null
group by night_group.level, night_group.level_number
order by night_group.level_number;
