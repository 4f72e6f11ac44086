-- ----------------------------------------------------------------------------
-- 486_column_trap: how a column is misread
--
-- Grain    one row per table_name, column_name
-- Like     peer_name
-- Writes   column_trap
-- Layer    quality
-- Source   questions that were asked of these tables and answered wrongly
--
-- A trap is told where its column has its origin; the dictionary repeats it
-- wherever a table of the same grain or a later one shows the column.
-- ----------------------------------------------------------------------------

create or replace table column_trap as

select
    misread.table_name,
    misread.column_name,
    misread.trap
from (
    values
    (
        'night', 'night_date',
        'Not the morning: 1 May is the night from 1 to 2 May; diaries of waking name it 2 May.'
    ),
    (
        'night', 'analysed_h',
        'Not the time in bed: a night half measured has half the hours, and half the jerks.'
    ),
    ('night', 'sleep_latency_min', 'Empty is not zero: nobody told when the lights went off.'),
    (
        'night', 'tst_h',
        'From a leg alone it is circular: who jerks more is told to sleep less. Ask diary_sleep, too.'
    ),
    ('night', 'waso_min', 'From a leg alone it is made of the very movements that it is held against.'),
    ('night', 'is_eligible', 'False says that the night cannot be analysed, not that it was a bad night.'),
    ('night', 'leg_recording_count', 'Devices, not legs: two files of one leg are two. Take leg_count.'),
    (
        'movement', 'kind',
        'A hypnic jerk is known by where it lies around sleep onset; without sleep there is none.'
    ),
    ('movement', 'is_asleep', 'Empty is not awake: the sleep of its night is not known.'),
    ('movement', 'phase', 'By which rules the kind was told, not whether the person slept: take is_asleep.'),
    (
        'movement', 'imi_s',
        'Empty at the first candidate and after a break: leave it out, do not make it zero.'
    ),
    ('movement', 'confidence', 'How clearly it stands out of the noise, not how likely it is a jerk.'),
    ('movement', 'is_jerk', 'Counts movements in bed and before; rates count is_in_bed alone.'),
    ('night_rate', 'jerk_count', 'Never compare counts: nights differ in hours. Take rates, or an offset.'),
    (
        'night_rate', 'jerk_rate_per_h',
        'Wake and sleep mixed: lying awake raises it though no leg moves more. Take jerk_sleep_rate_per_h.'
    ),
    (
        'night_rate', 'jerk_sleep_rate_per_h',
        'A mean of rates weighs an hour like a night: take the sum over the sum.'
    ),
    ('night_rate', 'aplm_wasm_per_h', 'Not a PLMI: the clinical limit of 15 per hour does not transfer.'),
    (
        'night_rate', 'periodicity_index',
        'Of few intervals it jumps between 0 and 1: read imi_count beside it.'
    ),
    (
        'night_rate', 'restlessness_index',
        'Holds the steps to the bathroom: restlessness_at_rest_movement_per_h does not.'
    ),
    ('night_rate', 'rhythmic_movement_count', 'A flag for a clinician to look at, never a diagnosis.'),
    (
        'night_rate', 'movement_source',
        'Electromyogram and acceleration count on different scales: never pool them.'
    ),
    (
        'night_caffeine', 'caffeine_mg',
        'Empty is not none: no diary was kept. A day without coffee is a logged 0.'
    ),
    ('night_caffeine', 'caffeine_at_lights_off_mg', 'Modelled from a half-life, not measured in blood.'),
    ('night_caffeine', 'hours_since_caffeine_h', 'Empty also where there was none: it is not zero hours.'),
    ('night_exercise', 'exercise_met_min', 'Empty is not none: no diary was kept.'),
    ('night_stress', 'stress_score', 'Comparable within stress_scale only: 8 of 10 is not 8 of 40.'),
    (
        'night_stress', 'stress_z',
        'Against the person''s own usual: it tells nothing of who is more stressed.'
    ),
    (
        'night_sleep_debt', 'sleep_debt_h',
        'A cause and a consequence of jerks: it is adjusted for, not explained.'
    ),
    (
        'exposure_night', 'lag1_caffeine_mg',
        'Yesterday''s, and near to today''s: read the ratio of the joint model.'
    ),
    ('analysis_night', 'lead1_caffeine_mg', 'Tomorrow''s, for a negative control: never an exposure.'),
    ('analysis_night', 'leg_count', 'One leg sees about half: compare nights of as many legs.'),
    (
        'analysis_night', 'is_weekend',
        'Nights that lead into Saturday or Sunday: Friday''s is one, Sunday''s is not.'
    ),
    (
        'analysis_night', 'sleep_efficiency_pct',
        'Over the time in bed; others take the sleep period and latency.'
    ),
    ('analysis_night', 'ferritin_ug_l', 'One value for all nights of the person: not so many observations.'),
    (
        'exposure_rate', 'jerk_rate_per_h',
        'Levels are different people: the answer within persons stands in association.'
    ),
    ('group_rate', 'jerk_rate_per_h', 'Groups are different people and differ in more than their name.'),
    (
        'association', 'rate_ratio',
        'Per per_unit of the exposure, within persons or between them: see effect.'
    ),
    (
        'association', 'p_value',
        'Of one of many questions: read q_value, and permutation_p_value where it stands.'
    ),
    (
        'association', 'ci_low',
        'An interval that holds 1 does not prove that there is no effect: see detectable_rate_ratio.'
    ),
    ('association', 'participant_count', 'Who entered, not who tells: see informative_participant_count.'),
    ('dose_response', 'rate_ratio', 'Against the lowest level, whose row has no interval.'),
    (
        'person_association', 'rate_ratio',
        'One person''s few nights: no advice to that person follows from it.'
    ),
    (
        'person_summary', 'caffeine_rate_ratio',
        'Drawn towards the mean of all by as much as the person''s nights are few.'
    ),
    ('night_hour', 'hour_number', 'Late hours are those of long nights: other people, other nights.'),
    ('imi_histogram', 'imi_count', 'One leg doubles the interval of what alternates between two.'),
    (
        'attrition', 'night_count',
        'A night leaves once, at its first reason: reasons do not add up over stages.'
    ),
    (
        'survey_leg_jerk', 'respondent_count',
        'Respondents, not people: weighted values stand for the population.'
    )
) as misread (table_name, column_name, trap)
order by misread.table_name, misread.column_name;

alter table column_trap add primary key (table_name, column_name);

comment on table column_trap is 'How columns are misread by who does not know how they were made.';
comment on column column_trap.column_name is 'Column that is misread.';
comment on column column_trap.trap is 'How it is misread, and what to take.';
