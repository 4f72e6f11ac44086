"""A flow begins with its first task and no sooner; what keeps it from beginning is told to whoever waits for the task."""

import sys
from types import ModuleType
from typing import Any

import pytest

from flows import orchestration
from flows.orchestration import map_units, run_unit
from flows.task_flow import TaskFlow, current_flow, expect_tasks
from tests.without_prefect import PlainTask
from transforms.errors import MachineError


class Server:
    def __init__(self, fault: Exception | None = None) -> None:
        self.calls: list[str] = []
        self._fault = fault

    def start(self) -> None:
        self.calls.append("start")

    def wait(self) -> None:
        self.calls.append("wait")
        if self._fault is not None:
            raise self._fault


@pytest.fixture(autouse=True)
def flows(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Prefect, played: what begins and how it ends."""
    ended: list[str] = []

    def flow(name: str, task_runner: Any) -> Any:
        def wrap(body: Any) -> Any:
            def run() -> None:
                try:
                    body()
                except BaseException as error:
                    ended.append(f"{name}: {error}")
                    raise
                ended.append(name)

            return run

        return wrap

    played, runners = ModuleType("prefect"), ModuleType("prefect.task_runners")
    played.flow = flow  # type: ignore[attr-defined]
    runners.ThreadPoolTaskRunner = lambda max_workers: max_workers  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "prefect", played)
    monkeypatch.setitem(sys.modules, "prefect.task_runners", runners)
    monkeypatch.setattr(orchestration, "_as_task", lambda function, label: PlainTask(function))
    return ended


def test_nothing_to_do_begins_nothing(flows: list[str]) -> None:
    server = Server()
    with TaskFlow("study", server, 2):
        assert map_units(abs, [], label="none", worker_count=2) == []
        assert run_unit(abs, -3, label="alone") == 3
    assert (server.calls, flows, current_flow()) == ([], [], None)


def test_what_was_expected_and_did_not_come_begins_no_flow(flows: list[str]) -> None:
    server = Server()
    with TaskFlow("study", server, 2):
        expect_tasks()
    assert (server.calls, flows) == (["start"], [])


def test_the_first_task_begins_the_flow_and_the_last_ends_it(flows: list[str]) -> None:
    server = Server()
    with TaskFlow("study", server, 2):
        for _ in range(2):
            done = map_units(abs, [-1, -2, -3], label="some", worker_count=2)
            assert [outcome.result for outcome in done] == [1, 2, 3]
    assert (server.calls, flows) == (["start", "wait"], ["study"])


def test_what_ends_the_run_ends_the_flow(flows: list[str]) -> None:
    with pytest.raises(ValueError, match="here"), TaskFlow("study", Server(), 2):
        map_units(abs, [-1], label="some", worker_count=2)
        raise ValueError("here")
    assert flows == ["study: here"]


def test_a_server_that_does_not_come_is_told_to_who_waits(flows: list[str]) -> None:
    with (
        pytest.raises(MachineError, match="no server"),
        TaskFlow("study", Server(MachineError("no server")), 2),
    ):
        map_units(abs, [-1, -2], label="some", worker_count=2)
    assert flows == []
