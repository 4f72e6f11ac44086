-- ----------------------------------------------------------------------------
-- 160_medication_use: doses and courses of medicines
--
-- Grain    one row per dose or course
-- Reads    core.medication_use
-- Like     caffeine_intake
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
    dose_mg,
    atc,
    time_zone,
    told_by
from core.medication_use
order by participant_id, start_date, taken_at;

comment on table medication_use is 'Medicines: single doses and courses of days.';
comment on column medication_use.taken_at is 'When a single dose was taken [UTC].';
comment on column medication_use.start_date is 'First day of a course.';
comment on column medication_use.end_date is 'Last day of a course, included; empty where it goes on.';
comment on column medication_use.drug is
'Drug by its international name; empty where the table does not know what was written.';
comment on column medication_use.drug_class is
'Class: dopaminergic, iron, ssri ...; none says that none was taken, unknown that it is not known.';
comment on column medication_use.dose_mg is 'Dose [mg].';
comment on column medication_use.atc is
'Code of the drug in the Anatomical Therapeutic Chemical classification; empty where the drug is not known.';
