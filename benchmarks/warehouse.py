"""How the warehouse grows: ``legjumps benchmark warehouse [LARGEST [READERS [PUBLICATIONS]]]``.

Cohorts of 100 to LARGEST (10,000; the full figure is 100,000) participants with 7 nights of about 150 movements, simulated
at table level into Parquet, are built by the real SQL and held against every expectation in a process of their own, with
8 GB for DuckDB and its spilling beside. The slowest tables of each build are told. Then analysts' questions are timed on
the result: some short ones, and every worked question of ``sql/queries/`` that reads ``movement`` or ``analysis_night``;
what a question takes the first time, when it may read from disk, stands apart. Last, READERS (20) processes open, ask and
close while PUBLICATIONS (20) warehouses are published in the same place.
"""

import contextlib
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import duckdb

from flows.paths import sql_folder
from flows.store.layout import core_table
from flows.warehouse.build import build_warehouse
from flows.warehouse.published import publish, warehouse_path
from flows.warehouse.validate import validate_warehouse
from transforms.diaries.reference import dietary_reference_intake
from transforms.parameters import DEFAULT
from transforms.parameters.cohort_simulation import PLAIN_COHORT, CohortSimulationParameters
from transforms.simulation.cohort import simulate_cohort

NIGHTS = 7
PART = 2_000
MEMORY_LIMIT_MB = 8_000
SLOWEST_COUNT = 5
ASKED_COUNT = 7
MANY_MOVEMENTS = replace(PLAIN_COHORT, jerk_rate_per_h=16.9, person_sd=0.4, confounding=0.1)
"""About 150 movements a night."""
QUERIES = sql_folder() / "queries"
QUESTIONS = {
    "analysis_night: rate by weekend": (
        "select is_weekend, sum(jerk_count) / sum(analysed_h) from analysis_night group by 1"
    ),
    "analysis_night: dose-response": (
        "select round(caffeine_mg, -2), sum(jerk_count) / sum(analysed_h), count(*) from analysis_night group by 1"
    ),
    "analysis_night: one person": "select * from analysis_night where participant_id = 'P000042' order by night_date",
    "movement: kinds": "select kind, count(*), avg(peak_g) from movement group by 1",
    "movement: hour of the clock": "select clock_hour_number, count(*) from movement group by 1",
    "movement: jerks by hour in bed": (
        "select bed_minute_number // 60, count(*) from movement where is_jerk and is_in_bed group by 1"
    ),
    "movement: one person": "select count(*) from movement where participant_id = 'P000042'",
}
READER = """
import random, sys, duckdb
wrong = 0
done = 0
for line in sys.stdin:
    with duckdb.connect({path!r}, read_only=True) as connection:
        for _ in range(10):
            nights, groups = connection.sql(
                "select (select count(*) from analysis_night), (select sum(night_count) from group_rate where grouping_name = 'all')"
            ).fetchall()[0]
            wrong += nights != groups
            done += 1
    print(done, wrong, flush=True)
"""


def main() -> None:
    """Print growth, times of questions, and what readers saw."""
    if sys.argv[1:2] == ["build"]:
        build(Path(sys.argv[2]), int(sys.argv[3]))
        return
    if sys.argv[1:2] == ["part"]:
        write_part(Path(sys.argv[2]), MANY_MOVEMENTS, int(sys.argv[3]), int(sys.argv[4]))
        return
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    readers = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    publications = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    print(
        f"{'participants':>12}{'movements':>13}{'parquet MB':>12}{'build s':>9}{'checks s':>10}{'peak MB':>9}{'spill MB':>10}{'file MB':>9}"
    )
    with tempfile.TemporaryDirectory() as scratch:
        count = 100
        while count <= largest:
            store = Path(scratch) / str(count)
            grow(store, count)
            ask(store)
            if count > 100:
                shutil.rmtree(store)
            count *= 10
        publish_under_readers(Path(scratch) / "100", readers, publications)


def grow(store: Path, count: int) -> None:
    """Simulate and build one size, and print its line."""
    done = subprocess.run(
        [sys.executable, __file__, "build", str(store), str(count)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{count:>12,}{figures['movements']:>13,}{figures['parquet_mb']:>12,.0f}{figures['seconds']:>9.1f}"
        f"{figures['check_seconds']:>10.1f}{figures['peak_mb']:>9,.0f}{figures['spill_mb']:>10,.0f}{figures['file_mb']:>9,.0f}",
        flush=True,
    )
    in_order = sorted(figures["tables"].items(), key=lambda table: -table[1])
    slowest = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in in_order[:SLOWEST_COUNT])
    print(f"    slowest: {slowest}", flush=True)


def build(store: Path, count: int) -> None:
    """Make the Parquet in parts, in a process of its own, then build; print the figures as JSON."""
    movements = simulate_parts(store, count)
    spilled = Spill(store)
    started = time.perf_counter()
    built = build_warehouse(
        store, DEFAULT, code_version="benchmark", secret=b"benchmark", memory_limit_mb=MEMORY_LIMIT_MB
    )
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    validate_warehouse(built.path, store, built.run_id, memory_limit_mb=MEMORY_LIMIT_MB)
    check_seconds = time.perf_counter() - started
    path = publish(built, store, kept_count=0)
    figures = {
        "movements": movements,
        "parquet_mb": sum(file.stat().st_size for file in (store / "core").rglob("*.parquet")) / 1e6,
        "seconds": seconds,
        "check_seconds": check_seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "spill_mb": spilled.stop() / 1e6,
        "tables": built.seconds,
        "file_mb": path.stat().st_size / 1e6,
    }
    print(json.dumps(figures))


