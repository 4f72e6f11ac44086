"""One participant-week at 100 Hz, device file to rates, stage by stage, in a fresh process.

``legjumps benchmark week`` simulates the .cwa (an unpacked AX6 file) into a temporary folder, takes it through the
project's own functions and prints seconds of wall and processor time and peak memory, best of two runs. On a machine
that does other work too the wall time is too long; the processor time tells more. Where scikit-digital-health or actipy
can be imported, their reading, calibration, wear and sleep are timed on the same file, for scale.
"""

import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias, TypeVar

import polars as pl

from flows.store.early_statistics import EarlyStatistics
from flows.store.raw_recording import read_raw_signal, store_recording
from transforms.parameters import DEFAULT
from transforms.parameters.simulation import LEGS_2026
from transforms.pipeline import Wearer, find, score, summarise
from transforms.simulation.axivity_cwa import CwaDevice
from transforms.simulation.device_file import cwa_parts
from transforms.simulation.measurement import sleep_diary
from transforms.simulation.participant import ParticipantPlan, simulate_participant

RATE_HZ = 100.0
NIGHT_COUNT = 7
PARQUET_AIM_S, FILE_AIM_S, MEMORY_AIM_MB = 5.0, 8.0, 1000.0
COHORT_WEEKS, SERVER_CORES = 100_000, 64
ZONE = "Europe/Berlin"
PEERS = {
    # It only reads; nothing is calibrated or found.
    "actfast": ("actfast", "import actfast; actfast.read(PATH)"),
    # Their own words for what we do up to sleep; they detect no leg movements.
    "scikit-digital-health": (
        "skdh",
        "from skdh.io import ReadCwa; from skdh.preprocessing import CalibrateAccelerometer, DETACH, GetDayWindowIndices; "
        "from skdh.sleep import Sleep; from skdh import Pipeline; p = Pipeline(); p.add(ReadCwa()); "
        "p.add(GetDayWindowIndices(bases=[12], periods=[24])); p.add(CalibrateAccelerometer()); p.add(DETACH()); "
        "p.add(Sleep(day_window=(12, 24))); p.run(file=PATH)",
    ),
    "actipy": (
        "actipy",
        "import actipy; actipy.read_device(PATH, lowpass_hz=20, calibrate_gravity=True, detect_nonwear=True, "
        "resample_hz='uniform', verbose=False)",
    ),
}

Stage: TypeAlias = tuple[str, float, float, float]
"""Name, seconds, seconds of a processor, highest memory so far in MB."""

Result = TypeVar("Result")


def main() -> None:
    """Make the file, measure it in a process of its own, print the table."""
    with tempfile.TemporaryDirectory(prefix="legjumps-week-") as folder:
        file, diary = Path(folder) / "left_ankle.cwa", Path(folder) / "diary.parquet"
        began = time.perf_counter()
        make_week(file, diary)
        size_mb = file.stat().st_size / 1e6
        print(
            f"simulated {NIGHT_COUNT} nights at {RATE_HZ:g} Hz: {size_mb:.0f} MB in {time.perf_counter() - began:.0f} s"
        )
        stages = min(
            (measured(file, diary) for _ in range(2)), key=lambda run: sum(stage[1] for stage in run)
        )
        print(f"\n{'stage':<34}{'seconds':>9}{'processor s':>13}{'peak MB':>10}")
        for stage, seconds, processor_s, peak_mb in stages:
            print(f"{stage:<34}{seconds:>9.2f}{processor_s:>13.2f}{peak_mb:>10.0f}")
        whole_s, whole_processor_s = sum(stage[1] for stage in stages), sum(stage[2] for stage in stages)
        after_s, after_processor_s = whole_s - stages[0][1], whole_processor_s - stages[0][2]
        peak_mb = stages[-1][3]
        print(
            f"\n{os.cpu_count()} cores; load of the machine in the last minute, this included: {os.getloadavg()[0]:.1f}"
        )
        for what, found, processor_s, aim_s in (
            ("Parquet to nights, movements, rates", after_s, after_processor_s, PARQUET_AIM_S),
            ("device file to rates", whole_s, whole_processor_s, FILE_AIM_S),
        ):
            print(f"{what:<36}{found:7.2f} s, {processor_s:.2f} s of a processor (aim {aim_s:g} s)")
        print(f"{'peak memory':<36}{peak_mb:7.0f} MB (aim {MEMORY_AIM_MB:g})")
        cohort_h = whole_processor_s * COHORT_WEEKS / SERVER_CORES / 3600
        print(
            f"{COHORT_WEEKS:,} participant-weeks of one leg on {SERVER_CORES} such cores: {cohort_h:.0f} h, "
            "if their disks keep up"
        )
        for name, (module, code) in PEERS.items():
            print_peer(name, module, code, file, whole_s)


