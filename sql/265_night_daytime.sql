-- ----------------------------------------------------------------------------
-- 265_night_daytime: how the day after each night went
--
-- Grain    one row per participant_id, night_date
-- Reads    night, daytime_rating
-- Writes   night_daytime
-- Source   outcome: ratings of the date that ends the night
-- ----------------------------------------------------------------------------

create or replace table night_daytime as

select
    night.participant_id,
    night.night_date,
    night.wake_date,
    avg(daytime_rating.score) filter (where daytime_rating.scale = 'kss') as kss_score,
    avg(daytime_rating.score) filter (where daytime_rating.scale = 'ess') as ess_score,
    avg(daytime_rating.score) filter (
        where daytime_rating.scale = 'concentration_0_10'
    ) as concentration_score,
    avg(daytime_rating.score) filter (where daytime_rating.scale = 'irritability_0_10') as irritability_score,
    avg(daytime_rating.score) filter (where daytime_rating.scale = 'memory_0_10') as memory_score,
    count(daytime_rating.score) > 0 as is_daytime_logged
from night
left join daytime_rating
    on
        night.participant_id = daytime_rating.participant_id
        and night.wake_date = daytime_rating.logged_date
group by
    night.participant_id,
    night.night_date,
    night.wake_date
order by
    night.participant_id,
    night.night_date;

alter table night_daytime add primary key (participant_id, night_date);

comment on table night_daytime is
'Daytime function of the day after each night: an outcome, not an exposure.';
comment on column night_daytime.wake_date is 'Day that was rated: the date that ends the night.';
comment on column night_daytime.kss_score is 'Karolinska Sleepiness Scale, 1 to 9 [points].';
comment on column night_daytime.ess_score is 'Epworth Sleepiness Scale, 0 to 24 [points].';
comment on column night_daytime.concentration_score is 'Concentration, 0 to 10 [points].';
comment on column night_daytime.irritability_score is 'Irritability, 0 to 10 [points].';
comment on column night_daytime.memory_score is 'Memory, 0 to 10 [points].';
comment on column night_daytime.is_daytime_logged is 'Whether the day after holds a rating.';
