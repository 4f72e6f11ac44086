-- ----------------------------------------------------------------------------
-- 174_survey_person: respondents of a survey without sensors
--
-- Grain    one row per survey, participant_id
-- Reads    core.survey_person
-- Like     dietary_reference_intake, participant
-- Writes   survey_person
-- Source   imports: NHANES, files SLQ, DEMO, DR1TOT, DR2TOT, DR1IFF, PAQ, FERTIN
-- ----------------------------------------------------------------------------

create or replace table survey_person as

select
    participant_id,
    survey,
    sex,
    age_year,
    is_pregnant,
    leg_jerk_frequency,
    leg_cramp_frequency,
    has_restless_legs_diagnosis,
    usual_sleep_h,
    has_vigorous_activity,
    has_moderate_activity,
    ferritin_ug_l,
    caffeine_mg,
    magnesium_mg,
    calcium_mg,
    iron_mg,
    vitamin_b6_mg,
    vitamin_b12_ug,
    caffeine_after_14h_mg,
    last_caffeine_clock_h,
    recall_count,
    diet_represented_count,
    exam_represented_count,
    stratum_number,
    cluster_number
from core.survey_person
order by survey, participant_id;

alter table survey_person add primary key (survey, participant_id);

comment on table survey_person is
'Respondents of a survey that asks about leg jerks in sleep; they have no nights.';
comment on column survey_person.participant_id is
'Number of the respondent in the survey; never a participant of the study.';
comment on column survey_person.survey is 'Survey: nhanes.';
comment on column survey_person.age_year is 'Age at screening [year].';
comment on column survey_person.is_pregnant is 'Whether pregnant.';
comment on column survey_person.leg_jerk_frequency is
'How often legs jerked while trying to sleep, last month: never, rarely, sometimes, often, almost_always.';
comment on column survey_person.leg_cramp_frequency is
'How often legs cramped while sleeping, in the same words.';
comment on column survey_person.has_restless_legs_diagnosis is
'Whether a doctor told of restless legs; empty where not told.';
comment on column survey_person.usual_sleep_h is 'Usual sleep on a workday [h].';
comment on column survey_person.has_vigorous_activity is 'Whether vigorous activity was done in 30 days.';
comment on column survey_person.has_moderate_activity is 'Whether moderate activity was done in 30 days.';
comment on column survey_person.caffeine_mg is 'Caffeine, mean over reliable recalls [mg].';
comment on column survey_person.magnesium_mg is 'Magnesium, mean over reliable recalls [mg].';
comment on column survey_person.calcium_mg is 'Calcium, mean over reliable recalls [mg].';
comment on column survey_person.iron_mg is 'Iron, mean over reliable recalls [mg].';
comment on column survey_person.vitamin_b6_mg is 'Vitamin B6, mean over reliable recalls [mg].';
comment on column survey_person.vitamin_b12_ug is 'Vitamin B12, mean over reliable recalls [ug].';
comment on column survey_person.caffeine_after_14h_mg is
'Caffeine from 14:00 on, where single foods with their hour are known [mg].';
comment on column survey_person.last_caffeine_clock_h is 'Clock time of the last food with caffeine [h].';
comment on column survey_person.recall_count is 'Reliable recalls.';
comment on column survey_person.diet_represented_count is
'People that the respondent stands for, by the weight of recalls.';
comment on column survey_person.exam_represented_count is
'People that the respondent stands for, by the weight of examinations.';
comment on column survey_person.stratum_number is 'Stratum of the sample.';
comment on column survey_person.cluster_number is 'Cluster of the sample within its stratum.';