def make_week(file: Path, diary: Path, night_count: int = NIGHT_COUNT) -> None:
    """Write one participant's week as an unpacked AX6 file, and what they wrote of their nights."""
    plan = ParticipantPlan(
        participant_id="W01",
        index=0,
        seed=100,
        first_night=date(2026, 3, 2),
        night_count=night_count,
        time_zone=ZONE,
        body_sites=("left_ankle",),
        rate_hz=RATE_HZ,
        counts_per_g=(4096.0,),
    )
    participant = simulate_participant(plan, LEGS_2026)
    device = CwaDevice(
        hardware="AX6",
        is_packed=False,
        device_number=1,
        session_number=1,
        rate_hz=RATE_HZ,
        range_g=8,
        annotation="_sc=simulated",
    )
    with file.open("wb") as stream:
        stream.writelines(cwa_parts(participant, participant.recordings[0], device, LEGS_2026))
    sleep_diary(participant, LEGS_2026, DEFAULT).write_parquet(diary)


def measured(file: Path, diary: Path) -> list[Stage]:
    """Measure one week in a process of its own."""
    shutil.rmtree(file.parent / "raw", ignore_errors=True)
    told = subprocess.run(
        [sys.executable, __file__, str(file), str(diary)], check=True, capture_output=True, text=True
    )
    stages: list[Stage] = [tuple(stage) for stage in json.loads(told.stdout.splitlines()[-1])]
    return stages


class Clock:
    """Times stages and notes the highest memory so far."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []

    def time(self, name: str, work: Callable[[], Result]) -> Result:
        """Run one stage."""
        began, began_processor = time.perf_counter(), time.process_time()
        result = work()
        took_s, took_processor_s = time.perf_counter() - began, time.process_time() - began_processor
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        self.stages.append((name, took_s, took_processor_s, peak_mb))
        return result


def measure_week(file: Path, diary_file: Path) -> list[Stage]:
    """Take the file through the chain, as the flows do."""
    clock = Clock()
    folder = file.parent / "raw"
    diary = pl.read_parquet(diary_file)
    watcher = EarlyStatistics(DEFAULT.epochs)
    clock.time(
        "device file to Parquet",
        lambda: store_recording(
            file,
            folder=folder,
            recording_id="week00000000",
            sha256="0" * 64,
            file_name=file.name,
            participant_id="W01",
            body_site="left_ankle",
            time_zone=ZONE,
            config_time_zone=ZONE,
            pseudonym_key=b"benchmark",
            code_version="benchmark",
            parameters=DEFAULT.reading,
            watcher=watcher,
        ),
    )
    raw = read_raw_signal(folder)
    summarised = clock.time("epochs, calibration, wear", lambda: summarise(raw, DEFAULT, watcher.frame()))
    wearer = Wearer(
        participant_id="W01",
        time_zone=ZONE,
        recordings=[summarised.as_worn(raw, DEFAULT)],
        diary=diary,
    )
    candidates = clock.time(
        "candidates in the hours in bed", lambda: find(raw, summarised.summary.calibration, wearer, DEFAULT)
    )
    clock.time("nights, kinds, series, rates", lambda: score(wearer, [candidates], DEFAULT))
    return clock.stages


def print_peer(name: str, module: str, code: str, file: Path, ours_s: float) -> None:
    """Time another package on the same file, if this environment has it."""
    if importlib.util.find_spec(module) is None:
        print(f"{name}: not installed here, left out")
        return
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"PATH = {str(file)!r}; {code}"], check=False, capture_output=True, text=True
    )
    took_s = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0
    if done.returncode:
        print(f"{name}: failed after {took_s:.0f} s: {done.stderr.strip().splitlines()[-1]}")
    else:
        print(
            f"{name}: {took_s:.0f} s, {took_s / ours_s:.1f} times ours (peak of all so far {peak_mb:.0f} MB)"
        )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure_week(Path(sys.argv[1]), Path(sys.argv[2]))))
    else:
        main()
