-- ----------------------------------------------------------------------------
-- 200_night_rate: how often the legs moved in each night, and per which hours
--
-- Grain    one row per participant_id, night_date
-- Reads    night, movement_hour, movement, restlessness, study_parameter
-- Like     leg_movement_report
-- Writes   night_rate
-- Source   WASM 2016: Ferri 2016, doi:10.1016/j.sleep.2016.10.010;
--          periodicity index: Ferri 2006, Sleep 29:759
--
-- Counted is what begins between lights-off and lights-on. Every rate stands
-- beside its hours; a night in which nothing was analysed has no counts,
-- which is not the same as a count of zero.
-- ----------------------------------------------------------------------------

create or replace table night_rate as

with

parameter as (

    select
        max(value_number) filter (
            where name = 'cohort.night_rate.periodicity_above_s'
        ) as periodicity_above_s,
        max(value_number) filter (
            where name = 'cohort.night_rate.periodicity_max_s'
        ) as periodicity_max_s,
        max(value_number) filter (
            where name = 'cohort.night_rate.periodicity_min_run_count'
        ) as min_run_count,
        max(value_number) filter (
            where name = 'cohort.night_rate.log_imi_min_s'
        ) as log_imi_min_s,
        max(value_number) filter (
            where name = 'cohort.night_rate.log_imi_max_s'
        ) as log_imi_max_s,
        max(value_number) filter (
            where name = 'cohort.night_rate.short_interval_below_s'
        ) as short_interval_below_s
    from study_parameter

),

-- read twice, and not kept in between: a hundred million movements would not fit
movement_in_bed as not materialized (

    select
        participant_id,
        night_date,
        onset_at,
        is_clm,
        is_asleep,
        wasm_series_id,
        -- an interval that began before lights-off is not one of the time in bed
        case
            when round(imi_s * 1e6) <= round(since_lights_off_s * 1e6) then imi_s
        end as imi_s
    from movement
    where is_in_bed

),

-- a series may cross sleep and wake; each of its members counts where it lies
series_member as (

    select
        movement_in_bed.participant_id,
        movement_in_bed.night_date,
        movement_in_bed.is_asleep,
        movement_in_bed.onset_at >= night.sleep_onset_at
        and movement_in_bed.onset_at < night.sleep_end_at as is_in_sleep_period
    from movement_in_bed
    inner join night
        on
            movement_in_bed.participant_id = night.participant_id
            and movement_in_bed.night_date = night.night_date
    where movement_in_bed.wasm_series_id is not null

),

member_count as (

    select
        participant_id,
        night_date,
        count(*) filter (where is_asleep) as aplm_wasm_count,
        count(*) filter (where not is_asleep) as aplm_wake_count,
        -- wake within the sleep period included: where sleep is told from movement, more movements mean
        -- fewer hours of sleep, and a rate per hour of sleep rises twice
        count(*) filter (where is_in_sleep_period) as aplm_spt_count
    from series_member
    group by participant_id, night_date

),

-- the same movements hour by hour, so that a night is the sum of its hours
movement_count as (

    select
        participant_id,
        night_date,
        cast(sum(jerk_count) as bigint) as jerk_count,
        cast(sum(jerk_sleep_count) as bigint) as jerk_sleep_count,
        cast(sum(jerk_wake_count) as bigint) as jerk_wake_count,
        cast(sum(confident_jerk_sleep_count) as bigint) as confident_jerk_sleep_count,
        cast(sum(hypnic_jerk_count) as bigint) as hypnic_jerk_count,
        cast(sum(twitch_count) as bigint) as twitch_count,
        cast(sum(leg_movement_count) as bigint) as leg_movement_count,
        cast(sum(clm_count) as bigint) as clm_count,
        cast(sum(gross_movement_count) as bigint) as gross_movement_count,
        cast(sum(foot_tremor_count) as bigint) as foot_tremor_count,
        cast(sum(rhythmic_movement_count) as bigint) as rhythmic_movement_count,
        cast(sum(aplm_aasm_count) as bigint) as aplm_aasm_count
    from movement_hour
    group by participant_id, night_date

),

-- what lies outside series, by the interval before it
outside_series as (

    select
        movement_in_bed.participant_id,
        movement_in_bed.night_date,
        -- less than the limit after the preceding candidate; membership of a series comes first
        count(*) filter (
            where movement_in_bed.imi_s < parameter.short_interval_below_s
        ) as short_interval_lm_count,
        -- all other candidates outside series, also those without a known interval
        count(*) filter (
            where coalesce(movement_in_bed.imi_s >= parameter.short_interval_below_s, true)
        ) as isolated_lm_count
    from movement_in_bed
    cross join parameter
    where movement_in_bed.is_clm and movement_in_bed.wasm_series_id is null
    group by movement_in_bed.participant_id, movement_in_bed.night_date

),

