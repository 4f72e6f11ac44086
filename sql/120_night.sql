-- ----------------------------------------------------------------------------
-- 120_night: noon-to-noon nights, their sleep and what of them was measured
--
-- Grain    one row per participant_id, night_date
-- Reads    core.night
-- Like     recording
-- Writes   night
-- Source   transforms/nights/find.py
-- ----------------------------------------------------------------------------

create or replace table night as

select
    participant_id,
    night_date,
    wake_date,
    time_zone,
    window_start_at,
    window_end_at,
    lights_off_at,
    sleep_onset_at,
    sleep_end_at,
    lights_on_at,
    sleep_window_source,
    is_sleep_known,
    sleep_confidence,
    sleep_onset_low_at,
    sleep_onset_high_at,
    sleep_end_low_at,
    sleep_end_high_at,
    lights_off_source,
    sleep_onset_source,
    sleep_end_source,
    lights_on_source,
    diary_minus_leg_onset_min,
    diary_minus_leg_end_min,
    spt_h,
    tst_h,
    waso_min,
    is_return_known,
    out_of_bed_min,
    sleep_latency_min,
    in_bed_h,
    analysed_h,
    analysed_sleep_h,
    analysed_spt_h,
    analysed_wake_h,
    nonwear_h,
    gap_h,
    leg_recording_count,
    is_day_sleeper,
    crosses_clock_change,
    is_eligible,
    exclusion_reason
from core.night
order by participant_id, night_date;

alter table night add primary key (participant_id, night_date);

comment on table night is
'Nights from local noon to local noon: sleep window, what was measured, eligibility.';
comment on column night.night_date is 'Date of the local noon that opens the night.';
comment on column night.wake_date is 'Date of the local noon that ends the night.';
comment on column night.window_start_at is 'Local noon that opens the night [UTC].';
comment on column night.window_end_at is 'Local noon that ends the night [UTC].';
comment on column night.lights_off_at is 'Start of the time in bed [UTC].';
comment on column night.sleep_onset_at is 'Start of the sleep period [UTC].';
comment on column night.sleep_end_at is 'End of the sleep period [UTC].';
comment on column night.lights_on_at is 'End of the time in bed [UTC].';
comment on column night.sleep_window_source is
'Where the four times come from: diary, psg, wrist_hdcza, leg_hdcza or none.';
comment on column night.is_sleep_known is
'Whether sleep and wake are known; where not, no hours asleep and no rates per hour asleep are given.';
comment on column night.sleep_confidence is
'Expected part of the time in bed that is rightly called sleep or wake [frac].';
comment on column night.sleep_onset_low_at is 'Earliest credible sleep onset, 2.5 % lie before [UTC].';
comment on column night.sleep_onset_high_at is 'Latest credible sleep onset, 2.5 % lie after [UTC].';
comment on column night.sleep_end_low_at is 'Earliest credible sleep end, 2.5 % lie before [UTC].';
comment on column night.sleep_end_high_at is 'Latest credible sleep end, 2.5 % lie after [UTC].';
comment on column night.lights_off_source is
'Who told it (diary, psg, the maker of an export), the sensor, or sleep_onset where that stands in for it.';
comment on column night.sleep_onset_source is
'Who told it (diary, psg, the maker of an export), or sensor.';
comment on column night.sleep_end_source is
'Who told it (diary, psg, the maker of an export), or sensor.';
comment on column night.lights_on_source is
'Who told it (diary, psg, the maker of an export), the sensor, or sleep_end where that stands in for it.';
comment on column night.diary_minus_leg_onset_min is
'Start of the time in bed, diary minus leg; empty where either is missing or no leg is known to lie [min].';
comment on column night.diary_minus_leg_end_min is
'End of the time in bed, diary minus leg; empty where either is missing or no leg is known to lie [min].';
comment on column night.spt_h is 'Sleep period time, sleep onset to sleep end [h].';
comment on column night.tst_h is 'Total sleep time: sleep period time without wake after onset [h].';
comment on column night.waso_min is 'Wake after sleep onset, within the sleep period [min].';
comment on column night.is_return_known is
'Whether wake is known well enough to tell jerks at a return to sleep: in staged nights, hardly by legs.';
comment on column night.out_of_bed_min is
'Standing or walking between lights-off and lights-on, by the legs; empty where no leg tells [min].';
comment on column night.sleep_latency_min is
'Lights-off to sleep onset [min]; empty where lights-off was not told.';
comment on column night.in_bed_h is 'Lights-off to lights-on [h].';
comment on column night.analysed_h is
'In bed, worn and recorded by a leg device: denominator of jerk rates [h].';
comment on column night.analysed_sleep_h is
'The part of analysed_h that was sleep: denominator of aPLM rates in sleep [h].';
comment on column night.analysed_spt_h is
'The part of analysed_h between sleep onset and sleep end, wake included [h].';
comment on column night.analysed_wake_h is
'The part of analysed_h that was wake: denominator of aPLM rates in wake [h].';
comment on column night.nonwear_h is 'In bed, recorded, but not worn [h].';
comment on column night.gap_h is 'In bed, but not recorded [h].';
comment on column night.leg_recording_count is 'Recordings of a leg in this night.';
comment on column night.is_day_sleeper is 'Whether the main sleep lay in the day.';
comment on column night.crosses_clock_change is
'Whether clocks were changed in this night, so that it lasts 23 or 25 h.';
comment on column night.is_eligible is 'Whether the night is fit for analysis.';
comment on column night.exclusion_reason is 'Why not, in one stable word; empty where eligible.';
