"""One writer at a time: a kernel lock on ``store/.lock``, which the kernel itself gives back when its holder dies.

Where the file system gives no kernel locks, ``store/.lock.owner`` takes their place: made by whoever comes first, touched
every few seconds, and taken over when it was not touched for a minute by the clock of the share itself.
"""

import errno
import fcntl
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from flows.addresses import Slice
from flows.progress import say
from flows.signals import on_signal
from flows.store.ledger import now
from flows.store.machine import as_machine_error
from transforms.errors import MachineError

HEARTBEAT_S = 10.0
STALE_S = 60.0
ASK_AGAIN_S = 0.5
_NO_KERNEL_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}


@dataclass(frozen=True)
class Holder:
    """Who holds the store."""

    host: str
    process_id: int
    command: str
    started_at: str

    def __str__(self) -> str:
        """Name process, machine, command and start."""
        return f"process {self.process_id} on {self.host} ({self.command}), since {self.started_at}"


def myself() -> Holder:
    """Return who would hold a store now."""
    command = " ".join(["legjumps", *sys.argv[1:]])[:200]
    return Holder(socket.gethostname(), os.getpid(), command, now())


@contextmanager
def store_lock(store: Path, *, is_waiting: bool = False, part: Slice | None = None) -> Iterator[None]:
    """Hold the store for writing while the block runs; a part of it beside other parts, and alone against the same part.

    Raises MachineError naming the holder where another run holds it, unless ``is_waiting``; and where the store cannot be written.
    """
    if part is not None:
        with _shared_lock(store, part, is_waiting):
            yield
        return
    try:
        store.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(store / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _cannot_write(store, error) from error
    try:
        try:
            _take(store, descriptor, is_waiting)
        except OSError as error:
            if error.errno not in _NO_KERNEL_LOCKS:
                raise _cannot_write(store, error) from error
            with _owner_file(store, is_waiting):
                yield
            return
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(myself())).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


@contextmanager
def _shared_lock(store: Path, part: Slice, is_waiting: bool) -> Iterator[None]:
    descriptors: list[int] = []
    try:
        try:
            store.mkdir(parents=True, exist_ok=True)
            own = f".lock.slice_{part.number}_of_{part.count}"
            for name, kind in ((".lock", fcntl.LOCK_SH), (own, fcntl.LOCK_EX)):
                descriptors.append(os.open(store / name, os.O_RDWR | os.O_CREAT, 0o644))
                _take(store, descriptors[-1], is_waiting, kind=kind)
        except OSError as error:
            if error.errno in _NO_KERNEL_LOCKS:
                raise MachineError(
                    f"{store}: its file system gives no kernel locks, so that slices cannot be told from a run; run without --slice"
                ) from error
            raise _cannot_write(store, error) from error
        os.ftruncate(descriptors[-1], 0)
        os.pwrite(descriptors[-1], json.dumps(asdict(myself())).encode(), 0)
        yield
        os.ftruncate(descriptors[-1], 0)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _cannot_write(store: Path, error: OSError) -> MachineError:
    return as_machine_error(error) or MachineError(
        f"{store} cannot be written ({error.strerror}); give this user the right to, or name another --store"
    )


def holder_of(store: Path) -> Holder | None:
    """Return who holds the store, None where nobody says so."""
    slices = sorted(path.name for path in store.glob(".lock.slice_*"))
    return next(
        (holder for name in (".lock", ".lock.owner", *slices) if (holder := _told_by(store / name))), None
    )


def _refusal(store: Path) -> MachineError:
    return MachineError(
        f"{store} is held by {holder_of(store) or 'another run that did not say who it is'}. "
        "Wait for its end, or give --wait to have this run wait."
    )


def _take(store: Path, descriptor: int, is_waiting: bool, *, kind: int = fcntl.LOCK_EX) -> None:
    has_said = False
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if not is_waiting:
                raise _refusal(store) from None
        else:
            return
        if not has_said:
            say(f"waiting for {store}, held by {holder_of(store)}")
            has_said = True
        time.sleep(ASK_AGAIN_S)


@contextmanager
def _owner_file(store: Path, is_waiting: bool) -> Iterator[None]:
    file = store / ".lock.owner"
    while not _create(file):
        holder = _told_by(file)
        if _age_s(file) > STALE_S:
            _remove_stale(file, holder)
        elif not is_waiting:
            raise _refusal(store)
        else:
            time.sleep(ASK_AGAIN_S)
    is_over = threading.Event()
    beat = threading.Thread(target=_beat, args=(file, is_over), name="heartbeat", daemon=True)
    beat.start()

    def give_back() -> None:
        is_over.set()
        if _told_by(file) == me:  # nobody has taken it over
            file.unlink(missing_ok=True)

    me = _told_by(file)
    try:
        with on_signal(give_back):
            yield
    finally:
        give_back()
        beat.join()


def _remove_stale(file: Path, holder: Holder | None) -> None:
    """Remove the file of a holder that fell silent, and not that of somebody who was faster to take it over."""
    aside = file.with_name(f".lock.stale-{socket.gethostname()}-{os.getpid()}")
    with suppress(FileNotFoundError):
        file.rename(aside)
        if _told_by(aside) == holder:
            aside.unlink()
        else:
            aside.rename(file)


def _told_by(file: Path) -> Holder | None:
    try:
        return Holder(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _create(file: Path) -> bool:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(asdict(myself())))
    return True


def _age_s(file: Path) -> float:
    """Return how long ago the file was touched, by the clock of the file system and not by ours."""
    probe = file.with_name(f".lock.probe-{os.getpid()}")
    probe.touch()
    try:
        return probe.stat().st_mtime - file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
    finally:
        probe.unlink(missing_ok=True)


def _beat(file: Path, is_over: threading.Event) -> None:
    while not is_over.wait(HEARTBEAT_S):
        try:
            os.utime(file)
        except OSError:  # the share is away for a moment; the next beat tells
            continue