-- in whole 1e-12: a sum of fractions depends on its order, one of whole numbers does not
log_interval as (

    select
        movement_in_bed.participant_id,
        movement_in_bed.night_date,
        cast(round(ln(movement_in_bed.imi_s) * 1e12) as hugeint) as log_imi_e12
    from movement_in_bed
    cross join parameter
    where
        movement_in_bed.is_clm
        and movement_in_bed.imi_s >= parameter.log_imi_min_s
        and movement_in_bed.imi_s <= parameter.log_imi_max_s

),

log_sum as (

    select
        participant_id,
        night_date,
        cast(count(*) as hugeint) as value_count,
        sum(log_imi_e12) as value_sum,
        sum(log_imi_e12 * log_imi_e12) as square_sum
    from log_interval
    group by participant_id, night_date

),

log_interval_spread as (

    select
        participant_id,
        night_date,
        value_sum / value_count / 1e12 as log_imi_mean,
        case
            when value_count > 1
                then
                    sqrt(
                        (value_count * square_sum - value_sum * value_sum)
                        / (value_count * (value_count - 1))
                    ) / 1e12
        end as log_imi_sd
    from log_sum

),

interval_in_order as (

    select
        movement_in_bed.participant_id,
        movement_in_bed.night_date,
        movement_in_bed.imi_s,
        -- above 10 s and up to 90 s
        coalesce(
            movement_in_bed.imi_s > parameter.periodicity_above_s
            and movement_in_bed.imi_s <= parameter.periodicity_max_s,
            false
        ) as is_periodic,
        -- each interval that is not periodic, or not known, begins a new run
        sum(
            case
                when
                    movement_in_bed.imi_s > parameter.periodicity_above_s
                    and movement_in_bed.imi_s <= parameter.periodicity_max_s
                    then 0
                else 1
            end
        ) over (
            partition by movement_in_bed.participant_id, movement_in_bed.night_date
            order by movement_in_bed.onset_at
            rows unbounded preceding
        ) as run_number
    from movement_in_bed
    cross join parameter
    where movement_in_bed.is_clm

),

interval_run as (

    select
        participant_id,
        night_date,
        run_number,
        count(*) filter (where is_periodic) as periodic_interval_count,
        count(imi_s) as interval_count
    from interval_in_order
    group by participant_id, night_date, run_number

),

periodicity as (

    select
        interval_run.participant_id,
        interval_run.night_date,
        sum(interval_run.interval_count) as interval_count,
        -- runs of three and more consecutive periodic intervals
        sum(interval_run.periodic_interval_count) filter (
            where interval_run.periodic_interval_count >= parameter.min_run_count
        ) as interval_in_run_count
    from interval_run
    cross join parameter
    group by interval_run.participant_id, interval_run.night_date

),

