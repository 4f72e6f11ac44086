"""``legjumps simulate``: a study folder of real device files and diaries, with the truth beside it."""

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from flows.store.atomic import atomic_file, write_text
from transforms.clock import check_time_zone
from transforms.errors import SettingsError
from transforms.parameters.simulation import LEGS_2026, SimulationParameters
from transforms.simulation.axivity_cwa import CwaDevice
from transforms.simulation.device_file import cwa_parts, damage
from transforms.simulation.diaries import HEADERS, PARTICIPANT_HEADER, Row, diary_rows, participant_row
from transforms.simulation.participant import (
    ParticipantPlan,
    simulate_participant,
    stream,
)
from transforms.simulation.truth import rate_ratio_rows, truth_frame

_RATES_HZ = (12.5, 25.0, 50.0, 100.0, 200.0)
_RANGE_G = 8
_LEGS = ("left_ankle", "right_ankle")
_FEET = ("left_foot", "right_foot")
_MARK = ".simulated"
_FAULTY_ROWS: dict[str, tuple[Row, ...]] = {
    # What data managers meet: an hour that does not exist, a person nobody enrolled, a slip of the sign, a word.
    "caffeine": (("{id}", "{day}T25:10", "96", "", "", ""), ("visitor", "{day}T10:00", "96", "", "", "")),
    "stress": (("{id}", "{day}T20:00", "rating_0_10", "14"),),
    "exercise": (("{id}", "{day}T18:00", "-30", "4.0", ""),),
    "nutrients": (("{id}", "{day}", "food", "plenty", "", "", "", ""),),
}


@dataclass(frozen=True, kw_only=True)
class SimulationSettings:
    """What is simulated. Shares are of the participants, of whom at least one is meant wherever a share is above 0."""

    participant_count: int = 12
    night_count: int = 3
    sampling_rate_hz: float = 50.0
    seed: int = 7
    first_night: date = date(2026, 3, 2)
    time_zone: str = "Europe/Berlin"
    study_id: str = "simulated"
    both_ankles_share: float = 0.25
    wrist_share: float = 0.15
    foot_share: float = 0.08
    rhythmic_share: float = 0.08
    nonwear_share: float = 0.08
    gap_share: float = 0.08
    bad_blocks_share: float = 0.08
    hopeless_file_count: int = 1
    faulty_diary_rows: bool = True
    worker_count: int | None = None
    """Processes; None is one per core. The study is the same whatever their number."""
    parameters: SimulationParameters = LEGS_2026


def simulate_study(
    out: Path, settings: SimulationSettings, advance: Callable[[], None] = lambda: None
) -> None:
    """Write a study folder as the contract describes it, and ``truth.parquet`` beside its diaries.

    ``advance`` is called once per participant. Every file is whole or not there; truth.parquet is written last, so
    that a folder that has it is complete.

    Raises SettingsError when the settings do not make sense or ``out`` holds something that no simulation made.
    """
    check_time_zone(settings.time_zone, "simulate")
    _check(out, settings)
    _clear(out)
    plans = participant_plans(settings)
    workers = min(settings.worker_count or os.cpu_count() or 1, len(plans))
    results: dict[int, _Written] = {}
    if workers == 1:
        for plan in plans:
            results[plan.index] = _write_participant(out, plan, settings)
            advance()
    else:
        # A forked child would inherit the locks of polars' and Prefect's threads.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            tasks = {pool.submit(_write_participant, out, plan, settings): plan.index for plan in plans}
            for task in as_completed(tasks):
                results[tasks[task]] = task.result()
                advance()
    _write_study(out, [results[plan.index] for plan in plans], plans, settings)


def _check(out: Path, settings: SimulationSettings) -> None:
    if settings.sampling_rate_hz not in _RATES_HZ:
        raise SettingsError(
            f"simulate: sampling rate {settings.sampling_rate_hz:g} Hz; an Axivity device records at "
            f"{', '.join(f'{rate:g}' for rate in _RATES_HZ)} Hz"
        )
    if settings.participant_count < 1 or settings.night_count < 1:
        raise SettingsError("simulate: at least one participant and one night are needed")
    others = [child for child in out.iterdir() if child.name not in {"store", _MARK}] if out.exists() else []
    if others and not (out / _MARK).exists():
        raise SettingsError(f"simulate: {out} is not empty and was not made by simulate; name another folder")


def _clear(out: Path) -> None:
    """Take away what an earlier simulation left, whole or broken off; the mark tells that it is ours."""
    write_text(out / _MARK, "made by legjumps simulate; it may be overwritten\n")
    (out / "truth.parquet").unlink(missing_ok=True)
    for folder in ("devices", "diary"):
        shutil.rmtree(out / folder, ignore_errors=True)


