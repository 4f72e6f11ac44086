-- ----------------------------------------------------------------------------
-- 260_night_medication: medicines before each night
--
-- Grain    one row per participant_id, night_date with known lights-off
-- Reads    night_waking_day, night_drug_class, nutrient_day
-- Writes   night_medication
-- Source   classes as logged; drugs that change leg movements: Manconi 2007, Hoque 2010
-- ----------------------------------------------------------------------------

create or replace table night_medication as

with

medicine as (

    select
        participant_id,
        night_date,
        bool_or(drug_class = 'dopaminergic') as has_dopaminergic,
        bool_or(drug_class = 'benzodiazepine') as has_benzodiazepine,
        bool_or(drug_class in ('ssri', 'snri', 'antidepressant', 'tricyclic')) as has_antidepressant,
        bool_or(drug_class = 'antihistamine') as has_antihistamine,
        bool_or(drug_class = 'iron') as has_iron,
        max(dose_mg) filter (where drug_class = 'dopaminergic') as dopaminergic_mg,
        max(since_start_day_count) filter (where drug_class = 'dopaminergic') as dopaminergic_day_count,
        list_sort(list(drug_class) filter (where drug_class != 'none')) as drug_classes
    from night_drug_class
    group by
        participant_id,
        night_date

),

supplement as (

    select
        participant_id,
        logged_date,
        bool_or(iron_mg > 0) as has_iron
    from nutrient_day
    where origin = 'supplement'
    group by
        participant_id,
        logged_date

)

select
    night_waking_day.participant_id,
    night_waking_day.night_date,
    medicine.has_dopaminergic,
    medicine.has_benzodiazepine,
    medicine.has_antidepressant,
    medicine.has_antihistamine,
    -- said to be taken in either diary; unknown where neither says anything
    case
        when medicine.has_iron or supplement.has_iron then true
        when medicine.has_iron is not null or supplement.has_iron is not null then false
    end as has_iron_supplement,
    medicine.dopaminergic_mg,
    medicine.dopaminergic_day_count,
    medicine.drug_classes,
    medicine.participant_id is not null as is_medication_logged
from night_waking_day
left join medicine
    on
        night_waking_day.participant_id = medicine.participant_id
        and night_waking_day.night_date = medicine.night_date
left join supplement
    on
        night_waking_day.participant_id = supplement.participant_id
        and night_waking_day.night_date = supplement.logged_date
order by
    night_waking_day.participant_id,
    night_waking_day.night_date;

alter table night_medication add primary key (participant_id, night_date);

comment on table night_medication is
'Medicines by class before each night; empty where the diary does not speak of the day.';
comment on column night_medication.has_dopaminergic is
'Whether a dopaminergic drug was taken in the 24 h before lights-off or by a course.';
comment on column night_medication.has_benzodiazepine is 'Whether a benzodiazepine was taken.';
comment on column night_medication.has_antidepressant is
'Whether an antidepressant (ssri, snri, tricyclic) was taken; they can cause leg movements.';
comment on column night_medication.has_antihistamine is
'Whether an antihistamine was taken; they can worsen restless legs.';
comment on column night_medication.has_iron_supplement is
'Whether iron was taken, by the diary of medicines or of nutrients.';
comment on column night_medication.dopaminergic_mg is 'Dose of dopaminergic drugs [mg].';
comment on column night_medication.dopaminergic_day_count is
'Days since the course began, the longest one; 0 on the first.';
comment on column night_medication.drug_classes is 'All classes taken, sorted.';
comment on column night_medication.is_medication_logged is
'Whether the diary of medicines speaks of the day.';
