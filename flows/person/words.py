"""``legjumps explain``: a participant's recordings and nights in words, from the published warehouse."""

import duckdb

from flows.settings import StudySettings
from flows.warehouse.published import open_warehouse
from transforms.errors import SettingsError
from transforms.parameters.nights import NOON_TO_NOON_2026

_RECORDINGS = """
    select body_site, device_model, sampling_rate_hz, started_at, ended_at, wear_h, gap_count, gap_s, filled_s, gravity_after_g, has_plausible_gravity,
        faulty_block_count, is_truncated, is_calibrated, calibration_error_before_mg, calibration_error_after_mg, file_name
    from recording where participant_id = ? order by body_site, started_at
"""
_SCORERS = """
    select scorer, count(distinct night_date) as night_count
    from (
        select participant_id, night_date, scorer from leg_movement_report
        union select participant_id, night_date, scorer from scored_leg_movement
    )
    where participant_id = ? group by scorer order by scorer
"""
_REJECTED = "select file_name, reason from rejected_recording where participant_id = ? order by file_name"
_NIGHTS = """
    select inclusion.night_date, inclusion.is_in, inclusion.stage, inclusion.reason, night.sleep_window_source,
        timezone(night.time_zone, night.lights_off_at) as lights_off, timezone(night.time_zone, night.lights_on_at) as lights_on,
        night.tst_h, night.analysed_h, night.nonwear_h, night.gap_h, night.is_sleep_known,
        night.diary_minus_leg_onset_min, night.diary_minus_leg_end_min, night_rate.jerk_count, night_rate.jerk_rate_per_h,
        night_rate.hypnic_jerk_count, night_rate.aplm_wasm_per_h, night_rate.movement_source, exposure_night.caffeine_after_14h_mg,
        exposure_night.exercise_met_min, exposure_night.stress_score
    from inclusion
    left join night using (participant_id, night_date)
    left join night_rate using (participant_id, night_date)
    left join exposure_night using (participant_id, night_date)
    where inclusion.participant_id = ? order by inclusion.night_date
"""

_OWN_RATIOS = """
    select outcome, exposure, per_unit, night_count, own_detectable_rate_ratio, own_rate_ratio, own_ci_low, own_ci_high, rate_ratio, ci_low, ci_high, own_weight_frac
    from person_association where participant_id = ? order by exposure
"""


def explain_participant(settings: StudySettings, participant_id: str) -> str:
    """Tell what was recorded of a participant, why each night is in or out, and what its jerks went with.

    Raises SettingsError when there is no published warehouse or no such participant.
    """
    with open_warehouse(settings.store) as connection:
        recordings = _rows(connection, _RECORDINGS, participant_id)
        scorers = _rows(connection, _SCORERS, participant_id)
        rejected = _rows(connection, _REJECTED, participant_id)
        nights = night_rows(connection, participant_id)
        ratios = own_ratios(connection, participant_id)
        known = connection.sql("select participant_id from participant order by 1").fetchall()
    if not nights and not rejected:
        some = ", ".join(row[0] for row in known[:8])
        raise SettingsError(f"no participant {participant_id!r}; there are {len(known)}: {some} ...")
    lines = [f"participant {participant_id}"]
    seen = [_recording_line(row) for row in recordings]
    seen += [
        f"  polysomnography: legs scored by {row['scorer']}, nights: {row['night_count']}" for row in scorers
    ]
    lines += seen or ["  no usable recording"]
    lines += [f"  not taken: {row['reason']}" for row in rejected]
    lines += [line for row in nights for line in night_lines(row)]
    lines += _ratio_lines(ratios)
    lines.append("Research indices, not diagnoses; aPLM is not the PLM index of a sleep laboratory.")
    return "\n".join(lines) + "\n"


def night_rows(connection: duckdb.DuckDBPyConnection, participant_id: str) -> list[dict[str, object]]:
    """Return what is told of each night of a participant, in order."""
    return _rows(connection, _NIGHTS, participant_id)


def own_ratios(connection: duckdb.DuckDBPyConnection, participant_id: str) -> list[dict[str, object]]:
    """Return a participant's own rate ratios, one row an exposure."""
    return _rows(connection, _OWN_RATIOS, participant_id)


def _rows(connection: duckdb.DuckDBPyConnection, query: str, participant_id: str) -> list[dict[str, object]]:
    return connection.sql(query, params=[participant_id]).pl().to_dicts()


