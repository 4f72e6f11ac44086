"""What a storage can do, for both kinds."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from flows.addresses import Slice


class Changed(Exception):
    """A conditional write was refused: the key does not hold what was expected."""


class Whatever(Enum):
    """What may be expected of a key besides a version."""

    ANY = "any"
    NOTHING = "nothing"


ANY = Whatever.ANY
"""Whatever the key holds is replaced."""
NOTHING = Whatever.NOTHING
"""The key holds nothing yet."""


@dataclass(frozen=True, slots=True)
class Found:
    """One object as it was listed."""

    size_bytes: int
    version: str


class Storage(Protocol):
    """Objects by key. An OSError or MachineError is the machine's; FileNotFoundError says that a key is not there."""

    address: str

    def put(self, file: Path, key: str) -> str:
        """Put a file's content under a key, whole or not at all; return its version."""

    def get(self, key: str, file: Path) -> str:
        """Write a key's content into a file, whole or not at all; return its version."""

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return content and version of a small object, None where there is none."""

    def write(self, key: str, content: bytes, *, expected: str | Whatever = ANY) -> str:
        """Write a small object where the key holds what is expected; return its version. Raises Changed otherwise."""

    def list(self, prefix: str) -> Mapping[str, Found]:
        """Return every object whose key begins with the prefix."""

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is not there is as good as deleted."""

    def move(self, old: str, new: str) -> None:
        """Give one object another key; it has the new before it loses the old."""

    def lock(self, *, is_waiting: bool = False, part: Slice | None = None) -> AbstractContextManager[None]:
        """Hold the store: alone, or, for a part of it, beside other parts. Raises MachineError naming who holds it."""


class AgedStorage(Storage, Protocol):
    """A storage whose own clock tells how old an object is."""

    def age_s(self, key: str) -> float | None:
        """Return how long ago an object was written; None where it is not there."""
