"""One night of a scenario through the study's own chain, held against its truth: one row of counts and errors."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import polars as pl

from transforms.agreement.validity import leave_out_faint, match_movements
from transforms.clock import HOUR_US, MINUTE_US, SECOND_US
from transforms.intervals import Integers, contains, intersect, join, total
from transforms.parameters import StudyParameters
from transforms.parameters.validity import (
    EVENT_MATCHING_2026,
    SCENARIO_FIGURES_2026,
    ScenarioFigureParameters,
)
from transforms.pipeline import Scored
from transforms.simulation.measurement import measure
from transforms.simulation.scenarios.catalogue import Scenario
from transforms.simulation.scenarios.night import NIGHT, ZONE, ScenarioNight, scenario_night

BRIEF = ("hypnic_jerk", "twitch")
_HANDLED_US = 10_000_000
_KINDS = ("leg_movement", "turn", "series", "hypnic_jerk", "rhythmic_movement", "foot_tremor")

JUDGED = pl.Schema(
    {
        "scenario": pl.String,
        "night_index": pl.Int64,
        "is_eligible": pl.Boolean,
        "exclusion_reason": pl.String,
        "is_sleep_known": pl.Boolean,
        "onset_error_min": pl.Float64,  # found minus true; null without a sleep window
        "end_error_min": pl.Float64,
        "is_onset_held": pl.Boolean,  # the published interval holds the truth; null where none is published
        "is_end_held": pl.Boolean,
        "sleep_true_h": pl.Float64,
        "sleep_found_h": pl.Float64,
        "in_bed_error_pct": pl.Float64,
        **{f"{kind}_{part}_count": pl.Int64 for kind in _KINDS for part in ("hit", "miss", "false")},
        "in_bed_h": pl.Float64,
        "jerk_invented_count": pl.Int64,  # where nothing of the body moved that the truth lists
        "jerk_from_other_count": pl.Int64,  # where a turn, a tremor or a rhythm was
        "aplm_true_per_h": pl.Float64,  # in sleep
        "aplm_found_per_h": pl.Float64,
        "aplm_bed_true_per_h": pl.Float64,
        "aplm_bed_found_per_h": pl.Float64,
        "nonwear_true_h": pl.Float64,  # in bed
        "nonwear_hit_h": pl.Float64,
        "nonwear_false_h": pl.Float64,
        "diary_minus_leg_onset_min": pl.Float64,
        "diary_minus_leg_end_min": pl.Float64,
        "is_diary_doubted": pl.Boolean,  # null without a diary, or where nobody compares
        "nap_error_min": pl.Float64,  # found minus true; null where nobody looks for naps
    }
)


def judge(scenario: Scenario, study: StudyParameters, seed: int, index: int) -> pl.DataFrame:
    """Make, measure and judge one night; a whole unit of work for a process of its own (schema JUDGED, one row)."""
    night = scenario_night(scenario.parameters, study, seed, index)
    measured = measure(night.recordings, night.diary, ZONE, study)
    row = {"scenario": scenario.name, "night_index": index} | judged(night, measured, SCENARIO_FIGURES_2026)
    return pl.DataFrame([row], schema=JUDGED)


def judged(night: ScenarioNight, measured: Scored, figures: ScenarioFigureParameters) -> dict[str, object]:
    """Hold what was measured of one night against its truth; keys as in JUDGED.

    As everywhere in the benchmark, what happens between the diary's and the true edge of the night is no error of
    detection.
    """
    true = night.truth.filter(pl.col("record") == "night").row(0, named=True)
    found = measured.nights.filter(pl.col("night_date") == NIGHT).row(0, named=True)
    true_bed_h = _hours(true["lights_off_at"], true["lights_on_at"])
    row: dict[str, object] = {
        "is_eligible": found["is_eligible"],
        "exclusion_reason": found["exclusion_reason"],
        "is_sleep_known": found.get("is_sleep_known", found["sleep_onset_at"] is not None),
        "onset_error_min": _minutes(found["sleep_onset_at"], true["sleep_onset_at"]),
        "end_error_min": _minutes(found["sleep_end_at"], true["sleep_end_at"]),
        "is_onset_held": _held(found, "sleep_onset", true["sleep_onset_at"]),
        "is_end_held": _held(found, "sleep_end", true["sleep_end_at"]),
        "diary_minus_leg_onset_min": found.get("diary_minus_leg_onset_min"),
        "diary_minus_leg_end_min": found.get("diary_minus_leg_end_min"),
        "is_diary_doubted": _doubted(found, figures),
        "nap_error_min": _nap_error_min(night, found),
    }
    if found["lights_off_at"] is None:
        return row | {"in_bed_h": 0.0, "in_bed_error_pct": -100.0}
    from_at = max(true["lights_off_at"], found["lights_off_at"])
    to_at = min(true["lights_on_at"], found["lights_on_at"])
    in_common = (pl.col("onset_at") >= from_at) & (pl.col("onset_at") < to_at)
    detected = measured.movements.filter(pl.col("night_date") == NIGHT, in_common).with_columns(
        pl.col("peak_g").alias("amplitude_g")
    )
    detected = detected.filter(~_is_handled(detected, night))
    truth = night.truth.filter((pl.col("record") == "movement") & in_common)
    row |= _events(detected, truth, true["sleep_onset_at"], figures)
    row |= _sleep(night, measured, true, found)
    row |= _wear(night, measured, true)
    found_bed_h = _hours(found["lights_off_at"], found["lights_on_at"])
    return row | {
        "in_bed_h": max(_hours(from_at, to_at), 0.0),
        "in_bed_error_pct": 100.0 * (found_bed_h / true_bed_h - 1.0),
    }


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600.0


def _minutes(found: datetime | None, true: datetime) -> float | None:
    return None if found is None else (found - true).total_seconds() / 60.0


def _held(found: Mapping[str, datetime | None], name: str, true: datetime) -> bool | None:
    low, high = found.get(f"{name}_low_at"), found.get(f"{name}_high_at")
    return None if low is None or high is None else low <= true <= high


def _is_handled(detected: pl.DataFrame, night: ScenarioNight) -> pl.Series:
    """Where a band is taken off or put on: it does move, and no truth says as what."""
    off = _spans(night.truth.filter(pl.col("record") == "nonwear"))
    edges = np.concatenate([off[:, :1], off[:, 1:]]) + np.array([[-_HANDLED_US, _HANDLED_US]])
    at_us = detected["onset_at"].dt.epoch("us").to_numpy()
    return pl.Series(contains(join(edges.reshape(-1, 2)), at_us), dtype=pl.Boolean)


def _doubted(found: Mapping[str, float | None], figures: ScenarioFigureParameters) -> bool | None:
    apart = [found.get(f"diary_minus_leg_{end}_min") for end in ("onset", "end")]
    known = [abs(each) for each in apart if each is not None]
    return max(known) > figures.diary_doubt_min if known else None


def _nap_error_min(night: ScenarioNight, found: Mapping[str, float | None]) -> float | None:
    told = found.get("nap_min")
    naps = _spans(night.stretches.filter(pl.col("state") == "nap"))
    return None if told is None else told - total(naps) / MINUTE_US


def _events(
    detected: pl.DataFrame, truth: pl.DataFrame, slept_at: datetime, figures: ScenarioFigureParameters
) -> dict[str, object]:
    pairing = match_movements(detected, truth, EVENT_MATCHING_2026)
    of_kind = {kind: pairing.filter(pl.col("kind") == kind) for kind in _KINDS}
    of_kind["leg_movement"] = leave_out_faint(of_kind["leg_movement"], figures.least_leg_movement_g)
    is_gross = pl.col("kind") == "gross_movement"
    turned = pl.col("tilt_deg") >= figures.least_turn_deg
    turns = match_movements(detected.filter(is_gross), truth.filter(is_gross & turned), EVENT_MATCHING_2026)
    excused = match_movements(
        detected.filter(is_gross), truth.filter(is_gross & ~turned), EVENT_MATCHING_2026
    )
    in_series = match_movements(
        detected.filter(pl.col("wasm_series_id").is_not_null()),
        truth.filter(pl.col("is_plm").fill_null(value=False)),
        EVENT_MATCHING_2026,
    )
    of_kind["series"] = leave_out_faint(in_series, figures.least_leg_movement_g)
    near = (pl.col("onset_at") - pl.lit(slept_at)).dt.total_seconds().abs() <= 60.0 * figures.near_onset_min
    is_hypnic = pl.col("kind") == "hypnic_jerk"
    of_kind["hypnic_jerk"] = match_movements(
        detected.filter(is_hypnic & near), truth.filter(is_hypnic & near), EVENT_MATCHING_2026
    )
    counts: dict[str, object] = {
        f"{kind}_{part}_count": int(frame[f"{part}_count"].sum())
        for kind, frame in of_kind.items()
        if kind != "turn"
        for part in ("hit", "miss", "false")
    }
    false_turns = int(turns["false_count"].sum()) - int(excused["hit_count"].sum())
    counts |= {f"turn_{part}_count": int(turns[f"{part}_count"].sum()) for part in ("hit", "miss")}
    counts |= {"turn_false_count": max(false_turns, 0)}
    jerks = detected.filter(pl.col("kind").is_in(BRIEF) | pl.col("is_clm"))
    is_jerk = pl.col("kind").is_in([*BRIEF, "leg_movement"])
    unowned = _left_over(jerks, truth.filter(is_jerk))
    invented = _left_over(unowned, truth.filter(~is_jerk))
    return counts | {
        "jerk_invented_count": invented.height,
        "jerk_from_other_count": unowned.height - invented.height,
    }


def _left_over(detected: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return the detected events that touch none of the true ones."""
    if truth.is_empty() or detected.is_empty():
        return detected
    true_us = join(_us(truth))
    mine_us = _us(detected)
    at = np.searchsorted(true_us[:, 1], mine_us[:, 0], side="left")
    touches = (at < len(true_us)) & (true_us[np.minimum(at, len(true_us) - 1), 0] <= mine_us[:, 1])
    return detected.filter(~touches)


