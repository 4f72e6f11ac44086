"""A study of many participant-weeks: every core busy from the first byte to the last rate, memory bounded by the workers.

``legjumps benchmark batch [WEEKS] [NIGHTS]`` simulates one leg's week at 100 Hz, gives every participant (100 unless said)
a copy of it from another device, runs ingestion and detection in a process of its own, and prints the share of cores x
wall time that was used, and the highest memory. A copy takes 0.4 GB of disk for seven nights, and its samples 0.1.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.week import NIGHT_COUNT, ZONE, make_week

AIM_FRAC = 0.95


def main(week_count: int = 100, night_count: int = NIGHT_COUNT) -> None:
    """Make the study, run it in a process of its own, print the share."""
    with tempfile.TemporaryDirectory(prefix="legjumps-batch-") as name:
        study = Path(name) / "study"
        make_study(study, week_count, night_count)
        done = subprocess.run(
            [sys.executable, __file__, "run", str(study)], check=True, stdout=subprocess.PIPE, text=True
        )
        told = json.loads(done.stdout.splitlines()[-1])
    cores = len(os.sched_getaffinity(0))
    share = told["processor_s"] / (cores * told["seconds"])
    print(
        f"{week_count} recordings of {night_count} nights on {cores} cores, from the first byte to the last rate:"
    )
    print(
        f"{told['seconds']:.1f} s, {told['processor_s']:.1f} s of a processor ({told['processor_s'] / week_count:.1f} each): "
        f"{100 * share:.0f} % of the cores (aim {100 * AIM_FRAC:.0f} %)"
    )
    print(f"peak memory {told['peak_mb']:.0f} MB, {told['peak_mb'] / cores:.0f} a worker")
    print(f"load of the machine in the last minute, this included: {os.getloadavg()[0]:.1f}")


def make_study(study: Path, week_count: int, night_count: int) -> None:
    """Write one week, and copies of it from other devices."""
    first = study / "devices" / "B0000" / "left_ankle.cwa"
    first.parent.mkdir(parents=True)
    (study / "study.toml").write_text(f'[study]\nid = "batch"\ntime_zone = "{ZONE}"\n', encoding="utf-8")
    make_week(first, study.with_suffix(".parquet"), night_count)
    for number in range(1, week_count):
        copy = study / "devices" / f"B{number:04}" / first.name
        copy.parent.mkdir()
        shutil.copyfile(first, copy)
        with copy.open("r+b") as stream:
            stream.seek(5)  # the device's number stands here in the header of an Axivity file
            stream.write((1 + number).to_bytes(2, "little"))


def run(study: Path) -> None:
    """Ingest and detect with every core; the server is up before the first byte is read."""
    from flows.orchestration import TemporaryServer
    from flows.settings import load_settings
    from flows.study import FLOWS, run_stages
    from flows.task_flow import TaskFlow, expect_tasks

    settings = load_settings(study)
    server = TemporaryServer(settings.store / ".prefect")
    with TaskFlow("batch", server, settings.worker_count):
        expect_tasks()
        server.wait()
        began, used = time.perf_counter(), time.process_time()
        run_stages(settings, [*FLOWS["ingest"], *FLOWS["detect"]])
        told = {"seconds": time.perf_counter() - began, "processor_s": time.process_time() - used}
    server.stop()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told | {"peak_mb": peak_mb}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        run(Path(sys.argv[2]))
    else:
        main(*(int(argument) for argument in sys.argv[1:3]))
