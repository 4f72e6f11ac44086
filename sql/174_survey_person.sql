-- ----------------------------------------------------------------------------
-- 174_survey_person: respondents of a survey without sensors
--
-- Grain    one row per survey, participant_id
-- Reads    core.survey_person
-- Like     dietary_reference_intake
-- Writes   survey_person
-- Source   imports: NHANES, files SLQ, DEMO, DR1TOT, DR2TOT, DR1IFF, DR2IFF, PAQ, FERTIN, SMQ, ALQ, BMX, DPQ,
--          RHQ, RXQ_RX, DS1TOT, DSQTOT; pooled weights: NHANES Analytic Guidelines 2011-2016, section 3.3
-- ----------------------------------------------------------------------------

create or replace table survey_person as

with

-- a weight of one cycle makes its respondents stand for all people; of pooled cycles each stands for a part
pooled as (

    select
        survey,
        greatest(count(distinct cycle), 1) as cycle_count
    from core.survey_person
    group by survey

)

select
    person.participant_id,
    person.survey,
    person.cycle,
    person.sex,
    person.age_year,
    person.race_ethnicity,
    person.income_poverty_ratio,
    person.is_pregnant,
    person.uses_oral_contraceptive,
    person.weight_kg,
    person.body_mass_index,
    person.leg_jerk_frequency,
    person.leg_cramp_frequency,
    person.has_restless_legs_diagnosis,
    person.usual_sleep_h,
    person.activity_question,
    person.has_vigorous_activity,
    person.has_moderate_activity,
    person.has_vigorous_leisure_activity,
    person.has_moderate_leisure_activity,
    person.has_vigorous_work_activity,
    person.has_moderate_work_activity,
    person.smoking_status,
    person.alcohol_drink_week_count,
    person.phq9_score,
    person.drug_classes,
    person.has_unknown_drug,
    list_has_any(person.drug_classes, ['dopaminergic'])
    or nullif(person.has_unknown_drug, true) as has_dopaminergic,
    list_has_any(person.drug_classes, ['benzodiazepine'])
    or nullif(person.has_unknown_drug, true) as has_benzodiazepine,
    list_has_any(person.drug_classes, ['ssri', 'snri', 'antidepressant', 'tricyclic'])
    or nullif(person.has_unknown_drug, true) as has_antidepressant,
    list_has_any(person.drug_classes, ['antihistamine'])
    or nullif(person.has_unknown_drug, true) as has_antihistamine,
    list_has_any(person.drug_classes, ['opioid'])
    or nullif(person.has_unknown_drug, true) as has_opioid,
    person.ferritin_ug_l,
    person.caffeine_mg,
    person.magnesium_mg,
    person.calcium_mg,
    person.iron_mg,
    person.vitamin_b6_mg,
    person.vitamin_b12_ug,
    person.energy_kcal,
    person.alcohol_g,
    person.caffeine_after_14h_mg,
    person.last_caffeine_clock_h,
    person.caffeine_day1_mg,
    person.magnesium_day1_mg,
    person.calcium_day1_mg,
    person.iron_day1_mg,
    person.vitamin_b6_day1_mg,
    person.vitamin_b12_day1_ug,
    person.energy_day1_kcal,
    person.alcohol_day1_g,
    person.caffeine_after_14h_day1_mg,
    person.caffeine_two_day_mg,
    person.magnesium_two_day_mg,
    person.calcium_two_day_mg,
    person.iron_two_day_mg,
    person.vitamin_b6_two_day_mg,
    person.vitamin_b12_two_day_ug,
    person.energy_two_day_kcal,
    person.alcohol_two_day_g,
    person.caffeine_after_14h_two_day_mg,
    person.caffeine_supplement_day1_mg,
    person.magnesium_supplement_day1_mg,
    person.calcium_supplement_day1_mg,
    person.iron_supplement_day1_mg,
    person.vitamin_b6_supplement_day1_mg,
    person.vitamin_b12_supplement_day1_ug,
    person.caffeine_supplement_month_mg,
    person.magnesium_supplement_month_mg,
    person.calcium_supplement_month_mg,
    person.iron_supplement_month_mg,
    person.vitamin_b6_supplement_month_mg,
    person.vitamin_b12_supplement_month_ug,
    person.recall_count,
    person.interview_represented_count / pooled.cycle_count as interview_represented_count,
    person.exam_represented_count / pooled.cycle_count as exam_represented_count,
    person.diet_represented_count / pooled.cycle_count as diet_represented_count,
    person.two_day_represented_count / pooled.cycle_count as two_day_represented_count,
    person.stratum_number,
    person.cluster_number,
    pooled.cycle_count
