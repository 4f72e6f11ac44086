-- Do people below the recommended magnesium jump more?
--
-- Usual intake, because one day says little about a person.

select
    case
        when usual_magnesium_rda_ratio < 1 then 'below the allowance'
        else 'allowance met'
    end as magnesium,
    count(distinct participant_id) as participant_count,
    count(*) as night_count,
    round(avg(usual_magnesium_mg), 0) as mean_magnesium_mg,
    round(sum(jerk_count) / sum(analysed_h), 2) as jerk_rate_per_h
from analysis_night
where usual_magnesium_rda_ratio is not null
group by magnesium
order by magnesium;
