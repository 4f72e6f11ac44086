"""What has been done, so that it is not done twice: ``store/ledger.sqlite``.

    file        what lay in the study folder, how large, since when, with which content
    recording   what each content is: where it is linked to, and its state
    unit        one finished piece of work of a stage, and of what it was made
    output      the files that a unit owns, each with its size and hash
    run         what ran, when, with what counts, and what ended it

Written by the coordinator alone, one commit for each unit as it finishes. A unit is current when its fingerprint (a hash
of inputs, code and parameters) is the same and each of its outputs is there with its size; anything else is done again.
The entry follows the outputs, so that a crash between the two costs one unit and no more. One process writes at a time
(flows.store.lock); whoever only looks reads beside it.
"""

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flows.store.atomic import remove_file
from flows.store.elsewhere import Elsewhere
from flows.store.layout import OWNED
from flows.store.mounts import is_shared_over_network
from transforms.errors import MachineError

FILE_NAME = "ledger.sqlite"
SCHEMA_VERSION = 1

_TABLES = """
create table if not exists file (
    file_name text primary key, stamp text not null, size_bytes integer not null, first_seen_at text not null,
    looked_at text not null, settled_at text, sha256 text, waits_since_at text, waits_for text
) without rowid;
create table if not exists recording (
    recording_id text primary key, sha256 text not null, file_name text not null, participant_id text, body_site text not null,
    time_zone text not null, state text not null, since_at text not null, reason_code text, reason text, superseded_by text
) without rowid;
create table if not exists unit (
    stage text not null, unit text not null, fingerprint text not null, facts text not null, seconds real,
    size_bytes integer not null, finished_at text not null, primary key (stage, unit)
) without rowid;
create table if not exists output (
    path text primary key, stage text not null, unit text not null, size_bytes integer not null, digest text
) without rowid;
create index if not exists output_of_unit on output (stage, unit);
create table if not exists run (
    run_number integer primary key, flow text not null, started_at text not null, ended_at text, state text not null,
    counts text not null, seconds text not null, error text, code_version text not null
);
"""


def now() -> str:
    """Return the instant as the ledger writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a unit owns."""

    path: str
    """Relative to the store, with forward slashes."""
    size_bytes: int
    digest: str | None
    """BLAKE2b of the content; None where it was taken over unseen from a store without ledger."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished unit."""

    fingerprint: str
    facts: str
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class SeenFile:
    """What was seen of one device file, whenever somebody looked."""

    file_name: str
    stamp: str
    size_bytes: int
    first_seen_at: str
    looked_at: str
    settled_at: str | None = None
    sha256: str | None = None
    waits_since_at: str | None = None
    waits_for: str | None = None


@dataclass(frozen=True)
class KnownRecording:
    """What one content is, and where it is linked to."""

    recording_id: str
    sha256: str
    file_name: str
    participant_id: str | None
    body_site: str
    time_zone: str
    state: str
    """read, waiting, rejected, archived, superseded or withdrawn."""
    since_at: str
    reason_code: str | None = None
    reason: str | None = None
    superseded_by: str | None = None


@dataclass(frozen=True)
class PastRun:
    """One run of a flow."""

    run_number: int
    flow: str
    started_at: str
    ended_at: str | None
    state: str
    """running, completed, failed; a run that was killed stays running until the next one begins."""
    counts: dict[str, Any]
    seconds: dict[str, float]
    error: str | None
    code_version: str


