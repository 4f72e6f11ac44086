-- Does the answer depend on how it is asked?
--
-- The same question of the same person's nights in every way that it is asked: other models and
-- adjustments, one leg, sleep told by the diary alone, clear movements alone, awake, in bed. Rows of fewer
-- nights scatter more, and the ratios of other outcomes need not be the same: caffeine that keeps awake
-- moves the rate in bed and not the one asleep. Where all lie on one side of 1, the answer does not hang
-- on the choice.

with

main_outcome as (

    select max(outcome) as outcome
    from association
    where analysis = 'main' and not is_exploratory

),

asked as (

    select
        association.exposure,
        case
            when association.outcome = main_outcome.outcome then 'main'
            when association.outcome = 'jerk_sleep_count' then 'asleep'
            when association.outcome = 'jerk_wake_count' then 'awake in bed'
            else 'in bed'
        end as way,
        if(association.outcome = main_outcome.outcome, 1, 2) as way_number,
        association.rate_ratio,
        association.ci_low,
        association.ci_high,
        association.participant_count,
        association.night_count,
        association.outcome_of_fit
    from association
    cross join main_outcome
    where
        association.effect = 'within'
        and association.analysis = 'main'
        and association.outcome in ('jerk_sleep_count', 'jerk_wake_count', 'jerk_count')
    union all
    select
        exposure,
        replace(analysis, '_', ' ') as way,
        3 as way_number,
        rate_ratio,
        ci_low,
        ci_high,
        participant_count,
        night_count,
        outcome_of_fit
    from association_sensitivity
    where effect = 'within' and modifier = 'none'

),

main_exposure as (

    select distinct exposure
    from association
    where analysis = 'main' and effect = 'within' and not is_exploratory

)

select
    asked.exposure,
    asked.way,
    round(asked.rate_ratio, 3) as rate_ratio,
    round(asked.ci_low, 3) as ci_low,
    round(asked.ci_high, 3) as ci_high,
    asked.participant_count,
    asked.night_count,
    asked.outcome_of_fit
from asked
inner join main_exposure on asked.exposure = main_exposure.exposure
order by asked.exposure, asked.way_number, asked.way;
