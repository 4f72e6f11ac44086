"""Let a run die at any of its durable steps, and see that the next run finishes as if nothing had happened.

A durable step is each mkdir, rename, link, unlink and rmdir below the store, and each commit of the ledger; the interpreter tells
them (audit events), so that none is forgotten. A process that is killed before a step leaves what lies on the disk at that
moment. So one run is watched, its store is copied before each step, and each copy is finished by a run of its own. Where two
steps find the same store, byte for byte, one end serves for both; so it does where two of these runs come to the warehouse
with the same store, the same units on record and nothing else to go by. Runs go without Prefect.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from flows import orchestration, study
from flows.release.history import is_whole
from flows.settings import StudySettings, load_settings
from flows.store import ledger
from flows.store.atomic import SCRATCH
from flows.store.fingerprint import fingerprint
from flows.store.ledger import Book, open_book
from flows.store.secret import store_secret
from flows.summary import StudyReport
from tests.without_prefect import PlainTask

STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link"}
WRITTEN_IN_PLACE = (ledger.FILE_NAME, ".lock", f"{SCRATCH}/")
"""What may be written into where it lies: the ledger has its own journal, the lock tells nothing that lasts."""
EARLY_DEATHS, LATE_DEATH = 8, 15
"""Of the sample: how many before the warehouse is built, and how many moments before the end the last one is."""


@dataclass(frozen=True)
class Lying:
    """One file of a store, at one moment."""

    digest: str
    inode: int
    mtime_ns: int
    mode: int


@dataclass
class Moment:
    """What a death before any of some steps, one after the other, leaves behind."""

    files: dict[str, Lying]
    folders: list[str]
    steps: list[int] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Name the steps."""
        return f"steps {self.steps[0]} to {self.steps[-1]} ({self.events[0]} first)"


class Witness:
    """Sees a store before each durable step of the run that writes it."""

    def __init__(self, store: Path, pool: Path) -> None:
        self._store, self._pool = store, pool
        self.moments: list[Moment] = []
        self.step_count = 0
        self.warehouse_begins_at = 0
        self.written_in_place: set[str] = set()

    def look(self, event: str) -> None:
        """Keep what lies there now."""
        self.step_count += 1
        now = _moment(self._store, self._pool)
        last = self.moments[-1] if self.moments else None
        if last is not None:
            self.written_in_place |= {
                path
                for path, file in now.files.items()
                if path in last.files
                and last.files[path].inode == file.inode
                and last.files[path].digest != file.digest
                and not path.startswith(WRITTEN_IN_PLACE)
            }
        if last is None or _content(last) != _content(now):
            self.moments.append(now)
        self.moments[-1].steps.append(self.step_count)
        self.moments[-1].events.append(event)


def _content(moment: Moment) -> tuple[dict[str, str], list[str]]:
    return {path: file.digest for path, file in moment.files.items()}, moment.folders


def _moment(store: Path, pool: Path) -> Moment:
    files, folders = {}, []
    for path in sorted(store.rglob("*")):
        name = path.relative_to(store).as_posix()
        if path.is_dir():
            folders.append(name)
            continue
        content, facts = path.read_bytes(), path.stat()
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        if not (pool / digest).exists():
            (pool / digest).write_bytes(content)
        files[name] = Lying(digest, facts.st_ino, facts.st_mtime_ns, facts.st_mode)
    return Moment(files, folders)


def _put_back(moment: Moment, pool: Path, store: Path) -> None:
    """Make a store as it was; every file is a copy of its own, with its time of change."""
    store.mkdir()
    for name in moment.folders:
        (store / name).mkdir()
    for name, file in moment.files.items():
        shutil.copyfile(pool / file.digest, store / name)
        (store / name).chmod(file.mode)
        os.utime(store / name, ns=(file.mtime_ns, file.mtime_ns))


