"""A store, opened for writing: locked, swept, and its ledger brought in line with what lies there.

What is broken, cut or missing is forgotten, for its stage to make it again. What no unit owns goes. A ledger that is lost
or does not open is rebuilt from ``raw/``, whose recordings carry what they were made of.
"""

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import polars as pl

from flows.addresses import Slice
from flows.progress import say
from flows.store import ledger
from flows.store.atomic import SCRATCH, remove_file, scratch_folder
from flows.store.journal import adopt_marks, sweep_marks
from flows.store.layout import OWNED
from flows.store.ledger import Book, KnownRecording, Output, close_book, now, open_book
from flows.store.lock import store_lock
from flows.store.machine import as_machine_error
from flows.store.mirror import Mirror
from flows.store.recordings_on_record import INGEST, STAMP_KEY, row_as_text
from flows.store.storage import Storage, open_storage
from transforms.errors import MachineError
from transforms.schema import RECORDING

OF_EARLIER_VERSIONS = (".warehouse_build", "ledger")


@contextmanager
def opened_store(
    store: Path, *, is_waiting: bool = False, address: str | None = None, part: Slice | None = None
) -> Iterator[Book]:
    """Hold a store for writing; yield its ledger, in line with what lies there.

    Where the store lies elsewhere, at ``address``, ``store`` is the working folder of this machine; ``part`` holds one slice beside
    others.

    Raises MachineError where another run holds it or the machine does not let it be written.
    """
    mirror = None if address is None else Mirror(store, open_storage(address), part)
    with ExitStack() as held:
        held.enter_context(store_lock(store, is_waiting=is_waiting))
        if mirror is not None:
            held.enter_context(mirror.storage.lock(is_waiting=is_waiting, part=part))
        try:
            close_book(store)
            _sweep_scratch(store)
            if mirror is not None:
                mirror.arrive()
            book = _in_line(store, mirror)
        except (OSError, sqlite3.Error) as error:
            raise as_machine_error(error) or MachineError(f"{store} cannot be used: {error}") from error
        try:
            yield book
        finally:
            close_book(store)
            shutil.rmtree(scratch_folder(store), ignore_errors=True)
            if mirror is not None:
                mirror.leave()
        if book.has_taken_over:
            sweep_marks(_storage(store, mirror))


def _storage(store: Path, mirror: Mirror | None) -> Storage:
    return open_storage(str(store)) if mirror is None else mirror.storage


def _in_line(store: Path, mirror: Mirror | None) -> Book:
    """Open the ledger and bring it in line with what lies in the store."""
    book, is_rebuilt = _open_or_rebuild(store, mirror)
    book.elsewhere = mirror
    book.sizes = walk(store) if mirror is None else mirror.sizes()
    if is_rebuilt:
        _adopt_everything(book)
    is_alone = mirror is None or mirror.part is None
    adopt_marks(book, _storage(store, mirror), is_alone=is_alone)
    if is_alone:
        _adopt_moved(book)
        _forget_broken(book)
        _sweep_unowned(book)
    if mirror is not None:
        mirror.bring(path for path in book.owners if _is_of_everybody(path))
    return book


def _is_of_everybody(path: str) -> bool:
    """Tell whether a file of the core holds several participants: the stages read it whenever they want."""
    return path.startswith("core/") and path.count("/") == 2


def walk(store: Path) -> dict[str, int]:
    """Return the size of every file below raw/ and core/ by its path, in one walk."""
    sizes: dict[str, int] = {}
    pending = [base.rstrip("/") for base in OWNED if (store / base).is_dir()]
    while pending:
        folder = pending.pop()
        with os.scandir(store / folder) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    pending.append(path)
                else:
                    sizes[path] = entry.stat(follow_symlinks=False).st_size
    return sizes


def _sweep_scratch(store: Path) -> None:
    """Remove what killed processes left; what another process still writes for its reader stays."""
    for name in OF_EARLIER_VERSIONS:
        shutil.rmtree(store / name, ignore_errors=True)
    scratch = store / SCRATCH
    if scratch.is_dir():
        for folder in scratch.iterdir():
            if not _is_alive(folder.name):
                shutil.rmtree(folder, ignore_errors=True)
    scratch_folder(store)


def _is_alive(name: str) -> bool:
    host, _, process_id = name.rpartition("-")
    if host != socket.gethostname() or not process_id.isdigit() or int(process_id) == os.getpid():
        return False
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _open_or_rebuild(store: Path, mirror: Mirror | None) -> tuple[Book, bool]:
    """Open the ledger; return with it whether it is an empty one in a store that is not empty."""
    file = store / ledger.FILE_NAME
    try:
        book = open_book(store)
        if book.is_sound():
            is_empty = not book.units and not book.recordings
            has_raw = (store / "raw").is_dir() if mirror is None else bool(mirror.seen)
            return book, is_empty and has_raw
    except sqlite3.DatabaseError as error:
        if as_machine_error(error) is not None or isinstance(error, sqlite3.OperationalError):
            raise
    say(f"{file} is damaged; it is rebuilt from what lies in {store / 'raw'}")
    close_book(store)
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        (store / name).unlink(missing_ok=True)
    return open_book(store), True