def _chosen(share: float, count: int, start: int) -> set[int]:
    """Indices of the participants of a share, spread over the study from ``start`` on."""
    number = min(max(1, round(share * count)), count) if share > 0 else 0
    return {(start + turn * count // number) % count for turn in range(number)}


def participant_plans(settings: SimulationSettings) -> list[ParticipantPlan]:
    """Settle who wears what and which fault befalls whom; the same for the same settings."""
    count = settings.participant_count
    width = max(2, len(str(count)))
    both = _chosen(settings.both_ankles_share, count, 1)
    wrist = _chosen(settings.wrist_share, count, 1)
    foot = _chosen(settings.foot_share, count, 4) - both
    rhythmic = _chosen(settings.rhythmic_share, count, 6)
    nonwear = _chosen(settings.nonwear_share, count, 3)
    gap = _chosen(settings.gap_share, count, 7)
    plans = []
    for index in range(count):
        side = index % 2
        legs = _LEGS if index in both else (_FEET[side],) if index in foot else (_LEGS[side],)
        sites = (*legs, "left_wrist") if index in wrist else legs
        last = settings.night_count - 1
        plan = ParticipantPlan(
            participant_id=f"P{index + 1:0{width}d}",
            index=index,
            seed=settings.seed,
            first_night=settings.first_night,
            night_count=settings.night_count,
            time_zone=settings.time_zone,
            body_sites=sites,
            rate_hz=settings.sampling_rate_hz,
            counts_per_g=(),
            nonwear_nights=(last,) if index in nonwear else (),
            gap_nights=(0,) if index in gap else (),
            rhythmic_nights=(last,) if index in rhythmic else (),
        )
        scales = tuple(_device(plan, site).counts_per_g for site in range(len(sites)))
        plans.append(replace(plan, counts_per_g=scales))
    return plans


def _device(plan: ParticipantPlan, site_index: int) -> CwaDevice:
    """Settle the device of one site: AX3 packed, AX6 unpacked and AX3 unpacked take turns."""
    turn = (plan.index + site_index) % 3
    return CwaDevice(
        hardware="AX6" if turn == 1 else "AX3",
        is_packed=turn == 0,
        device_number=20_000 + 10 * plan.index + site_index,
        session_number=1_000_000 + plan.index,
        rate_hz=plan.rate_hz,
        range_g=_RANGE_G,
        annotation="_sc=simulated",
    )


@dataclass(frozen=True, kw_only=True)
class _Written:
    """What one participant leaves for the study's own files."""

    participant: Row
    recordings: list[Row]
    diaries: dict[str, list[Row]]
    truth: pl.DataFrame


def _write_participant(out: Path, plan: ParticipantPlan, settings: SimulationSettings) -> _Written:
    participant = simulate_participant(plan, settings.parameters)
    has_bad_blocks = plan.index in _chosen(settings.bad_blocks_share, settings.participant_count, 2)
    recordings: list[Row] = []
    for site_index, recording in enumerate(participant.recordings):
        name = f"devices/{plan.participant_id}/{recording.course.body_site}.cwa"
        with atomic_file(out / name) as aside, aside.open("wb") as file:
            for part in cwa_parts(participant, recording, _device(plan, site_index), settings.parameters):
                file.write(part)
            if has_bad_blocks and site_index == 0:
                damage(file, stream(plan.seed, plan.index, "fault", 1))
        recordings.append((name, plan.participant_id, recording.course.body_site, "", ""))
    return _Written(
        participant=participant_row(participant),
        recordings=recordings,
        diaries=diary_rows(participant, settings.parameters.behaviour),
        truth=participant.truth,
    )


def _write_study(
    out: Path, written: Sequence[_Written], plans: Sequence[ParticipantPlan], settings: SimulationSettings
) -> None:
    write_text(
        out / "study.toml",
        f"[study]\nid = {json.dumps(settings.study_id)}\ntime_zone = {json.dumps(settings.time_zone)}\n",
    )
    recordings = [row for one in written for row in one.recordings]
    for number in range(settings.hopeless_file_count):
        plan = plans[-1 - number % len(plans)]
        name = f"devices/{plan.participant_id}/right_calf_{number + 1}.cwa"
        write_text(out / name, "The device was not returned; this note was saved in its place.\n")
        recordings.append((name, plan.participant_id, "right_calf", "", ""))
    header_row = ("file", "participant_id", "body_site", "time_zone", "config_time_zone")
    _write_csv(out / "recordings.csv", header_row, recordings)
    _write_csv(out / "participants.csv", PARTICIPANT_HEADER, [one.participant for one in written])
    for diary, names in HEADERS.items():
        rows = [row for one in written for row in one.diaries[diary]]
        if settings.faulty_diary_rows:
            day = settings.first_night.isoformat()
            rows += [
                tuple(cell.format(id=plans[0].participant_id, day=day) for cell in row)
                for row in _FAULTY_ROWS.get(diary, ())
            ]
        _write_csv(out / "diary" / f"{diary}.csv", names, rows)
    truth = pl.concat(
        [*(one.truth for one in written), truth_frame(rate_ratio_rows(settings.parameters.effects))]
    )
    with atomic_file(out / "truth.parquet") as aside:
        truth.write_parquet(aside)


def _write_csv(path: Path, names: Sequence[str], rows: Sequence[Row]) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    with atomic_file(path) as aside:
        frame.with_columns(pl.all().replace("", None)).write_csv(aside)
