-- ----------------------------------------------------------------------------
-- 448_person_association: the question of the cohort asked within one person
--
-- Grain    one row per participant_id, outcome, exposure
-- Reads    core.person_association
-- Like     association, participant
-- Writes   person_association
-- Source   transforms/statistics/person.py
-- ----------------------------------------------------------------------------

create or replace table person_association as

select
    participant_id,
    outcome,
    exposure,
    per_unit,
    night_count,
    event_count,
    own_rate_ratio,
    own_ci_low,
    own_ci_high,
    own_detectable_rate_ratio,
    rate_ratio,
    ci_low,
    ci_high,
    own_weight_frac,
    method
from core.person_association
order by participant_id, outcome, exposure;

alter table person_association add primary key (participant_id, outcome, exposure);

comment on table person_association is
'Rate ratios within each person, with shrinkage towards the cohort. Exploratory, no advice.';
comment on column person_association.night_count is 'Nights of the person with both known.';
comment on column person_association.own_rate_ratio is
'Ratio of rates from the person''s own nights alone [1].';
comment on column person_association.own_ci_low is 'Lower limit of its interval [1].';
comment on column person_association.own_ci_high is 'Upper limit of its interval [1].';
comment on column person_association.own_detectable_rate_ratio is
'Ratio that the person''s own nights would have shown at the declared power [1].';
comment on column person_association.rate_ratio is
'The same drawn towards the cohort as far as it is unsure [1].';
comment on column person_association.ci_low is
'Lower limit of its interval; that of the cohort where persons do not differ beyond chance [1].';
comment on column person_association.ci_high is
'Upper limit of its interval; that of the cohort where persons do not differ beyond chance [1].';
comment on column person_association.own_weight_frac is
'Weight of the person''s own nights in rate_ratio, 0 to 1 [1].';
comment on column person_association.method is 'Model and shrinkage.';
