-- Are movements more periodic with low ferritin?
--
-- Medians over persons, each counting once. Different people, and nothing is adjusted for: low ferritin goes
-- with sex, age and pregnancy, and who was tested is no chance sample. The limit is the study's parameter
-- cohort.group.low_ferritin_ug_l. aPLM of acceleration is no PLM index.

with

parameter as (

    select max(value_number) as low_ferritin_ug_l
    from study_parameter
    where name = 'cohort.group.low_ferritin_ug_l'

),

person as (

    select
        participant_id,
        max(ferritin_ug_l) as ferritin_ug_l,
        avg(periodicity_index) as periodicity_index,
        sum(aplm_wasm_count)
        / nullif(sum(analysed_sleep_h) filter (where aplm_wasm_count is not null), 0) as aplm_wasm_per_h
    from analysis_night
    where ferritin_ug_l is not null
    group by participant_id

)

select
    case
        when person.ferritin_ug_l <= parameter.low_ferritin_ug_l
            then 'up to ' || cast(cast(parameter.low_ferritin_ug_l as integer) as varchar) || ' ug/L'
        else 'above ' || cast(cast(parameter.low_ferritin_ug_l as integer) as varchar) || ' ug/L'
    end as ferritin,
    count(*) as participant_count,
    round(median(person.periodicity_index), 3) as median_periodicity_index,
    round(median(person.aplm_wasm_per_h), 2) as median_aplm_wasm_per_h
from person
cross join parameter
group by ferritin
order by ferritin;
