-- ----------------------------------------------------------------------------
-- 449_person_summary: each person in one row
--
-- Grain    one row per participant_id
-- Reads    analysis_night, person_association
-- Writes   person_summary
-- Layer    start, answer
-- Source   5:2 weighting as in GGIR, part 5; intraclass correlation: one-way analysis of variance,
--          Shrout 1979, doi:10.1037/0033-2909.86.2.420, with the mean number of nights of unequal groups
-- ----------------------------------------------------------------------------

create or replace table person_summary as

with

night_log as (

    select
        participant_id,
        night_date,
        is_weekend,
        jerk_count,
        jerk_sleep_count,
        analysed_h,
        analysed_sleep_h,
        jerk_rate_per_h,
        jerk_sleep_rate_per_h,
        ln((jerk_count + 0.5) / analysed_h) as log_rate
    from analysis_night

),

person as (

    select
        participant_id,
        count(*) as night_count,
        count(jerk_sleep_rate_per_h) as sleep_known_night_count,
        count(*) filter (where is_weekend) as weekend_night_count,
        avg(jerk_rate_per_h order by night_date) as jerk_rate_mean_per_h,
        avg(jerk_rate_per_h order by night_date) filter (where not is_weekend) as weekday_rate,
        avg(jerk_rate_per_h order by night_date) filter (where is_weekend) as weekend_rate,
        avg(jerk_sleep_rate_per_h order by night_date) as jerk_sleep_rate_mean_per_h,
        avg(jerk_sleep_rate_per_h order by night_date) filter (where not is_weekend) as weekday_sleep_rate,
        avg(jerk_sleep_rate_per_h order by night_date) filter (where is_weekend) as weekend_sleep_rate,
        avg(log_rate order by night_date) as log_mean,
        var_pop(log_rate order by night_date) * count(*) as square_sum
    from night_log
    group by participant_id

),

whole as (

    select avg(log_rate order by participant_id, night_date) as log_mean
    from night_log

),

analysis_of_variance as (

    select
        -- mean squares between and within persons, and the mean number of nights
        sum(
            person.night_count * (person.log_mean - whole.log_mean) ** 2
            order by person.participant_id
        )
        / nullif(count(*) - 1, 0) as between_square,
        sum(person.square_sum order by person.participant_id)
        / nullif(sum(person.night_count) - count(*), 0) as within_square,
        (sum(person.night_count) - sum(person.night_count ** 2) / sum(person.night_count))
        / nullif(count(*) - 1, 0) as mean_night_count
    from person
    cross join whole

),

ratio as (

    select
        participant_id,
        max(rate_ratio) filter (where exposure = 'caffeine_mg') as caffeine_rate_ratio,
        max(rate_ratio) filter (where exposure = 'exercise_met_min') as exercise_rate_ratio,
        max(rate_ratio) filter (where exposure = 'stress_score') as stress_rate_ratio,
        max(rate_ratio) filter (where exposure = 'magnesium_mg') as magnesium_rate_ratio
    from person_association
    group by participant_id

)

select
    person.participant_id,
    person.night_count,
    person.sleep_known_night_count,
    person.weekend_night_count,
    person.jerk_rate_mean_per_h,
    (5 * person.weekday_rate + 2 * person.weekend_rate) / 7 as jerk_rate_week_mean_per_h,
    person.jerk_sleep_rate_mean_per_h,
    (5 * person.weekday_sleep_rate + 2 * person.weekend_sleep_rate) / 7 as jerk_sleep_rate_week_mean_per_h,
    exp(person.log_mean) as jerk_rate_geometric_mean_per_h,
    (analysis_of_variance.between_square - analysis_of_variance.within_square)
    / nullif(
        analysis_of_variance.between_square
        + (analysis_of_variance.mean_night_count - 1) * analysis_of_variance.within_square,
        0
    ) as cohort_intraclass_correlation_index,
    ratio.caffeine_rate_ratio,
    ratio.exercise_rate_ratio,
    ratio.stress_rate_ratio,
    ratio.magnesium_rate_ratio
from person
cross join analysis_of_variance
left join ratio on person.participant_id = ratio.participant_id
order by person.participant_id;

alter table person_summary add primary key (participant_id);

comment on table person_summary is
'Each participant in one row: nights, means of the rates, and within-person ratios drawn towards the cohort.';
comment on column person_summary.night_count is 'Analysed nights.';
comment on column person_summary.sleep_known_night_count is 'Those of them whose sleep is known.';
comment on column person_summary.weekend_night_count is 'Those of them that lead into a Saturday or Sunday.';
comment on column person_summary.jerk_rate_mean_per_h is
'Plain mean over nights of leg jumps per analysed hour in bed [1/h].';
comment on column person_summary.jerk_rate_week_mean_per_h is
'The same with nights of the week and of the weekend weighted 5 to 2; empty where one kind is missing [1/h].';
comment on column person_summary.jerk_sleep_rate_mean_per_h is
'Plain mean over nights of leg jumps in sleep per analysed hour of sleep [1/h].';
comment on column person_summary.jerk_sleep_rate_week_mean_per_h is
'The same weighted 5 to 2; empty where one kind of night is missing [1/h].';
comment on column person_summary.jerk_rate_geometric_mean_per_h is
'Geometric mean over nights of leg jumps in bed, half a jerk added to each night [1/h].';
comment on column person_summary.cohort_intraclass_correlation_index is
'Share of the variance of log rates that lies between persons; one number for the cohort [1].';
comment on column person_summary.caffeine_rate_ratio is
'Ratio of the main outcome for 100 mg of caffeine within the person, drawn towards the cohort [1].';
comment on column person_summary.exercise_rate_ratio is 'The same for 300 MET min of exercise [1].';
comment on column person_summary.stress_rate_ratio is 'The same for a point of stress [1].';
comment on column person_summary.magnesium_rate_ratio is 'The same for 100 mg of magnesium [1].';
