-- ----------------------------------------------------------------------------
-- 132_restlessness: motor restlessness before sleep onset
--
-- Grain    one row per participant_id, night_date
-- Reads    core.restlessness
-- Like     night
-- Writes   restlessness
-- Source   transforms/nights/restlessness.py
-- ----------------------------------------------------------------------------

create or replace table restlessness as

select
    participant_id,
    night_date,
    restlessness_started_at,
    restlessness_ended_at,
    restlessness_analysed_h,
    restlessness_movement_count,
    restlessness_movement_per_h,
    restlessness_movement_time_frac,
    restlessness_imi_median_s,
    restlessness_at_rest_h,
    restlessness_at_rest_movement_count,
    restlessness_at_rest_movement_per_h
from core.restlessness
order by participant_id, night_date;

alter table restlessness add primary key (participant_id, night_date);

comment on table restlessness is
'Movement in the hour before sleep onset; kept apart from indices of sleep.';
comment on column restlessness.restlessness_started_at is 'Start of the stretch, included [UTC].';
comment on column restlessness.restlessness_ended_at is 'End of the stretch, not included [UTC].';
comment on column restlessness.restlessness_analysed_h is
'Part of the stretch that was worn and recorded: the denominator [h].';
comment on column restlessness.restlessness_movement_count is 'Leg movements in it.';
comment on column restlessness.restlessness_movement_per_h is 'Leg movements per analysed hour [1/h].';
comment on column restlessness.restlessness_movement_time_frac is
'Share of the analysed time spent moving, 0 to 1 [1].';
comment on column restlessness.restlessness_at_rest_h is
'The part of it in which no leg was upright: neither stood nor walked; empty where that is not known [h].';
comment on column restlessness.restlessness_at_rest_movement_count is
'Leg movements in that part: without the steps to the bathroom.';
comment on column restlessness.restlessness_at_rest_movement_per_h is
'Leg movements per hour of that part [1/h].';
comment on column restlessness.restlessness_imi_median_s is
'Median interval between consecutive movements [s].';
