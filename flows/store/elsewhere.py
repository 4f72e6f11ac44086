"""What a ledger must be able to say to a store that lies elsewhere; flows.store.mirror answers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol


class Elsewhere(Protocol):
    """A store elsewhere, as its ledger sees it."""

    def send(self, path: Path) -> None:
        """Send a file that a unit owns."""

    def expect(self, key: str, size_bytes: int) -> None:
        """Note that a worker has put an object."""

    def drop(self, keys: Iterable[str]) -> None:
        """Delete objects."""

    def move(self, old: str, new: str) -> None:
        """Move every object of one folder to another."""

    def bring(self, keys: Iterable[str]) -> None:
        """Have objects in the working folder."""

    def keep_only(self, base: str, keys: set[str]) -> None:
        """Remove from the working folder what lies below ``base`` and is none of the keys."""

    def fetch(self, key: str, file: Path) -> None:
        """Write an object into a file of the caller's own, whatever the working folder holds."""
