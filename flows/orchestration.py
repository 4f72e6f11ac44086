"""Prefect, quiet and private: its settings, its temporary server, and the mapping of one task over many units.

Prefect needs an API. Where ``PREFECT_API_URL`` names a server, that one is used; otherwise each process starts a
temporary server on the loopback interface. Its start takes seconds, so it begins in the background as soon as a command
knows that it will need it. Its records live in ``store/.prefect``: `PREFECT_HOME=STORE/.prefect prefect server start`
shows them.
"""

import atexit
import math
import os
import queue
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, TypeVar

from flows.crew import Crew, Outcome, do_unit, hired_crew
from flows.progress import progress_bar, say
from flows.task_flow import current_flow
from transforms.errors import MachineError

Unit = TypeVar("Unit")
Result = TypeVar("Result")

_LOOPBACK = "127.0.0.1"
_DATABASE = "prefect.db"
_MARK = "migrated_by"
"""Beside the database: the version of Prefect that has brought it up to date."""
_SERVER = ["--factory", "prefect.server.api.server:create_app"]

TEMPLATE_HOME = Path(sys.prefix) / "share" / "legjumps" / f"prefect-{version('prefect')}"
"""Where the migrated, empty database of this Prefect lies; migrating one takes ten seconds, copying it none."""


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
    if not (own_home / _DATABASE).exists():
        own_home.mkdir(parents=True, exist_ok=True)
        try:
            aside = own_home / f".{_DATABASE}.{os.getpid()}"
            shutil.copyfile(make_template(), aside)
            aside.replace(own_home / _DATABASE)
            _note_migrated(own_home)
        except OSError:  # an environment that may not be written to
            _make_database(own_home)


def _is_migrated(home: Path) -> bool:
    """Tell whether a server of this very version has had the database, or it is a copy of the template."""
    mark = home / _MARK
    return mark.is_file() and mark.read_text(encoding="utf-8") == version("prefect")


def _note_migrated(home: Path) -> None:
    if not _is_migrated(home):
        (home / _MARK).write_text(version("prefect"), encoding="utf-8")


def _identity(file: Path) -> tuple[int, int] | None:
    """Tell one file from the next of the same name, None where there is none."""
    try:
        facts = file.stat()
    except FileNotFoundError:
        return None
    return facts.st_dev, facts.st_ino


def make_template() -> Path:
    """Return the template, made now if no build step and no earlier run has made it.

    Raises MachineError, with Prefect's last words, where it cannot be made.
    """
    if not (TEMPLATE_HOME / _DATABASE).exists():
        TEMPLATE_HOME.mkdir(parents=True, exist_ok=True)
        _make_database(TEMPLATE_HOME)
    return TEMPLATE_HOME / _DATABASE