def _places(arguments: tuple[Any, ...]) -> Iterator[str]:
    """Name what an audit event is about; a path beside the descriptor of a folder is below that folder."""
    paths = [os.fsdecode(one) for one in arguments if isinstance(one, str | bytes | os.PathLike)]
    descriptors = arguments[len(arguments) - len(paths) :]
    for path, descriptor in zip(paths, descriptors, strict=True):
        is_beside = isinstance(descriptor, int) and descriptor >= 0
        folder = Path(f"/proc/self/fd/{descriptor}").readlink() if is_beside else Path.cwd()
        yield str(folder / path)


_watching: list[tuple[str, Callable[[str], None]]] = []
_done: list[tuple[str, str, str]] = []


def _prepare_process() -> None:
    """Have this process tell of its durable steps and of what it does; for good, since hooks cannot be taken away."""
    orchestration._as_task = lambda function, label: PlainTask(function)  # type: ignore[assignment]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if _watching and event in STEPS:
            store, look = _watching[-1]
            if any(place.startswith(f"{store}/") for place in _places(arguments)):
                look(event)

    sys.addaudithook(hook)
    commit, record = Book._commit, Book.record

    def counted(book: Book) -> None:
        if _watching:
            _watching[-1][1]("commit")
        commit(book)

    def noted(book: Book, stage: str, unit: str, made_of: str, *arguments: Any) -> None:
        _done.append((stage, unit, made_of))
        record(book, stage, unit, made_of, *arguments)

    Book._commit = counted  # type: ignore[method-assign]
    Book.record = noted  # type: ignore[method-assign, assignment]


def _run(settings: StudySettings, before_warehouse: Callable[[StudySettings], None] = lambda _: None) -> None:
    def look(report: StudyReport) -> None:
        before_warehouse(report.settings)

    ingest, detect, *rest = study.FLOWS["study"]
    study.run_stages(settings, [ingest, detect, look, *rest])


class _Known(Exception):
    """From here on the run would do what another has done."""


@dataclass(frozen=True)
class Ended:
    """What a run leaves in the end."""

    tables: dict[str, str]
    """Hash of the rows of every table, but for the times at which runs began and ended."""
    parts: list[str]
    """What lies in raw/ and core/."""
    pages: dict[str, str]
    """Hash of every file that may leave the house, and of every participant's page."""


def ended(store: Path) -> Ended:
    """Look at a store whose run has ended."""
    hashes = {}
    with duckdb.connect(str(store / "warehouse.duckdb"), read_only=True) as connection:
        for (name,) in connection.sql("select table_name from duckdb_tables() order by 1").fetchall():
            columns = "* exclude (started_at, ended_at)" if name == "run" else "*"
            rows = sorted(repr(row) for row in connection.sql(f"select {columns} from {name}").fetchall())
            hashes[str(name)] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    parts = [path for base in ("raw", "core") for path in (store / base).rglob("*") if path.is_file()]
    pages = [path for base in ("release", "review") for path in (store / base).rglob("*") if path.is_file()]
    return Ended(
        hashes,
        sorted(path.relative_to(store).as_posix() for path in parts),
        {path.relative_to(store).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in pages},
    )


def what_differs(store: Path, wanted: Ended) -> str | None:
    """Say in what a store is not as it should be, None where it is."""
    found = ended(store)
    names = wanted.tables.keys() | found.tables.keys()
    differ = sorted(name for name in names if found.tables.get(name) != wanted.tables.get(name))
    if differ:
        return f"tables differ: {differ}"
    if found.parts != wanted.parts:
        return f"raw/ and core/ differ in {sorted(set(found.parts) ^ set(wanted.parts))}"
    if found.pages != wanted.pages or not all(map(is_whole, (store / "release").iterdir())):
        return f"pages differ: {sorted(set(found.pages.items()) ^ set(wanted.pages.items()))}"
    left = [path for path in (store / SCRATCH).rglob("*") if path.is_file()]
    return f"left behind: {left}" if left else None


def fresh_store(folder: Path, place: Path) -> Path:
    """Make a store that holds nothing but the study's secret, from which pseudonyms and noise are drawn."""
    place.mkdir(parents=True)
    shutil.copy2(folder / ".pseudonym_key", place)
    return place


