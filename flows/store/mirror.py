"""What this machine holds of a store that lies elsewhere: a working folder, and what was brought into it.

The stages read and write the working folder as they would a store. What a unit owns is sent as it is recorded, the ledger last, by a
write that succeeds only where it still is the one that was brought: whoever lost the store cannot overwrite it. What is
lost on this machine costs a download and nothing else.

A slice works on a copy of its own. It sends nothing but what its units own, each with a mark in the store's journal, from
which the next whole run takes them over.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from flows.addresses import Slice
from flows.store.atomic import remove_file, write_text
from flows.store.layout import OWNED, PLACES, WAREHOUSE, WITHDRAWN
from flows.store.ledger import FILE_NAME as LEDGER
from flows.store.secret import FILE_NAME as SECRET
from flows.store.secret import store_secret
from flows.store.storage import NOTHING, Changed, Found, Storage
from transforms.errors import MachineError

SENT = tuple(place.name for place in PLACES if place.is_sent)
"""What is held whole on this machine, and sent when it changed."""
POINTER = "warehouse.json"
VERSIONS = "warehouse/"
KEPT_VERSIONS = 2
"""The published warehouse and the one before: somebody may be downloading it."""
_HELD = ".held.json"
_AT_A_TIME = 16
"""Transfers at once: a small object waits for the network and not for a processor."""


class Mirror:
    """The working folder of a store that lies elsewhere."""

    def __init__(self, folder: Path, storage: Storage, part: Slice | None = None) -> None:
        self.folder, self.storage, self.part = folder, storage, part
        self.seen: dict[str, Found] = {}
        """Every object that a unit may own, as it was listed when the store was opened, and as it was written since."""
        self._ledger: str | None = None
        self._held: dict[str, list[str]] = {}

    def arrive(self) -> None:
        """Bring the ledger, the secret and what is held whole; list the rest."""
        self._bring_secret()
        self._bring_ledger()
        self.seen = {key: found for base in OWNED for key, found in self.storage.list(base).items()}
        with suppress(OSError, ValueError):
            self._held = json.loads((self.folder / _HELD).read_text(encoding="utf-8"))
        if self.part is None:
            there = {key: found for base in SENT for key, found in self.storage.list(base).items()}
            self._bring(there)
            for path in self._files(SENT):
                if path.relative_to(self.folder).as_posix() not in there:
                    remove_file(path, self.folder)
            bring_published(self.storage, self.folder)
        else:
            self._bring(self.storage.list(WITHDRAWN))

    def sizes(self) -> dict[str, int]:
        """Return the size of every object that a unit may own."""
        return {key: found.size_bytes for key, found in self.seen.items()}

    def bring(self, keys: Iterable[str]) -> None:
        """Have objects in the working folder, as they were listed."""
        self._bring({key: self.seen[key] for key in keys if key in self.seen})

    def fetch(self, key: str, file: Path) -> None:
        """Write an object into a file of the caller's own, whatever the working folder holds."""
        self.storage.get(key, file)

    def keep_only(self, base: str, keys: set[str]) -> None:
        """Remove from the working folder what lies below ``base`` and is none of the keys."""
        for path in self._files((base,)):
            if path.relative_to(self.folder).as_posix() not in keys:
                remove_file(path, self.folder)

    def send(self, path: Path) -> None:
        """Send a file of the working folder that a unit owns; a slice keeps tables of the whole study to itself."""
        if self.part is None:
            key = path.relative_to(self.folder).as_posix()
            if key == WAREHOUSE:
                publish(self.storage, path)
                return
            version = self.storage.put(path, key)
            self._note(key, version)
            if key.startswith(OWNED):
                self.seen[key] = Found(path.stat().st_size, version)

    def expect(self, key: str, size_bytes: int) -> None:
        """Note that somebody else has put an object; its version is told when it is brought."""
        if key not in self.seen or self.seen[key].size_bytes != size_bytes:
            self.seen[key] = Found(size_bytes, "")

    def drop(self, keys: Iterable[str]) -> None:
        """Delete objects of the store; a slice deletes nothing that others may own."""
        names = [key for key in keys if key != WAREHOUSE]
        for name in names:
            self.seen.pop(name, None)
        if self.part is None and names:
            self.storage.delete(names)

    def move(self, old: str, new: str) -> None:
        """Move every object of one folder to another."""
        for key in [key for key in self.seen if key.startswith(f"{old}/")]:
            moved = new + key.removeprefix(old)
            self.storage.move(key, moved)
            self.seen[moved] = self.seen.pop(key)

    def leave(self) -> None:
        """Send what changed of what is held whole, then the ledger; call it with the ledger closed."""
        if self.part is not None:
            return
        there = {key: found for base in SENT for key, found in self.storage.list(base).items()}
        here = {path.relative_to(self.folder).as_posix(): path for path in self._files(SENT)}
        changed = [
            path for key, path in here.items() if key not in there or not self._is_held(key, there[key])
        ]
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            list(pool.map(self.send, changed))
        self.storage.delete([key for key in there if key not in here])
        try:
            self._ledger = self.storage.write(
                LEDGER,
                (self.folder / LEDGER).read_bytes(),
                expected=NOTHING if self._ledger is None else self._ledger,
            )
        except Changed:
            raise MachineError(
                f"{self.storage.address}: another run has taken the store over while this one was cut off from it; what "
                "this one finished is done again, run again when the other has ended"
            ) from None
        held = {key: told for key, told in self._held.items() if (self.folder / key).exists()}
        write_text(self.folder / _HELD, json.dumps(held))

    def _bring_secret(self) -> None:
        found = self.storage.read(SECRET)
        if found is None:
            store_secret(self.folder)
            with suppress(Changed):
                self.storage.write(SECRET, (self.folder / SECRET).read_bytes(), expected=NOTHING)
            found = self.storage.read(SECRET)
        if found is not None:
            write_text(self.folder / SECRET, found[0].decode())
            (self.folder / SECRET).chmod(0o600)

    def _bring_ledger(self) -> None:
        for name in (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm"):
            (self.folder / name).unlink(missing_ok=True)
        self._ledger = None
        with suppress(FileNotFoundError):
            self._ledger = self.storage.get(LEDGER, self.folder / LEDGER)

    def _files(self, bases: Iterable[str]) -> list[Path]:
        paths = [self.folder / base for base in bases]
        inside = [path for base in paths if base.is_dir() for path in base.rglob("*")]
        return sorted(path for path in (*paths, *inside) if path.is_file())

    def _bring(self, wanted: Mapping[str, Found]) -> None:
        missing = [key for key, found in wanted.items() if not self._is_held(key, found)]

        def fetch(key: str) -> None:
            version = self.storage.get(key, self.folder / key)
            self._note(key, version)
            if key in self.seen:
                self.seen[key] = Found(self.seen[key].size_bytes, version)

        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            list(pool.map(fetch, missing))

    def _note(self, key: str, version: str) -> None:
        self._held[key] = [version, _stamp(self.folder / key)]

    def _is_held(self, key: str, found: Found) -> bool:
        """Tell whether the file is what was brought or sent last, and that is what lies there."""
        path = self.folder / key
        return path.is_file() and self._held.get(key) == [found.version, _stamp(path)]


def _stamp(path: Path) -> str:
    facts = path.stat()
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def publish(storage: Storage, warehouse: Path) -> None:
    """Put a warehouse under a key of its own, then point to it; who reads the pointer finds all of it."""
    seen = storage.read(POINTER)
    with warehouse.open("rb") as stream:
        key = f"{VERSIONS}{hashlib.file_digest(stream, 'blake2b').hexdigest()[:32]}.duckdb"
    before = json.loads(seen[0])["keys"] if seen is not None else []
    if before[:1] == [key]:
        return
    storage.put(warehouse, key)
    keys = [key, *(one for one in before if one != key)][:KEPT_VERSIONS]
    try:
        storage.write(
            POINTER, json.dumps({"keys": keys}).encode(), expected=NOTHING if seen is None else seen[1]
        )
    except Changed:
        raise MachineError(f"{storage.address}: another run has published meanwhile; run again") from None
    storage.delete([key for key in storage.list(VERSIONS) if key not in keys])


def unpublish(storage: Storage) -> None:
    """Delete the published warehouse, and those before it."""
    storage.delete([POINTER, *storage.list(VERSIONS)])


def bring_published(storage: Storage, folder: Path) -> None:
    """Have the published warehouse in a folder; one that is there is downloaded again only where another was published."""
    seen = storage.read(POINTER)
    noted, file = folder / ".published.json", folder / WAREHOUSE
    if seen is None:
        file.unlink(missing_ok=True)
        return
    with suppress(OSError, ValueError):
        if file.is_file() and json.loads(noted.read_text(encoding="utf-8")) == [seen[1], _stamp(file)]:
            return
    storage.get(json.loads(seen[0])["keys"][0], file)
    write_text(noted, json.dumps([seen[1], _stamp(file)]))
