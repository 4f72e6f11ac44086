-- ----------------------------------------------------------------------------
-- 125_wake_episode: wake between sleep onset and sleep end
--
-- Grain    one row per participant_id, night_date, started_at
-- Reads    core.wake_episode
-- Like     night
-- Writes   wake_episode
-- Source   transforms/nights/find.py
-- ----------------------------------------------------------------------------

create or replace table wake_episode as

select
    participant_id,
    night_date,
    started_at,
    ended_at
from core.wake_episode
order by participant_id, night_date, started_at;

alter table wake_episode add primary key (participant_id, night_date, started_at);

comment on table wake_episode is 'Wake between sleep onset and sleep end.';
comment on column wake_episode.started_at is 'Start, included [UTC].';
comment on column wake_episode.ended_at is 'End, not included [UTC].';