from core.survey_person as person
inner join pooled on person.survey = pooled.survey
order by person.survey, person.participant_id;

alter table survey_person add primary key (survey, participant_id);

comment on table survey_person is
'Respondents of a survey that asks about leg jerks in sleep; they have no nights.';
comment on column survey_person.participant_id is
'Number of the respondent in the survey; never a participant of the study.';
comment on column survey_person.survey is 'Survey: nhanes.';
comment on column survey_person.cycle is 'Years of data collection of the respondent: 2005-2006.';
comment on column survey_person.age_year is 'Age at screening; the oldest are one class [year].';
comment on column survey_person.race_ethnicity is
'Race and ethnicity in the words that the survey publishes.';
comment on column survey_person.income_poverty_ratio is
'Income of the family over the poverty threshold; 5 is 5 and more [1].';
comment on column survey_person.is_pregnant is 'Whether pregnant.';
comment on column survey_person.uses_oral_contraceptive is 'Whether an oral contraceptive is taken.';
comment on column survey_person.weight_kg is 'Measured weight [kg].';
comment on column survey_person.body_mass_index is 'Measured body mass index [kg/m2].';
comment on column survey_person.leg_jerk_frequency is
'How often legs jerked while trying to sleep, last month: never, rarely, sometimes, often, almost_always.';
comment on column survey_person.leg_cramp_frequency is
'How often legs cramped while trying to sleep, in the same words.';
comment on column survey_person.has_restless_legs_diagnosis is
'Whether a doctor told of restless legs; empty where not known.';
comment on column survey_person.usual_sleep_h is 'Usual sleep on a workday [h].';
comment on column survey_person.activity_question is
'leisure_30_days (1999 to 2006) or work_and_leisure_week (since 2007): what activity is told of.';
comment on column survey_person.has_vigorous_activity is
'Whether vigorous activity was told, in what was asked: see activity_question.';
comment on column survey_person.has_moderate_activity is
'Whether moderate activity was told, in what was asked: see activity_question.';
comment on column survey_person.has_vigorous_leisure_activity is
'Vigorous activity at leisure, in 30 days (until 2006) or a typical week.';
comment on column survey_person.has_moderate_leisure_activity is
'Moderate activity at leisure, in 30 days (until 2006) or a typical week.';
comment on column survey_person.has_vigorous_work_activity is
'Vigorous activity at work in a typical week; asked since 2007.';
comment on column survey_person.has_moderate_work_activity is
'Moderate activity at work in a typical week; asked since 2007.';
comment on column survey_person.smoking_status is 'never (no 100 cigarettes in life), former or current.';
comment on column survey_person.alcohol_drink_week_count is 'Alcoholic drinks a week over the past year.';
comment on column survey_person.phq9_score is 'PHQ-9, sum of nine answered items, 0 to 27 [points].';
comment on column survey_person.drug_classes is
'Classes of prescription drugs of the past month; an empty list is none, an empty cell is not known.';
comment on column survey_person.has_unknown_drug is
'Whether a drug was taken whose name is not known, so that the classes are not all.';
comment on column survey_person.has_dopaminergic is
'Whether a prescription drug of this kind was taken in the past month; empty where not known.';
comment on column survey_person.has_benzodiazepine is
'Whether a prescription drug of this kind was taken in the past month; empty where not known.';
comment on column survey_person.has_antidepressant is
'Whether a prescription drug of this kind was taken in the past month; empty where not known.';
comment on column survey_person.has_antihistamine is
'Whether a prescription drug of this kind was taken in the past month; empty where not known.';
comment on column survey_person.has_opioid is
'Whether a prescription drug of this kind was taken in the past month; empty where not known.';
comment on column survey_person.ferritin_ug_l is
'Serum ferritin; in 2005-2008 of women of 12 to 49 years and of small children [ug/L].';
comment on column survey_person.caffeine_mg is 'Caffeine, mean over reliable recalls [mg].';
comment on column survey_person.magnesium_mg is 'Magnesium, mean over reliable recalls [mg].';
comment on column survey_person.calcium_mg is 'Calcium, mean over reliable recalls [mg].';
comment on column survey_person.iron_mg is 'Iron, mean over reliable recalls [mg].';
comment on column survey_person.vitamin_b6_mg is 'Vitamin B6, mean over reliable recalls [mg].';
comment on column survey_person.vitamin_b12_ug is 'Vitamin B12, mean over reliable recalls [ug].';
comment on column survey_person.energy_kcal is 'Energy, mean over reliable recalls [kcal].';
comment on column survey_person.alcohol_g is 'Alcohol, mean over reliable recalls [g].';
comment on column survey_person.caffeine_after_14h_mg is
'Caffeine from 14:00 on, mean over reliable recalls, where single foods with their hour are known [mg].';
comment on column survey_person.last_caffeine_clock_h is
'Clock time of the last food with caffeine, mean over reliable recalls [h].';
comment on column survey_person.caffeine_day1_mg is 'Caffeine, of the first recall [mg].';
comment on column survey_person.magnesium_day1_mg is 'Magnesium, of the first recall [mg].';
comment on column survey_person.calcium_day1_mg is 'Calcium, of the first recall [mg].';
comment on column survey_person.iron_day1_mg is 'Iron, of the first recall [mg].';
comment on column survey_person.vitamin_b6_day1_mg is 'Vitamin B6, of the first recall [mg].';
comment on column survey_person.vitamin_b12_day1_ug is 'Vitamin B12, of the first recall [ug].';
comment on column survey_person.energy_day1_kcal is 'Energy, of the first recall [kcal].';
comment on column survey_person.alcohol_day1_g is 'Alcohol, of the first recall [g].';
comment on column survey_person.caffeine_after_14h_day1_mg is
'Caffeine from 14:00 on, of the first recall, where single foods with their hour are known [mg].';
comment on column survey_person.caffeine_two_day_mg is
'Caffeine, mean of both recalls, of who has both [mg].';
comment on column survey_person.magnesium_two_day_mg is
'Magnesium, mean of both recalls, of who has both [mg].';
comment on column survey_person.calcium_two_day_mg is 'Calcium, mean of both recalls, of who has both [mg].';
comment on column survey_person.iron_two_day_mg is 'Iron, mean of both recalls, of who has both [mg].';
comment on column survey_person.vitamin_b6_two_day_mg is
'Vitamin B6, mean of both recalls, of who has both [mg].';
comment on column survey_person.vitamin_b12_two_day_ug is
'Vitamin B12, mean of both recalls, of who has both [ug].';
comment on column survey_person.energy_two_day_kcal is
'Energy, mean of both recalls, of who has both [kcal].';
comment on column survey_person.alcohol_two_day_g is 'Alcohol, mean of both recalls, of who has both [g].';
comment on column survey_person.caffeine_after_14h_two_day_mg is
'Caffeine from 14:00 on, mean of both recalls, where foods with their hour are known [mg].';
comment on column survey_person.caffeine_supplement_day1_mg is
'Caffeine, from supplements on the day of the first recall [mg].';
comment on column survey_person.magnesium_supplement_day1_mg is
'Magnesium, from supplements on the day of the first recall [mg].';
comment on column survey_person.calcium_supplement_day1_mg is
'Calcium, from supplements on the day of the first recall [mg].';
comment on column survey_person.iron_supplement_day1_mg is
'Iron, from supplements on the day of the first recall [mg].';
comment on column survey_person.vitamin_b6_supplement_day1_mg is
'Vitamin B6, from supplements on the day of the first recall [mg].';
comment on column survey_person.vitamin_b12_supplement_day1_ug is
'Vitamin B12, from supplements on the day of the first recall [ug].';
comment on column survey_person.caffeine_supplement_month_mg is
'Caffeine, from supplements, mean day of the past month [mg].';
comment on column survey_person.magnesium_supplement_month_mg is
'Magnesium, from supplements, mean day of the past month [mg].';
comment on column survey_person.calcium_supplement_month_mg is
'Calcium, from supplements, mean day of the past month [mg].';
comment on column survey_person.iron_supplement_month_mg is
'Iron, from supplements, mean day of the past month [mg].';
comment on column survey_person.vitamin_b6_supplement_month_mg is
'Vitamin B6, from supplements, mean day of the past month [mg].';
comment on column survey_person.vitamin_b12_supplement_month_ug is
'Vitamin B12, from supplements, mean day of the past month [ug].';
comment on column survey_person.recall_count is 'Reliable recalls.';
comment on column survey_person.interview_represented_count is
'People that the respondent stands for with all cycles pooled, by the weight of interviews.';
comment on column survey_person.exam_represented_count is
'People that the respondent stands for with all cycles pooled, by the weight of examinations.';
comment on column survey_person.diet_represented_count is
'People that the respondent stands for with all cycles pooled, by the weight of the first recall.';
comment on column survey_person.two_day_represented_count is
'People that the respondent stands for with all cycles pooled, by the weight of both recalls.';
comment on column survey_person.stratum_number is 'Stratum of the sample.';
comment on column survey_person.cluster_number is 'Cluster of the sample within its stratum.';
comment on column survey_person.cycle_count is
'Cycles that the weights are pooled over: times this, a weight speaks for its own cycle.';
