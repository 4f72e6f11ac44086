-- ----------------------------------------------------------------------------
-- 250_night_nutrient: nutrients of the day before each night, and usual intake
--
-- Grain    one row per participant_id, night_date with known lights-off
-- Reads    night_waking_day, participant, nutrient_day, dietary_reference_intake
-- Writes   night_nutrient
-- Source   dietary reference intakes: IOM 1997, 1998, 2001, 2011; sources by row in dietary_reference_intake
-- ----------------------------------------------------------------------------

create or replace table night_nutrient as

with

day_origin as (

    select
        participant_id,
        logged_date,
        sum(magnesium_mg) filter (where origin = 'food') as magnesium_food_mg,
        sum(magnesium_mg) filter (where origin = 'supplement') as magnesium_supplement_mg,
        sum(calcium_mg) filter (where origin = 'food') as calcium_food_mg,
        sum(calcium_mg) filter (where origin = 'supplement') as calcium_supplement_mg,
        sum(iron_mg) filter (where origin = 'food') as iron_food_mg,
        sum(iron_mg) filter (where origin = 'supplement') as iron_supplement_mg,
        sum(vitamin_b6_mg) filter (where origin = 'food') as vitamin_b6_food_mg,
        sum(vitamin_b6_mg) filter (where origin = 'supplement') as vitamin_b6_supplement_mg,
        sum(vitamin_b12_ug) filter (where origin = 'food') as vitamin_b12_food_ug,
        sum(vitamin_b12_ug) filter (where origin = 'supplement') as vitamin_b12_supplement_ug
    from nutrient_day
    group by
        participant_id,
        logged_date

),

-- a day with supplements alone says nothing of the whole intake: nobody eats nothing
day_total as (

    select
        participant_id,
        logged_date,
        magnesium_food_mg,
        magnesium_supplement_mg,
        magnesium_food_mg + coalesce(magnesium_supplement_mg, 0) as magnesium_mg,
        calcium_food_mg,
        calcium_supplement_mg,
        calcium_food_mg + coalesce(calcium_supplement_mg, 0) as calcium_mg,
        iron_food_mg,
        iron_supplement_mg,
        iron_food_mg + coalesce(iron_supplement_mg, 0) as iron_mg,
        vitamin_b6_food_mg,
        vitamin_b6_supplement_mg,
        vitamin_b6_food_mg + coalesce(vitamin_b6_supplement_mg, 0) as vitamin_b6_mg,
        vitamin_b12_food_ug,
        vitamin_b12_supplement_ug,
        vitamin_b12_food_ug + coalesce(vitamin_b12_supplement_ug, 0) as vitamin_b12_ug
    from day_origin

),

-- usual intake: the mean over the recalls until this day; a recall days away is not taken for this day
recall as (

    select
        participant_id,
        logged_date,
        lead(logged_date) over until_day as next_logged_date,
        count(*) over until_day as recall_count,
        avg(magnesium_mg) over until_day as usual_magnesium_mg,
        avg(calcium_mg) over until_day as usual_calcium_mg,
        avg(iron_mg) over until_day as usual_iron_mg,
        avg(vitamin_b6_mg) over until_day as usual_vitamin_b6_mg,
        avg(vitamin_b12_ug) over until_day as usual_vitamin_b12_ug
    from day_total
    where
        -- a recall of food, of at least one nutrient
        coalesce(magnesium_food_mg, calcium_food_mg, iron_food_mg, vitamin_b6_food_mg, vitamin_b12_food_ug)
        is not null
    window until_day as (
        partition by participant_id
        order by logged_date
        rows between unbounded preceding and current row
    )

),

usual_intake as (

    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        recall.recall_count,
        recall.usual_magnesium_mg,
        recall.usual_calcium_mg,
        recall.usual_iron_mg,
        recall.usual_vitamin_b6_mg,
        recall.usual_vitamin_b12_ug
    from night_waking_day
    inner join recall
        on
            night_waking_day.participant_id = recall.participant_id
            and night_waking_day.night_date >= recall.logged_date
            and night_waking_day.night_date < coalesce(recall.next_logged_date, date '9999-12-31')

),

