"""Units are grouped by their work, recorded as they finish, and a fault of the machine ends them all."""

import errno
import io
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from flows import orchestration
from flows.orchestration import KEPT_RUNS, Outcome, TemporaryServer, map_units, prune_records
from tests.without_prefect import PlainTask
from transforms.errors import MachineError


class Counting(PlainTask):
    groups: list[int]

    def submit(self, *arguments):  # type: ignore[no-untyped-def]
        self.groups.append(len(arguments[0].units))
        return super().submit(*arguments)


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    Counting.groups = []
    monkeypatch.setattr(orchestration, "_as_task", lambda function, label: Counting(function))
    return Counting.groups


def test_short_units_share_a_task_and_every_worker_has_one(groups: list[int]) -> None:
    outcomes = map_units(lambda unit: unit, range(1000), label="short", worker_count=2)
    assert [outcome.result for outcome in outcomes] == list(range(1000))
    assert groups[0] == 1  # nobody knows yet how long one takes
    assert len(groups) < 30 and max(groups[:3]) <= 250


def test_a_unit_of_much_work_is_a_task_of_its_own(groups: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orchestration, "TASK_S", 0.01)
    map_units(lambda unit: time.sleep(0.02), range(6), label="long", worker_count=1)
    assert groups == [1] * 6


def test_one_failure_costs_its_own_unit_and_each_is_recorded_as_it_finishes(groups: list[int]) -> None:
    seen: list[Outcome[int]] = []

    def work(unit: int) -> int:
        if unit == 2:
            raise ValueError("two")
        return 10 * unit

    outcomes = map_units(work, range(4), label="some", worker_count=1, record=seen.append)
    assert seen == outcomes
    assert [outcome.result for outcome in outcomes] == [0, 10, None, 30]
    assert isinstance(outcomes[2].error, ValueError)


def test_a_fault_of_the_machine_begins_no_further_unit_and_keeps_what_was_done(groups: list[int]) -> None:
    begun: list[int] = []
    recorded: list[int] = []

    def work(unit: int) -> int:
        begun.append(unit)
        if unit == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return unit

    with pytest.raises(MachineError, match="disk is full"):
        map_units(
            work, range(100), label="full", worker_count=1, record=lambda one: recorded.append(one.unit)
        )
    assert recorded == [0, 1, 2]
    assert begun == [0, 1, 2, 3]


@contextmanager
def answering(codes: list[int]) -> Iterator[str]:
    """A server that answers with each of the codes in turn, and with the last for ever."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(codes.pop(0) if len(codes) > 1 else codes[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api"
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_that_is_busy_is_waited_for_and_then_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.setenv("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "3")
    with answering([503, 503, 200]) as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        TemporaryServer(tmp_path).wait()
    with answering([503]) as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        monkeypatch.setenv("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "1")
        with pytest.raises(MachineError, match=r"does not answer .*503.*PREFECT_API_URL"):
            TemporaryServer(tmp_path).wait()


def test_a_server_whose_records_were_removed_is_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`withdraw` removes all of Prefect's records, while `serve` waits for its next run."""
    started: list[bool] = []

    class Process:
        def __init__(self, *_: object, **__: object) -> None:
            started.append((tmp_path / "prefect.db").exists())
            self.stdin = io.BytesIO()

        def poll(self) -> None:
            return None

        def wait(self, timeout: float = 0) -> int:
            return 0

    monkeypatch.setattr("flows.orchestration.subprocess.Popen", Process)
    monkeypatch.setattr(TemporaryServer, "_answer", lambda _: None)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.setenv("PREFECT_API_URL", "")
    server = TemporaryServer(tmp_path)
    server.wait()
    server.wait()
    assert started == [True]
    shutil.rmtree(tmp_path)
    server.wait()
    server.wait()
    assert started == [True, True]  # with a database, both times
    server.stop()


def test_prefect_keeps_the_records_of_the_last_runs(tmp_path: Path) -> None:
    database = tmp_path / "prefect.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(
            "create table flow_run (id text primary key, created text);"
            "create table task_run (id text, flow_run_id text references flow_run (id) on delete cascade);"
            "create table artifact (flow_run_id text); create table log (flow_run_id text);"
        )
        for number in range(KEPT_RUNS + 7):
            connection.execute(
                "insert into flow_run values (?, ?)", (f"r{number}", f"2026-01-01 00:00:{number:03}")
            )
            for table in ("task_run (flow_run_id)", "artifact", "log"):
                connection.execute(f"insert into {table} values (?)", (f"r{number}",))
        connection.commit()
    prune_records(database)
    with closing(sqlite3.connect(database)) as connection:
        for table, column in (
            ("flow_run", "id"),
            ("task_run", "flow_run_id"),
            ("artifact", "flow_run_id"),
            ("log", "flow_run_id"),
        ):
            left = {row[0] for row in connection.execute(f"select {column} from {table}")}
            assert left == {f"r{number}" for number in range(7, KEPT_RUNS + 7)}, table


def test_a_prefect_database_that_does_not_open_gives_way_to_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    database = tmp_path / "prefect.db"
    database.write_bytes(b"no database " * 1000)
    prune_records(database)
    assert not database.exists() or database.read_bytes().startswith(b"SQLite format 3")
