-- ----------------------------------------------------------------------------
-- 460_survey_leg_jerk: how intake, ferritin, sleep and mood go with leg jerks in a survey
--
-- Grain    one row per survey, cycle, leg_jerk_frequency
-- Reads    core.survey_leg_jerk
-- Like     survey_person
-- Writes   survey_leg_jerk
-- Source   NHANES 2005-2008, item SLQ150; transforms/survey/leg_jerks.py, linearised errors
-- ----------------------------------------------------------------------------

create or replace table survey_leg_jerk as

select
    survey,
    cycle,
    leg_jerk_frequency,
    is_pooled,
    respondent_count,
    represented_count,
    represented_se_count,
    represented_low_count,
    represented_high_count,
    represented_pct,
    represented_se_pct,
    represented_low_pct,
    represented_high_pct,
    restless_legs_count,
    restless_legs_pct,
    restless_legs_se_pct,
    restless_legs_low_pct,
    restless_legs_high_pct,
    mean_sleep_h,
    mean_sleep_se_h,
    mean_sleep_low_h,
    mean_sleep_high_h,
    mean_phq9_score,
    mean_phq9_se_score,
    mean_phq9_low_score,
    mean_phq9_high_score,
    mean_ferritin_ug_l,
    mean_ferritin_se_ug_l,
    mean_ferritin_low_ug_l,
    mean_ferritin_high_ug_l,
    median_ferritin_ug_l,
    median_ferritin_se_ug_l,
    median_ferritin_low_ug_l,
    median_ferritin_high_ug_l,
    recalled_count,
    mean_caffeine_mg,
    mean_caffeine_se_mg,
    mean_caffeine_low_mg,
    mean_caffeine_high_mg,
    mean_magnesium_mg,
    mean_magnesium_se_mg,
    mean_magnesium_low_mg,
    mean_magnesium_high_mg,
    mean_iron_mg,
    mean_iron_se_mg,
    mean_iron_low_mg,
    mean_iron_high_mg,
    mean_caffeine_day1_mg,
    mean_caffeine_day1_se_mg,
    mean_caffeine_day1_low_mg,
    mean_caffeine_day1_high_mg,
    median_caffeine_day1_mg,
    median_caffeine_day1_se_mg,
    median_caffeine_day1_low_mg,
    median_caffeine_day1_high_mg,
    two_day_recalled_count,
    mean_caffeine_two_day_mg,
    mean_caffeine_two_day_se_mg,
    mean_caffeine_two_day_low_mg,
    mean_caffeine_two_day_high_mg,
    degrees_of_freedom
from core.survey_leg_jerk
order by survey, cycle, leg_jerk_frequency;

alter table survey_leg_jerk add primary key (survey, cycle, leg_jerk_frequency);

