-- What did the study find, and what could it have found?
--
-- Ratios of the main outcome within persons: jerks in sleep, or in bed where no night's sleep is known;
-- below the detectable ratio nothing is shown to be absent. A control far from 1 says: distrust this row.
-- The answers that are not exploratory come first.

select
    outcome,
    exposure,
    per_unit,
    round(rate_ratio, 3) as rate_ratio,
    round(ci_low, 3) as ci_low,
    round(ci_high, 3) as ci_high,
    round(q_value, 4) as q_value,
    round(detectable_rate_ratio, 3) as detectable_rate_ratio,
    -- the same for tomorrow's exposure, which can have moved nothing
    round(control_rate_ratio, 3) as control_rate_ratio,
    round(control_q_value, 4) as control_q_value,
    -- and for the hours a device was not worn
    round(unworn_rate_ratio, 3) as unworn_rate_ratio,
    round(unworn_q_value, 4) as unworn_q_value,
    participant_count,
    informative_participant_count,
    is_exploratory,
    outcome_of_fit
from association
where
    effect = 'within'
    and analysis != 'negative_control'
    and outcome in (
        select main.outcome
        from association as main
        where not main.is_exploratory
    )
order by is_exploratory, q_value nulls last, exposure;