def _recording_line(row: dict[str, object]) -> str:
    faults = [
        f"{row['gap_count']} gaps of {row['gap_s']:.0f} s together" if row["gap_count"] else "",
        f"asleep for {row['filled_s']:.0f} s in its idle sleep mode" if row["filled_s"] else "",
        f"gravity of {row['gravity_after_g']:.3f} g cannot be believed"
        if row["has_plausible_gravity"] is False
        else "",
        f"{row['faulty_block_count']} faulty blocks" if row["faulty_block_count"] else "",
        "cut off before its end" if row["is_truncated"] else "",
    ]
    told = "; ".join(fault for fault in faults if fault) or "no faults"
    if row["is_calibrated"]:
        error = f"{row['calibration_error_before_mg']:.1f} to {row['calibration_error_after_mg']:.1f} mg"
        calibration = f"calibrated, error {error}"
    else:
        calibration = "not calibrated"
    return (
        f"  {row['body_site']}: {row['device_model']} at {row['sampling_rate_hz']:g} Hz, {row['started_at']:%Y-%m-%d %H:%M} to "
        f"{row['ended_at']:%Y-%m-%d %H:%M} UTC, worn {row['wear_h'] or 0:.1f} h; {calibration}; {told} ({row['file_name']})"
    )


def _hours(value: object) -> str:
    return "unknown" if value is None else f"{value:.1f} h"


def night_lines(row: dict[str, object]) -> list[str]:
    """Tell one row of ``night_rows`` in words."""
    if row["night_date"] is None:
        return [f"no night: {row['reason']}"]
    verdict = "in" if row["is_in"] else f"out: {row['reason']}"
    lines = [f"night of {row['night_date']}: {verdict}"]
    if row["lights_off"] is not None and row["lights_on"] is not None:
        lines.append(
            f"  in bed {row['lights_off']:%H:%M} to {row['lights_on']:%H:%M} local ({row['sleep_window_source']}), slept {_hours(row['tst_h'])}, "
            f"analysed {_hours(row['analysed_h'])}, not worn {_hours(row['nonwear_h'])}, not recorded {_hours(row['gap_h'])}"
        )
    lines += _doubts(row)
    if row["is_in"] and row["jerk_rate_per_h"] is not None:
        rate = row["aplm_wasm_per_h"]
        index = "PLM of the electromyogram" if row["movement_source"] == "electromyogram" else "aPLM"
        lines.append(
            f"  {row['jerk_count']} jerks ({row['jerk_rate_per_h']:.2f} per analysed hour), {row['hypnic_jerk_count']} hypnic; "
            f"{index} {'not known' if rate is None else f'{rate:.1f} per hour of sleep'}"
        )
    logged = [
        f"{label} {row[name]:.0f}{unit}" if row[name] is not None else f"{label} not logged"
        for label, name, unit in [
            ("caffeine after 14:00", "caffeine_after_14h_mg", " mg"),
            ("exercise", "exercise_met_min", " MET min"),
            ("stress", "stress_score", ""),
        ]
    ]
    return [*lines, "  " + ", ".join(logged)]


def _doubts(row: dict[str, object]) -> list[str]:
    """Tell where the diary and the leg contradict each other, and that sleep is not known."""
    limit_min = NOON_TO_NOON_2026.max_diary_error_min
    lines = [
        f"  the diary puts {name} {abs(minus):.0f} min {'after' if minus > 0 else 'before'} the leg"
        + ("" if row["sleep_window_source"] == "diary" else ": the leg is believed")
        for name, minus in (
            ("lights-off", row["diary_minus_leg_onset_min"]),
            ("lights-on", row["diary_minus_leg_end_min"]),
        )
        if isinstance(minus, float) and abs(minus) > limit_min
    ]
    if row["is_sleep_known"] is False and row["lights_off"] is not None:
        lines.append("  sleep and wake are not known: no rates per hour of sleep")
    return lines


def _ratio_lines(rows: list[dict[str, object]]) -> list[str]:
    if not rows:
        return ["jerks and exposures within this person: too few nights of which both are known"]
    lines = ["jerks and exposures within this person, exploratory and no advice:"]
    lines += [
        f"  {row['exposure']}, for {row['per_unit']:g} more: rate times {row['rate_ratio']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f}), "
        f"own nights alone {row['own_rate_ratio']:.2f} ({row['own_ci_low']:.2f} to {row['own_ci_high']:.2f}), "
        f"which weigh {row['own_weight_frac']:.0%} against the cohort ({row['night_count']} nights)"
        for row in rows
    ]
    return lines
