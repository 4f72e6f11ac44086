-- ----------------------------------------------------------------------------
-- 462_survey_attrition: who of a survey is in its models, and who was left out where
--
-- Grain    one row per survey, outcome, stage_number
-- Reads    core.survey_attrition
-- Like     survey_person
-- Writes   survey_attrition
-- Source   transforms/survey/leg_jerks.py
-- ----------------------------------------------------------------------------

create or replace table survey_attrition as

select
    survey,
    outcome,
    stage_number,
    stage,
    respondent_count,
    excluded_count,
    case_count
from core.survey_attrition
order by survey, outcome, stage_number;

alter table survey_attrition add primary key (survey, outcome, stage_number);

comment on table survey_attrition is
'From everybody who was sampled to who is in the models of the first exposure, caffeine.';
comment on column survey_attrition.outcome is
'Answer that is looked at; transforms/tables/survey_outcome.csv.';
comment on column survey_attrition.stage_number is 'Place of the step, from everybody to the last model.';
comment on column survey_attrition.stage is 'What the respondents of this step have.';
comment on column survey_attrition.respondent_count is 'Respondents who are left.';
comment on column survey_attrition.excluded_count is 'Respondents whom this step leaves out.';
comment on column survey_attrition.case_count is 'Cases among who is left, by their answer.';
