-- ----------------------------------------------------------------------------
-- 030_student_t: quantiles of Student's t, which SQL does not have
--
-- Grain    one row per participant_count
-- Reads    core.student_t
-- Writes   student_t
-- Source   flows/warehouse/build.py; two-sided, at the confidence of cohort.interval.confidence_frac
-- ----------------------------------------------------------------------------

create or replace table student_t as

select
    participant_count,
    student_t_ratio
from core.student_t
order by participant_count;

alter table student_t add primary key (participant_count);

comment on table student_t is 'Quantiles of Student''s t for intervals over participants.';
comment on column student_t.participant_count is
'Number of participants; the degrees of freedom are one less.';
comment on column student_t.student_t_ratio is
'Half width of the two-sided interval in standard errors [1]; the last row serves all larger numbers.';
