-- ----------------------------------------------------------------------------
-- 439_confounder: what the question of an exposure adjusts for
--
-- Grain    one row per exposure, concept
-- Reads    core.confounder
-- Writes   confounder
-- Source   transforms/statistics/causal_graph.py, adjustment_set; disjunctive cause criterion:
--          VanderWeele 2019, doi:10.1007/s10654-019-00494-6
-- ----------------------------------------------------------------------------

create or replace table confounder as

select
    exposure,
    concept,
    column_names
from core.confounder
order by exposure, concept;

alter table confounder add primary key (exposure, concept);

comment on table confounder is
'What the joint model of each exposure adjusts for: causes of it or of leg jumps, and no consequence.';
comment on column confounder.exposure is 'Column of exposure_night that is asked about.';
comment on column confounder.concept is 'Concept of causal_edge that is adjusted for.';
comment on column confounder.column_names is
'Columns of analysis_night that measure it; those that vary enter, the answer names them.';
