-- ----------------------------------------------------------------------------
-- 447_dose_curve: how rate ratios run along an exposure, without levels
--
-- Grain    one row per outcome, exposure, value
-- Reads    core.dose_curve
-- Like     association
-- Writes   dose_curve
-- Source   transforms/statistics/shape.py; restricted cubic splines: Harrell 2015,
--          Regression Modeling Strategies, 2nd ed., section 2.4
-- ----------------------------------------------------------------------------

create or replace table dose_curve as

select
    outcome,
    exposure,
    value,
    reference_value,
    rate_ratio,
    ci_low,
    ci_high,
    nonlinearity_p_value,
    knot_count,
    participant_count,
    informative_participant_count,
    night_count,
    method
from core.dose_curve
order by outcome, exposure, value;

alter table dose_curve add primary key (outcome, exposure, value);

comment on table dose_curve is
'Points of the curve of rate ratios along each main exposure, within persons. Exploratory.';
comment on column dose_curve.value is 'Value of the exposure at this point [unit of the exposure].';
comment on column dose_curve.reference_value is
'Value that all others are compared with: the 5th percentile [unit of the exposure].';
comment on column dose_curve.rate_ratio is 'Ratio of the rate at this value to that at the reference [1].';
comment on column dose_curve.ci_low is 'Lower limit of the interval; none at the reference [1].';
comment on column dose_curve.ci_high is 'Upper limit of the interval; none at the reference [1].';
comment on column dose_curve.nonlinearity_p_value is
'Probability of bends at least as strong if the curve is a line; one number for each curve [1].';
comment on column dose_curve.knot_count is 'Knots of the spline: 3 to 5, by the number of nights.';
