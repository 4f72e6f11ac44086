-- ----------------------------------------------------------------------------
-- 290_exposure_night: what each night was exposed to
--
-- Grain    one row per participant_id, night_date
-- Reads    night, night_caffeine, night_activity, night_exercise, night_stress, night_nutrient,
--          night_sleep_debt, night_nap, night_medication
-- Writes   exposure_night
-- Source   definition: from waking until lights-off; caffeine 24 h; nothing after lights-off
-- ----------------------------------------------------------------------------

create or replace table exposure_night as

-- lagged columns are what the same person's nights before had; a night that is missing leaves them empty

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
    -- every column of every nutrient
    night_nutrient.* exclude (participant_id, night_date, is_nutrients_logged), -- noqa: AM04, RF02
    coalesce(night_nutrient.is_nutrients_logged, false) as is_nutrients_logged,
    night_sleep_debt.sleep_debt_h,
    night_sleep_debt.sleep_debt_night_count,
    night_sleep_debt.last_night_tst_h,
    night_nap.nap_min,
    night_medication.has_dopaminergic,
    night_medication.has_benzodiazepine,
    night_medication.has_antidepressant,
    night_medication.has_antihistamine,
    night_medication.has_iron_supplement,
    night_medication.dopaminergic_mg,
    night_medication.dopaminergic_day_count,
    night_medication.has_unknown_drug,
    coalesce(night_medication.is_medication_logged, false) as is_medication_logged,
    max(night_caffeine.caffeine_mg) over day_before as lag1_caffeine_mg,
    max(night_caffeine.caffeine_at_lights_off_mg) over day_before as lag1_caffeine_at_lights_off_mg,
    max(night_exercise.exercise_met_min) over day_before as lag1_exercise_met_min,
    max(night_exercise.vigorous_min) over day_before as lag1_vigorous_min,
    -- a score belongs to its scale: one on another scale cannot stand beside stress_scale
    case
        when max(night_stress.stress_scale) over day_before = night_stress.stress_scale
            then max(night_stress.stress_score) over day_before
    end as lag1_stress_score,
    max(night_stress.stress_z) over day_before as lag1_stress_z,
    max(night_nutrient.magnesium_mg) over day_before as lag1_magnesium_mg,
    max(night_nutrient.iron_mg) over day_before as lag1_iron_mg,
    max(night_caffeine.caffeine_mg) over two_days_before as lag2_caffeine_mg,
    max(night_exercise.exercise_met_min) over two_days_before as lag2_exercise_met_min,
    case
        when max(night_stress.stress_scale) over two_days_before = night_stress.stress_scale
            then max(night_stress.stress_score) over two_days_before
    end as lag2_stress_score,
    max(night_nutrient.magnesium_mg) over two_days_before as lag2_magnesium_mg,
    max(night_caffeine.caffeine_mg) over three_days_before as lag3_caffeine_mg,
    max(night_exercise.exercise_met_min) over three_days_before as lag3_exercise_met_min,
    case
        when max(night_stress.stress_scale) over three_days_before = night_stress.stress_scale
            then max(night_stress.stress_score) over three_days_before
    end as lag3_stress_score,
    max(night_nutrient.magnesium_mg) over three_days_before as lag3_magnesium_mg
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
left join night_nap
    on
        night.participant_id = night_nap.participant_id
        and night.night_date = night_nap.night_date
left join night_medication
    on
        night.participant_id = night_medication.participant_id
        and night.night_date = night_medication.night_date
window
    day_before as (
        partition by night.participant_id order by night.night_date
        range between interval 1 day preceding and interval 1 day preceding
    ),
    two_days_before as (
        partition by night.participant_id order by night.night_date
        range between interval 2 day preceding and interval 2 day preceding
    ),
    three_days_before as (
        partition by night.participant_id order by night.night_date
        range between interval 3 day preceding and interval 3 day preceding
    )
order by
    night.participant_id,
    night.night_date;

alter table exposure_night add primary key (participant_id, night_date);

comment on table exposure_night is 'Exposures of each night; a day that was not logged is empty, never zero.';
comment on column exposure_night.lag1_caffeine_mg is
'The day before: caffeine in the 24 h before lights-off [mg].';
comment on column exposure_night.lag1_caffeine_at_lights_off_mg is
'The day before: caffeine in the body at lights-off, person''s half-life, doses of 24 h [mg].';
comment on column exposure_night.lag1_exercise_met_min is
'The day before: MET minutes from waking until lights-off [MET min].';
comment on column exposure_night.lag1_vigorous_min is
'The day before: minutes of vigorous exercise [min].';
comment on column exposure_night.lag1_stress_score is
'The day before: mean of its ratings on stress_scale [points]; empty where rated on another scale.';
comment on column exposure_night.lag1_stress_z is
'The day before: score against the person''s own rated days up to this one, in standard deviations [1].';
comment on column exposure_night.lag1_magnesium_mg is
'The day before: magnesium of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column exposure_night.lag1_iron_mg is
'The day before: iron of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column exposure_night.lag2_caffeine_mg is 'Caffeine of the night two days before [mg].';
comment on column exposure_night.lag2_exercise_met_min is 'Exercise of the day two days before [MET min].';
comment on column exposure_night.lag2_stress_score is
'Stress of the day two days before, on the same scale [points].';
comment on column exposure_night.lag2_magnesium_mg is 'Magnesium of the day two days before [mg].';
comment on column exposure_night.lag3_caffeine_mg is 'Caffeine of the night three days before [mg].';
comment on column exposure_night.lag3_exercise_met_min is 'Exercise of the day three days before [MET min].';
comment on column exposure_night.lag3_stress_score is
'Stress of the day three days before, on the same scale [points].';
comment on column exposure_night.lag3_magnesium_mg is 'Magnesium of the day three days before [mg].';
