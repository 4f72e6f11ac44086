"""A store in a folder that several processes, or machines that mount it, write to."""

import fcntl
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from flows.addresses import Slice
from flows.store.atomic import atomic_file, remove_file
from flows.store.lock import store_lock
from flows.store.storage.face import ANY, NOTHING, Changed, Found, Whatever


class FolderStorage:
    """Objects are files; what is put is renamed into place."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._root = Path(address)

    def put(self, file: Path, key: str) -> str:
        """Copy a file aside, and rename it."""
        with atomic_file(self._root / key) as aside:
            shutil.copyfile(file, aside)
        return _version(self._root / key)

    def get(self, key: str, file: Path) -> str:
        """Copy what lies there; a database as a reader sees it, with what its journal holds."""
        source = self._root / key
        version = _version(source)
        with atomic_file(file) as aside:
            if source.suffix == ".sqlite":
                _copy_database(source, aside)
            else:
                _link_or_copy(source, aside)
        return version

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Read a file; the version is that of its content."""
        try:
            content = (self._root / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return content, _version_of(content)

    def write(self, key: str, content: bytes, *, expected: str | Whatever = ANY) -> str:
        """Write a file, one conditional write at a time."""
        with self._one_at_a_time(expected):
            found = None if expected is ANY else self.read(key)
            if (expected is NOTHING and found is not None) or (
                isinstance(expected, str) and (found is None or found[1] != expected)
            ):
                raise Changed(f"{self._root / key} holds something else than was expected")
            with atomic_file(self._root / key) as aside:
                aside.write_bytes(content)
        return _version_of(content)

    @contextmanager
    def _one_at_a_time(self, expected: str | Whatever) -> Iterator[None]:
        if expected is ANY:
            yield
            return
        self._root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._root / ".writes", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def list(self, prefix: str) -> Mapping[str, Found]:
        """Walk what of the folder of a prefix begins as it does."""
        folder, _, start = prefix.rpartition("/")
        found: dict[str, Found] = {}
        for top in sorted((self._root / folder).glob("*")):
            if top.name.startswith(start):
                for path in (top, *sorted(top.rglob("*"))):
                    if path.is_file():
                        key = path.relative_to(self._root).as_posix()
                        found[key] = Found(path.stat().st_size, _version(path))
        return found

    def delete(self, keys: Iterable[str]) -> None:
        """Remove files, and the folders that this leaves empty."""
        for key in keys:
            remove_file(self._root / key, self._root)

    def move(self, old: str, new: str) -> None:
        """Rename a file."""
        (self._root / new).parent.mkdir(parents=True, exist_ok=True)
        (self._root / old).replace(self._root / new)
        remove_file(self._root / old, self._root)

    def lock(self, *, is_waiting: bool = False, part: Slice | None = None) -> AbstractContextManager[None]:
        """Take the kernel's lock."""
        return store_lock(self._root, is_waiting=is_waiting, part=part)


def _version(path: Path) -> str:
    facts = path.stat()
    return f"{facts.st_size}-{facts.st_mtime_ns}-{facts.st_ino}"


def _version_of(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _link_or_copy(source: Path, target: Path) -> None:
    """Give a finished file, which nobody writes into, a second name; copy it where the two places allow none."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _copy_database(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as read,
        closing(sqlite3.connect(target)) as written,
    ):
        read.backup(written)
