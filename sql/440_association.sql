-- ----------------------------------------------------------------------------
-- 440_association: rate ratios of outcomes for exposures
--
-- Grain    one row per outcome, exposure, effect
-- Reads    core.association
-- Like     exposure_level
-- Writes   association
-- Layer    start, answer
-- Source   transforms/statistics/association.py; Poisson GEE: Liang 1986, doi:10.1093/biomet/73.1.13
-- ----------------------------------------------------------------------------

create or replace table association as

with

-- tomorrow's exposure as if it were tonight's: what stands here stands for the faults of the question
negative_control as (

    select
        outcome,
        effect,
        regexp_replace(exposure, '^lead1_', '') as exposure,
        rate_ratio as control_rate_ratio,
        ci_low as control_ci_low,
        ci_high as control_ci_high,
        q_value as control_q_value
    from core.association
    where analysis = 'negative_control' and exposure like 'lead1\_%' escape '\'

),

-- hours unworn: an outcome that no exposure moves, the same beside every ratio of an exposure
unworn as (

    select
        exposure,
        effect,
        rate_ratio as unworn_rate_ratio,
        ci_low as unworn_ci_low,
        ci_high as unworn_ci_high,
        q_value as unworn_q_value
    from core.association
    where analysis = 'negative_control' and outcome = 'nonwear_h'

)

select
    asked.outcome,
    asked.exposure,
    asked.effect,
    asked.analysis,
    asked.model,
    asked.family,
    asked.is_exploratory,
    asked.per_unit,
    asked.rate_ratio,
    asked.ci_low,
    asked.ci_high,
    asked.p_value,
    asked.permutation_p_value,
    asked.q_value,
    asked.detectable_rate_ratio,
    asked.e_value_ratio,
    asked.e_value_limit_ratio,
    asked.participant_count,
    asked.informative_participant_count,
    asked.night_count,
    asked.event_count,
    asked.analysed_h,
    asked.missing_frac,
    asked.imputation_count,
    negative_control.control_rate_ratio,
    negative_control.control_ci_low,
    negative_control.control_ci_high,
    negative_control.control_q_value,
    unworn.unworn_rate_ratio,
    unworn.unworn_ci_low,
    unworn.unworn_ci_high,
    unworn.unworn_q_value,
    asked.confounders,
    asked.left_out,
    asked.method,
    asked.outcome_of_fit
from core.association as asked
left join negative_control
    on
        asked.outcome = negative_control.outcome
        and asked.exposure = negative_control.exposure
        and asked.effect = negative_control.effect
left join unworn
    on
        asked.exposure = unworn.exposure
        and asked.effect = unworn.effect
        and asked.analysis = 'main'
where asked.analysis in ('main', 'lag', 'negative_control')
order by asked.family, asked.exposure, asked.outcome, asked.effect;

alter table association add primary key (outcome, exposure, effect);

comment on table association is
'Rate ratios within and between persons, adjusted for what the causal graph names; beside each its control.';
comment on column association.outcome is
'What is counted, a column of analysis_night; jerks in sleep are the main one. Of minutes: a ratio of means.';
comment on column association.effect is
'within: a night against the person''s mean; between: persons'' means, which other traits confound.';
comment on column association.analysis is
'main, lag (day before), negative_control (tomorrow, or hours unworn); others in association_sensitivity.';
comment on column association.model is
'joint: adjusted for other exposures, too, as the causal graph says; single: not for them; none: unadjusted.';
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
comment on column association.permutation_p_value is
'The same with each person''s nights shuffled, where few persons are informative: trust this one there [1].';
comment on column association.q_value is
'Expected share of false findings among those as clear (Benjamini and Hochberg), of the larger p [1].';
comment on column association.detectable_rate_ratio is
'Ratio that this study would have found with the declared power [1].';
comment on column association.e_value_ratio is
'Ratio that something unmeasured would need with exposure and with outcome to make this ratio alone [1].';
comment on column association.e_value_limit_ratio is
'The same for the limit of the interval that is nearer to no effect; 1 where the interval holds it [1].';
comment on column association.participant_count is 'Participants in the model.';
comment on column association.informative_participant_count is
'Participants within whom the exposure varies, with an event: only they tell the effect within persons.';
comment on column association.night_count is 'Nights in the model.';
comment on column association.event_count is 'Events in these nights.';
comment on column association.analysed_h is
'Hours in these nights: their logarithm is the offset; empty for an amount of the night [h].';
comment on column association.missing_frac is
'Part of the nights of known exposure in which something that is adjusted for is unknown [1].';
comment on column association.imputation_count is
'Imputations of what is unknown; 0 where nights with something unknown left.';
comment on column association.control_rate_ratio is
'The same for tomorrow''s exposure, which cannot move tonight''s legs; far from 1: distrust rate_ratio [1].';
comment on column association.control_ci_low is 'Lower limit of its interval [1].';
comment on column association.control_ci_high is 'Upper limit of its interval [1].';
comment on column association.control_q_value is 'Its q value among all negative controls [1].';
comment on column association.unworn_rate_ratio is
'The exposure''s ratio of hours unworn, which it cannot move; far from 1: distrust rate_ratio [1].';
comment on column association.unworn_ci_low is 'Lower limit of its interval [1].';
comment on column association.unworn_ci_high is 'Upper limit of its interval [1].';
comment on column association.unworn_q_value is 'Its q value among all negative controls [1].';
comment on column association.confounders is
'Columns that the model adjusts for; those that do not vary in the sample are left out.';
comment on column association.left_out is
'Columns that it should adjust for but does not, and why; empty where there are none.';
comment on column association.method is 'Model and errors.';
comment on column association.outcome_of_fit is 'fitted, or why there is no estimate.';
