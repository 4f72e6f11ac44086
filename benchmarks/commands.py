"""What people wait for: each command as a process of its own, three times, with the median of its seconds.

``legjumps benchmark commands [DEMO]`` makes the studies that it needs in a temporary folder (a week at 100 Hz, twenty short
files, and the demo, unless the folder of one is given, which is copied) and prints wall time, seconds of the processor with those of
all child processes, highest memory of one process, and how many modules were loaded at the end. Bytecode is kept.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.week import make_week
from flows.commands.simulate import SimulationSettings, simulate_study

RUNS = 3
WITH_COUNT = (
    "import atexit, sys; out = sys.argv.pop(1); "
    "atexit.register(lambda: open(out, 'w').write(str(len(sys.modules)))); from flows.cli import main; main()"
)
WEEK = '[study]\nid = "week"\ntime_zone = "Europe/Berlin"\n'


@dataclass(frozen=True)
class Spent:
    """What one run of a command took."""

    seconds: float
    processor_s: float
    peak_mb: float
    module_count: int


@dataclass(frozen=True)
class Command:
    """One line of the table: the arguments, what makes things ready before each run, and what is aimed at."""

    label: str
    arguments: tuple[str, ...]
    aim: str
    prepare: Callable[[], object] = lambda: None


def main(demo: Path | None = None) -> None:
    """Make the studies, run each command, print the table."""
    with tempfile.TemporaryDirectory(prefix="legjumps-commands-") as name:
        folder = Path(name)
        week, twenty, one, study = (folder / kind for kind in ("week", "twenty", "one", "demo"))
        make_week_study(week)
        simulate(twenty, 20)
        simulate(one, 1)
        if demo is None:
            simulate_study(study, SimulationSettings())
        else:
            shutil.copytree(demo, study, copy_function=shutil.copy2)
        once(folder, ("run", str(study)))
        print(
            f"{'command':<28}{'seconds':>9}{'processor s':>13}{'peak MB':>9}{'modules':>9}   aim   (median of {RUNS})"
        )
        for command in (
            Command(
                "run, one new week",
                ("run", str(week)),
                "10 s, 12 s of a processor",
                lambda: shutil.rmtree(week / "store", ignore_errors=True),
            ),
            Command("run, nothing new", ("run", str(week)), "1.5 s"),
            Command("run, nothing new, demo", ("run", str(study)), "1.5 s"),
            Command("check, 1 file", ("check", str(one)), "1 s"),
            Command("check, 20 files", ("check", str(twenty)), "1.2 s"),
            Command('sql "select 1"', ("sql", str(study), "select 1"), "0.4 s, 120 MB"),
            Command("validate, demo", ("validate", str(study)), "7 s"),
        ):
            print_line(folder, command)
        print(
            f"{os.cpu_count()} cores; load of the machine in the last minute, this included: {os.getloadavg()[0]:.1f}"
        )


def make_week_study(folder: Path) -> None:
    """Write a study of one participant with one week at 100 Hz."""
    file = folder / "devices" / "W01" / "left_ankle.cwa"
    file.parent.mkdir(parents=True)
    (folder / "study.toml").write_text(WEEK, encoding="utf-8")
    make_week(file, folder.with_suffix(".parquet"))


def simulate(folder: Path, count: int) -> None:
    """Write a study of one short file for each participant."""
    simulate_study(
        folder,
        SimulationSettings(
            participant_count=count,
            night_count=1,
            sampling_rate_hz=12.5,
            both_ankles_share=0,
            wrist_share=0,
            hopeless_file_count=0,
            faulty_diary_rows=False,
        ),
    )


def print_line(folder: Path, command: Command) -> None:
    """Run a command and print its medians."""
    runs = []
    for _ in range(RUNS):
        command.prepare()
        runs.append(once(folder, command.arguments))
    seconds, processor_s, peak_mb = (
        statistics.median(getattr(one, what) for one in runs)
        for what in ("seconds", "processor_s", "peak_mb")
    )
    print(
        f"{command.label:<28}{seconds:>9.2f}{processor_s:>13.2f}{peak_mb:>9.0f}{runs[-1].module_count:>9}   {command.aim}",
        flush=True,
    )


def once(folder: Path, arguments: tuple[str, ...]) -> Spent:
    """Run a command of ours to its end; whatever it starts and waits for counts as its own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    counted = folder / "modules"
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", WITH_COUNT, str(counted), *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    told = child.stderr.read() if child.stderr is not None else b""
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in {0, 3}:
        raise SystemExit(
            f"legjumps {' '.join(arguments)} ended with {child.returncode}: {told.decode()[-2000:]}"
        )
    return Spent(
        seconds,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
        int(counted.read_text(encoding="utf-8")),
    )


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