def describe_output(store: Path, path: Path) -> Output:
    """Return size and hash of a finished file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "blake2b").hexdigest()[:32]
    return Output(path.relative_to(store).as_posix(), path.stat().st_size, digest)


def _insert(table: str, row: Any) -> tuple[str, tuple[Any, ...]]:
    names = [entry.name for entry in fields(row)]
    return (
        f"insert or replace into {table} ({', '.join(names)}) values ({', '.join('?' * len(names))})",
        astuple(row),
    )


class Book:
    """The ledger of one store, held in memory and written through."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.path = store / FILE_NAME
        self._lock = threading.RLock()
        store.mkdir(parents=True, exist_ok=True)
        address = f"file:{quote(str(self.path))}"
        try:
            self._connection = self._open(address)
        except sqlite3.OperationalError:
            if not self.path.exists() or os.access(store, os.W_OK):
                raise
            # who may only read sees the file as it is, without what another run is about to write
            self._connection = self._open(f"{address}?mode=ro&immutable=1")
        self.sizes: dict[str, int] | None = None
        """Size of every file of the store, where somebody walked it; otherwise each is asked for."""
        self.elsewhere: Elsewhere | None = None
        """Where the store lies elsewhere: what is written here is sent there."""
        self.has_taken_over = False
        """Whether every mark of the journal is told by an entry, so that it may go when the ledger stands."""
        self.units: dict[str, dict[str, Entry]] = {}
        self.owners: dict[str, tuple[str, str]] = {}
        self._load_units()
        self.files = {row[0]: SeenFile(*row) for row in self._rows("file", SeenFile)}
        self.recordings = {row[0]: KnownRecording(*row) for row in self._rows("recording", KnownRecording)}

    def _open(self, address: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, timeout=30, check_same_thread=False, isolation_level=None, uri=True
        )
        version = connection.execute("pragma user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            connection.close()
            raise MachineError(
                f"{self.path} was written by a newer legjumps (format {version}, known is {SCHEMA_VERSION}); install that one"
            )
        if version < SCHEMA_VERSION:
            # WAL needs memory that all readers share, which a network share does not have
            mode = "truncate" if is_shared_over_network(self.store) else "wal"
            connection.execute(f"pragma journal_mode = {mode}")
            connection.executescript(_TABLES)
            connection.execute(f"pragma user_version = {SCHEMA_VERSION}")
        connection.execute("pragma secure_delete = on")
        return connection

    def _rows(self, table: str, kind: type[Any]) -> list[tuple[Any, ...]]:
        names = ", ".join(entry.name for entry in fields(kind))
        return self._connection.execute(f"select {names} from {table}").fetchall()

    def _load_units(self) -> None:
        outputs: dict[tuple[str, str], list[Output]] = {}
        owners: dict[tuple[str, str], tuple[str, str]] = {}
        for path, stage, unit, size, digest in self._connection.execute(
            "select path, stage, unit, size_bytes, digest from output"
        ):
            owner = owners.setdefault((stage, unit), (stage, unit))  # one for all files of a unit
            outputs.setdefault(owner, []).append(Output(path, size, digest))
            self.owners[path] = owner
        for stage, unit, made_of, facts in self._connection.execute(
            "select stage, unit, fingerprint, facts from unit"
        ):
            entry = Entry(made_of, facts, tuple(outputs.get((stage, unit), ())))
            self.units.setdefault(stage, {})[unit] = entry

    @contextmanager
    def commit(self) -> Iterator[sqlite3.Connection]:
        """Write everything that the block writes, or nothing of it."""
        with self._lock:
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._commit()

    def _commit(self) -> None:
        self._connection.execute("commit")

    def is_sound(self) -> bool:
        """Tell whether the file holds together."""
        return bool(self._connection.execute("pragma quick_check(1)").fetchone()[0] == "ok")

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def is_there(self, output: Output) -> bool:
        """Tell whether an output is there with its size."""
        if self.sizes is not None and output.path.startswith(OWNED):
            return self.sizes.get(output.path) == output.size_bytes
        try:
            return (self.store / output.path).stat().st_size == output.size_bytes
        except OSError:
            return False

    def record(
        self,
        stage: str,
        unit: str,
        made_of: str,
        outputs: Sequence[Path | Output],
        seconds: float | None,
        facts: dict[str, Any],
    ) -> None:
        """Put a unit in the place of its older self; files of that one which are not in this one are deleted."""
        described = tuple(map(self._kept, outputs))
        text = json.dumps(facts, sort_keys=True)
        kept = {output.path for output in described}
        self._delete_files(output.path for output in self._outputs(stage, unit) if output.path not in kept)
        with self.commit() as connection:
            connection.execute("delete from output where stage = ? and unit = ?", (stage, unit))
            connection.executemany(
                "insert or replace into output (path, stage, unit, size_bytes, digest) values (?, ?, ?, ?, ?)",
                [(output.path, stage, unit, output.size_bytes, output.digest) for output in described],
            )
            connection.execute(
                "insert or replace into unit (stage, unit, fingerprint, facts, seconds, size_bytes, finished_at) "
                "values (?, ?, ?, ?, ?, ?, ?)",
                (stage, unit, made_of, text, seconds, sum(output.size_bytes for output in described), now()),
            )
        for output in self._outputs(stage, unit):
            self.owners.pop(output.path, None)
        self.units.setdefault(stage, {})[unit] = Entry(made_of, text, described)
        for output in described:
            self.owners[output.path] = (stage, unit)
            if self.sizes is not None:
                self.sizes[output.path] = output.size_bytes

    def _kept(self, output: Path | Output) -> Output:
        if isinstance(output, Output):
            if self.elsewhere is not None:
                self.elsewhere.expect(output.path, output.size_bytes)
            return output
        if self.elsewhere is not None:
            self.elsewhere.send(output)
        return describe_output(self.store, output)

    def forget(self, stage: str, unit: str) -> None:
        """Drop the entry of a unit and leave its files."""
        with self.commit() as connection:
            connection.execute("delete from output where stage = ? and unit = ?", (stage, unit))
            connection.execute("delete from unit where stage = ? and unit = ?", (stage, unit))
        for output in self._outputs(stage, unit):
            self.owners.pop(output.path, None)
        self.units.get(stage, {}).pop(unit, None)

    def remove(self, stage: str, unit: str) -> None:
        """Delete the files of a unit and forget it."""
        if unit in self.units.get(stage, {}):
            self._delete_files(output.path for output in self._outputs(stage, unit))
            self.forget(stage, unit)

    def move_outputs(self, stage: str, unit: str, old: str, new: str) -> None:
        """Tell that the files of a unit below ``old`` lie below ``new`` now."""
        entry = self.units[stage][unit]
        moved = tuple(
            replace(output, path=new + output.path.removeprefix(old))
            if output.path.startswith(f"{old}/")
            else output
            for output in entry.outputs
        )
        with self.commit() as connection:
            connection.execute("delete from output where stage = ? and unit = ?", (stage, unit))
            connection.executemany(
                "insert or replace into output (path, stage, unit, size_bytes, digest) values (?, ?, ?, ?, ?)",
                [(output.path, stage, unit, output.size_bytes, output.digest) for output in moved],
            )
        for output in entry.outputs:
            self.owners.pop(output.path, None)
            if self.sizes is not None:
                self.sizes.pop(output.path, None)
        for output in moved:
            self.owners[output.path] = (stage, unit)
            if self.sizes is not None:
                self.sizes[output.path] = output.size_bytes
        self.units[stage][unit] = replace(entry, outputs=moved)

    def put_files(self, seen: Iterable[SeenFile], gone: Iterable[str] = ()) -> None:
        """Note what was seen of files, in one commit."""
        changed = [file for file in seen if self.files.get(file.file_name) != file]
        gone = sorted({name for name in gone if name in self.files})
        if not changed and not gone:
            return
        with self.commit() as connection:
            for file in changed:
                connection.execute(*_insert("file", file))
            connection.executemany("delete from file where file_name = ?", [(name,) for name in gone])
        self.files.update({file.file_name: file for file in changed})
        for name in gone:
            del self.files[name]

    def put_recordings(self, known: Iterable[KnownRecording], gone: Iterable[str] = ()) -> None:
        """Note what recordings are, in one commit; ``since_at`` moves only where the state does."""
        changed = []
        for recording in known:
            old = self.recordings.get(recording.recording_id)
            since_at = (
                old.since_at if old is not None and old.state == recording.state else recording.since_at
            )
            if old != (recording := replace(recording, since_at=since_at)):
                changed.append(recording)
        gone = sorted({recording_id for recording_id in gone if recording_id in self.recordings})
        if not changed and not gone:
            return
        with self.commit() as connection:
            for recording in changed:
                connection.execute(*_insert("recording", recording))
            connection.executemany("delete from recording where recording_id = ?", [(one,) for one in gone])
        self.recordings.update({recording.recording_id: recording for recording in changed})
        for recording_id in gone:
            del self.recordings[recording_id]

    def begin_run(self, flow: str, code_version: str) -> int:
        """Note that a run begins; one that never ended was killed."""
        with self.commit() as connection:
            connection.execute(
                "update run set state = 'killed', ended_at = ?, error = 'killed before its end' where state = 'running'",
                (now(),),
            )
            cursor = connection.execute(
                "insert into run (flow, started_at, state, counts, seconds, code_version) values (?, ?, 'running', '{}', '{}', ?)",
                (flow, now(), code_version),
            )
        return int(cursor.lastrowid or 0)

    def end_run(
        self, number: int, state: str, counts: dict[str, Any], seconds: dict[str, float], error: str | None
    ) -> None:
        """Note how a run ended."""
        with self.commit() as connection:
            connection.execute(
                "update run set ended_at = ?, state = ?, counts = ?, seconds = ?, error = ? where run_number = ?",
                (now(), state, json.dumps(counts), json.dumps(seconds), error, number),
            )

    def runs(self, count: int) -> list[PastRun]:
        """Return the last runs, the newest first."""
        names = ", ".join(entry.name for entry in fields(PastRun))
        rows = self._connection.execute(f"select {names} from run order by run_number desc limit ?", (count,))
        texts = [dict(zip(names.split(", "), row, strict=True)) for row in rows]
        return [
            PastRun(**(text | {name: json.loads(text[name]) for name in ("counts", "seconds")}))
            for text in texts
        ]

    def _outputs(self, stage: str, unit: str) -> tuple[Output, ...]:
        entry = self.units.get(stage, {}).get(unit)
        return entry.outputs if entry is not None else ()

    def _delete_files(self, paths: Iterable[str]) -> None:
        paths = list(paths)
        if self.elsewhere is not None:
            self.elsewhere.drop(paths)
        for path in paths:
            remove_file(self.store / path, self.store)
            if self.sizes is not None:
                self.sizes.pop(path, None)


_books: dict[Path, Book] = {}


def open_book(store: Path) -> Book:
    """Return the ledger of a store, opened once in a process."""
    book = _books.get(store)
    if book is None:
        book = _books[store] = Book(store)
    return book


def close_book(store: Path) -> None:
    """Let the ledger of a store go, so that the next to open it sees what others wrote."""
    book = _books.pop(store, None)
    if book is not None:
        book.close()


@dataclass(frozen=True)
class Ledger:
    """The finished units of one stage."""

    store: Path
    stage: str

    @property
    def _units(self) -> dict[str, Entry]:
        return open_book(self.store).units.get(self.stage, {})

    def read(self, unit: str) -> dict[str, Any] | None:
        """Return what was recorded for ``unit``, or None where nothing is."""
        entry = self._units.get(unit)
        if entry is None:
            return None
        paths = [output.path for output in entry.outputs]
        return {"fingerprint": entry.fingerprint, "outputs": paths, **json.loads(entry.facts)}

    def fingerprint(self, unit: str) -> str | None:
        """Return what ``unit`` was made of, None where it is not on record."""
        entry = self._units.get(unit)
        return None if entry is None else entry.fingerprint

    def outputs(self, unit: str) -> tuple[Output, ...]:
        """Return the files of ``unit``, none where it is not on record."""
        entry = self._units.get(unit)
        return () if entry is None else entry.outputs

    def is_current(self, unit: str, wanted: str) -> bool:
        """Tell whether ``unit`` was finished with this fingerprint and its outputs stand."""
        entry = self._units.get(unit)
        book = open_book(self.store)
        return entry is not None and entry.fingerprint == wanted and all(map(book.is_there, entry.outputs))

    def record(
        self,
        unit: str,
        fingerprint: str,
        outputs: Sequence[Path | Output],
        *,
        seconds: float | None = None,
        **facts: Any,
    ) -> None:
        """Record that ``unit`` is finished; call it after its outputs stand."""
        open_book(self.store).record(self.stage, unit, fingerprint, outputs, seconds, facts)

    def forget(self, unit: str) -> None:
        """Drop the entry of a unit, and nothing else."""
        open_book(self.store).forget(self.stage, unit)

    def remove(self, unit: str) -> None:
        """Delete the output files of a unit that no longer belongs to the study, and forget it."""
        open_book(self.store).remove(self.stage, unit)

    def units(self) -> list[str]:
        """Name every unit on record, sorted."""
        return sorted(self._units)
