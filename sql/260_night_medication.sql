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
        bool_or(drug_class = 'unknown') as has_unknown,
        bool_or(drug_class = 'dopaminergic') as is_dopaminergic,
        bool_or(drug_class = 'benzodiazepine') as is_benzodiazepine,
        bool_or(drug_class in ('ssri', 'snri', 'antidepressant', 'tricyclic')) as is_antidepressant,
        bool_or(drug_class = 'antihistamine') as is_antihistamine,
        bool_or(drug_class = 'iron') as is_iron,
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

-- a drug of unknown class leaves unknown what it was not
select
    night_waking_day.participant_id,
    night_waking_day.night_date,
    case when medicine.is_dopaminergic then true when not medicine.has_unknown then false end
        as has_dopaminergic,
    case when medicine.is_benzodiazepine then true when not medicine.has_unknown then false end
        as has_benzodiazepine,
    case when medicine.is_antidepressant then true when not medicine.has_unknown then false end
        as has_antidepressant,
    case when medicine.is_antihistamine then true when not medicine.has_unknown then false end
        as has_antihistamine,
    -- said to be taken in either diary; unknown where neither says anything
    case
        when medicine.is_iron or supplement.has_iron then true
        -- a drug that nobody knows may be one
        when medicine.has_unknown then null
        when medicine.is_iron is not null or supplement.has_iron is not null then false
    end as has_iron_supplement,
    medicine.dopaminergic_mg,
    medicine.dopaminergic_day_count,
    medicine.drug_classes,
    medicine.has_unknown as has_unknown_drug,
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
comment on column night_medication.has_unknown_drug is
'Whether a drug of unknown class was taken, which leaves empty the flags that are not true.';
comment on column night_medication.drug_classes is 'All classes taken, sorted.';
comment on column night_medication.is_medication_logged is
'Whether the diary of medicines speaks of the day.';
