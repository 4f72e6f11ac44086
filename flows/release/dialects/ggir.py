"""Nights and persons as GGIR's part 4 tells them, for scripts that read its reports.

Hours are decimal and count from the midnight before the night, by the clock on the wall: 26.0 is two in the morning.

Source: GGIR 3.3, part4_nightsummary_sleep_cleaned.csv. Deviations: sleep comes from ``sleep_window_source``, which stands
under ``guider``; hours carry four digits; rates of leg jumps and the reason of an exclusion are further columns.
"""

from pathlib import Path

import duckdb

_NIGHTS = """
    select
        night.participant_id as "ID",
        row_number() over (partition by night.participant_id order by night.night_date) as night,
        round(epoch(timezone(night.time_zone, night.sleep_onset_at) - night.night_date::timestamp) / 3600, 4) as sleeponset,
        round(epoch(timezone(night.time_zone, night.sleep_end_at) - night.night_date::timestamp) / 3600, 4) as wakeup,
        round(night.spt_h, 4) as "SptDuration",
        'legjumps' as sleepparam,
        round(night.tst_h, 4) as "SleepDurationInSpt",
        round(night.waso_min / 60, 4) as "WASO",
        round(night.sleep_latency_min / 60, 4) as sleeplatency,
        round(night.tst_h / nullif(night.in_bed_h, 0), 4) as sleepefficiency,
        strftime(timezone(night.time_zone, night.sleep_onset_at), '%H:%M:%S') as sleeponset_ts,
        strftime(timezone(night.time_zone, night.sleep_end_at), '%H:%M:%S') as wakeup_ts,
        night.sleep_window_source as guider,
        case
            when night.is_eligible and contains(coalesce(night.sleep_window_source, ''), 'diary') then 0
            when night.is_eligible then 1
            when coalesce(night.analysed_h, 0) > 0 then 2
            else 3
        end as cleaningcode,
        round(1 - least(coalesce(night.analysed_h, 0) / nullif(night.in_bed_h, 0), 1), 4) as fraction_night_invalid,
        night.is_day_sleeper::int as daysleeper,
        night.night_date as calendar_date,
        dayname(night.night_date) as weekday,
        night_rate.jerk_rate_per_h,
        night_rate.aplm_wasm_per_h,
        night.exclusion_reason
    from night
    left join night_rate using (participant_id, night_date)
"""
_SUMMED = ("SptDuration", "SleepDurationInSpt", "WASO", "jerk_rate_per_h")
_WEEKEND = "isodow(calendar_date) in (5, 6)"
"""Nights that begin on a Friday or a Saturday."""


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the cleaned nights, all nights under ``QC``, and persons over their cleaned nights."""
    (folder / "QC").mkdir()
    order = 'order by "ID", night'
    connection.sql(f"select * from ({_NIGHTS}) {order}").write_csv(
        str(folder / "QC" / "part4_nightsummary_sleep_full.csv")
    )
    cleaned = f"select * from ({_NIGHTS}) where cleaningcode < 2"
    connection.sql(f"{cleaned} {order}").write_csv(str(folder / "part4_nightsummary_sleep_cleaned.csv"))
    columns = ", ".join(
        f"""
        round(avg("{name}" order by night), 4) as "{name}_AD_mn",
        round(stddev_samp("{name}" order by night), 4) as "{name}_AD_sd",
        round(avg("{name}" order by night) filter (not {_WEEKEND}), 4) as "{name}_WD_mn",
        round(avg("{name}" order by night) filter ({_WEEKEND}), 4) as "{name}_WE_mn",
        round(("{name}_WD_mn" * 5 + "{name}_WE_mn" * 2) / 7, 4) as "{name}_wei"
        """
        for name in _SUMMED
    )
    connection.sql(
        f'select "ID", count(*) as n_nights_acc, count(*) filter ({_WEEKEND}) as n_WE_nights_complete, {columns} '
        f'from ({cleaned}) group by "ID" order by "ID"'
    ).write_csv(str(folder / "part4_summary_sleep_cleaned.csv"))
