-- ----------------------------------------------------------------------------
-- 300_analysis_night: the nights that are analysed, with exposures, covariates and the day after
--
-- Grain    one row per participant_id, night_date
-- Reads    night_rate, night, recording, clock_alignment, exposure_night, night_daytime, participant
-- Writes   analysis_night
-- Layer    start, cohort
-- Source   definition: eligible nights with analysed hours
-- ----------------------------------------------------------------------------

create or replace table analysis_night as

with

numbered_night as (

    select
        participant_id,
        night_date,
        wake_date,
        time_zone,
        lights_off_at,
        sleep_onset_at,
        sleep_end_at,
        lights_on_at,
        in_bed_h,
        spt_h,
        tst_h,
        waso_min,
        sleep_latency_min,
        nonwear_h,
        leg_recording_count,
        is_eligible,
        -- counted over all nights, so that the first night stays the first where it is not eligible
        row_number() over (partition by participant_id order by night_date) as night_number
    from night

),

-- the legs that a night was measured by: what is counted depends on them
night_leg as (

    select
        night.participant_id,
        night.night_date,
        list(distinct recording.body_site order by recording.body_site) as body_sites,
        -- one leg may wear two devices, or one after the other
        count(distinct split_part(recording.body_site, '_', 1)) as leg_count,
        list(distinct recording.device_model order by recording.device_model) as device_models,
        min(recording.sampling_rate_hz) as sampling_rate_hz
    from night
    inner join recording
        on
            night.participant_id = recording.participant_id
            and night.lights_on_at > recording.started_at
            and night.lights_off_at < recording.ended_at
    left join clock_alignment
        on
            recording.recording_id = clock_alignment.recording_id
            and night.night_date = clock_alignment.night_date
    where
        regexp_matches(recording.body_site, '_(ankle|foot|calf|thigh)$')
        and not coalesce(clock_alignment.is_left_out, false)
    group by night.participant_id, night.night_date

)

select
    night_rate.participant_id,
    night_rate.night_date,
    numbered_night.wake_date,
    dayname(numbered_night.night_date) as weekday,
    numbered_night.time_zone,
    numbered_night.lights_off_at,
    numbered_night.sleep_onset_at,
    numbered_night.sleep_end_at,
    numbered_night.lights_on_at,
    numbered_night.in_bed_h,
    numbered_night.spt_h,
    numbered_night.tst_h,
    numbered_night.waso_min,
    numbered_night.sleep_latency_min,
    100 * numbered_night.tst_h / numbered_night.in_bed_h as sleep_efficiency_pct,
    numbered_night.nonwear_h,
    numbered_night.leg_recording_count,
    -- the smaller of what is known
    cast(least(night_leg.leg_count, numbered_night.leg_recording_count) as integer) as leg_count,
    night_leg.body_sites,
    night_leg.device_models,
    night_leg.sampling_rate_hz,
    numbered_night.night_number,
    numbered_night.night_number = 1 as is_first_night,
    -- Friday to Saturday and Saturday to Sunday
    isodow(numbered_night.night_date) in (5, 6) as is_weekend,
    case
        when month(numbered_night.night_date) in (12, 1, 2) then 'dec_feb'
        when month(numbered_night.night_date) in (3, 4, 5) then 'mar_may'
        when month(numbered_night.night_date) in (6, 7, 8) then 'jun_aug'
        else 'sep_nov'
    end as quarter,
    participant.sex,
    year(numbered_night.night_date) - participant.birth_year as age_year,
    participant.weight_kg,
    participant.is_pregnant,
    participant.is_smoker,
    participant.uses_oral_contraceptive,
    participant.ferritin_ug_l,
    participant.irls_score,
    night_rate.sleep_window_source,
    night_rate.movement_source,
    night_rate.analysed_h,
    night_rate.analysed_sleep_h,
    night_rate.analysed_wake_h,
    night_rate.analysed_spt_h,
    night_rate.jerk_count,
    night_rate.jerk_rate_per_h,
    night_rate.jerk_sleep_count,
    night_rate.jerk_sleep_rate_per_h,
    night_rate.jerk_wake_count,
    night_rate.jerk_wake_rate_per_h,
    night_rate.confident_jerk_sleep_count,
    night_rate.hypnic_jerk_count,
    night_rate.hypnic_jerk_rate_per_h,
    night_rate.twitch_count,
    night_rate.leg_movement_count,
    night_rate.clm_count,
    night_rate.aplm_wasm_count,
    night_rate.aplm_wasm_per_h,
    night_rate.aplm_aasm_count,
    night_rate.aplm_aasm_per_h,
    night_rate.aplm_wake_count,
    night_rate.aplm_wake_per_h,
    night_rate.aplm_spt_count,
    night_rate.aplm_spt_per_h,
    night_rate.isolated_lm_count,
    night_rate.short_interval_lm_count,
    night_rate.imi_count,
    night_rate.periodicity_index,
    night_rate.periodicity_movement_index,
    night_rate.log_imi_mean,
    night_rate.log_imi_sd,
    night_rate.restlessness_analysed_h,
    night_rate.restlessness_movement_count,
    night_rate.restlessness_index,
    night_rate.restlessness_at_rest_h,
    night_rate.restlessness_at_rest_movement_count,
    night_rate.restlessness_at_rest_movement_per_h,
    night_rate.gross_movement_count,
    night_rate.foot_tremor_count,
    night_rate.rhythmic_movement_count,
    exposure_night.* exclude (participant_id, night_date), -- noqa: AM04, RF02
    tomorrow.caffeine_mg as lead1_caffeine_mg,
    tomorrow.exercise_met_min as lead1_exercise_met_min,
    case when tomorrow.stress_scale = exposure_night.stress_scale then tomorrow.stress_score end
        as lead1_stress_score,
    tomorrow.magnesium_mg as lead1_magnesium_mg,
    night_daytime.kss_score,
    night_daytime.ess_score,
    night_daytime.concentration_score,
    night_daytime.irritability_score,
    night_daytime.memory_score,
    coalesce(night_daytime.is_daytime_logged, false) as is_daytime_logged
