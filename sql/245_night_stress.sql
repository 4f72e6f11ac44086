-- ----------------------------------------------------------------------------
-- 245_night_stress: stress of the waking day before each night
--
-- Grain    one row per participant_id, night_date with known lights-off
-- Reads    study_parameter, night_waking_day, stress_rating
-- Writes   night_stress
-- Source   definition; standardised without looking ahead, see below
-- ----------------------------------------------------------------------------

create or replace table night_stress as

-- stress_z compares the day with the person's own rated days up to and with this one, on the same scale. The
-- mean of all days of a study would let a rating of next week change last week's exposure; this one stays.

with

parameter as (

    select max(value_number) as min_rated_day_count
    from study_parameter
    where name = 'exposures.stress.min_rated_day_count'

),

rating as (

    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        stress_rating.scale,
        stress_rating.score,
        -- a scale for the moment is nearer to this night than one for the last month
        case stress_rating.scale::varchar
            when 'rating_0_10' then 1
            when 'stai_state' then 2
            when 'pss4' then 3
            else 4
        end as scale_rank
    from night_waking_day
    inner join stress_rating
        on night_waking_day.participant_id = stress_rating.participant_id
    where
        (
            night_waking_day.entry_from_at <= stress_rating.rated_at
            and night_waking_day.lights_off_at > stress_rating.rated_at
        )
        or (stress_rating.rated_at is null and night_waking_day.night_date = stress_rating.logged_date)

),

scale_day as (

    select
        participant_id,
        night_date,
        scale,
        scale_rank,
        avg(score order by score) as stress_score,
        count(*) as rating_count
    from rating
    group by
        participant_id,
        night_date,
        scale,
        scale_rank

),

day as (

    select
        participant_id,
        night_date,
        scale,
        stress_score,
        rating_count
    from scale_day
    qualify row_number() over (
        partition by
            participant_id,
            night_date
        order by scale_rank
    ) = 1

),

-- all days on which the person used the scale, whether or not a night was recorded after them
rated_day as (

    select
        participant_id,
        scale,
        logged_date,
        avg(score) as stress_score,
        max(rated_at) as last_rated_at
    from stress_rating
    group by
        participant_id,
        scale,
        logged_date

),

earlier_day as (

    select
        day.participant_id,
        day.night_date,
        day.scale,
        night_waking_day.waking_from_at,
        rated_day.logged_date,
        rated_day.stress_score,
        -- a day of an earlier date that was not over when this one began: somebody flew across the date line
        coalesce(rated_day.last_rated_at >= night_waking_day.waking_from_at, false) as reaches_into_day
    from day
    inner join night_waking_day
        on
            day.participant_id = night_waking_day.participant_id
            and day.night_date = night_waking_day.night_date
    inner join rated_day
        on
            day.participant_id = rated_day.participant_id
            and day.scale = rated_day.scale
            and day.night_date > rated_day.logged_date

),

earlier_part as (

    select
        earlier_day.participant_id,
        earlier_day.night_date,
        avg(stress_rating.score) as stress_score
    from earlier_day
    inner join stress_rating
        on
            earlier_day.participant_id = stress_rating.participant_id
            and earlier_day.scale = stress_rating.scale
            and earlier_day.logged_date = stress_rating.logged_date
    where
        earlier_day.reaches_into_day
        and (stress_rating.rated_at is null or stress_rating.rated_at < earlier_day.waking_from_at)
    group by
        earlier_day.participant_id,
        earlier_day.night_date,
        earlier_day.logged_date

),

own_history as (

    select
        participant_id,
        night_date,
        stress_score
    from earlier_day
    where not reaches_into_day
    union all
    select
        participant_id,
        night_date,
        stress_score
    from earlier_part
    union all
    select
        participant_id,
        night_date,
        stress_score
    from day

),

own_usual as (

    select
        participant_id,
        night_date,
        count(*) as rated_day_count,
        -- in one order, so that two builds agree to the last digit
        avg(stress_score order by stress_score) as usual_score,
        stddev_samp(stress_score order by stress_score) as usual_score_sd
    from own_history
    group by
        participant_id,
        night_date

)

select
    night_waking_day.participant_id,
    night_waking_day.night_date,
    day.stress_score,
    day.scale::varchar as stress_scale,
    case
        -- fewer days, or days that were all alike, have no spread to compare with
        when own_usual.rated_day_count >= parameter.min_rated_day_count and own_usual.usual_score_sd > 0
            then (day.stress_score - own_usual.usual_score) / own_usual.usual_score_sd
    end as stress_z,
    own_usual.rated_day_count as stress_rated_day_count,
    day.rating_count as stress_rating_count,
    day.stress_score is not null as is_stress_logged
from night_waking_day
cross join parameter
left join day
    on
        night_waking_day.participant_id = day.participant_id
        and night_waking_day.night_date = day.night_date
left join own_usual
    on
        night_waking_day.participant_id = own_usual.participant_id
        and night_waking_day.night_date = own_usual.night_date
order by
    night_waking_day.participant_id,
    night_waking_day.night_date;

alter table night_stress add primary key (participant_id, night_date);

comment on table night_stress is
'Stress of the waking day before each night; empty where the day was not rated.';
comment on column night_stress.stress_score is 'Mean of the day''s ratings on stress_scale [points].';
comment on column night_stress.stress_scale is
'Scale of the score: of those rated that day the first of rating_0_10, stai_state, pss4, pss10.';
comment on column night_stress.stress_z is
'Score against the person''s own rated days up to this one, in standard deviations [1].';
comment on column night_stress.stress_rated_day_count is
'Days behind mean and deviation of stress_z, this one included.';
comment on column night_stress.stress_rating_count is 'Ratings behind stress_score.';
comment on column night_stress.is_stress_logged is 'Whether the waking day holds a rating before lights-off.';
