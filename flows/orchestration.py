"""Prefect, quiet and private: its settings, its temporary server, and the mapping of one task over many units.

Prefect needs an API. Where ``PREFECT_API_URL`` names a server, that one is used; otherwise each process starts a
temporary server on the loopback interface. Its start takes seconds, so it begins in the background as soon as a command
knows that it will need it. Its records live in ``store/.prefect``: `PREFECT_HOME=STORE/.prefect prefect server start`
shows them.
"""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from flows.progress import progress_bar
from transforms.errors import SettingsError

Unit = TypeVar("Unit")
Result = TypeVar("Result")

_LOOPBACK = "127.0.0.1"
_SERVER = ["--factory", "prefect.server.api.server:create_app"]

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
    """Prefect's API for the life of this process, on a free port of the loopback interface.

    It is started before prefect is imported, which then finds it as it would find any server; the seconds until it
    answers are left to other work. With ``is_scheduler`` it also runs the services that start scheduled flows.
    """

    def __init__(self, home: Path, *, is_scheduler: bool = False) -> None:
        configure(home)
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._address = os.environ.get("PREFECT_API_URL", "")
        if not self._address:
            self._start(is_scheduler)

    def _start(self, is_scheduler: bool) -> None:
        with socket.socket() as probe:
            probe.bind((_LOOPBACK, 0))
            port = probe.getsockname()[1]
        self._address = f"http://{_LOOPBACK}:{port}/api"
        arguments = [
            *_SERVER,
            "--host",
            _LOOPBACK,
            "--port",
            str(port),
            "--log-level",
            "error",
            "--lifespan",
            "on",
        ]
        own = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_FINAL": "1", "PREFECT_API_URL": self._address}
        if not is_scheduler:
            own["PREFECT__SERVER_EPHEMERAL"] = "1"
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the server
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
            [sys.executable, "-m", "uvicorn", *arguments],
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        os.environ["PREFECT_API_URL"] = self._address
        atexit.register(self.stop)

    def wait(self) -> None:
        """Block until the server answers.

        Raises SettingsError, with the server's last words, when it ends or does not answer in time.
        """
        deadline = time.monotonic() + float(os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"])
        while not self._answers():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise SettingsError(f"Prefect's API at {self._address} does not answer. {self._last_words()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server if it is ours."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
            os.environ.pop("PREFECT_API_URL", None)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._address}/health", timeout=5) as response:  # noqa: S310 - http only
                return bool(response.status == HTTPStatus.OK)
        except OSError:
            return False

    def _last_words(self) -> str:
        if self._log is None:
            return "PREFECT_API_URL names it; unset the variable for a temporary server."
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-2000:]


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
