-- ----------------------------------------------------------------------------
-- 438_causal_edge: what is thought to cause what, declared before any data are seen
--
-- Grain    one row per cause, effect
-- Reads    core.causal_edge
-- Writes   causal_edge
-- Source   transforms/statistics/causal_graph.py; disjunctive cause criterion: VanderWeele 2019,
--          doi:10.1007/s10654-019-00494-6
-- ----------------------------------------------------------------------------

create or replace table causal_edge as

select
    cause,
    effect,
    reason
from core.causal_edge
order by cause, effect;

alter table causal_edge add primary key (cause, effect);

comment on table causal_edge is
'Arrows of the causal graph: a question adjusts for causes of its exposure and of leg jumps.';
comment on column causal_edge.cause is 'Concept that changes the other.';
comment on column causal_edge.effect is 'Concept that is changed; leg_jumps is the outcome.';
comment on column causal_edge.reason is 'Why that is thought.';
