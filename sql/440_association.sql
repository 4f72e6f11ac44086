-- ----------------------------------------------------------------------------
-- 440_association: rate ratios of outcomes for exposures
--
-- Grain    one row per outcome, exposure, effect
-- Reads    core.association
-- Like     exposure_level
-- Writes   association
-- Source   transforms/statistics/association.py; Poisson GEE: Liang 1986, doi:10.1093/biomet/73.1.13
-- ----------------------------------------------------------------------------

create or replace table association as

select
    outcome,
    exposure,
    effect,
    analysis,
    family,
    is_exploratory,
    per_unit,
    rate_ratio,
    ci_low,
    ci_high,
    p_value,
    q_value,
    detectable_rate_ratio,
    participant_count,
    night_count,
    event_count,
    analysed_h,
    confounders,
    method,
    outcome_of_fit
from core.association
where analysis in ('main', 'lag')
order by family, exposure, outcome, effect;

alter table association add primary key (outcome, exposure, effect);

comment on table association is 'Rate ratios within and between persons, adjusted for declared confounders.';
comment on column association.outcome is 'What is counted: a column of night_rate.';
comment on column association.effect is
'within: a night against the person''s mean; between: persons'' means, which other traits confound.';
comment on column association.analysis is
'How the question is asked; other ways stand in association_sensitivity.';
comment on column association.family is 'Questions within which the q values are made.';
comment on column association.is_exploratory is 'Whether the answer can only suggest, not confirm.';
comment on column association.per_unit is
'Step of the exposure that the ratio is told for [unit of the exposure].';
comment on column association.rate_ratio is
'Ratio of rates for that step; empty where nothing could be fitted [1].';
comment on column association.ci_low is 'Lower limit of the interval [1].';
comment on column association.ci_high is 'Upper limit of the interval [1].';
comment on column association.p_value is
'Probability of an estimate at least as far from no effect, if there is none [1].';
comment on column association.q_value is
'Expected share of false findings among those at least as clear (Benjamini and Hochberg) [1].';
comment on column association.detectable_rate_ratio is
'Ratio that this study would have found with the declared power [1].';
comment on column association.participant_count is 'Participants in the model.';
comment on column association.night_count is 'Nights in the model.';
comment on column association.event_count is 'Events in these nights.';
comment on column association.analysed_h is 'Hours in these nights: their logarithm is the offset [h].';
comment on column association.confounders is
'Columns that the model adjusts for; those that do not vary in the sample are left out.';
comment on column association.method is 'Model and errors.';
comment on column association.outcome_of_fit is 'fitted, or why there is no estimate.';
