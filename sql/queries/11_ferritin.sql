-- Are movements more periodic with low ferritin?

select
    case when ferritin_ug_l <= 75 then 'up to 75 ug/L' else 'above 75 ug/L' end as ferritin,
    count(distinct participant_id) as participant_count,
    round(avg(periodicity_index), 3) as mean_periodicity_index,
    round(sum(aplm_wasm_count) / sum(analysed_sleep_h), 2) as aplm_wasm_per_h
from analysis_night
where ferritin_ug_l is not null
group by ferritin
order by ferritin;
