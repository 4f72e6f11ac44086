-- ----------------------------------------------------------------------------
-- 156_stress_rating: each rating of stress
--
-- Grain    one row per rating
-- Reads    core.stress_rating
-- Like     caffeine_intake
-- Writes   stress_rating
-- Source   diary/stress.csv, imports
-- ----------------------------------------------------------------------------

create or replace table stress_rating as

select
    participant_id,
    logged_date,
    rated_at,
    scale,
    score,
    time_zone,
    told_by
from core.stress_rating
order by participant_id, logged_date, rated_at nulls first;

comment on table stress_rating is 'Ratings of stress; scales are kept as they are.';
comment on column stress_rating.rated_at is 'When it was rated [UTC]; empty where only the day is known.';
comment on column stress_rating.scale is 'rating_0_10, pss4, pss10 or stai_state.';
comment on column stress_rating.score is 'Score on its own scale [points].';
