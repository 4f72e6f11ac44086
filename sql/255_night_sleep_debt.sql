-- ----------------------------------------------------------------------------
-- 255_night_sleep_debt: how much sleep the nights before fell short
--
-- Grain    one row per participant_id, night_date
-- Reads    study_parameter, night
-- Writes   night_sleep_debt
-- Source   need of sleep: Watson 2015, doi:10.5665/sleep.4716
-- ----------------------------------------------------------------------------

create or replace table night_sleep_debt as

with

parameter as (

    select
        max(value_number) filter (where name = 'exposures.sleep_debt.need_h') as need_h,
        max(value_number) filter (
            where name = 'exposures.sleep_debt.window_night_count'
        ) as window_night_count
    from study_parameter

),

-- the nights before, never this one
earlier_night as (

    select
        night.participant_id,
        night.night_date,
        count(*) as known_night_count,
        sum(parameter.need_h - earlier.tst_h order by earlier.tst_h) as shortfall_h,
        bool_or(earlier.night_date = night.night_date - 1) as is_last_night_known,
        max(earlier.tst_h) filter (where earlier.night_date = night.night_date - 1) as last_night_tst_h
    from night
    cross join parameter
    inner join night as earlier
        on
            night.participant_id = earlier.participant_id
            and night.night_date > earlier.night_date
            and night.night_date - earlier.night_date <= parameter.window_night_count
    where
        earlier.tst_h is not null
        -- a night that ended after these lights went off was not before it
        and coalesce(earlier.sleep_end_at <= night.lights_off_at, true)
    group by
        night.participant_id,
        night.night_date

)

select
    night.participant_id,
    night.night_date,
    -- longer nights pay back, sleep beyond the need is no credit; without the night before nothing is said
    case
        when earlier_night.is_last_night_known then greatest(earlier_night.shortfall_h, 0)
    end as sleep_debt_h,
    coalesce(earlier_night.known_night_count, 0) as sleep_debt_night_count,
    earlier_night.last_night_tst_h
from night
left join earlier_night
    on
        night.participant_id = earlier_night.participant_id
        and night.night_date = earlier_night.night_date
order by
    night.participant_id,
    night.night_date;

alter table night_sleep_debt add primary key (participant_id, night_date);

comment on table night_sleep_debt is 'Sleep debt from the seven nights before.';
comment on column night_sleep_debt.sleep_debt_h is
'Sum of sleep_debt.need_h minus total sleep time over the known nights of the window before, at least 0 [h].';
comment on column night_sleep_debt.sleep_debt_night_count is 'Known nights in that sum.';
comment on column night_sleep_debt.last_night_tst_h is 'Total sleep time of the night before [h].';
