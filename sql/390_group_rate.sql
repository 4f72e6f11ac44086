-- ----------------------------------------------------------------------------
-- 390_group_rate: jerk rates of every group of nights
--
-- Grain    one row per grouping_name, level
-- Reads    night_group, analysis_night, night_hour, student_t, study_parameter
-- Writes   group_rate
-- Source   ratio estimator with variance between participants: Cochran 1977, Sampling Techniques, ch. 6
--
-- Rate: all jerks of a group over all its hours. Interval: on the logarithm,
-- from the differences between participants, who bring several nights each.
-- It covers less than it says where persons differ much (86 to 90 % instead of
-- 95 %), because a few persons carry it: beside it stands what a person's rate
-- is, each person counting once.
-- ----------------------------------------------------------------------------

create or replace table group_rate as

with

parameter as (

    select
        max(value_number) filter (
            where name = 'cohort.interval.confidence_frac'
        ) as confidence_frac,
        max(value_number) filter (
            where name = 'cohort.interval.min_participant_count'
        ) as min_participant_count
    from study_parameter

),

participant_in_group as (

    select
        night_group.family,
        night_group.grouping_name,
        night_group.level,
        night_group.level_number,
        night_group.participant_id,
        count(*) as night_count,
        sum(analysis_night.jerk_count) as jerk_count,
        sum(analysis_night.hypnic_jerk_count) as hypnic_jerk_count,
        -- in whole microseconds: a sum of fractions depends on its order, one of whole numbers does not
        sum(cast(round(analysis_night.analysed_h * 3.6e9) as bigint)) / 3.6e9 as analysed_h,
        sum(analysis_night.aplm_wasm_count) as aplm_wasm_count,
        -- hours of sleep belong to the rate only where series could be staged
        sum(cast(round(analysis_night.analysed_sleep_h * 3.6e9) as bigint)) filter (
            where analysis_night.aplm_wasm_count is not null
        ) / 3.6e9 as analysed_sleep_h
    from night_group
    inner join analysis_night
        on
            night_group.participant_id = analysis_night.participant_id
            and night_group.night_date = analysis_night.night_date
    group by
        night_group.family,
        night_group.grouping_name,
        night_group.level,
        night_group.level_number,
        night_group.participant_id
    union all
    -- the course of the night: its hours part the jerks and hours of all nights, but not the nights
    select
        'course' as family,
        'hour of the night' as grouping_name,
        night_hour.hour_number || ' to ' || night_hour.hour_number + 1 || ' h' as level,
        night_hour.hour_number + 1 as level_number,
        night_hour.participant_id,
        count(*) as night_count,
        sum(night_hour.jerk_count) as jerk_count,
        sum(night_hour.hypnic_jerk_count) as hypnic_jerk_count,
        sum(cast(round(night_hour.analysed_h * 3.6e9) as bigint)) / 3.6e9 as analysed_h,
        null as aplm_wasm_count,
        null as analysed_sleep_h
    from night_hour
    inner join analysis_night
        on
            night_hour.participant_id = analysis_night.participant_id
            and night_hour.night_date = analysis_night.night_date
    group by night_hour.hour_number, night_hour.participant_id

),

-- a person without a jerk has no logarithm: half a jerk stands for what so many hours could not show
person_rate as (

    select
        grouping_name,
        level,
        participant_id,
        jerk_count / analysed_h as jerk_rate_per_h,
        ln((jerk_count + 0.5) / analysed_h) as log_rate
    from participant_in_group

),

person_spread as (

    select
        grouping_name,
        level,
        sum(log_rate order by participant_id) / count(*) as log_mean,
        sqrt(
            greatest(
                sum(log_rate ** 2 order by participant_id)
                - sum(log_rate order by participant_id) ** 2 / count(*),
                0
            )
            / nullif(count(*) - 1, 0)
            / count(*)
        ) as log_error,
        quantile_cont(jerk_rate_per_h, 0.5) as person_median_per_h,
        quantile_cont(jerk_rate_per_h, 0.25) as person_lower_quartile_per_h,
        quantile_cont(jerk_rate_per_h, 0.75) as person_upper_quartile_per_h
    from person_rate
    group by grouping_name, level

),

group_total as (

    select
        family,
        grouping_name,
        level,
        level_number,
        count(*) as participant_count,
        sum(night_count) as night_count,
        sum(jerk_count) as jerk_count,
        sum(hypnic_jerk_count) as hypnic_jerk_count,
        sum(analysed_h order by participant_id) as analysed_h,
        sum(aplm_wasm_count) as aplm_wasm_count,
        sum(analysed_sleep_h order by participant_id) as analysed_sleep_h
    from participant_in_group
    group by family, grouping_name, level, level_number

),

-- the nights of one person are alike: the participant is the unit of sampling, not the night and not the jerk
between_participants as (

    select
        participant_in_group.grouping_name,
        participant_in_group.level,
        sum(
            (
                participant_in_group.jerk_count
                - participant_in_group.analysed_h * group_total.jerk_count / group_total.analysed_h
            ) ** 2
            order by participant_in_group.participant_id
        ) as residual_square_sum
    from participant_in_group
    inner join group_total
        on
            participant_in_group.grouping_name = group_total.grouping_name
            and participant_in_group.level = group_total.level
    group by participant_in_group.grouping_name, participant_in_group.level

),

table_end as (

    select max(participant_count) as largest_count
    from student_t

),

