-- ----------------------------------------------------------------------------
-- 252_night_nap: naps of the waking day before each night
--
-- Grain    one row per participant_id, night_date with known lights-off
-- Reads    night_waking_day, nap, sleep_diary
-- Writes   night_nap
-- Source   definition: sleep beside the night; a watch that told the night before tells naps
-- ----------------------------------------------------------------------------

create or replace table night_nap as

with

-- who wore a watch in a night before would have had a nap recorded
worn as (

    select
        participant_id,
        night_date
    from sleep_diary
    where
        coalesce(lights_off_source, 'diary') != 'diary'
        or coalesce(sleep_onset_source, 'diary') != 'diary'

),

summed as (

    select
        night_waking_day.participant_id,
        night_waking_day.night_date,
        sum(
            date_diff(
                'microsecond',
                greatest(nap.started_at, night_waking_day.entry_from_at),
                least(nap.ended_at, night_waking_day.lights_off_at)
            ) / 6e7
            order by nap.started_at
        ) as nap_min,
        count(*) as nap_count
    from night_waking_day
    inner join nap
        on
            night_waking_day.participant_id = nap.participant_id
            and night_waking_day.lights_off_at > nap.started_at
            and night_waking_day.entry_from_at < nap.ended_at
    group by
        night_waking_day.participant_id,
        night_waking_day.night_date

)

select
    night_waking_day.participant_id,
    night_waking_day.night_date,
    case
        when summed.nap_min is not null then summed.nap_min
        when worn.participant_id is not null then 0
    end as nap_min,
    coalesce(summed.nap_count, 0) as nap_count
from night_waking_day
left join summed
    on
        night_waking_day.participant_id = summed.participant_id
        and night_waking_day.night_date = summed.night_date
left join worn
    on
        night_waking_day.participant_id = worn.participant_id
        and night_waking_day.night_date - 1 = worn.night_date
order by
    night_waking_day.participant_id,
    night_waking_day.night_date;

alter table night_nap add primary key (participant_id, night_date);

comment on table night_nap is 'Naps of the waking day before each night, as watches recorded them.';
comment on column night_nap.nap_min is
'Naps before lights-off [min]; 0 where a watch told the night before and no nap, empty where none did.';
comment on column night_nap.nap_count is 'Naps in that sum.';