class Spill:
    """The most bytes that stood in the folders of spilling, looked at once a second."""

    def __init__(self, store: Path) -> None:
        """Begin to look."""
        self._store = store
        self._most = 0
        self._is_over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while not self._is_over.wait(1):
            # files come and go while they are counted
            with contextlib.suppress(FileNotFoundError):
                builds = self._store / ".tmp"
                # of the build, and of the checks of what it built
                files = [*builds.glob("*/*/spill/*"), *builds.glob("*/*/*.tmp/*")]
                self._most = max(self._most, sum(file.stat().st_size for file in files))

    def stop(self) -> int:
        """End, and return what was seen."""
        self._is_over.set()
        self._watcher.join()
        return self._most


def simulate_parts(store: Path, count: int) -> int:
    """Write a cohort in parts of PART participants; return the number of movements."""
    for first in range(0, count, PART):
        # memory of the simulation is no memory of the build, and a fork would hang where threads of polars run
        subprocess.run([sys.executable, __file__, "part", str(store), str(first), str(count)], check=True)
    write_allowances(store)
    with duckdb.connect() as connection:
        files = f"{store}/core/movement/*.parquet"
        movements = connection.sql(f"select count(*) from '{files}'").fetchall()[0][0]
    return int(movements)


def write_part(store: Path, cohort: CohortSimulationParameters, first: int, count: int) -> None:
    """Simulate those of ``count`` participants who follow ``first``, PART at most, and write what they bring to the core."""
    part = simulate_cohort(
        cohort,
        participant_count=min(PART, count - first),
        night_count=NIGHTS,
        seed=1,
        first_participant=first,
    )
    for name, frame in part.items():
        file = store / "core" / name / f"part-{first:06}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(file)


def write_allowances(store: Path) -> None:
    """Write the reference intakes, which no simulation makes."""
    table = core_table(store, "dietary_reference_intake")
    table.parent.mkdir(parents=True, exist_ok=True)
    dietary_reference_intake().write_parquet(table)


def ask(store: Path) -> None:
    """Time each question on an open warehouse, the first time apart from the later ones: it may read from disk."""
    worked = {f"{path.stem}": path.read_text(encoding="utf-8") for path in sorted(QUERIES.glob("*.sql"))}
    with duckdb.connect(str(warehouse_path(store)), read_only=True) as connection:
        for name, query in {**QUESTIONS, **worked}.items():
            reads_movement = "from movement\n" in f"{query}\n" or name.startswith("movement")
            limit_ms = 2000 if reads_movement else 100
            if not reads_movement and "analysis_night" not in query:
                continue
            times = []
            for _ in range(ASKED_COUNT):
                started = time.perf_counter()
                connection.sql(query).fetchall()
                times.append(1000 * (time.perf_counter() - started))
            first, *again = times
            told = "" if statistics.median(again) < limit_ms else f"  above {limit_ms} ms"
            print(
                f"    {name:<36}{statistics.median(again):>9.1f} ms, first {first:.1f} ms{told}",
                flush=True,
            )


def publish_under_readers(store: Path, readers: int, publications: int) -> None:
    """Publish again and again while readers hold that a warehouse agrees with itself."""
    path = warehouse_path(store)
    code = READER.format(path=str(path))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(readers)
    ]
    original = store / "original.duckdb"
    shutil.copyfile(path, original)
    started = time.perf_counter()
    rounds = max(publications, 1)
    wanted = 10_000
    queries = wrong = errors = published = 0
    while queries < wanted or published < rounds:
        for process in processes:
            if process.stdin is not None:
                process.stdin.write("\n")
                process.stdin.flush()
        if published < rounds:
            replace_once(store, original, published)
            published += 1
        told = [(process.stdout.readline() if process.stdout else "").split() for process in processes]
        errors += sum(not line for line in told)
        if errors:
            break
        queries = sum(int(line[0]) for line in told)
        wrong = sum(int(line[1]) for line in told)
    for process in processes:
        process.kill()
    print(
        f"{readers} readers asked {queries:,} times while {published} warehouses were published, "
        f"{time.perf_counter() - started:.0f} s: {errors} errors, {wrong} half states"
    )


def replace_once(store: Path, original: Path, number: int) -> None:
    """Publish a copy without the last nights of some people, so that each warehouse is another one."""
    from flows.store.atomic import scratch_folder
    from flows.warehouse.build import BuiltWarehouse

    folder = scratch_folder(store) / f"warehouse-{number}"
    folder.mkdir()
    path = folder / "warehouse.duckdb"
    shutil.copyfile(original, path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from analysis_night where hash(participant_id) % 50 = ?", [number])
        connection.execute(
            "update group_rate set night_count = (select count(*) from analysis_night) where grouping_name = 'all'"
        )
    shutil.copyfile(next((store / "core" / "run").glob("*.parquet")), folder / "run.parquet")
    publish(BuiltWarehouse(path, f"benchmark{number}"), store, kept_count=3)


if __name__ == "__main__":
    main()