from night_rate
inner join numbered_night
    on
        night_rate.participant_id = numbered_night.participant_id
        and night_rate.night_date = numbered_night.night_date
left join night_leg
    on
        night_rate.participant_id = night_leg.participant_id
        and night_rate.night_date = night_leg.night_date
-- a night without any diary keeps its rates; its exposures are unknown
left join exposure_night
    on
        night_rate.participant_id = exposure_night.participant_id
        and night_rate.night_date = exposure_night.night_date
-- not an exposure: what had not happened yet, to hold a question against what it cannot have moved
left join exposure_night as tomorrow
    on
        night_rate.participant_id = tomorrow.participant_id
        and night_rate.night_date + 1 = tomorrow.night_date
left join night_daytime
    on
        night_rate.participant_id = night_daytime.participant_id
        and night_rate.night_date = night_daytime.night_date
left join participant on night_rate.participant_id = participant.participant_id
where
    numbered_night.is_eligible
    -- a rate needs hours
    and night_rate.analysed_h > 0
order by night_rate.participant_id, night_rate.night_date;

alter table analysis_night add primary key (participant_id, night_date);

comment on table analysis_night is
'Eligible nights with their rates, exposures, covariates and the day after: the table to analyse.';
comment on column analysis_night.spt_h is 'Sleep period time [h].';
comment on column analysis_night.tst_h is 'Total sleep time [h].';
comment on column analysis_night.waso_min is 'Wake after sleep onset [min].';
comment on column analysis_night.weekday is 'Day of the week of night_date: Monday to Sunday.';
comment on column analysis_night.sleep_efficiency_pct is 'Total sleep time over the time in bed [%].';
comment on column analysis_night.body_sites is
'Legs that devices were worn on in this night; empty where no device was. One leg sees half.';
comment on column analysis_night.leg_count is
'Legs that were measured, 1 or 2, whatever the number of devices; 0 where only an electromyogram was.';
comment on column analysis_night.device_models is 'Models of these devices.';
comment on column analysis_night.sampling_rate_hz is 'Lowest sampling rate of these devices [Hz].';
comment on column analysis_night.night_number is
'Position of the night among all nights of the participant, from 1.';
comment on column analysis_night.is_first_night is 'Whether it is the participant''s first night.';
comment on column analysis_night.is_weekend is 'Whether the night leads into a Saturday or Sunday.';
comment on column analysis_night.quarter is 'Months of the night: dec_feb, mar_may, jun_aug or sep_nov.';
comment on column analysis_night.age_year is 'Age reached in the calendar year of the night [years].';
comment on column analysis_night.movement_source is
'What the movements were seen in: acceleration or electromyogram; different scales, not to be pooled.';
comment on column analysis_night.caffeine_mg is 'Caffeine in the 24 h before lights-off [mg].';
comment on column analysis_night.kss_score is
'The day after, an outcome: Karolinska Sleepiness Scale, 1 to 9 [points].';
comment on column analysis_night.ess_score is
'The day after, an outcome: Epworth Sleepiness Scale, 0 to 24 [points].';
comment on column analysis_night.concentration_score is
'The day after, an outcome: concentration, 0 to 10 [points].';
comment on column analysis_night.irritability_score is
'The day after, an outcome: irritability, 0 to 10 [points].';
comment on column analysis_night.memory_score is 'The day after, an outcome: memory, 0 to 10 [points].';
comment on column analysis_night.lead1_caffeine_mg is
'Tomorrow''s caffeine, a negative control: it cannot move tonight''s legs [mg].';
comment on column analysis_night.lead1_exercise_met_min is
'Tomorrow''s exercise, a negative control: it cannot move tonight''s legs [MET min].';
comment on column analysis_night.lead1_stress_score is
'Tomorrow''s stress on the same scale, a negative control: it cannot move tonight''s legs [points].';
comment on column analysis_night.lead1_magnesium_mg is
'Tomorrow''s magnesium, a negative control: it cannot move tonight''s legs [mg].';