-- allowances exist for female and male and from 14 years on; elsewhere the ratios stay empty
reference as (

    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        max(dietary_reference_intake.allowance) filter (
            where dietary_reference_intake.nutrient = 'magnesium'
        ) as magnesium_allowance_mg,
        max(dietary_reference_intake.upper_limit) filter (
            where dietary_reference_intake.nutrient = 'magnesium'
        ) as magnesium_upper_limit_mg,
        max(dietary_reference_intake.allowance) filter (
            where dietary_reference_intake.nutrient = 'calcium'
        ) as calcium_allowance_mg,
        max(dietary_reference_intake.upper_limit) filter (
            where dietary_reference_intake.nutrient = 'calcium'
        ) as calcium_upper_limit_mg,
        max(dietary_reference_intake.allowance) filter (
            where dietary_reference_intake.nutrient = 'iron'
        ) as iron_allowance_mg,
        max(dietary_reference_intake.upper_limit) filter (
            where dietary_reference_intake.nutrient = 'iron'
        ) as iron_upper_limit_mg,
        max(dietary_reference_intake.allowance) filter (
            where dietary_reference_intake.nutrient = 'vitamin_b6'
        ) as vitamin_b6_allowance_mg,
        max(dietary_reference_intake.upper_limit) filter (
            where dietary_reference_intake.nutrient = 'vitamin_b6'
        ) as vitamin_b6_upper_limit_mg,
        max(dietary_reference_intake.allowance) filter (
            where dietary_reference_intake.nutrient = 'vitamin_b12'
        ) as vitamin_b12_allowance_ug,
        max(dietary_reference_intake.upper_limit) filter (
            where dietary_reference_intake.nutrient = 'vitamin_b12'
        ) as vitamin_b12_upper_limit_ug
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
        night_waking_day.night_date

)

select
    night_waking_day.participant_id,
    night_waking_day.night_date,
    day_total.magnesium_mg,
    day_total.magnesium_food_mg,
    day_total.magnesium_supplement_mg,
    day_total.magnesium_mg / reference.magnesium_allowance_mg as magnesium_rda_ratio,
    day_total.magnesium_supplement_mg / reference.magnesium_upper_limit_mg as magnesium_ul_ratio,
    usual_intake.usual_magnesium_mg,
    usual_intake.usual_magnesium_mg / reference.magnesium_allowance_mg as usual_magnesium_rda_ratio,
    day_total.calcium_mg,
    day_total.calcium_food_mg,
    day_total.calcium_supplement_mg,
    day_total.calcium_mg / reference.calcium_allowance_mg as calcium_rda_ratio,
    day_total.calcium_mg / reference.calcium_upper_limit_mg as calcium_ul_ratio,
    usual_intake.usual_calcium_mg,
    usual_intake.usual_calcium_mg / reference.calcium_allowance_mg as usual_calcium_rda_ratio,
    day_total.iron_mg,
    day_total.iron_food_mg,
    day_total.iron_supplement_mg,
    day_total.iron_mg / reference.iron_allowance_mg as iron_rda_ratio,
    day_total.iron_mg / reference.iron_upper_limit_mg as iron_ul_ratio,
    usual_intake.usual_iron_mg,
    usual_intake.usual_iron_mg / reference.iron_allowance_mg as usual_iron_rda_ratio,
    day_total.vitamin_b6_mg,
    day_total.vitamin_b6_food_mg,
    day_total.vitamin_b6_supplement_mg,
    day_total.vitamin_b6_mg / reference.vitamin_b6_allowance_mg as vitamin_b6_rda_ratio,
    day_total.vitamin_b6_mg / reference.vitamin_b6_upper_limit_mg as vitamin_b6_ul_ratio,
    usual_intake.usual_vitamin_b6_mg,
    usual_intake.usual_vitamin_b6_mg / reference.vitamin_b6_allowance_mg as usual_vitamin_b6_rda_ratio,
    day_total.vitamin_b12_ug,
    day_total.vitamin_b12_food_ug,
    day_total.vitamin_b12_supplement_ug,
    day_total.vitamin_b12_ug / reference.vitamin_b12_allowance_ug as vitamin_b12_rda_ratio,
    usual_intake.usual_vitamin_b12_ug,
    usual_intake.usual_vitamin_b12_ug / reference.vitamin_b12_allowance_ug as usual_vitamin_b12_rda_ratio,
    usual_intake.recall_count as nutrient_recall_count,
    day_total.participant_id is not null as is_nutrients_logged
from night_waking_day
left join day_total
    on
        night_waking_day.participant_id = day_total.participant_id
        and night_waking_day.night_date = day_total.logged_date