counted as (

    select
        night.participant_id,
        night.night_date,
        night.sleep_window_source,
        -- polysomnography stands in only for nights that no leg sensor recorded; their sleep
        -- window may be that of a diary or a wrist
        case
            when night.leg_recording_count > 0 then 'acceleration'
            when night.analysed_h > 0 then 'electromyogram'
        end as movement_source,
        night.analysed_h,
        night.analysed_sleep_h,
        night.analysed_spt_h,
        night.analysed_wake_h,
        log_interval_spread.log_imi_mean,
        log_interval_spread.log_imi_sd,
        restlessness.restlessness_analysed_h,
        restlessness.restlessness_movement_count,
        restlessness.restlessness_movement_per_h,
        restlessness.restlessness_at_rest_h,
        restlessness.restlessness_at_rest_movement_count,
        restlessness.restlessness_at_rest_movement_per_h,
        -- no movement in analysed time is a count of zero; no analysed time is no count
        night.analysed_h > 0 as has_analysed,
        night.analysed_h > 0 and night.analysed_sleep_h is not null as has_sleep,
        night.analysed_h > 0
        and night.analysed_sleep_h is not null
        and night.is_sleep_known as is_told_asleep,
        night.analysed_h > 0 and night.analysed_wake_h is not null as has_wake,
        night.analysed_h > 0 and night.analysed_spt_h is not null as has_sleep_period,
        coalesce(movement_count.jerk_count, 0) as jerk_count,
        coalesce(movement_count.jerk_sleep_count, 0) as jerk_sleep_count,
        coalesce(movement_count.jerk_wake_count, 0) as jerk_wake_count,
        coalesce(movement_count.confident_jerk_sleep_count, 0) as confident_jerk_sleep_count,
        coalesce(movement_count.hypnic_jerk_count, 0) as hypnic_jerk_count,
        coalesce(movement_count.twitch_count, 0) as twitch_count,
        coalesce(movement_count.leg_movement_count, 0) as leg_movement_count,
        coalesce(movement_count.clm_count, 0) as clm_count,
        coalesce(movement_count.gross_movement_count, 0) as gross_movement_count,
        coalesce(movement_count.foot_tremor_count, 0) as foot_tremor_count,
        coalesce(movement_count.rhythmic_movement_count, 0) as rhythmic_movement_count,
        coalesce(member_count.aplm_wasm_count, 0) as aplm_wasm_count,
        coalesce(member_count.aplm_wake_count, 0) as aplm_wake_count,
        coalesce(member_count.aplm_spt_count, 0) as aplm_spt_count,
        coalesce(movement_count.aplm_aasm_count, 0) as aplm_aasm_count,
        coalesce(outside_series.isolated_lm_count, 0) as isolated_lm_count,
        coalesce(outside_series.short_interval_lm_count, 0) as short_interval_lm_count,
        coalesce(periodicity.interval_count, 0) as interval_count,
        coalesce(periodicity.interval_in_run_count, 0) as interval_in_run_count
    from night
    left join movement_count
        on
            night.participant_id = movement_count.participant_id
            and night.night_date = movement_count.night_date
    left join outside_series
        on
            night.participant_id = outside_series.participant_id
            and night.night_date = outside_series.night_date
    left join member_count
        on
            night.participant_id = member_count.participant_id
            and night.night_date = member_count.night_date
    left join log_interval_spread
        on
            night.participant_id = log_interval_spread.participant_id
            and night.night_date = log_interval_spread.night_date
    left join periodicity
        on
            night.participant_id = periodicity.participant_id
            and night.night_date = periodicity.night_date
    left join restlessness
        on
            night.participant_id = restlessness.participant_id
            and night.night_date = restlessness.night_date

)

select
    participant_id,
    night_date,
    sleep_window_source,
    movement_source,
    analysed_h,
    analysed_sleep_h,
    analysed_wake_h,
    analysed_spt_h,
    case when has_analysed then jerk_count end as jerk_count,
    case when has_analysed then jerk_count / analysed_h end as jerk_rate_per_h,
    case when is_told_asleep then jerk_sleep_count end as jerk_sleep_count,
    case
        when is_told_asleep and analysed_sleep_h > 0 then jerk_sleep_count / analysed_sleep_h
    end as jerk_sleep_rate_per_h,
    case when is_told_asleep then jerk_wake_count end as jerk_wake_count,
    case
        when is_told_asleep and analysed_wake_h > 0 then jerk_wake_count / analysed_wake_h
    end as jerk_wake_rate_per_h,
    case when is_told_asleep then confident_jerk_sleep_count end as confident_jerk_sleep_count,
    case when has_analysed then hypnic_jerk_count end as hypnic_jerk_count,
    case when has_analysed then hypnic_jerk_count / analysed_h end as hypnic_jerk_rate_per_h,
    case when has_analysed then twitch_count end as twitch_count,
    case when has_analysed then leg_movement_count end as leg_movement_count,
    case when has_analysed then clm_count end as clm_count,
    case when has_sleep then aplm_wasm_count end as aplm_wasm_count,
    case
        when has_sleep and analysed_sleep_h > 0 then aplm_wasm_count / analysed_sleep_h
    end as aplm_wasm_per_h,
    case when has_sleep then aplm_aasm_count end as aplm_aasm_count,
    case
        when has_sleep and analysed_sleep_h > 0 then aplm_aasm_count / analysed_sleep_h
    end as aplm_aasm_per_h,
    case when has_wake then aplm_wake_count end as aplm_wake_count,
    case
        when has_wake and analysed_wake_h > 0 then aplm_wake_count / analysed_wake_h
    end as aplm_wake_per_h,
    case when has_sleep_period then aplm_spt_count end as aplm_spt_count,
    case
        when has_sleep_period and analysed_spt_h > 0 then aplm_spt_count / analysed_spt_h
    end as aplm_spt_per_h,
    case when has_analysed then isolated_lm_count end as isolated_lm_count,
    case when has_analysed then short_interval_lm_count end as short_interval_lm_count,
    case when has_analysed then cast(interval_count as bigint) end as imi_count,
    -- interval form: share of the intervals that lie in runs
    case
        when has_analysed and interval_count > 0 then interval_in_run_count / interval_count
    end as periodicity_index,
    -- movement form: share of the candidates that lie in series
    case
        when has_sleep and clm_count > 0 then (aplm_wasm_count + aplm_wake_count) / clm_count
    end as periodicity_movement_index,
    case when has_analysed then log_imi_mean end as log_imi_mean,
    case when has_analysed then log_imi_sd end as log_imi_sd,
    restlessness_analysed_h,
    restlessness_movement_count,
    restlessness_movement_per_h as restlessness_index,
    restlessness_at_rest_h,
    restlessness_at_rest_movement_count,
    restlessness_at_rest_movement_per_h,
    case when has_analysed then gross_movement_count end as gross_movement_count,
    case when has_analysed then foot_tremor_count end as foot_tremor_count,
    case when has_analysed then rhythmic_movement_count end as rhythmic_movement_count
