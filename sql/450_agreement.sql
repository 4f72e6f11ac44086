-- ----------------------------------------------------------------------------
-- 450_agreement: sensor and scorers held against each scorer, by night
--
-- Grain    one row per participant_id, night_date, scorer, candidate
-- Reads    core.agreement
-- Like     scored_leg_movement
-- Writes   agreement
-- Layer    answer, quality
-- Source   transforms/agreement/by_night.py
-- ----------------------------------------------------------------------------

create or replace table agreement as

select
    participant_id,
    night_date,
    scorer,
    candidate,
    clock_offset_s,
    clock_pair_count,
    is_clock_offset_known,
    compared_h,
    compared_sleep_h,
    scorer_count,
    candidate_count,
    matched_count,
    sensitivity,
    sensitivity_low,
    sensitivity_high,
    precision,
    precision_low,
    precision_high,
    f1,
    epoch_count,
    kappa_index,
    aplm_per_h,
    plm_per_h,
    difference_per_h
from core.agreement
order by participant_id, night_date, scorer, candidate;

alter table agreement add primary key (participant_id, night_date, scorer, candidate);

comment on table agreement is
'Agreement of one night: a candidate (the sensor, or a second scorer) held against a scorer.';
comment on column agreement.candidate is 'What is held against the scorer: sensor, or another scorer.';
comment on column agreement.clock_offset_s is
'Clock of the candidate less that of the scorer, taken out before comparing; empty where unknown [s].';
comment on column agreement.clock_pair_count is 'Pairs of onsets that agree about the offset.';
comment on column agreement.is_clock_offset_known is 'Whether the offset could be told from the movements.';
comment on column agreement.compared_h is
'Time that was staged by the scorer and measured by the candidate [h].';
comment on column agreement.compared_sleep_h is
'The part of it that was sleep: denominator of both rates [h].';
comment on column agreement.scorer_count is 'Candidate leg movements of the scorer in compared time.';
comment on column agreement.candidate_count is 'Those of the candidate.';
comment on column agreement.matched_count is 'Those that are one and the same.';
comment on column agreement.sensitivity is
'Share of the scorer''s movements that the candidate has, too [1].';
comment on column agreement.sensitivity_low is 'Lower limit of the interval of sensitivity [1].';
comment on column agreement.sensitivity_high is 'Upper limit of the interval of sensitivity [1].';
comment on column agreement.precision is 'Share of the candidate''s movements that the scorer has, too [1].';
comment on column agreement.precision_low is 'Lower limit of the interval of precision [1].';
comment on column agreement.precision_high is 'Upper limit of the interval of precision [1].';
comment on column agreement.f1 is 'Harmonic mean of sensitivity and precision [1].';
comment on column agreement.epoch_count is 'Whole epochs of compared time.';
comment on column agreement.kappa_index is 'Cohen''s kappa of the epochs in which a movement starts [1].';
comment on column agreement.aplm_per_h is
'Periodic movements of the candidate in compared sleep; of a sensor no clinical PLMI [1/h].';
comment on column agreement.plm_per_h is
'Periodic movements of the scorer in compared sleep, from the electromyogram [1/h].';
comment on column agreement.difference_per_h is 'Rate of the candidate less that of the scorer [1/h].';
