"""What a store survives, and what a run with nothing new costs.

``legjumps benchmark operations deaths [FIRST [LAST]]``   die at every durable step, finish, compare
``legjumps benchmark operations kills [COUNT]``           real SIGKILLs of the process group at random moments
``legjumps benchmark operations known [FILE_COUNT]``      a run over known files of which none is new
"""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import polars as pl

from flows.settings import StudySettings, load_settings
from flows.stages.detect import Participant, Worn
from flows.stages.discovery import DeviceFile
from flows.store.layout import core_file, raw_folder
from flows.store.recordings_on_record import row_as_text
from flows.store.secret import store_secret
from tests.deaths import ended, fresh_store, watch, what_differs
from tests.small_study import make_study
from transforms.epochs.calibration import calibrate
from transforms.schema import RECORDING


def every_death(place: Path, first: int = 1, last: int = 0) -> None:
    """Die at each step from the first to the last; print each fault and how many there were."""
    make_study(place / "study")
    started = time.process_time()
    watched = watch(place / "study", place / "stores")
    witness = watched.witness
    wanted = range(first, (last or witness.step_count) + 1)
    moments = [one for one in witness.moments if not set(one.steps).isdisjoint(wanted)]
    print(
        f"durable steps of ingest, detect, warehouse and release: {witness.step_count}; they find {len(witness.moments)} "
        f"different stores, of which {len(moments)} are finished",
        flush=True,
    )
    faults = [f"{path}: written into where it lies" for path in sorted(witness.written_in_place)]
    for number, moment in enumerate(moments, start=1):
        fault = watched.die_and_finish(moment)
        if fault is not None:
            faults.append(fault)
            print(fault, flush=True)
        if number % 20 == 0:
            print(f"  {number} finished, {len(faults)} faults", flush=True)
    print(
        f"deaths {sum(len(one.steps) for one in moments)}, different stores {len(moments)}, of which "
        f"{len(watched.came_to_warehouse)} came to the warehouse with something else; faults {len(faults)}; "
        f"{time.process_time() - started:.0f} s of a processor"
    )


