-- ----------------------------------------------------------------------------
-- 442_association_sensitivity: the same questions asked in other ways
--
-- Grain    one row per outcome, exposure, effect, analysis, modifier
-- Reads    core.association
-- Writes   association_sensitivity
-- Source   transforms/statistics/association.py
-- ----------------------------------------------------------------------------

create or replace table association_sensitivity as

select
    outcome,
    exposure,
    effect,
    analysis,
    coalesce(modifier, 'none') as modifier,
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
where analysis not in ('main', 'lag', 'next_day')
order by analysis, modifier, exposure, outcome, effect;

alter table association_sensitivity add primary key (outcome, exposure, effect, analysis, modifier);

comment on table association_sensitivity is
'The rate ratios of association by other models, without adjustment, and by groups of persons.';
comment on column association_sensitivity.outcome is 'What is counted: a column of night_rate.';
comment on column association_sensitivity.exposure is 'Column of exposure_night.';
comment on column association_sensitivity.effect is
'within: deviations of a night from the person''s mean; between: differences of persons'' means.';
comment on column association_sensitivity.analysis is
'negative_binomial, person_fixed_effects, unadjusted or modifier.';
comment on column association_sensitivity.modifier is
'Property of persons with which the effect is said to differ; none where there is none.';
comment on column association_sensitivity.family is 'Questions within which the q values are made.';
comment on column association_sensitivity.is_exploratory is
'Whether the answer can only suggest, not confirm.';
comment on column association_sensitivity.per_unit is
'Step of the exposure that the ratio is told for [unit of the exposure].';
comment on column association_sensitivity.rate_ratio is
'Ratio of rates; for a modifier the ratio of the ratios with and without it [1].';
comment on column association_sensitivity.ci_low is 'Lower limit of the interval [1].';
comment on column association_sensitivity.ci_high is 'Upper limit of the interval [1].';
comment on column association_sensitivity.p_value is
'Probability of an estimate at least as far from no effect, if there is none [1].';
comment on column association_sensitivity.q_value is
'Expected share of false findings among those at least as clear (Benjamini and Hochberg) [1].';
comment on column association_sensitivity.detectable_rate_ratio is
'Ratio that this study would have found with the declared power [1].';
comment on column association_sensitivity.participant_count is 'Participants in the model.';
comment on column association_sensitivity.night_count is 'Nights in the model.';
comment on column association_sensitivity.event_count is 'Events in these nights.';
comment on column association_sensitivity.analysed_h is
'Hours in these nights: their logarithm is the offset [h].';
comment on column association_sensitivity.confounders is
'Columns that the model adjusts for; those that do not vary in the sample are left out.';
comment on column association_sensitivity.method is 'Model and errors.';
comment on column association_sensitivity.outcome_of_fit is 'fitted, or why there is no estimate.';