from counted
order by participant_id, night_date;

alter table night_rate add primary key (participant_id, night_date);

comment on table night_rate is
'Counts and rates of one night, in bed. Research indices: aPLM of acceleration is no PLMI.';
comment on column night_rate.sleep_window_source is
'Source of the denominators: where lights-off, sleep and lights-on come from.';
comment on column night_rate.movement_source is
'What movements were seen in: acceleration, or electromyogram, whose rates do not compare with it.';
comment on column night_rate.analysed_h is
'In bed, worn, recorded by a leg device: denominator of the rates of jerks and hypnic jerks [h].';
comment on column night_rate.analysed_sleep_h is
'The part of analysed_h that was sleep: denominator of aplm_wasm_per_h and aplm_aasm_per_h [h].';
comment on column night_rate.analysed_wake_h is
'The part of analysed_h that was wake: denominator of aplm_wake_per_h [h].';
comment on column night_rate.analysed_spt_h is
'The part of analysed_h between sleep onset and sleep end: denominator of aplm_spt_per_h [h].';
comment on column night_rate.jerk_rate_per_h is
'Leg jumps per analysed hour in bed, wake and sleep mixed: a restless night has more of both [1/h].';
comment on column night_rate.jerk_sleep_rate_per_h is 'Leg jumps in sleep per analysed hour of sleep [1/h].';
comment on column night_rate.jerk_wake_rate_per_h is
'Leg jumps awake in bed per analysed hour of wake in bed [1/h].';
comment on column night_rate.hypnic_jerk_rate_per_h is 'Sleep starts per analysed hour [1/h].';
comment on column night_rate.aplm_wasm_count is 'Candidates in series of WASM 2016 with onset in sleep.';
comment on column night_rate.aplm_wasm_per_h is
'Periodic movements, WASM 2016, per analysed hour of sleep; from acceleration not a clinical PLMI [1/h].';
comment on column night_rate.aplm_aasm_per_h is
'Periodic movements, AASM, per analysed hour of sleep; from acceleration not a clinical PLMI [1/h].';
comment on column night_rate.aplm_wake_count is 'Candidates in WASM series with onset in wake in bed.';
comment on column night_rate.aplm_wake_per_h is
'Periodic movements, WASM 2016, per analysed hour of wake in bed [1/h].';
comment on column night_rate.aplm_spt_count is
'Candidates in series of WASM 2016 between sleep onset and sleep end, wake included.';
comment on column night_rate.aplm_spt_per_h is
'The same per analysed hour of the sleep period, which does not depend on telling sleep from wake [1/h].';
comment on column night_rate.isolated_lm_count is
'Candidates outside WASM series whose interval is not short, or not known.';
comment on column night_rate.short_interval_lm_count is
'Candidates outside WASM series, less than the short interval after the preceding candidate.';
comment on column night_rate.imi_count is 'Intervals between consecutive candidates that could be measured.';
comment on column night_rate.periodicity_index is
'Interval form (Ferri 2006): share of the intervals in runs of periodic intervals, 0 to 1 [1].';
comment on column night_rate.periodicity_movement_index is
'Movement form: share of the candidates in WASM series, 0 to 1; not the same as the other form [1].';
comment on column night_rate.log_imi_mean is
'Mean of the natural logarithm of the intervals of periodic length [ln s].';
comment on column night_rate.log_imi_sd is
'Standard deviation of the natural logarithm of the intervals of periodic length [ln s].';
comment on column night_rate.restlessness_analysed_h is
'Analysed part of the time before sleep onset (restlessness.window_min): the denominator of its index [h].';
comment on column night_rate.restlessness_movement_count is
'Leg movements in that time before sleep onset.';
comment on column night_rate.restlessness_index is
'Leg movements per hour of that time, steps included; empty where not measured [1/h].';
