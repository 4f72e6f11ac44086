-- How is the day after a night with many jerks?
--
-- Against the person's own median.

with

judged as (

    select
        analysis_night.participant_id,
        analysis_night.night_date,
        analysis_night.jerk_rate_per_h
        > median(analysis_night.jerk_rate_per_h) over (partition by analysis_night.participant_id) as is_many
    from analysis_night

)

select
    judged.is_many,
    count(night_daytime.kss_score) as rated_count,
    round(avg(night_daytime.kss_score), 2) as mean_kss_score,
    round(avg(night_daytime.concentration_score), 2) as mean_concentration_score
from judged
left join night_daytime
    on
        judged.participant_id = night_daytime.participant_id
        and judged.night_date = night_daytime.night_date
group by judged.is_many
order by judged.is_many;