def _make_database(home: Path) -> None:
    """Make an empty database by Prefect's own migrations, aside, and put it into ``home`` in one step."""
    say("making Prefect's database, once; this takes about ten seconds")
    with tempfile.TemporaryDirectory(dir=home) as aside:
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"],
            env={name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
            | {"DO_NOT_TRACK": "1", "PREFECT_HOME": aside},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode or not (Path(aside) / _DATABASE).exists():
            last_words = done.stderr.decode(errors="replace")[-2000:]
            raise MachineError(f"Prefect cannot make its database. {last_words}")
        (Path(aside) / _DATABASE).replace(home / _DATABASE)


class TemporaryServer:
    """Prefect's API for the life of this process, on a free port of the loopback interface.

    It is started before prefect is imported, and no sooner than somebody needs it; prefect then finds it as it would find
    any server, and the seconds until it answers are left to other work. With ``is_scheduler`` it also runs the services that evaluate automations. It runs in a
    session of its own, so that Ctrl-C is ours alone, and ends with its standard input, so that it outlives nobody.
    """

    def __init__(self, home: Path, *, is_scheduler: bool = False) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._is_scheduler = is_scheduler
        self._address = ""

    def start(self) -> None:
        """Let it come up in the background; nothing where it has been started, or ``PREFECT_API_URL`` names another."""
        if self._address:
            return
        configure(self._home)
        self._address = os.environ.get("PREFECT_API_URL", "")
        if not self._address:
            with socket.socket() as probe:
                probe.bind((_LOOPBACK, 0))
                self._port = probe.getsockname()[1]
            self._address = f"http://{_LOOPBACK}:{self._port}/api"
            os.environ["PREFECT_API_URL"] = self._address
            self._start()
            atexit.register(self.stop)

    def _start(self) -> None:
        database = Path(os.environ["PREFECT_HOME"]) / _DATABASE
        prune_records(database)
        self._database = _identity(database)
        arguments = [
            "--host",
            _LOOPBACK,
            "--port",
            str(self._port),
            "--log-level",
            "error",
            "--lifespan",
            "on",
        ]
        own = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_FINAL": "1", "PREFECT_API_URL": self._address}
        if not self._is_scheduler:
            # a second of a processor at each start: no block is used, and a database of this version wants no migration
            own |= {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT_API_BLOCKS_REGISTER_ON_START": "false"}
        if _is_migrated(Path(os.environ["PREFECT_HOME"])):
            own["PREFECT_API_DATABASE_MIGRATE_ON_START"] = "false"
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the server
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
            [sys.executable, "-m", "flows.prefect_server", *_SERVER, *arguments],
            env={**os.environ, **own},
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def wait(self) -> None:
        """Block until the server answers; one of ours that has died since, or whose database went, is started once more.

        Raises MachineError, with the server's last words, when it ends or does not answer in time.
        """
        self.start()
        if self._process is not None and self._has_answered:
            is_over = self._process.poll() is not None
            if is_over or self._database != _identity(Path(os.environ["PREFECT_HOME"]) / _DATABASE):
                self._end()  # `withdraw` removes all records: one that was open serves nothing but its own memory
                configure(self._home)
                self._start()
        deadline = time.monotonic() + float(os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"])
        while (found := self._answer()) is not None:
            is_over = self._process is not None and self._process.poll() is not None
            if is_over or time.monotonic() > deadline:
                raise MachineError(
                    f"Prefect's API at {self._address} does not answer ({found}). {self._last_words()}"
                )
            time.sleep(0.05 if self._process is not None else 0.5)
        self._has_answered = True
        if self._process is not None:
            _note_migrated(Path(os.environ["PREFECT_HOME"]))

    _has_answered = False
    _database: tuple[int, int] | None = None

    def stop(self) -> None:
        """End the server if it is ours."""
        if self._process is not None:
            self._end()
            self._process = None
            self._address = ""
            os.environ.pop("PREFECT_API_URL", None)

    def _end(self) -> None:
        if self._process is not None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _answer(self) -> str | None:
        """Return None where the server is well, otherwise what it says."""
        try:
            with urllib.request.urlopen(f"{self._address}/health", timeout=5) as response:  # noqa: S310 - http only
                return None if response.status == HTTPStatus.OK else f"status {response.status}"
        except (OSError, ValueError) as error:
            return str(error)

    def _last_words(self) -> str:
        if self._log is None:
            return "PREFECT_API_URL names it; unset the variable for a temporary server."
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-2000:]


KEPT_RUNS = 50
"""Runs whose records Prefect keeps; the ledger knows all."""


def prune_records(database: Path) -> None:
    """Drop what Prefect wrote of all but the last runs; one that does not open is put aside for a new one."""
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database, timeout=5)) as connection:
            connection.execute("pragma foreign_keys = on")
            newest = f"select id from flow_run order by created desc limit {KEPT_RUNS}"
            gone = [
                row[0] for row in connection.execute(f"select id from flow_run where id not in ({newest})")
            ]
            if not gone:
                return
            connection.execute("create temporary table gone as select id from flow_run where false")
            connection.executemany("insert into gone values (?)", [(one,) for one in gone])
            for table in ("artifact", "log"):
                connection.execute(f"delete from {table} where flow_run_id in (select id from gone)")
            connection.execute("delete from flow_run where id in (select id from gone)")
            connection.commit()
    except sqlite3.OperationalError:
        return  # in use by another server, or of another version: the next run prunes
    except sqlite3.DatabaseError:
        for name in (database.name, _MARK, f"{database.name}-wal", f"{database.name}-shm"):
            database.with_name(name).unlink(missing_ok=True)
        configure(database.parent)


class _Group:
    """Units that one task does one after the other; opaque to Prefect, which would look into everything it is given."""

    def __init__(
        self, work: Callable[..., Any], units: Sequence[Any], shared: dict[str, Any], crew: Crew | None = None
    ) -> None:
        self.work, self.units, self.shared, self.crew = work, units, shared, crew


TASK_S = 10.0
"""Least work of one task [s]: a task costs Prefect 0.05 to 0.2 s of a processor, whatever it does."""


def map_units(
    work: Callable[..., Any],
    units: Sequence[Unit],
    *,
    label: str,
    worker_count: int,
    record: Callable[[Outcome[Unit]], None] | None = None,
    is_here: bool = False,
    **shared: Any,
) -> list[Outcome[Unit]]:
    """Do ``work(unit, **shared)`` for each unit in Prefect tasks, in parallel, with a progress bar.

    Units are grouped so that a task holds TASK_S of work, as told by the units before. ``record`` is called by this thread as each
    unit finishes, in the order in which they do. One failure costs only its own unit; a fault of the machine ends it all:
    no further unit is begun, what was finished is recorded, and the MachineError is raised. Where workers on other machines were
    asked for, they do the work, unless it ``is_here``.
    """
    if not units:
        return []
    crew = None if is_here else hired_crew()
    if crew is not None:
        worker_count = crew.size()
    pending = deque(enumerate(units))
    finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
    outcomes: dict[int, Outcome[Unit]] = {}
    under_way = 0
    fault: MachineError | None = None
    submit = _submitter(label)
    with progress_bar(label, len(units)) as advance:
        while (pending and fault is None) or under_way:
            while pending and fault is None and under_way < worker_count:
                count = _group_size(list(outcomes.values()), len(pending), worker_count)
                group = [pending.popleft() for _ in range(count)]
                submit(_Group(work, group, shared, crew), finished)
                under_way += 1
            told = finished.get()
            if told is None:
                under_way -= 1
                continue
            number, outcome = told
            if isinstance(outcome, BaseException):  # Prefect's own failure, before or after the work
                raise outcome
            outcomes[number] = outcome
            if isinstance(outcome.error, MachineError):
                fault = fault or outcome.error
            elif record is not None:
                record(outcome)
            advance()
    if fault is not None:
        raise fault
    return [outcomes[number] for number in sorted(outcomes)]


