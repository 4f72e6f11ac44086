-- ----------------------------------------------------------------------------
-- 444_next_day_association: the day after, by the jerks of the night
--
-- Grain    one row per outcome, exposure, effect
-- Reads    core.association
-- Like     association_sensitivity
-- Writes   next_day_association
-- Source   transforms/statistics/next_day.py
-- ----------------------------------------------------------------------------

create or replace table next_day_association as

select
    outcome,
    exposure,
    effect,
    family,
    is_exploratory,
    per_unit,
    difference_score,
    ci_low,
    ci_high,
    p_value,
    q_value,
    detectable_difference_score,
    participant_count,
    informative_participant_count,
    night_count,
    missing_frac,
    confounders,
    left_out,
    method,
    outcome_of_fit
from core.association
where analysis = 'next_day'
order by outcome, exposure, effect;

alter table next_day_association add primary key (outcome, exposure, effect);

comment on table next_day_association is 'Ratings of the day after a night, by its jerk rate. Exploratory.';
comment on column next_day_association.outcome is 'Rating: a column of night_daytime.';
comment on column next_day_association.exposure is 'Column of night_rate.';
comment on column next_day_association.difference_score is
'Points by which the rating is higher for that step [points].';
comment on column next_day_association.ci_low is 'Lower limit of the interval [points].';
comment on column next_day_association.ci_high is 'Upper limit of the interval [points].';
comment on column next_day_association.detectable_difference_score is
'Difference that these data would have shown at the declared power [points].';
