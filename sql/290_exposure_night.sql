-- ----------------------------------------------------------------------------
-- 290_exposure_night: what each night was exposed to
--
-- Grain    one row per participant_id, night_date
-- Reads    night, night_caffeine, night_activity, night_exercise, night_stress, night_nutrient,
--          night_sleep_debt, night_medication
-- Writes   exposure_night
-- Source   definition: from waking until lights-off; caffeine 24 h; nothing after lights-off
-- ----------------------------------------------------------------------------

create or replace table exposure_night as

-- the lag-1 columns are what the same person's night before had; a night that is missing leaves them empty

select
    night.participant_id,
    night.night_date,
    night_caffeine.caffeine_mg,
    night_caffeine.caffeine_after_14h_mg,
    night_caffeine.caffeine_last_4h_mg,
    night_caffeine.caffeine_at_lights_off_mg,
    night_caffeine.caffeine_at_lights_off_3h_mg,
    night_caffeine.caffeine_at_lights_off_5h_mg,
    night_caffeine.caffeine_at_lights_off_8h_mg,
    night_caffeine.hours_since_caffeine_h,
    night_caffeine.caffeine_half_life_h,
    night_caffeine.has_untimed_caffeine,
    coalesce(night_caffeine.is_caffeine_logged, false) as is_caffeine_logged,
    night_exercise.exercise_met_min,
    night_exercise.light_met_min,
    night_exercise.moderate_met_min,
    night_exercise.vigorous_met_min,
    night_exercise.vigorous_min,
    night_exercise.relaxation_min,
    night_exercise.exercise_end_to_lights_off_h,
    night_exercise.exercise_category,
    night_exercise.has_exercise_within_1h,
    night_exercise.has_exercise_within_4h,
    night_exercise.has_vigorous_within_1h,
    night_exercise.has_vigorous_within_4h,
    night_exercise.exercise_week_met_min,
    night_exercise.exercise_week_logged_day_count,
    night_exercise.exercise_week_category,
    coalesce(night_exercise.is_exercise_logged, false) as is_exercise_logged,
    night_activity.sensed_mvpa_min,
    night_activity.sensed_vigorous_min,
    night_activity.sensed_worn_h,
    night_activity.sensed_body_site,
    night_stress.stress_score,
    night_stress.stress_scale,
    night_stress.stress_z,
    night_stress.stress_rated_day_count,
    coalesce(night_stress.is_stress_logged, false) as is_stress_logged,
    night_nutrient.magnesium_mg,
    night_nutrient.magnesium_food_mg,
    night_nutrient.magnesium_supplement_mg,
    night_nutrient.magnesium_rda_ratio,
    night_nutrient.magnesium_ul_ratio,
    night_nutrient.usual_magnesium_mg,
    night_nutrient.usual_magnesium_rda_ratio,
    night_nutrient.calcium_mg,
    night_nutrient.calcium_food_mg,
    night_nutrient.calcium_supplement_mg,
    night_nutrient.calcium_rda_ratio,
    night_nutrient.calcium_ul_ratio,
    night_nutrient.usual_calcium_mg,
    night_nutrient.usual_calcium_rda_ratio,
    night_nutrient.iron_mg,
    night_nutrient.iron_food_mg,
    night_nutrient.iron_supplement_mg,
    night_nutrient.iron_rda_ratio,
    night_nutrient.iron_ul_ratio,
    night_nutrient.usual_iron_mg,
    night_nutrient.usual_iron_rda_ratio,
    night_nutrient.vitamin_b6_mg,
    night_nutrient.vitamin_b6_food_mg,
    night_nutrient.vitamin_b6_supplement_mg,
    night_nutrient.vitamin_b6_rda_ratio,
    night_nutrient.vitamin_b6_ul_ratio,
    night_nutrient.usual_vitamin_b6_mg,
    night_nutrient.usual_vitamin_b6_rda_ratio,
    night_nutrient.vitamin_b12_ug,
    night_nutrient.vitamin_b12_food_ug,
    night_nutrient.vitamin_b12_supplement_ug,
    night_nutrient.vitamin_b12_rda_ratio,
    night_nutrient.usual_vitamin_b12_ug,
    night_nutrient.usual_vitamin_b12_rda_ratio,
    night_nutrient.nutrient_recall_count,
    coalesce(night_nutrient.is_nutrients_logged, false) as is_nutrients_logged,
    night_sleep_debt.sleep_debt_h,
    night_sleep_debt.sleep_debt_night_count,
    night_sleep_debt.last_night_tst_h,
    night_medication.has_dopaminergic,
    night_medication.has_benzodiazepine,
    night_medication.has_antidepressant,
    night_medication.has_antihistamine,
    night_medication.has_iron_supplement,
    night_medication.dopaminergic_mg,
    night_medication.dopaminergic_day_count,
    coalesce(night_medication.is_medication_logged, false) as is_medication_logged,
    caffeine_before.caffeine_mg as lag1_caffeine_mg,
    caffeine_before.caffeine_at_lights_off_mg as lag1_caffeine_at_lights_off_mg,
    exercise_before.exercise_met_min as lag1_exercise_met_min,
    exercise_before.vigorous_min as lag1_vigorous_min,
    -- a score belongs to its scale: one on another scale cannot stand beside stress_scale
    case when stress_before.stress_scale = night_stress.stress_scale then stress_before.stress_score end
        as lag1_stress_score,
    stress_before.stress_z as lag1_stress_z,
    nutrient_before.magnesium_mg as lag1_magnesium_mg,
    nutrient_before.iron_mg as lag1_iron_mg