def _us(events: pl.DataFrame) -> Integers:
    onset_us = events["onset_at"].dt.epoch("us").to_numpy()
    lasts_us = np.maximum((events["duration_s"].to_numpy() * SECOND_US).astype(np.int64), 1)
    return np.stack([onset_us, onset_us + lasts_us], axis=1)


def _spans(frame: pl.DataFrame) -> Integers:
    if frame.is_empty():
        return np.empty((0, 2), dtype=np.int64)
    return join(frame.select(pl.col("started_at", "ended_at").dt.epoch("us")).to_numpy().astype(np.int64))


def _span(start: datetime, end: datetime) -> Integers:
    edges = pl.Series([start, end]).dt.epoch("us").to_numpy()
    return edges.astype(np.int64).reshape(1, 2)


def _count_in(events: pl.DataFrame, spans: Integers) -> int:
    at_us = events["onset_at"].dt.epoch("us").to_numpy()
    inside = np.searchsorted(spans[:, 0], at_us, side="right") - 1
    return int(((inside >= 0) & (at_us < spans[np.maximum(inside, 0), 1])).sum()) if len(spans) else 0


def _sleep(
    night: ScenarioNight, measured: Scored, true: Mapping[str, datetime], found: Mapping[str, datetime]
) -> dict[str, object]:
    """Sleep and aPLM per hour, each side by its own sleep and by its own rules."""
    asleep = _spans(night.stretches.filter(pl.col("state") == "asleep"))
    # A worn, recording leg is the denominator on both sides.
    off = _spans(night.truth.filter(pl.col("record") == "nonwear"))
    true_h = (total(asleep) - total(intersect(asleep, off))) / HOUR_US
    plm = night.truth.filter(pl.col("is_plm").fill_null(value=False))
    mine = measured.movements.filter(pl.col("night_date") == NIGHT, pl.col("wasm_series_id").is_not_null())
    row: dict[str, object] = {
        "sleep_true_h": total(asleep) / HOUR_US,
        "aplm_true_per_h": _count_in(plm, asleep) / true_h,
        "aplm_bed_true_per_h": plm.height / _hours(true["lights_off_at"], true["lights_on_at"]),
        "aplm_bed_found_per_h": mine.height / _hours(found["lights_off_at"], found["lights_on_at"]),
    }
    if found["sleep_onset_at"] is None or found["sleep_end_at"] is None:
        return row
    period = _span(found["sleep_onset_at"], found["sleep_end_at"])
    woken = _spans(measured.wake_episodes.filter(pl.col("night_date") == NIGHT))
    slept = np.concatenate([period, woken])
    edges = np.unique(slept)
    pieces = np.stack([edges[:-1], edges[1:]], axis=1)
    kept = [piece for piece in pieces if not len(intersect(piece.reshape(1, 2), woken))]
    slept = intersect(join(np.array(kept, dtype=np.int64).reshape(-1, 2)), period)
    broken = _spans(measured.signal_breaks.filter(pl.col("night_date") == NIGHT))
    found_h = (total(slept) - total(intersect(slept, broken))) / HOUR_US
    return row | {
        "sleep_found_h": total(slept) / HOUR_US,
        "aplm_found_per_h": _count_in(mine, slept) / found_h if found_h > 0.0 else None,
    }


def _wear(night: ScenarioNight, measured: Scored, true: Mapping[str, datetime]) -> dict[str, object]:
    bed = _span(true["lights_off_at"], true["lights_on_at"])
    off = intersect(_spans(night.truth.filter(pl.col("record") == "nonwear")), bed)
    breaks = intersect(_spans(measured.signal_breaks.filter(pl.col("night_date") == NIGHT)), bed)
    hit = total(intersect(off, breaks))
    return {
        "nonwear_true_h": total(off) / HOUR_US,
        "nonwear_hit_h": hit / HOUR_US,
        "nonwear_false_h": (total(breaks) - hit) / HOUR_US,
    }