comment on table survey_leg_jerk is
'Leg jerks that a survey asked for, beside caffeine, minerals, ferritin, sleep and mood; with errors.';
comment on column survey_leg_jerk.cycle is
'Cycle of two years that asked, or the first and last year of all that are pooled.';
comment on column survey_leg_jerk.leg_jerk_frequency is
'never, rarely, sometimes, often or almost_always, in the last month.';
comment on column survey_leg_jerk.is_pooled is
'Whether all cycles stand together: weights are divided by how many they are.';
comment on column survey_leg_jerk.respondent_count is 'Respondents with this answer.';
comment on column survey_leg_jerk.represented_count is 'People that they stand for [people].';
comment on column survey_leg_jerk.represented_se_count is
'Linearised standard error of it: people that they stand for [people].';
comment on column survey_leg_jerk.represented_low_count is
'Lower limit of its interval: people that they stand for [people].';
comment on column survey_leg_jerk.represented_high_count is
'Upper limit of its interval: people that they stand for [people].';
comment on column survey_leg_jerk.represented_pct is 'Share of the people that all answers stand for [%].';
comment on column survey_leg_jerk.represented_se_pct is
'Linearised standard error of it: share of the people that all answers stand for [%].';
comment on column survey_leg_jerk.represented_low_pct is
'Lower limit of its interval: share of the people that all answers stand for [%].';
comment on column survey_leg_jerk.represented_high_pct is
'Upper limit of its interval: share of the people that all answers stand for [%].';
comment on column survey_leg_jerk.restless_legs_count is 'Respondents with diagnosed restless legs.';
comment on column survey_leg_jerk.restless_legs_pct is 'Share with diagnosed restless legs [%].';
comment on column survey_leg_jerk.restless_legs_se_pct is
'Linearised standard error of it: share with diagnosed restless legs [%].';
comment on column survey_leg_jerk.restless_legs_low_pct is
'Lower limit of its interval: share with diagnosed restless legs [%].';
comment on column survey_leg_jerk.restless_legs_high_pct is
'Upper limit of its interval: share with diagnosed restless legs [%].';
comment on column survey_leg_jerk.mean_sleep_h is 'Usual sleep, weighted mean [h].';
comment on column survey_leg_jerk.mean_sleep_se_h is
'Linearised standard error of it: usual sleep, weighted mean [h].';
comment on column survey_leg_jerk.mean_sleep_low_h is
'Lower limit of its interval: usual sleep, weighted mean [h].';
comment on column survey_leg_jerk.mean_sleep_high_h is
'Upper limit of its interval: usual sleep, weighted mean [h].';
comment on column survey_leg_jerk.mean_phq9_score is 'PHQ-9, weighted mean [points].';
comment on column survey_leg_jerk.mean_phq9_se_score is
'Linearised standard error of it: PHQ-9, weighted mean [points].';
comment on column survey_leg_jerk.mean_phq9_low_score is
'Lower limit of its interval: PHQ-9, weighted mean [points].';
comment on column survey_leg_jerk.mean_phq9_high_score is
'Upper limit of its interval: PHQ-9, weighted mean [points].';
comment on column survey_leg_jerk.mean_ferritin_ug_l is 'Serum ferritin, weighted mean [ug/L].';
comment on column survey_leg_jerk.mean_ferritin_se_ug_l is
'Linearised standard error of it: serum ferritin, weighted mean [ug/L].';
comment on column survey_leg_jerk.mean_ferritin_low_ug_l is
'Lower limit of its interval: serum ferritin, weighted mean [ug/L].';
comment on column survey_leg_jerk.mean_ferritin_high_ug_l is
'Upper limit of its interval: serum ferritin, weighted mean [ug/L].';
comment on column survey_leg_jerk.median_ferritin_ug_l is 'Serum ferritin, weighted median [ug/L].';
comment on column survey_leg_jerk.median_ferritin_se_ug_l is
'Linearised standard error of it: serum ferritin, weighted median [ug/L].';
comment on column survey_leg_jerk.median_ferritin_low_ug_l is
'Lower limit of its interval: serum ferritin, weighted median [ug/L].';
comment on column survey_leg_jerk.median_ferritin_high_ug_l is
'Upper limit of its interval: serum ferritin, weighted median [ug/L].';
comment on column survey_leg_jerk.recalled_count is 'Respondents with a reliable recall.';
comment on column survey_leg_jerk.mean_caffeine_mg is
'Caffeine, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_se_mg is
'Linearised standard error of it: caffeine, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_low_mg is
'Lower limit of its interval: caffeine, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_high_mg is
'Upper limit of its interval: caffeine, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_magnesium_mg is
'Magnesium, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_magnesium_se_mg is
'Linearised standard error of it: magnesium, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_magnesium_low_mg is
'Lower limit of its interval: magnesium, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_magnesium_high_mg is
'Upper limit of its interval: magnesium, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_iron_mg is 'Iron, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_iron_se_mg is
'Linearised standard error of it: iron, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_iron_low_mg is
'Lower limit of its interval: iron, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_iron_high_mg is
'Upper limit of its interval: iron, mean over reliable recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_day1_mg is
'Caffeine of the first recall, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_day1_se_mg is
'Linearised standard error of it: caffeine of the first recall, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_day1_low_mg is
'Lower limit of its interval: caffeine of the first recall, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_day1_high_mg is
'Upper limit of its interval: caffeine of the first recall, weighted mean [mg].';
comment on column survey_leg_jerk.median_caffeine_day1_mg is
'Caffeine of the first recall, weighted median [mg].';
comment on column survey_leg_jerk.median_caffeine_day1_se_mg is
'Linearised standard error of it: caffeine of the first recall, weighted median [mg].';
comment on column survey_leg_jerk.median_caffeine_day1_low_mg is
'Lower limit of its interval: caffeine of the first recall, weighted median [mg].';
comment on column survey_leg_jerk.median_caffeine_day1_high_mg is
'Upper limit of its interval: caffeine of the first recall, weighted median [mg].';
comment on column survey_leg_jerk.two_day_recalled_count is 'Respondents with two reliable recalls.';
comment on column survey_leg_jerk.mean_caffeine_two_day_mg is 'Caffeine of two recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_two_day_se_mg is
'Linearised standard error of it: caffeine of two recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_two_day_low_mg is
'Lower limit of its interval: caffeine of two recalls, weighted mean [mg].';
comment on column survey_leg_jerk.mean_caffeine_two_day_high_mg is
'Upper limit of its interval: caffeine of two recalls, weighted mean [mg].';
comment on column survey_leg_jerk.degrees_of_freedom is
'Clusters less strata with a respondent of this answer, by the weight of examinations [1].';