from night
left join night_caffeine
    on
        night.participant_id = night_caffeine.participant_id
        and night.night_date = night_caffeine.night_date
left join night_exercise
    on
        night.participant_id = night_exercise.participant_id
        and night.night_date = night_exercise.night_date
left join night_activity
    on
        night.participant_id = night_activity.participant_id
        and night.night_date = night_activity.night_date
left join night_stress
    on
        night.participant_id = night_stress.participant_id
        and night.night_date = night_stress.night_date
left join night_nutrient
    on
        night.participant_id = night_nutrient.participant_id
        and night.night_date = night_nutrient.night_date
left join night_sleep_debt
    on
        night.participant_id = night_sleep_debt.participant_id
        and night.night_date = night_sleep_debt.night_date
left join night_medication
    on
        night.participant_id = night_medication.participant_id
        and night.night_date = night_medication.night_date
left join night_caffeine as caffeine_before
    on
        night.participant_id = caffeine_before.participant_id
        and night.night_date - 1 = caffeine_before.night_date
left join night_exercise as exercise_before
    on
        night.participant_id = exercise_before.participant_id
        and night.night_date - 1 = exercise_before.night_date
left join night_stress as stress_before
    on
        night.participant_id = stress_before.participant_id
        and night.night_date - 1 = stress_before.night_date
left join night_nutrient as nutrient_before
    on
        night.participant_id = nutrient_before.participant_id
        and night.night_date - 1 = nutrient_before.night_date
order by
    night.participant_id,
    night.night_date;

alter table exposure_night add primary key (participant_id, night_date);

