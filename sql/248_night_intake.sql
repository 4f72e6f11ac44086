-- ----------------------------------------------------------------------------
-- 248_night_intake: each nutrient of the day before each night, and usual intake
--
-- Grain    one row per participant_id, night_date, nutrient
-- Reads    night_waking_day, participant, nutrient, nutrient_day, dietary_reference_intake
-- Writes   night_intake
-- Source   dietary reference intakes: IOM 1997, 1998, 2001, 2011; sources by row in dietary_reference_intake
-- ----------------------------------------------------------------------------

create or replace table night_intake as

with

entry as (

    select
        participant_id,
        logged_date,
        origin,
        column_name,
        amount
    from nutrient_day
    unpivot (amount for column_name in (columns(* exclude (participant_id, logged_date, origin, told_by))))

),

logged_day as (

    select distinct
        participant_id,
        logged_date
    from nutrient_day

),

day_origin as (

    select
        logged_day.participant_id,
        logged_day.logged_date,
        nutrient.nutrient,
        sum(entry.amount) filter (where entry.origin = 'food') as food_amount,
        sum(entry.amount) filter (where entry.origin = 'supplement') as supplement_amount,
        sum(entry.amount) filter (where entry.origin = 'food_and_supplement') as unparted_amount
    from logged_day
    cross join nutrient
    left join entry
        on
            logged_day.participant_id = entry.participant_id
            and logged_day.logged_date = entry.logged_date
            and nutrient.column_name = entry.column_name
    group by
        logged_day.participant_id,
        logged_day.logged_date,
        nutrient.nutrient

),

-- a day with supplements alone says nothing of the whole intake: nobody eats nothing
day_total as (

    select
        participant_id,
        logged_date,
        nutrient,
        food_amount,
        supplement_amount,
        coalesce(food_amount + coalesce(supplement_amount, 0), unparted_amount) as total_amount,
        -- a recall of food, of at least one nutrient
        bool_or(coalesce(food_amount, unparted_amount) is not null) over (
            partition by participant_id, logged_date
        ) as is_recall
    from day_origin

),

-- usual intake: the mean over the recalls until this day; a recall days away is not taken for this day
recall as (

    select
        participant_id,
        logged_date,
        nutrient,
        lead(logged_date) over until_day as next_logged_date,
        count(*) over until_day as recall_count,
        avg(total_amount) over until_day as usual_amount
    from day_total
    where is_recall
    window until_day as (
        partition by participant_id, nutrient
        order by logged_date
        rows between unbounded preceding and current row
    )

),

-- allowances exist for female and male and from 14 years on; elsewhere the ratios stay empty
reference as (

    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        dietary_reference_intake.nutrient,
        max(dietary_reference_intake.allowance) as allowance,
        max(dietary_reference_intake.upper_limit) as upper_limit,
        bool_or(dietary_reference_intake.upper_limit_applies_to = 'supplement') as is_limit_of_supplement
    from night_waking_day
    inner join participant
        on night_waking_day.participant_id = participant.participant_id
    inner join dietary_reference_intake
        on
            participant.sex::varchar = dietary_reference_intake.sex
            -- only the year of birth is known: age is the one reached in that year
            and year(night_waking_day.night_date) - participant.birth_year
            between dietary_reference_intake.age_from_year and dietary_reference_intake.age_to_year
            and coalesce(participant.is_pregnant, false) = dietary_reference_intake.is_pregnant
    group by
        night_waking_day.participant_id,
        night_waking_day.night_date,
        dietary_reference_intake.nutrient

)

select
    night_waking_day.participant_id,
    night_waking_day.night_date,
    nutrient.nutrient,
    nutrient.unit,
    day_total.total_amount,
    day_total.food_amount,
    day_total.supplement_amount,
    reference.allowance,
    reference.upper_limit,
    day_total.total_amount / reference.allowance as rda_ratio,
    case
        when reference.is_limit_of_supplement then day_total.supplement_amount
        else day_total.total_amount
    end / reference.upper_limit as ul_ratio,
    recall.usual_amount,
    recall.usual_amount / reference.allowance as usual_rda_ratio,
    recall.recall_count,
    day_total.participant_id is not null as is_logged
from night_waking_day
cross join nutrient
left join day_total
    on
        night_waking_day.participant_id = day_total.participant_id
        and night_waking_day.night_date = day_total.logged_date
        and nutrient.nutrient = day_total.nutrient
left join recall
    on
        night_waking_day.participant_id = recall.participant_id
        and nutrient.nutrient = recall.nutrient
        and night_waking_day.night_date >= recall.logged_date
        and night_waking_day.night_date < coalesce(recall.next_logged_date, date '9999-12-31')
left join reference
    on
        night_waking_day.participant_id = reference.participant_id
        and night_waking_day.night_date = reference.night_date
        and nutrient.nutrient = reference.nutrient
order by
    night_waking_day.participant_id,
    night_waking_day.night_date,
    nutrient.nutrient_number;

alter table night_intake add primary key (participant_id, night_date, nutrient);

comment on table night_intake is
'Each nutrient of the day before each night by origin, against allowance and upper limit, and usual intake.';
comment on column night_intake.total_amount is
'Food and supplements of the day [unit of the row]; empty where the food was not recorded.';
comment on column night_intake.food_amount is 'From food [unit of the row].';
comment on column night_intake.supplement_amount is 'From supplements [unit of the row].';
comment on column night_intake.allowance is
'Recommended intake of a day for the person [unit of the row]; empty where sex or age have none.';
comment on column night_intake.upper_limit is
'Tolerable upper intake level of a day for the person [unit of the row]; empty where none is set.';
comment on column night_intake.rda_ratio is 'Amount of the day over the recommended allowance [1].';
comment on column night_intake.ul_ratio is
'Over the upper limit what it counts: supplements, or food and supplements [1].';
comment on column night_intake.usual_amount is 'Mean over the recalls until this day [unit of the row].';
comment on column night_intake.usual_rda_ratio is 'Usual amount over the recommended allowance [1].';
comment on column night_intake.recall_count is 'Days with recorded food behind the usual intakes.';
comment on column night_intake.is_logged is 'Whether the day holds an entry.';
