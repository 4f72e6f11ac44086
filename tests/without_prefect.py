"""The stages as plain functions: what they do, without the server that writes it down."""

from collections.abc import Callable
from typing import Any

import pytest


class PlainTask:
    """Does at once what a Prefect task would do in a thread."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def submit(self, *arguments: Any) -> "Done":
        self._function(*arguments)
        return Done()


class Done:
    """A task that has ended."""

    @property
    def state(self) -> "Done":
        return self

    def is_failed(self) -> bool:
        return False

    def is_crashed(self) -> bool:
        return False

    def add_done_callback(self, callback: Callable[["Done"], None]) -> None:
        callback(self)


def leave_prefect_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stages run without Prefect while a test runs."""
    monkeypatch.setattr("flows.orchestration._as_task", lambda function, label: PlainTask(function))
