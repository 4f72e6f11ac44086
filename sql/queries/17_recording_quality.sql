-- Which recordings want a look?

select
    recording_id,
    body_site,
    device_model,
    round(wear_h, 1) as wear_h,
    gap_count,
    round(gap_s / 60, 1) as gap_min,
    faulty_block_count,
    is_truncated,
    round(calibration_error_after_mg, 1) as calibration_error_after_mg
from recording
order by faulty_block_count desc nulls last, gap_s desc nulls last, recording_id asc;
