-- ----------------------------------------------------------------------------
-- 141_scored_leg_movement: leg movements that scorers of polysomnography marked
--
-- Grain    one row per participant_id, night_date, scorer, onset_at
-- Reads    core.scored_leg_movement
-- Like     movement
-- Writes   scored_leg_movement
-- Source   transforms/psg, transforms/scoring
-- ----------------------------------------------------------------------------

create or replace table scored_leg_movement as

select
    participant_id,
    night_date,
    scorer,
    onset_at,
    offset_at,
    duration_s,
    side,
    member_count,
    stage,
    is_clm,
    is_respiratory,
    is_arousal,
    imi_s,
    wasm_series_id,
    wasm_series_id_without_respiratory,
    aasm_series_id,
    aasm_plm_count
from core.scored_leg_movement
order by participant_id, night_date, scorer, onset_at;

alter table scored_leg_movement add primary key (participant_id, night_date, scorer, onset_at);

comment on table scored_leg_movement is
'Leg movements of a scorer after joining and bilateral combination (WASM 2016).';
comment on column scored_leg_movement.scorer is
'Who scored, as named by the files; emg_detector is the rule of WASM 2016 on the leg channels.';
comment on column scored_leg_movement.side is 'Leg: left, right, both or other.';
comment on column scored_leg_movement.member_count is
'Marks that were joined and combined into the movement.';
comment on column scored_leg_movement.stage is
'Sleep stage at onset: w, n1, n2, n3 or r; empty in unstaged time.';
comment on column scored_leg_movement.is_respiratory is
'Whether it lies around the end of a respiratory event; empty where the scorer marked none in any night.';
comment on column scored_leg_movement.is_arousal is
'Whether an arousal goes with it; empty where the scorer marked none in any night.';
comment on column scored_leg_movement.wasm_series_id_without_respiratory is
'The same without respiratory movements; empty where respiration was not scored.';