comment on table exposure_night is 'Exposures of each night; a day that was not logged is empty, never zero.';
comment on column exposure_night.participant_id is 'Participant, as named by the study.';
comment on column exposure_night.night_date is 'Date of the local noon that opens the night.';
comment on column exposure_night.caffeine_mg is
'Caffeine in the 24 h before lights-off [mg]; lights-off not included, exactly 24 h included.';
comment on column exposure_night.caffeine_after_14h_mg is
'The part of it from 14:00 local time of night_date on, 14:00 included [mg].';
comment on column exposure_night.caffeine_last_4h_mg is
'The part of it in the last 4 h before lights-off [mg].';
comment on column exposure_night.caffeine_at_lights_off_mg is
'Caffeine in the body at lights-off, person''s half-life, doses of 24 h [mg].';
comment on column exposure_night.caffeine_at_lights_off_3h_mg is
'The same with a half-life of 3 h for everyone: sensitivity [mg].';
comment on column exposure_night.caffeine_at_lights_off_5h_mg is
'The same with a half-life of 5 h for everyone: sensitivity [mg].';
comment on column exposure_night.caffeine_at_lights_off_8h_mg is
'The same with a half-life of 8 h for everyone: sensitivity [mg].';
comment on column exposure_night.hours_since_caffeine_h is
'Last dose to lights-off [h]; empty where there was none in 24 h.';
comment on column exposure_night.caffeine_half_life_h is 'Half-life that was used [h].';
comment on column exposure_night.has_untimed_caffeine is
'Whether a dose has no known hour, so that what depends on hours is unknown.';
comment on column exposure_night.is_caffeine_logged is
'Whether the waking day holds an entry before lights-off.';
comment on column exposure_night.exercise_met_min is 'MET minutes from waking until lights-off [MET min].';
comment on column exposure_night.light_met_min is
'The light part of exercise_met_min: below 3 MET, or called light or walking [MET min].';
comment on column exposure_night.moderate_met_min is 'The moderate part, 3 MET and above [MET min].';
comment on column exposure_night.vigorous_met_min is 'The vigorous part, 6 MET and above [MET min].';
comment on column exposure_night.exercise_week_category is
'IPAQ category of the last seven waking days: low, moderate or high; empty where one of them was not logged.';
comment on column exposure_night.vigorous_min is 'Minutes of vigorous exercise, at 6 MET and above [min].';
comment on column exposure_night.relaxation_min is
'Minutes of yoga, stretching, meditation and the like [min].';
comment on column exposure_night.exercise_end_to_lights_off_h is
'End of the last bout to lights-off [h]; empty without a bout or with one of unknown hour.';
comment on column exposure_night.exercise_category is
'none, moderate, or excessive: a seventh of the weekly limit of IPAQ''s high category and above.';
comment on column exposure_night.has_exercise_within_1h is
'Whether exercise ended 1 h before lights-off or less.';
comment on column exposure_night.has_exercise_within_4h is
'Whether exercise ended 4 h before lights-off or less.';
comment on column exposure_night.has_vigorous_within_1h is
'Whether vigorous exercise ended 1 h before lights-off or less.';
comment on column exposure_night.has_vigorous_within_4h is
'Whether vigorous exercise ended 4 h before lights-off or less.';
comment on column exposure_night.exercise_week_met_min is
'MET minutes of the last seven waking days, this one included, as far as logged [MET min].';
comment on column exposure_night.exercise_week_logged_day_count is 'Logged days in exercise_week_met_min.';
comment on column exposure_night.is_exercise_logged is
'Whether the waking day holds an entry before lights-off.';
comment on column exposure_night.sensed_mvpa_min is
'Moderate to vigorous minutes from waking until lights-off, by acceleration [min].';
comment on column exposure_night.sensed_vigorous_min is
'Vigorous minutes from waking until lights-off, by acceleration [min].';
comment on column exposure_night.sensed_worn_h is
'Hours of the waking day in which the sensor was worn: what the minutes were measured in [h].';
comment on column exposure_night.sensed_body_site is 'Where the sensor was worn.';
comment on column exposure_night.stress_score is 'Mean of the day''s ratings on stress_scale [points].';
comment on column exposure_night.stress_scale is
'Scale of the score: of those rated that day the first of rating_0_10, stai_state, pss4, pss10.';
comment on column exposure_night.stress_z is
'Score against the person''s own rated days up to this one, in standard deviations [1].';
comment on column exposure_night.stress_rated_day_count is
'Days behind mean and deviation of stress_z, this one included.';
comment on column exposure_night.is_stress_logged is
'Whether the waking day holds a rating before lights-off.';
comment on column exposure_night.magnesium_mg is
'Magnesium of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column exposure_night.magnesium_food_mg is 'Magnesium from food [mg].';
comment on column exposure_night.magnesium_supplement_mg is 'Magnesium from supplements [mg].';
comment on column exposure_night.magnesium_rda_ratio is
'Magnesium of the day over the recommended allowance [1].';
comment on column exposure_night.magnesium_ul_ratio is
'Magnesium from supplements over the upper limit, which counts supplements only [1].';
comment on column exposure_night.usual_magnesium_mg is 'Mean over the recalls until this day [mg].';
comment on column exposure_night.usual_magnesium_rda_ratio is
'Usual magnesium over the recommended allowance [1].';
comment on column exposure_night.calcium_mg is
'Calcium of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column exposure_night.calcium_food_mg is 'Calcium from food [mg].';
comment on column exposure_night.calcium_supplement_mg is 'Calcium from supplements [mg].';
comment on column exposure_night.calcium_rda_ratio is
'Calcium of the day over the recommended allowance [1].';
comment on column exposure_night.calcium_ul_ratio is 'Calcium of the day over the upper limit [1].';
comment on column exposure_night.usual_calcium_mg is 'Mean over the recalls until this day [mg].';
comment on column exposure_night.usual_calcium_rda_ratio is
'Usual calcium over the recommended allowance [1].';
comment on column exposure_night.iron_mg is
'Iron of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column exposure_night.iron_food_mg is 'Iron from food [mg].';
comment on column exposure_night.iron_supplement_mg is 'Iron from supplements [mg].';
comment on column exposure_night.iron_rda_ratio is 'Iron of the day over the recommended allowance [1].';
comment on column exposure_night.iron_ul_ratio is 'Iron of the day over the upper limit [1].';
comment on column exposure_night.usual_iron_mg is 'Mean over the recalls until this day [mg].';
comment on column exposure_night.usual_iron_rda_ratio is 'Usual iron over the recommended allowance [1].';
comment on column exposure_night.vitamin_b6_mg is
'Vitamin B6 of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column exposure_night.vitamin_b6_food_mg is 'Vitamin B6 from food [mg].';
comment on column exposure_night.vitamin_b6_supplement_mg is 'Vitamin B6 from supplements [mg].';
comment on column exposure_night.vitamin_b6_rda_ratio is
'Vitamin B6 of the day over the recommended allowance [1].';
comment on column exposure_night.vitamin_b6_ul_ratio is 'Vitamin B6 of the day over the upper limit [1].';
comment on column exposure_night.usual_vitamin_b6_mg is 'Mean over the recalls until this day [mg].';
comment on column exposure_night.usual_vitamin_b6_rda_ratio is
'Usual vitamin B6 over the recommended allowance [1].';
comment on column exposure_night.vitamin_b12_ug is
'Vitamin B12 of the day, food and supplements [ug]; empty where the food was not recorded.';
comment on column exposure_night.vitamin_b12_food_ug is 'Vitamin B12 from food [ug].';
comment on column exposure_night.vitamin_b12_supplement_ug is 'Vitamin B12 from supplements [ug].';
comment on column exposure_night.vitamin_b12_rda_ratio is
'Vitamin B12 of the day over the recommended allowance [1].';
comment on column exposure_night.usual_vitamin_b12_ug is 'Mean over the recalls until this day [ug].';
comment on column exposure_night.usual_vitamin_b12_rda_ratio is
'Usual vitamin B12 over the recommended allowance [1].';
comment on column exposure_night.nutrient_recall_count is 'Days with recorded food behind the usual intakes.';
comment on column exposure_night.is_nutrients_logged is 'Whether the day holds an entry.';
comment on column exposure_night.sleep_debt_h is
'Sum of 7 h minus total sleep time over the known of the seven nights before, at least 0 [h].';
comment on column exposure_night.sleep_debt_night_count is 'Known nights in that sum.';
comment on column exposure_night.last_night_tst_h is 'Total sleep time of the night before [h].';
comment on column exposure_night.has_dopaminergic is
'Whether a dopaminergic drug was taken in the 24 h before lights-off or by a course.';
comment on column exposure_night.has_benzodiazepine is 'Whether a benzodiazepine was taken.';
comment on column exposure_night.has_antidepressant is
'Whether an antidepressant (ssri, snri, tricyclic) was taken; they can cause leg movements.';
comment on column exposure_night.has_antihistamine is
'Whether an antihistamine was taken; they can worsen restless legs.';
comment on column exposure_night.has_iron_supplement is
'Whether iron was taken, by the diary of medicines or of nutrients.';
comment on column exposure_night.dopaminergic_mg is 'Dose of dopaminergic drugs [mg].';
comment on column exposure_night.dopaminergic_day_count is
'Days since the course began, the longest one; 0 on the first.';
comment on column exposure_night.is_medication_logged is 'Whether the diary of medicines speaks of the day.';
comment on column exposure_night.lag1_caffeine_mg is
'The day before: caffeine in the 24 h before lights-off [mg].';
comment on column exposure_night.lag1_caffeine_at_lights_off_mg is
'The day before: caffeine in the body at lights-off, person''s half-life, doses of 24 h [mg].';
comment on column exposure_night.lag1_exercise_met_min is
'The day before: MET minutes from waking until lights-off [MET min].';
comment on column exposure_night.lag1_vigorous_min is
'The day before: minutes of vigorous exercise, at 6 MET and above [min].';
comment on column exposure_night.lag1_stress_score is
'The day before: mean of its ratings on stress_scale [points]; empty where rated on another scale.';
comment on column exposure_night.lag1_stress_z is
'The day before: score against the person''s own rated days up to this one, in standard deviations [1].';
comment on column exposure_night.lag1_magnesium_mg is
'The day before: magnesium of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column exposure_night.lag1_iron_mg is
'The day before: iron of the day, food and supplements [mg]; empty where the food was not recorded.';