left join usual_intake
    on
        night_waking_day.participant_id = usual_intake.participant_id
        and night_waking_day.night_date = usual_intake.night_date
left join reference
    on
        night_waking_day.participant_id = reference.participant_id
        and night_waking_day.night_date = reference.night_date
order by
    night_waking_day.participant_id,
    night_waking_day.night_date;

alter table night_nutrient add primary key (participant_id, night_date);

comment on table night_nutrient is
'Nutrients of the day before each night by origin, against allowance and upper limit, and usual intake.';
comment on column night_nutrient.magnesium_mg is
'Magnesium of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column night_nutrient.magnesium_food_mg is 'Magnesium from food [mg].';
comment on column night_nutrient.magnesium_supplement_mg is 'Magnesium from supplements [mg].';
comment on column night_nutrient.magnesium_rda_ratio is
'Magnesium of the day over the recommended allowance [1].';
comment on column night_nutrient.magnesium_ul_ratio is
'Magnesium from supplements over the upper limit, which counts supplements only [1].';
comment on column night_nutrient.usual_magnesium_mg is 'Mean over the recalls until this day [mg].';
comment on column night_nutrient.usual_magnesium_rda_ratio is
'Usual magnesium over the recommended allowance [1].';
comment on column night_nutrient.calcium_mg is
'Calcium of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column night_nutrient.calcium_food_mg is 'Calcium from food [mg].';
comment on column night_nutrient.calcium_supplement_mg is 'Calcium from supplements [mg].';
comment on column night_nutrient.calcium_rda_ratio is
'Calcium of the day over the recommended allowance [1].';
comment on column night_nutrient.calcium_ul_ratio is 'Calcium of the day over the upper limit [1].';
comment on column night_nutrient.usual_calcium_mg is 'Mean over the recalls until this day [mg].';
comment on column night_nutrient.usual_calcium_rda_ratio is
'Usual calcium over the recommended allowance [1].';
comment on column night_nutrient.iron_mg is
'Iron of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column night_nutrient.iron_food_mg is 'Iron from food [mg].';
comment on column night_nutrient.iron_supplement_mg is 'Iron from supplements [mg].';
comment on column night_nutrient.iron_rda_ratio is 'Iron of the day over the recommended allowance [1].';
comment on column night_nutrient.iron_ul_ratio is 'Iron of the day over the upper limit [1].';
comment on column night_nutrient.usual_iron_mg is 'Mean over the recalls until this day [mg].';
comment on column night_nutrient.usual_iron_rda_ratio is 'Usual iron over the recommended allowance [1].';
comment on column night_nutrient.vitamin_b6_mg is
'Vitamin B6 of the day, food and supplements [mg]; empty where the food was not recorded.';
comment on column night_nutrient.vitamin_b6_food_mg is 'Vitamin B6 from food [mg].';
comment on column night_nutrient.vitamin_b6_supplement_mg is 'Vitamin B6 from supplements [mg].';
comment on column night_nutrient.vitamin_b6_rda_ratio is
'Vitamin B6 of the day over the recommended allowance [1].';
comment on column night_nutrient.vitamin_b6_ul_ratio is 'Vitamin B6 of the day over the upper limit [1].';
comment on column night_nutrient.usual_vitamin_b6_mg is 'Mean over the recalls until this day [mg].';
comment on column night_nutrient.usual_vitamin_b6_rda_ratio is
'Usual vitamin B6 over the recommended allowance [1].';
comment on column night_nutrient.vitamin_b12_ug is
'Vitamin B12 of the day, food and supplements [ug]; empty where the food was not recorded.';
comment on column night_nutrient.vitamin_b12_food_ug is 'Vitamin B12 from food [ug].';
comment on column night_nutrient.vitamin_b12_supplement_ug is 'Vitamin B12 from supplements [ug].';
comment on column night_nutrient.vitamin_b12_rda_ratio is
'Vitamin B12 of the day over the recommended allowance [1].';
comment on column night_nutrient.usual_vitamin_b12_ug is 'Mean over the recalls until this day [ug].';
comment on column night_nutrient.usual_vitamin_b12_rda_ratio is
'Usual vitamin B12 over the recommended allowance [1].';
comment on column night_nutrient.nutrient_recall_count is 'Days with recorded food behind the usual intakes.';
comment on column night_nutrient.is_nutrients_logged is 'Whether the day holds an entry.';
