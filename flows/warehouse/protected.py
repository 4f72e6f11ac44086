"""The groups of a warehouse through disclosure control: for its table of what may leave, and for a release."""

import duckdb

from transforms.disclosure.summary import Protected, protect
from transforms.parameters import StudyParameters

_CONTRIBUTIONS = """
    select
        night_group.grouping_name,
        night_group.level,
        night_group.participant_id,
        count(*) as night_count,
        sum(cast(round(analysis_night.analysed_h * 3.6e9) as bigint)) / 3.6e9 as analysed_h,
        sum(analysis_night.jerk_count) as jerk_count,
        sum(analysis_night.hypnic_jerk_count) as hypnic_jerk_count,
        sum(cast(round(analysis_night.analysed_sleep_h * 3.6e9) as bigint))
            filter (where analysis_night.aplm_wasm_count is not null) / 3.6e9 as analysed_sleep_h,
        sum(analysis_night.aplm_wasm_count) as aplm_wasm_count
    from night_group
    inner join analysis_night using (participant_id, night_date)
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
    inner join analysis_night using (participant_id, night_date)
    group by all
    order by all
"""
# Equal names are equal nights with equal sums, in this warehouse and in any other of the study.
_SETS = """
    select
        night_group.grouping_name,
        night_group.level,
        count(*) as night_count,
        count(*) || '-' || bit_xor(
            md5_number_lower(
                concat_ws(
                    '|',
                    participant_id, night_date,
                    analysis_night.analysed_h, analysis_night.jerk_count, analysis_night.hypnic_jerk_count,
                    analysis_night.analysed_sleep_h, analysis_night.aplm_wasm_count
                )
            )
        ) as set_name
    from night_group
    inner join analysis_night using (participant_id, night_date)
    group by all
    union all
    select
        'hour of the night' as grouping_name,
        night_hour.hour_number || ' to ' || night_hour.hour_number + 1 || ' h' as level,
        count(*) as night_count,
        'hours ' || count(*) || '-' || bit_xor(
            md5_number_lower(
                concat_ws(
                    '|', participant_id, night_date, night_hour.hour_number,
                    night_hour.analysed_h, night_hour.jerk_count, night_hour.hypnic_jerk_count
                )
            )
        ) as set_name
    from night_hour
    inner join analysis_night using (participant_id, night_date)
    group by all
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
    """Bring the groups of a warehouse through disclosure control."""
    return protect(
        connection.sql(_GROUPS).pl(),
        connection.sql(_CONTRIBUTIONS).pl(),
        connection.sql(_SETS).pl(),
        secret,
        parameters.release,
    )
