-- ----------------------------------------------------------------------------
-- 154_exercise_bout: each bout of exercise
--
-- Grain    one row per bout or statement that there was none
-- Reads    core.exercise_bout
-- Like     caffeine_intake
-- Writes   exercise_bout
-- Source   diary/exercise.csv, imports
-- ----------------------------------------------------------------------------

create or replace table exercise_bout as

select
    participant_id,
    logged_date,
    started_at,
    ended_at,
    duration_min,
    met,
    intensity,
    activity,
    is_relaxation,
    time_zone,
    told_by
from core.exercise_bout
order by participant_id, logged_date, started_at nulls first;

comment on table exercise_bout is 'Bouts of exercise, from diaries and exports.';
comment on column exercise_bout.started_at is 'Start [UTC]; empty where only the day is known.';
comment on column exercise_bout.ended_at is 'End, the start plus the duration [UTC].';
comment on column exercise_bout.duration_min is 'Duration [min]; 0 says that there was none.';
comment on column exercise_bout.met is
'Metabolic equivalent [MET]: as written, by IPAQ intensity, or by the compendium.';
comment on column exercise_bout.intensity is 'light, moderate or vigorous, as written or from the MET.';
comment on column exercise_bout.activity is
'Activity in the words of the compendium table; other where it is not in it.';
comment on column exercise_bout.is_relaxation is
'Whether the activity is a practice of relaxation (yoga, stretching, meditation).';
