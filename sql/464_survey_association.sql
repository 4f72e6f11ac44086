-- ----------------------------------------------------------------------------
-- 464_survey_association: odds ratios of what a survey asked, for what its people do
--
-- Grain    one row per survey, outcome, exposure, model
-- Reads    core.survey_association
-- Like     association, survey_person
-- Writes   survey_association
-- Source   transforms/survey/association.py; Binder 1983, doi:10.2307/1402588
-- ----------------------------------------------------------------------------

create or replace table survey_association as

select
    survey,
    outcome,
    exposure,
    model,
    theme,
    per_unit,
    per_what,
    odds_ratio,
    ci_low,
    ci_high,
    p_value,
    q_value,
    smaller_model_odds_ratio,
    degrees_of_freedom,
    respondent_count,
    case_count,
    adjusted_for,
    design,
    method,
    outcome_of_fit
from core.survey_association
order by survey, outcome, model, exposure;

alter table survey_association add primary key (survey, outcome, exposure, model);

comment on table survey_association is
'Odds ratios of adults'' answers, weighted to the people whom they stand for; linearised errors.';
comment on column survey_association.outcome is
'Answer that is looked at; leg_jerk_frequency by its order, the others as cases or not.';
comment on column survey_association.exposure is
'What it is held against; the column is told in transforms/tables/survey_exposure.csv.';
comment on column survey_association.model is
'crude, demographic, full or full_and_mood: what is adjusted for.';
comment on column survey_association.theme is 'What the exposure belongs to.';
comment on column survey_association.per_unit is
'Step that the odds ratio is told for [unit of the exposure; 1 of a doubling or a yes].';
comment on column survey_association.per_what is 'The step in words.';
comment on column survey_association.odds_ratio is
'Ratio of the odds for that step; empty where nothing could be fitted [1].';
comment on column survey_association.q_value is
'Expected share of false findings in its outcome and model (Benjamini and Hochberg) [1].';
comment on column survey_association.smaller_model_odds_ratio is
'Odds ratio of the model that this one extends, on the same respondents [1].';
comment on column survey_association.degrees_of_freedom is
'Of Student''s t in interval and test: clusters less strata of the sample [1].';
comment on column survey_association.respondent_count is 'Respondents in the model.';
comment on column survey_association.case_count is 'Cases among them; of an ordinal outcome all but never.';
comment on column survey_association.adjusted_for is
'Columns that the model adjusts for, but those that do not vary.';
comment on column survey_association.design is 'How the survey was made.';
