"""What Prefect costs: the start of its server, one flow, one task; and its share of a demo of a given length.

``legjumps benchmark orchestration [SECONDS]``: wall time of a demo after its environment stands (75 s unless given).
"""

import sys
import tempfile
import time
from pathlib import Path

from flows.orchestration import TemporaryServer, map_units

DEMO_TASKS = 65
"""Tasks of the demo: 18 files, 17 recordings twice, 12 participants, warehouse, release."""


def main(demo_s: float = 75.0) -> None:
    """Print seconds of the server's start, of an empty flow and of a task that does nothing."""
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        server = TemporaryServer(Path(home))
        server.start()
        from prefect import flow
        from prefect.task_runners import ThreadPoolTaskRunner

        import_s = time.perf_counter() - started
        server.wait()
        server_s = time.perf_counter() - started

        def nothing(unit: int) -> int:
            return unit

        @flow(name="nothing", task_runner=ThreadPoolTaskRunner(max_workers=2))  # type: ignore[arg-type]
        def run(count: int) -> float:
            began = time.perf_counter()
            map_units(nothing, range(count), label=f"{count} units", worker_count=2)
            return time.perf_counter() - began

        run(10)
        started = time.perf_counter()
        tasks_s = run(200)
        flow_s = time.perf_counter() - started - tasks_s
        server.stop()
    task_ms = 1000 * tasks_s / 200
    cost_s = flow_s + DEMO_TASKS * task_ms / 1000
    print(f"import of prefect                    {import_s:8.2f} s")
    print(
        f"server answers after                 {server_s:8.2f} s   in the background of the simulation or of hashing"
    )
    print(f"an empty flow                        {flow_s:8.2f} s")
    print(f"a task that does nothing             {task_ms:8.1f} ms")
    print(
        f"the demo's flow and {DEMO_TASKS} tasks          {cost_s:8.2f} s   {100 * cost_s / demo_s:.1f} % of {demo_s:g} s"
    )


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:2]))