def random_kills(place: Path, count: int = 20) -> None:
    """Kill the process group of a run at random moments, then finish and compare."""
    folder = place / "study"
    make_study(folder)
    store_secret(place)
    whole = fresh_store(place, place / "whole")
    started = time.perf_counter()
    _finish(folder, whole)
    whole_s = time.perf_counter() - started
    wanted = ended(whole)
    rng = random.Random(1)
    killed = faults = left = 0
    for number in range(count):
        store = fresh_store(place, place / f"kill_{number}")
        run = subprocess.Popen(
            _command(folder, store),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(rng.uniform(0.05, 0.95) * whole_s)
        if run.poll() is None:
            killed += 1
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        time.sleep(2)
        left += len(_processes_of(store))
        code = _finish(folder, store)
        fault = f"the next run ended with {code}" if code else what_differs(store, wanted)
        if fault is not None:
            faults += 1
            print(f"kill {number}: {fault}", flush=True)
        shutil.rmtree(store)
    print(
        f"runs {count}, of which {killed} were killed before their end, faults {faults}, processes left {left}"
    )


def _finish(folder: Path, store: Path) -> int:
    return subprocess.run(
        _command(folder, store), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode


def _command(folder: Path, store: Path) -> list[str]:
    return [sys.executable, "-m", "flows", "run", str(folder), "--store", str(store), "--workers", "1"]


def _processes_of(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in said and int(process.name) != os.getpid():
            found.append(process.name)
    return found


def known_files(place: Path, count: int = 10_000) -> None:
    """Time a run without anything new over ``count`` known files.

    The first run is played: units of the ledger and files of the store are those of a real run, but for what is in them.
    """
    from flows.store.code_version import made_by

    settings = make_study(place / "study")
    shutil.rmtree(place / "study" / "devices")
    people = [f"P{number:05}" for number in range(count // 2)]
    (place / "study" / "participants.csv").write_text(
        "participant_id,sex,birth_year,weight_kg\n" + "".join(f"{one},female,1980,60\n" for one in people)
    )
    (place / "study" / "diary" / "sleep.csv").write_text(
        "participant_id,night_date,lights_off,sleep_onset,sleep_end,lights_on\n"
        + "".join(f"{one},2026-03-01,2026-03-01T22:30,,,2026-03-02T06:30\n" for one in people)
    )
    for number in range(count):
        file = (
            place / "study" / "devices" / people[number // 2] / f"{('left', 'right')[number % 2]}_ankle.cwa"
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"device file %d" % number)
    real = _play()
    print(f"memory before {_peak_mb():.0f} MB")
    _look(settings)
    print(f"peak memory after the first run {_peak_mb():.0f} MB")
    started = time.process_time()
    for work in real:
        made_by(work, settings.parameters)
    print(
        f"hashing the code of four stages, once in a process: {time.process_time() - started:.2f} s",
        flush=True,
    )
    subprocess.run([sys.executable, __file__, "look", str(place / "study")], check=True)


def _play() -> tuple[Callable[..., object], ...]:
    """Have units played; return what would have done them."""
    from flows import orchestration
    from flows.stages import detect, ingest
    from tests.without_prefect import PlainTask

    orchestration._as_task = lambda function, label: PlainTask(function)  # type: ignore[assignment]
    real = ingest.read_recording, detect.summarise_one, detect.find_one, detect.score_one
    ingest.read_recording = _played_recording  # type: ignore[assignment]
    detect.summarise_one, detect.find_one, detect.score_one = _summarised, _found, _scored  # type: ignore[assignment]
    return real


def look_again(folder: Path) -> None:
    """Run over a study of which nothing is new, as a process of its own does; what a warehouse is made of is told, and none is built."""
    print(f"memory before {_peak_mb():.0f} MB")
    started, wall = time.process_time(), time.perf_counter()
    settings = load_settings(folder, worker_count=1)
    _play()
    file_count = _look(settings)
    print(
        f"a run with nothing new over {file_count} files: {time.process_time() - started:.2f} s of a processor, and "
        f"{started:.2f} s to load the program; {time.perf_counter() - wall:.2f} s in all, peak memory {_peak_mb():.0f} MB"
    )


def _peak_mb() -> float:
    # not getrusage, which tells a process the peak of who started it
    told = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(told[1]) / 1024 if told else float("nan")


def _look(settings: StudySettings) -> int:
    from flows import study
    from flows.store.opening import opened_store
    from flows.summary import StudyReport
    from flows.warehouse import publish

    report = StudyReport(settings=settings)
    with opened_store(settings.store):
        for work in (study._ingest, study._detect, lambda _: publish._state(settings)):
            started = time.process_time()
            work(report)
            told = f"{getattr(work, '__name__', 'state')} {time.process_time() - started:.2f} s"
            print(f"  {told}, peak memory {_peak_mb():.0f} MB")
    return report.counts["device_files"]


def _tiny(settings: StudySettings, *paths: Path) -> list[Path]:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return list(paths)


def _played_recording(file: DeviceFile, *, settings: StudySettings, **_: object) -> dict[str, object]:
    folder = raw_folder(settings.store, str(file.participant_id), file.recording_id)
    row = {
        **dict.fromkeys(RECORDING),
        "recording_id": file.recording_id,
        "sha256": file.sha256,
        "sample_count": 1,
    }
    names = ("samples", "segments", "faults", "companion", "recording")
    return {
        "outcome": "read",
        "row": row_as_text(pl.DataFrame([row], schema=RECORDING)),
        "beginning": None,
        "outputs": _tiny(settings, *(folder / f"{name}.parquet" for name in names)),
    }


def _parts(settings: StudySettings, person: str, part: str, *names: str) -> dict[str, object]:
    return {"outputs": _tiny(settings, *(core_file(settings.store, name, person, part) for name in names))}


def _summarised(worn: Worn, *, settings: StudySettings) -> dict[str, object]:
    names = ("epoch", "nonwear_interval", "activity_span", "fault", "recording")
    told = asdict(calibrate(np.empty((0, 3)), None, settings.parameters.calibration))
    return _parts(settings, worn.participant.known.participant_id, worn.unit, *names) | {"calibration": told}


def _found(worn: Worn, *, settings: StudySettings) -> dict[str, object]:
    return _parts(settings, worn.participant.known.participant_id, worn.unit, "candidate")


def _scored(participant: Participant, *, settings: StudySettings) -> dict[str, object]:
    names = (
        "night",
        "wake_episode",
        "movement",
        "signal_break",
        "rejected_candidate",
        "clock_alignment",
        "restlessness",
    )
    return _parts(settings, participant.known.participant_id, "part", *names)


def main(what: str = "deaths", *numbers: str) -> None:
    """Do one of them in a folder of its own."""
    if what == "look":
        return look_again(Path(numbers[0]))
    place = Path(tempfile.mkdtemp(prefix="operations_"))
    try:
        {"deaths": every_death, "kills": random_kills, "known": known_files}[what](place, *map(int, numbers))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