def _adopt_everything(book: Book) -> None:
    """Take the recordings of ``raw/`` and the history of runs into a new ledger."""
    sizes = book.sizes or {}
    folders: dict[str, list[str]] = {}
    for path in sizes:
        folder, _, name = path.rpartition("/")
        if path.startswith("raw/") and path.count("/") == 3 and not name.startswith("."):
            folders.setdefault(folder, []).append(path)
        elif path.startswith("core/run/") and _is_readable(_at_hand(book, path)):
            book.record("run_history", Path(path).stem, "", [book.store / path], None, {})
    for folder, paths in sorted(folders.items()):
        _adopt_recording(book, folder, sorted(paths))


def _at_hand(book: Book, path: str) -> Path:
    if book.elsewhere is not None:
        book.elsewhere.bring([path])
    return book.store / path


def _is_readable(file: Path) -> bool:
    try:
        pl.read_parquet_metadata(file)
        pl.read_parquet_schema(file)
    except Exception as error:
        if (fault := as_machine_error(error)) is not None:
            raise fault from error
        return False
    return True


def _adopt_recording(book: Book, folder: str, paths: list[str]) -> None:
    sizes = book.sizes or {}
    file = _at_hand(book, f"{folder}/recording.parquet")
    recording_id = folder.rpartition("recording_id=")[2]
    try:
        frame = pl.read_parquet(file).select(RECORDING.names())
        row = frame.row(0, named=True)
        stamp = json.loads(pl.read_parquet_metadata(file).get(STAMP_KEY, "{}"))
    except Exception as error:
        if (fault := as_machine_error(error)) is not None:
            raise fault from error
        say(f"{folder}: not whole; it is read again from its device file")
        _note_damage(book, recording_id, folder)
        return
    told = {entry["path"]: Output(**entry) for entry in stamp.get("outputs", [])}
    outputs = [
        Output(path, sizes[path], None)
        if Path(path).name not in told
        else Output(path, told[Path(path).name].size_bytes, told[Path(path).name].digest)
        for path in paths
    ]
    is_whole = told.keys() <= {Path(path).name for path in paths} and (
        told or all(_is_readable(_at_hand(book, path)) for path in paths)
    )
    if not is_whole:
        _note_damage(book, recording_id, folder)
        return
    facts = {"outcome": "read", "row": row_as_text(frame), "beginning": stamp.get("beginning")}
    book.record(INGEST, recording_id, stamp.get("fingerprint", ""), outputs, None, facts)
    book.put_recordings(
        [
            KnownRecording(
                recording_id=recording_id,
                sha256=row["sha256"],
                file_name=row["file_name"],
                participant_id=row["participant_id"],
                body_site=row["body_site"],
                time_zone=row["time_zone"],
                state="read",
                since_at=now(),
            )
        ]
    )


def _note_damage(book: Book, recording_id: str, folder: str) -> None:
    if recording_id not in book.recordings:
        book.put_recordings(
            [
                KnownRecording(
                    recording_id=recording_id,
                    sha256=recording_id,
                    file_name=folder,
                    participant_id=folder.split("/")[1].partition("=")[2],
                    body_site="other",
                    time_zone="UTC",
                    state="read",
                    since_at=now(),
                )
            ]
        )


def _adopt_moved(book: Book) -> None:
    """Find the raw folders that were moved to another participant before the ledger could tell."""
    sizes = book.sizes or {}
    places: dict[str, set[str]] = {}
    for path in sizes:
        if path.startswith("raw/") and path.count("/") == 3:
            folder = path.rpartition("/")[0]
            places.setdefault(folder.rpartition("recording_id=")[2], set()).add(folder)
    for unit, entry in list(book.units.get(INGEST, {}).items()):
        if not entry.outputs or all(map(book.is_there, entry.outputs)):
            continue
        old = entry.outputs[0].path.rpartition("/")[0]
        for new in sorted(places.get(unit, set()) - {old}):
            if all(sizes.get(new + o.path.removeprefix(old)) == o.size_bytes for o in entry.outputs):
                book.move_outputs(INGEST, unit, old, new)
                break


def _forget_broken(book: Book) -> None:
    for stage, units in list(book.units.items()):
        for unit, entry in list(units.items()):
            broken = [output.path for output in entry.outputs if not book.is_there(output)]
            if broken:
                say(f"{broken[0]} is not what was written; it is made again")
                book.forget(stage, unit)


def _sweep_unowned(book: Book) -> None:
    sizes = book.sizes or {}
    unowned = [path for path in sizes if path not in book.owners]
    if book.elsewhere is not None:
        book.elsewhere.drop(unowned)
    for path in unowned:
        remove_file(book.store / path, book.store)
        del sizes[path]
