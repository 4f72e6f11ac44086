-- ----------------------------------------------------------------------------
-- 452_sleep_agreement: the sensor's own sleep held against each scorer, by night
--
-- Grain    one row per participant_id, night_date, scorer
-- Reads    core.sleep_agreement
-- Like     scored_leg_movement
-- Writes   sleep_agreement
-- Layer    answer, quality
-- Source   transforms/agreement/sleep.py
-- ----------------------------------------------------------------------------

create or replace table sleep_agreement as

select
    participant_id,
    night_date,
    scorer,
    sleep_window_source,
    compared_h,
    scored_sleep_h,
    sensor_sleep_h,
    sleep_onset_error_min,
    sleep_end_error_min,
    sleep_sensitivity_frac,
    sleep_specificity_frac,
    epoch_count,
    kappa_index
from core.sleep_agreement
order by participant_id, night_date, scorer;

alter table sleep_agreement add primary key (participant_id, night_date, scorer);

comment on table sleep_agreement is
'Agreement of one night: sleep as the sensors tell it where nobody tells them of its stages, against these.';
comment on column sleep_agreement.sleep_window_source is 'Where the sensors'' own sleep comes from.';
comment on column sleep_agreement.compared_h is 'Time that the scorer staged [h].';
comment on column sleep_agreement.scored_sleep_h is 'The part of it that the scorer saw as sleep [h].';
comment on column sleep_agreement.sensor_sleep_h is
'The part of it that the sensors call sleep; empty, as all that follows, where they know no sleep [h].';
comment on column sleep_agreement.sleep_onset_error_min is
'Sleep onset of the sensors less the first epoch of sleep [min].';
comment on column sleep_agreement.sleep_end_error_min is
'Sleep end of the sensors less the end of the last epoch of sleep [min].';
comment on column sleep_agreement.sleep_sensitivity_frac is
'Share of the scorer''s sleep that the sensors call sleep [1].';
comment on column sleep_agreement.sleep_specificity_frac is
'Share of the scorer''s wake that the sensors call wake; empty without wake [1].';
comment on column sleep_agreement.epoch_count is 'Epochs of 30 s that were compared.';
comment on column sleep_agreement.kappa_index is
'Cohen''s kappa of sleep and wake over these epochs; empty where chance alone would agree fully [1].';