def _group_size(done: Sequence[Outcome[Any]], pending_count: int, worker_count: int) -> int:
    """Tell how many units hold TASK_S of work, with a share for every worker towards the end."""
    if not done:
        return 1
    mean_s = sum(outcome.seconds for outcome in done) / len(done)
    return max(1, min(math.ceil(TASK_S / max(mean_s, 1e-4)), math.ceil(pending_count / (2 * worker_count))))


def _as_task(function: Callable[..., Any], label: str) -> Any:
    from prefect import task

    return task(name=label)(function)


def _submitter(label: str) -> Callable[[_Group, "queue.SimpleQueue[Any]"], None]:
    """Return what hands a group to the task runner of this run's flow, or of the flow that Prefect runs us in."""
    if (flow := current_flow()) is not None:

        def hand_over(group: _Group, finished: "queue.SimpleQueue[Any]") -> None:
            def told(error: BaseException | None, future: Any) -> None:
                if error is not None:
                    finished.put((-1, error))
                    finished.put(None)
                else:
                    _end_of_group(future, finished)

            flow.submit(lambda: _as_task(_do_group, label), (group, finished), told)

        return hand_over
    run = _as_task(_do_group, label)

    def submit(group: _Group, finished: "queue.SimpleQueue[Any]") -> None:
        future = run.submit(group, finished)
        future.add_done_callback(lambda done: _end_of_group(done, finished))

    return submit


def _do_group(group: _Group, finished: "queue.SimpleQueue[Any]") -> None:
    if group.crew is not None:
        done = group.crew.do(group.work, group.units, group.shared)
        for (number, unit), outcome in zip(
            group.units, done, strict=False
        ):  # a fault of the machine cuts it short
            finished.put((number, replace(outcome, unit=unit)))
        return
    for number, unit in group.units:
        outcome = do_unit(group.work, unit, group.shared)
        finished.put((number, outcome))
        if isinstance(outcome.error, MachineError):
            return


def _end_of_group(done: Any, finished: "queue.SimpleQueue[Any]") -> None:
    if done.state.is_failed() or done.state.is_crashed():
        finished.put((-1, _error_of(done)))
    finished.put(None)


def _error_of(done: Any) -> BaseException:
    try:
        done.result()
    except BaseException as error:  # noqa: BLE001 - raised again by the coordinator
        return error
    return RuntimeError(f"a task ended as {done.state}")


def results(outcomes: Iterable[Outcome[Unit]]) -> list[Any]:
    """Return the results; raise the first error, where an error means that our own code is at fault."""
    collected = []
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
        collected.append(outcome.result)
    return collected


def run_unit(function: Callable[..., Result], *arguments: Any, label: str) -> Result:
    """Run one piece of work, telling how long it took; its error is raised here.

    It is a task of the flow that runs; alone it is not worth a flow and a server of its own.
    """
    with progress_bar(label, 1) as advance:
        flow = current_flow()
        if flow is None and _is_run_by_prefect():
            result: Result = _as_task(function, label)(*arguments)
        elif flow is None or not flow.has_begun:
            result = function(*arguments)
        else:
            told: queue.SimpleQueue[tuple[BaseException | None, Any]] = queue.SimpleQueue()
            flow.submit(
                lambda: _as_task(function, label), arguments, lambda error, future: told.put((error, future))
            )
            error, future = told.get()
            if error is not None:
                raise error
            result = future.result()
        advance()
    return result


def _is_run_by_prefect() -> bool:
    context = sys.modules.get("prefect.context")
    return context is not None and context.FlowRunContext.get() is not None


def as_server_error(error: BaseException) -> MachineError | None:
    """Return in words that Prefect's API does not answer, None where it is something else."""
    link: BaseException | None = error
    while link is not None:
        is_client = type(link).__module__.split(".")[0] in {"httpx", "httpcore"}
        if is_client or "Failed to reach API" in str(link):
            address = os.environ.get("PREFECT_API_URL", "its address")
            return MachineError(
                f"Prefect's API at {address} does not answer any more ({type(link).__name__}: {link}); what was finished is "
                "kept, run again when it does"
            )
        link = link.__cause__ or link.__context__
    return None
