-- How is the day after a night with many jerks?
--
-- Many is above the person's own mean, so that persons with many jerks do not stand on one side. Nothing
-- else is held equal: a short night both has more jerks an hour and makes tired. Adjusted, with intervals:
-- next_day_association.

with

person_mean as (

    select
        participant_id,
        avg(jerk_rate_per_h) as mean_rate_per_h
    from analysis_night
    group by participant_id

)

select
    analysis_night.jerk_rate_per_h > person_mean.mean_rate_per_h as is_many,
    count(*) as night_count,
    count(analysis_night.kss_score) as rated_count,
    round(avg(analysis_night.kss_score), 2) as mean_kss_score,
    round(avg(analysis_night.concentration_score), 2) as mean_concentration_score,
    round(avg(analysis_night.tst_h), 2) as mean_tst_h
from analysis_night
inner join person_mean on analysis_night.participant_id = person_mean.participant_id
group by is_many
order by is_many;
