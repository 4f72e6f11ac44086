"""The groups of a warehouse through disclosure control: for its table of what may leave, and for a release.

Beside the groups of nights stand cells that are only counted: the stages that a night passes, what shares are taken of,
nights that a laboratory scored, and the respondents of surveys. Where they are the same nights as a group, they are one set.
"""

import duckdb

from transforms.disclosure.cells import SETS
from transforms.disclosure.contributors import FLOW, SHARE
from transforms.disclosure.summary import Protected, protect
from transforms.parameters import StudyParameters

SCORED, RESPONDENTS = f"{FLOW}scored", f"{FLOW}respondents"
"""Groupings that no flow shows: they tell who changed of those whom agreement and survey are made from."""
IN_MODEL = " in the model"
"""What the names of stages end with that stand beside the sample of a main question."""
KNOWN = "known"
"""The level that a share is taken of; beside it are yes and no."""
SHARES = {
    "nights that are analysed": "select participant_id, night_date, is_eligible as is_so from night",
    "nights of which sleep and wake are known": "select participant_id, night_date, is_sleep_known as is_so from night where is_eligible",
    "nights worn for all of the time in bed": "select participant_id, night_date, nonwear_h = 0 as is_so from night where in_bed_h > 0",
    "nights recorded without a gap": "select participant_id, night_date, gap_h = 0 as is_so from night where in_bed_h > 0",
    "nights with two legs measured": "select participant_id, night_date, leg_recording_count >= 2 as is_so from night where is_eligible",
    "nights with a caffeine diary": "select participant_id, night_date, caffeine_mg is not null as is_so from analysis_night",
    "nights with an exercise diary": "select participant_id, night_date, exercise_met_min is not null as is_so from analysis_night",
    "nights with a stress rating": "select participant_id, night_date, stress_score is not null as is_so from analysis_night",
    "nights with a nutrient diary": "select participant_id, night_date, magnesium_mg is not null as is_so from analysis_night",
    "recordings that could be calibrated": "select participant_id, recording_id, is_calibrated as is_so from recording",
    "recordings without a faulty block": "select participant_id, recording_id, faulty_block_count = 0 as is_so from recording",
    "nights of two legs whose clocks agreed within a second": (
        "select participant_id, night_date, recording_id, abs(offset_s) < 1 as is_so from clock_alignment "
        "where recording_id <> reference_recording_id"
    ),
}
"""Shares of nights and of recordings that a report tells: for each row whether it is so."""

