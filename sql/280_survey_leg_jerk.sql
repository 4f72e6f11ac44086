-- ----------------------------------------------------------------------------
-- 280_survey_leg_jerk: how intake, ferritin and sleep go with leg jerks in a survey
--
-- Grain    one row per survey, leg_jerk_frequency
-- Reads    survey_person
-- Writes   survey_leg_jerk
-- Source   NHANES 2005-2008, item SLQ150; means weighted by the survey's own weights
-- ----------------------------------------------------------------------------

create or replace table survey_leg_jerk as

with

answered as (

    select
        survey,
        leg_jerk_frequency,
        has_restless_legs_diagnosis,
        usual_sleep_h,
        ferritin_ug_l,
        caffeine_mg,
        magnesium_mg,
        iron_mg,
        diet_represented_count,
        exam_represented_count
    from survey_person
    where leg_jerk_frequency is not null

)

select
    survey,
    leg_jerk_frequency,
    count(*) as respondent_count,
    -- where weights were not delivered the weighted values stay empty: a plain mean speaks for nobody
    sum(exam_represented_count) as represented_count,
    100 * sum(exam_represented_count) / sum(sum(exam_represented_count)) over (partition by survey)
        as represented_pct,
    count(*) filter (where has_restless_legs_diagnosis) as restless_legs_count,
    sum(usual_sleep_h * exam_represented_count)
    / sum(exam_represented_count) filter (where usual_sleep_h is not null) as mean_sleep_h,
    sum(ferritin_ug_l * exam_represented_count)
    / sum(exam_represented_count) filter (where ferritin_ug_l is not null) as mean_ferritin_ug_l,
    count(caffeine_mg) as recalled_count,
    sum(caffeine_mg * diet_represented_count)
    / sum(diet_represented_count) filter (where caffeine_mg is not null) as mean_caffeine_mg,
    sum(magnesium_mg * diet_represented_count)
    / sum(diet_represented_count) filter (where magnesium_mg is not null) as mean_magnesium_mg,
    sum(iron_mg * diet_represented_count)
    / sum(diet_represented_count) filter (where iron_mg is not null) as mean_iron_mg
from answered
group by
    survey,
    leg_jerk_frequency
order by
    survey,
    leg_jerk_frequency;

alter table survey_leg_jerk add primary key (survey, leg_jerk_frequency);

comment on table survey_leg_jerk is
'Leg jerks that a survey asked for, beside caffeine, minerals, ferritin and sleep.';
comment on column survey_leg_jerk.leg_jerk_frequency is
'never, rarely, sometimes, often or almost_always, in the last month.';
comment on column survey_leg_jerk.respondent_count is 'Respondents with this answer.';
comment on column survey_leg_jerk.represented_count is 'People that they stand for.';
comment on column survey_leg_jerk.represented_pct is 'Share of the people that all answers stand for [%].';
comment on column survey_leg_jerk.restless_legs_count is 'Respondents with diagnosed restless legs.';
comment on column survey_leg_jerk.mean_sleep_h is 'Usual sleep, weighted mean [h].';
comment on column survey_leg_jerk.mean_ferritin_ug_l is 'Serum ferritin, weighted mean [ug/L].';
comment on column survey_leg_jerk.recalled_count is 'Respondents with a reliable recall.';
comment on column survey_leg_jerk.mean_caffeine_mg is 'Caffeine of a day, weighted mean [mg].';
comment on column survey_leg_jerk.mean_magnesium_mg is 'Magnesium of a day, weighted mean [mg].';
comment on column survey_leg_jerk.mean_iron_mg is 'Iron of a day, weighted mean [mg].';
