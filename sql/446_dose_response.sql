-- ----------------------------------------------------------------------------
-- 446_dose_response: rate ratios level by level, for curves that are no line
--
-- Grain    one row per outcome, exposure, level
-- Reads    core.dose_response
-- Like     association, exposure_level
-- Writes   dose_response
-- Source   transforms/statistics/dose_response.py
-- ----------------------------------------------------------------------------

create or replace table dose_response as

select
    outcome,
    exposure,
    level,
    level_number,
    reference_level,
    rate_ratio,
    ci_low,
    ci_high,
    p_value,
    detectable_rate_ratio,
    standardised_rate_per_h,
    standardised_ci_low_per_h,
    standardised_ci_high_per_h,
    participant_count,
    informative_participant_count,
    night_count,
    method
from core.dose_response
order by outcome, exposure, level_number;

alter table dose_response add primary key (outcome, exposure, level);

comment on table dose_response is
'Rate ratios of each level of an exposure, adjusted as in association. Exploratory.';
comment on column dose_response.level is 'Level in words; limits stand in exposure_level.';
comment on column dose_response.reference_level is 'Level that the others are compared with.';
comment on column dose_response.rate_ratio is
'Ratio of rates to the reference level; empty where too few persons have such nights [1].';
comment on column dose_response.ci_low is 'Lower limit of the interval; none for the reference [1].';
comment on column dose_response.ci_high is 'Upper limit of the interval; none for the reference [1].';
comment on column dose_response.detectable_rate_ratio is
'Ratio to the reference level that these data would have shown at the declared power [1].';
comment on column dose_response.standardised_rate_per_h is
'Rate of the same nights of the same persons, had all of them had this level (g-computation) [1/h].';
comment on column dose_response.standardised_ci_low_per_h is 'Lower limit of its interval [1/h].';
comment on column dose_response.standardised_ci_high_per_h is 'Upper limit of its interval [1/h].';
comment on column dose_response.participant_count is 'Participants with nights at this level in the model.';
comment on column dose_response.night_count is 'Nights at this level in the model.';
