-- ----------------------------------------------------------------------------
-- 160_medication_use: doses and courses of medicines
--
-- Grain    one row per dose or course
-- Reads    core.medication_use
-- Like     participant
-- Writes   medication_use
-- Source   diary/medication.csv, imports
-- ----------------------------------------------------------------------------

create or replace table medication_use as

select
    participant_id,
    taken_at,
    start_date,
    end_date,
    drug,
    drug_class,
    dose_mg
from core.medication_use
order by participant_id, start_date, taken_at;

comment on table medication_use is 'Medicines: single doses and courses of days.';
comment on column medication_use.taken_at is 'When a single dose was taken [UTC].';
comment on column medication_use.start_date is 'First day of a course.';
comment on column medication_use.end_date is 'Last day of a course, included; empty where it goes on.';
comment on column medication_use.drug is 'Drug.';
comment on column medication_use.drug_class is
'Class of the drug: dopaminergic, benzodiazepine, iron, ssri and others; none says that none was taken.';
comment on column medication_use.dose_mg is 'Dose [mg].';
