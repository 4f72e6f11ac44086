-- ----------------------------------------------------------------------------
-- 442_association_sensitivity: the same questions asked in other ways
--
-- Grain    one row per outcome, exposure, effect, analysis, modifier
-- Reads    core.association
-- Like     association
-- Writes   association_sensitivity
-- Source   transforms/statistics/association.py
-- ----------------------------------------------------------------------------

create or replace table association_sensitivity as

select
    outcome,
    exposure,
    effect,
    analysis,
    model,
    coalesce(modifier, 'none') as modifier,
    family,
    is_exploratory,
    per_unit,
    rate_ratio,
    ci_low,
    ci_high,
    p_value,
    permutation_p_value,
    q_value,
    detectable_rate_ratio,
    e_value_ratio,
    e_value_limit_ratio,
    participant_count,
    informative_participant_count,
    night_count,
    event_count,
    analysed_h,
    missing_frac,
    imputation_count,
    confounders,
    left_out,
    method,
    outcome_of_fit
from core.association
where analysis not in ('main', 'lag', 'negative_control', 'next_day')
order by analysis, modifier, exposure, outcome, effect;

alter table association_sensitivity add primary key (outcome, exposure, effect, analysis, modifier);

comment on table association_sensitivity is
'The main rate ratios asked in other ways: other models, adjustments, nights, movements, groups of persons.';
comment on column association_sensitivity.effect is
'within: deviations of a night from the person''s mean; between: differences of persons'' means.';
comment on column association_sensitivity.analysis is
'Another model, adjustment, choice of nights or of movements, or a modifier: words in sql/README.md.';
comment on column association_sensitivity.modifier is
'Property of persons with which the effect is said to differ; none where there is none.';
comment on column association_sensitivity.rate_ratio is
'Ratio of rates; for a modifier the ratio of the ratios with and without it [1].';
