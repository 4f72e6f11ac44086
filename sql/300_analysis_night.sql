-- ----------------------------------------------------------------------------
-- 300_analysis_night: the nights that are analysed, with exposures, covariates and the day after
--
-- Grain    one row per participant_id, night_date
-- Reads    night_rate, night, exposure_night, night_daytime, participant
-- Writes   analysis_night
-- Source   definition: eligible nights with analysed hours
-- ----------------------------------------------------------------------------

create or replace table analysis_night as

with

numbered_night as (

    select
        participant_id,
        night_date,
        time_zone,
        lights_off_at,
        lights_on_at,
        spt_h,
        tst_h,
        waso_min,
        sleep_latency_min,
        is_eligible,
        -- counted over all nights, so that the first night stays the first where it is not eligible
        row_number() over (partition by participant_id order by night_date) as night_number
    from night

)

select
    night_rate.participant_id,
    night_rate.night_date,
    numbered_night.time_zone,
    numbered_night.lights_off_at,
    numbered_night.lights_on_at,
    numbered_night.spt_h,
    numbered_night.tst_h,
    numbered_night.waso_min,
    numbered_night.sleep_latency_min,
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
    night_rate.gross_movement_count,
    night_rate.foot_tremor_count,
    night_rate.rhythmic_movement_count,
    exposure_night.caffeine_mg,
    exposure_night.caffeine_after_14h_mg,
    exposure_night.caffeine_last_4h_mg,
    exposure_night.caffeine_at_lights_off_mg,
    exposure_night.caffeine_at_lights_off_3h_mg,
    exposure_night.caffeine_at_lights_off_5h_mg,
    exposure_night.caffeine_at_lights_off_8h_mg,
    exposure_night.hours_since_caffeine_h,
    exposure_night.caffeine_half_life_h,
    exposure_night.has_untimed_caffeine,
    exposure_night.is_caffeine_logged,
    exposure_night.exercise_met_min,
    exposure_night.light_met_min,
    exposure_night.moderate_met_min,
    exposure_night.vigorous_met_min,
    exposure_night.vigorous_min,
    exposure_night.relaxation_min,
    exposure_night.exercise_end_to_lights_off_h,
    exposure_night.exercise_category,
    exposure_night.has_exercise_within_1h,
    exposure_night.has_exercise_within_4h,
    exposure_night.has_vigorous_within_1h,
    exposure_night.has_vigorous_within_4h,
    exposure_night.exercise_week_met_min,
    exposure_night.exercise_week_logged_day_count,
    exposure_night.exercise_week_category,
    exposure_night.is_exercise_logged,
    exposure_night.sensed_mvpa_min,
    exposure_night.sensed_vigorous_min,
    exposure_night.sensed_worn_h,
    exposure_night.sensed_body_site,
    exposure_night.stress_score,
    exposure_night.stress_scale,
    exposure_night.stress_z,
    exposure_night.stress_rated_day_count,
    exposure_night.is_stress_logged,
    exposure_night.magnesium_mg,
    exposure_night.magnesium_food_mg,
    exposure_night.magnesium_supplement_mg,
    exposure_night.magnesium_rda_ratio,
    exposure_night.magnesium_ul_ratio,
    exposure_night.usual_magnesium_mg,
    exposure_night.usual_magnesium_rda_ratio,
    exposure_night.calcium_mg,
    exposure_night.calcium_food_mg,
    exposure_night.calcium_supplement_mg,
    exposure_night.calcium_rda_ratio,
    exposure_night.calcium_ul_ratio,
    exposure_night.usual_calcium_mg,
    exposure_night.usual_calcium_rda_ratio,
    exposure_night.iron_mg,
    exposure_night.iron_food_mg,
    exposure_night.iron_supplement_mg,
    exposure_night.iron_rda_ratio,
    exposure_night.iron_ul_ratio,
    exposure_night.usual_iron_mg,
    exposure_night.usual_iron_rda_ratio,
    exposure_night.vitamin_b6_mg,
    exposure_night.vitamin_b6_food_mg,
    exposure_night.vitamin_b6_supplement_mg,
    exposure_night.vitamin_b6_rda_ratio,
    exposure_night.vitamin_b6_ul_ratio,
    exposure_night.usual_vitamin_b6_mg,
    exposure_night.usual_vitamin_b6_rda_ratio,
    exposure_night.vitamin_b12_ug,
    exposure_night.vitamin_b12_food_ug,
    exposure_night.vitamin_b12_supplement_ug,
    exposure_night.vitamin_b12_rda_ratio,
    exposure_night.usual_vitamin_b12_ug,
    exposure_night.usual_vitamin_b12_rda_ratio,
    exposure_night.nutrient_recall_count,
    exposure_night.is_nutrients_logged,
    exposure_night.sleep_debt_h,
    exposure_night.sleep_debt_night_count,
    exposure_night.last_night_tst_h,
    exposure_night.has_dopaminergic,
    exposure_night.has_benzodiazepine,
    exposure_night.has_antidepressant,
    exposure_night.has_antihistamine,
    exposure_night.has_iron_supplement,
    exposure_night.dopaminergic_mg,
    exposure_night.dopaminergic_day_count,
    exposure_night.is_medication_logged,
    exposure_night.lag1_caffeine_mg,
    exposure_night.lag1_caffeine_at_lights_off_mg,
    exposure_night.lag1_exercise_met_min,
    exposure_night.lag1_vigorous_min,
    exposure_night.lag1_stress_score,
    exposure_night.lag1_stress_z,
    exposure_night.lag1_magnesium_mg,
    exposure_night.lag1_iron_mg,
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
-- a night without any diary keeps its rates; its exposures are unknown
left join exposure_night
    on
        night_rate.participant_id = exposure_night.participant_id
        and night_rate.night_date = exposure_night.night_date
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
comment on column analysis_night.participant_id is 'Participant, as named by the study.';
comment on column analysis_night.night_date is 'Date of the local noon that opens the night.';
comment on column analysis_night.time_zone is 'IANA time zone of local times.';
comment on column analysis_night.lights_off_at is 'Start of the time in bed [UTC].';
comment on column analysis_night.lights_on_at is 'End of the time in bed [UTC].';
comment on column analysis_night.spt_h is 'Sleep period time [h].';
comment on column analysis_night.tst_h is 'Total sleep time [h].';
comment on column analysis_night.waso_min is 'Wake after sleep onset [min].';
comment on column analysis_night.sleep_latency_min is 'Lights-off to sleep onset [min].';
comment on column analysis_night.night_number is
'Position of the night among all nights of the participant, from 1.';
comment on column analysis_night.is_first_night is 'Whether it is the participant''s first night.';
comment on column analysis_night.is_weekend is 'Whether the night leads into a Saturday or Sunday.';
comment on column analysis_night.quarter is 'Months of the night: dec_feb, mar_may, jun_aug or sep_nov.';
comment on column analysis_night.sex is 'Sex as reported: female, male or other.';
comment on column analysis_night.age_year is 'Age reached in the calendar year of the night [years].';
comment on column analysis_night.weight_kg is 'Body weight [kg].';
comment on column analysis_night.is_pregnant is 'Whether pregnant during the study.';
comment on column analysis_night.is_smoker is 'Whether smoking during the study.';
comment on column analysis_night.uses_oral_contraceptive is 'Whether an oral contraceptive is used.';
comment on column analysis_night.ferritin_ug_l is 'Serum ferritin [ug/L].';
comment on column analysis_night.irls_score is 'International Restless Legs Scale, 0 to 40 [points].';
comment on column analysis_night.movement_source is
'What the movements were seen in: acceleration or electromyogram; different scales, not to be pooled.';
comment on column analysis_night.sleep_window_source is
'Source of the denominators: where lights-off, sleep and lights-on come from.';
comment on column analysis_night.analysed_h is
'In bed, worn, recorded by a leg device: denominator of the rates of jerks and hypnic jerks [h].';
comment on column analysis_night.analysed_sleep_h is
'The part of analysed_h that was sleep: denominator of aplm_wasm_per_h and aplm_aasm_per_h [h].';
comment on column analysis_night.analysed_wake_h is
'The part of analysed_h that was wake: denominator of aplm_wake_per_h [h].';
comment on column analysis_night.analysed_spt_h is
'The part of analysed_h between sleep onset and sleep end: denominator of aplm_spt_per_h [h].';
comment on column analysis_night.jerk_count is
'Leg jumps: hypnic jerks, twitches and candidate leg movements.';
comment on column analysis_night.jerk_rate_per_h is 'Leg jumps per analysed hour [1/h].';
comment on column analysis_night.hypnic_jerk_count is 'Sleep starts.';
comment on column analysis_night.hypnic_jerk_rate_per_h is 'Sleep starts per analysed hour [1/h].';
comment on column analysis_night.twitch_count is 'Brief jerks away from sleep onset.';
comment on column analysis_night.leg_movement_count is
'Leg movements of 0.5 s and longer, candidates or not.';
comment on column analysis_night.clm_count is 'Candidate leg movements (WASM 2016).';
comment on column analysis_night.aplm_wasm_count is 'Candidates in series of WASM 2016 with onset in sleep.';
comment on column analysis_night.aplm_wasm_per_h is
'Periodic movements, WASM 2016, per analysed hour of sleep; from acceleration not a clinical PLMI [1/h].';
comment on column analysis_night.aplm_aasm_count is 'Members of AASM series, which have a part in sleep.';
comment on column analysis_night.aplm_aasm_per_h is
'Periodic movements, AASM, per analysed hour of sleep; from acceleration not a clinical PLMI [1/h].';
comment on column analysis_night.aplm_wake_count is 'Candidates in WASM series with onset in wake in bed.';
comment on column analysis_night.aplm_wake_per_h is
'Periodic movements, WASM 2016, per analysed hour of wake in bed [1/h].';
comment on column analysis_night.aplm_spt_count is
'Candidates in series of WASM 2016 between sleep onset and sleep end, wake included.';
comment on column analysis_night.aplm_spt_per_h is
'The same per analysed hour of the sleep period, which does not depend on telling sleep from wake [1/h].';
comment on column analysis_night.isolated_lm_count is
'Candidates outside WASM series whose interval is not short, or not known.';
comment on column analysis_night.short_interval_lm_count is
'Candidates outside WASM series, less than the short interval after the preceding candidate.';
comment on column analysis_night.imi_count is
'Intervals between consecutive candidates that could be measured.';
comment on column analysis_night.periodicity_index is
'Interval form (Ferri 2006): share of the intervals in runs of periodic intervals, 0 to 1 [1].';
comment on column analysis_night.periodicity_movement_index is
'Movement form: share of the candidates in WASM series, 0 to 1; not the same as the other form [1].';
comment on column analysis_night.log_imi_mean is
'Mean of the natural logarithm of the intervals of periodic length [ln s].';
comment on column analysis_night.log_imi_sd is
'Standard deviation of the natural logarithm of the intervals of periodic length [ln s].';
comment on column analysis_night.restlessness_analysed_h is
'Analysed part of the hour before sleep onset: denominator of restlessness_index [h].';
comment on column analysis_night.restlessness_movement_count is
'Leg movements in the hour before sleep onset.';
comment on column analysis_night.restlessness_index is
'Leg movements per hour in the hour before sleep onset; empty where not measured [1/h].';
comment on column analysis_night.gross_movement_count is 'Turns and movements of the whole body.';
comment on column analysis_night.foot_tremor_count is 'Trains of foot tremor.';
comment on column analysis_night.rhythmic_movement_count is
'Strong rhythmic episodes: for a clinician to look at, never a diagnosis.';
comment on column analysis_night.caffeine_mg is 'Caffeine in the 24 h before lights-off [mg].';
comment on column analysis_night.caffeine_after_14h_mg is
'The part of it from 14:00 local time of night_date on, 14:00 included [mg].';
comment on column analysis_night.caffeine_last_4h_mg is
'The part of it in the last 4 h before lights-off [mg].';
comment on column analysis_night.caffeine_at_lights_off_mg is
'Caffeine in the body at lights-off, person''s half-life, doses of 24 h [mg].';
comment on column analysis_night.caffeine_at_lights_off_3h_mg is
'The same with a half-life of 3 h for everyone: sensitivity [mg].';
comment on column analysis_night.caffeine_at_lights_off_5h_mg is
'The same with a half-life of 5 h for everyone: sensitivity [mg].';
comment on column analysis_night.caffeine_at_lights_off_8h_mg is
'The same with a half-life of 8 h for everyone: sensitivity [mg].';
comment on column analysis_night.hours_since_caffeine_h is
'Last dose to lights-off [h]; empty where there was none in 24 h.';
comment on column analysis_night.caffeine_half_life_h is 'Half-life that was used [h].';
comment on column analysis_night.has_untimed_caffeine is
'Whether a dose has no known hour, so that what depends on hours is unknown.';
comment on column analysis_night.is_caffeine_logged is
'Whether the waking day holds an entry before lights-off.';
comment on column analysis_night.exercise_met_min is 'MET minutes from waking until lights-off [MET min].';
comment on column analysis_night.light_met_min is
'The light part of exercise_met_min: below 3 MET, or called light or walking [MET min].';
comment on column analysis_night.moderate_met_min is 'The moderate part, 3 MET and above [MET min].';
comment on column analysis_night.vigorous_met_min is 'The vigorous part, 6 MET and above [MET min].';
comment on column analysis_night.vigorous_min is 'Minutes of vigorous exercise, at 6 MET and above [min].';
comment on column analysis_night.relaxation_min is
'Minutes of yoga, stretching, meditation and the like [min].';
comment on column analysis_night.exercise_end_to_lights_off_h is
'End of the last bout to lights-off [h]; empty without a bout or with one of unknown hour.';
comment on column analysis_night.exercise_category is
'none, moderate, or excessive: a seventh of the weekly limit of IPAQ''s high category and above.';
comment on column analysis_night.has_exercise_within_1h is
'Whether exercise ended 1 h before lights-off or less.';
comment on column analysis_night.has_exercise_within_4h is
'Whether exercise ended 4 h before lights-off or less.';
comment on column analysis_night.has_vigorous_within_1h is
'Whether vigorous exercise ended 1 h before lights-off or less.';
comment on column analysis_night.has_vigorous_within_4h is
'Whether vigorous exercise ended 4 h before lights-off or less.';
comment on column analysis_night.exercise_week_met_min is
'MET minutes of the last seven waking days, this one included, as far as logged [MET min].';
comment on column analysis_night.exercise_week_logged_day_count is 'Logged days in exercise_week_met_min.';
comment on column analysis_night.exercise_week_category is
'IPAQ category of the last seven waking days: low, moderate or high; empty where one of them was not logged.';
comment on column analysis_night.is_exercise_logged is
'Whether the waking day holds an entry before lights-off.';
comment on column analysis_night.sensed_mvpa_min is
'Moderate to vigorous minutes from waking until lights-off, by acceleration [min].';
comment on column analysis_night.sensed_vigorous_min is
'Vigorous minutes from waking until lights-off, by acceleration [min].';
comment on column analysis_night.sensed_worn_h is
'Hours of the waking day in which the sensor was worn: what the minutes were measured in [h].';
comment on column analysis_night.sensed_body_site is 'Where the sensor was worn.';
comment on column analysis_night.stress_score is 'Mean of the day''s ratings on stress_scale [points].';
comment on column analysis_night.stress_scale is
'Scale of the score: of those rated that day the first of rating_0_10, stai_state, pss4, pss10.';
comment on column analysis_night.stress_z is
'Score against the person''s own rated days up to this one, in standard deviations [1].';
comment on column analysis_night.stress_rated_day_count is
'Days behind mean and deviation of stress_z, this one included.';
comment on column analysis_night.is_stress_logged is
'Whether the waking day holds a rating before lights-off.';
comment on column analysis_night.magnesium_mg is
'Magnesium of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column analysis_night.magnesium_food_mg is 'Magnesium from food [mg].';
comment on column analysis_night.magnesium_supplement_mg is 'Magnesium from supplements [mg].';
comment on column analysis_night.magnesium_rda_ratio is
'Magnesium of the day over the recommended allowance [1].';
comment on column analysis_night.magnesium_ul_ratio is
'Magnesium from supplements over the upper limit, which counts supplements only [1].';
comment on column analysis_night.usual_magnesium_mg is 'Mean over the recalls until this day [mg].';
comment on column analysis_night.usual_magnesium_rda_ratio is
'Usual magnesium over the recommended allowance [1].';
comment on column analysis_night.calcium_mg is
'Calcium of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column analysis_night.calcium_food_mg is 'Calcium from food [mg].';
comment on column analysis_night.calcium_supplement_mg is 'Calcium from supplements [mg].';
comment on column analysis_night.calcium_rda_ratio is
'Calcium of the day over the recommended allowance [1].';
comment on column analysis_night.calcium_ul_ratio is 'Calcium of the day over the upper limit [1].';
comment on column analysis_night.usual_calcium_mg is 'Mean over the recalls until this day [mg].';
comment on column analysis_night.usual_calcium_rda_ratio is
'Usual calcium over the recommended allowance [1].';
comment on column analysis_night.iron_mg is
'Iron of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column analysis_night.iron_food_mg is 'Iron from food [mg].';
comment on column analysis_night.iron_supplement_mg is 'Iron from supplements [mg].';
comment on column analysis_night.iron_rda_ratio is 'Iron of the day over the recommended allowance [1].';
comment on column analysis_night.iron_ul_ratio is 'Iron of the day over the upper limit [1].';
comment on column analysis_night.usual_iron_mg is 'Mean over the recalls until this day [mg].';
comment on column analysis_night.usual_iron_rda_ratio is 'Usual iron over the recommended allowance [1].';
comment on column analysis_night.vitamin_b6_mg is
'Vitamin B6 of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column analysis_night.vitamin_b6_food_mg is 'Vitamin B6 from food [mg].';
comment on column analysis_night.vitamin_b6_supplement_mg is 'Vitamin B6 from supplements [mg].';
comment on column analysis_night.vitamin_b6_rda_ratio is
'Vitamin B6 of the day over the recommended allowance [1].';
comment on column analysis_night.vitamin_b6_ul_ratio is 'Vitamin B6 of the day over the upper limit [1].';
comment on column analysis_night.usual_vitamin_b6_mg is 'Mean over the recalls until this day [mg].';
comment on column analysis_night.usual_vitamin_b6_rda_ratio is
'Usual vitamin B6 over the recommended allowance [1].';
comment on column analysis_night.vitamin_b12_ug is
'Vitamin B12 of the day, food and supplements [ug]; empty where the food was not recorded.';
comment on column analysis_night.vitamin_b12_food_ug is 'Vitamin B12 from food [ug].';
comment on column analysis_night.vitamin_b12_supplement_ug is 'Vitamin B12 from supplements [ug].';
comment on column analysis_night.vitamin_b12_rda_ratio is
'Vitamin B12 of the day over the recommended allowance [1].';
comment on column analysis_night.usual_vitamin_b12_ug is 'Mean over the recalls until this day [ug].';
comment on column analysis_night.usual_vitamin_b12_rda_ratio is
'Usual vitamin B12 over the recommended allowance [1].';
comment on column analysis_night.nutrient_recall_count is 'Days with recorded food behind the usual intakes.';
comment on column analysis_night.is_nutrients_logged is 'Whether the day holds an entry.';
comment on column analysis_night.sleep_debt_h is
'Sum of 7 h minus total sleep time over the known of the seven nights before, at least 0 [h].';
comment on column analysis_night.sleep_debt_night_count is 'Known nights in that sum.';
comment on column analysis_night.last_night_tst_h is 'Total sleep time of the night before [h].';
comment on column analysis_night.has_dopaminergic is
'Whether a dopaminergic drug was taken in the 24 h before lights-off or by a course.';
comment on column analysis_night.has_benzodiazepine is 'Whether a benzodiazepine was taken.';
comment on column analysis_night.has_antidepressant is
'Whether an antidepressant (ssri, snri, tricyclic) was taken; they can cause leg movements.';
comment on column analysis_night.has_antihistamine is
'Whether an antihistamine was taken; they can worsen restless legs.';
comment on column analysis_night.has_iron_supplement is
'Whether iron was taken, by the diary of medicines or of nutrients.';
comment on column analysis_night.dopaminergic_mg is 'Dose of dopaminergic drugs [mg].';
comment on column analysis_night.dopaminergic_day_count is
'Days since the course began, the longest one; 0 on the first.';
comment on column analysis_night.is_medication_logged is 'Whether the diary of medicines speaks of the day.';
comment on column analysis_night.lag1_caffeine_mg is
'The day before: caffeine in the 24 h before lights-off [mg].';
comment on column analysis_night.lag1_caffeine_at_lights_off_mg is
'The day before: caffeine in the body at lights-off, person''s half-life, doses of 24 h [mg].';
comment on column analysis_night.lag1_exercise_met_min is
'The day before: MET minutes from waking until lights-off [MET min].';
comment on column analysis_night.lag1_vigorous_min is
'The day before: minutes of vigorous exercise, at 6 MET and above [min].';
comment on column analysis_night.lag1_stress_score is
'The day before: mean of its ratings on stress_scale [points]; empty where rated on another scale.';
comment on column analysis_night.lag1_stress_z is
'The day before: score against the person''s own rated days up to this one, in standard deviations [1].';
comment on column analysis_night.lag1_magnesium_mg is
'The day before: magnesium of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column analysis_night.lag1_iron_mg is
'The day before: iron of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column analysis_night.kss_score is
'The day after, an outcome: Karolinska Sleepiness Scale, 1 to 9 [points].';
comment on column analysis_night.ess_score is
'The day after, an outcome: Epworth Sleepiness Scale, 0 to 24 [points].';
comment on column analysis_night.concentration_score is
'The day after, an outcome: concentration, 0 to 10 [points].';
comment on column analysis_night.irritability_score is
'The day after, an outcome: irritability, 0 to 10 [points].';
comment on column analysis_night.memory_score is 'The day after, an outcome: memory, 0 to 10 [points].';
comment on column analysis_night.is_daytime_logged is 'Whether the day after holds a rating.';
