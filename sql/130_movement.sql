-- ----------------------------------------------------------------------------
-- 130_movement: every detected movement of the legs
--
-- Grain    one row per movement_id
-- Reads    core.movement
-- Writes   movement
-- Source   transforms/movements, transforms/scoring
-- ----------------------------------------------------------------------------

create or replace table movement as

select
    movement_id,
    participant_id,
    night_date,
    onset_at,
    offset_at,
    duration_s,
    body_sites,
    side,
    kind,
    phase,
    peak_g,
    peak_jerk_g_per_s,
    tilt_deg,
    rise_s,
    dominant_hz,
    confidence,
    is_clm,
    imi_s,
    wasm_series_id,
    aasm_series_id,
    aasm_plm_count,
    movement_source
from core.movement
order by participant_id, night_date, onset_at, movement_id;

comment on table movement is 'Detected movements; onset and end lie in [onset_at, offset_at).';
comment on column movement.movement_id is 'Movement.';
comment on column movement.participant_id is 'Participant, as named by the study.';
comment on column movement.night_date is 'Date of the local noon that opens the night.';
comment on column movement.onset_at is 'Start, included [UTC].';
comment on column movement.offset_at is 'End, not included [UTC].';
comment on column movement.duration_s is 'Length [s].';
comment on column movement.body_sites is 'Body sites that saw the movement.';
comment on column movement.side is 'Side of the body: left, right, both or other.';
comment on column movement.kind is
'hypnic_jerk, leg_movement, gross_movement, foot_tremor, rhythmic_movement or twitch.';
comment on column movement.phase is 'Where in the night: pre_sleep, sleep_onset, sleep or wake_in_bed.';
comment on column movement.peak_g is 'Largest acceleration without gravity [g].';
comment on column movement.peak_jerk_g_per_s is 'Largest change of acceleration [g/s].';
comment on column movement.tilt_deg is 'Change of posture over the movement [degrees].';
comment on column movement.rise_s is 'Onset to peak [s].';
comment on column movement.dominant_hz is 'Strongest frequency [Hz].';
comment on column movement.confidence is 'How clearly the movement stands out, 0 to 1 [1].';
comment on column movement.is_clm is 'Whether it is a candidate leg movement (WASM 2016).';
comment on column movement.imi_s is
'Onset to onset from the preceding candidate; empty where none precedes unbroken [s].';
comment on column movement.wasm_series_id is
'Series of periodic movements by WASM 2016; empty outside series.';
comment on column movement.aasm_series_id is 'Series of periodic movements by AASM; empty outside series.';
comment on column movement.aasm_plm_count is
'Movements of an AASM series that begin in this one; their sum is the AASM count.';
comment on column movement.movement_source is
'What the movement was seen in: acceleration of the limb, or the electromyogram of polysomnography.';
