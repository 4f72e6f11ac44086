-- Does the answer depend on the model?

select
    association.exposure,
    round(association.rate_ratio, 3) as gee,
    round(max(other.rate_ratio) filter (where other.analysis = 'negative_binomial'), 3) as negative_binomial,
    round(
        max(other.rate_ratio) filter (where other.analysis = 'person_fixed_effects'), 3
    ) as person_fixed_effects,
    round(max(other.rate_ratio) filter (where other.analysis = 'random_slope'), 3) as random_slope,
    round(max(other.rate_ratio) filter (where other.analysis = 'complete_case'), 3) as complete_case,
    round(max(other.rate_ratio) filter (where other.analysis = 'single'), 3) as exposures_one_by_one,
    round(max(other.rate_ratio) filter (where other.analysis = 'unadjusted'), 3) as unadjusted
from association
inner join association_sensitivity as other
    on
        association.outcome = other.outcome
        and association.exposure = other.exposure
        and association.effect = other.effect
where association.analysis = 'main' and association.effect = 'within'
group by association.exposure, association.rate_ratio
order by association.exposure;
