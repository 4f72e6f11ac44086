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
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from flows.progress import say
from flows.store.ledger import now
from flows.store.machine import as_machine_error
from transforms.errors import MachineError

HEARTBEAT_S = 10.0
STALE_S = 60.0
_ASK_AGAIN_S = 0.5
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


def _myself() -> Holder:
    command = " ".join(["legjumps", *sys.argv[1:]])[:200]
    return Holder(socket.gethostname(), os.getpid(), command, now())


@contextmanager
def store_lock(store: Path, *, is_waiting: bool = False) -> Iterator[None]:
    """Hold the store for writing while the block runs.

    Raises MachineError naming the holder where another run holds it, unless ``is_waiting``; and where the store cannot be written.
    """
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
        os.pwrite(descriptor, json.dumps(asdict(_myself())).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _cannot_write(store: Path, error: OSError) -> MachineError:
    return as_machine_error(error) or MachineError(
        f"{store} cannot be written ({error.strerror}); give this user the right to, or name another --store"
    )


def holder_of(store: Path) -> Holder | None:
    """Return who holds the store, None where nobody says so."""
    for name in (".lock", ".lock.owner"):
        try:
            return Holder(**json.loads((store / name).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue
    return None


def _refusal(store: Path) -> MachineError:
    return MachineError(
        f"{store} is held by {holder_of(store) or 'another run that did not say who it is'}. "
        "Wait for its end, or give --wait to have this run wait."
    )


def _take(store: Path, descriptor: int, is_waiting: bool) -> None:
    has_said = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not is_waiting:
                raise _refusal(store) from None
        else:
            return
        if not has_said:
            say(f"waiting for {store}, held by {holder_of(store)}")
            has_said = True
        time.sleep(_ASK_AGAIN_S)


@contextmanager
def _owner_file(store: Path, is_waiting: bool) -> Iterator[None]:
    file = store / ".lock.owner"
    while not _create(file):
        if _age_s(file) > STALE_S:
            file.unlink(missing_ok=True)
        elif not is_waiting:
            raise _refusal(store)
        else:
            time.sleep(_ASK_AGAIN_S)
    is_over = threading.Event()
    beat = threading.Thread(target=_beat, args=(file, is_over), name="heartbeat", daemon=True)
    beat.start()
    try:
        yield
    finally:
        is_over.set()
        beat.join()
        file.unlink(missing_ok=True)


def _create(file: Path) -> bool:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(asdict(_myself())))
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