estimated as (

    select
        group_total.family,
        group_total.grouping_name,
        group_total.level,
        group_total.level_number,
        group_total.participant_count,
        group_total.night_count,
        group_total.jerk_count,
        group_total.hypnic_jerk_count,
        group_total.analysed_h,
        group_total.aplm_wasm_count,
        group_total.analysed_sleep_h,
        student_t.student_t_ratio,
        group_total.jerk_count / group_total.analysed_h as jerk_rate_per_h,
        -- relative standard error; never below that of a Poisson count,
        -- which a few participants may undercut by chance
        case
            when
                group_total.participant_count >= parameter.min_participant_count
                and group_total.jerk_count > 0
                then sqrt(
                    greatest(
                        between_participants.residual_square_sum
                        * group_total.participant_count / (group_total.participant_count - 1)
                        / group_total.jerk_count ** 2,
                        1 / group_total.jerk_count
                    )
                )
        end as relative_error
    from group_total
    cross join parameter
    cross join table_end
    inner join between_participants
        on
            group_total.grouping_name = between_participants.grouping_name
            and group_total.level = between_participants.level
    -- larger numbers of participants share the last quantile of the table
    left join student_t
        on least(group_total.participant_count, table_end.largest_count) = student_t.participant_count

)

select
    estimated.family,
    estimated.grouping_name,
    estimated.level,
    estimated.level_number,
    estimated.participant_count,
    cast(estimated.night_count as bigint) as night_count,
    cast(estimated.jerk_count as bigint) as jerk_count,
    estimated.analysed_h,
    estimated.jerk_rate_per_h,
    case
        when estimated.relative_error is not null
            then estimated.jerk_rate_per_h * exp(-estimated.student_t_ratio * estimated.relative_error)
        -- no jerk at all
        when estimated.participant_count >= parameter.min_participant_count then 0
    end as ci_low_per_h,
    case
        when estimated.relative_error is not null
            then estimated.jerk_rate_per_h * exp(estimated.student_t_ratio * estimated.relative_error)
        -- no jerk at all: the upper limit of a Poisson count of zero, the only one there is
        when estimated.participant_count >= parameter.min_participant_count
            then -ln((1 - parameter.confidence_frac) / 2) / estimated.analysed_h
    end as ci_high_per_h,
    case
        when estimated.relative_error is not null
            then 'ratio estimator over participants, log scale, Student t'
        when estimated.participant_count >= parameter.min_participant_count
            then 'exact Poisson of a count of zero'
        else 'none: too few participants'
    end as interval_method,
    exp(person_spread.log_mean) as person_geometric_mean_per_h,
    case
        when estimated.participant_count >= parameter.min_participant_count
            then exp(person_spread.log_mean - estimated.student_t_ratio * person_spread.log_error)
    end as person_geometric_mean_low_per_h,
    case
        when estimated.participant_count >= parameter.min_participant_count
            then exp(person_spread.log_mean + estimated.student_t_ratio * person_spread.log_error)
    end as person_geometric_mean_high_per_h,
    person_spread.person_median_per_h,
    person_spread.person_lower_quartile_per_h,
    person_spread.person_upper_quartile_per_h,
    cast(estimated.hypnic_jerk_count as bigint) as hypnic_jerk_count,
    estimated.hypnic_jerk_count / estimated.analysed_h as hypnic_jerk_rate_per_h,
    cast(estimated.aplm_wasm_count as bigint) as aplm_wasm_count,
    estimated.analysed_sleep_h,
    case
        when estimated.analysed_sleep_h > 0 then estimated.aplm_wasm_count / estimated.analysed_sleep_h
    end as aplm_wasm_per_h
from estimated
cross join parameter
inner join person_spread
    on
        estimated.grouping_name = person_spread.grouping_name
        and estimated.level = person_spread.level
order by estimated.family, estimated.grouping_name, estimated.level_number;

alter table group_rate add primary key (grouping_name, level);

comment on table group_rate is
'Rates of every group of nights, and of the hours of the night, before disclosure control. Not adjusted.';
comment on column group_rate.participant_count is 'Participants with at least one night in the group.';
comment on column group_rate.night_count is 'Nights in the group.';
comment on column group_rate.jerk_count is 'Leg jumps in these nights.';
comment on column group_rate.analysed_h is 'Analysed hours in these nights: the denominator [h].';
comment on column group_rate.jerk_rate_per_h is 'Leg jumps over analysed hours [1/h].';
comment on column group_rate.ci_low_per_h is
'Lower limit of the interval of the rate, which respects that nights of a person are alike [1/h].';
comment on column group_rate.ci_high_per_h is 'Upper limit of the same interval [1/h].';
comment on column group_rate.interval_method is 'How the interval was made.';
comment on column group_rate.person_geometric_mean_per_h is
'Geometric mean of the persons'' rates, each person once: what an ordinary person of the group has [1/h].';
comment on column group_rate.person_geometric_mean_low_per_h is
'Lower limit of its interval, Student t over persons; none below ten persons [1/h].';
comment on column group_rate.person_geometric_mean_high_per_h is 'Upper limit of the same interval [1/h].';
comment on column group_rate.person_median_per_h is 'Median of the persons'' rates [1/h].';
comment on column group_rate.person_lower_quartile_per_h is 'A quarter of the persons have less [1/h].';
comment on column group_rate.person_upper_quartile_per_h is 'A quarter of the persons have more [1/h].';
comment on column group_rate.hypnic_jerk_count is 'Sleep starts in these nights.';
comment on column group_rate.hypnic_jerk_rate_per_h is 'Sleep starts over analysed hours [1/h].';
comment on column group_rate.aplm_wasm_count is
'Periodic movements in sleep (aPLM, WASM 2016) in these nights.';
comment on column group_rate.analysed_sleep_h is
'Analysed hours of sleep: the denominator of aplm_wasm_per_h [h].';
comment on column group_rate.aplm_wasm_per_h is
'aPLM over analysed hours of sleep; not a clinical PLMI [1/h].';
