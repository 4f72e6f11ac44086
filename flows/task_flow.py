"""The flow of a run: it begins with the first task, so that a run with nothing new starts no server and imports no Prefect.

The coordinator works in the thread that called it. Prefect's flow runs in a thread beside it and submits what the
coordinator hands over; it ends as the coordinator does.
"""

import queue
import threading
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Protocol


class Server(Protocol):
    """Prefect's API, once somebody needs it."""

    def start(self) -> None:
        """Let it come up in the background; nothing where it has been started."""
        ...

    def wait(self) -> None:
        """Block until it answers."""
        ...


_current: ContextVar["TaskFlow | None"] = ContextVar("task_flow", default=None)


def current_flow() -> "TaskFlow | None":
    """Return the flow that the tasks of this run go to, None where Prefect called us itself (scheduled runs)."""
    return _current.get()


def expect_tasks() -> None:
    """Tell that tasks will follow: the server may come up while they are being prepared."""
    if (flow := _current.get()) is not None:
        flow.begin()


class TaskFlow:
    """The flow ``name`` with ``worker_count`` threads for its tasks; a context manager around the run.

    What the block raises ends the flow with it, and Prefect calls it failed. Raises what keeps the flow from ending well.
    """

    def __init__(self, name: str, server: Server, worker_count: int) -> None:
        self._name, self._server, self._worker_count = name, server, worker_count
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ended_by: BaseException | None = None
        self._failure: BaseException | None = None
        self._token: Token[TaskFlow | None] | None = None

    @property
    def has_begun(self) -> bool:
        """Whether there was anything for it to do."""
        return self._thread is not None

    def begin(self) -> None:
        """Bring up the server and Prefect, beside what the caller does."""
        if self._thread is None:
            self._server.start()
            self._thread = threading.Thread(target=self._run, name="flow", daemon=True)
            self._thread.start()

    def submit(
        self,
        make_task: Callable[[], Any],
        arguments: tuple[Any, ...],
        told: Callable[[BaseException | None, Any], None],
    ) -> None:
        """Have a task done; ``told`` hears, in another thread, of the future's end or of what kept it from beginning."""
        self.begin()
        self._orders.put(_Order(make_task, arguments, told))

    def __enter__(self) -> "TaskFlow":
        """Take the tasks of the block."""
        self._token = _current.set(self)
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        """Wait for the flow to end as the block did."""
        if self._token is not None:
            _current.reset(self._token)
        if self._thread is None:
            return
        self._ended_by = error
        self._orders.put(None)
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:  # noqa: BLE001 - raised by the coordinator
            if error is not self._ended_by:
                self._failure = error
                while (order := self._orders.get()) is not None:
                    order.told(error, None)

    def _serve(self) -> None:
        from prefect import flow
        from prefect.task_runners import ThreadPoolTaskRunner

        first = self._orders.get()
        if first is None:  # there was nothing to do, after all
            return

        def submit_all() -> None:
            order: _Order | None = first
            while order is not None:
                order.submit()
                order = self._orders.get()
            if self._ended_by is not None:
                raise self._ended_by

        try:
            self._server.wait()
            runner: Any = ThreadPoolTaskRunner(max_workers=self._worker_count)
            flow(name=self._name, task_runner=runner)(submit_all)()
        except BaseException as error:
            if not first.is_submitted:
                first.told(error, None)
            raise


class _Order:
    def __init__(
        self,
        make_task: Callable[[], Any],
        arguments: tuple[Any, ...],
        told: Callable[[BaseException | None, Any], None],
    ) -> None:
        self._make_task, self._arguments, self.told = make_task, arguments, told
        self.is_submitted = False

    def submit(self) -> None:
        self.is_submitted = True
        try:
            future = self._make_task().submit(*self._arguments)
        except BaseException as error:
            self.told(error, None)
            raise
        future.add_done_callback(lambda done: self.told(None, done))
