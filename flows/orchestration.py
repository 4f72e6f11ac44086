"""Prefect, quiet and private: its settings, its temporary server, and the mapping of one task over many units.

Prefect needs an API. Where ``PREFECT_API_URL`` names a server, that one is used; otherwise each process starts a
temporary server on the loopback interface. Its start takes seconds, so it begins in the background as soon as a command
knows that it will need it. Its records live in ``store/.prefect``: `PREFECT_HOME=STORE/.prefect prefect server start`
shows them.
"""

import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from flows.progress import progress_bar

Unit = TypeVar("Unit")
Result = TypeVar("Result")

TEMPLATE_HOME = Path(sys.prefix) / "share" / "legjumps" / "prefect"
"""A migrated, empty Prefect database made when the environment was built; migrating one takes ten seconds."""


def configure(home: Path) -> None:
    """Set Prefect's environment; call before the first import of prefect.

    No telemetry, no logs (errors are told once, by the command), and the database of this store's own. A variable
    that the user has set keeps its value.
    """
    quiet = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_HOME": str(home),
    }
    for name, value in quiet.items():
        os.environ.setdefault(name, value)
    own_home = Path(os.environ["PREFECT_HOME"])
    if not (own_home / "prefect.db").exists() and (TEMPLATE_HOME / "prefect.db").exists():
        own_home.mkdir(parents=True, exist_ok=True)
        aside = own_home / f".prefect.db.{os.getpid()}"
        shutil.copyfile(TEMPLATE_HOME / "prefect.db", aside)
        aside.replace(own_home / "prefect.db")


class TemporaryServer:
    """The start of Prefect's temporary server, in the background."""

    def __init__(self, home: Path) -> None:
        configure(home)
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        if not os.environ.get("PREFECT_API_URL"):
            self._thread = threading.Thread(target=self._start, name="prefect-server", daemon=True)
            self._thread.start()

    def _start(self) -> None:
        try:
            from prefect.server.api.server import SubprocessASGIServer

            # A trace of the server's own shutdown is noise: the result has been delivered by then.
            logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
            SubprocessASGIServer().start()
        except BaseException as error:  # noqa: BLE001 - carried to the waiting thread
            self._error = error

    def wait(self) -> None:
        """Block until the server answers; raise what kept it from starting."""
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error


@dataclass(frozen=True)
class Outcome(Generic[Unit]):
    """What became of one unit: its result, or the exception that ended it."""

    unit: Unit
    result: Any = None
    error: BaseException | None = None


def map_units(
    task: Any,
    units: Sequence[Unit],
    *,
    label: str,
    name: Callable[[Unit], str] = str,
    **shared: Any,
) -> list[Outcome[Unit]]:
    """Run a Prefect task once for each unit, in parallel, with a progress bar; one failure costs only its own unit.

    ``name`` gives each run its name in Prefect's records.
    """
    if not units:
        return []
    with progress_bar(label, len(units)) as advance:
        futures = [task.with_options(task_run_name=name(unit)).submit(unit, **shared) for unit in units]
        for future in futures:
            future.add_done_callback(lambda _: advance())
        return [_outcome(unit, future) for unit, future in zip(units, futures, strict=True)]


def _outcome(unit: Unit, future: Any) -> Outcome[Unit]:
    try:
        return Outcome(unit, result=future.result())
    except Exception as error:  # noqa: BLE001 - becomes a row with a reason
        return Outcome(unit, error=error)


def results(outcomes: Iterable[Outcome[Unit]]) -> list[Any]:
    """Return the results; raise the first error, where an error means that our own code is at fault."""
    collected = []
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
        collected.append(outcome.result)
    return collected


def run_unit(function: Callable[..., Result], *arguments: Any, label: str) -> Result:
    """Run one piece of work as a Prefect task, telling how long it took; its error is raised here."""
    from prefect import task

    with progress_bar(label, 1) as advance:
        result: Result = task(name=label)(function)(*arguments)
        advance()
    return result
