"""Detection alone: one leg's night from raw samples to typed movements, at every rate, in fresh processes.

``legjumps benchmark detection`` simulates a night at 25, 50, 100 and 200 Hz, stores it as the raw layer does, and prints
seconds of wall and processor time, how many hours of signal a processor works through in a second, and the peak memory
of the process, its libraries included. ``decode`` measures the readers and ``week`` the whole way.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path

import polars as pl

from transforms.parameters import DEFAULT
from transforms.parameters.simulation import LEGS_2026
from transforms.pipeline import Wearer, find, score, summarise
from transforms.recording import RawSignal, RecordingHeader
from transforms.simulation.measurement import rendered, sleep_diary
from transforms.simulation.participant import ParticipantPlan, simulate_participant

RATES_HZ = (25.0, 50.0, 100.0, 200.0)
SEED = 4_711
NIGHT_DATE = date(2026, 3, 2)


def main() -> None:
    """Simulate, measure, print."""
    print(f"one leg, one night in bed; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; best of three")
    print(
        f"{'rate':>7}{'in bed h':>10}{'Msamples':>10}{'seconds':>9}{'processor s':>13}{'h per processor s':>19}"
        f"{'peak MB':>9}{'candidates':>12}{'movements':>11}"
    )
    for rate_hz in RATES_HZ:
        with tempfile.TemporaryDirectory(prefix="legjumps-detection-") as folder:
            write_night(Path(folder), rate_hz)
            found = min((measured(Path(folder)) for _ in range(3)), key=lambda run: run["seconds"])
        print(
            f"{rate_hz:>4g} Hz{found['hours']:>10.1f}{found['samples'] / 1e6:>10.1f}{found['seconds']:>9.2f}"
            f"{found['processor_s']:>13.2f}{found['hours'] / found['processor_s']:>19.1f}{found['peak_mb']:>9.0f}"
            f"{found['candidates']:>12.0f}{found['movements']:>11.0f}",
            flush=True,
        )


def write_night(folder: Path, rate_hz: float) -> None:
    """Write one night's raw samples in groups of an hour, their segments and header, and what the diary tells."""
    plan = ParticipantPlan(
        participant_id="D01",
        index=0,
        seed=SEED,
        first_night=NIGHT_DATE,
        night_count=1,
        time_zone="Europe/Berlin",
        body_sites=("left_ankle",),
        rate_hz=rate_hz,
        counts_per_g=(4096.0,),
    )
    participant = simulate_participant(plan, LEGS_2026)
    recording = rendered(participant, participant.recordings[0], LEGS_2026.sensor)
    recording.samples.collect().write_parquet(
        folder / "samples.parquet", row_group_size=round(3600 * rate_hz), compression_level=1
    )
    recording.segments.write_parquet(folder / "segments.parquet")
    recording.companion.write_parquet(folder / "companion.parquet")
    (folder / "header.json").write_text(json.dumps(asdict(recording.header)), encoding="utf-8")
    told = sleep_diary(participant, LEGS_2026, DEFAULT)
    told.filter(pl.col("night_date") == NIGHT_DATE).write_parquet(folder / "diary.parquet")


def measured(folder: Path) -> dict[str, float]:
    """Measure in a process of its own."""
    done = subprocess.run([sys.executable, __file__, str(folder)], check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(folder: Path) -> dict[str, float]:
    """Find, classify and score the night's movements; the diary tells when they were in bed."""
    header = RecordingHeader(**json.loads((folder / "header.json").read_text(encoding="utf-8")))
    diary = pl.read_parquet(folder / "diary.parquet")
    raw = RawSignal(
        header=header,
        samples=pl.scan_parquet(folder / "samples.parquet"),
        segments=pl.read_parquet(folder / "segments.parquet"),
        companion=pl.read_parquet(folder / "companion.parquet"),
    )
    summarised = summarise(raw, DEFAULT)
    wearer = Wearer(
        participant_id="D01",
        time_zone=header.time_zone,
        recordings=[summarised.as_worn(raw, DEFAULT)],
        diary=diary,
    )
    began, began_processor = time.perf_counter(), time.process_time()
    candidates = find(raw, summarised.summary.calibration, wearer, DEFAULT)
    scored = score(wearer, [candidates], DEFAULT)
    took_s, processor_s = time.perf_counter() - began, time.process_time() - began_processor
    in_bed = pl.col("lights_on_at") - pl.col("lights_off_at")
    hours = diary.select(in_bed.dt.total_seconds().sum() / 3600).item()
    return {
        "seconds": took_s,
        "processor_s": processor_s,
        "hours": hours,
        "samples": hours * 3600 * header.sampling_rate_hz,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "candidates": candidates.height,
        "movements": scored.movements.height,
    }


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(json.dumps(measure(Path(sys.argv[1]))))
    else:
        main()
