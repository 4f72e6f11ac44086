"""Scheduled ingestion as a data manager has it: a good, a broken and a slowly arriving file, and what is told of them."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flows import orchestration
from tests.small_study import make_study, recording

pytestmark = pytest.mark.xdist_group("study")

DROPPED = 120
"""Files at once; as many threads once started as files were dropped."""
ROOT = Path(__file__).resolve().parents[3]

_SERVE = """
import sys, threading, time
most = 0
def count():
    global most
    while True:
        most = max(most, threading.active_count())
        time.sleep(0.01)
threading.Thread(target=count, daemon=True).start()
from datetime import timedelta
from pathlib import Path
from flows.commands.serve import Every, serve_study
from flows.settings import load_settings
serve_study(load_settings(Path(sys.argv[1]), worker_count=1), Every(timedelta(seconds=1)), settle_s=2.0, run_count=2)

import asyncio, json
from prefect import get_client
from prefect.client.schemas.sorting import FlowRunSort

async def told():
    async with get_client() as client:
        runs = await client.read_flow_runs(sort=FlowRunSort.START_TIME_ASC)
        artifacts = await client.read_artifacts()
        asked = {"filter": {"event": {"name": ["legjumps.run.failed"]}}}
        events = (await client._client.post("/events/filter", json=asked)).json()["events"]
        return {
            "threads": most,
            "failures": [[one["resource"]["prefect.resource.id"], one["payload"]["error"]] for one in events],
            "states": [[run.state.type.value, run.state.message] for run in runs],
            "artifacts": [[one.key, one.type, one.data] for one in artifacts],
        }

print("TOLD " + json.dumps(asyncio.run(told()), default=str))
"""


def told_by(run: "subprocess.Popen[str]") -> dict[str, Any]:
    out, err = run.communicate(timeout=400)
    assert run.returncode == 0, err[-3000:]
    return json.loads(out.rpartition("TOLD ")[2])  # type: ignore[no-any-return]


def test_states_artifacts_and_health_say_what_happened(tmp_path: Path) -> None:
    study = tmp_path / "study"
    settings = make_study(study)
    broken = study / "devices" / "P1" / "hip.cwa"
    broken.write_text("Dear all,\n")
    slow = study / "devices" / "P2" / "hip.cwa"
    content = recording(9)
    slow.write_bytes(content[:10_000])
    is_over = threading.Event()

    def arrive() -> None:
        place = 10_000
        while not is_over.wait(0.2):
            if (settings.store / "warehouse.duckdb").exists():  # the first run is nearly done
                with slow.open("ab") as stream:
                    stream.write(content[place:])
                return
            with slow.open("ab") as stream:
                stream.write(content[place : place + 10])
            place += 10

    writer = threading.Thread(target=arrive)
    writer.start()
    try:
        run = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(study)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={key: value for key, value in os.environ.items() if not key.startswith("PREFECT")},
        )
        told = told_by(run)
    finally:
        is_over.set()
        writer.join()
    (first_type, first), (second_type, second) = told["states"]
    assert (first_type, second_type) == ("COMPLETED", "COMPLETED")
    assert "1 rejected recordings" in first and "1 waiting" in first
    assert "0 waiting" in second and "5 recordings" in second
    tables = [json.loads(data) for key, kind, data in told["artifacts"] if kind == "table"]
    assert {(row["file"], row["state"]) for rows in tables for row in rows} == {
        ("devices/P1/hip.cwa", "unknown_format"),
        ("devices/P2/hip.cwa", "waiting"),
    }
    assert any(kind == "progress" and data == 100.0 for _, kind, data in told["artifacts"])

    from flows.store.health import read_health

    health = read_health(settings, silent_days=None)
    assert health.is_well, health.why_not
    assert [run.state for run in health.runs] == ["completed", "completed"]
    assert health.runs[1].counts["waiting"] == 1
    assert (health.rejected_count, health.recording_states["read"]) == (1, 5)
    page = (settings.store / "index.html").read_text()
    assert "devices/P1/hip.cwa" in page


def counted(home: Path, what: str) -> int:
    with closing(sqlite3.connect(home / "prefect.db")) as connection:
        return int(connection.execute(f"select count(*) from {what}").fetchone()[0])


def test_a_failed_run_ends_no_serving_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = tmp_path / "study"
    settings = make_study(study)
    for number in range(DROPPED):
        (study / "devices" / "P1" / f"hip_{number}.txt").write_text(f"Dear all, this is no {number}\n")
    good = (study / "study.toml").read_text()
    (study / "study.toml").write_text(good)
    run = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(study)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("PREFECT")},
    )
    while not (settings.store / ".prefect").exists():
        time.sleep(0.02)
    (study / "study.toml").write_text("not TOML")  # between the start and the first run
    while not any("failed" in line for line in iter(run.stderr.readline, "")):  # type: ignore[union-attr]
        assert run.poll() is None
    (study / "study.toml").write_text(good)
    told = told_by(run)
    assert [kind for kind, _ in told["states"]] == ["FAILED", "COMPLETED"]
    assert "not TOML" in told["states"][0][1]
    # what an automation hangs on: docs/operations.md
    ((resource, error),) = told["failures"]
    assert resource == "legjumps.study.study" and "not TOML" in error
    assert f"{DROPPED} rejected recordings" in told["states"][1][1]
    assert told["threads"] < DROPPED / 3  # one worker was asked for, whatever is dropped
    home = settings.store / ".prefect"
    monkeypatch.setenv("PREFECT_HOME", str(home))
    monkeypatch.setattr(orchestration, "KEPT_RUNS", 1)
    assert counted(home, "flow_run") == 2
    orchestration.prune_records(home / "prefect.db")
    assert (counted(home, "flow_run"), counted(home, "artifact")) == (1, 2)
    left = "task_run where flow_run_id not in (select id from flow_run)"
    assert counted(home, left) == 0 < counted(home, "task_run")
