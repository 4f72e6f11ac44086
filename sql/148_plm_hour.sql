-- ----------------------------------------------------------------------------
-- 148_plm_hour: periodic movements by hour after sleep onset
--
-- Grain    one row per participant_id, night_date, scorer, hour_number
-- Reads    core.plm_hour
-- Like     scored_leg_movement
-- Writes   plm_hour
-- Source   transforms/scoring/reporting.py
-- ----------------------------------------------------------------------------

create or replace table plm_hour as

select
    participant_id,
    night_date,
    scorer,
    hour_number,
    sleep_h,
    plm_count,
    plm_per_h
from core.plm_hour
order by participant_id, night_date, scorer, hour_number;

alter table plm_hour add primary key (participant_id, night_date, scorer, hour_number);

comment on table plm_hour is 'Course of periodic movements over the night of a scorer.';
comment on column plm_hour.hour_number is 'Hour after sleep onset; 1 is the first.';
comment on column plm_hour.sleep_h is 'Sleep within the hour: denominator of the rate [h].';
comment on column plm_hour.plm_count is 'Periodic movements (WASM 2016) with onset in sleep of the hour.';
comment on column plm_hour.plm_per_h is
'Periodic movements per hour of sleep; empty where there was none [1/h].';
