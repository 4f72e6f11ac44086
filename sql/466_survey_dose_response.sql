-- ----------------------------------------------------------------------------
-- 466_survey_dose_response: odds ratios of a survey level by level, for curves that are no line
--
-- Grain    one row per survey, outcome, exposure, model, level
-- Reads    core.survey_dose_response
-- Like     survey_association, exposure_level, dose_response
-- Writes   survey_dose_response
-- Source   transforms/survey/dose_response.py
-- ----------------------------------------------------------------------------

create or replace table survey_dose_response as

select
    survey,
    outcome,
    exposure,
    model,
    level,
    level_number,
    reference_level,
    respondent_count,
    case_count,
    case_pct,
    case_se_pct,
    case_low_pct,
    case_high_pct,
    odds_ratio,
    ci_low,
    ci_high,
    p_value,
    degrees_of_freedom,
    method,
    outcome_of_fit
from core.survey_dose_response
order by survey, outcome, exposure, model, level_number;

alter table survey_dose_response add primary key (survey, outcome, exposure, model, level);

comment on table survey_dose_response is
'Odds ratios of answers for levels of an exposure, and the share of cases at each level.';
comment on column survey_dose_response.respondent_count is 'Respondents at this level.';
comment on column survey_dose_response.case_pct is 'Share of cases at this level [%].';
comment on column survey_dose_response.case_se_pct is
'Linearised standard error of it: share of cases at this level [%].';
comment on column survey_dose_response.case_low_pct is
'Lower limit of its interval: share of cases at this level [%].';
comment on column survey_dose_response.case_high_pct is
'Upper limit of its interval: share of cases at this level [%].';
comment on column survey_dose_response.odds_ratio is
'Ratio of the odds against the reference level; 1 there [1].';
