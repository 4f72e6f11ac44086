-- ----------------------------------------------------------------------------
-- 105_recording: device files that could be used
--
-- Grain    one row per recording_id
-- Reads    core.recording
-- Like     participant
-- Writes   recording
-- Layer    core, quality
-- Source   device files; transforms/readers
-- ----------------------------------------------------------------------------

create or replace table recording as

select
    recording_id,
    participant_id,
    body_site,
    file_name,
    sha256,
    file_format,
    device_model,
    device_pseudonym,
    firmware,
    sampling_rate_hz,
    range_g,
    started_at,
    ended_at,
    time_zone,
    config_time_zone,
    clock_rule,
    sample_count,
    segment_count,
    gap_count,
    gap_s,
    filled_s,
    faulty_block_count,
    is_truncated,
    gravity_median_g,
    calibration_error_before_mg,
    calibration_error_after_mg,
    is_calibrated,
    calibration_outcome,
    gravity_after_g,
    has_plausible_gravity,
    wear_h
from core.recording
order by participant_id, started_at, recording_id;

alter table recording add primary key (recording_id);

comment on table recording is 'Device files that could be used, one per body site and wearing.';
comment on column recording.recording_id is
'Recording: the first 12 hexadecimal digits of the SHA-256 of its file.';
comment on column recording.body_site is 'Where the device was worn.';
comment on column recording.file_name is 'File, relative to the study folder.';
comment on column recording.sha256 is 'SHA-256 of the file.';
comment on column recording.file_format is 'Format that the file turned out to have.';
comment on column recording.device_model is 'Model of the device.';
comment on column recording.device_pseudonym is 'Keyed hash of the device''s serial number.';
comment on column recording.firmware is 'Firmware of the device.';
comment on column recording.sampling_rate_hz is 'Nominal sampling rate [Hz].';
comment on column recording.range_g is 'Measuring range, plus and minus [g].';
comment on column recording.started_at is 'First sample [UTC].';
comment on column recording.ended_at is 'One sample period after the last sample [UTC].';
comment on column recording.time_zone is 'IANA time zone of local times.';
comment on column recording.config_time_zone is
'IANA time zone of the computer that set the device''s clock.';
comment on column recording.clock_rule is 'How the device''s clock became UTC.';
comment on column recording.sample_count is 'Samples that were read.';
comment on column recording.segment_count is 'Contiguous stretches of samples.';
comment on column recording.gap_count is 'Gaps between stretches.';
comment on column recording.gap_s is 'Total length of the gaps [s].';
comment on column recording.filled_s is 'Stretches that the device left out while it lay still [s].';
comment on column recording.faulty_block_count is 'Blocks of the file that could not be read.';
comment on column recording.is_truncated is 'Whether the file ends early.';
comment on column recording.gravity_median_g is
'Median magnitude of still stretches as delivered; 1 where the scale is right [g].';
comment on column recording.calibration_error_before_mg is
'Mean distance of still stretches from 1 g as delivered [mg].';
comment on column recording.calibration_error_after_mg is 'The same after calibration [mg].';
comment on column recording.is_calibrated is 'Whether calibration was applied.';
comment on column recording.calibration_outcome is 'Why calibration was applied or not.';
comment on column recording.gravity_after_g is
'Median length of the acceleration in still windows after calibration [g].';
comment on column recording.has_plausible_gravity is
'gravity_after_g lies within the narrow limit: scale and calibration can be believed.';
comment on column recording.wear_h is 'Time worn [h].';
