-- ----------------------------------------------------------------------------
-- 146_imi_histogram: intervals between leg movements in sleep, by class
--
-- Grain    one row per participant_id, night_date, scorer, lower_s
-- Reads    core.imi_histogram
-- Like     scored_leg_movement
-- Writes   imi_histogram
-- Source   transforms/scoring/reporting.py; Ferri 2006, Sleep 29:759
-- ----------------------------------------------------------------------------

create or replace table imi_histogram as

select
    participant_id,
    night_date,
    scorer,
    lower_s,
    upper_s,
    imi_count
from core.imi_histogram
order by participant_id, night_date, scorer, lower_s;

alter table imi_histogram add primary key (participant_id, night_date, scorer, lower_s);

comment on table imi_histogram is 'Intervals before candidates in sleep, counted in classes.';
comment on column imi_histogram.lower_s is 'Shortest interval of the class, included [s].';
comment on column imi_histogram.upper_s is
'Longest interval of the class, not included; empty in the last, open class [s].';
comment on column imi_histogram.imi_count is 'Intervals in the class.';
