-- ----------------------------------------------------------------------------
-- 130_movement: every detected movement of the legs
--
-- Grain    one row per movement_id
-- Reads    core.movement, night
-- Writes   movement
-- Source   transforms/movements, transforms/scoring
--
-- Beside what detection wrote, each movement says where in its night it lies:
-- a question about the course of nights then needs no join of every movement.
-- ----------------------------------------------------------------------------

create or replace table movement as

with

-- the local clock of a whole night from one look at its zone: one for each movement takes minutes
clock as (

    select
        participant_id,
        night_date,
        time_zone,
        lights_off_at,
        lights_on_at,
        sleep_onset_at,
        is_eligible,
        coalesce(crosses_clock_change, true) as crosses_clock_change,
        epoch_us(timezone(time_zone, lights_off_at)) - epoch_us(lights_off_at) as ahead_of_utc_us
    from night

)

select
    movement.movement_id,
    movement.participant_id,
    movement.night_date,
    movement.onset_at,
    movement.offset_at,
    movement.duration_s,
    movement.body_sites,
    movement.side,
    movement.kind,
    movement.phase,
    movement.is_asleep,
    movement.peak_g,
    movement.peak_jerk_g_per_s,
    movement.tilt_deg,
    movement.rise_s,
    movement.dominant_hz,
    movement.confidence,
    movement.is_clm,
    movement.imi_s,
    movement.wasm_series_id,
    movement.aasm_series_id,
    movement.aasm_plm_count,
    movement.movement_source,
    -- the leg jump that the study counts: no gross, rhythmic or tremor event
    movement.kind in ('hypnic_jerk', 'twitch') or movement.is_clm as is_jerk,
    -- time in bed is [lights-off, lights-on)
    movement.onset_at >= clock.lights_off_at and movement.onset_at < clock.lights_on_at as is_in_bed,
    clock.is_eligible as is_night_eligible,
    (epoch_us(movement.onset_at) - epoch_us(clock.lights_off_at)) / 1e6 as since_lights_off_s,
    (epoch_us(movement.onset_at) - epoch_us(clock.sleep_onset_at)) / 1e6 as since_sleep_onset_s,
    -- whole minutes: a column of small numbers is read and grouped in a fraction of the time of the seconds
    cast(
        floor((epoch_us(movement.onset_at) - epoch_us(clock.lights_off_at)) / 6e7) as integer
    ) as bed_minute_number,
    cast(
        floor((epoch_us(movement.onset_at) - epoch_us(clock.sleep_onset_at)) / 6e7) as integer
    ) as sleep_onset_minute_number,
    cast(
        case
            -- in a night of two clocks each movement has its own
            when clock.crosses_clock_change or clock.ahead_of_utc_us is null
                then hour(timezone(clock.time_zone, movement.onset_at))
            else (epoch_us(movement.onset_at) + clock.ahead_of_utc_us) // 3600000000 % 24
        end as integer
    ) as clock_hour_number
from core.movement as movement
left join clock
    on
        movement.participant_id = clock.participant_id
        and movement.night_date = clock.night_date
order by movement.participant_id, movement.night_date, movement.onset_at, movement.movement_id;

comment on table movement is 'Detected movements; onset and end lie in [onset_at, offset_at).';
comment on column movement.movement_id is 'Movement.';
comment on column movement.onset_at is 'Start, included [UTC].';
comment on column movement.offset_at is 'End, not included [UTC].';
comment on column movement.duration_s is 'Length [s].';
comment on column movement.body_sites is 'Body sites that saw the movement.';
comment on column movement.side is 'Side of the body: left, right, both or other.';
comment on column movement.kind is
'hypnic_jerk, leg_movement, gross_movement, foot_tremor, rhythmic_movement or twitch.';
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
comment on column movement.phase is
'By which rules its kind was told: pre_sleep, sleep_onset, sleep or wake_in_bed; of sleep see is_asleep.';
comment on column movement.is_asleep is
'Whether it begins in sleep, wake episodes left out; empty where the sleep of its night is not known.';
comment on column movement.is_jerk is
'Whether it is a leg jump: hypnic jerk, twitch or candidate leg movement.';
comment on column movement.is_in_bed is 'Whether it begins between lights-off and lights-on.';
comment on column movement.is_night_eligible is 'Whether its night is fit for analysis.';
comment on column movement.since_lights_off_s is
'Lights-off to onset, negative before; empty where lights-off is not known [s].';
comment on column movement.since_sleep_onset_s is
'Sleep onset to onset, negative before; empty where sleep is not known [s].';
comment on column movement.bed_minute_number is
'Whole minutes from lights-off to onset: 0 is the first minute in bed, -1 the one before [min].';
comment on column movement.sleep_onset_minute_number is
'Whole minutes from sleep onset to onset: 0 is the first minute asleep, -1 the one before [min].';
comment on column movement.clock_hour_number is
'Hour of the local clock at onset, 0 to 23, in the time zone of the night.';