@dataclass(frozen=True)
class Watched:
    """A run that was watched, and what it left in the end."""

    folder: Path
    place: Path
    witness: Witness
    ended: Ended
    came_to_warehouse: dict[str, str | None] = field(default_factory=dict)
    """What went wrong from the warehouse on, by what a run came to it with."""

    def die_and_finish(self, moment: Moment) -> str | None:
        """Have the next run finish what a death at this moment leaves; return what went wrong."""
        number = moment.steps[0]
        store, aside = self.place / f"death_{number}", self.place / f"ledger_{number}"
        try:
            _put_back(moment, self.place / "pool", store)
            shutil.copytree(store, aside, ignore=lambda _, names: {n for n in names if "ledger" not in n})
            before = _units_of(aside)
            fault = self._finish(store, before)
            return None if fault is None else f"{moment}: {fault}"
        finally:
            shutil.rmtree(store, ignore_errors=True)
            shutil.rmtree(aside, ignore_errors=True)

    def _finish(self, store: Path, before: set[tuple[str, str, str]]) -> str | None:
        state = ""

        def look(settings: StudySettings) -> None:
            nonlocal state
            state = _state_of(settings)
            if state in self.came_to_warehouse:
                raise _Known(state)

        _done.clear()
        try:
            _run(load_settings(self.folder, str(store), worker_count=1), look)
            fault = what_differs(store, self.ended)
        except _Known:
            fault = self.came_to_warehouse[state]
        except Exception as error:  # noqa: BLE001 - a fault like any other
            fault = f"the next run ended with {type(error).__name__}: {error}"
        if twice := [unit for unit in _done if unit in before]:
            fault = f"done twice: {twice}"
        self.came_to_warehouse[state] = fault
        return fault


def _state_of(settings: StudySettings) -> str:
    """Hash all that the rest of a run goes by: every file of the store, and every unit on record."""
    files = [
        (path.relative_to(settings.store).as_posix(), path.read_bytes())
        for path in sorted(settings.store.rglob("*"))
        if path.is_file()
    ]
    units = open_book(settings.store).units
    return fingerprint(
        [
            (name, hashlib.sha256(content).hexdigest())
            for name, content in files
            if not name.startswith(WRITTEN_IN_PLACE)
        ],
        [
            (stage, unit, entry.fingerprint, entry.facts, sorted(map(astuple, entry.outputs)))
            for stage in sorted(units)
            for unit, entry in sorted(units[stage].items())
        ],
    )


def _units_of(store: Path) -> set[tuple[str, str, str]]:
    """Return the units that a ledger says are done."""
    book = Book(store)
    units = {
        (stage, unit, entry.fingerprint)
        for stage, entries in book.units.items()
        for unit, entry in entries.items()
    }
    book.close()
    return units


def watch(folder: Path, place: Path) -> Watched:
    """Run a study into an empty store, and keep the store as it was before each durable step."""
    _prepare_process()
    (place / "pool").mkdir(parents=True)
    store_secret(place)
    store = fresh_store(place, place / "watched")
    witness = Witness(store, place / "pool")
    came: dict[str, str | None] = {}

    def look(settings: StudySettings) -> None:
        came[_state_of(settings)] = None  # what it ends with from here on is what is wanted
        witness.warehouse_begins_at = len(witness.moments)

    _watching.append((str(store), witness.look))
    try:
        _run(load_settings(folder, str(store), worker_count=1), look)
    finally:
        _watching.pop()
    return Watched(folder, place, witness, ended(store), came)


def tell_deaths(folder: Path, place: Path, told: Path) -> None:
    """Die at a few moments of ingestion and detection, and at one of publishing; write down what was found."""
    watched = watch(folder, place)
    moments = watched.witness.moments
    early = moments[: watched.witness.warehouse_begins_at]
    sample = [*early[:: len(early) // EARLY_DEATHS], moments[-LATE_DEATH]]
    faults = [fault for fault in map(watched.die_and_finish, sample) if fault is not None]
    faults += [f"{path}: written in place" for path in watched.witness.written_in_place]
    told.write_text(
        json.dumps({"steps": watched.witness.step_count, "deaths": len(sample), "faults": faults})
    )