_NIGHTS = """
    create or replace temp table told_night as
    select
        participant_id,
        night_date,
        md5_number_lower(
            concat_ws(
                '|',
                participant_id, night_date, analysed_h, jerk_count, hypnic_jerk_count, analysed_sleep_h, aplm_wasm_count
            )
        ) as hash,
        cast(round(analysed_h * 3.6e9) as bigint) as analysed_us,
        jerk_count,
        hypnic_jerk_count,
        cast(round(analysed_sleep_h * 3.6e9) as bigint) as analysed_sleep_us,
        aplm_wasm_count
    from analysis_night
"""
# one row is one night, recording or person in one cell that is only counted; no night is one of its persons all the same
_COUNTED = """
    create or replace temp table told_row as
    with counted as (
        select
            '{flow}' || stage as grouping_name, reason as level, participant_id, night_date, null as recording_id,
            case stage
                when 'with nights' then '{flow}recorded' when 'eligible' then '{flow}with nights'
            end as whole_grouping,
            'in' as whole_level, stage_number > 3 and not ends_with(stage, '{in_model}') as is_of_all
        from passage
        -- those in a model are its sample
        where not (ends_with(stage, '{in_model}') and reason = 'in')
        union all
        select '{scored}', scorer, participant_id, night_date, null, null, null, false
        from (select distinct scorer, participant_id, night_date from agreement)
        union all
        select '{respondents}', survey, survey || ' ' || participant_id, null, null, null, null, false from survey_person
        union all
        from ({shares})
    )
    select
        counted.*,
        night_date is not null or recording_id is not null as is_counted,
        -- the same nights have the same name as those of a group
        case
            when recording_id is null and told_night.hash is not null then told_night.hash
            else md5_number_lower(concat_ws('|', counted.participant_id, counted.night_date, recording_id))
        end as hash
    from counted
    left join told_night using (participant_id, night_date)
"""
_SHARE = """
    select
        '{share}{name}' || case level when '{known}' then ' ({known})' else '' end, level, participant_id, night_date, recording_id,
        case level when '{known}' then null else '{share}{name} ({known})' end, '{known}', false
    from (
        select unnest(['{known}', case when is_so then 'yes' else 'no' end]) as level, participant_id, {night}, {recording}
        from ({query}) where is_so is not null
    )
"""
_CONTRIBUTIONS = """
    select
        night_group.grouping_name,
        night_group.level,
        night_group.participant_id,
        count(*) as night_count,
        sum(analysed_us) / 3.6e9 as analysed_h,
        sum(jerk_count) as jerk_count,
        sum(hypnic_jerk_count) as hypnic_jerk_count,
        sum(analysed_sleep_us) filter (where aplm_wasm_count is not null) / 3.6e9 as analysed_sleep_h,
        sum(aplm_wasm_count) as aplm_wasm_count
    from night_group
    inner join told_night using (participant_id, night_date)
    group by all
    union all
    select
        'hour of the night' as grouping_name,
        night_hour.hour_number || ' to ' || night_hour.hour_number + 1 || ' h' as level,
        night_hour.participant_id,
        count(*) as night_count,
        sum(cast(round(night_hour.analysed_h * 3.6e9) as bigint)) / 3.6e9 as analysed_h,
        sum(night_hour.jerk_count) as jerk_count,
        sum(night_hour.hypnic_jerk_count) as hypnic_jerk_count,
        null as analysed_sleep_h,
        null as aplm_wasm_count
    from night_hour
    inner join told_night using (participant_id, night_date)
    group by all
    union all
    select
        grouping_name,
        level,
        participant_id,
        nullif(count(*) filter (where is_counted), 0) as night_count,
        null, null, null, null, null
    from told_row
    group by all
    order by all
"""
# Equal names are equal nights with equal sums, in this warehouse and in any other of the study.
_SETS = """
    with cell as (
        select
            grouping_name,
            level,
            count(*) as night_count,
            count(distinct participant_id) as participant_count,
            count(*) || '-' || bit_xor(hash) as set_name,
            null as whole_grouping,
            null as whole_level
        from night_group
        inner join told_night using (participant_id, night_date)
        group by all
        union all
        select
            'hour of the night' as grouping_name,
            night_hour.hour_number || ' to ' || night_hour.hour_number + 1 || ' h' as level,
            count(*) as night_count,
            count(distinct participant_id) as participant_count,
            'hours ' || count(*) || '-' || bit_xor(
                md5_number_lower(
                    concat_ws(
                        '|', participant_id, night_date, night_hour.hour_number,
                        night_hour.analysed_h, night_hour.jerk_count, night_hour.hypnic_jerk_count
                    )
                )
            ) as set_name,
            null,
            null
        from night_hour
        inner join told_night using (participant_id, night_date)
        group by all
        union all
        select
            grouping_name,
            level,
            count(*) filter (where is_counted) as night_count,
            count(distinct participant_id) as participant_count,
            count(*) || '-' || bit_xor(hash) as set_name,
            case when is_of_all then 'all' else whole_grouping end as whole_grouping,
            case when is_of_all then 'all' else whole_level end as whole_level
        from told_row
        group by grouping_name, level, is_of_all, told_row.whole_grouping, told_row.whole_level
    )
    select
        cell.grouping_name, cell.level, cell.night_count, cell.participant_count, cell.set_name,
        whole.set_name as whole_name
    from cell
    left join cell as whole on whole.grouping_name = cell.whole_grouping and whole.level = cell.whole_level
    order by all
"""
_GROUPS = """
    select family, grouping_name, level, level_number, limits, ci_low_per_h, ci_high_per_h
    from group_rate
    left join group_level using (grouping_name, level)
"""


def protected_groups(
    connection: duckdb.DuckDBPyConnection, parameters: StudyParameters, secret: bytes
) -> Protected:
    """Bring the groups of a warehouse, and what is counted beside them, through disclosure control."""
    connection.execute(_NIGHTS)
    connection.execute(
        _COUNTED.format(
            flow=FLOW,
            in_model=IN_MODEL,
            scored=SCORED,
            respondents=RESPONDENTS,
            shares=" union all ".join(map(_share, SHARES)),
        )
    )
    return protect(
        connection.sql(_GROUPS).pl(),
        connection.sql(_CONTRIBUTIONS).pl(),
        connection.sql(_SETS).pl().cast(SETS),
        secret,
        parameters.release,
    )


def _share(name: str) -> str:
    query = SHARES[name]
    return _SHARE.format(
        share=SHARE,
        name=name,
        known=KNOWN,
        query=query,
        night="night_date" if "night_date" in query else "null as night_date",
        recording="recording_id" if ", recording_id" in query else "null as recording_id",
    )
