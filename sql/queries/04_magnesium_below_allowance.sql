-- Do people below the recommended magnesium jump more?
--
-- Usual intake, because one day says little about a person. The two rows are different people, who differ in
-- age, sex and diet: nothing is adjusted for. Within persons and adjusted: question 19, magnesium_mg.

with

person as (

    select
        participant_id,
        max(usual_magnesium_rda_ratio) as rda_ratio,
        max(usual_magnesium_mg) as magnesium_mg,
        count(*) as night_count,
        sum(jerk_sleep_count)
        / nullif(sum(analysed_sleep_h) filter (where jerk_sleep_count is not null), 0) as sleep_rate_per_h,
        sum(jerk_count) / sum(analysed_h) as bed_rate_per_h
    from analysis_night
    where usual_magnesium_rda_ratio is not null
    group by participant_id

)

select
    case when rda_ratio < 1 then 'below the allowance' else 'allowance met' end as magnesium,
    count(*) as participant_count,
    cast(sum(night_count) as bigint) as night_count,
    round(avg(magnesium_mg), 0) as mean_magnesium_mg,
    round(median(sleep_rate_per_h), 2) as median_person_jerk_sleep_rate_per_h,
    round(quantile_cont(sleep_rate_per_h, 0.25), 2) as lower_quartile_per_h,
    round(quantile_cont(sleep_rate_per_h, 0.75), 2) as upper_quartile_per_h,
    round(median(bed_rate_per_h), 2) as median_person_jerk_rate_in_bed_per_h
from person
group by magnesium
order by magnesium;
